//! Values from a seed.

/// A stream of numbers that depends on nothing but the seed (SplitMix64).
pub(in crate::itch50) struct Random(pub(in crate::itch50) u64);

impl Random {
    pub(in crate::itch50) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub(in crate::itch50) fn below(&mut self, end: u64) -> u64 {
        self.bits() % end
    }

    pub(in crate::itch50) fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    pub(in crate::itch50) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let bits = self.bits().to_be_bytes();
        std::array::from_fn(|index| bits[index])
    }

    pub(in crate::itch50) fn printable(&mut self) -> u8 {
        u8::try_from(self.below(0x5f)).unwrap() + b' '
    }

    pub(in crate::itch50) fn choose<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }
}
