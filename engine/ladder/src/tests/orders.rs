//! New orders: what is refused and why, what rests, what trades.

use shadowbook_model::{OrderType, PriceOffset};

use super::*;
use RejectReason::{DuplicateOrder, InvalidOrder, InvalidPrice, InvalidQuantity};

fn refuse(new: NewOrder, reason: RejectReason) -> Step {
    step(new, [rejected(CommandKind::New, new.order.0, reason)])
}

fn market(id: u64, side: Side, quantity: u64) -> NewOrder {
    NewOrder::market(OrderId(id), side, Quantity(quantity))
}

#[test]
fn contradictions_are_invalid_orders() {
    let limit = buy(1, 5, 5);
    let at_market = market(1, Side::Buy, 5);
    let contradictions = [
        NewOrder { price: None, ..limit },
        NewOrder { price: Some(Price(5)), ..at_market },
        NewOrder { post_only: true, ..at_market },
        limit.with_trigger_price(Price(5)),
        limit.with_trail_offset(PriceOffset(5)),
        at_market.with_trigger_price(Price(5)),
        NewOrder { order_type: OrderType::Stop, ..at_market },
        NewOrder { order_type: OrderType::TrailingStop, ..at_market }.with_trigger_price(Price(1)),
        limit.with_expire_time(TimeNs(9)),
        with(TimeInForce::Gtd, limit),
        with(TimeInForce::Gtd, limit).with_expire_time(TimeNs(1)),
        with(TimeInForce::Gtc, at_market),
        with(TimeInForce::Day, at_market),
        with(TimeInForce::Gtd, at_market).with_expire_time(TimeNs(9)),
        with(TimeInForce::Ioc, NewOrder { post_only: true, ..limit }),
        with(TimeInForce::Fok, NewOrder { post_only: true, ..limit }),
        limit.with_display_quantity(Quantity(6)),
        limit.with_min_quantity(Quantity(6)),
        NewOrder { post_only: true, ..limit }.with_min_quantity(Quantity(1)),
        at_market.with_display_quantity(Quantity(1)),
    ];
    check(contradictions.map(|new| refuse(new, InvalidOrder)));
}

#[test]
fn the_first_reason_that_holds_is_given() {
    let bounded = Instrument {
        price_min: Some(Price(-2)),
        price_max: Some(Price(9)),
        phase: shadowbook_model::Phase::Continuous,
        ..instrument()
    };
    let all_wrong = NewOrder { post_only: true, ..buy(1, 10, 0) };
    check_on(
        &bounded,
        [
            enter(buy(1, 9, 1)),
            refuse(with(TimeInForce::Ioc, all_wrong), InvalidOrder),
            refuse(all_wrong, InvalidQuantity),
            refuse(buy(1, 9, 1).with_min_quantity(Quantity(0)), InvalidQuantity),
            refuse(NewOrder { quantity: Quantity(1), ..all_wrong }, InvalidPrice),
            refuse(buy(2, -3, 1), InvalidPrice),
            refuse(NewOrder { post_only: true, ..sell(1, 9, 1) }, DuplicateOrder),
            refuse(NewOrder { post_only: true, ..sell(2, 9, 1) }, RejectReason::PostOnlyWouldTake),
            enter(buy(2, -2, 1)),
        ],
    );
}

#[test]
fn an_id_is_free_when_its_order_is_finished() {
    check([
        enter(sell(1, 5, 2)),
        step(buy(2, 5, 2), [accepted(2), fill((1, 0), (2, 0), 5, 2)]),
        enter(buy(1, 5, 2)),
        refuse(sell(1, 5, 2), DuplicateOrder),
        step(cancel(1), [canceled(1, 2, CancelReason::Requested)]),
        enter(sell(1, 5, 2)),
        step(cancel(2), [rejected(CommandKind::Cancel, 2, RejectReason::UnknownOrder)]),
    ]);
}

#[test]
fn price_goes_first_then_time_and_a_partial_fill_keeps_the_front() {
    let engine = check([
        enter(sell(1, 6, 5)),
        enter(sell(2, 5, 5)),
        enter(sell(3, 5, 5)),
        enter(sell(4, 4, 1)),
        step(buy(5, 5, 3), [accepted(5), fill((4, 0), (5, 2), 4, 1), fill((2, 3), (5, 0), 5, 2)]),
        step(buy(6, 5, 9), [accepted(6), fill((2, 0), (6, 6), 5, 3), fill((3, 0), (6, 1), 5, 5)]),
    ]);
    assert_eq!(book(&engine), [(6, 5, 1), (1, 6, 5)]);
}

