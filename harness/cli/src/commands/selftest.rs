//! `selftest`: every seeded defect through the harness, and what it finds where there is none.

mod ground;
mod page;
mod several;
mod single;
mod triage;
mod trial;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Args;
use serde::{Serialize, Serializer};
use shadowbook_capture::Flow;
use shadowbook_faulty::{Defect, Kind};
use shadowbook_fuzz::{Caught, EpisodeError, FuzzOptions, HuntOptions, Hunted, fuzz, hunt};
use shadowbook_model::{Features, Instrument};
use shadowbook_replay::{DiffError, DiffOptions, Setup, diff};
use shadowbook_report::{DecisionOptions, Facts, Outcome as VerdictName, Stopped, decide};
use shadowbook_session::Limits;

use crate::engines::EngineName;
use crate::exit::{Exit, Failure, Outcome};
use crate::facts::thousands;
use crate::output::Output;
use crate::places::Places;

use triage::{Plan, TriageOptions};

/// Runs every seeded defect through the harness and says which check sees it
#[derive(Args, Debug)]
pub(crate) struct Selftest {
    /// Only these defects; all of them when none is named
    #[arg(value_name = "DEFECT")]
    defects: Vec<Defect>,
    /// The seed of the streams
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Give a defect up after so many commands; with --triage, how many commands the flow has that
    /// it is planted in [default: 200000, with --triage 1000000]
    #[arg(long, value_name = "N")]
    commands: Option<u64>,
    /// How many commands each pair of right engines must agree on
    #[arg(long, value_name = "N", default_value_t = 1_000_000, conflicts_with = "triage")]
    control: u64,
    /// The short form for every build: fewer commands of both
    #[arg(long)]
    short: bool,
    #[command(flatten)]
    triage: TriageOptions,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    verdict: VerdictName,
    exit_code: u8,
    seed: u64,
    defects: Vec<Row>,
    /// Functional defects, and how many of them were caught, by two checks or more, and by the
    /// auditor alone.
    functional: usize,
    caught: usize,
    caught_twice: usize,
    caught_by_auditor: usize,
    /// Commands until the comparison of two engines saw it, the median over functional defects.
    median_commands: Option<u64>,
    controls: Vec<Control>,
    /// Why it is no pass.
    reasons: Vec<String>,
}

/// What the checks saw of one defect: after how many commands, each.
#[derive(Clone, Debug, Serialize)]
struct Row {
    defect: &'static str,
    #[serde(serialize_with = "named")]
    kind: Kind,
    summary: &'static str,
    events: Option<u64>,
    state: Option<u64>,
    audit: Option<u64>,
    recorded: Option<u64>,
    ended: Option<u64>,
    /// What `diff` says of the commands in which the defect was seen first.
    diff: Option<VerdictName>,
    commands: u64,
}

/// What became of one defect.
#[derive(Clone, Copy, Debug)]
struct Trial {
    defect: Defect,
    caught: Caught,
    /// What `diff` says of the commands in which two engines were first seen to differ.
    verdict: Option<VerdictName>,
}

/// Two engines without a defect.
#[derive(Clone, Debug, Serialize)]
struct Control {
    reference: String,
    candidate: String,
    commands: u64,
    findings: u64,
}

/// How long a defect that does not come back is waited for.
const IMPATIENT: Limits = Limits {
    answer_within: Duration::from_secs(3),
    line_bytes: 1 << 20,
    events_per_command: 1 << 20,
};

/// After how many commands a defect is given up when nobody says.
const COMMANDS: u64 = 200_000;
/// The short form's budgets.
const SHORT_COMMANDS: u64 = 100_000;
const SHORT_CONTROL: u64 = 200_000;

