//! The page of a latency verdict.
#![expect(clippy::float_arithmetic, reason = "fractions are shown as percents")]

mod bars;
mod beside;
mod load;
mod times;

use shadowbook_latency::{Interval, Test, TestName, TrendRecord};

use crate::decide::Outcome;
use crate::latency::{DetailsEntry, LatencyReport};
use crate::page::{Page, Paint, count, grouped};
use crate::terminal::row;

/// Renders a latency verdict; lines are broken at `width` characters. Colours, and blocks instead
/// of plain signs, only when asked for.
#[must_use]
pub fn latency(report: &LatencyReport, color: bool, width: usize) -> String {
    let mut page = Page::new(color, width);
    head(&mut page, report);
    facts(&mut page, report);
    if let (Some(record), Some(details)) = (&report.record, &report.details) {
        machine(&mut page, record, details);
        row(&mut page, "took", format!("{:.1} s", report.seconds));
        tests(&mut page, details);
        times::times(&mut page, record);
        load::load(&mut page, record, details);
        load::baseline(&mut page, details);
    } else if report.outside.is_some() {
        row(&mut page, "took", format!("{:.1} s", report.seconds));
    }
    if let Some(outside) = &report.outside {
        beside::outside(&mut page, outside);
    }
    if let Some(instructions) = &report.instructions {
        beside::instructions(&mut page, instructions);
    }
    page.text
}

fn head(page: &mut Page, report: &LatencyReport) {
    let paint = match report.verdict {
        Outcome::Pass => Paint::Good,
        Outcome::Fail => Paint::Bad,
        Outcome::Inconclusive => Paint::Doubtful,
    };
    let judgement = report.details.as_ref().map(|details| &details.judgement);
    let overall = judgement.and_then(|judgement| judgement.test(TestName::Overall));
    let mut passed = overall.map_or_else(String::new, passed);
    passed += &judgement.map_or_else(String::new, |judgement| blind(&judgement.tests));
    let mut reasons = report.reasons.iter();
    let first = reasons.next().map_or(passed.as_str(), String::as_str);
    page.wrapped(paint, &format!("{}: {first}", report.verdict), 2);
    for reason in reasons {
        page.wrapped(paint, &format!("  also: {reason}"), 2);
    }
    for warning in &report.warnings {
        page.wrapped(Paint::Doubtful, &format!("  warning: {warning}"), 2);
    }
}

/// How the candidate does that passes, in words.
fn passed(overall: &Test) -> String {
    let (estimate, limit) = (overall.estimate, short_percent(overall.threshold));
    let size = percent(estimate.abs(), 1);
    if estimate > overall.threshold {
        format!("the candidate looks {size} slower, which this run does not tell from noise")
    } else if estimate > 0.0 {
        format!("the candidate is {size} slower than the reference, and may be {limit}")
    } else {
        format!("the candidate is {size} faster than the reference, and may be {limit} slower")
    }
}

/// Of what a pass says nothing, as the noise is above the limit.
fn blind(tests: &[Test]) -> String {
    let blind = tests.iter().filter(|test| test.floor > test.threshold);
    let names: Vec<String> = blind.map(|test| test.what.to_string()).collect();
    if names.is_empty() {
        return String::new();
    }
    format!("; too noisy to see: {}", names.join(", "))
}

fn facts(page: &mut Page, report: &LatencyReport) {
    row(page, "capture", &report.capture.path);
    row(page, "engines", format!("{} → {}", report.reference.engine, report.candidate.engine));
    let stretch = &report.stretch;
    let mut what = format!(
        "{}, seq {} to {}, after {} and {} to warm up",
        count(stretch.commands, "command"),
        grouped(stretch.first_seq),
        grouped(stretch.last_seq),
        grouped(stretch.skipped),
        grouped(stretch.warm_up)
    );
    if stretch.external > 0 {
        what += &format!("; {} refused outside matching are left out", grouped(stretch.external));
    }
    row(page, "stretch", what);
    let functional = &report.functional;
    let found = match functional.divergences {
        0 if functional.allowed == 0 && functional.final_digest.is_none() => {
            "the same events".to_owned()
        }
        0 if functional.allowed == 0 => "the same events and the same books".to_owned(),
        0 => count(functional.allowed, "allowed divergence"),
        some => count(some, "divergence"),
    };
    row(page, "compared", format!("{}: {found}", count(functional.commands, "command")));
}

