//! Reads every byte of a capture file and holds every checksum against it.

use std::io::{Read, Seek};

use super::{Header, TornTail};
use crate::error::ReadError;
use crate::summary::Summary;

/// What a capture file holds, after all of it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// What stands at the beginning.
    pub header: Header,
    /// What is in it, counted from the blocks (not taken from the footer).
    pub summary: Summary,
    /// How long the file is.
    pub bytes: u64,
    /// Where and why the file ends early; `None` when it is complete.
    pub torn_tail: Option<TornTail>,
}

/// Reads everything and checks everything: the header, each block, the index, the footer, and
/// that index and footer agree with the blocks.
///
/// # Errors
/// The first thing that is not as it should be, with its place. A file that merely ends early is
/// no error: see [`VerifyReport::torn_tail`].
pub fn verify<R: Read + Seek>(input: R) -> Result<VerifyReport, ReadError> {
    let _ = input;
    unimplemented!()
}