impl Selftest {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        output.begin(&Places::default())?;
        let is_wanted = |defect: &Defect| self.defects.is_empty() || self.defects.contains(defect);
        let defects: Vec<Defect> = Defect::ALL.iter().copied().filter(is_wanted).collect();
        if self.triage.triage {
            let (seed, commands, options) = (self.seed, self.commands, self.triage);
            let plan = Plan { defects: &defects, seed, commands, is_short: self.short, options };
            return plan.run(output);
        }
        let trials = self.hunt_all(&defects, output)?;
        let controls = [EngineName::Reference, EngineName::Ladder]
            .into_iter()
            .map(|candidate| self.control(candidate))
            .collect::<Result<Vec<_>, _>>()?;
        let report = self.report(&trials, controls);
        output.write_json(&report)?;
        output.show(&page(&report));
        Ok(Exit::of(report.exit_code))
    }

    /// Hunts every defect, on as many threads as there are cores: the hunts know nothing of one
    /// another, so that the result is the same on any number of them.
    fn hunt_all(&self, defects: &[Defect], output: &Output) -> Result<Vec<Trial>, Failure> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let next = AtomicUsize::new(0);
        let found = Mutex::new(defects.iter().map(|_| None).collect::<Vec<_>>());
        let progress = output.progress(None);
        std::thread::scope(|scope| {
            for _ in 0..threads.min(defects.len()) {
                scope.spawn(|| {
                    loop {
                        let position = next.fetch_add(1, Ordering::Relaxed);
                        let Some(defect) = defects.get(position) else { return };
                        let trial = self.hunt(*defect);
                        if let Ok(trial) = &trial {
                            progress.inc(trial.caught.commands);
                        }
                        if let Ok(mut found) = found.lock() {
                            found[position] = Some(trial);
                        }
                    }
                });
            }
        });
        progress.finish_and_clear();
        let found = found.into_inner().unwrap_or_default();
        let found: Option<Result<Vec<Trial>, EpisodeError>> = found.into_iter().collect();
        found
            .ok_or_else(|| Failure::harness(anyhow::anyhow!("a thread of the selftest died")))?
            .map_err(Failure::harness)
    }

    fn hunt(&self, defect: Defect) -> Result<Trial, EpisodeError> {
        let commands = self.commands.unwrap_or(COMMANDS);
        let options = HuntOptions {
            seed: self.seed,
            commands: if self.short { commands.min(SHORT_COMMANDS) } else { commands },
            ..HuntOptions::default()
        };
        if defect.kind() == Kind::Offer {
            // Such an engine is refused before it is sent anything.
            return Ok(Trial { defect, caught: Caught::default(), verdict: None });
        }
        let wrong = EngineName::Faulty(defect.into());
        let make = |instruments: &[Instrument]| {
            wrong.session_within(instruments, IMPATIENT).map_err(EpisodeError::Start)
        };
        let Hunted { caught, evidence } = hunt(&EngineName::Reference.maker(), &make, &options)?;
        let verdict = evidence.map(|evidence| try_by_diff(wrong, &evidence));
        Ok(Trial { defect, caught, verdict })
    }

    /// Two right engines, between which nothing may be found.
    fn control(&self, candidate: EngineName) -> Result<Control, Failure> {
        let commands = if self.short { self.control.min(SHORT_CONTROL) } else { self.control };
        let options = FuzzOptions { seed: self.seed, commands, ..FuzzOptions::default() };
        let reference = EngineName::Reference;
        let result = fuzz(&reference.maker(), &candidate.maker(), &options, &mut |_| true)
            .map_err(Failure::harness)?;
        Ok(Control {
            reference: reference.to_string(),
            candidate: candidate.to_string(),
            commands: result.commands,
            findings: u64::from(result.found.is_some()),
        })
    }

    fn report(&self, trials: &[Trial], controls: Vec<Control>) -> Report {
        let is_functional = |trial: &&Trial| trial.defect.kind() == Kind::Functional;
        let functional: Vec<_> = trials.iter().filter(is_functional).copied().collect();
        let count =
            |is: fn(&Caught) -> bool| functional.iter().filter(|trial| is(&trial.caught)).count();
        let mut first: Vec<u64> =
            functional.iter().filter_map(|trial| trial.caught.first_by_comparing()).collect();
        first.sort_unstable();
        let reasons = reasons(trials, &controls);
        let exit = if reasons.is_empty() { Exit::Pass } else { Exit::Fail };
        Report {
            schema: "shadowbook/selftest/1",
            verdict: if exit == Exit::Pass { VerdictName::Pass } else { VerdictName::Fail },
            exit_code: exit as u8,
            seed: self.seed,
            functional: functional.len(),
            caught: count(|caught| caught.first().is_some()),
            caught_twice: count(|caught| caught.count() >= 2),
            caught_by_auditor: count(|caught| caught.audit.is_some()),
            median_commands: first.get(first.len() / 2).copied(),
            defects: trials.iter().map(Row::of).collect(),
            controls,
            reasons,
        }
    }
}

fn named<S: Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(kind)
}

/// What the main job says of a defect: both engines over the commands in which it was seen.
fn try_by_diff(wrong: EngineName, evidence: &Arc<Flow>) -> VerdictName {
    let mut open = || -> Result<Setup<'static>, DiffError> {
        let instruments = &evidence.instruments;
        let reference = EngineName::Reference.session(instruments);
        let candidate = wrong.session_within(instruments, IMPATIENT);
        Ok(Setup {
            source: Box::new(evidence.clone().stream()),
            reference: reference.map_err(DiffError::Reference)?,
            candidate: candidate.map_err(DiffError::Candidate)?,
        })
    };
    let run = diff(&mut open, &DiffOptions::default(), &mut |_| {});
    let facts = match run {
        Ok(result) => Facts::from(&result),
        Err(broken) => Facts::from(&*Box::<Stopped>::from(broken)),
    };
    decide(&facts, &DecisionOptions { allow_no_state: true, ..DecisionOptions::default() }).verdict
}

