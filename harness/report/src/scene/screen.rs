//! One command of a stretch on a terminal: its neighbours, the books before and after it with the
//! touch in the middle, and what was answered.

use shadowbook_compare::BookExcerpt;
use shadowbook_model::Side;
use shadowbook_replay::{Answer, BookPair, BookView, Scene, Stretch};

use super::ladder::{Ladder, Rows};
use super::{SceneInfo, answers, command_line, reading};
use crate::describe;
use crate::page::{LEAST_WIDTH, Page, Paint, count};

/// From this width on the books before and after stand side by side.
const BOTH_WIDTH: usize = 96;
/// What stands between them.
const BETWEEN: &str = " │ ";

/// Which book a narrow terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// The one before the command.
    Before,
    /// The one after it.
    #[default]
    After,
}

/// How much room there is, and whether for colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// How many characters a line has.
    pub width: usize,
    /// How many lines there are.
    pub height: usize,
    /// Whether to paint.
    pub color: bool,
}

/// What is shown of a stretch.
#[derive(Clone, Copy, Debug)]
pub struct Screen<'a> {
    /// What it is about.
    pub info: &'a SceneInfo,
    /// The stretch.
    pub stretch: &'a Stretch,
    /// The command in it.
    pub at: usize,
    /// Which book, where there is room for one.
    pub when: When,
    /// The last line: what can be done, or what came of it.
    pub status: &'a str,
}

