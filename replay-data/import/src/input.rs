//! Files as they are, or packed with gzip or zstd, read in one go and line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use shadowbook_capture::{InputError, Position, ReadError};

/// How much is read at once; also the longest line that is taken.
const CHUNK: usize = 1 << 18;

/// Opens a file for reading, whatever it is packed with; the first bytes tell, not the name.
///
/// Memory does not depend on how long the file is.
///
/// # Errors
/// When the file cannot be opened or read.
pub fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    unpack(File::open(path)?)
}

/// Reads what is packed with gzip or zstd, and everything else as it is.
///
/// # Errors
/// When the first bytes cannot be read.
pub fn unpack(reader: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
    let mut reader = BufReader::with_capacity(CHUNK, reader);
    let start = reader.fill_buf()?;
    Ok(match start {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(reader)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::with_buffer(reader)?),
        _ => Box::new(reader),
    })
}

/// A text as runs of whole lines.
pub(crate) struct Lines {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Where the next line begins.
    start: usize,
    /// Behind the last whole line.
    whole: usize,
    /// Behind what was read.
    end: usize,
    line: u64,
    at_end: bool,
}

impl Lines {
    pub(crate) fn new(reader: Box<dyn Read + Send>) -> Self {
        Self {
            reader,
            buffer: vec![0; 2 * CHUNK],
            start: 0,
            whole: 0,
            end: 0,
            line: 1,
            at_end: false,
        }
    }

    /// The number of the next line, from 1.
    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    /// What begins with the next line and ends with a line end; nothing when there is no more.
    pub(crate) fn whole_lines(&mut self) -> Result<&[u8], ReadError> {
        while self.start == self.whole && !self.at_end {
            self.read_more()?;
        }
        Ok(&self.buffer[self.start..self.whole])
    }

    /// Goes on behind the `length` bytes of the line that was just read.
    pub(crate) const fn advance(&mut self, length: usize) {
        self.start += length;
        self.line += 1;
    }

    fn read_more(&mut self) -> Result<(), ReadError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.whole = 0;
        if self.end >= CHUNK {
            let problem = format!("the line has more than {CHUNK} bytes");
            return Err(InputError::new(Position::Line(self.line), problem).into());
        }
        let from = self.end;
        let count = loop {
            match self.reader.read(&mut self.buffer[from..from + CHUNK]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        self.end += count;
        if count == 0 {
            self.at_end = true;
            if self.end > 0 {
                // The last line may do without a line end.
                self.buffer[self.end] = b'\n';
                self.end += 1;
            }
        }
        let newest = &self.buffer[from..self.end];
        if let Some(last) = newest.iter().rposition(|byte| *byte == b'\n') {
            self.whole = from + last + 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &'static [u8]) -> Vec<(u64, String)> {
        let mut lines = Lines::new(Box::new(text));
        let mut found = Vec::new();
        loop {
            let whole = lines.whole_lines().expect("a slice can be read");
            let Some(length) = whole.iter().position(|byte| *byte == b'\n') else { break };
            let text = String::from_utf8_lossy(&whole[..length]).into_owned();
            found.push((lines.line(), text));
            lines.advance(length + 1);
        }
        found
    }

    #[test]
    fn the_last_line_may_do_without_an_end() {
        let expected = vec![(1, "a".to_owned()), (2, String::new()), (3, "b".to_owned())];
        assert_eq!(lines(b"a\n\nb\n"), expected);
        assert_eq!(lines(b"a\n\nb"), expected);
        assert_eq!(lines(b""), vec![]);
    }

    #[test]
    fn a_line_without_an_end_is_refused_before_it_fills_the_memory() {
        let mut lines = Lines::new(Box::new(io::repeat(b'1')));
        let error = lines.whole_lines().expect_err("no line end");
        assert_eq!(error.to_string(), "line 1: the line has more than 262144 bytes");
    }

    #[test]
    fn packed_files_are_told_by_their_first_bytes() {
        let text = b"34200.1,1,2,3,4,1\n".repeat(100);
        let zstd = zstd::encode_all(&text[..], 1).expect("zstd");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        io::Write::write_all(&mut gzip, &text).expect("gzip");
        for packed in [text.clone(), zstd, gzip.finish().expect("gzip")] {
            let mut read = Vec::new();
            let mut reader = unpack(io::Cursor::new(packed)).expect("readable");
            reader.read_to_end(&mut read).expect("readable");
            assert_eq!(read, text);
        }
    }
}
