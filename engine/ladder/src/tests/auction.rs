//! Auctions and their uncross (rules P2 to P5, S4, A10, A11).

use shadowbook_model::{OrderType, Phase, Visibility, Volume};

use super::*;
use CancelReason::NoLiquidity;

fn to(phase: Phase, then: impl IntoIterator<Item = Event>) -> Step {
    let events: Vec<Event> = [Event::Phase { phase }].into_iter().chain(then).collect();
    step(phase, events)
}

fn uncross(then: impl IntoIterator<Item = Event>) -> Step {
    to(Phase::Continuous, then)
}

fn auction(price: i64, quantity: u128) -> Event {
    Event::Auction { price: Price(price), quantity: Volume(quantity) }
}

fn market(id: u64, side: Side, quantity: u64) -> NewOrder {
    NewOrder::market(OrderId(id), side, Quantity(quantity))
}

/// An instrument that begins in an auction and refers to this price.
fn in_auction(reference: Option<i64>) -> Instrument {
    Instrument { phase: Phase::Auction, reference_price: reference.map(Price), ..instrument() }
}

/// The price and volume of an auction of these orders: there is one fill less than orders at most.
fn outcome(reference: Option<i64>, orders: &[NewOrder]) -> Option<(i64, u128)> {
    let mut engine = LadderEngine::new(&[in_auction(reference)]);
    let mut events = EventBuffer::new();
    let phase = Action::Phase(Phase::Continuous);
    let actions = orders.iter().map(|new| Action::New(*new)).chain([phase]);
    for (seq, action) in (1..).zip(actions) {
        engine.apply(&Command::new(Seq(seq), TimeNs(1), InstrumentId(0), action), &mut events);
        engine.first_book().audit();
    }
    let found = events.as_slice().iter().find_map(|event| match event {
        Event::Auction { price, quantity } => Some((price.0, quantity.0)),
        _ => None,
    });
    let fills = events.as_slice().iter().filter_map(|event| match event {
        Event::Fill(fill) => {
            assert_eq!(Some(fill.price.0), found.map(|(price, _)| price));
            Some(u128::from(fill.quantity.0))
        }
        _ => None,
    });
    assert_eq!(fills.sum::<u128>(), found.map_or(0, |(_, volume)| volume));
    found
}

#[test]
fn the_price_is_that_of_the_greatest_volume_then_of_the_least_imbalance() {
    assert_eq!(outcome(None, &[buy(1, 10, 5), sell(2, 8, 3), sell(3, 10, 9)]), Some((10, 5)));
    // 5 trade from 8 on; at 9 nothing is left over.
    let orders = [buy(1, 10, 5), buy(2, 8, 4), sell(3, 8, 5), sell(4, 10, 4)];
    assert_eq!(outcome(Some(10), &orders), Some((9, 5)));
}

#[test]
fn what_is_left_on_one_side_decides_the_price() {
    assert_eq!(outcome(Some(3), &[buy(1, 10, 5), sell(2, 4, 3)]), Some((10, 3)));
    assert_eq!(outcome(Some(9), &[buy(1, 10, 3), sell(2, 4, 5)]), Some((4, 3)));
}

#[test]
fn with_nothing_left_or_both_sides_left_the_nearest_price_is_taken_then_the_higher() {
    for (reference, price) in [(Some(7), 7), (Some(99), 10), (Some(-99), 4), (None, 10)] {
        assert_eq!(outcome(reference, &[buy(1, 10, 5), sell(2, 4, 5)]), Some((price, 5)));
    }
    // At 10 two buyers are left over, at 11 two sellers.
    let mixed = [buy(1, 11, 5), buy(2, 10, 2), sell(3, 10, 5), sell(4, 11, 2)];
    for (reference, price) in [(Some(3), 10), (Some(30), 11), (None, 11)] {
        assert_eq!(outcome(reference, &mixed), Some((price, 5)));
    }
    // Between the two nothing is left over, so neither end of the stretch is taken.
    let apart = [buy(1, 12, 5), buy(2, 4, 2), sell(3, 4, 5), sell(4, 12, 2)];
    assert_eq!(outcome(Some(8), &apart), Some((8, 5)));
}

#[test]
fn the_last_trade_is_nearer_than_the_reference() {
    check_on(
        &Instrument { phase: Phase::Continuous, ..in_auction(Some(10)) },
        [
            enter(sell(1, 5, 1)),
            step(buy(2, 5, 1), [accepted(2), fill((1, 0), (2, 0), 5, 1)]),
            to(Phase::Auction, []),
            enter(buy(3, 10, 1)),
            enter(sell(4, 4, 1)),
            uncross([auction(5, 1), fill((3, 0), (4, 0), 5, 1)]),
        ],
    );
}

