//! The verdict on samples that are made up.

use proptest::prelude::*;
use shadowbook_model::CommandKind;

use super::*;
use crate::arm::{Arm, PerArm};
use crate::samples::ServiceInstance;

mod operating;
mod synthetic;

use synthetic::{CLOCK_STEP_NANOS, World};

fn judged(world: &World, seed: u64, thresholds: &Thresholds) -> Judgement {
    judge(&world.service(seed), &world.events(seed), CLOCK_STEP_NANOS, thresholds)
}

fn at_default(world: &World) -> Judgement {
    judged(world, 1, &Thresholds::default())
}

#[test]
fn the_same_engine_passes_and_all_that_was_promised_was_tested() {
    let judgement = at_default(&World::default());
    assert_eq!(judgement.verdict, LatencyOutcome::Pass);
    assert_eq!(judgement.reasons, Vec::<String>::new());
    let names: Vec<String> = judgement.tests.iter().map(|test| test.what.to_string()).collect();
    assert_eq!(
        names,
        [
            "overall",
            "kind:new",
            "kind:replace",
            "kind:cancel",
            "kind:mass-cancel",
            "kind:time",
            "excess"
        ]
    );
    let share = judgement.test(TestName::Kind(CommandKind::Cancel)).unwrap().share_of_commands;
    assert!((share - 0.4).abs() < 1e-9, "{share}");
}

#[test]
fn a_slow_candidate_fails_with_a_sentence_and_figures_in_fractions() {
    let world = World { factor: 1.04, deviation: 1e-9, kind_deviation: 1e-9, ..World::default() };
    let judgement = at_default(&world);
    assert_eq!(judgement.verdict, LatencyOutcome::Fail);
    assert_eq!(
        judgement.reasons[0],
        "all commands together are 4.0 % slower (interval 4.0 % to 4.0 %), above 2 %"
    );
    let overall = judgement.test(TestName::Overall).unwrap();
    assert!(overall.is_tripped);
    assert!((overall.estimate - 0.04).abs() < 1e-5, "{overall:?}");
    assert!(overall.twin_estimate.abs() < 1e-5, "{overall:?}");
}

#[test]
fn a_slow_kind_is_named_and_no_other() {
    let world = World { of_kind: (CommandKind::Replace, 1.1), ..World::default() };
    let judgement = at_default(&world);
    assert_eq!(judgement.verdict, LatencyOutcome::Fail);
    assert_eq!(judgement.reasons.len(), 1, "{:?}", judgement.reasons);
    assert!(judgement.reasons[0].starts_with("replaces are "), "{:?}", judgement.reasons);
}

#[test]
fn few_commands_that_are_much_slower_are_seen_by_the_excess_alone() {
    let world = World { rare: Some((250, 100)), commands: 50_000, ..World::default() };
    let judgement = at_default(&world);
    assert_eq!(judgement.verdict, LatencyOutcome::Fail);
    assert_eq!(judgement.reasons.len(), 1, "{:?}", judgement.reasons);
    let excess = judgement.test(TestName::Excess).unwrap();
    assert!((excess.estimate - 0.004).abs() < 0.0005, "{excess:?}");
    assert!(excess.interval.low > 0.001, "{excess:?}");
    let shares = judgement.excess.unwrap();
    assert!((shares.slower - shares.faster - excess.estimate).abs() < 1e-12, "{shares:?}");
    assert_eq!(shares.clear_nanos, 50);
}

#[test]
fn engines_that_differ_hugely_are_judged_by_how_they_differ() {
    let faster = at_default(&World { factor: 0.3, ..World::default() });
    assert_eq!(faster.verdict, LatencyOutcome::Pass, "{:?}", faster.reasons);
    assert!((faster.test(TestName::Overall).unwrap().estimate + 0.7).abs() < 0.01);
    let slower = at_default(&World { factor: 8.0, ..World::default() });
    assert_eq!(slower.verdict, LatencyOutcome::Fail);
    assert!(slower.tests.iter().all(|test| test.is_tripped), "{slower:?}");
}

