//! Icebergs, hidden orders and minimum quantities (O4, O5, A7, A8).

use shadowbook_model::{NewOrder, Phase, SelfTrade, Side, TimeInForce};

use crate::check::{Step, To, With, buy, check, market, replace, sell, step};

#[test]
fn o4_the_next_slice_joins_the_back() {
    check(
        &[
            (step(sell(1, 5, 100).display(2)), "accepted 1"),
            (step(sell(2, 2, 100)), "accepted 2"),
            (step(market(3, Side::Buy, 1)), "accepted 3, fill 1<3 1@100 (4/0)"),
            (
                step(market(4, Side::Buy, 2)),
                "accepted 4, fill 1<4 1@100 (3/1), fill 2<4 1@100 (1/0)",
            ),
            (
                step(market(5, Side::Buy, 4)),
                "accepted 5, fill 2<5 1@100 (0/3), fill 1<5 2@100 (1/1), fill 1<5 1@100 (0/0)",
            ),
        ],
        "|",
    );
}

#[test]
fn o4_displayed_quantity_trades_before_hidden_orders() {
    check(
        &[
            (step(sell(1, 3, 100).display(0)), "accepted 1"),
            (step(sell(2, 3, 100).display(0)), "accepted 2"),
            (step(sell(3, 3, 100).display(1)), "accepted 3"),
            (
                step(market(4, Side::Buy, 4)),
                "accepted 4, fill 3<4 1@100 (2/3), fill 3<4 1@100 (1/2), fill 3<4 1@100 (0/1), \
                 fill 1<4 1@100 (2/0)",
            ),
            (step(sell(5, 9, 100).display(4)), "accepted 5"),
            // An aggressive iceberg trades with all of it, and shows a slice of what is left.
            (
                step(buy(6, 15, 101).display(7)),
                "accepted 6, fill 5<6 4@100 (5/11), fill 5<6 4@100 (1/7), fill 5<6 1@100 (0/6), \
                 fill 1<6 2@100 (0/4), fill 2<6 3@100 (0/1)",
            ),
        ],
        "101: 6x1~1 |",
    );
}

#[test]
fn c3_a_kept_slice_never_grows_and_a_lost_place_shows_a_fresh_one() {
    let iceberg = [
        (step(sell(1, 9, 100).display(4)), "accepted 1"),
        (step(sell(2, 1, 100)), "accepted 2"),
        (step(market(3, Side::Buy, 1)), "accepted 3, fill 1<3 1@100 (8/0)"),
    ];
    for (change, told, book) in [
        (replace(1).to_total(9), "replaced 1 8@100", "| 100: 1x8~3 2x1"),
        (replace(1).to_total(3), "replaced 1 2@100", "| 100: 1x2~2 2x1"),
        (replace(1).to_display(2), "replaced 1 8@100", "| 100: 1x8~2 2x1"),
        (replace(1).to_display(9), "replaced 1 8@100", "| 100: 1x8~3 2x1"),
        (replace(1).to_display(10), "replace 1: invalid-order", "| 100: 1x8~3 2x1"),
        (replace(1).to_total(10), "replaced 1 9@100", "| 100: 2x1 1x9~4"),
        (replace(1).to_display(0), "replaced 1 8@100", "| 100: 2x1 1x8~0"),
        (replace(1).to_id(7).to_total(8), "replaced 1->7 7@100", "| 100: 7x7~3 2x1"),
        (replace(2).to_display(1), "replaced 2 1@100", "| 100: 1x8~3 2x1~1"),
        (
            replace(1).to_total(1).to_display(9),
            "canceled 1 8 replaced-below-executed",
            "| 100: 2x1",
        ),
    ] {
        check(&[iceberg[0], iceberg[1], iceberg[2], (step(change), told)], book);
    }
}

