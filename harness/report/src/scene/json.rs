//! The same for machines.

use serde::Serialize;
use serde_json::value::RawValue;
use shadowbook_capture::jsonl::write_book_line;
use shadowbook_compare::EventList;
use shadowbook_model::{Instrument, OrderState};
use shadowbook_replay::{Answer, BookView, Scene, Stretch};

use super::{SceneInfo, reading};
use crate::describe::{book_difference, command_json, events_json};
use crate::verdict::TornEntry;

/// At most this many differences of a book are told in words.
const DIFFERENCES: usize = 10;

/// A stretch of a stream.
#[derive(Clone, Debug, Serialize)]
pub struct ExplainEntry {
    /// The version of this form.
    pub schema: &'static str,
    /// The capture as it was named.
    pub capture: String,
    /// Where it ends early, if it does.
    pub torn: Option<TornEntry>,
    /// The reference.
    pub reference: String,
    /// The candidate, if there is one.
    pub candidate: Option<String>,
    /// The command that was asked for.
    pub at: u64,
    /// How the engines came to what the stream begins with, if it begins with something.
    pub restored: Option<StartEntry>,
    /// Where and how the candidate came to its end, if it did so no later than the last command.
    pub ended: Option<EndEntry>,
    /// Whether others come before the commands shown.
    pub has_before: bool,
    /// Whether others come after them.
    pub has_after: bool,
    /// The commands.
    pub commands: Vec<SceneEntry>,
}

/// How the engines came to what a stream begins with.
#[derive(Clone, Debug, Serialize)]
pub struct StartEntry {
    /// The snapshot as it was named; `null` when the capture itself begins with it.
    pub snapshot: Option<String>,
    /// How many live orders it has.
    pub orders: u64,
    /// `natively` or `by-commands`.
    pub reference: &'static str,
    /// The same of the candidate; `null` without one.
    pub candidate: Option<&'static str>,
    /// What of it was lost, in words.
    pub lost: Vec<String>,
}

/// The end of a candidate.
#[derive(Clone, Debug, Serialize)]
pub struct EndEntry {
    /// The command.
    pub seq: u64,
    /// How it ended.
    pub detail: String,
}

/// One command. Command, events and orders have their JSON-lines shape.
#[derive(Clone, Debug, Serialize)]
pub struct SceneEntry {
    /// Where in the stream.
    pub seq: u64,
    /// The symbol of its instrument.
    pub instrument: String,
    /// Which command of the stream it is, from 1.
    pub position: u64,
    /// Production refused it outside matching, so that no engine was sent it.
    pub external: bool,
    /// The command.
    pub command: Box<RawValue>,
    /// What the reference answered, at most the first thousand events.
    pub reference: Vec<Box<RawValue>>,
    /// What the candidate answered; `null` without one, and once it has come to its end.
    pub candidate: Option<Vec<Box<RawValue>>>,
    /// Whether events differ, or the books in another way than before.
    pub different: bool,
    /// What differs, in sentences.
    pub differences: Vec<String>,
    /// The books before it.
    pub before: BooksEntry,
    /// The books after it.
    pub after: BooksEntry,
}

/// The books of one instrument around the touch and where they differ, as book lines.
#[derive(Clone, Debug, Serialize)]
pub struct BooksEntry {
    /// The symbol of the instrument.
    pub instrument: String,
    /// Of the reference; `null` where it cannot be seen.
    pub reference: Option<Vec<Box<RawValue>>>,
    /// Of the candidate; `null` where it cannot be seen.
    pub candidate: Option<Vec<Box<RawValue>>>,
    /// How the whole books differ, in sentences.
    pub book_differences: Vec<String>,
}

impl ExplainEntry {
    /// The entry for a stretch.
    #[must_use]
    pub fn of(info: &SceneInfo, stretch: &Stretch, torn: Option<TornEntry>) -> Self {
        let end = stretch.candidate_end.as_ref();
        let start = stretch.restored.as_ref().map(|restored| StartEntry {
            snapshot: info.snapshot.clone(),
            orders: restored.orders,
            reference: restored.reference.name(),
            candidate: info.candidate.as_ref().map(|_| restored.candidate.name()),
            lost: restored.lost.iter().map(ToString::to_string).collect(),
        });
        Self {
            schema: "shadowbook/explain/1",
            capture: info.capture.clone(),
            torn,
            reference: info.reference.clone(),
            candidate: info.candidate.clone(),
            at: stretch.scenes[stretch.at].command.seq.0,
            restored: start,
            ended: end.map(|(seq, why)| EndEntry { seq: seq.0, detail: why.clone() }),
            has_before: stretch.has_before,
            has_after: stretch.has_after,
            commands: stretch.scenes.iter().map(|scene| SceneEntry::of(info, scene)).collect(),
        }
    }
}

impl SceneEntry {
    fn of(info: &SceneInfo, scene: &Scene) -> Self {
        let instrument = info.instrument(scene.command.instrument);
        let seq = scene.command.seq;
        let events = |list: &EventList| events_json(list, seq, instrument);
        let book_of = info.instrument(scene.book_of);
        Self {
            seq: seq.0,
            instrument: instrument.symbol.clone(),
            position: scene.position,
            external: scene.is_external,
            command: command_json(&scene.command, &info.instruments),
            reference: events(&scene.reference),
            candidate: match &scene.candidate {
                Answer::Absent | Answer::Dead => None,
                Answer::Events(list) | Answer::Died { events: list, .. } => Some(events(list)),
            },
            different: scene.is_different(),
            differences: reading(scene, book_of),
            before: BooksEntry::of(&scene.before, &scene.orders_before, book_of),
            after: BooksEntry::of(&scene.after, &scene.orders_after, book_of),
        }
    }
}

impl BooksEntry {
    fn of(view: &BookView, orders: &[Vec<OrderState>; 2], instrument: &Instrument) -> Self {
        let shown = match view {
            BookView::Nothing => [false, false],
            BookView::Reference(_) => [true, false],
            BookView::Candidate(_) => [false, true],
            BookView::Both(_) => [true, true],
        };
        let lines = |engine: usize| {
            shown[engine].then(|| orders[engine].iter().map(|it| line(it, instrument)).collect())
        };
        let differences = view.differences().iter().take(DIFFERENCES);
        Self {
            instrument: instrument.symbol.clone(),
            reference: lines(0),
            candidate: lines(1),
            book_differences: differences.map(|it| book_difference(it, instrument)).collect(),
        }
    }
}

fn line(order: &OrderState, instrument: &Instrument) -> Box<RawValue> {
    let mut text = String::new();
    write_book_line(&mut text, order, instrument);
    RawValue::from_string(text.trim_end().to_owned()).expect("a JSON line is JSON")
}
