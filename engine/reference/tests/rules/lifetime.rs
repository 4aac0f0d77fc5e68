//! How orders end without a trade (C1, C5, P1, P4, P6).

use shadowbook_model::{Action, Phase, SelfTrade, Side, TimeInForce};

use crate::check::{To, With, at, buy, cancel, check, mass_cancel, replace, sell, step};

#[test]
fn p1_orders_expire_by_time_then_arrival_before_the_command() {
    check(
        &[
            (at(1, buy(1, 1, 100).until(20)), "accepted 1"),
            (at(1, buy(2, 2, 100).until(10)), "accepted 2"),
            (at(1, sell(3, 3, 101).until(10)), "accepted 3"),
            (at(1, buy(4, 4, 90).until(30)), "accepted 4"),
            (at(9, Action::Time), ""),
            // Its new price makes order 2 arrive after order 3.
            (at(9, replace(2).to_price(99)), "replaced 2 2@99"),
            (
                at(20, buy(5, 0, 100)),
                "canceled 3 3 expired, canceled 2 2 expired, canceled 1 1 expired, \
                 new 5: invalid-quantity",
            ),
            (at(30, Phase::Halted), "canceled 4 4 expired, phase halted"),
        ],
        "|",
    );
}

#[test]
fn p1_an_expiring_order_does_not_trade_and_frees_its_id() {
    check(
        &[
            (at(1, sell(1, 5, 100).until(10)), "accepted 1"),
            (at(10, buy(1, 5, 100)), "canceled 1 5 expired, accepted 1"),
        ],
        "100: 1x5 |",
    );
}

#[test]
fn p1_the_expiry_of_a_dead_order_is_forgotten() {
    check(
        &[
            (at(1, sell(1, 5, 100).until(10)), "accepted 1"),
            (at(2, cancel(1)), "canceled 1 5 requested"),
            (at(3, sell(1, 5, 100)), "accepted 1"),
            (at(10, Action::Time), ""),
        ],
        "| 100: 1x5",
    );
}

#[test]
fn p1_an_order_expires_under_the_id_it_has_by_then() {
    check(
        &[
            (at(1, buy(1, 5, 100).until(10)), "accepted 1"),
            (at(2, replace(1).to_id(2)), "replaced 1->2 5@100"),
            (at(3, buy(1, 1, 100)), "accepted 1"),
            (at(10, Action::Time), "canceled 2 5 expired"),
        ],
        "100: 1x1 |",
    );
}

#[test]
fn p4_closing_ends_the_day_in_order_of_arrival() {
    check(
        &[
            (step(sell(1, 1, 101).tif(TimeInForce::Day)), "accepted 1"),
            (step(buy(2, 2, 99).tif(TimeInForce::Day)), "accepted 2"),
            (step(buy(3, 3, 99)), "accepted 3"),
            (step(buy(4, 4, 100).tif(TimeInForce::Day)), "accepted 4"),
            (step(replace(2).to_total(5)), "replaced 2 5@99"),
            (step(Phase::Halted), "phase halted"),
            (
                step(Phase::Closed),
                "phase closed, canceled 1 1 end-of-day, canceled 4 4 end-of-day, \
                 canceled 2 5 end-of-day",
            ),
            // P6: it is told like any other.
            (step(Phase::Closed), "phase closed"),
        ],
        "99: 3x3 |",
    );
}

#[test]
fn c5_mass_cancel_goes_by_arrival_across_sides_and_levels() {
    let orders = [
        (step(sell(1, 1, 102).account(7, SelfTrade::None)), "accepted 1"),
        (step(buy(2, 2, 99).account(7, SelfTrade::None)), "accepted 2"),
        (step(sell(3, 3, 101).account(7, SelfTrade::None)), "accepted 3"),
        (step(buy(4, 4, 100).account(8, SelfTrade::None)), "accepted 4"),
        (step(buy(5, 5, 100)), "accepted 5"),
        (step(replace(2).to_total(6)), "replaced 2 6@99"),
    ];
    let with = |action, told| [orders.as_slice(), &[(step(action), told)]].concat();
    check(
        &with(
            mass_cancel(7, None),
            "canceled 1 1 mass-cancel, canceled 3 3 mass-cancel, canceled 2 6 mass-cancel",
        ),
        "100: 4x4 5x5 |",
    );
    check(
        &with(mass_cancel(7, Some(Side::Buy)), "canceled 2 6 mass-cancel"),
        "100: 4x4 5x5 | 101: 3x3 102: 1x1",
    );
    check(
        &with(mass_cancel(0, None), "canceled 5 5 mass-cancel"),
        "100: 4x4 99: 2x6 | 101: 3x3 102: 1x1",
    );
    check(&with(mass_cancel(6, None), ""), "100: 4x4 5x5 99: 2x6 | 101: 3x3 102: 1x1");
}
