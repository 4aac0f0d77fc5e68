//! The best flow so far, and the reruns that go on making it smaller.

use std::cell::LazyCell;
use std::collections::{BTreeMap, BTreeSet};

use shadowbook_capture::Flow;
use shadowbook_model::{Action, Quantity, Visibility};
use thiserror::Error;

use crate::class::Class;
use crate::encode::{Cost, row};
use crate::essence::{arrivals, features};
use crate::rerun::{Budget, GiveUp, Minimized, Rerun, Shown};
use crate::variations::{offering_more, variations};

/// Flows of up to this many commands are remembered once tried.
const REMEMBERED: usize = 64;
/// No iceberg is made to have more slices than this.
const MOST_SLICES: u64 = 1 << 10;

/// Why a search ends before it is done.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Stop {
    /// The caller will not run anything any more.
    #[error(transparent)]
    GiveUp(#[from] GiveUp),
    /// The budget is used up.
    #[error("the budget ran out before any flow could show it")]
    Spent,
}

/// Reruns within a budget, each flow once.
pub(crate) struct Trials<'a, 'b> {
    rerun: &'a mut Rerun<'b>,
    budget: Budget,
    pub(crate) reruns: u64,
    pub(crate) commands: u64,
    known: BTreeMap<Vec<u64>, Option<Shown>>,
}

impl<'a, 'b> Trials<'a, 'b> {
    pub(crate) fn new(budget: Budget, rerun: &'a mut Rerun<'b>) -> Self {
        Self { rerun, budget, reruns: 0, commands: 0, known: BTreeMap::new() }
    }

    /// What a flow shows.
    pub(crate) fn show(&mut self, flow: &Flow) -> Result<Option<Shown>, Stop> {
        let key = (flow.commands.len() <= REMEMBERED).then(|| row(flow));
        if let Some(known) = key.as_ref().and_then(|key| self.known.get(key)) {
            return Ok(known.clone());
        }
        let orders: usize = flow.snapshots.iter().map(|snapshot| snapshot.orders.len()).sum();
        let commands = (flow.commands.len() + orders) as u64;
        if self.reruns >= self.budget.reruns || self.commands + commands > self.budget.commands {
            return Err(Stop::Spent);
        }
        self.reruns += 1;
        self.commands += commands;
        let shown = (self.rerun)(flow)?;
        if let Some(key) = key {
            self.known.insert(key, shown.clone());
        }
        Ok(shown)
    }
}

/// Which divergences a search may not lose.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    /// Those of this signature, where arrivals are counted wrongly in the same ways; in any as long
    /// as none was seen.
    Signature(String, Option<BTreeSet<&'static str>>),
    /// Those that are like this one; a simpler flow may show another if that explains it.
    Like(Class),
}

impl Wanted {
    fn holds(&self, shown: &Shown) -> bool {
        match self {
            Self::Signature(signature, ways) => {
                shown.divergence.signature() == *signature
                    && ways.as_ref().is_none_or(|ways| arrivals(shown) == *ways)
            }
            Self::Like(class) => class.is_like(&Class::of(shown)),
        }
    }
}

/// A flow that shows what is wanted, and whatever is tried to make it smaller.
pub(crate) struct Search<'s, 'a, 'b> {
    pub(crate) trials: &'s mut Trials<'a, 'b>,
    wanted: Wanted,
    pub(crate) best: Flow,
    pub(crate) shown: Shown,
    cost: Option<Cost>,
    /// Whether it has to show where every order offers more, too.
    is_hardy: bool,
}

impl<'s, 'a, 'b> Search<'s, 'a, 'b> {
    /// Begins with a flow; `None` when it does not show what is wanted.
    pub(crate) fn begin(
        mut flow: Flow,
        trials: &'s mut Trials<'a, 'b>,
        mut wanted: Wanted,
    ) -> Result<Option<Self>, Stop> {
        let Some(shown) = trials.show(&flow)?.filter(|shown| wanted.holds(shown)) else {
            return Ok(None);
        };
        if let Wanted::Signature(_, ways) = &mut wanted {
            *ways = Some(arrivals(&shown));
        }
        cut_after(&mut flow, &shown);
        Ok(Some(Self { trials, wanted, best: flow, shown, cost: None, is_hardy: false }))
    }

