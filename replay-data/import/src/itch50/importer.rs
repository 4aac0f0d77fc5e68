//! A file of ITCH to commands and recorded outcomes.

use std::io::{self, Read};

use shadowbook_capture::{Batch, InputError, Position, ReadError, Source};
use shadowbook_model::{Instrument, InstrumentId, TimeNs};

use super::decode::Decoder;
use super::directory::{Directory, Excluded, Stock};
use super::field::{StockLocate, Symbol};
use super::framing::Framing;
use super::input::Input;
use super::message::{Message, MessageType};
use super::translate::{Meaning, Phases};
use crate::derive::{Derivation, Settings};
use crate::feed::{Change, FeedMessage};
use crate::report::{Counts, ImportReport};

/// A batch is handed out once it holds so many commands.
const BATCH: usize = 4096;

/// Under which an `auction` is counted that the feed did not announce.
const ORDERS_WHILE_HALTED: &str = "auction, because an order came while halted";

/// How a file of ITCH is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How messages follow one another; told by the first bytes when it is not said.
    pub framing: Option<Framing>,
    /// The stocks to import, by symbol; all that have orders when there are none here.
    pub symbols: Vec<String>,
}

/// Makes commands and recorded outcomes of a file of ITCH.
///
/// The file is read twice: first for the stocks that have orders, which become the instruments in
/// the order of their stock locates, then for the commands. Prices are in ticks of 0.0001 and
/// quantities in shares. Times are nanoseconds since midnight.
///
/// ```
/// use shadowbook_capture::{Batch, Source};
/// use shadowbook_import::itch50::{
///     AddOrder, Framing, Header, Importer, Message, Options, Price4, Shares, StockLocate, Symbol,
///     encode,
/// };
/// use shadowbook_model::{OrderId, Side};
///
/// let order = AddOrder {
///     order: OrderId(7),
///     side: Side::Buy,
///     shares: Shares(100),
///     stock: Symbol::new("AMZN").expect("a symbol"),
///     price: Price4(2_200_100),
/// };
/// let header = Header { stock_locate: StockLocate(1), ..Header::default() };
/// let mut file = Vec::new();
/// encode(&Message { header, body: order.into() }, Framing::LengthPrefixed, &mut file);
///
/// let mut importer = Importer::new(|| Ok(std::io::Cursor::new(file.clone())), &Options::default())?;
/// assert_eq!(importer.instruments()[0].symbol, "AMZN");
/// let mut batch = Batch::new();
/// while importer.read(&mut batch)? {}
/// assert_eq!(importer.report().total_messages(), 1);
/// # Ok::<(), shadowbook_capture::ReadError>(())
/// ```
pub struct Importer {
    input: Input,
    decoder: Decoder,
    reduction: Reduction,
    /// The end was reached, or an error that is still to be given or was given.
    end: Option<Result<(), ReadError>>,
}

impl Importer {
    /// An importer of what `open` opens, which is called twice.
    ///
    /// # Errors
    /// When the file cannot be opened or read, does not begin as ITCH does, or knows nothing of a
    /// symbol that was asked for. What is wrong further on is found by [`Source::read`].
    pub fn new<R: Read + Send + 'static>(
        mut open: impl FnMut() -> io::Result<R>,
        options: &Options,
    ) -> Result<Self, ReadError> {
        let mut input = Input::new(Box::new(open()?));
        let framing = match options.framing {
            Some(framing) => framing,
            None => detect(&mut input)?,
        };
        let directory = Directory::scan(input, framing, &options.symbols)?;
        Ok(Self {
            input: Input::new(Box::new(open()?)),
            decoder: Decoder::new(framing),
            reduction: Reduction::new(directory),
            end: None,
        })
    }

    /// How messages follow one another in the file.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.decoder.framing()
    }

    /// The place in the file up to which it has become commands.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.decoder.offset()
    }

    /// What became of the messages so far.
    #[must_use]
    pub fn report(&self) -> ImportReport {
        self.reduction.report()
    }

    /// Reads messages until the batch is full or there are no more.
    fn fill(&mut self, batch: &mut Batch) -> Result<(), ReadError> {
        loop {
            let mut unread = self.input.unread();
            let result = loop {
                if batch.len() >= BATCH {
                    break Ok(true);
                }
                let offset = self.decoder.offset();
                match self.decoder.decode(&mut unread) {
                    Ok(Some(message)) => {
                        if let Err(error) = self.reduction.message(&message, offset, batch) {
                            break Err(error);
                        }
                    }
                    Ok(None) => break Ok(false),
                    Err(error) => break Err(error),
                }
            };
            let left = unread.len();
            self.input.keep_last(left);
            let is_full = result?;
            if is_full {
                return Ok(());
            }
            if !self.input.read_more()? {
                self.decoder.finish(self.input.unread())?;
                self.end = Some(Ok(()));
                return Ok(());
            }
        }
    }
}

impl Source for Importer {
    fn instruments(&self) -> &[Instrument] {
        &self.reduction.directory.instruments
    }

    /// Replaces what `batch` holds by the next commands. Before an error comes all that was read
    /// before it.
    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        if self.end.is_none() {
            if let Err(error) = self.fill(batch) {
                self.end = Some(Err(error));
            }
            if self.end.is_some() {
                self.reduction.derivation.finish(batch);
            }
            if !batch.is_empty() {
                return Ok(true);
            }
        }
        self.end.replace(Ok(())).unwrap_or(Ok(())).map(|()| false)
    }
}

