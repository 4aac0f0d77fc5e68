//! `latency`: the latency verdict alone.

use std::path::PathBuf;

use clap::Args;
use shadowbook_triage::Allowlist;

use crate::begin::Begin;
use crate::engines::Both;
use crate::exit::Outcome;
use crate::input::Input;
use crate::latency::Job;
use crate::latency::files::Files;
use crate::latency::options::Measuring;
use crate::latency::record::read;
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
    #[command(flatten)]
    engines: Both,
    #[command(flatten)]
    measuring: Measuring,
    /// Compare with the record of an earlier run; it changes no verdict
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    #[command(flatten)]
    files: Files,
}

const VERDICTS: &str = "Verdicts:
  PASS          no test finds the candidate slower by more than the threshold
  FAIL          it is slower, beyond the noise of this run; or its answers differ: then nothing is
                measured, and `diff` says where
  INCONCLUSIVE  the reference differs from itself by more than the threshold: this machine is too
                noisy now; or an engine needs a process of its own (--outside)";

impl Latency {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let places = Places::default().reads(&self.input.capture).reads_any(self.begin.path());
        let places = places.reads_any(self.baseline.as_deref());
        output.begin(&self.files.written_by(places))?;
        let baseline = self.baseline.as_ref().map(|path| Ok((path.clone(), read(path)?)));
        let job = Job {
            input: &self.input,
            begin: &self.begin,
            engines: self.engines.names(),
            measuring: &self.measuring,
            allow: Allowlist::default(),
            baseline: baseline.transpose()?,
        };
        let found = job.run(output)?;
        // What was found is told even when it cannot be kept.
        let written = self.files.write(&found);
        output.write_json(&found.report)?;
        output.show(&found.page(output));
        written.map(|()| found.exit())
    }
}
