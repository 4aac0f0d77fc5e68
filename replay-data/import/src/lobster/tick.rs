//! LOBSTER's prices in ticks.

use shadowbook_capture::InputError;
use shadowbook_model::{Increment, Price};

use super::field::Cursor;

/// A tick as a number of ten-thousandths of a dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tick(i64);

/// LOBSTER's own unit: a ten-thousandth.
const SCALE: u8 = 4;
/// A dollar.
const DOLLAR: i64 = 10_000;

impl Tick {
    /// One cent: the smallest step of a displayed order at a dollar or more (SEC rule 612).
    pub(super) const CENT: Self = Self(100);
    /// A ten-thousandth: the smallest step below a dollar.
    pub(super) const FINEST: Self = Self(1);

    /// The tick of this size, if it is a whole number of ten-thousandths.
    pub(super) fn new(increment: Increment) -> Option<Self> {
        let more = SCALE.checked_sub(increment.scale())?;
        let mantissa = i64::try_from(increment.mantissa()).ok()?;
        mantissa.checked_mul(10_i64.pow(u32::from(more))).map(Self)
    }

    /// What the prices of a recording seem to need: cents, unless one of them is below a dollar or
    /// finer than a cent.
    pub(super) fn for_prices(mut prices: impl Iterator<Item = i64>) -> Self {
        let is_cents = prices.all(|price| price >= DOLLAR && price % Self::CENT.0 == 0);
        if is_cents { Self::CENT } else { Self::FINEST }
    }

    /// Its size in dollars.
    pub(super) fn increment(self) -> Increment {
        let mantissa = u64::try_from(self.0).expect("a tick is above zero");
        Increment::new(mantissa, SCALE).expect("a tick is above zero and has four decimals")
    }

    /// The price in ticks, if it is a whole number of them.
    #[inline]
    pub(super) fn price(self, raw: i64) -> Option<Price> {
        (raw % self.0 == 0).then(|| Price(raw / self.0))
    }

    /// Says that a price is no whole number of ticks.
    #[cold]
    pub(super) fn refuse(
        self,
        cursor: &Cursor<'_>,
        from: usize,
        field: &'static str,
    ) -> Box<InputError> {
        let expected = format!(
            "a multiple of {}, because the tick is {}; import with a tick of 0.0001",
            self.0,
            self.increment()
        );
        cursor.refuse(from, field, &expected)
    }
}
