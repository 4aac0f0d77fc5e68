//! Snapshots whose numbers claim much, under checksums that hold: an error, at hardly any memory.

use std::io::Cursor;

use shadowbook_capture::file::{Reader, verify};
use shadowbook_capture::snapshot;
use xxhash_rust::xxh3::xxh3_64;

use crate::count::peak;
use crate::raw::{HEADER, beginning};

/// No small file costs more.
const SMALL: usize = 1 << 20;
/// A bid of 3 at 5, and the same with the id 2 and the arrival 2.
const BID: &[u8] = &[1, 0, 1, 0, 0, 0, 0, 0, 1, 10, 3, 0, 0, 0, 0, 0];
const BEHIND: &[u8] = &[2, 0, 2, 0, 0, 0, 0, 0, 1, 10, 3, 0, 0, 0, 0, 0];
const ASK: &[u8] = &[2, 0, 2, 1, 0, 0, 0, 0, 1, 10, 3, 0, 0, 0, 0, 0];

/// A list of one state: instrument 0, continuous, no last trade, next trade 1, arrivals 9, and so
/// many orders.
fn one_state(orders: &[u8]) -> Vec<u8> {
    [HEADER, &[1, 0, 4, 0, 1, 9], orders].concat()
}

/// A block of orders of an instrument.
fn block(number: u64, instrument: u32, count: u32, payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).expect("it is short");
    block_of_size(number, instrument, count, size, payload)
}

fn block_of_size(number: u64, instrument: u32, count: u32, size: u32, payload: &[u8]) -> Vec<u8> {
    let mut block = b"SBKO".to_vec();
    [count, size, instrument].iter().for_each(|word| block.extend(word.to_le_bytes()));
    block.extend(number.to_le_bytes());
    block.extend(xxh3_64(payload).to_le_bytes());
    block.extend(xxh3_64(&block).to_le_bytes());
    block.extend(payload);
    block
}

/// A snapshot file, or the beginning of a capture of version 2.
fn file(magic: &[u8; 4], version: u32, header: &[u8], blocks: &[Vec<u8>]) -> Vec<u8> {
    let size = u32::try_from(header.len()).expect("it is short");
    let mut file = beginning(version, header, size);
    file[..4].copy_from_slice(magic);
    file.extend(blocks.concat());
    file
}

/// Reads a wrong snapshot as a file of its own and as what a capture begins with.
fn check(header: &[u8], blocks: &[Vec<u8>], expected: &str) {
    let alone = file(b"\x89SBS", 1, header, blocks);
    let (found, bytes) = peak(|| snapshot::read(Cursor::new(&alone)).err());
    assert_eq!(found.map(|error| error.to_string()).as_deref(), Some(expected));
    assert!(bytes < SMALL, "{bytes} bytes");
    let before = file(b"\x89SBK", 2, header, blocks);
    let (found, bytes) = peak(|| {
        assert!(verify(Cursor::new(&before)).is_err());
        Reader::new(Cursor::new(&before)).err()
    });
    assert_eq!(found.map(|error| error.to_string()).as_deref(), Some(expected));
    assert!(bytes < SMALL, "{bytes} bytes");
}

#[test]
fn the_snapshot_that_is_changed_below_is_good() {
    let blocks = [block(0, 0, 1, BID), block(1, 0, 1, BEHIND)];
    let alone = file(b"\x89SBS", 1, &one_state(&[2]), &blocks);
    let file = snapshot::read(Cursor::new(alone)).expect("it is good");
    let snapshots = shadowbook_capture::Source::snapshots(&file);
    assert_eq!(snapshots[0].orders.len(), 2);
}

#[test]
fn a_count_of_orders_that_are_not_there_is_an_error() {
    let most = [&[253][..], &u64::MAX.to_le_bytes()].concat();
    let cut = |number: u64, offset: u64| {
        format!("offset {offset}: order block {number}: the file ends before its snapshot does")
    };
    check(&one_state(&most), &[], &cut(0, 54));
    check(&one_state(&most), &[block(0, 0, 1, BID)], &cut(1, 110));
    check(&one_state(&[3]), &[block(0, 0, 1, BID), block(1, 0, 1, BEHIND)], &cut(2, 158));
}

