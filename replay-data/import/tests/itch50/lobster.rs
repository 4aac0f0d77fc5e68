//! LOBSTER days written as ITCH: LOBSTER is made of ITCH, so nothing may change on the way back.
//!
//! What differs, because ITCH says less: it names orders by their ids alone where LOBSTER repeats
//! side and price, and a delete does not say how much was open. And it says more: what LOBSTER's
//! window hides is in ITCH, so the files that are written here make up for it.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use shadowbook_capture::Source;
use shadowbook_import::feed::{Change, FeedMessage, Place};
use shadowbook_import::itch50::{
    CrossTrade, MatchNumber, Options, OrderCancel, OrderDelete, OrderExecuted, Price4, Shares,
    Trade, TradingState,
};
use shadowbook_import::lobster;
use shadowbook_import::report::{ImportReport, Prediction};
use shadowbook_model::{Increment, InstrumentId, OrderId, Phase, Price, Quantity, Side, TimeNs};

use crate::support::{
    File, add, code, importer, read_all, reader, recording, state, steps, symbol,
};

/// What a row of a LOBSTER message file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Add,
    Reduce,
    Delete,
    Execute,
    Hidden,
    Cross,
    State(TradingState),
}

/// A row of a LOBSTER message file.
#[derive(Clone, Copy, Debug)]
struct Row {
    time_ns: u64,
    event: Event,
    order: u64,
    shares: u32,
    price: u32,
    side: Side,
}

impl Row {
    fn parse(line: &str) -> Self {
        let fields: Vec<_> = line.split(',').collect();
        let &[time, event, order, shares, price, side] = &fields[..] else {
            panic!("six fields: {line}")
        };
        let event = match event {
            "1" => Event::Add,
            "2" => Event::Reduce,
            "3" => Event::Delete,
            "4" => Event::Execute,
            "5" => Event::Hidden,
            "6" => Event::Cross,
            "7" => Event::State(match price {
                "-1" => TradingState::Halted,
                "0" => TradingState::QuotationOnly,
                _ => TradingState::Trading,
            }),
            other => panic!("type {other}"),
        };
        let (seconds, fraction) = time.split_once('.').unwrap();
        // A few rows have more digits than nanoseconds need.
        let ns: u64 = format!("{fraction:0<9.9}").parse().unwrap();
        Self {
            time_ns: seconds.parse::<u64>().unwrap() * 1_000_000_000 + ns,
            event,
            order: order.parse().unwrap(),
            shares: shares.parse().unwrap(),
            price: price.parse().unwrap_or(0),
            side: if side == "1" { Side::Buy } else { Side::Sell },
        }
    }

    fn names_an_order(&self) -> bool {
        matches!(self.event, Event::Add | Event::Reduce | Event::Delete | Event::Execute)
    }

    /// What it says of the orders, as far as ITCH says it too.
    fn message(&self) -> FeedMessage {
        let order = OrderId(self.order);
        let quantity = Quantity(u64::from(self.shares));
        let change = match self.event {
            Event::Add => {
                let place = Place { side: self.side, price: Price(i64::from(self.price)) };
                Change::Add { order, place, quantity }
            }
            Event::Reduce => Change::ReduceBy { order, quantity, place: None },
            Event::Delete => Change::Delete { order, quantity: None, place: None },
            Event::Execute => Change::Execute { maker: order, quantity, place: None },
            Event::Hidden => Change::HiddenTrade,
            Event::Cross => Change::CrossTrade,
            Event::State(state) => Change::Phase(match state {
                TradingState::Halted | TradingState::Paused => Phase::Halted,
                TradingState::QuotationOnly => Phase::Auction,
                TradingState::Trading => Phase::Continuous,
            }),
        };
        FeedMessage { time: TimeNs(self.time_ns), instrument: InstrumentId(0), change }
    }

    fn write(&self, file: &mut File) {
        let order = OrderId(self.order);
        let (shares, price) = (Shares(self.shares), Price4(self.price));
        let match_number = MatchNumber(1);
        file.at(self.time_ns);
        match self.event {
            Event::Add => file.put(add("AMZN", self.order, self.side, self.shares, self.price)),
            Event::Reduce => file.put(OrderCancel { order, shares }),
            Event::Delete => file.put(OrderDelete { order }),
            Event::Execute => file.put(OrderExecuted { order, shares, match_number }),
            Event::Hidden => file.put(Trade {
                order: OrderId(0),
                side: Side::Buy,
                shares,
                stock: symbol("AMZN"),
                price,
                match_number,
            }),
            Event::Cross => file.put(CrossTrade {
                shares: shares.into(),
                stock: symbol("AMZN"),
                price,
                match_number,
                cross_type: code('O'),
            }),
            Event::State(trading_state) => file.put(state("AMZN", trading_state)),
        };
    }
}

