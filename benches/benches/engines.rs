//! Both engines on two kinds of streams, and two published engines as yardsticks.

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use shadowbook_benches::{Contestant, Lobster, Matchcore, Own, run_stream, stream};
use shadowbook_ladder::LadderEngine;
use shadowbook_model::Command;
use shadowbook_reference::ReferenceEngine;

const DEEP: u64 = 2_000_000;
const RECORDED: u64 = 1_000_000;

fn bench<C: Contestant>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    commands: &[Command],
    fresh: impl Fn() -> C,
) {
    group.bench_function(name, |bencher| {
        bencher
            .iter_custom(|rounds| (0..rounds).map(|_| run_stream(&mut fresh(), commands).0).sum());
    });
}

fn engines(criterion: &mut Criterion) {
    for (profile, count) in [("deep-book", DEEP), ("recorded-like", RECORDED)] {
        let (instruments, commands) = stream(profile, count);
        let mut group = criterion.benchmark_group(format!("engines/{profile}"));
        group.sample_size(10).throughput(Throughput::Elements(count));
        let group = &mut group;
        bench(group, "reference", &commands, || Own::new(ReferenceEngine::new(&instruments)));
        bench(group, "ladder", &commands, || Own::new(LadderEngine::new(&instruments)));
        if profile == "deep-book" {
            // The yardsticks know no replacements that keep or change ids.
            bench(group, "matchcore", &commands, Matchcore::default);
            bench(group, "lobster", &commands, Lobster::default);
        }
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    engines(&mut criterion);
    criterion.final_summary();
}
