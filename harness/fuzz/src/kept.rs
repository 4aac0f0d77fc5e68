//! What was kept of an episode, as a stream.

use std::sync::Arc;

use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_model::{Command, Instrument, Snapshot};

/// How many commands a batch has.
const BATCH: usize = 4_096;

/// Commands that show something, and the state in which they begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The instruments.
    pub instruments: Vec<Instrument>,
    /// The states that the engines were last set to; none when they began empty.
    pub snapshots: Vec<Snapshot>,
    /// The commands since then.
    pub commands: Vec<Command>,
}

impl Kept {
    /// The commands as a stream that begins with the snapshots.
    #[must_use]
    pub const fn stream(self: Arc<Self>) -> KeptStream {
        KeptStream { kept: self, next: 0 }
    }

    /// Begins anew in these states.
    pub(crate) fn begin_with(&mut self, snapshots: Vec<Snapshot>) {
        self.snapshots = snapshots;
        self.commands.clear();
    }
}

/// A stream of [`Kept`] commands.
#[derive(Clone, Debug)]
pub struct KeptStream {
    kept: Arc<Kept>,
    next: usize,
}

impl Source for KeptStream {
    fn instruments(&self) -> &[Instrument] {
        &self.kept.instruments
    }

    fn snapshots(&self) -> &[Snapshot] {
        &self.kept.snapshots
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        let left = &self.kept.commands[self.next..];
        left.iter().take(BATCH).for_each(|command| batch.push(*command));
        self.next += batch.len();
        Ok(!batch.is_empty())
    }
}
