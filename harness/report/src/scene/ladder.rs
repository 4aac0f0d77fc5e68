//! Books as rows of levels, laid side by side with the touch in the middle.

use std::collections::{BTreeMap, BTreeSet};

use shadowbook_compare::{BookExcerpt, LevelExcerpt};
use shadowbook_model::{Instrument, OrderId, Price, Quantity, Side};
use shadowbook_replay::{BookPair, BookView};

use crate::describe;
use crate::page::{Paint, count};

/// How wide a price is.
const PRICE_WIDTH: usize = 12;
/// What stands where orders of a queue are left out.
const GAP: &str = "…";

/// A line of one book, in pieces that are painted differently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row(Vec<(Paint, String)>);

impl Row {
    /// The line, exactly this wide.
    pub(super) fn fit(&self, width: usize, color: bool) -> String {
        let mut line = String::new();
        let mut left = width;
        for (paint, text) in &self.0 {
            let kept: String = text.chars().take(left).collect();
            left -= kept.chars().count();
            line += &paint.apply(&kept, color);
        }
        line + &" ".repeat(left)
    }
}

/// Where a level stands, counted from the touch: market orders first.
type Distance = i128;

/// The rows of one side of a book, or of both books as a diff.
pub(super) struct Rows(BTreeMap<Distance, Vec<Row>>);

impl Rows {
    pub(super) fn of(
        view: &BookView,
        side: Side,
        changed: &[BTreeSet<OrderId>; 2],
        instrument: &Instrument,
        width: usize,
    ) -> Self {
        let writer = Writer { side, instrument, width };
        let mut rows = BTreeMap::new();
        let alone = |excerpt: &BookExcerpt, changed: &BTreeSet<OrderId>| {
            let levels = levels(excerpt, side).iter();
            let row = |level: &LevelExcerpt| writer.row(' ', level, changed, None);
            levels.map(|level| (distance(side, level.price), vec![row(level)])).collect()
        };
        match view {
            BookView::Nothing => {}
            BookView::Reference(excerpt) => rows = alone(excerpt, &changed[0]),
            BookView::Candidate(excerpt) => rows = alone(excerpt, &changed[1]),
            BookView::Both(pair) => writer.both(pair, changed, &mut rows),
        }
        Self(rows)
    }
}

fn levels(excerpt: &BookExcerpt, side: Side) -> &[LevelExcerpt] {
    match side {
        Side::Buy => &excerpt.bids,
        Side::Sell => &excerpt.asks,
    }
}

fn distance(side: Side, price: Option<Price>) -> Distance {
    match (price, side) {
        (None, _) => Distance::MIN,
        (Some(Price(price)), Side::Buy) => -Distance::from(price),
        (Some(Price(price)), Side::Sell) => Distance::from(price),
    }
}

/// Writes the rows of one side.
struct Writer<'a> {
    side: Side,
    instrument: &'a Instrument,
    width: usize,
}

