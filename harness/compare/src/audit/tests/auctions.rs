//! Phases and their uncross.

use super::*;
use AuditRule as Rule;
use CancelReason::{EndOfDay, NoLiquidity};
use shadowbook_model::Volume;

fn auction(price: i64, quantity: u128) -> Event {
    Event::Auction { price: Price(price), quantity: Volume(quantity) }
}

fn collecting() -> Stream {
    Stream::new().right(Phase::Auction, &[phase(Phase::Auction)])
}

#[test]
fn a_phase_command_is_answered() {
    Stream::new().judges(
        Phase::Halted,
        &[phase(Phase::Halted)],
        &[
            (Rule::Answer, &[]),
            (Rule::Answer, &[phase(Phase::Closed)]),
            (Rule::StrayReport, &[phase(Phase::Halted), phase(Phase::Halted)]),
        ],
    );
}

#[test]
fn a_phase_takes_what_it_takes() {
    let stream = Stream::new().right(Phase::PostOnly, &[phase(Phase::PostOnly)]);
    let refuses = [rejected(1, RejectReason::Phase)];
    stream.judges(bid(1, 9, 5), &refuses, &[(Rule::Admission, &[accepted(1)])]);
    let collects = collecting().rests(ask(1, 10, 5)).rests(bid(2, 10, 3));
    let early = [accepted(3), fill(3, 10, (1, 2), (3, 0))];
    let breaches = collects.clone().send(bid(3, 10, 3), &early);
    assert_eq!(breaches.iter().map(|b| b.rule).collect::<Vec<_>>(), [Rule::PhaseTrading]);
}

#[test]
fn an_uncross_trades_the_most_at_one_price() {
    let stream = collecting()
        .rests(market(1, Side::Buy, 2))
        .rests(bid(2, 12, 4))
        .rests(ask(3, 9, 5))
        .rests(ask(4, 11, 5))
        .rests(bid(5, 10, 3));
    // At 11 and 12: buy 6, sell 10. At 9 and 10: buy 9, sell 5. 6 is the most; sellers are left.
    let begins = phase(Phase::Continuous);
    let fills =
        [fill(2, 11, (1, 0), (3, 3)), fill(3, 11, (2, 1), (3, 0)), fill(1, 11, (2, 0), (4, 4))];
    let right = [begins, auction(11, 6), fills[0], fills[1], fills[2]];
    let at_12 = fills.map(|event| match event {
        Event::Fill(fill) => Event::Fill(Fill { price: Price(12), ..fill }),
        other => other,
    });
    stream.judges(
        Phase::Continuous,
        &right,
        &[
            (Rule::AuctionVolume, &[begins]),
            (Rule::AuctionPrice, &[begins, auction(12, 6), at_12[0], at_12[1], at_12[2]]),
            (Rule::AuctionPrice, &[begins, auction(11, 6), at_12[0], at_12[1], at_12[2]]),
            (Rule::AuctionVolume, &[begins, auction(11, 7), fills[0], fills[1], fills[2]]),
            (
                Rule::AuctionFill,
                &[begins, auction(11, 6), fill(5, 11, (2, 0), (3, 0)), fill(1, 11, (1, 1), (4, 4))],
            ),
            (
                Rule::AuctionFill,
                &[begins, auction(11, 6), fill(2, 11, (3, 3), (1, 0)), fills[1], fills[2]],
            ),
        ],
    );
}

#[test]
fn announced_and_executed_are_the_same() {
    let stream = collecting().rests(bid(1, 10, 4)).rests(ask(2, 10, 4)).rests(ask(3, 10, 4));
    let begins = phase(Phase::Continuous);
    let right = [begins, auction(10, 4), fill(4, 10, (1, 0), (2, 0))];
    let short = [begins, auction(10, 4), fill(3, 10, (1, 1), (2, 1))];
    stream.judges(
        Phase::Continuous,
        &right,
        &[(Rule::AuctionFill, &short), (Rule::AuctionVolume, &right[..2])],
    );
}

#[test]
fn the_nearest_price_decides_and_then_the_higher() {
    let stream = |reference: Option<i64>| {
        let reference_price = reference.map(Price);
        Stream::on(Instrument { reference_price, ..instrument() })
            .right(Phase::Auction, &[phase(Phase::Auction)])
            .rests(bid(1, 20, 4))
            .rests(ask(2, 10, 4))
    };
    for (reference, price) in [(Some(5), 10), (Some(13), 13), (Some(99), 20), (None, 20)] {
        let begins = phase(Phase::Continuous);
        let right = [begins, auction(price, 4), fill(4, price, (1, 0), (2, 0))];
        let other = [begins, auction(15, 4), fill(4, 15, (1, 0), (2, 0))];
        stream(reference).judges(Phase::Continuous, &right, &[(Rule::AuctionPrice, &other)]);
    }
}

#[test]
fn market_orders_do_not_outlast_the_uncross() {
    let stream = collecting().rests(market(1, Side::Buy, 2));
    let begins = phase(Phase::CancelOnly);
    let gone = canceled(1, 2, NoLiquidity);
    stream.judges(
        Phase::CancelOnly,
        &[begins, gone],
        &[
            (Rule::AuctionMarketOrder, &[begins]),
            (Rule::OpenQuantity, &[begins, canceled(1, 3, NoLiquidity)]),
        ],
    );
    // A halt leaves everything as it is.
    stream.judges(
        Phase::Halted,
        &[phase(Phase::Halted)],
        &[(Rule::StrayReport, &[phase(Phase::Halted), gone])],
    );
}

#[test]
fn closing_ends_the_day() {
    let day = |order| lasting(TimeInForce::Day, order);
    let stream = Stream::new()
        .rests(day(ask(1, 10, 5)))
        .rests(bid(2, 9, 5))
        .rests(day(bid(3, 9, 5)))
        .rests(day(stop(OrderType::Stop, market(4, Side::Buy, 5), 20)));
    let closes = phase(Phase::Closed);
    let gone = |order| canceled(order, 5, EndOfDay);
    stream.judges(
        Phase::Closed,
        &[closes, gone(1), gone(3), gone(4)],
        &[
            (Rule::EndOfDay, &[closes, gone(1), gone(3)]),
            (Rule::EndOfDay, &[closes, gone(3), gone(1), gone(4)]),
            (Rule::EndOfDay, &[closes, gone(1), gone(2), gone(3), gone(4)]),
        ],
    );
}

#[test]
fn an_iceberg_that_traded_shows_a_fresh_slice_in_place() {
    let iceberg = ask(1, 10, 6).with_display_quantity(Quantity(2));
    let stream = collecting().rests(iceberg).rests(ask(2, 10, 5)).rests(bid(3, 10, 3)).right(
        Phase::Continuous,
        &[phase(Phase::Continuous), auction(10, 3), fill(3, 10, (1, 3), (3, 0))],
    );
    let right = [accepted(4), fill(2, 10, (1, 1), (4, 1)), fill(1, 10, (2, 4), (4, 0))];
    let moved = [accepted(4), fill(3, 10, (2, 2), (4, 0))];
    stream.judges(bid(4, 10, 3), &right, &[(Rule::TimePriority, &moved)]);
}