#[test]
fn what_is_left_of_an_immediate_order_is_cancelled() {
    use CancelReason::{Ioc, NoLiquidity};
    check([
        enter(sell(1, 5, 5)),
        step(
            with(TimeInForce::Ioc, buy(2, 5, 7)),
            [accepted(2), fill((1, 0), (2, 2), 5, 5), canceled(2, 2, Ioc)],
        ),
        step(with(TimeInForce::Ioc, buy(3, 5, 7)), [accepted(3), canceled(3, 7, Ioc)]),
        enter(sell(1, 5, 5)),
        step(
            market(4, Side::Buy, 7),
            [accepted(4), fill((1, 0), (4, 2), 5, 5), canceled(4, 2, NoLiquidity)],
        ),
        step(market(5, Side::Sell, 7), [accepted(5), canceled(5, 7, NoLiquidity)]),
    ]);
}

#[test]
fn fok_trades_wholly_or_does_nothing() {
    let killed = |new: NewOrder| {
        step(new, [accepted(new.order.0), canceled(new.order.0, new.quantity.0, CancelReason::Fok)])
    };
    check([
        enter(sell(1, 5, 5)),
        enter(sell(2, 6, 5)),
        killed(with(TimeInForce::Fok, buy(3, 6, 11))),
        killed(with(TimeInForce::Fok, buy(3, 5, 6))),
        killed(with(TimeInForce::Fok, market(3, Side::Buy, 11))),
        step(
            with(TimeInForce::Fok, market(3, Side::Buy, 6)),
            [accepted(3), fill((1, 0), (3, 1), 5, 5), fill((2, 4), (3, 0), 6, 1)],
        ),
        step(with(TimeInForce::Fok, buy(4, 6, 4)), [accepted(4), fill((2, 0), (4, 0), 6, 4)]),
    ]);
}

#[test]
fn both_ends_of_the_price_range_are_prices() {
    let engine = check([
        enter(buy(1, i64::MIN, 1)),
        enter(sell(2, i64::MAX, 2)),
        enter(buy(3, i64::MIN + 1, 3)),
        enter(sell(4, i64::MAX - 1, 4)),
        enter(buy(5, -1, 5)),
        enter(sell(6, 0, 6)),
        step(
            market(7, Side::Buy, 12),
            [
                accepted(7),
                fill((6, 0), (7, 6), 0, 6),
                fill((4, 0), (7, 2), i64::MAX - 1, 4),
                fill((2, 0), (7, 0), i64::MAX, 2),
            ],
        ),
        enter(sell(8, i64::MAX, 1)),
        step(
            sell(9, i64::MIN, 8),
            [accepted(9), fill((5, 0), (9, 3), -1, 5), fill((3, 0), (9, 0), i64::MIN + 1, 3)],
        ),
    ]);
    assert_eq!(book(&engine), [(1, i64::MIN, 1), (8, i64::MAX, 1)]);
}

#[test]
fn sums_of_the_greatest_quantities_do_not_wrap() {
    const MOST: u64 = u64::MAX;
    check([
        enter(sell(1, 5, MOST)),
        enter(sell(2, 5, MOST)),
        step(with(TimeInForce::Fok, buy(3, 5, MOST)), [accepted(3), fill((1, 0), (3, 0), 5, MOST)]),
        enter(sell(4, 5, 1)),
        step(buy(5, 5, MOST), [accepted(5), fill((2, 0), (5, 0), 5, MOST)]),
        step(buy(6, 5, MOST), [accepted(6), fill((4, 0), (6, MOST - 1), 5, 1)]),
        step(replace(6, Some(4), Some(MOST)), [replaced(6, None, 4, MOST - 1)]),
    ]);
}

#[test]
fn instruments_are_independent() {
    let table = [instrument(), instrument()];
    let mut engine = LadderEngine::new(&table);
    let mut events = EventBuffer::new();
    for (instrument, new) in [(0, buy(1, 5, 5)), (1, sell(1, 5, 5))] {
        let command = Command::new(Seq(1), TimeNs(1), InstrumentId(instrument), new);
        engine.apply(&command, &mut events);
    }
    assert_eq!(events.as_slice(), [accepted(1), accepted(1)]);
    assert_ne!(engine.digest(InstrumentId(0)), engine.digest(InstrumentId(1)));
}
