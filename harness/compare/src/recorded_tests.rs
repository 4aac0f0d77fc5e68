//! How the reference is held against a recording.

use shadowbook_model::{
    CancelReason, InstrumentId, NewOrder, OrderId, Replace, Seq, Side, TimeNs, TradeId,
};

use super::*;

fn fill(maker: u64, taker: u64, price: i64, quantity: u64) -> Event {
    Event::Fill(Fill {
        trade: TradeId(1),
        maker: OrderId(maker),
        taker: OrderId(taker),
        price: Price(price),
        quantity: Quantity(quantity),
        maker_open: Quantity(0),
        taker_open: Quantity(0),
    })
}

fn recorded(maker: u64, price: i64, quantity: u64) -> RecordedFill {
    RecordedFill { maker: OrderId(maker), price: Price(price), quantity: Quantity(quantity) }
}

fn new(order: u64) -> Command {
    let new = NewOrder::limit(OrderId(order), Side::Buy, Price(9), Quantity(9));
    Command::new(Seq(1), TimeNs(1), InstrumentId(0), new)
}

#[test]
fn fills_are_held_against_the_recorded_ones() {
    let check = |reference: &[Event], expected: &[RecordedFill], found: Match| {
        assert_eq!(match_fills(&new(9), reference, expected), found, "{reference:?} {expected:?}");
    };
    let accepted = Event::Accepted { order: OrderId(9) };
    check(&[accepted], &[], Match::Exact);
    check(&[accepted, fill(1, 9, 5, 2)], &[recorded(1, 5, 2)], Match::Exact);
    check(&[fill(1, 9, 5, 2), fill(7, 8, 5, 2)], &[recorded(1, 5, 2)], Match::Exact);
    let two = [fill(1, 9, 5, 2), fill(2, 9, 6, 3)];
    check(&two, &[recorded(1, 5, 2), recorded(2, 6, 3)], Match::Exact);
    check(&two, &[recorded(2, 6, 3), recorded(1, 5, 2)], Match::PriceQuantity);
    check(&two, &[recorded(7, 5, 2), recorded(2, 6, 3)], Match::PriceQuantity);
    check(&two, &[recorded(1, 5, 1), recorded(3, 5, 1), recorded(2, 6, 3)], Match::PriceQuantity);
    check(&two, &[recorded(1, 5, 2), recorded(2, 6, 4)], Match::Different);
    check(&two, &[recorded(1, 5, 2)], Match::Different);
    check(&[accepted], &[recorded(1, 5, 2)], Match::Different);
    check(&two, &[], Match::Different);
}

#[test]
fn a_replacement_trades_under_its_new_id_and_an_uncross_under_any() {
    let replace = |new_order| {
        let replace = Replace { new_order, ..Replace::of(OrderId(9)) };
        Command::new(Seq(1), TimeNs(1), InstrumentId(0), replace)
    };
    let expected = [recorded(1, 5, 2)];
    let renamed = replace(Some(OrderId(10)));
    assert_eq!(match_fills(&renamed, &[fill(1, 10, 5, 2)], &expected), Match::Exact);
    assert_eq!(match_fills(&replace(None), &[fill(1, 10, 5, 2)], &expected), Match::Different);
    let phase = shadowbook_model::Phase::Continuous;
    let uncross = Command::new(Seq(1), TimeNs(1), InstrumentId(0), phase);
    assert_eq!(match_fills(&uncross, &[fill(1, 77, 5, 2)], &expected), Match::Exact);
}

#[test]
fn recorded_events_must_all_be_there() {
    let accepted = Event::Accepted { order: OrderId(9) };
    let canceled = |reason| Event::Canceled { order: OrderId(9), quantity: Quantity(1), reason };
    let (ioc, fok) = (canceled(CancelReason::Ioc), canceled(CancelReason::Fok));
    let answered = [accepted, fill(1, 9, 5, 2), ioc];
    assert_eq!(match_events(&answered, &answered), Match::Exact);
    let other_maker = [accepted, fill(2, 9, 5, 2), ioc];
    assert_eq!(match_events(&answered, &other_maker), Match::PriceQuantity);
    assert_eq!(match_events(&answered, &[accepted, fill(1, 9, 5, 2), fok]), Match::Different);
    assert_eq!(match_events(&answered, &answered[..2]), Match::Different);
}
