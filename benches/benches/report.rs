//! The four engines over deep-book in one run, as a table for people:
//! `cargo bench -p shadowbook-benches --bench report [-- --rounds 5 --commands 2000000]`.
//!
//! Rounds are interleaved (A B C D, A B C D, …) with fresh engines, so that whatever slows the
//! machine down slows all of them; the minimum and the median of the rounds are shown.

use std::time::{Duration, Instant};

use shadowbook_benches::{Contestant, Fills, Lobster, Matchcore, Own, stream};
use shadowbook_ladder::LadderEngine;
use shadowbook_model::{
    Command, Engine, Instrument, InstrumentId, InstrumentState, OrderState, StateVisitor,
};
use shadowbook_reference::ReferenceEngine;

const ROUNDS: u64 = 5;
const COMMANDS: u64 = 2_000_000;

/// One engine and its rounds so far.
struct Row<'a> {
    name: &'static str,
    round: Box<dyn FnMut() -> (Duration, Fills) + 'a>,
    times: Vec<Duration>,
    fills: Fills,
}

fn main() {
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    let rounds = argument("--rounds").unwrap_or(if is_test { 1 } else { ROUNDS });
    let commands = argument("--commands").unwrap_or(if is_test { 10_000 } else { COMMANDS });
    let (instruments, stream) = stream("deep-book", commands);
    let mut rows = [
        row("matchcore 0.4.0", &stream, Matchcore::default),
        row("lobster 0.7.0", &stream, Lobster::default),
        row("shadowbook reference", &stream, || Own::new(ReferenceEngine::new(&instruments))),
        row("shadowbook ladder", &stream, || Own::new(LadderEngine::new(&instruments))),
    ];
    for _ in 0..rounds {
        for row in &mut rows {
            let (time, fills) = (row.round)();
            row.times.push(time);
            row.fills = fills;
        }
    }
    print_table(&mut rows, commands, rounds);
    print_digests(&instruments, &stream);
}

fn argument(name: &str) -> Option<u64> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name).skip(1);
    arguments.next()?.parse().ok()
}

fn row<'a, C: Contestant>(
    name: &'static str,
    commands: &[Command],
    fresh: impl Fn() -> C + 'a,
) -> Row<'a>
where
    C::Input: 'a,
{
    let input = C::convert(commands);
    let round = move || {
        let mut engine = fresh();
        let begin = Instant::now();
        let fills = engine.run(&input);
        (begin.elapsed(), fills)
    };
    Row { name, round: Box::new(round), times: Vec::new(), fills: Fills::default() }
}

#[expect(clippy::print_stdout, reason = "the table is what this bench is for")]
fn print_table(rows: &mut [Row<'_>], commands: u64, rounds: u64) {
    for row in &mut *rows {
        row.times.sort_unstable();
    }
    let yardstick = rows.first().map_or(1, |row| median(row).as_nanos()).max(1);
    println!("deep-book, {commands} commands, {rounds} interleaved rounds\n");
    println!(
        "| engine | ns/command, median | minimum | commands/s | ratio to matchcore | fills | refused |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for row in rows {
        let (median, minimum) = (median(row), row.times.first().copied().unwrap_or_default());
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

fn median(row: &Row<'_>) -> Duration {
    row.times.get(row.times.len() / 2).copied().unwrap_or_default()
}

/// How long the digest of a whole book takes, per live order.
#[expect(clippy::print_stdout, reason = "the table is what this bench is for")]
fn print_digests(instruments: &[Instrument], commands: &[Command]) {
    let mut reference = Own::new(ReferenceEngine::new(instruments));
    let mut ladder = Own::new(LadderEngine::new(instruments));
    reference.run(commands);
    ladder.run(commands);
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

fn tenths(value: u128) -> String {
    format!("{}.{}", value / 10, value % 10)
}

fn hundredths(value: u128) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}
