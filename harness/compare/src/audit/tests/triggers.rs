//! Orders that wait.

use super::*;
use AuditRule as Rule;
use CancelReason::NoLiquidity;

/// A book with asks at 10 and 12, and a last trade at 10.
fn traded() -> Stream {
    Stream::new()
        .rests(ask(1, 10, 5))
        .rests(ask(2, 12, 50))
        .right(bid(3, 10, 1), &[accepted(3), fill(1, 10, (1, 4), (3, 0))])
}

#[test]
fn an_elected_order_is_triggered_at_once() {
    let stop = |order, trigger| stop(OrderType::Stop, market(order, Side::Buy, 2), trigger);
    traded().judges(
        stop(5, 10),
        &[accepted(5), triggered(5), fill(2, 10, (1, 2), (5, 0))],
        &[(Rule::MissedTrigger, &[accepted(5)]), (Rule::StopsShort, &[accepted(5), triggered(5)])],
    );
    traded().judges(
        stop(5, 11),
        &[accepted(5)],
        &[(Rule::Trigger, &[accepted(5), triggered(5), fill(2, 10, (1, 2), (5, 0))])],
    );
    let twice = [accepted(5), triggered(5), fill(2, 10, (1, 2), (5, 0)), triggered(5)];
    let breaches = traded().send(stop(5, 10), &twice);
    assert_eq!(breaches.iter().map(|b| b.rule).collect::<Vec<_>>(), [Rule::LiveOrder]);
}

#[test]
fn the_oldest_elected_order_goes_first() {
    let stop = |order, trigger| stop(OrderType::Stop, market(order, Side::Buy, 2), trigger);
    let stream = traded().rests(stop(5, 12)).rests(stop(6, 11));
    let sweep = [accepted(9), fill(4, 10, (1, 0), (9, 1)), fill(1, 12, (2, 49), (9, 0))];
    let fives = |left| [triggered(5), fill(2, 12, (2, left), (5, 0))];
    let sixes = |left| [triggered(6), fill(2, 12, (2, left), (6, 0))];
    let right = [sweep.as_slice(), &fives(47), &sixes(45)].concat();
    let wrong = [sweep.as_slice(), &sixes(47), &fives(45)].concat();
    stream.judges(
        market(9, Side::Buy, 5),
        &right,
        &[
            (Rule::TriggerOrder, &wrong),
            (Rule::MissedTrigger, &[sweep.as_slice(), &fives(47)].concat()),
        ],
    );
}

#[test]
fn a_trailing_trigger_follows_what_was_looked_at() {
    let trailing = NewOrder {
        order_type: OrderType::TrailingStop,
        time_in_force: TimeInForce::Gtc,
        ..market(5, Side::Sell, 1)
    }
    .with_trail_offset(shadowbook_model::PriceOffset(2));
    // Last is 10, so the trigger is 8; then 12 makes it 10.
    let stream = traded()
        .right(Action::Cancel(OrderId(1)), &[canceled(1, 4, CancelReason::Requested)])
        .rests(bid(20, 10, 9))
        .rests(trailing)
        .right(bid(6, 12, 1), &[accepted(6), fill(1, 12, (2, 49), (6, 0))]);
    let sells = [accepted(7), fill(1, 10, (20, 8), (7, 0))];
    let right = [sells.as_slice(), &[triggered(5), fill(1, 10, (20, 7), (5, 0))]].concat();
    stream.judges(ask(7, 10, 1), &right, &[(Rule::MissedTrigger, &sells)]);
}

#[test]
fn a_triggered_order_is_an_ordinary_one() {
    let limit = |order| stop(OrderType::StopLimit, order, 10);
    let post_only = NewOrder { post_only: true, ..limit(bid(5, 10, 2)) };
    let ends = [accepted(5), triggered(5), canceled(5, 2, CancelReason::PostOnlyWouldTake)];
    traded().judges(post_only, &ends, &[(Rule::PostOnly, &ends[..2])]);
    let free = NewOrder { post_only: true, ..limit(bid(5, 9, 2)) };
    traded().judges(free, &ends[..2], &[(Rule::PostOnly, &ends)]);
    let minimum = limit(bid(5, 10, 9)).with_min_quantity(Quantity(5));
    let short = [accepted(5), triggered(5), canceled(5, 9, CancelReason::MinQuantity)];
    traded().judges(minimum, &short, &[(Rule::MinimumQuantity, &ends[..2])]);
    let nothing = stop(OrderType::Stop, market(5, Side::Sell, 2), 10);
    let left = [accepted(5), triggered(5), canceled(5, 2, NoLiquidity)];
    traded().judges(nothing, &left, &[(Rule::Remainder, &left[..2])]);
}

#[test]
fn triggers_wait_where_nothing_is_looked_at() {
    let buy = stop(OrderType::Stop, market(5, Side::Buy, 2), 10);
    let stream = traded().right(Phase::Auction, &[phase(Phase::Auction)]);
    let fires = [accepted(5), triggered(5), fill(2, 10, (1, 2), (5, 0))];
    let breaches = stream.clone().send(buy, &fires);
    assert_eq!(breaches[0].rule, Rule::PhaseTrading);
    let stream = stream.rests(buy);
    let begins = phase(Phase::Continuous);
    stream.judges(
        Phase::Continuous,
        &[begins, triggered(5), fill(2, 10, (1, 2), (5, 0))],
        &[(Rule::MissedTrigger, &[begins])],
    );
}
