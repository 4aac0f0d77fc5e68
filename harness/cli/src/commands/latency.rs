//! `latency`: the latency verdict alone.

use std::path::PathBuf;

use clap::Args;
use shadowbook_triage::Allowlist;

use crate::begin::Begin;
use crate::engines::{self, EngineName};
use crate::exit::Outcome;
use crate::input::Input;
use crate::latency::Job;
use crate::latency::options::Measuring;
use crate::output::Output;
use crate::places::Places;

/// Says whether the candidate is slower than the reference, command by command, and how sure that is
/// on this machine
#[derive(Args, Debug)]
#[command(after_help = VERDICTS)]
pub(crate) struct Latency {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    begin: Begin,
    #[arg(long, value_name = "ENGINE", help = engines::help("The engine in production"))]
    reference: EngineName,
    #[arg(long, value_name = "ENGINE", help = engines::help("The engine that is to replace it"))]
    candidate: EngineName,
    #[command(flatten)]
    measuring: Measuring,
    /// Replay the commands once more at their recorded times, so many times as fast, and show the
    /// response times that were really seen
    #[arg(long, value_name = "SCALE", value_parser = clap::value_parser!(u32).range(1..))]
    paced: Option<u32>,
    /// Compare with the record of an earlier run; it changes no verdict
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the record of this run, for a later --baseline
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write every service time as a histogram log (HdrHistogram V2), a tag for each engine
    #[arg(long, value_name = "FILE")]
    hlog: Option<PathBuf>,
    /// Write the distributions of both engines as text that plots are made of
    #[arg(long, value_name = "FILE")]
    hgrm: Option<PathBuf>,
}

const VERDICTS: &str = "Verdicts:
  PASS          no test finds the candidate slower by more than the threshold
  FAIL          it is slower, beyond the noise of this run; or its answers differ: then nothing is
                measured, and `diff` says where
  INCONCLUSIVE  the reference differs from itself by more than the threshold: this machine is too
                noisy now";

impl Latency {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let places = Places::default().reads(&self.input.capture).reads_any(self.begin.path());
        let places = places.reads_any(self.baseline.as_deref());
        let written = [&self.record, &self.hlog, &self.hgrm];
        let places = written.iter().fold(places, |places, path| places.writes_any(path.as_deref()));
        output.begin(&places)?;
        let job = Job {
            input: &self.input,
            begin: &self.begin,
            engines: [self.reference, self.candidate],
            measuring: &self.measuring,
            allow: Allowlist::default(),
        };
        let _ = job;
        todo!()
    }
}
