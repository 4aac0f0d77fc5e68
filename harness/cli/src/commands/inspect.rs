//! `inspect`: what is in a capture.

use std::fmt::Write;

use clap::Args;
use serde::Serialize;
use serde_json::value::RawValue;
use shadowbook_capture::{Batch, Capture, Source, jsonl};
use shadowbook_model::{Instrument, Seq, TimeNs};
use shadowbook_report::TornEntry;

use crate::exit::{Exit, Failure, Outcome};
use crate::facts::{Facts, thousands};
use crate::input::Input;
use crate::output::Output;
use crate::places::Places;

/// How many instruments are listed by name.
const LISTED_INSTRUMENTS: usize = 10;

/// Shows what is in a capture, and any of its commands
#[derive(Args, Debug)]
pub(crate) struct Inspect {
    #[command(flatten)]
    input: Input,
    /// Also show so many commands, as JSON lines
    #[arg(long, value_name = "N", default_value_t = 0)]
    commands: u64,
    /// Show commands from this seq on
    #[arg(long, value_name = "SEQ", conflicts_with = "from_time")]
    from_seq: Option<u64>,
    /// Show commands from this time on, in nanoseconds
    #[arg(long, value_name = "NS")]
    from_time: Option<u64>,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    path: String,
    origin: Option<String>,
    /// In words where it ends early.
    torn_tail: Option<String>,
    /// The same as numbers.
    torn: Option<TornEntry>,
    instruments: Vec<String>,
    facts: Facts,
    /// The commands that were asked for, with what was recorded of them, as JSON lines have them.
    commands: Vec<Box<RawValue>>,
}

impl Inspect {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        output.begin(&Places::default().reads(&self.input.capture))?;
        let survey = self.input.survey(output)?;
        let capture = self.input.open()?;
        let origin = match &capture {
            Capture::File(reader) => Some(reader.header().origin.clone()),
            Capture::Lines(_) | Capture::Snapshot(_) => None,
        };
        let instruments = capture.instruments().to_vec();
        let path = self.input.capture.display().to_string();
        let mut report = Report {
            schema: "shadowbook/inspect/1",
            origin: origin.filter(|origin| !origin.is_empty()),
            torn_tail: survey.torn.as_ref().map(|torn| torn.describe(&path)),
            torn: survey.torn.clone(),
            instruments: instruments.iter().map(|instrument| instrument.symbol.clone()).collect(),
            facts: Facts::of(&survey.summary),
            commands: Vec::new(),
            path,
        };
        output.show(&render(&report, &instruments));
        self.each_command(capture, |lines| match output.json {
            None => output.show(lines),
            Some(_) => {
                let json = |line: &str| RawValue::from_string(line.to_owned());
                let json = |line| json(line).expect("a JSON line is JSON");
                report.commands.extend(lines.lines().map(json));
                if !output.json_is_stdout() {
                    output.show(lines);
                }
            }
        })?;
        survey.confirm_file()?;
        output.write_json(&report)?;
        Ok(Exit::Pass)
    }

    /// Gives the commands that were asked for to `take`, as JSON lines.
    fn each_command(
        &self,
        mut capture: Capture,
        mut take: impl FnMut(&str),
    ) -> Result<(), Failure> {
        let mut left = match (self.commands, self.from_seq, self.from_time) {
            (0, None, None) => return Ok(()),
            (0, ..) => 10,
            (commands, ..) => commands,
        };
        let input = |error| Failure::input(self.input.capture.display(), error);
        if let Capture::File(reader) = &mut capture {
            if let Some(seq) = self.from_seq {
                reader.seek_seq(Seq(seq)).map_err(input)?;
            }
            if let Some(time) = self.from_time {
                reader.seek_time(TimeNs(time)).map_err(input)?;
            }
        }
        let instruments = capture.instruments().to_vec();
        let mut batch = Batch::new();
        while left > 0 && capture.read(&mut batch).map_err(input)? {
            take(&self.lines(&batch, &instruments, &mut left));
        }
        Ok(())
    }

    /// The wanted commands of a batch with what was recorded of them.
    fn lines(&self, batch: &Batch, instruments: &[Instrument], left: &mut u64) -> String {
        let mut text = String::new();
        let mut notes = batch.notes().iter().peekable();
        for (index, command) in batch.commands().iter().enumerate() {
            let note = notes.next_if(|note| note.command() == index);
            let is_before = self.from_seq.is_some_and(|seq| command.seq < Seq(seq))
                || self.from_time.is_some_and(|time| command.time < TimeNs(time));
            if is_before || *left == 0 {
                continue;
            }
            *left -= 1;
            let is_synthetic = note.is_some_and(shadowbook_capture::Note::is_synthetic);
            jsonl::write_command(&mut text, command, is_synthetic, instruments);
            text.push('\n');
            if let Some(recorded) = note.and_then(|note| batch.recorded(note)) {
                let instrument = &instruments[command.instrument.index()];
                jsonl::write_recorded(&mut text, recorded, command.seq, instrument);
                text.push('\n');
            }
        }
        text
    }
}

fn render(report: &Report, instruments: &[Instrument]) -> String {
    let facts = &report.facts;
    let mut text = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<14}{value}");
    };
    line("capture", report.path.clone());
    for origin in report.origin.iter().flat_map(|origin| origin.lines()) {
        line("origin", origin.to_owned());
    }
    if let Some(torn) = &report.torn_tail {
        line("TORN", torn.clone());
    }
    line("digest", facts.digest.clone());
    line("commands", thousands(facts.commands));
    line("blocks", thousands(facts.blocks));
    if let (Some(first), Some(last)) = (facts.first_seq, facts.last_seq) {
        line("seq", format!("{first} to {last}"));
    }
    if let (Some(first), Some(last)) = (facts.first_time_ns, facts.last_time_ns) {
        line("time_ns", format!("{first} to {last}"));
    }
    line("recorded", recorded(facts));
    line("synthetic", thousands(facts.synthetic));
    line("instruments", thousands(instruments.len() as u64));
    for instrument in instruments.iter().take(LISTED_INSTRUMENTS) {
        let Instrument { symbol, tick, lot, matching, phase, .. } = instrument;
        line("", format!("{symbol}  tick {tick}  lot {lot}  {matching}  begins {phase}"));
    }
    if instruments.len() > LISTED_INSTRUMENTS {
        line("", format!("and {} more", instruments.len() - LISTED_INSTRUMENTS));
    }
    for (index, used) in facts.features.iter().enumerate() {
        let name = if index == 0 { "asks for" } else { "" };
        line(name, format!("{}  (first at seq {})", used.feature, used.first_seq));
    }
    text
}

fn recorded(facts: &Facts) -> String {
    format!(
        "{} with fills, {} with all events, {} that cannot be checked, {} refused outside matching",
        thousands(facts.recorded_fills),
        thousands(facts.recorded_events),
        thousands(facts.unchecked),
        thousands(facts.external),
    )
}
