//! Making a flow smaller by leaving commands out.

use std::collections::BTreeSet;

use shadowbook_capture::Flow;
use shadowbook_model::{Action, InstrumentId, OrderId};

use crate::lives::{Unit, by_nearness, named_by, units};
use crate::search::{Search, Stop};

/// In flows of up to this many commands every pair is tried, too: an auction's begin and end go
/// together only.
const PAIRS: usize = 24;

/// The flow with the commands at these places only, in order.
fn with_commands(flow: &Flow, places: impl IntoIterator<Item = usize>) -> Flow {
    let commands = places.into_iter().map(|place| flow.commands[place]).collect();
    Flow { instruments: flow.instruments.clone(), snapshots: flow.snapshots.clone(), commands }
}

/// The flow of one instrument, which is then the only one.
fn of_instrument(flow: &Flow, kept: InstrumentId) -> Option<Flow> {
    let instruments = vec![flow.instruments.get(kept.index())?.clone()];
    let mut snapshots = flow.snapshots.clone();
    snapshots.retain(|snapshot| snapshot.instrument == kept);
    snapshots.iter_mut().for_each(|snapshot| snapshot.instrument = InstrumentId(0));
    let mut commands = flow.commands.clone();
    commands.retain(|command| command.instrument == kept);
    commands.iter_mut().for_each(|command| command.instrument = InstrumentId(0));
    Some(Flow { instruments, snapshots, commands })
}

/// Drops whole instruments: all but that of the divergence, or else one after another.
pub(crate) fn cut_instruments(search: &mut Search<'_, '_, '_>) -> Result<(), Stop> {
    if search.best.instruments.len() < 2 {
        return Ok(());
    }
    if let Some(flow) = of_instrument(&search.best, search.shown.divergence.instrument)
        && search.take(flow)?
    {
        return Ok(());
    }
    for id in (0..search.best.instruments.len()).rev() {
        if let Ok(id) = u32::try_from(id) {
            let flow = without_instrument(&search.best, InstrumentId(id));
            search.take(flow)?;
        }
    }
    Ok(())
}

fn without_instrument(flow: &Flow, gone: InstrumentId) -> Flow {
    let mut flow = flow.clone();
    flow.instruments.remove(gone.index());
    flow.snapshots.retain(|snapshot| snapshot.instrument != gone);
    flow.commands.retain(|command| command.instrument != gone);
    let ids = flow.snapshots.iter_mut().map(|snapshot| &mut snapshot.instrument);
    for id in ids.chain(flow.commands.iter_mut().map(|command| &mut command.instrument)) {
        if *id > gone {
            id.0 -= 1;
        }
    }
    flow
}

/// Finds few units that show it among many: those that the divergence speaks of, then what stands
/// nearest, doubled until it shows again; then the fewest of them, by halving.
pub(crate) fn cut_to_neighbours(
    search: &mut Search<'_, '_, '_>,
    focus: &[OrderId],
) -> Result<(), Stop> {
    let flow = search.best.clone();
    let Some(place) = flow.commands.len().checked_sub(1) else { return Ok(()) };
    let units = units(&flow);
    let mut named: BTreeSet<OrderId> = named_by(&search.shown);
    named.extend(focus);
    let ranked = by_nearness(&flow, &units, &named, place);
    let is_phase = |unit: &usize| {
        let commands = units[*unit].places.iter().map(|place| &flow.commands[*place]);
        commands.into_iter().any(|command| matches!(command.action, Action::Phase(_)))
    };
    let (always, ranked): (Vec<usize>, Vec<usize>) = ranked.into_iter().partition(is_phase);
    let choose = |count: usize| {
        let chosen = always.iter().chain(&ranked[..count.min(ranked.len())]);
        let mut places: Vec<usize> =
            chosen.flat_map(|unit| units[*unit].places.iter().copied()).collect();
        places.sort_unstable();
        with_commands(&flow, places)
    };
    let first = units.iter().filter(|unit| unit.places.contains(&place)).count().max(1);
    let mut high = first;
    while high < ranked.len() && !search.take(choose(high))? {
        high *= 2;
    }
    if high >= ranked.len() {
        return Ok(());
    }
    let mut low = high / 2;
    while high - low > 1 && high > first {
        let middle = low.midpoint(high);
        if search.take(choose(middle))? {
            high = middle;
        } else {
            low = middle;
        }
    }
    Ok(())
}

