//! The engine: a book per instrument.

use shadowbook_model::{
    CannotRestore, Capabilities, Command, Digest, DigestVisitor, Engine, EventBuffer, Features,
    Instrument, InstrumentId, SoundSnapshot, StateVisitor,
};

use crate::book::Book;

/// The ladder engine.
///
/// # Panics
/// Every method of [`Engine`] that is given an instrument panics when it is not in the table that the
/// engine was made for.
#[derive(Debug)]
pub struct LadderEngine {
    books: Vec<Book>,
}

impl LadderEngine {
    /// An engine for this table of instruments, each in its first phase and without orders.
    #[must_use]
    pub fn new(instruments: &[Instrument]) -> Self {
        Self { books: instruments.iter().map(Book::new).collect() }
    }

    fn book(&self, instrument: InstrumentId) -> &Book {
        &self.books[instrument.index()]
    }

    /// The book itself, for tests that look at its memory.
    #[cfg(test)]
    pub(crate) fn first_book(&self) -> &Book {
        self.book(InstrumentId(0))
    }
}

impl Engine for LadderEngine {
    fn capabilities(&self) -> Capabilities {
        Capabilities { features: Features::ALL }
    }

    #[inline]
    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        self.books[command.instrument.index()].apply(command, events);
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        self.book(instrument).walk(visitor);
    }

    fn digest(&self, instrument: InstrumentId) -> Digest {
        let mut visitor = DigestVisitor::new();
        self.book(instrument).walk(&mut visitor);
        visitor.finish()
    }
    fn restore(&mut self, snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        self.books[snapshot.instrument.index()].restore(&snapshot);
        Ok(())
    }
}
