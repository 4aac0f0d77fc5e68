//! Two LOBSTER files as a source of commands.

use std::io::Read;
use std::path::Path;

use shadowbook_capture::{Batch, InputError, Position, ReadError, Source};
use shadowbook_model::{
    Increment, Instrument, InstrumentId, OrderId, Phase, Price, Quantity, TimeNs,
};

use super::field::Cursor;
use super::message::{self, Kind, Message};
use super::name::FileName;
use super::row::BookRow;
use super::tick::Tick;
use crate::derive::{Derivation, Settings};
use crate::feed::{Change, FeedMessage, Place};
use crate::input::{self, Lines};
use crate::report::{ImportReport, Window};

/// A windowed recording with fewer levels than this is refused.
pub const MIN_LEVELS: usize = 5;

/// A batch is handed out when it has this many commands.
const BATCH: usize = 4096;
const INSTRUMENT: InstrumentId = InstrumentId(0);

/// What the files do not say, or what is to be read otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The symbol; without it the one in the name of the message file, else `LOBSTER`.
    pub symbol: Option<String>,
    /// The tick; without it the one that the first prices suggest.
    pub tick: Option<Increment>,
}

/// One file to be read.
pub struct Input {
    /// Its name without folder, for what LOBSTER says in names and for errors.
    pub name: String,
    /// What is in it, unpacked.
    pub reader: Box<dyn Read + Send>,
}

impl Input {
    /// Opens a file, whatever it is packed with.
    ///
    /// # Errors
    /// When the file cannot be opened or read.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, reader: input::open(path)? })
    }
}

/// One of the two files while it is read.
struct Feed {
    name: String,
    lines: Lines,
}

impl Feed {
    fn new(input: Input) -> Self {
        Self { name: input.name, lines: Lines::new(input.reader) }
    }

    fn error(&self, problem: &str) -> ReadError {
        error(self.lines.line(), problem, &self.name)
    }

    /// The next line and what follows it; `None` when there is no more.
    fn next(&mut self) -> Result<Option<Cursor<'_>>, ReadError> {
        let Self { name, lines } = self;
        let line = lines.line();
        let whole = lines.whole_lines().map_err(|error| named(error, line, name))?;
        Ok((!whole.is_empty()).then(|| Cursor::new(whole, line, name)))
    }
}

fn error(line: u64, problem: &str, name: &str) -> ReadError {
    InputError::new(Position::Line(line), format!("{problem} (in {name})")).into()
}

/// Of two files an error has to say which one it is about, and where in it.
fn named(error: ReadError, line: u64, name: &str) -> ReadError {
    match error {
        ReadError::Io(error) => {
            let problem = format!("line {line}: {error} (in {name})");
            std::io::Error::new(error.kind(), problem).into()
        }
        ReadError::Input(mut error) => {
            error.problem = format!("{} (in {name})", error.problem);
            error.into()
        }
    }
}

/// Commands from a LOBSTER recording.
///
/// ```
/// use shadowbook_capture::{Batch, Source};
/// use shadowbook_import::lobster::{Importer, Input, Options};
///
/// let text = "34200.1,1,7,100,2239500,-1\n34200.2,4,7,40,2239500,-1\n";
/// let messages = Input { name: "day.csv".into(), reader: Box::new(text.as_bytes()) };
/// let mut importer = Importer::new(messages, None, Options::default())?;
/// let mut batch = Batch::new();
/// assert!(importer.read(&mut batch)?);
/// assert_eq!(batch.len(), 2);
/// assert_eq!(importer.report().prediction.exact, 1);
/// # Ok::<(), shadowbook_capture::ReadError>(())
/// ```
pub struct Importer {
    instruments: Vec<Instrument>,
    file_name: Option<FileName>,
    tick: Tick,
    messages: Feed,
    /// `None` when there is none, or none any more.
    order_book: Option<Feed>,
    row: BookRow,
    derivation: Derivation,
    counts: [u64; Kind::NAMES.len()],
    read: u64,
    time_ns: u64,
    /// The first message without a row.
    unseeded_from: Option<u64>,
    /// There once the files were read as far as they can be: what is still to be said of that.
    end: Option<Result<(), ReadError>>,
}

impl Importer {
    /// Opens a message file and its order book file, packed or not.
    ///
    /// # Errors
    /// As [`Self::new`], and when a file cannot be opened.
    pub fn open(
        messages: &Path,
        order_book: Option<&Path>,
        options: Options,
    ) -> Result<Self, ReadError> {
        let messages = Input::open(messages)?;
        Self::new(messages, order_book.map(Input::open).transpose()?, options)
    }

