//! Auctions and how they end (P2–P5, S4, A10, A11).

use shadowbook_model::{Instrument, NewOrder, Phase, Price, SelfTrade, Side, TimeInForce};
use shadowbook_reference::ReferenceEngine;

use crate::check::{
    Step, To, With, at, buy, cancel, check, check_events_on, instrument, market, replace, sell,
    step,
};

/// Orders collect, and then the auction ends with these events.
#[track_caller]
fn check_uncross(last: Option<i64>, reference: Option<i64>, orders: &[NewOrder], told: &str) {
    let table = Instrument { reference_price: reference.map(Price), ..instrument() };
    let mut engine = ReferenceEngine::new(&[table]);
    let mut steps: Vec<(Step, String)> = Vec::new();
    if let Some(price) = last {
        steps.push((step(sell(90, 1, price)), "accepted 90".to_owned()));
        let fill = format!("accepted 91, fill 90<91 1@{price} (0/0)");
        steps.push((step(buy(91, 1, price)), fill));
    }
    steps.push((step(Phase::Auction), "phase auction".to_owned()));
    for order in orders {
        steps.push((step(*order), format!("accepted {}", order.order)));
    }
    let separator = if told.is_empty() { "" } else { ", " };
    steps.push((step(Phase::Continuous), format!("phase continuous{separator}{told}")));
    steps.push((step(Phase::Closed), "phase closed".to_owned()));
    let steps: Vec<_> = steps.iter().map(|(step, told)| (*step, &**told)).collect();
    check_events_on(&mut engine, &steps);
}

#[test]
fn p3_the_greatest_volume_then_the_least_imbalance() {
    // At 100 to 101, 5 could trade; at 102 only 3.
    let orders = [buy(1, 3, 102), buy(2, 2, 101), sell(3, 9, 100)];
    check_uncross(None, None, &orders, "auction 5@100, fill 1<3 3@100 (0/6), fill 2<3 2@100 (0/4)");
    // Volume 5 from 100 to 103, imbalance 0 from 102 on; nothing else to go by: the higher.
    let orders = [sell(1, 5, 100), buy(2, 5, 103), buy(3, 2, 101)];
    check_uncross(None, None, &orders, "auction 5@103, fill 1<2 5@103 (0/0)");
}

#[test]
fn p3_what_is_left_over_decides_then_the_last_trade_then_the_reference_then_the_higher() {
    let buyers = [buy(1, 9, 105), sell(2, 5, 100)];
    check_uncross(Some(101), None, &buyers, "auction 5@105, fill 1<2 5@105 (4/0)");
    let sellers = [buy(1, 5, 105), sell(2, 9, 100)];
    check_uncross(Some(104), None, &sellers, "auction 5@100, fill 1<2 5@100 (0/4)");
    let equal = [buy(1, 5, 105), sell(2, 5, 100)];
    for (last, reference, price) in [
        (Some(103), Some(101), 103),
        (Some(90), Some(101), 100),
        (Some(900), None, 105),
        (None, Some(101), 101),
        (None, None, 105),
    ] {
        let told = format!("auction 5@{price}, fill 1<2 5@{price} (0/0)");
        check_uncross(last, reference, &equal, &told);
    }
    // Mixed signs: 4 are left to buy up to 100, 4 to sell from 103 on, more between (volume 5).
    let mixed = [buy(1, 5, 110), buy(2, 4, 100), sell(3, 5, 90), sell(4, 4, 103)];
    check_uncross(Some(101), None, &mixed, "auction 5@101, fill 1<3 5@101 (0/0)");
}

#[test]
fn p3_mixed_signs_at_the_same_imbalance_are_nearest_to_the_last_trade() {
    // Below 101: 9 buy, 5 sell. From 101 on: 5 buy, 9 sell.
    let mixed = [buy(1, 5, 110), buy(2, 4, 100), sell(3, 5, 90), sell(4, 4, 101)];
    let fills = |price: i64| format!("auction 5@{price}, fill 1<3 5@{price} (0/0)");
    for (last, price) in [(95, 95), (100, 100), (101, 101), (200, 110), (10, 90)] {
        check_uncross(Some(last), None, &mixed, &fills(price));
    }
}

#[test]
fn p3_where_nothing_is_left_over_the_price_is_there() {
    let orders = [buy(1, 5, 110), buy(2, 1, 98), sell(3, 5, 95), sell(4, 1, 102)];
    for (last, price) in [(50, 99), (100, 100), (105, 101)] {
        let told = format!("auction 5@{price}, fill 1<3 5@{price} (0/0)");
        check_uncross(Some(last), None, &orders, &told);
    }
}

#[test]
fn p3_the_price_is_found_without_walking_every_tick() {
    let orders = [buy(1, u64::MAX, i64::MAX), buy(2, u64::MAX, 7), sell(3, u64::MAX, i64::MIN)];
    let max = u64::MAX;
    let price = i64::MAX;
    let told = format!("auction {max}@{price}, fill 1<3 {max}@{price} (0/0)");
    check_uncross(None, None, &orders, &told);
    // Sums over both market and limit orders are wider than a quantity.
    let wide = [buy(1, max, 5), market(2, Side::Buy, max), sell(3, max, 5), sell(4, max, 5)];
    let told = format!(
        "auction {}@5, fill 2<3 {max}@5 (0/0), fill 1<4 {max}@5 (0/0)",
        u128::from(max) * 2
    );
    check_uncross(None, None, &wide, &told);
}