    /// From here on takes only what shows where every order offers more, too.
    pub(crate) const fn hardy(mut self) -> Self {
        self.is_hardy = true;
        self
    }

    /// Whether a flow shows enough to be taken for one of this class.
    fn lasts(&mut self, flow: &Flow, class: &Class) -> Result<bool, Stop> {
        if !self.is_hardy {
            return Ok(true);
        }
        let Some(flow) = offering_more(flow) else { return Ok(false) };
        Ok(self.trials.show(&flow)?.is_some_and(|shown| class.is_like(&Class::of(&shown))))
    }

    /// How simple the best flow is.
    pub(crate) fn cost(&mut self) -> &Cost {
        self.cost.get_or_insert_with(|| Cost::of(&self.best))
    }

    /// Takes a flow for the best if it shows what is wanted, whatever it costs.
    pub(crate) fn take(&mut self, mut flow: Flow) -> Result<bool, Stop> {
        if !is_sound(&flow) || answers_without_end(&flow) && !answers_without_end(&self.best) {
            return Ok(false);
        }
        let Some(shown) = self.trials.show(&flow)?.filter(|shown| self.wanted.holds(shown)) else {
            return Ok(false);
        };
        cut_after(&mut flow, &shown);
        if !self.lasts(&flow, &Class::of(&shown))? {
            return Ok(false);
        }
        self.keep(flow, shown);
        Ok(true)
    }

    /// Whether a flow shows any divergence.
    pub(crate) fn shows_anything(&mut self, flow: &Flow) -> Result<bool, Stop> {
        Ok(self.trials.show(flow)?.is_some())
    }

    /// Takes a flow for the best if it is simpler and shows what is wanted.
    pub(crate) fn take_simpler(&mut self, flow: Flow) -> Result<bool, Stop> {
        if Cost::of(&flow) >= *self.cost() {
            return Ok(false);
        }
        self.take(flow)
    }

    /// Takes what a move makes of the best flow if it is simpler and shows what is wanted, or, where
    /// that may be another face of the same bug, something that explains it.
    pub(crate) fn take_move(
        &mut self,
        simpler: &dyn Fn(&Flow) -> Option<Flow>,
    ) -> Result<bool, Stop> {
        let Some(mut flow) = simpler(&self.best) else { return Ok(false) };
        if Cost::of(&flow) >= *self.cost() {
            return Ok(false);
        }
        if self.take(flow.clone())? {
            return Ok(true);
        }
        let Wanted::Like(class) = self.wanted.clone() else { return Ok(false) };
        if !is_sound(&flow) || answers_without_end(&flow) {
            return Ok(false);
        }
        // What a move brings in may be handled wrongly by itself: another bug would explain this one.
        if !features(&flow).is_subset(&features(&self.best)) {
            return Ok(false);
        }
        let Some(shown) = self.trials.show(&flow)? else { return Ok(false) };
        // Where books part in silence nothing that is heard explains it, and what an uncross decides
        // nothing else does.
        let other = Class::of(&shown);
        if class.is_of_state() && !other.is_of_state()
            || class.is_of_uncross() != other.is_of_uncross()
        {
            return Ok(false);
        }
        cut_after(&mut flow, &shown);
        if !self.is_explained(simpler, &class)? || !self.lasts(&flow, &other)? {
            return Ok(false);
        }
        self.wanted = Wanted::Like(other);
        self.keep(flow, shown);
        Ok(true)
    }

