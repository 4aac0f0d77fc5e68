//! How much memory reading and writing take: no more for a longer input, and never much for a
//! hostile one. An own test binary, because it counts every allocation.

mod count;
mod growth;
mod hostile_columns;
mod hostile_file;
mod hostile_snapshot;
mod raw;
