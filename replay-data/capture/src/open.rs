//! Opens a capture file or a text, told apart by the first bytes.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use shadowbook_model::Instrument;

use crate::batch::Batch;
use crate::error::ReadError;
use crate::file;
use crate::jsonl;
use crate::source::Source;

/// A capture on disk.
pub enum Capture {
    /// A capture file.
    File(file::Reader<BufReader<File>>),
    /// JSON lines.
    Lines(jsonl::Reader<BufReader<File>>),
}

/// Opens a capture; what it is, is told by its first bytes.
///
/// # Errors
/// When it cannot be read, or is damaged where it begins.
pub fn open(path: impl AsRef<Path>) -> Result<Capture, ReadError> {
    let _ = path.as_ref();
    unimplemented!()
}

impl Source for Capture {
    fn instruments(&self) -> &[Instrument] {
        match self {
            Self::File(reader) => reader.instruments(),
            Self::Lines(reader) => reader.instruments(),
        }
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        match self {
            Self::File(reader) => reader.read(batch),
            Self::Lines(reader) => reader.read(batch),
        }
    }
}
