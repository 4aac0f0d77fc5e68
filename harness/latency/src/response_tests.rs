//! Response times, held against a queue that is simulated.

use proptest::prelude::*;

use super::*;

fn arrivals(times: &[u64]) -> Arrivals {
    Arrivals::new(times.iter().map(|&time| TimeNs(time))).unwrap()
}

fn responses(times: &[u64], service: &[u32], scale: Scale) -> Vec<u64> {
    response_nanos(&arrivals(times), service, scale).collect()
}

fn times(scale: u64) -> Scale {
    Scale::times(scale).unwrap()
}

/// A queue in which every tick of time is stepped through: what the recursion must come to.
fn simulate(planned: &[u64], service: &[u32]) -> Vec<u64> {
    let mut responses = vec![0; planned.len()];
    let mut queue = std::collections::VecDeque::new();
    let (mut next, mut left, mut now) = (0, 0, 0);
    loop {
        while next < planned.len() && planned[next] == now {
            queue.push_back(next);
            next += 1;
        }
        while left == 0 {
            let Some(&serving) = queue.front() else { break };
            if service[serving] > 0 && responses[serving] == 0 {
                (left, responses[serving]) = (service[serving], 1);
                continue;
            }
            responses[serving] = now - planned[serving];
            queue.pop_front();
        }
        if next == planned.len() && queue.is_empty() {
            return responses;
        }
        now += 1;
        left -= u32::from(left > 0);
    }
}

#[test]
fn a_command_waits_for_those_ahead_of_it() {
    let service = [40, 40, 40, 500, 10, 10];
    let recorded = [1000, 1100, 1200, 1300, 1400, 2000];
    assert_eq!(responses(&recorded, &service, Scale::ONE), [40, 40, 40, 500, 410, 10]);
    assert_eq!(responses(&recorded, &service, times(10)), [40, 70, 100, 590, 590, 540]);
    // Half as fast.
    let half = Scale::from_thousandths(500).unwrap();
    assert_eq!(responses(&recorded, &service, half), [40, 40, 40, 500, 310, 10]);
}

#[test]
fn a_burst_waits_for_itself_whatever_the_scale() {
    let service = [10, 20, 30];
    for scale in [Scale::SLOWEST, Scale::ONE, Scale::FASTEST] {
        assert_eq!(responses(&[7, 7, 7], &service, scale), [10, 30, 60], "{scale}");
    }
    assert_eq!(arrivals(&[7, 7, 7]).per_second(Scale::ONE), None);
}

#[test]
fn a_fraction_of_a_nanosecond_is_rounded_up_and_not_lost() {
    // 1 ns apart at ×3: planned at 0, 1/3, 2/3, 1; each takes 1 ns.
    assert_eq!(responses(&[0, 1, 2, 3], &[1; 4], times(3)), [1, 2, 3, 3]);
}

#[test]
fn the_largest_figures_do_not_overflow() {
    let recorded = [0, u64::MAX];
    assert_eq!(responses(&recorded, &[u32::MAX; 2], Scale::SLOWEST), [u64::from(u32::MAX); 2]);
    assert_eq!(responses(&recorded, &[u32::MAX; 2], Scale::FASTEST), [u64::from(u32::MAX); 2]);
    assert_eq!(arrivals(&recorded).span_nanos(Scale::SLOWEST), u64::MAX);
    assert_eq!(arrivals(&recorded).span_nanos(Scale::FASTEST), u64::MAX / 1_000_000_000);
}

#[test]
fn times_that_fall_are_refused_where_they_do() {
    let fallen = Arrivals::new([5, 6, 6, 4].map(TimeNs));
    let expected = ArrivalsError::TimeFalls { index: 3, time: TimeNs(4), before: TimeNs(6) };
    assert_eq!(fallen, Err(expected));
    assert_eq!(Arrivals::of(&[]), Err(ArrivalsError::NoCommands));
}

#[test]
fn a_scale_is_shown_and_read_by_what_it_is() {
    let shown = |thousandths| Scale::from_thousandths(thousandths).unwrap().to_string();
    assert_eq!([shown(10_000), shown(250), shown(1_005)], ["×10", "×0.25", "×1.005"]);
    assert_eq!((Scale::times(0), Scale::times(u64::MAX)), (None, None));
    assert_eq!(serde_json::to_string(&times(10)).unwrap(), "10000");
    assert_eq!(serde_json::from_str::<Scale>("10000").unwrap(), times(10));
    let refused = serde_json::from_str::<Scale>("0").unwrap_err().to_string();
    assert!(refused.contains("0 thousandths are no scale"), "{refused}");
}

