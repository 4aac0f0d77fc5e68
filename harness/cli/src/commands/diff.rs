//! `diff`: the main job.

use std::num::NonZeroU64;

use clap::Args;
use shadowbook_replay::CHECKPOINT_EVERY;
use shadowbook_report::{DecisionOptions, Share, coverage, terminal};

use crate::auditing::{Auditing, OffRules};
use crate::engines::{self, EngineName};
use crate::exit::{Failure, Outcome};
use crate::input::Input;
use crate::output::Output;
use crate::places::Places;
use crate::run::{Pair, conclude, has_findings};

/// Runs two engines over one capture, side by side, and gives a verdict
#[derive(Args, Debug)]
pub(crate) struct Diff {
    #[command(flatten)]
    input: Input,
    #[arg(long, value_name = "ENGINE", help = engines::help("The engine in production"))]
    reference: EngineName,
    #[arg(long, value_name = "ENGINE", help = engines::help("The engine that is to replace it"))]
    candidate: EngineName,
    /// The least share of recorded outcomes that the reference must reproduce exactly; when given
    /// and not 0, the capture must hold some [default: 0.99]
    #[arg(long, value_name = "SHARE")]
    recorded_min: Option<Share>,
    /// Compare every order of both books after so many commands, and at the end
    #[arg(long, value_name = "N", default_value_t = CHECKPOINT_EVERY)]
    checkpoint_every: NonZeroU64,
    /// Give a verdict from events alone where an engine cannot show its book
    #[arg(long)]
    allow_no_state: bool,
    /// Compare only: do not hold either engine against the rules
    #[arg(long, conflicts_with_all = ["config", "coverage"])]
    no_audit: bool,
    #[command(flatten)]
    auditing: Auditing,
}

impl Diff {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let standard = DecisionOptions::default();
        let pair = Pair {
            input: &self.input,
            reference: self.reference,
            candidate: self.candidate,
            checkpoint_every: self.checkpoint_every,
            decision: DecisionOptions {
                recorded_min: self.recorded_min.unwrap_or(standard.recorded_min),
                needs_recorded: self.recorded_min.is_some(),
                allow_no_state: self.allow_no_state,
            },
            audit: (!self.no_audit).then(OffRules::default),
        };
        let report = match self.begin(output) {
            Ok(off) => Pair { audit: pair.audit.as_ref().map(|_| off), ..pair }.run(output),
            Err(failure) => pair.failed(failure),
        };
        output.write_json(&report.verdict)?;
        let exit = conclude(&report.verdict);
        if has_findings(&report.verdict) {
            output.show(&terminal::render(&report, output.is_colored(), output.width()));
        }
        if let (true, Some(coverage)) = (self.auditing.coverage, &report.coverage) {
            output.show(&format!("\n{}", coverage::matrix(coverage)));
        }
        Ok(exit)
    }

    /// Sees to the places of everything, and says which audit rules are off.
    fn begin(&self, output: &Output) -> Result<OffRules, Failure> {
        let places = Places::default().reads(&self.input.capture);
        output
            .begin(&self.auditing.config.iter().fold(places, |places, path| places.reads(path)))?;
        self.auditing.off()
    }
}
