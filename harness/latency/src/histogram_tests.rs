//! Percentiles, and what is kept for them.

use proptest::prelude::*;

use super::*;

/// The figures by their definition, from the sorted times.
fn naive(mut nanos: Vec<u64>) -> Percentiles {
    nanos.sort_unstable();
    let count = nanos.len();
    let at =
        |tenths_of_percent: usize| nanos[(count * tenths_of_percent).div_ceil(1000).max(1) - 1];
    let slowest = &nanos[count - count.div_ceil(100)..];
    Percentiles {
        p50: at(500),
        p90: at(900),
        p99: at(990),
        p99_9: at(999),
        max: nanos[count - 1],
        slowest_1_percent_mean: slowest.iter().sum::<u64>() / slowest.len() as u64,
    }
}

#[test]
fn below_two_thousand_nanoseconds_the_figures_are_exact() {
    for count in [1, 2, 10, 99, 100, 101, 1000, 1001, 1999] {
        let histogram = Histogram::of(1..=count);
        assert_eq!(histogram.percentiles(), Some(naive((1..=count).collect())), "{count}");
    }
    // 999 of 1000 as a float is a rank too high.
    assert_eq!(Histogram::of(1..=1000).percentiles().map(|figures| figures.p99_9), Some(999));
}

#[test]
fn nothing_has_no_figures() {
    assert_eq!(Histogram::new().percentiles(), None);
}

#[test]
fn times_above_the_highest_are_counted_as_it_and_told() {
    let long = Histogram::HIGHEST_NANOS + 1;
    let mut histogram = Histogram::of([7, Histogram::HIGHEST_NANOS, long, u64::MAX]);
    assert_eq!((histogram.count(), histogram.saturated()), (4, 2));
    let figures = histogram.percentiles().unwrap();
    assert_eq!(figures.max, u64::MAX, "the longest is as it was");
    assert!(figures.p90 < Histogram::HIGHEST_NANOS / 1000 * 1001, "{figures:?}");
    histogram.add(&Histogram::of([long]));
    assert_eq!((histogram.count(), histogram.saturated()), (5, 3));
}

fn samples() -> EventSamples {
    use CommandKind::{Cancel, New};
    EventSamples {
        kinds: vec![New, Cancel, New],
        instances: Vec::new(),
        nanos: PerArm {
            reference: vec![50, 30, 70],
            candidate: vec![20, 10, 40],
            twin: vec![51, 31, 71],
        },
        stalls: PerArm::default(),
    }
}

#[test]
fn each_kind_of_each_arm_is_apart_and_all_are_together() {
    let histograms = Histograms::of(&samples());
    assert_eq!(histograms.all.reference, Histogram::of([50, 30, 70]));
    assert_eq!(histograms.all.twin, Histogram::of([51, 31, 71]));
    assert_eq!(histograms.kinds[&CommandKind::New].candidate, Histogram::of([20, 40]));
    assert_eq!(histograms.kinds[&CommandKind::Cancel].candidate, Histogram::of([10]));
    assert_eq!(histograms.kinds.len(), 2);
    let by_name = histograms.percentiles_by_kind();
    assert_eq!(by_name["new"].candidate.map(|figures| figures.max), Some(40));
    assert_eq!(histograms.percentiles().twin.map(|figures| figures.p50), Some(51));
}

#[test]
#[should_panic(expected = "Twin: a time for each command")]
fn an_arm_without_a_time_for_each_command_is_refused() {
    let mut samples = samples();
    samples.nanos.twin.pop();
    let _ = Histograms::of(&samples);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
    #[test]
    fn figures_are_at_most_a_thousandth_too_high(
        nanos in prop::collection::vec(0..10_000_000_000u64, 1..400),
    ) {
        let figures = Histogram::of(nanos.iter().copied()).percentiles().unwrap();
        let exact = naive(nanos);
        let pairs = [
            (figures.p50, exact.p50),
            (figures.p90, exact.p90),
            (figures.p99, exact.p99),
            (figures.p99_9, exact.p99_9),
        ];
        for (figure, exact) in pairs {
            prop_assert!(figure >= exact && figure - exact <= exact / 1000, "{figure} {exact}");
        }
        prop_assert_eq!(figures.max, exact.max);
        let apart = figures.slowest_1_percent_mean.abs_diff(exact.slowest_1_percent_mean);
        prop_assert!(apart <= exact.slowest_1_percent_mean / 1000 + 1, "{apart}");
    }

    #[test]
    fn adding_is_the_same_as_recording_all(
        first in prop::collection::vec(any::<u64>(), 0..50),
        second in prop::collection::vec(any::<u64>(), 0..50),
    ) {
        let mut sum = Histogram::of(first.iter().copied());
        sum.add(&Histogram::of(second.iter().copied()));
        prop_assert_eq!(sum, Histogram::of(first.into_iter().chain(second)));
    }
}
