//! Replacements (rules C2 to C7).

use shadowbook_model::{Arrival, Phase};

use super::*;
use RejectReason::{DuplicateOrder, InvalidOrder, InvalidPrice, PostOnlyWouldTake, UnknownOrder};

fn refuse(replace: Replace, reason: RejectReason) -> Step {
    step(replace, [rejected(CommandKind::Replace, replace.order.0, reason)])
}

fn to_id(new_id: u64, replace: Replace) -> Replace {
    Replace { new_order: Some(OrderId(new_id)), ..replace }
}

#[test]
fn a_place_is_kept_exactly_when_price_stays_and_quantity_does_not_rise() {
    let engine = check([
        enter(buy(1, 5, 5)),
        enter(buy(2, 5, 5)),
        enter(buy(3, 5, 5)),
        step(replace(1, Some(5), Some(5)), [replaced(1, None, 5, 5)]),
        step(replace(1, None, None), [replaced(1, None, 5, 5)]),
        step(replace(2, None, Some(4)), [replaced(2, None, 5, 4)]),
        step(replace(1, None, Some(6)), [replaced(1, None, 5, 6)]),
        step(replace(3, Some(6), Some(3)), [replaced(3, None, 6, 3)]),
        step(replace(3, Some(5), None), [replaced(3, None, 5, 3)]),
    ]);
    assert_eq!(book(&engine), [(2, 5, 4), (1, 5, 6), (3, 5, 3)]);
    let snapshot = engine.snapshot(InstrumentId(0));
    let arrivals: Vec<u64> = snapshot.orders.iter().map(|order| order.arrival.0).collect();
    assert_eq!((arrivals, snapshot.state.arrivals), (vec![2, 4, 6], Arrival(6)));
}

#[test]
fn the_total_counts_what_is_executed() {
    use CancelReason::ReplacedBelowExecuted;
    let partly_filled =
        [enter(buy(1, 5, 5)), step(sell(2, 5, 3), [accepted(2), fill((1, 2), (2, 0), 5, 3)])];
    let after = |step: Step| check(partly_filled.clone().into_iter().chain([step]));
    for total in [0, 2, 3] {
        let gone = [canceled(1, 2, ReplacedBelowExecuted)];
        let engine = after(step(to_id(8, replace(1, Some(4), Some(total))), gone));
        assert_eq!(book(&engine), []);
    }
    let engine = after(step(replace(1, None, Some(4)), [replaced(1, None, 5, 1)]));
    assert_eq!(book(&engine), [(1, 5, 1)]);
    let engine = after(step(replace(1, Some(6), Some(9)), [replaced(1, None, 6, 6)]));
    assert_eq!(engine.snapshot(InstrumentId(0)).orders[0].executed, Quantity(3));
}

#[test]
fn a_replacement_that_crosses_trades_and_rests_with_any_time_in_force() {
    let gtd = with(TimeInForce::Gtd, buy(1, 4, 5)).with_expire_time(TimeNs(100));
    for new in [buy(1, 4, 5), with(TimeInForce::Day, buy(1, 4, 5)), gtd] {
        let engine = check([
            enter(sell(2, 5, 2)),
            enter(new),
            step(replace(1, Some(6), None), [replaced(1, None, 6, 5), fill((2, 0), (1, 3), 5, 2)]),
        ]);
        let left = engine.snapshot(InstrumentId(0)).orders[0];
        assert_eq!((left.open, left.executed), (Quantity(3), Quantity(2)));
        assert_eq!((left.price, left.time_in_force), (Some(Price(6)), new.time_in_force));
        assert_eq!(left.expire_time, new.expire_time());
    }
    let engine = check([
        enter(sell(2, 5, 9)),
        enter(buy(1, 4, 5)),
        step(replace(1, Some(6), None), [replaced(1, None, 6, 5), fill((2, 4), (1, 0), 5, 5)]),
        enter(buy(1, 4, 5)),
    ]);
    assert_eq!(book(&engine), [(1, 4, 5), (2, 5, 4)]);
}

#[test]
fn a_post_only_replacement_that_would_take_leaves_the_original() {
    let engine = check([
        enter(sell(2, 5, 9)),
        enter(NewOrder { post_only: true, ..buy(1, 4, 5) }),
        refuse(to_id(8, replace(1, Some(5), Some(9))), PostOnlyWouldTake),
        step(replace(1, None, Some(4)), [replaced(1, None, 4, 4)]),
        step(replace(1, Some(9), Some(0)), [canceled(1, 4, CancelReason::ReplacedBelowExecuted)]),
    ]);
    assert_eq!(book(&engine), [(2, 5, 9)]);
}

#[test]
fn a_new_id_frees_the_old_one() {
    let engine = check([
        enter(buy(1, 5, 5)),
        enter(buy(2, 5, 5)),
        refuse(to_id(2, replace(1, None, Some(4))), DuplicateOrder),
        step(to_id(1, replace(1, None, Some(4))), [replaced(1, None, 5, 4)]),
        step(to_id(3, replace(1, None, None)), [replaced(1, Some(3), 5, 4)]),
        refuse(replace(1, None, Some(3)), UnknownOrder),
        enter(buy(1, 5, 9)),
        step(to_id(4, replace(3, Some(4), None)), [replaced(3, Some(4), 4, 4)]),
        enter(sell(3, 6, 1)),
        step(cancel(4), [canceled(4, 4, CancelReason::Requested)]),
    ]);
    assert_eq!(book(&engine), [(2, 5, 5), (1, 5, 9), (3, 6, 1)]);
}

#[test]
fn the_first_reason_that_holds_is_given() {
    let bounded = Instrument { price_max: Some(Price(9)), ..instrument() };
    let triggered = |replace| Replace { trigger_price: Some(Price(1)), ..replace };
    check_on(
        &bounded,
        [
            enter(buy(1, 5, 5)),
            enter(buy(2, 5, 5)),
            refuse(triggered(replace(3, Some(10), None)), UnknownOrder),
            refuse(triggered(to_id(2, replace(1, Some(10), Some(0)))), InvalidOrder),
            refuse(to_id(2, replace(1, Some(10), Some(0))), InvalidPrice),
            refuse(to_id(2, replace(1, Some(9), Some(0))), DuplicateOrder),
            step(Phase::Halted, [Event::Phase { phase: Phase::Halted }]),
            refuse(to_id(2, replace(1, Some(9), Some(0))), DuplicateOrder),
            refuse(replace(1, None, Some(0)), RejectReason::Phase),
        ],
    );
}

#[test]
fn some_phases_judge_only_what_loses_its_place() {
    let post_only = NewOrder { post_only: true, ..buy(2, 5, 5) };
    check([
        enter(buy(1, 5, 5)),
        enter(post_only),
        enter(buy(3, 5, 5)),
        step(Phase::PostOnly, [Event::Phase { phase: Phase::PostOnly }]),
        step(replace(1, None, Some(4)), [replaced(1, None, 5, 4)]),
        refuse(replace(1, Some(4), None), RejectReason::Phase),
        step(replace(1, Some(4), Some(0)), [canceled(1, 4, CancelReason::ReplacedBelowExecuted)]),
        step(replace(2, Some(6), None), [replaced(2, None, 6, 5)]),
        step(Phase::LimitOnly, [Event::Phase { phase: Phase::LimitOnly }]),
        step(replace(3, Some(4), None), [replaced(3, None, 4, 5)]),
        step(Phase::CancelOnly, [Event::Phase { phase: Phase::CancelOnly }]),
        refuse(replace(3, None, Some(4)), RejectReason::Phase),
    ]);
}
