//! ITCH files to feed messages, commands and recorded outcomes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

mod support;

mod ahead;
mod commands;
mod feed;
mod lobster;
mod real;

#[path = "../support/recording.rs"]
mod recording;