/// What the machine is like, and how much was measured on it.
fn machine(page: &mut Page, record: &TrendRecord, details: &DetailsEntry) {
    let conditions = &record.environment.conditions;
    let pinned = conditions
        .pinned_to
        .map_or_else(|| "not pinned to a core".to_owned(), |core| format!("pinned to core {core}"));
    let locked = if conditions.memory_locked { "memory locked" } else { "memory not locked" };
    let hiccups = match conditions.hiccups_per_second {
        0 => "no interruptions seen".to_owned(),
        some => format!(
            "{} a second, the longest {}",
            count(some, "interruption"),
            duration(conditions.longest_hiccup_ns)
        ),
    };
    row(
        page,
        "machine",
        format!(
            "{pinned}, {locked}; clock steps {} ns, costs {} ns; {hiccups}",
            conditions.clock_step_ns, conditions.clock_cost_ns
        ),
    );
    let (chunks, single) = (&record.effort, &details.single_commands);
    let extended =
        if details.is_extended { " (twice as many, as the first left it open)" } else { "" };
    row(
        page,
        "effort",
        format!(
            "chunks of {} on {} engines of each, {} rounds; single commands on {}, {} rounds; seed \
             {}{extended}",
            chunks.chunk,
            chunks.instances,
            chunks.rounds,
            single.instances,
            single.rounds,
            chunks.seed
        ),
    );
}

/// All tests, a line each.
fn tests(page: &mut Page, details: &DetailsEntry) {
    page.line(Paint::Plain, "");
    let head = ["slower by", "estimate", "interval", "limit", "noise"];
    let [name, estimate, interval, limit, noise] = head;
    page.line(
        Paint::Bold,
        &format!("  {name:<14}{estimate:>10}{interval:>24}{limit:>9}{noise:>10}"),
    );
    for test in &details.judgement.tests {
        let digits = if test.what == TestName::Excess { 3 } else { 2 };
        let Interval { low, high } = test.interval;
        let interval = format!("{} to {}", percent(low, digits), percent(high, digits));
        let (paint, mark) =
            if test.is_tripped { (Paint::Bad, "  FAIL") } else { (Paint::Plain, "") };
        page.line(
            paint,
            &format!(
                "  {:<14}{:>10}{interval:>24}{:>9}{:>10}{mark}",
                name_of(test),
                percent(test.estimate, digits),
                short_percent(test.threshold),
                percent(test.floor, digits)
            ),
        );
    }
    if let Some(shares) = &details.judgement.excess {
        page.wrapped(
            Paint::Faint,
            &format!(
                "  excess: {} of the commands are clearly slower, {} clearly faster (by more than \
                 {} ns, and more than the twin shows)",
                percent(shares.slower, 2),
                percent(shares.faster, 2),
                shares.clear_nanos
            ),
            2,
        );
    }
    for note in &details.judgement.notes {
        page.wrapped(Paint::Doubtful, &format!("  note: {note}"), 2);
    }
    page.wrapped(
        Paint::Faint,
        "  noise: how far the twin, the reference once more, may be from the reference",
        2,
    );
}

fn name_of(test: &Test) -> String {
    match test.what {
        TestName::Overall => "all commands".to_owned(),
        TestName::Kind(kind) => kind.name().to_owned(),
        TestName::Excess => "matched excess".to_owned(),
    }
}

/// A fraction as a percentage.
fn percent(fraction: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", fraction * 100.0);
    let is_nothing = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    format!("{} %", if is_nothing { text.trim_start_matches('-') } else { &text })
}

/// A threshold as people write it.
fn short_percent(fraction: f64) -> String {
    let text = format!("{:.4}", fraction * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Nanoseconds in the unit that people would choose.
fn duration(nanos: u64) -> String {
    let (unit, name) = match nanos {
        0..10_000 => return format!("{} ns", grouped(nanos)),
        10_000..10_000_000 => (1_000, "µs"),
        10_000_000..10_000_000_000 => (1_000_000, "ms"),
        _ => (1_000_000_000, "s"),
    };
    format!("{} {name}", grouped((nanos + unit / 2) / unit))
}

#[cfg(test)]
#[path = "latency_tests.rs"]
mod tests;
