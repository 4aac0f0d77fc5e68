//! What a run draws from its seed: who comes first, and where in memory each engine lies.
//!
//! Whoever is asked first finds the caches as the one before left them, and where an engine lies
//! decides which of its lines compete: drawn at random, neither favours an arm.

use std::ops::Range;
use std::{array, mem};

use crate::arm::{Arm, PerArm};
use crate::random::SplitMix64;

/// The largest padding before an engine, in bytes: many pages, so that an engine's lines fall
/// anywhere in the caches.
const LARGEST_PADDING: u64 = 1 << 16;
/// So many smaller paddings shift what comes from the allocator's lists of small pieces.
const SMALL_PADDINGS: usize = 8;
/// The largest of those.
const LARGEST_SMALL_PADDING: u64 = 1 << 10;

/// What one part of a run draws.
#[derive(Clone, Debug)]
pub(crate) struct Random(SplitMix64);

impl Random {
    /// One for each part of a run, so that a longer run begins with a shorter one.
    pub(crate) fn new(seed: u64, pass: Pass, instance: usize) -> Self {
        let of_pass = SplitMix64::new(seed).next() ^ pass as u64;
        let of_instance = SplitMix64::new(of_pass).next() ^ instance as u64;
        Self(SplitMix64::new(of_instance))
    }

    /// A number below `end`, each as likely as any other but for one part in 2^32.
    fn below(&mut self, end: u64) -> u64 {
        debug_assert!(end <= u64::from(u32::MAX), "the product below must not overflow");
        ((self.0.next() >> 32) * end) >> 32
    }

    /// A size below `end`.
    fn size(&mut self, end: u64) -> usize {
        usize::try_from(self.below(end)).expect("sizes that are drawn are small")
    }

    /// The arms in an order of which each is as likely.
    pub(crate) fn order(&mut self) -> [Arm; 3] {
        let mut arms = Arm::ALL;
        arms.swap(2, self.size(3));
        arms.swap(1, self.size(2));
        arms
    }

    /// The chunks of each turn, of so many commands each; the first turn is of any length, so that
    /// turns begin elsewhere in each round.
    pub(crate) fn turns(
        &mut self,
        chunks: usize,
        commands_per_chunk: usize,
    ) -> impl Iterator<Item = Range<usize>> + use<> {
        let per_turn = COMMANDS_PER_TURN.div_ceil(commands_per_chunk.max(1));
        let first = 1 + self.size(per_turn as u64);
        let ends = (first..chunks).step_by(per_turn).chain((chunks > 0).then_some(chunks));
        let mut start = 0;
        ends.map(move |end| mem::replace(&mut start, end)..end)
    }
}

/// So many commands are carried out by one engine before the next has its turn.
///
/// A processor remembers the branches of some thousand commands. In shorter turns, reference and
/// twin, whose code is the same, profit from each other: with turns of 1,000 commands an engine
/// compiled twice looked 13 % slower than itself, with 4,000 3.1 %, with 8,000 2.5 %, with 16,000
/// and with one turn for all 2.3 %, which is what the place of its code made out.
const COMMANDS_PER_TURN: usize = 1 << 14;

/// The two ways of timing, which draw apart from each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    Service = 1,
    Events = 2,
}

/// Where the three engines of one round lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// In which order they are made.
    pub(crate) order: [Arm; 3],
    /// What lies before each of them, in bytes.
    pub(crate) paddings: PerArm<[usize; 1 + SMALL_PADDINGS]>,
}

impl Places {
    pub(crate) fn draw(random: &mut Random) -> Self {
        let order = random.order();
        let paddings = PerArm::from_fn(|_| {
            array::from_fn(|place| match place {
                0 => random.size(LARGEST_PADDING),
                _ => random.size(LARGEST_SMALL_PADDING),
            })
        });
        Self { order, paddings }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn each_order_is_as_likely() {
        let mut random = Random::new(7, Pass::Service, 0);
        let mut counts: BTreeMap<[Arm; 3], u32> = BTreeMap::new();
        for _ in 0..60_000 {
            *counts.entry(random.order()).or_default() += 1;
        }
        assert_eq!(counts.len(), 6);
        // Five standard deviations of a count around ten thousand.
        assert!(counts.values().all(|count| count.abs_diff(10_000) < 460), "{counts:?}");
    }

    #[test]
    fn turns_are_all_chunks_in_order_and_begin_anywhere() {
        let mut random = Random::new(1, Pass::Service, 0);
        let mut begins = BTreeSet::new();
        for _ in 0..400 {
            for chunks in [0, 1, 5, 16, 17, 100] {
                let turns: Vec<Range<usize>> = random.turns(chunks, 1_024).collect();
                assert!(turns.iter().cloned().flatten().eq(0..chunks), "{chunks}: {turns:?}");
                assert!(turns.iter().all(|turn| (1..=16).contains(&turn.len())));
                begins.extend(turns.get(1).map(|turn| (chunks, turn.start)));
            }
        }
        let of_many = begins.iter().filter(|(chunks, _)| *chunks == 100);
        assert!(of_many.map(|(_, start)| *start).eq(1..=16));
    }

    #[test]
    fn the_same_seed_draws_the_same_and_nothing_else_does() {
        let draw = |seed, pass, instance| {
            let mut random = Random::new(seed, pass, instance);
            (Places::draw(&mut random), array::from_fn::<_, 8, _>(|_| random.order()))
        };
        let first = draw(1, Pass::Service, 0);
        assert_eq!(first, draw(1, Pass::Service, 0));
        let others =
            [draw(2, Pass::Service, 0), draw(1, Pass::Events, 0), draw(1, Pass::Service, 1)];
        assert!(others.iter().all(|other| *other != first));
    }

    #[test]
    fn paddings_reach_over_the_whole_range() {
        let mut random = Random::new(3, Pass::Events, 5);
        let mut large = Vec::new();
        for _ in 0..200 {
            let places = Places::draw(&mut random);
            large.extend(Arm::ALL.map(|arm| places.paddings[arm][0]));
            assert!(
                Arm::ALL.iter().all(|arm| places.paddings[*arm][1..].iter().all(|p| *p < 1024))
            );
        }
        let (least, most) = (large.iter().min(), large.iter().max());
        assert!(least < Some(&1_000) && most > Some(&64_000) && most < Some(&65_536));
    }
}
