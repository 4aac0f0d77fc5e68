//! A stream of commands into a capture file.

use std::path::Path;

use indicatif::ProgressBar;
use shadowbook_capture::file::{Header, Writer};
use shadowbook_capture::{Batch, ReadError, Source, Summary, WriteError};

use crate::exit::{Exit, Failure};
use crate::output::cannot_write;
use crate::staged::Staged;

/// Writes everything that a source gives to a capture file at `path`.
///
/// It appears there only when it is whole. A killed process leaves a part beside it that has no
/// end, which every reader says.
pub(crate) fn convert(
    source: &mut dyn Source,
    from: &str,
    origin: String,
    path: &Path,
    progress: &ProgressBar,
) -> Result<Summary, Failure> {
    let header = Header { instruments: source.instruments().to_vec(), origin };
    let (staged, file) = Staged::create(path)?;
    let mut writer = Writer::with_snapshots(file, &header, source.snapshots())
        .map_err(|error| refused(staged.path(), error))?;
    let mut batch = Batch::new();
    let read = |error: ReadError| Failure::input(from, error);
    while source.read(&mut batch).map_err(read)? {
        writer.append(&batch).map_err(|error| refused(staged.path(), error))?;
        progress.inc(batch.len() as u64);
    }
    progress.finish_and_clear();
    let summary = writer.finish().map_err(|error| refused(staged.path(), error))?;
    staged.finish()?;
    Ok(summary)
}

fn refused(path: &Path, error: WriteError) -> Failure {
    match error {
        WriteError::Io(error) => cannot_write(path, error),
        // Snapshots that were read are sound: an engine is in a state that it must never be in.
        error @ WriteError::Snapshot(_) => {
            Failure::harness(error).context(format!("cannot write {}", path.display()))
        }
        // The stream itself is at fault: it falls back in time, or its seq does not rise.
        error => Failure {
            exit: Exit::Input,
            error: anyhow::Error::from(error).context(format!("cannot write {}", path.display())),
        },
    }
}
