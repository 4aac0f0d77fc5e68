//! A report for people, as text.
//!
//! The verdict stands in the first line. Differences read like a unified diff: `-` is what only
//! the reference has, `+` what only the candidate has.

mod bugs;
mod latency;

use shadowbook_model::Instrument;
use shadowbook_replay::Finding;

use crate::audit::{AuditEntry, BreachEntry};
use crate::books::{book, differences, events};
use crate::bugs::BugEntry;
use crate::decide::Outcome;
use crate::describe;
use crate::page::{Page, Paint, count, grouped};
use crate::report::Report;
use crate::verdict::{RecordedEntry, RestoredEntry, StateChecked, Verdict};

pub use latency::latency;

/// So many findings are shown in full; of the others there is a line each.
const SHOWN_IN_FULL: usize = 3;
/// So many findings have a line.
const LISTED: usize = 20;
/// So many breaches of rules have a line.
const BREACHES: usize = 5;
/// So many where the bugs behind them are shown.
const BREACHES_BESIDE_BUGS: usize = 2;
/// How far in the values of facts stand behind their names.
const FACTS_INDENT: usize = 12;

/// Renders a report; lines are cut at `width` characters. Colours only when asked for.
#[must_use]
pub fn render(report: &Report, color: bool, width: usize) -> String {
    let mut page = Page::new(color, width);
    head(&mut page, &report.verdict);
    facts(&mut page, &report.verdict);
    bugs::bugs(&mut page, report);
    unexplained(&mut page, report);
    breaches(&mut page, report);
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
    let bugs = report.verdict.bugs.iter().enumerate();
    let explained = bugs.filter(|(bug, _)| bugs::is_shown(report, *bug));
    let explained: u64 = explained.map(|(_, entry)| entry.accusing()).sum();
    let shown = explained.saturating_add(findings.len().min(LISTED) as u64);
    let more = report.verdict.divergences.roots.saturating_sub(shown);
    if more > 0 {
        page.line(Paint::Faint, &format!("and {more} more"));
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
    let capture = &verdict.capture;
    row(page, "capture", &capture.path);
    row(page, "engines", format!("{} → {}", verdict.reference.engine, verdict.candidate.engine));
    row(
        page,
        "commands",
        format!("{} on {}", grouped(capture.commands), count(capture.instruments, "instrument")),
    );
    diverged(page, verdict);
    let state = &verdict.state;
    row(
        page,
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
        row(page, "restored", describe_restored(restored));
    }
    recorded(page, &verdict.recorded);
    if let Some(audit) = &verdict.audit {
        row(page, "audit", audited(audit));
    }
    if let Some(coverage) = &verdict.coverage {
        let (touched, possible) = (grouped(coverage.touched), grouped(coverage.possible));
        row(
            page,
            "coverage",
            format!("{touched} of {possible} kinds of outcome that the rules allow"),
        );
    }
    let run = &verdict.run;
    row(
        page,
        "speed",
        format!("{} commands/s ({:.2} s)", grouped(run.commands_per_second), run.seconds),
    );
    for note in &run.notes {
        row(page, "note", note);
    }
}

/// A fact behind its name.
pub(crate) fn row(page: &mut Page, name: &str, value: impl std::fmt::Display) {
    page.wrapped(Paint::Plain, &format!("  {name:<12}{value}"), FACTS_INDENT);
}

/// How much diverged, and what it comes down to.
fn diverged(page: &mut Page, verdict: &Verdict) {
    let divergences = &verdict.divergences;
    row(
        page,
        "divergences",
        format!(
            "{} ({} disputed), {} derived",
            count(divergences.roots, "root"),
            grouped(divergences.disputed),
            grouped(divergences.derived)
        ),
    );
    if let Some(allowed) = verdict.allowed.line() {
        row(page, "allowed", allowed);
    }
    if !verdict.bugs.is_empty() {
        let bugs = how_many(&verdict.bugs);
        let roots: u64 = verdict.bugs.iter().map(BugEntry::accusing).sum();
        let of = count(divergences.roots, "root");
        row(page, "bugs", format!("{bugs}, explaining {} of {of}", grouped(roots)));
    }
    if divergences.resyncs > 0 {
        let times = count(divergences.resyncs, "time");
        row(page, "resyncs", format!("a book of the candidate was set right {times}"));
    }
}

/// How many bugs there are, as far as that is known.
fn how_many(bugs: &[BugEntry]) -> String {
    let examined = bugs.iter().filter(|bug| bug.is_examined).count() as u64;
    let more = match bugs.len() as u64 - examined {
        0 => return count(examined, "bug"),
        1 => "1 kind of divergence".to_owned(),
        more => format!("{} kinds of divergence", grouped(more)),
    };
    let more = format!("{more} that could not be looked into");
    if examined > 0 { format!("{}, and {more}", count(examined, "bug")) } else { more }
}

/// What the recording has to say.
fn recorded(page: &mut Page, recorded: &RecordedEntry) {
    let outcomes =
        recorded.exact + recorded.price_quantity + recorded.different + recorded.unchecked;
    row(
        page,
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
            "nothing: the capture does not hold what production answered".to_owned()
        },
    );
    if recorded.corrections > 0 {
        let added = count(recorded.corrections, "command");
        row(page, "corrections", format!("{added} added by the importer"));
    }
    if recorded.external > 0 {
        let refused = count(recorded.external, "command");
        row(page, "external", format!("{refused} refused outside matching, sent to no engine"));
    }
}

/// What the auditor found, in a line.
fn audited(audit: &AuditEntry) -> String {
    let AuditEntry { candidate, shared, reference, rules, off, .. } = audit;
    let found = match candidate + shared + reference {
        0 => format!("no breach of {}", count(*rules, "rule")),
        _ => format!(
            "{}: {} of the candidate alone, {} of both, {} of the reference alone; {} looked at",
            count(candidate + shared + reference, "breach"),
            grouped(*candidate),
            grouped(*shared),
            grouped(*reference),
            count(*rules, "rule")
        ),
    };
    let off: Vec<String> =
        off.iter().map(|off| format!("; {} is off: {}", off.rule, off.reason)).collect();
    format!("{found}{}", off.concat())
}

/// The first breaches, a line each; of each rule one where the bugs behind them are shown.
fn breaches(page: &mut Page, report: &Report) {
    let Some(audit) = &report.verdict.audit else { return };
    let is_beside = (0..report.bugs.len()).any(|bug| bugs::is_shown(report, bug));
    let most = if is_beside { BREACHES_BESIDE_BUGS } else { BREACHES };
    let is_repeated = |index: usize| {
        let BreachEntry { whose, rule, .. } = &audit.list[index];
        let mut earlier = audit.list[..index].iter();
        is_beside && earlier.any(|other| (other.whose, other.rule) == (*whose, *rule))
    };
    let list = audit.list.iter().enumerate().filter(|(index, _)| !is_repeated(*index));
    let shown: Vec<&BreachEntry> = list.map(|(_, breach)| breach).take(most).collect();
    if !shown.is_empty() {
        page.line(Paint::Plain, "");
    }
    for breach in &shown {
        let paint = if breach.whose == "shared" { Paint::Faint } else { Paint::Bad };
        page.wrapped(paint, &format!("breach ({}) {}", breach.whose, breach.line()), 2);
    }
    if let more @ 1.. = audit.list.len() - shown.len() {
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
