//! The figures of docs/PERFORMANCE.md as tables for people:
//! `cargo bench -p shadowbook-benches --bench report [-- --rounds 5 --commands 2000000]`.
//! `--only ladder` runs one round of one engine in this process, for a profiler; `--only diff` gives
//! the second table alone.

mod diff;
mod engines;

use std::time::Duration;

const ROUNDS: u64 = 5;
const COMMANDS: u64 = 2_000_000;

fn main() {
    let is_test = !std::env::args().any(|argument| argument == "--bench");
    let rounds = number("--rounds").unwrap_or(if is_test { 1 } else { ROUNDS });
    let commands = number("--commands").unwrap_or(if is_test { 10_000 } else { COMMANDS });
    match value_of("--only").as_deref() {
        None => {
            engines::report(commands, rounds);
            diff::report(commands, rounds);
        }
        Some("diff") => diff::report(commands, rounds),
        Some(engine) => engines::run_one(engine, commands),
    }
}

fn value_of(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

fn number(name: &str) -> Option<u64> {
    value_of(name)?.parse().ok()
}

/// The middle one of sorted times.
fn median(times: &[Duration]) -> Duration {
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn tenths(value: u128) -> String {
    format!("{}.{}", value / 10, value % 10)
}

fn hundredths(value: u128) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}
