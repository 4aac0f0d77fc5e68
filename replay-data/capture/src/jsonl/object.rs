//! One line: a flat JSON object, and typed access to its fields.
//!
//! Fields are taken out one by one; what is left at the end does not belong there. So no field
//! can be overlooked.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use shadowbook_model::{
    DecimalError, Increment, Instrument, InstrumentId, Price, PriceOffset, Quantity, UnknownName,
    Volume,
};

use super::Symbols;
use super::field::Field;
use super::parser::{Parser, Value};
use crate::error::{InputError, Position};

/// The fields of one line.
pub(super) struct Object<'a> {
    line: u64,
    values: [Option<Value<'a>>; Field::ALL.len()],
}

impl<'a> Object<'a> {
    /// Reads a line that is one object.
    pub(super) fn parse(text: &'a str, line: u64) -> Result<Self, InputError> {
        let mut parser = Parser::new(text, line);
        let object = Self::next(&mut parser, line)?;
        parser.end()?;
        Ok(object)
    }

    /// Reads the object at which `parser` stands.
    fn next(parser: &mut Parser<'a>, line: u64) -> Result<Self, InputError> {
        let mut object = Self { line, values: [const { None }; Field::ALL.len()] };
        parser.object(|name, value| {
            let Some(field) = Field::from_name(name) else {
                let name = Cow::Borrowed(name);
                return Err(InputError::expected(Position::Line(line), name, "a known field"));
            };
            let position = object_position(line, field);
            let slot = &mut object.values[field as usize];
            if slot.is_some() {
                return Err(InputError::new(position, "given twice"));
            }
            *slot = Some(value.map_err(|error| InputError { position, ..error })?);
            Ok(())
        })?;
        Ok(object)
    }

