//! The capture file and the JSON-lines interchange.

mod batch;
mod digest;
mod error;
pub mod file;
pub mod fuzz;
pub mod jsonl;
mod open;
mod source;
mod summary;

pub use batch::{Batch, Entry, Note, Recorded, RecordedFill};
pub use error::{InputError, Position, ReadError, WriteError};
pub use open::{Capture, open};
pub use source::Source;
pub use summary::{FirstUse, Place, RecordedCounts, Summary, scan};