impl Row {
    /// The row as LOBSTER writes it.
    fn line(&self) -> String {
        let Self { time_ns, event, order, shares, price, side } = *self;
        let (seconds, ns) = (time_ns / 1_000_000_000, time_ns % 1_000_000_000);
        let (event, price) = match event {
            Event::Add => (1, i64::from(price)),
            Event::Reduce => (2, i64::from(price)),
            Event::Delete => (3, i64::from(price)),
            Event::Execute => (4, i64::from(price)),
            Event::Hidden => (5, i64::from(price)),
            Event::Cross => (6, i64::from(price)),
            Event::State(TradingState::Halted | TradingState::Paused) => (7, -1),
            Event::State(TradingState::QuotationOnly) => (7, 0),
            Event::State(TradingState::Trading) => (7, 1),
        };
        let side = if side == Side::Buy { 1 } else { -1 };
        format!("{seconds}.{ns:09},{event},{order},{shares},{price},{side}\n")
    }
}

/// The rows together with what happened out of their window, as far as they let it be known.
///
/// An order that is named and was never added is added, with all that the rows take of it. An
/// order that is deleted with less than is open was reduced before: LOBSTER says how much was
/// open, ITCH does not. Each stands before the first row of the time at which it shows, so that it
/// neither crosses what was there earlier nor ends a run.
fn completed(rows: &[Row]) -> Vec<Row> {
    let mut added = BTreeSet::new();
    let mut unknown = BTreeMap::<u64, u32>::new();
    for row in rows {
        if row.event == Event::Add {
            added.insert(row.order);
        } else if row.names_an_order() && !added.contains(&row.order) {
            *unknown.entry(row.order).or_default() += row.shares;
        }
    }
    let mut open = BTreeMap::new();
    let mut completed = Vec::new();
    for rows in rows.chunk_by(|row, next| row.time_ns == next.time_ns) {
        let mut before = Vec::new();
        for row in rows {
            if !row.names_an_order() {
                continue;
            }
            if let Some(shares) = unknown.remove(&row.order) {
                before.push(Row { event: Event::Add, shares, ..*row });
                open.insert(row.order, shares);
            }
            let left = open.entry(row.order).or_insert(0);
            if row.event == Event::Add {
                *left = row.shares;
            } else if row.event == Event::Delete && *left > row.shares {
                before.push(Row { event: Event::Reduce, shares: *left - row.shares, ..*row });
                *left = 0;
            } else {
                *left = left.saturating_sub(row.shares);
            }
        }
        completed.extend(before);
        completed.extend(rows);
    }
    completed
}

fn itch(rows: &[Row]) -> Vec<u8> {
    let mut file = File::prefixed();
    file.stock(12);
    rows.iter().for_each(|row| row.write(&mut file));
    file.bytes
}

/// Writes the rows as ITCH, seeds first, and holds what comes back against what they say.
#[track_caller]
fn check(rows: &[Row]) {
    let rows = completed(rows);
    let (messages, error) = read_all(&mut reader(&itch(&rows), &Options::default()).unwrap());
    assert_eq!(error, None);
    assert_eq!(messages.len(), rows.len());
    for (row, message) in rows.iter().zip(messages) {
        assert_eq!(message, row.message(), "{row:?}");
    }
}

/// Imports the rows, seeds first, as LOBSTER and as ITCH, and holds one against the other.
#[track_caller]
fn check_commands(rows: &[Row]) -> ImportReport {
    let rows = completed(rows);
    let text: String = rows.iter().map(Row::line).collect();
    let messages = lobster::Input {
        name: "rows".to_owned(),
        reader: Box::new(std::io::Cursor::new(text.into_bytes())),
    };
    let options =
        lobster::Options { symbol: Some("AMZN".to_owned()), tick: Increment::new(1, 4).ok() };
    let mut from_lobster = lobster::Importer::new(messages, None, options).unwrap();
    let mut from_itch = importer(&itch(&rows), &Options::default()).unwrap();
    assert_eq!(from_lobster.instruments(), from_itch.instruments());
    let (expected, found) = (steps(&mut from_lobster), steps(&mut from_itch));
    for (expected, found) in expected.iter().zip(&found) {
        assert_eq!(expected, found);
    }
    assert_eq!(expected.len(), found.len());
    let report = from_itch.report();
    let other = from_lobster.report();
    assert_eq!(report.commands, other.commands);
    assert_eq!(report.runs, other.runs);
    assert_eq!(report.prediction, other.prediction);
    assert_eq!(report.corrections, other.corrections);
    report
}

fn rows(message_file: &[u8]) -> Vec<Row> {
    let text = zstd::decode_all(message_file).unwrap();
    std::str::from_utf8(&text).unwrap().lines().map(Row::parse).collect()
}

