//! Who trades with whom (M1–M6, U6).

use shadowbook_model::{Phase, Side, TimeInForce};

use crate::check::{With, buy, cancel, check, market, sell, step};

const MAX: u64 = u64::MAX;

#[test]
fn m1_m2_a_sweep_takes_the_best_price_then_the_oldest_at_the_makers_price() {
    check(
        &[
            (step(sell(1, 5, 102)), "accepted 1"),
            (step(sell(2, 5, 101)), "accepted 2"),
            (step(sell(3, 5, 101)), "accepted 3"),
            (
                step(buy(4, 12, 102)),
                "accepted 4, fill 2<4 5@101 (0/7), fill 3<4 5@101 (0/2), fill 1<4 2@102 (3/0)",
            ),
            // M3: what is left of the maker is still at the front.
            (step(sell(5, 1, 102)), "accepted 5"),
            (step(market(6, Side::Buy, 1)), "accepted 6, fill 1<6 1@102 (2/0)"),
        ],
        "| 102: 1x2 5x1",
    );
}

#[test]
fn m4_remainders_rest_or_go() {
    let sell_one = (step(sell(1, 1, 100)), "accepted 1");
    let outcomes = [
        (buy(2, 3, 100), "accepted 2, fill 1<2 1@100 (0/2)", "100: 2x2 |"),
        (buy(2, 3, 100).tif(TimeInForce::Day), "accepted 2, fill 1<2 1@100 (0/2)", "100: 2x2 |"),
        (buy(2, 3, 100).until(9), "accepted 2, fill 1<2 1@100 (0/2)", "100: 2x2 |"),
        (
            buy(2, 3, 100).tif(TimeInForce::Ioc),
            "accepted 2, fill 1<2 1@100 (0/2), canceled 2 2 ioc",
            "|",
        ),
        (
            market(2, Side::Buy, 3),
            "accepted 2, fill 1<2 1@100 (0/2), canceled 2 2 no-liquidity",
            "|",
        ),
    ];
    for (order, told, book) in outcomes {
        check(&[sell_one, (step(order), told)], book);
    }
    check(&[(step(market(1, Side::Sell, 3)), "accepted 1, canceled 1 3 no-liquidity")], "|");
}

#[test]
fn m5_fok_trades_wholly_or_not_at_all() {
    let fok = |quantity, price| buy(9, quantity, price).tif(TimeInForce::Fok);
    let asks = [
        (step(sell(1, 2, 100)), "accepted 1"),
        (step(sell(2, 2, 101)), "accepted 2"),
        (step(sell(3, 2, 102)), "accepted 3"),
    ];
    let with = |last| [asks[0], asks[1], asks[2], last];
    let all = "| 100: 1x2 101: 2x2 102: 3x2";
    check(&with((step(fok(5, 101)), "accepted 9, canceled 9 5 fok")), all);
    check(
        &with((step(fok(4, 101)), "accepted 9, fill 1<9 2@100 (0/2), fill 2<9 2@101 (0/0)")),
        "| 102: 3x2",
    );
    let fok_market = market(9, Side::Buy, 7).tif(TimeInForce::Fok);
    check(&with((step(fok_market), "accepted 9, canceled 9 7 fok")), all);
}

#[test]
fn u1_prices_reach_to_both_ends() {
    check(
        &[
            (step(buy(1, 1, i64::MIN)), "accepted 1"),
            (step(sell(2, 1, i64::MAX)), "accepted 2"),
            (step(buy(3, 1, -1)), "accepted 3"),
            (step(sell(4, 1, 0)), "accepted 4"),
            (
                step(sell(5, 3, i64::MIN)),
                "accepted 5, fill 3<5 1@-1 (0/2), fill 1<5 1@-9223372036854775808 (0/1)",
            ),
            (step(cancel(5)), "canceled 5 1 requested"),
            (
                step(buy(6, 3, i64::MAX)),
                "accepted 6, fill 4<6 1@0 (0/2), fill 2<6 1@9223372036854775807 (0/1)",
            ),
        ],
        "9223372036854775807: 6x1 |",
    );
}

#[test]
fn u6_sums_over_a_level_are_wider_than_a_quantity() {
    let max = MAX.to_string();
    let rest = (MAX - 1).to_string();
    check(
        &[
            (step(sell(1, 1, 100)), "accepted 1"),
            (step(sell(2, MAX, 100)), "accepted 2"),
            (step(sell(3, MAX, 100)), "accepted 3"),
            (
                step(buy(4, MAX, 100).tif(TimeInForce::Fok)),
                &format!("accepted 4, fill 1<4 1@100 (0/{rest}), fill 2<4 {rest}@100 (1/0)"),
            ),
            (
                step(market(5, Side::Buy, MAX)),
                &format!("accepted 5, fill 2<5 1@100 (0/{rest}), fill 3<5 {rest}@100 (1/0)"),
            ),
            (step(sell(6, MAX, 100)), "accepted 6"),
        ],
        &format!("| 100: 3x1 6x{max}"),
    );
}

#[test]
fn limit_only_trades_like_continuous() {
    check(
        &[
            (step(sell(1, 2, 100)), "accepted 1"),
            (step(Phase::LimitOnly), "phase limit-only"),
            (step(buy(2, 1, 100)), "accepted 2, fill 1<2 1@100 (1/0)"),
        ],
        "| 100: 1x1",
    );
}

#[test]
fn a_long_queue_keeps_its_order_while_most_of_it_is_canceled() {
    let ids: Vec<u64> = (1..=200).collect();
    let (left, gone): (Vec<u64>, Vec<u64>) = ids.iter().partition(|id| **id % 7 == 3);
    let told: Vec<String> = gone.iter().map(|id| format!("canceled {id} 1 requested")).collect();
    let entered: Vec<String> = ids.iter().map(|id| format!("accepted {id}")).collect();
    let fills: Vec<String> =
        (1..).zip(&left).map(|(n, id)| format!("fill {id}<999 1@100 (0/{})", 99 - n)).collect();
    let sweep = format!("accepted 999, {}, canceled 999 {} ioc", fills.join(", "), 99 - left.len());
    let mut steps = Vec::new();
    steps.extend(ids.iter().zip(&entered).map(|(id, told)| (step(sell(*id, 1, 100)), &**told)));
    steps.extend(gone.iter().zip(&told).map(|(id, told)| (step(cancel(*id)), &**told)));
    steps.push((step(buy(999, 99, 100).tif(TimeInForce::Ioc)), &*sweep));
    check(&steps, "|");
}
