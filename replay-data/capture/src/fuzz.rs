//! Entry points for fuzzing: any bytes in, no panic, no unbounded memory.

use std::io::Cursor;

use crate::batch::Batch;
use crate::jsonl::{Symbols, parse_answer};
use crate::source::Source;
use crate::{file, jsonl, snapshot};

/// Reads any bytes as a capture file, to the end or the first error, in every way there is: as they
/// are, and once more as if whoever changed them had known how to make the checksums hold.
pub fn capture(bytes: &[u8]) {
    read_capture(bytes);
    let mut repaired = bytes.to_vec();
    file::repair(&mut repaired);
    if repaired != bytes {
        read_capture(&repaired);
    }
}

fn read_capture(bytes: &[u8]) {
    if let Ok(mut reader) = file::Reader::new(Cursor::new(bytes)) {
        drain(&mut reader);
        let middle = reader.summary().and_then(|summary| summary.last).map(|last| last.seq);
        if reader.seek_seq(middle.unwrap_or_default()).is_ok() {
            drain(&mut reader);
        }
    }
    let _ = file::verify(Cursor::new(bytes));
}

/// Reads any bytes as a snapshot file, as they are and with checksums that hold.
pub fn snapshot(bytes: &[u8]) {
    let _ = snapshot::read(Cursor::new(bytes));
    let mut repaired = bytes.to_vec();
    file::repair(&mut repaired);
    let _ = snapshot::read(Cursor::new(repaired));
}

/// Reads any bytes as JSON lines, to the end or the first error, and each line as an answer.
pub fn jsonl(bytes: &[u8]) {
    let mut symbols = Symbols::default();
    if let Ok(mut reader) = jsonl::Reader::new(bytes) {
        symbols = Symbols::new(reader.instruments());
        drain(&mut reader);
    }
    for (line, number) in String::from_utf8_lossy(bytes).lines().zip(1..) {
        let _ = parse_answer(line, number, &symbols);
    }
}

fn drain(source: &mut dyn Source) {
    let mut batch = Batch::new();
    while let Ok(true) = source.read(&mut batch) {}
}
