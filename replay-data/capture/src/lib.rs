//! The capture file, the snapshot file and the JSON-lines interchange.
//!
//! ```
//! use shadowbook_capture::{Batch, Source, jsonl};
//!
//! let lines = r#"{"type":"instrument","instrument":"XBTUSD","tick":"0.1","lot":"1","matching":"price-time"}
//! {"type":"cancel","seq":3,"time_ns":1002,"instrument":"XBTUSD","order":101}
//! "#;
//! let mut source = jsonl::Reader::new(lines.as_bytes())?;
//! let mut batch = Batch::new();
//! assert!(source.read(&mut batch)?);
//! assert_eq!(batch.commands()[0].seq.0, 3);
//! # Ok::<(), shadowbook_capture::ReadError>(())
//! ```

mod batch;
mod digest;
mod error;
pub mod file;
mod flow;
pub mod fuzz;
mod instruments;
pub mod jsonl;
mod open;
pub mod snapshot;
mod snapshots;
mod source;
mod summary;

pub use batch::{Batch, Entry, Note, Recorded, RecordedFill};
pub use error::{InputError, Position, ReadError, WriteError};
pub use flow::{Flow, FlowStream};
pub use instruments::MAX_INSTRUMENTS;
pub use open::{Capture, open};
pub use snapshots::{entered_as, features_of};
pub use source::{Restored, Source};
pub use summary::{FirstUse, Place, RecordedCounts, SnapshotCounts, Summary, scan};
