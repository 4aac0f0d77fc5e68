//! What an incoming order does.

use super::*;
use AuditRule as Rule;
use CancelReason::{Fok, Ioc, MinQuantity, NoLiquidity, SelfTrade as Prevented};

#[test]
fn a_fill_is_with_the_order_that_is_next() {
    let stream = Stream::new().rests(ask(1, 10, 5)).rests(ask(2, 10, 5)).rests(ask(3, 11, 5));
    let taken = accepted(9);
    stream.judges(
        bid(9, 10, 7),
        &[taken, fill(5, 10, (1, 0), (9, 2)), fill(2, 10, (2, 3), (9, 0))],
        &[
            (
                Rule::TimePriority,
                &[taken, fill(5, 10, (2, 0), (9, 2)), fill(2, 10, (1, 3), (9, 0))],
            ),
            (Rule::OwnLimit, &[taken, fill(5, 11, (3, 0), (9, 2))]),
            (Rule::MakerPrice, &[taken, fill(5, 9, (1, 0), (9, 2)), fill(2, 10, (2, 3), (9, 0))]),
            (
                Rule::FillQuantity,
                &[taken, fill(4, 10, (1, 1), (9, 3)), fill(3, 10, (2, 2), (9, 0))],
            ),
            (
                Rule::OpenQuantity,
                &[taken, fill(5, 10, (1, 1), (9, 2)), fill(2, 10, (2, 3), (9, 0))],
            ),
            (
                Rule::OpenQuantity,
                &[taken, fill(5, 10, (1, 0), (9, 3)), fill(2, 10, (2, 3), (9, 0))],
            ),
            (Rule::StopsShort, &[taken, fill(5, 10, (1, 0), (9, 2))]),
            (Rule::StopsShort, &[taken]),
            (Rule::LiveOrder, &[taken, fill(7, 10, (77, 0), (9, 0))]),
            (Rule::Counterparty, &[taken, fill(5, 10, (1, 0), (2, 0))]),
        ],
    );
    let beyond = [taken, fill(5, 10, (1, 0), (9, 9)), fill(5, 10, (2, 0), (9, 4))];
    let wrong = [beyond[0], beyond[1], beyond[2], fill(4, 11, (3, 1), (9, 0))];
    stream.judges(
        bid(9, 11, 5),
        &[taken, fill(5, 10, (1, 0), (9, 0))],
        &[(Rule::PricePriority, &[taken, fill(5, 11, (3, 0), (9, 0))])],
    );
    stream.judges(bid(9, 10, 14), &beyond, &[(Rule::OwnLimit, &wrong)]);
}

#[test]
fn a_partial_fill_keeps_the_front() {
    let stream = Stream::new()
        .rests(bid(1, 10, 5))
        .rests(bid(2, 10, 5))
        .right(ask(3, 10, 2), &[accepted(3), fill(2, 10, (1, 3), (3, 0))]);
    let wrong = [accepted(4), fill(2, 10, (2, 3), (4, 0))];
    let right = [accepted(4), fill(2, 10, (1, 1), (4, 0))];
    stream.judges(ask(4, 10, 2), &right, &[(Rule::TimePriority, &wrong)]);
}

#[test]
fn one_breach_does_not_drown_what_follows() {
    let mut stream = Stream::new().rests(bid(1, 10, 5)).rests(bid(2, 10, 5));
    let wrong = [accepted(3), fill(2, 10, (2, 3), (3, 0))];
    assert_eq!(stream.send(ask(3, 10, 2), &wrong).len(), 1);
    // The engine says that order 2 comes first, so be it.
    stream.right(ask(4, 10, 3), &[accepted(4), fill(3, 10, (2, 0), (4, 0))]);
}

#[test]
fn trade_numbers_are_used_once() {
    let stream = Stream::new().rests(bid(1, 10, 5));
    let mut stream = stream.right(ask(2, 10, 1), &[accepted(2), fill(1, 10, (1, 4), (2, 0))]);
    stream.trade -= 1;
    let again = stream.send(ask(3, 10, 1), &[accepted(3), fill(1, 10, (1, 3), (3, 0))]);
    assert_eq!(again[0].rule, Rule::TradeNumber);
    assert_eq!(again.len(), 1);
}

