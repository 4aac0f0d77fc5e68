//! What was found once and is replayed ever after: the folder beside the configuration.

use std::fs;
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use shadowbook_capture::{jsonl, scan};
use shadowbook_replay::{
    DiffError, DiffOptions, DiffResult, SessionPair, Setup, check_capabilities, diff,
};
use shadowbook_report::{
    self as report, DecisionOptions, Outcome as VerdictName, Report, RunInfo, Share, Stopped,
    terminal,
};
use shadowbook_scenario::{Scenario, parse_bytes, run};
use shadowbook_session::{Limits as SessionLimits, guard};
use shadowbook_triage::Allowlist;

use crate::auditing::OffRules;
use crate::closely::CloserLook;
use crate::config::Config;
use crate::exit::{Exit, Failure};
use crate::input::read_small;
use crate::kept::Kept;
use crate::limits::Limits;
use crate::output::Output;
use crate::places::Places;
use crate::run::conclude;

/// How the folder is called.
const FOLDER: &str = "regressions";
/// A file for people that may lie among them.
const README: &str = "README.md";
/// They are short: the books are compared after each command, so that the exact one is named.
const CHECKPOINT_EVERY: NonZeroU64 = NonZeroU64::MIN;

/// The files of the folder, by name.
#[derive(Debug, Default)]
pub(crate) struct Regressions {
    folder: PathBuf,
    files: Vec<PathBuf>,
}

/// What came of all of them, for machines.
#[derive(Debug, Default, Serialize)]
pub(crate) struct RegressionsEntry {
    /// Where they lie.
    folder: String,
    /// How many there are.
    pub(crate) count: u64,
    /// Those with which the candidate does what the reference does.
    pub(crate) passed: u64,
    /// The files that the candidate fails.
    failed: Vec<String>,
    /// Every file, by name.
    list: Vec<RegressionEntry>,
}

/// What came of one.
#[derive(Debug, Serialize)]
struct RegressionEntry {
    path: String,
    verdict: VerdictName,
    exit_code: u8,
    /// Of the first root.
    signature: Option<String>,
    /// Why it is no pass.
    reasons: Vec<String>,
}

/// The folder beside a configuration.
pub(crate) fn folder_beside(config: &Path) -> PathBuf {
    config.with_file_name(FOLDER)
}

impl Regressions {
    /// Looks what lies beside a configuration. No folder is no error.
    pub(crate) fn beside(config: &Path) -> Result<Self, Failure> {
        let folder = folder_beside(config);
        let unread = |error: std::io::Error| Failure::input(folder.display(), error.into());
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self { folder, files: Vec::new() });
            }
            entries => entries.map_err(unread)?,
        };
        let mut files = Vec::new();
        for entry in entries {
            let name = entry.map_err(unread)?.file_name();
            let is_hidden = name.as_encoded_bytes().starts_with(b".");
            if !is_hidden && name != README {
                files.push(folder.join(name));
            }
        }
        files.sort();
        Ok(Self { folder, files })
    }

    /// Everything that is read.
    pub(crate) fn read_by(&self, places: Places) -> Places {
        self.files.iter().map(PathBuf::as_path).fold(places, Places::reads)
    }

    /// Replays all of them with the engines of a configuration; what is no pass is shown.
    pub(crate) fn run(&self, config: &Config, output: &Output) -> (RegressionsEntry, Exit) {
        let mut all = RegressionsEntry {
            folder: self.folder.display().to_string(),
            count: self.files.len() as u64,
            ..RegressionsEntry::default()
        };
        let mut worst = Exit::Pass;
        for path in &self.files {
            let (entry, exit) = replay(path, config, output);
            match exit {
                Exit::Pass => all.passed += 1,
                Exit::Fail => all.failed.push(entry.path.clone()),
                _ => {}
            }
            worst = worst.worse(exit);
            all.list.push(entry);
        }
        (all, worst)
    }
}

impl RegressionsEntry {
    /// In a few words.
    pub(crate) fn summary(&self) -> String {
        match self.count {
            0 => "no regressions".to_owned(),
            count => format!("{} of {count} regressions passed", self.passed),
        }
    }

    /// Why there is no verdict on some of them.
    pub(crate) fn failures(&self) -> impl Iterator<Item = String> {
        let unread = self.list.iter().filter(|entry| Exit::of(entry.exit_code).is_failure());
        unread.filter_map(|entry| entry.reasons.first().cloned())
    }
}

/// Replays one file and says what came of it.
fn replay(path: &Path, config: &Config, output: &Output) -> (RegressionEntry, Exit) {
    let name = path.display().to_string();
    let read = Regression::read(path);
    let mut info = info(&name, config);
    let result = match &read {
        Ok(regression) => regression.compare(config, &mut info),
        Err(failure) => {
            let failure = Failure { exit: failure.exit, error: anyhow::anyhow!("{failure}") };
            Err(report::Failure::from(failure).into())
        }
    };
    let mut report = Report::new(info, result, &decision());
    for reason in &mut report.verdict.reasons {
        if !reason.contains(&name) {
            *reason = format!("{name}: {reason}");
        }
    }
    let verdict = &report.verdict;
    let mut exit = conclude(verdict);
    let mut reasons = verdict.reasons.clone();
    if !exit.is_failure() {
        let otherwise = read.as_ref().map_or_else(|_| None, |it| it.otherwise(config));
        if exit != Exit::Pass {
            output.show(&terminal::render(&report, output.is_colored(), output.width()));
        }
        if let Some(otherwise) = otherwise {
            let reference = config.reference;
            let told = format!("{name}: {reference} no longer answers what is expected there");
            output.show(&format!("{told} (-expected +answered):\n{otherwise}"));
            reasons.push(told);
            exit = exit.worse(Exit::Inconclusive);
        }
    }
    let entry = RegressionEntry {
        path: name,
        verdict: match exit {
            Exit::Pass => VerdictName::Pass,
            Exit::Fail => VerdictName::Fail,
            _ => VerdictName::Inconclusive,
        },
        exit_code: exit as u8,
        signature: verdict.divergences.list.first().map(|root| root.signature.clone()),
        reasons,
    };
    (entry, exit)
}

