//! What the auditor costs: the time that it takes for the commands and events of one engine, in the
//! batches in which a run hands them over. The engine's own time is not in it.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput};
use shadowbook_benches::stream;
use shadowbook_capture::Batch;
use shadowbook_compare::{Answers, AuditOptions, Auditor, Stretch};
use shadowbook_ladder::LadderEngine;
use shadowbook_model::{Command, Engine, EventBuffer, Instrument};

/// As many as a session hands over at a time.
const PORTION: usize = 1_024;

/// Runs the engine and the auditor in turn, and says how long the auditor took.
fn audit(instruments: &[Instrument], commands: &[Command]) -> Duration {
    let mut engine = LadderEngine::new(instruments);
    let mut auditor = Auditor::new(instruments, AuditOptions::default());
    let (mut batch, mut events, mut ends) = (Batch::new(), EventBuffer::new(), Vec::new());
    let mut time = Duration::ZERO;
    for portion in commands.chunks(PORTION) {
        batch.clear();
        events.clear();
        ends.clear();
        for command in portion {
            batch.push(*command);
            engine.apply(command, &mut events);
            ends.push(events.len());
        }
        let begin = Instant::now();
        let stretch = Stretch { batch: &batch, range: 0..batch.len() };
        auditor.commands(&stretch, Answers { events: events.as_slice(), ends: &ends });
        time += begin.elapsed();
        black_box(&auditor);
    }
    let audit = auditor.finish();
    assert_eq!(audit.total(), 0, "the ladder keeps the rules: {:?}", audit.breaches.first());
    time
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group("audit");
    for (profile, count) in
        [("recorded-like", 1_000_000), ("deep-book", 1_000_000), ("mixed", 300_000)]
    {
        let (instruments, commands) = stream(profile, count);
        group.sample_size(10).throughput(Throughput::Elements(count));
        group.bench_function(profile, |bencher| {
            bencher.iter_custom(|rounds| (0..rounds).map(|_| audit(&instruments, &commands)).sum());
        });
    }
    group.finish();
    criterion.final_summary();
}
