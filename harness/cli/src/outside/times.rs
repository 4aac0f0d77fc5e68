//! Round-trip times, and how far two of them lie apart. Pure.

use hdrhistogram::Histogram;
use serde::Serialize;

/// Round-trip times, in nanoseconds; all zero where there are none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RoundTrips {
    /// The engine.
    pub(crate) engine: String,
    /// The shortest.
    pub(crate) min_ns: u64,
    /// Half of them are no longer.
    pub(crate) p50_ns: u64,
    /// 90 of 100 are no longer.
    pub(crate) p90_ns: u64,
    /// 99 of 100 are no longer.
    pub(crate) p99_ns: u64,
    /// 999 of 1,000 are no longer.
    pub(crate) p999_ns: u64,
    /// The longest.
    pub(crate) max_ns: u64,
    /// All of them, to within 0.1 %.
    #[serde(skip)]
    pub(crate) histogram: Histogram<u64>,
}

/// How far the medians of two engines lie apart, in nanoseconds; below zero where the first is the
/// shorter one. What the way costs is in both and falls out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// The median over all pairs of processes.
    pub(crate) median_ns: i64,
    /// That of the pair with the least,
    pub(crate) least_ns: i64,
    /// and of the one with the most: what is between them is noise.
    pub(crate) most_ns: i64,
}

/// The times of one engine.
pub(super) struct Times {
    all: Histogram<u64>,
    /// The median of each process, in nanoseconds.
    medians: Vec<u64>,
}

/// A child that takes longer has failed long before, in nanoseconds.
const LONGEST: u64 = 100_000_000_000;

impl Times {
    pub(super) fn new() -> Self {
        let all = Histogram::new_with_bounds(1, LONGEST, 3).expect("three digits are few enough");
        Self { all, medians: Vec::new() }
    }

    /// Takes the times of one process, in nanoseconds.
    pub(super) fn take(&mut self, mut nanos: Vec<u64>) {
        nanos.sort_unstable();
        nanos.iter().for_each(|nanos| self.all.saturating_record(*nanos));
        self.medians.extend(nanos.get(nanos.len() / 2).map(|median| (*median).min(LONGEST)));
    }

    pub(super) fn told(self, engine: String) -> RoundTrips {
        let at = |quantile| self.all.value_at_quantile(quantile);
        RoundTrips {
            engine,
            min_ns: self.all.min(),
            p50_ns: at(0.5),
            p90_ns: at(0.9),
            p99_ns: at(0.99),
            p999_ns: at(0.999),
            max_ns: self.all.max(),
            histogram: self.all,
        }
    }
}

impl Difference {
    /// These times less the others.
    pub(super) fn of(these: &Times, others: &Times) -> Self {
        // None is longer than LONGEST.
        let less = |(one, other): (&u64, &u64)| one.cast_signed() - other.cast_signed();
        let mut apart: Vec<i64> = these.medians.iter().zip(&others.medians).map(less).collect();
        apart.sort_unstable();
        let (Some(&least_ns), Some(&most_ns)) = (apart.first(), apart.last()) else {
            return Self::default();
        };
        Self { median_ns: apart[apart.len() / 2], least_ns, most_ns }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(processes: &[&[u64]]) -> Times {
        let mut times = Times::new();
        processes.iter().for_each(|nanos| times.take(nanos.to_vec()));
        times
    }

    #[test]
    fn percentiles_are_those_of_all_processes_together() {
        let slow: Vec<u64> = (1..=500).map(|time| time * 2_000).collect();
        let fast: Vec<u64> = (1..=500).map(|time| time * 2_000 - 1_000).collect();
        let told = times(&[&slow, &fast]).told("echo".to_owned());
        let near = |found: u64, expected: u64| found.abs_diff(expected) * 1_000 <= expected;
        for (found, expected) in [
            (told.min_ns, 1_000),
            (told.p50_ns, 500_000),
            (told.p90_ns, 900_000),
            (told.p99_ns, 990_000),
            (told.p999_ns, 999_000),
            (told.max_ns, 1_000_000),
        ] {
            assert!(near(found, expected), "{found} is not {expected}");
        }
        assert_eq!(told.histogram.len(), 1_000);
    }

    #[test]
    fn processes_are_compared_in_pairs() {
        let these = times(&[&[1, 50, 90], &[45, 45, 45], &[80, 80, 999]]);
        let others = times(&[&[40, 40, 40], &[60, 60, 60], &[41, 41, 41]]);
        let expected = Difference { median_ns: 10, least_ns: -15, most_ns: 39 };
        assert_eq!(Difference::of(&these, &others), expected);
    }

    #[test]
    fn what_takes_for_ever_is_as_long_as_can_be_told() {
        let (endless, none) = (times(&[&[u64::MAX]]), times(&[&[0]]));
        let expected = LONGEST.cast_signed();
        assert_eq!(Difference::of(&endless, &none).median_ns, expected);
        assert!(endless.told(String::new()).max_ns >= LONGEST);
        assert_eq!(Difference::of(&times(&[]), &none), Difference::default());
    }
}
