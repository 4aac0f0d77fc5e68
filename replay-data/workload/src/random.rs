//! The only source of chance: SplitMix64, so that a seed means the same stream everywhere.

/// The generator `SplitMix64` of Guy Steele, Doug Lea and Christine Flood (2014), with the
/// constants of Sebastiano Vigna's public-domain `splitmix64.c`: 64 bits of state, every seed is a
/// good one, and any two seeds give unrelated streams.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    #[inline]
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, which is above zero: the high half of a product, whose bias of at
    /// most `bound` in 2^64 no stream is long enough to show.
    #[inline]
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        debug_assert!(bound > 0, "there is no number below zero");
        let product = u128::from(self.next()) * u128::from(bound);
        u64::try_from(product >> 64).expect("the high half of 128 bits fits 64")
    }

    /// A position in a list of `length`, which is above zero.
    #[inline]
    pub(crate) fn index(&mut self, length: usize) -> usize {
        let position = self.below(length as u64);
        usize::try_from(position).expect("it is below a usize")
    }

    /// A number from `from` to `to`, both possible.
    #[inline]
    pub(crate) fn between(&mut self, from: i64, to: i64) -> i64 {
        match to.abs_diff(from).checked_add(1) {
            Some(count) => from.wrapping_add_unsigned(self.below(count)),
            None => self.next().cast_signed(),
        }
    }

    /// Yes, so many times in a million.
    #[inline]
    pub(crate) fn in_a_million(&mut self, times: u64) -> bool {
        times > 0 && self.below(1_000_000) < times
    }

    /// Yes, so many times in a thousand.
    #[inline]
    pub(crate) fn in_a_thousand(&mut self, times: u64) -> bool {
        times > 0 && self.below(1_000) < times
    }

    /// Yes, every second time.
    #[inline]
    pub(crate) fn flip(&mut self) -> bool {
        self.next() >> 63 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_numbers() {
        // For the seed 1234567, as Rosetta Code lists the output of the C original; for 0, the
        // words with which the xoshiro authors' seeding begins.
        let first = |seed| {
            let mut random = Random::new(seed);
            std::array::from_fn::<u64, 5, _>(|_| random.next())
        };
        assert_eq!(
            first(1_234_567),
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ]
        );
        assert_eq!(first(0)[..2], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }

    #[test]
    fn reaches_both_ends_of_a_range_and_nothing_beyond() {
        let mut random = Random::new(1);
        let mut seen = [0_u32; 5];
        for _ in 0..5_000 {
            let drawn = random.between(-2, 2);
            seen[usize::try_from(drawn + 2).unwrap()] += 1;
        }
        assert!(seen.iter().all(|count| (900..1_100).contains(count)), "{seen:?}");
        assert_eq!(random.between(7, 7), 7);
        for _ in 0..100 {
            random.between(i64::MIN, i64::MAX);
        }
    }

    #[test]
    fn never_and_always_are_possible() {
        let mut random = Random::new(1);
        assert!((0..1_000).all(|_| !random.in_a_million(0) && random.in_a_million(1_000_000)));
        assert!((0..1_000).all(|_| !random.in_a_thousand(0) && random.in_a_thousand(1_000)));
    }
}