#[test]
fn response_times_are_told_per_scale_and_arm() {
    let recorded = arrivals(&[0, 100, 200, 300]);
    let service =
        PerArm { reference: vec![90; 4], candidate: vec![40; 4], twin: vec![91, 90, 90, 90] };
    let [slow, fast] = &response_times(&recorded, &service, &[times(1), times(2)])[..] else {
        panic!("one for each scale")
    };
    assert_eq!((slow.scale, slow.per_second), (times(1), Some(10_000_000)));
    assert_eq!((fast.scale, fast.per_second), (times(2), Some(20_000_000)));
    let figures = |response: &ResponseTimes, arm| (response.arms[arm].p50, response.arms[arm].max);
    assert_eq!(figures(slow, Arm::Reference), (90, 90));
    assert_eq!(figures(slow, Arm::Twin), (90, 91));
    // 50 apart: the reference falls 40 behind with each command.
    assert_eq!(figures(fast, Arm::Reference), (130, 210));
    assert_eq!(figures(fast, Arm::Candidate), (40, 40));
}

#[test]
fn the_knee_is_where_commands_come_as_fast_as_they_are_served() {
    // 1000 commands 1000 ns apart. At 40 ns each nobody waits up to ×25.
    let recorded = arrivals(&(0..1000).map(|index| index * 1000).collect::<Vec<_>>());
    let service = [40; 1000];
    let at_limit = knee(&recorded, &service, 40);
    assert_eq!(at_limit, Knee::At { scale: times(25), per_second: Some(25_000_000) });
    assert_eq!(knee(&recorded, &service, 39), Knee::Never);
    // All at once the last of 1000 waits 40,000; 990 of them must keep the limit.
    assert_eq!(knee(&recorded, &service, 990 * 40), Knee::Beyond);
    // One in a hundred may be slow, one more may not.
    let mut stalls = service;
    stalls[990..].fill(1_000);
    assert_eq!(knee(&recorded, &stalls[..], 40), at_limit, "the stalls are the one in a hundred");
    stalls[989] = 1_000;
    assert_eq!(knee(&recorded, &stalls, 40), Knee::Never);
}

#[test]
fn a_burst_alone_decides_whether_there_is_a_knee() {
    let recorded = arrivals(&[5; 100]);
    assert_eq!(knee(&recorded, &[10; 100], 990), Knee::Beyond);
    assert_eq!(knee(&recorded, &[10; 100], 989), Knee::Never);
}

prop_compose! {
    fn load()(steps in prop::collection::vec((0..40u64, 0..60u32), 1..60))
        -> (Vec<u64>, Vec<u32>)
    {
        let mut now = 3;
        steps.into_iter().map(|(gap, service)| {
            // A third of them come at one time with the one ahead.
            now += gap.saturating_sub(13);
            (now, service)
        }).unzip()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]
    #[test]
    fn the_recursion_is_the_queue((times, service) in load()) {
        let planned: Vec<u64> = times.iter().map(|time| time - times[0]).collect();
        prop_assert_eq!(responses(&times, &service, Scale::ONE), simulate(&planned, &service));
        // Played at a thousandth of the speed, times are exact again.
        let slow: Vec<u64> = planned.iter().map(|time| time * 4).collect();
        let quarter = Scale::from_thousandths(250).unwrap();
        prop_assert_eq!(responses(&times, &service, quarter), simulate(&slow, &service));
    }

    #[test]
    fn no_response_is_shorter_at_a_larger_scale(
        (times, service) in load(),
        scales in prop::array::uniform2(1..20_000u64),
    ) {
        let at = |thousandths: u64| {
            responses(&times, &service, Scale::from_thousandths(thousandths).unwrap())
        };
        let (slow, fast) = (at(scales[0].min(scales[1])), at(scales[0].max(scales[1])));
        for ((slow, fast), service) in slow.into_iter().zip(fast).zip(service) {
            prop_assert!(slow <= fast);
            prop_assert!(slow >= u64::from(service));
        }
    }

    #[test]
    fn the_knee_keeps_the_limit_and_a_thousandth_more_does_not(
        (times, service) in load(),
        limit in 1..2_000u64,
    ) {
        let recorded = arrivals(&times);
        let p99 = |scale| {
            let mut responses: Vec<u64> = response_nanos(&recorded, &service, scale).collect();
            responses.sort_unstable();
            responses[(responses.len() * 99).div_ceil(100) - 1]
        };
        match knee(&recorded, &service, limit) {
            Knee::Never => prop_assert!(p99(Scale::SLOWEST) > limit),
            Knee::Beyond => prop_assert!(p99(Scale::FASTEST) <= limit),
            Knee::At { scale, .. } => {
                prop_assert!(p99(scale) <= limit);
                let next = Scale::from_thousandths(scale.thousandths() + 1).unwrap();
                prop_assert!(p99(next) > limit);
            }
        }
    }

    #[test]
    fn the_knee_never_falls_as_the_limit_or_the_speed_of_the_engine_grows(
        (times, service) in load(),
        limit in 1..2_000u64,
    ) {
        let order = |knee| match knee {
            Knee::Never => 0,
            Knee::At { scale, .. } => scale.thousandths(),
            Knee::Beyond => u64::MAX,
        };
        let recorded = arrivals(&times);
        let here = order(knee(&recorded, &service, limit));
        prop_assert!(order(knee(&recorded, &service, limit + limit / 3)) >= here);
        let faster: Vec<u32> = service.iter().map(|nanos| nanos - nanos / 4).collect();
        prop_assert!(order(knee(&recorded, &faster, limit)) >= here);
    }
}