fn info(name: &str, config: &Config) -> RunInfo {
    RunInfo {
        capture: name.to_owned(),
        digest: String::new(),
        torn: None,
        reference: config.reference.to_string(),
        candidate: config.candidate.to_string(),
        elapsed: Duration::ZERO,
        audit_off: config.audit_off.entries(),
        // What is kept was wrong once and is right now: nothing of it may diverge.
        allow: Allowlist::default(),
    }
}

/// What the reference answered when it was found stands in each of them: all of it must come again.
fn decision() -> DecisionOptions {
    DecisionOptions {
        recorded_min: Share::percent(100),
        needs_recorded: false,
        ..DecisionOptions::default()
    }
}

/// A file as it was read.
struct Regression {
    kept: Arc<Kept>,
    /// It as one, where there is one that says the same.
    scenario: Option<Scenario>,
}

impl Regression {
    fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = read_small(path)?;
        let (kept, scenario) = match path.extension().and_then(|extension| extension.to_str()) {
            Some("scenario") => {
                let scenario = parse_bytes(&bytes)
                    .map_err(|error| Failure::input(path.display(), error.into()))?;
                (Kept::of_scenario(&scenario), Some(scenario))
            }
            Some("jsonl") => {
                let kept = jsonl::Reader::new(bytes.as_slice())
                    .and_then(|mut reader| Kept::read(&mut reader))
                    .map_err(|error| Failure::input(path.display(), error))?;
                let scenario = kept.scenario();
                (kept, scenario)
            }
            _ => {
                return Err(Failure::unreadable(format!(
                    "cannot read {}: a regression is a .scenario or a .jsonl file; move it \
                     elsewhere",
                    path.display()
                )));
            }
        };
        if kept.batch.is_empty() {
            return Err(Failure::unreadable(format!(
                "cannot read {}: it holds no command, so that it checks nothing",
                path.display()
            )));
        }
        Ok(Self { kept: Arc::new(kept), scenario })
    }

    /// Runs both engines over it and looks closely at what differs, as over any capture.
    fn compare(&self, config: &Config, info: &mut RunInfo) -> Result<DiffResult, Box<Stopped>> {
        let stopped = |failure: Failure| Box::<Stopped>::from(report::Failure::from(failure));
        let summary = scan(&mut Arc::clone(&self.kept).stream())
            .map_err(|error| stopped(Failure::input(&info.capture, error)))?;
        info.digest = summary.digest.to_string();
        let instruments = &self.kept.instruments;
        for engine in [config.reference, config.candidate] {
            let (offer, asked) = (engine.capabilities(), summary.snapshot.features);
            let name = engine.to_string();
            check_capabilities(&name, &offer, instruments, asked, &summary.features)
                .map_err(|error| stopped(Failure::usage(error).context(&info.capture)))?;
        }
        let started = Instant::now();
        let options = DiffOptions {
            checkpoint_every: CHECKPOINT_EVERY,
            audit: Some(OffRules::options(&config.audit_off)),
            explain: false,
            ..DiffOptions::default()
        };
        let budget = Limits::default().budget([config.reference, config.candidate]);
        let look = CloserLook {
            reference: config.reference,
            candidate: config.candidate,
            limits: SessionLimits::default(),
            budget,
            options: &options,
        };
        let mut open = |limits: SessionLimits| -> Result<Setup<'static>, DiffError> {
            let SessionPair { reference, candidate } = look.sessions(instruments, limits)?;
            Ok(Setup { source: Box::new(Arc::clone(&self.kept).stream()), reference, candidate })
        };
        let found = diff(&mut || open(look.limits), &options, &mut |_| {});
        let mut clock = Limits::default().clock();
        let result =
            found.and_then(|found| look.investigate(&mut open, &mut || clock.ask(), found));
        info.elapsed = started.elapsed();
        result.map_err(Into::into)
    }

    /// What the reference answers otherwise than is expected, a scenario's books included.
    fn otherwise(&self, config: &Config) -> Option<String> {
        let scenario = self.scenario.as_ref()?;
        // What needs a process shows no book; its events have been compared.
        let outcome = guard(|| {
            let mut engine = config.reference.create_here(&scenario.instruments()).ok()?;
            Some(run(scenario, engine.as_mut()))
        });
        let told = match outcome {
            Ok(outcome) => outcome?.to_string(),
            Err(last_words) => format!("the engine crashed: {last_words}\n"),
        };
        (!told.is_empty()).then_some(told)
    }
}
