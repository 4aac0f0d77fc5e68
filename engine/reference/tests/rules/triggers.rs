//! Orders that wait for a trigger (T1–T5, A4–A6, A9).

use shadowbook_model::OrderType::{self, Stop, StopLimit, TakeProfit, TrailingStop};
use shadowbook_model::Side::{Buy, Sell};
use shadowbook_model::{
    Action, Instrument, NewOrder, Phase, Price, PriceOffset, SelfTrade, TimeInForce,
};
use shadowbook_reference::ReferenceEngine;

use crate::check::{
    Step, To, With, at, buy, cancel, check, check_on, instrument, market, mass_cancel, replace,
    sell, step, stop, trailing,
};

/// The last trade goes to `price`, and the book is as before.
fn trade(price: i64) -> [(Step, String); 2] {
    [
        (step(sell(90, 1, price)), "accepted 90".to_owned()),
        (step(buy(91, 1, price)), format!("accepted 91, fill 90<91 1@{price} (0/0)")),
    ]
}

/// What is told when the last trade goes to `price` while `order` waits alone.
#[track_caller]
fn check_election(order: NewOrder, price: i64, told: &str) {
    let [first, (second, fill)] = trade(price);
    let steps = [
        (step(order), "accepted 1"),
        (first.0, "accepted 90"),
        (second, &*format!("{fill}{told}")),
    ];
    let book = if told.is_empty() { format!("|; 1x1!{}", 100) } else { "|".to_owned() };
    check(&steps, &book);
}

#[test]
fn t1_each_type_looks_at_the_last_trade_from_its_side() {
    let fires = ", triggered 1, canceled 1 1 no-liquidity";
    for (order_type, side, price, is_elected) in [
        (Stop, Buy, 99, false),
        (Stop, Buy, 100, true),
        (Stop, Buy, 101, true),
        (Stop, Sell, 101, false),
        (Stop, Sell, 100, true),
        (Stop, Sell, 99, true),
        (TakeProfit, Buy, 101, false),
        (TakeProfit, Buy, 100, true),
        (TakeProfit, Sell, 99, false),
        (TakeProfit, Sell, 100, true),
    ] {
        let told = if is_elected { fires } else { "" };
        check_election(stop(1, order_type, side, 100), price, told);
    }
    // Quotes alone elect nothing (T1), and a limit type rests at its limit (M4).
    let limited = stop(1, StopLimit, Buy, 100).limit(95);
    check(
        &[
            (step(limited), "accepted 1"),
            (step(sell(2, 1, 120)), "accepted 2"),
            (step(buy(3, 1, 110)), "accepted 3"),
            (step(market(4, Sell, 1)), "accepted 4, fill 3<4 1@110 (0/0), triggered 1"),
        ],
        "95: 1x1 | 120: 2x1",
    );
}

#[test]
fn t2_an_order_that_is_elected_on_entry_acts_at_once() {
    let [first, second] = trade(100);
    check(
        &[
            (first.0, &*first.1),
            (second.0, &*second.1),
            (step(sell(2, 1, 105)), "accepted 2"),
            (step(stop(1, Stop, Buy, 100)), "accepted 1, triggered 1, fill 2<1 1@105 (0/0)"),
            // It is gone (T5).
            (step(cancel(1)), "cancel 1: unknown-order"),
        ],
        "|",
    );
}

#[test]
fn t2_triggers_wait_in_other_phases_and_market_types_act_in_limit_only() {
    let [first, second] = trade(100);
    check(
        &[
            (first.0, &*first.1),
            (second.0, &*second.1),
            (step(Phase::Auction), "phase auction"),
            (step(stop(1, Stop, Buy, 100)), "accepted 1"),
            (step(trailing(2, Sell, 3)), "accepted 2"),
            (step(Action::Time), ""),
            (step(Phase::PostOnly), "phase post-only"),
            (step(stop(3, Stop, Buy, 100)), "new 3: phase"),
            (step(Phase::LimitOnly), "phase limit-only, triggered 1, canceled 1 1 no-liquidity"),
            (step(stop(3, Stop, Buy, 100)), "new 3: phase"),
        ],
        "|; 2x1!97",
    );
}

