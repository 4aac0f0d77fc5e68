//! Icebergs, hidden orders, minimum quantities and shared levels (rules O4, O5, M7, A6 to A8).

use shadowbook_model::{Matching, Visibility};

use super::*;
use CancelReason::{Fok, MinQuantity, SelfTrade as Prevented};

fn showing(display: u64, new: NewOrder) -> NewOrder {
    new.with_display_quantity(Quantity(display))
}

fn min(quantity: u64, new: NewOrder) -> NewOrder {
    new.with_min_quantity(Quantity(quantity))
}

fn fok(new: NewOrder) -> NewOrder {
    with(TimeInForce::Fok, new)
}

fn redisplayed(display: u64, replace: Replace) -> Replace {
    Replace { display_quantity: Some(Quantity(display)), ..replace }
}

/// What shows of each order, in canonical order.
fn shown(engine: &LadderEngine) -> Vec<(u64, u64)> {
    let orders = engine.snapshot(InstrumentId(0)).orders;
    orders.iter().map(|order| (order.order.0, order.displayed().0)).collect()
}

#[test]
fn displayed_orders_and_slices_trade_before_hidden_ones() {
    let engine = check([
        enter(showing(0, sell(1, 5, 2))),
        enter(showing(2, sell(2, 5, 5))),
        enter(sell(3, 5, 1)),
        enter(showing(0, sell(4, 5, 4))),
        step(
            buy(9, 5, 10),
            [
                accepted(9),
                fill((2, 3), (9, 8), 5, 2),
                fill((3, 0), (9, 7), 5, 1),
                fill((2, 1), (9, 5), 5, 2),
                fill((2, 0), (9, 4), 5, 1),
                fill((1, 0), (9, 2), 5, 2),
                fill((4, 2), (9, 0), 5, 2),
            ],
        ),
        step(buy(8, 6, 3), [accepted(8), fill((4, 0), (8, 1), 5, 2)]),
    ]);
    assert_eq!(book(&engine), [(8, 6, 1)]);
}

#[test]
fn a_slice_that_is_used_in_part_keeps_the_front_and_one_used_up_goes_to_the_back() {
    let start = [enter(showing(3, sell(1, 5, 9))), enter(sell(2, 5, 1))];
    let part = step(buy(8, 5, 2), [accepted(8), fill((1, 7), (8, 0), 5, 2)]);
    let engine = check(start.clone().into_iter().chain([part.clone()]));
    assert_eq!(shown(&engine), [(1, 1), (2, 1)]);
    let rest = step(buy(9, 5, 1), [accepted(9), fill((1, 6), (9, 0), 5, 1)]);
    let engine = check(start.into_iter().chain([part, rest]));
    assert_eq!(shown(&engine), [(2, 1), (1, 3)]);
    // A refreshed slice is no arrival.
    assert_eq!(engine.snapshot(InstrumentId(0)).orders[1].arrival.0, 1);
}

#[test]
fn an_aggressive_iceberg_trades_with_all_of_it_and_shows_a_slice_of_the_rest() {
    let engine = check([
        enter(sell(1, 5, 4)),
        step(showing(2, buy(2, 5, 9)), [accepted(2), fill((1, 0), (2, 5), 5, 4)]),
    ]);
    assert_eq!(shown(&engine), [(2, 2)]);
    let engine = check([
        enter(sell(1, 5, 4)),
        step(showing(0, buy(2, 5, 9)), [accepted(2), fill((1, 0), (2, 5), 5, 4)]),
    ]);
    assert_eq!(shown(&engine), [(2, 0)]);
}

