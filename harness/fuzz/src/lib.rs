//! Engines against each other, and against seeded defects, on streams over the whole market model.
//!
//! [`fuzz`] drives two sessions in lockstep through episodes of commands that are made from a seed
//! and guided by what has not been exercised yet. It stops at the first root divergence and keeps
//! the commands that led there. [`hunt`] drives one session with a known defect next to one
//! without, and says after how many commands each check of the harness sees it.
//!
//! Sessions come from the caller: this crate knows no engine.

mod episode;
mod fuzz;
mod hunt;
mod restore;
mod wishes;

pub use episode::{EpisodeError, MakeSession};
pub use fuzz::{Found, FuzzOptions, FuzzResult, fuzz};
pub use hunt::{Caught, HuntOptions, hunt};
