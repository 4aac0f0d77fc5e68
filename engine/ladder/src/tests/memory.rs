//! Memory follows what rests, and the tables hold under keys that are made to hurt.

use super::*;
use crate::ranks::RankSet;
use crate::slab::{BATCH, Slab};
use crate::table::IndexTable;

/// Applies them all and gives what the last one was answered.
fn apply_all(
    engine: &mut LadderEngine,
    actions: impl IntoIterator<Item = (u64, Action)>,
) -> EventBuffer {
    let mut events = EventBuffer::new();
    for (seq, (time, action)) in (1..).zip(actions) {
        events.clear();
        let command = Command::new(Seq(seq), TimeNs(time), InstrumentId(0), action);
        engine.apply(&command, &mut events);
        assert!(!matches!(events.as_slice(), [Event::Rejected { .. }, ..]), "{action:?}");
    }
    events
}

#[test]
fn a_drifting_mid_leaves_nothing_behind() {
    let mut engine = LadderEngine::new(&[instrument()]);
    let drift = (0..20_000).flat_map(|id| {
        let price = i64::MIN + 1_000 * i64::try_from(id).unwrap();
        let gone = (id >= 10).then(|| (1, cancel(id - 10)));
        [(1, buy(id, price, 1).into())].into_iter().chain(gone)
    });
    apply_all(&mut engine, drift);
    let book = engine.first_book();
    book.audit();
    assert_eq!(book.orders.capacity(), BATCH);
    let (levels, nodes) = book.sides[0].footprint();
    assert_eq!(levels, BATCH);
    assert!(nodes <= 10 * 11, "{nodes}");
}

#[test]
fn expiries_of_dead_orders_do_not_pile_up() {
    let mut engine = LadderEngine::new(&[instrument()]);
    let stream = (0..10_000).flat_map(|id| {
        let new = with(TimeInForce::Gtd, buy(id, 5, 1)).with_expire_time(TimeNs(1_000_000 - id));
        [(1, new.into()), (1, cancel(id))]
    });
    apply_all(&mut engine, stream);
    assert!(engine.first_book().expiries.len() <= 65);
}

#[test]
fn expiries_of_live_orders_outlive_a_clean_up() {
    let mut engine = LadderEngine::new(&[instrument()]);
    let gtd = |id, time| with(TimeInForce::Gtd, buy(id, 5, 1)).with_expire_time(TimeNs(time));
    let lasting = (1..=10).map(|id| (1, gtd(id, 500_000 + id).into()));
    let passing = (100..2_000).flat_map(|id| [(1, gtd(id, 900_000).into()), (1, cancel(id))]);
    apply_all(&mut engine, lasting.chain(passing));
    assert!(engine.first_book().expiries.len() <= 10 + 10 + 65);
    let expired = apply_all(&mut engine, [(500_010, Action::Time)]);
    let canceled = expired.as_slice().iter().map(|event| match event {
        Event::Canceled { order, reason: CancelReason::Expired, .. } => order.0,
        other => panic!("{other:?}"),
    });
    assert_eq!(canceled.collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_table_forgets_every_key_without_a_trace() {
    // Dense keys, keys in many overlapping walks, and keys that differ in high bits only.
    let keys: Vec<u64> = (0..5_000)
        .map(|key| match key % 3 {
            0 => key,
            1 => ((key % 50) << 40) | key,
            _ => key << 48,
        })
        .collect();
    let mut slab = Slab::new();
    let mut table = IndexTable::new();
    for round in 0..3 {
        let slots: Vec<_> = keys.iter().map(|key| slab.insert(*key)).collect();
        for (key, slot) in keys.iter().zip(&slots) {
            assert!(table.find(*key, |at| slab[at] == *key).is_none());
            table.insert(*key, *slot, |slot| slab[slot]);
        }
        assert_eq!(table.len(), keys.len());
        for (key, slot) in keys.iter().zip(&slots) {
            assert_eq!(table.find(*key, |at| slab[at] == *key), Some(*slot));
        }
        for index in (0..keys.len()).map(|index| index * 7 % keys.len()) {
            table.remove(keys[index], slots[index]);
            slab.release(slots[index]);
        }
        assert_eq!((table.len(), table.passed(), slab.len()), (0, 0, 0), "round {round}");
    }
}

#[test]
fn the_rank_below_is_found_anywhere() {
    let ranks = [0, 1, 63, 64, 65, 4_096, 1 << 36, (1 << 36) + 1, 1 << 63, u64::MAX - 64, u64::MAX];
    let mut set = RankSet::new();
    for rank in ranks {
        set.insert(rank);
    }
    for (index, rank) in ranks.iter().enumerate() {
        let below = index.checked_sub(1).map(|index| ranks[index]);
        assert_eq!(set.below(*rank), below);
        assert_eq!(
            set.below(rank.saturating_add(1)),
            if *rank == u64::MAX { below } else { Some(*rank) }
        );
    }
    for rank in ranks {
        set.remove(rank);
    }
    assert_eq!(set.len(), 0);
    assert_eq!(set.below(u64::MAX), None);
}
