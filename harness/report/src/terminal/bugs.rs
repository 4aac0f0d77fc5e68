//! What divergences come down to: each bug with the commands that show it.

use shadowbook_model::{Instrument, Matching, Phase};
use shadowbook_scenario::command_line;
use shadowbook_triage::{Bug, Minimized};

use crate::books::{differences_of, events};
use crate::bugs::BugEntry;
use crate::describe;
use crate::page::{Page, Paint, count};
use crate::report::Report;
use crate::verdict::Verdict;

/// So many bugs are shown with their example; of the others there is a line each.
const SHOWN_IN_FULL: usize = 3;
/// So many bugs have a line.
const LISTED: usize = 20;
/// So many commands of an example are shown at its beginning.
const FIRST_COMMANDS: usize = 4;
/// So many commands of an example are shown at its end.
const LAST_COMMANDS: usize = 8;
/// So many orders that an example begins with are shown.
const HELD: usize = 8;
/// So many signatures of a bug are named.
const SIGNATURES: usize = 3;
/// How a file ends that is no capture.
const SCENARIO: &str = ".scenario";
/// The reference that `explain` takes when it is given none.
const DEFAULT_REFERENCE: &str = "reference";
/// How far in the text of a bug stands behind its number.
const INDENT: usize = 7;

/// The bugs of a report, by their first root.
pub(super) fn bugs(page: &mut Page, report: &Report) {
    let entries = &report.verdict.bugs;
    let (mut shown, mut was_full) = (0, true);
    for (entry, bug) in entries.iter().zip(&report.bugs).take(LISTED) {
        let is_full = shown < SHOWN_IN_FULL && entry.accusing() > 0;
        if is_full || was_full {
            page.line(Paint::Plain, "");
        }
        (shown, was_full) = (shown + usize::from(is_full), is_full);
        title(page, entry, is_full);
        if is_full {
            roots(page, entry);
        }
        if let Some(example) = bug.example.as_ref().filter(|_| is_full) {
            show(page, entry, example);
            look(page, entry, &report.verdict);
        }
        if let Some(note) = bug.note.as_ref().filter(|_| is_full || bug.example.is_none()) {
            page.wrapped(Paint::Faint, &format!("       note: {note}"), 2);
        }
    }
    let more = entries.len().saturating_sub(LISTED);
    if more > 0 {
        let more = count(more as u64, "bug");
        page.line(Paint::Faint, &format!("and {more} more in the verdict file"));
    }
}

/// Whether a bug is shown so that its findings need not be.
pub(super) fn is_shown(report: &Report, bug: usize) -> bool {
    report.bugs.get(bug).is_some_and(|bug: &Bug| bug.example.is_some())
}

fn title(page: &mut Page, entry: &BugEntry, is_full: bool) {
    let signature = entry.signatures.first().map_or("", String::as_str);
    let what = entry.reading.as_deref().unwrap_or(signature);
    let roots = match is_full {
        true => String::new(),
        false => {
            let roots = count(entry.roots, "root");
            let all = if entry.accusing() == 0 { ", all allowed" } else { "" };
            format!(" ({roots}{all}, the first at seq {}, {})", entry.first_seq, entry.instrument)
        }
    };
    page.wrapped(Paint::Bold, &format!("bug {:<2} {what}{roots}", entry.number), INDENT);
}

/// How often it shows, where first, and as what.
fn roots(page: &mut Page, entry: &BugEntry) {
    let allowed = match entry.allowed {
        0 => String::new(),
        allowed => format!(" ({allowed} allowed)"),
    };
    let text = format!(
        "       {}{allowed}, the first at seq {}, {}; {}",
        count(entry.roots, "root"),
        entry.first_seq,
        entry.instrument,
        signatures(&entry.signatures)
    );
    page.wrapped(Paint::Faint, &text, 2);
}

/// The commonest signatures, and how many others there are.
fn signatures(all: &[String]) -> String {
    // One is not worth being left out.
    let named = if all.len() <= SIGNATURES + 1 { all.len() } else { SIGNATURES };
    match all.len() - named {
        0 => all.join(", "),
        more => format!("{} and {more} more", all[..named].join(", ")),
    }
}

