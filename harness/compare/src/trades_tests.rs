//! When trade numbers map one to one.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const XBT: InstrumentId = InstrumentId(0);

fn observe(maps: &mut TradeMaps, reference: u64, candidate: u64) -> Result<(), &'static str> {
    maps.observe(XBT, TradeId(reference), TradeId(candidate)).map_err(|found| found.name())
}

fn check(pairs: &[(u64, u64)], expected: Result<(), &'static str>) {
    let mut maps = TradeMaps::new(1);
    let (last, before) = pairs.split_last().unwrap();
    for (reference, candidate) in before {
        assert_eq!(observe(&mut maps, *reference, *candidate), Ok(()), "{pairs:?}");
    }
    assert_eq!(observe(&mut maps, last.0, last.1), expected, "{pairs:?}");
}

#[test]
fn a_mapping_is_one_to_one_or_it_breaks() {
    check(&[(1, 1), (2, 2), (3, 3)], Ok(()));
    check(&[(1, 500), (2, 501), (7, 900), (3, 502)], Ok(()));
    check(&[(1, 1), (2, 2), (2, 2)], Ok(()));
    check(&[(1, 1), (2, 1)], Err("candidate-reused"));
    check(&[(1, 1), (1, 2)], Err("reference-reused"));
    check(&[(1, 10), (2, 11), (3, 12), (4, 11)], Err("candidate-reused"));
    check(&[(5, 7), (4, 6), (5, 7), (5, 8)], Err("reference-reused"));
    check(&[(1, 1), (9, 3), (2, 2), (3, 3)], Err("candidate-reused"));
    check(&[(u64::MAX, 1), (1, u64::MAX), (2, 1)], Err("candidate-reused"));
}

#[test]
fn numberings_that_run_in_parallel_are_one_run() {
    let mut maps = TradeMaps::new(1);
    for number in 0..100_000 {
        assert_eq!(observe(&mut maps, 1 + number, 77 + number), Ok(()));
    }
    assert_eq!(maps.runs, 1);
    assert_eq!(observe(&mut maps, 100_001, 5_000), Err("candidate-reused"));
}

#[test]
fn rising_numberings_with_gaps_take_bounded_memory() {
    let mut maps = TradeMaps::new(1);
    for number in 0..10_000 {
        assert_eq!(observe(&mut maps, 1 + number, 1 + 3 * number), Ok(()));
    }
    assert_eq!(maps.runs, RECENT_RUNS);
    assert_eq!(observe(&mut maps, 10_001, 1 + 3 * 9_990), Err("candidate-reused"));
    assert_eq!(maps.unchecked(), 0);
    assert_eq!(observe(&mut maps, 10_001, 1), Ok(()));
    assert_eq!(maps.unchecked(), 1, "nobody knows any more whether 1 was used before");
    assert_eq!(observe(&mut maps, 10_001, 30_001), Ok(()));
    assert_eq!(maps.unchecked(), 1);
}

#[test]
fn numberings_that_jump_about_stop_being_checked_at_the_budget() {
    let mut maps = TradeMaps::new(1);
    let budget = u64::try_from(RUN_BUDGET).unwrap();
    for number in 0..budget + 10 {
        assert_eq!(observe(&mut maps, number, u64::MAX - 2 * number), Ok(()));
    }
    assert_eq!(maps.runs, RUN_BUDGET);
    assert_eq!(maps.unchecked(), 10);
}

proptest! {
    #[test]
    fn it_agrees_with_two_plain_maps(pairs in prop::collection::vec((0_u64..40, 0_u64..40), 1..60)) {
        let mut maps = TradeMaps::new(1);
        let (mut forward, mut backward) = (HashMap::new(), HashMap::new());
        for (reference, candidate) in pairs {
            let fits = *forward.get(&reference).unwrap_or(&candidate) == candidate
                && *backward.get(&candidate).unwrap_or(&reference) == reference;
            prop_assert_eq!(observe(&mut maps, reference, candidate).is_ok(), fits);
            if fits {
                forward.insert(reference, candidate);
                backward.insert(candidate, reference);
            }
        }
    }
}
