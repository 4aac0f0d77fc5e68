//! Every decision that can be got wrong, one small method each.
//!
//! The engine asks, the policy answers from what it is told and from nothing else. The default
//! answers *are* the rules; a policy that overrides one of them is an engine with one fault,
//! against which a comparison can be proven to see it.

mod words;

use shadowbook_model::{
    CancelReason, OrderType, Phase, Price, PriceOffset, Quantity, SelfTrade, Side, TimeInForce,
    TimeNs, Volume,
};

pub use self::words::{
    Candidates, Counted, Gone, Leftover, LookedAt, Party, Prices, Remainder, Surplus, Terms,
};

/// The decisions of the market model.
pub trait Policy: Clone + Send {
    // Entry.

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

    /// Whether the id of a live order is refused (rule U2).
    fn refuses_live_ids(&self) -> bool {
        true
    }

    /// Whether this phase takes a new order, or a replacement that is judged as one (rule P2).
    fn admits(
        &self,
        phase: Phase,
        order_type: OrderType,
        time_in_force: TimeInForce,
        post_only: bool,
    ) -> bool {
        match phase {
            Phase::Closed | Phase::Halted | Phase::CancelOnly => false,
            Phase::Auction => match order_type {
                OrderType::Limit => !time_in_force.is_immediate(),
                OrderType::Market => time_in_force != TimeInForce::Fok,
                _ => true,
            },
            Phase::Continuous => true,
            Phase::PostOnly => post_only,
            Phase::LimitOnly => !order_type.is_market_type(),
        }
    }

    /// Whether this phase takes replacements at all (rule C7).
    fn admits_replacements(&self, phase: Phase) -> bool {
        !matches!(phase, Phase::Closed | Phase::Halted | Phase::CancelOnly)
    }

    /// Whether orders collect in this phase and nothing trades (rule P2).
    fn collects(&self, phase: Phase) -> bool {
        phase == Phase::Auction
    }

    /// Whether a post-only order that would trade on arrival is turned away (rule O3).
    fn post_only_is_turned_away(&self) -> bool {
        true
    }

    /// Whether a post-only order that would trade when it is triggered is cancelled (rule O3).
    fn triggered_post_only_is_canceled(&self) -> bool {
        true
    }

    // Who trades with whom.

    /// Whether the best price trades first, and not the earliest arrival that crosses (rule M1).
    fn best_price_goes_first(&self) -> bool {
        true
    }

    /// Whether at one price what is displayed trades before what is hidden (rule O4).
    fn displayed_goes_first(&self) -> bool {
        true
    }

    /// Whether an incoming order trades with an opposite order at `opposite`, which it does at its
    /// limit too (rules M1, M2). A market type has no limit.
    fn crosses(&self, side: Side, limit: Option<Price>, opposite: Price) -> bool {
        limit.is_none_or(|limit| match side {
            Side::Buy => opposite <= limit,
            Side::Sell => opposite >= limit,
        })
    }

