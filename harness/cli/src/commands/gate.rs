//! `gate`: what a CI job runs.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use shadowbook_replay::CHECKPOINT_EVERY;
use shadowbook_report::{DecisionOptions, Outcome as VerdictName, Report, Verdict, terminal};

use crate::config::{Captured, Config};
use crate::exit::{Exit, Failure, Outcome};
use crate::input::Input;
use crate::output::Output;
use crate::places::Places;
use crate::run::{Pair, conclude, has_findings};

/// Runs the captures and engines of shadowbook.toml and gives one verdict
#[derive(Args, Debug)]
pub(crate) struct Gate {
    /// The configuration
    #[arg(long, value_name = "PATH", default_value = "shadowbook.toml")]
    config: PathBuf,
}

/// The machine-readable result.
#[derive(Serialize)]
struct GateReport {
    schema: &'static str,
    verdict: VerdictName,
    exit_code: u8,
    /// A verdict for each capture, in the order of the configuration.
    captures: Vec<Verdict>,
    /// Why there is no verdict on some of them, or on any.
    failures: Vec<String>,
}

impl Gate {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let config = match self.begin(output) {
            Ok(config) => config,
            Err(failure) => {
                let failures = vec![failure.to_string()];
                output.write_json(&GateReport::new(failure.exit, Vec::new(), failures))?;
                return Err(failure);
            }
        };
        let mut exit = Exit::Pass;
        let mut captures = Vec::new();
        let mut failures = Vec::new();
        for captured in &config.captures {
            // One capture that cannot be read is no reason not to look at the others.
            let mut report = run_capture(&config, captured, output);
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
        let report = GateReport::new(exit, captures, failures);
        output.write_json(&report)?;
        output.show(&summary(&config, &report));
        Ok(exit)
    }

    /// Reads the configuration and makes sure that nothing it names is written over.
    fn begin(&self, output: &Output) -> Result<Config, Failure> {
        output.check(&Places::default().reads(&self.config))?;
        let config = Config::read(&self.config)?;
        let places = Places::default().reads(&self.config);
        let captures = config.captures.iter().map(|captured| captured.path.as_path());
        output.begin(&captures.fold(places, Places::reads))?;
        Ok(config)
    }
}

impl GateReport {
    fn new(exit: Exit, captures: Vec<Verdict>, failures: Vec<String>) -> Self {
        let (verdict, exit_code) = (name(exit), exit as u8);
        Self { schema: "shadowbook/gate/1", verdict, exit_code, captures, failures }
    }
}

fn run_capture(config: &Config, captured: &Captured, output: &Output) -> Report {
    let input = Input { capture: captured.path.clone(), allow_torn: false };
    let pair = Pair {
        input: &input,
        reference: config.reference,
        candidate: config.candidate,
        checkpoint_every: CHECKPOINT_EVERY,
        decision: DecisionOptions {
            recorded_min: captured.recorded_min,
            needs_recorded: captured.needs_recorded,
            allow_no_state: false,
        },
        audit: Some(config.audit_off.clone()),
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
    format!(
        "GATE {}: {} against {}, {passed} of {} captures passed\n",
        report.verdict,
        config.candidate,
        config.reference,
        config.captures.len(),
    )
}
