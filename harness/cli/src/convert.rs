//! A stream of commands into a capture file.

use std::path::Path;

use indicatif::ProgressBar;
use shadowbook_capture::file::{self, Header};
use shadowbook_capture::{Batch, ReadError, Source, Summary, WriteError};

use crate::exit::{Exit, Failure};
use crate::output::cannot_write;

/// Writes everything that a source gives to a capture file at `path`.
///
/// What was written before an error stays there, without an end: every reader says so.
pub(crate) fn convert(
    source: &mut dyn Source,
    from: &str,
    origin: String,
    path: &Path,
    progress: &ProgressBar,
) -> Result<Summary, Failure> {
    let header = Header { instruments: source.instruments().to_vec(), origin };
    let mut writer = file::create(path, &header).map_err(|error| refused(path, error))?;
    let mut batch = Batch::new();
    let read = |error: ReadError| Failure::input(from, error);
    while source.read(&mut batch).map_err(read)? {
        writer.append(&batch).map_err(|error| refused(path, error))?;
        progress.inc(batch.len() as u64);
    }
    progress.finish_and_clear();
    writer.finish().map_err(|error| refused(path, error))
}

fn refused(path: &Path, error: WriteError) -> Failure {
    match error {
        WriteError::Io(error) => cannot_write(path, error),
        // The stream itself is at fault: it falls back in time, or its seq does not rise.
        error => Failure {
            exit: Exit::Input,
            error: anyhow::Error::from(error).context(format!("cannot write {}", path.display())),
        },
    }
}
