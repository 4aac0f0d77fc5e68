//! Orders that wait for the last trade price (rules T1 to T5, A4 to A6, A9).

use shadowbook_model::{Arrival, MassCancel, OrderType, Phase, PriceOffset, TriggerState};

use super::*;
use crate::trend::Direction;
use crate::waiting::{Wait, Waiting};

fn triggered(id: u64) -> Event {
    Event::Triggered { order: OrderId(id) }
}

/// A `gtc` order of a market type, or of a limit type where it has a price.
fn typed(order_type: OrderType, id: u64, side: Side, price: Option<i64>, open: u64) -> NewOrder {
    let limit = NewOrder::limit(OrderId(id), side, Price(0), Quantity(open));
    NewOrder { order_type, price: price.map(Price), ..limit }
}

fn stop(id: u64, side: Side, trigger: i64, open: u64) -> NewOrder {
    typed(OrderType::Stop, id, side, None, open).with_trigger_price(Price(trigger))
}

fn stop_limit(id: u64, side: Side, trigger: i64, price: i64, open: u64) -> NewOrder {
    let new = typed(OrderType::StopLimit, id, side, Some(price), open);
    new.with_trigger_price(Price(trigger))
}

fn trailing(id: u64, side: Side, offset: i64, open: u64) -> NewOrder {
    let new = typed(OrderType::TrailingStop, id, side, None, open);
    new.with_trail_offset(PriceOffset(offset))
}

/// Makes a trade at a price, without anything left.
fn trade_at(price: i64) -> [Step; 2] {
    [
        enter(sell(901, price, 1)),
        step(buy(902, price, 1), [accepted(902), fill((901, 0), (902, 0), price, 1)]),
    ]
}

/// The last step of these is the trade that triggers something.
fn trade_at_and(price: i64, then: impl IntoIterator<Item = Event>) -> [Step; 2] {
    let [first, (time, action, mut events)] = trade_at(price);
    events.extend(then);
    [first, (time, action, events)]
}

fn trigger_prices(engine: &LadderEngine) -> Vec<(u64, Option<i64>)> {
    let orders = engine.snapshot(InstrumentId(0)).orders;
    let waiting = orders.iter().filter_map(|order| {
        let price = match order.trigger? {
            TriggerState::Fixed(price) => Some(price.0),
            TriggerState::Trailing { price, .. } => price.map(|price| price.0),
        };
        Some((order.order.0, price))
    });
    waiting.collect()
}

#[test]
fn each_type_is_elected_on_its_side_of_the_trigger() {
    use OrderType::{Stop, TakeProfit};
    let none = CancelReason::NoLiquidity;
    for (order_type, side, elected, not_elected) in [
        (Stop, Side::Buy, 6, 4),
        (Stop, Side::Sell, 4, 6),
        (TakeProfit, Side::Buy, 4, 6),
        (TakeProfit, Side::Sell, 6, 4),
    ] {
        let new = typed(order_type, 1, side, None, 3).with_trigger_price(Price(5));
        let start = || [enter(new)].into_iter().chain(trade_at(not_elected));
        for last in [elected, 5] {
            let then = [triggered(1), canceled(1, 3, none)];
            check(start().chain(trade_at_and(last, then)));
        }
        // The last trade is looked at on entry too.
        let late = step(new, [accepted(1), triggered(1), canceled(1, 3, none)]);
        check(trade_at(elected).into_iter().chain([late]));
    }
}

#[test]
fn a_cascade_goes_through_an_iceberg_slice_by_slice() {
    let iceberg = sell(1, 10, 6).with_display_quantity(Quantity(2));
    let engine = check([
        enter(iceberg),
        enter(sell(2, 11, 5)),
        enter(stop(3, Side::Buy, 10, 6)),
        enter(stop_limit(4, Side::Buy, 11, 11, 9)),
        step(
            buy(5, 10, 1),
            [
                accepted(5),
                fill((1, 5), (5, 0), 10, 1),
                triggered(3),
                fill((1, 4), (3, 5), 10, 1),
                fill((1, 2), (3, 3), 10, 2),
                fill((1, 0), (3, 1), 10, 2),
                fill((2, 4), (3, 0), 11, 1),
                triggered(4),
                fill((2, 0), (4, 5), 11, 4),
            ],
        ),
    ]);
    let left = engine.snapshot(InstrumentId(0));
    assert_eq!(book(&engine), [(4, 11, 5)]);
    assert_eq!(left.orders[0].order_type, OrderType::StopLimit);
    // Five were accepted, two triggered; the last to arrive is the one that rests.
    assert_eq!((left.orders[0].arrival, left.state.arrivals), (Arrival(7), Arrival(7)));
}

