//! The lives of orders: what belongs together in a stream, and what stands near the divergence.

use std::collections::{BTreeMap, BTreeSet};

use shadowbook_capture::Flow;
use shadowbook_model::{Action, Command, Event, InstrumentId, OrderId, Price};

use crate::rerun::Shown;

/// Commands that stay or go together, by their places in the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    /// The commands, in the order of the flow.
    pub(crate) places: Vec<usize>,
    /// Whether they are the life of an order: from its entry to its end, under all of its ids.
    pub(crate) is_life: bool,
}

type Id = (InstrumentId, OrderId);

/// Cuts a flow into the lives of its orders; every other command is a unit of its own. In the
/// order of their first commands.
pub(crate) fn units(flow: &Flow) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut by_id: BTreeMap<Id, usize> = BTreeMap::new();
    for (place, command) in flow.commands.iter().enumerate() {
        let Some(order) = command.order() else {
            units.push(Unit { places: vec![place], is_life: false });
            continue;
        };
        let life = *by_id.entry((command.instrument, order)).or_insert_with(|| {
            units.push(Unit { places: Vec::new(), is_life: true });
            units.len() - 1
        });
        units[life].places.push(place);
        if let Some(renamed) = renamed(command) {
            by_id.insert((command.instrument, renamed), life);
        }
    }
    units
}

/// The id that a command gives to an order.
fn renamed(command: &Command) -> Option<OrderId> {
    match &command.action {
        Action::Replace(replace) => replace.new_order,
        _ => None,
    }
}

/// The orders that the divergence itself speaks of.
pub(crate) fn named_by(shown: &Shown) -> BTreeSet<OrderId> {
    let divergence = &shown.divergence;
    let mut orders: BTreeSet<OrderId> =
        shown.differences.iter().flat_map(|difference| difference.orders()).collect();
    orders.extend(divergence.command.as_ref().and_then(Command::order));
    for event in divergence.reference.events.iter().chain(&divergence.candidate.events) {
        match event {
            Event::Fill(fill) => orders.extend([fill.maker, fill.taker]),
            Event::Accepted { order }
            | Event::Rejected { order, .. }
            | Event::Replaced { order, .. }
            | Event::Reduced { order, .. }
            | Event::Canceled { order, .. }
            | Event::Triggered { order } => {
                orders.insert(*order);
            }
            Event::Auction { .. } | Event::Phase { .. } => {}
        }
    }
    orders
}

/// Units by how near they stand to the divergence: first the orders that it speaks of, then, by
/// turns, the latest ones and those whose price is nearest.
pub(crate) fn by_nearness(
    flow: &Flow,
    units: &[Unit],
    focus: &BTreeSet<OrderId>,
    place: usize,
) -> Vec<usize> {
    let names = |unit: &Unit| {
        unit.places.iter().any(|place| {
            let command = &flow.commands[*place];
            let is_named = |order: Option<OrderId>| order.is_some_and(|id| focus.contains(&id));
            is_named(command.order()) || is_named(renamed(command))
        })
    };
    let is_first = |unit: &Unit| unit.places.contains(&place) || names(unit);
    let (mut ranked, rest): (Vec<usize>, Vec<usize>) =
        (0..units.len()).partition(|unit| is_first(&units[*unit]));
    let price = nearest_price(flow, units, &ranked, place);
    let last = |unit: &usize| units[*unit].places.last().copied();
    let mut latest = rest.clone();
    latest.sort_by_key(|unit| std::cmp::Reverse(last(unit)));
    let mut nearest = rest;
    nearest.sort_by_key(|unit| {
        let first = units[*unit].places.first().map(|place| &flow.commands[*place]);
        let theirs = first.and_then(price_of);
        let distance = theirs.zip(price).map(|(a, b)| a.0.abs_diff(b.0));
        (distance.unwrap_or(u64::MAX), std::cmp::Reverse(last(unit)))
    });
    let mut is_ranked = vec![false; units.len()];
    ranked.iter().for_each(|unit| is_ranked[*unit] = true);
    for unit in latest.into_iter().zip(nearest).flat_map(|(a, b)| [a, b]) {
        if !std::mem::replace(&mut is_ranked[unit], true) {
            ranked.push(unit);
        }
    }
    ranked
}

/// A price at which the divergence happens.
fn nearest_price(flow: &Flow, units: &[Unit], first: &[usize], place: usize) -> Option<Price> {
    let places = first.iter().flat_map(|unit| units[*unit].places.iter().copied());
    std::iter::once(place).chain(places).filter_map(|at| flow.commands.get(at)).find_map(price_of)
}

const fn price_of(command: &Command) -> Option<Price> {
    match &command.action {
        Action::New(new) => new.price,
        Action::Replace(replace) => replace.price,
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{NewOrder, Phase, Quantity, Replace, Seq, Side, TimeNs};

    use super::*;

    #[test]
    fn a_life_goes_on_under_a_new_id_and_other_commands_stand_alone() {
        let buy = |order| NewOrder::limit(OrderId(order), Side::Buy, Price(1), Quantity(1));
        let renamed = Replace { new_order: Some(OrderId(9)), ..Replace::of(OrderId(1)) };
        let actions = [
            Action::from(buy(1)),
            buy(2).into(),
            renamed.into(),
            Phase::Auction.into(),
            Action::Cancel(OrderId(9)),
            Action::Cancel(OrderId(2)),
            Action::Cancel(OrderId(7)),
        ];
        let make = |action| Command::new(Seq(1), TimeNs(1), InstrumentId(0), action);
        let flow = Flow { commands: actions.map(make).to_vec(), ..Flow::default() };
        let found: Vec<(Vec<usize>, bool)> =
            units(&flow).into_iter().map(|unit| (unit.places, unit.is_life)).collect();
        let expected =
            [(vec![0, 2, 4], true), (vec![1, 5], true), (vec![3], false), (vec![6], true)];
        assert_eq!(found, expected);
    }
}