#[test]
fn remainders_end_as_they_must() {
    let stream = Stream::new().rests(ask(1, 10, 2));
    let sweep = [accepted(9), fill(2, 10, (1, 0), (9, 3))];
    let with = |event| [sweep[0], sweep[1], event];
    let ioc = with(canceled(9, 3, Ioc));
    let (none, market_end) = (sweep.as_slice(), with(canceled(9, 3, NoLiquidity)));
    stream.judges(
        lasting(TimeInForce::Ioc, bid(9, 10, 5)),
        &ioc,
        &[(Rule::Remainder, none), (Rule::Remainder, &market_end)],
    );
    stream.judges(
        market(9, Side::Buy, 5),
        &market_end,
        &[(Rule::Remainder, none), (Rule::Remainder, &ioc)],
    );
    stream.judges(bid(9, 10, 5), &sweep, &[(Rule::Remainder, &ioc)]);
}

#[test]
fn fill_or_kill_is_all_or_nothing() {
    let stream = Stream::new().rests(ask(1, 10, 2)).rests(ask(2, 11, 2));
    let fok = |quantity, price| lasting(TimeInForce::Fok, bid(9, price, quantity));
    let all = [accepted(9), fill(2, 10, (1, 0), (9, 2)), fill(2, 11, (2, 0), (9, 0))];
    let killed = [accepted(9), canceled(9, 4, Fok)];
    stream.judges(
        fok(4, 11),
        &all,
        &[(Rule::FillOrKill, &killed), (Rule::FillOrKill, &[all[0], all[1], canceled(9, 2, Fok)])],
    );
    let part = [accepted(9), fill(2, 10, (1, 0), (9, 2)), canceled(9, 2, Fok)];
    stream.judges(fok(4, 10), &killed, &[(Rule::FillOrKill, &part), (Rule::FillOrKill, &all[..1])]);
}

#[test]
fn liquidity_is_counted_up_to_the_first_own_order() {
    let own = |mode, order| of_account(7, mode, order);
    let stream = Stream::new()
        .rests(ask(1, 10, 6).with_display_quantity(Quantity(2)))
        .rests(own(SelfTrade::None, ask(2, 10, 3)))
        .rests(ask(3, 10, 4));
    let fok = |quantity, mode| lasting(TimeInForce::Fok, own(mode, bid(9, 10, quantity)));
    let two = [accepted(9), fill(2, 10, (1, 4), (9, 0))];
    let end = |quantity| [accepted(9), canceled(9, quantity, Fok)];
    stream.judges(fok(2, SelfTrade::CancelNewest), &two, &[(Rule::FillOrKill, &end(2))]);
    stream.judges(fok(3, SelfTrade::CancelNewest), &end(3), &[(Rule::FillOrKill, &two)]);
    // Under cancel-oldest everything but the own order counts, reserves too.
    let ten = [
        accepted(9),
        fill(2, 10, (1, 4), (9, 8)),
        canceled(2, 3, Prevented),
        fill(4, 10, (3, 0), (9, 4)),
        fill(2, 10, (1, 2), (9, 2)),
        fill(2, 10, (1, 0), (9, 0)),
    ];
    stream.judges(fok(10, SelfTrade::CancelOldest), &ten, &[(Rule::FillOrKill, &end(10))]);
    stream.judges(fok(11, SelfTrade::CancelOldest), &end(11), &[(Rule::FillOrKill, &ten)]);
}

#[test]
fn the_minimum_is_looked_at_on_arrival() {
    let stream = Stream::new().rests(ask(1, 10, 2));
    let ioc =
        |minimum| lasting(TimeInForce::Ioc, bid(9, 10, 5)).with_min_quantity(Quantity(minimum));
    let trades = [accepted(9), fill(2, 10, (1, 0), (9, 3)), canceled(9, 3, Ioc)];
    let ends = [accepted(9), canceled(9, 5, MinQuantity)];
    stream.judges(ioc(2), &trades, &[(Rule::MinimumQuantity, &ends)]);
    stream.judges(ioc(3), &ends, &[(Rule::MinimumQuantity, &trades)]);
}

#[test]
fn an_iceberg_shows_a_slice_at_a_time() {
    let iceberg = ask(1, 10, 5).with_display_quantity(Quantity(2));
    let hidden = ask(3, 10, 1).with_display_quantity(Quantity(0));
    let stream = Stream::new().rests(hidden).rests(iceberg).rests(ask(2, 10, 2));
    let (first, second) = (fill(2, 10, (1, 3), (9, 6)), fill(2, 10, (2, 0), (9, 4)));
    let rest =
        [fill(2, 10, (1, 1), (9, 2)), fill(1, 10, (1, 0), (9, 1)), fill(1, 10, (3, 0), (9, 0))];
    stream.judges(
        bid(9, 10, 8),
        &[accepted(9), first, second, rest[0], rest[1], rest[2]],
        &[
            (Rule::FillQuantity, &[accepted(9), fill(5, 10, (1, 0), (9, 3))]),
            (Rule::TimePriority, &[accepted(9), first, fill(2, 10, (1, 1), (9, 4))]),
            (Rule::TimePriority, &[accepted(9), fill(1, 10, (3, 0), (9, 7))]),
            (Rule::OpenQuantity, &[accepted(9), fill(2, 10, (1, 5), (9, 6))]),
        ],
    );
}

