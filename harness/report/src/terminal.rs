//! A report for people, as text.
//!
//! The verdict stands in the first line. Differences read like a unified diff: `-` is what only
//! the reference has, `+` what only the candidate has.

mod bugs;

use shadowbook_compare::{BookDifference, BookExcerpt, LevelExcerpt, is_same_event};
use shadowbook_model::{Event, Instrument, Side};
use shadowbook_replay::{BookPair, Finding};

use crate::audit::AuditEntry;
use crate::decide::Outcome;
use crate::describe;
use crate::report::Report;
use crate::verdict::{RestoredEntry, StateChecked, Verdict};

/// So many findings are shown in full; of the others there is a line each.
const SHOWN_IN_FULL: usize = 3;
/// So many findings have a line.
const LISTED: usize = 20;
/// So many events that are the same are shown around one that differs.
const CONTEXT: usize = 2;
/// So many lines of events are shown for one command.
const EVENT_LINES: usize = 30;
/// So many differences of books are told in words.
const DIFFERENCES: usize = 5;
/// So many breaches of rules have a line.
const BREACHES: usize = 5;
/// How far in the values of facts stand behind their names.
const FACTS_INDENT: usize = 12;
/// How far in an event goes on that does not fit a line.
const EVENT_INDENT: usize = 13;
/// No terminal is narrower.
const LEAST_WIDTH: usize = 40;

/// Renders a report; lines are cut at `width` characters. Colours only when asked for.
#[must_use]
pub fn render(report: &Report, color: bool, width: usize) -> String {
    let mut page = Page { text: String::new(), color, width: width.max(LEAST_WIDTH) };
    head(&mut page, &report.verdict);
    facts(&mut page, &report.verdict);
    breaches(&mut page, &report.verdict);
    bugs::bugs(&mut page, report);
    unexplained(&mut page, report);
    page.text
}

/// The findings that no bug with an example explains.
fn unexplained(page: &mut Page, report: &Report) {
    let is_unexplained =
        |finding: &Finding| !finding.bug.is_some_and(|bug| bugs::is_shown(report, bug));
    let findings = report.findings.iter().enumerate();
    let findings: Vec<_> = findings.filter(|(_, finding)| is_unexplained(finding)).collect();
    for (place, (index, finding)) in findings.iter().enumerate().take(LISTED) {
        let Some(instrument) = report.instruments.get(finding.divergence.instrument.index()) else {
            continue;
        };
        if place < SHOWN_IN_FULL {
            page.line(Paint::Plain, "");
            show(page, index + 1, finding, instrument);
        } else {
            if place == SHOWN_IN_FULL {
                page.line(Paint::Plain, "");
            }
            title(page, index + 1, finding, instrument);
        }
    }
    let explained: u64 = report
        .bugs
        .iter()
        .enumerate()
        .map(|(bug, of)| if bugs::is_shown(report, bug) { of.roots } else { 0 })
        .sum();
    let shown = explained.saturating_add(findings.len().min(LISTED) as u64);
    let more = report.verdict.divergences.roots.saturating_sub(shown);
    if more > 0 {
        page.line(Paint::Faint, &format!("and {more} more"));
    }
}

/// How a line is painted when colours are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Paint {
    Plain,
    Faint,
    Bold,
    Good,
    Bad,
    Doubtful,
    Reference,
    Candidate,
}

impl Paint {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Faint => "2",
            Self::Bold => "1",
            Self::Good => "1;32",
            Self::Bad => "1;31",
            Self::Doubtful => "1;33",
            Self::Reference => "31",
            Self::Candidate => "32",
        }
    }
}

/// Lines of one page.
struct Page {
    text: String,
    color: bool,
    width: usize,
}

impl Page {
    fn line(&mut self, paint: Paint, line: &str) {
        // What an engine said last must not reach the terminal as control characters.
        let line = &line.replace(char::is_control, "\u{fffd}");
        let cut = match line.char_indices().nth(self.width) {
            // One character less, for the sign that there was more.
            Some(_) => {
                let end = line.char_indices().nth(self.width - 1).map_or(0, |(end, _)| end);
                format!("{}…", line[..end].trim_end())
            }
            None => line.clone(),
        };
        if self.color && paint != Paint::Plain && !cut.is_empty() {
            self.text += &format!("\x1b[{}m{cut}\x1b[0m\n", paint.code());
        } else {
            self.text += &cut;
            self.text.push('\n');
        }
    }

    /// What is written stands further in.
    fn indented(&mut self, indent: usize, write: impl FnOnce(&mut Self)) {
        let width = self.width.saturating_sub(indent).max(LEAST_WIDTH - indent);
        let mut inner = Self { text: String::new(), color: self.color, width };
        write(&mut inner);
        for line in inner.text.lines() {
            self.text += &format!("{}{line}\n", " ".repeat(indent));
        }
    }

