//! Memory does not depend on how long an input is.

use std::io::{self, Cursor};

use shadowbook_capture::file::{Header, Reader, Writer, verify};
use shadowbook_capture::{Batch, RecordedFill, Source, jsonl};
use shadowbook_model::{
    Command, Increment, Instrument, InstrumentId, NewOrder, OrderId, Price, Quantity, Seq, Side,
    TimeNs,
};

use crate::count::peak;

/// So many commands are in a batch, and in a block.
const BATCH: u64 = 8192;
/// A block's place in the index; what a file's length may cost.
const INDEX_ENTRY: usize = 48;
/// What is common to all lengths may differ by so much: numbers grow by some digits.
const SLACK: usize = 4 << 10;

fn header() -> Header {
    let instruments = vec![Instrument::new("AAA", Increment::ONE, Increment::ONE)];
    Header { instruments, origin: String::new() }
}

/// The nth batch; all are alike but for seq, time and order ids.
fn fill(batch: &mut Batch, number: u64, fills: u64) {
    batch.clear();
    for index in 0..BATCH {
        let place = number * BATCH + index;
        let price = Price((index * index % 1009).cast_signed());
        let order = NewOrder::limit(OrderId(place), Side::Buy, price, Quantity(index % 97));
        batch.push(Command::new(Seq(place), TimeNs(place), InstrumentId(0), order));
        if index % 16 == 0 {
            let maker = OrderId(place);
            let fill = RecordedFill { maker, price, quantity: Quantity(1) };
            batch.record_fills((0..fills).map(|_| fill));
        }
    }
}

fn write_file(output: impl io::Write, batches: u64) {
    let mut writer = Writer::new(output, &header()).expect("memory");
    let mut batch = Batch::new();
    for number in 0..batches {
        fill(&mut batch, number, 2);
        writer.append(&batch).expect("it is in order");
    }
    writer.finish().expect("memory");
}

fn write_text(output: impl io::Write, batches: u64, fills: u64) {
    let mut writer = jsonl::Writer::new(output, &header().instruments).expect("memory");
    let mut batch = Batch::new();
    for number in 0..batches {
        fill(&mut batch, number, fills);
        writer.append(&batch).expect("it is in order");
    }
    writer.finish().expect("memory");
}

fn drain(source: &mut dyn Source) -> u64 {
    let (mut batch, mut commands) = (Batch::new(), 0);
    while source.read(&mut batch).expect("it was just written") {
        commands += batch.len() as u64;
    }
    commands
}

/// Does something at two lengths, one ten times the other, and compares what it costs.
fn check(growth: usize, work: impl Fn(u64) -> usize) {
    let (short, long) = (work(2), work(20));
    assert!(short > 0, "it takes some memory at least");
    assert!(long <= short + growth + SLACK, "{short} bytes became {long}");
}

#[test]
fn a_longer_file_costs_its_writer_only_an_index() {
    // The index doubles its room when it is full.
    check(2 * 20 * INDEX_ENTRY, |batches| peak(|| write_file(io::sink(), batches)).1);
}

#[test]
fn a_longer_file_costs_its_reader_nothing() {
    let file = |batches| {
        let mut file = Vec::new();
        write_file(&mut file, batches);
        file
    };
    let read = |batches: u64| {
        let file = file(batches);
        let open = || Reader::new(Cursor::new(&file[..])).expect("it was just written");
        let (commands, bytes) = peak(|| drain(&mut open()));
        assert_eq!(commands, batches * BATCH);
        bytes
    };
    check(0, read);
    let verify_all = |batches: u64| {
        let file = file(batches);
        let (report, bytes) = peak(|| verify(Cursor::new(&file[..])).expect("it is whole"));
        assert_eq!(report.summary.blocks, batches);
        bytes
    };
    check(20 * INDEX_ENTRY, verify_all);
    let read_torn = |batches: u64| {
        let mut file = file(batches);
        file.pop();
        let open = || Reader::new(Cursor::new(&file[..])).expect("it was just written");
        let (commands, bytes) = peak(|| drain(&mut open()));
        assert_eq!(commands, batches * BATCH);
        bytes
    };
    check(2 * 20 * INDEX_ENTRY, read_torn);
}

#[test]
fn a_longer_text_costs_nothing() {
    check(0, |batches| peak(|| write_text(io::sink(), batches, 2)).1);
    for fills in [2, 60] {
        let read = |batches: u64| {
            let mut text = Vec::new();
            write_text(&mut text, batches, fills);
            let open = || jsonl::Reader::new(&text[..]).expect("it was just written");
            let (commands, bytes) = peak(|| drain(&mut open()));
            assert_eq!(commands, batches * BATCH);
            bytes
        };
        check(0, read);
    }
}

/// Recorded outcomes can be much longer than their commands; a batch ends at many of them too.
#[test]
fn long_outcomes_make_short_batches() {
    const FILLS: u64 = 5_000;
    let mut text = Vec::new();
    let mut writer = jsonl::Writer::new(&mut text, &header().instruments).expect("memory");
    let mut batch = Batch::new();
    for place in 0..40 {
        batch.clear();
        let order = NewOrder::market(OrderId(place), Side::Buy, Quantity(1));
        batch.push(Command::new(Seq(place), TimeNs(place), InstrumentId(0), order));
        let maker = OrderId(1);
        batch.record_fills((0..FILLS).map(|index| RecordedFill {
            maker,
            price: Price(1),
            quantity: Quantity(index),
        }));
        writer.append(&batch).expect("it is in order");
    }
    writer.finish().expect("memory");
    let mut reader = jsonl::Reader::new(&text[..]).expect("it was just written");
    let mut commands = 0;
    while reader.read(&mut batch).expect("it was just written") {
        assert!(batch.len() <= 8, "{} commands with {FILLS} fills each", batch.len());
        assert!(batch.iter().all(|entry| entry.recorded.is_some()));
        commands += batch.len();
    }
    assert_eq!(commands, 40);
}
