//! LOBSTER recordings to commands and recorded outcomes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod cases;
mod malformed;
mod names;
mod packed;
mod random;
mod real;
mod support;

#[path = "../support/recording.rs"]
mod recording;
#[path = "../support/replay.rs"]
mod replay;
