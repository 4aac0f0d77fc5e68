//! Opens captures, and says what is in them without reading more than is needed.

use std::path::{Path, PathBuf};

use clap::Args;
use shadowbook_capture::file::TornTail;
use shadowbook_capture::{Capture, InputError, Position, ReadError, Summary};

use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Which capture is read.
#[derive(Args, Clone, Debug)]
pub(crate) struct Input {
    /// A capture file or JSON lines; which one is told by its first bytes
    #[arg(value_name = "CAPTURE")]
    pub(crate) capture: PathBuf,
    /// Use what can be read of a capture whose writer was killed, instead of refusing it
    #[arg(long)]
    pub(crate) allow_torn: bool,
}

impl Input {
    /// Opens the capture from its beginning.
    pub(crate) fn open(&self) -> Result<Capture, Failure> {
        open(&self.capture)
    }

    /// Opens the capture and says what is in it; refuses one that ends early, unless allowed to
    /// use the rest.
    pub(crate) fn survey(&self, output: &Output) -> Result<Summary, Failure> {
        let capture = self.open()?;
        if let Some(torn) = torn_tail(&capture) {
            let told = describe(&self.capture, torn);
            if !self.allow_torn {
                let hint = "use --allow-torn to take what can be read";
                let error = anyhow::anyhow!("{told}; {hint}");
                return Err(Failure { exit: Exit::Input, error });
            }
            output.tell(&format!("warning: {told}\n"))?;
        }
        summarize(&self.capture, capture)
    }
}

/// Opens a capture from its beginning.
pub(crate) fn open(path: &Path) -> Result<Capture, Failure> {
    let input = |error: ReadError| Failure::input(path.display(), error);
    let metadata = std::fs::metadata(path).map_err(|error| input(error.into()))?;
    // Without a single byte it is more likely a failed copy than a day on which nothing happened.
    if metadata.is_file() && metadata.len() == 0 {
        let expected = "a capture file or JSON lines";
        return Err(input(InputError::expected(Position::Offset(0), "", expected).into()));
    }
    shadowbook_capture::open(path).map_err(input)
}

/// What is in a capture: from the footer where there is one, else by reading all of it.
pub(crate) fn summarize(path: &Path, mut capture: Capture) -> Result<Summary, Failure> {
    if let Capture::File(reader) = &capture
        && let Some(summary) = reader.summary()
    {
        return Ok(summary.clone());
    }
    shadowbook_capture::scan(&mut capture).map_err(|error| Failure::input(path.display(), error))
}

/// Where and why a capture ends early, if it does.
pub(crate) fn torn_tail(capture: &Capture) -> Option<&TornTail> {
    match capture {
        Capture::File(reader) => reader.torn_tail(),
        Capture::Lines(_) => None,
    }
}

/// Says in words that a capture ends early.
pub(crate) fn describe(path: &Path, torn: &TornTail) -> String {
    let TornTail { offset, bytes, reason } = torn;
    format!(
        "{} ends early: {bytes} bytes from offset {offset} on cannot be used ({reason})",
        path.display()
    )
}
