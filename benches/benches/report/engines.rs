//! Four engines over deep-book.
//!
//! Rounds are interleaved (A B C D, A B C D, …), so that whatever slows the machine down slows all
//! of them; the minimum and the median of the rounds are shown. Each round is a process of its
//! own: what one engine leaves behind in the heap slows no other one.

use std::process::Command as Process;
use std::time::{Duration, Instant};

use shadowbook_benches::{Fills, Lobster, Matchcore, Own, run_stream, stream};
use shadowbook_ladder::LadderEngine;
use shadowbook_model::{
    Command, Engine, Instrument, InstrumentId, InstrumentState, OrderState, StateVisitor,
};
use shadowbook_reference::ReferenceEngine;

use crate::{hundredths, median, tenths};

/// The first one is what the others are measured by.
const ENGINES: [&str; 4] =
    ["matchcore 0.4.0", "lobster 0.7.0", "shadowbook reference", "shadowbook ladder"];

/// One engine and its rounds so far.
struct Row {
    name: &'static str,
    times: Vec<Duration>,
    fills: Fills,
}

/// All engines in turn, as tables.
pub(crate) fn report(commands: u64, rounds: u64) {
    let mut rows = ENGINES.map(|name| Row { name, times: Vec::new(), fills: Fills::default() });
    for _ in 0..rounds {
        for row in &mut rows {
            let (time, fills) = round_of(row.name, commands);
            row.times.push(time);
            row.fills = fills;
        }
    }
    print_table(&mut rows, commands, rounds);
    let (instruments, stream) = stream("deep-book", commands);
    print_digests(&instruments, &stream);
}

/// One round in this process; prints nanoseconds, fills, their quantity and refusals.
#[expect(clippy::print_stdout, reason = "the numbers are what the process is for")]
pub(crate) fn run_one(name: &str, commands: u64) {
    let (instruments, stream) = stream("deep-book", commands);
    let (time, fills) = if name.contains("matchcore") {
        run_stream(&mut Matchcore::default(), &stream)
    } else if name.contains("lobster") {
        run_stream(&mut Lobster::default(), &stream)
    } else if name.contains("reference") {
        run_stream(&mut Own::new(ReferenceEngine::new(&instruments)), &stream)
    } else {
        run_stream(&mut Own::new(LadderEngine::new(&instruments)), &stream)
    };
    println!("{} {} {} {}", time.as_nanos(), fills.count, fills.quantity, fills.refused);
}

/// One round in a process of its own.
fn round_of(name: &str, commands: u64) -> (Duration, Fills) {
    let this = std::env::current_exe().expect("a bench knows where it is");
    let output = Process::new(this)
        .args(["--only", name, "--commands", &commands.to_string()])
        .output()
        .expect("a bench can start itself");
    assert!(output.status.success(), "{name} failed: {output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    let numbers: Vec<u64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [nanoseconds, count, quantity, refused] = numbers[..] else {
        panic!("{name} printed {text:?}, expected four numbers");
    };
    (Duration::from_nanos(nanoseconds), Fills { count, quantity, refused })
}

#[expect(clippy::print_stdout, reason = "the table is what this bench is for")]
fn print_table(rows: &mut [Row], commands: u64, rounds: u64) {
    for row in &mut *rows {
        row.times.sort_unstable();
    }
    let yardstick = rows.first().map_or(1, |row| median(&row.times).as_nanos()).max(1);
    println!("deep-book, {commands} commands, {rounds} interleaved rounds\n");
    println!(
        "| engine | ns/command, median | minimum | commands/s | ratio to matchcore | fills | refused |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for row in rows {
        let (median, minimum) =
            (median(&row.times), row.times.first().copied().unwrap_or_default());
        let per_second = u128::from(commands) * 1_000_000_000 / median.as_nanos().max(1);
        println!(
            "| {} | {} | {} | {per_second} | {} | {} | {} |",
            row.name,
            tenths(median.as_nanos() * 10 / u128::from(commands)),
            tenths(minimum.as_nanos() * 10 / u128::from(commands)),
            hundredths(median.as_nanos() * 100 / yardstick),
            row.fills.count,
            row.fills.refused,
        );
    }
}

/// How long the digest of a whole book takes, per live order.
#[expect(clippy::print_stdout, reason = "the table is what this bench is for")]
fn print_digests(instruments: &[Instrument], commands: &[Command]) {
    let mut reference = Own::new(ReferenceEngine::new(instruments));
    let mut ladder = Own::new(LadderEngine::new(instruments));
    run_stream(&mut reference, commands);
    run_stream(&mut ladder, commands);
    let mut count = Count(0);
    reference.engine.visit(InstrumentId(0), &mut count);
    let orders = u128::from(count.0.max(1));
    println!("\n| engine | live orders | digest, ns/order |\n|---|---:|---:|");
    let engines: [(&str, &dyn Engine); 2] =
        [("shadowbook reference", &reference.engine), ("shadowbook ladder", &ladder.engine)];
    let digests = engines.map(|(name, engine)| {
        let mut best = Duration::MAX;
        let mut digest = engine.digest(InstrumentId(0));
        for _ in 0..10 {
            let begin = Instant::now();
            digest = engine.digest(InstrumentId(0));
            best = best.min(begin.elapsed());
        }
        println!("| {name} | {} | {} |", count.0, tenths(best.as_nanos() * 10 / orders));
        digest
    });
    assert_eq!(digests[0], digests[1], "both engines must hold the same book");
}

/// Counts the orders of a visit.
struct Count(u64);

impl StateVisitor for Count {
    fn instrument(&mut self, _: &InstrumentState) {}

    fn order(&mut self, _: &OrderState) {
        self.0 += 1;
    }
}
