//! Reads JSON lines as a stream of commands.

use std::io::{BufRead, Read};

use shadowbook_model::{Command, CommandKind, Instrument, Snapshot};

use super::Symbols;
use super::command::{CommandLine, command_line, instrument_line, recorded_line};
use super::field::Field;
use super::object::Object;
use super::state::States;
use crate::batch::Batch;
use crate::error::{InputError, Position, ReadError};
use crate::instruments::MAX_INSTRUMENTS;
use crate::source::Source;

/// A batch ends at so many commands.
const BATCH_COMMANDS: usize = 4096;
/// A batch ends at so many recorded fills and events, which may be far more than its commands.
const BATCH_OUTCOMES: usize = 32_768;
/// No line is longer. A `recorded` line carries all events of an auction, which can be many.
pub(super) const MAX_LINE: usize = 64 << 20;

/// Reads JSON lines: first the instruments, then what their books hold, then commands with what was
/// recorded of them.
pub struct Reader<R: BufRead> {
    input: R,
    line: Vec<u8>,
    number: u64,
    symbols: Symbols,
    states: States,
    /// The last command that was read, and whether something was recorded of it.
    last: Option<CommandLine>,
    last_is_recorded: bool,
    /// A command that was read and is still to be given.
    pending: Option<CommandLine>,
    /// An error that was met after commands that are good.
    error: Option<ReadError>,
}

impl<R: BufRead> Reader<R> {
    /// Reads the lines of instruments and of what their books hold, and the first line after them.
    ///
    /// # Errors
    /// When one of them is malformed, or no engine can be in such a state.
    pub fn new(input: R) -> Result<Self, ReadError> {
        let mut reader = Self {
            input,
            line: Vec::new(),
            number: 0,
            symbols: Symbols::default(),
            states: States::default(),
            last: None,
            last_is_recorded: false,
            pending: None,
            error: None,
        };
        while reader.pending.is_none() && reader.next_line()? {
            reader.first_lines()?;
        }
        reader.states.check(&reader.symbols)?;
        Ok(reader)
    }

    /// Reads the next line that says something; `false` when there is none.
    fn next_line(&mut self) -> Result<bool, ReadError> {
        loop {
            self.line.clear();
            self.number += 1;
            let mut limited = self.input.by_ref().take(MAX_LINE as u64 + 1);
            if limited.read_until(b'\n', &mut self.line)? == 0 {
                return Ok(false);
            }
            if self.line.len() > MAX_LINE {
                let problem = format!("longer than {MAX_LINE} bytes");
                return Err(InputError::new(Position::Line(self.number), problem).into());
            }
            let text = self.line.trim_ascii();
            if !text.is_empty() && !self.line.starts_with(b"#") {
                return Ok(true);
            }
        }
    }

    /// Takes a line before the first command, or that command.
    fn first_lines(&mut self) -> Result<(), InputError> {
        let mut object = object(&self.line, self.number)?;
        let line_type = object.text(Field::Type)?;
        let line_type = object.required(Field::Type, line_type)?;
        match &*line_type {
            "instrument" if !self.states.is_empty() => {
                let problem = "instruments are declared before the first state";
                return Err(object.problem(Field::Type, problem));
            }
            "state" => self.states.state(object, self.number, &self.symbols)?,
            "order" => self.states.order(object, &self.symbols)?,
            "instrument" => {
                let position = object.position(Field::Instrument);
                let instrument = instrument_line(object)?;
                if self.symbols.instruments().len() == MAX_INSTRUMENTS {
                    let problem = format!("more than {MAX_INSTRUMENTS} instruments");
                    return Err(InputError::new(position, problem));
                }
                let symbol = instrument.symbol.clone();
                if !self.symbols.push(instrument) {
                    let expected = "an instrument that was not declared before";
                    return Err(InputError::expected(position, symbol, expected));
                }
            }
            "recorded" => {
                let problem = "expected a command before what was recorded of it";
                return Err(object.problem(Field::Type, problem));
            }
            other => {
                let kind = command_kind(other, &object)?;
                let command = command_line(object, kind, &self.symbols)?;
                self.pending = Some(command);
                self.last = Some(command);
            }
        }
        Ok(())
    }

