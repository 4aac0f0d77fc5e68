//! Why an input cannot be read: always where, what was found, and what was expected.

use std::fmt;
use std::io;

use shadowbook_model::Seq;
use thiserror::Error;

/// Where in an input something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Position {
    /// A line of a text, from 1.
    Line(u64),
    /// A field of a line of a text.
    Field {
        /// The line, from 1.
        line: u64,
        /// The name of the field.
        field: &'static str,
    },
    /// A byte of a binary input, from 0.
    Offset(u64),
    /// A block of a capture file.
    Block {
        /// The block, from 0.
        number: u64,
        /// The byte at which it begins, from 0.
        offset: u64,
    },
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Field { line, field } => write!(f, "line {line}, field `{field}`"),
            Self::Offset(offset) => write!(f, "offset {offset}"),
            Self::Block { number, offset } => write!(f, "block {number} at offset {offset}"),
        }
    }
}

/// An input is damaged or malformed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{position}: {problem}")]
pub struct InputError {
    /// Where.
    pub position: Position,
    /// What is wrong there: what was read and what was expected.
    pub problem: String,
}

impl InputError {
    /// Something else stands at `position` than what was expected.
    ///
    /// What was read is shown in full up to 60 characters and with control characters escaped.
    #[must_use]
    pub fn expected(
        position: Position,
        found: impl fmt::Display,
        expected: impl fmt::Display,
    ) -> Self {
        let found = found.to_string();
        let cut = found.char_indices().nth(60).map_or(found.len(), |(index, _)| index);
        let more = if cut < found.len() { "…" } else { "" };
        let shown = found[..cut].escape_debug();
        Self { position, problem: format!("read `{shown}{more}`, expected {expected}") }
    }

    /// A problem in words.
    #[must_use]
    pub fn new(position: Position, problem: impl Into<String>) -> Self {
        Self { position, problem: problem.into() }
    }
}

/// Why reading stopped.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The operating system could not read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What was read is not what it should be.
    #[error(transparent)]
    Input(#[from] InputError),
}

/// Why a capture or a text could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The operating system could not write.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// What was to be written is no stream of commands; nothing of this command was written.
    #[error("cannot write the command with seq {seq}: {problem}")]
    Refused {
        /// The command.
        seq: Seq,
        /// What is wrong with it.
        problem: String,
    },
    /// What the file is to begin with cannot be the state of any engine.
    #[error("cannot write the snapshot: {0}")]
    Snapshot(String),
    /// The header is larger than a capture can hold.
    #[error("cannot write the header: {0}")]
    Header(String),
}
