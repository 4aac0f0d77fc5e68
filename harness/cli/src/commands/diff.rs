//! `diff`: the main job.

use std::num::NonZeroU64;

use clap::Args;
use shadowbook_replay::CHECKPOINT_EVERY;
use shadowbook_report::{DecisionOptions, Share, coverage, terminal};
use shadowbook_triage::{AllowEntry, Allowlist};

use crate::allowing::Allowing;
use crate::auditing::{Auditing, OffRules};
use crate::begin::Begin;
use crate::engines::Both;
use crate::examples::Keeping;
use crate::exit::{Failure, Outcome};
use crate::input::Input;
use crate::limits::Limits;
use crate::output::Output;
use crate::places::Places;
use crate::resync::ResyncName;
use crate::run::{Pair, conclude, has_findings};

/// Runs two engines over one capture, side by side, and gives a verdict
#[derive(Args, Debug)]
pub(crate) struct Diff {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    begin: Begin,
    #[command(flatten)]
    engines: Both,
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
    #[arg(long, conflicts_with = "coverage")]
    no_audit: bool,
    /// What to do about an instrument after a divergence on it
    #[arg(long, value_enum, default_value_t)]
    resync: ResyncName,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    auditing: Auditing,
    #[command(flatten)]
    allowing: Allowing,
}

impl Diff {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let standard = DecisionOptions::default();
        let pair = Pair {
            input: &self.input,
            begin: &self.begin,
            reference: self.engines.reference,
            candidate: self.engines.candidate,
            checkpoint_every: self.checkpoint_every,
            decision: DecisionOptions {
                recorded_min: self.recorded_min.unwrap_or(standard.recorded_min),
                needs_recorded: self.recorded_min.is_some(),
                allow_no_state: self.allow_no_state,
                unused_allow: self.allowing.unused(),
            },
            audit: (!self.no_audit).then(OffRules::default),
            resync: self.resync.into(),
            allow: Allowlist::default(),
            limits: self.limits,
        };
        let mut report = match self.prepare(output) {
            Ok((off, allow)) => {
                let allow = self.allowing.list(allow);
                Pair { audit: pair.audit.as_ref().map(|_| off), allow, ..pair }.run(output)
            }
            Err(failure) => pair.failed(failure),
        };
        // What was found is told even when it cannot be kept.
        let place = self.keeping.place(&self.input.capture);
        let written =
            place.map_or(Ok(()), |place| place.write(&mut report, self.engines.reference, output));
        output.write_json(&report.verdict)?;
        let exit = conclude(&report.verdict);
        if has_findings(&report.verdict) {
            output.show(&terminal::render(&report, output.is_colored(), output.width()));
        }
        if let (true, Some(coverage)) = (self.auditing.coverage, &report.coverage) {
            output.show(&format!("\n{}", coverage::matrix(coverage)));
        }
        written.map(|()| exit)
    }

    /// Sees to the places of everything, and says which audit rules are off and what may diverge.
    fn prepare(&self, output: &Output) -> Result<(OffRules, Vec<AllowEntry>), Failure> {
        let places = Places::default().reads(&self.input.capture).reads_any(self.begin.path());
        output.begin(&places.reads_any(self.auditing.config.as_deref()))?;
        self.keeping.place(&self.input.capture).map_or(Ok(()), |place| place.check())?;
        self.auditing.off_and_allowed()
    }
}
