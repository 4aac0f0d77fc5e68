//! The verdict: what a run comes to, in one pure function.

use std::fmt;

use serde::Serialize;
use shadowbook_compare::{Breach, DivergenceKind, RecordedTally};
use shadowbook_model::{InstrumentId, Seq};
use shadowbook_replay::{BrokenOff, DiffError, DiffResult, Finding};

use crate::bugs::number_of_bugs;
use crate::page::{count, grouped};
use crate::share::Share;

/// What a run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// The candidate does what the reference does.
    Pass,
    /// It does not.
    Fail,
    /// No verdict can honestly be given.
    Inconclusive,
}

impl Outcome {
    /// The word that reports begin with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Why there was no whole run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Wrong usage or configuration, also a capture that asks for what an engine does not offer.
    Usage(String),
    /// An input is damaged or cannot be read.
    Input(String),
    /// The reference or the harness itself failed.
    Harness(String),
    /// The candidate could not be started.
    Candidate(String),
}

impl From<DiffError> for Failure {
    fn from(error: DiffError) -> Self {
        match error {
            DiffError::Input(_) => Self::Input(error.to_string()),
            DiffError::Reference(_) => Self::Harness(error.to_string()),
            DiffError::Candidate(_) => Self::Candidate(error.to_string()),
        }
    }
}

/// A run that ended before its stream, or never began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Why.
    pub failure: Failure,
    /// What was found before that.
    pub found: DiffResult,
}

impl From<Failure> for Box<Stopped> {
    /// A run that never began.
    fn from(failure: Failure) -> Self {
        Self::new(Stopped { failure, found: DiffResult::default() })
    }
}

impl From<Box<BrokenOff>> for Box<Stopped> {
    fn from(broken: Box<BrokenOff>) -> Self {
        let BrokenOff { error, result } = *broken;
        Self::new(Stopped { failure: error.into(), found: result })
    }
}

/// A command as reports name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where in the stream.
    pub seq: Seq,
    /// The symbol of its instrument.
    pub instrument: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seq {}, {}", self.seq, self.instrument)
    }
}

/// How a candidate came to its end before the stream did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CandidateEnd {
    /// It died.
    Crashed,
    /// It stopped answering.
    TimedOut,
    /// What it answered is no answer.
    Protocol,
}

impl CandidateEnd {
    const ALL: [(DivergenceKind, Self); 3] = [
        (DivergenceKind::CandidateCrashed, Self::Crashed),
        (DivergenceKind::CandidateTimedOut, Self::TimedOut),
        (DivergenceKind::CandidateProtocol, Self::Protocol),
    ];
}

impl fmt::Display for CandidateEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crashed => "crashed",
            Self::TimedOut => "stopped answering",
            Self::Protocol => "broke the protocol",
        })
    }
}

/// Everything that a verdict depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Why there was no whole run, if there was none.
    pub failure: Option<Failure>,
    /// How many commands were compared, those that production refused outside matching included.
    pub commands: u64,
    /// How many root divergences there are.
    pub roots: u64,
    /// How many bugs they come down to that accuse the candidate, as far as that is known.
    pub bugs: u64,
    /// The first root that accuses the candidate, of those that are listed.
    pub first_root: Option<Place>,
    /// How and where the candidate came to its end, if it did.
    pub end: Option<(CandidateEnd, Place)>,
    /// How many of them are on orders about which reference and recording already disagree.
    pub disputed: u64,
    /// Disputes that were forgotten because there were too many.
    pub forgotten_disputes: u64,
    /// Trades whose numbers could not be checked.
    pub unchecked_trades: u64,
    /// The reference against the recording.
    pub recorded: RecordedTally,
    /// How many breaches of rules the candidate has alone.
    pub breaches: u64,
    /// The first of them, where it is and in words.
    pub first_breach: Option<(Place, String)>,
    /// Whether books were compared, not only events.
    pub is_state_checked: bool,
    /// At how many checkpoints the books differed.
    pub mismatches: u64,
    /// How often the candidate's book was set from the reference's.
    pub resyncs: u64,
    /// How many divergences the allowlist covers; they are not among the roots.
    pub allowed: u64,
    /// Entries of the allowlist that do not hold although they cover something, in words.
    pub lapsed_allow: Vec<String>,
    /// Entries of the allowlist that cover nothing, in words.
    pub unused_allow: Vec<String>,
}

impl From<&DiffResult> for Facts {
    fn from(result: &DiffResult) -> Self {
        Self {
            failure: None,
            commands: result.comparison.commands,
            roots: result.comparison.roots,
            bugs: number_of_bugs(&result.bugs, |bug| bug.roots > bug.allowed),
            first_root: first_root(result, |finding| finding.allowed.is_none()),
            end: CandidateEnd::ALL.into_iter().find_map(|(kind, end)| {
                let place = first_root(result, |finding| finding.divergence.kind == kind);
                place.map(|place| (end, place))
            }),
            disputed: result.comparison.disputed,
            forgotten_disputes: result.comparison.forgotten_disputes,
            unchecked_trades: result.comparison.unchecked_trades,
            recorded: result.comparison.recorded,
            breaches: result.audit.as_ref().map_or(0, |audit| audit.own_count),
            first_breach: first_breach(result, Vec::new()),
            is_state_checked: result.is_state_checked,
            mismatches: result.comparison.mismatches,
            resyncs: result.resyncs,
            allowed: 0,
            lapsed_allow: Vec::new(),
            unused_allow: Vec::new(),
        }
    }
}

