//! Other ways to say the same, of which the simplest is kept: what tells one example of a bug from
//! another of the same bug.

use shadowbook_capture::Flow;
use shadowbook_model::{
    AccountId, Action, Command, Instrument, InstrumentId, NewOrder, OrderId, OrderType, Phase,
    Price, Quantity, Replace, TimeInForce,
};

use crate::attributes::Move;
use crate::fields::{changed, different, each_price};
use crate::restored::without_snapshots;

/// Everything that may be tried on a small flow.
pub(crate) fn transformations(flow: &Flow) -> Vec<Move> {
    let count = flow.commands.len();
    let mut moves: Vec<Move> = vec![Box::new(mirrored), Box::new(with_phase_commands)];
    moves.extend(without_snapshots(flow));
    for at in 0..count {
        match &flow.commands[at].action {
            Action::Replace(_) => {
                moves.push(Box::new(move |flow| fused(flow, at, false)));
                moves.push(Box::new(move |flow| fused(flow, at, true)));
                moves.push(Box::new(move |flow| entered_anew(flow, at)));
            }
            Action::New(new) if new.order_type.has_trigger() => {
                for to in at..count {
                    moves.push(Box::new(move |flow| plain(flow, at, to)));
                }
            }
            _ => {}
        }
        moves.push(Box::new(move |flow| without(flow, at)));
        for other in (0..count).filter(|other| *other != at) {
            moves.push(Box::new(move |flow| without_its_lots(flow, at, other)));
            moves.push(Box::new(move |flow| without_its_slices(flow, at, other)));
            moves.push(Box::new(move |flow| merged(flow, at, other)));
        }
        if count <= JOINT {
            moves.push(Box::new(move |flow| with_less(flow, at)));
            for (change, other) in SIMPLER.iter().flat_map(|it| (0..count).map(move |at| (it, at)))
            {
                moves.push(Box::new(move |flow| with_less(&with(flow, at, *change)?, other)));
            }
        }
        moves.push(Box::new(move |flow| split(flow, at)));
        moves.push(Box::new(move |flow| with_an_id_of_its_own(flow, at)));
        for to in (0..count).filter(|to| *to != at) {
            moves.push(Box::new(move |flow| moved(flow, at, to)));
        }
    }
    moves
}

/// Two steps at a time are tried on flows of up to so many commands.
const JOINT: usize = 8;

/// What may have to go together with a lot of another order.
const SIMPLER: &[fn(&mut NewOrder)] = &[
    |new| *new = new.with_display_quantity(None),
    |new| *new = new.with_min_quantity(None),
    |new| new.account = AccountId::ANONYMOUS,
];

/// The same with one order changed; `None` where that changes nothing.
fn with(flow: &Flow, at: usize, change: fn(&mut NewOrder)) -> Option<Flow> {
    let mut changed = flow.clone();
    let Action::New(new) = &mut changed.commands.get_mut(at)?.action else { return None };
    change(new);
    (changed != *flow).then_some(changed)
}

/// The same with an order that is one lot smaller.
fn with_less(flow: &Flow, at: usize) -> Option<Flow> {
    let mut flow = flow.clone();
    let Action::New(new) = &mut flow.commands.get_mut(at)?.action else { return None };
    new.quantity.0 = new.quantity.0.checked_sub(1).filter(|left| *left > 0)?;
    Some(flow)
}

fn without(flow: &Flow, at: usize) -> Option<Flow> {
    let mut flow = flow.clone();
    (at < flow.commands.len()).then(|| flow.commands.remove(at))?;
    Some(flow)
}

/// The same without an order, and another one smaller by as much: it took that one.
fn without_its_lots(flow: &Flow, at: usize, other: usize) -> Option<Flow> {
    let Action::New(gone) = flow.commands.get(at)?.action else { return None };
    let mut flow = flow.clone();
    let Action::New(smaller) = &mut flow.commands.get_mut(other)?.action else { return None };
    smaller.quantity.0 =
        smaller.quantity.0.checked_sub(gone.quantity.0).filter(|left| *left > 0)?;
    flow.commands.remove(at);
    Some(flow)
}

/// The same without an order, and an iceberg entered as what that one leaves of it: smaller by as
/// much, and showing what is left of the slice at which it stops.
fn without_its_slices(flow: &Flow, at: usize, iceberg: usize) -> Option<Flow> {
    let Action::New(gone) = flow.commands.get(at)?.action else { return None };
    let mut flow = without_its_lots(flow, at, iceberg)?;
    let place = if at < iceberg { iceberg - 1 } else { iceberg };
    let Action::New(left) = &mut flow.commands.get_mut(place)?.action else { return None };
    let display = left.display_quantity().filter(|display| !display.is_zero())?;
    let shown = Quantity(display.0 - gone.quantity.0 % display.0);
    *left = left.with_display_quantity(shown.min(left.quantity));
    (shown < left.quantity && shown != display).then_some(flow)
}