    /// Takes a line after the first command into `batch`, or into `pending` when that is full.
    fn next_lines(&mut self, batch: &mut Batch) -> Result<(), InputError> {
        let mut object = object(&self.line, self.number)?;
        let line_type = object.text(Field::Type)?;
        let line_type = object.required(Field::Type, line_type)?;
        match &*line_type {
            "instrument" => {
                let problem = "instruments are declared before the first command";
                Err(object.problem(Field::Type, problem))
            }
            "state" | "order" => {
                let problem = "what books begin with stands before the first command";
                Err(object.problem(Field::Type, problem))
            }
            "recorded" => {
                let Some(CommandLine { command, .. }) = self.last else {
                    return Err(object.problem(Field::Type, "there is no command before it"));
                };
                if self.last_is_recorded {
                    let problem = format!("seq {} has a recorded line already", command.seq);
                    return Err(object.problem(Field::Seq, problem));
                }
                recorded_line(object, (command.seq, command.instrument), &self.symbols, batch)?;
                self.last_is_recorded = true;
                Ok(())
            }
            other => {
                let kind = command_kind(other, &object)?;
                let line = command_line(object, kind, &self.symbols)?;
                if let Some(last) = self.last {
                    check_order(&last.command, &line.command, self.number)?;
                }
                self.last = Some(line);
                self.last_is_recorded = false;
                if batch.len() < BATCH_COMMANDS && batch.outcomes() < BATCH_OUTCOMES {
                    push(batch, line);
                } else {
                    self.pending = Some(line);
                }
                Ok(())
            }
        }
    }

    fn fill(&mut self, batch: &mut Batch) -> Result<(), ReadError> {
        while self.pending.is_none() && self.next_line()? {
            self.next_lines(batch)?;
        }
        Ok(())
    }
}

fn object(line: &[u8], number: u64) -> Result<Object<'_>, InputError> {
    let text = str::from_utf8(line.trim_ascii_end()).map_err(|error| {
        let problem = format!("no UTF-8 text from byte {}", error.valid_up_to());
        InputError::new(Position::Line(number), problem)
    })?;
    Object::parse(text, number)
}

fn command_kind(name: &str, object: &Object<'_>) -> Result<CommandKind, InputError> {
    name.parse().map_err(|_| {
        let kinds: Vec<&str> = CommandKind::ALL.iter().map(|kind| kind.name()).collect();
        let expected = format!("one of: instrument, state, order, {}, recorded", kinds.join(", "));
        InputError::expected(object.position(Field::Type), name, expected)
    })
}

/// Holds a command against the one before it (rule U4).
fn check_order(last: &Command, command: &Command, line: u64) -> Result<(), InputError> {
    let position = |field: Field| Position::Field { line, field: field.name() };
    if command.seq <= last.seq {
        let expected = format!("a seq above {}", last.seq);
        return Err(InputError::expected(position(Field::Seq), command.seq, expected));
    }
    if command.time < last.time {
        let expected = format!("a time of at least {}", last.time);
        return Err(InputError::expected(position(Field::TimeNs), command.time, expected));
    }
    Ok(())
}

fn push(batch: &mut Batch, line: CommandLine) {
    batch.push(line.command);
    if line.synthetic {
        batch.mark_synthetic();
    }
}

impl<R: BufRead> Source for Reader<R> {
    fn instruments(&self) -> &[Instrument] {
        self.symbols.instruments()
    }

    fn snapshots(&self) -> &[Snapshot] {
        self.states.snapshots()
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if let Some(line) = self.pending.take() {
            push(batch, line);
        }
        match self.fill(batch) {
            Ok(()) => {}
            Err(error) if batch.is_empty() => return Err(error),
            // What was read before stays good: it is given first.
            Err(error) => self.error = Some(error),
        }
        Ok(!batch.is_empty())
    }
}
