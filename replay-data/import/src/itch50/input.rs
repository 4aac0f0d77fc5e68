//! A window over a file that moves forward.

use std::io::{self, Read};

/// How much is read at once.
const CHUNK: usize = 1 << 20;

/// Bytes that were read and not yet consumed, and where more of them come from.
pub(super) struct Input {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Input {
    pub(super) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self { reader, buffer: vec![0; CHUNK], start: 0, end: 0 }
    }

    /// What was read and not consumed.
    pub(super) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Forgets all of [`Self::unread`] but the last `left` bytes.
    pub(super) fn keep_last(&mut self, left: usize) {
        debug_assert!(left <= self.end - self.start, "only unread bytes can be kept");
        self.start = self.end - left;
    }

    /// Reads more behind what is unread; `false` at the end of the file.
    pub(super) fn read_more(&mut self) -> io::Result<bool> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Ok(count) => {
                    self.end += count;
                    return Ok(count > 0);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}