#[test]
fn a_long_command_may_be_slower_by_the_fraction_that_all_may_be() {
    let mut events = World { disturbed: 0.0, ..World::default() }.events(3);
    for arm in Arm::ALL {
        let time = if arm == Arm::Candidate { 10_150 } else { 10_000 };
        events.nanos[arm].iter_mut().for_each(|nanos| *nanos = time);
    }
    let service = World::default().service(3);
    let excess = |slower| {
        let thresholds = Thresholds::at(slower);
        judge(&service, &events, CLOCK_STEP_NANOS, &thresholds).excess.unwrap().slower
    };
    assert!(excess(0.02) < 0.01);
    assert!(excess(0.01) > 0.99);
}

#[test]
fn noise_above_the_threshold_is_inconclusive_but_what_is_clear_beyond_it_fails() {
    let noisy = World { deviation: 0.08, ..World::default() };
    let judgement = at_default(&noisy);
    assert_eq!(judgement.verdict, LatencyOutcome::Inconclusive);
    assert!(judgement.is_noisy);
    assert!(judgement.floor.unwrap() > 0.02);
    assert!(judgement.reasons[0].starts_with("the reference differs from itself by up to "));
    let clear = at_default(&World { factor: 1.5, ..noisy });
    assert_eq!(clear.verdict, LatencyOutcome::Fail);
    assert!(clear.reasons[0].starts_with("all commands together are "), "{:?}", clear.reasons);
    assert!(clear.notes[0].starts_with("the reference differs from itself"), "{:?}", clear.notes);
}

#[test]
fn more_is_asked_for_where_a_large_part_was_not_seen_and_nothing_was_found() {
    let calm =
        World { deviation: 0.002, kind_deviation: 0.002, disturbed: 0.0, ..World::default() };
    assert!(!at_default(&calm).asks_for_more());
    let noisy_kinds = at_default(&World { kind_deviation: 0.2, ..calm });
    assert_eq!(noisy_kinds.verdict, LatencyOutcome::Pass, "{:?}", noisy_kinds.reasons);
    assert!(noisy_kinds.asks_for_more());
    assert!(
        noisy_kinds.notes.iter().any(|note| note.starts_with("cancels differ by up to ")),
        "{:?}",
        noisy_kinds.notes
    );
    let mut scattered = calm.service(1);
    for (place, instance) in scattered.instances.iter_mut().enumerate() {
        let slower = instance.nanos.candidate / 30;
        instance.nanos.candidate += if place % 2 == 0 { slower } else { 0 };
    }
    let unsure = judge(&scattered, &calm.events(1), CLOCK_STEP_NANOS, &Thresholds::default());
    assert_eq!(unsure.verdict, LatencyOutcome::Pass, "{unsure:?}");
    assert!(!unsure.is_noisy && unsure.asks_for_more(), "{unsure:?}");
    assert_eq!(unsure.notes.len(), 1, "{:?}", unsure.notes);
    let note = &unsure.notes[0];
    assert!(note.starts_with("all commands together look 2.9 % slower"), "{note}");
    assert!(note.contains(", above 2 %; but the interval begins at -"), "{note}");
    let slow = at_default(&World { kind_deviation: 0.2, factor: 1.1, ..calm });
    assert_eq!(slow.verdict, LatencyOutcome::Fail);
    assert!(!slow.asks_for_more());
}

#[test]
fn kinds_may_have_a_threshold_of_their_own() {
    let world = World { of_kind: (CommandKind::Cancel, 1.06), ..World::default() };
    let verdict = |slower_kind| {
        judged(&world, 1, &Thresholds { slower_kind, ..Thresholds::default() }).verdict
    };
    assert_eq!(verdict(0.03), LatencyOutcome::Fail);
    assert_eq!(verdict(0.10), LatencyOutcome::Pass);
}

