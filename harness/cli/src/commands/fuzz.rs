//! `fuzz`: two engines against each other on streams made from a seed.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use shadowbook_capture::Flow;
use shadowbook_capture::jsonl::{write_command, write_event};
use shadowbook_compare::{Divergence, EventList, compare_books};
use shadowbook_fuzz::{Found, FuzzOptions, FuzzResult, fuzz};
use shadowbook_model::{Command, Features, Instrument, Seq};
use shadowbook_report::{
    BugEntry, CoverageEntry, Outcome as VerdictName, Report as Looked, book_difference, coverage,
    reading,
};
use shadowbook_scenario::command_line;

use crate::convert::convert;
use crate::engines::{self, EngineName};
use crate::examples::Examples;
use crate::exit::{Exit, Failure, Outcome};
use crate::facts::thousands;
use crate::flows::look;
use crate::output::Output;
use crate::places::Places;
use crate::staged::Staged;

/// How many commands are made when nobody says.
const COMMANDS: u64 = 1_000_000;

/// Runs two engines against each other on streams over the whole market model, made from a seed
#[derive(Args, Debug)]
pub(crate) struct Fuzz {
    #[arg(long, value_name = "ENGINE", default_value = "reference",
        help = engines::help("The engine that is taken to be right"))]
    reference: EngineName,
    #[arg(long, value_name = "ENGINE", default_value = "ladder",
        help = engines::help("The engine that is held against it"))]
    candidate: EngineName,
    /// The seed: the same seed gives the same stream on every machine
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Stop after so many commands [default: 1000000 unless --seconds is given]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    commands: Option<u64>,
    /// Stop after so many seconds
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Show what was exercised, and what was not, as a table
    #[arg(long)]
    coverage: bool,
    /// Fail when a combination that the rules allow was not exercised
    #[arg(long)]
    all_cells: bool,
    /// Where to write the commands of the stream in which something was found
    #[arg(long, short, value_name = "OUT.sbk")]
    output: Option<PathBuf>,
    /// Write the smallest flow that shows what was found to this folder, as fuzz-SEED.bug-1.scenario
    /// and .jsonl
    #[arg(long, value_name = "FOLDER")]
    examples: Option<PathBuf>,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    verdict: VerdictName,
    exit_code: u8,
    reference: String,
    candidate: String,
    seed: u64,
    commands: u64,
    episodes: u64,
    restored: u64,
    coverage: CoverageEntry,
    /// Why it is no pass.
    reasons: Vec<String>,
    /// The command line that finds the same again.
    repeat: Option<String>,
    capture: Option<String>,
    /// What the divergence comes down to, with the smallest flow that shows it.
    bugs: Vec<BugEntry>,
    seconds: f64,
}

