//! `verify`: every byte of a capture.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use shadowbook_capture::{Capture, file};
use shadowbook_report::TornEntry;

use crate::exit::{Exit, Failure, Outcome};
use crate::facts::{Facts, thousands};
use crate::input::{open, summarize};
use crate::output::{Output, complain};
use crate::places::Places;

/// Reads every byte of captures and checks every checksum
#[derive(Args, Debug)]
pub(crate) struct Verify {
    /// Capture files or JSON lines
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    captures: Vec<Finding>,
}

/// What was found of one capture.
#[derive(Serialize)]
struct Finding {
    path: String,
    /// Everything is as it should be.
    intact: bool,
    /// What is wrong, if anything.
    problem: Option<String>,
    facts: Option<Facts>,
}

impl Verify {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let captures = self.captures.iter().map(PathBuf::as_path);
        output.begin(&captures.fold(Places::default(), Places::reads))?;
        let mut exit = Exit::Pass;
        let mut findings = Vec::new();
        for path in &self.captures {
            let finding = check(path);
            if let Some(problem) = &finding.problem {
                exit = exit.worse(Exit::Input);
                complain(problem);
                output.show(&format!("DAMAGED  {}: {problem}\n", finding.path));
            } else {
                let commands = finding.facts.as_ref().map_or(0, |facts| facts.commands);
                let commands = thousands(commands);
                let snapshot = finding.facts.as_ref().and_then(|facts| facts.snapshot.as_ref());
                let begin = snapshot.map_or(String::new(), |it| format!(" behind {it}"));
                output.show(&format!("INTACT   {}: {commands} commands{begin}\n", finding.path));
            }
            findings.push(finding);
        }
        output.write_json(&Report { schema: "shadowbook/verify/1", captures: findings })?;
        Ok(exit)
    }
}

fn check(path: &Path) -> Finding {
    let (problem, facts) = match examine(path) {
        Ok((problem, facts)) => (problem, Some(facts)),
        Err(failure) => (Some(format!("{:#}", failure.error)), None),
    };
    Finding { path: path.display().to_string(), intact: problem.is_none(), problem, facts }
}

fn examine(path: &Path) -> Result<(Option<String>, Facts), Failure> {
    let capture = open(path)?;
    if let Capture::Lines(_) | Capture::Snapshot(_) = capture {
        let summary = summarize(path, capture)?;
        return Ok((None, Facts::of(&summary)));
    }
    let input = |error| Failure::input(path.display(), error);
    let file = File::open(path).map_err(|error| input(error.into()))?;
    let report = file::verify(BufReader::new(file)).map_err(input)?;
    let name = path.display().to_string();
    let problem = report.torn_tail.as_ref().map(|torn| TornEntry::from(torn).describe(&name));
    Ok((problem, Facts::of(&report.summary)))
}
