//! Opens a capture file, a snapshot file or a text, told apart by the first bytes.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use shadowbook_model::{Instrument, Snapshot};

use crate::batch::Batch;
use crate::error::ReadError;
use crate::source::Source;
use crate::{file, jsonl, snapshot};

/// So many bytes are read from disk at once.
const BUFFER: usize = 256 << 10;

/// So many first bytes tell a snapshot file from a capture file.
const SNAPSHOT_SIGN: usize = 4;

/// A capture on disk.
pub enum Capture {
    /// A capture file.
    File(Box<file::Reader<BufReader<File>>>),
    /// A snapshot file: a capture without commands.
    Snapshot(Box<snapshot::SnapshotFile>),
    /// JSON lines.
    Lines(Box<jsonl::Reader<BufReader<File>>>),
}

/// Opens a capture; what it is, is told by its first bytes.
///
/// # Errors
/// When it cannot be read, or is damaged where it begins.
pub fn open(path: impl AsRef<Path>) -> Result<Capture, ReadError> {
    let mut input = BufReader::with_capacity(BUFFER, File::open(path)?);
    let start = input.fill_buf()?;
    if start.starts_with(&file::SNAPSHOT_MAGIC[..SNAPSHOT_SIGN]) {
        return Ok(Capture::Snapshot(Box::new(snapshot::read(input)?)));
    }
    // No text begins with the first byte of a capture file, which is no UTF-8. One whose later
    // bytes are damaged is then told as such, not as a strange text.
    if start.first() == file::FILE_MAGIC.first() {
        Ok(Capture::File(Box::new(file::Reader::new(input)?)))
    } else {
        Ok(Capture::Lines(Box::new(jsonl::Reader::new(input)?)))
    }
}

impl Source for Capture {
    fn instruments(&self) -> &[Instrument] {
        match self {
            Self::File(reader) => reader.instruments(),
            Self::Snapshot(file) => file.instruments(),
            Self::Lines(reader) => reader.instruments(),
        }
    }

    fn snapshots(&self) -> &[Snapshot] {
        match self {
            Self::File(reader) => reader.snapshots(),
            Self::Snapshot(file) => file.snapshots(),
            Self::Lines(reader) => reader.snapshots(),
        }
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        match self {
            Self::File(reader) => reader.read(batch),
            Self::Snapshot(file) => file.read(batch),
            Self::Lines(reader) => reader.read(batch),
        }
    }
}
