//! A part of a stream.

use std::ops::{Bound, RangeBounds};

use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_model::{Instrument, Snapshot};

/// Those commands of a stream whose `seq` lies in a range, on the books that the stream begins
/// with.
pub(crate) struct Part<S> {
    source: S,
    seqs: (Bound<u64>, Bound<u64>),
    /// Memory for a batch of the stream.
    batch: Batch,
    is_over: bool,
}

impl<S: Source> Part<S> {
    /// The commands with a `seq` of this range.
    pub(crate) fn new(source: S, seqs: impl RangeBounds<u64>) -> Self {
        let seqs = (seqs.start_bound().cloned(), seqs.end_bound().cloned());
        Self { source, seqs, batch: Batch::new(), is_over: false }
    }
}

impl<S: Source> Source for Part<S> {
    fn instruments(&self) -> &[Instrument] {
        self.source.instruments()
    }

    fn snapshots(&self) -> &[Snapshot] {
        self.source.snapshots()
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        while batch.is_empty() && !self.is_over {
            self.is_over = !self.source.read(&mut self.batch)?;
            for entry in self.batch.iter() {
                let seq = entry.command.seq.0;
                self.is_over |= !(Bound::Unbounded, self.seqs.1).contains(&seq);
                if self.seqs.contains(&seq) {
                    batch.push_entry(&entry);
                }
            }
        }
        Ok(!batch.is_empty())
    }
}
