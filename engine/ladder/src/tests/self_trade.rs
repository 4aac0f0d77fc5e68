//! Self-trade prevention (rules S1 to S3, U3).

use super::*;
use CancelReason::{Fok, SelfTrade as Prevented};
use SelfTrade::{CancelBoth, CancelNewest, CancelOldest, Decrement};

/// A foreign order, an own one and a foreign one, in this order at one price.
fn mixed_queue() -> [Step; 3] {
    [enter(owned(1, sell(1, 5, 2))), enter(owned(7, sell(2, 5, 3))), enter(owned(2, sell(3, 5, 4)))]
}

fn check_mixed(new: NewOrder, expected: impl Into<Vec<Event>>, left: &[(u64, i64, u64)]) {
    let engine = check(mixed_queue().into_iter().chain([step(new, expected)]));
    assert_eq!(book(&engine), left);
}

#[test]
fn the_incoming_order_says_what_happens() {
    let incoming = |mode| minding(mode, buy(9, 5, 8));
    let first = fill((1, 0), (9, 6), 5, 2);
    check_mixed(
        incoming(SelfTrade::None),
        [accepted(9), first, fill((2, 0), (9, 3), 5, 3), fill((3, 1), (9, 0), 5, 3)],
        &[(3, 5, 1)],
    );
    check_mixed(
        incoming(CancelNewest),
        [accepted(9), first, canceled(9, 6, Prevented)],
        &[(2, 5, 3), (3, 5, 4)],
    );
    check_mixed(
        incoming(CancelOldest),
        [accepted(9), first, canceled(2, 3, Prevented), fill((3, 0), (9, 2), 5, 4)],
        &[(9, 5, 2)],
    );
    check_mixed(
        incoming(CancelBoth),
        [accepted(9), first, canceled(2, 3, Prevented), canceled(9, 6, Prevented)],
        &[(3, 5, 4)],
    );
    check_mixed(
        incoming(Decrement),
        [
            accepted(9),
            first,
            canceled(2, 3, Prevented),
            reduced(9, 3, 3),
            fill((3, 1), (9, 0), 5, 3),
        ],
        &[(3, 5, 1)],
    );
}

#[test]
fn decrement_shrinks_both_until_one_is_gone() {
    check_mixed(
        minding(Decrement, buy(9, 5, 4)),
        [accepted(9), fill((1, 0), (9, 2), 5, 2), reduced(2, 2, 1), canceled(9, 2, Prevented)],
        &[(2, 5, 1), (3, 5, 4)],
    );
    check_mixed(
        minding(Decrement, buy(9, 5, 5)),
        [
            accepted(9),
            fill((1, 0), (9, 3), 5, 2),
            canceled(2, 3, Prevented),
            canceled(9, 3, Prevented),
        ],
        &[(3, 5, 4)],
    );
}

#[test]
fn a_decrement_lowers_the_total_of_a_later_replacement() {
    check([
        enter(owned(7, sell(1, 5, 10))),
        step(buy(2, 5, 1), [accepted(2), fill((1, 9), (2, 0), 5, 1)]),
        step(
            minding(Decrement, buy(3, 5, 4)),
            [accepted(3), reduced(1, 4, 5), canceled(3, 4, Prevented)],
        ),
        step(replace(1, None, Some(6)), [replaced(1, None, 5, 5)]),
        step(replace(1, None, Some(1)), [canceled(1, 5, CancelReason::ReplacedBelowExecuted)]),
    ]);
}

#[test]
fn anonymous_orders_trade_with_one_another() {
    let anonymous = NewOrder { self_trade: CancelBoth, ..buy(2, 5, 1) };
    check([enter(sell(1, 5, 1)), step(anonymous, [accepted(2), fill((1, 0), (2, 0), 5, 1)])]);
}

#[test]
fn the_mode_of_a_resting_order_counts_when_it_comes_in_again() {
    check([
        enter(minding(CancelNewest, buy(1, 4, 2))),
        step(owned(7, sell(2, 4, 1)), [accepted(2), fill((1, 1), (2, 0), 4, 1)]),
        enter(owned(7, sell(3, 5, 1))),
        step(replace(1, Some(5), None), [replaced(1, None, 5, 1), canceled(1, 1, Prevented)]),
    ]);
}

#[test]
fn fok_counts_across_own_orders_as_its_mode_says() {
    let fok = |mode, quantity| minding(mode, with(TimeInForce::Fok, buy(9, 5, quantity)));
    let killed = |quantity| [accepted(9), canceled(9, quantity, Fok)];
    let untouched = [(1, 5, 2), (2, 5, 3), (3, 5, 4)];
    for mode in [CancelNewest, CancelBoth, Decrement] {
        check_mixed(fok(mode, 3), killed(3), &untouched);
        check_mixed(
            fok(mode, 2),
            [accepted(9), fill((1, 0), (9, 0), 5, 2)],
            &[(2, 5, 3), (3, 5, 4)],
        );
    }
    check_mixed(fok(CancelOldest, 7), killed(7), &untouched);
    check_mixed(
        fok(CancelOldest, 6),
        [
            accepted(9),
            fill((1, 0), (9, 4), 5, 2),
            canceled(2, 3, Prevented),
            fill((3, 0), (9, 0), 5, 4),
        ],
        &[],
    );
    check_mixed(
        fok(SelfTrade::None, 6),
        [
            accepted(9),
            fill((1, 0), (9, 4), 5, 2),
            fill((2, 0), (9, 1), 5, 3),
            fill((3, 3), (9, 0), 5, 1),
        ],
        &[(3, 5, 3)],
    );
}

#[test]
fn fok_stops_counting_at_an_own_order_on_an_earlier_level() {
    let fok = minding(CancelNewest, with(TimeInForce::Fok, buy(9, 6, 2)));
    check([
        enter(owned(1, sell(1, 4, 1))),
        enter(owned(7, sell(2, 5, 1))),
        enter(owned(1, sell(3, 6, 9))),
        step(fok, [accepted(9), canceled(9, 2, Fok)]),
    ]);
}
