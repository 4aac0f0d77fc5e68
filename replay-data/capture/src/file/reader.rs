//! Reads a capture file.

use std::io::{Read, Seek};

use shadowbook_model::{Instrument, Seq, TimeNs};

use super::Header;
use crate::batch::Batch;
use crate::error::ReadError;
use crate::source::Source;
use crate::summary::Summary;

/// What is left of a capture whose writer did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The first byte that could not be used.
    pub offset: u64,
    /// How many bytes from there to the end.
    pub bytes: u64,
    /// Why they could not be used.
    pub reason: String,
}

/// Reads a capture file block by block.
pub struct Reader<R: Read + Seek> {
    input: R,
    header: Header,
    summary: Option<Summary>,
    torn_tail: Option<TornTail>,
}

impl<R: Read + Seek> Reader<R> {
    /// Reads the header and, where there is one, the footer.
    ///
    /// # Errors
    /// When it is no capture file, or one of a version that this program does not read, or its
    /// header is damaged.
    pub fn new(input: R) -> Result<Self, ReadError> {
        let _ = input;
        unimplemented!()
    }

    /// What stands at the beginning.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// What the footer says; `None` when there is none (see [`Self::torn_tail`]).
    #[must_use]
    pub const fn summary(&self) -> Option<&Summary> {
        self.summary.as_ref()
    }

    /// Where and why the file ends early; `None` when it is complete.
    #[must_use]
    pub const fn torn_tail(&self) -> Option<&TornTail> {
        self.torn_tail.as_ref()
    }

    /// Goes to the first command whose `seq` is at least this; the next read begins there.
    ///
    /// # Errors
    /// When the index or a block header cannot be read.
    pub fn seek_seq(&mut self, seq: Seq) -> Result<(), ReadError> {
        let _ = (seq, &mut self.input);
        unimplemented!()
    }

    /// Goes to the first command whose time is at least this; the next read begins there.
    ///
    /// # Errors
    /// As [`Self::seek_seq`].
    pub fn seek_time(&mut self, time: TimeNs) -> Result<(), ReadError> {
        let _ = time;
        unimplemented!()
    }
}

impl<R: Read + Seek> Source for Reader<R> {
    fn instruments(&self) -> &[Instrument] {
        &self.header.instruments
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        let _ = batch;
        unimplemented!()
    }
}