#[test]
fn disturbances_of_many_commands_are_not_clear_and_cancel() {
    let world = World { disturbed: 0.03, commands: 20_000, ..World::default() };
    let judgement = at_default(&world);
    let excess = judgement.test(TestName::Excess).unwrap();
    assert!(!excess.is_tripped, "{excess:?}");
    let shares = judgement.excess.unwrap();
    assert!(shares.slower < 0.02 && shares.faster < 0.02, "{shares:?}");
}

/// What the twin is off is added to the width of the excess.
#[test]
fn an_arm_that_is_off_as_a_whole_is_no_excess() {
    let world = World { disturbed: 0.0, ..World::default() };
    let mut events = world.events(1);
    let mut slow = |arm: Arm, every: usize| {
        events.nanos[arm].iter_mut().step_by(every).for_each(|nanos| *nanos += 200);
    };
    slow(Arm::Candidate, 100);
    slow(Arm::Twin, 110);
    let judgement = judge(&world.service(1), &events, CLOCK_STEP_NANOS, &Thresholds::default());
    let excess = judgement.test(TestName::Excess).unwrap();
    assert!((excess.estimate - 0.01).abs() < 1e-9, "{excess:?}");
    assert!(!excess.is_tripped && excess.interval.low < 0.001, "{excess:?}");
    assert!(excess.floor > 0.009, "{excess:?}");
}

#[test]
fn a_little_below_zero_is_written_as_zero() {
    assert_eq!(words::percent(-0.000_4, TestName::Overall), "0.0 %");
    assert_eq!(words::percent(-0.000_6, TestName::Overall), "-0.1 %");
    assert_eq!(words::percent(-0.000_6, TestName::Excess), "-0.06 %");
}

/// The test of all commands where neither candidate nor twin scatter, but for these percents:
/// those of the twin take turns.
fn overall_with(candidate: u64, twin: &[u64]) -> Test {
    let nanos = |place: usize| PerArm {
        reference: 1_000_000,
        candidate: 1_000_000 + candidate * 1_000,
        twin: 1_000_000 + twin[place % twin.len()] * 1_000,
    };
    let instances = (0..15).map(|place| ServiceInstance { nanos: nanos(place) }).collect();
    overall_of(&ServiceSamples { commands: 1_000, instances })
}

#[test]
fn an_interval_is_never_narrower_than_what_the_twin_shows() {
    let calm = overall_with(25, &[0]);
    assert!(calm.is_tripped && calm.interval.low > 0.02, "{calm:?}");
    let scattered = overall_with(25, &[0, 0, 0, 40, 40]);
    assert!(scattered.interval.low < 0.0 && !scattered.is_tripped, "{scattered:?}");
    let off = overall_with(25, &[30]);
    assert!(off.interval.low < 0.0 && !off.is_tripped, "{off:?}");
}

#[test]
fn what_is_not_beyond_the_floor_does_not_fail() {
    let within = overall_with(32, &[28, 30, 34]);
    assert!(within.interval.low > 0.0 && within.estimate > within.threshold, "{within:?}");
    assert!(within.floor > within.estimate && !within.is_tripped, "{within:?}");
    let beyond = overall_with(60, &[28, 30, 34]);
    assert!(beyond.is_tripped, "{beyond:?}");
}

#[test]
fn what_shorter_commands_show_holds_for_a_few_long_ones() {
    let mut events = World { disturbed: 0.0, ..World::default() }.events(1);
    for arm in Arm::ALL {
        events.nanos[arm].iter_mut().for_each(|nanos| *nanos = 100);
        events.nanos[arm].iter_mut().step_by(200).for_each(|nanos| *nanos = 1_000);
    }
    events.nanos.candidate.iter_mut().step_by(200).for_each(|nanos| *nanos += 100);
    let slower = |events: &EventSamples| {
        let service = World::default().service(1);
        let judgement = judge(&service, events, CLOCK_STEP_NANOS, &Thresholds::default());
        judgement.excess.unwrap().slower
    };
    assert!(slower(&events) > 0.004);
    events.nanos.twin.iter_mut().skip(1).step_by(20).for_each(|nanos| *nanos += 120);
    assert!(slower(&events) < 1e-9);
}

