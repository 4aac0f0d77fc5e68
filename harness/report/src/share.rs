//! A part of a whole, without floating point.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A share from 0 to 1, to the millionth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(u32);

/// A text is no share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not a share from 0 to 1 with at most six decimals, such as 0.99")]
pub struct ShareError;

const WHOLE: u32 = 1_000_000;

impl Share {
    /// Nothing of it.
    pub const NONE: Self = Self(0);
    /// All of it.
    pub const ALL: Self = Self(WHOLE);

    /// So many hundredths; at most 100.
    #[must_use]
    pub const fn percent(percent: u8) -> Self {
        Self(if percent > 100 { WHOLE } else { percent as u32 * 10_000 })
    }

    /// Whether `part` of `whole` is less than this share. Nothing of nothing is not.
    #[must_use]
    pub fn exceeds(self, part: u64, whole: u64) -> bool {
        u128::from(part) * u128::from(WHOLE) < u128::from(self.0) * u128::from(whole)
    }
}

impl FromStr for Share {
    type Err = ShareError;

    fn from_str(text: &str) -> Result<Self, ShareError> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > 6 {
            return Err(ShareError);
        }
        let whole: u32 = whole.parse().map_err(|_| ShareError)?;
        let decimals: u32 = format!("{decimals:0<6}").parse().map_err(|_| ShareError)?;
        let millionths = whole.checked_mul(WHOLE).and_then(|whole| whole.checked_add(decimals));
        millionths.filter(|share| *share <= WHOLE).map(Self).ok_or(ShareError)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{}.{:06}", self.0 / WHOLE, self.0 % WHOLE);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_read_and_written_exactly() {
        for text in ["0", "0.99", "0.999999", "1", "0.5"] {
            assert_eq!(text.parse::<Share>().unwrap().to_string(), text);
        }
        for text in ["", ".", "1.1", "-0.5", "0.1234567", "1e-2", "2", "0,5", "9999999999"] {
            assert_eq!(text.parse::<Share>(), Err(ShareError), "{text}");
        }
        assert_eq!(Share::percent(99).to_string(), "0.99");
    }

    #[test]
    fn a_part_is_held_against_it_without_rounding() {
        let most = Share::percent(99);
        assert!(!most.exceeds(99, 100));
        assert!(most.exceeds(98, 99));
        assert!(!most.exceeds(0, 0));
        assert!(Share::ALL.exceeds(u64::MAX - 1, u64::MAX));
    }
}
