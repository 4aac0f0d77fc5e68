//! `fuzz`: two engines against each other on streams made from a seed.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;
use shadowbook_capture::jsonl::{write_command, write_event};
use shadowbook_compare::{Divergence, EventList};
use shadowbook_fuzz::{Found, FuzzOptions, FuzzResult, fuzz};
use shadowbook_model::{Command, Instrument, Seq};
use shadowbook_report::{CoverageEntry, Outcome as VerdictName, coverage};

use crate::convert::convert;
use crate::engines::{self, EngineName};
use crate::exit::{Exit, Failure, Outcome};
use crate::facts::thousands;
use crate::output::Output;
use crate::places::Places;

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
    #[arg(long, value_name = "N")]
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
    seconds: f64,
}

impl Fuzz {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        output.begin(&Places::default().writes_any(self.output.as_deref()))?;
        let started = Instant::now();
        let result = self.drive(started, output)?;
        let reasons = self.reasons(&result);
        let exit = if reasons.is_empty() { Exit::Pass } else { Exit::Fail };
        if let Some(found) = &result.found {
            self.keep(found, output)?;
        }
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
                .filter(|_| result.found.is_some())
                .map(|path| path.display().to_string()),
            reasons,
            seconds: started.elapsed().as_secs_f64(),
        };
        output.write_json(&report)?;
        output.show(&self.page(&report, &result));
        Ok(exit)
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
        let mut source = found.stream();
        let origin =
            format!("made by shadowbook {} fuzz\nseed {}", env!("CARGO_PKG_VERSION"), self.seed);
        convert(&mut source, "the fuzzer", origin, path, &output.progress(None)).map(drop)
    }

    fn page(&self, report: &Report, result: &FuzzResult) -> String {
        let word = if report.exit_code == 0 { "PASS" } else { "FAIL" };
        let mut text = format!(
            "{word} {} against {}: {} commands in {} streams from seed {}, {} states exchanged\n",
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
    if let Some(Divergence {
        seq, command: Some(command), reference, candidate, instrument, ..
    }) = &found.divergence
    {
        let instrument = &found.instruments[instrument.index()];
        text += "  command    ";
        write_command(&mut text, command, false, &found.instruments);
        text.push('\n');
        text += &events("reference", reference, *seq, instrument);
        text += &events("candidate", candidate, *seq, instrument);
    }
    if let Some(breach) = found.breaches.first() {
        let instrument = &found.instruments[breach.instrument.index()];
        text += &shown_command(&breach.command, found);
        text += &events("reference", &breach.events, breach.seq, instrument);
    }
    text
}

fn shown_command(command: &Command, found: &Found) -> String {
    let mut text = "  command    ".to_owned();
    write_command(&mut text, command, false, &found.instruments);
    text.push('\n');
    text
}

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
