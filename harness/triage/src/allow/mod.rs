//! Which divergences are expected, by whom, and for how long.
//!
//! A cutover may be meant to change something: another reject reason, one report less. An
//! [`AllowEntry`] says which divergences those are, narrowly, and what is to be known of it: why,
//! who answers for it, where it is tracked, until when, and how many there may be. What it covers
//! is counted and accuses nobody; once it has expired or covers more than it may, all of that
//! counts as if it did not stand there.

mod date;
mod entry;
mod judge;
mod pattern;
mod predicate;

pub use date::{Date, DateError};
pub use entry::{AllowEntry, Standing};
pub use judge::AllowJudge;
pub use pattern::{Pattern, PatternError};
pub use predicate::{EventName, EventReason, Predicate, PredicateError, UnknownEvent};

use shadowbook_compare::Divergence;
use shadowbook_model::{Instrument, OrderType};

/// The entries of an allowlist, in the order in which they are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowlist {
    /// The first that covers a divergence has it.
    pub entries: Vec<AllowEntry>,
    /// The day on which it is asked.
    pub today: Date,
}

impl Default for Allowlist {
    /// Nothing is allowed, on whatever day.
    fn default() -> Self {
        Self { entries: Vec::new(), today: Date::of_unix(0) }
    }
}

/// What a divergence does not say of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowContext<'a> {
    /// The symbol of its instrument.
    pub instrument: &'a str,
    /// The type of the order that its command names, where that is known. Of a `new` command
    /// nobody needs to say it.
    pub order_type: Option<OrderType>,
}

impl Allowlist {
    /// Whether nothing is allowed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The position of the first entry that covers this divergence, whether or not that entry
    /// still holds: see [`AllowEntry::standing`].
    #[must_use]
    pub fn judge(&self, divergence: &Divergence, context: &AllowContext<'_>) -> Option<usize> {
        self.entries.iter().position(|entry| entry.predicate.covers(divergence, context))
    }

    /// What the entry at this position comes to, having covered so many divergences.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn standing(&self, entry: usize, count: u64) -> Standing {
        self.entries[entry].standing(count, self.today)
    }

    /// It with the instruments that divergences name by their place in this table.
    #[must_use]
    pub fn on(&self, instruments: &[Instrument]) -> AllowJudge {
        AllowJudge::new(self.clone(), instruments)
    }
}

#[cfg(test)]
mod tests;
