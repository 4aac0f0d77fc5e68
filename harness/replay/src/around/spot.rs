//! Which commands of a stream lie around one of them.

use std::collections::{BTreeMap, VecDeque};

use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_model::{Command, InstrumentId, Seq};
use thiserror::Error;

/// Which commands are looked at, and whose books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    /// The instrument whose commands and books they are; `None`: that of the command at the spot.
    pub instrument: Option<InstrumentId>,
    /// Commands of all instruments; the books are then those of each command's instrument, unless
    /// one is named.
    pub all: bool,
}

/// Commands of a stream by their position, from 1, with the one that was asked for among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Their positions, rising.
    pub positions: Vec<u64>,
    /// Which of them was asked for.
    pub at: usize,
    /// Whose books are looked at; `None`: those of each command's own instrument.
    pub book_of: Option<InstrumentId>,
    /// Whether there are others before them.
    pub has_before: bool,
    /// Whether there are others after them.
    pub has_after: bool,
}

/// A stream has no command with this seq.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NoSuchSeq {
    /// It has no commands at all.
    #[error("it has no commands")]
    Empty,
    /// It begins later.
    #[error("no command has seq {wanted}: the first one has seq {first}")]
    TooEarly {
        /// What was asked for.
        wanted: Seq,
        /// The first there is.
        first: Seq,
    },
    /// It ends earlier.
    #[error("no command has seq {wanted}: the last one has seq {last}")]
    TooLate {
        /// What was asked for.
        wanted: Seq,
        /// The last there is.
        last: Seq,
    },
    /// It leaves it out.
    #[error("no command has seq {wanted}: the nearest ones have seq {before} and {after}")]
    Between {
        /// What was asked for.
        wanted: Seq,
        /// The last before it.
        before: Seq,
        /// The first after it.
        after: Seq,
    },
}

impl Focus {
    /// Whether a command is looked at, when the one at the spot is of this instrument.
    pub(super) fn holds(self, command: &Command, spot: InstrumentId) -> bool {
        self.all || command.instrument == self.instrument.unwrap_or(spot)
    }
}

/// Reads a stream up to a command, and as far beyond as needed, and says which commands lie around
/// it: at most so many `before` and `after`.
///
/// # Errors
/// When the stream cannot be read; within that, when it has no such command.
pub fn find(
    source: &mut dyn Source,
    seq: Seq,
    focus: Focus,
    before: usize,
    after: usize,
) -> Result<Result<Spot, NoSuchSeq>, ReadError> {
    let mut passed = Passed { rings: BTreeMap::new(), focus, limit: before.saturating_add(1) };
    let mut found: Option<(InstrumentId, Spot)> = None;
    let mut last = None;
    let mut batch = Batch::new();
    let mut position = 0;
    while source.read(&mut batch)? {
        for command in batch.commands() {
            position += 1;
            match &mut found {
                None if command.seq < seq => passed.push(position, command),
                None if command.seq > seq => return Ok(Err(no_such(seq, last, Some(command.seq)))),
                None => found = Some((command.instrument, passed.spot(position, command))),
                Some((instrument, spot)) if focus.holds(command, *instrument) => {
                    if spot.positions.len() - spot.at > after {
                        spot.has_after = true;
                        return Ok(Ok(found.expect("it was found").1));
                    }
                    spot.positions.push(position);
                }
                Some(_) => {}
            }
            last = Some(command.seq);
        }
    }
    Ok(found.map(|(_, spot)| spot).ok_or_else(|| no_such(seq, last, None)))
}

fn no_such(wanted: Seq, before: Option<Seq>, after: Option<Seq>) -> NoSuchSeq {
    match (before, after) {
        (None, None) => NoSuchSeq::Empty,
        (None, Some(first)) => NoSuchSeq::TooEarly { wanted, first },
        (Some(last), None) => NoSuchSeq::TooLate { wanted, last },
        (Some(before), Some(after)) => NoSuchSeq::Between { wanted, before, after },
    }
}

/// The last positions before the spot, of each instrument as long as it is not known whose count.
struct Passed {
    rings: BTreeMap<Option<InstrumentId>, VecDeque<u64>>,
    focus: Focus,
    /// One more than are shown, to know whether there are more.
    limit: usize,
}

impl Passed {
    fn key(&self, command: &Command) -> Option<InstrumentId> {
        if self.focus.all { None } else { Some(command.instrument) }
    }

    fn push(&mut self, position: u64, command: &Command) {
        let ring = self.rings.entry(self.key(command)).or_default();
        if ring.len() == self.limit {
            ring.pop_front();
        }
        ring.push_back(position);
    }

    /// The spot at this command, without what comes after it.
    fn spot(&mut self, position: u64, command: &Command) -> Spot {
        let Focus { instrument, all } = self.focus;
        let key = if all { None } else { Some(instrument.unwrap_or(command.instrument)) };
        let ring = self.rings.remove(&key).unwrap_or_default();
        let has_before = ring.len() == self.limit;
        let mut positions: Vec<u64> = ring.into_iter().skip(usize::from(has_before)).collect();
        positions.push(position);
        let at = positions.len() - 1;
        let book_of = if all { instrument } else { Some(instrument.unwrap_or(command.instrument)) };
        Spot { positions, at, book_of, has_before, has_after: false }
    }
}
