//! Decimal text to whole ticks or lots and back, exactly (rule U1).

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use thiserror::Error;

/// More digits after the point than this are refused, so that every product fits 128 bits.
const MAX_SCALE: u8 = 18;

/// Why a text is no decimal, or not one of this increment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// Not of the form `-12.34`: digits without leading zeros, at most one point with digits on
    /// both sides, no minus before a zero.
    #[error(
        "not a decimal number such as 43000.1 (no plus sign, exponent, spaces, leading zeros or \
         negative zero)"
    )]
    Malformed,
    /// More precise than the increment allows.
    #[error("not a whole multiple of {0}")]
    NotMultiple(Increment),
    /// Below zero where that has no meaning.
    #[error("negative where only zero or more makes sense")]
    Negative,
    /// Outside what 64 bits hold.
    #[error("does not fit 64 bits")]
    OutOfRange,
    /// An increment that is zero or has more than 18 decimals.
    #[error("not a usable increment: it must be above zero with at most {MAX_SCALE} decimals")]
    BadIncrement,
}

/// The size of one tick or lot: `mantissa` × 10^-`scale`, above zero, in shortest form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Increment {
    mantissa: NonZeroU64,
    scale: u8,
}

impl Increment {
    /// One whole unit.
    pub const ONE: Self = Self { mantissa: NonZeroU64::MIN, scale: 0 };

    /// The increment `mantissa` × 10^-`scale`.
    ///
    /// # Errors
    /// [`DecimalError::BadIncrement`] when `mantissa` is 0 or `scale` above 18.
    pub fn new(mantissa: u64, scale: u8) -> Result<Self, DecimalError> {
        let mut mantissa = NonZeroU64::new(mantissa).ok_or(DecimalError::BadIncrement)?;
        let mut scale = scale;
        if scale > MAX_SCALE {
            return Err(DecimalError::BadIncrement);
        }
        while scale > 0 && mantissa.get().is_multiple_of(10) {
            mantissa = NonZeroU64::new(mantissa.get() / 10).ok_or(DecimalError::BadIncrement)?;
            scale -= 1;
        }
        Ok(Self { mantissa, scale })
    }

    /// The digits, as a whole number.
    #[must_use]
    pub const fn mantissa(self) -> u64 {
        self.mantissa.get()
    }

    /// How many of the digits stand after the point.
    #[must_use]
    pub const fn scale(self) -> u8 {
        self.scale
    }

    /// Reads a decimal as a signed count of this increment.
    ///
    /// # Errors
    /// When the text is no decimal, no whole multiple of the increment, or outside `i64`.
    pub fn parse_signed(self, text: &str) -> Result<i64, DecimalError> {
        let decimal = Decimal::parse(text)?;
        let units = i128::try_from(self.units(decimal)?).map_err(|_| DecimalError::OutOfRange)?;
        i64::try_from(if decimal.negative { -units } else { units })
            .map_err(|_| DecimalError::OutOfRange)
    }

    /// Reads a decimal as an unsigned count of this increment.
    ///
    /// # Errors
    /// As [`Self::parse_signed`], and when the text is below zero.
    pub fn parse_unsigned(self, text: &str) -> Result<u64, DecimalError> {
        let decimal = Decimal::parse(text)?;
        let units = self.units(decimal)?;
        if decimal.negative {
            return Err(DecimalError::Negative);
        }
        u64::try_from(units).map_err(|_| DecimalError::OutOfRange)
    }

    /// Writes a signed count of this increment as the shortest decimal.
    #[must_use]
    pub fn format_signed(self, units: i64) -> String {
        self.format(units < 0, u128::from(units.unsigned_abs()))
    }

    /// Writes an unsigned count of this increment as the shortest decimal.
    ///
    /// Saturates above 2^128 / 2^64 units, which no sum of quantities reaches.
    #[must_use]
    pub fn format_unsigned(self, units: impl Into<u128>) -> String {
        self.format(false, units.into())
    }

    fn format(self, negative: bool, units: u128) -> String {
        let digits = units.saturating_mul(u128::from(self.mantissa.get()));
        let unit = 10_u128.pow(u32::from(self.scale));
        let sign = if negative { "-" } else { "" };
        let (whole, fraction) = (digits / unit, digits % unit);
        if fraction == 0 {
            return format!("{sign}{whole}");
        }
        let fraction = format!("{fraction:0width$}", width = usize::from(self.scale));
        format!("{sign}{whole}.{}", fraction.trim_end_matches('0'))
    }

