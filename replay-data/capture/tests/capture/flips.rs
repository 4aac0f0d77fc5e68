//! No bit of a capture can change without being noticed.

use std::io::Cursor;

use shadowbook_capture::file::{Reader, verify};
use shadowbook_capture::{Batch, Source, Summary, scan};
use shadowbook_model::{Command, Seq};

use crate::golden;
use crate::sample;
use crate::stream::Stream;

/// What the footer says of a file, and what reading it says; `None` when something is wrong.
fn plain_read(file: &[u8]) -> Option<(Summary, Summary)> {
    let mut reader = Reader::new(Cursor::new(file)).ok()?;
    let footer = reader.summary()?.clone();
    Some((footer, scan(&mut reader).ok()?))
}

/// The first command from the middle on, found by the index; `None` when something is wrong.
fn sought(file: &[u8], seq: Seq) -> Option<Command> {
    let mut reader = Reader::new(Cursor::new(file)).ok()?;
    let footer = reader.summary()?.clone();
    let mut batch = Batch::new();
    reader.seek_seq(seq).ok()?;
    let is_found = reader.read(&mut batch).ok()?;
    assert!(is_found || footer.last.is_none_or(|last| last.seq < seq), "sought and not found");
    batch.commands().first().copied()
}

/// Flips every bit, one at a time.
pub(crate) fn check(file: &[u8]) {
    assert!(plain_read(file).is_some(), "it is whole");
    let middle = Seq(70);
    let good_middle = sought(file, middle);
    let mut damaged = file.to_vec();
    for (offset, bit) in (0..file.len()).flat_map(|offset| (0..8).map(move |bit| (offset, bit))) {
        damaged[offset] ^= 1 << bit;
        let place = || format!("byte {offset}, bit {bit}");
        if let Ok(report) = verify(Cursor::new(&damaged[..])) {
            assert!(report.torn_tail.is_some(), "{}: not noticed", place());
        }
        // Whoever only reads notices too, wherever the bit is.
        assert_eq!(plain_read(&damaged), None, "{}", place());
        if let Some(command) = sought(&damaged, middle) {
            assert_eq!(Some(command), good_middle, "{}", place());
        }
        damaged[offset] ^= 1 << bit;
    }
}

#[test]
fn every_flipped_bit_of_a_small_file_is_noticed() {
    let (file, _) = sample::stream(40).to_file(40);
    check(&file);
    let (file, _) = sample::stream(0).to_file(1);
    check(&file);
}

#[test]
fn a_flipped_bit_in_any_byte_of_the_golden_file_is_noticed() {
    let mut damaged = golden::file();
    for offset in 0..damaged.len() {
        damaged[offset] ^= 1 << (offset % 8);
        if let Ok(report) = verify(Cursor::new(&damaged[..])) {
            assert!(report.torn_tail.is_some(), "byte {offset}: not noticed");
        }
        damaged[offset] ^= 1 << (offset % 8);
    }
    Stream::of_file(&damaged).expect("every bit was put back");
}
