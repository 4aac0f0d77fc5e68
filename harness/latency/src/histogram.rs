//! Histograms of times in nanoseconds, and the few figures that are read off them.

use std::collections::BTreeMap;
use std::fmt;

use hdrhistogram::Histogram as Hdr;
use serde::{Deserialize, Serialize};
use shadowbook_model::CommandKind;

use crate::arm::{Arm, PerArm};
use crate::samples::EventSamples;

/// How many times lay where, in nanoseconds.
///
/// Times are kept to [`Histogram::DIGITS`] significant digits, so that a figure is at most 0.1 %
/// too high and never too low. Those above [`Histogram::HIGHEST_NANOS`] count as that, and are
/// counted; the longest is kept as it was.
#[derive(Clone)]
pub struct Histogram {
    buckets: Hdr<u64>,
    saturated: u64,
    longest_nanos: u64,
}

impl Histogram {
    /// The shortest time that is told from nothing, in nanoseconds.
    pub const LOWEST_NANOS: u64 = 1;
    /// The longest time that has a place of its own, in nanoseconds: an hour.
    pub const HIGHEST_NANOS: u64 = 3_600_000_000_000;
    /// Significant decimal digits of a time.
    pub const DIGITS: u8 = 3;

    /// One that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        let buckets = Hdr::new_with_bounds(Self::LOWEST_NANOS, Self::HIGHEST_NANOS, Self::DIGITS)
            .expect("the bounds are right, and fit into memory");
        Self { buckets, saturated: 0, longest_nanos: 0 }
    }

    /// One that holds these times, in nanoseconds.
    #[must_use]
    pub fn of(nanos: impl IntoIterator<Item = u64>) -> Self {
        let mut histogram = Self::new();
        for nanos in nanos {
            histogram.record(nanos);
        }
        histogram
    }

    /// Counts one time, in nanoseconds.
    pub fn record(&mut self, nanos: u64) {
        self.saturated += u64::from(nanos > Self::HIGHEST_NANOS);
        self.longest_nanos = self.longest_nanos.max(nanos);
        self.buckets.saturating_record(nanos);
    }

    /// Counts all that another holds.
    pub fn add(&mut self, other: &Self) {
        self.buckets.add(&other.buckets).expect("both have the same bounds");
        self.saturated += other.saturated;
        self.longest_nanos = self.longest_nanos.max(other.longest_nanos);
    }

    /// How many times it holds.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.len()
    }

    /// How many of them were above [`Self::HIGHEST_NANOS`].
    #[must_use]
    pub const fn saturated(&self) -> u64 {
        self.saturated
    }

    /// What it is in the crate `hdrhistogram`.
    #[must_use]
    pub const fn as_hdr(&self) -> &Hdr<u64> {
        &self.buckets
    }

    /// Its figures; `None` when it holds nothing.
    #[must_use]
    pub fn percentiles(&self) -> Option<Percentiles> {
        (self.count() > 0).then(|| Percentiles {
            p50: self.at_rank(Quantile::P50),
            p90: self.at_rank(Quantile::P90),
            p99: self.at_rank(Quantile::P99),
            p99_9: self.at_rank(Quantile::P99_9),
            max: self.longest_nanos,
            slowest_1_percent_mean: self.slowest_mean(),
        })
    }

    /// The time that this share of all is not above, in nanoseconds.
    fn at_rank(&self, quantile: Quantile) -> u64 {
        let rank = quantile.rank(self.count());
        let mut below = 0;
        for step in self.buckets.iter_recorded() {
            below += step.count_at_value();
            if below >= rank {
                // The upper end of the last bucket may lie above every time in it.
                return step.value_iterated_to().min(self.longest_nanos);
            }
        }
        self.longest_nanos
    }

    /// The mean of the slowest hundredth, in nanoseconds: of one time at least.
    fn slowest_mean(&self) -> u64 {
        let slowest = self.count().div_ceil(100);
        let mut to_pass = self.count() - slowest;
        let mut sum = 0u128;
        for step in self.buckets.iter_recorded() {
            let passed = step.count_at_value().min(to_pass);
            to_pass -= passed;
            let nanos = self.buckets.median_equivalent(step.value_iterated_to());
            let nanos = nanos.min(self.longest_nanos);
            sum += u128::from(step.count_at_value() - passed) * u128::from(nanos);
        }
        u64::try_from(sum / u128::from(slowest)).expect("a mean is not above the longest")
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Histogram {
    /// Its figures, instead of some ten thousand buckets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count())
            .field("saturated", &self.saturated)
            .field("percentiles", &self.percentiles())
            .finish()
    }
}