#[test]
fn p3_market_orders_stand_before_all_limits_and_end_with_the_uncross() {
    let orders = [
        buy(1, 5, 105),
        market(2, Side::Buy, 3),
        sell(3, 4, 100),
        market(4, Side::Buy, 2),
        market(5, Side::Buy, 1),
    ];
    check_uncross(
        None,
        None,
        &orders,
        "auction 4@105, fill 2<3 3@105 (0/1), fill 3<4 1@105 (0/1), \
         canceled 4 1 no-liquidity, canceled 5 1 no-liquidity",
    );
    let only_market = [market(1, Side::Sell, 3), market(2, Side::Buy, 2)];
    let gone = "canceled 1 3 no-liquidity, canceled 2 2 no-liquidity";
    check_uncross(None, None, &only_market, gone);
    let left = "fill 1<2 2@77 (1/0), canceled 1 1 no-liquidity";
    check_uncross(None, Some(77), &only_market, &format!("auction 2@77, {left}"));
    check_uncross(Some(77), Some(5), &only_market, &format!("auction 2@77, {left}"));
    check_uncross(None, Some(77), &only_market[..1], "canceled 1 3 no-liquidity");
}

#[test]
fn p2_what_an_auction_takes() {
    check(
        &[
            (step(Phase::Auction), "phase auction"),
            (step(sell(1, 5, 100)), "accepted 1"),
            (step(buy(2, 5, 100).tif(TimeInForce::Ioc)), "new 2: phase"),
            (step(buy(2, 5, 100).tif(TimeInForce::Fok)), "new 2: phase"),
            (step(market(2, Side::Buy, 5).tif(TimeInForce::Fok)), "new 2: phase"),
            (step(market(2, Side::Buy, 5)), "accepted 2"),
            // It may cross; nothing trades.
            (step(buy(3, 5, 101).post_only()), "accepted 3"),
            (step(market(4, Side::Buy, 5)), "accepted 4"),
            // A market order that waits can be changed as any other (C2–C7).
            (step(replace(2).to_price(100)), "replace 2: invalid-order"),
            (step(replace(2).to_display(1)), "replace 2: invalid-order"),
            (step(replace(4).to_total(4)), "replaced 4 4@market"),
            (step(replace(2).to_total(6)), "replaced 2 6@market"),
            (step(replace(3).to_price(102)), "replaced 3 5@102"),
            (step(market(5, Side::Sell, 1)), "accepted 5"),
            (step(cancel(5)), "canceled 5 1 requested"),
        ],
        "market: 4x4 2x6 102: 3x5 | 100: 1x5",
    );
}

#[test]
fn a10_halted_leaves_what_collected_as_it_is() {
    check(
        &[
            (step(Phase::Auction), "phase auction"),
            (step(sell(1, 5, 100)), "accepted 1"),
            (step(buy(2, 5, 101).until(9)), "accepted 2"),
            (step(market(3, Side::Buy, 1)), "accepted 3"),
            (step(Phase::Halted), "phase halted"),
            (step(replace(3).to_total(1)), "replace 3: phase"),
            // Expiry comes before the uncross (P1).
            (
                at(9, Phase::Closed),
                "canceled 2 5 expired, phase closed, auction 1@100, fill 1<3 1@100 (4/0)",
            ),
        ],
        "| 100: 1x4",
    );
}

#[test]
fn p5_attributes_survive_and_an_iceberg_that_traded_shows_anew() {
    let own = |order: NewOrder| order.account(7, SelfTrade::CancelBoth);
    check(
        &[
            (step(Phase::Auction), "phase auction"),
            (step(own(sell(1, 9, 100).display(2))), "accepted 1"),
            (step(sell(2, 2, 100)), "accepted 2"),
            (step(sell(3, 9, 101).display(4).tif(TimeInForce::Day)), "accepted 3"),
            // No self-trade prevention (S4); the whole iceberg trades in its place.
            (step(own(buy(4, 8, 100))), "accepted 4"),
            (step(Phase::Continuous), "phase continuous, auction 8@100, fill 1<4 8@100 (1/0)"),
            (step(Phase::Closed), "phase closed, canceled 3 9 end-of-day"),
        ],
        "| 100: 1x1~1 2x2",
    );
}

#[test]
fn p4_market_orders_end_before_day_orders() {
    check(
        &[
            (step(buy(1, 1, 90).tif(TimeInForce::Day)), "accepted 1"),
            (step(Phase::Auction), "phase auction"),
            (step(market(2, Side::Sell, 3)), "accepted 2"),
            (step(buy(3, 1, 91).tif(TimeInForce::Day)), "accepted 3"),
            (step(buy(4, 1, 80).tif(TimeInForce::Day)), "accepted 4"),
            (
                step(Phase::Closed),
                "phase closed, auction 3@80, fill 2<3 1@80 (2/0), fill 1<2 1@80 (0/1), \
                 fill 2<4 1@80 (0/0)",
            ),
        ],
        "|",
    );
}
