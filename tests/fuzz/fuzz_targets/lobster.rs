#![no_main]
//! Any bytes as LOBSTER files: no panic, no hang, no unbounded memory.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shadowbook_import::lobster::fuzz(bytes));
