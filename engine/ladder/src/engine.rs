//! The engine: a book per instrument.

use shadowbook_model::{
    Capabilities, Command, Digest, DigestVisitor, Engine, EventBuffer, Feature, Features,
    Instrument, InstrumentId, StateVisitor,
};

use crate::book::Book;

/// What is implemented: the market model without triggers, icebergs, minimum quantities,
/// auctions and pro-rata matching.
const FEATURES: Features = Features::of(&[
    Feature::Limit,
    Feature::Market,
    Feature::Gtc,
    Feature::Day,
    Feature::Gtd,
    Feature::Ioc,
    Feature::Fok,
    Feature::PostOnly,
    Feature::CancelNewest,
    Feature::CancelOldest,
    Feature::CancelBoth,
    Feature::Decrement,
    Feature::Replace,
    Feature::Cancel,
    Feature::MassCancel,
    Feature::Time,
    Feature::Closed,
    Feature::Halted,
    Feature::CancelOnly,
    Feature::Continuous,
    Feature::PostOnlyPhase,
    Feature::LimitOnly,
    Feature::PriceTime,
    Feature::ManyInstruments,
]);

/// The ladder engine.
///
/// # Panics
/// [`Engine::apply`], [`Engine::visit`] and [`Engine::digest`] panic when an instrument is not in
/// the table that the engine was made for.
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
        Capabilities { features: FEATURES }
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
}