/// The first undisputed root of some kind.
pub(crate) fn first_root(
    result: &DiffResult,
    is_meant: impl Fn(&Finding) -> bool,
) -> Option<Place> {
    let undisputed = result.findings.iter().filter(|finding| !finding.divergence.is_disputed);
    let root = &undisputed.into_iter().find(|finding| is_meant(finding))?.divergence;
    Some(place(result, root.seq, root.instrument))
}

fn place(result: &DiffResult, seq: Seq, instrument: InstrumentId) -> Place {
    let instrument = result.instruments.get(instrument.index());
    let instrument = instrument.map_or_else(String::new, |instrument| instrument.symbol.clone());
    Place { seq, instrument }
}

/// The first breach that the candidate has alone, or of these others.
pub(crate) fn first_breach(result: &DiffResult, others: Vec<&Breach>) -> Option<(Place, String)> {
    let own = result.audit.as_ref()?.own.first();
    let breach = own.into_iter().chain(others).min_by_key(|breach| breach.seq)?;
    let place = place(result, breach.seq, breach.instrument);
    Some((place, format!("{}: {}", breach.rule, breach.detail)))
}

impl From<&Stopped> for Facts {
    fn from(stopped: &Stopped) -> Self {
        Self { failure: Some(stopped.failure.clone()), ..Self::from(&stopped.found) }
    }
}

/// What the user accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecisionOptions {
    /// The smallest share of recorded outcomes, unchecked ones included, that the reference must
    /// reproduce exactly.
    pub recorded_min: Share,
    /// The user asked for that share of this very capture, so that one without a single recorded
    /// outcome is not what was meant.
    pub needs_recorded: bool,
    /// A verdict from events alone will do where an engine cannot show its book.
    pub allow_no_state: bool,
    /// What an entry of the allowlist means that covers nothing.
    pub unused_allow: UnusedAllow,
}

/// What an entry of the allowlist means that covers nothing in a whole run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnusedAllow {
    /// A warning: somebody should take it out.
    #[default]
    Warns,
    /// A fail: the user asked for no more than what is needed.
    Fails,
    /// Nothing here: another capture may need it, and somebody else looks at all of them.
    SaysNothing,
}

impl Default for DecisionOptions {
    fn default() -> Self {
        Self {
            recorded_min: Share::percent(99),
            needs_recorded: false,
            allow_no_state: false,
            unused_allow: UnusedAllow::default(),
        }
    }
}

/// A verdict and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The verdict.
    pub verdict: Outcome,
    /// The exit code that says the same: 0, 1 and 3, and 2, 4 and 5 for runs that failed.
    pub exit_code: u8,
    /// Why, the weightiest reason first; none for a pass.
    pub reasons: Vec<String>,
    /// What somebody should look at, and changes nothing.
    pub warnings: Vec<String>,
}

/// Decides what a run comes to. Of several outcomes the first of the codes 2, 4, 5, 1, 3, 0 counts.
#[must_use]
pub fn decide(facts: &Facts, options: &DecisionOptions) -> Decision {
    if let Some(failure) = &facts.failure {
        let (verdict, exit_code, reason) = match failure {
            Failure::Usage(reason) => (Outcome::Inconclusive, 2, reason),
            Failure::Input(reason) => (Outcome::Inconclusive, 4, reason),
            Failure::Harness(reason) => (Outcome::Inconclusive, 5, reason),
            Failure::Candidate(reason) => (Outcome::Fail, 1, reason),
        };
        let reasons = std::iter::once(reason.clone()).chain(accusations(facts)).collect();
        return Decision { verdict, exit_code, reasons, warnings: Vec::new() };
    }
    let mut reasons: Vec<String> = accusations(facts).collect();
    let mut warnings = Vec::new();
    match options.unused_allow {
        // What a candidate that died would have shown nobody knows.
        _ if facts.end.is_some() => {}
        UnusedAllow::Warns => warnings.clone_from(&facts.unused_allow),
        UnusedAllow::Fails => reasons.extend(facts.unused_allow.iter().cloned()),
        UnusedAllow::SaysNothing => {}
    }
    let wrong = reasons.len();
    reasons.extend(facts.lapsed_allow.iter().cloned());
    reasons.extend(doubts(facts, options));
    let (verdict, exit_code) = match (wrong, reasons.is_empty()) {
        (0, true) => (Outcome::Pass, 0),
        (0, false) => (Outcome::Inconclusive, 3),
        _ => (Outcome::Fail, 1),
    };
    Decision { verdict, exit_code, reasons, warnings }
}

