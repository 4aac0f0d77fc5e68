//! Bugs as the verdict file holds them.

use serde::Serialize;
use serde_json::value::RawValue;
use shadowbook_capture::jsonl::write_snapshot;
use shadowbook_model::Instrument;
use shadowbook_triage::{Bug, Minimized};

use crate::describe::{command_json, events_json, raw};
use crate::reading::reading;

/// One thing that is wrong with the candidate.
#[derive(Clone, Debug, Serialize)]
pub struct BugEntry {
    /// From 1, by the first root.
    pub number: usize,
    /// What is wrong, in a sentence; `null` where no example shows it.
    pub reading: Option<String>,
    /// How many roots it explains.
    pub roots: u64,
    /// How many of them the allowlist covers.
    pub allowed: u64,
    /// The first of them.
    pub first_seq: u64,
    /// The symbol of its instrument.
    pub instrument: String,
    /// The signatures of its roots, the commonest first.
    pub signatures: Vec<String>,
    /// The smallest flow that shows it; `null` when it could not be shown again.
    pub example: Option<ExampleEntry>,
    /// Why there is no example, or why it may not be the smallest.
    pub note: Option<String>,
    /// Whether it was looked into. What was not may be several bugs, or one of the others.
    pub is_examined: bool,
}

/// The smallest flow that shows a bug. Commands and events have their JSON-lines shape.
#[derive(Clone, Debug, Serialize)]
pub struct ExampleEntry {
    /// How many commands it has.
    pub commands: u64,
    /// Whether nothing can be left out of it.
    pub is_minimal: bool,
    /// How many reruns it took.
    pub reruns: u64,
    /// The JSON-lines file that holds it; `null` where none was written.
    pub path: Option<String>,
    /// The scenario file that holds it; `null` where none was written.
    pub scenario_path: Option<String>,
    /// What the books hold before the first command: `state` and `order` lines.
    pub begins_with: Vec<Box<RawValue>>,
    /// The commands.
    pub list: Vec<Box<RawValue>>,
    /// What the reference answers to the last of them, at most the first thousand events.
    pub reference: Vec<Box<RawValue>>,
    /// What the candidate answers to it, at most the first thousand events.
    pub candidate: Vec<Box<RawValue>>,
}

/// Where the files of an example are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExamplePaths {
    /// The JSON lines.
    pub jsonl: String,
    /// The scenario; there is none of a flow that begins with snapshots.
    pub scenario: Option<String>,
}

/// How many bugs count; none where some were not looked into: then nobody knows.
pub(crate) fn number_of_bugs(bugs: &[Bug], counts: impl Fn(&Bug) -> bool) -> u64 {
    if bugs.iter().all(|bug| bug.is_examined) {
        bugs.iter().filter(|bug| counts(bug)).count() as u64
    } else {
        0
    }
}

impl BugEntry {
    /// How many of its roots no entry of the allowlist covers.
    pub(crate) const fn accusing(&self) -> u64 {
        self.roots.saturating_sub(self.allowed)
    }

    /// The entry for a bug of this number.
    pub(crate) fn of(number: usize, bug: &Bug, instruments: &[Instrument]) -> Self {
        let instrument = instruments.get(bug.instrument.index());
        Self {
            number,
            reading: bug.example.as_ref().map(reading),
            roots: bug.roots,
            allowed: bug.allowed,
            first_seq: bug.first.0,
            instrument: instrument.map_or_else(String::new, |found| found.symbol.clone()),
            signatures: bug.signatures.clone(),
            example: bug.example.as_ref().map(ExampleEntry::of),
            note: bug.note.clone(),
            is_examined: bug.is_examined,
        }
    }
}

impl ExampleEntry {
    fn of(minimized: &Minimized) -> Self {
        let Minimized { flow, shown, is_minimal, reruns, .. } = minimized;
        let divergence = &shown.divergence;
        let events = |list| {
            let instrument = flow.instruments.get(divergence.instrument.index());
            instrument.map_or_else(Vec::new, |found| events_json(list, divergence.seq, found))
        };
        let begins_with = flow.snapshots.iter().flat_map(|snapshot| {
            let mut lines = String::new();
            write_snapshot(&mut lines, snapshot, &flow.instruments);
            lines.lines().map(|line| raw(line.to_owned())).collect::<Vec<_>>()
        });
        Self {
            commands: flow.commands.len() as u64,
            is_minimal: *is_minimal,
            reruns: *reruns,
            path: None,
            scenario_path: None,
            begins_with: begins_with.collect(),
            list: flow.commands.iter().map(|one| command_json(one, &flow.instruments)).collect(),
            reference: events(&divergence.reference),
            candidate: events(&divergence.candidate),
        }
    }
}
