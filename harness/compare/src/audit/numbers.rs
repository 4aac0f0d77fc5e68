//! Whether a trade number was used before, in constant memory.

use std::collections::BTreeMap;

/// How many runs of numbers are remembered.
const RUNS: usize = 64;

/// The trade numbers of one instrument, as runs of consecutive ones.
#[derive(Clone, Debug, Default)]
pub(super) struct TradeNumbers {
    /// From the first number of a run to its last.
    runs: BTreeMap<u64, u64>,
    /// The last run grows in the common case; kept apart from the others.
    latest: Option<(u64, u64)>,
    /// Where the last run would meet the next one.
    room: Option<u64>,
    /// Runs below this number are forgotten.
    floor: u64,
    /// Numbers below the floor: nobody knows whether they were used before.
    pub(super) unchecked: u64,
}

impl TradeNumbers {
    /// Numbers below this one are used.
    pub(super) fn begin_at(&mut self, next: u64) {
        *self = Self { latest: next.checked_sub(1).map(|last| (0, last)), ..Self::default() };
    }

    /// A number that was not used yet, where nobody gave one.
    pub(super) fn next(&self) -> u64 {
        self.latest.map_or(1, |(_, last)| last.saturating_add(1))
    }

    /// Notes a number. `false` when it was used before.
    #[inline]
    pub(super) fn observe(&mut self, number: u64) -> bool {
        match &mut self.latest {
            Some((_, last)) if last.checked_add(1) == Some(number) && self.room != Some(number) => {
                *last = number;
                true
            }
            _ => self.jump(number),
        }
    }

    #[cold]
    fn jump(&mut self, number: u64) -> bool {
        let is_new = self.insert(number);
        let last = self.latest.map_or(0, |(_, last)| last);
        self.room = self.runs.range(last..).next().map(|(first, _)| *first);
        is_new
    }

    fn insert(&mut self, number: u64) -> bool {
        if let Some((first, last)) = self.latest.take() {
            self.runs.insert(first, last);
        }
        if let Some((first, last)) = self.runs.range(..=number).next_back().map(|(f, l)| (*f, *l)) {
            if number <= last {
                self.latest = self.runs.remove(&first).map(|last| (first, last));
                return false;
            }
            if last + 1 == number {
                self.runs.remove(&first);
                self.latest = Some((first, number));
                return true;
            }
        }
        if number < self.floor {
            self.unchecked += 1;
            self.latest = self.runs.pop_last();
            return true;
        }
        self.latest = Some((number, number));
        if self.runs.len() >= RUNS
            && let Some((_, last)) = self.runs.pop_first()
        {
            self.floor = self.floor.max(last);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_used_once() {
        let mut numbers = TradeNumbers::default();
        assert!([1, 2, 3, 10, 11, 7, u64::MAX, 8, 4].into_iter().all(|n| numbers.observe(n)));
        for used in [2, 4, 7, 8, 11, u64::MAX] {
            assert!(!numbers.observe(used), "{used}");
        }
        assert!(numbers.observe(5) && numbers.observe(6));
        assert!(!numbers.observe(7), "the runs have met");
        assert_eq!(numbers.unchecked, 0);
    }

    #[test]
    fn what_lies_below_the_window_is_not_known() {
        let mut numbers = TradeNumbers::default();
        assert!((1..200).all(|n| numbers.observe(n * 2)));
        assert!(numbers.observe(4));
        assert_eq!(numbers.unchecked, 1);
        assert!(!numbers.observe(398));
        assert!(numbers.runs.len() <= RUNS);
    }

    #[test]
    fn a_restored_instrument_has_used_what_lies_before() {
        let mut numbers = TradeNumbers::default();
        numbers.begin_at(5);
        assert!(!numbers.observe(4));
        assert!(numbers.observe(5));
    }
}