#[test]
fn self_trade_prevention_does_what_the_incoming_order_says() {
    let own = |mode, order| of_account(7, mode, order);
    let stream = Stream::new().rests(own(SelfTrade::None, ask(1, 10, 3))).rests(ask(2, 10, 3));
    let incoming = |mode| own(mode, bid(9, 10, 5));
    let traded = [accepted(9), fill(3, 10, (1, 0), (9, 2)), fill(2, 10, (2, 1), (9, 0))];
    stream.clone().right(incoming(SelfTrade::None), &traded);
    let newest = [accepted(9), canceled(9, 5, Prevented)];
    stream.judges(
        incoming(SelfTrade::CancelNewest),
        &newest,
        &[(Rule::SelfTrade, &traded), (Rule::SelfTrade, &newest[..1])],
    );
    let oldest = [accepted(9), canceled(1, 3, Prevented), fill(3, 10, (2, 0), (9, 2))];
    stream.judges(
        incoming(SelfTrade::CancelOldest),
        &oldest,
        &[(Rule::SelfTrade, &newest), (Rule::SelfTrade, &[oldest[0], oldest[2]])],
    );
    let both = [accepted(9), canceled(1, 3, Prevented), canceled(9, 5, Prevented)];
    stream.judges(
        incoming(SelfTrade::CancelBoth),
        &both,
        &[(Rule::SelfTrade, &[both[0], both[2], both[1]]), (Rule::SelfTrade, &both[..2])],
    );
    let decrement =
        [accepted(9), canceled(1, 3, Prevented), reduced(9, 3, 2), fill(2, 10, (2, 1), (9, 0))];
    stream.judges(
        incoming(SelfTrade::Decrement),
        &decrement,
        &[
            (Rule::SelfTrade, &[decrement[0], decrement[1], reduced(9, 2, 3)]),
            (Rule::SelfTrade, &traded),
            (Rule::StopsShort, &decrement[..3]),
        ],
    );
}

#[test]
fn a_pro_rata_level_is_shared() {
    let stream =
        Stream::pro_rata().rests(ask(1, 10, 10)).rests(ask(2, 10, 20)).rests(ask(3, 10, 70));
    let taken = accepted(9);
    stream.judges(
        bid(9, 10, 15),
        &[
            taken,
            fill(2, 10, (1, 8), (9, 13)),
            fill(3, 10, (2, 17), (9, 10)),
            fill(10, 10, (3, 60), (9, 0)),
        ],
        &[
            (Rule::ProRata, &[taken, fill(10, 10, (1, 0), (9, 5)), fill(5, 10, (2, 15), (9, 0))]),
            (Rule::ProRata, &[taken, fill(3, 10, (2, 17), (9, 12))]),
            (
                Rule::StopsShort,
                &[taken, fill(2, 10, (1, 8), (9, 13)), fill(3, 10, (2, 17), (9, 10))],
            ),
        ],
    );
}

#[test]
fn a_crossed_book_is_told_once() {
    let mut stream = Stream::new().rests(ask(1, 10, 5));
    let rules = |breaches: Vec<Breach>| breaches.iter().map(|b| b.rule).collect::<Vec<_>>();
    assert_eq!(rules(stream.send(bid(2, 10, 5), &[accepted(2)])), [Rule::StopsShort]);
    assert_eq!(rules(stream.send(bid(3, 9, 5), &[accepted(3)])), []);
    // An auction may cross its book; that it stays crossed afterwards is told.
    let mut stream = Stream::new()
        .right(Phase::Auction, &[phase(Phase::Auction)])
        .rests(ask(1, 10, 5))
        .rests(bid(2, 10, 5));
    let options = AuditOptions { off: [Rule::AuctionVolume].into_iter().collect(), list_limit: 9 };
    let mut lenient = Auditor::new(&[instrument()], options);
    lenient.shadows.clone_from(&stream.auditor.shadows);
    stream.auditor = lenient;
    assert_eq!(
        rules(stream.send(Phase::Continuous, &[phase(Phase::Continuous)])),
        [Rule::CrossedBook]
    );
    assert_eq!(rules(stream.send(Action::Time, &[])), []);
}
