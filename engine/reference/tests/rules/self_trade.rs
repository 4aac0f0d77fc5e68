//! Self-trade prevention (S1–S3, U3).

use shadowbook_model::{NewOrder, SelfTrade, Side, TimeInForce};

use crate::check::{Step, With, buy, check, market, sell, step};

/// Asks of account 8 (1), 7 (2), 8 (3), one behind the other, five each.
fn asks() -> [(Step, &'static str); 3] {
    [
        (step(sell(1, 5, 100).account(8, SelfTrade::None)), "accepted 1"),
        (step(sell(2, 5, 100).account(7, SelfTrade::CancelOldest)), "accepted 2"),
        (step(sell(3, 5, 100).account(8, SelfTrade::None)), "accepted 3"),
    ]
}

fn taker(quantity: u64, mode: SelfTrade) -> NewOrder {
    buy(9, quantity, 100).account(7, mode)
}

#[track_caller]
fn check_taker(order: NewOrder, told: &str, book: &str) {
    let [first, second, third] = asks();
    check(&[first, second, third, (step(order), told)], book);
}

#[test]
fn none_trades_with_its_own() {
    let fills = "accepted 9, fill 1<9 5@100 (0/2), fill 2<9 2@100 (3/0)";
    check_taker(taker(7, SelfTrade::None), fills, "| 100: 2x3 3x5");
}

#[test]
fn s1_cancel_newest_cancels_what_comes_in() {
    check_taker(
        taker(7, SelfTrade::CancelNewest),
        "accepted 9, fill 1<9 5@100 (0/2), canceled 9 2 self-trade",
        "| 100: 2x5 3x5",
    );
}

#[test]
fn cancel_oldest_cancels_what_rests_and_goes_on() {
    check_taker(
        taker(11, SelfTrade::CancelOldest),
        "accepted 9, fill 1<9 5@100 (0/6), canceled 2 5 self-trade, fill 3<9 5@100 (0/1)",
        "100: 9x1 |",
    );
}

#[test]
fn cancel_both_cancels_the_resting_one_first() {
    check_taker(
        taker(7, SelfTrade::CancelBoth),
        "accepted 9, fill 1<9 5@100 (0/2), canceled 2 5 self-trade, canceled 9 2 self-trade",
        "| 100: 3x5",
    );
}

#[test]
fn decrement_shrinks_both_by_the_smaller() {
    // What comes in is smaller: it is gone, the resting one keeps its place.
    check_taker(
        taker(7, SelfTrade::Decrement),
        "accepted 9, fill 1<9 5@100 (0/2), reduced 2 by 2 to 3, canceled 9 2 self-trade",
        "| 100: 2x3 3x5",
    );
    // What comes in is larger: it goes on.
    check_taker(
        taker(11, SelfTrade::Decrement),
        "accepted 9, fill 1<9 5@100 (0/6), canceled 2 5 self-trade, reduced 9 by 5 to 1, \
         fill 3<9 1@100 (4/0)",
        "| 100: 3x4",
    );
    // Both are gone, the resting one first.
    check_taker(
        taker(10, SelfTrade::Decrement),
        "accepted 9, fill 1<9 5@100 (0/5), canceled 2 5 self-trade, canceled 9 5 self-trade",
        "| 100: 3x5",
    );
}

#[test]
fn u3_nobody_is_the_same_nobody() {
    check(
        &[
            (step(sell(1, 5, 100)), "accepted 1"),
            (
                step(buy(2, 5, 100).account(0, SelfTrade::CancelNewest)),
                "accepted 2, fill 1<2 5@100 (0/0)",
            ),
        ],
        "|",
    );
}

#[test]
fn only_the_incoming_mode_decides() {
    check(
        &[
            (step(sell(1, 5, 100).account(7, SelfTrade::CancelBoth)), "accepted 1"),
            (step(buy(2, 5, 100).account(7, SelfTrade::None)), "accepted 2, fill 1<2 5@100 (0/0)"),
        ],
        "|",
    );
}

#[test]
fn s3_fok_counts_what_it_would_trade() {
    let fok = |quantity, mode| taker(quantity, mode).tif(TimeInForce::Fok);
    let untouched = "| 100: 1x5 2x5 3x5";
    check_taker(
        fok(15, SelfTrade::None),
        "accepted 9, fill 1<9 5@100 (0/10), fill 2<9 5@100 (0/5), fill 3<9 5@100 (0/0)",
        "|",
    );
    // Own orders are skipped, and then cancelled on the way.
    check_taker(fok(11, SelfTrade::CancelOldest), "accepted 9, canceled 9 11 fok", untouched);
    check_taker(
        fok(10, SelfTrade::CancelOldest),
        "accepted 9, fill 1<9 5@100 (0/5), canceled 2 5 self-trade, fill 3<9 5@100 (0/0)",
        "|",
    );
    // Counting stops at the first own order.
    for mode in [SelfTrade::CancelNewest, SelfTrade::CancelBoth, SelfTrade::Decrement] {
        check_taker(fok(6, mode), "accepted 9, canceled 9 6 fok", untouched);
        check_taker(fok(5, mode), "accepted 9, fill 1<9 5@100 (0/0)", "| 100: 2x5 3x5");
    }
}

#[test]
fn a_market_order_under_cancel_oldest_runs_dry() {
    check_taker(
        market(9, Side::Buy, 20).account(7, SelfTrade::CancelOldest),
        "accepted 9, fill 1<9 5@100 (0/15), canceled 2 5 self-trade, fill 3<9 5@100 (0/10), \
         canceled 9 10 no-liquidity",
        "|",
    );
}
