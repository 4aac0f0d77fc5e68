//! Files that the tests make, and the real ones when they are there.

use std::io::Cursor;
use std::sync::Arc;

use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_import::feed::FeedMessage;
use shadowbook_import::itch50::{
    AddOrder, Body, FeedReader, Framing, Header, Importer, Message, Options, Price4, Shares,
    StockDirectory, StockLocate, StockTradingAction, Symbol, Text, Timestamp, TradingState, encode,
};
use shadowbook_model::{Command, OrderId, Side};

/// A file in the making: bodies get the stock locate and the time that were set last.
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    framing: Framing,
    locate: u16,
    time_ns: u64,
}

impl File {
    pub(crate) fn new(framing: Framing) -> Self {
        Self { bytes: Vec::new(), framing, locate: 0, time_ns: 0 }
    }

    /// The usual framing.
    pub(crate) fn prefixed() -> Self {
        Self::new(Framing::LengthPrefixed)
    }

    pub(crate) fn stock(&mut self, locate: u16) -> &mut Self {
        self.locate = locate;
        self
    }

    pub(crate) fn at(&mut self, time_ns: u64) -> &mut Self {
        self.time_ns = time_ns;
        self
    }

    pub(crate) fn put(&mut self, body: impl Into<Body>) -> &mut Self {
        let header = Header {
            stock_locate: StockLocate(self.locate),
            tracking_number: 0,
            time: Timestamp::from_ns(self.time_ns).unwrap(),
        };
        encode(&Message { header, body: body.into() }, self.framing, &mut self.bytes);
        self
    }
}

pub(crate) fn symbol(text: &str) -> Symbol {
    Symbol::new(text).unwrap()
}

pub(crate) fn code(letter: char) -> shadowbook_import::itch50::Code {
    shadowbook_import::itch50::Code::new(u8::try_from(letter).unwrap()).unwrap()
}

pub(crate) fn directory(stock: &str) -> StockDirectory {
    StockDirectory {
        stock: symbol(stock),
        market_category: code('Q'),
        financial_status: code('N'),
        round_lot_size: 100,
        round_lots_only: code('N'),
        issue_classification: code('C'),
        issue_subtype: Text::new("Z").unwrap(),
        authenticity: code('P'),
        short_sale_threshold: code('N'),
        ipo: code('N'),
        luld_reference_price_tier: code('1'),
        etp: code('N'),
        etp_leverage_factor: 0,
        inverse: code('N'),
    }
}

pub(crate) fn add(stock: &str, order: u64, side: Side, shares: u32, price: u32) -> AddOrder {
    AddOrder {
        order: OrderId(order),
        side,
        shares: Shares(shares),
        stock: symbol(stock),
        price: Price4(price),
    }
}

pub(crate) fn state(stock: &str, trading_state: TradingState) -> StockTradingAction {
    StockTradingAction {
        stock: symbol(stock),
        trading_state,
        reserved: code(' '),
        reason: Text::new("").unwrap(),
    }
}

fn opener(bytes: &[u8]) -> impl FnMut() -> std::io::Result<Cursor<Arc<[u8]>>> {
    let bytes: Arc<[u8]> = bytes.into();
    move || Ok(Cursor::new(bytes.clone()))
}

pub(crate) fn reader(bytes: &[u8], options: &Options) -> Result<FeedReader, ReadError> {
    FeedReader::new(opener(bytes), options)
}

pub(crate) fn importer(bytes: &[u8], options: &Options) -> Result<Importer, ReadError> {
    Importer::new(opener(bytes), options)
}

/// A command, whether it is synthetic, and what was recorded of it.
pub(crate) type Step = (Command, bool, Option<String>);

/// All commands that a source gives.
pub(crate) fn steps(source: &mut impl Source) -> Vec<Step> {
    let (mut steps, mut batch) = (Vec::new(), Batch::new());
    while source.read(&mut batch).unwrap() {
        let first = steps.len();
        steps.extend(batch.commands().iter().map(|command| (*command, false, None)));
        for note in batch.notes() {
            let (_, is_synthetic, recorded) = &mut steps[first + note.command()];
            *is_synthetic = note.is_synthetic();
            *recorded = batch.recorded(note).map(|recorded| format!("{recorded:?}"));
        }
    }
    steps
}

/// All messages of a file, and the error that ends it if one does.
pub(crate) fn read_all(reader: &mut FeedReader) -> (Vec<FeedMessage>, Option<String>) {
    let mut messages = Vec::new();
    loop {
        match reader.read() {
            Ok(Some(message)) => messages.push(message),
            Ok(None) => return (messages, None),
            Err(error) => return (messages, Some(error.to_string())),
        }
    }
}

/// The bytes of a file of the real recordings, where there are any.
pub(crate) fn recording(file: &str) -> Option<Vec<u8>> {
    crate::recording::path(file).map(|path| std::fs::read(path).unwrap())
}
