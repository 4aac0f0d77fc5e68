//! An engine that goes wrong at a given time.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use shadowbook_model::{
    CannotRestore, Capabilities, Command, Digest, Engine, EventBuffer, Instrument, InstrumentId,
    SoundSnapshot, StateVisitor, TimeNs,
};
use shadowbook_reference::ReferenceEngine;

use crate::defect::{Defect, UnknownDefect};
use crate::defects::Defects;

/// What stands between the names of defects and their time.
const FROM: char = '@';

/// Defects, and since when an engine has them.
///
/// It reads and writes as [`Defects`], followed by `@` and nanoseconds where the engine is right
/// at first.
///
/// ```
/// use shadowbook_faulty::{Defect, Planted};
/// use shadowbook_model::TimeNs;
///
/// let planted: Planted = "taker-price+ioc-rests@5000".parse()?;
/// assert!(planted.defects.has(Defect::IocRests));
/// assert_eq!(planted.since, TimeNs(5_000));
/// assert_eq!(Planted::from(Defect::Crash).to_string(), "crash");
/// # Ok::<(), shadowbook_faulty::NotPlanted>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Planted {
    /// What is wrong.
    pub defects: Defects,
    /// The time of the first command that the wrong engine gets; zero: it gets all of them.
    pub since: TimeNs,
}

impl Planted {
    /// An engine for this table of instruments that is right until the time comes.
    ///
    /// The first command of an instrument that is not before that time sets the wrong engine to
    /// what the right one has come to on it; from then on that instrument is the wrong engine's.
    /// Each instrument for itself, so that a command still touches no other (rule U5). Counts of
    /// commands, as of [`Defect::Crash`], begin there.
    #[must_use]
    pub fn create(self, instruments: &[Instrument]) -> Box<dyn Engine + Send> {
        let wrong = self.defects.create(instruments);
        if self.since == TimeNs(0) {
            return wrong;
        }
        Box::new(Late {
            since: self.since,
            right: ReferenceEngine::new(instruments),
            wrong,
            markets: instruments.iter().map(|instrument| (instrument.clone(), false)).collect(),
        })
    }
}

impl From<Defects> for Planted {
    fn from(defects: Defects) -> Self {
        Self { defects, since: TimeNs(0) }
    }
}

impl From<Defect> for Planted {
    fn from(defect: Defect) -> Self {
        Defects::from(defect).into()
    }
}

impl fmt::Display for Planted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.defects)?;
        match self.since {
            TimeNs(0) => Ok(()),
            TimeNs(since) => write!(f, "{FROM}{since}"),
        }
    }
}

/// Text that does not say what an engine has and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPlanted {
    /// A name that no defect has.
    Defect(UnknownDefect),
    /// What stands where a time should.
    Time(String),
}

impl fmt::Display for NotPlanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Defect(unknown) => unknown.fmt(f),
            Self::Time(found) => write!(f, "no time in nanoseconds: `{found}`"),
        }
    }
}

impl Error for NotPlanted {}

impl FromStr for Planted {
    type Err = NotPlanted;

    fn from_str(text: &str) -> Result<Self, NotPlanted> {
        let (defects, since) = match text.split_once(FROM) {
            None => (text, TimeNs(0)),
            Some((defects, since)) => {
                let since = since.parse().map_err(|_| NotPlanted::Time(since.to_owned()))?;
                (defects, TimeNs(since))
            }
        };
        Ok(Self { defects: defects.parse().map_err(NotPlanted::Defect)?, since })
    }
}

/// A right engine and the wrong one that takes over from it.
struct Late {
    since: TimeNs,
    right: ReferenceEngine,
    wrong: Box<dyn Engine + Send>,
    /// Each instrument, and whether it is the wrong engine's.
    markets: Vec<(Instrument, bool)>,
}

impl Late {
    fn is_over(&self, instrument: InstrumentId) -> bool {
        self.markets.get(instrument.index()).is_some_and(|(_, is_over)| *is_over)
    }

    /// The engine that an instrument is with.
    fn engine(&self, instrument: InstrumentId) -> &dyn Engine {
        if self.is_over(instrument) { &self.wrong } else { &self.right }
    }

    fn engine_mut(&mut self, instrument: InstrumentId) -> &mut dyn Engine {
        if self.is_over(instrument) { &mut self.wrong } else { &mut self.right }
    }

    /// Gives an instrument to the wrong engine as it is.
    fn hand_over(&mut self, id: InstrumentId) {
        let Some((instrument, is_over)) = self.markets.get_mut(id.index()) else { return };
        let snapshot = self.right.snapshot(id);
        let sound = snapshot.check(instrument).expect("a right engine is in a state that can be");
        self.wrong.restore(sound).expect("the reference can be set to a state, right or wrong");
        *is_over = true;
    }
}

impl Engine for Late {
    fn capabilities(&self) -> Capabilities {
        self.wrong.capabilities()
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        if command.time >= self.since && !self.is_over(command.instrument) {
            self.hand_over(command.instrument);
        }
        self.engine_mut(command.instrument).apply(command, events);
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        self.engine(instrument).visit(instrument, visitor);
    }

    fn digest(&self, instrument: InstrumentId) -> Digest {
        self.engine(instrument).digest(instrument)
    }

    fn restore(&mut self, snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        self.engine_mut(snapshot.instrument).restore(snapshot)
    }
}
