//! A short run of the fuzz targets: no bytes make them panic or hang.

use shadowbook_capture::fuzz;

use crate::golden;
use crate::sample;
use crate::snapshots;
use crate::stream::Stream;

/// SplitMix64: the same inputs on every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).expect("it is below a usize")
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.byte()).collect()
    }

    /// One change: a byte or bit, a cut, a part that is doubled, moved, or replaced by noise.
    fn change(&mut self, bytes: &mut Vec<u8>) {
        let (from, to) = (self.below(bytes.len()), self.below(bytes.len()));
        let (from, to) = (from.min(to), from.max(to).min(from.min(to) + 64));
        match self.below(7) {
            _ if bytes.is_empty() => bytes.push(self.byte()),
            0 => bytes[from] = self.byte(),
            1 => bytes[from] ^= 1 << self.below(8),
            2 => bytes.truncate(from),
            3 => drop(bytes.drain(from..to)),
            4 => {
                let part = bytes[from..to].to_vec();
                let at = self.below(bytes.len());
                drop(bytes.splice(at..at, part));
            }
            5 => {
                let noise = self.bytes(12);
                drop(bytes.splice(from..from, noise));
            }
            _ => bytes[from..to].fill([0, 0xff, b'0', b'"'][self.below(4)]),
        }
    }
}

/// Gives so many changed forms of each seed, and as much noise, to a target.
fn run(target: fn(&[u8]), seeds: &[Vec<u8>], inputs: usize) {
    let mut random = Random(1);
    for seed in seeds {
        target(seed);
        for _ in 0..inputs {
            let mut bytes = seed.clone();
            for _ in 0..=random.below(3) {
                random.change(&mut bytes);
            }
            target(&bytes);
        }
    }
    for _ in 0..inputs {
        target(&random.bytes(300));
    }
}

fn streams() -> [Stream; 3] {
    let golden = Stream::of_file(&golden::file()).expect("it is whole");
    [sample::stream(0), sample::stream(20), golden]
}

#[test]
fn no_bytes_upset_the_reader_of_capture_files() {
    let seeds = streams().map(|stream| stream.to_file(100).0);
    run(fuzz::capture, &seeds, 2_000);
}

/// The fuzz target puts checksums right, so that the columns of these blocks are really read.
#[test]
fn no_columns_upset_the_reader_of_capture_files() {
    let seeds = streams().map(|stream| sample::uncompressed(&stream.to_file(100).0));
    run(fuzz::capture, &seeds, 4_000);
}

#[test]
fn no_bytes_upset_the_reader_of_snapshots() {
    let (snapshot, capture) = (snapshots::snapshot_file(), snapshots::capture_file());
    run(fuzz::snapshot, &[snapshot], 8_000);
    run(fuzz::capture, &[capture], 2_000);
    run(fuzz::jsonl, &[snapshots::text().into_bytes()], 1_000);
}

#[test]
fn no_bytes_upset_the_reader_of_json_lines() {
    let seeds = streams().map(|stream| stream.to_text(100).into_bytes());
    run(fuzz::jsonl, &seeds[..2], 4_000);
    // The golden file's lines one by one: answers and commands of every kind.
    let lines: Vec<Vec<u8>> =
        seeds[2].split(|byte| *byte == b'\n').step_by(3).map(<[u8]>::to_vec).collect();
    run(fuzz::jsonl, &lines, 60);
}
