//! What stands beside the verdict: round trips and instructions.

use crate::latency::{Counted, Instructions, Outside};
use crate::page::{Page, Paint, count, grouped};

/// Round trips of both engines and the echo, and what is between them.
pub(super) fn outside(page: &mut Page, outside: &Outside) {
    page.line(Paint::Plain, "");
    let [p50, p90, p99, p99_9, max] = ["p50", "p90", "p99", "p99.9", "max"];
    page.line(
        Paint::Bold,
        &format!("  {:<24}{p50:>10}{p90:>10}{p99:>10}{p99_9:>10}{max:>12}", "round trip, ns"),
    );
    for (name, paint, it) in [
        ("reference", Paint::Reference, &outside.reference),
        ("candidate", Paint::Candidate, &outside.candidate),
        ("echo, no engine", Paint::Plain, &outside.echo),
    ] {
        let [p50, p90, p99, p99_9, max] =
            [it.p50_ns, it.p90_ns, it.p99_ns, it.p999_ns, it.max_ns].map(grouped);
        let figures = format!("  {name:<24}{p50:>10}{p90:>10}{p99:>10}{p99_9:>10}{max:>12}");
        page.line(paint, &figures);
    }
    let [median, least, most] = ["median", "least", "most"];
    let head = format!("  {:<24}{median:>10}{least:>10}{most:>10}", "difference, ns");
    page.line(Paint::Bold, &head);
    for (name, it) in [
        ("reference less echo", &outside.reference_beyond_echo),
        ("candidate less echo", &outside.candidate_beyond_echo),
        ("candidate less reference", &outside.candidate_beyond_reference),
    ] {
        let [median, least, most] = [it.median_ns, it.least_ns, it.most_ns].map(signed);
        page.line(Paint::Plain, &format!("  {name:<24}{median:>10}{least:>10}{most:>10}"));
    }
    let pinned = outside.pinned_to.map_or_else(String::new, |core| format!(", on core {core}"));
    page.wrapped(
        Paint::Faint,
        &format!(
            "  {}, one after the other, of {} of each{pinned}; the differences are of the medians of \
             these processes",
            count(outside.commands, "command"),
            processes(outside.instances)
        ),
        2,
    );
    for note in &outside.notes {
        page.wrapped(Paint::Doubtful, &format!("  note: {note}"), 2);
    }
}

fn processes(number: u32) -> String {
    if number == 1 { "1 process".to_owned() } else { format!("{number} processes") }
}

fn signed(nanos: i64) -> String {
    let sign = if nanos < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(nanos.unsigned_abs()))
}

/// Instructions per command, of all and by kind.
pub(super) fn instructions(page: &mut Page, instructions: &Instructions) {
    let Instructions { commands, reference, candidate, ratio } = instructions;
    page.line(Paint::Plain, "");
    page.line(
        Paint::Bold,
        &format!(
            "  {:<24}{:>12}{:>12}{:>10}",
            "instructions per command", "reference", "candidate", "commands"
        ),
    );
    let line = |kind: &str, reference: f64, candidate: f64, commands: u64| {
        let commands = grouped(commands);
        format!("  {kind:<24}{reference:>12.1}{candidate:>12.1}{commands:>10}")
    };
    let all = line("all", reference.per_command, candidate.per_command, *commands);
    page.line(Paint::Plain, &format!("{all}   ratio {ratio:.3}"));
    for (kind, counted) in &reference.kinds {
        let Some(other) = candidate.kinds.get(kind) else { continue };
        let line = line(kind, counted.per_command, other.per_command, counted.commands);
        page.line(Paint::Plain, &line);
    }
    page.wrapped(
        Paint::Faint,
        &format!(
            "  counted by callgrind, {} and {}; instructions are not time, and no verdict comes from \
             them",
            runs("reference", reference),
            runs("candidate", candidate)
        ),
        2,
    );
}

fn runs(name: &str, counted: &Counted) -> String {
    let found = match counted.spread {
        0 => "all the same".to_owned(),
        some => format!("up to {} apart", grouped(some)),
    };
    format!("{name} in {}, {found}", count(u64::from(counted.runs), "run"))
}
