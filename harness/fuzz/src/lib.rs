//! Engines against each other, and against seeded defects, on streams over the whole market model.
//!
//! [`fuzz`] drives two sessions in lockstep through episodes of commands that are made from a seed
//! and guided by what has not been exercised yet. It stops at the first root divergence and keeps
//! the commands that led there. [`hunt`] drives one session with a known defect next to one
//! without, and says after how many commands each check of the harness sees it.
//!
//! Sessions come from the caller: this crate knows no engine.
//!
//! ```
//! use shadowbook_fuzz::{EpisodeError, FuzzOptions, fuzz};
//! use shadowbook_model::{
//!     Capabilities, Command, Engine, EventBuffer, Features, Instrument, InstrumentId, StateVisitor,
//! };
//! use shadowbook_session::{InProcess, Session};
//!
//! /// Answers nothing: wrong from the first command on, as the auditor sees.
//! struct Mute;
//!
//! impl Engine for Mute {
//!     fn capabilities(&self) -> Capabilities {
//!         Capabilities { features: Features::ALL }
//!     }
//!     fn apply(&mut self, _: &Command, _: &mut EventBuffer) {}
//!     fn visit(&self, _: InstrumentId, _: &mut dyn StateVisitor) {}
//! }
//!
//! let mute = |instruments: &[Instrument]| -> Result<Box<dyn Session>, EpisodeError> {
//!     Ok(Box::new(InProcess::new(Mute, instruments.len())))
//! };
//! let options = FuzzOptions { commands: 1_000, ..FuzzOptions::default() };
//! let result = fuzz(&mute, &mute, &options, &mut |_| true)?;
//! let found = result.found.expect("two mute engines agree, and both are wrong");
//! assert!(found.divergence.is_none() && !found.breaches.is_empty());
//! # Ok::<(), EpisodeError>(())
//! ```

mod episode;
mod fuzz;
mod hunt;
mod restore;
mod wishes;

pub use episode::{EpisodeError, MakeSession};
pub use fuzz::{Found, FuzzOptions, FuzzResult, fuzz};
pub use hunt::{Caught, HuntOptions, Hunted, hunt};
pub use wishes::wishes;
