//! What a policy is told and what it answers.

use shadowbook_model::{AccountId, CancelReason, Price, Quantity, SelfTrade};

/// What becomes of a remainder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remainder {
    /// It rests at its limit.
    Rests,
    /// It is cancelled.
    IsCanceled(CancelReason),
}

/// How a resting order counts for one that must know its liquidity beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// It would trade.
    Yes,
    /// It would go away, and what is behind it would trade.
    Skipped,
    /// Nothing would trade from here on.
    Last,
}

/// Who stands behind an order, and what they want when they meet themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Party {
    /// The owner.
    pub account: AccountId,
    /// The order's own self-trade mode.
    pub self_trade: SelfTrade,
}

/// What decides whether a replacement keeps its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The limit; `None` for market types.
    pub price: Option<Price>,
    /// The price that the order waits for, if that is fixed.
    pub trigger: Option<Price>,
    /// What is still to trade.
    pub open: Quantity,
    /// Whether nothing of it shows.
    pub is_hidden: bool,
}

/// What is gone with an order that a cancel takes out of the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// Nothing else.
    Nothing,
    /// The place of the order at the back of its queue, which takes that of the cancelled one.
    PlaceOfTheLast,
    /// The whole level.
    Level,
}

/// Who gets what rounding down leaves over on a pro-rata level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leftover {
    /// The oldest order as far as it shows, then the next.
    Oldest,
    /// The newest order as far as it shows, then the one before it.
    Newest,
    /// Nobody: it stays with the incoming order, which has traded all it can.
    Nobody,
}

/// The prices that a trigger could look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// The last trade.
    pub last_trade: Option<Price>,
    /// The best bid.
    pub bid: Option<Price>,
    /// The best ask.
    pub ask: Option<Price>,
}

/// What the triggers of either side look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LookedAt {
    /// Those of orders to buy.
    pub buy: Option<Price>,
    /// Those of orders to sell.
    pub sell: Option<Price>,
}

/// On which side quantity is left over at every price that an auction could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surplus {
    /// On the buy side.
    Buy,
    /// On the sell side.
    Sell,
    /// On neither, or not on the same one everywhere.
    Neither,
}

/// The neighbouring ticks at which an auction trades most and leaves the least imbalance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// The lowest of them.
    pub lowest: Price,
    /// The highest of them.
    pub highest: Price,
    /// Where quantity is left over.
    pub surplus: Surplus,
}