#[test]
fn the_price_is_found_in_the_whole_range_without_walking_or_wrapping() {
    const MOST: u64 = u64::MAX;
    let ends = [buy(1, i64::MAX, MOST), sell(2, i64::MIN, MOST)];
    for reference in [i64::MIN, -1, 0, i64::MAX] {
        assert_eq!(outcome(Some(reference), &ends), Some((reference, u128::from(MOST))));
    }
    let orders = [
        buy(1, i64::MAX, MOST),
        buy(2, i64::MAX, MOST),
        buy(3, i64::MIN, MOST),
        sell(4, i64::MIN, MOST),
        sell(5, i64::MAX, MOST),
        market(6, Side::Sell, MOST),
    ];
    // Below the highest tick as much trades with nothing left over.
    assert_eq!(outcome(None, &orders), Some((i64::MAX - 1, 2 * u128::from(MOST))));
}

#[test]
fn market_orders_go_first_and_what_is_left_of_them_is_cancelled() {
    let engine = check_on(
        &in_auction(None),
        [
            enter(buy(1, 10, 2)),
            enter(sell(2, 8, 3)),
            enter(market(3, Side::Sell, 4)),
            enter(market(4, Side::Buy, 1)),
            enter(buy(5, 9, 2)),
            enter(market(6, Side::Sell, 9)),
            // 5 are bought at any price from 8 to 9; sellers are left over.
            to(
                Phase::LimitOnly,
                [
                    auction(8, 5),
                    fill((3, 3), (4, 0), 8, 1),
                    fill((1, 0), (3, 1), 8, 2),
                    fill((3, 0), (5, 1), 8, 1),
                    fill((5, 0), (6, 8), 8, 1),
                    canceled(6, 8, NoLiquidity),
                ],
            ),
        ],
    );
    assert_eq!(book(&engine), [(2, 8, 3)]);
}

#[test]
fn market_orders_alone_need_a_price_to_refer_to() {
    let orders = [market(1, Side::Sell, 4), market(2, Side::Buy, 3)];
    assert_eq!(outcome(Some(-5), &orders), Some((-5, 3)));
    let start = || [enter(orders[0]), enter(orders[1]), enter(market(3, Side::Sell, 1))];
    let canceled_by_arrival =
        [canceled(1, 4, NoLiquidity), canceled(2, 3, NoLiquidity), canceled(3, 1, NoLiquidity)];
    check_on(&in_auction(None), start().into_iter().chain([uncross(canceled_by_arrival)]));
    let none = [canceled(1, 4, NoLiquidity), canceled(3, 1, NoLiquidity)];
    let start = [enter(orders[0]), enter(sell(2, 9, 9)), enter(market(3, Side::Sell, 1))];
    check_on(&in_auction(Some(9)), start.into_iter().chain([uncross(none)]));
}

#[test]
fn an_iceberg_trades_in_place_with_its_whole_open_quantity() {
    let display = |quantity, new: NewOrder| new.with_display_quantity(Quantity(quantity));
    let engine = check_on(
        &in_auction(None),
        [
            enter(display(0, sell(1, 10, 2))),
            enter(display(3, sell(2, 10, 9))),
            enter(display(2, sell(3, 10, 9))),
            enter(buy(4, 10, 7)),
            uncross([auction(10, 7), fill((2, 2), (4, 0), 10, 7)]),
            step(buy(5, 10, 1), [accepted(5), fill((2, 1), (5, 0), 10, 1)]),
        ],
    );
    assert_eq!(book(&engine), [(2, 10, 1), (3, 10, 9), (1, 10, 2)]);
    let shown = engine
        .snapshot(InstrumentId(0))
        .orders
        .iter()
        .map(|order| order.displayed().0)
        .collect::<Vec<_>>();
    assert_eq!(shown, [1, 2, 0]);
}

#[test]
fn a_slice_that_was_not_touched_stays_as_it_was() {
    let start = [
        enter(sell(1, 10, 9).with_display_quantity(Quantity(4))),
        step(buy(2, 10, 1), [accepted(2), fill((1, 8), (2, 0), 10, 1)]),
        to(Phase::Auction, []),
        enter(sell(3, 9, 2)),
    ];
    let small = [enter(buy(4, 9, 2)), uncross([auction(9, 2), fill((3, 0), (4, 0), 9, 2)])];
    let visibility = |steps: [Step; 2]| {
        let engine = check(start.clone().into_iter().chain(steps));
        engine.snapshot(InstrumentId(0)).orders[0].visibility
    };
    let iceberg = |slice| Visibility::Iceberg { display: Quantity(4), slice: Quantity(slice) };
    assert_eq!(visibility(small), iceberg(3));
    let fills = [auction(10, 3), fill((3, 0), (4, 1), 10, 2), fill((1, 7), (4, 0), 10, 1)];
    assert_eq!(visibility([enter(buy(4, 10, 3)), uncross(fills)]), iceberg(4));
}