impl Fuzz {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        output.begin(&Places::default().writes_any(self.output.as_deref()))?;
        self.check()?;
        let started = Instant::now();
        let result = self.drive(started, output)?;
        let reasons = self.reasons(&result);
        let exit = if reasons.is_empty() { Exit::Pass } else { Exit::Fail };
        // What was found is told even when it cannot be kept.
        let kept = result.found.as_ref().map_or(Ok(()), |found| self.keep(found, output));
        let mut looked = result.found.as_ref().and_then(|found| self.look(found));
        let written = self.write(looked.as_mut());
        let report = Report {
            schema: "shadowbook/fuzz/1",
            verdict: if exit == Exit::Pass { VerdictName::Pass } else { VerdictName::Fail },
            exit_code: exit as u8,
            reference: self.reference.to_string(),
            candidate: self.candidate.to_string(),
            seed: self.seed,
            commands: result.commands,
            episodes: result.episodes,
            restored: result.restored,
            coverage: CoverageEntry::of(&result.coverage),
            repeat: result.found.as_ref().map(|_| self.repeat(result.commands)),
            capture: self
                .output
                .as_ref()
                .filter(|_| result.found.is_some() && kept.is_ok())
                .map(|path| path.display().to_string()),
            reasons,
            bugs: looked.as_ref().map_or_else(Vec::new, |looked| looked.verdict.bugs.clone()),
            seconds: started.elapsed().as_secs_f64(),
        };
        output.write_json(&report)?;
        output.show(&self.page(&report, &result, looked.as_ref()));
        kept.and(written).map(|()| exit)
    }

    /// Refuses, before the run, what could only fail after it.
    fn check(&self) -> Result<(), Failure> {
        for engine in [self.reference, self.candidate] {
            engine.capabilities().check(Features::ALL).map_err(|missing| {
                Failure::usage(format!(
                    "streams of fuzz ask for the whole market model, and {engine} does not offer \
                     all of it: {missing}"
                ))
            })?;
        }
        self.places().map_or(Ok(()), |examples| examples.check())?;
        match &self.output {
            // It is removed again: nothing may be found.
            Some(path) => Staged::create(path).map(drop),
            None => Ok(()),
        }
    }

    fn drive(&self, started: Instant, output: &Output) -> Result<FuzzResult, Failure> {
        let commands = match (self.commands, self.seconds) {
            (Some(commands), _) => commands,
            (None, Some(_)) => u64::MAX,
            (None, None) => COMMANDS,
        };
        let limit = self.seconds.map_or(Duration::MAX, Duration::from_secs);
        let options = FuzzOptions { seed: self.seed, commands, ..FuzzOptions::default() };
        let progress = output.progress(Some(commands).filter(|commands| *commands < u64::MAX));
        let result =
            fuzz(&self.reference.maker(), &self.candidate.maker(), &options, &mut |done| {
                progress.set_position(done);
                started.elapsed() < limit
            });
        progress.finish_and_clear();
        result.map_err(Failure::harness)
    }

    /// What keeps it from being a pass.
    fn reasons(&self, result: &FuzzResult) -> Vec<String> {
        let mut reasons = Vec::new();
        if let Some(found) = &result.found {
            if let Some(divergence) = &found.divergence {
                reasons.push(format!(
                    "{} diverges from {} at seq {} of its stream: {}",
                    self.candidate,
                    self.reference,
                    divergence.seq,
                    divergence.signature()
                ));
            }
            reasons.extend(found.breaches.iter().take(3).map(|breach| {
                format!(
                    "{} breaks the rule {} at seq {} of its stream: {}",
                    self.reference, breach.rule, breach.seq, breach.detail
                )
            }));
        }
        let table = CoverageEntry::of(&result.coverage);
        if table.impossible > 0 {
            let cells = table.impossible;
            reasons.push(format!("{cells} combinations were seen that the rules do not allow"));
        }
        if self.all_cells && table.touched < table.possible {
            let missing = table.possible - table.touched;
            reasons.push(format!("{missing} combinations that the rules allow were not seen"));
        }
        reasons
    }

    fn repeat(&self, commands: u64) -> String {
        format!(
            "shadowbook fuzz --reference {} --candidate {} --seed {} --commands {commands}",
            self.reference, self.candidate, self.seed
        )
    }

    /// Writes the stream in which something was found.
    fn keep(&self, found: &Found, output: &Output) -> Result<(), Failure> {
        let Some(path) = &self.output else { return Ok(()) };
        let mut source = found.kept.clone().stream();
        let origin =
            format!("made by shadowbook {} fuzz\nseed {}", env!("CARGO_PKG_VERSION"), self.seed);
        convert(&mut source, "the fuzzer", origin, path, &output.progress(None)).map(drop)
    }

    /// Where examples go, if they are asked for.
    fn places(&self) -> Option<Examples> {
        let folder = self.examples.as_ref()?;
        Some(Examples::of(&PathBuf::from(format!("fuzz-{}", self.seed)), folder))
    }

    /// Looks closely at the commands up to where the engines differ first.
    fn look(&self, found: &Found) -> Option<Looked> {
        let until = found.divergence.as_ref()?.seq;
        let mut flow = Flow::clone(&found.kept);
        flow.commands.retain(|command| command.seq <= until);
        let name = format!("fuzz, seed {}", self.seed);
        Some(look(&Arc::new(flow), name, self.reference, self.candidate))
    }

    /// Writes the smallest flow, where that is asked for.
    fn write(&self, looked: Option<&mut Looked>) -> Result<(), Failure> {
        let (Some(examples), Some(looked)) = (self.places(), looked) else { return Ok(()) };
        examples.write_all(looked, self.reference)
    }

    fn page(&self, report: &Report, result: &FuzzResult, looked: Option<&Looked>) -> String {
        let word = if report.exit_code == 0 { "PASS" } else { "FAIL" };
        let mut text = format!(
            "{word} {} against {}: {} commands, {} streams, seed {}, {} states exchanged\n",
            report.candidate,
            report.reference,
            thousands(report.commands),
            thousands(report.episodes),
            report.seed,
            thousands(report.restored),
        );
        text += &format!(
            "coverage: {} of {} possible combinations\n",
            thousands(report.coverage.touched),
            thousands(report.coverage.possible)
        );
        report.reasons.iter().for_each(|reason| text += &format!("  {reason}\n"));
        if let Some(found) = &result.found {
            text += &shown(found);
        }
        text += &looked.map_or_else(String::new, smallest);
        if let Some(repeat) = &report.repeat {
            text += &format!("the same again: {repeat}\n");
        }
        if let Some(capture) = &report.capture {
            text += &format!("the stream is in {capture}\n");
        }
        if self.coverage {
            text += &coverage::matrix(&result.coverage);
        }
        text
    }
}

