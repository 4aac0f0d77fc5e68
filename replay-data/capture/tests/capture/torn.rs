//! A file that ends early is read up to its last whole block, and says so. No file silently has
//! fewer commands than were written.

use std::cell::RefCell;
use std::io::{self, Cursor, Write};
use std::rc::Rc;

use shadowbook_capture::file::{self, Header, Reader, Writer};

use crate::sample::{self, BlockEnd, block_ends};
use crate::stream::{Line, Stream, drain};

/// What is left of `stream` in a file whose last whole block ends at `end`.
fn check(torn: &[u8], stream: &Stream, end: BlockEnd, reason: Option<&str>) {
    let mut reader = Reader::new(Cursor::new(torn)).expect("the header is whole");
    assert!(reader.summary().is_none());
    let tail = reader.torn_tail().expect("it ends early").clone();
    assert_eq!(tail.offset, end.offset as u64, "{}", tail.reason);
    assert_eq!(tail.bytes, (torn.len() - end.offset) as u64);
    if let Some(reason) = reason {
        assert_eq!(tail.reason, reason);
    }
    let (lines, error) = drain(&mut reader);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(lines, stream.lines[..end.commands]);

    let report = file::verify(Cursor::new(torn)).expect("what is left is good");
    assert_eq!(report.torn_tail, Some(tail));
    assert_eq!(report.summary.commands, end.commands as u64);
}

