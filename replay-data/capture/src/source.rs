//! Where commands come from.

use shadowbook_model::Instrument;

use crate::batch::Batch;
use crate::error::ReadError;

/// A stream of commands that is read once, front to back: a capture file, JSON lines, a feed.
pub trait Source {
    /// The instruments that the commands name by position; fixed before the first batch.
    fn instruments(&self) -> &[Instrument];

    /// Replaces what `batch` holds by the next commands; `false` means that there are no more.
    ///
    /// # Errors
    /// When the stream cannot be read on; what was read before stays good.
    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError>;
}
