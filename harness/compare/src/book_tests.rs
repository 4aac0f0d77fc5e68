//! What a comparison of books tells apart.

use shadowbook_model::{
    AccountId, InstrumentId, InstrumentState, OrderType, Quantity, SelfTrade, TimeInForce, TradeId,
    TriggerState,
};

use super::*;

const BID: OrderState = OrderState {
    order: OrderId(1),
    account: AccountId(0),
    arrival: Arrival(1),
    price: Some(Price(10)),
    open: Quantity(5),
    executed: Quantity(0),
    visibility: Visibility::Full,
    expire_time: None,
    min_quantity: None,
    trigger: None,
    side: Side::Buy,
    order_type: OrderType::Limit,
    time_in_force: TimeInForce::Gtc,
    post_only: false,
    self_trade: SelfTrade::None,
};

fn bid(order: u64) -> OrderState {
    OrderState { order: OrderId(order), arrival: Arrival(order), ..BID }
}

fn book(orders: &[OrderState]) -> Snapshot {
    let state = InstrumentState {
        phase: Phase::Continuous,
        last_trade: None,
        next_trade: TradeId(1),
        arrivals: Arrival(9),
    };
    Snapshot { instrument: InstrumentId(0), state, orders: orders.to_vec() }
}

fn check(reference: &[OrderState], candidate: &[OrderState], expected: &[&str]) {
    let found = compare_books(&book(reference), &book(candidate));
    let names: Vec<String> = found.iter().map(name_book_difference).collect();
    assert_eq!(names, expected, "{found:?}");
}

#[test]
fn every_difference_between_two_books_is_found() {
    let three = [bid(1), bid(2), bid(3)];
    check(&three, &three, &[]);
    check(&three, &three[..2], &["missing-order"]);
    check(&three[1..], &three, &["extra-order"]);
    check(&three, &[bid(2), bid(1), bid(3)], &["queue-order"]);
    let open = OrderState { open: Quantity(4), executed: Quantity(1), ..bid(2) };
    check(&three, &[bid(1), open, bid(3)], &["order.open+executed"]);
    let late = OrderState { arrival: Arrival(7), ..bid(1) };
    check(&three, &[late, bid(2), bid(3)], &["arrival-order"]);
    check(&three, &[bid(2), bid(3), late], &["queue-order", "arrival-order"]);
    let counted = OrderState { arrival: Arrival(7), ..bid(3) };
    check(&three, &[bid(1), bid(2), counted], &["arrival-count"]);
    let better = OrderState { price: Some(Price(11)), ..bid(4) };
    check(&[better, bid(1)], &[bid(1), better], &["level-order"]);
    check(&[bid(1), bid(1)], &[bid(1)], &["missing-order"]);
}

#[test]
fn what_an_instrument_remembers_is_compared_but_not_its_counters() {
    let reference = book(&[]);
    let mut candidate = reference.clone();
    candidate.state.next_trade = TradeId(77);
    candidate.state.arrivals = Arrival(77);
    assert_eq!(compare_books(&reference, &candidate), []);
    candidate.state.last_trade = Some(Price(3));
    candidate.state.phase = Phase::Auction;
    let found = compare_books(&reference, &candidate);
    let names: Vec<String> = found.iter().map(name_book_difference).collect();
    assert_eq!(names, ["phase", "last-trade"]);
}

#[test]
fn only_the_stretch_of_a_queue_that_differs_is_told() {
    let found = compare_books(
        &book(&[bid(1), bid(2), bid(3), bid(4)]),
        &book(&[bid(1), bid(3), bid(2), bid(4)]),
    );
    let [BookDifference::QueueOrder { reference, candidate, .. }] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(
        (reference.as_slice(), candidate.as_slice()),
        (&[OrderId(2), OrderId(3)][..], &[OrderId(3), OrderId(2)][..])
    );
}

#[test]
fn each_field_of_an_order_is_told_exactly_when_the_digest_sees_it() {
    let changes: [fn(&mut OrderState); 13] = [
        |order| order.account = AccountId(9),
        |order| order.price = Some(Price(9)),
        |order| order.open = Quantity(9),
        |order| order.executed = Quantity(9),
        |order| order.visibility = Visibility::Hidden,
        |order| order.expire_time = Some(shadowbook_model::TimeNs(9)),
        |order| order.min_quantity = Some(Quantity(9)),
        |order| order.trigger = Some(TriggerState::Fixed(Price(9))),
        |order| order.side = Side::Sell,
        |order| order.order_type = OrderType::StopLimit,
        |order| order.time_in_force = TimeInForce::Day,
        |order| order.post_only = true,
        |order| order.self_trade = SelfTrade::Decrement,
    ];
    for change in changes {
        let mut changed = BID;
        change(&mut changed);
        let found = compare_books(&book(&[BID]), &book(&[changed]));
        assert!(
            matches!(found.as_slice(), [BookDifference::Changed { fields, .. }] if fields.len() == 1),
            "{found:?}"
        );
    }
}