#[test]
fn a_block_of_orders_that_claims_much_is_an_error() {
    let first = "offset 46: order block 0: ";
    let check = |block: Vec<u8>, expected: &str| {
        check(&one_state(&[9]), &[block], &format!("{first}{expected}"));
    };
    let wrong = "it is not the one that the header announces";
    for count in [0, 10, 65_537, u32::MAX] {
        check(block(0, 0, count, BID), wrong);
    }
    check(block(1, 0, 1, BID), wrong);
    check(block(0, 1, 1, BID), wrong);
    check(block_of_size(0, 0, 1, u32::MAX, BID), wrong);
    check(block_of_size(0, 0, 1, 16 << 20, BID), "the file ends before its snapshot does");
    check(block(0, 0, 1, &[BID, BID].concat()), "16 bytes too many");
    check(vec![0; 60], "no block of orders begins here");
    let mut damaged = block(0, 0, 1, BID);
    damaged[30] ^= 1;
    check(damaged.clone(), "checksum mismatch in its header");
    *damaged.last_mut().expect("it is not empty") ^= 1;
    damaged[30] ^= 1;
    check(damaged, "checksum mismatch");
}

#[test]
fn a_snapshot_that_no_engine_can_have_is_an_error() {
    let at = "offset 46: ";
    let check = |count: u8, blocks: &[Vec<u8>], expected: &str| {
        check(&one_state(&[count]), blocks, &format!("{at}{expected}"));
    };
    let one = |payload: &[u8]| [block(0, 0, 1, payload)];
    check(
        2,
        &[block(0, 0, 2, &[BID, BID].concat())],
        "order 1 of instrument 0: another live order has the same id",
    );
    check(
        2,
        &[block(0, 0, 2, &[BID, ASK].concat())],
        "the book of instrument 0 is crossed in phase continuous: 5 against 5",
    );
    let mut order = BID.to_vec();
    order[10] = 0;
    check(1, &one(&order), "order 1 of instrument 0: nothing of it is open");
    // An iceberg of which more shows than is open.
    let iceberg = [1, 0, 1, 0, 0, 0, 0, 0, 1, 10, 3, 0, 1, 9, 4, 0, 0, 0];
    let slice = "order 1 of instrument 0: its slice is above what is open or displayed, or there where nothing shows";
    check(1, &one(&iceberg), slice);
    for (byte, what) in
        [(3, "side"), (4, "order type"), (5, "time in force"), (6, "self-trade mode")]
    {
        let mut order = BID.to_vec();
        order[byte] = 8;
        check(1, &one(&order), &format!("order block 0: order 1: unknown {what}"));
    }
}

#[test]
fn a_list_of_states_that_is_none_is_an_error() {
    let none = "offset 24: malformed header: it has the version of one with states, and none";
    check(&[HEADER, &[0]].concat(), &[], none);
    let state = |instrument: u8| [instrument, 4, 0, 1, 0, 0];
    let twice = [HEADER, &[2], &state(0), &state(0)].concat();
    check(
        &twice,
        &[],
        "offset 52: a second snapshot of instrument 0: snapshots stand in the order of the instruments, one for each",
    );
    let other = [HEADER, &[1], &state(1)].concat();
    check(&other, &[], "offset 46: a snapshot of instrument 1 of a table of 1");
    let phase = [HEADER, &[1, 0, 7, 0, 1, 0, 0]].concat();
    check(&phase, &[], "offset 24: malformed header: unknown phase of a state");
    let trade = [HEADER, &[1, 0, 4, 0, 0, 0, 0]].concat();
    check(
        &trade,
        &[],
        "offset 46: the trades or arrivals of instrument 0 are not numbered from 1 to below 2^63",
    );
    let claim = [HEADER, &[253], &u64::MAX.to_le_bytes()[..]].concat();
    let (found, bytes) =
        peak(|| snapshot::read(Cursor::new(file(b"\x89SBS", 1, &claim, &[]))).err());
    assert!(found.is_some() && bytes < SMALL);
}
