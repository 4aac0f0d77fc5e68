//! What an earlier record tells, and what it does not.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::record::tests::{figures, ratio, record};

fn compared(alter: impl FnOnce(&mut TrendRecord)) -> BaselineComparison {
    let mut new = record();
    alter(&mut new);
    compare_with_baseline(&record(), &new)
}

fn finding(comparison: &BaselineComparison, figure: &Figure) -> Finding {
    let found = comparison.figures.iter().find(|compared| compared.figure == *figure);
    found.unwrap_or_else(|| panic!("no {figure:?}")).finding.clone()
}

fn of_kind(kind: &str) -> Figure {
    Figure::RatioOfKind { kind: kind.to_owned() }
}

const CANDIDATE: Figure = Figure::ServiceTime { arm: Arm::Candidate };

/// The reasons against a figure, in words; empty when it can be compared.
fn reasons(comparison: &BaselineComparison, figure: &Figure) -> Vec<String> {
    match finding(comparison, figure) {
        Finding::NotComparable { reasons } => reasons.iter().map(ToString::to_string).collect(),
        Finding::Comparable(_) | Finding::Indication(_) => Vec::new(),
    }
}

#[test]
fn ratios_are_comparable_relative_to_themselves_with_the_noise_of_both_runs() {
    let comparison = compared(|new| {
        new.ratio = ratio(315_000, 1_575, 3_000);
        new.ratio_by_kind.insert("new".to_owned(), ratio(300_000, 300, 2_000));
    });
    // 0.315 over 0.3; the floor of 4,000 ppm, and half an interval of 5,000 ppm.
    let expected = Difference { old: 300_000, new: 315_000, change_ppm: 50_000, noise_ppm: 9_000 };
    assert_eq!(finding(&comparison, &Figure::Ratio), Finding::Comparable(expected));
    assert!(expected.is_beyond_noise());
    let expected = Difference { old: 310_000, new: 300_000, change_ppm: -32_259, noise_ppm: 7_000 };
    assert_eq!(finding(&comparison, &of_kind("new")), Finding::Comparable(expected));
    assert!(expected.is_beyond_noise());
    assert_eq!(comparison.caveats, Vec::<String>::new());
}

#[test]
fn a_change_within_the_noise_is_within_it() {
    let comparison = compared(|new| new.ratio = ratio(302_400, 600, 4_000));
    let Finding::Comparable(difference) = finding(&comparison, &Figure::Ratio) else {
        panic!("{comparison:?}")
    };
    assert_eq!((difference.change_ppm, difference.noise_ppm), (8_000, 8_000));
    assert!(!difference.is_beyond_noise());
}

#[test]
fn another_reference_forbids_every_comparison() {
    let comparison = compared(|new| new.engines.reference.version = "0.2.0".to_owned());
    let reason = "the reference was `reference 0.1.0` then and is `reference 0.2.0` now";
    for compared in &comparison.figures {
        let reasons = reasons(&comparison, &compared.figure);
        assert_eq!(reasons.first().map(String::as_str), Some(reason), "{:?}", compared.figure);
    }
}

#[test]
fn the_executable_is_the_same_or_another_or_not_known_and_forbids_nothing() {
    let told = |alter: fn(&mut Option<String>)| {
        let comparison = compared(|new| alter(&mut new.environment.build.executable_digest));
        assert!(reasons(&comparison, &Figure::Ratio).is_empty());
        assert!(reasons(&comparison, &CANDIDATE).is_empty());
        comparison.executable.to_string()
    };
    let digest = "0cc175b9c0f1b6a8";
    assert!(told(|_| {}).starts_with(&format!("the executable is the same one, digest {digest}:")));
    let other = told(|new| *new = Some("f1".to_owned()));
    let expected = format!("the executable is another one, digest {digest} then, f1 now:");
    assert!(other.starts_with(&expected), "{other}");
    let unknown = told(|new| *new = None);
    assert!(unknown.starts_with("one of the runs does not say"), "{unknown}");
}

#[test]
fn another_candidate_forbids_none() {
    let comparison = compared(|new| new.engines.candidate.version = "0.2.0".to_owned());
    assert!(reasons(&comparison, &Figure::Ratio).is_empty());
    assert!(reasons(&comparison, &CANDIDATE).is_empty());
}

#[test]
fn other_commands_forbid_every_comparison() {
    let comparison = compared(|new| new.measured.capture_digest = "0".to_owned());
    let reason = "the capture is another one: digest 5d41402abc4b2a76 then, 0 now";
    assert_eq!(reasons(&comparison, &Figure::Ratio), [reason]);
    assert_eq!(reasons(&comparison, &CANDIDATE), [reason]);
    let alterations: [fn(&mut TrendRecord); 3] = [
        |new| new.measured.first_seq += 1,
        |new| new.measured.commands += 1,
        |new| new.measured.warm_up += 1,
    ];
    for alter in alterations {
        let comparison = compared(alter);
        let reason = "other commands of the capture were measured";
        assert_eq!(reasons(&comparison, &Figure::Ratio), [reason]);
        assert_eq!(reasons(&comparison, &of_kind("new")), [reason]);
    }
}