/// What was answered where the first thing is wrong.
fn shown(found: &Found) -> String {
    let mut text = String::new();
    if let Some(divergence) = &found.divergence {
        let Divergence { seq, reference, candidate, detail, .. } = divergence;
        let instrument = &found.kept.instruments[divergence.instrument.index()];
        if let Some(command) = &divergence.command {
            text += &shown_command(command, found);
            text += &events("reference", reference, *seq, instrument);
            text += &events("candidate", candidate, *seq, instrument);
        } else {
            text += &format!("  the books of {} differ\n", instrument.symbol);
        }
        text += &detail.as_ref().map_or_else(String::new, |detail| format!("  {detail}\n"));
        text += &differences(found, instrument);
    }
    if let Some(breach) = found.breaches.first() {
        let instrument = &found.kept.instruments[breach.instrument.index()];
        text += &shown_command(&breach.command, found);
        text += &events("reference", &breach.events, breach.seq, instrument);
    }
    text
}

/// The smallest flow that shows the first bug.
fn smallest(looked: &Looked) -> String {
    let bug = looked.bugs.iter().zip(&looked.verdict.bugs).next();
    let Some((example, entry)) = bug.and_then(|(bug, entry)| Some((bug.example.as_ref()?, entry)))
    else {
        return String::new();
    };
    let flow = &example.flow;
    let orders: usize = flow.snapshots.iter().map(|snapshot| snapshot.orders.len()).sum();
    let begin = if flow.snapshots.is_empty() {
        "an empty book".to_owned()
    } else {
        format!("a book with {orders} of its orders")
    };
    let mut text = format!("{}\nshown from {begin} by\n", reading(example));
    for command in &flow.commands {
        let instrument = &flow.instruments[command.instrument.index()];
        text += &format!("  {}\n", command_line(command, instrument));
    }
    let paths = entry.example.iter().flat_map(|it| [&it.scenario_path, &it.path]).flatten();
    paths.for_each(|path| text += &format!("in {path}\n"));
    text
}

/// How the books differ, where they were seen to.
fn differences(found: &Found, instrument: &Instrument) -> String {
    let Some((reference, candidate)) = found.books.as_deref() else { return String::new() };
    let differences = compare_books(reference, candidate);
    let line = |difference| format!("  · {}\n", book_difference(difference, instrument));
    differences.iter().take(SHOWN_DIFFERENCES).map(line).collect()
}

fn shown_command(command: &Command, found: &Found) -> String {
    let mut text = "  command    ".to_owned();
    write_command(&mut text, command, false, &found.kept.instruments);
    text.push('\n');
    text
}

/// So many differences of the books are told.
const SHOWN_DIFFERENCES: usize = 5;
/// So many events of each side are shown.
const SHOWN_EVENTS: usize = 12;

fn events(whose: &str, list: &EventList, seq: Seq, instrument: &Instrument) -> String {
    let mut text = String::new();
    for event in list.events.iter().take(SHOWN_EVENTS) {
        text += &format!("  {whose:10} ");
        write_event(&mut text, event, seq, instrument);
        text.push('\n');
    }
    let more = list.events.len().saturating_sub(SHOWN_EVENTS) + list.omitted;
    match (list.events.is_empty(), more) {
        (true, _) => text + &format!("  {whose:10} nothing\n"),
        (false, 0) => text,
        (false, more) => text + &format!("  {whose:10} and {more} more\n"),
    }
}
