//! Weighted choices, looked up in a table.

use crate::random::Random;

/// Picks one of some values, each as often as its weight says.
#[derive(Clone, Debug)]
pub(crate) struct Choice<T> {
    /// Each value with the sum of all weights up to and with its own.
    entries: Vec<(u64, T)>,
    total: u64,
}

impl<T: Copy> Choice<T> {
    /// `None` when no weight is above zero, or their sum does not fit 64 bits.
    pub(crate) fn new(weighted: impl IntoIterator<Item = (u64, T)>) -> Option<Self> {
        let mut total = 0_u64;
        let mut entries = Vec::new();
        for (weight, value) in weighted {
            if weight > 0 {
                total = total.checked_add(weight)?;
                entries.push((total, value));
            }
        }
        (total > 0).then_some(Self { entries, total })
    }

    #[inline]
    pub(crate) fn pick(&self, random: &mut Random) -> T {
        let [(_, only)] = self.entries.as_slice() else {
            let drawn = random.below(self.total);
            let entry = self.entries.iter().find(|(up_to, _)| drawn < *up_to);
            return entry.expect("what is drawn is below the last sum").1;
        };
        *only
    }
}

/// Picks a number from one of some ranges, both ends possible.
#[derive(Clone, Debug)]
pub(crate) struct Ranges(Choice<(i64, i64)>);

impl Ranges {
    pub(crate) fn new(weighted: impl IntoIterator<Item = (u64, (i64, i64))>) -> Option<Self> {
        Choice::new(weighted).map(Self)
    }

    #[inline]
    pub(crate) fn pick(&self, random: &mut Random) -> i64 {
        let (from, to) = self.0.pick(random);
        if from == to { from } else { random.between(from, to) }
    }

    /// Picks from ranges of which none reaches below zero.
    #[inline]
    pub(crate) fn pick_unsigned(&self, random: &mut Random) -> u64 {
        self.pick(random).cast_unsigned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_as_often_as_the_weights_say() {
        let choice = Choice::new([(1, 'a'), (0, 'b'), (3, 'c')]).unwrap();
        let mut random = Random::new(5);
        let picked: Vec<char> = (0..4_000).map(|_| choice.pick(&mut random)).collect();
        let count = |value| picked.iter().filter(|picked| **picked == value).count();
        assert!((900..1_100).contains(&count('a')), "{}", count('a'));
        assert_eq!((count('b'), count('a') + count('c')), (0, 4_000));
    }

    #[test]
    fn needs_something_to_pick_from() {
        assert!(Choice::new([(0, 'a')]).is_none());
        assert!(Choice::<char>::new([]).is_none());
        assert!(Choice::new([(u64::MAX, 'a'), (1, 'b')]).is_none());
    }

    #[test]
    fn a_range_gives_both_of_its_ends() {
        let ranges = Ranges::new([(1, (3, 4)), (1, (9, 9))]).unwrap();
        let mut random = Random::new(5);
        let mut picked: Vec<i64> = (0..100).map(|_| ranges.pick(&mut random)).collect();
        picked.sort_unstable();
        picked.dedup();
        assert_eq!(picked, [3, 4, 9]);
    }
}