#[test]
fn of_several_elected_the_first_arrival_goes_and_the_rest_are_looked_at_afresh() {
    let engine = check([
        enter(buy(1, 8, 1)),
        enter(sell(2, 12, 1)),
        enter(stop(3, Side::Sell, 9, 1)),
        enter(stop(4, Side::Buy, 9, 1)),
        enter(stop(5, Side::Sell, 9, 1)),
        // 3, 4 and 5 are elected at 9. What 3 trades at leaves 5 elected and 4 not.
        enter(buy(6, 9, 1)),
        step(
            sell(7, 9, 1),
            [
                accepted(7),
                fill((6, 0), (7, 0), 9, 1),
                triggered(3),
                fill((1, 0), (3, 0), 8, 1),
                triggered(5),
                canceled(5, 1, CancelReason::NoLiquidity),
            ],
        ),
    ]);
    assert_eq!(trigger_prices(&engine), [(4, Some(9))]);
}

#[test]
fn a_trailing_trigger_follows_what_is_looked_at_only() {
    let bids =
        [enter(buy(1, 12, 1)), enter(buy(2, 11, 1)), enter(buy(3, 9, 1)), enter(buy(4, 7, 1))];
    let start = || {
        trade_at(10).into_iter().chain([enter(trailing(8, Side::Sell, 2, 1))]).chain(bids.clone())
    };
    // Trading through 12 down to 9 is one look, at 9: the trigger stays at 8.
    let fills =
        [fill((1, 0), (9, 2), 12, 1), fill((2, 0), (9, 1), 11, 1), fill((3, 0), (9, 0), 9, 1)];
    let through = [accepted(9)].into_iter().chain(fills).collect::<Vec<_>>();
    let engine = check(start().chain([step(sell(9, 9, 3), through)]));
    assert_eq!(trigger_prices(&engine), [(8, Some(8))]);
    // A trade at 12 alone is looked at; then the way down to 9 elects.
    let top = step(sell(9, 12, 1), [accepted(9), fill((1, 0), (9, 0), 12, 1)]);
    let down = step(
        sell(10, 9, 2),
        [
            accepted(10),
            fill((2, 0), (10, 1), 11, 1),
            fill((3, 0), (10, 0), 9, 1),
            triggered(8),
            fill((4, 0), (8, 0), 7, 1),
        ],
    );
    check(start().chain([top, down]));
}

#[test]
fn a_trailing_order_is_moved_and_elected_within_one_command() {
    let steps = [
        enter(trailing(1, Side::Sell, 2, 1)),
        enter(stop(2, Side::Buy, 11, 1)),
        enter(stop(3, Side::Buy, 15, 1)),
        enter(stop_limit(4, Side::Sell, 15, 13, 2)),
        enter(sell(5, 11, 1)),
        enter(sell(6, 15, 1)),
        enter(buy(7, 7, 1)),
        enter(sell(8, 20, 9)),
    ];
    // 4 was elected at once and rests; it is out of the way before the cascade.
    let mut steps: Vec<Step> = trade_at(10).into_iter().chain(steps).collect();
    steps[5].2 = vec![accepted(4), triggered(4)];
    steps.push(step(cancel(4), [canceled(4, 2, CancelReason::Requested)]));
    steps.push(enter(buy(9, 9, 1)));
    steps.push(enter(
        typed(OrderType::TakeProfit, 10, Side::Sell, None, 1).with_trigger_price(Price(15)),
    ));
    // 11 elects 2, whose 15 moves the trail from 8 to 13 and elects 3, at 20; that moves it to
    // 18 and leaves 10 elected, whose 9 is below the trail.
    steps.push(step(
        buy(11, 11, 1),
        [
            accepted(11),
            fill((5, 0), (11, 0), 11, 1),
            triggered(2),
            fill((6, 0), (2, 0), 15, 1),
            triggered(3),
            fill((8, 8), (3, 0), 20, 1),
            triggered(10),
            fill((9, 0), (10, 0), 9, 1),
            triggered(1),
            fill((7, 0), (1, 0), 7, 1),
        ],
    ));
    check(steps);
}

