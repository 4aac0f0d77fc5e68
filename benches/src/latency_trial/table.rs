//! What became of the runs.

use std::collections::BTreeMap;
use std::time::Duration;

use shadowbook_latency::{LatencyOutcome, Measured, TestName};

/// All runs of a case at one threshold.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    threshold: f64,
    runs: usize,
    failed: usize,
    named: usize,
    inconclusive: usize,
    /// Of those, how many with a twin's floor that really was above the threshold.
    noisy: usize,
    extended: usize,
    /// How often each test of the family tripped.
    tripped: BTreeMap<String, usize>,
    estimates: Vec<f64>,
    seconds: Vec<f64>,
}

impl Row {
    pub(crate) const fn new(threshold: f64) -> Self {
        Self {
            threshold,
            runs: 0,
            failed: 0,
            named: 0,
            inconclusive: 0,
            noisy: 0,
            extended: 0,
            tripped: BTreeMap::new(),
            estimates: Vec::new(),
            seconds: Vec::new(),
        }
    }

    /// Counts a run.
    pub(crate) fn add(&mut self, measured: &Measured, took: Duration, is_named: bool) {
        let judgement = &measured.judgement;
        let is_inconclusive = judgement.verdict == LatencyOutcome::Inconclusive;
        let is_noisy = judgement.floor.is_some_and(|floor| floor > self.threshold);
        self.runs += 1;
        self.failed += usize::from(judgement.verdict == LatencyOutcome::Fail);
        self.named += usize::from(is_named);
        self.inconclusive += usize::from(is_inconclusive);
        self.noisy += usize::from(is_inconclusive && is_noisy);
        self.extended += usize::from(measured.is_extended);
        self.estimates.extend(judgement.test(TestName::Overall).map(|test| test.estimate));
        self.seconds.push(took.as_secs_f64());
        for test in judgement.tests.iter().filter(|test| test.is_tripped) {
            *self.tripped.entry(test.what.to_string()).or_default() += 1;
        }
    }

    fn quantile(values: &[f64], percent: usize) -> f64 {
        let mut values = values.to_vec();
        values.sort_by(f64::total_cmp);
        let last = values.len().saturating_sub(1);
        values.get(last * percent / 100).copied().unwrap_or_default()
    }
}

/// The heading.
pub(crate) fn head() -> String {
    format!(
        "{:23} {:>9} {:>5} {:>5} {:>6} {:>7} {:>6} {:>9} {:>26} {:>12}  tripped\n",
        "case",
        "threshold",
        "runs",
        "FAIL",
        "named",
        "INCONCL",
        "noisy",
        "extended",
        "estimate 1 % / 50 % / 99 %",
        "s 50 % / max"
    )
}

/// One line of the table.
pub(crate) fn line(case: &str, row: &Row) -> String {
    let tripped = row.tripped.iter().map(|(what, times)| format!(" {what} {times}"));
    let tripped: String = tripped.collect();
    let estimate = |percent| Row::quantile(&row.estimates, percent) * 100.0;
    format!(
        "{case:23} {:>7} % {:>5} {:>5} {:>6} {:>7} {:>6} {:>9} {:>26} {:>12} {tripped}\n",
        row.threshold * 100.0,
        row.runs,
        row.failed,
        row.named,
        row.inconclusive,
        row.noisy,
        row.extended,
        format!("{:+.2} / {:+.2} / {:+.2}", estimate(1), estimate(50), estimate(99)),
        format!("{:.1} / {:.1}", Row::quantile(&row.seconds, 50), Row::quantile(&row.seconds, 100)),
    )
}