fn detect(input: &mut Input) -> Result<Framing, ReadError> {
    while input.unread().len() < Framing::DETECTABLE_FROM && input.read_more()? {}
    Ok(Framing::detect(input.unread())?)
}

/// Reads all of some bytes and drops what becomes of them.
pub(super) fn drain(bytes: &[u8]) {
    let file: std::sync::Arc<[u8]> = bytes.into();
    let open = || Ok(io::Cursor::new(file.clone()));
    let Ok(mut importer) = Importer::new(open, &Options::default()) else { return };
    let mut batch = Batch::new();
    while importer.read(&mut batch).is_ok_and(|is_more| is_more) {}
}

/// What the messages of all stocks are reduced to: commands, and counts of the rest.
struct Reduction {
    directory: Directory,
    derivation: Derivation,
    phases: Phases,
    messages: [u64; MessageType::ALL.len()],
    without_command: Counts,
    orders_while_halted: u64,
}

impl Reduction {
    fn new(directory: Directory) -> Self {
        Self {
            derivation: Derivation::new(Settings { id_priority: true }),
            phases: Phases::new(directory.instruments.len()),
            directory,
            messages: [0; MessageType::ALL.len()],
            without_command: Counts::new(),
            orders_while_halted: 0,
        }
    }

    /// Takes the message that stands at `offset`.
    #[inline]
    fn message(
        &mut self,
        message: &Message,
        offset: u64,
        batch: &mut Batch,
    ) -> Result<(), InputError> {
        self.messages[message.body.message_type().index()] += 1;
        let meaning = Meaning::of(message);
        let locate = message.header.stock_locate;
        let stock = self.directory.stock(locate);
        if let (Meaning::Add(symbol, _) | Meaning::Directory(symbol), Some(stock)) =
            (&meaning, stock)
            && *symbol != stock.symbol
        {
            return Err(other_symbol(offset, locate, *symbol, stock.symbol));
        }
        let Some(&Stock { instrument: Ok(instrument), .. }) = stock else {
            self.count_without_instrument(stock.copied(), &meaning);
            return Ok(());
        };
        let time = message.header.time.into();
        match meaning {
            Meaning::Add(_, change) => self.order_change(time, instrument, change, batch),
            Meaning::Change(change) => self.order_change(time, instrument, change, batch),
            Meaning::State(state) => {
                let phase = self.phases.change_to(instrument, state);
                let unchanged = Change::Other("trading action without a change of phase");
                let change = phase.map_or(unchanged, Change::Phase);
                self.derivation.message(FeedMessage { time, instrument, change }, batch);
            }
            Meaning::Directory(_) => {
                let change = Change::Other("stock directory");
                self.derivation.message(FeedMessage { time, instrument, change }, batch);
            }
            Meaning::Nothing(reason) => {
                let change = Change::Other(reason);
                self.derivation.message(FeedMessage { time, instrument, change }, batch);
            }
        }
        Ok(())
    }

    #[inline]
    fn order_change(
        &mut self,
        time: TimeNs,
        instrument: InstrumentId,
        change: Change,
        batch: &mut Batch,
    ) {
        if matches!(change, Change::Add { .. } | Change::Replace { .. })
            && let Some(phase) = self.phases.open_for_orders(instrument)
        {
            let change = Change::Phase(phase);
            self.derivation.message(FeedMessage { time, instrument, change }, batch);
            // The feed did not say so: its own commands, if any, come last.
            if !batch.is_empty() {
                batch.mark_synthetic();
            }
            self.orders_while_halted += 1;
        }
        self.derivation.message(FeedMessage { time, instrument, change }, batch);
    }

    #[cold]
    fn count_without_instrument(&mut self, stock: Option<Stock>, meaning: &Meaning) {
        let reason = match (stock, meaning) {
            (None, Meaning::Nothing(reason)) => reason,
            (None, _) => "stock that is never named",
            (Some(Stock { instrument: Err(Excluded::NotAsked), .. }), _) => "stock not asked for",
            (Some(_), _) => "stock without orders",
        };
        *self.without_command.entry(reason).or_default() += 1;
    }

    fn report(&self) -> ImportReport {
        let mut report = self.derivation.report();
        report.format = "itch50";
        report.instruments = u64::try_from(self.directory.instruments.len()).unwrap_or(u64::MAX);
        let messages = MessageType::ALL.iter().zip(self.messages);
        report.messages = messages
            .filter(|(_, count)| *count > 0)
            .map(|(message_type, count)| (message_type.name(), count))
            .collect();
        for (reason, count) in &self.without_command {
            *report.without_command.entry(reason).or_default() += count;
        }
        if self.orders_while_halted > 0 {
            report.corrections.insert(ORDERS_WHILE_HALTED, self.orders_while_halted);
        }
        report
    }
}

#[cold]
fn other_symbol(offset: u64, locate: StockLocate, found: Symbol, expected: Symbol) -> InputError {
    InputError::expected(
        Position::Offset(offset),
        format!("symbol {found} for stock locate {}", locate.0),
        format!("{expected}, which it stood for before"),
    )
}
