//! What is traded, and in which phase.

use crate::decimal::Increment;
use crate::named::named_enum;
use crate::units::Price;

named_enum! {
    /// How quantity is shared among the orders of one level.
    pub enum Matching: "matching rule" {
        /// The oldest order first (rule M1).
        PriceTime = "price-time",
        /// In proportion to displayed quantity (rule M7).
        ProRata = "pro-rata",
    }
}

named_enum! {
    /// The trading phase of an instrument (rule P2).
    pub enum Phase: "phase" {
        /// No new orders and no replacements; day orders are gone.
        Closed = "closed",
        /// No new orders and no replacements.
        Halted = "halted",
        /// No new orders and no replacements.
        CancelOnly = "cancel-only",
        /// Orders collect; nothing trades until the uncross.
        Auction = "auction",
        /// Orders trade on arrival.
        Continuous = "continuous",
        /// New orders must be post-only.
        PostOnly = "post-only",
        /// No market types.
        LimitOnly = "limit-only",
    }
}

/// One traded instrument: its name, its units, its bounds and the state in which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instrument {
    /// The name in every text form, for example `XBTUSD`.
    pub symbol: String,
    /// The size of one tick of price.
    pub tick: Increment,
    /// The size of one lot of quantity.
    pub lot: Increment,
    /// How a level shares quantity.
    pub matching: Matching,
    /// The lowest price an order may have, if there is a bound.
    pub price_min: Option<Price>,
    /// The highest price an order may have, if there is a bound.
    pub price_max: Option<Price>,
    /// The price that an auction refers to while nothing has traded.
    pub reference_price: Option<Price>,
    /// The phase before the first `phase` command.
    pub phase: Phase,
}

impl Instrument {
    /// A price-time instrument without bounds that begins in continuous trading.
    #[must_use]
    pub fn new(symbol: impl Into<String>, tick: Increment, lot: Increment) -> Self {
        Self {
            symbol: symbol.into(),
            tick,
            lot,
            matching: Matching::PriceTime,
            price_min: None,
            price_max: None,
            reference_price: None,
            phase: Phase::Continuous,
        }
    }
}
