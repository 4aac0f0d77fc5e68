//! The inside of a block, made to hurt: every wrong number is an error, and none costs memory.

use std::io::Cursor;

use shadowbook_capture::file::{Reader, verify};
use shadowbook_capture::{Batch, Source};

use crate::count::peak;
use crate::raw::{
    Block, CANCEL, COUNT, Columns, EVENT, EVENT_OPEN, EVENT_ORDER, EVENT_PRICE, EVENT_QUANTITY,
    EVENTS, FILL_ORDER, FILL_PRICE, FILL_QUANTITY, FILLS, INSTRUMENT, KNOWN_ORDER, PASS, SEQ, TIME,
    TRADE, UNKNOWN_ORDER,
};

/// No small file costs more.
const SMALL: usize = 1 << 20;

fn with_outcome(shape: [u8; 8], outcome: u8) -> [u8; 8] {
    let mut shape = shape;
    shape[5] = outcome;
    shape
}

/// Reads a file of this one block, and gives how many commands it has or what is wrong with it.
fn read(block: &Block) -> (Result<usize, String>, usize) {
    read_file(&block.file())
}

fn read_file(file: &[u8]) -> (Result<usize, String>, usize) {
    peak(|| {
        let mut batch = Batch::new();
        let mut reader = Reader::new(Cursor::new(file)).map_err(|error| error.to_string())?;
        let read = reader.read(&mut batch).map_err(|error| error.to_string());
        let verified = verify(Cursor::new(file)).map_err(|error| error.to_string());
        assert_eq!(read.is_ok(), verified.is_ok(), "{read:?}, {verified:?}");
        match reader.torn_tail() {
            Some(tail) if batch.is_empty() => read.and_then(|_| Err(tail.reason.clone())),
            _ => read.map(|_| batch.len()),
        }
    })
}

/// Reads a block that is wrong inside.
fn check(columns: &Columns, expected: &str) {
    let (result, bytes) = read(&columns.block());
    assert_eq!(result, Err(format!("block 0 at offset 39: {expected}")));
    assert!(bytes < SMALL, "{bytes} bytes");
}

#[test]
fn the_block_that_is_changed_below_is_good() {
    let (result, bytes) = read(&Columns::of(PASS, 3).block());
    assert_eq!(result, Ok(3));
    assert!(bytes < SMALL, "{bytes} bytes");
    let events = Columns::of(with_outcome(CANCEL, EVENTS), 1)
        .with(KNOWN_ORDER, vec![0])
        .with(UNKNOWN_ORDER, vec![14])
        .with(COUNT, vec![1])
        .with(EVENT, vec![0])
        .with(EVENT_ORDER, vec![1]);
    assert_eq!(read(&events.block()).0, Ok(1));
}

#[test]
fn columns_fill_their_block() {
    let good = Columns::of(PASS, 3);
    for wrong in [
        good.clone().with(SEQ, vec![1, 0]),
        good.clone().with(SEQ, vec![1, 0, 0, 0]),
        good.clone().with(KNOWN_ORDER, vec![1]),
        Columns { bits: vec![1], ..good.clone() },
    ] {
        check(&wrong, "the columns hold more or less than its commands have");
    }
    let mut claim = good.block();
    for at in (0..88).step_by(4) {
        claim.payload = good.bytes();
        claim.payload[at..at + 4].fill(0xff);
        let (result, bytes) = read(&claim);
        assert_eq!(result, Err("block 0 at offset 39: the columns do not fill it".to_owned()));
        assert!(bytes < SMALL, "{bytes} bytes");
    }
    let (result, _) = read(&Block { payload: vec![0; 50], ..short(50) });
    assert_eq!(result, Err("block 0 at offset 39: the columns do not fill it".to_owned()));
}

fn short(size: u32) -> Block {
    Block { raw_size: size, stored_size: size, ..Columns::of(PASS, 1).block() }
}

#[test]
fn a_token_that_no_number_has_is_an_error() {
    for token in 242..=255 {
        let wrong = Columns::of(PASS, 3).with(TIME, vec![0, token, 0]);
        check(&wrong, "the columns hold more or less than its commands have");
    }
}

