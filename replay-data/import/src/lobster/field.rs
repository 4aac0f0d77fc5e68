//! The fields of LOBSTER's lines, byte by byte.

use shadowbook_capture::{InputError, Position};

/// Numbers of so many digits fit 64 bits, whatever the digits.
const MAX_DIGITS: usize = 19;

/// What ends a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Field,
    Line,
}

/// A line that is read from the left.
pub(super) struct Cursor<'a> {
    /// Ends with a line end; what follows the first one is of later lines.
    bytes: &'a [u8],
    at: usize,
    line: u64,
    /// The name of the file, for errors.
    file: &'a str,
}

/// A problem with one field; boxed into the error only when there is one.
type Result<T> = std::result::Result<T, Box<InputError>>;

impl<'a> Cursor<'a> {
    pub(super) const fn new(bytes: &'a [u8], line: u64, file: &'a str) -> Self {
        Self { bytes, at: 0, line, file }
    }

    /// How many bytes were read.
    pub(super) const fn consumed(&self) -> usize {
        self.at
    }

    /// What was not read yet: this line, and maybe later ones.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Goes back to a place that [`Self::here`] gave.
    pub(super) const fn go_back(&mut self, to: usize) {
        self.at = to;
    }

    /// The next byte without going on; a line end behind the last line.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(b'\n')
    }

    pub(super) const fn skip(&mut self) {
        self.at += 1;
    }

    /// The digits that come next, as a number, and how many there were. More digits than surely
    /// fit 64 bits give the greatest number.
    #[inline]
    pub(super) fn digits(&mut self) -> (u64, usize) {
        let mut value: u64 = 0;
        let mut count = 0;
        for byte in self.bytes.get(self.at..).unwrap_or_default() {
            let digit = byte.wrapping_sub(b'0');
            if digit > 9 {
                break;
            }
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            count += 1;
        }
        self.at += count;
        (if count > MAX_DIGITS { u64::MAX } else { value }, count)
    }

    /// Reads a whole number that may be negative and is below 2^63.
    #[inline]
    pub(super) fn integer(
        &mut self,
        field: &'static str,
        expected: &'static str,
        end: End,
    ) -> Result<i64> {
        let from = self.at;
        let negative = self.peek() == b'-';
        if negative {
            self.skip();
        }
        let (magnitude, digits) = self.digits();
        let magnitude = i64::try_from(magnitude).ok().filter(|_| digits > 0);
        match magnitude {
            Some(value) if self.ends(end) => Ok(if negative { -value } else { value }),
            _ => Err(self.refuse(from, field, expected)),
        }
    }

    /// Goes over the end of a field, if it is here.
    #[inline]
    pub(super) fn ends(&mut self, end: End) -> bool {
        match (end, self.peek()) {
            (End::Field, b',') | (End::Line, b'\n') => {
                self.skip();
                true
            }
            (End::Line, b'\r') if self.bytes.get(self.at + 1) == Some(&b'\n') => {
                self.at += 2;
                true
            }
            _ => false,
        }
    }

    /// Says that the field that began at `from` is not what was expected.
    #[cold]
    pub(super) fn refuse(
        &self,
        from: usize,
        field: &'static str,
        expected: &str,
    ) -> Box<InputError> {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let length = rest.iter().position(|byte| matches!(byte, b',' | b'\n' | b'\r'));
        let length = length.unwrap_or(rest.len());
        let end = match rest.get(length) {
            Some(b',') => "followed by a further field",
            _ => "at the end of the line",
        };
        let found = String::from_utf8_lossy(&rest[..length]);
        let mut error =
            InputError::expected(Position::Field { line: self.line, field }, found, expected);
        error.problem = format!("{} ({end}, in {})", error.problem, self.file);
        Box::new(error)
    }

    /// The position from which a field is read, to be given to [`Self::refuse`].
    pub(super) const fn here(&self) -> usize {
        self.at
    }
}
