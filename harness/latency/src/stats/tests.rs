//! The statistics, held against tables and against brute force.

use proptest::prelude::*;

use super::*;
use crate::random::SplitMix64;

fn check_close(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} instead of {expected}");
}

#[test]
fn students_quantiles_are_those_of_the_tables() {
    for (degrees, tail, expected) in [
        (1, 0.025, 12.706),
        (4, 0.005, 4.604),
        (8, 0.01, 2.896),
        (9, 0.001, 4.297),
        (14, 0.025, 2.145),
        (30, 0.0005, 3.646),
        (1_000_000, 0.025, 1.960),
    ] {
        let student = StudentT::new(degrees);
        check_close(student.upper_quantile(tail), expected, 0.0006);
        check_close(student.upper_tail(student.upper_quantile(tail)), tail, 1e-12);
        check_close(student.upper_tail(-1.5) + student.upper_tail(1.5), 1.0, 1e-12);
    }
}

#[test]
fn the_median_is_the_middle() {
    assert_eq!(median(&[]), None);
    assert_eq!(median(&[3.0]), Some(3.0));
    assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
    assert_eq!(median(&[9.0, 1.0, 2.0, 3.0]), Some(2.5));
    assert_eq!(estimate_median(&[]), None);
    check_close(estimate_median(&[4.0; 6]).unwrap().standard_error, 0.0, 1e-12);
}

#[test]
fn a_median_has_fewer_degrees_of_freedom_than_samples() {
    for (samples, degrees) in [(1, 0), (5, 4), (9, 8), (15, 9), (30, 12), (60, 17)] {
        let estimate = estimate_median(&vec![1.0; samples]).unwrap();
        assert_eq!(estimate.degrees_of_freedom, degrees, "{samples} samples");
    }
}

/// The standard error over all resamples is what very many drawn ones come to.
#[test]
fn the_standard_error_is_what_resampling_approaches() {
    const DRAWS: u32 = 40_000;
    for n in [5, 8, 9, 12, 15] {
        let mut random = SplitMix64::new(n);
        let samples: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        let medians: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let resample: Vec<f64> =
                    (0..n).map(|_| samples[usize::try_from(random.next() % n).unwrap()]).collect();
                median(&resample).unwrap()
            })
            .collect();
        let mean = medians.iter().sum::<f64>() / f64::from(DRAWS);
        let variance =
            medians.iter().map(|each| (each - mean).powi(2)).sum::<f64>() / f64::from(DRAWS);
        let estimate = estimate_median(&samples).unwrap();
        check_close(estimate.standard_error / variance.sqrt(), 1.0, 0.02);
    }
}

/// Twice a thousand instances are the most that a run may have. Where samples are evenly spread, the
/// standard error of their median is about 1 / (2 √n) of the range, whether n is odd or even.
#[test]
fn many_samples_have_a_standard_error_too() {
    for n in [999, 1_000, 1_001, 1_030, 2_000, 2_001, 5_000] {
        let samples: Vec<f64> = (0..n).map(|place| f64::from(place) / f64::from(n)).collect();
        let error = estimate_median(&samples).unwrap().standard_error;
        check_close(error * 2.0 * f64::from(n).sqrt(), 1.0, 0.02);
    }
}

/// Of an interval that is to miss once in a hundred on each side, 8,000 samples see it.
#[test]
fn the_interval_of_a_median_misses_as_seldom_as_it_says() {
    const RUNS: usize = 8_000;
    const TAIL: f64 = 0.01;
    let normal = |random: &mut SplitMix64| random.normal();
    let fat = |random: &mut SplitMix64| {
        let wide = if random.even() < 0.1 { 10.0 } else { 1.0 };
        wide * random.normal()
    };
    let double = |random: &mut SplitMix64| random.normal() * random.even().ln();
    let laws: [&dyn Fn(&mut SplitMix64) -> f64; 3] = [&normal, &fat, &double];
    for (law, draw) in laws.iter().enumerate() {
        for n in [5, 9, 15, 30] {
            let mut random = SplitMix64::new(n);
            let missed = (0..RUNS)
                .filter(|_| {
                    let samples: Vec<f64> = (0..n).map(|_| draw(&mut random)).collect();
                    let estimate = estimate_median(&samples).unwrap();
                    let student = StudentT::new(estimate.degrees_of_freedom);
                    estimate.median > student.upper_quantile(TAIL) * estimate.standard_error
                })
                .count();
            assert!(missed * 100 < RUNS * 14 / 10, "law {law}, n {n}: {missed} of {RUNS}");
        }
    }
}