/// What the candidate is found to do wrong.
fn accusations(facts: &Facts) -> impl Iterator<Item = String> {
    let breaks_rules = breaks_rules(facts).filter(|_| !is_all_disputed(facts));
    diverges(facts).into_iter().chain(breaks_rules)
}

/// Whether everything in which the engines differ is what reference and recording disagree about:
/// then the candidate may break a rule as production did.
const fn is_all_disputed(facts: &Facts) -> bool {
    facts.roots > 0 && facts.roots == facts.disputed
}

/// Rules that the candidate breaks and the reference does not.
fn breaks_rules(facts: &Facts) -> Option<String> {
    if facts.breaches == 0 {
        return None;
    }
    let first = facts.first_breach.as_ref();
    let first =
        first.map_or_else(String::new, |(place, what)| format!("; the first at {place}, {what}"));
    let times = times(facts.breaches);
    Some(format!("the candidate breaks a rule {times} that the reference keeps{first}"))
}

/// Where the candidate differs from the reference.
fn diverges(facts: &Facts) -> Option<String> {
    let wrong = facts.roots.saturating_sub(facts.disputed);
    let divergence = || {
        // Not every root is listed.
        let first = facts.first_root.as_ref();
        let first = first.map_or_else(String::new, |place| format!("; the first at {place}"));
        let bugs = match facts.bugs {
            0 => String::new(),
            bugs => format!(" of {}", count(bugs, "bug")),
        };
        format!("diverges from the reference, {}{bugs}{first}", count(wrong, "root"))
    };
    match (wrong, &facts.end) {
        (0, _) => None,
        (1, Some((end, place))) => Some(format!("the candidate {end} at {place}")),
        (_, Some((end, place))) => {
            Some(format!("the candidate {end} at seq {} and {}", place.seq, divergence()))
        }
        (_, None) => Some(format!("the candidate {}", divergence())),
    }
}

/// What keeps a verdict from being an honest pass.
fn doubts(facts: &Facts, options: &DecisionOptions) -> Vec<String> {
    let mut doubts = Vec::new();
    if facts.commands == 0 {
        doubts.push("the capture holds no commands".to_owned());
    } else if facts.commands <= facts.recorded.external {
        doubts.push(
            "production refused every command outside matching: no engine received one".to_owned(),
        );
    }
    doubts.extend(unknown_books(facts));
    if facts.disputed > 0 {
        doubts.push(format!(
            "{} on an order about which the reference and the recording already disagree",
            count(facts.disputed, "divergence")
        ));
    }
    if is_all_disputed(facts) {
        doubts.extend(breaks_rules(facts));
    }
    if facts.forgotten_disputes > 0 {
        doubts.push(format!(
            "reference and recording disagree about {} more than can be remembered",
            count(facts.forgotten_disputes, "order")
        ));
    }
    if facts.unchecked_trades > 0 {
        doubts.push(format!(
            "the numbers of {} could not be held together, because they go back and forth",
            count(facts.unchecked_trades, "trade")
        ));
    }
    let RecordedTally { exact, .. } = facts.recorded;
    let outcomes = facts.recorded.outcomes();
    if options.needs_recorded && options.recorded_min > Share::NONE && outcomes == 0 {
        doubts.push(format!(
            "nothing is recorded in the capture, although a share of {} is asked for",
            options.recorded_min
        ));
    }
    if options.recorded_min.exceeds(exact, outcomes) {
        doubts.push(format!(
            "the reference reproduces {exact} of {outcomes} recorded outcomes exactly, a share of \
             {} is asked for",
            options.recorded_min
        ));
    }
    if !facts.is_state_checked && !options.allow_no_state {
        doubts.push("an engine cannot show its book: only events were compared".to_owned());
    }
    doubts
}

/// What is not known because books differed and nothing is said against that.
fn unknown_books(facts: &Facts) -> Option<String> {
    if facts.roots > facts.disputed {
        // A root says it better.
        return None;
    }
    if facts.resyncs > 0 {
        return Some(format!(
            "the candidate's book was set from the reference's {}: nobody knows what it would have \
             come to by itself",
            times(facts.resyncs)
        ));
    }
    let is_unsaid = facts.roots == 0 && facts.mismatches > 0;
    is_unsaid.then(|| match facts.allowed {
        // Books that differ make a root. Should one ever be lost, that must not become a pass.
        0 => format!(
            "the books differ at {}, and nothing says since when",
            count(facts.mismatches, "checkpoint")
        ),
        _ => format!(
            "the books differ at {} after a divergence that is allowed: what follows from that \
             was not compared",
            count(facts.mismatches, "checkpoint")
        ),
    })
}

fn times(number: u64) -> String {
    if number == 1 { "once".to_owned() } else { format!("{} times", grouped(number)) }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