#[test]
fn a_file_cut_anywhere_is_read_up_to_its_last_whole_block() {
    let stream = sample::stream(600);
    let (file, _) = stream.to_file(600);
    let (begin, ends) = block_ends(&file);
    assert_eq!(ends.len(), 3);
    for cut in 0..begin {
        let error = Reader::new(Cursor::new(&file[..cut])).err().expect("no header, no capture");
        let expected = format!("offset {cut}: the file ends before its header does");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    // The first block byte by byte here and there, everything behind it at each byte.
    let sampled = (begin..ends[0].offset).step_by(61);
    for cut in sampled.chain(ends[0].offset..file.len()) {
        let nothing = BlockEnd { offset: begin, commands: 0 };
        let whole = ends.iter().rev().find(|end| end.offset <= cut);
        let end = *whole.unwrap_or(&nothing);
        let reason = match cut - end.offset {
            0 => "the file ends without index and footer",
            1..72 if end.offset < ends[2].offset => {
                "the file ends within the header of a block or the index"
            }
            72.. if end.offset < ends[2].offset => "it is cut off",
            1..72 => "the file ends within the header of a block or the index",
            _ => "index or footer are incomplete or damaged",
        };
        check(&file[..cut], &stream, end, Some(reason));
    }
    assert_eq!(Stream::of_file(&file).expect("it is whole"), stream);
}

/// A crashed machine may leave a file as long as it was to be, with zeros at its end.
#[test]
fn a_file_with_zeros_from_anywhere_is_read_up_to_its_last_whole_block() {
    let stream = sample::stream(600);
    let (file, _) = stream.to_file(600);
    let (begin, ends) = block_ends(&file);
    let mut zeroed = file.clone();
    for from in (begin..file.len()).rev() {
        let was_zero = std::mem::take(&mut zeroed[from]) == 0;
        if was_zero || from % 7 != 0 {
            continue;
        }
        let nothing = BlockEnd { offset: begin, commands: 0 };
        let end = *ends.iter().rev().find(|end| end.offset <= from).unwrap_or(&nothing);
        check(&zeroed, &stream, end, None);
    }
}

#[test]
fn a_hole_inside_of_a_torn_file_is_an_error_and_not_a_gap() {
    let stream = sample::stream(600);
    let (file, _) = stream.to_file(600);
    let (begin, ends) = block_ends(&file);
    let mut torn = file[..ends[2].offset].to_vec();
    let hole = ends[0].offset + 100;
    torn[hole..hole + 16].fill(0);
    let mut reader = Reader::new(Cursor::new(&torn[..])).expect("the header is whole");
    let (lines, error) = drain(&mut reader);
    assert_eq!(lines, stream.lines[..ends[0].commands]);
    let expected = format!("block 1 at offset {}: checksum mismatch", ends[0].offset);
    assert_eq!(error.expect("block 1 is damaged").to_string(), expected);
    let error = file::verify(Cursor::new(&torn[..])).expect_err("block 1 is damaged");
    assert_eq!(error.to_string(), expected);

    // A block that is gone altogether.
    let without_first = [&file[..begin], &file[ends[0].offset..]].concat();
    let nothing = BlockEnd { offset: begin, commands: 0 };
    check(&without_first, &stream, nothing, Some("read block number 1, expected 0"));
}

#[test]
fn bytes_behind_a_complete_file_are_noticed() {
    let stream = sample::stream(300);
    let (mut file, _) = stream.to_file(300);
    let (_, ends) = block_ends(&file);
    file.push(b'\n');
    check(&file, &stream, ends[1], Some("index or footer are incomplete or damaged"));
}

/// An output whose disk is full from `limit` to when there is room again.
#[derive(Clone)]
struct Disk(Rc<RefCell<DiskState>>);

struct DiskState {
    bytes: Vec<u8>,
    limit: usize,
}

impl Disk {
    fn new() -> Self {
        Self(Rc::new(RefCell::new(DiskState { bytes: Vec::new(), limit: usize::MAX })))
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.borrow().bytes.clone()
    }

    fn limit(&self, limit: usize) {
        self.0.borrow_mut().limit = limit;
    }
}

impl Write for Disk {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut disk = self.0.borrow_mut();
        let room = disk.limit.saturating_sub(disk.bytes.len()).min(bytes.len());
        if room == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        disk.bytes.extend(&bytes[..room]);
        Ok(room)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Once a block is lost nothing may follow it: the file would look whole without it.
#[test]
fn a_writer_that_failed_once_writes_no_more() {
    let stream = sample::stream(700);
    let (file, _) = stream.to_file(100);
    let (_, ends) = block_ends(&file);
    for room in [0, 10, 72, 500] {
        let disk = Disk::new();
        let header = Header { instruments: stream.instruments.clone(), origin: "a test".into() };
        let mut writer = Writer::new(disk.clone(), &header).expect("there is room");
        let batches = stream.batches(100);
        let mut results = Vec::new();
        for (number, batch) in batches.iter().enumerate() {
            disk.limit(if number == 5 { ends[0].offset + room } else { usize::MAX });
            results.push(writer.append(batch).is_ok());
        }
        assert_eq!(results, [true, true, true, true, true, false, false], "room {room}");
        let error = writer.finish().expect_err("a block is lost").to_string();
        assert!(error.contains("an earlier write failed"), "{error}");
        check(&disk.bytes(), &stream, ends[0], None);
    }
}

#[test]
fn a_stream_out_of_order_is_refused_and_what_was_before_stays() {
    let stream = sample::stream(10);
    let check = |change: fn(&mut Line), expected: &str| {
        let mut wrong = stream.clone();
        change(&mut wrong.lines[9]);
        let header = Header { instruments: stream.instruments.clone(), origin: "a test".into() };
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file, &header).expect("memory");
        let error = writer.append(&wrong.batches(10)[0]).expect_err("it is wrong").to_string();
        assert_eq!(error, expected);
        writer.finish().expect("memory");
        assert_eq!(Stream::of_file(&file).expect("it is whole").lines, stream.lines[..9]);
    };
    check(
        |line| line.command.seq.0 = 34,
        "cannot write the command with seq 34: it follows seq 34, but seq must rise",
    );
    check(
        |line| line.command.time.0 = 1_135,
        "cannot write the command with seq 37: time 1135 follows time 1136, but time must not fall",
    );
    check(
        |line| line.command.instrument.0 = 2,
        "cannot write the command with seq 37: instrument 2 of a table of 2",
    );
}
