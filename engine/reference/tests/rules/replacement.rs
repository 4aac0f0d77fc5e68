//! Changes to live orders (C2–C7).

use shadowbook_model::{Arrival, Instrument, Phase, Price, Replace, SelfTrade, Side, TimeInForce};
use shadowbook_reference::ReferenceEngine;

use crate::check::{
    INSTRUMENT, To, With, at, buy, cancel, check, check_on, instrument, market, mass_cancel,
    replace, sell, step,
};
use shadowbook_model::{Engine, OrderId};

#[test]
fn c3_only_what_does_not_grow_at_the_same_price_keeps_its_place() {
    let changes = [
        (replace(1), "replaced 1 5@100", "100: 1x5 2x5 |"),
        (replace(1).to_price(100), "replaced 1 5@100", "100: 1x5 2x5 |"),
        (replace(1).to_total(4), "replaced 1 4@100", "100: 1x4 2x5 |"),
        (replace(1).to_total(5), "replaced 1 5@100", "100: 1x5 2x5 |"),
        (replace(1).to_total(6), "replaced 1 6@100", "100: 2x5 1x6 |"),
        (replace(1).to_price(99), "replaced 1 5@99", "100: 2x5 99: 1x5 |"),
        (replace(1).to_price(101).to_total(1), "replaced 1 1@101", "101: 1x1 100: 2x5 |"),
    ];
    for (change, told, book) in changes {
        let bids = [(step(buy(1, 5, 100)), "accepted 1"), (step(buy(2, 5, 100)), "accepted 2")];
        check(&[bids[0], bids[1], (step(change), told)], book);
    }
}

#[test]
fn c2_what_was_executed_counts() {
    let filled_by_two = [
        (step(sell(1, 5, 100)), "accepted 1"),
        (step(market(2, Side::Buy, 2)), "accepted 2, fill 1<2 2@100 (3/0)"),
    ];
    let gone = "canceled 1 3 replaced-below-executed";
    let changes = [
        (replace(1).to_total(4), "replaced 1 2@100", "| 100: 1x2"),
        (replace(1).to_total(3), "replaced 1 1@100", "| 100: 1x1"),
        (replace(1).to_total(2), gone, "|"),
        (replace(1).to_total(1), gone, "|"),
        (replace(1).to_total(0), gone, "|"),
        // The old id is told, and the new one is not taken.
        (replace(1).to_total(0).to_id(9), gone, "|"),
    ];
    for (change, told, book) in changes {
        check(&[filled_by_two[0], filled_by_two[1], (step(change), told)], book);
    }
}

#[test]
fn c2_a_decrement_lowers_the_total() {
    check(
        &[
            (step(sell(1, 9, 100).account(7, SelfTrade::None)), "accepted 1"),
            (step(market(2, Side::Buy, 2)), "accepted 2, fill 1<2 2@100 (7/0)"),
            (
                step(buy(3, 4, 100).account(7, SelfTrade::Decrement)),
                "accepted 3, reduced 1 by 4 to 3, canceled 3 4 self-trade",
            ),
            (step(sell(4, 1, 100)), "accepted 4"),
            // The total is 5 by now, so this changes nothing and keeps the place.
            (step(replace(1).to_total(5)), "replaced 1 3@100"),
        ],
        "| 100: 1x3 4x1",
    );
}

#[test]
fn c4_a_new_id_frees_the_old_one() {
    check(
        &[
            (step(buy(1, 5, 100)), "accepted 1"),
            (step(buy(2, 5, 100)), "accepted 2"),
            (step(replace(1).to_id(2)), "replace 1: duplicate-order"),
            (step(replace(1).to_id(1)), "replaced 1 5@100"),
            (step(replace(1).to_id(3)), "replaced 1->3 5@100"),
            (step(replace(1)), "replace 1: unknown-order"),
            (step(buy(1, 1, 100)), "accepted 1"),
            (step(replace(2).to_id(4).to_price(101)), "replaced 2->4 5@101"),
            (step(buy(2, 1, 101)), "accepted 2"),
            (step(cancel(3)), "canceled 3 5 requested"),
        ],
        "101: 4x5 2x1 100: 1x1 |",
    );
}

#[test]
fn a_replacement_that_crosses_trades_by_its_own_time_in_force() {
    for lifetime in [TimeInForce::Gtc, TimeInForce::Day] {
        check(
            &[
                (step(sell(1, 2, 100)), "accepted 1"),
                (step(buy(2, 5, 99).tif(lifetime)), "accepted 2"),
                (
                    step(replace(2).to_price(100).to_id(3)),
                    "replaced 2->3 5@100, fill 1<3 2@100 (0/3)",
                ),
                // Two of the five are executed, so a total of two is nothing.
                (step(replace(3).to_total(2)), "canceled 3 3 replaced-below-executed"),
            ],
            "|",
        );
    }
    check(
        &[
            (step(sell(1, 2, 100)), "accepted 1"),
            (at(1, buy(2, 5, 99).until(9)), "accepted 2"),
            (step(replace(2).to_price(100).to_id(3)), "replaced 2->3 5@100, fill 1<3 2@100 (0/3)"),
            // It expires under its new id.
            (at(9, cancel(3)), "canceled 3 3 expired, cancel 3: unknown-order"),
        ],
        "|",
    );
}

