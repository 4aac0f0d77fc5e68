//! Where commands come from.

use shadowbook_model::{Instrument, Snapshot};

use crate::batch::Batch;
use crate::error::ReadError;

/// A stream of commands that is read once, front to back: a capture file, JSON lines, a feed.
pub trait Source {
    /// The instruments that the commands name by position; fixed before the first batch.
    fn instruments(&self) -> &[Instrument];

    /// What the books hold before the first batch, each sound, in the order of the instruments; an
    /// instrument without one is empty and in the phase that the table says.
    fn snapshots(&self) -> &[Snapshot] {
        &[]
    }

    /// Replaces what `batch` holds by the next commands; `false` means that there are no more.
    ///
    /// # Errors
    /// When the stream cannot be read on; what was read before stays good.
    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError>;
}

/// A stream whose books begin with snapshots from elsewhere.
pub struct Restored<S> {
    source: S,
    snapshots: Vec<Snapshot>,
}

impl<S: Source> Restored<S> {
    /// The stream of `source` on books that hold these snapshots, which must be sound and stand in
    /// the order of its instruments.
    pub const fn new(source: S, snapshots: Vec<Snapshot>) -> Self {
        Self { source, snapshots }
    }
}

impl<S: Source> Source for Restored<S> {
    fn instruments(&self) -> &[Instrument] {
        self.source.instruments()
    }

    fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        self.source.read(batch)
    }
}
