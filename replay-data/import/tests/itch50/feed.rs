//! ITCH messages to feed messages: which stock, what happened, what is counted only.

use std::io::Read;

use shadowbook_import::feed::{Change, FeedMessage, Place};
use shadowbook_import::input;
use shadowbook_import::itch50::{
    AddOrderAttributed, BrokenTrade, CrossTrade, FeedReader, Framing, MatchNumber, Mpid, Options,
    OrderCancel, OrderDelete, OrderExecuted, OrderExecutedWithPrice, OrderReplace, Price4, Shares,
    SystemEvent, Trade, TradingState,
};
use shadowbook_import::report::ImportReport;
use shadowbook_model::{InstrumentId, OrderId, Phase, Price, Quantity, Side, TimeNs};

use crate::support::{File, add, code, directory, read_all, reader, state, symbol};

fn message(time_ns: u64, instrument: u32, change: Change) -> FeedMessage {
    FeedMessage { time: TimeNs(time_ns), instrument: InstrumentId(instrument), change }
}

fn added(order: u64, side: Side, price: i64, quantity: u64) -> Change {
    let place = Place { side, price: Price(price) };
    Change::Add { order: OrderId(order), place, quantity: Quantity(quantity) }
}

fn only(symbols: &[&str]) -> Options {
    let symbols = symbols.iter().map(|symbol| (*symbol).to_owned()).collect();
    Options { symbols, ..Options::default() }
}

/// Three stocks, of which the first has no orders.
fn three_stocks(framing: Framing) -> File {
    let mut file = File::new(framing);
    file.put(SystemEvent { event: code('O') });
    for (locate, stock) in [(1, "AAA"), (7, "BBB"), (4, "CCC")] {
        file.stock(locate).put(directory(stock)).put(state(stock, TradingState::Trading));
    }
    file
}

/// One message of each type that says something of orders.
fn all_about_orders() -> File {
    let mut file = three_stocks(Framing::Bare);
    let match_number = MatchNumber(5);
    file.stock(7).at(10).put(add("BBB", 1, Side::Buy, 300, 99_000));
    file.stock(4).at(11).put(AddOrderAttributed {
        order: OrderId(2),
        side: Side::Sell,
        shares: Shares(200),
        stock: symbol("CCC"),
        price: Price4(100_000),
        attribution: Mpid::new("GSCO").unwrap(),
    });
    file.stock(7).at(12).put(OrderExecuted {
        order: OrderId(1),
        shares: Shares(100),
        match_number,
    });
    file.put(OrderExecutedWithPrice {
        order: OrderId(1),
        shares: Shares(50),
        match_number,
        printable: false,
        price: Price4(98_000),
    });
    file.put(OrderCancel { order: OrderId(1), shares: Shares(20) });
    file.put(OrderReplace {
        original_order: OrderId(1),
        new_order: OrderId(3),
        shares: Shares(500),
        price: Price4(99_100),
    });
    file.put(OrderDelete { order: OrderId(3) });
    file.put(Trade {
        order: OrderId(0),
        side: Side::Buy,
        shares: Shares(1),
        stock: symbol("BBB"),
        price: Price4(99_500),
        match_number,
    });
    file.put(CrossTrade {
        shares: Quantity(1),
        stock: symbol("BBB"),
        price: Price4(99_500),
        match_number,
        cross_type: code('O'),
    });
    file.put(BrokenTrade { match_number });
    file
}

#[test]
fn every_message_about_orders_says_what_happened() {
    let file = all_about_orders();
    let mut reader = reader(&file.bytes, &Options::default()).unwrap();
    assert_eq!(reader.framing(), Framing::Bare);
    let symbols: Vec<_> = reader.instruments().iter().map(|known| &known.symbol[..]).collect();
    assert_eq!(symbols, ["CCC", "BBB"], "in the order of stock locates");
    assert_eq!(reader.instruments()[0].tick.to_string(), "0.0001");
    let (messages, error) = read_all(&mut reader);
    assert_eq!(error, None);
    let unchanged = Change::Other("trading action without a change of phase");
    let executed = |quantity| (OrderId(1), Quantity(quantity));
    let ((maker, quantity), place) = (executed(100), None);
    let expected = [
        message(0, 1, Change::Other("stock directory")),
        message(0, 1, unchanged),
        message(0, 0, Change::Other("stock directory")),
        message(0, 0, unchanged),
        message(10, 1, added(1, Side::Buy, 99_000, 300)),
        message(11, 0, added(2, Side::Sell, 100_000, 200)),
        message(12, 1, Change::Execute { maker, quantity, place }),
        message(
            12,
            1,
            Change::ExecuteAtPrice {
                maker,
                quantity: Quantity(50),
                price: Price(98_000),
                printable: false,
                place,
            },
        ),
        message(12, 1, Change::ReduceBy { order: maker, quantity: Quantity(20), place }),
        message(
            12,
            1,
            Change::Replace {
                order: maker,
                new_order: OrderId(3),
                price: Price(99_100),
                quantity: Quantity(500),
            },
        ),
        message(12, 1, Change::Delete { order: OrderId(3), quantity: None, place }),
        message(12, 1, Change::HiddenTrade),
        message(12, 1, Change::CrossTrade),
        message(12, 1, Change::Other("broken trade")),
    ];
    assert_eq!(messages, expected);
    let mut report = ImportReport::default();
    reader.add_to(&mut report);
    assert_eq!((report.format, report.instruments, report.total_messages()), ("itch50", 2, 17));
    assert_eq!(report.messages["R stock directory"], 3);
    let counted: Vec<_> = report.without_command.into_iter().collect();
    assert_eq!(counted, [("stock without orders", 2), ("system event", 1)]);
}

