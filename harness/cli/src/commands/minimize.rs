//! `minimize`: the smallest stream that shows the same divergence.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use shadowbook_replay::{CHECKPOINT_EVERY, Resync};
use shadowbook_report::{DecisionOptions, Outcome as VerdictName, Report, Verdict, terminal};
use shadowbook_triage::Allowlist;

use crate::auditing::OffRules;
use crate::begin::Begin;
use crate::config::Config;
use crate::engines::Both;
use crate::examples::{Examples, keep};
use crate::exit::{Failure, Outcome};
use crate::input::Input;
use crate::limits::Limits;
use crate::output::Output;
use crate::places::Places;
use crate::regressions::folder_beside;
use crate::run::{Pair, conclude, has_findings};

/// The configuration beside which regressions are kept when nobody says.
const CONFIG: &str = "shadowbook.toml";

/// Finds the smallest stream that shows each bug of the candidate, and writes it to files
#[derive(Args, Debug)]
pub(crate) struct Minimize {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    begin: Begin,
    #[command(flatten)]
    engines: Both,
    /// The folder for CAPTURE.bug-N.scenario and .jsonl [default: this one, without --keep]
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    limits: Limits,
    /// Put it where `gate` replays it ever after: regressions/ beside the configuration
    #[arg(long)]
    keep: bool,
    /// Leave out the audit rules that this configuration switches off, and keep regressions beside
    /// it [default with --keep: shadowbook.toml]
    #[arg(long, value_name = "PATH")]
    config: Option<PathBuf>,
}

/// Which bugs are meant; all of them when nothing is said.
#[derive(Args, Debug)]
#[group(multiple = false)]
struct Chosen {
    /// Only the bug that shows at this seq
    #[arg(long, value_name = "SEQ")]
    at: Option<u64>,
    /// Only the bug with this number, from 1
    #[arg(long, value_name = "N")]
    bug: Option<usize>,
    /// Only the bugs with this signature
    #[arg(long, value_name = "SIGNATURE")]
    signature: Option<String>,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Minimization<'a> {
    schema: &'static str,
    exit_code: u8,
    /// Why not all that was asked for could be written; `None` where it was.
    error: Option<String>,
    /// The bugs that were asked for.
    examples: &'a [Entry],
    /// The verdict, as `diff` gives it.
    diff: &'a Verdict,
}

/// A bug that was asked for.
#[derive(Serialize)]
struct Entry {
    /// Its number among the bugs of the verdict.
    bug: usize,
    /// How many commands its example has; `None` where there is no example.
    commands: Option<u64>,
    /// Where it is replayed ever after.
    kept: Option<String>,
}

