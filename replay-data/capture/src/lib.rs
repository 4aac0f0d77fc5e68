//! The capture file and the JSON-lines interchange.

mod batch;
mod error;
mod source;

pub use batch::{Batch, Note, Recorded, RecordedFill};
pub use error::{InputError, Position, ReadError};
pub use source::Source;