impl Screen<'_> {
    /// The lines of the screen, as many as there is room for at most.
    ///
    /// The touch stands in the same line whatever the command, so that stepping is quiet.
    #[must_use]
    pub fn lines(&self, room: Room) -> Vec<String> {
        let room = Room { width: room.width.max(LEAST_WIDTH), ..room };
        let mut page = Page::new(room.color, room.width);
        page.line(Paint::Bold, &self.title());
        let around = match room.height {
            0..16 => 0,
            16..30 => 1,
            _ => 2,
        };
        self.neighbours(&mut page, around);
        page.line(Paint::Plain, "");
        // The title, the neighbours, two empty lines and the status.
        let left = room.height.saturating_sub(2 * around + 5);
        let books = if matches!(self.scene().after, BookView::Nothing) { 1 } else { left * 3 / 5 };
        self.books(&mut page, room.width, books);
        page.line(Paint::Plain, "");
        let mut lines = lines_of(page);
        let beneath = self.beneath(room);
        let free = room.height.saturating_sub(lines.len() + 1);
        let total = beneath.len();
        let shown = if total <= free { total } else { free.saturating_sub(1) };
        lines.extend(beneath.into_iter().take(shown));
        if shown < total && free > 0 {
            lines.push(format!("   … {}", count((total - shown) as u64, "more line")));
        }
        lines.resize(room.height.saturating_sub(1), String::new());
        let mut status = Page::new(room.color, room.width);
        status.line(Paint::Faint, self.status);
        lines.extend(lines_of(status));
        lines
    }

    fn scene(&self) -> &Scene {
        &self.stretch.scenes[self.at]
    }

    fn title(&self) -> String {
        let engines = match &self.info.candidate {
            Some(candidate) => format!("{} → {candidate}", self.info.reference),
            None => format!("{} alone", self.info.reference),
        };
        let ended = match &self.stretch.candidate_end {
            Some((seq, _)) if *seq < self.scene().command.seq => {
                format!("  (the candidate ended at seq {seq})")
            }
            _ => String::new(),
        };
        format!("{}  {engines}{ended}", self.info.capture)
    }

    /// The command with so many before and after it.
    fn neighbours(&self, page: &mut Page, around: usize) {
        let first = self.at.saturating_sub(around);
        for missing in self.at..around {
            let edge = missing == self.at && !self.stretch.has_before;
            page.line(Paint::Faint, if edge { "  the beginning" } else { "" });
        }
        for index in first..=self.at + around {
            let Some(scene) = self.stretch.scenes.get(index) else {
                let edge = index == self.stretch.scenes.len() && !self.stretch.has_after;
                page.line(Paint::Faint, if edge { "  the end" } else { "" });
                continue;
            };
            let differs = if scene.is_different() { '≠' } else { ' ' };
            let (sign, paint) = match (index == self.at, differs) {
                (true, _) => ('>', Paint::Bold),
                (false, '≠') => (' ', Paint::Doubtful),
                (false, _) => (' ', Paint::Faint),
            };
            page.line(paint, &format!("{sign}{differs} {}", command_line(self.info, scene)));
        }
    }

    /// The books, in so many lines.
    fn books(&self, page: &mut Page, width: usize, height: usize) {
        let scene = self.scene();
        if matches!((&scene.before, &scene.after), (BookView::Nothing, BookView::Nothing)) {
            page.line(Paint::Faint, "  no engine shows its book");
            return;
        }
        if width < BOTH_WIDTH {
            let view = match self.when {
                When::Before => &scene.before,
                When::After => &scene.after,
            };
            page.line(Paint::Faint, &self.heading(self.when, view));
            let ladder = self.ladder(&[view], width);
            for row in ladder.lines(height.saturating_sub(1)) {
                page.painted(&row[0].fit(width, page.is_colored()));
            }
            return;
        }
        let half = (width - BETWEEN.chars().count()) / 2;
        let heads = [(When::Before, &scene.before), (When::After, &scene.after)]
            .map(|(when, view)| pad(&self.heading(when, view), half));
        page.line(Paint::Faint, &format!("{}{BETWEEN}{}", heads[0], heads[1]));
        let ladder = self.ladder(&[&scene.before, &scene.after], half);
        for row in ladder.lines(height.saturating_sub(1)) {
            let sides: Vec<String> =
                row.iter().map(|side| side.fit(half, page.is_colored())).collect();
            page.painted(&sides.join(BETWEEN));
        }
    }

    fn ladder(&self, views: &[&BookView], width: usize) -> Ladder {
        let scene = self.scene();
        let instrument = self.info.instrument(scene.book_of);
        let rows = |side| {
            let of = |view: &&BookView| Rows::of(view, side, &scene.changed, instrument, width);
            views.iter().map(of).collect::<Vec<_>>()
        };
        let last = |view: &&BookView| touch(view, instrument);
        Ladder::new(&rows(Side::Sell), &rows(Side::Buy), views.iter().map(last).collect())
    }

    fn heading(&self, when: When, view: &BookView) -> String {
        let name = match when {
            When::Before => "before",
            When::After => "after",
        };
        let of = if self.scene().book_of == self.scene().command.instrument {
            String::new()
        } else {
            format!(" of {}", self.info.instrument(self.scene().book_of).symbol)
        };
        let facts = |excerpt: &BookExcerpt| {
            let orders = count(excerpt.orders as u64, "order");
            let waiting = match excerpt.untriggered {
                0 => String::new(),
                untriggered => format!(", {untriggered} untriggered"),
            };
            format!("{}, {orders}{waiting}", excerpt.phase)
        };
        match view {
            BookView::Nothing => format!("  {name}{of}: not shown"),
            BookView::Reference(excerpt) if self.info.candidate.is_some() => {
                format!("  {name}{of}, reference only: {}", facts(excerpt))
            }
            BookView::Reference(excerpt) => format!("  {name}{of}: {}", facts(excerpt)),
            BookView::Candidate(excerpt) => {
                format!("  {name}{of}, candidate only: {}", facts(excerpt))
            }
            BookView::Both(BookPair { reference, candidate, .. }) => {
                let mut other = Vec::new();
                if reference.phase != candidate.phase {
                    other.push(candidate.phase.to_string());
                }
                if reference.orders != candidate.orders {
                    other.push(candidate.orders.to_string());
                }
                let candidate = match other.as_slice() {
                    [] => String::new(),
                    other => format!(", candidate {}", other.join(", ")),
                };
                format!("  {name}{of}: {}{candidate}", facts(reference))
            }
        }
    }

    /// What was answered, and what differs.
    fn beneath(&self, room: Room) -> Vec<String> {
        let scene = self.scene();
        let mut page = Page::new(room.color, room.width);
        answers(&mut page, self.info, scene);
        for sentence in reading(scene, self.info.instrument(scene.book_of)) {
            page.wrapped(Paint::Doubtful, &format!("   · {sentence}"), 2);
        }
        if scene.candidate == Answer::Dead
            && let Some((seq, why)) = &self.stretch.candidate_end
        {
            let told = format!("   · the candidate came to its end at seq {seq}: {why}");
            page.wrapped(Paint::Doubtful, &told, 2);
        }
        lines_of(page)
    }
}

/// What stands between asks and bids: the last trade.
fn touch(view: &BookView, instrument: &shadowbook_model::Instrument) -> String {
    let of = |excerpt: &BookExcerpt| describe::optional_price(excerpt.last_trade, instrument);
    let last = match view {
        BookView::Nothing => return String::new(),
        BookView::Reference(excerpt) | BookView::Candidate(excerpt) => of(excerpt),
        BookView::Both(pair) => match (of(&pair.reference), of(&pair.candidate)) {
            (a, b) if a == b => a,
            (a, b) => format!("{a}, candidate {b}"),
        },
    };
    format!("  ── last trade {last} ──")
}

fn pad(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return format!("{text}{}", " ".repeat(width - length));
    }
    let kept: String = text.chars().take(width - 1).collect();
    format!("{kept}…")
}

fn lines_of(page: Page) -> Vec<String> {
    page.text.lines().map(str::to_owned).collect()
}
