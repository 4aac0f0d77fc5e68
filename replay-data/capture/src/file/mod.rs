//! The capture file (`.sbk`): versioned, checksummed, indexed; read and written block by block.
//!
//! A capture is written front to back and only ever appended to. What a writer finished before it
//! was killed can be read: see [`Reader::torn_tail`].

mod block;
mod columns;
mod format;
mod front;
mod layout;
mod reader;
mod repair;
mod verify;
mod wire;
mod writer;

pub(crate) use format::{FILE_MAGIC, SNAPSHOT_MAGIC};
pub(crate) use front::{Front, Kind, read_front, write_front};
pub use layout::TornTail;
pub use reader::Reader;
pub(crate) use repair::repair;
pub use verify::{VerifyReport, verify};
pub use writer::{Writer, create};

use shadowbook_model::Instrument;

/// What stands at the beginning of a capture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The instruments that the commands name by position.
    pub instruments: Vec<Instrument>,
    /// What made it, in lines of free text: importer and version, or seed and profile.
    pub origin: String,
}