#[test]
fn a_trading_action_is_a_phase_when_it_changes() {
    let mut file = File::prefixed();
    let action = |trading_state| state("AAA", trading_state);
    file.stock(1).put(add("AAA", 1, Side::Buy, 100, 99_000));
    file.at(1).put(action(TradingState::Paused)).put(action(TradingState::Halted));
    file.at(2).put(action(TradingState::QuotationOnly));
    file.at(3).put(action(TradingState::Trading)).put(action(TradingState::Trading));

    let (messages, _) = read_all(&mut reader(&file.bytes, &Options::default()).unwrap());
    let unchanged = Change::Other("trading action without a change of phase");
    let expected = [
        message(0, 0, added(1, Side::Buy, 99_000, 100)),
        message(1, 0, Change::Phase(Phase::Halted)),
        message(1, 0, unchanged),
        message(2, 0, Change::Phase(Phase::Auction)),
        message(3, 0, Change::Phase(Phase::Continuous)),
        message(3, 0, unchanged),
    ];
    assert_eq!(messages, expected);
}

#[test]
fn only_the_stocks_that_were_asked_for_are_read() {
    let mut file = three_stocks(Framing::LengthPrefixed);
    file.stock(7).put(add("BBB", 1, Side::Buy, 300, 99_000));
    file.stock(4).put(add("CCC", 2, Side::Buy, 300, 99_000));
    let mut some = reader(&file.bytes, &only(&["AAA", "CCC"])).unwrap();
    let symbols: Vec<_> = some.instruments().iter().map(|known| &known.symbol[..]).collect();
    assert_eq!(symbols, ["AAA", "CCC"]);
    assert_eq!(read_all(&mut some).0.len(), 5);
    let mut report = ImportReport::default();
    some.add_to(&mut report);
    assert_eq!(report.without_command["stock not asked for"], 3);
    let error = reader(&file.bytes, &only(&["CCC", "XYZ"])).err().unwrap().to_string();
    assert_eq!(error, "offset 0: no stock of the file is called `XYZ`");
}

#[test]
fn a_stock_locate_stands_for_one_stock() {
    let mut file = File::prefixed();
    file.stock(1).put(add("AAA", 1, Side::Buy, 100, 99_000));
    let offset = file.bytes.len();
    file.put(add("AAB", 2, Side::Buy, 100, 99_000));
    let (messages, error) = read_all(&mut reader(&file.bytes, &Options::default()).unwrap());
    assert_eq!(messages.len(), 1);
    let expected = format!(
        "offset {offset}: read `symbol AAB for stock locate 1`, expected AAA, which it stood for \
         before"
    );
    assert_eq!(error, Some(expected));
}

#[test]
fn nothing_at_all_is_no_file() {
    let error = reader(b"", &Options::default()).err().unwrap().to_string();
    assert!(error.starts_with("offset 0: read `nothing`"), "{error}");
}

/// Gives a few bytes at a time.
struct Slow(std::io::Cursor<Vec<u8>>, usize);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = buffer.len().min(self.1);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn it_does_not_matter_in_which_pieces_a_file_is_read() {
    let mut file = three_stocks(Framing::LengthPrefixed);
    for order in 0..50 {
        file.stock(7).at(order).put(add("BBB", order, Side::Buy, 300, 99_000));
    }
    let whole = read_all(&mut reader(&file.bytes, &Options::default()).unwrap());
    assert_eq!(whole.0.len(), 52);
    for length in [1, 2, 3, 37, 64] {
        let open = || Ok(Slow(std::io::Cursor::new(file.bytes.clone()), length));
        let mut reader = FeedReader::new(open, &Options::default()).unwrap();
        assert_eq!(read_all(&mut reader), whole, "{length} bytes at a time");
        assert_eq!(reader.offset(), file.bytes.len() as u64);
    }
}

#[test]
fn a_packed_file_is_unpacked_both_times() {
    let mut file = three_stocks(Framing::LengthPrefixed);
    file.stock(7).put(add("BBB", 1, Side::Buy, 300, 99_000));
    let plain = read_all(&mut reader(&file.bytes, &Options::default()).unwrap());
    let packed = zstd::encode_all(&file.bytes[..], 1).unwrap();
    let open = || input::unpack(std::io::Cursor::new(packed.clone()));
    let mut reader = FeedReader::new(open, &Options::default()).unwrap();
    assert_eq!(read_all(&mut reader), plain);
    assert_eq!(plain.0.len(), 3);
}