#[test]
fn a_real_day_of_amzn_comes_back_as_it_was() {
    let folder = "lobster-amzn-2012-06-21-l5";
    let name = "AMZN_2012-06-21_34200000_57600000_message_5.csv.zst";
    let Some(bytes) = recording(&format!("{folder}/{name}")) else { return };
    let rows = rows(&bytes);
    assert_eq!(rows.len(), 155_935);
    check(&rows);
    let report = check_commands(&rows);
    // What the five levels do not show is not in the ITCH file either: only the number of runs says
    // something here.
    assert_eq!((report.runs.total, report.total_unchecked()), (6_591, 0));
}

#[test]
fn a_real_hour_of_aapl_comes_back_as_it_was() {
    let folder = "lobster-aapl-2012-06-21-l50";
    let name = "AAPL_2012-06-21_34200000_37800000_message_50.csv.zst";
    let Some(bytes) = recording(&format!("{folder}/{name}")) else { return };
    let rows = rows(&bytes);
    assert_eq!(rows.len(), 91_997);
    check(&rows);
    let report = check_commands(&rows);
    let Prediction { exact, price_quantity, different } = report.prediction;
    assert_eq!((report.runs.total, report.total_unchecked()), (3_290, 0));
    assert_eq!((exact, price_quantity, different), (3_282, 8, 0));
}

/// Any rows about a few orders; the halts among them are undone before the next order is added.
fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let row = (0..9_u8, 1..30_u64, 1..500_u32, 1..4_000_000_u32, any::<bool>(), 0..3_u64);
    prop::collection::vec(row, 1..200).prop_map(|rows| {
        let mut time_ns = 34_200_000_000_000;
        let mut made = Vec::new();
        for (event, order, shares, price, is_buy, step) in rows {
            time_ns += step;
            let event = match event {
                0..=2 => Event::Add,
                3 => Event::Reduce,
                4 => Event::Delete,
                5 => Event::Execute,
                6 => Event::Hidden,
                7 => Event::Cross,
                _ => Event::State(TradingState::Halted),
            };
            let side = if is_buy { Side::Buy } else { Side::Sell };
            let row = Row { time_ns, event, order, shares, price, side };
            made.push(row);
            if matches!(event, Event::State(_)) {
                made.push(Row { event: Event::State(TradingState::QuotationOnly), ..row });
                made.push(Row { event: Event::State(TradingState::Trading), ..row });
            }
        }
        // Without an order the stock would be no instrument.
        let first = Row { event: Event::Add, order: 31, ..made[0] };
        made.insert(0, first);
        made
    })
}

/// Rows of a market in which everybody is known: what is cancelled or traded was added before.
fn known_rows() -> impl Strategy<Value = Vec<Row>> {
    let step = (0..10_u8, any::<prop::sample::Index>(), 1..20_u32, 0..12_u32, 0..2_u64);
    prop::collection::vec(step, 1..300).prop_map(|steps| {
        let mut time_ns = 34_200_000_000_000;
        let mut rows = Vec::new();
        let mut live: Vec<Row> = Vec::new();
        for (order, (action, which, shares, level, step)) in (1..).zip(steps) {
            time_ns += step;
            let is_buy = level < 6;
            let (side, price) =
                (if is_buy { Side::Buy } else { Side::Sell }, 1_000_000 + 100 * level);
            let new = Row { time_ns, event: Event::Add, order, shares, price, side };
            if action < 4 || live.is_empty() {
                live.push(new);
                rows.push(new);
                continue;
            }
            if action == 4 {
                rows.push(Row { event: Event::Hidden, order: 0, ..new });
                continue;
            }
            let mut at = which.index(live.len());
            if action > 6 {
                // Only the best price of a side trades; which order of it, may differ from time.
                let side = live[at].side;
                let merit = |row: &Row| {
                    let price = i64::from(row.price);
                    if side == Side::Buy { price } else { -price }
                };
                let of_side = live.iter().filter(|row| row.side == side);
                let best = of_side.map(merit).max().unwrap();
                let is_best = |row: &Row| row.side == side && merit(row) == best;
                if !is_best(&live[at]) {
                    at = live.iter().position(is_best).unwrap();
                }
            }
            let target = &mut live[at];
            let part = shares.min(target.shares);
            let (event, shares) = match action {
                5 if part < target.shares => (Event::Reduce, part),
                5 | 6 => (Event::Delete, target.shares),
                _ => (Event::Execute, part),
            };
            rows.push(Row { time_ns, event, shares, ..*target });
            target.shares -= shares;
            if target.shares == 0 {
                live.remove(at);
            }
        }
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_rows_come_back_as_they_were(rows in any_rows()) {
        check(&rows);
        // However little sense they make, they can be imported, and give the same twice.
        let import = || steps(&mut importer(&itch(&rows), &Options::default()).unwrap());
        prop_assert_eq!(import(), import());
    }

    #[test]
    fn rows_of_known_orders_become_the_same_commands(rows in known_rows()) {
        check_commands(&rows);
    }
}
