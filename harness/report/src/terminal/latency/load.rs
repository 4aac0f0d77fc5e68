//! What becomes of both engines under load, and beside an earlier record.
#![expect(clippy::float_arithmetic, reason = "fractions are shown as percents")]

use shadowbook_latency::{
    Arm, ComparedExecutable, Difference, Figure, Finding, Knee, Scale, TrendRecord,
};

use crate::latency::DetailsEntry;
use crate::page::{Page, Paint, grouped};
use crate::terminal::latency::{duration, percent};
use crate::terminal::{FACTS_INDENT, row};

/// Response times at each scale, and how far each engine comes.
pub(super) fn load(page: &mut Page, record: &TrendRecord, details: &DetailsEntry) {
    if record.responses.is_empty() && details.paced.is_none() {
        return;
    }
    page.line(Paint::Plain, "");
    let heads = ["commands/s", "reference p50", "p99", "candidate p50", "p99"];
    let [rate, p50, p99, candidate_p50, candidate_p99] = heads;
    page.line(
        Paint::Bold,
        &format!(
            "  {:<16}{rate:>12}{p50:>15}{p99:>10}{candidate_p50:>15}{candidate_p99:>10}",
            "response time"
        ),
    );
    let computed = record
        .responses
        .iter()
        .map(|it| (it.scale.to_string(), it.per_second, [it.arms.reference, it.arms.candidate]));
    let paced = details.paced.iter().map(|paced| {
        (format!("{}, replayed", paced.scale), None, [paced.reference, paced.candidate])
    });
    for (name, rate, [reference, candidate]) in computed.chain(paced) {
        let rate = rate.map_or_else(|| "-".to_owned(), grouped);
        page.line(
            Paint::Plain,
            &format!(
                "  {name:<16}{rate:>12}{:>15}{:>10}{:>15}{:>10}",
                duration(reference.p50),
                duration(reference.p99),
                duration(candidate.p50),
                duration(candidate.p99)
            ),
        );
    }
    if let Some(knee) = &record.knee {
        let [reference, candidate] =
            [Arm::Reference, Arm::Candidate].map(|arm| told(knee.arms[arm]));
        let limit = duration(knee.limit_ns);
        row(
            page,
            "knee",
            format!("p99 stays within {limit}: reference {reference}, candidate {candidate}"),
        );
    }
}

fn told(knee: Knee) -> String {
    match knee {
        Knee::At { scale, per_second: None } => format!("up to {}", rounded(scale)),
        Knee::At { scale, per_second: Some(rate) } => {
            format!("up to {} ({} commands/s)", rounded(scale), grouped(rate))
        }
        Knee::Never => "at no speed".to_owned(),
        Knee::Beyond => "at any speed".to_owned(),
    }
}

/// A large scale without the thousandths that nobody reads.
fn rounded(scale: Scale) -> String {
    let thousandths = scale.thousandths();
    if thousandths < 100_000 {
        scale.to_string()
    } else {
        format!("×{}", grouped(thousandths / 1_000))
    }
}

/// What an earlier record tells.
pub(super) fn baseline(page: &mut Page, details: &DetailsEntry) {
    let Some(baseline) = &details.baseline else { return };
    page.line(Paint::Plain, "");
    page.wrapped(Paint::Plain, &format!("  baseline    {}", baseline.path), FACTS_INDENT);
    let heads = ["then", "now", "change", "noise"];
    let [then, now, change, noise] = heads;
    page.line(
        Paint::Bold,
        &format!("  {:<26}{then:>12}{now:>12}{change:>10}{noise:>10}", "since then; no verdict"),
    );
    let mut refused: Vec<(String, Vec<String>)> = Vec::new();
    for compared in &baseline.comparison.figures {
        match &compared.finding {
            Finding::Comparable(difference) => {
                page.line(Paint::Plain, &changed(&compared.figure, difference));
            }
            Finding::Indication(difference) => {
                page.line(Paint::Faint, &changed(&compared.figure, difference));
            }
            Finding::NotComparable { reasons } => {
                let name = name(&compared.figure);
                let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                let why = reasons.join(", and ");
                match refused.iter_mut().find(|(other, _)| *other == why) {
                    Some((_, names)) => names.push(name),
                    None => refused.push((why, vec![name])),
                }
            }
        }
    }
    let is_indication = |finding: &Finding| matches!(finding, Finding::Indication(_));
    if baseline.comparison.figures.iter().any(|compared| is_indication(&compared.finding)) {
        let told = "  times of two runs, unlike ratios within each, are an indication at most";
        page.wrapped(Paint::Faint, told, 2);
    }
    let is_beyond = |finding: &Finding| match finding {
        Finding::Comparable(difference) | Finding::Indication(difference) => {
            difference.is_beyond_noise()
        }
        Finding::NotComparable { .. } => false,
    };
    if baseline.comparison.figures.iter().any(|compared| is_beyond(&compared.finding)) {
        page.wrapped(Paint::Faint, "  * more than the noise of both runs that is known of", 2);
    }
    for (why, names) in refused {
        let told = format!("  not compared: {}, because {why}", names.join(", "));
        page.wrapped(Paint::Plain, &told, 4);
    }
    let executable = &baseline.comparison.executable;
    let (paint, but) = match executable {
        ComparedExecutable::Same { .. } => (Paint::Faint, ""),
        ComparedExecutable::Other { .. } | ComparedExecutable::Unknown => {
            (Paint::Doubtful, "but: ")
        }
    };
    page.wrapped(paint, &format!("  {but}{executable}"), 4);
    for caveat in &baseline.comparison.caveats {
        page.wrapped(Paint::Doubtful, &format!("  but: {caveat}"), 4);
    }
}

fn name(figure: &Figure) -> String {
    match figure {
        Figure::Ratio => "ratio, all commands".to_owned(),
        Figure::RatioOfKind { kind } => format!("ratio, {kind}"),
        Figure::ServiceTime { arm: Arm::Reference } => "reference, per command".to_owned(),
        Figure::ServiceTime { arm: Arm::Candidate } => "candidate, per command".to_owned(),
        Figure::ServiceTime { arm: Arm::Twin } => "twin, per command".to_owned(),
        Figure::P50 => "candidate, p50".to_owned(),
        Figure::P99 => "candidate, p99".to_owned(),
        Figure::P99_9 => "candidate, p99.9".to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody reads so many digits")]
fn changed(figure: &Figure, difference: &Difference) -> String {
    let value = |value: u64| match figure {
        Figure::Ratio | Figure::RatioOfKind { .. } => format!("{:.3}", value as f64 / 1e6),
        Figure::ServiceTime { .. } => format!("{:.1} ns", value as f64 / 1e3),
        Figure::P50 | Figure::P99 | Figure::P99_9 => format!("{value} ns"),
    };
    let Difference { old, new, change_ppm, noise_ppm } = *difference;
    let sign = if change_ppm > 0 { "+" } else { "" };
    let change = format!("{sign}{}", percent(change_ppm as f64 / 1e6, 1));
    let noise = percent(noise_ppm as f64 / 1e6, 1);
    let mark = if difference.is_beyond_noise() { "  *" } else { "" };
    let (name, old, new) = (name(figure), value(old), value(new));
    format!("  {name:<26}{old:>12}{new:>12}{change:>10}{noise:>10}{mark}")
}
