//! `minimize`: the smallest stream that shows the same divergence.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use shadowbook_replay::CHECKPOINT_EVERY;
use shadowbook_report::{DecisionOptions, Verdict, terminal};

use crate::auditing::OffRules;
use crate::begin::Begin;
use crate::config::Config;
use crate::engines::{self, EngineName};
use crate::examples::{About, Examples, Written, attach};
use crate::exit::{Failure, Outcome};
use crate::input::Input;
use crate::output::Output;
use crate::places::Places;
use crate::regressions::folder_beside;
use crate::run::{Found, Pair, conclude, has_findings};

/// The configuration beside which regressions are kept when nobody says.
const CONFIG: &str = "shadowbook.toml";

/// Finds the smallest stream that shows each bug of the candidate, and writes it to files
#[derive(Args, Debug)]
pub(crate) struct Minimize {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    begin: Begin,
    #[arg(long, value_name = "ENGINE", help = engines::help("The engine in production"))]
    reference: EngineName,
    #[arg(long, value_name = "ENGINE", help = engines::help("The engine that is to replace it"))]
    candidate: EngineName,
    /// The folder for CAPTURE.bug-N.scenario and .jsonl [default: this one, without --keep]
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
    #[command(flatten)]
    chosen: Chosen,
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
    examples: &'a [Written],
    /// The verdict, as `diff` gives it.
    diff: &'a Verdict,
}

impl Minimize {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let pair = Pair {
            input: &self.input,
            begin: &self.begin,
            reference: self.reference,
            candidate: self.candidate,
            checkpoint_every: CHECKPOINT_EVERY,
            decision: DecisionOptions::default(),
            audit: Some(OffRules::default()),
        };
        let Found { mut report, bugs } = match self.prepare(output) {
            Ok(off) => Pair { audit: Some(off), ..pair }.find(output),
            Err(failure) => pair.failed(failure).into(),
        };
        let about = About { report: &report, bugs: &bugs, reference: self.reference };
        let chosen = self.chosen.of(&about);
        let mut written = Vec::new();
        // What was found is told even when it cannot be kept.
        let kept = chosen.and_then(|chosen| self.write(&about, &chosen, &mut written));
        attach(&mut report, &written);
        let exit = conclude(&report.verdict);
        output.write_json(&Minimization {
            schema: "shadowbook/minimize/1",
            exit_code: exit as u8,
            examples: &written,
            diff: &report.verdict,
        })?;
        if has_findings(&report.verdict) {
            output.show(&terminal::render(&report, output.is_colored(), output.width()));
            let about = About { report: &report, bugs: &bugs, reference: self.reference };
            output.show(&self.page(&about, &written));
        }
        kept.map(|()| exit)
    }

    /// Sees to the places of everything, and says which audit rules are off.
    fn prepare(&self, output: &Output) -> Result<OffRules, Failure> {
        let places = Places::default().reads(&self.input.capture).reads_any(self.begin.path());
        output.begin(&places.reads_any(self.config()))?;
        let off = match self.config() {
            Some(path) => {
                let read = Config::read(path).map(|config| config.audit_off);
                read.map_err(|failure| match self.keep {
                    true => failure.context(
                        "--keep puts a regression beside a configuration; name one with --config",
                    ),
                    false => failure,
                })?
            }
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

    fn write(
        &self,
        about: &About<'_>,
        chosen: &[usize],
        written: &mut Vec<Written>,
    ) -> Result<(), Failure> {
        match self.examples() {
            Some(examples) if self.chosen.is_all() => written.extend(about.write_all(&examples)?),
            Some(examples) => written.extend(about.write(&examples, chosen)?),
            None => written.extend(chosen.iter().filter_map(|index| about.written(*index))),
        }
        let Some(config) = self.config().filter(|_| self.keep) else { return Ok(()) };
        let folder = folder_beside(config);
        for example in written {
            if let Some(told) = about.tell(example.bug - 1)? {
                example.kept = Some(told.keep(&folder)?.display().to_string());
            }
        }
        Ok(())
    }

    /// What was written where, and what was not.
    fn page(&self, about: &About<'_>, written: &[Written]) -> String {
        let verdict = &about.report.verdict;
        if verdict.divergences.roots == 0 {
            return format!(
                "{} does not diverge: there is nothing to minimize\n",
                verdict.capture.path
            );
        }
        let mut text = String::new();
        for (index, bug) in about.bugs.iter().enumerate() {
            let number = index + 1;
            if let Some(written) = written.iter().find(|written| written.bug == number) {
                text += &line(written);
            } else if bug.example.is_none() {
                let why = bug.note.as_deref().unwrap_or("it could not be shown again");
                text += &format!("bug {number}: no example, {why}\n");
            }
        }
        if text.is_empty() { text } else { format!("\n{text}") }
    }
}

/// Where an example is.
fn line(written: &Written) -> String {
    let Written { bug, commands, is_minimal, scenario, lines, kept } = written;
    let plural = if *commands == 1 { "" } else { "s" };
    let smallest = if *is_minimal { "" } else { ", perhaps not the smallest" };
    let mut text = format!("bug {bug}: {commands} command{plural}{smallest}");
    let files: Vec<&str> = [scenario, lines].into_iter().flatten().map(String::as_str).collect();
    if !files.is_empty() {
        text += &format!(", in {}", files.join(" and "));
    }
    if let Some(kept) = kept {
        text += &format!(", kept as {kept}");
    }
    text + "\n"
}

impl Chosen {
    const fn is_all(&self) -> bool {
        self.at.is_none() && self.bug.is_none() && self.signature.is_none()
    }

    /// The places of the bugs that are meant.
    fn of(&self, about: &About<'_>) -> Result<Vec<usize>, Failure> {
        let all = 0..about.bugs.len();
        if self.is_all() || about.report.verdict.divergences.roots == 0 {
            return Ok(all.collect());
        }
        let findings = about.report.findings.iter();
        let at_seq = |seq: u64| {
            let mut found = findings.filter(|found| found.divergence.seq.0 == seq);
            found.find_map(|found| found.bug)
        };
        let (chosen, what): (Vec<usize>, String) = if let Some(seq) = self.at {
            (at_seq(seq).into_iter().collect(), format!("shows at seq {seq}"))
        } else if let Some(number) = self.bug {
            let index = all.filter(|index| index + 1 == number).collect();
            (index, format!("has the number {number}"))
        } else {
            let signature = self.signature.clone().unwrap_or_default();
            let has = |index: &usize| about.bugs[*index].signatures.contains(&signature);
            (all.filter(has).collect(), format!("has the signature {signature}"))
        };
        if chosen.is_empty() {
            let count = about.bugs.len();
            let hint = "run it without that option to see all of them";
            return Err(Failure::usage(format!("none of {count} bugs {what}; {hint}")));
        }
        Ok(chosen)
    }
}
