//! How long commands take: means, percentiles and stalls.

use shadowbook_latency::{PerArm, Percentiles, Stalls, TrendRecord};

use crate::page::{Page, Paint, count};
use crate::terminal::latency::bars::Scale;
use crate::terminal::latency::duration;
use crate::terminal::row;

/// How wide the figures before a bar are.
const FIGURES: usize = 68;
/// A shorter bar shows nothing.
const LEAST_BAR: usize = 10;
/// A longer one shows no more.
const LONGEST_BAR: usize = 48;

/// The service times of both engines.
pub(super) fn times(page: &mut Page, record: &TrendRecord) {
    page.line(Paint::Plain, "");
    let PerArm { reference, candidate, twin } = &record.service_ps;
    let nanos = |picos: u64| format!("{}.{}", picos / 1_000, picos % 1_000 / 100);
    row(
        page,
        "per command",
        format!(
            "reference {} ns, candidate {} ns, twin {} ns",
            nanos(*reference),
            nanos(*candidate),
            nanos(*twin)
        ),
    );
    let all = std::iter::once(("all", &record.percentiles));
    let kinds = record.percentiles_by_kind.iter().map(|(kind, arms)| (kind.as_str(), arms));
    let rows: Vec<_> =
        all.chain(kinds).filter_map(|(kind, arms)| Some((kind, pair(arms)?))).collect();
    percentiles(page, &rows);
    let Some(PerArm { reference, candidate, .. }) = &record.stalls else { return };
    if reference.commands + candidate.commands > 0 {
        let told = format!("reference {}; candidate {}", stalls(reference), stalls(candidate));
        row(page, "stalls", told);
    } else {
        row(page, "stalls", "none");
    }
}

fn pair(arms: &PerArm<Option<Percentiles>>) -> Option<[Percentiles; 2]> {
    Some([arms.reference?, arms.candidate?])
}

fn percentiles(page: &mut Page, rows: &[(&str, [Percentiles; 2])]) {
    let times = rows.iter().flat_map(|(_, pair)| pair).flat_map(|it| [it.p50, it.p99_9]);
    let room = page.width().saturating_sub(FIGURES).min(LONGEST_BAR);
    let scale = (room >= LEAST_BAR).then(|| Scale::of(times, room, page.is_colored()));
    let heads = ["p50", "p90", "p99", "p99.9", "slowest 1%"];
    let [p50, p90, p99, p99_9, slowest] = heads;
    page.line(
        Paint::Bold,
        &format!("  {:<24}{p50:>7}{p90:>7}{p99:>7}{p99_9:>8}{slowest:>11}", "service time, ns"),
    );
    for (kind, [reference, candidate]) in rows {
        for (kind, engine, paint, it) in [
            (*kind, "reference", Paint::Reference, reference),
            ("", "candidate", Paint::Candidate, candidate),
        ] {
            let Percentiles { p50, p90, p99, p99_9, .. } = *it;
            let slowest = it.slowest_1_percent_mean;
            let figures =
                format!("  {kind:<14}{engine:<10}{p50:>7}{p90:>7}{p99:>7}{p99_9:>8}{slowest:>11}");
            let bar = scale.map_or_else(String::new, |scale| scale.bar([p50, p90, p99, p99_9]));
            page.painted(&format!("{figures}  {}", paint.apply(&bar, page.is_colored())));
        }
    }
    if let Some(scale) = scale {
        let legend = scale.legend(["p50", "p90", "p99", "p99.9"]);
        page.wrapped(Paint::Faint, &format!("  bars: {legend}; logarithmic"), 2);
    }
}

fn stalls(stalls: &Stalls) -> String {
    match stalls.commands {
        0 => "none".to_owned(),
        some => format!(
            "{}, {} together, the longest {}",
            count(some, "command"),
            duration(stalls.total_nanos),
            duration(stalls.longest_nanos)
        ),
    }
}
