//! Importing feeds: decoding alone, and from the bytes of a file to a finished capture, both in
//! memory and all on the thread that measures.
//!
//! `taskset -c 0 cargo bench -p shadowbook-benches --bench import` holds everything on one core:
//! neither the importers nor the writer of captures start threads. A message of ITCH, or a row of
//! LOBSTER with its five levels, is one element.

mod itch;
mod lobster;
mod market;

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, Throughput};
use shadowbook_capture::file::{Header, Writer};
use shadowbook_capture::{Batch, Source};
use shadowbook_import::itch50::{self, Decoder, Framing};
use shadowbook_import::lobster as lobster_feed;

const WRITTEN_HERE: &str = "the feed was written by this bench";

/// What is measured: the profile of each market, how many there are, and commands for each, enough
/// to fill its book. What a stock of `recorded-like` does in a day is 200,000 commands; it has some
/// 150 live orders. The books of `deep-book` grow: 200,000 live orders in the one, 800 in each of
/// the thousand.
const FILES: [(&str, usize, u64); 6] = [
    ("recorded-like", 1, 200_000),
    ("recorded-like", 30, 33_000),
    ("recorded-like", 200, 5_000),
    ("recorded-like", 1_000, 4_000),
    ("deep-book", 1, 1_000_000),
    ("deep-book", 1_000, 4_000),
];

/// Decodes every message and looks at each.
fn decode(mut file: &[u8]) -> u64 {
    let mut decoder = Decoder::new(Framing::LengthPrefixed);
    let mut messages = 0;
    while let Some(message) = decoder.decode(&mut file).expect(WRITTEN_HERE) {
        black_box(&message);
        messages += 1;
    }
    messages
}

/// Writes everything that a source gives to a capture in memory that is used again.
fn capture(source: &mut dyn Source, memory: &mut Vec<u8>) -> u64 {
    memory.clear();
    let header = Header { instruments: source.instruments().to_vec(), origin: String::new() };
    let mut writer = Writer::new(memory, &header).expect("memory can be written");
    let mut batch = Batch::new();
    while source.read(&mut batch).expect(WRITTEN_HERE) {
        writer.append(&batch).expect("memory can be written");
    }
    writer.finish().expect("memory can be written").commands
}

fn import_itch(file: &'static [u8], memory: &mut Vec<u8>) -> u64 {
    let open = || Ok(Cursor::new(file));
    let importer = itch50::Importer::new(open, &itch50::Options::default());
    capture(&mut importer.expect(WRITTEN_HERE), memory)
}

fn import_lobster(messages: &'static [u8], order_book: &'static [u8], memory: &mut Vec<u8>) -> u64 {
    let input = |name: &str, text: &'static [u8]| lobster_feed::Input {
        name: name.to_owned(),
        reader: Box::new(text),
    };
    let (messages, order_book) = (input("messages", messages), input("order book", order_book));
    let options = lobster_feed::Options::default();
    let importer = lobster_feed::Importer::new(messages, Some(order_book), options);
    capture(&mut importer.expect(WRITTEN_HERE), memory)
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("import");
    group.sample_size(10);
    let mut memory = Vec::new();
    for (number, (profile, stocks, commands)) in FILES.into_iter().enumerate() {
        let happenings = market::happenings(profile, stocks, commands);
        // What an importer reads on a thread of its user's choice has to live for ever.
        let file: &'static [u8] = itch::write(&happenings).leak();
        let messages = decode(file);
        if number == 0 {
            group.throughput(Throughput::Elements(messages));
            group.bench_function("itch50/decode", |bencher| bencher.iter(|| decode(file)));
            let lobster::Recording { rows, messages, order_book, .. } = lobster::write(&happenings);
            let (messages, order_book): (&'static [u8], &'static [u8]) =
                (messages.leak(), order_book.leak());
            assert!(import_lobster(messages, order_book, &mut memory) > 0, "{WRITTEN_HERE}");
            group.throughput(Throughput::Elements(rows));
            group.bench_function("lobster/capture", |bencher| {
                bencher.iter(|| import_lobster(messages, order_book, &mut memory));
            });
        }
        drop(happenings);
        assert!(import_itch(file, &mut memory) > 0, "{WRITTEN_HERE}");
        group.throughput(Throughput::Elements(messages));
        group.bench_function(format!("itch50/capture/{profile}/{stocks}"), |bencher| {
            bencher.iter(|| import_itch(file, &mut memory));
        });
    }
    group.finish();
    criterion.final_summary();
}
