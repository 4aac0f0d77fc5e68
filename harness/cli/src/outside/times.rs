//! Round-trip times, and how far two of them lie apart. Pure.

use hdrhistogram::Histogram;
use shadowbook_report::{Difference, RoundTrips};

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
            count: self.all.len(),
            min_ns: self.all.min(),
            p50_ns: at(0.5),
            p90_ns: at(0.9),
            p99_ns: at(0.99),
            p999_ns: at(0.999),
            max_ns: self.all.max(),
        }
    }

    /// These times less the others.
    pub(super) fn less(&self, others: &Self) -> Difference {
        // None is longer than LONGEST.
        let less = |(one, other): (&u64, &u64)| one.cast_signed() - other.cast_signed();
        let mut apart: Vec<i64> = self.medians.iter().zip(&others.medians).map(less).collect();
        apart.sort_unstable();
        let (Some(&least_ns), Some(&most_ns)) = (apart.first(), apart.last()) else {
            return Difference::default();
        };
        Difference { median_ns: apart[apart.len() / 2], least_ns, most_ns }
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
        assert_eq!(told.count, 1_000);
    }

    #[test]
    fn processes_are_compared_in_pairs() {
        let these = times(&[&[1, 50, 90], &[45, 45, 45], &[80, 80, 999]]);
        let others = times(&[&[40, 40, 40], &[60, 60, 60], &[41, 41, 41]]);
        let expected = Difference { median_ns: 10, least_ns: -15, most_ns: 39 };
        assert_eq!(these.less(&others), expected);
    }

    #[test]
    fn what_takes_for_ever_is_as_long_as_can_be_told() {
        let (endless, none) = (times(&[&[u64::MAX]]), times(&[&[0]]));
        let expected = LONGEST.cast_signed();
        assert_eq!(endless.less(&none).median_ns, expected);
        assert!(endless.told(String::new()).max_ns >= LONGEST);
        assert_eq!(times(&[]).less(&none), Difference::default());
    }
}
