//! Books larger than a cache: then messages are read ahead, and nothing may come of it.

use shadowbook_capture::{Batch, Source};
use shadowbook_import::derive::{Derivation, Settings};
use shadowbook_import::itch50::{
    MatchNumber, Options, OrderCancel, OrderDelete, OrderExecuted, OrderReplace, Price4, Shares,
};
use shadowbook_model::{Command, OrderId, Side};

use crate::support::{File, add, importer, reader};

/// More orders than from which on messages are read ahead.
const ORDERS: u64 = 40_000;

/// Many orders of two stocks, and then something about each of them.
fn large() -> Vec<u8> {
    let mut file = File::prefixed();
    let stock = |order: u64| if order.is_multiple_of(3) { (2, "BBB") } else { (1, "AAA") };
    for order in 1..=ORDERS {
        let (locate, symbol) = stock(order);
        let side = if order.is_multiple_of(2) { Side::Buy } else { Side::Sell };
        let step = u32::try_from(order * 7_919 % 500).unwrap();
        let price = if side == Side::Buy { 10_000 - step } else { 10_001 + step };
        file.stock(locate).at(order).put(add(symbol, order, side, 100, price));
    }
    for order in 1..=ORDERS {
        let id = OrderId(order);
        file.stock(stock(order).0).at(ORDERS + order / 4);
        match order % 7 {
            0 | 1 => file.put(OrderDelete { order: id }),
            2 => file.put(OrderCancel { order: id, shares: Shares(30) }),
            3 | 4 => file.put(OrderExecuted {
                order: id,
                shares: Shares(40),
                match_number: MatchNumber(order),
            }),
            5 => file.put(OrderReplace {
                original_order: id,
                new_order: OrderId(ORDERS + order),
                shares: Shares(70),
                price: Price4(if order.is_multiple_of(2) { 9_000 } else { 11_000 }),
            }),
            _ => file.put(OrderDelete { order: OrderId(2 * ORDERS + order) }),
        };
    }
    file.bytes
}

/// Commands and what ends them, message by message.
fn one_by_one(bytes: &[u8]) -> (Vec<Command>, Option<String>) {
    let mut reader = reader(bytes, &Options::default()).unwrap();
    let mut derivation = Derivation::new(Settings { id_priority: true });
    let mut batch = Batch::new();
    let error = loop {
        match reader.read() {
            Ok(Some(message)) => derivation.message(message, &mut batch),
            Ok(None) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    derivation.finish(&mut batch);
    (batch.commands().to_vec(), error)
}

#[track_caller]
fn check(bytes: &[u8]) {
    let mut importer = importer(bytes, &Options::default()).unwrap();
    let (mut commands, mut batch) = (Vec::new(), Batch::new());
    let error = loop {
        match importer.read(&mut batch) {
            Ok(true) => commands.extend_from_slice(batch.commands()),
            Ok(false) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    let (expected, expected_error) = one_by_one(bytes);
    assert!(commands.len() > 60_000, "{}", commands.len());
    for (found, expected) in commands.iter().zip(&expected) {
        assert_eq!(found, expected);
    }
    assert_eq!((commands.len(), error), (expected.len(), expected_error));
}

#[test]
fn what_is_read_ahead_becomes_the_same_commands() {
    check(&large());
}

#[test]
fn what_is_read_ahead_of_a_cut_comes_before_the_error() {
    let mut bytes = large();
    for _ in 0..3 {
        bytes.truncate(bytes.len() - 17);
        check(&bytes);
    }
}