impl Minimize {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let pair = Pair {
            input: &self.input,
            begin: &self.begin,
            reference: self.engines.reference,
            candidate: self.engines.candidate,
            checkpoint_every: CHECKPOINT_EVERY,
            decision: DecisionOptions::default(),
            audit: Some(OffRules::default()),
            resync: Resync::Restore,
            allow: Allowlist::default(),
            limits: self.limits,
        };
        let mut report = match self.prepare(output) {
            Ok(off) => Pair { audit: Some(off), ..pair }.run(output),
            Err(failure) => pair.failed(failure),
        };
        let mut entries = Vec::new();
        // What was found is told even when it cannot be kept.
        let written = self.write(&mut report, &mut entries);
        let exit = conclude(&report.verdict);
        output.write_json(&Minimization {
            schema: "shadowbook/minimize/1",
            exit_code: written.as_ref().err().map_or(exit, |failure| failure.exit) as u8,
            error: written.as_ref().err().map(Failure::to_string),
            examples: &entries,
            diff: &report.verdict,
        })?;
        if has_findings(&report.verdict) {
            output.show(&terminal::render(&report, output.is_colored(), output.width()));
            output.show(&page(&report, &entries));
        }
        written.map(|()| exit)
    }

    /// Sees to the places of everything, and says which audit rules are off.
    fn prepare(&self, output: &Output) -> Result<OffRules, Failure> {
        let places = Places::default().reads(&self.input.capture).reads_any(self.begin.path());
        output.begin(&places.reads_any(self.config()))?;
        let hint = "--keep puts a regression beside a configuration; name one with --config";
        let off = match self.config().map(Config::read) {
            Some(Err(failure)) if self.keep => return Err(failure.context(hint)),
            Some(config) => config?.audit_off,
            None => OffRules::default(),
        };
        self.examples().map_or(Ok(()), |examples| examples.check())?;
        Ok(off)
    }

    fn config(&self) -> Option<&Path> {
        self.config.as_deref().or(self.keep.then_some(Path::new(CONFIG)))
    }

    /// Where examples are written; `None` where they are kept only.
    fn examples(&self) -> Option<Examples> {
        let folder = match (&self.output, self.keep) {
            (Some(folder), _) => folder.clone(),
            (None, false) => PathBuf::new(),
            (None, true) => return None,
        };
        Some(Examples::of(&self.input.capture, &folder))
    }

    fn write(&self, report: &mut Report, entries: &mut Vec<Entry>) -> Result<(), Failure> {
        let chosen = self.chosen.of(report)?;
        entries.extend(chosen.iter().map(|index| {
            let example = report.bugs[*index].example.as_ref();
            let commands = example.map(|example| example.flow.commands.len() as u64);
            Entry { bug: index + 1, commands, kept: None }
        }));
        match self.examples() {
            Some(examples) if self.chosen.is_all() => {
                examples.write_all(report, self.engines.reference)?
            }
            Some(examples) => {
                let mut chosen = chosen.iter();
                chosen
                    .try_for_each(|bug| examples.write_one(report, *bug, self.engines.reference))?;
            }
            None => {}
        }
        let Some(config) = self.config().filter(|_| self.keep) else { return Ok(()) };
        let folder = folder_beside(config);
        let mut refused = None;
        for entry in entries {
            // A gate would refuse it ever after.
            if entry.commands == Some(0) {
                refused = refused.or(Some(entry.bug));
                continue;
            }
            entry.kept = keep(report, entry.bug - 1, self.engines.reference, &folder)?;
        }
        refused.map_or(Ok(()), |bug| {
            Err(Failure::usage(format!(
                "bug {bug} shows before the first command, in the book that the candidate was set \
                 to: a regression needs commands, and it is not kept"
            )))
        })
    }
}

/// What the report does not say: that there is nothing, and what was kept.
fn page(report: &Report, entries: &[Entry]) -> String {
    let verdict = &report.verdict;
    if verdict.divergences.roots == 0 {
        let path = &verdict.capture.path;
        return match verdict.verdict {
            VerdictName::Fail => format!("{path} shows no divergence to minimize\n"),
            _ => format!("{path} does not diverge: nothing to minimize\n"),
        };
    }
    let kept = entries.iter().filter_map(|entry| Some((entry.bug, entry.kept.as_ref()?)));
    kept.map(|(bug, path)| format!("bug {bug} is kept as {path}\n")).collect()
}

impl Chosen {
    const fn is_all(&self) -> bool {
        self.at.is_none() && self.bug.is_none() && self.signature.is_none()
    }

    /// The places of the bugs that are meant.
    fn of(&self, report: &Report) -> Result<Vec<usize>, Failure> {
        let all = 0..report.bugs.len();
        if self.is_all() || report.verdict.divergences.roots == 0 {
            return Ok(all.collect());
        }
        let shows_at = |bug: usize, seq: u64| {
            let mut findings = report.findings.iter();
            // Only so many findings are listed, but the first of each bug is known.
            report.bugs[bug].first.0 == seq
                || findings.any(|found| found.bug == Some(bug) && found.divergence.seq.0 == seq)
        };
        let is_meant = |bug: &usize| match (self.at, self.bug, &self.signature) {
            (Some(seq), ..) => shows_at(*bug, seq),
            (_, Some(number), _) => bug + 1 == number,
            (.., Some(signature)) => report.bugs[*bug].signatures.contains(signature),
            (None, None, None) => true,
        };
        let chosen: Vec<usize> = all.filter(is_meant).collect();
        if chosen.is_empty() {
            let found = match report.bugs.len() {
                1 => "1 bug was found, and it is not".to_owned(),
                count => format!("{count} bugs were found, and none of them is"),
            };
            return Err(Failure::usage(format!(
                "{found} the one that was asked for; leave out --at, --bug and --signature to see \
                 all of them"
            )));
        }
        Ok(chosen)
    }
}
