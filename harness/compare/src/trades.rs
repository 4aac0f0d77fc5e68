//! Trade numbers are an engine's own: two engines are held together by a one-to-one mapping.
//!
//! # Memory
//! Numberings that run in parallel are one run each, whatever their length. While both numberings
//! only ever rise, at most [`RECENT_RUNS`] runs are kept for each instrument; a trade whose number
//! then goes back behind them may or may not have used it before, and is counted as unchecked.
//! Numberings that jump about cost a run for each trade until [`RUN_BUDGET`] is used up; from then
//! on their trades are counted as unchecked too.

use std::collections::BTreeMap;

use shadowbook_model::{InstrumentId, TradeId};
use thiserror::Error;

/// How many runs of rising numberings are kept for one instrument.
const RECENT_RUNS: usize = 64;
/// How many runs are kept for all instruments together.
const RUN_BUDGET: usize = 1 << 20;

/// Why two trade numbers cannot stand for the same trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MappingBreak {
    /// The reference used its number before, for another trade of the candidate.
    #[error("the reference's trade {reference} was the candidate's {before} before, now {now}")]
    ReferenceReused {
        /// The number that the reference used again.
        reference: TradeId,
        /// What it stood for.
        before: TradeId,
        /// What it would stand for now.
        now: TradeId,
    },
    /// The candidate used its number before, for another trade of the reference.
    #[error("the candidate's trade {candidate} was the reference's {before} before, now {now}")]
    CandidateReused {
        /// The number that the candidate used again.
        candidate: TradeId,
        /// What it stood for.
        before: TradeId,
        /// What it would stand for now.
        now: TradeId,
    },
}

impl MappingBreak {
    /// The name in signatures.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ReferenceReused { .. } => "reference-reused",
            Self::CandidateReused { .. } => "candidate-reused",
        }
    }
}

/// The mappings of all instruments.
#[derive(Debug)]
pub struct TradeMaps {
    instruments: Vec<TradeMap>,
    runs: usize,
    unchecked: u64,
}

impl TradeMaps {
    /// Nothing has traded yet on so many instruments.
    #[must_use]
    pub fn new(instruments: usize) -> Self {
        Self {
            instruments: std::iter::repeat_with(TradeMap::default).take(instruments).collect(),
            runs: 0,
            unchecked: 0,
        }
    }

    /// How many trades could not be checked because the numberings took too much memory.
    #[must_use]
    pub const fn unchecked(&self) -> u64 {
        self.unchecked
    }

    /// Forgets the numbers of an instrument: one of its engines counts anew.
    pub fn forget(&mut self, instrument: InstrumentId) {
        if let Some(map) = self.instruments.get_mut(instrument.index()) {
            self.runs -= map.forward.len();
            *map = TradeMap::default();
        }
    }

    /// Notes that one trade has these numbers.
    ///
    /// # Errors
    /// When the mapping would not be one-to-one any more; it stays as it was.
    #[inline]
    pub fn observe(
        &mut self,
        instrument: InstrumentId,
        reference: TradeId,
        candidate: TradeId,
    ) -> Result<(), MappingBreak> {
        let Some(map) = self.instruments.get_mut(instrument.index()) else { return Ok(()) };
        if map.extend_latest(reference.0, candidate.0) {
            return Ok(());
        }
        let before = map.forward.len();
        if self.runs >= RUN_BUDGET && !map.may_forget() {
            self.unchecked += 1;
            return Ok(());
        }
        let result = map.observe(reference.0, candidate.0);
        self.runs = self.runs + map.forward.len() - before;
        self.unchecked += u64::from(result == Ok(Observed::Forgotten));
        result.map(|_| ())
    }
}

/// What came of looking at a trade that breaks nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Observed {
    /// Its numbers fit.
    Fits,
    /// Its numbers are so old that nobody knows whether they were used before.
    Forgotten,
}

/// The mapping of one instrument: runs in which both numbers rise by one from trade to trade.
#[derive(Debug)]
struct TradeMap {
    /// From the reference's first number of a run to (the candidate's first number, length).
    forward: BTreeMap<u64, (u64, u64)>,
    /// From the candidate's first number of a run to (the reference's first number, length).
    backward: BTreeMap<u64, (u64, u64)>,
    latest: Option<Run>,
    highest: Option<(u64, u64)>,
    /// No run below these numbers is remembered.
    floor: Option<(u64, u64)>,
    only_rises: bool,
}