#[test]
fn a_trail_begins_with_the_first_look_and_is_held_at_the_ends() {
    let auction = step(Phase::Auction, [Event::Phase { phase: Phase::Auction }]);
    let again = step(Phase::Continuous, [Event::Phase { phase: Phase::Continuous }]);
    let start = || {
        trade_at(10).into_iter().chain([
            auction.clone(),
            enter(trailing(1, Side::Sell, i64::MAX, 1)),
            enter(trailing(2, Side::Buy, i64::MAX, 1)),
        ])
    };
    assert_eq!(trigger_prices(&check(start())), [(1, None), (2, None)]);
    let engine = check(start().chain([again.clone()]));
    assert_eq!(trigger_prices(&engine), [(1, Some(10 - i64::MAX)), (2, Some(i64::MAX))]);
    let low = trade_at(-10);
    let engine = check(low.into_iter().chain([enter(trailing(1, Side::Sell, i64::MAX, 1))]));
    assert_eq!(trigger_prices(&engine), [(1, Some(i64::MIN))]);
    assert_eq!(trigger_prices(&check([enter(trailing(1, Side::Buy, 3, 1))])), [(1, None)]);
}

#[test]
fn a_triggered_order_keeps_its_conditions() {
    let fok = |new| with(TimeInForce::Fok, new);
    let post_only = |new| NewOrder { post_only: true, ..new };
    let min = |new: NewOrder| new.with_min_quantity(Quantity(3));
    let at = |new: NewOrder, then: Vec<Event>| {
        let start = [enter(sell(20, 6, 2)), enter(new)];
        let then = [triggered(1)].into_iter().chain(then);
        check(start.into_iter().chain(trade_at_and(5, then)))
    };
    let base = stop_limit(1, Side::Buy, 5, 6, 4);
    at(fok(base), vec![canceled(1, 4, CancelReason::Fok)]);
    at(post_only(base), vec![canceled(1, 4, CancelReason::PostOnlyWouldTake)]);
    at(min(base), vec![canceled(1, 4, CancelReason::MinQuantity)]);
    at(fok(min(base)), vec![canceled(1, 4, CancelReason::Fok)]);
    let traded = fill((20, 0), (1, 2), 6, 2);
    at(with(TimeInForce::Ioc, base), vec![traded, canceled(1, 2, CancelReason::Ioc)]);
    let engine = at(base.with_display_quantity(Quantity(1)), vec![traded]);
    assert_eq!(engine.snapshot(InstrumentId(0)).orders[0].displayed(), Quantity(1));
    let below = stop_limit(1, Side::Buy, 5, 5, 4);
    assert_eq!(book(&at(post_only(below), vec![])), [(1, 5, 4), (20, 6, 2)]);
    let engine = at(below.with_display_quantity(Quantity(0)), vec![]);
    assert_eq!(engine.snapshot(InstrumentId(0)).orders[0].displayed(), Quantity(0));
}

