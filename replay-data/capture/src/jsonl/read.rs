//! Reads JSON lines as a stream of commands.

use std::io::BufRead;

use shadowbook_model::{Command, Instrument};

use super::Symbols;
use crate::batch::Batch;
use crate::error::{InputError, ReadError};
use crate::source::Source;

/// A command as a line says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The command.
    pub command: Command,
    /// Whether the importer added it to put its book right.
    pub synthetic: bool,
}

/// Reads a command line; `number` is the line's, for errors.
///
/// # Errors
/// When it is no command line, or names an instrument that is not in the table.
pub fn parse_command(
    line: &str,
    number: u64,
    symbols: &Symbols,
) -> Result<CommandLine, InputError> {
    let _ = (line, number, symbols);
    unimplemented!()
}

/// Reads JSON lines: first the instruments, then commands with what was recorded of them.
pub struct Reader<R: BufRead> {
    input: R,
    symbols: Symbols,
}

impl<R: BufRead> Reader<R> {
    /// Reads the instrument lines.
    ///
    /// # Errors
    /// When one of them is malformed.
    pub fn new(input: R) -> Result<Self, ReadError> {
        Ok(Self { input, symbols: Symbols::default() })
    }
}

impl<R: BufRead> Source for Reader<R> {
    fn instruments(&self) -> &[Instrument] {
        self.symbols.instruments()
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        let _ = (batch, &mut self.input);
        unimplemented!()
    }
}
