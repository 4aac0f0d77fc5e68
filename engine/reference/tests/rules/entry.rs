//! How new orders are judged (O2, O3, O6, P2, U1–U7).

use shadowbook_model::{
    Command, Engine, EventBuffer, Instrument, InstrumentId, NewOrder, OrderType, Phase, Price,
    PriceOffset, Seq, Side, TimeInForce, TimeNs,
};
use shadowbook_reference::ReferenceEngine;

use crate::check::{
    INSTRUMENT, With, at, buy, cancel, check, check_on, instrument, market, sell, shown, step, told,
};

#[test]
fn o6_contradictions_are_invalid_orders() {
    let priced_market = NewOrder { price: Some(Price(1)), ..market(1, Side::Buy, 5) };
    let orders = [
        priced_market,
        NewOrder { price: None, ..buy(1, 5, 100) },
        buy(1, 5, 100).with_trigger_price(Price(1)),
        buy(1, 5, 100).with_trail_offset(PriceOffset(1)),
        market(1, Side::Buy, 5).with_trigger_price(Price(1)),
        market(1, Side::Buy, 5).post_only(),
        market(1, Side::Buy, 5).tif(TimeInForce::Gtc),
        market(1, Side::Buy, 5).tif(TimeInForce::Day),
        market(1, Side::Buy, 5).until(50),
        buy(1, 5, 100).tif(TimeInForce::Ioc).post_only(),
        buy(1, 5, 100).tif(TimeInForce::Fok).post_only(),
        buy(1, 5, 100).tif(TimeInForce::Gtd),
        buy(1, 5, 100).until(10),
        buy(1, 5, 100).until(9),
        buy(1, 5, 100).with_expire_time(TimeNs(50)),
        buy(1, 5, 100).tif(TimeInForce::Ioc).with_expire_time(TimeNs(50)),
    ];
    for order in orders {
        check(&[(at(10, order), "new 1: invalid-order")], "|");
    }
    check(&[(at(10, buy(1, 5, 100).until(11)), "accepted 1")], "100: 1x5 |");
}

#[test]
fn u7_the_first_reason_that_holds_is_given() {
    let bounded = Instrument {
        price_min: Some(Price(1)),
        price_max: Some(Price(200)),
        phase: Phase::PostOnly,
        ..instrument()
    };
    let mut engine = ReferenceEngine::new(&[bounded]);
    let wrong_in_every_way = NewOrder { order_type: OrderType::Market, ..buy(1, 0, 201) };
    let steps = [
        (step(sell(1, 5, 100).post_only()), "accepted 1"),
        (step(wrong_in_every_way), "new 1: invalid-order"),
        (step(buy(1, 0, 201)), "new 1: invalid-quantity"),
        (step(buy(1, 5, 201)), "new 1: invalid-price"),
        (step(buy(1, 5, 0)), "new 1: invalid-price"),
        (step(buy(1, 5, 200)), "new 1: duplicate-order"),
        (step(buy(2, 5, 200)), "new 2: phase"),
        (step(buy(2, 5, 200).post_only()), "new 2: post-only-would-take"),
        (step(buy(2, 5, 1).post_only()), "accepted 2"),
        (step(sell(3, 5, 200).post_only()), "accepted 3"),
    ];
    check_on(&mut engine, &steps, "1: 2x5 | 100: 1x5 200: 3x5");
}

#[test]
fn u2_the_id_of_a_finished_order_is_free() {
    check(
        &[
            (step(buy(1, 5, 100)), "accepted 1"),
            (step(buy(1, 5, 99)), "new 1: duplicate-order"),
            (step(cancel(1)), "canceled 1 5 requested"),
            (step(cancel(1)), "cancel 1: unknown-order"),
            (step(sell(1, 5, 101)), "accepted 1"),
            (step(market(2, Side::Buy, 5)), "accepted 2, fill 1<2 5@101 (0/0)"),
            (step(buy(1, 5, 100)), "accepted 1"),
            // An order may have the id of one that it is about to fill, once that is gone.
            (step(sell(1, 5, 100)), "new 1: duplicate-order"),
        ],
        "100: 1x5 |",
    );
}

#[test]
fn o3_post_only_at_the_touch_would_take_and_one_tick_away_rests() {
    check(
        &[
            (step(sell(1, 5, 100)), "accepted 1"),
            (step(buy(2, 1, 100).post_only()), "new 2: post-only-would-take"),
            (step(buy(2, 1, 99).post_only()), "accepted 2"),
            (step(sell(3, 1, 99).post_only()), "new 3: post-only-would-take"),
        ],
        "99: 2x1 | 100: 1x5",
    );
}

#[test]
fn p2_each_phase_takes_what_it_takes() {
    let phases = [
        (Phase::Continuous, [true, true, true]),
        (Phase::PostOnly, [false, true, false]),
        (Phase::LimitOnly, [true, true, false]),
        (Phase::Closed, [false, false, false]),
        (Phase::Halted, [false, false, false]),
        (Phase::CancelOnly, [false, false, false]),
    ];
    for (phase, taken) in phases {
        let orders = [buy(1, 5, 100), buy(1, 5, 100).post_only(), market(1, Side::Buy, 5)];
        for (order, taken) in orders.into_iter().zip(taken) {
            let mut engine = ReferenceEngine::new(&[Instrument { phase, ..instrument() }]);
            let mut events = EventBuffer::new();
            engine.apply(&Command::new(Seq(1), TimeNs(1), INSTRUMENT, order), &mut events);
            let expected = if taken { "accepted 1" } else { "new 1: phase" };
            assert!(told(&events).starts_with(expected), "{phase} {order:?}: {}", told(&events));
        }
    }
}

#[test]
fn u5_instruments_do_not_know_each_other() {
    let table = [instrument(), instrument()];
    let mut engine = ReferenceEngine::new(&table);
    let mut events = EventBuffer::new();
    let orders = [(0, sell(1, 5, 100)), (1, buy(1, 5, 100).until(4)), (0, sell(2, 1, 101))];
    for (time, (instrument, order)) in (2..).zip(orders) {
        let command = Command::new(Seq(time), TimeNs(time), InstrumentId(instrument), order);
        engine.apply(&command, &mut events);
    }
    // The second instrument's order is over, but no command has named that instrument since.
    assert_eq!(told(&events), "accepted 1, accepted 1, accepted 2");
    assert_eq!(shown(&engine.snapshot(InstrumentId(0))), "| 100: 1x5 101: 2x1");
    assert_eq!(shown(&engine.snapshot(InstrumentId(1))), "100: 1x5 |");
    assert_ne!(engine.digest(InstrumentId(0)), engine.digest(InstrumentId(1)));
}
