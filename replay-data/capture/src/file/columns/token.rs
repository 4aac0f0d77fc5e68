//! Whole numbers as a byte that says how large, and the bits below it.
//!
//! The bytes of one column ("tokens") lie together, where entropy coding finds what is common
//! among them; the bits, which are as good as random, lie in one stream that nothing needs to
//! compress. A number below 128 is its own token and has no bits. Any other with its highest set
//! bit at position `e` has token `128 + 2 * (e - 7) + b`, where `b` is the bit below the highest,
//! and the `e - 1` bits below those two go to the stream.

use crate::file::format::MAX_RAW;

/// Numbers below this are their own token.
const DIRECT: u8 = 128;
/// The number of bits in a direct token.
const DIRECT_BITS: u32 = DIRECT.trailing_zeros();
/// So many zero bytes follow the bits, so that eight bytes can be read at any used position.
pub(super) const BITS_PADDING: usize = 8;

/// What a token stands for.
#[derive(Clone, Copy)]
struct Meaning {
    /// The number without its stream bits.
    base: u64,
    /// How many stream bits it has.
    bits: u32,
    /// How far the stream goes on: as many bits, or beyond its end.
    advance: u32,
}

/// No block has so many bits.
const BEYOND: u32 = 1 << 30;
const _: () = assert!(MAX_RAW * 8 < BEYOND as usize);

/// All tokens. Those that no number has lead beyond the end of the stream, so that the check at the
/// end of a block finds them.
static MEANINGS: [Meaning; 256] = meanings();

#[expect(clippy::cast_possible_truncation, reason = "a token is below 256 and fits everything")]
const fn meanings() -> [Meaning; 256] {
    let mut table = [Meaning { base: 0, bits: 0, advance: 0 }; 256];
    let mut token = 0;
    while token < table.len() {
        if token < DIRECT as usize {
            table[token].base = token as u64;
        } else {
            let step = token as u32 - DIRECT as u32;
            let highest = DIRECT_BITS + step / 2;
            if highest < u64::BITS {
                let bits = highest - 1;
                table[token] =
                    Meaning { base: (2 | (step as u64 & 1)) << bits, bits, advance: bits };
            } else {
                table[token].advance = BEYOND;
            }
        }
        token += 1;
    }
    table
}

/// Splits a number into its token, its stream bits and how many these are.
fn split(value: u64) -> (u8, u64, u32) {
    if let Ok(token) = u8::try_from(value)
        && token < DIRECT
    {
        return (token, 0, 0);
    }
    let highest = value.ilog2();
    let bits = highest - 1;
    let below_highest = u32::from((value >> bits) & 1 == 1);
    let token = u32::from(DIRECT) + 2 * (highest - DIRECT_BITS) + below_highest;
    let token = u8::try_from(token).expect("the highest bit is below 64, so this is below 242");
    (token, value & ((1 << bits) - 1), bits)
}

/// A signed number so that small magnitudes are small unsigned numbers.
#[inline]
pub(super) const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

/// Undoes [`zigzag`].
#[inline]
pub(super) const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// Collects the bit stream.
#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    pending: u128,
    pending_bits: u32,
}

impl BitWriter {
    /// Appends a number: its bits to the stream, its token to `tokens`.
    pub(super) fn put(&mut self, tokens: &mut Vec<u8>, value: u64) {
        let (token, low, bits) = split(value);
        tokens.push(token);
        self.pending |= u128::from(low) << self.pending_bits;
        self.pending_bits += bits;
        while self.pending_bits >= 8 {
            self.bytes.push(self.pending.to_le_bytes()[0]);
            self.pending >>= 8;
            self.pending_bits -= 8;
        }
    }

    /// Appends the whole stream with its padding to `out` and begins afresh.
    pub(super) fn drain_into(&mut self, out: &mut Vec<u8>) {
        if self.pending_bits > 0 {
            self.bytes.push(self.pending.to_le_bytes()[0]);
        }
        out.append(&mut self.bytes);
        out.extend([0; BITS_PADDING]);
        self.pending = 0;
        self.pending_bits = 0;
    }

    /// How many bytes [`Self::drain_into`] appends.
    pub(super) fn len(&self) -> usize {
        self.bytes.len() + usize::from(self.pending_bits > 0) + BITS_PADDING
    }
}