#[test]
fn t3_the_first_to_arrive_acts_first_and_the_price_is_looked_at_afresh() {
    check(
        &[
            (step(sell(1, 1, 100)), "accepted 1"),
            (step(sell(2, 1, 103)), "accepted 2"),
            (step(buy(3, 5, 90)), "accepted 3"),
            // The second buys at 103, which elects the fourth; the sixth is no longer elected
            // by then.
            (step(stop(4, Stop, Buy, 103)), "accepted 4"),
            (step(stop(5, Stop, Buy, 100)), "accepted 5"),
            (step(stop(6, Stop, Sell, 100)), "accepted 6"),
            (
                step(buy(7, 1, 100)),
                "accepted 7, fill 1<7 1@100 (0/0), triggered 5, fill 2<5 1@103 (0/0), \
                 triggered 4, canceled 4 1 no-liquidity",
            ),
        ],
        "90: 3x5 |; 6x1!100",
    );
}

#[test]
fn t3_a_rejected_command_is_followed_by_a_look_too() {
    // Only the sell stop's own fill moves the price; nothing is left to a later command.
    check(
        &[
            (step(buy(1, 1, 100)), "accepted 1"),
            (step(buy(2, 1, 95)), "accepted 2"),
            (step(buy(3, 1, 90)), "accepted 3"),
            (step(stop(4, Stop, Sell, 100)), "accepted 4"),
            (step(stop(5, Stop, Sell, 95)), "accepted 5"),
            (
                step(market(6, Sell, 1)),
                "accepted 6, fill 1<6 1@100 (0/0), triggered 4, fill 2<4 1@95 (0/0), \
                 triggered 5, fill 3<5 1@90 (0/0)",
            ),
            (step(cancel(4)), "cancel 4: unknown-order"),
        ],
        "|",
    );
}

#[test]
fn t4_a_trailing_trigger_moves_in_its_owners_favour_only() {
    let mut steps = vec![
        (step(trailing(1, Sell, 5)), "accepted 1".to_owned()),
        (step(trailing(2, Buy, 7)), "accepted 2".to_owned()),
    ];
    for price in [100, 104, 102, 103] {
        steps.extend(trade(price));
    }
    let steps: Vec<_> = steps.iter().map(|(step, told)| (*step, &**told)).collect();
    check(&steps, "|; 1x1!99 2x1!107");
}

#[test]
fn t4_a_trailing_stop_fires_and_saturates_at_the_ends() {
    let [first, second] = trade(100);
    let [third, fourth] = trade(95);
    check(
        &[
            (step(trailing(1, Sell, 5)), "accepted 1"),
            (first.0, &*first.1),
            (second.0, &*second.1),
            (third.0, &*third.1),
            (fourth.0, &*format!("{}, triggered 1, canceled 1 1 no-liquidity", fourth.1)),
        ],
        "|",
    );
    let [first, second] = trade(i64::MIN + 3);
    check(
        &[
            (step(trailing(1, Sell, i64::MAX)), "accepted 1"),
            (first.0, &*first.1),
            (second.0, &*second.1),
        ],
        &format!("|; 1x1!{}", i64::MIN),
    );
}

#[test]
fn a4_a_trail_follows_only_what_was_looked_at() {
    let [first, second] = trade(100);
    check(
        &[
            (first.0, &*first.1),
            (second.0, &*second.1),
            (step(Phase::Auction), "phase auction"),
            (step(trailing(1, Sell, 5)), "accepted 1"),
            (step(sell(2, 1, 80)), "accepted 2"),
            (step(buy(3, 1, 80)), "accepted 3"),
            (step(Phase::PostOnly), "phase post-only, auction 1@80, fill 2<3 1@80 (0/0)"),
        ],
        "|; 1x1!none",
    );
}

