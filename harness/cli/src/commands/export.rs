//! `export`: a capture as JSON lines.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;
use shadowbook_capture::{Batch, Source, WriteError, jsonl};
use shadowbook_report::TornEntry;

use crate::exit::{Exit, Failure, Outcome};
use crate::input::{Input, Survey};
use crate::output::{Output, cannot_write};
use crate::places::Places;
use crate::staged::Staged;

/// A name of standard output.
const STDOUT: &str = "/dev/stdout";

/// Writes a capture as JSON lines
#[derive(Args, Debug)]
pub(crate) struct Export {
    #[command(flatten)]
    input: Input,
    /// The form to write
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Where to write; standard output when not given
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
}

/// The machine-readable result.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    capture: String,
    torn: Option<TornEntry>,
    commands: u64,
    bytes: u64,
}

/// A form to write captures in.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Format {
    /// One JSON object a line.
    #[default]
    Jsonl,
}

impl Export {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let Format::Jsonl = self.format;
        let places = Places::default().reads(&self.input.capture);
        output.begin(&match &self.output {
            Some(path) => places.writes(path),
            None => places.writes_stdout(),
        })?;
        let is_stdout = self.output.as_deref().is_none_or(|path| path == Path::new(STDOUT));
        if is_stdout && output.json_is_stdout() {
            return Err(Failure::usage(
                "cannot write the capture and the result to standard output; use -o PATH, or --json PATH",
            ));
        }
        let survey = self.input.survey(output)?;
        let copied = match &self.output {
            Some(path) => {
                let (staged, file) = Staged::create(path)?;
                let copied = self.write(&survey, file, staged.path())?;
                staged.finish()?;
                copied
            }
            None => self.write(&survey, io::stdout().lock(), Path::new("standard output"))?,
        };
        output.write_json(&Report {
            schema: "shadowbook/export/1",
            capture: self.input.capture.display().to_string(),
            torn: survey.torn,
            commands: copied.commands,
            bytes: copied.bytes,
        })?;
        Ok(Exit::Pass)
    }

    fn write(&self, survey: &Survey, to: impl Write, path: &Path) -> Result<Copied, Failure> {
        let mut capture = self.input.open()?;
        let mut copied = Copied::default();
        let result = copy(&mut capture, to, &mut copied);
        match result {
            Ok(()) => survey.confirm(copied.commands),
            // Whoever reads may stop reading, as `head` does.
            Err(Stopped::Writing(WriteError::Io(error)))
                if error.kind() == io::ErrorKind::BrokenPipe =>
            {
                Ok(())
            }
            Err(Stopped::Writing(WriteError::Io(error))) => Err(cannot_write(path, error)),
            Err(Stopped::Writing(error)) => Err(Failure::harness(error)),
            Err(Stopped::Reading(error)) => {
                survey.confirm_file()?;
                Err(Failure::input(self.input.capture.display(), error))
            }
        }?;
        Ok(copied)
    }
}

/// On which side a copy stopped.
enum Stopped {
    Reading(shadowbook_capture::ReadError),
    Writing(WriteError),
}

/// What was written, also when the reader stopped reading.
#[derive(Debug, Default)]
struct Copied {
    commands: u64,
    bytes: u64,
}

/// Counts what goes through it.
struct Counted<'a, W> {
    to: W,
    bytes: &'a mut u64,
}

impl<W: Write> Write for Counted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        *self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn copy(source: &mut dyn Source, to: impl Write, copied: &mut Copied) -> Result<(), Stopped> {
    let io = |error: io::Error| Stopped::Writing(WriteError::Io(error));
    let to = BufWriter::new(Counted { to, bytes: &mut copied.bytes });
    let mut writer = jsonl::Writer::new(to, source.instruments()).map_err(io)?;
    writer.begin_with(source.snapshots()).map_err(io)?;
    let mut batch = Batch::new();
    while source.read(&mut batch).map_err(Stopped::Reading)? {
        writer.append(&batch).map_err(Stopped::Writing)?;
        copied.commands += batch.len() as u64;
    }
    writer.finish().map_err(io)?;
    Ok(())
}
