//! The capture file and JSON lines, seen from outside.

mod any;
mod contract;
mod errors;
mod round_trip;
mod stream;
