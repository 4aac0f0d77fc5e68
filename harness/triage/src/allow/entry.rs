//! One thing that is allowed, and what is to be known of it.

use std::fmt;
use std::num::NonZeroU64;

use super::{Date, Predicate};

/// Divergences that are expected, and what is to be known of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowEntry {
    /// Which divergences.
    pub predicate: Predicate,
    /// Why they are expected.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is tracked.
    pub ticket: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// How many it may cover.
    pub at_most: NonZeroU64,
}

/// What an entry comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds, and covers something.
    Used,
    /// It covers nothing.
    Unused,
    /// Its last day is over: what it covers counts as divergences.
    Expired,
    /// It covers more than it may: all of that counts as divergences.
    Exceeded,
}

impl Standing {
    /// The word for it in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Unused => "unused",
            Self::Expired => "expired",
            Self::Exceeded => "exceeded",
        }
    }

    /// Whether what the entry covers accuses nobody.
    #[must_use]
    pub const fn holds(self) -> bool {
        matches!(self, Self::Used | Self::Unused)
    }
}

impl AllowEntry {
    /// What it comes to on this day, having covered so many divergences.
    #[must_use]
    pub fn standing(&self, count: u64, today: Date) -> Standing {
        if today > self.expires {
            Standing::Expired
        } else if count > self.at_most.get() {
            Standing::Exceeded
        } else if count == 0 {
            Standing::Unused
        } else {
            Standing::Used
        }
    }
}

impl fmt::Display for AllowEntry {
    /// How it is named: where it is tracked, and whose it is.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.ticket, self.owner)
    }
}