    /// The objects of a list, each given to `take` with its number from 1.
    pub(super) fn for_each(
        &mut self,
        field: Field,
        mut take: impl FnMut(Object<'a>) -> Result<(), InputError>,
    ) -> Result<bool, InputError> {
        let list = match self.values[field as usize].take() {
            None => return Ok(false),
            Some(Value::List(list)) => list,
            Some(other) => return Err(self.wrong(field, &other, "a list")),
        };
        let line = self.line;
        let mut parser = Parser::new(list, line);
        let mut number = 0_u64;
        parser.list(|parser| {
            number += 1;
            Object::next(parser, line).and_then(&mut take).map_err(|mut error| {
                error.problem = format!("{} item {number}: {}", field.name(), error.problem);
                error
            })
        })?;
        Ok(true)
    }

    /// Where a field of this line is.
    pub(super) const fn position(&self, field: Field) -> Position {
        object_position(self.line, field)
    }

    /// A problem with a field.
    pub(super) fn problem(&self, field: Field, problem: impl Into<String>) -> InputError {
        InputError::new(self.position(field), problem)
    }

    /// What a field must have and this line has not.
    pub(super) fn required<T>(&self, field: Field, value: Option<T>) -> Result<T, InputError> {
        value.ok_or_else(|| self.problem(field, "missing"))
    }

    /// Sees to it that no field is left.
    pub(super) fn finish(&self, kind: &str) -> Result<(), InputError> {
        let left = Field::ALL.iter().find(|field| self.values[**field as usize].is_some());
        match left {
            None => Ok(()),
            Some(field) => Err(self.problem(*field, format!("`{kind}` lines have no such field"))),
        }
    }

    fn wrong(&self, field: Field, found: &Value<'_>, expected: impl fmt::Display) -> InputError {
        InputError::expected(self.position(field), found, expected)
    }

    /// A string.
    pub(super) fn text(&mut self, field: Field) -> Result<Option<Cow<'a, str>>, InputError> {
        match self.values[field as usize].take() {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(field, &other, "a string")),
        }
    }

    /// A whole number of 64 bits.
    pub(super) fn number(&mut self, field: Field) -> Result<Option<u64>, InputError> {
        let Some(value) = self.values[field as usize].take() else { return Ok(None) };
        let number = match &value {
            Value::Number(digits) => digits.parse().ok(),
            _ => None,
        };
        match number {
            Some(number) => Ok(Some(number)),
            None => {
                let expected = format!("a whole number from 0 to {}", u64::MAX);
                Err(self.wrong(field, &value, expected))
            }
        }
    }

    /// A number that must be there.
    pub(super) fn required_number(&mut self, field: Field) -> Result<u64, InputError> {
        let number = self.number(field)?;
        self.required(field, number)
    }

    /// `true` or `false`; `false` when it is not there.
    pub(super) fn flag(&mut self, field: Field) -> Result<bool, InputError> {
        match self.values[field as usize].take() {
            None => Ok(false),
            Some(Value::Flag(flag)) => Ok(flag),
            Some(other) => Err(self.wrong(field, &other, "true or false")),
        }
    }

    /// One of the names of an enum.
    pub(super) fn name<T: FromStr<Err = UnknownName>>(
        &mut self,
        field: Field,
    ) -> Result<Option<T>, InputError> {
        let Some(text) = self.text(field)? else { return Ok(None) };
        text.parse().map(Some).map_err(|unknown: UnknownName| {
            let expected = format!("one of: {}", unknown.expected);
            InputError::expected(self.position(field), &text, expected)
        })
    }

    /// One of the names of an enum that must be there.
    pub(super) fn required_name<T: FromStr<Err = UnknownName>>(
        &mut self,
        field: Field,
    ) -> Result<T, InputError> {
        let name = self.name(field)?;
        self.required(field, name)
    }

    /// The instrument that the line names.
    pub(super) fn instrument<'s>(
        &mut self,
        symbols: &'s Symbols,
    ) -> Result<(InstrumentId, &'s Instrument), InputError> {
        let text = self.text(Field::Instrument)?;
        let name = self.required(Field::Instrument, text)?;
        symbols.find(&name).ok_or_else(|| {
            let expected = "an instrument that an instrument line declares";
            InputError::expected(self.position(Field::Instrument), name, expected)
        })
    }

    /// A tick or lot size.
    pub(super) fn increment(&mut self, field: Field) -> Result<Increment, InputError> {
        let size = self.decimal(field, (field.name(), 64), str::parse)?;
        self.required(field, size)
    }

    /// A price in ticks.
    pub(super) fn price(
        &mut self,
        field: Field,
        instrument: &Instrument,
    ) -> Result<Option<Price>, InputError> {
        let ticks = self.decimal(field, ("tick", 64), |text| instrument.tick.parse_signed(text))?;
        Ok(ticks.map(Price))
    }

    /// A price that must be there.
    pub(super) fn required_price(
        &mut self,
        field: Field,
        instrument: &Instrument,
    ) -> Result<Price, InputError> {
        let price = self.price(field, instrument)?;
        self.required(field, price)
    }

    /// A distance between prices, in ticks.
    pub(super) fn offset(
        &mut self,
        field: Field,
        instrument: &Instrument,
    ) -> Result<Option<PriceOffset>, InputError> {
        Ok(self.price(field, instrument)?.map(|ticks| PriceOffset(ticks.0)))
    }

    /// A quantity in lots.
    pub(super) fn quantity(
        &mut self,
        field: Field,
        instrument: &Instrument,
    ) -> Result<Option<Quantity>, InputError> {
        let lots = self.decimal(field, ("lot", 64), |text| instrument.lot.parse_unsigned(text))?;
        Ok(lots.map(Quantity))
    }

    /// A quantity that must be there.
    pub(super) fn required_quantity(
        &mut self,
        field: Field,
        instrument: &Instrument,
    ) -> Result<Quantity, InputError> {
        let quantity = self.quantity(field, instrument)?;
        self.required(field, quantity)
    }

    /// A sum of quantities in lots, which may be larger than any single one.
    pub(super) fn required_volume(
        &mut self,
        field: Field,
        instrument: &Instrument,
    ) -> Result<Volume, InputError> {
        let volume =
            self.decimal(field, ("lot", 128), |text| parse_volume(text, instrument.lot))?;
        self.required(field, volume)
    }

    /// A decimal that counts this unit in so many bits.
    fn decimal<T>(
        &mut self,
        field: Field,
        (unit, bits): (&str, u32),
        parse: impl FnOnce(&str) -> Result<T, DecimalError>,
    ) -> Result<Option<T>, InputError> {
        let text = match self.values[field as usize].take() {
            None => return Ok(None),
            Some(Value::Text(text)) => text,
            Some(other) => return Err(self.wrong(field, &other, "a decimal as a string")),
        };
        parse(&text).map(Some).map_err(|error| {
            let expected = match error {
                DecimalError::Malformed => {
                    "a decimal number such as 43000.1, without plus sign, exponent, spaces, \
                     leading zeros or negative zero"
                        .to_owned()
                }
                DecimalError::NotMultiple(size) => format!("a whole multiple of the {unit} {size}"),
                DecimalError::Negative => "zero or more".to_owned(),
                DecimalError::OutOfRange => format!("a number of {unit}s that fits {bits} bits"),
                DecimalError::BadIncrement => {
                    format!("a {unit} above zero with at most 18 decimals that fits 64 bits")
                }
            };
            InputError::expected(self.position(field), text, expected)
        })
    }
}

const fn object_position(line: u64, field: Field) -> Position {
    Position::Field { line, field: field.name() }
}

/// Reads a count of lots that may need more than 64 bits.
fn parse_volume(text: &str, lot: Increment) -> Result<Volume, DecimalError> {
    match lot.parse_unsigned(text) {
        Ok(lots) => return Ok(Volume(u128::from(lots))),
        Err(DecimalError::OutOfRange) => {}
        Err(error) => return Err(error),
    }
    // It is a decimal; only its size and its precision are still to be looked at.
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = fraction.trim_end_matches('0');
    let decimals = usize::from(lot.scale());
    if fraction.len() > decimals {
        return Err(DecimalError::NotMultiple(lot));
    }
    let fraction = fraction.bytes().chain(std::iter::repeat(b'0')).take(decimals);
    let digits = whole.bytes().chain(fraction).try_fold(0_u128, |digits, byte| {
        digits.checked_mul(10)?.checked_add(u128::from(byte.checked_sub(b'0')?))
    });
    let digits = digits.ok_or(DecimalError::OutOfRange)?;
    let mantissa = u128::from(lot.mantissa());
    if digits.is_multiple_of(mantissa) {
        Ok(Volume(digits / mantissa))
    } else {
        Err(DecimalError::NotMultiple(lot))
    }
}
