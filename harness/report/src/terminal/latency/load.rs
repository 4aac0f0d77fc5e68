//! What becomes of both engines under load, and beside an earlier record.
#![expect(clippy::float_arithmetic, reason = "fractions are shown as percents")]

use shadowbook_latency::{Arm, Difference, Figure, Finding, Knee, Scale, TrendRecord};

use crate::latency::DetailsEntry;
use crate::page::{Page, Paint, grouped};
use crate::terminal::latency::{duration, percent};
use crate::terminal::row;

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
    page.wrapped(Paint::Bold, &format!("  baseline {}: no verdict comes of it", baseline.path), 2);
    let mut refused: Vec<(String, Vec<String>)> = Vec::new();
    for compared in &baseline.comparison.figures {
        let name = name(&compared.figure);
        match &compared.finding {
            Finding::Comparable(difference) => {
                page.wrapped(Paint::Plain, &changed(&name, difference), 4)
            }
            Finding::Indication(difference) => {
                let told = changed(&name, difference);
                page.wrapped(
                    Paint::Faint,
                    &format!("{told}: another run, an indication at most"),
                    4,
                );
            }
            Finding::NotComparable { reasons } => {
                let reasons: Vec<String> = reasons.iter().map(ToString::to_string).collect();
                let why = reasons.join(", and ");
                match refused.iter_mut().find(|(other, _)| *other == why) {
                    Some((_, names)) => names.push(name),
                    None => refused.push((why, vec![name])),
                }
            }
        }
    }
    for (why, names) in refused {
        let told = format!("  not compared: {}, because {why}", names.join(", "));
        page.wrapped(Paint::Plain, &told, 4);
    }
    for caveat in &baseline.comparison.caveats {
        page.wrapped(Paint::Doubtful, &format!("  but: {caveat}"), 4);
    }
}

fn name(figure: &Figure) -> String {
    let engine = |arm: &Arm| match arm {
        Arm::Reference => "reference",
        Arm::Candidate => "candidate",
        Arm::Twin => "twin",
    };
    match figure {
        Figure::Ratio => "candidate to reference, all commands".to_owned(),
        Figure::RatioOfKind { kind } => format!("candidate to reference, {kind}"),
        Figure::ServiceTime { arm } => format!("time per command of the {}", engine(arm)),
        Figure::P50 => "p50 of the candidate".to_owned(),
        Figure::P99 => "p99 of the candidate".to_owned(),
        Figure::P99_9 => "p99.9 of the candidate".to_owned(),
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody reads so many digits")]
fn changed(name: &str, difference: &Difference) -> String {
    let fraction = |ppm: f64| percent(ppm / 1e6, 1);
    let change = fraction(difference.change_ppm as f64);
    let sign = if difference.change_ppm > 0 { "+" } else { "" };
    let noise = fraction(difference.noise_ppm as f64);
    let beyond = if difference.is_beyond_noise() { "beyond" } else { "within" };
    format!("  {name}: {sign}{change}, {beyond} the noise of both runs ({noise})")
}