    /// Begins to read a message file and its order book file.
    ///
    /// # Errors
    /// When the first lines cannot be read, when the recording shows fewer than [`MIN_LEVELS`]
    /// levels, or when the tick is no whole number of ten-thousandths.
    pub fn new(
        messages: Input,
        order_book: Option<Input>,
        options: Options,
    ) -> Result<Self, ReadError> {
        let mut messages = Feed::new(messages);
        let mut order_book = order_book.map(Feed::new);
        let file_name = FileName::parse(&messages.name);
        let mut row = BookRow::default();
        if let Some(book) = &mut order_book {
            begin(book, &mut row)?;
        }
        if row.levels() == 0 {
            let levels = file_name.as_ref().map(|name| name.levels);
            refuse_few_levels(&messages, levels)?;
        }
        let tick = match options.tick {
            Some(tick) => Tick::new(tick).ok_or_else(|| {
                messages.error(&format!("the tick {tick} is no multiple of 0.0001 dollars"))
            })?,
            None => suggested_tick(&mut messages, &row)?,
        };
        row.forget();
        let symbol = options.symbol.or_else(|| Some(file_name.as_ref()?.symbol.clone()));
        let symbol = symbol.unwrap_or_else(|| "LOBSTER".to_owned());
        Ok(Self {
            instruments: vec![Instrument::new(symbol, tick.increment(), Increment::ONE)],
            file_name,
            tick,
            messages,
            unseeded_from: order_book.is_none().then_some(1),
            order_book,
            row,
            derivation: Derivation::new(Settings { id_priority: true }),
            counts: [0; Kind::NAMES.len()],
            read: 0,
            time_ns: 0,
            end: None,
        })
    }

    /// The day of the recording as `YYYY-MM-DD`, where the name of the message file says so.
    #[must_use]
    pub fn date(&self) -> Option<&str> {
        self.file_name.as_ref().map(|name| name.date.as_str())
    }

    /// What became of the messages so far.
    #[must_use]
    pub fn report(&self) -> ImportReport {
        let mut report = self.derivation.report();
        report.format = "lobster";
        report.instruments = 1;
        let counts = Kind::NAMES.into_iter().zip(self.counts);
        report.messages = counts.filter(|(_, count)| *count > 0).collect();
        let levels = match self.row.levels() {
            0 => self.file_name.as_ref().map_or(0, |name| name.levels),
            levels => levels,
        };
        let without = self.unseeded_from.map_or(0, |first| (self.read + 1).saturating_sub(first));
        report.window = Some(Window {
            levels: levels.try_into().unwrap_or(u64::MAX),
            // The row before the first message is one that the file does not have.
            rows: self.read - without,
            unseeded_from: self.unseeded_from.filter(|first| *first <= self.read),
            messages_without_row: without,
            ..report.window.unwrap_or_default()
        });
        report
    }

