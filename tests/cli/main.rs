//! The binary as scripts see it: exit codes, streams, files.

mod allow;
mod captures;
mod clashes;
mod contract;
mod count;
mod explain;
mod failures;
mod inputs;
mod latency;
mod minimize;
mod outputs;
mod proof;
mod regressions;
mod run;
mod selftest;
mod snapshots;
mod torn;
mod usage;
mod verdicts;
