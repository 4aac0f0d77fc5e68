//! The smallest flow that shows a divergence of a given signature.

use shadowbook_capture::Flow;
use shadowbook_model::{Action, OrderId, Quantity, Visibility};

use crate::cut::{cut_instruments, cut_pairs, cut_to_neighbours, cut_units};
use crate::fields::{changed, each_quantity};
use crate::gather::gather_fills;
use crate::rerun::{Budget, Minimized, Rerun};
use crate::restored::without_snapshots;
use crate::search::{Search, Stop, Trials, Wanted};
use crate::shrink::shrink;

/// From this many commands on it is tried whether fewer orders make as many fills.
const MANY: usize = 6;
/// What quantities are brought down to at first.
const MOST_LOTS: u64 = 1 << 10;
/// How many slices an iceberg of more lots than that keeps.
const SLICES: u64 = 64;

/// Makes a flow smaller for as long as it shows a divergence of the same signature; `None` when
/// the flow does not show it at all.
///
/// `focus` names the orders that the divergence speaks of, as far as the caller knows them: they
/// are tried first.
///
/// # Errors
/// When the closure gives up, or the budget is used up before the flow was run.
pub fn minimize(
    flow: Flow,
    wanted: &str,
    focus: &[OrderId],
    budget: Budget,
    rerun: &mut Rerun<'_>,
) -> Result<Option<Minimized>, Stop> {
    let wanted = Wanted::Signature(wanted.to_owned(), None);
    let mut trials = Trials::new(budget, rerun);
    let Some(mut search) = Search::begin(flow, &mut trials, wanted)? else { return Ok(None) };
    let done = clamp(&mut search)
        .and_then(|()| cut_instruments(&mut search))
        .and_then(|()| cut_to_neighbours(&mut search, focus))
        .and_then(|()| settle(&mut search));
    match done {
        Ok(()) => Ok(Some(search.finish(true))),
        Err(Stop::Spent) => Ok(Some(search.finish(false))),
        Err(stop) => Err(stop),
    }
}

/// Brings quantities down to what engines are quick with before anything else is tried: an iceberg
/// of 2^63 lots that shows one could keep them busy for ever as soon as somebody wants it all.
fn clamp(search: &mut Search<'_, '_, '_>) -> Result<(), Stop> {
    for most in [MOST_LOTS, MOST_LOTS >> 5] {
        let flow = changed(&search.best, each_quantity, &mut |_, lots: u64| lots.min(most));
        if flow == search.best || search.take(flow)? {
            return Ok(());
        }
    }
    search.take(in_big_slices(&search.best))?;
    Ok(())
}

/// The same with icebergs that are used up in few slices.
fn in_big_slices(flow: &Flow) -> Flow {
    let at_least = |display: Quantity, all: Quantity| Quantity(display.0.max(all.0 / SLICES));
    let mut flow = flow.clone();
    for state in flow.snapshots.iter_mut().flat_map(|snapshot| &mut snapshot.orders) {
        if let Visibility::Iceberg { display, .. } = &mut state.visibility {
            *display = at_least(*display, state.open);
        }
    }
    for command in &mut flow.commands {
        if let Action::New(new) = &mut command.action
            && let Some(display) = new.display_quantity().filter(|display| !display.is_zero())
        {
            *new = new.with_display_quantity(at_least(display, new.quantity));
        }
    }
    flow
}

/// Leaves out and shrinks in turn until neither finds anything.
fn settle(search: &mut Search<'_, '_, '_>) -> Result<(), Stop> {
    loop {
        while cut_units(search)? {}
        let mut has_changed = shrink(search)?;
        has_changed |= cut_pairs(search)?;
        for entered in without_snapshots(&search.best) {
            has_changed |= search.take_move(&*entered)?;
        }
        if search.best.commands.len() > MANY {
            has_changed |= gather_fills(search)?;
        }
        // Cutting ends every round: a shrunk value can make a command dispensable.
        has_changed |= cut_units(search)?;
        if !has_changed {
            return Ok(());
        }
    }
}