/// The same with one order in place of two on one side, at the place of the first.
fn merged(flow: &Flow, at: usize, gone: usize) -> Option<Flow> {
    let Action::New(second) = flow.commands.get(gone)?.action else { return None };
    let mut flow = flow.clone();
    let Action::New(first) = &mut flow.commands.get_mut(at)?.action else { return None };
    (first.side == second.side).then_some(())?;
    first.quantity.0 = first.quantity.0.checked_add(second.quantity.0)?;
    flow.commands.remove(gone);
    Some(flow)
}

/// The same with two plain orders in place of an iceberg of two slices.
fn split(flow: &Flow, at: usize) -> Option<Flow> {
    let Action::New(iceberg) = flow.commands.get(at)?.action else { return None };
    let display = iceberg.display_quantity().filter(|display| !display.is_zero())?;
    let rest = iceberg.quantity.0.checked_sub(display.0).filter(|rest| *rest > 0)?;
    let mut flow = flow.clone();
    let unused = unused_id(&flow)?;
    let make = |order: OrderId, quantity: u64| {
        let mut plain = iceberg.with_display_quantity(None);
        (plain.order, plain.quantity.0) = (order, quantity);
        Command { action: plain.into(), ..flow.commands[at] }
    };
    let both = [make(iceberg.order, display.0), make(unused, rest)];
    flow.commands.splice(at..=at, both);
    for (seq, command) in (1..).zip(&mut flow.commands) {
        command.seq.0 = seq;
    }
    Some(flow)
}

fn unused_id(flow: &Flow) -> Option<OrderId> {
    let ids = flow.commands.iter().filter_map(Command::order);
    Some(OrderId(ids.map(|id| id.0).max()?.checked_add(1)?))
}

/// The same where an order that uses an id once more has an id of its own.
fn with_an_id_of_its_own(flow: &Flow, at: usize) -> Option<Flow> {
    let Action::New(new) = flow.commands.get(at)?.action else { return None };
    let id = new.order;
    let mut flow = flow.clone();
    let unused = unused_id(&flow)?;
    for command in &mut flow.commands[at..] {
        match &mut command.action {
            Action::New(new) if new.order == id => new.order = unused,
            Action::Cancel(order) if *order == id => *order = unused,
            Action::Replace(replace) if replace.order == id => replace.order = unused,
            _ => {}
        }
    }
    Some(flow)
}

/// The same with the command at `at` moved to `to`; times stay where they are.
fn moved(flow: &Flow, at: usize, to: usize) -> Option<Flow> {
    let mut flow = flow.clone();
    if at.max(to) >= flow.commands.len() {
        return None;
    }
    let clock: Vec<_> = flow.commands.iter().map(|command| (command.seq, command.time)).collect();
    let command = flow.commands.remove(at);
    flow.commands.insert(to, command);
    for (command, (seq, time)) in flow.commands.iter_mut().zip(clock) {
        (command.seq, command.time) = (seq, time);
    }
    Some(flow)
}

/// The entry of the order that the replacement at `at` changes.
fn entry_of(flow: &Flow, at: usize) -> Option<(usize, NewOrder, Replace)> {
    let Action::Replace(replace) = flow.commands.get(at)?.action else { return None };
    let mut id = replace.order;
    for place in (0..at).rev() {
        match flow.commands[place].action {
            Action::New(new) if new.order == id => return Some((place, new, replace)),
            Action::Replace(earlier) if earlier.new_order == Some(id) => id = earlier.order,
            _ => {}
        }
    }
    None
}

/// The order as it is after the replacement.
fn replaced(mut new: NewOrder, replace: &Replace) -> NewOrder {
    new.order = replace.new_order.unwrap_or(new.order);
    new.price = replace.price.or(new.price);
    new.quantity = replace.quantity.unwrap_or(new.quantity);
    let trigger = replace.trigger_price.or(new.trigger_price());
    let display = replace.display_quantity.or(new.display_quantity());
    new.with_trigger_price(trigger).with_display_quantity(display)
}

/// An order that is entered as a replacement made it: where it was entered, or where it was
/// replaced.
fn fused(flow: &Flow, at: usize, is_late: bool) -> Option<Flow> {
    let (entry, new, replace) = entry_of(flow, at)?;
    let mut flow = flow.clone();
    let (kept, gone) = if is_late { (at, entry) } else { (entry, at) };
    flow.commands[kept].action = replaced(new, &replace).into();
    flow.commands.remove(gone);
    Some(flow)
}

