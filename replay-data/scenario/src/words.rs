//! One line of text as words.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use shadowbook_capture::{InputError, Position};
use shadowbook_model::{
    Increment, Instrument, OrderId, Price, PriceOffset, Quantity, UnknownName, Volume,
};

/// The words of a line that are not read yet, and the comment behind them.
pub(crate) struct Words<'a> {
    line: u64,
    words: std::vec::IntoIter<Cow<'a, str>>,
    comment: Option<&'a str>,
    indented: bool,
}

impl<'a> Words<'a> {
    /// Splits a line at white space; `"…"` is one word, `#` begins a comment.
    pub(crate) fn split(line: u64, text: &'a str) -> Result<Self, InputError> {
        let mut words = Vec::new();
        let mut comment = None;
        let mut rest = text.trim();
        while !rest.is_empty() {
            if let Some(text) = rest.strip_prefix('#') {
                comment = Some(text.strip_prefix(' ').unwrap_or(text));
                break;
            }
            let (word, after) = match rest.strip_prefix('"') {
                Some(quoted) => unquote(line, quoted)?,
                None => {
                    let end = rest.find(|c: char| c.is_whitespace() || c == '#');
                    let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
                    (Cow::Borrowed(word), after)
                }
            };
            words.push(word);
            rest = after.trim_start();
        }
        let indented = text.starts_with(char::is_whitespace);
        Ok(Self { line, words: words.into_iter(), comment, indented })
    }

    pub(crate) const fn line(&self) -> u64 {
        self.line
    }

    pub(crate) const fn is_indented(&self) -> bool {
        self.indented
    }

    pub(crate) fn comment(&self) -> Option<String> {
        self.comment.map(str::to_owned)
    }

    pub(crate) fn peek(&self) -> Option<&str> {
        self.words.as_slice().first().map(AsRef::as_ref)
    }

    /// Reads this word if it is the next.
    pub(crate) fn skip(&mut self, word: &str) -> bool {
        let is_next = self.peek() == Some(word);
        if is_next {
            self.words.next();
        }
        is_next
    }

    /// Reads any word; `expected` says what it stands for.
    pub(crate) fn word(&mut self, expected: impl fmt::Display) -> Result<Cow<'a, str>, InputError> {
        self.words.next().ok_or_else(|| {
            InputError::new(
                Position::Line(self.line),
                format!("the line ends, expected {expected}"),
            )
        })
    }

    /// Reads exactly this word.
    pub(crate) fn keyword(&mut self, keyword: &str) -> Result<(), InputError> {
        let found = self.word(format_args!("`{keyword}`"))?;
        if found == keyword { Ok(()) } else { Err(self.unexpected(&found, format!("`{keyword}`"))) }
    }

    /// Nothing may follow.
    pub(crate) fn end(mut self) -> Result<(), InputError> {
        match self.words.next() {
            None => Ok(()),
            Some(found) => Err(self.unexpected(&found, "the end of the line")),
        }
    }

    /// Something else was read than what was expected.
    pub(crate) fn unexpected(&self, found: &str, expected: impl fmt::Display) -> InputError {
        InputError::expected(Position::Line(self.line), found, expected)
    }

    fn field(&self, field: &'static str) -> Position {
        Position::Field { line: self.line, field }
    }

    /// Reads one of the names of an enum.
    pub(crate) fn name<T>(&mut self, field: &'static str) -> Result<T, InputError>
    where
        T: FromStr<Err = UnknownName>,
    {
        let found = self.word(format_args!("a {field}"))?;
        found.parse().map_err(|error: UnknownName| {
            InputError::expected(
                self.field(field),
                &found,
                format_args!("one of: {}", error.expected),
            )
        })
    }

    /// Reads one of the names of an enum if one of them is next.
    pub(crate) fn name_if_next<T: FromStr>(&mut self) -> Option<T> {
        let name = self.peek()?.parse().ok()?;
        self.words.next();
        Some(name)
    }

    /// Reads an unsigned whole number.
    pub(crate) fn number(&mut self, field: &'static str) -> Result<u64, InputError> {
        let found = self.word(format_args!("a number ({field})"))?;
        self.number_in(&found, field)
    }

    pub(crate) fn number_in(&self, found: &str, field: &'static str) -> Result<u64, InputError> {
        let digits = !found.is_empty() && found.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { found.parse().ok() } else { None };
        number.ok_or_else(|| {
            InputError::expected(self.field(field), found, "a whole number that fits 64 bits")
        })
    }

    pub(crate) fn order(&mut self) -> Result<OrderId, InputError> {
        self.number("order").map(OrderId)
    }

    pub(crate) fn price(
        &mut self,
        instrument: &Instrument,
        field: &'static str,
    ) -> Result<Price, InputError> {
        let found = self.word(format_args!("a price ({field})"))?;
        self.price_in(&found, instrument, field)
    }

    pub(crate) fn price_in(
        &self,
        found: &str,
        instrument: &Instrument,
        field: &'static str,
    ) -> Result<Price, InputError> {
        let ticks = instrument.tick.parse_signed(found);
        ticks.map(Price).map_err(|error| self.decimal(found, field, instrument.tick, error))
    }

    pub(crate) fn offset(&mut self, instrument: &Instrument) -> Result<PriceOffset, InputError> {
        self.price(instrument, "trail").map(|price| PriceOffset(price.0))
    }

    pub(crate) fn quantity(
        &mut self,
        instrument: &Instrument,
        field: &'static str,
    ) -> Result<Quantity, InputError> {
        let found = self.word(format_args!("a quantity ({field})"))?;
        self.quantity_in(&found, instrument, field)
    }

    pub(crate) fn quantity_in(
        &self,
        found: &str,
        instrument: &Instrument,
        field: &'static str,
    ) -> Result<Quantity, InputError> {
        let lots = instrument.lot.parse_unsigned(found);
        lots.map(Quantity).map_err(|error| self.decimal(found, field, instrument.lot, error))
    }

    /// Reads a quantity that may be wider than 64 bits.
    pub(crate) fn volume(&mut self, instrument: &Instrument) -> Result<Volume, InputError> {
        let found = self.word("a quantity")?;
        wide(&found, instrument.lot).map(Volume).ok_or_else(|| {
            let expected = format!("a quantity in steps of {}", instrument.lot);
            InputError::expected(self.field("quantity"), &found, expected)
        })
    }

    /// Reads a tick or lot size.
    pub(crate) fn increment(&mut self, field: &'static str) -> Result<Increment, InputError> {
        let found = self.word(format_args!("a {field} size"))?;
        found.parse().map_err(|error| {
            let expected = format!("a {field} size ({error})");
            InputError::expected(self.field(field), &found, expected)
        })
    }

    fn decimal(
        &self,
        found: &str,
        field: &'static str,
        step: Increment,
        error: impl fmt::Display,
    ) -> InputError {
        let expected = format!("a {field} in steps of {step} ({error})");
        InputError::expected(self.field(field), found, expected)
    }
}

