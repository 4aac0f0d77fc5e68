//! What a session answers to a batch.

use shadowbook_model::{Digest, Event, EventBuffer, InstrumentId};

/// The events of consecutive commands, and the checkpoints among them. Its memory is reused from
/// batch to batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    events: EventBuffer,
    ends: Vec<usize>,
    checkpoints: Vec<Checkpoint>,
}

/// The state at one point of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// After how many of the commands in these outcomes it was taken.
    pub after: usize,
    /// The digest of the whole engine: [`shadowbook_model::combine`] in the order of the table.
    pub digest: Digest,
    /// The instruments whose state was read afresh for it, in the order of the table.
    pub instruments: Vec<(InstrumentId, Digest)>,
}

impl Outcomes {
    /// No outcomes yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// No outcomes yet, and no more events than these: an engine that answers more fails.
    #[must_use]
    pub fn bounded(events: usize) -> Self {
        Self { events: EventBuffer::bounded(events), ..Self::default() }
    }

    /// No more events than these from now on, counted from the last [`Self::clear`].
    pub const fn bound(&mut self, events: usize) {
        self.events.bound(events);
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.events.clear();
        self.ends.clear();
        self.checkpoints.clear();
    }

    /// How many commands were answered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no command was answered.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The events of all commands in a row. Behind the last end there may be the beginning of
    /// what a command that failed had to say.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        self.events.as_slice()
    }

    /// For each command, where its events end in [`Self::events`].
    #[must_use]
    pub fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// The events of the command that was answered at this position, from 0; none when that
    /// command was not answered.
    #[must_use]
    pub fn events_of(&self, position: usize) -> &[Event] {
        let Some(&end) = self.ends.get(position) else { return &[] };
        let start = position.checked_sub(1).and_then(|before| self.ends.get(before));
        self.events().get(start.copied().unwrap_or(0)..end).unwrap_or(&[])
    }

    /// The checkpoints, in the order in which they were taken.
    #[must_use]
    pub fn checkpoints(&self) -> &[Checkpoint] {
        &self.checkpoints
    }

    /// Where a session puts the events of the next command.
    pub fn buffer(&mut self) -> &mut EventBuffer {
        &mut self.events
    }

    /// Says that the events of one more command are complete.
    #[inline]
    pub fn end_command(&mut self) {
        self.ends.push(self.events.len());
    }

    /// Adds a checkpoint after the last command that was answered.
    pub fn push_checkpoint(&mut self, digest: Digest, instruments: Vec<(InstrumentId, Digest)>) {
        self.checkpoints.push(Checkpoint { after: self.ends.len(), digest, instruments });
    }
}