#[test]
fn replacing_what_shows() {
    let start = || {
        [enter(showing(4, sell(1, 5, 9))), enter(sell(2, 5, 6)), enter(showing(0, sell(3, 5, 6)))]
    };
    let after = |replace: Replace, open| {
        let event = replaced(replace.order.0, None, 5, open);
        shown(&check(start().into_iter().chain([step(replace, [event])])))
    };
    let none = |id| replace(id, None, None);
    // A slice never grows where it stands, and is capped.
    assert_eq!(after(redisplayed(6, none(1)), 9), [(1, 4), (2, 6), (3, 0)]);
    assert_eq!(after(redisplayed(3, none(1)), 9), [(1, 3), (2, 6), (3, 0)]);
    assert_eq!(after(replace(1, None, Some(2)), 2), [(1, 2), (2, 6), (3, 0)]);
    assert_eq!(after(redisplayed(6, replace(1, None, Some(10))), 10), [(2, 6), (1, 6), (3, 0)]);
    // Full to iceberg keeps the place; to or from hidden does not.
    assert_eq!(after(redisplayed(2, none(2)), 6), [(1, 4), (2, 2), (3, 0)]);
    assert_eq!(after(redisplayed(0, none(1)), 9), [(2, 6), (3, 0), (1, 0)]);
    assert_eq!(after(redisplayed(0, none(2)), 6), [(1, 4), (3, 0), (2, 0)]);
    assert_eq!(after(redisplayed(5, none(3)), 6), [(1, 4), (2, 6), (3, 5)]);
    assert_eq!(after(redisplayed(0, replace(3, None, Some(5))), 5), [(1, 4), (2, 6), (3, 0)]);
    // Another id alone changes nothing else.
    let renamed = Replace { new_order: Some(OrderId(8)), ..none(1) };
    let engine = check(start().into_iter().chain([
        step(renamed, [replaced(1, Some(8), 5, 9)]),
        step(cancel(8), [canceled(8, 9, CancelReason::Requested)]),
        step(cancel(3), [canceled(3, 6, CancelReason::Requested)]),
    ]));
    assert_eq!(shown(&engine), [(2, 6)]);
}

#[test]
fn a_display_above_the_total_is_refused_unless_the_order_ends() {
    let refuse =
        |replace| step(replace, [rejected(CommandKind::Replace, 1, RejectReason::InvalidOrder)]);
    let engine = check([
        enter(showing(5, sell(1, 5, 5))),
        step(buy(2, 5, 2), [accepted(2), fill((1, 3), (2, 0), 5, 2)]),
        refuse(redisplayed(6, replace(1, None, None))),
        refuse(redisplayed(5, replace(1, None, Some(4)))),
        // The total is judged, not what is open; a kept display is not judged.
        step(redisplayed(4, replace(1, None, Some(4))), [replaced(1, None, 5, 2)]),
        step(replace(1, None, Some(3)), [replaced(1, None, 5, 1)]),
    ]);
    assert_eq!(
        engine.snapshot(InstrumentId(0)).orders[0].visibility,
        Visibility::Iceberg { display: Quantity(4), slice: Quantity(1) }
    );
    check([
        enter(sell(1, 5, 5)),
        step(
            redisplayed(6, replace(1, None, Some(0))),
            [canceled(1, 5, CancelReason::ReplacedBelowExecuted)],
        ),
    ]);
}

#[test]
fn decrement_takes_from_the_reserve_first_and_keeps_the_place() {
    let engine = check([
        enter(owned(7, showing(4, sell(1, 5, 9)))),
        enter(sell(2, 5, 1)),
        step(
            minding(SelfTrade::Decrement, buy(8, 5, 3)),
            [accepted(8), reduced(1, 3, 6), canceled(8, 3, Prevented)],
        ),
        step(
            minding(SelfTrade::Decrement, buy(8, 5, 3)),
            [accepted(8), reduced(1, 3, 3), canceled(8, 3, Prevented)],
        ),
    ]);
    assert_eq!(shown(&engine), [(1, 3), (2, 1)]);
}

