//! The capture file and JSON lines, seen from outside.

mod any;
mod contract;
mod errors;
mod flips;
mod golden;
mod killed;
mod round_trip;
mod sample;
mod smoke;
mod snapshots;
mod stream;
mod torn;
