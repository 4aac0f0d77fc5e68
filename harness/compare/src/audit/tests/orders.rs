//! Admission, cancel, replace, expiry, mass-cancel.

use shadowbook_model::MassCancel;

use super::*;
use AuditRule as Rule;
use CancelReason::{Expired, Ioc, Requested};
use RejectReason::{
    DuplicateOrder, InvalidOrder, InvalidPrice, InvalidQuantity, MinQuantity, PostOnlyWouldTake,
    UnknownOrder,
};

#[test]
fn a_new_order_is_answered_once() {
    Stream::new().judges(
        bid(1, 9, 5),
        &[accepted(1)],
        &[
            (Rule::Answer, &[]),
            (Rule::Answer, &[accepted(2)]),
            (Rule::StrayReport, &[accepted(1), accepted(1)]),
            (Rule::Admission, &[rejected(1, InvalidOrder)]),
            (Rule::Remainder, &[accepted(1), canceled(1, 5, Ioc)]),
            (Rule::LiveOrder, &[accepted(1), canceled(7, 5, Requested)]),
        ],
    );
}

#[test]
fn what_must_be_rejected_is_and_for_the_first_reason() {
    let bounded = Instrument { price_max: Some(Price(100)), ..instrument() };
    let stream = Stream::on(bounded).rests(bid(1, 9, 5)).rests(ask(2, 11, 5));
    let post_only = |order| NewOrder { post_only: true, ..order };
    let cases = [
        (NewOrder { price: None, ..bid(3, 9, 1) }, InvalidOrder),
        (NewOrder { price: Some(Price(9)), ..market(3, Side::Buy, 1) }, InvalidOrder),
        (bid(3, 9, 1).with_trigger_price(Price(1)), InvalidOrder),
        (lasting(TimeInForce::Gtd, bid(3, 9, 1)), InvalidOrder),
        (lasting(TimeInForce::Day, market(3, Side::Buy, 1)), InvalidOrder),
        (lasting(TimeInForce::Gtd, bid(3, 9, 1)).with_expire_time(TimeNs(3)), InvalidOrder),
        (bid(3, 9, 1).with_display_quantity(Quantity(2)), InvalidOrder),
        (post_only(lasting(TimeInForce::Ioc, bid(3, 9, 1))), InvalidOrder),
        (NewOrder { order_type: OrderType::Stop, ..market(3, Side::Buy, 1) }, InvalidOrder),
        (
            stop(OrderType::Stop, market(3, Side::Buy, 1), 20)
                .with_trail_offset(shadowbook_model::PriceOffset(1)),
            InvalidOrder,
        ),
        (bid(1, 101, 0), InvalidQuantity),
        (bid(3, 9, 5).with_min_quantity(Quantity(0)), InvalidQuantity),
        (bid(1, 101, 5), InvalidPrice),
        (bid(1, 9, 5), DuplicateOrder),
        (post_only(bid(3, 11, 5)), PostOnlyWouldTake),
        (bid(3, 11, 9).with_min_quantity(Quantity(6)), MinQuantity),
    ];
    for (new, reason) in cases {
        let id = new.order.0;
        let other = if reason == RejectReason::Phase { InvalidOrder } else { RejectReason::Phase };
        stream.judges(
            new,
            &[rejected(id, reason)],
            &[(Rule::Admission, &[accepted(id)]), (Rule::RejectReason, &[rejected(id, other)])],
        );
    }
}

#[test]
fn a_cancel_of_a_live_order_cancels_it() {
    let stream = Stream::new().rests(bid(1, 9, 5)).judges(
        Action::Cancel(OrderId(1)),
        &[canceled(1, 5, Requested)],
        &[
            (Rule::Answer, &[]),
            (Rule::OpenQuantity, &[canceled(1, 4, Requested)]),
            (Rule::Answer, &[accepted(1)]),
            (Rule::Answer, &[canceled(1, 5, CancelReason::MassCancel)]),
            (Rule::Admission, &[refused(CommandKind::Cancel, 1, UnknownOrder)]),
            (Rule::LiveOrder, &[canceled(1, 5, Requested), canceled(1, 5, Requested)]),
        ],
    );
    stream.judges(
        Action::Cancel(OrderId(1)),
        &[refused(CommandKind::Cancel, 1, UnknownOrder)],
        &[
            (Rule::LiveOrder, &[canceled(1, 5, Requested)]),
            (Rule::RejectReason, &[refused(CommandKind::Cancel, 1, InvalidOrder)]),
            (Rule::Answer, &[]),
        ],
    );
}

#[test]
fn a_replacement_counts_what_was_executed() {
    let stream = Stream::new()
        .rests(bid(1, 9, 10))
        .right(ask(2, 9, 4), &[accepted(2), fill(4, 9, (1, 6), (2, 0))]);
    stream.judges(
        replace(1, None, Some(12)),
        &[replaced(1, 9, 8)],
        &[
            (Rule::Replacement, &[replaced(1, 9, 12)]),
            (Rule::Replacement, &[replaced(1, 8, 8)]),
            (Rule::Replacement, &[canceled(1, 6, CancelReason::ReplacedBelowExecuted)]),
            (Rule::Admission, &[refused(CommandKind::Replace, 1, InvalidOrder)]),
            (Rule::Answer, &[]),
        ],
    );
    stream.judges(
        replace(1, None, Some(4)),
        &[canceled(1, 6, CancelReason::ReplacedBelowExecuted)],
        &[
            (Rule::Replacement, &[replaced(1, 9, 6)]),
            (Rule::OpenQuantity, &[canceled(1, 4, CancelReason::ReplacedBelowExecuted)]),
        ],
    );
    let unknown = refused(CommandKind::Replace, 7, UnknownOrder);
    stream.judges(
        replace(7, None, Some(4)),
        &[unknown],
        &[(Rule::LiveOrder, &[replaced(7, 9, 4)])],
    );
    let with_trigger = Replace { trigger_price: Some(Price(5)), ..Replace::of(OrderId(1)) };
    let invalid = refused(CommandKind::Replace, 1, InvalidOrder);
    stream.judges(with_trigger, &[invalid], &[(Rule::Admission, &[replaced(1, 9, 6)])]);
}