#[test]
fn liquidity_is_counted_in_the_order_in_which_it_would_trade() {
    // A slice of 2 and a reserve of 6, an own order, a foreign and an own hidden one.
    let start = |own_account| {
        [
            enter(owned(1, showing(2, sell(1, 5, 8)))),
            enter(owned(own_account, sell(2, 5, 1))),
            enter(owned(1, showing(0, sell(3, 5, 3)))),
            enter(owned(7, showing(0, sell(4, 5, 3)))),
            enter(owned(1, sell(5, 6, 9))),
        ]
    };
    let killed = |own, mode, quantity| {
        let new = minding(mode, fok(buy(9, 6, quantity)));
        check(start(own).into_iter().chain([step(new, [accepted(9), canceled(9, quantity, Fok)])]));
    };
    let filled = |own, mode, quantity| {
        let mut engine = check(start(own));
        let mut events = EventBuffer::new();
        let new = minding(mode, fok(buy(9, 6, quantity)));
        engine.apply(&Command::new(Seq(99), TimeNs(1), InstrumentId(0), new), &mut events);
        let canceled = events
            .as_slice()
            .iter()
            .any(|event| matches!(event, Event::Canceled { order: OrderId(9), .. }));
        assert!(!canceled, "{events:?}");
    };
    use SelfTrade::{CancelBoth, CancelNewest, CancelOldest, Decrement};
    for mode in [CancelNewest, CancelBoth, Decrement] {
        filled(7, mode, 2);
        killed(7, mode, 3);
        // Without an own displayed order: 8 and 1 displayed, 3 hidden, then the own hidden one.
        filled(1, mode, 12);
        killed(1, mode, 13);
    }
    filled(7, CancelOldest, 20);
    killed(7, CancelOldest, 21);
    filled(7, SelfTrade::None, 24);
    killed(7, SelfTrade::None, 25);
}

#[test]
fn an_order_that_cannot_trade_its_minimum_is_refused_or_cancelled() {
    let resting = || [enter(showing(1, sell(1, 5, 3))), enter(showing(0, sell(2, 6, 2)))];
    let then = |new: NewOrder, events: Vec<Event>| {
        check(resting().into_iter().chain([step(new, events)]));
    };
    let refused = rejected(CommandKind::New, 9, RejectReason::MinQuantity);
    then(min(4, buy(9, 5, 9)), vec![refused]);
    then(min(6, buy(9, 6, 9)), vec![refused]);
    let ioc = |new| with(TimeInForce::Ioc, new);
    then(ioc(min(4, buy(9, 5, 9))), vec![accepted(9), canceled(9, 9, MinQuantity)]);
    let market = NewOrder::market(OrderId(9), Side::Buy, Quantity(9));
    then(min(6, market), vec![accepted(9), canceled(9, 9, MinQuantity)]);
    then(fok(min(4, buy(9, 5, 9))), vec![accepted(9), canceled(9, 9, Fok)]);
    let slices =
        [fill((1, 2), (9, 8), 5, 1), fill((1, 1), (9, 7), 5, 1), fill((1, 0), (9, 6), 5, 1)];
    then(min(3, buy(9, 5, 9)), [accepted(9)].into_iter().chain(slices).collect());
}

fn pro_rata() -> Instrument {
    Instrument { matching: Matching::ProRata, ..instrument() }
}

fn check_shared(steps: impl IntoIterator<Item = Step>) -> LadderEngine {
    check_on(&pro_rata(), steps)
}

#[test]
fn a_level_is_shared_and_what_is_left_over_goes_to_the_oldest() {
    let start = [enter(sell(1, 5, 1)), enter(sell(2, 5, 6)), enter(sell(3, 5, 5))];
    // 7 of 12: shares 0, 3 and 2; of the 2 left over 1 takes one, 2 the other.
    let engine = check_shared(start.clone().into_iter().chain([step(
        buy(9, 5, 7),
        [
            accepted(9),
            fill((1, 0), (9, 6), 5, 1),
            fill((2, 2), (9, 2), 5, 4),
            fill((3, 3), (9, 0), 5, 2),
        ],
    )]));
    assert_eq!(book(&engine), [(2, 5, 2), (3, 5, 3)]);
    // What covers the level takes it in queue order, and goes on.
    check_shared(start.into_iter().chain([
        enter(sell(4, 6, 4)),
        enter(sell(5, 6, 4)),
        step(
            buy(9, 6, 15),
            [
                accepted(9),
                fill((1, 0), (9, 14), 5, 1),
                fill((2, 0), (9, 8), 5, 6),
                fill((3, 0), (9, 3), 5, 5),
                fill((4, 2), (9, 1), 6, 2),
                fill((5, 3), (9, 0), 6, 1),
            ],
        ),
    ]));
}