#[test]
fn a_replacement_meets_its_own_account() {
    check(
        &[
            (step(sell(1, 2, 100).account(7, SelfTrade::None)), "accepted 1"),
            (step(buy(2, 5, 99).account(7, SelfTrade::CancelNewest)), "accepted 2"),
            (step(replace(2).to_price(100)), "replaced 2 5@100, canceled 2 5 self-trade"),
        ],
        "| 100: 1x2",
    );
}

#[test]
fn o3_a_refused_replacement_leaves_the_order_as_it_was() {
    check(
        &[
            (step(sell(1, 2, 100)), "accepted 1"),
            (step(buy(2, 5, 99).post_only()), "accepted 2"),
            (step(buy(3, 5, 99)), "accepted 3"),
            (step(replace(2).to_price(100).to_id(9)), "replace 2: post-only-would-take"),
            (step(replace(2).to_price(100).to_total(0)), "canceled 2 5 replaced-below-executed"),
            (step(replace(3).to_price(98)), "replaced 3 5@98"),
        ],
        "98: 3x5 | 100: 1x2",
    );
}

#[test]
fn u7_the_first_reason_that_holds_is_given() {
    let bounded = Instrument { price_max: Some(Price(200)), ..instrument() };
    let mut engine = ReferenceEngine::new(&[bounded]);
    let triggered = |replace| Replace { trigger_price: Some(Price(1)), ..replace };
    let wrong = replace(2).to_price(201).to_id(1).to_total(0);
    let steps = [
        (step(sell(1, 2, 100)), "accepted 1"),
        (step(buy(2, 5, 99).post_only()), "accepted 2"),
        (step(Phase::Halted), "phase halted"),
        (step(triggered(Replace { order: OrderId(7), ..wrong })), "replace 7: unknown-order"),
        (step(triggered(wrong)), "replace 2: invalid-order"),
        (step(wrong), "replace 2: invalid-price"),
        (step(wrong.to_price(100)), "replace 2: duplicate-order"),
        (step(wrong.to_price(100).to_id(2)), "replace 2: phase"),
        (step(Phase::Continuous), "phase continuous"),
        (step(replace(2).to_price(100)), "replace 2: post-only-would-take"),
    ];
    check_on(&mut engine, &steps, "99: 2x5 | 100: 1x2");
}

#[test]
fn c7_what_a_phase_takes_of_replacements() {
    let bids =
        [(step(buy(1, 5, 100)), "accepted 1"), (step(buy(2, 5, 100).post_only()), "accepted 2")];
    for phase in [Phase::Closed, Phase::Halted, Phase::CancelOnly] {
        let name = format!("phase {phase}");
        check(
            &[
                bids[0],
                bids[1],
                (step(phase), &name),
                (step(replace(1).to_total(4)), "replace 1: phase"),
                (step(replace(1).to_total(0)), "replace 1: phase"),
                (step(cancel(1)), "canceled 1 5 requested"),
                (step(mass_cancel(0, None)), "canceled 2 5 mass-cancel"),
            ],
            "|",
        );
    }
    check(
        &[
            bids[0],
            bids[1],
            (step(Phase::PostOnly), "phase post-only"),
            (step(replace(1).to_price(99)), "replace 1: phase"),
            (step(replace(1).to_total(6)), "replace 1: phase"),
            (step(replace(1).to_total(4)), "replaced 1 4@100"),
            (step(replace(2).to_price(99)), "replaced 2 5@99"),
            (step(replace(1).to_total(0).to_price(99)), "canceled 1 4 replaced-below-executed"),
            (step(Phase::LimitOnly), "phase limit-only"),
            (step(replace(2).to_price(98)), "replaced 2 5@98"),
        ],
        "98: 2x5 |",
    );
}

#[test]
fn u8_only_what_takes_a_place_at_the_back_arrives() {
    let mut engine = ReferenceEngine::new(&[instrument()]);
    let steps = [
        (step(buy(1, 5, 100)), "accepted 1"),
        (step(buy(1, 5, 100)), "new 1: duplicate-order"),
        (step(market(2, Side::Sell, 1)), "accepted 2, fill 1<2 1@100 (4/0)"),
        (step(replace(1).to_total(4)), "replaced 1 3@100"),
        (step(replace(1).to_price(99)), "replaced 1 3@99"),
        (step(sell(3, 9, 98).tif(TimeInForce::Fok)), "accepted 3, canceled 3 9 fok"),
        (step(buy(4, 1, 98)), "accepted 4"),
    ];
    check_on(&mut engine, &steps, "99: 1x3 98: 4x1 |");
    let snapshot = engine.snapshot(INSTRUMENT);
    let arrivals: Vec<Arrival> = snapshot.orders.iter().map(|order| order.arrival).collect();
    assert_eq!(arrivals, [Arrival(3), Arrival(5)]);
    assert_eq!(snapshot.state.arrivals, Arrival(5));
    assert_eq!(snapshot.state.last_trade, Some(Price(100)));
}
