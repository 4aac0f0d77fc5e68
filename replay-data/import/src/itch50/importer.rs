//! A file of ITCH to commands and recorded outcomes.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_model::Instrument;

use super::reader::{FeedReader, Options};
use crate::derive::{AHEAD, Derivation, Settings};
use crate::feed::FeedMessage;
use crate::input;
use crate::report::ImportReport;

/// A batch is handed out once it holds so many commands.
const BATCH: usize = 4096;

/// Makes commands and recorded outcomes of a file of ITCH; see [`FeedReader`] for the units.
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
    reader: FeedReader,
    derivation: Derivation,
    /// Messages that were read and not worked on; empty between calls.
    ahead: Vec<FeedMessage>,
    /// There once the file was read as far as it can be: what is still to be said of that.
    end: Option<Result<(), ReadError>>,
}

impl Importer {
    /// An importer of a file, packed with gzip or zstd or not at all.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn open(path: &Path, options: &Options) -> Result<Self, ReadError> {
        Self::new(|| input::open(path), options)
    }

    /// An importer of what `open` opens, which is called twice and gives what is to be read
    /// unpacked.
    ///
    /// # Errors
    /// As [`FeedReader::new`]. What is wrong further on in the file is found by [`Source::read`].
    pub fn new<R: Read + Send + 'static>(
        open: impl FnMut() -> io::Result<R>,
        options: &Options,
    ) -> Result<Self, ReadError> {
        let reader = FeedReader::new(open, options)?;
        // NASDAQ's order reference numbers rise with the time of entry.
        let derivation = Derivation::new(Settings { id_priority: true });
        Ok(Self { reader, derivation, ahead: Vec::with_capacity(AHEAD), end: None })
    }

    /// The reader of the file.
    #[must_use]
    pub const fn reader(&self) -> &FeedReader {
        &self.reader
    }

    /// What became of the messages so far.
    #[must_use]
    pub fn report(&self) -> ImportReport {
        let mut report = self.derivation.report();
        self.reader.add_to(&mut report);
        report
    }

    /// Reads until the batch is full; `false` when there are no more messages.
    fn fill(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        let looks_ahead = self.derivation.is_larger_than_a_cache();
        while batch.len() < BATCH {
            if !looks_ahead {
                let Some(message) = self.reader.read()? else { return Ok(false) };
                self.derivation.message(message, batch);
                continue;
            }
            let end = self.read_ahead();
            self.derivation.look_ahead(&self.ahead);
            for message in self.ahead.drain(..) {
                self.derivation.message(message, batch);
            }
            if let Some(end) = end {
                return end.map(|()| false);
            }
        }
        Ok(true)
    }

    /// Reads some messages; gives how the file ends, if it does.
    fn read_ahead(&mut self) -> Option<Result<(), ReadError>> {
        while self.ahead.len() < AHEAD {
            match self.reader.read() {
                Ok(Some(message)) => self.ahead.push(message),
                Ok(None) => return Some(Ok(())),
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}

impl Source for Importer {
    fn instruments(&self) -> &[Instrument] {
        self.reader.instruments()
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

/// Reads all of some bytes and drops what becomes of them.
pub(super) fn drain(bytes: &[u8]) {
    let file: Arc<[u8]> = bytes.into();
    let open = || Ok(io::Cursor::new(file.clone()));
    let Ok(mut importer) = Importer::new(open, &Options::default()) else { return };
    let mut batch = Batch::new();
    while importer.read(&mut batch).is_ok_and(|is_more| is_more) {}
}