/// Whether an engine that offers less than the model would be sent all of it.
fn offers_everything(defect: Defect) -> bool {
    EngineName::Faulty(defect.into()).capabilities().check(Features::ALL).is_ok()
}

/// What keeps a selftest from being a pass.
fn reasons(trials: &[Trial], controls: &[Control]) -> Vec<String> {
    let escaped = trials.iter().filter_map(|Trial { defect, caught, verdict }| {
        let is_seen = caught.first().is_some();
        match defect.kind() {
            Kind::Functional | Kind::Process if !is_seen => Some(format!(
                "{} escaped: no check saw it within {} commands",
                defect.name(),
                thousands(caught.commands)
            )),
            Kind::Functional | Kind::Process if *verdict != Some(VerdictName::Fail) => {
                Some(format!("{} is seen, and diff does not say fail", defect.name()))
            }
            Kind::Offer if offers_everything(*defect) => {
                Some(format!("{} is sent what it does not offer", defect.name()))
            }
            Kind::Latency if is_seen => Some(format!(
                "{} is a matter of time alone, and a check took it for more",
                defect.name()
            )),
            _ => None,
        }
    });
    let alarms = controls.iter().filter(|control| control.findings > 0).map(|control| {
        format!(
            "{} against {}: something was found where nothing is",
            control.candidate, control.reference
        )
    });
    escaped.chain(alarms).collect()
}

impl Row {
    fn of(trial: &Trial) -> Self {
        let Trial { defect, caught, verdict } = trial;
        Self {
            diff: *verdict,
            defect: defect.name(),
            kind: defect.kind(),
            summary: defect.summary(),
            events: caught.events,
            state: caught.state,
            audit: caught.audit,
            recorded: caught.recorded,
            ended: caught.ended,
            commands: caught.commands,
        }
    }

    fn checks(&self) -> [(&'static str, Option<u64>); 5] {
        [
            ("events", self.events),
            ("state", self.state),
            ("audit", self.audit),
            ("recorded", self.recorded),
            ("ended", self.ended),
        ]
    }
}

/// The matrix for people: a row for each defect, a column for each check.
fn page(report: &Report) -> String {
    let cell = |count: Option<u64>| count.map_or_else(|| "-".to_owned(), thousands);
    let mut text = format!(
        "{:30} {:>9} {:>9} {:>9} {:>9} {:>9} {:>5}\n",
        "defect", "events", "state", "audit", "recorded", "ended", "diff"
    );
    for row in &report.defects {
        text += &format!("{:30}", row.defect);
        row.checks().iter().for_each(|(_, count)| text += &format!(" {:>9}", cell(*count)));
        let verdict = row.diff.map_or_else(|| "-".to_owned(), |verdict| verdict.to_string());
        text += &format!(" {verdict:>5}");
        text += &match row.kind {
            Kind::Functional => "\n".to_owned(),
            kind => format!("  {kind}\n"),
        };
    }
    text += "commands until each check saw the defect first (- not within the budget), and what diff says\n\
             of those commands\n\n";
    let functional = report.functional;
    text += &format!(
        "functional defects: {} of {functional} caught, {} by two checks or more, {} by the auditor \
         alone\n",
        report.caught, report.caught_twice, report.caught_by_auditor
    );
    if let Some(median) = report.median_commands {
        text += &format!(
            "median until two engines were seen to differ: {} commands\n",
            thousands(median)
        );
    }
    let lonely: Vec<String> = report.defects.iter().filter_map(only_check).collect();
    if !lonely.is_empty() {
        text += &format!("seen by one check only: {}\n", lonely.join(", "));
    }
    for control in &report.controls {
        text += &format!(
            "{} against {}: {} commands, {} findings\n",
            control.candidate,
            control.reference,
            thousands(control.commands),
            control.findings
        );
    }
    report.reasons.iter().for_each(|reason| text += &format!("{reason}\n"));
    text + &format!("{}\n", if report.exit_code == 0 { "PASS" } else { "FAIL" })
}

/// The one check that sees a functional defect, if no other does.
fn only_check(row: &Row) -> Option<String> {
    let seen: Vec<_> = row.checks().into_iter().filter(|(_, count)| count.is_some()).collect();
    match (row.kind, seen.as_slice()) {
        (Kind::Functional, [(check, _)]) => Some(format!("{} ({check})", row.defect)),
        _ => None,
    }
}
