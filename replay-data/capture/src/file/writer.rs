//! Writes a capture file.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use super::Header;
use crate::batch::Batch;
use crate::error::WriteError;
use crate::summary::Summary;

/// Writes a capture file, front to back.
pub struct Writer<W: Write> {
    output: W,
}

impl<W: Write> Writer<W> {
    /// Begins a capture.
    ///
    /// # Errors
    /// When the header is too large or cannot be written.
    pub fn new(output: W, header: &Header) -> Result<Self, WriteError> {
        let _ = header;
        Ok(Self { output })
    }

    /// Appends the commands of a batch with what stands beside them.
    ///
    /// # Errors
    /// When it cannot be written, `seq` does not rise, the time falls, or a command names an
    /// instrument that the header does not have.
    pub fn append(&mut self, batch: &Batch) -> Result<(), WriteError> {
        let _ = (batch, &mut self.output);
        unimplemented!()
    }

    /// Writes what is left, the index and the footer.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(self) -> Result<Summary, WriteError> {
        unimplemented!()
    }
}

/// Begins a capture at `path`, in place of what stood there.
///
/// Each finished block goes to the operating system at once, so that a killed process leaves a
/// file whose blocks can all be read.
///
/// # Errors
/// When the file cannot be made or the header cannot be written.
pub fn create(path: impl AsRef<Path>, header: &Header) -> Result<Writer<File>, WriteError> {
    Writer::new(File::create(path)?, header)
}