#[test]
fn replacing_an_order_that_waits_never_trades_but_is_looked_at() {
    let to = |trigger| Replace { trigger_price: Some(Price(trigger)), ..Replace::of(OrderId(1)) };
    let refuse =
        |replace| step(replace, [rejected(CommandKind::Replace, 1, RejectReason::InvalidOrder)]);
    let gone = |new: NewOrder, id| {
        let events = [
            Event::Replaced { order: new.order, new_order: None, price: None, open: Quantity(2) },
            triggered(id),
        ];
        events.into_iter().chain([canceled(id, 2, CancelReason::NoLiquidity)]).collect::<Vec<_>>()
    };
    let new = stop(1, Side::Buy, 12, 2);
    let start = || trade_at(10).into_iter().chain([enter(new)]);
    check(start().chain([step(to(10), gone(new, 1))]));
    check(start().chain([refuse(replace(1, Some(3), None))]));
    check(start().chain([refuse(Replace { display_quantity: Some(Quantity(1)), ..to(10) })]));
    // The trail goes on where it was, also at the back.
    let engine = check(
        trade_at(10)
            .into_iter()
            .chain([enter(trailing(1, Side::Sell, 2, 2)), refuse(to(9))])
            .chain(trade_at(9))
            .chain([step(
                replace(1, None, Some(3)),
                [Event::Replaced {
                    order: OrderId(1),
                    new_order: None,
                    price: None,
                    open: Quantity(3),
                }],
            )]),
    );
    assert_eq!(trigger_prices(&engine), [(1, Some(8))]);
    assert_eq!(engine.snapshot(InstrumentId(0)).orders[0].arrival, Arrival(6));
    // A limit that crosses does not trade before the trigger.
    check(trade_at(10).into_iter().chain([
        enter(sell(2, 11, 5)),
        enter(stop_limit(1, Side::Buy, 12, 9, 2)),
        step(replace(1, Some(12), None), [replaced(1, None, 12, 2)]),
    ]));
    // A triggered order has no trigger to replace.
    check(trade_at(10).into_iter().chain([
        step(stop_limit(1, Side::Buy, 9, 9, 2), [accepted(1), triggered(1)]),
        refuse(to(9)),
        step(replace(1, Some(8), None), [replaced(1, None, 8, 2)]),
    ]));
}

#[test]
fn phases_judge_orders_that_wait_on_entry_and_at_the_back_only() {
    let phase = |phase| step(phase, [Event::Phase { phase }]);
    let refuse =
        |action: Action, command, id| step(action, [rejected(command, id, RejectReason::Phase)]);
    let resized =
        Event::Replaced { order: OrderId(1), new_order: None, price: None, open: Quantity(2) };
    check(
        trade_at(10)
            .into_iter()
            .chain([
                enter(stop(1, Side::Buy, 12, 3)),
                phase(Phase::LimitOnly),
                refuse(stop(2, Side::Buy, 12, 3).into(), CommandKind::New, 2),
                refuse(replace(1, None, Some(4)).into(), CommandKind::Replace, 1),
                step(replace(1, None, Some(2)), [resized]),
            ])
            .chain(trade_at_and(12, [triggered(1), canceled(1, 2, CancelReason::NoLiquidity)])),
    );
    // In other phases it waits, and is looked at when one that looks begins.
    check(trade_at(10).into_iter().chain([
        phase(Phase::PostOnly),
        enter(NewOrder { post_only: true, ..stop_limit(1, Side::Buy, 9, 9, 3) }),
        refuse(stop(2, Side::Buy, 9, 3).into(), CommandKind::New, 2),
        phase(Phase::Auction),
        enter(stop(2, Side::Buy, 9, 3)),
        phase(Phase::CancelOnly),
        step(
            Phase::Continuous,
            [
                Event::Phase { phase: Phase::Continuous },
                triggered(1),
                triggered(2),
                canceled(2, 3, CancelReason::NoLiquidity),
            ],
        ),
    ]));
}

#[test]
fn orders_that_wait_expire_and_are_cancelled_like_any_other() {
    let gtd = |new: NewOrder| with(TimeInForce::Gtd, new).with_expire_time(TimeNs(9));
    let day = |new: NewOrder| with(TimeInForce::Day, new);
    let all = MassCancel { account: AccountId(7), side: None };
    let engine = check([
        enter(gtd(stop(1, Side::Buy, 12, 1))),
        enter(day(stop(2, Side::Buy, 12, 2))),
        enter(day(buy(3, 5, 3))),
        enter(owned(7, trailing(4, Side::Sell, 1, 4))),
        enter(owned(7, buy(5, 5, 5))),
        enter(day(stop_limit(6, Side::Buy, 12, 3, 6))),
        step(
            replace(2, None, Some(9)),
            [Event::Replaced {
                order: OrderId(2),
                new_order: None,
                price: None,
                open: Quantity(9),
            }],
        ),
        (9, Action::Time, vec![canceled(1, 1, CancelReason::Expired)]),
        (
            9,
            all.into(),
            vec![
                canceled(4, 4, CancelReason::MassCancel),
                canceled(5, 5, CancelReason::MassCancel),
            ],
        ),
        (
            9,
            Phase::Closed.into(),
            vec![
                Event::Phase { phase: Phase::Closed },
                canceled(3, 3, CancelReason::EndOfDay),
                canceled(6, 6, CancelReason::EndOfDay),
                canceled(2, 9, CancelReason::EndOfDay),
            ],
        ),
    ]);
    assert_eq!(book(&engine), []);
}

