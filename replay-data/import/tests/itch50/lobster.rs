//! LOBSTER days written as ITCH: LOBSTER is made of ITCH, so nothing may change on the way back.
//!
//! What differs, because ITCH says less: it names orders by their ids alone where LOBSTER repeats
//! side and price, and a delete does not say how much was open. And it says more: orders from
//! before the first row of LOBSTER were added in ITCH, so the file begins with those adds.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use shadowbook_import::feed::{Change, FeedMessage, Place};
use shadowbook_import::itch50::{
    CrossTrade, MatchNumber, Options, OrderCancel, OrderDelete, OrderExecuted, Price4, Shares,
    Trade, TradingState,
};
use shadowbook_model::{InstrumentId, OrderId, Phase, Price, Quantity, Side, TimeNs};

use crate::support::{File, add, code, read_all, reader, recording, state, symbol};

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

/// The adds of the orders that rows speak of and never add, with all that the rows take of them.
fn seeds(rows: &[Row]) -> Vec<Row> {
    let mut added = BTreeSet::new();
    let mut seeds = BTreeMap::<u64, Row>::new();
    for row in rows {
        match row.event {
            Event::Add => {
                added.insert(row.order);
            }
            Event::Reduce | Event::Delete | Event::Execute if !added.contains(&row.order) => {
                let seed = Row { time_ns: 0, event: Event::Add, shares: 0, ..*row };
                seeds.entry(row.order).or_insert(seed).shares += row.shares;
            }
            _ => {}
        }
    }
    seeds.into_values().collect()
}

/// Writes the rows as ITCH, seeds first, and holds what comes back against what they say.
#[track_caller]
fn check(rows: &[Row]) {
    let rows: Vec<_> = seeds(rows).iter().chain(rows).copied().collect();
    let mut file = File::prefixed();
    file.stock(12);
    rows.iter().for_each(|row| row.write(&mut file));
    let (messages, error) = read_all(&mut reader(&file.bytes, &Options::default()).unwrap());
    assert_eq!(error, None);
    assert_eq!(messages.len(), rows.len());
    for (row, message) in rows.iter().zip(messages) {
        assert_eq!(message, row.message(), "{row:?}");
    }
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
}

#[test]
fn a_real_hour_of_aapl_comes_back_as_it_was() {
    let folder = "lobster-aapl-2012-06-21-l50";
    let name = "AAPL_2012-06-21_34200000_37800000_message_50.csv.zst";
    let Some(bytes) = recording(&format!("{folder}/{name}")) else { return };
    let rows = rows(&bytes);
    assert_eq!(rows.len(), 91_997);
    check(&rows);
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_rows_come_back_as_they_were(rows in any_rows()) {
        check(&rows);
    }
}
