#![no_main]
//! Any bytes as a snapshot file: no panic, no hang, no unbounded memory.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shadowbook_capture::fuzz::snapshot(bytes));
