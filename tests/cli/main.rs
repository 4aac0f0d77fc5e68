//! The binary as scripts see it: exit codes, streams, files.

mod captures;
mod run;
mod usage;
mod verdicts;
