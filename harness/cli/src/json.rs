//! The machine-readable result: where it goes, and that it is never the one of another run.

#[cfg(unix)]
use std::ffi::OsStr;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::exit::Failure;
use crate::output::{Output, cannot_write, say};
use crate::places::Places;

/// How every result of ours begins, spaces apart, up to the name of its schema.
const BEGINNING: &str = r#"{"schema":"shadowbook/"#;
/// In so many bytes it stands, whatever it was indented by.
const BEGINNING_LIMIT: u64 = 64;

/// What may be done with the place of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum JsonPlace {
    /// Nobody has looked what is there: only an older result is written over.
    #[default]
    Unknown,
    /// No input and no other output is there.
    Free,
    /// It is taken, cannot be written to, or holds the result already.
    Closed,
}

/// The result of a command that has none.
#[derive(Serialize)]
struct ErrorReport {
    schema: &'static str,
    exit_code: u8,
    error: String,
}

impl Output {
    /// Checks that no file of a command is both read and written, and makes room for the result:
    /// if this run is killed, no older result must be taken for its own.
    pub(crate) fn begin(&self, places: &Places) -> Result<(), Failure> {
        self.check(places)?;
        self.place.set(JsonPlace::Free);
        let Some(path) = self.json_path() else { return Ok(()) };
        let is_file = fs::metadata(path).map_or(true, |metadata| metadata.is_file());
        if is_file && let Err(error) = File::create(path) {
            self.place.set(JsonPlace::Closed);
            return Err(cannot_write(path, error));
        }
        Ok(())
    }

    /// The check alone, while not all files are known yet.
    pub(crate) fn check(&self, places: &Places) -> Result<(), Failure> {
        let Some(clash) = places.clash(self.json_path()) else { return Ok(()) };
        self.place.set(if clash.is_json { JsonPlace::Closed } else { JsonPlace::Free });
        Err(Failure::usage(clash))
    }

    /// Writes the result where it was asked for. Only the first result of a run is written.
    pub(crate) fn write_json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let place = self.place.get();
        if self.json.is_none() || place == JsonPlace::Closed {
            return Ok(());
        }
        let mut text = serde_json::to_string_pretty(value).map_err(Failure::harness)?;
        text.push('\n');
        match self.json_path() {
            None => {
                self.place.set(JsonPlace::Closed);
                say(io::stdout(), "standard output", &text)
            }
            Some(path) if place == JsonPlace::Unknown && !is_older_result(path) => Ok(()),
            Some(path) => {
                self.place.set(JsonPlace::Closed);
                fs::write(path, text).map_err(|error| cannot_write(path, error))
            }
        }
    }

    /// Writes why there is no result, unless there is one.
    pub(crate) fn write_failure(&self, failure: &Failure) -> Result<(), Failure> {
        self.write_json(&ErrorReport {
            schema: "shadowbook/error/1",
            exit_code: failure.exit as u8,
            error: failure.to_string(),
        })
    }

    /// Whether the machine has standard output.
    pub(crate) fn json_is_stdout(&self) -> bool {
        self.json.as_deref() == Some(Path::new("-"))
    }

    fn json_path(&self) -> Option<&Path> {
        self.json.as_deref().filter(|_| !self.json_is_stdout())
    }
}

/// Whether nothing but the result of an earlier run is lost by writing there.
fn is_older_result(path: &Path) -> bool {
    match fs::metadata(path) {
        Err(error) => error.kind() == io::ErrorKind::NotFound,
        Ok(metadata) if !metadata.is_file() => true,
        Ok(_) => {
            let mut start = Vec::new();
            let read = File::open(path)
                .and_then(|file| file.take(BEGINNING_LIMIT).read_to_end(&mut start));
            start.retain(|byte| !byte.is_ascii_whitespace());
            read.is_ok() && (start.is_empty() || start.starts_with(BEGINNING.as_bytes()))
        }
    }
}

/// Where a command line that cannot be understood wants its result.
pub(crate) fn path_in(arguments: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let mut arguments = arguments.skip(1).take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        if argument == "--json" {
            return arguments.next().map(PathBuf::from);
        }
        if let Some(path) = argument.as_encoded_bytes().strip_prefix(b"--json=") {
            return path_of(path);
        }
    }
    None
}

/// The end of an argument, which need not be text.
#[cfg(unix)]
fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStrExt;

    Some(PathBuf::from(OsStr::from_bytes(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    std::str::from_utf8(bytes).ok().map(PathBuf::from)
}