fn show(page: &mut Page, entry: &BugEntry, example: &Minimized) {
    let Minimized { flow, shown, is_minimal, .. } = example;
    let Some(instrument) = flow.instruments.get(shown.divergence.instrument.index()) else {
        return;
    };
    let least = if *is_minimal { "" } else { ", perhaps not the fewest" };
    let text = format!(
        "       shown by {}{least}, from {}{}:",
        count(flow.commands.len() as u64, "command"),
        begins_with(example),
        setting(example, instrument)
    );
    page.wrapped(Paint::Faint, &text, 2);
    held(page, example);
    commands(page, example);
    page.line(Paint::Faint, "       answers to the last of them (- reference, + candidate):");
    let divergence = &shown.divergence;
    page.indented(2, |page| {
        events(page, &divergence.reference.events, &divergence.candidate.events, instrument);
        for line in divergence.detail.iter().flat_map(|detail| detail.lines()) {
            page.wrapped(Paint::Candidate, &format!("     + {line}"), 2);
        }
    });
    page.indented(4, |page| differences_of(page, &shown.differences, 0, instrument));
    let paths = entry.example.as_ref().map(|example| (&example.scenario_path, &example.path));
    if let Some((scenario, jsonl)) = paths {
        for path in scenario.iter().chain(jsonl) {
            page.wrapped(Paint::Faint, &format!("       in {path}"), 2);
        }
    }
}

/// How the place in the capture is looked at, where it is a capture that `explain` takes.
fn look(page: &mut Page, entry: &BugEntry, verdict: &Verdict) {
    let path = &verdict.capture.path;
    let restore = verdict.restored.as_ref().and_then(|restored| restored.snapshot.as_deref());
    // A name that no line can hold could not be copied.
    let is_whole = |text: &str| !text.contains(char::is_control);
    if path.ends_with(SCENARIO) || !is_whole(path) || !restore.is_none_or(is_whole) {
        return;
    }
    let restore = restore.map_or_else(String::new, |path| format!(" --restore {}", quoted(path)));
    let reference = match verdict.reference.engine.as_str() {
        DEFAULT_REFERENCE => String::new(),
        other => format!(" --reference {}", quoted(other)),
    };
    let text = format!(
        "       the first in the capture: shadowbook explain {} --at {}{reference} --candidate {}{restore}",
        quoted(path),
        entry.first_seq,
        quoted(&verdict.candidate.engine)
    );
    page.wrapped(Paint::Faint, &text, 2);
}

/// A word of a command line as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = |symbol: char| symbol.is_alphanumeric() || "/._-+:@,=%".contains(symbol);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn begins_with(example: &Minimized) -> String {
    let orders: usize = example.flow.snapshots.iter().map(|snapshot| snapshot.orders.len()).sum();
    if example.flow.snapshots.is_empty() {
        "an empty book".to_owned()
    } else {
        format!("a book of {}", count(orders as u64, "order"))
    }
}

/// What no command of the flow says, and without which it shows nothing: another phase at its
/// beginning than the continuous one, another matching than by price and time.
fn setting(example: &Minimized, instrument: &Instrument) -> String {
    let id = example.shown.divergence.instrument;
    let held = example.flow.snapshots.iter().find(|snapshot| snapshot.instrument == id);
    let phase = held.map_or(instrument.phase, |snapshot| snapshot.state.phase);
    let phase = match phase {
        Phase::Continuous => String::new(),
        other => format!(" in phase {other}"),
    };
    match instrument.matching {
        Matching::PriceTime => phase,
        other => format!("{phase}, matched {other}"),
    }
}

/// The orders that the flow begins with.
fn held(page: &mut Page, example: &Minimized) {
    let flow = &example.flow;
    let all: Vec<_> = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders).collect();
    let id = example.shown.divergence.instrument;
    let Some(instrument) = flow.instruments.get(id.index()) else { return };
    let own = flow.snapshots.iter().filter(|snapshot| snapshot.instrument == id);
    let own: Vec<_> = own.flat_map(|snapshot| &snapshot.orders).collect();
    for order in own.iter().take(HELD) {
        let text = describe::held(order, instrument);
        page.wrapped(Paint::Plain, &format!("         holds {text}"), 2);
    }
    if let more @ 1.. = all.len() - own.len().min(HELD) {
        page.line(Paint::Faint, &format!("         … {more} more"));
    }
}

/// The commands as scenario lines; of many those in the middle are left out.
fn commands(page: &mut Page, example: &Minimized) {
    let flow = &example.flow;
    let is_long = flow.commands.len() > FIRST_COMMANDS + LAST_COMMANDS + 1;
    let left_out = if is_long { FIRST_COMMANDS..flow.commands.len() - LAST_COMMANDS } else { 0..0 };
    let needs_symbol = flow.instruments.len() > 1;
    for (position, command) in flow.commands.iter().enumerate() {
        if left_out.start == position && !left_out.is_empty() {
            page.line(Paint::Faint, &format!("         … {} more", left_out.len()));
        }
        if left_out.contains(&position) {
            continue;
        }
        let Some(instrument) = flow.instruments.get(command.instrument.index()) else { continue };
        let line = command_line(command, instrument);
        let on = if needs_symbol { format!("on {} ", instrument.symbol) } else { String::new() };
        page.wrapped(Paint::Plain, &format!("         {on}{line}"), 2);
    }
}
