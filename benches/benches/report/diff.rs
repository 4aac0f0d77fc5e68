//! A whole diff against the replay of one engine alone, both at the default checkpoints.

use std::io::Cursor;
use std::sync::Arc;
use std::time::{Duration, Instant};

use shadowbook_benches::capture_file;
use shadowbook_capture::Source;
use shadowbook_capture::file::Reader;
use shadowbook_compare::AuditOptions;
use shadowbook_ladder::LadderEngine;
use shadowbook_model::{Engine, Instrument};
use shadowbook_reference::ReferenceEngine;
use shadowbook_replay::{DiffOptions, RunOptions, Setup, diff, run};
use shadowbook_session::{InProcess, Session};

use crate::{hundredths, median};

type File = Arc<[u8]>;

/// Each profile: reference alone, ladder alone, diff of both, in turn.
#[expect(clippy::print_stdout, reason = "the table is what this bench is for")]
pub(crate) fn report(commands: u64, rounds: u64) {
    println!("\ndiff against replay, {commands} commands, {rounds} interleaved rounds\n");
    println!(
        "| profile | reference, ms | ladder, ms | comparing, ms | / slower replay | with both \
         audited, ms | / slower replay |"
    );
    println!("|---|---:|---:|---:|---:|---:|---:|");
    for profile in ["recorded-like", "deep-book"] {
        let file: File = capture_file(profile, commands).into();
        let mut times: [Vec<Duration>; 4] = Default::default();
        let mut ratios: [Vec<u128>; 2] = Default::default();
        for _ in 0..rounds {
            let round = [
                replay(&file, reference_session),
                replay(&file, ladder_session),
                diff_of(&file, None),
                diff_of(&file, Some(AuditOptions::default())),
            ];
            let [reference, ladder, diffs @ ..] = round;
            for (ratios, diff) in ratios.iter_mut().zip(diffs) {
                ratios.push(diff.as_nanos() * 100 / reference.max(ladder).as_nanos().max(1));
            }
            times.iter_mut().zip(round).for_each(|(times, time)| times.push(time));
        }
        times.iter_mut().for_each(|times| times.sort_unstable());
        let [reference, ladder, diff, audited] = times.map(|times| median(&times).as_millis());
        let [compared, judged] = ratios.map(|mut ratios| {
            ratios.sort_unstable();
            hundredths(ratios[ratios.len() / 2])
        });
        println!(
            "| {profile} | {reference} | {ladder} | {diff} | {compared} | {audited} | {judged} |"
        );
    }
}

fn open(file: &File) -> Reader<Cursor<File>> {
    Reader::new(Cursor::new(Arc::clone(file))).expect("it was just written")
}

fn session(engine: impl Engine + Send + 'static, instruments: &[Instrument]) -> Box<dyn Session> {
    Box::new(InProcess::new(engine, instruments.len()))
}

fn reference_session(instruments: &[Instrument]) -> Box<dyn Session> {
    session(ReferenceEngine::new(instruments), instruments)
}

fn ladder_session(instruments: &[Instrument]) -> Box<dyn Session> {
    session(LadderEngine::new(instruments), instruments)
}

fn replay(file: &File, fresh: fn(&[Instrument]) -> Box<dyn Session>) -> Duration {
    let begin = Instant::now();
    let mut source = open(file);
    let mut session = fresh(source.instruments());
    run(&mut source, session.as_mut(), &RunOptions::default(), &mut |_, _| {})
        .expect("nothing fails");
    drop(session);
    begin.elapsed()
}

fn diff_of(file: &File, audit: Option<AuditOptions>) -> Duration {
    let begin = Instant::now();
    let mut setup = || {
        let source = open(file);
        let reference = reference_session(source.instruments());
        let candidate = ladder_session(source.instruments());
        Ok(Setup { source: Box::new(source), reference, candidate })
    };
    let options = DiffOptions { audit, ..DiffOptions::default() };
    let result = diff(&mut setup, &options, &mut |_| {}).expect("nothing fails");
    assert!(result.findings.is_empty(), "the engines agree: {:?}", result.findings.first());
    begin.elapsed()
}
