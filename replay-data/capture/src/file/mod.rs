//! The capture file (`.sbk`).

mod reader;
mod verify;
mod writer;

pub use reader::{Reader, TornTail};
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
