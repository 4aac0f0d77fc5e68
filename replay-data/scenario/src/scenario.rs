//! A scenario as values: what the text says, comments included.

use shadowbook_capture::{InputError, Position};
use shadowbook_model::{Capabilities, Command, Event, Features, Instrument, InstrumentId};

use crate::book::BookLine;

/// Instruments, commands, and what is expected of them.
///
/// Written with [`std::fmt::Display`] it is the canonical text, which [`crate::parse`] reads back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scenario {
    /// The table of instruments; [`InstrumentId`] is the position in it.
    pub instruments: Vec<Noted<Instrument>>,
    /// Commands and looks at a book, in order.
    pub steps: Vec<Step>,
    /// Comments and blank lines after the last step.
    pub tail: Vec<Gap>,
}

/// One line with the comments that belong to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Noted<T> {
    /// Comments and blank lines above it.
    pub above: Vec<Gap>,
    /// What the line says.
    pub value: T,
    /// The comment behind it, without the `#`.
    pub behind: Option<String>,
}

/// A line that says nothing to an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// An empty line.
    Blank,
    /// A comment, without the `#`.
    Comment(String),
}

/// A command or a look at a book, with its expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The line of the text it was read from, from 1.
    pub line: Option<u64>,
    /// What is done.
    pub kind: Noted<StepKind>,
}

/// What one step does and expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// A command for the engine.
    Command {
        /// The command, with its seq and time.
        command: Command,
        /// The events it is to have.
        expected: Expected,
    },
    /// A look at the whole book of an instrument.
    Book {
        /// Whose book.
        instrument: InstrumentId,
        /// Every line it is to have; none for an empty book.
        expected: Vec<Noted<BookLine>>,
    },
}

/// What is expected of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Exactly these events, in this order.
    Events(Vec<Noted<Event>>),
    /// Whatever the engine answers (`anything`).
    Anything(Noted<()>),
}

impl<T> Noted<T> {
    /// A line without comments.
    #[must_use]
    pub const fn plain(value: T) -> Self {
        Self { above: Vec::new(), value, behind: None }
    }
}

impl<T> From<T> for Noted<T> {
    fn from(value: T) -> Self {
        Self::plain(value)
    }
}

impl Expected {
    /// Exactly these events.
    #[must_use]
    pub fn events(events: impl IntoIterator<Item = Event>) -> Self {
        Self::Events(events.into_iter().map(Noted::plain).collect())
    }

    /// Whatever the engine answers.
    #[must_use]
    pub const fn anything() -> Self {
        Self::Anything(Noted::plain(()))
    }
}

impl Step {
    /// A step without comments that was not read from a text.
    #[must_use]
    pub const fn new(kind: StepKind) -> Self {
        Self { line: None, kind: Noted::plain(kind) }
    }
}

impl Scenario {
    /// A scenario from commands and, where they are known, the events of each.
    ///
    /// `title` becomes the heading: the rule id and a sentence. Commands must name instruments of the table and be in order of
    /// `seq` and time (rule U4), or the text cannot be read back.
    #[must_use]
    pub fn from_commands(
        title: &str,
        instruments: impl IntoIterator<Item = Instrument>,
        commands: impl IntoIterator<Item = (Command, Option<Vec<Event>>)>,
    ) -> Self {
        let mut instruments: Vec<_> = instruments.into_iter().map(Noted::plain).collect();
        if let Some(first) = instruments.first_mut() {
            first.above =
                title.lines().map(|line| Gap::Comment(line.trim_end().to_owned())).collect();
        }
        let steps = commands
            .into_iter()
            .map(|(command, events)| {
                let expected = events.map_or_else(Expected::anything, Expected::events);
                Step::new(StepKind::Command { command, expected })
            })
            .collect();
        Self { instruments, steps, tail: Vec::new() }
    }

    /// The rule id and the sentence of the heading: the first line, when it is a comment.
    #[must_use]
    pub fn heading(&self) -> Option<(&str, &str)> {
        let above = self.instruments.first().map_or(&self.tail, |first| &first.above);
        match above.first()? {
            Gap::Comment(text) => text.split_once(' '),
            Gap::Blank => None,
        }
    }

    /// The table of instruments, as engines are made from it.
    #[must_use]
    pub fn instruments(&self) -> Vec<Instrument> {
        self.instruments.iter().map(|noted| noted.value.clone()).collect()
    }

    /// The commands alone, in order.
    pub fn commands(&self) -> impl Iterator<Item = &Command> {
        self.steps.iter().filter_map(|step| match &step.kind.value {
            StepKind::Command { command, .. } => Some(command),
            StepKind::Book { .. } => None,
        })
    }

    /// Everything that the scenario asks of an engine.
    #[must_use]
    pub fn demand(&self) -> Features {
        self.commands()
            .map(Features::of_command)
            .fold(Features::of_instruments(&self.instruments()), Features::union)
    }

    /// Whether an engine offers everything that the scenario asks for.
    ///
    /// # Errors
    /// At the first line that asks for something that is not offered, naming it.
    pub fn check(&self, offered: Capabilities) -> Result<(), InputError> {
        let refused = |line, unsupported: shadowbook_model::Unsupported| {
            InputError::new(Position::Line(line), unsupported.to_string())
        };
        let table = Features::of_instruments(&self.instruments());
        offered.check(table).map_err(|unsupported| refused(1, unsupported))?;
        for step in &self.steps {
            if let StepKind::Command { command, .. } = &step.kind.value {
                offered
                    .check(Features::of_command(command))
                    .map_err(|unsupported| refused(step.line.unwrap_or_default(), unsupported))?;
            }
        }
        Ok(())
    }
}
