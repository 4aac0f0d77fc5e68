//! `gate`: what a CI job runs.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use shadowbook_replay::CHECKPOINT_EVERY;
use shadowbook_report::{
    DecisionOptions, LatencyReport, Outcome as VerdictName, Report, UnusedAllow, Verdict, terminal,
};
use shadowbook_triage::Allowlist;

use crate::allowing::{Allowing, unused};
use crate::begin::Begin;
use crate::config::{Captured, Config};
use crate::examples::{Examples, Keeping};
use crate::exit::{Exit, Failure, Outcome};
use crate::input::Input;
use crate::latency::Job;
use crate::limits::Limits;
use crate::output::{Output, complain};
use crate::places::Places;
use crate::regressions::{Regressions, RegressionsEntry};
use crate::run::{Pair, conclude, has_findings};

/// Runs the captures and engines of shadowbook.toml and gives one verdict
#[derive(Args, Debug)]
pub(crate) struct Gate {
    /// The configuration
    #[arg(long, value_name = "PATH", default_value = "shadowbook.toml")]
    config: PathBuf,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    allowing: Allowing,
}

/// The machine-readable result.
#[derive(Serialize)]
struct GateReport {
    schema: &'static str,
    verdict: VerdictName,
    exit_code: u8,
    /// A verdict for each capture, in the order of the configuration.
    captures: Vec<Verdict>,
    /// What came of what was found once and kept.
    regressions: RegressionsEntry,
    /// What was measured, where that was asked for and everything else passed.
    latency: Option<LatencyReport>,
    /// Why there is no verdict on some of them, or on any.
    failures: Vec<String>,
    /// Why it is no pass although every capture and regression may be one.
    reasons: Vec<String>,
    /// What somebody should look at, and changes nothing.
    warnings: Vec<String>,
}

impl Gate {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let (config, regressions) = match self.begin(output) {
            Ok(begun) => begun,
            Err(failure) => {
                let failures = vec![failure.to_string()];
                output.write_json(&GateReport::failed(failure.exit, failures))?;
                return Err(failure);
            }
        };
        let mut exit = Exit::Pass;
        let mut captures = Vec::new();
        let mut failures = Vec::new();
        let mut unwritten = None;
        let places = self.examples(&config);
        for (index, captured) in config.captures.iter().enumerate() {
            // One capture that cannot be read is no reason not to look at the others.
            let allow = self.allowing.list(config.allow.clone());
            let mut report = run_capture(&config, captured, allow, output);
            // What was found is told even when it cannot be kept.
            let written =
                places.get(index).map(|place| place.write(&mut report, config.reference, output));
            unwritten = unwritten.or(written.and_then(Result::err));
            name_capture(&mut report.verdict);
            let ended = conclude(&report.verdict);
            if ended.is_failure() {
                // What is said after it accuses the candidate.
                failures.extend(report.verdict.reasons.first().cloned());
            }
            if has_findings(&report.verdict) {
                let text = terminal::render(&report, output.is_colored(), output.width());
                output.show(&format!("{text}\n"));
            }
            exit = exit.worse(ended);
            captures.push(report.verdict);
        }
        let (regressions, ended) = regressions.run(&config, output);
        failures.extend(regressions.failures());
        let unused = unused(&config.allow, &captures);
        let mut report = GateReport::new(exit.worse(ended), captures, regressions, failures);
        report.judge_unused(unused, self.allowing.unused());
        report.judge_latency(&config, self.allowing.list(config.allow.clone()), output);
        output.write_json(&report)?;
        output.show(&summary(&config, &report));
        unwritten.map_or(Ok(Exit::of(report.exit_code)), Err)
    }

    /// Reads the configuration and makes sure that nothing it names is written over.
    fn begin(&self, output: &Output) -> Result<(Config, Regressions), Failure> {
        output.check(&Places::default().reads(&self.config))?;
        let config = Config::read(&self.config)?;
        let places = Places::default().reads(&self.config);
        let captures = config.captures.iter().map(|captured| captured.path.as_path());
        let places = captures.fold(places, Places::reads);
        let regressions = Regressions::beside(&self.config)?;
        output.begin(&regressions.read_by(places))?;
        self.examples(&config).iter().try_for_each(Examples::check)?;
        Ok((config, regressions))
    }

    /// Where the examples of each capture go; none where they are not asked for.
    fn examples(&self, config: &Config) -> Vec<Examples> {
        let mut places: Vec<Examples> = Vec::new();
        for captured in &config.captures {
            let Some(place) = self.keeping.place(&captured.path) else { break };
            places.push(place.beside(&places));
        }
        places
    }
}

