//! Levels that are shared (M7).

use shadowbook_model::{Instrument, Matching, SelfTrade, Side, TimeInForce};
use shadowbook_reference::ReferenceEngine;

use crate::check::{Step, With, buy, check_on, instrument, market, sell, step};

#[track_caller]
fn check(steps: &[(Step, &str)], book: &str) {
    let shared = Instrument { matching: Matching::ProRata, ..instrument() };
    check_on(&mut ReferenceEngine::new(&[shared]), steps, book);
}

#[test]
fn m7_each_gets_its_part_and_the_oldest_what_is_left_over() {
    check(
        &[
            (step(sell(1, 1, 100)), "accepted 1"),
            (step(sell(2, 10, 100)), "accepted 2"),
            (step(sell(3, 10, 100)), "accepted 3"),
            // 10 × 1 ÷ 21 = 0, twice 10 × 10 ÷ 21 = 4; 2 are left over, 1 and then 1.
            (
                step(market(4, Side::Buy, 10)),
                "accepted 4, fill 1<4 1@100 (0/9), fill 2<4 5@100 (5/4), fill 3<4 4@100 (6/0)",
            ),
        ],
        "| 100: 2x5 3x6",
    );
}

#[test]
fn m7_what_covers_the_level_takes_it_and_shares_the_next_slices() {
    check(
        &[
            (step(sell(1, 8, 100).display(2)), "accepted 1"),
            (step(sell(2, 3, 100)), "accepted 2"),
            (step(sell(3, 9, 100).display(4)), "accepted 3"),
            (step(sell(4, 2, 100).display(0)), "accepted 4"),
            (
                // 9 show: all of them; then 2 and 4 show, of which 3 are 1 and 2.
                step(market(5, Side::Buy, 12)),
                "accepted 5, fill 1<5 2@100 (6/10), fill 2<5 3@100 (0/7), fill 3<5 4@100 (5/3), \
                 fill 1<5 1@100 (5/2), fill 3<5 2@100 (3/0)",
            ),
            (
                step(buy(6, 12, 100)),
                "accepted 6, fill 1<6 1@100 (4/11), fill 3<6 2@100 (1/9), \
                 fill 1<6 2@100 (2/7), fill 3<6 1@100 (0/6), fill 1<6 2@100 (0/4), \
                 fill 4<6 2@100 (0/2)",
            ),
        ],
        "100: 6x2 |",
    );
}

#[test]
fn u8_the_oldest_is_the_earliest_arrival_and_fills_are_told_in_queue_order() {
    check(
        &[
            (step(sell(1, 6, 100).display(2)), "accepted 1"),
            (step(sell(2, 3, 100)), "accepted 2"),
            (
                step(market(3, Side::Buy, 3)),
                "accepted 3, fill 1<3 2@100 (4/1), fill 2<3 1@100 (2/0)",
            ),
            // The next slice stands behind, and its order is still the oldest.
            (
                step(market(4, Side::Buy, 3)),
                "accepted 4, fill 2<4 1@100 (1/2), fill 1<4 2@100 (2/0)",
            ),
        ],
        "| 100: 2x1 1x2~2",
    );
}

#[test]
fn m7_own_displayed_orders_are_dealt_with_first() {
    let own = |mode| buy(9, 4, 100).account(7, mode);
    let book = [
        (step(sell(1, 4, 100)), "accepted 1"),
        (step(sell(2, 3, 100).account(7, SelfTrade::None)), "accepted 2"),
        (step(sell(3, 4, 100)), "accepted 3"),
    ];
    for (order, told, after) in [
        (own(SelfTrade::CancelNewest), "accepted 9, canceled 9 4 self-trade", "| 100: 1x4 2x3 3x4"),
        (
            own(SelfTrade::CancelOldest),
            "accepted 9, canceled 2 3 self-trade, fill 1<9 2@100 (2/2), fill 3<9 2@100 (2/0)",
            "| 100: 1x2 3x2",
        ),
        (
            own(SelfTrade::Decrement),
            "accepted 9, canceled 2 3 self-trade, reduced 9 by 3 to 1, fill 1<9 1@100 (3/0)",
            "| 100: 1x3 3x4",
        ),
        // Rule A8: the own order ends the count before anything.
        (
            own(SelfTrade::CancelNewest).tif(TimeInForce::Fok),
            "accepted 9, canceled 9 4 fok",
            "| 100: 1x4 2x3 3x4",
        ),
    ] {
        check(&[book[0], book[1], book[2], (step(order), told)], after);
    }
}
