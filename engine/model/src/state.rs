//! The whole state of an instrument, as every engine can show it.
//!
//! An engine walks its own structures and shows what it finds to a [`StateVisitor`]. Book
//! listings, digests and portable snapshots are visitors, so that none of them can look better
//! than the book really is.

use crate::instrument::Phase;
use crate::order::{OrderType, SelfTrade, Side, TimeInForce};
use crate::units::{
    AccountId, Arrival, InstrumentId, OrderId, Price, PriceOffset, Quantity, TimeNs, TradeId,
};

/// What an instrument remembers beside its orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InstrumentState {
    /// The phase it is in.
    pub phase: Phase,
    /// The price of the last fill, if anything has traded.
    pub last_trade: Option<Price>,
    /// The number that the next fill gets. An engine's own: not part of the digest.
    pub next_trade: TradeId,
    /// How many arrivals there have been (see [`Arrival`]). Not part of the digest.
    pub arrivals: Arrival,
}

/// One live order with everything that can change a future event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderState {
    /// Its id.
    pub order: OrderId,
    /// Its owner.
    pub account: AccountId,
    /// When it last took a place at the back.
    pub arrival: Arrival,
    /// Its limit; `None` for market types.
    pub price: Option<Price>,
    /// What is still to trade, hidden reserve included.
    pub open: Quantity,
    /// What has traded; the total of rule C2 is `executed` + `open`.
    pub executed: Quantity,
    /// How much of it others can see.
    pub visibility: Visibility,
    /// When it expires; there exactly for `gtd`.
    pub expire_time: Option<TimeNs>,
    /// What must trade when it is triggered; `None` once the order is in the book.
    pub min_quantity: Option<Quantity>,
    /// The trigger it waits for; `None` once the order is in the book.
    pub trigger: Option<TriggerState>,
    /// Bid or ask.
    pub side: Side,
    /// What kind of order it was entered as.
    pub order_type: OrderType,
    /// How long it stays.
    pub time_in_force: TimeInForce,
    /// Whether it may never take (rule O3).
    pub post_only: bool,
    /// What it does when it comes in once more, by a replacement or a trigger, and meets its own.
    pub self_trade: SelfTrade,
}

/// A live order of the commonest kind: it rests at a price, shows all of itself and waits for
/// nothing. Engines hold millions of them, so that showing them has a way of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainOrder {
    /// See [`OrderState::order`].
    pub order: OrderId,
    /// See [`OrderState::account`].
    pub account: AccountId,
    /// See [`OrderState::arrival`].
    pub arrival: Arrival,
    /// Its limit.
    pub price: Price,
    /// See [`OrderState::open`].
    pub open: Quantity,
    /// See [`OrderState::executed`].
    pub executed: Quantity,
    /// See [`OrderState::expire_time`].
    pub expire_time: Option<TimeNs>,
    /// See [`OrderState::side`].
    pub side: Side,
    /// See [`OrderState::order_type`].
    pub order_type: OrderType,
    /// See [`OrderState::time_in_force`].
    pub time_in_force: TimeInForce,
    /// See [`OrderState::post_only`].
    pub post_only: bool,
    /// See [`OrderState::self_trade`].
    pub self_trade: SelfTrade,
}

impl From<&PlainOrder> for OrderState {
    #[inline]
    fn from(plain: &PlainOrder) -> Self {
        Self {
            order: plain.order,
            account: plain.account,
            arrival: plain.arrival,
            price: Some(plain.price),
            open: plain.open,
            executed: plain.executed,
            visibility: Visibility::Full,
            expire_time: plain.expire_time,
            min_quantity: None,
            trigger: None,
            side: plain.side,
            order_type: plain.order_type,
            time_in_force: plain.time_in_force,
            post_only: plain.post_only,
            self_trade: plain.self_trade,
        }
    }
}

/// How much of a live order shows (rule O4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visibility {
    /// All of it.
    Full,
    /// A slice at a time.
    Iceberg {
        /// The most that shows at once; above zero.
        display: Quantity,
        /// What shows now, of the open quantity. Zero while the order is untriggered.
        slice: Quantity,
    },
    /// Nothing: a `display_quantity` of zero.
    Hidden,
}

/// The trigger of an order that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerState {
    /// A price that only a replacement changes.
    Fixed(Price),
    /// A price that follows the last trade (rule T4).
    Trailing {
        /// How far it stays behind.
        offset: PriceOffset,
        /// Where it is now; `None` until there is a last trade.
        price: Option<Price>,
    },
}

impl OrderState {
    /// What of the open quantity others can see.
    #[must_use]
    pub const fn displayed(&self) -> Quantity {
        match self.visibility {
            Visibility::Full => self.open,
            Visibility::Iceberg { slice, .. } => slice,
            Visibility::Hidden => Quantity::ZERO,
        }
    }
}

/// Is shown the state of one instrument: first [`Self::instrument`] once, then each live order.
///
/// The order of orders is canonical: bids, then asks; on each side the market orders that wait
/// for an uncross by arrival, then the levels from the best price on; in each level the displayed
/// queue from the front, then the hidden orders from the front. Last the untriggered orders by
/// arrival.
pub trait StateVisitor {
    /// Called once, first.
    fn instrument(&mut self, state: &InstrumentState);
    /// Called for each live order, in canonical order.
    fn order(&mut self, order: &OrderState);
    /// Called instead of [`Self::order`] for a plain one, where an engine knows that it is.
    #[inline]
    fn plain(&mut self, order: &PlainOrder) {
        self.order(&OrderState::from(order));
    }
}

/// The state of one instrument as plain values: what a portable snapshot holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// What it remembers beside its orders.
    pub state: InstrumentState,
    /// Its live orders in the canonical order of [`StateVisitor`].
    pub orders: Vec<OrderState>,
}

impl Snapshot {
    /// An empty snapshot, to be filled by a visit.
    #[must_use]
    pub const fn empty(instrument: InstrumentId) -> Self {
        let state = InstrumentState {
            phase: Phase::Continuous,
            last_trade: None,
            next_trade: TradeId(1),
            arrivals: Arrival(0),
        };
        Self { instrument, state, orders: Vec::new() }
    }
}

impl StateVisitor for Snapshot {
    fn instrument(&mut self, state: &InstrumentState) {
        self.state = *state;
        self.orders.clear();
    }

    fn order(&mut self, order: &OrderState) {
        self.orders.push(*order);
    }
}
