//! `slice`: a part of a capture, with the books before it.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use shadowbook_capture::{Capture, Restored, Source};
use shadowbook_model::{InstrumentId, Seq, Snapshot};
use shadowbook_replay::{RunOptions, RunResult, run};
use shadowbook_report::TornEntry;
use shadowbook_session::Session;

use crate::begin::RestoredEntry;
use crate::convert::convert;
use crate::engines::{self, EngineName};
use crate::exit::{Exit, Failure, Outcome};
use crate::facts::{Facts, thousands};
use crate::input::{Input, Survey};
use crate::output::Output;
use crate::part::Part;
use crate::places::Places;
use crate::run::{check, failure};

/// Cuts a capture: writes one that begins with the books as they are before a command
#[derive(Args, Debug)]
pub(crate) struct Slice {
    #[command(flatten)]
    input: Input,
    /// The first seq of the slice; everything before it is replayed
    #[arg(long, value_name = "SEQ")]
    from: u64,
    /// The last seq of the slice; the end of the capture when not given
    #[arg(long, value_name = "SEQ")]
    to: Option<u64>,
    #[arg(
        long,
        value_name = "ENGINE",
        default_value_t = EngineName::Reference,
        help = engines::help("The engine whose books the slice begins with")
    )]
    engine: EngineName,
    /// The capture file to write
    #[arg(long, short, value_name = "PATH")]
    output: PathBuf,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    /// What was cut.
    source: String,
    /// Where that ends early, if it does.
    torn: Option<TornEntry>,
    engine: String,
    /// What was written.
    capture: String,
    /// How many commands were replayed for the books.
    replayed: u64,
    /// How the engine came to what the source begins with, if it begins with something.
    restored: Option<RestoredEntry>,
    facts: Facts,
}

impl Slice {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        output.begin(&Places::default().reads(&self.input.capture).writes(&self.output))?;
        let to = self.to.unwrap_or(u64::MAX);
        if to < self.from {
            return Err(Failure::usage(format!(
                "a slice from seq {} to seq {to} holds nothing; give a later --to",
                self.from
            )));
        }
        let survey = self.input.survey(output)?;
        let (snapshots, before) = self.books(&survey, output)?;
        let mut capture = self.input.open()?;
        let name = self.input.capture.display().to_string();
        if let Capture::File(reader) = &mut capture {
            reader.seek_seq(Seq(self.from)).map_err(|error| Failure::input(&name, error))?;
        }
        let origin = self.origin(&capture);
        let mut slice = Restored::new(Part::new(capture, self.from..=to), snapshots);
        let progress = output.progress(None);
        let summary = convert(&mut slice, &name, origin, &self.output, &progress)?;
        survey.confirm_file()?;
        let report = Report {
            schema: "shadowbook/slice/1",
            source: name,
            torn: survey.torn,
            engine: self.engine.to_string(),
            capture: self.output.display().to_string(),
            replayed: before.commands,
            restored: before.restored.as_ref().map(Into::into),
            facts: Facts::of(&summary),
        };
        output.write_json(&report)?;
        output.show(&format!(
            "{}: {} commands behind {} that were replayed; begins with {} orders of {}\n",
            report.capture,
            thousands(summary.commands),
            thousands(before.commands),
            thousands(summary.snapshot.orders),
            report.engine,
        ));
        Ok(Exit::Pass)
    }

    /// What the engine holds before the first command of the slice.
    fn books(
        &self,
        survey: &Survey,
        output: &Output,
    ) -> Result<(Vec<Snapshot>, RunResult), Failure> {
        let capture = self.input.open()?;
        let instruments = capture.instruments().to_vec();
        check(self.engine, &instruments, &survey.summary, &self.input)?;
        let failed = |error| Failure::harness(error).context(self.engine);
        let mut session = self.engine.session(&instruments).map_err(failed)?;
        let mut before = Part::new(capture, 0..self.from);
        let options = RunOptions { checkpoint_every: None, ..RunOptions::default() };
        let progress = output.progress(Some(survey.summary.commands));
        let result = run(&mut before, session.as_mut(), &options, &mut |batch, _| {
            progress.inc(batch.len() as u64);
        });
        progress.finish_and_clear();
        survey.confirm_file()?;
        let result = result.map_err(|error| failure(error, self.engine, &self.input))?;
        if let Some(restored) = result.restored.as_ref().filter(|it| !it.lost.is_empty()) {
            let lost: Vec<String> = restored.lost.iter().map(ToString::to_string).collect();
            output.warn(&format!(
                "{} was brought to what {} begins with by commands, which lost: {}",
                self.engine,
                self.input.capture.display(),
                lost.join(", ")
            ));
        }
        let snapshots = all_snapshots(session.as_mut(), instruments.len())?;
        Ok((snapshots, result))
    }

    fn origin(&self, capture: &Capture) -> String {
        let before = match capture {
            Capture::File(reader) => reader.header().origin.as_str(),
            Capture::Snapshot(file) => file.header().origin.as_str(),
            Capture::Lines(_) => "",
        };
        let name = self.input.capture.display();
        let (engine, from) = (self.engine, self.from);
        let slice = format!("slice of {name} from seq {from}, begins with the books of {engine}");
        if before.is_empty() { slice } else { format!("{before}\n{slice}") }
    }
}

/// What an engine holds, instrument by instrument.
pub(crate) fn all_snapshots(
    session: &mut dyn Session,
    instruments: usize,
) -> Result<Vec<Snapshot>, Failure> {
    let ids = (0..).map(InstrumentId).take(instruments);
    ids.map(|id| session.snapshot(id).map_err(Failure::harness)).collect()
}