    /// Reads until the batch is full; `false` when there are no more messages.
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        while batch.len() < BATCH {
            if !self.step(batch)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads one message and its row; `false` at the end.
    fn step(&mut self, out: &mut Batch) -> Result<bool, ReadError> {
        let Some(message) = self.next_message()? else {
            self.end_book()?;
            return Ok(false);
        };
        let time = TimeNs(message.time_ns);
        let change = Self::change(&message);
        let has_row = self.next_row(&message, out)?;
        self.derivation.message(FeedMessage { time, instrument: INSTRUMENT, change }, out);
        if has_row {
            self.derivation.row(time, INSTRUMENT, self.row.view(), out);
        }
        Ok(true)
    }

    fn next_message(&mut self) -> Result<Option<Message>, ReadError> {
        let Some(mut cursor) = self.messages.next()? else { return Ok(None) };
        let from = cursor.here();
        let message = message::read(&mut cursor, self.tick).map_err(|error| *error)?;
        if message.time_ns < self.time_ns {
            let expected = "a time that is not before that of the line above";
            return Err((*cursor.refuse(from, "time", expected)).into());
        }
        let consumed = cursor.consumed();
        self.messages.lines.advance(consumed);
        self.time_ns = message.time_ns;
        self.read += 1;
        self.counts[message.kind as usize] += 1;
        Ok(Some(message))
    }

    const fn change(message: &Message) -> Change {
        let order = OrderId(message.order);
        let quantity = Quantity(message.size);
        let place = Place { side: message.side, price: Price(message.price) };
        match message.kind {
            Kind::Add => Change::Add { order, place, quantity },
            Kind::Reduce => Change::ReduceBy { order, quantity, place: Some(place) },
            Kind::Delete => Change::Delete { order, quantity: Some(quantity), place: Some(place) },
            Kind::Execute => Change::Execute { maker: order, quantity, place: Some(place) },
            Kind::Hidden => Change::HiddenTrade,
            Kind::Cross => Change::CrossTrade,
            Kind::Halt => Change::Phase(match message.price {
                ..=-1 => Phase::Halted,
                0 => Phase::Auction,
                1.. => Phase::Continuous,
            }),
        }
    }

    /// Reads the row of the message that was just read; `false` when there is none any more.
    fn next_row(&mut self, message: &Message, out: &mut Batch) -> Result<bool, ReadError> {
        let Some(book) = &mut self.order_book else { return Ok(false) };
        let Some(mut cursor) = book.next()? else {
            self.order_book = None;
            self.unseeded_from = Some(self.read);
            return Ok(false);
        };
        let from = cursor.here();
        self.row.read(&mut cursor, self.tick).map_err(|error| *error)?;
        if self.read == 1 {
            // The book before the first message is its row without what the message did.
            let (side, price) = (message.side, Price(message.price));
            match message.kind {
                Kind::Add => self.row.undo(side, price, message.size, true),
                Kind::Reduce | Kind::Delete | Kind::Execute => {
                    self.row.undo(side, price, message.size, false);
                }
                Kind::Hidden | Kind::Cross | Kind::Halt => {}
            }
            let time = TimeNs(message.time_ns);
            self.derivation.row(time, INSTRUMENT, self.row.view(), out);
            cursor.go_back(from);
            self.row.read(&mut cursor, self.tick).map_err(|error| *error)?;
        }
        let consumed = cursor.consumed();
        book.lines.advance(consumed);
        Ok(true)
    }

    /// After the last message there must be no row.
    fn end_book(&mut self) -> Result<(), ReadError> {
        let Some(book) = &mut self.order_book else { return Ok(()) };
        if book.next()?.is_none() {
            return Ok(());
        }
        let problem = format!(
            "a row behind the last message: expected at most {} rows, one for each message of {}",
            self.read, self.messages.name
        );
        Err(book.error(&problem))
    }
}

impl Source for Importer {
    fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    /// Replaces what `batch` holds by the next commands. An error comes after all that was read
    /// before it.
    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        if self.end.is_none() {
            match self.fill(batch) {
                Ok(true) => return Ok(true),
                Ok(false) => self.end = Some(Ok(())),
                Err(error) => self.end = Some(Err(error)),
            }
            self.derivation.finish(batch);
            if !batch.is_empty() {
                return Ok(true);
            }
        }
        self.end.replace(Ok(())).unwrap_or(Ok(())).map(|()| false)
    }
}

/// Counts the columns of the order book and reads its first row, without going on.
fn begin(book: &mut Feed, row: &mut BookRow) -> Result<(), ReadError> {
    let Some(mut cursor) = book.next()? else { return Ok(()) };
    if let Err(problem) = row.measure(cursor.rest()) {
        return Err(book.error(&problem));
    }
    let levels = Some(row.levels());
    row.read(&mut cursor, Tick::FINEST).map_err(|error| *error)?;
    refuse_few_levels(book, levels)
}

fn refuse_few_levels(feed: &Feed, levels: Option<usize>) -> Result<(), ReadError> {
    match levels {
        Some(levels @ ..MIN_LEVELS) => Err(feed.error(&format!(
            "the recording shows {levels} levels of each side; with fewer than {MIN_LEVELS} too \
             much happens unseen for it to be replayed"
        ))),
        _ => Ok(()),
    }
}

/// The tick that the first row suggests, or without one the first message.
fn suggested_tick(messages: &mut Feed, row: &BookRow) -> Result<Tick, ReadError> {
    if row.levels() > 0 {
        return Ok(Tick::for_prices(row.raw_prices()));
    }
    let Some(mut cursor) = messages.next()? else { return Ok(Tick::CENT) };
    let first = message::read(&mut cursor, Tick::FINEST).map_err(|error| *error)?;
    Ok(match first.kind {
        Kind::Add | Kind::Reduce | Kind::Delete | Kind::Execute => {
            Tick::for_prices(std::iter::once(first.price))
        }
        // A hidden execution may be finer than any displayed order.
        Kind::Hidden | Kind::Cross | Kind::Halt => Tick::CENT,
    })
}
