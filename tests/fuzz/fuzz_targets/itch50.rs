#![no_main]
//! Any bytes as an ITCH 5.0 file: no panic, no hang, no unbounded memory.

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| shadowbook_import::itch50::fuzz(bytes));
