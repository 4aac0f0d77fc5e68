//! What is to be seen, in sentences.

use shadowbook_compare::{BookDifference, DivergenceKind, name_difference};
use shadowbook_model::{Event, Instrument};
use shadowbook_replay::{Answer, BookView, Scene, Stretch};

use super::SceneInfo;
use crate::describe::{self, book_difference};

/// At most this many differences of a book are told of one command.
const DIFFERENCES: usize = 8;

/// What differs between the engines by one command, a sentence for each.
#[must_use]
pub fn reading(scene: &Scene, instrument: &Instrument) -> Vec<String> {
    let mut sentences = Vec::new();
    match &scene.candidate {
        Answer::Died { why, .. } => sentences.push(format!("the candidate ends here: {why}")),
        Answer::Events(theirs) if !scene.events_agree() => {
            sentences.push(events(&scene.reference.events, &theirs.events, instrument));
        }
        Answer::Absent | Answer::Dead | Answer::Events(_) => {}
    }
    sentences.extend(books(&scene.before, &scene.after, instrument));
    sentences
}

fn events(ours: &[Event], theirs: &[Event], instrument: &Instrument) -> String {
    let same = ours
        .iter()
        .zip(theirs)
        .take_while(|(a, b)| shadowbook_compare::is_same_event(a, b))
        .count();
    let said = |event: &Event| {
        let text = describe::event(event, instrument);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let (a, b) = (ours.get(same).map(said), theirs.get(same).map(said));
    match (name_difference(ours, theirs).0, a, b) {
        (DivergenceKind::EventOrder, Some(a), Some(b)) => {
            format!("the same events in another order: first {a}, in the candidate first {b}")
        }
        (DivergenceKind::MissingEvent, Some(a), _) => format!("the candidate leaves out: {a}"),
        (DivergenceKind::ExtraEvent, _, Some(b)) => format!("the candidate adds: {b}"),
        (_, Some(a), Some(b)) => format!("the reference says: {a}; the candidate: {b}"),
        (_, Some(a), None) => format!("the candidate leaves out: {a}"),
        (_, None, Some(b)) => format!("the candidate adds: {b}"),
        (_, None, None) => "the lists of events go on differently".to_owned(),
    }
}

fn books(before: &BookView, after: &BookView, instrument: &Instrument) -> Vec<String> {
    let (old, new) = (before.differences(), after.differences());
    if new.is_empty() {
        return match (old, after) {
            ([], _) | (_, BookView::Nothing | BookView::Reference(_)) => Vec::new(),
            _ => vec!["the books are equal again".to_owned()],
        };
    }
    if new == old {
        return vec!["the books differ as they did before".to_owned()];
    }
    let begun: Vec<&BookDifference> = new.iter().filter(|it| !old.contains(it)).collect();
    let words = if old.is_empty() { "the books part" } else { "the books differ" };
    let mut sentences: Vec<String> = begun
        .iter()
        .take(DIFFERENCES)
        .map(|difference| format!("{words}: {}", book_difference(difference, instrument)))
        .collect();
    if begun.is_empty() {
        sentences.push("the books differ in less than before".to_owned());
    }
    if let more @ 1.. = begun.len().saturating_sub(DIFFERENCES) {
        sentences.push(format!("the books differ in {more} more ways"));
    }
    sentences
}

/// What a stretch comes to, in a line.
pub(super) fn headline(info: &SceneInfo, stretch: &Stretch) -> String {
    let spot = &stretch.scenes[stretch.at];
    let seq = spot.command.seq;
    let symbol = &info.instrument(spot.command.instrument).symbol;
    format!("seq {seq}, {symbol}: {}", what_differs(info, stretch))
}

fn what_differs(info: &SceneInfo, stretch: &Stretch) -> String {
    if info.candidate.is_none() {
        return "one engine, nothing to compare".to_owned();
    }
    let first = &stretch.scenes[0];
    if !first.before.differences().is_empty() {
        return "the books differ already before the first command shown".to_owned();
    }
    if first.candidate == Answer::Dead {
        return "the candidate came to its end before".to_owned();
    }
    let found = stretch.scenes.iter().find(|scene| scene.is_different());
    let Some(scene) = found else {
        return "nothing differs in the commands shown".to_owned();
    };
    let what = match (&scene.candidate, scene.events_agree()) {
        (Answer::Died { .. }, _) => "the candidate ends",
        (_, false) => "the events differ first",
        (_, true) => "the books part silently",
    };
    if scene.position == stretch.scenes[stretch.at].position {
        format!("{what} at this command")
    } else {
        format!("{what} at seq {}", scene.command.seq)
    }
}

/// What whoever looks has to know beside it, each with a name.
pub(super) fn notes(info: &SceneInfo, stretch: &Stretch) -> Vec<(&'static str, String)> {
    let mut notes = Vec::new();
    if let Some(restored) = &stretch.restored {
        let lost: Vec<String> = restored.lost.iter().map(ToString::to_string).collect();
        let lost = if lost.is_empty() {
            "nothing lost".to_owned()
        } else {
            format!("lost: {}", lost.join(", "))
        };
        let orders = crate::page::count(restored.orders, "order");
        let how = restored.reference.name().replace('-', " ");
        notes.push(("restored", format!("{orders} from before, {how}, {lost}")));
    }
    if let Some((seq, why)) = &stretch.candidate_end {
        notes.push(("candidate", format!("came to its end at seq {seq}: {why}")));
    }
    let spot = &stretch.scenes[stretch.at];
    let unseen = match (&spot.before, info.candidate.is_some()) {
        (BookView::Nothing, true) => {
            Some("neither engine shows its book, only events are compared")
        }
        (BookView::Nothing, false) => Some("the engine does not show its book"),
        (BookView::Reference(_), true) if spot.candidate != Answer::Dead => {
            Some("the candidate does not show its book, only events are compared")
        }
        (BookView::Candidate(_), true) => {
            Some("the reference does not show its book, only events are compared")
        }
        _ => None,
    };
    notes.extend(unseen.map(|note| ("books", note.to_owned())));
    notes
}