    fn units(self, decimal: Decimal) -> Result<u128, DecimalError> {
        let not_multiple = DecimalError::NotMultiple(self);
        if decimal.scale > self.scale {
            return Err(not_multiple);
        }
        let digits = 10_u128
            .pow(u32::from(self.scale - decimal.scale))
            .checked_mul(decimal.digits)
            .ok_or(DecimalError::OutOfRange)?;
        let mantissa = u128::from(self.mantissa.get());
        if digits.is_multiple_of(mantissa) { Ok(digits / mantissa) } else { Err(not_multiple) }
    }
}

impl fmt::Display for Increment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format(false, 1))
    }
}

impl FromStr for Increment {
    type Err = DecimalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let decimal = Decimal::parse(text)?;
        if decimal.negative {
            return Err(DecimalError::BadIncrement);
        }
        let mantissa = u64::try_from(decimal.digits).map_err(|_| DecimalError::BadIncrement)?;
        Self::new(mantissa, decimal.scale)
    }
}

/// A decimal in shortest form: `digits` × 10^-`scale`.
#[derive(Clone, Copy)]
struct Decimal {
    negative: bool,
    digits: u128,
    scale: u8,
}

impl Decimal {
    fn parse(text: &str) -> Result<Self, DecimalError> {
        let (negative, magnitude) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = match magnitude.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(DecimalError::Malformed),
            None => (magnitude, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || has_leading_zero || !is_digits(whole) || !is_digits(fraction) {
            return Err(DecimalError::Malformed);
        }
        let fraction = fraction.trim_end_matches('0');
        let scale = u8::try_from(fraction.len()).map_err(|_| DecimalError::OutOfRange)?;
        let digits = whole.bytes().chain(fraction.bytes()).try_fold(0_u128, |digits, byte| {
            digits.checked_mul(10)?.checked_add(u128::from(byte - b'0'))
        });
        let digits = digits.ok_or(DecimalError::OutOfRange)?;
        if negative && digits == 0 {
            return Err(DecimalError::Malformed);
        }
        Ok(Self { negative, digits, scale })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn increment(text: &str) -> Increment {
        text.parse().expect("an increment")
    }

    #[test]
    fn reads_whole_multiples_only() {
        let quarter = increment("0.25");
        assert_eq!(quarter.parse_signed("4500.75"), Ok(18003));
        assert_eq!(quarter.parse_signed("-0.25"), Ok(-1));
        assert_eq!(quarter.parse_signed("0.3"), Err(DecimalError::NotMultiple(quarter)));
        assert_eq!(quarter.parse_signed("0.125"), Err(DecimalError::NotMultiple(quarter)));
        assert_eq!(quarter.parse_unsigned("1.50"), Ok(6));
        assert_eq!(quarter.parse_unsigned("-1"), Err(DecimalError::Negative));
    }

    #[test]
    fn refuses_what_is_no_plain_decimal() {
        let texts = [
            "", "-", ".", "1.", ".5", "+1", "1e3", " 1", "1,5", "0x1", "--1", "1.2.3", "١", "010",
            "-01", "00", "-0", "-0.00",
        ];
        for text in texts {
            assert_eq!(Increment::ONE.parse_signed(text), Err(DecimalError::Malformed), "{text:?}");
        }
    }

    #[test]
    fn holds_the_ends_of_64_bits_and_no_more() {
        let one = Increment::ONE;
        assert_eq!(one.parse_signed("-9223372036854775808"), Ok(i64::MIN));
        assert_eq!(one.parse_signed("9223372036854775807"), Ok(i64::MAX));
        assert_eq!(one.parse_signed("9223372036854775808"), Err(DecimalError::OutOfRange));
        assert_eq!(one.parse_unsigned("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(one.parse_unsigned("18446744073709551616"), Err(DecimalError::OutOfRange));
        assert_eq!(one.parse_unsigned(&"9".repeat(60)), Err(DecimalError::OutOfRange));
    }

    #[test]
    fn writes_the_shortest_form() {
        assert_eq!(increment("0.1").format_signed(430_000), "43000");
        assert_eq!(increment("0.1").format_signed(-1), "-0.1");
        assert_eq!(increment("0.00000001").format_unsigned(50_000_000_u64), "0.5");
        assert_eq!(increment("0.05").format_unsigned(3_u64), "0.15");
        assert_eq!(increment("0.00000001").format_signed(i64::MIN), "-92233720368.54775808");
        assert_eq!(increment("100").to_string(), "100");
        assert_eq!(increment("0.10").to_string(), "0.1");
    }

    #[test]
    fn refuses_useless_increments() {
        for text in ["0", "0.0", "-1", "0.0000000000000000001", "99999999999999999999"] {
            assert_eq!(text.parse::<Increment>(), Err(DecimalError::BadIncrement), "{text}");
        }
    }
}