#[test]
fn a5_a_replacement_does_not_restart_a_trail() {
    let mut steps = vec![(step(trailing(1, Sell, 5)), "accepted 1".to_owned())];
    steps.extend(trade(100));
    steps.extend(trade(97));
    steps.push((step(replace(1).to_total(2)), "replaced 1 2@market".to_owned()));
    let steps: Vec<_> = steps.iter().map(|(step, told)| (*step, &**told)).collect();
    check(&steps, "|; 1x2!95");
}

#[test]
fn c3_a_replaced_untriggered_order_keeps_its_arrival_as_in_the_book() {
    let fired = |first: u64, second: u64| {
        format!(
            "accepted 91, fill 90<91 1@100 (0/0), triggered {first}, canceled {first} 1 \
             no-liquidity, triggered {second}, canceled {second} 1 no-liquidity"
        )
    };
    let two = stop(1, Stop, Buy, 100).quantity(2);
    for (change, told, order) in [
        (replace(1).to_total(1), "replaced 1 1@market", [1, 2]),
        (replace(1).to_total(1).to_id(3), "replaced 1->3 1@market", [3, 2]),
        (replace(1).to_total(1).to_trigger(99), "replaced 1 1@market", [2, 1]),
    ] {
        check(
            &[
                (step(two), "accepted 1"),
                (step(stop(2, Stop, Buy, 100)), "accepted 2"),
                (step(change), told),
                (step(sell(90, 1, 100)), "accepted 90"),
                (step(buy(91, 1, 100)), &*fired(order[0], order[1])),
            ],
            "|",
        );
    }
}

#[test]
fn c6_what_an_untriggered_order_cannot_be_changed_to() {
    let [first, second] = trade(100);
    let limited = stop(3, StopLimit, Buy, 110).limit(111);
    check(
        &[
            (first.0, &*first.1),
            (second.0, &*second.1),
            (step(stop(1, Stop, Buy, 110)), "accepted 1"),
            (step(trailing(2, Buy, 9)), "accepted 2"),
            (step(limited), "accepted 3"),
            (step(sell(4, 1, 105)), "accepted 4"),
            (step(replace(1).to_price(5)), "replace 1: invalid-order"),
            (step(replace(1).to_display(1)), "replace 1: invalid-order"),
            (step(replace(2).to_trigger(5)), "replace 2: invalid-order"),
            (step(replace(4).to_trigger(5)), "replace 4: invalid-order"),
            (step(replace(3).to_display(2)), "replace 3: invalid-order"),
            (step(replace(3).to_total(0)), "canceled 3 1 replaced-below-executed"),
            // The new trigger is looked at at once.
            (
                step(replace(1).to_trigger(100)),
                "replaced 1 1@market, triggered 1, fill 4<1 1@105 (0/0)",
            ),
        ],
        "|; 2x1!109",
    );
}

#[test]
fn c6_an_untriggered_order_does_not_trade_in_its_replacement() {
    let limited = stop(1, StopLimit, Buy, 110).limit(105);
    check(
        &[
            (step(sell(2, 9, 100)), "accepted 2"),
            (step(limited.post_only()), "accepted 1"),
            (step(replace(1).to_trigger(111)), "replaced 1 1@105"),
        ],
        "| 100: 2x9; 1x1!111",
    );
    // A replacement never looks at the minimum (O5); what is left of the order cannot trade it.
    check(
        &[
            (step(sell(2, 9, 120)), "accepted 2"),
            (step(limited.limit(120).quantity(5).minimum(4)), "accepted 1"),
            (step(replace(1).to_total(3)), "replaced 1 3@120"),
            (step(sell(90, 1, 110)), "accepted 90"),
            (
                step(buy(91, 1, 110)),
                "accepted 91, fill 90<91 1@110 (0/0), triggered 1, canceled 1 3 min-quantity",
            ),
        ],
        "| 120: 2x9",
    );
}