    /// A text that may be longer than the page is wide: it is broken at spaces, and what follows
    /// the first line stands `indent` further in.
    fn wrapped(&mut self, paint: Paint, text: &str, indent: usize) {
        let margin = text.len() - text.trim_start().len();
        let mut line = " ".repeat(margin);
        let mut is_begun = false;
        // Spaces within a line are kept, so that columns stay columns.
        for word in text[margin..].split(' ') {
            let length = line.chars().count() + usize::from(is_begun) + word.chars().count();
            if is_begun && length > self.width {
                self.line(paint, line.trim_end());
                line = " ".repeat(margin + indent);
            } else if is_begun {
                line.push(' ');
            }
            line += word;
            is_begun = true;
        }
        self.line(paint, &line);
    }
}

fn head(page: &mut Page, verdict: &Verdict) {
    let paint = match verdict.verdict {
        Outcome::Pass => Paint::Good,
        Outcome::Fail => Paint::Bad,
        Outcome::Inconclusive => Paint::Doubtful,
    };
    let mut reasons = verdict.reasons.iter();
    let passed = "the candidate does what the reference does";
    let first = reasons.next().map_or(passed, String::as_str);
    page.wrapped(paint, &format!("{}: {first}", verdict.verdict), 2);
    for reason in reasons {
        page.wrapped(paint, &format!("  also: {reason}"), 2);
    }
    for warning in &verdict.warnings {
        page.wrapped(Paint::Doubtful, &format!("  warning: {warning}"), 2);
    }
}

fn facts(page: &mut Page, verdict: &Verdict) {
    let mut row = |name: &str, value: String| {
        page.wrapped(Paint::Plain, &format!("  {name:<12}{value}"), FACTS_INDENT);
    };
    let capture = &verdict.capture;
    row("capture", capture.path.clone());
    row("engines", format!("{} → {}", verdict.reference.engine, verdict.candidate.engine));
    row(
        "commands",
        format!("{} on {}", grouped(capture.commands), count(capture.instruments, "instrument")),
    );
    let divergences = &verdict.divergences;
    row(
        "divergences",
        format!(
            "{} ({} disputed), {} derived",
            count(divergences.roots, "root"),
            grouped(divergences.disputed),
            grouped(divergences.derived)
        ),
    );
    if !verdict.bugs.is_empty() {
        let bugs = count(verdict.bugs.len() as u64, "bug");
        let roots: u64 = verdict.bugs.iter().map(|bug| bug.roots).sum();
        let of = count(divergences.roots, "root");
        row("bugs", format!("{bugs}, explaining {} of {of}", grouped(roots)));
    }
    if divergences.resyncs > 0 {
        let times = count(divergences.resyncs, "time");
        row("resyncs", format!("a book of the candidate was set right {times}"));
    }
    let state = &verdict.state;
    row(
        "state",
        match state.checked {
            StateChecked::Full => format!(
                "every order at {}, {}",
                count(state.checkpoints, "checkpoint"),
                count(state.mismatches, "mismatch")
            ),
            StateChecked::EventsOnly => "not checked, events only".to_owned(),
        },
    );
    if let Some(restored) = &verdict.restored {
        row("restored", describe_restored(restored));
    }
    let recorded = &verdict.recorded;
    let outcomes =
        recorded.exact + recorded.price_quantity + recorded.different + recorded.unchecked;
    row(
        "recorded",
        if outcomes > 0 {
            format!(
                "{} exact, {} by price and quantity, {} different, {} unchecked, {} via seeds",
                share(recorded.exact, outcomes),
                share(recorded.price_quantity, outcomes),
                share(recorded.different, outcomes),
                grouped(recorded.unchecked),
                grouped(recorded.via_seed)
            )
        } else {
            "nothing: the three-way check had nothing to look at".to_owned()
        },
    );
    if recorded.corrections > 0 {
        let added = count(recorded.corrections, "command");
        row("corrections", format!("{added} added by the importer"));
    }
    if recorded.external > 0 {
        let refused = count(recorded.external, "command");
        row("external", format!("{refused} refused outside matching, sent to no engine"));
    }
    if let Some(audit) = &verdict.audit {
        row("audit", audited(audit));
    }
    if let Some(coverage) = &verdict.coverage {
        let (touched, possible) = (grouped(coverage.touched), grouped(coverage.possible));
        row("coverage", format!("{touched} of {possible} kinds of outcome that the rules allow"));
    }
    let run = &verdict.run;
    row("speed", format!("{} commands/s ({:.2} s)", grouped(run.commands_per_second), run.seconds));
    for note in &run.notes {
        row("note", note.clone());
    }
}

/// What the auditor found, in a line.
fn audited(audit: &AuditEntry) -> String {
    let AuditEntry { candidate, shared, reference, rules, off, .. } = audit;
    let found = match candidate + shared + reference {
        0 => "no breach".to_owned(),
        _ => format!(
            "{}: {} of the candidate alone, {} of both, {} of the reference alone",
            count(candidate + shared + reference, "breach"),
            grouped(*candidate),
            grouped(*shared),
            grouped(*reference)
        ),
    };
    let off: Vec<String> =
        off.iter().map(|off| format!("; {} is off: {}", off.rule, off.reason)).collect();
    format!("{found} of {}{}", count(*rules, "rule"), off.concat())
}

