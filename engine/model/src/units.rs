//! Ids, prices, quantities and times: a price is not a number.

use std::fmt;

/// Declares a newtype over one integer that prints as that integer.
macro_rules! newtype {
    ($(#[$meta:meta])* $type:ident($inner:ty)) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $type(pub $inner);

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

newtype! {
    /// Chosen by the client; unique among the live orders of its instrument (rule U2).
    OrderId(u64)
}
newtype! {
    /// The owner of an order. `AccountId(0)` is anonymous (rule U3).
    AccountId(u64)
}
newtype! {
    /// The position of an instrument in the table that a capture begins with, from 0.
    InstrumentId(u32)
}
newtype! {
    /// The place of a command in its stream; strictly rising (rule U4).
    Seq(u64)
}
newtype! {
    /// Nanoseconds on the clock of the recording; never falling (rule U4).
    TimeNs(u64)
}
newtype! {
    /// An engine's own number of a fill, per instrument.
    TradeId(u64)
}
newtype! {
    /// A price in whole ticks of its instrument; may be zero or negative (rule U1).
    Price(i64)
}
newtype! {
    /// A distance between prices, in ticks.
    PriceOffset(i64)
}
newtype! {
    /// A quantity in whole lots of its instrument (rule U1).
    Quantity(u64)
}
newtype! {
    /// A sum of quantities, in lots: wide enough for any number of orders (rule U6).
    Volume(u128)
}
newtype! {
    /// When an order last took a place at the back (rule U8), as a count per instrument.
    ///
    /// The first arrival on an instrument is 1, each later one is one more. Arrivals are: a new
    /// order that is accepted (whether or not anything of it rests), a replacement that loses its
    /// place, and an order that is triggered. Nothing else counts.
    Arrival(u64)
}

impl AccountId {
    /// The owner that nobody shares with anybody (rule U3).
    pub const ANONYMOUS: Self = Self(0);

    /// Whether orders of this account are exempt from self-trade prevention.
    #[must_use]
    pub const fn is_anonymous(self) -> bool {
        self.0 == Self::ANONYMOUS.0
    }
}

impl InstrumentId {
    /// The position as an index into a slice.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl Quantity {
    /// No quantity at all.
    pub const ZERO: Self = Self(0);

    /// Whether this is no quantity at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

impl From<Quantity> for Volume {
    fn from(quantity: Quantity) -> Self {
        Self(u128::from(quantity.0))
    }
}

impl std::ops::AddAssign<Quantity> for Volume {
    /// Cannot overflow in practice: it would take 2^64 orders of 2^64 lots.
    fn add_assign(&mut self, quantity: Quantity) {
        self.0 += u128::from(quantity.0);
    }
}
