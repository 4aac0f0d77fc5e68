//! `scenario`: readable files of commands and expected events.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use shadowbook_capture::ReadError;
use shadowbook_scenario::{parse_bytes, run};

use shadowbook_session::guard;

use crate::engines::{self, EngineName};
use crate::exit::{Exit, Failure, Outcome};
use crate::input::read_small;
use crate::output::Output;
use crate::places::Places;

/// Runs readable scenario files on an engine
#[derive(Args, Debug)]
pub(crate) struct Run {
    /// Scenario files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[arg(long, value_name = "ENGINE", help = engines::help("The engine"))]
    engine: EngineName,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    engine: String,
    passed: usize,
    failed: usize,
    files: Vec<Finding>,
}

/// What became of one file.
#[derive(Serialize)]
struct Finding {
    path: String,
    passed: bool,
    mismatches: Vec<String>,
}

impl Run {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let files = self.files.iter().map(PathBuf::as_path);
        output.begin(&files.fold(Places::default(), Places::reads))?;
        let mut findings = Vec::with_capacity(self.files.len());
        for path in &self.files {
            let finding = self.try_file(path)?;
            if !finding.passed {
                output.show(&format!("FAIL {}\n{}", finding.path, finding.mismatches.concat()));
            }
            findings.push(finding);
        }
        let failed = findings.iter().filter(|finding| !finding.passed).count();
        let report = Report {
            schema: "shadowbook/scenario/1",
            engine: self.engine.to_string(),
            passed: findings.len() - failed,
            failed,
            files: findings,
        };
        output.write_json(&report)?;
        let word = if failed == 0 { "PASS" } else { "FAIL" };
        let Report { engine, passed, .. } = &report;
        output.show(&format!("{word} {engine}: {passed} passed, {failed} failed\n"));
        Ok(if failed == 0 { Exit::Pass } else { Exit::Fail })
    }

    fn try_file(&self, path: &Path) -> Result<Finding, Failure> {
        let input = |error: ReadError| Failure::input(path.display(), error);
        let bytes = read_small(path)?;
        let scenario = parse_bytes(&bytes).map_err(|error| input(error.into()))?;
        scenario.check(self.engine.capabilities()).map_err(|error| {
            Failure::usage(error).context(format!(
                "{}: engine `{}` does not offer it",
                path.display(),
                self.engine
            ))
        })?;
        let outcome = guard(|| {
            let mut engine = self.engine.create_here(&scenario.instruments())?;
            Ok(run(&scenario, engine.as_mut()))
        });
        let mismatches = match outcome {
            Ok(outcome) => outcome?.mismatches().iter().map(ToString::to_string).collect(),
            Err(last_words) => vec![format!("the engine crashed: {last_words}\n")],
        };
        let path = path.display().to_string();
        Ok(Finding { path, passed: mismatches.is_empty(), mismatches })
    }
}
