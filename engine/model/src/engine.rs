//! The one trait that every engine implements.

use thiserror::Error;

use crate::command::Command;
use crate::digest::{Digest, DigestVisitor};
use crate::event::Event;
use crate::feature::Capabilities;
use crate::soundness::SoundSnapshot;
use crate::state::{Snapshot, StateVisitor};
use crate::units::InstrumentId;

/// A matching engine: deterministic, without a clock, randomness, environment or failure.
///
/// An engine is made for a table of instruments; [`InstrumentId`] is the position in that table.
/// Callers hold [`Self::capabilities`] against what they are about to send, keep `seq` strictly
/// rising and `time` never falling, and name only instruments of the table. An engine may panic
/// when they do not.
pub trait Engine {
    /// What this engine implements.
    fn capabilities(&self) -> Capabilities;

    /// Carries out one command and appends what happened to `events`.
    ///
    /// The commands by which a book is restored in an engine that does not offer
    /// [`Self::restore`] come before all others and carry `seq` 0, every one of them: the first
    /// command of the stream may leave no room below its own.
    ///
    /// What `events` held before stays untouched. Once the buffers have grown to what the stream
    /// needs, an engine does not allocate here.
    fn apply(&mut self, command: &Command, events: &mut EventBuffer);

    /// Shows the state of one instrument, read from the structures that matching uses.
    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor);

    /// The digest of one instrument's state: what [`crate::DigestVisitor`] makes of a visit.
    ///
    /// An engine that can do the same faster overrides it. Sessions hold it against a visit at the
    /// first checkpoint and at the last.
    fn digest(&self, instrument: InstrumentId) -> Digest {
        let mut visitor = DigestVisitor::new();
        self.visit(instrument, &mut visitor);
        visitor.finish()
    }

    /// The state of one instrument as plain values.
    fn snapshot(&self, instrument: InstrumentId) -> Snapshot {
        let mut snapshot = Snapshot::empty(instrument);
        self.visit(instrument, &mut snapshot);
        snapshot
    }

    /// Sets one instrument, whatever it held, to the state of a snapshot: the same digest, and from
    /// then on the same events that the engine the snapshot was taken of would give.
    ///
    /// # Errors
    /// When the engine does not offer this; it is as before then.
    fn restore(&mut self, _snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        Err(CannotRestore)
    }
}

/// An engine cannot be set to a given state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the engine cannot be set to a given state")]
pub struct CannotRestore;

impl<E: Engine + ?Sized> Engine for Box<E> {
    fn capabilities(&self) -> Capabilities {
        (**self).capabilities()
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        (**self).apply(command, events);
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        (**self).visit(instrument, visitor);
    }

    fn digest(&self, instrument: InstrumentId) -> Digest {
        (**self).digest(instrument)
    }

    fn restore(&mut self, snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        (**self).restore(snapshot)
    }
}

/// Events in the order in which they happened; reused from command to command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventBuffer {
    events: Vec<Event>,
    limit: usize,
}

impl Default for EventBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl EventBuffer {
    /// An empty buffer.
    #[must_use]
    pub const fn new() -> Self {
        Self::bounded(Self::LIMIT)
    }

    /// An empty buffer that keeps fewer events than [`Self::LIMIT`].
    #[must_use]
    pub const fn bounded(limit: usize) -> Self {
        Self { events: Vec::new(), limit }
    }

    /// How many events it keeps.
    #[must_use]
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// It keeps so many from now on, or what it has room for already.
    pub const fn bound(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// At most this many events are kept until the next [`Self::clear`]: those of a few thousand
    /// commands.
    pub const LIMIT: usize = 1 << 24;

    /// Appends one event.
    ///
    /// # Panics
    /// Beyond [`Self::LIMIT`], or the limit of its own: an engine that answers without end, as the
    /// rules make it when an iceberg of 2^64 lots that shows one is met by as many, must not take
    /// all memory.
    #[inline]
    pub fn push(&mut self, event: impl Into<Event>) {
        if self.events.len() == self.events.capacity() {
            self.grow();
        }
        self.events.push(event.into());
    }

    #[cold]
    fn grow(&mut self) {
        let events = self.events.len();
        assert!(events < self.limit, "more than {events} events at once: it answers without end");
        self.events.reserve_exact(events.max(16).min(self.limit - events));
    }

    /// How many events it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// What it holds.
    #[must_use]
    pub fn as_slice(&self) -> &[Event] {
        &self.events
    }

    /// Forgets what it holds and keeps its memory.
    pub fn clear(&mut self) {
        self.events.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OrderId;

    #[test]
    #[should_panic(expected = "it answers without end")]
    fn events_without_end_are_stopped_wherever_the_buffer_comes_from() {
        let mut events = EventBuffer::new();
        let accepted = Event::Accepted { order: OrderId(1) };
        events.events = vec![accepted; EventBuffer::LIMIT - 3];
        // No room that a growing buffer would have: the last few still fit.
        events.events.shrink_to_fit();
        for _ in 0..=3 {
            events.push(accepted);
        }
    }
}