/// The run that grew last, and how far it may grow before it meets another one.
#[derive(Clone, Copy, Debug)]
struct Run {
    reference: u64,
    candidate: u64,
    length: u64,
    room: u64,
}

impl Default for TradeMap {
    fn default() -> Self {
        Self {
            forward: BTreeMap::new(),
            backward: BTreeMap::new(),
            latest: None,
            highest: None,
            floor: None,
            only_rises: true,
        }
    }
}

impl TradeMap {
    /// The common case: both numbers are one more than those of the trade before.
    #[inline]
    fn extend_latest(&mut self, reference: u64, candidate: u64) -> bool {
        let Some(run) = &mut self.latest else { return false };
        let follows = run.length < run.room
            && reference.wrapping_sub(run.reference) == run.length
            && candidate.wrapping_sub(run.candidate) == run.length;
        run.length += u64::from(follows);
        follows
    }

    fn may_forget(&self) -> bool {
        self.only_rises && self.forward.len() >= RECENT_RUNS
    }

    fn observe(&mut self, reference: u64, candidate: u64) -> Result<Observed, MappingBreak> {
        self.write_back();
        let (to_candidate, to_reference) =
            (find(&self.forward, reference), find(&self.backward, candidate));
        match (to_candidate, to_reference) {
            (Some(before), _) if before != candidate => Err(MappingBreak::ReferenceReused {
                reference: TradeId(reference),
                before: TradeId(before),
                now: TradeId(candidate),
            }),
            (_, Some(before)) if before != reference => Err(MappingBreak::CandidateReused {
                candidate: TradeId(candidate),
                before: TradeId(before),
                now: TradeId(reference),
            }),
            (Some(_), _) | (_, Some(_)) => Ok(Observed::Fits),
            (None, None) if self.is_forgotten(reference, candidate) => Ok(Observed::Forgotten),
            (None, None) => {
                self.begin_run(reference, candidate);
                Ok(Observed::Fits)
            }
        }
    }

    fn is_forgotten(&self, reference: u64, candidate: u64) -> bool {
        self.floor.is_some_and(|floor| reference <= floor.0 || candidate <= floor.1)
    }

    fn begin_run(&mut self, reference: u64, candidate: u64) {
        let rises = self.highest.is_none_or(|(a, b)| reference > a && candidate > b);
        self.only_rises &= rises;
        let (a, b) = self.highest.unwrap_or((reference, candidate));
        self.highest = Some((a.max(reference), b.max(candidate)));
        if self.may_forget() {
            self.forget_oldest();
        }
        self.forward.insert(reference, (candidate, 1));
        self.backward.insert(candidate, (reference, 1));
        let room = room(&self.forward, reference).min(room(&self.backward, candidate));
        self.latest = Some(Run { reference, candidate, length: 1, room });
    }

    /// Puts the length that the latest run has reached into both maps.
    fn write_back(&mut self) {
        let Some(run) = self.latest.take() else { return };
        self.forward.insert(run.reference, (run.candidate, run.length));
        self.backward.insert(run.candidate, (run.reference, run.length));
        let (a, b) = self.highest.unwrap_or((0, 0));
        let last = run.length - 1;
        self.highest = Some((a.max(run.reference + last), b.max(run.candidate + last)));
    }

    fn forget_oldest(&mut self) {
        // While both only rise, the lowest run of either map is the same one: the oldest.
        if let Some((reference, (candidate, length))) = self.forward.pop_first() {
            self.backward.remove(&candidate);
            self.floor = Some((reference + length - 1, candidate + length - 1));
        }
    }
}

/// What `number` stands for according to `runs`.
fn find(runs: &BTreeMap<u64, (u64, u64)>, number: u64) -> Option<u64> {
    let (start, (other, length)) = runs.range(..=number).next_back()?;
    let offset = number - start;
    (offset < *length).then(|| other + offset)
}

/// How long a run that begins at `start` may become before it meets the next one or the end.
fn room(runs: &BTreeMap<u64, (u64, u64)>, start: u64) -> u64 {
    let next = start.checked_add(1).and_then(|after| runs.range(after..).next());
    next.map_or(u64::MAX - start, |(next, _)| next - start)
}

#[cfg(test)]
#[path = "trades_tests.rs"]
mod tests;