/// The first breaches, a line each.
fn breaches(page: &mut Page, verdict: &Verdict) {
    let Some(audit) = &verdict.audit else { return };
    if !audit.list.is_empty() {
        page.line(Paint::Plain, "");
    }
    for breach in audit.list.iter().take(BREACHES) {
        let paint = if breach.whose == "shared" { Paint::Faint } else { Paint::Bad };
        page.wrapped(paint, &format!("breach ({}) {}", breach.whose, breach.line()), 2);
    }
    if let more @ 1.. = audit.list.len().saturating_sub(BREACHES) {
        page.line(Paint::Faint, &format!("and {more} more in the verdict file"));
    }
}

/// How the engines came to what the run began with.
fn describe_restored(restored: &RestoredEntry) -> String {
    let orders = count(restored.orders, "order");
    let how = if restored.reference == restored.candidate {
        restored.reference.replace('-', " ")
    } else {
        format!("{} → {}", restored.reference, restored.candidate)
    };
    let lost = match restored.lost.as_slice() {
        [] => "nothing lost".to_owned(),
        lost => format!("in both lost: {}", lost.join(", ")),
    };
    format!("{orders} from before, {how}, {lost}")
}

/// `1234567` as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with the word for what is counted.
fn count(number: u64, what: &str) -> String {
    let ending = match (number, what.ends_with('h')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {what}{ending}", grouped(number))
}

/// A count and its share, rounded down so that only everything is 100 %.
fn share(part: u64, whole: u64) -> String {
    let hundredths = u128::from(part) * 10_000 / u128::from(whole.max(1));
    format!("{} ({}.{:02} %)", grouped(part), hundredths / 100, hundredths % 100)
}

fn title(page: &mut Page, number: usize, finding: &Finding, instrument: &Instrument) {
    let divergence = &finding.divergence;
    let disputed = if divergence.is_disputed { "  (disputed)" } else { "" };
    page.line(
        Paint::Bold,
        &format!(
            "{number}. seq {}  {}  {}{disputed}",
            divergence.seq,
            instrument.symbol,
            divergence.signature()
        ),
    );
}

fn show(page: &mut Page, number: usize, finding: &Finding, instrument: &Instrument) {
    let divergence = &finding.divergence;
    title(page, number, finding, instrument);
    match &divergence.command {
        Some(command) => {
            page.wrapped(
                Paint::Plain,
                &format!("   {}", describe::command(command, instrument)),
                2,
            );
        }
        None => page.wrapped(
            Paint::Plain,
            "   found at a checkpoint after this command; no command of this instrument did it",
            0,
        ),
    }
    if let Some(detail) = &divergence.detail {
        for line in detail.lines() {
            page.wrapped(Paint::Plain, &format!("   {line}"), 2);
        }
    }
    if let Some(origin) = &finding.origin {
        page.wrapped(
            Paint::Bold,
            &format!(
                "   the books parted before, at seq {}: {}",
                origin.command.seq,
                describe::command(&origin.command, instrument)
            ),
            2,
        );
        if let Some(after) = &origin.books.after {
            differences(page, after, instrument);
        }
    }
    page.line(Paint::Faint, "   events (- reference, + candidate)");
    events(page, &divergence.reference.events, &divergence.candidate.events, instrument);
    if let Some(books) = &finding.books {
        book(page, "before", &books.before, instrument);
        if let Some(after) = &books.after {
            book(page, "after", after, instrument);
            differences(page, after, instrument);
        }
    }
}

/// Two event lists as a diff: what they begin and end with alike stands once.
fn events(page: &mut Page, reference: &[Event], candidate: &[Event], instrument: &Instrument) {
    let is_same = |(a, b): &(&Event, &Event)| is_same_event(a, b);
    let head = reference.iter().zip(candidate).take_while(is_same).count();
    let (ours, theirs) = (&reference[head..], &candidate[head..]);
    let tail = ours.iter().rev().zip(theirs.iter().rev()).take_while(is_same).count();
    let mut lines: Vec<(Paint, String)> = Vec::new();
    let same = |lines: &mut Vec<(Paint, String)>, events: &[Event], from_end: bool| {
        let left_out = events.len().saturating_sub(CONTEXT);
        let note = (left_out > 0)
            .then(|| (Paint::Faint, format!("       … {left_out} events that are the same")));
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
fn book(page: &mut Page, when: &str, books: &BookPair, instrument: &Instrument) {
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
fn side(
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

fn row(sign: char, side: Side, level: &LevelExcerpt, instrument: &Instrument) -> String {
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

fn differences(page: &mut Page, books: &BookPair, instrument: &Instrument) {
    differences_of(page, &books.differences, books.omitted, instrument);
}

fn differences_of(
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
