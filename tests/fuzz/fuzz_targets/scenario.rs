#![no_main]
//! Any bytes as a scenario: no panic, no hang, no unbounded memory.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shadowbook_scenario::fuzz(bytes));
