//! Flows of which an engine dies: what has to come together before a command does it.

use shadowbook_model::{Action, Command, OrderId, OrderState, Replace, Snapshot, Visibility};

/// Whether a command cancels the only order of the best level of its side while an iceberg rests
/// on the other.
pub(crate) fn empties_best(command: &Command, book: &Snapshot) -> bool {
    let Action::Cancel(order) = command.action else { return false };
    let Some(canceled) = resting(book).find(|resting| resting.order == order) else { return false };
    let is_of_side = |resting: &&OrderState| resting.side == canceled.side;
    // The levels come from the best on.
    let best = resting(book).filter(is_of_side).find_map(|resting| resting.price);
    let level = resting(book).filter(is_of_side).filter(|resting| resting.price == canceled.price);
    let is_iceberg = |resting: &OrderState| {
        resting.side != canceled.side && matches!(resting.visibility, Visibility::Iceberg { .. })
    };
    best.is_some() && canceled.price == best && level.count() == 1 && resting(book).any(is_iceberg)
}

/// Whether a command asks for less of an order that has traded in part while another waits for a
/// trigger.
pub(crate) fn shrinks_remainder(command: &Command, book: &Snapshot) -> bool {
    let Action::Replace(Replace { order, quantity: Some(total), .. }) = command.action else {
        return false;
    };
    let is_smaller = |live: &OrderState| {
        total > live.executed && total.0 < live.executed.0.saturating_add(live.open.0)
    };
    live(book, order).is_some_and(|live| live.executed.0 > 0 && is_smaller(live))
        && book.orders.iter().any(|live| live.order != order && live.trigger.is_some())
}

fn live(book: &Snapshot, order: OrderId) -> Option<&OrderState> {
    book.orders.iter().find(|live| live.order == order)
}

fn resting(book: &Snapshot) -> impl Iterator<Item = &OrderState> {
    book.orders.iter().filter(|order| order.trigger.is_none())
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{
        Engine, EventBuffer, Increment, Instrument, InstrumentId, NewOrder, OrderType, Price,
        Quantity, Seq, Side, TimeNs,
    };
    use shadowbook_reference::ReferenceEngine;

    use super::*;

    /// Whether the last command is deadly to the book that the others have made.
    fn kills(is_deadly: fn(&Command, &Snapshot) -> bool, actions: &[Action]) -> bool {
        let table = [Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)];
        let mut engine = ReferenceEngine::new(&table);
        let mut events = EventBuffer::new();
        let mut is_over = false;
        for (seq, action) in (1..).zip(actions) {
            assert!(!is_over, "it was dead before: {actions:?}");
            let command = Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), *action);
            is_over = is_deadly(&command, &engine.snapshot(InstrumentId(0)));
            engine.apply(&command, &mut events);
        }
        is_over
    }

    fn limit(order: u64, side: Side, price: i64, quantity: u64) -> NewOrder {
        NewOrder::limit(OrderId(order), side, Price(price), Quantity(quantity))
    }

    #[test]
    fn an_emptied_best_level_takes_the_whole_flow_and_no_less() {
        let dies = |actions: &[Action]| kills(empties_best, actions);
        let iceberg = limit(1, Side::Sell, 103, 9).with_display_quantity(Some(Quantity(2)));
        let hidden = limit(1, Side::Sell, 103, 9).with_display_quantity(Some(Quantity(0)));
        let bid = limit(2, Side::Buy, 100, 1);
        let lower = limit(3, Side::Buy, 99, 1);
        let beside = limit(4, Side::Buy, 100, 1);
        let cancel = |id| Action::Cancel(OrderId(id));
        assert!(dies(&[iceberg.into(), bid.into(), cancel(2)]));
        assert!(dies(&[iceberg.into(), lower.into(), bid.into(), cancel(2)]));
        assert!(!dies(&[iceberg.into(), lower.into(), bid.into(), cancel(3)]), "not the best");
        assert!(!dies(&[iceberg.into(), beside.into(), bid.into(), cancel(2)]), "not the last");
        assert!(!dies(&[hidden.into(), bid.into(), cancel(2)]), "no iceberg");
        assert!(!dies(&[iceberg.into(), bid.into(), cancel(1)]), "the iceberg itself");
        assert!(!dies(&[iceberg.into(), bid.into(), cancel(7)]), "nobody");
    }

    #[test]
    fn a_shrunk_remainder_takes_the_whole_flow_and_no_less() {
        let dies = |actions: &[Action]| kills(shrinks_remainder, actions);
        let ask = limit(1, Side::Sell, 100, 5);
        let taker = limit(2, Side::Buy, 100, 2);
        let stop = NewOrder {
            order_type: OrderType::Stop,
            price: None,
            ..limit(3, Side::Buy, 0, 1).with_trigger_price(Some(Price(104)))
        };
        let total = |total| Replace { quantity: Some(Quantity(total)), ..Replace::of(OrderId(1)) };
        assert!(dies(&[ask.into(), taker.into(), stop.into(), total(4).into()]));
        assert!(!dies(&[ask.into(), taker.into(), stop.into(), total(5).into()]), "as much");
        assert!(!dies(&[ask.into(), taker.into(), stop.into(), total(2).into()]), "a cancel");
        assert!(!dies(&[ask.into(), stop.into(), total(4).into()]), "nothing has traded");
        assert!(!dies(&[ask.into(), taker.into(), total(4).into()]), "nobody waits");
    }
}
