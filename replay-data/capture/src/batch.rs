//! Commands in memory, a few thousand at a time, with what production recorded of them.

use std::ops::Range;

use shadowbook_model::{Action, Command, Event, OrderId, Price, Quantity, RejectReason};

/// A fill as a recording knows it: who was there first, at which price, how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedFill {
    /// The resting order.
    pub maker: OrderId,
    /// The price at which it traded.
    pub price: Price,
    /// How much of it traded.
    pub quantity: Quantity,
}

/// What production did with one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded<'a> {
    /// The fills of which it was the aggressor, in order; none is an answer too.
    Fills(&'a [RecordedFill]),
    /// Everything that production answered.
    Events(&'a [Event]),
    /// An execution run that the importer could not turn into something checkable.
    Unchecked,
}

impl Recorded<'_> {
    /// Whether production refused the command outside matching (risk, session): it said so and
    /// nothing else. Such a command is not sent to engines.
    #[must_use]
    pub const fn is_external(&self) -> bool {
        matches!(self, Self::Events([Event::Rejected { reason: RejectReason::External, .. }]))
    }
}

/// What is wrong with a list that is to be everything that production answered, if anything is.
pub(crate) fn events_problem(events: &[Event]) -> Option<&'static str> {
    let is_refusal =
        |event: &Event| matches!(event, Event::Rejected { reason: RejectReason::External, .. });
    (events.len() > 1 && events.iter().any(is_refusal))
        .then_some("a command that was refused outside matching (`external`) has no other event")
}

/// One command with what stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The command.
    pub command: &'a Command,
    /// Whether the importer added it to put its book right.
    pub synthetic: bool,
    /// What production did with it, if that is known.
    pub recorded: Option<Recorded<'a>>,
}

/// What stands beside one command of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    command: u32,
    synthetic: bool,
    recorded: Option<Outcome>,
}

/// A recorded outcome as ranges of the batch's pools.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Fills(Range<u32>),
    Events(Range<u32>),
    Unchecked,
}

