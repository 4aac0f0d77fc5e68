//! Several defects in one engine.

use std::fmt;
use std::str::FromStr;

use shadowbook_model::{Engine, Instrument};
use shadowbook_reference::ReferenceEngine;

use crate::around::Around;
use crate::defect::{Defect, Kind, UnknownDefect};
use crate::slow::Slowed;
use crate::wrong::Wrong;

/// What stands between the names of several defects.
const AND: char = '+';

/// What is wrong with one engine: a defect, or several at once.
///
/// It reads and writes as names with a `+` between them, each once, in the order of
/// [`Defect::ALL`].
///
/// Where two defects decide the same question and contradict each other, the one that is listed
/// first in [`Defect::ALL`] hides the other; all others show side by side.
///
/// ```
/// use shadowbook_faulty::{Defect, Defects};
///
/// let both: Defects = "ioc-rests+taker-price".parse()?;
/// assert!(both.has(Defect::TakerPrice) && both.has(Defect::IocRests));
/// assert_eq!(both.to_string(), "taker-price+ioc-rests");
/// assert_eq!(both, Defects::from(Defect::IocRests).with(Defect::TakerPrice));
/// # Ok::<(), shadowbook_faulty::UnknownDefect>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Defects(u128);

const _: () = assert!(Defect::ALL.len() <= u128::BITS as usize, "a set has a bit for each defect");

impl Defects {
    /// The same and this one.
    #[must_use]
    pub const fn with(self, defect: Defect) -> Self {
        Self(self.0 | Self::bit(defect))
    }

    /// Whether this defect is one of them.
    #[inline]
    #[must_use]
    pub const fn has(self, defect: Defect) -> bool {
        self.0 & Self::bit(defect) != 0
    }

    /// Each of them, in the order of [`Defect::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Defect> {
        Defect::ALL.iter().copied().filter(move |defect| self.has(*defect))
    }

    /// Whether one of them shows in this way.
    #[must_use]
    pub fn has_kind(self, kind: Kind) -> bool {
        self.iter().any(|defect| defect.kind() == kind)
    }

    /// An engine for this table of instruments that has these defects and no other.
    ///
    /// An engine with one of [`Kind::Process`] may not come back from one of its commands.
    #[must_use]
    pub fn create(self, instruments: &[Instrument]) -> Box<dyn Engine + Send> {
        let inner = ReferenceEngine::with_policy(instruments, &Wrong(self));
        // The first that is slow lies right around the engine: what it costs to ask through one
        // more pointer would hide a small dose.
        let mut slow = self.iter().filter_map(Defect::slowness);
        let engine: Box<dyn Engine + Send> = match slow.next() {
            None => Box::new(inner),
            Some(slowness) => Box::new(Slowed::new(inner, slowness)),
        };
        let engine = slow.fold(engine, |engine, slowness| Box::new(Slowed::new(engine, slowness)));
        self.iter()
            .filter(|defect| defect.lies_around())
            .fold(engine, |engine, defect| Box::new(Around::new(defect, engine)))
    }

    const fn bit(defect: Defect) -> u128 {
        1 << defect as u32
    }
}

impl From<Defect> for Defects {
    fn from(defect: Defect) -> Self {
        Self(Self::bit(defect))
    }
}

impl fmt::Display for Defects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.iter().map(Defect::name).collect();
        f.pad(&names.join(&AND.to_string()))
    }
}

impl fmt::Debug for Defects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl FromStr for Defects {
    type Err = UnknownDefect;

    fn from_str(text: &str) -> Result<Self, UnknownDefect> {
        // Text without a name between two signs is an unknown name too.
        text.split(AND).try_fold(Self(0), |defects, name| Ok(defects.with(name.parse()?)))
    }
}
