//! Opens captures, says what is in them without reading more than is needed, and watches that
//! they stay what they were.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use clap::Args;
use shadowbook_capture::{Capture, InputError, Position, ReadError, Summary};
use shadowbook_report::TornEntry;

use crate::exit::{Exit, Failure};
use crate::output::Output;
use crate::places::FileId;

/// No file that a person has written is longer, in bytes.
const SMALL_LIMIT: u64 = 16 << 20;

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

/// What is known of a capture before it is used.
#[derive(Debug)]
pub(crate) struct Survey {
    /// What is in it.
    pub(crate) summary: Summary,
    /// Where it ends early, if it does.
    pub(crate) torn: Option<TornEntry>,
    path: PathBuf,
    identity: Identity,
}

/// What a file no longer has when it was written to, or replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Identity {
    length: u64,
    /// Not every system knows it.
    modified: Option<SystemTime>,
    file: FileId,
}

impl Input {
    /// Opens the capture from its beginning.
    pub(crate) fn open(&self) -> Result<Capture, Failure> {
        open(&self.capture)
    }

    /// Opens the capture and says what is in it; refuses one that ends early, unless allowed to
    /// use the rest.
    pub(crate) fn survey(&self, output: &Output) -> Result<Survey, Failure> {
        let identity = Identity::of(&self.capture)?;
        let capture = self.open()?;
        let torn = torn_tail(&capture);
        if let Some(torn) = &torn {
            let told = torn.describe(&self.capture.display().to_string());
            if !self.allow_torn {
                let hint = "use --allow-torn to take what can be read";
                return Err(Failure::unreadable(format!("{told}; {hint}")));
            }
            output.warn(&told);
        }
        let summary = summarize(&self.capture, capture)?;
        Ok(Survey { summary, torn, path: self.capture.clone(), identity })
    }
}

impl Survey {
    /// Makes sure, after a run that saw so many commands, that it saw what was surveyed.
    pub(crate) fn confirm(&self, commands: u64) -> Result<(), Failure> {
        self.confirm_file()?;
        if commands == self.summary.commands { Ok(()) } else { Err(changed(&self.path)) }
    }

    /// Makes sure that the file is still the one that was surveyed.
    pub(crate) fn confirm_file(&self) -> Result<(), Failure> {
        let is_same = Identity::of(&self.path).is_ok_and(|now| now == self.identity);
        if is_same { Ok(()) } else { Err(changed(&self.path)) }
    }
}

impl Identity {
    /// Refuses, before a byte is read, what can be read only once.
    fn of(path: &Path) -> Result<Self, Failure> {
        let metadata = std::fs::metadata(path)
            .map_err(|error| Failure::input(path.display(), error.into()))?;
        if !metadata.is_file() {
            return Err(Failure::unreadable(format!(
                "cannot read {}: it is not a regular file, and it is read more than once; write \
                 it to a file first",
                path.display()
            )));
        }
        let file = FileId::of(path, &metadata);
        Ok(Self { length: metadata.len(), modified: metadata.modified().ok(), file })
    }
}

fn changed(path: &Path) -> Failure {
    Failure::unreadable(format!(
        "cannot read {}: it changed while it was read; wait until nobody writes to it, or copy it",
        path.display()
    ))
}

/// Refuses what is no regular file, before it is read for the first of several times.
pub(crate) fn insist_on_file(path: &Path) -> Result<(), Failure> {
    Identity::of(path).map(drop)
}

/// Reads a file that a person has written, such as a configuration. What has no end, and what
/// nobody writes by hand, is not read.
pub(crate) fn read_small(path: &Path) -> Result<Vec<u8>, Failure> {
    let refused = |problem: &str| {
        Err(Failure::unreadable(format!("cannot read {}: {problem}", path.display())))
    };
    let unread = |error: std::io::Error| Failure::input(path.display(), error.into());
    // Not opened before: a pipe would be waited for.
    if !std::fs::metadata(path).map_err(unread)?.is_file() {
        return refused("it is not a regular file");
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unread)?;
    file.take(SMALL_LIMIT + 1).read_to_end(&mut bytes).map_err(unread)?;
    if bytes.len() as u64 > SMALL_LIMIT {
        return refused("it has more than 16 MiB");
    }
    Ok(bytes)
}

/// The same of a text that says what is to be done: it is wrong usage when it cannot be read.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let wrong = |failure: Failure| Failure { exit: Exit::Usage, ..failure };
    let bytes = read_small(path).map_err(wrong)?;
    String::from_utf8(bytes).map_err(|_| {
        Failure::usage(format!("cannot read {}: it is not text (UTF-8)", path.display()))
    })
}

/// Opens a capture from its beginning.
pub(crate) fn open(path: &Path) -> Result<Capture, Failure> {
    let input = |error: ReadError| Failure::input(path.display(), error);
    // Without a single byte it is more likely a failed copy than a day on which nothing happened.
    if Identity::of(path)?.length == 0 {
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
fn torn_tail(capture: &Capture) -> Option<TornEntry> {
    match capture {
        Capture::File(reader) => reader.torn_tail().map(TornEntry::from),
        Capture::Lines(_) | Capture::Snapshot(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}
{"type":"time","seq":1,"time_ns":1,"instrument":"X"}
"#;

    #[test]
    fn a_file_that_is_written_to_or_replaced_is_another() {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let path = folder.path().join("day.jsonl");
        let write = |text: &str| std::fs::write(&path, text).expect("it can be written");
        let survey = || {
            write(LINES);
            let input = Input { capture: path.clone(), allow_torn: false };
            input.survey(&Output::default()).expect("it can be read")
        };
        let told = |result: Result<(), Failure>| result.expect_err("it changed").to_string();
        survey().confirm(1).expect("nothing changed");
        assert!(told(survey().confirm(2)).contains("changed while it was read"));

        let before = survey();
        write(&format!("{LINES}\n"));
        assert!(told(before.confirm(1)).contains("changed while it was read"));

        let before = survey();
        let other = folder.path().join("other");
        std::fs::copy(&path, &other).expect("it can be copied");
        let modified = std::fs::metadata(&path).and_then(|metadata| metadata.modified());
        let file = std::fs::File::options().write(true).open(&other).expect("it is there");
        file.set_modified(modified.expect("there is a time")).expect("it is ours");
        std::fs::rename(&other, &path).expect("it can be moved");
        assert_eq!(before.confirm(1).is_err(), cfg!(unix), "only its number is another");

        let before = survey();
        std::fs::remove_file(&path).expect("it is there");
        assert!(told(before.confirm(1)).contains("changed while it was read"));
    }
}
