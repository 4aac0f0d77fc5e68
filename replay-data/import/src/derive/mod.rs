//! From what happened to resting orders to the commands that caused it.

use shadowbook_capture::Batch;

use crate::feed::FeedMessage;
use crate::report::ImportReport;

/// How a feed is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// Ids rise with time, so that an order that comes back under an old id keeps the priority of
    /// its id among the orders of its level.
    pub id_priority: bool,
}

/// Turns messages into commands, one after the other, with a price-time book of its own.
#[derive(Debug, Default)]
pub struct Derivation {
    settings: Settings,
    report: ImportReport,
}

impl Derivation {
    /// A derivation that has seen nothing yet; instruments may be named as they come.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Takes one message and appends the commands that are known by now to `out`.
    ///
    /// An execution run is known to be complete only when another message ends it: its `ioc` is
    /// appended then, before that message's own commands.
    pub fn message(&mut self, _message: FeedMessage, _out: &mut Batch) {
        let _ = self.settings;
    }

    /// Ends the runs that are still open and appends their commands to `out`.
    pub fn finish(&mut self, _out: &mut Batch) {}

    /// What became of the messages so far. `format`, `instruments` and `messages` (the counts by
    /// the feed's own types) are for the reader of the feed to fill in.
    #[must_use]
    pub fn report(&self) -> ImportReport {
        self.report.clone()
    }
}