#[test]
fn o6_each_type_has_its_own_trigger_field() {
    let plain = stop(1, Stop, Buy, 100);
    let wrong = [
        plain.with_trigger_price(None),
        plain.with_trail_offset(PriceOffset(1)),
        plain.limit(5),
        plain.display(1),
        plain.minimum(2),
        NewOrder { post_only: true, ..plain },
        NewOrder { order_type: StopLimit, ..plain },
        NewOrder { order_type: TrailingStop, ..plain },
        trailing(1, Buy, 5).with_trail_offset(None),
        trailing(1, Buy, 5).with_trigger_price(Price(1)),
        stop(1, StopLimit, Buy, 100).limit(5).post_only().minimum(1),
    ];
    for order in wrong {
        check(&[(step(order), "new 1: invalid-order")], "|");
    }
    check(&[(step(trailing(1, Buy, 0)), "new 1: invalid-price")], "|");
    let bounded = Instrument { price_max: Some(Price(99)), ..instrument() };
    let mut engine = ReferenceEngine::new(&[bounded]);
    check_on(&mut engine, &[(step(plain), "new 1: invalid-price")], "|");
}

#[test]
fn a_triggered_order_is_judged_when_it_acts() {
    let limited = |order_type: OrderType| stop(1, order_type, Buy, 100).limit(105).quantity(3);
    let fill = "accepted 91, fill 90<91 1@100 (0/0), triggered 1, ";
    for (order, told, book) in [
        (limited(StopLimit), "fill 2<1 2@105 (0/1)", "105: 1x1 |"),
        (limited(StopLimit).tif(TimeInForce::Ioc), "fill 2<1 2@105 (0/1), canceled 1 1 ioc", "|"),
        (limited(StopLimit).tif(TimeInForce::Fok), "canceled 1 3 fok", "| 105: 2x2"),
        (limited(StopLimit).post_only(), "canceled 1 3 post-only-would-take", "| 105: 2x2"),
        (limited(StopLimit).minimum(3), "canceled 1 3 min-quantity", "| 105: 2x2"),
        (limited(StopLimit).minimum(2), "fill 2<1 2@105 (0/1)", "105: 1x1 |"),
        (limited(StopLimit).display(1), "fill 2<1 2@105 (0/1)", "105: 1x1~1 |"),
        (
            stop(1, Stop, Buy, 100).quantity(3),
            "fill 2<1 2@105 (0/1), canceled 1 1 no-liquidity",
            "|",
        ),
        (
            stop(1, Stop, Buy, 100).quantity(3).tif(TimeInForce::Fok),
            "canceled 1 3 fok",
            "| 105: 2x2",
        ),
    ] {
        check(
            &[
                (step(sell(2, 2, 105)), "accepted 2"),
                (step(order), "accepted 1"),
                (step(sell(90, 1, 100)), "accepted 90"),
                (step(buy(91, 1, 100)), &*format!("{fill}{told}")),
            ],
            book,
        );
    }
}

#[test]
fn what_waits_is_live() {
    let own = |order: NewOrder| order.account(7, SelfTrade::None);
    check(
        &[
            (step(own(stop(1, Stop, Buy, 100))), "accepted 1"),
            (step(own(buy(2, 1, 90))), "accepted 2"),
            (step(own(stop(3, Stop, Sell, 80)).until(9)), "accepted 3"),
            (step(own(buy(4, 1, 91)).until(9)), "accepted 4"),
            (step(stop(5, Stop, Buy, 100).tif(TimeInForce::Day)), "accepted 5"),
            (step(buy(6, 1, 92).tif(TimeInForce::Day)), "accepted 6"),
            (step(stop(7, Stop, Buy, 100)), "accepted 7"),
            (step(buy(1, 1, 90)), "new 1: duplicate-order"),
            (step(cancel(7)), "canceled 7 1 requested"),
            (at(9, Action::Time), "canceled 3 1 expired, canceled 4 1 expired"),
            (step(mass_cancel(7, None)), "canceled 1 1 mass-cancel, canceled 2 1 mass-cancel"),
            (step(Phase::Closed), "phase closed, canceled 5 1 end-of-day, canceled 6 1 end-of-day"),
        ],
        "|",
    );
}