/// Reads the bit stream. Beyond the end there are zeros, and [`Self::is_used_up`] tells.
pub(super) struct BitReader<'a> {
    bytes: &'a [u8],
    bit: usize,
}

impl<'a> BitReader<'a> {
    /// Reads `bytes`, padding included.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, bit: 0 }
    }

    /// Whether exactly what is there was read.
    pub(super) const fn is_used_up(&self) -> bool {
        self.bit.div_ceil(8) + BITS_PADDING == self.bytes.len()
    }

    /// Whether everything behind the used bits is zero.
    pub(super) fn is_rest_zero(&self) -> bool {
        let (byte, shift) = (self.bit >> 3, self.bit & 7);
        let rest = self.bytes.get(byte..).unwrap_or_default();
        match rest {
            [] => true,
            [partly_used, unused @ ..] => {
                partly_used >> shift == 0 && unused.iter().all(|byte| *byte == 0)
            }
        }
    }

    #[inline(always)]
    fn take(&mut self, Meaning { bits, advance, .. }: Meaning) -> u64 {
        let (byte, shift) = (self.bit >> 3, self.bit & 7);
        let window = self.bytes.get(byte..).and_then(<[u8]>::first_chunk);
        let mut value = window.map_or(0, |window| u64::from_le_bytes(*window)) >> shift;
        if bits > 56 {
            // Up to 62 bits that begin inside a byte can end in a ninth one.
            let ninth = self.bytes.get(byte + 8).copied().unwrap_or(0);
            value |= u64::from(ninth).wrapping_shl(1) << (63 - shift);
        }
        self.bit += advance as usize;
        value & ((1_u64 << bits) - 1)
    }
}

/// Reads the tokens of one column. Beyond the end there are zeros, and [`Self::left`] tells.
#[derive(Clone, Copy, Default)]
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Tokens<'a> {
    /// Reads `bytes`.
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// How many are left; `None` when more were read than there are.
    pub(super) const fn left(&self) -> Option<usize> {
        self.bytes.len().checked_sub(self.at)
    }

    /// The next number.
    #[inline(always)]
    pub(super) fn next(&mut self, bits: &mut BitReader<'_>) -> u64 {
        let token = self.bytes.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        let meaning = MEANINGS[usize::from(token)];
        meaning.base | bits.take(meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interesting() -> Vec<u64> {
        let mut values = vec![0, 1, 126, 127, 128, 129, u64::MAX];
        for bit in 7..64 {
            let power = 1_u64 << bit;
            values.extend([power - 1, power, power + 1, power | (power >> 1), power | 0x55]);
        }
        values
    }

    #[test]
    fn numbers_of_every_size_come_back() {
        let values = interesting();
        let (mut tokens, mut writer, mut stream) = (Vec::new(), BitWriter::default(), Vec::new());
        for value in &values {
            writer.put(&mut tokens, *value);
        }
        let announced = writer.len();
        writer.drain_into(&mut stream);
        assert_eq!(stream.len(), announced);
        let (mut reader, mut column) = (BitReader::new(&stream), Tokens::new(&tokens));
        for value in &values {
            assert_eq!(column.next(&mut reader), *value);
        }
        assert!(reader.is_used_up());
        assert_eq!(column.left(), Some(0));
    }

    #[test]
    fn a_token_is_the_one_the_format_names() {
        assert_eq!(split(127), (127, 0, 0));
        assert_eq!(split(128), (128, 0, 6));
        assert_eq!(split(0b1100_0001), (129, 1, 6));
        assert_eq!(split(u64::MAX), (241, (1 << 62) - 1, 62));
    }

    #[test]
    fn reading_beyond_the_end_gives_zeros_and_is_noticed() {
        let (mut reader, mut column) = (BitReader::new(&[]), Tokens::new(&[241]));
        assert_eq!(column.next(&mut reader), 3 << 62);
        assert!(!reader.is_used_up());
        assert_eq!(column.next(&mut reader), 0);
        assert_eq!(column.left(), None);
    }

    #[test]
    fn zigzag_keeps_small_magnitudes_small() {
        for (signed, unsigned) in [(0, 0), (-1, 1), (1, 2), (i64::MAX, u64::MAX - 1)] {
            assert_eq!(zigzag(signed), unsigned);
            assert_eq!(unzigzag(unsigned), signed);
        }
        assert_eq!(unzigzag(zigzag(i64::MIN)), i64::MIN);
    }
}
