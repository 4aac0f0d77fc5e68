//! `gate`: what a CI job runs.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use shadowbook_replay::CHECKPOINT_EVERY;
use shadowbook_report::{DecisionOptions, Outcome as VerdictName, Report, Verdict, terminal};

use crate::config::{Captured, Config};
use crate::exit::{Exit, Failure, Outcome};
use crate::input::Input;
use crate::output::{Output, complain};
use crate::run::Pair;

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
    /// A verdict for each capture that could be run, in the order of the configuration.
    captures: Vec<Verdict>,
    /// Why the others could not.
    failures: Vec<String>,
}

impl Gate {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let config = Config::read(&self.config)?;
        let mut exit = Exit::Pass;
        let mut captures = Vec::new();
        let mut failures = Vec::new();
        for captured in &config.captures {
            // One capture that cannot be read is no reason not to look at the others.
            match try_capture(&config, captured, output) {
                Ok(report) => {
                    exit = exit.worse(Exit::of(report.verdict.exit_code));
                    captures.push(report.verdict);
                }
                Err(failure) => {
                    exit = exit.worse(failure.exit);
                    complain(&failure);
                    failures.push(format!("{:#}", failure.error));
                }
            }
        }
        let report = GateReport {
            schema: "shadowbook/gate/1",
            verdict: name(exit),
            exit_code: exit as u8,
            captures,
            failures,
        };
        output.show(&summary(&config, &report))?;
        output.write_json(&report)?;
        Ok(exit)
    }
}

fn try_capture(config: &Config, captured: &Captured, output: &Output) -> Result<Report, Failure> {
    let input = Input { capture: captured.path.clone(), allow_torn: false };
    let pair = Pair {
        input: &input,
        reference: config.reference,
        candidate: config.candidate,
        checkpoint_every: CHECKPOINT_EVERY,
        decision: DecisionOptions { recorded_min: captured.recorded_min, allow_no_state: false },
    };
    let report = pair.run(output)?;
    output.show(&terminal::render(&report, output.is_colored(), output.width()))?;
    output.show("\n")?;
    Ok(report)
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
