//! Every decision that can be got wrong, one small method each.
//!
//! The engine asks, the policy answers from what it is told and from nothing else. The default
//! answers *are* the rules; a policy that overrides one of them is an engine with one fault,
//! against which a comparison can be proven to see it.

use shadowbook_model::{
    AccountId, CancelReason, OrderType, Phase, Price, Quantity, SelfTrade, Side, TimeInForce,
    TimeNs, Volume,
};

/// The decisions of the market model.
pub trait Policy: Clone + Send {
    /// Whether an instrument with these bounds takes this price; bounds are inclusive (rule U6).
    fn is_within_bounds(
        &self,
        price: Price,
        lowest: Option<Price>,
        highest: Option<Price>,
    ) -> bool {
        lowest.is_none_or(|lowest| price >= lowest)
            && highest.is_none_or(|highest| price <= highest)
    }

    /// Whether this phase takes a new order, or a replacement that is judged as one (rule P2).
    fn admits(&self, phase: Phase, order_type: OrderType, post_only: bool) -> bool {
        match phase {
            Phase::Closed | Phase::Halted | Phase::CancelOnly => false,
            // Not offered yet; nothing may trade in it, so nothing comes in.
            Phase::Auction => false,
            Phase::Continuous => true,
            Phase::PostOnly => post_only,
            Phase::LimitOnly => !order_type.is_market_type(),
        }
    }

    /// Whether this phase takes replacements at all (rule C7).
    fn admits_replacements(&self, phase: Phase) -> bool {
        !matches!(phase, Phase::Closed | Phase::Halted | Phase::CancelOnly)
    }

    /// Whether an incoming order trades with an opposite order at `opposite`, which it does at its
    /// limit too (rules M1, M2). A market type has no limit.
    fn crosses(&self, side: Side, limit: Option<Price>, opposite: Price) -> bool {
        limit.is_none_or(|limit| match side {
            Side::Buy => opposite <= limit,
            Side::Sell => opposite >= limit,
        })
    }

    /// Whether a post-only order that would trade on arrival is turned away (rule O3).
    fn post_only_is_turned_away(&self) -> bool {
        true
    }

    /// The price of a fill: the maker's (rule M2).
    fn fill_price(&self, maker: Price, _taker_limit: Option<Price>) -> Price {
        maker
    }

    /// Whether a maker that is filled in part stays at the front (rule M3).
    fn keeps_place_after_partial_fill(&self) -> bool {
        true
    }

    /// What becomes of what does not trade on arrival (rule M4).
    fn remainder(&self, order_type: OrderType, time_in_force: TimeInForce) -> Remainder {
        match time_in_force {
            TimeInForce::Fok => Remainder::IsCanceled(CancelReason::Fok),
            _ if order_type.is_market_type() => Remainder::IsCanceled(CancelReason::NoLiquidity),
            TimeInForce::Ioc => Remainder::IsCanceled(CancelReason::Ioc),
            TimeInForce::Gtc | TimeInForce::Day | TimeInForce::Gtd => Remainder::Rests,
        }
    }

    /// Whether a fill-or-kill order may begin to trade: only when it can end, too (rule M5).
    fn fok_may_trade(&self, available: Volume, wanted: Quantity) -> bool {
        available >= Volume::from(wanted)
    }

    /// Whether what a fill-or-kill order meets is counted, when meeting it asks for this
    /// self-trade prevention (rule S3).
    fn counts(&self, prevention: SelfTrade) -> Counted {
        match prevention {
            SelfTrade::None => Counted::Yes,
            SelfTrade::CancelOldest => Counted::Skipped,
            SelfTrade::CancelNewest | SelfTrade::CancelBoth | SelfTrade::Decrement => Counted::Last,
        }
    }

    /// What is done instead of a fill between these two; [`SelfTrade::None`]: they trade. The
    /// incoming order decides, and never against an anonymous one (rule U3).
    fn self_trade(&self, taker: Party, maker: Party) -> SelfTrade {
        if taker.account == maker.account && !taker.account.is_anonymous() {
            taker.self_trade
        } else {
            SelfTrade::None
        }
    }

    /// What both lose under [`SelfTrade::Decrement`]: the smaller open quantity.
    fn decrement(&self, maker_open: Quantity, taker_open: Quantity) -> Quantity {
        maker_open.min(taker_open)
    }

    /// The open quantity after a replacement to `total`; `None` when nothing is left to trade,
    /// because what was executed counts (rule C2).
    fn open_after_replace(&self, total: Quantity, executed: Quantity) -> Option<Quantity> {
        total.0.checked_sub(executed.0).filter(|open| *open > 0).map(Quantity)
    }

    /// Whether a replacement keeps its place (rule C3).
    fn keeps_place(&self, before: Terms, after: Terms) -> bool {
        after.price == before.price && after.open <= before.open
    }

    /// Whether a `gtd` order has come to its end, which it has at its very time (rule P1).
    fn is_expired(&self, expire_time: TimeNs, now: TimeNs) -> bool {
        expire_time <= now
    }

    /// Whether an order ends when its instrument is closed (rule P4).
    fn ends_at_close(&self, time_in_force: TimeInForce) -> bool {
        time_in_force == TimeInForce::Day
    }

    /// Whether this policy is meant to follow the rules, so that a book that breaks them is a
    /// defect of the engine and stops it. A policy that is wrong on purpose says `false`.
    fn keeps_the_rules(&self) -> bool {
        true
    }
}

/// The rules as they are written: overrides nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standard;

impl Policy for Standard {}

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

/// What a replacement changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The limit.
    pub price: Price,
    /// What is still to trade.
    pub open: Quantity,
}
