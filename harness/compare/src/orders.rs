//! A set of live orders that something is remembered about.

use rustc_hash::FxHashSet;
use shadowbook_model::{Event, InstrumentId, OrderId};

/// Orders of which something is remembered until they are gone. Never holds more than its limit.
#[derive(Clone, Debug)]
pub struct OrderSet {
    orders: FxHashSet<(InstrumentId, OrderId)>,
    limit: usize,
    ignored: u64,
}

impl OrderSet {
    /// An empty set that takes so many orders and ignores further ones.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self { orders: FxHashSet::default(), limit, ignored: 0 }
    }

    /// Whether it holds no order.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    /// Whether it holds this order.
    #[must_use]
    pub fn contains(&self, instrument: InstrumentId, order: OrderId) -> bool {
        !self.orders.is_empty() && self.orders.contains(&(instrument, order))
    }

    /// Adds an order, unless the set is full.
    pub fn insert(&mut self, instrument: InstrumentId, order: OrderId) {
        if self.orders.len() < self.limit {
            self.orders.insert((instrument, order));
        } else if !self.contains(instrument, order) {
            self.ignored += 1;
        }
    }

    /// How many orders were not taken because the set was full.
    #[must_use]
    pub const fn ignored(&self) -> u64 {
        self.ignored
    }

    /// Forgets an order: its id is a new order's now.
    pub fn remove(&mut self, instrument: InstrumentId, order: OrderId) {
        if !self.orders.is_empty() {
            self.orders.remove(&(instrument, order));
        }
    }

    /// The orders of one instrument in ascending order, at most `limit` of them.
    #[must_use]
    pub fn of(&self, instrument: InstrumentId, limit: usize) -> Vec<OrderId> {
        let all = self.orders.iter().filter(|(of, _)| *of == instrument);
        let mut orders: Vec<OrderId> = all.map(|(_, order)| *order).collect();
        orders.sort_unstable();
        orders.truncate(limit);
        orders
    }

    /// Renames the orders that these events rename, and forgets those that they end, unless they
    /// are to be kept all the same.
    pub fn follow(&mut self, instrument: InstrumentId, events: &[Event], keeps_ended: bool) {
        for event in events {
            if self.orders.is_empty() {
                return;
            }
            match event {
                Event::Fill(fill) if !keeps_ended => {
                    if fill.maker_open.is_zero() {
                        self.orders.remove(&(instrument, fill.maker));
                    }
                    if fill.taker_open.is_zero() {
                        self.orders.remove(&(instrument, fill.taker));
                    }
                }
                Event::Canceled { order, .. } if !keeps_ended => {
                    self.orders.remove(&(instrument, *order));
                }
                Event::Replaced { order, new_order: Some(new_order), .. }
                    if self.orders.remove(&(instrument, *order)) =>
                {
                    self.orders.insert((instrument, *new_order));
                }
                _ => {}
            }
        }
    }
}