/// Samples in which something is missing: INCONCLUSIVE with this reason.
fn check_missing(service: &ServiceSamples, events: &EventSamples, reason: &str) {
    let judgement = judge(service, events, CLOCK_STEP_NANOS, &Thresholds::default());
    assert_eq!(judgement.verdict, LatencyOutcome::Inconclusive, "{judgement:?}");
    assert_eq!(judgement.reasons, [reason]);
}

#[test]
fn what_was_not_measured_is_not_passed() {
    let world = World::default();
    let (service, events) = (world.service(1), world.events(1));
    let few = |count: usize| ServiceSamples {
        instances: service.instances[..count].to_vec(),
        ..service.clone()
    };
    for count in [0, 1, 4] {
        let reason = format!(
            "all commands together were measured on {count} fresh engines of each arm: at least 5 \
             are needed"
        );
        check_missing(&few(count), &events, &reason);
    }
    let mut stopped = service.clone();
    stopped.instances[3].nanos.twin = 0;
    check_missing(
        &stopped,
        &events,
        "all commands together took no time that the clock could show",
    );
    let mut short = events.clone();
    short.nanos.candidate.pop();
    check_missing(&service, &short, "the arms did not time the same commands one by one");
    let none = EventSamples {
        kinds: Vec::new(),
        instances: Vec::new(),
        nanos: PerArm::default(),
        stalls: PerArm::default(),
    };
    check_missing(
        &service,
        &none,
        "0 commands were timed one by one: at least 1000 are needed to see few that are slower",
    );
}

#[test]
fn a_kind_that_is_too_short_for_the_clock_is_left_to_the_whole_and_noted() {
    let world = World { kind_deviation: 0.001, disturbed: 0.0, ..World::default() };
    let mut events = world.events(1);
    for instance in &mut events.instances {
        instance.kinds.remove("time");
    }
    let judgement = judge(&world.service(1), &events, CLOCK_STEP_NANOS, &Thresholds::default());
    assert_eq!(judgement.verdict, LatencyOutcome::Pass, "{:?}", judgement.reasons);
    assert_eq!(judgement.notes, ["time commands took no time that the clock could show"]);
    assert!(judgement.test(TestName::Kind(CommandKind::Time)).is_none());
}

#[test]
fn extreme_times_and_thresholds_do_not_panic() {
    let mut service = World::default().service(1);
    let mut events = World::default().events(1);
    service.instances[0].nanos = PerArm { reference: 1, candidate: u64::MAX, twin: 1 };
    events.nanos.candidate[0] = u32::MAX;
    events.nanos.twin[1] = u32::MAX;
    events.nanos.reference[2] = 0;
    for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
        let thresholds = Thresholds {
            excess: odd,
            alpha: odd,
            twin_alpha: odd,
            least_share: odd,
            ..Thresholds::at(odd)
        };
        for step in [0, 10, u64::MAX] {
            let _ = judge(&service, &events, step, &thresholds);
        }
    }
}

#[test]
fn a_judgement_has_a_record_that_names_its_tests() {
    let json = serde_json::to_value(at_default(&World::default())).unwrap();
    assert_eq!(json["verdict"], "pass");
    assert_eq!(json["tests"][3]["what"], "kind:cancel");
    assert!(json["tests"][0]["interval"]["low"].is_f64());
}

fn overall_of(service: &ServiceSamples) -> Test {
    let events = World::default().events(1);
    let judgement = judge(service, &events, CLOCK_STEP_NANOS, &Thresholds::default());
    *judgement.test(TestName::Overall).unwrap()
}

/// Reference and candidate exchanged; the twin is that of the new reference.
fn swapped(nanos: &PerArm<u64>) -> PerArm<u64> {
    PerArm { reference: nanos.candidate, candidate: nanos.reference, twin: nanos.twin }
}