    /// Whether an incoming order that crosses by [`Self::crosses`], or does not, trades on: its
    /// limit holds on any level of a sweep, and whose order it is does not matter (rule M2).
    fn sweeps_on(&self, crosses: bool, _has_traded: bool, _taker: Party) -> bool {
        crosses
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

    /// What of an order shows when it comes to rest, and of an iceberg when its slice is used up
    /// (rule O4).
    fn slice(&self, display: Quantity, open: Quantity) -> Quantity {
        display.min(open)
    }

    /// Whether a refreshed slice joins the back of its queue (rule O4).
    fn refreshed_slice_goes_back(&self) -> bool {
        true
    }

    /// What is open of an iceberg after its next slice shows: what was open before (rule O4).
    fn open_after_refresh(&self, open: Quantity, _slice: Quantity) -> Quantity {
        open
    }

    /// One order's part of a pro-rata level, rounded down (rule M7).
    fn share(&self, wanted: Quantity, displayed: Quantity, total: Volume) -> Quantity {
        let share = u128::from(wanted.0) * u128::from(displayed.0) / total.0;
        // No more than the incoming quantity, which fits.
        Quantity(u64::try_from(share).unwrap_or(u64::MAX))
    }

    /// Who gets what rounding down leaves over (rule M7).
    fn leftover(&self) -> Leftover {
        Leftover::Oldest
    }

    // What must be known beforehand.

    /// A sum of quantities, which is wider than a quantity (rule U6).
    fn add(&self, sum: Volume, quantity: Volume) -> Volume {
        Volume(sum.0.saturating_add(quantity.0))
    }

    /// Whether what is met is counted, when meeting it asks for this self-trade prevention
    /// (rule S3).
    fn counts(&self, prevention: SelfTrade) -> Counted {
        match prevention {
            SelfTrade::None => Counted::Yes,
            SelfTrade::CancelOldest => Counted::Skipped,
            SelfTrade::CancelNewest | SelfTrade::CancelBoth | SelfTrade::Decrement => Counted::Last,
        }
    }

    /// Whether more than the first maker is counted (rule M5).
    fn counts_many_makers(&self) -> bool {
        true
    }

    /// Whether hidden and reserve quantity is counted (rule M5).
    fn counts_what_does_not_show(&self) -> bool {
        true
    }

    /// Whether a fill-or-kill order may begin to trade: only when it can end, too (rule M5).
    fn fok_may_trade(&self, available: Volume, wanted: Quantity) -> bool {
        available >= Volume::from(wanted)
    }

    /// Whether an order can trade its minimum (rule O5), which is no more than what is open of it
    /// unless a replacement has lowered that.
    fn minimum_may_trade(&self, available: Volume, open: Quantity, minimum: Quantity) -> bool {
        minimum <= open && available >= Volume::from(minimum)
    }

    // Self-trade prevention.

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

    /// What shows of an iceberg after [`Self::decrement`] (rule ST).
    fn slice_after_decrement(
        &self,
        slice: Quantity,
        _display: Quantity,
        open: Quantity,
    ) -> Quantity {
        slice.min(open)
    }

    /// Whether an incoming order that self-trade prevention ends is gone (rule S1).
    fn prevented_remainder_is_gone(&self) -> bool {
        true
    }

    // Cancel and replace.

    /// Whether a cancel finds orders that wait for their trigger (rule C1).
    fn cancel_finds_untriggered(&self) -> bool {
        true
    }

    /// What goes with an order that a cancel takes out of the book: nothing (rule C1).
    fn goes_with_canceled(&self) -> Gone {
        Gone::Nothing
    }

    /// Whether a mass-cancel finds orders that wait for their trigger (rule C5).
    fn mass_cancel_finds_untriggered(&self) -> bool {
        true
    }

    /// The open quantity after a replacement to `total`; `None` when nothing is left to trade,
    /// because what was executed counts (rule C2).
    fn open_after_replace(&self, total: Quantity, executed: Quantity) -> Option<Quantity> {
        total.0.checked_sub(executed.0).filter(|open| *open > 0).map(Quantity)
    }

    /// Whether a replacement keeps its place (rule C3).
    fn keeps_place(&self, before: Terms, after: Terms) -> bool {
        after.price == before.price
            && after.trigger == before.trigger
            && after.is_hidden == before.is_hidden
            && after.open <= before.open
    }

    /// What shows of an iceberg that keeps its place in a replacement: never more (rule C3).
    fn slice_after_replace(&self, slice: Quantity, display: Quantity, open: Quantity) -> Quantity {
        slice.min(display).min(open)
    }

    /// Whether a replacement that loses its place trades before it rests (rule C3).
    fn replacement_may_trade(&self) -> bool {
        true
    }

    /// Whether an order is known by its new id from then on (rule C4).
    fn takes_new_ids(&self) -> bool {
        true
    }

    // Triggers.

    /// Whether triggers are looked at in this phase (rule T2).
    fn looks_at_triggers(&self, phase: Phase) -> bool {
        matches!(phase, Phase::Continuous | Phase::LimitOnly)
    }

    /// The price that triggers of this side look at (rule T1).
    fn looked_at(&self, prices: Prices, _side: Side) -> Option<Price> {
        prices.last_trade
    }

    /// Whether an order of a type with a trigger is triggered by this price (rule T1).
    fn is_elected(&self, order_type: OrderType, side: Side, trigger: Price, price: Price) -> bool {
        let is_take_profit =
            matches!(order_type, OrderType::TakeProfit | OrderType::TakeProfitLimit);
        match (side, is_take_profit) {
            (Side::Buy, false) | (Side::Sell, true) => price >= trigger,
            (Side::Sell, false) | (Side::Buy, true) => price <= trigger,
        }
    }

    /// Where a trailing trigger moves at a look: in its owner's favour only, and held at the ends
    /// of what a price can be (rule T4).
    fn trail(&self, side: Side, before: Option<Price>, price: Price, offset: PriceOffset) -> Price {
        let best = |now: Price, choose: fn(Price, Price) -> Price| {
            before.map_or(now, |before| choose(before, now))
        };
        match side {
            Side::Sell => best(Price(price.0.saturating_sub(offset.0)), Price::max),
            Side::Buy => best(Price(price.0.saturating_add(offset.0)), Price::min),
        }
    }

    /// Whether prices are looked at afresh after each triggered order (rule T3).
    fn looks_afresh(&self) -> bool {
        true
    }

    /// Whether a triggered order is no longer among those that wait (rule T5).
    fn leaves_when_triggered(&self) -> bool {
        true
    }

    // Time, phases, auctions.

    /// Whether a `gtd` order has come to its end, which it has at its very time (rule P1).
    fn is_expired(&self, expire_time: TimeNs, now: TimeNs) -> bool {
        expire_time <= now
    }

    /// Whether an order ends when its instrument is closed (rule P4).
    fn ends_at_close(&self, time_in_force: TimeInForce) -> bool {
        time_in_force == TimeInForce::Day
    }

    /// Whether a command to this phase uncrosses (rules P3, A10).
    fn uncrosses(&self, phase: Phase) -> bool {
        !matches!(phase, Phase::Auction | Phase::Halted)
    }

    /// The price that an auction is near to where nothing else decides (rule P3).
    fn near_to(&self, last_trade: Option<Price>, reference: Option<Price>) -> Option<Price> {
        last_trade.or(reference)
    }

    /// The price of an auction, of those that the greatest volume and the least imbalance leave:
    /// what is left over decides, then what it is near to, then the higher (rule P3).
    fn auction_price(&self, left: Candidates, near_to: Option<Price>) -> Price {
        match left.surplus {
            Surplus::Buy => left.highest,
            Surplus::Sell => left.lowest,
            Surplus::Neither => {
                near_to.map_or(left.highest, |price| price.clamp(left.lowest, left.highest))
            }
        }
    }

    /// The price that an auction announces: that of its fills (rule P3).
    fn announced_price(&self, price: Price) -> Price {
        price
    }

    /// Whether orders keep all their attributes through an auction (rule P5).
    fn auction_keeps_attributes(&self) -> bool {
        true
    }

    /// Whether market orders that the uncross did not fill end (rule P4).
    fn market_orders_end_after_uncross(&self) -> bool {
        true
    }

    // Restoring.

    /// Whether a restored queue is in the order of the snapshot, and not of arrival.
    fn restores_queues(&self) -> bool {
        true
    }

    /// The last trade of a restored instrument: that of the snapshot.
    fn restored_last_trade(&self, last_trade: Option<Price>) -> Option<Price> {
        last_trade
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