impl Writer<'_> {
    fn both(
        &self,
        pair: &BookPair,
        changed: &[BTreeSet<OrderId>; 2],
        rows: &mut BTreeMap<Distance, Vec<Row>>,
    ) {
        let (ours, theirs) =
            (levels(&pair.reference, self.side), levels(&pair.candidate, self.side));
        let at = |levels: &[LevelExcerpt], price| {
            levels.iter().find(|level| level.price == price).cloned()
        };
        for price in ours.iter().chain(theirs).map(|level| level.price) {
            let (a, b) = (at(ours, price), at(theirs, price));
            let lines = match (&a, &b) {
                (Some(a), Some(b)) if a.queue == b.queue && a.open == b.open => {
                    let either = changed[0].union(&changed[1]).copied().collect();
                    vec![self.row(' ', a, &either, None)]
                }
                _ => {
                    let one = a.iter().map(|one| self.row('-', one, &changed[0], b.as_ref()));
                    let other = b.iter().map(|one| self.row('+', one, &changed[1], a.as_ref()));
                    one.chain(other).collect()
                }
            };
            rows.insert(distance(self.side, price), lines);
        }
    }

    /// A level; what the command changed stands in brackets.
    fn row(
        &self,
        sign: char,
        level: &LevelExcerpt,
        changed: &BTreeSet<OrderId>,
        other: Option<&LevelExcerpt>,
    ) -> Row {
        let (paint, strong) = match sign {
            '-' => (Paint::Reference, Paint::Bad),
            '+' => (Paint::Candidate, Paint::Good),
            _ => (Paint::Plain, Paint::Bold),
        };
        let price = level
            .price
            .map_or_else(|| "market".to_owned(), |price| describe::price(price, self.instrument));
        let head = format!("{sign} {} {price:>PRICE_WIDTH$}  ", describe::side_name(self.side));
        let room = self.width.saturating_sub(head.chars().count());
        let mut pieces = vec![(paint, head)];
        let entries: Vec<Shown> = level
            .queue
            .iter()
            .enumerate()
            .map(|(index, entry)| {
                let is_changed = changed.contains(&entry.0);
                let differs = other.is_some_and(|other| other.queue.get(index) != Some(entry));
                Shown { text: self.entry(entry, is_changed), is_changed, differs }
            })
            .collect();
        let mut last = None;
        let chosen = choose(&entries, level.omitted, room);
        for index in &chosen {
            let Shown { text, is_changed, .. } = &entries[*index];
            if last.map_or(0, |last| last + 1) != *index {
                pieces.push((paint, format!("{GAP} ")));
            }
            pieces.push((if *is_changed { strong } else { paint }, format!("{text} ")));
            last = Some(*index);
        }
        let hidden = entries.len() - last.map_or(0, |last| last + 1) + level.omitted;
        pieces.push((paint, rest(hidden)));
        Row(pieces)
    }

    fn entry(&self, (order, open): &(OrderId, Quantity), is_changed: bool) -> String {
        let text = format!("{order}×{}", describe::quantity(*open, self.instrument));
        if is_changed { format!("[{text}]") } else { text }
    }
}

/// An order of a queue as it is shown.
struct Shown {
    text: String,
    /// The command changed it.
    is_changed: bool,
    /// The other book has another in its place.
    differs: bool,
}

/// What stands behind the last order that is shown.
fn rest(hidden: usize) -> String {
    if hidden == 0 { String::new() } else { format!("{GAP}{hidden} more") }
}

/// Which entries of a queue are shown where there is no room for all: first those that differ, then
/// those that the command changed, then from the front.
fn choose(entries: &[Shown], omitted: usize, room: usize) -> BTreeSet<usize> {
    let all: BTreeSet<usize> = (0..entries.len()).collect();
    if width(&all, entries, omitted) <= room {
        return all;
    }
    let mut by_weight: Vec<usize> = (0..entries.len()).collect();
    by_weight.sort_by_key(|index| (!entries[*index].differs, !entries[*index].is_changed));
    let mut chosen = BTreeSet::new();
    for index in by_weight {
        chosen.insert(index);
        // The first stands there in any case: what is left out of all says nothing.
        if chosen.len() > 1 && width(&chosen, entries, omitted) > room {
            chosen.remove(&index);
        }
    }
    chosen
}

/// How much room a row takes that shows these entries.
fn width(chosen: &BTreeSet<usize>, entries: &[Shown], omitted: usize) -> usize {
    let (mut width, mut next) = (0, 0);
    for index in chosen {
        let gap = if *index == next { 0 } else { 2 };
        width += gap + entries[*index].text.chars().count() + 1;
        next = index + 1;
    }
    match entries.len() - next + omitted {
        // The space behind the last is not seen.
        0 => width.saturating_sub(1),
        hidden => width + rest(hidden).chars().count(),
    }
}

