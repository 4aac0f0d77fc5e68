//! A file of ITCH to what it says of resting orders.

use std::io::{self, Read};
use std::path::Path;

use shadowbook_capture::{InputError, Position, ReadError};
use shadowbook_model::Instrument;

use super::decode::Decoder;
use super::directory::{Directory, Excluded, Stock};
use super::field::{StockLocate, Symbol};
use super::framing::Framing;
use super::input::Input;
use super::message::{Message, MessageType};
use super::translate::{Meaning, Phases};
use crate::feed::{Change, FeedMessage};
use crate::input;
use crate::report::{Counts, ImportReport};

/// How a file of ITCH is to be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// How messages follow one another; told by the first bytes when it is not said.
    pub framing: Option<Framing>,
    /// The stocks to import, by symbol; all that have orders when there are none here.
    pub symbols: Vec<String>,
}

/// What a file of ITCH says of the orders of its instruments, message after message.
///
/// The file is read twice: first for the stocks that have orders, which become the instruments in
/// the order of their stock locates, then for the messages. Prices are in ticks of 0.0001 and
/// quantities in shares. Times are nanoseconds since midnight.
pub struct FeedReader {
    input: Input,
    decoder: Decoder,
    directory: Directory,
    phases: Phases,
    counts: CountsOfFile,
}

/// What the report says beside what became of orders.
struct CountsOfFile {
    messages: [u64; MessageType::ALL.len()],
    without_command: Counts,
}

impl FeedReader {
    /// A reader of a file, whatever it is packed with.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn open(path: &Path, options: &Options) -> Result<Self, ReadError> {
        Self::new(|| input::open(path), options)
    }

    /// A reader of what `open` opens, which is called twice.
    ///
    /// # Errors
    /// When the file cannot be opened or read, does not begin as ITCH does, or knows nothing of a
    /// symbol that was asked for. What is wrong further on is found by [`Self::read`].
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
            phases: Phases::new(directory.instruments.len()),
            directory,
            counts: CountsOfFile {
                messages: [0; MessageType::ALL.len()],
                without_command: Counts::new(),
            },
        })
    }

    /// The instruments that messages name by position.
    #[must_use]
    pub fn instruments(&self) -> &[Instrument] {
        &self.directory.instruments
    }

    /// How messages follow one another in the file.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.decoder.framing()
    }

    /// The place in the file up to which it has been read.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.decoder.offset()
    }

    /// The next message about an instrument; `None` at the end of the file.
    ///
    /// # Errors
    /// When the file cannot be read on, is damaged or cut, or gives a stock locate to two stocks.
    #[inline]
    pub fn read(&mut self) -> Result<Option<FeedMessage>, ReadError> {
        loop {
            let offset = self.decoder.offset();
            let mut unread = self.input.unread();
            let message = self.decoder.decode(&mut unread)?;
            let left = unread.len();
            self.input.keep_last(left);
            match message {
                Some(message) => {
                    if let Some(message) = self.translate(&message, offset)? {
                        return Ok(Some(message));
                    }
                }
                None if self.input.read_more()? => {}
                None => {
                    self.decoder.finish(self.input.unread())?;
                    return Ok(None);
                }
            }
        }
    }

    /// Adds to a report what is known of the file.
    pub fn add_to(&self, report: &mut ImportReport) {
        report.format = "itch50";
        report.instruments = u64::try_from(self.instruments().len()).unwrap_or(u64::MAX);
        let messages = MessageType::ALL.iter().zip(self.counts.messages);
        report.messages = messages
            .filter(|(_, count)| *count > 0)
            .map(|(message_type, count)| (message_type.name(), count))
            .collect();
        for (reason, count) in &self.counts.without_command {
            *report.without_command.entry(reason).or_default() += count;
        }
    }

    /// What the message that stands at `offset` says of an instrument.
    #[inline]
    fn translate(
        &mut self,
        message: &Message,
        offset: u64,
    ) -> Result<Option<FeedMessage>, InputError> {
        self.counts.messages[message.body.message_type().index()] += 1;
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
            let stock = stock.copied();
            self.count_without_instrument(stock, &meaning);
            return Ok(None);
        };
        let time = message.header.time.into();
        let change = match meaning {
            Meaning::Add(_, change) | Meaning::Change(change) => change,
            Meaning::State(state) => {
                let unchanged = Change::Other("trading action without a change of phase");
                self.phases.change_to(instrument, state).map_or(unchanged, Change::Phase)
            }
            Meaning::Directory(_) => Change::Other("stock directory"),
            Meaning::Nothing(reason) => Change::Other(reason),
        };
        Ok(Some(FeedMessage { time, instrument, change }))
    }

    #[cold]
    fn count_without_instrument(&mut self, stock: Option<Stock>, meaning: &Meaning) {
        let reason = match (stock, meaning) {
            (None, Meaning::Nothing(reason)) => reason,
            (None, _) => "stock that is never named",
            (Some(Stock { instrument: Err(Excluded::NotAsked), .. }), _) => "stock not asked for",
            (Some(_), _) => "stock without orders",
        };
        *self.counts.without_command.entry(reason).or_default() += 1;
    }
}

fn detect(input: &mut Input) -> Result<Framing, ReadError> {
    while input.unread().len() < Framing::DETECTABLE_FROM && input.read_more()? {}
    Ok(Framing::detect(input.unread())?)
}

#[cold]
fn other_symbol(offset: u64, locate: StockLocate, found: Symbol, expected: Symbol) -> InputError {
    InputError::expected(
        Position::Offset(offset),
        format!("symbol {found} for stock locate {}", locate.0),
        format!("{expected}, which it stood for before"),
    )
}
