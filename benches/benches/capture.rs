//! Writing and reading capture files, in memory.

use std::io::Cursor;

use criterion::{Criterion, Throughput};
use shadowbook_benches::SEED;
use shadowbook_capture::file::{Header, Reader, Writer};
use shadowbook_capture::{Batch, Source};
use shadowbook_workload::{Generator, Profile};

const COMMANDS: u64 = 500_000;

fn batches(profile: &str) -> (Header, Vec<Batch>) {
    let profile = Profile::built_in(profile).expect("the profile is a built-in one");
    let mut source = Generator::new(&profile, SEED, COMMANDS).expect("built-in profiles are good");
    let instruments = source.instruments().to_vec();
    let mut batches = Vec::new();
    let mut batch = Batch::new();
    while source.read(&mut batch).expect("a generator does not fail") {
        batches.push(batch.clone());
    }
    (Header { instruments, origin: String::new() }, batches)
}

fn write(header: &Header, batches: &[Batch], file: Vec<u8>) -> Vec<u8> {
    let mut file = file;
    let mut writer = Writer::new(&mut file, header).expect("memory can be written");
    for batch in batches {
        writer.append(batch).expect("memory can be written");
    }
    writer.finish().expect("memory can be written");
    file
}

fn read(file: &[u8], batch: &mut Batch) -> usize {
    let mut reader = Reader::new(Cursor::new(file)).expect("it was just written");
    let mut commands = 0;
    while reader.read(batch).expect("it was just written") {
        commands += batch.len();
    }
    commands
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for profile in ["recorded-like", "mixed"] {
        let (header, batches) = batches(profile);
        let file = write(&header, &batches, Vec::new());
        let mut group = criterion.benchmark_group(format!("capture/{profile}"));
        group.sample_size(20).throughput(Throughput::Elements(COMMANDS));
        group.bench_function("write", |bencher| {
            bencher.iter(|| write(&header, &batches, Vec::with_capacity(file.len())));
        });
        let mut batch = Batch::new();
        group.bench_function("read", |bencher| bencher.iter(|| read(&file, &mut batch)));
    }
    criterion.final_summary();
}
