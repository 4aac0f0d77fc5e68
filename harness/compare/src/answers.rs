//! What engines answered, as it is handed to whoever compares or judges.

use std::ops::Range;

use shadowbook_capture::Batch;
use shadowbook_model::{Digest, Event, InstrumentId};

/// What one engine answered to the commands of a batch, from the batch's first command on.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// The events of all commands in a row.
    pub events: &'a [Event],
    /// For each command, where its events end.
    pub ends: &'a [usize],
}

impl<'a> Answers<'a> {
    /// The events of the command at this position of the batch; none if it was not answered.
    #[must_use]
    pub fn of(&self, position: usize) -> &'a [Event] {
        self.from(position).next_list()
    }

    /// The lists of the commands from this position on.
    pub(crate) fn from(&self, position: usize) -> Lists<'a> {
        let before = position.checked_sub(1).and_then(|before| self.ends.get(before));
        let ends = self.ends.get(position..).unwrap_or(&[]);
        Lists { events: self.events, start: before.copied().unwrap_or(0), ends: ends.iter() }
    }
}

/// Event lists, one command after the other.
pub(crate) struct Lists<'a> {
    events: &'a [Event],
    start: usize,
    ends: std::slice::Iter<'a, usize>,
}

impl<'a> Lists<'a> {
    /// The list of the next command; empty if it was not answered.
    #[inline]
    pub(crate) fn next_list(&mut self) -> &'a [Event] {
        let Some(end) = self.ends.next() else { return &[] };
        let start = std::mem::replace(&mut self.start, *end);
        self.events.get(start..*end).unwrap_or(&[])
    }
}

/// Some commands of a batch.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// The positions of the commands in it.
    pub range: Range<usize>,
}

/// The state of one engine at a checkpoint.
#[derive(Clone, Copy, Debug)]
pub struct StateDigests<'a> {
    /// The digest of the whole engine.
    pub whole: Digest,
    /// The instruments whose state was read for it, in the order of the table.
    pub instruments: &'a [(InstrumentId, Digest)],
}
