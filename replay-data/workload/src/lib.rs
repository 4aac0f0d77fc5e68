//! Command streams from a seed and a profile: the same seed and profile give the same stream on
//! every machine.
//!
//! A [`Profile`] says what a stream is made of; it is a text that people write, and some are built
//! in ([`Profile::NAMES`]). A [`Generator`] is the stream. [`with_recorded`] adds what an engine
//! made of it, as if it had been recorded in production. A [`Fuzzer`] is the stream of the profile
//! `whole-model` that can be aimed by what an engine answers and by what is still to be covered.
//!
//! ```
//! use shadowbook_workload::{Generator, Profile};
//!
//! let profile = Profile::built_in("recorded-like")?;
//! let mut stream = Generator::new(&profile, 7, 1_000)?;
//! let commands: Vec<_> = stream.by_ref().collect();
//! assert_eq!(commands.len(), 1_000);
//! assert!(stream.live_orders().is_some_and(|live| live > 0));
//!
//! let again = Generator::new(&profile, 7, u64::MAX)?;
//! assert!(again.take(1_000).eq(commands), "a longer stream begins with the shorter one");
//! # Ok::<(), shadowbook_workload::ProfileError>(())
//! ```

mod book;
mod choice;
mod collide;
mod fuzz;
mod generator;
mod market;
mod pace;
mod profile;
mod random;
mod recorded;

pub use fuzz::{Fuzzer, Outcome, Wish};
pub use generator::Generator;
pub use profile::{
    Anchor, Bursts, Collide, Flow, Market, Pace, Profile, ProfileError, Shares, Weighted,
    WholeModel,
};
pub use recorded::{WithRecorded, recorded_fills, with_recorded};
