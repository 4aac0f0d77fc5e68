//! The trial of the latency verdict: how often it cries wolf, and how often it sees what is there.
//!
//! ```sh
//! cargo run --release -p shadowbook-benches --bin latency-trial -- --runs 100
//! cargo run --release -p shadowbook-benches --bin latency-trial -- --runs 100 --busy 2
//! ```
//! Each run is one that `shadowbook latency` makes of a stream of `shadowbook generate`, judged at
//! both thresholds. How much slower a candidate is was measured against the engine that it slows
//! down, with many more fresh engines than a run has.

#![expect(clippy::print_stdout, reason = "a program for people")]
#![expect(clippy::float_arithmetic, reason = "shares and percents")]

mod busy;
mod cases;
mod options;
mod table;

use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use shadowbook_latency::{Effort, Judgement, Measured, Prepared, Run, Stretch, Thresholds, judge};

use crate::busy::Compilers;
use crate::cases::{Base, Trial};
use crate::options::Options;
use crate::table::{Row, head, line};

/// Thresholds that every run is judged at, the stricter first.
const THRESHOLDS: [f64; 2] = [0.01, 0.02];
/// Commands of the stream, and how many of them warm the engines up.
const COMMANDS: u64 = 60_000;
const WARM_UP: usize = 10_000;
/// What `shadowbook latency` spends by default.
const EFFORT: Effort = Effort { chunk: 500, instances: 15, rounds: 5, seed: 0 };

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse(std::env::args().skip(1))?;
    let (instruments, commands) = shadowbook_benches::stream(&options.profile, COMMANDS);
    let stretch = Stretch { commands: &commands, warm_up: WARM_UP };
    let base = Base { instruments: &instruments, is_reference: options.is_reference };
    let prepared = Prepared::new();
    let preflight = prepared.preflight();
    println!("{options}");
    println!(
        "{COMMANDS} commands, {WARM_UP} of them to warm up; pinned to {:?}, clock in steps of {} ns",
        preflight.pinned_to, preflight.clock_step_nanos
    );
    let mut cases = Vec::new();
    for case in &options.cases {
        let trial = Trial::prepare(*case, base, stretch, preflight)?;
        trial.told().into_iter().for_each(|told| println!("{told}"));
        cases.push(trial);
    }
    let busy = (options.busy > 0).then(|| Compilers::start(options.busy)).transpose()?;
    print!("{}", head());
    for case in &cases {
        let mut rows = THRESHOLDS.map(Row::new);
        for seed in (options.seed..).take(case.runs(options.runs)) {
            let effort = Effort { seed, ..EFFORT };
            let run = |slower| Run {
                engines: case.engines(),
                stretch,
                effort,
                thresholds: Thresholds::at(slower),
            };
            let started = Instant::now();
            let strict = run(THRESHOLDS[0]).measure(preflight, &mut |_, _| {})?;
            let took = started.elapsed();
            rows[0].add(&strict, took, case.is_named(&strict.judgement));
            // What was not extended for the one is what the other would have seen as well.
            let (lenient, took) = match again(&strict, preflight.clock_step_nanos) {
                Some(judgement) => (Measured { judgement, ..strict }, took),
                None => {
                    let started = Instant::now();
                    let measured = run(THRESHOLDS[1]).measure(preflight, &mut |_, _| {})?;
                    (measured, started.elapsed())
                }
            };
            rows[1].add(&lenient, took, case.is_named(&lenient.judgement));
        }
        rows.iter().for_each(|row| print!("{}", line(&case.name(), row)));
        std::io::stdout().flush()?;
    }
    drop(busy);
    Ok(())
}

/// The verdict at the lenient threshold on what was measured for the strict one; `None` where that
/// measured more, or less, than the other would have.
fn again(strict: &Measured, clock_step_nanos: u64) -> Option<Judgement> {
    if strict.is_extended {
        return None;
    }
    let thresholds = Thresholds::at(THRESHOLDS[1]);
    let judgement = judge(&strict.service, &strict.events, clock_step_nanos, &thresholds);
    (!judgement.asks_for_more()).then_some(judgement)
}