impl PartialEq for Histogram {
    fn eq(&self, other: &Self) -> bool {
        self.buckets == other.buckets
            && self.saturated == other.saturated
            && self.longest_nanos == other.longest_nanos
    }
}

/// A share of all times, as a fraction, so that no rank is one too high for want of digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quantile {
    numerator: u64,
    denominator: u64,
}

impl Quantile {
    pub(crate) const P50: Self = Self { numerator: 1, denominator: 2 };
    pub(crate) const P90: Self = Self { numerator: 9, denominator: 10 };
    pub(crate) const P99: Self = Self { numerator: 99, denominator: 100 };
    pub(crate) const P99_9: Self = Self { numerator: 999, denominator: 1000 };

    /// The nearest rank, from 1: how many times lie at or below the quantile at least.
    pub(crate) fn rank(self, count: u64) -> u64 {
        let rank =
            (u128::from(count) * u128::from(self.numerator)).div_ceil(u128::from(self.denominator));
        u64::try_from(rank).expect("a share of a count is not above it").max(1)
    }
}

/// The figures of many times, in nanoseconds.
///
/// A percentile is the time at the nearest rank, up to 0.1 % too high as every figure of a
/// [`Histogram`]; the longest is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percentiles {
    /// Half of all are not longer.
    pub p50: u64,
    /// Nine in ten are not longer.
    pub p90: u64,
    /// 99 in 100 are not longer.
    pub p99: u64,
    /// 999 in 1000 are not longer. It moves by a quarter between equal engines: to look at only.
    pub p99_9: u64,
    /// The longest.
    pub max: u64,
    /// The mean of the slowest hundredth, which is of one time at least.
    pub slowest_1_percent_mean: u64,
}

/// The service times of each arm, together and by kind of command.
#[derive(Clone, Debug, PartialEq)]
pub struct Histograms {
    /// Of all commands.
    pub all: PerArm<Histogram>,
    /// Of the commands of one kind; only kinds that occur.
    pub kinds: BTreeMap<CommandKind, PerArm<Histogram>>,
}

impl Histograms {
    /// What the pass that times each command measured.
    ///
    /// # Panics
    /// When an arm has not as many times as there are commands.
    #[must_use]
    pub fn of(events: &EventSamples) -> Self {
        let mut kinds = BTreeMap::<_, PerArm<Histogram>>::new();
        for arm in Arm::ALL {
            let nanos = &events.nanos[arm];
            assert_eq!(nanos.len(), events.kinds.len(), "{arm:?}: a time for each command");
            for (&kind, &nanos) in events.kinds.iter().zip(nanos) {
                kinds.entry(kind).or_default()[arm].record(u64::from(nanos));
            }
        }
        let mut all = PerArm::<Histogram>::default();
        for of_kind in kinds.values() {
            for arm in Arm::ALL {
                all[arm].add(&of_kind[arm]);
            }
        }
        Self { all, kinds }
    }

    /// The figures of each arm; `None` when there are no commands.
    #[must_use]
    pub fn percentiles(&self) -> PerArm<Option<Percentiles>> {
        PerArm::from_fn(|arm| self.all[arm].percentiles())
    }

    /// The figures of each arm by the name of the kind of command.
    #[must_use]
    pub fn percentiles_by_kind(&self) -> BTreeMap<String, PerArm<Option<Percentiles>>> {
        let of = |arms: &PerArm<Histogram>| PerArm::from_fn(|arm| arms[arm].percentiles());
        self.kinds.iter().map(|(kind, arms)| (kind.name().to_owned(), of(arms))).collect()
    }
}

#[cfg(test)]
#[path = "histogram_tests.rs"]
mod tests;
