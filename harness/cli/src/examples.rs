//! The smallest flow of each bug as files that people read and engines run.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use shadowbook_capture::{Flow, scan};
use shadowbook_report::{Minimized, Report};
use shadowbook_triage::{Bug, Minimized as Example};

use crate::engines::EngineName;
use crate::exit::Failure;
use crate::kept::Kept;
use crate::output::cannot_write;
use crate::staged::Staged;

/// What a line of the heading begins with, behind the `#`: no other file is written over.
const MARK: &str = "shadowbook/example/1";
/// Within so many first bytes that line stands.
const MARK_WITHIN: u64 = 64 << 10;
/// How a file of commands and expected events ends.
const SCENARIO: &str = "scenario";
/// How the same as JSON lines ends.
const LINES: &str = "jsonl";
/// So many bytes of a name say what it is about.
const SLUG: usize = 72;
/// So many digits of a digest tell one flow from another.
const DIGITS: usize = 8;

/// A folder for the examples of one capture.
#[derive(Clone, Debug)]
pub(crate) struct Examples {
    folder: PathBuf,
    stem: String,
}

/// What was found, and by what.
#[derive(Clone, Copy)]
pub(crate) struct About<'a> {
    /// The run that found it.
    pub(crate) report: &'a Report,
    /// All bugs.
    pub(crate) bugs: &'a [Bug],
    /// The engine whose answers are expected.
    pub(crate) reference: EngineName,
}

/// An example that was written.
#[derive(Debug, Serialize)]
pub(crate) struct Written {
    /// Which bug it shows, from 1.
    pub(crate) bug: usize,
    /// How many commands it has.
    pub(crate) commands: u64,
    /// Whether it shows nothing without any one of them.
    pub(crate) is_minimal: bool,
    /// Commands and expected events; `None` where it begins with books.
    pub(crate) scenario: Option<String>,
    /// The same as a capture.
    pub(crate) lines: Option<String>,
    /// Where it is replayed ever after.
    pub(crate) kept: Option<String>,
}

/// An example with what stands above it.
pub(crate) struct Told {
    kept: Kept,
    heading: Vec<String>,
    digest: String,
}

impl About<'_> {
    /// The example of a bug with what the reference answers to it; `None` where there is none.
    pub(crate) fn tell(&self, index: usize) -> Result<Option<Told>, Failure> {
        let Some(example) = self.bugs.get(index).and_then(|bug| bug.example.as_ref()) else {
            return Ok(None);
        };
        let kept = Kept::answered_by(self.reference, &example.flow)?;
        Ok(Some(Told { kept, heading: self.heading(index), digest: digest(&example.flow)? }))
    }

    /// What is wrong, and where it was found.
    fn heading(&self, index: usize) -> Vec<String> {
        let bug = &self.bugs[index];
        let verdict = &self.report.verdict;
        let symbol = self.report.instruments.get(bug.instrument.index());
        let symbol = symbol.map_or("?", |instrument| &instrument.symbol);
        let (number, count, first) = (index + 1, self.bugs.len(), bug.first);
        let reading = bug.signatures.first().map_or("a divergence", String::as_str);
        let (reference, candidate) = (&verdict.reference.engine, &verdict.candidate.engine);
        let mut heading = vec![
            reading.to_owned(),
            format!("{MARK} of bug {number} of {count}: {}", bug.signatures.join(", ")),
            format!("first at seq {first} on {symbol}, divergences like it: {}", bug.roots),
            format!("found in {} (digest {})", verdict.capture.path, verdict.capture.digest),
            format!("expected is what {reference} answers; {candidate} answers otherwise"),
        ];
        heading.extend(bug.note.clone());
        // A line break within a name must not end the comment.
        let one_line = |line: String| line.replace(|symbol: char| symbol.is_control(), " ");
        heading.into_iter().map(one_line).collect()
    }

    /// Writes the examples of all bugs, in place of those of an earlier run.
    pub(crate) fn write_all(&self, to: &Examples) -> Result<Vec<Written>, Failure> {
        to.clear()?;
        let all: Vec<usize> = (0..self.bugs.len()).collect();
        self.write(to, &all)
    }

    /// Writes the examples of these bugs.
    pub(crate) fn write(&self, to: &Examples, bugs: &[usize]) -> Result<Vec<Written>, Failure> {
        let mut written = Vec::new();
        for &index in bugs {
            let Some(told) = self.tell(index)? else { continue };
            let (scenario, lines) = to.write(index + 1, &told)?;
            let scenario = scenario.map(|path| path.display().to_string());
            let lines = Some(lines.display().to_string());
            written.extend(self.written(index).map(|it| Written { scenario, lines, ..it }));
        }
        Ok(written)
    }

    /// What is to be said of an example, before it is anywhere.
    pub(crate) fn written(&self, index: usize) -> Option<Written> {
        let Example { flow, is_minimal, .. } = self.bugs.get(index)?.example.as_ref()?;
        Some(Written {
            bug: index + 1,
            commands: flow.commands.len() as u64,
            is_minimal: *is_minimal,
            scenario: None,
            lines: None,
            kept: None,
        })
    }
}