#[test]
fn nothing_is_prevented_and_the_earlier_arrival_is_the_maker() {
    check_on(
        &in_auction(None),
        [
            enter(minding(SelfTrade::CancelBoth, sell(1, 10, 2))),
            enter(minding(SelfTrade::CancelBoth, buy(2, 10, 5))),
            enter(sell(3, 10, 3)),
            step(replace(1, None, Some(3)), [replaced(1, None, 10, 3)]),
            uncross([auction(10, 5), fill((2, 2), (3, 0), 10, 3), fill((2, 0), (1, 1), 10, 2)]),
        ],
    );
}

#[test]
fn an_auction_takes_what_can_wait() {
    let min = |new: NewOrder| new.with_min_quantity(Quantity(1));
    let fok = |new| with(TimeInForce::Fok, new);
    let refuse =
        |new: NewOrder, reason| step(new, [rejected(CommandKind::New, new.order.0, reason)]);
    let stop = NewOrder { order_type: OrderType::Stop, ..fok(market(9, Side::Buy, 1)) };
    check_on(
        &in_auction(None),
        [
            enter(buy(1, 10, 2)),
            enter(NewOrder { post_only: true, ..sell(2, 9, 1) }),
            refuse(with(TimeInForce::Ioc, buy(3, 9, 1)), RejectReason::Phase),
            refuse(fok(buy(3, 9, 1)), RejectReason::Phase),
            refuse(fok(market(3, Side::Buy, 1)), RejectReason::Phase),
            refuse(min(buy(3, 9, 1)), RejectReason::MinQuantity),
            step(
                min(market(3, Side::Buy, 1)),
                [accepted(3), canceled(3, 1, CancelReason::MinQuantity)],
            ),
            enter(min(stop.with_trigger_price(Price(10)))),
            uncross([
                auction(10, 1),
                fill((1, 1), (2, 0), 10, 1),
                Event::Triggered { order: OrderId(9) },
                canceled(9, 1, CancelReason::Fok),
            ]),
        ],
    );
}

#[test]
fn a_halt_leaves_what_collected_for_a_later_uncross() {
    let market_replaced = |open| Event::Replaced {
        order: OrderId(3),
        new_order: None,
        price: None,
        open: Quantity(open),
    };
    let gtd = with(TimeInForce::Gtd, sell(5, 1, 9)).with_expire_time(TimeNs(20));
    check_on(
        &in_auction(None),
        [
            enter(buy(1, 10, 2)),
            enter(sell(2, 9, 2)),
            enter(market(3, Side::Buy, 2)),
            enter(market(4, Side::Buy, 1)),
            enter(gtd),
            step(replace(3, None, Some(1)), [market_replaced(1)]),
            step(
                replace(3, Some(5), None),
                [rejected(CommandKind::Replace, 3, RejectReason::InvalidOrder)],
            ),
            step(replace(3, None, Some(4)), [market_replaced(4)]),
            to(Phase::Halted, []),
            step(
                replace(3, None, Some(1)),
                [rejected(CommandKind::Replace, 3, RejectReason::Phase)],
            ),
            to(Phase::Auction, []),
            (
                20,
                Phase::Closed.into(),
                vec![
                    canceled(5, 9, CancelReason::Expired),
                    Event::Phase { phase: Phase::Closed },
                    auction(10, 2),
                    fill((2, 1), (4, 0), 10, 1),
                    fill((2, 0), (3, 3), 10, 1),
                    canceled(3, 3, NoLiquidity),
                ],
            ),
        ],
    );
}

#[test]
fn a_replacement_in_an_auction_may_cross() {
    let engine = check_on(
        &in_auction(None),
        [
            enter(NewOrder { post_only: true, ..buy(1, 8, 2) }),
            enter(sell(2, 9, 3)),
            step(replace(1, Some(10), None), [replaced(1, None, 10, 2)]),
            step(
                Replace { display_quantity: Some(Quantity(1)), ..replace(2, Some(8), None) },
                [replaced(2, None, 8, 3)],
            ),
            uncross([auction(8, 2), fill((1, 0), (2, 1), 8, 2)]),
        ],
    );
    assert_eq!(book(&engine), [(2, 8, 1)]);
}

#[test]
fn a_great_auction_is_one_walk() {
    // 20,000 levels a side, all crossed: a walk for each fill would take 10^8 steps of a list.
    let orders: Vec<NewOrder> = (0..40_000)
        .map(|id| {
            let price = i64::try_from(id / 2).unwrap();
            if id % 2 == 0 { buy(id, 100_000 + price, 1) } else { sell(id, -price, 1) }
        })
        .collect();
    let mut engine = LadderEngine::new(&[in_auction(Some(0))]);
    let mut events = EventBuffer::new();
    for (seq, new) in (1..).zip(&orders) {
        events.clear();
        engine.apply(&Command::new(Seq(seq), TimeNs(1), InstrumentId(0), *new), &mut events);
    }
    events.clear();
    let phase = Action::Phase(Phase::Continuous);
    engine.apply(&Command::new(Seq(50_000), TimeNs(1), InstrumentId(0), phase), &mut events);
    assert_eq!(events.len(), 2 + 20_000);
    engine.first_book().audit();
    assert_eq!(book(&engine), []);
}
