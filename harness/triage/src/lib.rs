//! From many divergences to few bugs, each with the smallest flow that shows it; pure: no I/O, no
//! time, no threads, no engines.
//!
//! Whatever has to be run again is run by the caller, through a closure ([`Rerun`]): it works with
//! any session, also a slow one or one that dies.

mod allow;
mod attributes;
mod bug;
mod canonical;
mod class;
mod cut;
mod encode;
mod essence;
mod fields;
mod gather;
mod key;
mod lives;
mod minimize;
mod renumber;
mod rerun;
mod restored;
mod search;
mod shrink;
mod sorter;
mod transform;
mod variations;

pub use allow::{
    AllowContext, AllowEntry, AllowJudge, Allowlist, Date, DateError, EventName, EventReason,
    Pattern, PatternError, Predicate, PredicateError, Standing, UnknownEvent,
};
pub use bug::Bug;
pub use canonical::canonical;
pub use essence::Essence;
pub use key::Key;
pub use minimize::minimize;
pub use rerun::{Budget, GiveUp, Minimized, Rerun, Shown};
pub use sorter::{Root, Sorter, Sorting};