/// Says of every divergence where the example of its bug is.
pub(crate) fn attach(report: &mut Report, written: &[Written]) {
    let list = report.verdict.divergences.list.iter_mut();
    for (entry, finding) in list.zip(&report.findings) {
        let of_bug = |written: &&Written| Some(written.bug - 1) == finding.bug;
        let example = written.iter().find(of_bug);
        entry.minimized = example.and_then(|written| {
            Some(Minimized { commands: written.commands, path: written.lines.clone()? })
        });
    }
}

impl Examples {
    /// A place for the examples of this capture.
    pub(crate) fn of(capture: &Path, folder: &Path) -> Self {
        let stem = capture.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { folder: folder.to_owned(), stem }
    }

    /// A place beside others, of captures that may have the same name.
    pub(crate) fn beside(mut self, others: &[Self]) -> Self {
        let stem = self.stem.clone();
        for number in 2_u64.. {
            if others.iter().all(|other| other.stem != self.stem) {
                break;
            }
            self.stem = format!("{stem}-{number}");
        }
        self
    }

    /// Refuses, before the run, what could only fail after it.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        for path in self.older()? {
            if !is_example(&path) {
                return Err(Failure::usage(format!(
                    "cannot write {}: what is there is no example of an earlier run; move it, or \
                     give another folder",
                    path.display()
                )));
            }
        }
        Ok(())
    }

    /// Takes away the examples of an earlier run, which would be taken for those of this one.
    fn clear(&self) -> Result<(), Failure> {
        let older = self.older()?;
        for path in older.iter().filter(|path| is_example(path)) {
            fs::remove_file(path).map_err(|error| cannot_write(path, error))?;
        }
        Ok(())
    }

    /// What lies where examples are to be written.
    fn older(&self) -> Result<Vec<PathBuf>, Failure> {
        let folder = if self.folder.as_os_str().is_empty() { Path::new(".") } else { &self.folder };
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| cannot_write(folder, error))?,
        };
        let mut older = Vec::new();
        for entry in entries {
            let name = entry.map_err(|error| cannot_write(folder, error))?.file_name();
            if name.to_str().is_some_and(|name| self.is_name(name)) {
                older.push(self.folder.join(name));
            }
        }
        older.sort();
        Ok(older)
    }

    /// Whether a file is called like an example of this capture.
    fn is_name(&self, name: &str) -> bool {
        let number = name.strip_prefix(&self.stem).and_then(|rest| rest.strip_prefix(".bug-"));
        let number = number.and_then(|rest| rest.split_once('.'));
        number.is_some_and(|(number, ending)| {
            number.parse::<u64>().is_ok() && [SCENARIO, LINES].contains(&ending)
        })
    }

    fn write(&self, bug: usize, told: &Told) -> Result<(Option<PathBuf>, PathBuf), Failure> {
        let place = |ending: &str| self.folder.join(format!("{}.bug-{bug}.{ending}", self.stem));
        let scenario = told.kept.scenario(&told.heading);
        let scenario = scenario.map(|text| put(&place(SCENARIO), &text));
        let lines = put(&place(LINES), &told.lines()?)?;
        Ok((scenario.transpose()?, lines))
    }
}

