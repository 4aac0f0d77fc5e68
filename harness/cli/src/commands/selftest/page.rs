//! The result of `selftest --triage` for people.

use super::several::Several;
use super::single::Single;
use super::triage::{Figures, Report, Times};
use crate::facts::thousands;

/// The heading of a table of single defects.
pub(super) fn singles_head(what: &str, commands: u64) -> String {
    format!(
        "\n{what}, planted in {} commands\n\
         {:31} {:>10} {:>5} {:>8} {:>5} {:>7} {:>8} {:>8} {:>8}\n",
        thousands(commands),
        "defect",
        "planted at",
        "bugs",
        "commands",
        "alone",
        "located",
        "looks",
        "roots",
        "seconds"
    )
}

/// A row of it.
pub(super) fn single_row(single: &Single) -> String {
    format!(
        "{:31} {:>10} {:>5} {:>8} {:>5} {:>7} {:>8} {:>8} {:>8}{}\n",
        single.defect,
        thousands(single.planted_at),
        single.bugs,
        cell(single.commands),
        yes_or_no(single.is_alone),
        single.is_located.map_or("-", yes_or_no),
        single.looks.map_or_else(|| "-".to_owned(), thousands),
        thousands(single.roots),
        seconds(single.run.triage_ms),
        if single.is_silent == Some(true) { "  silent" } else { "" }
    )
}

/// The heading of the table of several defects in one candidate.
pub(super) fn several_head(commands: u64) -> String {
    format!(
        "\nseveral defects in one candidate, over {} commands\n\
         {:66} {:>5} {:>8} {:>6} {:>8}\n",
        thousands(commands),
        "candidate",
        "bugs",
        "commands",
        "roots",
        "seconds"
    )
}

/// A row of it.
pub(super) fn several_row(several: &Several) -> String {
    let mark = if several.is_exact { "" } else { "  not exactly these" };
    format!(
        "{:66} {:>5} {:>8} {:>6} {:>8}{mark}\n",
        several.candidate,
        several.bugs,
        cell(several.commands),
        several.roots,
        seconds(several.run.triage_ms)
    )
}

/// The figures that all of it comes to, after the tables.
pub(super) fn page(report: &Report) -> String {
    let mut text = redrawn(report);
    text += &figures(&report.figures, &report.run);
    report.reasons.iter().for_each(|reason| text += &format!("{reason}\n"));
    text + &format!("{}\n", if report.reasons.is_empty() { "PASS" } else { "FAIL" })
}

/// What was drawn again, by the first words of the reason.
fn redrawn(report: &Report) -> String {
    let places: u64 = report.singles.iter().map(|single| single.redrawn).sum();
    let hidden = report.redrawn.iter().filter(|it| it.reason.contains("hidden")).count();
    let nothing = report.redrawn.len() - hidden;
    let mut text = String::new();
    if places > 0 {
        text += &format!("\nplaces drawn again, where nothing showed afterwards: {places}\n");
    }
    if !report.redrawn.is_empty() {
        text += &format!(
            "\ncandidates drawn again: {hidden} in which one defect hides another, {nothing} of \
             which one alone shows nothing in that flow\n"
        );
    }
    text
}

fn figures(figures: &Figures, times: &Times) -> String {
    let Figures { singles, one_bug, silent, silent_located, silent_looks, stray, .. } = figures;
    let Figures { pairs, exact_pairs, triples, exact_triples, .. } = figures;
    let mut text = format!(
        "\nsingle defects: {one_bug} of {singles} reported as one bug; example of {} commands at \
         most, median {}; {} s at most, median {}\n",
        cell(figures.max_commands),
        cell(figures.median_commands),
        times.max_ms.map_or_else(|| "-".to_owned(), seconds),
        times.median_ms.map_or_else(|| "-".to_owned(), seconds),
    );
    text += &format!(
        "silent where the engines part: {silent}, located to the command: {silent_located}; looks \
         at whole books: {} at most\n\
         two defects at once: {exact_pairs} of {pairs} reported as exactly these; three: \
         {exact_triples} of {triples}\n\
         roots that no bug explains: {stray}\n",
        silent_looks.map_or_else(|| "-".to_owned(), thousands),
    );
    if let Some(slowest) = times.max_process_ms {
        text += &format!("the slowest death in a child process: {} s\n", seconds(slowest));
    }
    text
}

const fn yes_or_no(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

fn cell(count: Option<usize>) -> String {
    count.map_or_else(|| "-".to_owned(), |count| count.to_string())
}

/// Milliseconds as seconds with two places.
fn seconds(milliseconds: u128) -> String {
    let hundredths = milliseconds.div_ceil(10);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_have_two_places_and_are_never_less_than_they_were() {
        assert_eq!([0, 1, 10, 995, 12_340].map(seconds), ["0.00", "0.01", "0.01", "1.00", "12.34"]);
    }
}
