//! `export`: a capture as JSON lines.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use shadowbook_capture::{Batch, Source, WriteError, jsonl};

use crate::exit::{Exit, Failure, Outcome};
use crate::input::Input;
use crate::output::{Output, create};

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
        self.input.survey(output)?;
        match &self.output {
            Some(path) => self.write(create(path)?),
            None => self.write(io::BufWriter::new(io::stdout().lock())),
        }
    }

    fn write(&self, to: impl Write) -> Outcome {
        let mut capture = self.input.open()?;
        match copy(&mut capture, to) {
            Ok(()) => Ok(Exit::Pass),
            Err(Stopped::Reading(error)) => {
                Err(Failure::input(self.input.capture.display(), error))
            }
            // Whoever reads may stop reading, as `head` does.
            Err(Stopped::Writing(WriteError::Io(error)))
                if error.kind() == io::ErrorKind::BrokenPipe =>
            {
                Ok(Exit::Pass)
            }
            Err(Stopped::Writing(error)) => Err(Failure::harness(error)),
        }
    }
}

/// On which side a copy stopped.
enum Stopped {
    Reading(shadowbook_capture::ReadError),
    Writing(WriteError),
}

fn copy(source: &mut dyn Source, to: impl Write) -> Result<(), Stopped> {
    let io = |error: io::Error| Stopped::Writing(WriteError::Io(error));
    let mut writer = jsonl::Writer::new(to, source.instruments()).map_err(io)?;
    let mut batch = Batch::new();
    while source.read(&mut batch).map_err(Stopped::Reading)? {
        writer.append(&batch).map_err(Stopped::Writing)?;
    }
    writer.finish().map_err(io)?;
    Ok(())
}
