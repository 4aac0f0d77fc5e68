//! A stretch of a stream as people and machines see it: the commands, what both engines answered
//! to each, and their books.

mod json;
mod ladder;
mod screen;
mod words;

use shadowbook_compare::{BookExcerpt, EventList};
use shadowbook_model::{Instrument, InstrumentId};
use shadowbook_replay::{Answer, BookPair, BookView, Scene, Stretch};

pub use self::json::{BooksEntry, EndEntry, ExplainEntry, SceneEntry, StartEntry};
pub use self::screen::{Room, Screen, When};
pub use self::words::reading;
use crate::books::{book, events};
use crate::describe;
use crate::page::{Page, Paint};

/// What a stretch was looked at in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SceneInfo {
    /// The capture as it was named.
    pub capture: String,
    /// The snapshot that it begins with, if that was named apart.
    pub snapshot: Option<String>,
    /// The reference as it was named.
    pub reference: String,
    /// The candidate as it was named, if there is one.
    pub candidate: Option<String>,
    /// The instruments that ids stand for.
    pub instruments: Vec<Instrument>,
}

impl SceneInfo {
    pub(crate) fn instrument(&self, id: InstrumentId) -> &Instrument {
        &self.instruments[id.index()]
    }

    /// What the diff signs mean, where there are any.
    fn signs(&self) -> &'static str {
        if self.candidate.is_some() { " (- reference, + candidate)" } else { "" }
    }
}

/// Of which commands the books are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BooksOf {
    /// Of the one that was asked for, before and after it.
    Spot,
    /// Of all: before the first, and after each.
    All,
}

/// Renders a stretch as text; lines are cut or broken at `width` characters. Colours only when
/// asked for.
#[must_use]
pub fn render(
    info: &SceneInfo,
    stretch: &Stretch,
    books: BooksOf,
    color: bool,
    width: usize,
) -> String {
    let mut page = Page::new(color, width);
    head(&mut page, info, stretch);
    for (index, scene) in stretch.scenes.iter().enumerate() {
        let is_spot = index == stretch.at;
        page.line(Paint::Plain, "");
        title(&mut page, info, scene, is_spot);
        let shows_books = books == BooksOf::All || is_spot;
        if shows_books && (books == BooksOf::Spot || index == 0) {
            show_book(&mut page, info, scene, "before", &scene.before);
        }
        answers(&mut page, info, scene);
        if shows_books {
            show_book(&mut page, info, scene, "after", &scene.after);
        }
        for sentence in reading(scene, info.instrument(scene.book_of)) {
            page.wrapped(Paint::Doubtful, &format!("   · {sentence}"), 2);
        }
    }
    page.text
}

/// What it is about, and where to look first.
fn head(page: &mut Page, info: &SceneInfo, stretch: &Stretch) {
    let spot = &stretch.scenes[stretch.at];
    page.line(Paint::Bold, &words::headline(info, stretch));
    page.line(
        Paint::Plain,
        &format!(
            "  capture     {}, command {} of the stream",
            info.capture,
            crate::page::grouped(spot.position)
        ),
    );
    let engines = match &info.candidate {
        Some(candidate) => format!("{} → {candidate}", info.reference),
        None => format!("{} alone", info.reference),
    };
    page.line(Paint::Plain, &format!("  engines     {engines}"));
    for (name, note) in words::notes(info, stretch) {
        page.wrapped(Paint::Doubtful, &format!("  {name:<12}{note}"), 12);
    }
}

/// The command, marked when it is the one that was asked for.
fn title(page: &mut Page, info: &SceneInfo, scene: &Scene, is_spot: bool) {
    let (sign, paint) = if is_spot { ('>', Paint::Bold) } else { (' ', Paint::Plain) };
    page.wrapped(paint, &format!("{sign} {}", command_line(info, scene)), 4);
}

/// A command with where it stands.
pub(crate) fn command_line(info: &SceneInfo, scene: &Scene) -> String {
    let instrument = info.instrument(scene.command.instrument);
    format!(
        "seq {}  {}  {}",
        scene.command.seq,
        instrument.symbol,
        describe::command(&scene.command, instrument)
    )
}

/// What the engines answered.
pub(crate) fn answers(page: &mut Page, info: &SceneInfo, scene: &Scene) {
    if scene.is_external {
        page.line(Paint::Faint, "   refused by production outside matching, sent to no engine");
        return;
    }
    let instrument = info.instrument(scene.command.instrument);
    let nothing = EventList::default();
    let (signs, theirs) = match &scene.candidate {
        Answer::Absent => ("", &scene.reference),
        Answer::Events(theirs) => (info.signs(), theirs),
        Answer::Died { events, .. } => (info.signs(), events),
        Answer::Dead => (" of the reference: the candidate is gone", &nothing),
    };
    let signs = if scene.events_agree() && scene.candidate != Answer::Dead { "" } else { signs };
    page.line(Paint::Faint, &format!("   events{signs}"));
    let theirs = if scene.candidate == Answer::Dead { &scene.reference } else { theirs };
    events(page, &scene.reference.events, &theirs.events, instrument);
}

/// A book, or both as a diff.
fn show_book(page: &mut Page, info: &SceneInfo, scene: &Scene, when: &str, view: &BookView) {
    let instrument = info.instrument(scene.book_of);
    let of = if scene.book_of == scene.command.instrument {
        String::new()
    } else {
        format!(" of {}", instrument.symbol)
    };
    let alone = |excerpt: &BookExcerpt| BookPair {
        reference: excerpt.clone(),
        candidate: excerpt.clone(),
        differences: Vec::new(),
        omitted: 0,
    };
    match view {
        BookView::Nothing => {
            page.line(Paint::Faint, &format!("   book{of} {when}: no engine shows its book"));
        }
        BookView::Reference(excerpt) => {
            let whose = if info.candidate.is_some() { " in the reference" } else { "" };
            book(page, &format!("{when}{of}{whose}"), &alone(excerpt), instrument);
        }
        BookView::Candidate(excerpt) => {
            let when = format!("{when}{of} in the candidate");
            book(page, &when, &alone(excerpt), instrument);
        }
        BookView::Both(pair) => book(page, &format!("{when}{of}"), pair, instrument),
    }
}