#[test]
fn a_replacement_keeps_or_loses_its_place() {
    let two = Stream::new().rests(bid(1, 9, 5)).rests(bid(2, 9, 5));
    let first = [accepted(3), fill(2, 9, (1, 2), (3, 0))];
    let second = [accepted(3), fill(2, 9, (2, 3), (3, 0))];
    let smaller = two.clone().right(replace(1, None, Some(4)), &[replaced(1, 9, 4)]);
    smaller.judges(ask(3, 9, 2), &first, &[(Rule::TimePriority, &second)]);
    let larger = two.right(replace(1, None, Some(6)), &[replaced(1, 9, 6)]);
    let wrong = [accepted(3), fill(2, 9, (1, 4), (3, 0))];
    larger.judges(ask(3, 9, 2), &second, &[(Rule::TimePriority, &wrong)]);
}

#[test]
fn a_replacement_that_crosses_trades() {
    let stream = Stream::new().rests(bid(1, 9, 5)).rests(ask(2, 11, 5));
    stream.judges(
        replace(1, Some(11), None),
        &[replaced(1, 11, 5), fill(5, 11, (2, 0), (1, 0))],
        &[
            (Rule::StopsShort, &[replaced(1, 11, 5)]),
            (Rule::Counterparty, &[replaced(1, 11, 5), fill(5, 11, (1, 0), (2, 0))]),
        ],
    );
}

#[test]
fn a_new_id_frees_the_old_one() {
    let change = Replace { new_order: Some(OrderId(5)), ..Replace::of(OrderId(1)) };
    let renamed = Event::Replaced {
        order: OrderId(1),
        new_order: Some(OrderId(5)),
        price: Some(Price(9)),
        open: Quantity(5),
    };
    let stream = Stream::new().rests(bid(1, 9, 5)).judges(
        change,
        &[renamed],
        &[(Rule::Replacement, &[replaced(1, 9, 5)])],
    );
    let stream = stream.rests(bid(1, 8, 1));
    let taken = [rejected(5, DuplicateOrder)];
    stream.judges(bid(5, 8, 1), &taken, &[(Rule::Admission, &[accepted(5)])]);
}

#[test]
fn orders_expire_before_the_next_command() {
    let gtd =
        |order: NewOrder, time| lasting(TimeInForce::Gtd, order).with_expire_time(TimeNs(time));
    let stream = Stream::new()
        .rests(gtd(bid(1, 9, 5), 60))
        .rests(gtd(bid(2, 8, 5), 50))
        .rests(gtd(bid(3, 7, 5), 50))
        .rests(gtd(bid(4, 6, 5), 61))
        .until(60);
    let (one, two, three) =
        (canceled(1, 5, Expired), canceled(2, 5, Expired), canceled(3, 5, Expired));
    stream.judges(
        Action::Time,
        &[two, three, one],
        &[
            (Rule::Expiry, &[two, three]),
            (Rule::Expiry, &[two, three, one, canceled(4, 5, Expired)]),
            (Rule::OpenQuantity, &[two, three, canceled(1, 4, Expired)]),
        ],
    );
    // What is told too late is told at the wrong place, and what is not told is missed but once.
    let late = stream.clone().send(ask(5, 9, 1), &[accepted(5), fill(1, 9, (1, 4), (5, 0))]);
    let rules: Vec<Rule> = late.iter().map(|breach| breach.rule).collect();
    assert_eq!(rules, [Rule::Expiry; 3]);
    let mut stream = stream;
    assert_eq!(stream.send(Action::Time, &[]).len(), 3);
    assert_eq!(stream.until(61).send(Action::Time, &[canceled(4, 5, Expired)]), []);
}

#[test]
fn a_mass_cancel_is_for_one_account() {
    let own = |order| of_account(7, SelfTrade::None, order);
    let stream = Stream::new()
        .rests(own(bid(1, 9, 5)))
        .rests(own(ask(2, 11, 5)))
        .rests(bid(3, 9, 5))
        .rests(own(stop(OrderType::Stop, market(4, Side::Buy, 5), 20)));
    let gone = |order| canceled(order, 5, CancelReason::MassCancel);
    stream.judges(
        MassCancel { account: AccountId(7), side: None },
        &[gone(1), gone(2), gone(4)],
        &[
            (Rule::MassCancel, &[gone(1), gone(2)]),
            (Rule::MassCancel, &[gone(2), gone(1), gone(4)]),
            (Rule::MassCancel, &[gone(1), gone(2), gone(3), gone(4)]),
            (Rule::MassCancel, &[]),
        ],
    );
    stream.judges(
        MassCancel { account: AccountId(7), side: Some(Side::Buy) },
        &[gone(1), gone(4)],
        &[(Rule::MassCancel, &[gone(1), gone(2), gone(4)])],
    );
}
