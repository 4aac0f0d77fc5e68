//! Events and books of both engines as a unified diff: `-` is what only the reference has, `+` what
//! only the candidate has.

use shadowbook_compare::{BookDifference, BookExcerpt, LevelExcerpt, is_same_event};
use shadowbook_model::{Event, Instrument, Side};
use shadowbook_replay::BookPair;

use crate::describe;
use crate::page::{Page, Paint, count};

/// So many events that are the same are shown around one that differs.
const CONTEXT: usize = 2;
/// So many lines of events are shown for one command.
const EVENT_LINES: usize = 30;
/// So many differences of books are told in words.
const DIFFERENCES: usize = 5;
/// How far in an event goes on that does not fit a line.
const EVENT_INDENT: usize = 13;

/// Two event lists as a diff: what they begin and end with alike stands once.
pub(crate) fn events(
    page: &mut Page,
    reference: &[Event],
    candidate: &[Event],
    instrument: &Instrument,
) {
    let is_same = |(a, b): &(&Event, &Event)| is_same_event(a, b);
    let head = reference.iter().zip(candidate).take_while(is_same).count();
    let (ours, theirs) = (&reference[head..], &candidate[head..]);
    let tail = ours.iter().rev().zip(theirs.iter().rev()).take_while(is_same).count();
    let mut lines: Vec<(Paint, String)> = Vec::new();
    // Where nothing differs there is nothing to be context of.
    let context = if ours.is_empty() && theirs.is_empty() { EVENT_LINES } else { CONTEXT };
    let same = |lines: &mut Vec<(Paint, String)>, events: &[Event], from_end: bool| {
        let left_out = events.len().saturating_sub(context);
        let note = (left_out > 0).then(|| {
            (Paint::Faint, format!("       … {} the same", count(left_out as u64, "event")))
        });
        let kept = if from_end { &events[left_out..] } else { &events[..events.len() - left_out] };
        let kept = kept
            .iter()
            .map(|event| (Paint::Plain, format!("       {}", describe::event(event, instrument))));
        if from_end {
            lines.extend(note);
            lines.extend(kept);
        } else {
            lines.extend(kept);
            lines.extend(note);
        }
    };
    same(&mut lines, &reference[..head], true);
    let differing = |events: &[Event], paint, sign| {
        let line =
            |event: &Event| (paint, format!("     {sign} {}", describe::event(event, instrument)));
        let left_out = events.len().saturating_sub(EVENT_LINES);
        let mut lines: Vec<(Paint, String)> = events.iter().take(EVENT_LINES).map(line).collect();
        if left_out > 0 {
            lines.push((paint, format!("     {sign} … {left_out} more")));
        }
        lines
    };
    lines.extend(differing(&ours[..ours.len() - tail], Paint::Reference, '-'));
    lines.extend(differing(&theirs[..theirs.len() - tail], Paint::Candidate, '+'));
    same(&mut lines, &ours[ours.len() - tail..], false);
    if lines.is_empty() {
        lines.push((Paint::Faint, "       none".to_owned()));
    }
    for (paint, line) in lines {
        page.wrapped(paint, &line, EVENT_INDENT);
    }
}

/// Two books as a diff, asks above bids, the touch in the middle.
pub(crate) fn book(page: &mut Page, when: &str, books: &BookPair, instrument: &Instrument) {
    let BookPair { reference, candidate, .. } = books;
    let orders = if reference.orders == candidate.orders {
        count(reference.orders as u64, "order")
    } else {
        format!("{}, candidate {}", count(reference.orders as u64, "order"), candidate.orders)
    };
    page.line(
        Paint::Faint,
        &format!(
            "   book {when}: {}, last trade {}, {orders}, {} untriggered",
            reference.phase,
            describe::optional_price(reference.last_trade, instrument),
            reference.untriggered
        ),
    );
    let mut asks = side(reference, candidate, Side::Sell, instrument);
    asks.reverse();
    for (paint, line) in asks.into_iter().chain(side(reference, candidate, Side::Buy, instrument)) {
        page.line(paint, &line);
    }
}

/// The levels of one side of both books, best first.
pub(crate) fn side(
    reference: &BookExcerpt,
    candidate: &BookExcerpt,
    side: Side,
    instrument: &Instrument,
) -> Vec<(Paint, String)> {
    let (ours, theirs) = match side {
        Side::Buy => (&reference.bids, &candidate.bids),
        Side::Sell => (&reference.asks, &candidate.asks),
    };
    let mut lines = Vec::new();
    let mut merged: Vec<_> = ours.iter().chain(theirs).map(|level| level.price).collect();
    merged.sort_unstable_by_key(|price| match (price, side) {
        (None, _) => i64::MIN,
        (Some(price), Side::Buy) => !price.0,
        (Some(price), Side::Sell) => price.0,
    });
    merged.dedup();
    for price in merged {
        let at =
            |levels: &[LevelExcerpt]| levels.iter().find(|level| level.price == price).cloned();
        let (a, b) = (at(ours), at(theirs));
        let is_same =
            matches!((&a, &b), (Some(a), Some(b)) if a.queue == b.queue && a.open == b.open);
        if is_same {
            lines.extend(a.map(|level| (Paint::Plain, row(' ', side, &level, instrument))));
        } else {
            let mut pair = Vec::new();
            pair.extend(a.map(|level| (Paint::Reference, row('-', side, &level, instrument))));
            pair.extend(b.map(|level| (Paint::Candidate, row('+', side, &level, instrument))));
            // Asks are turned over as a whole later on.
            if side == Side::Sell {
                pair.reverse();
            }
            lines.extend(pair);
        }
    }
    lines
}

pub(crate) fn row(sign: char, side: Side, level: &LevelExcerpt, instrument: &Instrument) -> String {
    let price =
        level.price.map_or_else(|| "market".to_owned(), |price| describe::price(price, instrument));
    let mut queue: Vec<String> = level
        .queue
        .iter()
        .map(|(order, open)| format!("{order}×{}", describe::quantity(*open, instrument)))
        .collect();
    if level.omitted > 0 {
        queue.push(format!("… {} more", level.omitted));
    }
    format!("     {sign} {} {price:>12}  {}", describe::side_name(side), queue.join(" "))
}

pub(crate) fn differences(page: &mut Page, books: &BookPair, instrument: &Instrument) {
    differences_of(page, &books.differences, books.omitted, instrument);
}

pub(crate) fn differences_of(
    page: &mut Page,
    differences: &[BookDifference],
    omitted: usize,
    instrument: &Instrument,
) {
    for difference in differences.iter().take(DIFFERENCES) {
        let text = describe::book_difference(difference, instrument);
        page.wrapped(Paint::Plain, &format!("   · {text}"), 2);
    }
    let more = differences.len().saturating_sub(DIFFERENCES) + omitted;
    if more > 0 {
        page.line(Paint::Faint, &format!("   · and {more} more differences"));
    }
}