/// Both sides of some books, row by row.
pub(super) struct Ladder {
    /// From the touch on.
    asks: Vec<Vec<Row>>,
    touch: Vec<Row>,
    bids: Vec<Vec<Row>>,
}

impl Ladder {
    pub(super) fn new(asks: &[Rows], bids: &[Rows], touch: Vec<String>) -> Self {
        let touch = touch.into_iter().map(|text| Row(vec![(Paint::Faint, text)])).collect();
        Self { asks: beside(asks, true), touch, bids: beside(bids, false) }
    }

    /// So many lines: asks above, the touch in the middle, bids below. What is farthest from the
    /// touch gives way.
    pub(super) fn lines(&self, height: usize) -> Vec<Vec<Row>> {
        let above = height.saturating_sub(1) / 2;
        let below = height.saturating_sub(1) - above;
        let books = self.touch.len();
        let mut lines = vec![vec![Row::default(); books]; above.saturating_sub(self.asks.len())];
        let mut asks = nearest(&self.asks, above, books);
        asks.reverse();
        lines.extend(asks);
        lines.push(self.touch.clone());
        lines.extend(nearest(&self.bids, below, books));
        lines.resize(height, vec![Row::default(); books]);
        lines
    }
}

/// The rows nearest to the touch, with a word on what is left out.
fn nearest(rows: &[Vec<Row>], limit: usize, books: usize) -> Vec<Vec<Row>> {
    if rows.len() <= limit {
        return rows.to_vec();
    }
    let kept = limit.saturating_sub(1);
    let mut lines = rows[..kept].to_vec();
    if limit > 0 {
        let mut last = vec![Row::default(); books];
        last[0] = Row(vec![(
            Paint::Faint,
            format!("    {GAP} {}", count((rows.len() - kept) as u64, "more line")),
        )]);
        lines.push(last);
    }
    lines
}

/// The rows of one side of some books, each level in the same lines of all, from the touch on.
fn beside(books: &[Rows], upwards: bool) -> Vec<Vec<Row>> {
    let distances: BTreeSet<Distance> =
        books.iter().flat_map(|Rows(rows)| rows.keys().copied()).collect();
    let mut lines = Vec::new();
    for distance in distances {
        let of = |Rows(rows): &Rows| rows.get(&distance).cloned().unwrap_or_default();
        let levels: Vec<Vec<Row>> = books.iter().map(of).collect();
        let height = levels.iter().map(Vec::len).max().unwrap_or(0);
        let line = |index: usize| -> Vec<Row> {
            levels.iter().map(|level| level.get(index).cloned().unwrap_or_default()).collect()
        };
        // What is written upwards is turned over: the reference stands above the candidate.
        let order: Vec<usize> =
            if upwards { (0..height).rev().collect() } else { (0..height).collect() };
        lines.extend(order.into_iter().map(line));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(texts: &[(&str, bool, bool)]) -> Vec<Shown> {
        let shown = |&(text, differs, is_changed): &_| Shown {
            text: str::to_owned(text),
            is_changed,
            differs,
        };
        texts.iter().map(shown).collect()
    }

    #[test]
    fn as_many_orders_are_shown_as_fit_and_those_that_differ_first() {
        let long = queue(&[
            ("1000000001×10", false, false),
            ("[1000000002×10]", false, true),
            ("1000000003×10", true, false),
        ]);
        let of = |room, omitted| choose(&long, omitted, room).into_iter().collect::<Vec<_>>();
        assert_eq!(of(43, 0), [0, 1, 2], "all of them, to the last column");
        assert_eq!(of(42, 0), [1, 2], "what is neither changed nor different gives way");
        assert_eq!(of(31, 0), [1, 2]);
        assert_eq!(of(30, 0), [0, 2], "a shorter one fits in its place");
        assert_eq!(of(43, 1), [1, 2]);
        assert_eq!(of(8, 0), [2], "one is shown whatever the room");
    }
}
