//! The verdict on latency: a pure function of what was measured.
//!
//! The statistics and what they are worth stand in `docs/latency-statistics.md`.

mod excess;
mod measured;
mod words;

use std::fmt;

use serde::{Serialize, Serializer};
use shadowbook_model::CommandKind;

use crate::judge::excess::measure_excess;
use crate::judge::measured::{Gap, Measured, measure_kind, measure_overall};
use crate::samples::{EventSamples, ServiceSamples};
use crate::stats::holm;

/// What is too slow, and how sure one has to be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Thresholds {
    /// The candidate may be slower by this fraction, all commands together.
    pub slower: f64,
    /// And by this on a kind of command: more, as where the linker puts the code moves single kinds
    /// further than all of them together.
    pub slower_kind: f64,
    /// So large a share of the commands, net of those that are faster, may be clearly slower.
    pub excess: f64,
    /// How often at most all tests together may find slower a candidate that is not.
    pub alpha: f64,
    /// How often the twin's own interval, from which the noise floor comes, may miss.
    pub twin_alpha: f64,
    /// Kinds with a smaller share of the commands are not tested for themselves.
    pub least_share: f64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            slower: 0.02,
            slower_kind: Self::KIND,
            excess: 0.001,
            alpha: 0.01,
            twin_alpha: 0.05,
            least_share: 0.01,
        }
    }
}

impl Thresholds {
    /// What each kind may be slower by unless somebody says: two builds of the same sources were
    /// seen to differ by more than 2 % in one kind, in nearly every run.
    pub const KIND: f64 = 0.05;

    /// This fraction for all commands, and for each kind no less than it.
    #[must_use]
    pub fn at(slower: f64) -> Self {
        Self { slower, slower_kind: slower.max(Self::KIND), ..Self::default() }
    }
}

/// What a latency run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LatencyOutcome {
    /// Nothing is slower by more than the thresholds, as far as this run could see.
    Pass,
    /// Something is.
    Fail,
    /// This run could not see it: too much noise, or too little measured.
    Inconclusive,
}

/// What a test is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TestName {
    /// All commands together, timed in chunks.
    Overall,
    /// All commands of a kind together, timed one by one.
    Kind(CommandKind),
    /// The share of commands that are clearly slower minus the share clearly faster.
    Excess,
}

impl fmt::Display for TestName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overall => f.pad("overall"),
            Self::Kind(kind) => f.pad(&format!("kind:{kind}")),
            Self::Excess => f.pad("excess"),
        }
    }
}

impl Serialize for TestName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From where to where a value may lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// One quantity that the candidate is judged by; all numbers are fractions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Test {
    /// What it is about.
    pub what: TestName,
    /// How much slower the candidate is than the reference: 0.02 is 2 %; below zero it is faster.
    pub estimate: f64,
    /// Where the truth lies, at the level that Holm's procedure gives this test, never narrower
    /// than the twin allows.
    pub interval: Interval,
    /// How much slower the reference is than itself.
    pub twin_estimate: f64,
    /// Where that may lie, at the plain level of the twin.
    pub twin_interval: Interval,
    /// The noise floor of this quantity: the end of the twin's interval that is farther from zero.
    pub floor: f64,
    /// What the estimate is held against.
    pub threshold: f64,
    /// The share of all commands that it is about.
    pub share_of_commands: f64,
    /// Whether the candidate fails by it.
    pub is_tripped: bool,
}

/// The two shares of commands whose difference is the matched excess.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ExcessShares {
    /// Clearly slower in the candidate.
    pub slower: f64,
    /// Clearly faster.
    pub faster: f64,
    /// The least difference in nanoseconds that counts as clear; it is larger for long commands
    /// and where the twin differs from the reference by more.
    pub clear_nanos: u64,
}

/// The verdict and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// The verdict.
    pub verdict: LatencyOutcome,
    /// The noise floor of this run, that of all commands together; `None` if it was not measured.
    pub floor: Option<f64>,
    /// Whether the floor is above the threshold.
    pub is_noisy: bool,
    /// All tests that could be made: overall, kinds in their order, excess.
    pub tests: Vec<Test>,
    /// What the excess is made of, if it could be measured.
    pub excess: Option<ExcessShares>,
    /// Why the verdict is not PASS, in sentences; nothing if it is.
    pub reasons: Vec<String>,
    /// What one should know about the verdict and what does not decide it, in sentences.
    pub notes: Vec<String>,
}

