//! Which stocks a file has orders of: a first, quick walk over all of it.
//!
//! A capture names its instruments before its first command, and of the some nine thousand stocks
//! of a day it shall name only those that have orders. No field but the stock locate of orders and
//! the symbols is looked at; whatever is wrong with the file is left for the second walk to say,
//! which stops at the same byte.

use std::collections::BTreeSet;
use std::io;

use shadowbook_capture::{InputError, Position, ReadError};
use shadowbook_model::{Increment, Instrument, InstrumentId};

use super::field::{StockLocate, Symbol};
use super::framing::{Frame, Framing};
use super::input::Input;
use super::message::{Body, Header, Message, MessageType};

/// Why a stock of the feed is no instrument of the capture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excluded {
    /// No order of it was ever added.
    WithoutOrders,
    /// The user asked for others.
    NotAsked,
}

/// What the importer knows of a stock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stock {
    pub(super) symbol: Symbol,
    pub(super) instrument: Result<InstrumentId, Excluded>,
}

/// The stocks of a file by their stock locate, and the instruments that become of them.
pub(super) struct Directory {
    stocks: Vec<Option<Stock>>,
    pub(super) instruments: Vec<Instrument>,
}

impl Directory {
    /// The stock of this stock locate, if the file ever says which it is.
    #[inline]
    pub(super) fn stock(&self, locate: StockLocate) -> Option<&Stock> {
        self.stocks.get(usize::from(locate.0))?.as_ref()
    }

    /// Walks over a file. Without `symbols` every stock with orders becomes an instrument; with
    /// them, exactly those.
    pub(super) fn scan(
        mut input: Input,
        framing: Framing,
        symbols: &[String],
    ) -> Result<Self, ReadError> {
        let mut scan = Scan::new(symbols);
        scan.run(&mut input, framing)?;
        Ok(scan.finish()?)
    }
}

/// What is found on the way.
struct Scan {
    wanted: BTreeSet<String>,
    missing: BTreeSet<String>,
    symbols: Vec<Option<Symbol>>,
    has_orders: Vec<bool>,
}

impl Scan {
    fn new(symbols: &[String]) -> Self {
        let wanted: BTreeSet<_> = symbols.iter().cloned().collect();
        Self { missing: wanted.clone(), wanted, symbols: Vec::new(), has_orders: Vec::new() }
    }

    fn run(&mut self, input: &mut Input, framing: Framing) -> io::Result<()> {
        loop {
            let mut unread = input.unread();
            // Which offset an error would name does not matter: it is not shown.
            while let Ok(Frame::Message(message_type, prefix)) = framing.frame(unread, 0) {
                let bytes = &unread[prefix..];
                self.look_at(message_type, bytes);
                unread = &bytes[message_type.length()..];
            }
            let is_damaged = !matches!(framing.frame(unread, 0), Ok(Frame::Partial(_)));
            let all_found = !self.wanted.is_empty() && self.missing.is_empty();
            let left = unread.len();
            input.keep_last(left);
            if is_damaged || all_found || !input.read_more()? {
                return Ok(());
            }
        }
    }

    #[inline]
    fn look_at(&mut self, message_type: MessageType, bytes: &[u8]) {
        let is_add =
            matches!(message_type, MessageType::AddOrder | MessageType::AddOrderAttributed);
        if !is_add && message_type != MessageType::StockDirectory {
            return;
        }
        let Some([_, high, low]) = bytes.first_chunk() else { return };
        let locate = usize::from(u16::from_be_bytes([*high, *low]));
        if locate >= self.symbols.len() {
            self.symbols.resize(locate + 1, None);
            self.has_orders.resize(locate + 1, false);
        }
        if is_add && !self.has_orders[locate] {
            self.has_orders[locate] = true;
            self.name(locate, message_type, bytes);
        } else if !is_add {
            self.name(locate, message_type, bytes);
        }
    }

    /// Keeps the first name of a stock. A file that was cut out of a day may have no directory:
    /// then the first order says what it is called.
    fn name(&mut self, locate: usize, message_type: MessageType, bytes: &[u8]) {
        let header = bytes.first_chunk().and_then(Header::read).unwrap_or_default();
        let Ok(Some(message)) = Message::read(message_type, header, bytes, || ()) else { return };
        let symbol = match message.body {
            Body::StockDirectory(body) => body.stock,
            Body::AddOrder(body) => body.stock,
            Body::AddOrderAttributed(body) => body.stock,
            _ => return,
        };
        let name = self.symbols[locate].get_or_insert(symbol);
        self.missing.remove(name.as_str());
    }

    fn finish(self) -> Result<Directory, InputError> {
        if let Some(symbol) = self.missing.first() {
            let problem = format!("no stock of the file is called `{symbol}`");
            return Err(InputError::new(Position::Offset(0), problem));
        }
        let mut instruments = Vec::new();
        let stocks = self.symbols.iter().zip(&self.has_orders).map(|(symbol, has_orders)| {
            let symbol = (*symbol)?;
            let instrument = match (self.wanted.is_empty(), has_orders) {
                (true, false) => Err(Excluded::WithoutOrders),
                (false, _) if !self.wanted.contains(symbol.as_str()) => Err(Excluded::NotAsked),
                _ => Ok(enter(&mut instruments, symbol)),
            };
            Some(Stock { symbol, instrument })
        });
        Ok(Directory { stocks: stocks.collect(), instruments })
    }
}

fn enter(instruments: &mut Vec<Instrument>, symbol: Symbol) -> InstrumentId {
    let id = u32::try_from(instruments.len()).expect("there are at most 65,536 stock locates");
    let tick = Increment::new(1, 4).expect("0.0001 is an increment");
    instruments.push(Instrument::new(symbol.as_str(), tick, Increment::ONE));
    InstrumentId(id)
}