/// A decimal as a count of `lot` that may take 128 bits.
fn wide(text: &str, lot: Increment) -> Option<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let missing = usize::from(lot.scale()).checked_sub(fraction.len())?;
    let all = whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', missing));
    let units = all.into_iter().try_fold(0_u128, |units, byte| {
        units.checked_mul(10)?.checked_add(u128::from(byte - b'0'))
    })?;
    let mantissa = u128::from(lot.mantissa());
    units.is_multiple_of(mantissa).then(|| units / mantissa)
}

/// Reads up to the closing quote; what follows it comes second.
fn unquote(line: u64, quoted: &str) -> Result<(Cow<'_, str>, &str), InputError> {
    let bad =
        |found: &str, expected: &str| InputError::expected(Position::Line(line), found, expected);
    let mut word = String::new();
    let mut rest = quoted;
    loop {
        let mut chars = rest.chars();
        match chars.next() {
            None => return Err(bad(quoted, "a closing quote before the end of the line")),
            Some('"') => {
                let after = chars.as_str();
                if after.starts_with(|c: char| !c.is_whitespace() && c != '#') {
                    return Err(bad(after, "white space after the closing quote"));
                }
                return Ok((Cow::Owned(word), after));
            }
            Some('\\') => {
                let (escaped, after) = unescape(chars.as_str())
                    .ok_or_else(|| bad(rest, "one of the escapes \\\" \\\\ \\u{hex}"))?;
                word.push(escaped);
                rest = after;
            }
            Some(other) => {
                word.push(other);
                rest = chars.as_str();
            }
        }
    }
}

fn unescape(text: &str) -> Option<(char, &str)> {
    if let Some(rest) = text.strip_prefix("u{") {
        let (hex, rest) = rest.split_once('}')?;
        let code = if hex.starts_with('+') { None } else { u32::from_str_radix(hex, 16).ok() };
        return Some((char::from_u32(code?)?, rest));
    }
    let mut chars = text.chars();
    let plain = chars.next().filter(|c| matches!(c, '"' | '\\'))?;
    Some((plain, chars.as_str()))
}

/// Writes a symbol so that [`Words::split`] reads it as one word.
pub(crate) fn quote(symbol: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '#' | '\\');
    if !symbol.is_empty() && symbol.chars().all(is_plain) {
        return Cow::Borrowed(symbol);
    }
    let mut quoted = String::from('"');
    for c in symbol.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' ' => quoted.push(c),
            c if c.is_alphanumeric() || c.is_ascii_graphic() => quoted.push(c),
            c => quoted.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    quoted.push('"');
    Cow::Owned(quoted)
}