/// Leaves out units: ever smaller chunks of them, the latest first.
fn leave_out(search: &mut Search<'_, '_, '_>, mut units: Vec<Unit>) -> Result<bool, Stop> {
    let mut has_changed = false;
    let mut chunk = units.len().div_ceil(2).max(1);
    loop {
        let mut end = units.len();
        let mut has_cut = false;
        while end > 0 {
            end = end.min(units.len());
            let start = end.saturating_sub(chunk);
            let left = without(&units, start..end);
            let places = sorted_places(&left);
            if places.len() < search.best.commands.len()
                && search.take(with_commands(&search.best, places.iter().copied()))?
            {
                units = renumbered(left, &places, search.best.commands.len());
                has_cut = true;
            }
            end = start;
        }
        has_changed |= has_cut;
        if chunk > 1 {
            chunk = chunk.div_ceil(2);
        } else if !has_cut {
            return Ok(has_changed);
        }
    }
}

fn without(units: &[Unit], gone: std::ops::Range<usize>) -> Vec<Unit> {
    units[..gone.start].iter().chain(&units[gone.end..]).cloned().collect()
}

fn sorted_places(units: &[Unit]) -> Vec<usize> {
    let mut places: Vec<usize> =
        units.iter().flat_map(|unit| unit.places.iter().copied()).collect();
    places.sort_unstable();
    places
}

/// The units by the places in a flow that has only these places of the one before, and of those
/// only the first `kept`.
fn renumbered(mut units: Vec<Unit>, places: &[usize], kept: usize) -> Vec<Unit> {
    for unit in &mut units {
        let now = unit.places.iter().filter_map(|place| places.binary_search(place).ok());
        unit.places = now.filter(|place| *place < kept).collect();
    }
    units.retain(|unit| !unit.places.is_empty());
    units
}

/// Delta debugging on the lives of orders, then on single commands and on orders of snapshots.
/// Whether anything could be left out.
pub(crate) fn cut_units(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let lives = units(&search.best);
    let mut has_changed = leave_out(search, lives)?;
    has_changed |= cut_commands(search)?;
    has_changed |= cut_snapshots(search)?;
    Ok(has_changed)
}

fn cut_commands(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let single = |place| Unit { places: vec![place], is_life: false };
    let commands = (0..search.best.commands.len()).map(single).collect();
    leave_out(search, commands)
}

/// Leaves out orders of snapshots, in ever smaller chunks, and empty snapshots.
fn cut_snapshots(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut has_changed = false;
    for at in (0..search.best.snapshots.len()).rev() {
        let mut without = search.best.clone();
        without.snapshots.remove(at);
        if search.take(without)? {
            has_changed = true;
            continue;
        }
        let mut chunk = search.best.snapshots[at].orders.len().div_ceil(2);
        while chunk > 0 {
            let mut has_cut = false;
            let mut end = search.best.snapshots[at].orders.len();
            while end > 0 {
                let start = end.saturating_sub(chunk);
                let mut without = search.best.clone();
                without.snapshots[at].orders.drain(start..end);
                has_cut |= search.take(without)?;
                end = start;
            }
            has_changed |= has_cut;
            chunk = match chunk {
                1 if has_cut => 1,
                1 => 0,
                more => more.div_ceil(2),
            };
        }
    }
    Ok(has_changed)
}

/// Leaves out two commands at a time where no single one can go.
pub(crate) fn cut_pairs(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut has_changed = false;
    let mut second = search.best.commands.len();
    if second > PAIRS {
        return Ok(false);
    }
    while second > 1 {
        second -= 1;
        let mut first = second.min(search.best.commands.len().saturating_sub(1));
        while first > 0 {
            first -= 1;
            let gone = [first, second];
            let places = (0..search.best.commands.len()).filter(|place| !gone.contains(place));
            let flow = with_commands(&search.best, places);
            if flow.commands.len() < search.best.commands.len() && search.take(flow)? {
                has_changed = true;
                break;
            }
        }
    }
    Ok(has_changed)
}
