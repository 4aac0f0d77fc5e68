//! Snapshots that can be, and every way in which one cannot.

use super::*;
use crate::{AccountId, Increment, InstrumentState, PriceOffset, SelfTrade, TimeNs, TradeId};

fn instrument() -> Instrument {
    Instrument {
        price_min: Some(Price(-100)),
        price_max: Some(Price(100)),
        ..Instrument::new("X", Increment::ONE, Increment::ONE)
    }
}

fn limit(id: u64, side: Side, price: i64) -> OrderState {
    OrderState {
        order: OrderId(id),
        account: AccountId(0),
        arrival: Arrival(id),
        price: Some(Price(price)),
        open: Quantity(5),
        executed: Quantity(1),
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger: None,
        side,
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: SelfTrade::None,
    }
}

fn market(id: u64, side: Side) -> OrderState {
    OrderState {
        price: None,
        order_type: OrderType::Market,
        time_in_force: TimeInForce::Ioc,
        ..limit(id, side, 0)
    }
}

fn stop(id: u64) -> OrderState {
    OrderState {
        price: None,
        executed: Quantity::ZERO,
        order_type: OrderType::Stop,
        trigger: Some(TriggerState::Fixed(Price(3))),
        min_quantity: Some(Quantity(1)),
        ..limit(id, Side::Buy, 0)
    }
}

fn iceberg(id: u64, side: Side, price: i64) -> OrderState {
    let visibility = Visibility::Iceberg { display: Quantity(3), slice: Quantity(2) };
    OrderState { visibility, ..limit(id, side, price) }
}

fn hidden(id: u64, side: Side, price: i64) -> OrderState {
    OrderState { visibility: Visibility::Hidden, ..limit(id, side, price) }
}

fn snapshot(phase: Phase, orders: Vec<OrderState>) -> Snapshot {
    let state = InstrumentState {
        phase,
        last_trade: Some(Price(1)),
        next_trade: TradeId(4),
        arrivals: Arrival(50),
    };
    Snapshot { instrument: InstrumentId(0), state, orders }
}

fn check(snapshot: &Snapshot) -> Result<(), SnapshotError> {
    snapshot.check(&instrument()).map(|_| ())
}

/// A bit of everything that can stand in a book.
fn rich() -> Vec<OrderState> {
    let trailing = TriggerState::Trailing { offset: PriceOffset(2), price: Some(Price(-1)) };
    vec![
        market(20, Side::Buy),
        market(21, Side::Buy),
        iceberg(7, Side::Buy, 12),
        limit(9, Side::Buy, 12),
        // Its slice was refreshed, so it stands behind a later arrival.
        iceberg(8, Side::Buy, 12),
        hidden(3, Side::Buy, 12),
        hidden(5, Side::Buy, 12),
        limit(2, Side::Buy, -7),
        limit(1, Side::Sell, 10),
        limit(4, Side::Sell, 11),
        stop(10),
        OrderState {
            price: None,
            executed: Quantity::ZERO,
            order_type: OrderType::TrailingStop,
            trigger: Some(trailing),
            time_in_force: TimeInForce::Fok,
            ..limit(30, Side::Sell, 0)
        },
    ]
}

#[test]
fn a_book_in_an_auction_may_be_crossed_and_no_other() {
    for phase in [Phase::Auction, Phase::Halted] {
        assert_eq!(check(&snapshot(phase, rich())), Ok(()));
    }
    let without_market: Vec<_> = rich().into_iter().skip(2).collect();
    assert_eq!(
        check(&snapshot(Phase::Continuous, without_market.clone())),
        Err(SnapshotError::Crossed {
            instrument: InstrumentId(0),
            phase: Phase::Continuous,
            bid: Price(12),
            ask: Price(10),
        })
    );
    let one_sided = without_market.into_iter().filter(|order| order.side == Side::Buy);
    assert_eq!(check(&snapshot(Phase::Continuous, one_sided.collect())), Ok(()));
}

#[test]
fn every_order_that_cannot_be_is_named() {
    type Change = fn(&mut OrderState);
    let cases: [(usize, Change, OrderProblem); 21] = [
        (1, |order| order.order = OrderId(20), OrderProblem::DuplicateId),
        (1, |order| order.arrival = Arrival(20), OrderProblem::DuplicateArrival),
        (3, |order| order.arrival = Arrival(0), OrderProblem::Arrival),
        (3, |order| order.arrival = Arrival(51), OrderProblem::Arrival),
        (3, |order| order.open = Quantity(0), OrderProblem::NothingOpen),
        (3, |order| order.executed = Quantity(u64::MAX), OrderProblem::Total),
        (3, |order| order.price = None, OrderProblem::Price),
        (0, |order| order.price = Some(Price(12)), OrderProblem::Price),
        (9, |order| order.price = Some(Price(101)), OrderProblem::Bounds),
        (10, |order| order.trigger = Some(TriggerState::Fixed(Price(-101))), OrderProblem::Bounds),
        (0, |order| order.post_only = true, OrderProblem::MarketType),
        (10, |order| order.visibility = Visibility::Hidden, OrderProblem::MarketType),
        (10, |order| order.trigger = None, OrderProblem::Trigger),
        (3, |order| order.trigger = Some(TriggerState::Fixed(Price(3))), OrderProblem::Trigger),
        (10, |order| order.executed = Quantity(1), OrderProblem::ExecutedUntriggered),
        (2, |order| order.open = Quantity(1), OrderProblem::Slice),
        (3, |order| order.time_in_force = TimeInForce::Ioc, OrderProblem::TimeInForce),
        (3, |order| order.expire_time = Some(TimeNs(9)), OrderProblem::TimeInForce),
        (3, |order| order.min_quantity = Some(Quantity(1)), OrderProblem::MinQuantity),
        (3, |order| order.arrival = Arrival(6), OrderProblem::DuplicateArrival),
        (6, |order| order.arrival = Arrival(2), OrderProblem::Place),
    ];
    for (position, change, expected) in cases {
        let mut orders = rich();
        if expected == OrderProblem::DuplicateArrival && position == 3 {
            orders[2].arrival = Arrival(6);
        }
        change(&mut orders[position]);
        let order = orders[position].order;
        let error = check(&snapshot(Phase::Auction, orders)).expect_err("it cannot be");
        let instrument = InstrumentId(0);
        assert_eq!(error, SnapshotError::Order { instrument, order, problem: expected });
    }
}

