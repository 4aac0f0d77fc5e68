//! The snapshot file (`.sbs`): the whole state of every instrument, portable from engine to engine.
//!
//! It is what a capture begins with, without a capture behind it: the table of instruments, what
//! each of them remembers, and its live orders in canonical order. `docs/snapshots.md` has the
//! bytes.
//!
//! ```
//! use std::io::Cursor;
//! use shadowbook_capture::{Source, file::Header, snapshot};
//! use shadowbook_model::{Increment, Instrument, InstrumentId, Snapshot};
//!
//! let instruments = vec![Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)];
//! let header = Header { instruments, origin: String::new() };
//! let empty = [Snapshot::empty(InstrumentId(0))];
//! let mut file = Vec::new();
//! snapshot::write(&mut file, &header, &empty)?;
//! assert_eq!(snapshot::read(Cursor::new(file))?.snapshots(), empty);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::io::{Read, Seek, SeekFrom, Write};

use shadowbook_model::{Instrument, Snapshot};

use crate::batch::Batch;
use crate::error::{InputError, Position, ReadError, WriteError};
use crate::file::{Front, Header, Kind, read_front, write_front};
use crate::source::Source;

/// A snapshot file that was read and found sound: a capture without commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFile {
    header: Header,
    snapshots: Vec<Snapshot>,
}

impl SnapshotFile {
    /// What stands at the beginning.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }
}

/// Reads a snapshot file and sees to it that it can be the state of an engine.
///
/// # Errors
/// When it is no snapshot file, or one of a version that this program does not read, or is
/// damaged, cut or inconsistent.
pub fn read(mut input: impl Read + Seek) -> Result<SnapshotFile, ReadError> {
    let file_size = input.seek(SeekFrom::End(0))?;
    input.seek(SeekFrom::Start(0))?;
    let Front { header, snapshots, end } = read_front(&mut input, file_size, Kind::Snapshot)?;
    if end != file_size {
        let problem = format!("the snapshot ends here, but {} bytes follow", file_size - end);
        return Err(InputError::new(Position::Offset(end), problem).into());
    }
    Ok(SnapshotFile { header, snapshots })
}

/// Writes a snapshot file.
///
/// # Errors
/// When it cannot be written, a snapshot is not sound, there is none, or they do not stand in the
/// order of the instruments.
pub fn write(
    mut output: impl Write,
    header: &Header,
    snapshots: &[Snapshot],
) -> Result<(), WriteError> {
    write_front(&mut output, Kind::Snapshot, header, snapshots)?;
    output.flush()?;
    Ok(())
}

impl Source for SnapshotFile {
    fn instruments(&self) -> &[Instrument] {
        &self.header.instruments
    }

    fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        Ok(false)
    }
}