/// A kind with this share of the commands is worth measuring longer for.
const LARGE_SHARE: f64 = 0.05;

impl Judgement {
    /// Whether measuring more may lead to another verdict: nothing was found, and something that
    /// makes up a large part of the commands is noisier than the threshold, or an estimate is above
    /// its threshold and its interval is too wide to believe it. This is to be followed once only,
    /// as each further look is a further chance to be wrong.
    #[must_use]
    pub fn asks_for_more(&self) -> bool {
        let is_open = |test: &Test| {
            let is_blind = test.share_of_commands >= LARGE_SHARE && test.floor > test.threshold;
            is_blind || test.estimate > test.threshold
        };
        self.verdict != LatencyOutcome::Fail && self.tests.iter().any(is_open)
    }

    /// The test about this, if it could be made.
    #[must_use]
    pub fn test(&self, what: TestName) -> Option<&Test> {
        self.tests.iter().find(|test| test.what == what)
    }
}

/// Judges what was measured.
///
/// `clock_step_nanos` is the smallest step of the clock that timed the single commands. Samples
/// that are empty, or that contain a time of zero where something must take time, lead to
/// INCONCLUSIVE with a reason, never to a panic.
#[must_use]
pub fn judge(
    service: &ServiceSamples,
    events: &EventSamples,
    clock_step_nanos: u64,
    thresholds: &Thresholds,
) -> Judgement {
    let mut measured = Vec::new();
    let mut gaps = Vec::new();
    let mut take = |result: Result<Measured, Gap>| match result {
        Ok(found) => measured.push(found),
        Err(gap) => gaps.push(gap),
    };
    take(measure_overall(service, thresholds));
    for &kind in CommandKind::ALL {
        if let Some(result) = measure_kind(kind, events, thresholds) {
            take(result);
        }
    }
    let excess = measure_excess(events, clock_step_nanos, thresholds);
    let shares = excess.as_ref().ok().map(|(_, shares)| *shares);
    take(excess.map(|(found, _)| found));

    let tests = tested(&measured, thresholds);
    conclude(tests, shares, &gaps, thresholds)
}

/// All tests as one family.
fn tested(measured: &[Measured], thresholds: &Thresholds) -> Vec<Test> {
    let likelihoods: Vec<f64> = measured.iter().map(Measured::likelihood).collect();
    let steps = holm(&likelihoods, thresholds.alpha.clamp(1e-9, 0.5));
    measured
        .iter()
        .zip(steps)
        .map(|(found, step)| found.test(step, thresholds.twin_alpha.clamp(1e-9, 0.5)))
        .collect()
}

fn conclude(
    tests: Vec<Test>,
    excess: Option<ExcessShares>,
    gaps: &[Gap],
    thresholds: &Thresholds,
) -> Judgement {
    let overall = tests.iter().find(|test| test.what == TestName::Overall);
    let floor = overall.map(|test| test.floor);
    let noisy = overall.filter(|test| test.floor > thresholds.slower);
    let missing = gaps.iter().filter(|gap| gap.is_needed());
    let tripped: Vec<String> =
        tests.iter().filter(|test| test.is_tripped).map(words::tripped).collect();
    let unseen: Vec<String> =
        noisy.into_iter().map(words::noisy).chain(missing.map(words::gap)).collect();
    let mut notes: Vec<String> = tests.iter().filter_map(words::left_open).collect();
    notes.extend(gaps.iter().filter(|gap| !gap.is_needed()).map(words::gap));

    let (verdict, reasons) = if !tripped.is_empty() {
        notes.splice(0..0, unseen);
        (LatencyOutcome::Fail, tripped)
    } else if !unseen.is_empty() {
        (LatencyOutcome::Inconclusive, unseen)
    } else {
        (LatencyOutcome::Pass, Vec::new())
    };
    Judgement { verdict, floor, is_noisy: noisy.is_some(), tests, excess, reasons, notes }
}

#[cfg(test)]
mod tests;