/// A trailing or fixed trigger, by hand.
struct Plain {
    order: crate::slab::Slot,
    direction: Direction,
    trigger: TriggerState,
}

impl Plain {
    fn follow(&mut self, last: i64) {
        if let TriggerState::Trailing { offset, price } = &mut self.trigger {
            let next = match self.direction {
                Direction::Falls => {
                    last.saturating_sub(offset.0).max(price.map_or(i64::MIN, |at| at.0))
                }
                Direction::Rises => {
                    last.saturating_add(offset.0).min(price.map_or(i64::MAX, |at| at.0))
                }
            };
            *price = Some(Price(next));
        }
    }

    fn is_reached(&self, last: i64) -> bool {
        let (TriggerState::Fixed(price) | TriggerState::Trailing { price: Some(price), .. }) =
            self.trigger
        else {
            return false;
        };
        match self.direction {
            Direction::Falls => last <= price.0,
            Direction::Rises => last >= price.0,
        }
    }
}

#[test]
fn thousands_of_triggers_move_and_fire_as_each_would_alone() {
    let mut orders = crate::order::Orders::new();
    let mut waiting = Waiting::new();
    let mut plain: Vec<Plain> = Vec::new();
    let mut most = 0;
    // A fixed sequence that looks random; the price wanders and jumps.
    let mut seed = 1_u64;
    let mut draw = |below: i64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(seed >> 40).unwrap() % below
    };
    let mut last = 0;
    for _ in 0..20_000 {
        let direction = if draw(2) == 0 { Direction::Falls } else { Direction::Rises };
        let away = 1 + draw(400);
        let trigger = match (draw(2), direction) {
            (0, _) => TriggerState::Trailing { offset: PriceOffset(away), price: None },
            (_, Direction::Falls) => TriggerState::Fixed(Price(last - away)),
            (_, Direction::Rises) => TriggerState::Fixed(Price(last + away)),
        };
        let order = orders.insert(crate::order::Order::default(), crate::order::Details::default());
        let wait = Wait { order, price: None, min: None, direction };
        waiting.push(wait, trigger, &mut orders);
        plain.push(Plain { order, direction, trigger });
        if draw(3) == 0 && !plain.is_empty() {
            let index = usize::try_from(draw(i64::try_from(plain.len()).unwrap())).unwrap();
            let gone = plain.remove(index);
            waiting.remove(orders[gone.order].level);
            orders.release(gone.order);
        }
        last += draw(31) - 15 + if draw(500) == 0 { draw(600) - 300 } else { 0 };
        loop {
            plain.iter_mut().for_each(|order| order.follow(last));
            let elected = waiting.look_at(Price(last));
            let expected = plain.iter().position(|order| order.is_reached(last));
            assert_eq!(elected, expected.map(|index| plain[index].order));
            let Some(index) = expected else { break };
            let gone = plain.remove(index);
            waiting.remove(orders[gone.order].level);
            orders.release(gone.order);
        }
        most = most.max(plain.len());
    }
    assert!(most > 300, "{most}");
    let triggers: Vec<_> =
        waiting.iter().map(|wait| waiting.trigger(orders[wait.order].level)).collect();
    assert_eq!(triggers, plain.iter().map(|order| order.trigger).collect::<Vec<_>>());
    let (live, room) = waiting.footprint();
    assert_eq!(live, plain.len());
    assert!(room <= (4 * most).next_power_of_two(), "memory follows what waits: {room}");
}