#[test]
fn refreshed_slices_are_shared_again_and_hidden_orders_come_last() {
    let engine = check_shared([
        enter(showing(0, sell(1, 5, 3))),
        enter(showing(2, sell(2, 5, 5))),
        enter(sell(3, 5, 2)),
        enter(showing(4, sell(4, 5, 6))),
        // 8 show and are taken; 2 and 2 follow, of which one each is a share of 2.
        step(
            buy(9, 5, 10),
            [
                accepted(9),
                fill((2, 3), (9, 8), 5, 2),
                fill((3, 0), (9, 6), 5, 2),
                fill((4, 2), (9, 2), 5, 4),
                fill((2, 2), (9, 1), 5, 1),
                fill((4, 1), (9, 0), 5, 1),
            ],
        ),
        step(
            buy(8, 5, 4),
            [
                accepted(8),
                fill((2, 1), (8, 3), 5, 1),
                fill((4, 0), (8, 2), 5, 1),
                fill((2, 0), (8, 1), 5, 1),
                fill((1, 2), (8, 0), 5, 1),
            ],
        ),
    ]);
    assert_eq!(book(&engine), [(1, 5, 2)]);
}

#[test]
fn the_oldest_is_the_one_that_arrived_first_wherever_it_stands() {
    check_shared([
        enter(showing(1, sell(1, 5, 9))),
        enter(sell(2, 5, 9)),
        // One lot is left over for the oldest, whose next slice goes to the back.
        step(buy(8, 5, 1), [accepted(8), fill((1, 8), (8, 0), 5, 1)]),
        step(buy(9, 5, 1), [accepted(9), fill((1, 7), (9, 0), 5, 1)]),
        step(buy(9, 5, 2), [accepted(9), fill((2, 8), (9, 1), 5, 1), fill((1, 6), (9, 0), 5, 1)]),
    ]);
}

#[test]
fn own_displayed_orders_come_first_on_a_shared_level() {
    use SelfTrade::{CancelBoth, CancelNewest, CancelOldest, Decrement};
    let start = || {
        [
            enter(owned(1, sell(1, 5, 4))),
            enter(owned(7, showing(1, sell(2, 5, 3)))),
            enter(owned(7, showing(0, sell(3, 5, 2)))),
            enter(owned(7, sell(4, 5, 2))),
        ]
    };
    let then = |mode, quantity, events: Vec<Event>| {
        let events = [accepted(9)].into_iter().chain(events).collect::<Vec<_>>();
        check_shared(start().into_iter().chain([step(minding(mode, buy(9, 5, quantity)), events)]));
    };
    then(CancelNewest, 3, vec![canceled(9, 3, Prevented)]);
    then(CancelBoth, 3, vec![canceled(2, 3, Prevented), canceled(9, 3, Prevented)]);
    then(
        CancelOldest,
        5,
        vec![
            canceled(2, 3, Prevented),
            canceled(4, 2, Prevented),
            fill((1, 0), (9, 1), 5, 4),
            canceled(3, 2, Prevented),
        ],
    );
    then(
        Decrement,
        6,
        vec![
            canceled(2, 3, Prevented),
            reduced(9, 3, 3),
            canceled(4, 2, Prevented),
            reduced(9, 2, 1),
            fill((1, 3), (9, 0), 5, 1),
        ],
    );
    then(Decrement, 2, vec![reduced(2, 2, 1), canceled(9, 2, Prevented)]);
    let killed = minding(CancelNewest, fok(buy(9, 5, 1)));
    check_shared(start().into_iter().chain([step(killed, [accepted(9), canceled(9, 1, Fok)])]));
}

#[test]
fn shares_of_the_greatest_quantities_do_not_wrap() {
    const MOST: u64 = u64::MAX;
    check_shared([
        enter(sell(1, 5, MOST)),
        enter(sell(2, 5, MOST)),
        step(
            buy(9, 5, MOST),
            [
                accepted(9),
                fill((1, MOST / 2), (9, MOST / 2), 5, MOST / 2 + 1),
                fill((2, MOST / 2 + 1), (9, 0), 5, MOST / 2),
            ],
        ),
    ]);
}
