//! What kind of order one is, in a byte.

use shadowbook_model::{OrderType, Quantity};

/// The order type, post-only, and what sets an order apart from one that shows itself on a level.
///
/// The byte of a plain limit order is zero; whatever needs a path of its own is in the high bits,
/// so that the common paths ask one question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Traits(u8);

/// Where a live order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the displayed queue of its level.
    Displayed,
    /// In the hidden queue of its level.
    Hidden,
    /// Among the market orders that wait for an uncross.
    Market,
    /// Among the orders that wait for their trigger.
    Waiting,
}

impl Traits {
    const ORDER_TYPE: u8 = 0x07;
    const POST_ONLY: u8 = 0x08;
    const ICEBERG: u8 = 0x10;
    const HIDDEN: u8 = 0x20;
    const MARKET: u8 = 0x40;
    const WAITING: u8 = 0x80;

    #[inline]
    pub(crate) const fn of(order_type: OrderType, post_only: bool) -> Self {
        Self(order_type.code() | if post_only { Self::POST_ONLY } else { 0 })
    }

    const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    const fn with(self, bit: u8, is_set: bool) -> Self {
        Self(if is_set { self.0 | bit } else { self.0 & !bit })
    }

    /// The type that it was entered as.
    pub(crate) fn order_type(self) -> OrderType {
        OrderType::from_code(self.0 & Self::ORDER_TYPE).expect("three bits are one of eight types")
    }

    #[inline]
    pub(crate) const fn is_post_only(self) -> bool {
        self.has(Self::POST_ONLY)
    }

    /// Whether it is anything but an order that shows all of itself on a level.
    #[inline]
    pub(crate) const fn is_unusual(self) -> bool {
        self.0 >= Self::ICEBERG
    }

    #[inline]
    pub(crate) const fn is_iceberg(self) -> bool {
        self.has(Self::ICEBERG)
    }

    pub(crate) const fn is_hidden(self) -> bool {
        self.has(Self::HIDDEN)
    }

    pub(crate) const fn is_waiting(self) -> bool {
        self.has(Self::WAITING)
    }

    pub(crate) const fn place(self) -> Place {
        if self.is_waiting() {
            Place::Waiting
        } else if self.has(Self::MARKET) {
            Place::Market
        } else if self.is_hidden() {
            Place::Hidden
        } else {
            Place::Displayed
        }
    }

    /// The same order in the book or waiting for its trigger.
    pub(crate) const fn with_waiting(self, is_waiting: bool) -> Self {
        self.with(Self::WAITING, is_waiting)
    }

    /// The same order among the market orders that wait for an uncross, or not.
    pub(crate) const fn with_market(self, is_market: bool) -> Self {
        self.with(Self::MARKET, is_market)
    }

    /// The same order with this display quantity (rule A7).
    pub(crate) fn with_display(self, display: Option<Quantity>) -> Self {
        self.with(Self::ICEBERG, display.is_some_and(|display| !display.is_zero()))
            .with(Self::HIDDEN, display == Some(Quantity::ZERO))
    }
}
