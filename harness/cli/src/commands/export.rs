//! `export`: a capture as JSON lines.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use shadowbook_capture::{Batch, Source, WriteError, jsonl};

use crate::exit::{Exit, Failure, Outcome};
use crate::input::{Input, Survey};
use crate::output::{Output, cannot_write};
use crate::places::Places;
use crate::staged::Staged;

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
        let survey = self.input.survey(output)?;
        match &self.output {
            Some(path) => {
                let (staged, file) = Staged::create(path)?;
                self.write(&survey, BufWriter::new(file), staged.path())?;
                staged.finish()?;
            }
            None => {
                let stdout = BufWriter::new(io::stdout().lock());
                self.write(&survey, stdout, Path::new("standard output"))?;
            }
        }
        Ok(Exit::Pass)
    }

    fn write(&self, survey: &Survey, to: impl Write, path: &Path) -> Result<(), Failure> {
        let mut capture = self.input.open()?;
        let copied = copy(&mut capture, to);
        match copied {
            Ok(commands) => survey.confirm(commands),
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
        }
    }
}

/// On which side a copy stopped.
enum Stopped {
    Reading(shadowbook_capture::ReadError),
    Writing(WriteError),
}

/// Says how many commands there were.
fn copy(source: &mut dyn Source, to: impl Write) -> Result<u64, Stopped> {
    let io = |error: io::Error| Stopped::Writing(WriteError::Io(error));
    let mut writer = jsonl::Writer::new(to, source.instruments()).map_err(io)?;
    let mut batch = Batch::new();
    let mut commands = 0;
    while source.read(&mut batch).map_err(Stopped::Reading)? {
        writer.append(&batch).map_err(Stopped::Writing)?;
        commands += batch.len() as u64;
    }
    writer.finish().map_err(io)?;
    Ok(commands)
}
