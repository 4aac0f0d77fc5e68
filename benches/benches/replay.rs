//! A whole diff against one engine alone: what comparing costs.

use std::io::Cursor;
use std::sync::Arc;

use criterion::{Criterion, Throughput};
use shadowbook_benches::capture_file;
use shadowbook_capture::Source;
use shadowbook_capture::file::Reader;
use shadowbook_ladder::LadderEngine;
use shadowbook_reference::ReferenceEngine;
use shadowbook_replay::{DiffOptions, RunOptions, Setup, diff, run};
use shadowbook_session::InProcess;

const COMMANDS: u64 = 500_000;

type File = Arc<[u8]>;

fn source(file: &File) -> Reader<Cursor<File>> {
    Reader::new(Cursor::new(Arc::clone(file))).expect("it was just written")
}

fn diff_both(file: &File) -> u64 {
    let mut open = || {
        let source = source(file);
        let instruments = source.instruments().to_vec();
        let reference = InProcess::new(ReferenceEngine::new(&instruments), instruments.len());
        let candidate = InProcess::new(LadderEngine::new(&instruments), instruments.len());
        Ok(Setup {
            source: Box::new(source),
            reference: Box::new(reference),
            candidate: Box::new(candidate),
        })
    };
    let result = diff(&mut open, &DiffOptions::default(), &mut |_| {}).expect("nothing fails");
    assert!(result.findings.is_empty(), "the engines agree: {:?}", result.findings.first());
    result.comparison.commands
}

fn run_reference(file: &File, options: &RunOptions) -> u64 {
    let mut source = source(file);
    let instruments = source.instruments().to_vec();
    let mut session = InProcess::new(ReferenceEngine::new(&instruments), instruments.len());
    let result = run(&mut source, &mut session, options, &mut |_, _| {});
    result.expect("nothing fails").commands
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for name in ["recorded-like", "deep-book"] {
        let file: File = capture_file(name, COMMANDS).into();
        let mut group = criterion.benchmark_group(format!("replay/{name}"));
        group.sample_size(10).throughput(Throughput::Elements(COMMANDS));
        let plain = RunOptions { checkpoint_every: None, ..RunOptions::default() };
        group.bench_function("reference alone", |bencher| {
            bencher.iter(|| run_reference(&file, &plain));
        });
        group.bench_function("reference with checkpoints", |bencher| {
            bencher.iter(|| run_reference(&file, &RunOptions::default()));
        });
        group.bench_function("diff", |bencher| bencher.iter(|| diff_both(&file)));
    }
    criterion.final_summary();
}