impl GateReport {
    fn new(
        exit: Exit,
        captures: Vec<Verdict>,
        regressions: RegressionsEntry,
        failures: Vec<String>,
    ) -> Self {
        let (verdict, exit_code) = (name(exit), exit as u8);
        Self {
            schema: "shadowbook/gate/1",
            verdict,
            exit_code,
            captures,
            regressions,
            latency: None,
            failures,
            reasons: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// Takes into account what the allowlist did not need for any capture.
    fn judge_unused(&mut self, unused: Vec<String>, means: UnusedAllow) {
        if means == UnusedAllow::Fails && !unused.is_empty() {
            let exit = Exit::of(self.exit_code).worse(Exit::Fail);
            (self.verdict, self.exit_code) = (name(exit), exit as u8);
            self.reasons = unused;
        } else {
            self.warnings = unused;
        }
    }

    /// Measures, unless something is wrong already: then nobody needs to know how fast.
    fn judge_latency(&mut self, config: &Config, allow: Allowlist, output: &Output) {
        let Some(latency) = &config.latency else { return };
        if self.exit_code != Exit::Pass as u8 {
            self.warnings.push("latency was not measured: something is wrong already".to_owned());
            return;
        }
        let captured = &config.captures[latency.capture];
        let input = Input { capture: captured.path.clone(), allow_torn: false };
        let engines = [config.reference, config.candidate];
        let begin = &Begin::default();
        let measuring = &latency.measuring;
        let job = Job { input: &input, begin, engines, measuring, allow, baseline: None };
        let exit = match job.run(output) {
            Ok(found) => {
                output.show(&format!("{}\n", found.page(output)));
                let report = found.report;
                let exit = Exit::of(report.exit_code);
                let reasons = report.reasons.iter().map(|reason| format!("latency: {reason}"));
                self.reasons.extend(reasons);
                self.latency = Some(report);
                exit
            }
            Err(failure) => {
                let failure = failure.context("latency");
                complain(&failure.to_string());
                self.failures.push(failure.to_string());
                failure.exit
            }
        };
        (self.verdict, self.exit_code) = (name(exit), exit as u8);
    }

    /// Of a gate that could not begin.
    fn failed(exit: Exit, failures: Vec<String>) -> Self {
        Self::new(exit, Vec::new(), RegressionsEntry::default(), failures)
    }
}

fn run_capture(config: &Config, captured: &Captured, allow: Allowlist, output: &Output) -> Report {
    let input = Input { capture: captured.path.clone(), allow_torn: false };
    let pair = Pair {
        input: &input,
        begin: &Begin::default(),
        reference: config.reference,
        candidate: config.candidate,
        checkpoint_every: CHECKPOINT_EVERY,
        decision: DecisionOptions {
            recorded_min: captured.recorded_min,
            needs_recorded: captured.needs_recorded,
            allow_no_state: false,
            // Another capture may need what this one does not.
            unused_allow: UnusedAllow::SaysNothing,
        },
        audit: Some(config.audit_off.clone()),
        resync: config.resync.into(),
        allow,
        limits: Limits::default(),
    };
    pair.run(output)
}

/// Says of which capture every sentence is: those of all captures stand together.
fn name_capture(verdict: &mut Verdict) {
    let path = &verdict.capture.path;
    for reason in verdict.reasons.iter_mut().filter(|reason| !reason.contains(path.as_str())) {
        *reason = format!("{path}: {reason}");
    }
}

const fn name(exit: Exit) -> VerdictName {
    match exit {
        Exit::Pass => VerdictName::Pass,
        Exit::Fail => VerdictName::Fail,
        // Whatever kept the gate from looking is no verdict on the candidate.
        Exit::Usage | Exit::Inconclusive | Exit::Input | Exit::Harness => VerdictName::Inconclusive,
    }
}

fn summary(config: &Config, report: &GateReport) -> String {
    let passed = report.captures.iter().filter(|verdict| verdict.exit_code == 0).count();
    let also = report.reasons.iter().map(|reason| format!("  also: {reason}\n"));
    let warnings = report.warnings.iter().map(|warning| format!("  warning: {warning}\n"));
    let latency = report.latency.as_ref();
    let latency = latency.map_or_else(String::new, |it| format!(", latency {}", it.verdict));
    let told: String = also.chain(warnings).collect();
    format!(
        "GATE {}: {} against {}, {passed} of {} captures passed, {}{latency}\n{told}",
        report.verdict,
        config.candidate,
        config.reference,
        config.captures.len(),
        report.regressions.summary(),
    )
}
