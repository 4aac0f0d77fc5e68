//! Many fills from few orders: for defects that show at the n-th of something only.

use std::collections::BTreeSet;

use shadowbook_capture::Flow;
use shadowbook_model::{
    Action, Command, CommandKind, InstrumentId, NewOrder, OrderId, Price, Quantity, Seq, Side,
    TimeNs,
};

use crate::search::{Search, Stop};

/// Fill counts that are tried one by one.
const EXACT: u64 = 32;
/// What shows in no more fills than this is not counted.
const FIRST: u64 = 4;
/// The largest fill count that is tried: from [`EXACT`] on powers of two.
const MOST: u64 = 1_024;

/// Tries whether an iceberg that shows one lot and one order that takes all of it can stand for
/// most of the flow: they make as many fills as they have lots. Whether one could.
pub(crate) fn gather_fills(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let flow = search.best.clone();
    let phases: Vec<usize> = (0..flow.commands.len())
        .filter(|place| flow.commands[*place].kind() == CommandKind::Phase)
        .collect();
    for kept in 0..=3 {
        if kept + 2 >= flow.commands.len() {
            break;
        }
        let cut = flow.commands.len() - kept;
        for keeps_phases in [false, true] {
            if keeps_phases && phases.first().is_none_or(|place| *place >= cut) {
                continue;
            }
            let before = phases.iter().filter(|place| keeps_phases && **place < cut);
            let places: Vec<usize> = before.copied().chain(cut..flow.commands.len()).collect();
            if places.len() + 2 >= flow.commands.len() {
                continue;
            }
            for fills in (1..=EXACT).chain(doubled()) {
                if search.take(with_fills(&flow, &places, fills))? {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

/// Tries whether as many fills from two orders alone show the like of what a flow shows that did
/// not come down to few commands: of something that is counted nothing else may matter. Whether
/// they do; never where the first fills show it, so that something else may be wrong with them.
pub(crate) fn gather_alone(search: &mut Search<'_, '_, '_>) -> Result<bool, Stop> {
    let mut flow = search.best.clone();
    flow.snapshots.clear();
    for fills in (1..=EXACT).chain(doubled()) {
        let alone = with_fills(&flow, &[], fills);
        if fills <= FIRST {
            if search.shows_anything(&alone)? {
                return Ok(false);
            }
        } else if search.take(alone)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn doubled() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(2 * EXACT), |fills| Some(2 * fills))
        .take_while(|fills| *fills <= MOST)
}

/// The commands at `places`, and before the first of them that is no phase command an iceberg and
/// an order that takes it, which trade `fills` times.
fn with_fills(flow: &Flow, places: &[usize], fills: u64) -> Flow {
    let mut kept: Vec<Command> = places.iter().map(|place| flow.commands[*place]).collect();
    let at = kept.iter().take_while(|one| one.kind() == CommandKind::Phase).count();
    let used: BTreeSet<u64> = flow.commands.iter().flat_map(ids).collect();
    let mut unused = (1..).filter(|id| !used.contains(id)).map(OrderId);
    let mut next = || unused.next().unwrap_or_default();
    let price = flow.commands.iter().find_map(price_of).unwrap_or(Price(1));
    let instrument = flow.commands.last().map_or(InstrumentId(0), |last| last.instrument);
    let time = kept.get(at).or(flow.commands.last()).map_or(TimeNs(0), |one| one.time);
    let maker = NewOrder::limit(next(), Side::Sell, price, Quantity(fills))
        .with_display_quantity(Quantity(1));
    let taker = NewOrder::limit(next(), Side::Buy, price, Quantity(fills));
    let make = |order: NewOrder| Command::new(Seq(0), time, instrument, order);
    kept.splice(at..at, [make(maker), make(taker)]);
    for (seq, command) in (1..).zip(&mut kept) {
        command.seq = Seq(seq);
    }
    Flow {
        instruments: flow.instruments.clone(),
        snapshots: flow.snapshots.clone(),
        commands: kept,
    }
}

fn ids(command: &Command) -> impl Iterator<Item = u64> {
    let renamed = match &command.action {
        Action::Replace(replace) => replace.new_order,
        _ => None,
    };
    command.order().into_iter().chain(renamed).map(|order| order.0)
}

const fn price_of(command: &Command) -> Option<Price> {
    match &command.action {
        Action::New(new) => new.price,
        _ => None,
    }
}
