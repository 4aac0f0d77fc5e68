//! `replay`: one engine over a capture.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use shadowbook_capture::{Batch, Source, jsonl};
use shadowbook_model::{Instrument, InstrumentId};
use shadowbook_replay::{CHECKPOINT_EVERY, RunError, RunOptions, RunResult, run};
use shadowbook_report::TornEntry;
use shadowbook_session::{Outcomes, Session};

use crate::engines::{self, EngineName};
use crate::exit::{Exit, Failure, Outcome};
use crate::facts::thousands;
use crate::input::Input;
use crate::output::{Output, cannot_write};
use crate::places::Places;
use crate::run::check;
use crate::staged::Staged;

/// Runs one engine over a capture and writes its events and its final book
#[derive(Args, Debug)]
pub(crate) struct Replay {
    #[command(flatten)]
    input: Input,
    #[arg(long, value_name = "ENGINE", help = engines::help("The engine"))]
    engine: EngineName,
    /// Write every event to this file, as JSON lines
    #[arg(long, value_name = "PATH")]
    events: Option<PathBuf>,
    /// Write the final book to this file, as JSON lines
    #[arg(long, value_name = "PATH")]
    book: Option<PathBuf>,
    /// Digest the state after so many commands, and at the end
    #[arg(long, value_name = "N", default_value_t = CHECKPOINT_EVERY)]
    checkpoint_every: NonZeroU64,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    engine: String,
    capture: String,
    /// Where it ends early, if it does.
    torn: Option<TornEntry>,
    commands: u64,
    external: u64,
    events: u64,
    checkpoints: u64,
    final_digest: Option<String>,
    seconds: f64,
}

impl Replay {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let places = Places::default().reads(&self.input.capture);
        let places = places.writes_any(self.events.as_deref());
        output.begin(&places.writes_any(self.book.as_deref()))?;
        let survey = self.input.survey(output)?;
        let mut capture = self.input.open()?;
        let instruments = capture.instruments().to_vec();
        check(self.engine, &instruments, &survey.summary, &self.input)?;
        let session = self.engine.session(&instruments);
        let mut session = session.map_err(|error| Failure::harness(error).context(self.engine))?;
        let mut events = self.events.as_deref().map(LineFile::create).transpose()?;
        let mut book = self.book.as_deref().map(LineFile::create).transpose()?;
        let started = Instant::now();
        let progress = output.progress(Some(survey.summary.commands));
        let mut sink = |batch: &Batch, outcomes: &Outcomes| {
            if let Some(events) = &mut events {
                write_events(events, batch, outcomes, &instruments);
            }
            progress.inc(batch.len() as u64);
        };
        let options =
            RunOptions { checkpoint_every: Some(self.checkpoint_every), ..RunOptions::default() };
        let result = run(&mut capture, session.as_mut(), &options, &mut sink);
        progress.finish_and_clear();
        let seconds = started.elapsed().as_secs_f64();
        // A file that changed explains whatever else went wrong.
        survey.confirm_file()?;
        let result = result.map_err(|error| self.failure(error))?;
        survey.confirm(result.commands)?;
        if let Some(book) = &mut book {
            write_book(book, session.as_mut(), &instruments)?;
        }
        // Neither file takes its place before both are whole.
        let written = [events, book].into_iter().flatten().map(LineFile::flush);
        let written: Vec<Staged> = written.collect::<Result<_, _>>()?;
        written.into_iter().try_for_each(Staged::finish)?;
        self.report(&result, survey.torn, seconds, output)
    }

    fn failure(&self, error: RunError) -> Failure {
        match error {
            RunError::Input(error) => Failure::input(self.input.capture.display(), error),
            RunError::Session(error) => Failure::harness(error).context(self.engine),
        }
    }

    fn report(
        &self,
        result: &RunResult,
        torn: Option<TornEntry>,
        seconds: f64,
        output: &Output,
    ) -> Outcome {
        let report = Report {
            schema: "shadowbook/replay/1",
            engine: self.engine.to_string(),
            capture: self.input.capture.display().to_string(),
            torn,
            commands: result.commands,
            external: result.external,
            events: result.events,
            checkpoints: result.checkpoints,
            final_digest: result.final_digest.map(|digest| digest.to_string()),
            seconds,
        };
        let digest = report.final_digest.as_deref().unwrap_or("none");
        output.write_json(&report)?;
        output.show(&format!(
            "{} took {} commands in {seconds:.3} s and answered {} events; final digest {digest}\n",
            report.engine,
            thousands(report.commands),
            thousands(report.events),
        ));
        Ok(Exit::Pass)
    }
}

/// A file of JSON lines. Writing goes on after an error only to be told about it at the end.
struct LineFile {
    staged: Staged,
    file: BufWriter<File>,
    line: String,
    result: io::Result<()>,
}

impl LineFile {
    fn create(path: &Path) -> Result<Self, Failure> {
        let (staged, file) = Staged::create(path)?;
        Ok(Self { staged, file: BufWriter::new(file), line: String::new(), result: Ok(()) })
    }

    fn write(&mut self, put: impl FnOnce(&mut String)) {
        self.line.clear();
        put(&mut self.line);
        self.line.push('\n');
        if self.result.is_ok() {
            self.result = self.file.write_all(self.line.as_bytes());
        }
    }

    /// All of it is in the file, which is then ready to take its place.
    fn flush(mut self) -> Result<Staged, Failure> {
        let written = self.result.and_then(|()| self.file.flush());
        written.map_err(|error| cannot_write(self.staged.path(), error))?;
        Ok(self.staged)
    }
}

fn write_events(
    file: &mut LineFile,
    batch: &Batch,
    outcomes: &Outcomes,
    instruments: &[Instrument],
) {
    for (index, command) in batch.commands().iter().enumerate().take(outcomes.len()) {
        let instrument = &instruments[command.instrument.index()];
        for event in outcomes.events_of(index) {
            file.write(|line| jsonl::write_event(line, event, command.seq, instrument));
        }
    }
}

fn write_book(
    file: &mut LineFile,
    session: &mut dyn Session,
    instruments: &[Instrument],
) -> Result<(), Failure> {
    for (id, instrument) in (0..).map(InstrumentId).zip(instruments) {
        let snapshot = session.snapshot(id).map_err(Failure::harness)?;
        for order in &snapshot.orders {
            file.write(|line| jsonl::write_book_line(line, order, instrument));
        }
    }
    Ok(())
}
