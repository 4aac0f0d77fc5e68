//! What a stream exercised of the market model, and what it never touched.

use serde::Serialize;
use serde_json::value::RawValue;
use shadowbook_compare::{Cell, Coverage, Outcome, PhaseRow, impossible};
use shadowbook_model::Phase;

/// Coverage as machines read it.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageEntry {
    /// How many combinations of order type, time in force, phase and outcome the rules allow.
    pub possible: u64,
    /// How many of them were seen.
    pub touched: u64,
    /// How many were seen that the rules do not allow.
    pub impossible: u64,
    /// One object for each order type, time in force and phase of which something is possible or
    /// was seen: its outcomes with their counts, and those that were not seen.
    pub rows: Vec<Box<RawValue>>,
}

#[derive(Serialize)]
struct Row {
    order_type: &'static str,
    time_in_force: &'static str,
    phase: &'static str,
    /// Each with how often it was seen.
    touched: Vec<(String, u64)>,
    untouched: Vec<String>,
}

impl CoverageEntry {
    /// The entry for what was seen.
    #[must_use]
    pub fn of(coverage: &Coverage) -> Self {
        let untouched = coverage.untouched().count() as u64;
        let impossible = coverage.impossible().count() as u64;
        let touched = coverage.touched().count() as u64 - impossible;
        let possible = touched + untouched;
        Self { possible, touched, impossible, rows: rows(coverage) }
    }
}

fn rows(coverage: &Coverage) -> Vec<Box<RawValue>> {
    let mut rows: Vec<Row> = Vec::new();
    for (cell, count) in coverage.cells() {
        if count == 0 && impossible(cell).is_some() {
            continue;
        }
        let Cell { order_type, time_in_force, phase, outcome } = cell;
        let names = (order_type.name(), time_in_force.name(), phase.name());
        let is_current = |row: &Row| (row.order_type, row.time_in_force, row.phase) == names;
        if !rows.last().is_some_and(is_current) {
            let (order_type, time_in_force, phase) = names;
            let (touched, untouched) = (Vec::new(), Vec::new());
            rows.push(Row { order_type, time_in_force, phase, touched, untouched });
        }
        let Some(row) = rows.last_mut() else { continue };
        if count > 0 {
            row.touched.push((outcome.to_string(), count));
        } else {
            row.untouched.push(outcome.to_string());
        }
    }
    let compact = |row| serde_json::value::to_raw_value(row).expect("names and counts are JSON");
    rows.iter().map(compact).collect()
}

/// The same for people: a row for each order type and time in force, a column for each phase, and
/// in each place how many of the possible outcomes were seen.
#[must_use]
pub fn matrix(coverage: &Coverage) -> String {
    let mut text = format!("{:27}", "outcomes seen of possible");
    Phase::ALL.iter().for_each(|phase| text += &format!(" {:>11}", phase.name()));
    text.push('\n');
    for PhaseRow { order_type, time_in_force, phases } in coverage.rows() {
        text += &format!("{:20} {:6}", order_type.name(), time_in_force.name());
        for (_, reached, possible) in phases {
            let place = match (reached, possible) {
                (_, 0) => "·".to_owned(),
                (0, possible) => format!("-/{possible}"),
                (reached, possible) => format!("{reached}/{possible}"),
            };
            text += &format!(" {place:>11}");
        }
        text.push('\n');
    }
    for (cell, count, forbidden) in coverage.impossible() {
        text += &format!("seen {count} times though rule {} forbids it: {cell}\n", forbidden.rule);
    }
    text + &never_seen(coverage)
}

/// The outcomes that were seen of no order at all: what a stream leaves out most plainly.
fn never_seen(coverage: &Coverage) -> String {
    let is_seen = |outcome| coverage.touched().any(|(cell, _)| cell.outcome == outcome);
    let is_possible = |outcome| coverage.untouched().any(|cell| cell.outcome == outcome);
    let never: Vec<String> = Outcome::all()
        .filter(|outcome| !is_seen(*outcome) && is_possible(*outcome))
        .map(|outcome| outcome.to_string())
        .collect();
    if never.is_empty() {
        return String::new();
    }
    format!("never seen, of any order: {}\n", never.join(", "))
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{OrderType, TimeInForce};

    use super::*;

    fn seen() -> Coverage {
        let mut coverage = Coverage::new();
        for _ in 0..3 {
            let (limit, gtc) = (OrderType::Limit, TimeInForce::Gtc);
            coverage.count(limit, gtc, Phase::Continuous, Outcome::Accepted);
        }
        coverage.count(OrderType::Market, TimeInForce::Day, Phase::Closed, Outcome::Accepted);
        coverage
    }

    #[test]
    fn machines_read_counts_and_what_is_missing() {
        let entry = CoverageEntry::of(&seen());
        assert_eq!((entry.touched, entry.impossible), (1, 1));
        assert_eq!(entry.possible, 1 + seen().untouched().count() as u64);
        let row = entry.rows.iter().find(|row| row.get().contains(r#""touched":[["accepted",3]]"#));
        let row = row.expect("it was seen").get();
        assert!(
            row.starts_with(r#"{"order_type":"limit","time_in_force":"gtc","phase":"continuous""#)
        );
        assert!(row.contains("\"maker\""), "{row}");
        assert!(!row.contains("rejected.phase"), "continuous trading takes everything: {row}");
    }

    #[test]
    fn people_read_a_table() {
        let text = matrix(&seen());
        let limit = text.lines().find(|line| line.starts_with("limit                gtc")).unwrap();
        assert!(limit.contains(" 1/"), "{limit}");
        assert!(
            text.contains("seen 1 times though rule O6 forbids it: market day closed accepted")
        );
        let never = text.lines().last().unwrap();
        assert!(never.starts_with("never seen") && never.contains("triggered"), "{never}");
        assert!(!never.contains("accepted"), "{never}");
    }
}