#[test]
fn holm_steps_down_until_one_is_too_large() {
    let steps = holm(&[0.04, 0.001, 0.015, 0.2], 0.05);
    let rejected: Vec<bool> = steps.iter().map(|step| step.is_rejected).collect();
    assert_eq!(rejected, [false, true, true, false]);
    let levels: Vec<f64> = steps.iter().map(|step| step.level).collect();
    assert_eq!(levels, [0.025, 0.0125, 0.05 / 3.0, 0.025]);
    assert_eq!(holm(&[], 0.05), []);
}

#[test]
fn blocks_of_neighbours_tell_less_than_as_many_scattered_values() {
    let clumped: Vec<i8> = (0..1_000).map(|place| i8::from(place / 10 % 10 == 0)).collect();
    let scattered: Vec<i8> = (0..1_000).map(|place| i8::from(place % 10 == 0)).collect();
    let of = |values: &[i8]| block_mean(values, 100).unwrap();
    check_close(of(&clumped).mean, 0.1, 1e-12);
    check_close(of(&scattered).mean, 0.1, 1e-12);
    check_close(of(&scattered).standard_error, 0.0, 1e-12);
    check_close(of(&clumped).standard_error, (0.09_f64 / 99.0).sqrt(), 1e-12);
    assert_eq!(block_mean(&clumped, 1), None);
    assert_eq!(block_mean(&clumped, 501), None);
}

#[test]
fn a_quantile_is_a_sample_that_so_many_do_not_exceed() {
    let hundred = || (1..=100_u32).rev().collect::<Vec<_>>();
    assert_eq!(upper_quantile(&mut hundred(), 995), Some(100));
    assert_eq!(upper_quantile(&mut hundred(), 990), Some(99));
    assert_eq!(upper_quantile(&mut hundred(), 500), Some(50));
    assert_eq!(upper_quantile(&mut hundred(), 0), Some(1));
    assert_eq!(upper_quantile(&mut hundred(), 9_999), Some(100));
    assert_eq!(upper_quantile(&mut [], 500), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_median_moves_and_stretches_with_its_samples(
        samples in prop::collection::vec(-1_000_i32..1_000, 1..40),
        shift in -1_000_i32..1_000,
        factor in -50_i32..50,
    ) {
        let plain: Vec<f64> = samples.iter().map(|&each| f64::from(each)).collect();
        let changed: Vec<f64> =
            samples.iter().map(|&each| f64::from(each * factor + shift)).collect();
        let (one, other) = (estimate_median(&plain).unwrap(), estimate_median(&changed).unwrap());
        let factor = f64::from(factor);
        prop_assert!((other.median - (one.median * factor + f64::from(shift))).abs() < 1e-6);
        prop_assert!((other.standard_error - one.standard_error * factor.abs()).abs() < 1e-4);
    }

    #[test]
    fn holm_believes_what_bonferroni_believes_and_nothing_above_alpha(
        likelihoods in prop::collection::vec(0.0..0.2_f64, 1..10),
    ) {
        let steps = holm(&likelihoods, 0.05);
        for (likelihood, step) in likelihoods.iter().zip(&steps) {
            prop_assert!(step.is_rejected || *likelihood >= 0.05 / likelihoods.len() as f64);
            prop_assert!(!step.is_rejected || *likelihood < 0.05);
            prop_assert_eq!(step.is_rejected, *likelihood < step.level);
        }
    }
}