#[test]
fn st_a_decrement_takes_the_reserve_and_the_slice_is_what_is_left() {
    let own = |order: NewOrder| order.account(7, SelfTrade::Decrement);
    check(
        &[
            (step(own(sell(1, 9, 100).display(4))), "accepted 1"),
            (step(own(buy(2, 3, 100))), "accepted 2, reduced 1 by 3 to 6, canceled 2 3 self-trade"),
            (step(own(buy(3, 4, 100))), "accepted 3, reduced 1 by 4 to 2, canceled 3 4 self-trade"),
        ],
        "| 100: 1x2~2",
    );
}

fn count_book() -> Vec<(Step, &'static str)> {
    vec![
        (step(sell(1, 6, 100).display(2)), "accepted 1"),
        (step(sell(2, 1, 100).account(7, SelfTrade::None)), "accepted 2"),
        (step(sell(3, 5, 100).display(0)), "accepted 3"),
    ]
}

#[test]
fn a8_liquidity_is_counted_in_the_order_in_which_it_would_trade() {
    let fok = |quantity, mode| buy(9, quantity, 100).account(7, mode).tif(TimeInForce::Fok);
    let dies = |quantity| format!("accepted 9, canceled 9 {quantity} fok");
    for (quantity, mode) in
        [(3, SelfTrade::CancelNewest), (3, SelfTrade::Decrement), (12, SelfTrade::CancelOldest)]
    {
        let mut steps = count_book();
        let dies = dies(quantity);
        steps.push((step(fok(quantity, mode)), &dies));
        check(&steps, "| 100: 1x6~2 2x1 3x5~0");
    }
    let mut steps = count_book();
    steps.push((step(fok(2, SelfTrade::CancelNewest)), "accepted 9, fill 1<9 2@100 (4/0)"));
    check(&steps, "| 100: 2x1 1x4~2 3x5~0");
    let mut steps = count_book();
    steps.push((
        step(fok(11, SelfTrade::CancelOldest)),
        "accepted 9, fill 1<9 2@100 (4/9), canceled 2 1 self-trade, fill 1<9 2@100 (2/7), \
         fill 1<9 2@100 (0/5), fill 3<9 5@100 (0/0)",
    ));
    check(&steps, "|");
}

#[test]
fn o5_who_cannot_trade_the_minimum_does_not_trade() {
    let maker = (step(sell(1, 4, 100)), "accepted 1");
    for (order, told, book) in [
        (buy(2, 9, 100).minimum(5), "new 2: min-quantity", "| 100: 1x4"),
        (buy(2, 9, 99).minimum(1), "new 2: min-quantity", "| 100: 1x4"),
        (buy(2, 9, 100).minimum(4), "accepted 2, fill 1<2 4@100 (0/5)", "100: 2x5 |"),
        (
            buy(2, 9, 100).minimum(5).tif(TimeInForce::Ioc),
            "accepted 2, canceled 2 9 min-quantity",
            "| 100: 1x4",
        ),
        (market(2, Side::Buy, 9).minimum(5), "accepted 2, canceled 2 9 min-quantity", "| 100: 1x4"),
        (
            market(2, Side::Buy, 9).minimum(4),
            "accepted 2, fill 1<2 4@100 (0/5), canceled 2 5 no-liquidity",
            "|",
        ),
        (
            buy(2, 9, 100).minimum(5).tif(TimeInForce::Fok),
            "accepted 2, canceled 2 9 fok",
            "| 100: 1x4",
        ),
        (buy(2, 9, 100).minimum(10), "new 2: invalid-order", "| 100: 1x4"),
        (buy(2, 9, 100).minimum(0), "new 2: invalid-quantity", "| 100: 1x4"),
        (buy(2, 9, 100).display(10), "new 2: invalid-order", "| 100: 1x4"),
    ] {
        check(&[maker, (step(order), told)], book);
    }
    check(
        &[
            (step(Phase::Auction), "phase auction"),
            (step(sell(1, 4, 100)), "accepted 1"),
            (step(buy(2, 4, 100).minimum(1)), "new 2: min-quantity"),
            (step(market(3, Side::Buy, 4).minimum(1)), "accepted 3, canceled 3 4 min-quantity"),
        ],
        "| 100: 1x4",
    );
}