/// A new order, with an id of its own, in place of the replacement.
fn entered_anew(flow: &Flow, at: usize) -> Option<Flow> {
    let (_, new, replace) = entry_of(flow, at)?;
    let mut flow = flow.clone();
    let mut order = replaced(new, &replace);
    let ids = flow.commands.iter().filter_map(Command::order);
    order.order.0 = ids.map(|id| id.0).max()?.checked_add(1)?;
    flow.commands[at].action = order.into();
    Some(flow)
}

/// The order that waits for its trigger as a plain one, entered at `to`.
fn plain(flow: &Flow, at: usize, to: usize) -> Option<Flow> {
    let mut flow = moved(flow, at, to)?;
    let Action::New(new) = &mut flow.commands.get_mut(to)?.action else { return None };
    if !new.order_type.has_trigger() {
        return None;
    }
    let is_market = new.order_type.is_market_type();
    *new = new.with_trigger_price(None).with_trail_offset(None);
    if is_market {
        new.order_type = OrderType::Market;
        if !new.time_in_force.is_immediate() {
            new.time_in_force = TimeInForce::Ioc;
            *new = new.with_expire_time(None);
        }
    } else {
        new.order_type = OrderType::Limit;
    }
    Some(flow)
}

/// The same with buy and sell exchanged, and prices turned round.
fn mirrored(flow: &Flow) -> Option<Flow> {
    let prices = different(flow, each_price);
    let (low, high) = (prices.first().copied(), prices.last().copied());
    let sum = low.map_or(0, |low| i128::from(low.0)) + high.map_or(0, |high| i128::from(high.0));
    let turn = |price: Price| i64::try_from(sum - i128::from(price.0)).map_or(price, Price);
    let mut flow = changed(flow, each_price, &mut |_, price| turn(price));
    for Instrument { price_min, price_max, .. } in &mut flow.instruments {
        std::mem::swap(price_min, price_max);
    }
    for command in &mut flow.commands {
        match &mut command.action {
            Action::New(new) => new.side = new.side.opposite(),
            Action::MassCancel(one) => one.side = one.side.map(|side| side.opposite()),
            _ => {}
        }
    }
    flow.snapshots.is_empty().then_some(flow)
}

/// A command that sets the phase in place of an instrument that begins in it.
fn with_phase_commands(flow: &Flow) -> Option<Flow> {
    let mut flow = flow.clone();
    let first = *flow.commands.first()?;
    let mut commands = Vec::new();
    for (id, instrument) in (0..).map(InstrumentId).zip(&mut flow.instruments) {
        let phase = std::mem::replace(&mut instrument.phase, Phase::Continuous);
        if phase != Phase::Continuous {
            commands.push(Command { instrument: id, action: phase.into(), ..first });
        }
    }
    commands.append(&mut flow.commands);
    for (seq, command) in (1..).zip(&mut commands) {
        command.seq.0 = seq;
    }
    flow.commands = commands;
    Some(flow)
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{Increment, InstrumentId, Seq, Side, TimeNs};

    use super::*;

    fn limit(order: u64, side: Side, quantity: u64) -> NewOrder {
        NewOrder::limit(OrderId(order), side, Price(50), Quantity(quantity))
    }

    /// An iceberg of so many lots, then one that takes so many of them.
    fn iceberg(quantity: u64, display: u64, taken: u64) -> Flow {
        let iceberg = limit(1, Side::Buy, quantity).with_display_quantity(Quantity(display));
        let orders = [iceberg, limit(2, Side::Sell, taken)];
        let commands = (1..)
            .zip(orders)
            .map(|(seq, new)| Command::new(Seq(seq), TimeNs(0), InstrumentId(0), new));
        Flow {
            instruments: vec![Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)],
            snapshots: Vec::new(),
            commands: commands.collect(),
        }
    }

    #[test]
    fn an_iceberg_that_has_traded_is_entered_as_what_is_left_of_it() {
        let left = |quantity, display, taken| {
            let flow = without_its_slices(&iceberg(quantity, display, taken), 1, 0)?;
            assert_eq!(flow.commands.len(), 1);
            let Action::New(left) = flow.commands[0].action else { return None };
            Some((left.quantity.0, left.display_quantity()?.0))
        };
        assert_eq!(left(18, 10, 13), None, "less than a slice is left");
        assert_eq!(left(38, 10, 13), Some((25, 7)));
        assert_eq!(left(38, 10, 10), None, "no slice is begun: it shows as much as before");
        assert_eq!(left(38, 10, 38), None, "nothing is left");
        assert_eq!(left(38, 0, 13), None, "it shows nothing");
    }
}
