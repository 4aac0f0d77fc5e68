//! Writes one line, field by field.

use std::fmt::Write as _;

use shadowbook_model::{Instrument, Price, PriceOffset, Quantity, Volume};

use super::field::Field;

/// A line that is being written.
pub(super) struct LineWriter<'a> {
    out: &'a mut String,
}

impl<'a> LineWriter<'a> {
    /// Begins a line of this type.
    pub(super) fn new(out: &'a mut String, line_type: &str) -> Self {
        out.push_str("{\"type\":\"");
        out.push_str(line_type);
        out.push('"');
        Self { out }
    }

    /// Begins an object of a list, which has no type; its first field is this number.
    pub(super) fn untyped(out: &'a mut String, field: Field, number: u64) -> Self {
        let _ = write!(out, "{{\"{}\":{number}", field.name());
        Self { out }
    }

    /// Ends the line.
    pub(super) fn end(self) {
        self.out.push('}');
    }

    fn key(&mut self, field: Field) {
        self.out.push_str(",\"");
        self.out.push_str(field.name());
        self.out.push_str("\":");
    }

    /// A field with a name of an enum.
    pub(super) fn name(&mut self, field: Field, name: &str) {
        self.key(field);
        self.out.push('"');
        self.out.push_str(name);
        self.out.push('"');
    }

    /// The instrument. Its name may hold anything.
    pub(super) fn instrument(&mut self, symbol: &str) {
        let is_plain = symbol.chars().all(|c| !c.is_control() && c != '"' && c != '\\');
        if is_plain {
            return self.name(Field::Instrument, symbol);
        }
        self.key(Field::Instrument);
        self.out.push_str(&serde_json::Value::from(symbol).to_string());
    }

    /// A whole number.
    pub(super) fn number(&mut self, field: Field, number: u64) {
        self.key(field);
        let _ = write!(self.out, "{number}");
    }

    /// A number that may be missing.
    pub(super) fn optional_number(&mut self, field: Field, number: Option<u64>) {
        if let Some(number) = number {
            self.number(field, number);
        }
    }

    /// A field that is there only when it is true.
    pub(super) fn flag(&mut self, field: Field, flag: bool) {
        if flag {
            self.key(field);
            self.out.push_str("true");
        }
    }

    /// A price that may be missing.
    pub(super) fn price(
        &mut self,
        field: Field,
        price: impl Into<Option<Price>>,
        instrument: &Instrument,
    ) {
        if let Some(price) = price.into() {
            self.name(field, &instrument.tick.format_signed(price.0));
        }
    }

    /// A distance between prices that may be missing.
    pub(super) fn offset(
        &mut self,
        field: Field,
        offset: Option<PriceOffset>,
        instrument: &Instrument,
    ) {
        self.price(field, offset.map(|offset| Price(offset.0)), instrument);
    }

    /// A quantity that may be missing.
    pub(super) fn quantity(
        &mut self,
        field: Field,
        quantity: impl Into<Option<Quantity>>,
        instrument: &Instrument,
    ) {
        if let Some(quantity) = quantity.into() {
            self.name(field, &instrument.lot.format_unsigned(quantity.0));
        }
    }

    /// A sum of quantities.
    pub(super) fn volume(&mut self, field: Field, volume: Volume, instrument: &Instrument) {
        self.name(field, &instrument.lot.format_unsigned(volume.0));
    }

    /// A list, of which `write` writes each item.
    pub(super) fn list<T>(&mut self, field: Field, items: &[T], write: impl Fn(&mut String, &T)) {
        self.key(field);
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            write(self.out, item);
        }
        self.out.push(']');
    }
}