/// What waits on a side, where the last trade was at 1.
fn waiting(order_type: OrderType, side: Side, trigger: TriggerState) -> OrderState {
    let is_market = order_type.is_market_type();
    let price = (!is_market).then_some(Price(5));
    OrderState { price, order_type, trigger: Some(trigger), side, ..stop(1) }
}

#[test]
fn what_waits_was_looked_at_where_triggers_are() {
    use OrderProblem::{Elected, FallsBehind, FollowsNothing};
    use OrderType::{Stop, StopLimit, TakeProfit, TakeProfitLimit, TrailingStop};
    use Side::{Buy, Sell};
    let fixed = |price| TriggerState::Fixed(Price(price));
    let trail = |price: Option<i64>| TriggerState::Trailing {
        offset: PriceOffset(2),
        price: price.map(Price),
    };
    let cases = [
        (waiting(Stop, Buy, fixed(2)), None),
        (waiting(StopLimit, Buy, fixed(1)), Some(Elected)),
        (waiting(StopLimit, Sell, fixed(0)), None),
        (waiting(Stop, Sell, fixed(1)), Some(Elected)),
        (waiting(TakeProfit, Buy, fixed(0)), None),
        (waiting(TakeProfitLimit, Buy, fixed(1)), Some(Elected)),
        (waiting(TakeProfitLimit, Sell, fixed(2)), None),
        (waiting(TakeProfit, Sell, fixed(1)), Some(Elected)),
        (waiting(TrailingStop, Buy, trail(None)), Some(FollowsNothing)),
        (waiting(TrailingStop, Buy, trail(Some(1))), Some(Elected)),
        (waiting(TrailingStop, Buy, trail(Some(2))), None),
        (waiting(TrailingStop, Buy, trail(Some(3))), None),
        (waiting(TrailingStop, Buy, trail(Some(4))), Some(FallsBehind)),
        (waiting(TrailingStop, Sell, trail(Some(1))), Some(Elected)),
        (waiting(TrailingStop, Sell, trail(Some(-1))), None),
        (waiting(TrailingStop, Sell, trail(Some(-2))), Some(FallsBehind)),
    ];
    for (order, expected) in cases {
        for phase in Phase::ALL.iter().copied() {
            let is_looked_at = matches!(phase, Phase::Continuous | Phase::LimitOnly);
            let expected = expected.filter(|_| is_looked_at).map(|problem| {
                let (instrument, order) = (InstrumentId(0), order.order);
                SnapshotError::Order { instrument, order, problem }
            });
            let mut state = snapshot(phase, vec![order]);
            assert_eq!(check(&state).err(), expected, "{phase}: {order:?}");
            // Without a trade there was nothing to look at.
            state.state.last_trade = None;
            assert_eq!(check(&state), Ok(()), "{phase}: {order:?}");
        }
    }
}

#[test]
fn a_trail_is_held_at_the_ends() {
    for (side, last) in [(Side::Sell, i64::MIN + 1), (Side::Buy, i64::MAX - 1)] {
        let end = if side == Side::Sell { i64::MIN } else { i64::MAX };
        let trail = TriggerState::Trailing { offset: PriceOffset(2), price: Some(Price(end)) };
        let mut state =
            snapshot(Phase::Continuous, vec![waiting(OrderType::TrailingStop, side, trail)]);
        state.state.last_trade = Some(Price(last));
        assert_eq!(check(&state), Ok(()), "{side}");
    }
}

#[test]
fn orders_stand_in_canonical_order() {
    for (first, second) in [(0, 2), (3, 5), (6, 7), (7, 8), (8, 9), (9, 10), (10, 11)] {
        let mut orders = rich();
        orders.swap(first, second);
        let error = check(&snapshot(Phase::Auction, orders)).expect_err("two changed places");
        assert!(
            matches!(error, SnapshotError::Order { problem: OrderProblem::Place, .. }),
            "{first} {second}: {error}"
        );
    }
    let later = vec![limit(2, Side::Buy, 5), limit(1, Side::Buy, 5)];
    let error = check(&snapshot(Phase::Continuous, later)).expect_err("time priority is broken");
    assert_eq!(error.to_string(), "order 1 of instrument 0: it stands in the wrong place");
}

#[test]
fn market_orders_rest_in_auctions_only() {
    let alone = snapshot(Phase::Continuous, vec![market(1, Side::Buy)]);
    let error = check(&alone).expect_err("nothing lets it rest");
    assert_eq!(
        error.to_string(),
        "order 1 of instrument 0: a market order rests outside an auction"
    );
    for (next_trade, arrivals) in [(0, 5), (1 << 63, 5), (1, u64::MAX)] {
        let mut numbered = snapshot(Phase::Continuous, Vec::new());
        numbered.state.next_trade = TradeId(next_trade);
        numbered.state.arrivals = Arrival(arrivals);
        assert_eq!(check(&numbered), Err(SnapshotError::Numbers(InstrumentId(0))));
    }
}