#[test]
fn a_shape_has_known_attributes_only() {
    for byte in 0..8 {
        for bit in 0..8 {
            let mut shape = PASS;
            shape[byte] ^= 1 << bit;
            // Another kind of command has other columns; another outcome is what byte 5 is for.
            if byte == 0 && shape[0] < 6 || byte == 5 && bit < 3 {
                continue;
            }
            check(&Columns::of(shape, 1), "a shape has an unknown attribute");
        }
    }
    // A new order of a side, type, time in force or self-trade mode that there is not.
    for (byte, value) in [(1, 5 << 4), (1, 7 << 4), (2, 5), (2, 7), (2, 1 << 6), (3, 1 << 5)] {
        let mut shape = [0; 8];
        shape[byte] = value;
        check(&Columns::of(shape, 1), "a shape has an unknown attribute");
    }
    check(&Columns::of([4, 0, 0, 0, 7, 0, 0, 0], 1), "a shape has an unknown attribute");
    check(&Columns::of([3, 0, 0xc0, 0, 0, 0, 0, 0], 1), "a shape has an unknown attribute");
    let mut wrong = Columns::of(PASS, 2);
    wrong.commands[1] = 1;
    check(&wrong, "a command without a shape");
    let shapes = vec![PASS; 257];
    check(&Columns { shapes, ..Columns::of(PASS, 1) }, "the columns do not fill it");
}

#[test]
fn an_order_is_named_before_it_is_pointed_at() {
    for distance in [1, 5, 127] {
        let cancel =
            Columns::of(CANCEL, 1).with(KNOWN_ORDER, vec![distance]).with(UNKNOWN_ORDER, vec![0]);
        check(&cancel, "a number is out of its range");
        let event = Columns::of(with_outcome(PASS, EVENTS), 1)
            .with(COUNT, vec![1])
            .with(EVENT, vec![0])
            .with(EVENT_ORDER, vec![distance]);
        // 1 is the command's own order, which this one has not.
        check(&event, "a number is out of its range");
    }
}

/// A cancel of order 7 with one recorded event of this tag, and so many numbers in its columns.
fn one_event(tag: u8, orders: usize, numbers: [usize; 4]) -> Columns {
    let [prices, quantities, opens, trades] = numbers;
    let mut columns = Columns::of(with_outcome(CANCEL, EVENTS), 1)
        .with(KNOWN_ORDER, vec![0])
        .with(UNKNOWN_ORDER, vec![14])
        .with(COUNT, vec![1])
        .with(EVENT_ORDER, vec![1; orders])
        .with(EVENT_PRICE, vec![0; prices])
        .with(EVENT_QUANTITY, vec![0; quantities])
        .with(EVENT_OPEN, vec![0; opens])
        .with(TRADE, vec![0; trades]);
    // Numbers above 127 take a token and six bits of the stream here.
    let is_direct = tag < 128;
    columns.tokens[EVENT] = vec![if is_direct { tag } else { 128 }];
    columns.bits = if is_direct { vec![] } else { vec![tag - 128] };
    columns
}

#[test]
fn an_event_is_one_that_there_is() {
    // Each kind with the last detail that there is, and with the next one.
    for (good, orders, numbers) in [
        (0x00, 1, [0, 0, 0, 0]),
        (0x18, 1, [0, 0, 1, 0]),
        (0x23, 2, [1, 0, 1, 0]),
        (0x30, 2, [1, 1, 2, 1]),
        (0x40, 1, [0, 1, 1, 0]),
        (0x5a, 1, [0, 1, 0, 0]),
        (0x60, 1, [0, 0, 0, 0]),
        (0x70, 0, [1, 1, 1, 0]),
        (0x86, 0, [0, 0, 0, 0]),
    ] {
        assert_eq!(read(&one_event(good, orders, numbers).block()).0, Ok(1), "{good:#x}");
        // What a replacement has, its detail says; 4 says nothing, and takes away the others.
        let (orders, numbers) = if good == 0x23 { (1, [0, 0, 1, 0]) } else { (orders, numbers) };
        check(&one_event(good + 1, orders, numbers), "a number is out of its range");
    }
    check(&one_event(0x90, 0, [0; 4]), "a number is out of its range");
    let mut kind = one_event(0x10, 1, [0, 0, 1, 0]);
    kind.tokens[EVENT_OPEN] = vec![6];
    check(&kind, "a number is out of its range");
}

#[test]
fn seq_and_time_end_at_64_bits() {
    let mut wrong = Columns::of(PASS, 2).with(SEQ, vec![241, 0]);
    wrong.bits = vec![0xff; 8];
    wrong.bits[7] = 0x3f;
    check(&wrong, "a number is out of its range");
    let mut wrong = Columns::of(PASS, 2).with(TIME, vec![241, 1]);
    wrong.bits = vec![0xff; 8];
    wrong.bits[7] = 0x3f;
    check(&wrong, "a number is out of its range");
}

