//! The attributes of an order.

use crate::named::named_enum;

named_enum! {
    /// Which side of the book an order is on.
    pub enum Side: "side" {
        /// Bids.
        Buy = "buy",
        /// Asks.
        Sell = "sell",
    }
}

impl Side {
    /// The side that this one trades with.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

named_enum! {
    /// What kind of order it is (rule O1).
    pub enum OrderType: "order type" {
        /// Rests at its limit, trades at it or better.
        Limit = "limit",
        /// Trades at any price, never rests in continuous trading.
        Market = "market",
        /// A market order once the last trade has moved to the trigger against its owner.
        Stop = "stop",
        /// A limit order once the last trade has moved to the trigger against its owner.
        StopLimit = "stop-limit",
        /// A market order once the last trade has moved to the trigger in its owner's favour.
        TakeProfit = "take-profit",
        /// A limit order once the last trade has moved to the trigger in its owner's favour.
        TakeProfitLimit = "take-profit-limit",
        /// A stop whose trigger follows the last trade at a fixed offset.
        TrailingStop = "trailing-stop",
        /// A stop-limit whose trigger follows the last trade at a fixed offset.
        TrailingStopLimit = "trailing-stop-limit",
    }
}

impl OrderType {
    /// The *market types* have no price, not even after triggering (rule O1).
    #[must_use]
    pub const fn is_market_type(self) -> bool {
        matches!(self, Self::Market | Self::Stop | Self::TakeProfit | Self::TrailingStop)
    }

    /// Whether an order of this type waits for a trigger before it enters the book.
    #[must_use]
    pub const fn has_trigger(self) -> bool {
        !matches!(self, Self::Limit | Self::Market)
    }

    /// Whether the trigger of an order of this type follows the last trade.
    #[must_use]
    pub const fn is_trailing(self) -> bool {
        matches!(self, Self::TrailingStop | Self::TrailingStopLimit)
    }
}

named_enum! {
    /// How long an order stays (rule O2).
    pub enum TimeInForce: "time in force" {
        /// Good till cancelled.
        Gtc = "gtc",
        /// Until the instrument is closed.
        Day = "day",
        /// Until a time that the order names.
        Gtd = "gtd",
        /// Immediate or cancel: what does not trade at once is cancelled.
        Ioc = "ioc",
        /// Fill or kill: trades wholly and at once, or not at all.
        Fok = "fok",
    }
}

impl TimeInForce {
    /// Whether nothing of a plain order with this time in force ever rests.
    #[must_use]
    pub const fn is_immediate(self) -> bool {
        matches!(self, Self::Ioc | Self::Fok)
    }
}

named_enum! {
    /// What an incoming order does when it would trade with its own account.
    pub enum SelfTrade: "self-trade mode" {
        /// It trades.
        None = "none",
        /// The incoming remainder is cancelled.
        CancelNewest = "cancel-newest",
        /// The resting order is cancelled and matching goes on.
        CancelOldest = "cancel-oldest",
        /// First the resting order is cancelled, then the incoming remainder.
        CancelBoth = "cancel-both",
        /// Both shrink by the smaller open quantity.
        Decrement = "decrement",
    }
}