/// Consecutive commands of one stream. Its memory is reused from batch to batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    commands: Vec<Command>,
    notes: Vec<Note>,
    fills: Vec<RecordedFill>,
    events: Vec<Event>,
    external: Vec<u32>,
    has_seeds: bool,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets everything and keeps the memory.
    pub fn clear(&mut self) {
        self.commands.clear();
        self.notes.clear();
        self.fills.clear();
        self.events.clear();
        self.external.clear();
        self.has_seeds = false;
    }

    /// Makes room for so many more commands.
    pub fn reserve(&mut self, commands: usize) {
        self.commands.reserve(commands);
    }

    /// Appends a command.
    #[inline]
    pub fn push(&mut self, command: Command) {
        self.has_seeds |= matches!(&command.action, Action::New(new) if new.seed);
        self.commands.push(command);
    }

    /// Appends a command of another batch with what stands beside it.
    pub fn push_entry(&mut self, entry: &Entry<'_>) {
        self.push(*entry.command);
        if entry.synthetic {
            self.mark_synthetic();
        }
        match entry.recorded {
            None => {}
            Some(Recorded::Fills(fills)) => self.record_fills(fills.iter().copied()),
            Some(Recorded::Events(events)) => self.record_events(events.iter().copied()),
            Some(Recorded::Unchecked) => self.record_unchecked(),
        }
    }

    /// Marks the last command as one that the importer added to put its book right.
    ///
    /// # Panics
    /// When there is no command yet.
    pub fn mark_synthetic(&mut self) {
        self.last_note().synthetic = true;
    }

    /// Says which fills production recorded for the last command, in place of what was said before.
    ///
    /// # Panics
    /// When there is no command yet.
    pub fn record_fills(&mut self, fills: impl IntoIterator<Item = RecordedFill>) {
        let start = position(self.fills.len());
        self.fills.extend(fills);
        self.record(Outcome::Fills(start..position(self.fills.len())));
    }

    /// Says everything that production answered to the last command, in place of what was said
    /// before.
    ///
    /// # Panics
    /// When there is no command yet.
    pub fn record_events(&mut self, events: impl IntoIterator<Item = Event>) {
        let start = position(self.events.len());
        self.events.extend(events);
        let range = start..position(self.events.len());
        let is_external = Recorded::Events(&self.events[index_range(&range)]).is_external();
        self.record(Outcome::Events(range));
        if is_external {
            self.external.push(position(self.commands.len() - 1));
        }
    }

    /// Says that the last command stands for an execution run that cannot be checked, in place of
    /// what was said before.
    ///
    /// # Panics
    /// When there is no command yet.
    pub fn record_unchecked(&mut self) {
        self.record(Outcome::Unchecked);
    }

    /// How many commands it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.commands.len()
    }

    /// How many recorded fills and events it holds.
    pub(crate) fn outcomes(&self) -> usize {
        self.fills.len() + self.events.len()
    }

    /// Whether an order from before the recording may be among its commands: never `false` when
    /// there is one.
    #[must_use]
    pub const fn has_seeds(&self) -> bool {
        self.has_seeds
    }

    /// Whether it holds no command.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// The commands, in `seq` order.
    #[must_use]
    pub fn commands(&self) -> &[Command] {
        &self.commands
    }

    /// What stands beside commands, for those that have something, in the commands' order.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Each command with what stands beside it.
    pub fn iter(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut notes = self.notes.iter().peekable();
        self.commands.iter().enumerate().map(move |(position, command)| {
            let note = notes.next_if(|note| note.command() == position);
            Entry {
                command,
                synthetic: note.is_some_and(Note::is_synthetic),
                recorded: note.and_then(|note| self.recorded(note)),
            }
        })
    }

    /// Forgets the first `count` commands and what stands beside them.
    pub(crate) fn drop_front(&mut self, count: usize) {
        let count = count.min(self.commands.len());
        let dropped = position(count);
        self.commands.drain(..count);
        self.notes.retain_mut(|note| {
            let kept = note.command >= dropped;
            note.command = note.command.saturating_sub(dropped);
            kept
        });
        self.external.retain_mut(|external| {
            let kept = *external >= dropped;
            *external = external.saturating_sub(dropped);
            kept
        });
    }

    /// The positions of the commands that production refused outside matching, rising: they are
    /// not sent to engines.
    #[must_use]
    pub fn external(&self) -> &[u32] {
        &self.external
    }

    /// What production recorded according to this note of this batch.
    ///
    /// # Panics
    /// When the note is of another batch.
    #[must_use]
    pub fn recorded(&self, note: &Note) -> Option<Recorded<'_>> {
        Some(match note.recorded.as_ref()? {
            Outcome::Fills(range) => Recorded::Fills(&self.fills[index_range(range)]),
            Outcome::Events(range) => Recorded::Events(&self.events[index_range(range)]),
            Outcome::Unchecked => Recorded::Unchecked,
        })
    }

    fn record(&mut self, outcome: Outcome) {
        let note = self.last_note();
        note.recorded = Some(outcome);
        let command = note.command;
        self.external.pop_if(|external| *external == command);
    }

    fn last_note(&mut self) -> &mut Note {
        let last = self.commands.len().checked_sub(1).expect("a note follows its command");
        let command = position(last);
        if self.notes.last().is_none_or(|note| note.command != command) {
            self.notes.push(Note { command, synthetic: false, recorded: None });
        }
        self.notes.last_mut().expect("one was pushed if there was none")
    }
}

impl Note {
    /// The position in the batch of the command that it is about.
    #[must_use]
    pub fn command(&self) -> usize {
        self.command as usize
    }

    /// Whether the importer added the command to put its book right.
    #[must_use]
    pub const fn is_synthetic(&self) -> bool {
        self.synthetic
    }
}

fn position(index: usize) -> u32 {
    u32::try_from(index).expect("a batch holds fewer than 2^32 of anything")
}

fn index_range(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
