//! The smallest flow of each bug as files that people read and engines run.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use shadowbook_capture::{Flow, scan};
use shadowbook_report::{
    ExamplePaths, Provenance, Report, example_jsonl, example_scenario, reading,
};

use crate::engines::EngineName;
use crate::exit::Failure;
use crate::kept::{Answers, answers};
use crate::output::{Output, cannot_write};
use crate::staged::Staged;

/// What the second and the last line of an example's heading begin with: no other file is
/// written over.
const MARKS: [&str; 2] = ["# from ", "# signature "];
/// Within so many first bytes they stand.
const MARKS_WITHIN: u64 = 64 << 10;
/// How a file of commands and expected events ends.
const SCENARIO: &str = "scenario";
/// How the same as JSON lines ends.
const LINES: &str = "jsonl";
/// So many bytes of a name say what it is about.
const SLUG: usize = 72;
/// So many digits of a digest tell one flow from another.
const DIGITS: usize = 8;

/// Where examples go when nobody says.
const FOLDER: &str = "shadowbook-examples";

/// Whether and where the examples of what was found are written.
#[derive(Args, Clone, Debug)]
pub(crate) struct Keeping {
    /// Write the smallest flow of each bug to this folder, as CAPTURE.bug-N.scenario and .jsonl
    /// [default: shadowbook-examples, which is made when there is one]
    #[arg(long, value_name = "FOLDER")]
    examples: Option<PathBuf>,
    /// Write no examples
    #[arg(long, conflicts_with = "examples")]
    no_examples: bool,
}

impl Keeping {
    /// A place for the examples of this capture; `None` where there are to be none.
    pub(crate) fn place(&self, capture: &Path) -> Option<Examples> {
        let folder = self.examples.as_deref().unwrap_or(Path::new(FOLDER));
        let is_asked = self.examples.is_some();
        (!self.no_examples).then(|| Examples { is_asked, ..Examples::of(capture, folder) })
    }
}

/// A folder for the examples of one capture.
#[derive(Clone, Debug)]
pub(crate) struct Examples {
    folder: PathBuf,
    stem: String,
    /// Somebody named the folder: what cannot be written there is an error.
    is_asked: bool,
}

/// An example as text.
struct Told {
    /// What is wrong, in a sentence.
    reading: String,
    /// `None` where it begins with books.
    scenario: Option<String>,
    lines: String,
    /// Of the flow alone, whatever is expected of it.
    digest: String,
}

impl Told {
    /// The example of a bug, with what the reference answers to it; `None` where there is none.
    fn of(report: &Report, bug: usize, reference: EngineName) -> Result<Option<Self>, Failure> {
        let Some(bug) = report.bugs.get(bug) else { return Ok(None) };
        let Some(example) = &bug.example else { return Ok(None) };
        let verdict = &report.verdict;
        let from = Provenance {
            capture: verdict.capture.path.clone(),
            digest: verdict.capture.digest.clone(),
            seq: bug.first.0,
            reference: verdict.reference.engine.clone(),
            candidate: verdict.candidate.engine.clone(),
        };
        let instrument = example.shown.divergence.instrument;
        let Answers { events, book } = answers(reference, &example.flow, instrument)?;
        Ok(Some(Self {
            reading: reading(example),
            scenario: example_scenario(example, &from, &events, book.as_ref()),
            lines: example_jsonl(example, &from, &events),
            digest: digest(&example.flow)?,
        }))
    }
}

impl Examples {
    /// A place for the examples of this capture.
    pub(crate) fn of(capture: &Path, folder: &Path) -> Self {
        let stem = capture.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Self { folder: folder.to_owned(), stem, is_asked: true }
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
        if !self.is_asked {
            return Ok(());
        }
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

    /// The same as [`Self::write_all`]; where nobody asked for files, one that cannot be written is
    /// a warning.
    pub(crate) fn write(
        &self,
        report: &mut Report,
        reference: EngineName,
        output: &Output,
    ) -> Result<(), Failure> {
        match self.write_all(report, reference) {
            // The verdict holds them all the same.
            Err(failure) if !self.is_asked => {
                output.warn(&format!("{failure}; --no-examples writes none"));
                Ok(())
            }
            written => written,
        }
    }

    /// Writes the examples of all bugs in place of those of an earlier run, which would be taken
    /// for theirs, and says in the verdict where they are.
    pub(crate) fn write_all(
        &self,
        report: &mut Report,
        reference: EngineName,
    ) -> Result<(), Failure> {
        if !self.is_asked {
            Self { is_asked: true, ..self.clone() }.check()?;
        }
        let older = self.older()?;
        for path in older.iter().filter(|path| is_example(path)) {
            fs::remove_file(path).map_err(|error| cannot_write(path, error))?;
        }
        (0..report.bugs.len()).try_for_each(|bug| self.write_one(report, bug, reference))
    }

    /// The same of one bug alone.
    pub(crate) fn write_one(
        &self,
        report: &mut Report,
        bug: usize,
        reference: EngineName,
    ) -> Result<(), Failure> {
        let Some(told) = Told::of(report, bug, reference)? else { return Ok(()) };
        let number = bug + 1;
        let place = |ending: &str| self.folder.join(format!("{}.bug-{number}.{ending}", self.stem));
        let scenario = told.scenario.map(|text| put(&place(SCENARIO), &text)).transpose()?;
        let jsonl = put(&place(LINES), &told.lines)?;
        report.set_example_path(bug, ExamplePaths { jsonl, scenario });
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
}

/// Puts the example of a bug where it is replayed ever after, and says where; the same flow is kept
/// once. `None` where there is no example.
pub(crate) fn keep(
    report: &Report,
    bug: usize,
    reference: EngineName,
    folder: &Path,
) -> Result<Option<String>, Failure> {
    let Some(told) = Told::of(report, bug, reference)? else { return Ok(None) };
    let digits: String = told.digest.chars().take(DIGITS).collect();
    if let Some(path) = find(folder, &digits) {
        return Ok(Some(path.display().to_string()));
    }
    let (text, ending) = match told.scenario {
        Some(text) => (text, SCENARIO),
        None => (told.lines, LINES),
    };
    let name = format!("{}-{digits}.{ending}", slug(&told.reading));
    put(&folder.join(name), &text).map(Some)
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
fn put(path: &Path, text: &str) -> Result<String, Failure> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| cannot_write(folder, error))?;
    }
    let (staged, mut file) = Staged::create(path)?;
    file.write_all(text.as_bytes()).map_err(|error| cannot_write(staged.path(), error))?;
    staged.finish()?;
    Ok(path.display().to_string())
}

/// Whether a file says of itself that it was written here.
fn is_example(path: &Path) -> bool {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MARKS_WITHIN).read_to_end(&mut start));
    let text = String::from_utf8_lossy(&start);
    let heading: Vec<&str> = text.lines().take_while(|line| line.starts_with("# ")).collect();
    let is_marked = |mark: &str| heading.iter().any(|line| line.starts_with(mark));
    read.is_ok() && MARKS.into_iter().all(is_marked)
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