    /// Whether a divergence of this class goes on showing as some divergence when the move is
    /// made, whatever else is changed a little: then what the move takes away is not its cause.
    fn is_explained(
        &mut self,
        simpler: &dyn Fn(&Flow) -> Option<Flow>,
        class: &Class,
    ) -> Result<bool, Stop> {
        for varied in variations(&self.best) {
            let Some(moved) = simpler(&varied).filter(|moved| *moved != varied) else { continue };
            let is_askable = |flow: &Flow| is_sound(flow) && !answers_without_end(flow);
            if !is_askable(&varied) || !is_askable(&moved) {
                continue;
            }
            let shown = self.trials.show(&varied)?;
            if shown.is_some_and(|shown| class.is_like(&Class::of(&shown)))
                && self.trials.show(&moved)?.is_none()
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn keep(&mut self, flow: Flow, shown: Shown) {
        (self.best, self.shown, self.cost) = (flow, shown, None);
    }

    pub(crate) fn finish(self, is_minimal: bool) -> Minimized {
        let Self { trials, best, shown, .. } = self;
        let (reruns, commands) = (trials.reruns, trials.commands);
        Minimized { flow: best, shown, is_minimal, reruns, commands }
    }
}

/// Cuts off what follows the command at which the divergence shows: it cannot matter.
fn cut_after(flow: &mut Flow, shown: &Shown) {
    flow.commands.truncate(shown.position.map_or(0, |position| position + 1));
}

/// Whether an iceberg has so many slices that an engine could be busy with them for ever.
fn answers_without_end(flow: &Flow) -> bool {
    let most = LazyCell::new(|| most_lots(flow));
    let entered = flow.commands.iter().filter_map(|command| match &command.action {
        Action::New(new) => new.display_quantity().map(|display| (new.quantity, display)),
        // How many lots are left of the order then is not known: no more than any order has.
        Action::Replace(replace) => replace.display_quantity.map(|display| (*most, display)),
        _ => None,
    });
    let states = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
    let resting = states.filter_map(|order| match order.visibility {
        Visibility::Iceberg { display, .. } => Some((order.open, display)),
        Visibility::Full | Visibility::Hidden => None,
    });
    let slices = |(all, display): (Quantity, Quantity)| all.0.checked_div(display.0);
    entered.chain(resting).filter_map(slices).any(|slices| slices > MOST_SLICES)
}

/// The most lots that any order of a flow has.
fn most_lots(flow: &Flow) -> Quantity {
    let named = flow.commands.iter().filter_map(|command| match &command.action {
        Action::New(new) => Some(new.quantity),
        Action::Replace(replace) => replace.quantity,
        _ => None,
    });
    let resting = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
    named.chain(resting.map(|order| order.open)).max().unwrap_or(Quantity::ZERO)
}

/// Whether every snapshot can be the state of an engine.
fn is_sound(flow: &Flow) -> bool {
    flow.snapshots.iter().all(|snapshot| {
        let instrument = flow.instruments.get(snapshot.instrument.index());
        instrument.is_some_and(|instrument| snapshot.check(instrument).is_ok())
    })
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{
        Command, Increment, Instrument, InstrumentId, NewOrder, OrderId, Price, Replace, Seq, Side,
        TimeNs,
    };

    use super::*;

    #[test]
    fn an_iceberg_that_a_replacement_makes_has_slices_too() {
        let new = NewOrder::limit(OrderId(1), Side::Buy, Price(1), Quantity(1 << 20));
        let shows = |display: u64| Replace {
            order: OrderId(1),
            new_order: None,
            price: None,
            quantity: None,
            trigger_price: None,
            display_quantity: Some(Quantity(display)),
        };
        let is_endless = |display: u64| {
            let actions = [Action::from(new), Action::Replace(shows(display))];
            let commands = (1..)
                .zip(actions)
                .map(|(seq, action)| Command::new(Seq(seq), TimeNs(0), InstrumentId(0), action));
            answers_without_end(&Flow {
                instruments: vec![Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)],
                snapshots: Vec::new(),
                commands: commands.collect(),
            })
        };
        assert!(is_endless(1));
        assert!(!is_endless(1 << 10));
        assert!(!is_endless(0), "hidden orders have no slices");
    }
}