#[test]
fn another_machine_forbids_absolute_times_only() {
    let comparison = compared(|new| new.environment.machine.cores = 4);
    assert!(reasons(&comparison, &Figure::Ratio).is_empty());
    let reason = "absolute times belong to a machine: `EPYC 7B13, 2 cores, Linux 6.1.0` then, \
                  `EPYC 7B13, 4 cores, Linux 6.1.0` now";
    assert_eq!(reasons(&comparison, &CANDIDATE), [reason]);
    assert_eq!(reasons(&comparison, &Figure::P50), [reason]);
    assert!(comparison.caveats[0].contains("may favour one engine"), "{:?}", comparison.caveats);
}

#[test]
fn another_build_forbids_absolute_times_only() {
    let comparison = compared(|new| new.environment.build.profile = "debug".to_owned());
    assert!(reasons(&comparison, &Figure::Ratio).is_empty());
    let reason = "absolute times belong to a build: `rustc 1.90.0, release` then, \
                  `rustc 1.90.0, debug` now";
    assert_eq!(reasons(&comparison, &Figure::P99), [reason]);
    assert!(comparison.caveats[0].contains("every ratio with it"), "{:?}", comparison.caveats);
    // Another release of the harness is what a baseline is for.
    let comparison = compared(|new| new.environment.build.shadowbook = "0.2.0".to_owned());
    assert!(reasons(&comparison, &Figure::P99).is_empty());
    let comparison = compared(|new| new.environment.conditions.pinned_to = None);
    assert_eq!(comparison.caveats, ["one run was pinned to a core and the other was not"]);
}

#[test]
fn absolute_times_are_an_indication_with_what_the_machine_moved_in_the_noise() {
    let comparison = compared(|new| {
        // The machine is 10 % slower than it was: candidate and reference alike.
        new.service_ps.reference = 60_500;
        new.service_ps.candidate = 18_150;
        new.percentiles.candidate = Some(figures(17, 72));
    });
    let indication = |old, new, change_ppm| {
        Finding::Indication(Difference { old, new, change_ppm, noise_ppm: 108_000 })
    };
    let candidate = indication(16_500, 18_150, 100_000);
    assert_eq!(finding(&comparison, &CANDIDATE), candidate);
    let Finding::Indication(difference) = candidate else { unreachable!() };
    assert!(!difference.is_beyond_noise());
    assert_eq!(finding(&comparison, &Figure::P50), indication(15, 17, 133_333));
    assert_eq!(finding(&comparison, &Figure::P99), indication(80, 72, -100_000));
}

#[test]
fn what_moves_by_itself_is_never_compared() {
    let comparison = compared(|_| {});
    let reason = "it moves by a quarter between equal engines";
    assert_eq!(reasons(&comparison, &Figure::P99_9), [reason]);
}

#[test]
fn a_figure_that_one_run_lacks_is_named() {
    let comparison = compared(|new| {
        new.ratio_by_kind = BTreeMap::from([("cancel".to_owned(), ratio(1, 0, 0))]);
        new.percentiles.candidate = None;
    });
    assert_eq!(reasons(&comparison, &of_kind("cancel")), ["the baseline does not hold it"]);
    assert_eq!(reasons(&comparison, &of_kind("new")), ["this run did not measure it"]);
    assert_eq!(reasons(&comparison, &Figure::P50), ["this run did not measure it"]);
    let mut old = record();
    old.service_ps.candidate = 0;
    let comparison = compare_with_baseline(&old, &record());
    assert_eq!(reasons(&comparison, &CANDIDATE), ["the baseline does not hold it"]);
}

#[test]
fn the_comparison_is_json_that_names_its_findings() {
    let json = serde_json::to_value(compared(|new| new.ratio = ratio(330_000, 600, 1))).unwrap();
    let first = &json["figures"][0];
    assert_eq!(first["figure"]["figure"], "ratio");
    assert_eq!(first["finding"]["finding"], "comparable");
    assert_eq!(first["finding"]["change_ppm"], 100_000);
    let last = json["figures"].as_array().unwrap().last().unwrap();
    assert_eq!(last["finding"]["reasons"][0]["reason"], "too-unsteady");
}

fn any_ratio() -> impl Strategy<Value = MeasuredRatio> {
    (1..=u64::MAX, any::<u64>(), any::<u64>(), any::<u64>()).prop_map(
        |(ratio_ppm, low_ppm, high_ppm, floor_ppm)| MeasuredRatio {
            ratio_ppm: std::num::NonZeroU64::new(ratio_ppm).unwrap(),
            low_ppm,
            high_ppm,
            floor_ppm,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
    #[test]
    fn no_figures_overflow(
        old in any_ratio(),
        new in any_ratio(),
        services in any::<[u64; 4]>(),
    ) {
        let (mut baseline, mut run) = (record(), record());
        (baseline.ratio, run.ratio) = (old, new);
        baseline.service_ps.reference = services[0];
        baseline.service_ps.candidate = services[1];
        run.service_ps.reference = services[2];
        run.service_ps.candidate = services[3];
        let comparison = compare_with_baseline(&baseline, &run);
        let Finding::Comparable(difference) = finding(&comparison, &Figure::Ratio) else {
            return Err(TestCaseError::fail("not comparable"));
        };
        prop_assert!(difference.noise_ppm >= old.floor_ppm.max(new.floor_ppm));
        prop_assert_eq!(difference.change_ppm < 0, new.ratio_ppm < old.ratio_ppm);
    }
}
