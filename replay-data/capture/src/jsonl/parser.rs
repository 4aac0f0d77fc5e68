//! The part of JSON that lines consist of: flat objects, and lists of them.

use std::borrow::Cow;
use std::fmt;

use crate::error::{InputError, Position};

/// What a field holds.
pub(super) enum Value<'a> {
    /// A string, without quotes and escapes.
    Text(Cow<'a, str>),
    /// A number as it is written.
    Number(&'a str),
    /// `true` or `false`.
    Flag(bool),
    /// A list as it is written, brackets included; not looked into yet.
    List(&'a str),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Number(text) | Self::List(text) => f.write_str(text),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// Walks a line. Every error is one of the line.
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Parser<'a> {
    /// A parser at the beginning of `text`.
    pub(super) const fn new(text: &'a str, line: u64) -> Self {
        Self { text, at: 0, line }
    }

    /// Sees to it that nothing is left.
    pub(super) fn end(&mut self) -> Result<(), InputError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the line")),
        }
    }

    /// Reads an object and gives each field to `take`, which knows best how to name it in an error.
    pub(super) fn object(
        &mut self,
        mut take: impl FnMut(&str, Result<Value<'a>, InputError>) -> Result<(), InputError>,
    ) -> Result<(), InputError> {
        self.require(b'{', "an object that begins with {")?;
        if self.accept(b'}') {
            return Ok(());
        }
        loop {
            self.require(b'"', "a field name in quotes")?;
            let name = self.string()?;
            self.require(b':', "a colon after the field name")?;
            take(&name, self.value())?;
            if self.accept(b'}') {
                return Ok(());
            }
            self.require(b',', "a comma or the closing } of the object")?;
        }
    }

    /// Reads a list; `take` reads each of its elements.
    pub(super) fn list(
        &mut self,
        mut take: impl FnMut(&mut Self) -> Result<(), InputError>,
    ) -> Result<(), InputError> {
        self.require(b'[', "a list that begins with [")?;
        if self.accept(b']') {
            return self.end();
        }
        loop {
            take(self)?;
            if self.accept(b']') {
                return self.end();
            }
            self.require(b',', "a comma or the closing ] of the list")?;
        }
    }

    fn value(&mut self) -> Result<Value<'a>, InputError> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(Value::Text)
            }
            Some(b'[') => self.skip_list().map(Value::List),
            Some(b'-' | b'0'..=b'9') => self.number().map(Value::Number),
            _ if self.rest().starts_with("true") => {
                self.at += "true".len();
                Ok(Value::Flag(true))
            }
            _ if self.rest().starts_with("false") => {
                self.at += "false".len();
                Ok(Value::Flag(false))
            }
            _ => Err(self.expected("a string, a number, true, false or a list")),
        }
    }

    /// Reads on behind the opening quote.
    fn string(&mut self) -> Result<Cow<'a, str>, InputError> {
        let rest = self.rest();
        let mut is_escaped = false;
        let mut bytes = rest.bytes().enumerate();
        let length = loop {
            match bytes.next() {
                Some((index, b'"')) => break index,
                Some((_, b'\\')) => {
                    is_escaped = true;
                    bytes.next();
                }
                Some((_, 0x20..)) => {}
                Some(_) | None => return Err(self.expected("a string that ends with a quote")),
            }
        };
        let text = &rest[..length];
        if !is_escaped {
            self.at += length + 1;
            return Ok(Cow::Borrowed(text));
        }
        let quoted = &self.text[self.at - 1..=self.at + length];
        match serde_json::from_str::<String>(quoted) {
            Ok(text) => {
                self.at += length + 1;
                Ok(Cow::Owned(text))
            }
            Err(_) => Err(self.expected("a string with JSON escapes only")),
        }
    }

    fn number(&mut self) -> Result<&'a str, InputError> {
        let rest = self.rest();
        let is_part = |byte: u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        let length = rest.bytes().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        let digits = rest[..length].strip_prefix('-').unwrap_or(&rest[..length]);
        let has_leading_zero =
            digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if has_leading_zero {
            return Err(self.expected("a number without leading zeros"));
        }
        self.at += length;
        Ok(&rest[..length])
    }

    /// Finds the end of a list. Only strings and brackets matter; the rest is looked at later.
    fn skip_list(&mut self) -> Result<&'a str, InputError> {
        let rest = self.rest();
        let (mut depth, mut is_text, mut is_escape) = (0_usize, false, false);
        for (index, byte) in rest.bytes().enumerate() {
            match byte {
                _ if is_escape => is_escape = false,
                b'\\' if is_text => is_escape = true,
                b'"' => is_text = !is_text,
                b'[' if !is_text => depth += 1,
                b']' if !is_text => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += index + 1;
                        return Ok(&rest[..=index]);
                    }
                }
                _ => {}
            }
        }
        Err(self.expected("a list that ends with ]"))
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let spaces = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        self.at += spaces.count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn accept(&mut self, byte: u8) -> bool {
        let is_there = self.peek() == Some(byte);
        self.at += usize::from(is_there);
        is_there
    }

    fn require(&mut self, byte: u8, what: &str) -> Result<(), InputError> {
        if self.accept(byte) { Ok(()) } else { Err(self.expected(what)) }
    }

    fn expected(&self, what: &str) -> InputError {
        let rest = self.rest();
        let found = if rest.is_empty() { "the end of the line" } else { rest };
        InputError::expected(Position::Line(self.line), found, what)
    }
}
