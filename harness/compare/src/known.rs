//! What the commands said of live orders.

use rustc_hash::FxHashMap;
use shadowbook_model::{
    AccountId, Action, Command, Event, InstrumentId, NewOrder, OrderId, OrderState, OrderType,
    Price, Side, Snapshot,
};

/// What is remembered of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OrderFacts {
    /// Its owner.
    pub(crate) account: AccountId,
    /// Bid or ask.
    pub(crate) side: Side,
    /// What it was entered as.
    pub(crate) order_type: OrderType,
    /// Its limit now; `None` for market types.
    pub(crate) price: Option<Price>,
}

impl From<&NewOrder> for OrderFacts {
    fn from(new: &NewOrder) -> Self {
        let NewOrder { account, side, order_type, price, .. } = *new;
        Self { account, side, order_type, price }
    }
}

impl From<&OrderState> for OrderFacts {
    fn from(state: &OrderState) -> Self {
        let OrderState { account, side, order_type, price, .. } = *state;
        Self { account, side, order_type, price }
    }
}

/// The live orders of the reference, with what the commands said of them. Never more than its
/// limit: of further ones nothing is known.
#[derive(Clone, Debug)]
pub(crate) struct KnownOrders {
    orders: FxHashMap<(InstrumentId, OrderId), OrderFacts>,
    limit: usize,
}

impl KnownOrders {
    /// None yet, and at most so many.
    pub(crate) fn with_limit(limit: usize) -> Self {
        Self { orders: FxHashMap::default(), limit }
    }

    /// The books hold these orders.
    pub(crate) fn begin_with(&mut self, snapshot: &Snapshot) {
        for order in &snapshot.orders {
            self.insert((snapshot.instrument, order.order), order.into());
        }
    }

    /// What is known of an order.
    pub(crate) fn get(&self, instrument: InstrumentId, order: OrderId) -> Option<&OrderFacts> {
        self.orders.get(&(instrument, order))
    }

    /// Keeps up with what the reference did.
    pub(crate) fn follow(&mut self, command: &Command, reference: &[Event]) {
        let key = |order| (command.instrument, order);
        for event in reference {
            match event {
                Event::Accepted { order } => {
                    if let Action::New(new) = &command.action
                        && new.order == *order
                    {
                        self.insert(key(*order), new.into());
                    }
                }
                Event::Fill(fill) => {
                    if fill.maker_open.is_zero() {
                        self.orders.remove(&key(fill.maker));
                    }
                    if fill.taker_open.is_zero() {
                        self.orders.remove(&key(fill.taker));
                    }
                }
                Event::Canceled { order, .. } => _ = self.orders.remove(&key(*order)),
                Event::Replaced { order, new_order, price, .. } => {
                    if let Some(facts) = self.orders.remove(&key(*order)) {
                        let facts = OrderFacts { price: *price, ..facts };
                        self.insert(key(new_order.unwrap_or(*order)), facts);
                    }
                }
                Event::Rejected { .. }
                | Event::Reduced { .. }
                | Event::Triggered { .. }
                | Event::Auction { .. }
                | Event::Phase { .. } => {}
            }
        }
    }

    fn insert(&mut self, key: (InstrumentId, OrderId), facts: OrderFacts) {
        if self.orders.len() < self.limit || self.orders.contains_key(&key) {
            self.orders.insert(key, facts);
        }
    }
}
