//! `replay`: one engine over a capture.

use std::io::{self, Write};
use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use shadowbook_capture::{Batch, Source, jsonl};
use shadowbook_model::{Instrument, InstrumentId};
use shadowbook_replay::{CHECKPOINT_EVERY, RunError, RunOptions, RunResult, run};
use shadowbook_session::{Outcomes, Session};

use crate::engines::EngineName;
use crate::exit::{Exit, Failure, Outcome};
use crate::facts::thousands;
use crate::input::Input;
use crate::output::{Output, cannot_write, create};
use crate::run::{check, session};

/// Runs one engine over a capture and writes its events and its final book
#[derive(Args, Debug)]
pub(crate) struct Replay {
    #[command(flatten)]
    input: Input,
    /// The engine: reference or ladder
    #[arg(long, value_name = "ENGINE")]
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
    engine: String,
    capture: String,
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
        let summary = self.input.survey(output)?;
        let mut capture = self.input.open()?;
        let instruments = capture.instruments().to_vec();
        check(self.engine, &instruments, &summary)?;
        let mut session = session(self.engine, &instruments);
        let started = Instant::now();
        let progress = output.progress(Some(summary.commands));
        let mut events = EventFile::open(self.events.as_deref(), &instruments)?;
        let mut sink = |batch: &Batch, outcomes: &Outcomes| {
            events.write(batch, outcomes);
            progress.inc(batch.len() as u64);
        };
        let options =
            RunOptions { checkpoint_every: Some(self.checkpoint_every), ..RunOptions::default() };
        let result = run(&mut capture, session.as_mut(), &options, &mut sink);
        progress.finish_and_clear();
        events.finish()?;
        let result = result.map_err(|error| self.failure(error))?;
        let seconds = started.elapsed().as_secs_f64();
        if let Some(path) = &self.book {
            write_book(path, session.as_mut(), &instruments)?;
        }
        self.report(&result, seconds, output)
    }

    fn failure(&self, error: RunError) -> Failure {
        match error {
            RunError::Input(error) => Failure::input(self.input.capture.display(), error),
            RunError::Session(error) => Failure::harness(error).context(self.engine),
        }
    }

    fn report(&self, result: &RunResult, seconds: f64, output: &Output) -> Outcome {
        let report = Report {
            engine: self.engine.to_string(),
            capture: self.input.capture.display().to_string(),
            commands: result.commands,
            external: result.external,
            events: result.events,
            checkpoints: result.checkpoints,
            final_digest: result.final_digest.map(|digest| digest.to_string()),
            seconds,
        };
        let digest = report.final_digest.as_deref().unwrap_or("none");
        output.show(&format!(
            "{} took {} commands in {seconds:.3} s and answered {} events; final digest {digest}\n",
            report.engine,
            thousands(report.commands),
            thousands(report.events),
        ))?;
        output.write_json(&report)?;
        Ok(Exit::Pass)
    }
}

/// The file that events go to, if there is one. Writing goes on after an error only to be told
/// about it at the end.
struct EventFile<'a> {
    file: Option<(&'a Path, io::BufWriter<std::fs::File>)>,
    instruments: &'a [Instrument],
    line: String,
    result: io::Result<()>,
}

impl<'a> EventFile<'a> {
    fn open(path: Option<&'a Path>, instruments: &'a [Instrument]) -> Result<Self, Failure> {
        let file = path.map(|path| create(path).map(|file| (path, file))).transpose()?;
        Ok(Self { file, instruments, line: String::new(), result: Ok(()) })
    }

    fn write(&mut self, batch: &Batch, outcomes: &Outcomes) {
        let Some((_, file)) = &mut self.file else { return };
        for (index, command) in batch.commands().iter().enumerate().take(outcomes.len()) {
            let instrument = &self.instruments[command.instrument.index()];
            for event in outcomes.events_of(index) {
                self.line.clear();
                jsonl::write_event(&mut self.line, event, command.seq, instrument);
                self.line.push('\n');
                if self.result.is_ok() {
                    self.result = file.write_all(self.line.as_bytes());
                }
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        let Some((path, mut file)) = self.file else { return Ok(()) };
        self.result.and_then(|()| file.flush()).map_err(|error| cannot_write(path, error))
    }
}

fn write_book(
    path: &Path,
    session: &mut dyn Session,
    instruments: &[Instrument],
) -> Result<(), Failure> {
    let mut file = create(path)?;
    let mut line = String::new();
    for (id, instrument) in (0..).map(InstrumentId).zip(instruments) {
        let snapshot = session.snapshot(id).map_err(Failure::harness)?;
        for order in &snapshot.orders {
            line.clear();
            jsonl::write_book_line(&mut line, order, instrument);
            line.push('\n');
            file.write_all(line.as_bytes()).map_err(|error| cannot_write(path, error))?;
        }
    }
    file.flush().map_err(|error| cannot_write(path, error))
}
