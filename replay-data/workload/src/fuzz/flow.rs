//! The flow over the whole market model, instrument by instrument.

use std::collections::VecDeque;

use shadowbook_model::{
    AccountId, Action, Command, Event, MassCancel, OrderType, Phase, TimeInForce, TimeNs,
};

use super::desk::Desk;
use super::draw::Draw;
use super::recipe::{Step, recipe};
use super::theme::{Theme, any, choose};
use super::venue::Venue;
use super::wish::{Outcome, Wish};
use crate::profile::WholeModel;
use crate::random::Random;

/// How many wishes are tried at a time for one that can be fulfilled.
const TRIES: u32 = 6;
/// Of a thousand commands that no recipe made, so many begin one for a wish.
const GRANTS: u64 = 20;

/// Commands for all instruments.
#[derive(Clone, Debug)]
pub(crate) struct WholeModelFlow {
    settings: WholeModel,
    stalls: Vec<Stall>,
    wanted: Vec<Wish>,
}

/// An instrument, and what is going on there.
#[derive(Clone, Debug)]
struct Stall {
    desk: Desk,
    theme: Option<Theme>,
    /// Where prices lie at present; it wanders around the base price.
    mid: i64,
    /// What is left of a recipe.
    steps: VecDeque<Step>,
    /// When the order of a recipe that was entered last ends.
    ends: u64,
}

impl WholeModelFlow {
    pub(crate) fn new(settings: &WholeModel, instruments: u32) -> Self {
        let stall = |position: u32| {
            let venue = Venue::at(position as usize);
            Stall {
                desk: Desk::new(venue),
                theme: None,
                mid: venue.base,
                steps: VecDeque::new(),
                ends: 0,
            }
        };
        let stalls = (0..instruments).map(stall).collect();
        Self { settings: settings.clone(), stalls, wanted: Vec::new() }
    }

    pub(crate) fn wish(&mut self, wanted: &[Wish]) {
        self.wanted.clear();
        self.wanted.extend_from_slice(wanted);
    }

    pub(crate) fn observe(&mut self, command: &Command, events: &[Event]) {
        let stall = self.stalls.get_mut(command.instrument.index());
        let stall = stall.expect("only commands of this stream are observed");
        stall.desk.observe(&command.action, events);
    }

    /// The next command for one instrument.
    pub(crate) fn next(&mut self, instrument: usize, now: TimeNs, random: &mut Random) -> Action {
        let Self { settings, stalls, wanted } = self;
        let stall = &mut stalls[instrument];
        if stall.steps.is_empty() {
            stall.plan(settings, wanted, now, random);
        }
        let action = match stall.next_step(now) {
            Some(action) => action,
            None => stall.draw(settings, now, random),
        };
        stall.desk.guess(&action);
        action
    }
}

impl Stall {
    /// Begins a recipe, now and then.
    fn plan(&mut self, settings: &WholeModel, wanted: &[Wish], now: TimeNs, random: &mut Random) {
        let unasked = settings.directed_permille;
        let often = if wanted.is_empty() { unasked } else { unasked.max(GRANTS) };
        if !random.in_a_thousand(often) {
            return;
        }
        for _ in 0..TRIES {
            let wish = if wanted.is_empty() { any_wish(random) } else { any(wanted, random) };
            let accounts = settings.accounts;
            if recipe(&wish, &self.desk, accounts, now, &mut self.steps, random).is_some() {
                return;
            }
        }
    }

    fn next_step(&mut self, now: TimeNs) -> Option<Action> {
        let step = *self.steps.front()?;
        let has_ended = now.0 >= self.ends;
        if !matches!(step, Step::Elapse) || has_ended {
            self.steps.pop_front();
        }
        Some(match step {
            Step::Do(action) => action,
            Step::EnterFor(order, life) => {
                self.ends = now.0.saturating_add(life);
                Action::New(order.with_expire_time(TimeNs(self.ends)))
            }
            Step::Elapse => Action::Time,
        })
    }

    fn draw(&mut self, settings: &WholeModel, now: TimeNs, random: &mut Random) -> Action {
        let is_new_theme = match &mut self.theme {
            Some(theme) => theme.advance(random),
            None => true,
        };
        let theme = *self.theme.get_or_insert_with(|| Theme::any(random));
        if is_new_theme && random.in_a_thousand(120) {
            self.clear(settings.accounts, random);
        }
        if random.in_a_thousand(30) {
            self.wander(random);
        }
        if let Some(phase) = self.next_phase(theme, random) {
            return Action::Phase(phase);
        }
        let mix = theme.mix;
        let accounts = settings.accounts.min(mix.accounts);
        Draw { desk: &self.desk, mix, accounts, now, mid: self.mid, random }.action()
    }

    /// Plans to begin again with few orders.
    fn clear(&mut self, accounts: u64, random: &mut Random) {
        let side = None;
        let all = (0..accounts).map(|account| MassCancel { account: AccountId(account), side });
        self.steps.extend(all.map(|all| Step::Do(all.into())));
        if random.in_a_thousand(300) {
            self.steps.push_back(Step::Do(Phase::Closed.into()));
        }
    }

    fn wander(&mut self, random: &mut Random) {
        let moved = self.mid.saturating_add(random.between(-2, 2));
        let base = self.desk.venue.base;
        self.mid = moved.clamp(base.saturating_sub(6), base.saturating_add(6));
    }

    /// Another phase, or the same once more, when this one has lasted.
    fn next_phase(&self, theme: Theme, random: &mut Random) -> Option<Phase> {
        let leaves = match self.desk.phase {
            Phase::Continuous => theme.mix.leave_continuous,
            Phase::Auction => 35,
            Phase::PostOnly | Phase::LimitOnly => 30,
            Phase::Halted | Phase::CancelOnly => 120,
            Phase::Closed => 100,
        };
        if !random.in_a_thousand(leaves) {
            return None;
        }
        Some(match self.desk.phase {
            Phase::Continuous => choose(Phase::ALL, &theme.mix.phases, random),
            Phase::Auction => choose(Phase::ALL, &[8, 12, 6, 6, 50, 8, 10], random),
            Phase::Halted => choose(Phase::ALL, &[8, 4, 6, 20, 40, 8, 14], random),
            _ => choose(Phase::ALL, &[3, 3, 3, 12, 68, 4, 7], random),
        })
    }
}

fn any_wish(random: &mut Random) -> Wish {
    Wish {
        order_type: any(OrderType::ALL, random),
        time_in_force: any(TimeInForce::ALL, random),
        phase: any(Phase::ALL, random),
        outcome: any(&Outcome::ALL, random),
    }
}
