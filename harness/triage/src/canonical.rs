//! One form for all examples of a bug.

use shadowbook_capture::Flow;
use shadowbook_compare::DivergenceKind;
use shadowbook_model::{Action, Phase, Side, TimeNs};

use crate::class::Class;
use crate::cut::{cut_pairs, cut_units};
use crate::essence::{FEW, features};
use crate::fields::{changed, each_time};
use crate::gather::gather_alone;
use crate::rerun::{Budget, GiveUp, Minimized, Rerun, Shown};
use crate::search::{Search, Stop, Trials, Wanted};
use crate::shrink::shrink;
use crate::transform::transformations;
use crate::variations::offering_more;

/// Flows with more commands are not transformed.
const SMALL: usize = 24;
/// What needs more commands than this, and cannot do without one of them, is mostly about their
/// number: that is tried before the budget goes into everything else.
const MANY: usize = 12;

/// Goes on from the smallest flow of a signature to the simplest that may come from the same bug,
/// whatever its signature.
///
/// # Errors
/// When the closure gives up.
pub fn canonical(
    minimized: &Minimized,
    budget: Budget,
    rerun: &mut Rerun<'_>,
) -> Result<Minimized, GiveUp> {
    let mut trials = Trials::new(budget, rerun);
    let found = settled(minimized, false, &mut trials).and_then(|form| {
        if form.is_minimal && hides_another(minimized, &form, &mut trials)? {
            return settled(minimized, true, &mut trials);
        }
        Ok(form)
    });
    let (reruns, commands) = (trials.reruns, trials.commands);
    match found {
        Ok(form) => Ok(Minimized { reruns, commands, ..form }),
        Err(Stop::Spent) => {
            Ok(Minimized { is_minimal: false, reruns, commands, ..minimized.clone() })
        }
        Err(Stop::GiveUp(give_up)) => Err(give_up),
    }
}

/// The simplest form that is found, and whether nothing simpler was there to be tried.
fn settled(
    minimized: &Minimized,
    is_hardy: bool,
    trials: &mut Trials<'_, '_>,
) -> Result<Minimized, Stop> {
    let mut current = minimized.clone();
    current.is_minimal = loop {
        match simplest(current.flow.clone(), is_hardy, trials) {
            Ok(Some((flow, shown))) => {
                let is_settled = flow == current.flow;
                (current.flow, current.shown) = (flow, shown);
                if is_settled {
                    break true;
                }
            }
            Ok(None) | Err(Stop::Spent) => break false,
            Err(stop) => return Err(stop),
        }
    };
    Ok(current)
}

fn has_auction(flow: &Flow) -> bool {
    let begins = flow.instruments.iter().map(|instrument| instrument.phase);
    let stands = flow.snapshots.iter().map(|snapshot| snapshot.state.phase);
    let comes = flow.commands.iter().filter_map(|command| match command.action {
        Action::Phase(phase) => Some(phase),
        _ => None,
    });
    begins.chain(stands).chain(comes).any(|phase| phase == Phase::Auction)
}

fn has_both_sides(flow: &Flow) -> bool {
    let entered = flow.commands.iter().filter_map(|command| match &command.action {
        Action::New(new) => Some(new.side),
        _ => None,
    });
    let resting = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
    let sides: Vec<Side> = entered.chain(resting.map(|order| order.side)).collect();
    sides.contains(&Side::Buy) && sides.contains(&Side::Sell)
}

/// Whether a simpler form shows something else than what it was made of: it owes what it shows to
/// prices that are equal, and the other does not.
fn hides_another(
    minimized: &Minimized,
    form: &Minimized,
    trials: &mut Trials<'_, '_>,
) -> Result<bool, Stop> {
    // Prices of one side meet nobody's, and may be equal to a bound.
    if !has_both_sides(&form.flow) {
        return Ok(false);
    }
    let (before, after) = (features(&minimized.flow), features(&form.flow));
    // Where an auction finds its price somebody always trades at just what he asked for.
    if !after.is_subset(&before) || after == before || has_auction(&minimized.flow) {
        return Ok(false);
    }
    let [Some(before), Some(after)] = [&minimized.flow, &form.flow].map(offering_more) else {
        return Ok(false);
    };
    if trials.show(&after)?.is_some() {
        return Ok(false);
    }
    let class = Class::of(&minimized.shown);
    Ok(trials.show(&before)?.is_some_and(|shown| class.is_like(&Class::of(&shown))))
}

/// The simplest flow whose divergence is like that of this one.
fn simplest(
    flow: Flow,
    is_hardy: bool,
    trials: &mut Trials<'_, '_>,
) -> Result<Option<(Flow, Shown)>, Stop> {
    let (flow, shown) = match parting(flow, trials)? {
        Some(found) => found,
        None => return Ok(None),
    };
    let wanted = Wanted::Like(Class::of(&shown));
    let Some(mut search) = Search::begin(flow, trials, wanted)? else { return Ok(None) };
    if is_hardy {
        search = search.hardy();
    }
    // A candidate that goes wrong from some time on may be right about what came before.
    if let Some(last) = search.best.commands.last().map(|command| command.time) {
        let at_once = changed(&search.best, each_time, &mut |_, time: TimeNs| time.max(last));
        let has_no_time = search.best.commands.iter().all(|command| command.time == last);
        if !has_no_time {
            search.take(at_once)?;
        }
    }
    if search.best.commands.len() > MANY {
        gather_alone(&mut search)?;
    }
    loop {
        let mut has_changed = cut_units(&mut search)?;
        has_changed |= cut_pairs(&mut search)?;
        has_changed |= shrink(&mut search)?;
        has_changed |= transform(&mut search)?;
        let is_far = !search.best.snapshots.is_empty() || search.best.commands.len() > FEW;
        if !has_changed && is_far {
            has_changed = gather_alone(&mut search)?;
        }
        if !has_changed {
            return Ok(Some((search.best, search.shown)));
        }
    }
}

/// Where the books part before any event tells: the flow up to there.
fn parting(mut flow: Flow, trials: &mut Trials<'_, '_>) -> Result<Option<(Flow, Shown)>, Stop> {
    let Some(mut shown) = trials.show(&flow)? else { return Ok(None) };
    while let Some(position) = shown.position.filter(|position| *position > 0) {
        let before = Flow { commands: flow.commands[..position].to_vec(), ..flow.clone() };
        match trials.show(&before)? {
            Some(parted) if parted.divergence.kind == DivergenceKind::State => {
                (flow, shown) = (before, parted);
            }
            _ => break,
        }
    }
    let kept = shown.position.map_or(0, |position| position + 1);
    flow.commands.truncate(kept);
    Ok(Some((flow, shown)))
}

fn transform(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut has_changed = false;
    if search.best.commands.len() > SMALL {
        return Ok(false);
    }
    for other in transformations(&search.best) {
        has_changed |= search.take_move(&*other)?;
    }
    Ok(has_changed)
}