fn times() -> impl Strategy<Value = ServiceSamples> {
    let time = 100_000_u64..200_000;
    let nanos = (time.clone(), time.clone(), time)
        .prop_map(|(reference, candidate, twin)| PerArm { reference, candidate, twin });
    prop::collection::vec(nanos.prop_map(|nanos| ServiceInstance { nanos }), 5..25)
        .prop_map(|instances| ServiceSamples { commands: 1_000, instances })
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs().max(b.abs()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    #[test]
    fn the_unit_of_time_does_not_matter(service in times(), factor in 2_u64..1_000) {
        let mut scaled = service.clone();
        for instance in &mut scaled.instances {
            instance.nanos = PerArm::from_fn(|arm| instance.nanos[arm] * factor);
        }
        let (one, other) = (overall_of(&service), overall_of(&scaled));
        prop_assert!(close(one.estimate, other.estimate), "{one:?} {other:?}");
        prop_assert!(close(one.interval.low, other.interval.low), "{one:?} {other:?}");
        prop_assert!(close(one.floor, other.floor), "{one:?} {other:?}");
        prop_assert_eq!(one.is_tripped, other.is_tripped);
    }

    #[test]
    fn the_other_way_round_is_the_inverse(service in times()) {
        let mut other = service.clone();
        for instance in &mut other.instances {
            instance.nanos = swapped(&instance.nanos);
        }
        let (one, other) = (overall_of(&service), overall_of(&other));
        prop_assert!(close((1.0 + one.estimate) * (1.0 + other.estimate), 1.0), "{one:?} {other:?}");
    }

    #[test]
    fn the_order_of_the_engines_does_not_matter(service in times()) {
        let mut turned = service.clone();
        turned.instances.reverse();
        prop_assert_eq!(overall_of(&service), overall_of(&turned));
    }

    #[test]
    fn a_slower_candidate_never_looks_better(service in times(), percent in 1_u64..50) {
        let mut slowed = service.clone();
        for instance in &mut slowed.instances {
            instance.nanos.candidate += instance.nanos.candidate * percent / 100;
        }
        let (one, other) = (overall_of(&service), overall_of(&slowed));
        prop_assert!(other.estimate >= one.estimate, "{one:?} {other:?}");
        prop_assert!(!one.is_tripped || other.is_tripped, "{one:?} {other:?}");
        prop_assert!(close(one.floor, other.floor));
    }

    #[test]
    fn a_tripped_test_has_its_interval_above_zero(seed in any::<u64>(), percent in 0_u32..6) {
        let factor = 1.0 + f64::from(percent) / 100.0;
        let judgement = judged(&World { factor, ..World::default() }, seed, &Thresholds::default());
        for test in &judgement.tests {
            let null = if test.what == TestName::Excess { test.threshold } else { 0.0 };
            let is_above = test.interval.low > null && test.estimate > test.threshold;
            let is_beyond_floor = test.what == TestName::Excess || test.estimate > test.floor;
            prop_assert_eq!(test.is_tripped, is_above && is_beyond_floor, "{:?}", test);
        }
    }

    #[test]
    fn the_excess_the_other_way_round_is_its_negative(seed in any::<u64>()) {
        let world = World { rare: Some((100, 200)), disturbed: 0.001, ..World::default() };
        let mut events = world.events(seed);
        let one = excess_of(&events);
        let PerArm { reference, candidate, .. } = &mut events.nanos;
        std::mem::swap(reference, candidate);
        events.nanos.twin.clone_from(&events.nanos.reference);
        let mut straight = world.events(seed);
        straight.nanos.twin.clone_from(&straight.nanos.reference);
        prop_assert!(close(excess_of(&events), -excess_of(&straight)));
        prop_assert!(one > 0.005);
    }
}

fn excess_of(events: &EventSamples) -> f64 {
    let service = World::default().service(1);
    let judgement = judge(&service, events, CLOCK_STEP_NANOS, &Thresholds::default());
    judgement.test(TestName::Excess).unwrap().estimate
}