impl Told {
    fn lines(&self) -> Result<String, Failure> {
        self.kept.lines(&self.heading).map_err(Failure::harness)
    }

    /// Puts it where it is replayed ever after; the same flow is kept once.
    pub(crate) fn keep(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let digits: String = self.digest.chars().take(DIGITS).collect();
        if let Some(path) = find(folder, &digits) {
            return Ok(path);
        }
        let slug = slug(self.heading.first().map_or("", String::as_str));
        let (text, ending) = match self.kept.scenario(&self.heading) {
            Some(text) => (text, SCENARIO),
            None => (self.lines()?, LINES),
        };
        put(&folder.join(format!("{slug}-{digits}.{ending}")), &text)
    }
}

/// The file of a folder whose name ends in these digits.
fn find(folder: &Path, digits: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    let ending = format!("-{digits}");
    paths.into_iter().find(|path| {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        stem.is_some_and(|stem| stem.ends_with(&ending))
    })
}

/// Of the flow alone, whatever is expected of it.
fn digest(flow: &Flow) -> Result<String, Failure> {
    let summary = scan(&mut Arc::new(flow.clone()).stream()).map_err(Failure::harness)?;
    Ok(summary.digest.to_string())
}

/// Words as a part of a file name.
fn slug(words: &str) -> String {
    let mut slug = String::new();
    for word in words.split(|symbol: char| !symbol.is_ascii_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        if slug.len() + word.len() > SLUG {
            break;
        }
        slug += if slug.is_empty() { "" } else { "-" };
        slug += &word.to_ascii_lowercase();
    }
    if slug.is_empty() { "example".to_owned() } else { slug }
}

/// Writes a whole file, in a folder that is made where it is not there.
fn put(path: &Path, text: &str) -> Result<PathBuf, Failure> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    }
    let (staged, mut file) = Staged::create(path)?;
    file.write_all(text.as_bytes()).map_err(|error| cannot_write(staged.path(), error))?;
    staged.finish()?;
    Ok(path.to_owned())
}

/// Whether a file says of itself that it was written here.
fn is_example(path: &Path) -> bool {
    let mut start = String::new();
    let read = File::open(path).and_then(|file| file.take(MARK_WITHIN).read_to_string(&mut start));
    let mut heading = start.lines().map_while(|line| line.strip_prefix("# "));
    read.is_ok() && heading.any(|line| line.starts_with(MARK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_is_about() {
        for (words, expected) in [
            ("events/new/fill.maker+maker_open", "events-new-fill-maker-maker-open"),
            (
                "The candidate fills order 4 before 3: older",
                "the-candidate-fills-order-4-before-3-older",
            ),
            (" ../", "example"),
        ] {
            assert_eq!(slug(words), expected);
        }
        assert!(slug(&"word ".repeat(100)).len() <= SLUG + 14);
    }

    #[test]
    fn examples_of_two_captures_of_one_name_have_two() {
        let examples = |path: &str| Examples::of(Path::new(path), Path::new("out"));
        let first = examples("a/day.sbk");
        let second = examples("b/day.sbk").beside(std::slice::from_ref(&first));
        assert_eq!((&*first.stem, &*second.stem), ("day", "day-2"));
        assert!(first.is_name("day.bug-1.jsonl") && first.is_name("day.bug-12.scenario"));
        for other in ["day.bug-1.sbk", "day.bug-x.jsonl", "day.jsonl", "day-2.bug-1.jsonl"] {
            assert!(!first.is_name(other), "{other}");
        }
    }
}
