//! Writes JSON lines.

use std::io::{self, Write};

use shadowbook_model::{Command, Event, Instrument, OrderState, Seq};

use crate::batch::{Batch, Recorded};
use crate::error::WriteError;

/// Appends an `instrument` line, without a newline.
pub fn write_instrument(out: &mut String, instrument: &Instrument) {
    let _ = (out, instrument);
    unimplemented!()
}

/// Appends a command line, without a newline.
///
/// # Panics
/// When the command names an instrument that is not in the table.
pub fn write_command(
    out: &mut String,
    command: &Command,
    synthetic: bool,
    instruments: &[Instrument],
) {
    let _ = (out, command, synthetic, instruments);
    unimplemented!()
}

/// Appends an event line, without a newline.
pub fn write_event(out: &mut String, event: &Event, seq: Seq, instrument: &Instrument) {
    let _ = (out, event, seq, instrument);
    unimplemented!()
}

/// Appends a `recorded` line, without a newline.
pub fn write_recorded(out: &mut String, recorded: Recorded<'_>, seq: Seq, instrument: &Instrument) {
    let _ = (out, recorded, seq, instrument);
    unimplemented!()
}

/// Appends a book line (`resting` or `untriggered`), without a newline.
pub fn write_book_line(out: &mut String, order: &OrderState, instrument: &Instrument) {
    let _ = (out, order, instrument);
    unimplemented!()
}

/// Writes a stream as JSON lines.
pub struct Writer<W: Write> {
    output: W,
    instruments: Vec<Instrument>,
}

impl<W: Write> Writer<W> {
    /// Writes the instrument lines. Give it a buffered output.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(output: W, instruments: &[Instrument]) -> io::Result<Self> {
        Ok(Self { output, instruments: instruments.to_vec() })
    }

    /// Writes the commands of a batch with what was recorded of them.
    ///
    /// # Errors
    /// When it cannot be written, or a command names an instrument that is not in the table.
    pub fn append(&mut self, batch: &Batch) -> Result<(), WriteError> {
        let _ = (batch, &self.instruments);
        unimplemented!()
    }

    /// Flushes and gives the output back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }
}