#[test]
fn a_block_holds_what_its_header_announces() {
    let good = Columns::of(PASS, 3).block();
    for span in [[2, 3, 0, 0], [1, 4, 0, 0], [1, 3, 0, 1]] {
        let (result, _) = read(&Block { span, ..good.clone() });
        let expected = "block 0 at offset 39: its commands are not those that its header announces";
        assert_eq!(result, Err(expected.to_owned()));
    }
}

#[test]
fn bits_that_no_number_has_are_zero() {
    let mut columns = Columns::of(PASS, 1).with(TIME, vec![128]);
    // 128 has six bits, and these are 0b000001: the time is 129.
    columns.bits = vec![0b0000_0001];
    let good = Block { span: [1, 1, 129, 129], ..columns.block() };
    assert_eq!(read(&good).0, Ok(1));
    let expected = Err("block 0 at offset 39: there is something behind its bits".to_owned());
    for bit in [6, 7] {
        columns.bits = vec![1 | 1 << bit];
        let wrong = Block { span: good.span, ..columns.block() };
        assert_eq!(read(&wrong).0, expected, "bit {bit}");
    }
    for padding in 1..=8 {
        let mut wrong = good.clone();
        let at = wrong.payload.len() - padding;
        wrong.payload[at] = 1;
        assert_eq!(read(&wrong).0, expected, "{padding} bytes from the end");
    }
}

#[test]
fn an_outcome_is_about_orders_of_its_own_instrument() {
    let check = |columns: Columns, expected: Result<usize, String>| {
        assert_eq!(read_file(&columns.block().file_of_two()).0, expected);
    };
    let wrong = || Err("block 0 at offset 52: a number is out of its range".to_owned());
    // A fill of an unknown order, on the command's instrument or on the next one.
    for (on, expected) in [(0, Ok(1)), (2, wrong())] {
        let fill = Columns::of(with_outcome(PASS, FILLS), 1)
            .with(INSTRUMENT, vec![0, on])
            .with(COUNT, vec![1])
            .with(FILL_ORDER, vec![0])
            .with(UNKNOWN_ORDER, vec![14])
            .with(FILL_PRICE, vec![0])
            .with(FILL_QUANTITY, vec![1]);
        check(fill, expected);
    }
    // An order is cancelled on the second instrument; an event or a fill of a command on the same
    // instrument, or on the first, points at it.
    for (on, expected) in [(0, Ok(2)), (1, wrong())] {
        let mut event = Columns::of(CANCEL, 2)
            .with(KNOWN_ORDER, vec![0])
            .with(INSTRUMENT, vec![2, on])
            .with(UNKNOWN_ORDER, vec![14])
            .with(COUNT, vec![1])
            .with(EVENT, vec![0])
            .with(EVENT_ORDER, vec![2]);
        event.shapes.push(with_outcome(PASS, EVENTS));
        event.commands = vec![0, 1];
        check(event.clone(), expected.clone());
        let mut fill = event
            .with(EVENT, vec![])
            .with(EVENT_ORDER, vec![])
            .with(FILL_ORDER, vec![1])
            .with(FILL_PRICE, vec![0])
            .with(FILL_QUANTITY, vec![1]);
        fill.shapes[1] = with_outcome(PASS, FILLS);
        check(fill, expected);
    }
}

/// Few bytes that unpack to many zeros, which are as many outcomes.
#[test]
fn outcomes_are_limited_for_a_whole_block() {
    const COMMANDS: usize = 40;
    const EACH: usize = 1 << 20;
    // What zstd makes of this is no smaller than a 256th of it, as the format asks.
    let mut state = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
        state.to_le_bytes()[7]
    })
    .take(400_000)
    .collect();
    for (outcome, column) in [(FILLS, FILL_ORDER), (EVENTS, EVENT)] {
        let mut columns = Columns::of(with_outcome(PASS, outcome), COMMANDS)
            .with(COUNT, vec![128 + 2 * 13; COMMANDS])
            .with(column, vec![0; COMMANDS * EACH]);
        // Each count is 2^20: its token and 19 bits of zeros in the stream.
        columns.bits = vec![0; COMMANDS * 19 / 8];
        columns.bits.extend(&noise);
        let block = columns.block().compressed();
        assert!(block.payload.len() < 2 << 20, "{}", block.payload.len());
        let (result, bytes) = read(&block);
        let expected = "block 0 at offset 39: more outcomes than it has room for";
        assert_eq!(result, Err(expected.to_owned()));
        assert!(bytes < 400 << 20, "{bytes} bytes");
    }
}
