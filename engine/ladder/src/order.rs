//! A live order, in two halves: what every command touches, and the rest.

use std::ops::{Index, IndexMut};

use shadowbook_model::{
    AccountId, Arrival, NewOrder, OrderId, Quantity, SelfTrade, Side, TimeInForce, TimeNs,
};

use crate::slab::{Slab, Slot};
use crate::traits::Traits;

/// What finding, cancelling and filling an order touches: half a cache line.
///
/// Its limit is that of its level; where it waits for its trigger, `level` is its place among those
/// that do. An order that is gone has no open quantity, which is how a
/// released place is told from a live one.
#[derive(Clone, Copy, Debug)]
#[repr(align(32))]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) open: Quantity,
    pub(crate) level: Slot,
    pub(crate) previous: Option<Slot>,
    pub(crate) next: Option<Slot>,
    pub(crate) side: Side,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) self_trade: SelfTrade,
    pub(crate) traits: Traits,
}

/// What else there is to know of an order.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(32))]
pub(crate) struct Details {
    pub(crate) account: AccountId,
    pub(crate) arrival: Arrival,
    pub(crate) executed: Quantity,
    /// Means something for `gtd` only.
    pub(crate) expire_time: TimeNs,
}

const _: () = assert!(size_of::<Order>() == 32 && size_of::<Details>() == 32);

/// An order that comes in, before it has a place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming {
    pub(crate) order: Order,
    pub(crate) details: Details,
}

impl Incoming {
    /// The order that a command enters.
    #[inline]
    pub(crate) fn of(new: &NewOrder, arrival: Arrival) -> Self {
        let expire_time = if new.is_unconditional() { None } else { new.expire_time() };
        Self {
            order: Order {
                id: new.order,
                open: new.quantity,
                side: new.side,
                time_in_force: new.time_in_force,
                self_trade: new.self_trade,
                traits: Traits::of(new.order_type, new.post_only),
                ..Order::default()
            },
            details: Details {
                account: new.account,
                arrival,
                executed: Quantity::ZERO,
                expire_time: expire_time.unwrap_or_default(),
            },
        }
    }

    #[inline]
    pub(crate) fn prevents_self_trade(&self) -> bool {
        self.order.self_trade != SelfTrade::None && !self.details.account.is_anonymous()
    }
}

impl Order {
    #[inline]
    pub(crate) const fn is_live(&self) -> bool {
        !self.open.is_zero()
    }
}

impl Default for Order {
    fn default() -> Self {
        Self {
            id: OrderId(0),
            open: Quantity::ZERO,
            level: Slot::FIRST,
            previous: None,
            next: None,
            side: Side::Buy,
            time_in_force: TimeInForce::Gtc,
            self_trade: SelfTrade::None,
            traits: Traits::default(),
        }
    }
}

/// All live orders.
#[derive(Debug)]
pub(crate) struct Orders {
    slab: Slab<Order>,
    /// By the slots of the slab.
    details: Vec<Details>,
}

impl Orders {
    pub(crate) fn new() -> Self {
        Self { slab: Slab::new(), details: Vec::new() }
    }

    #[inline]
    pub(crate) fn insert(&mut self, order: Order, details: Details) -> Slot {
        let slot = self.slab.insert(order);
        if slot.index() >= self.details.len() {
            self.details.resize(self.slab.places_end(), Details::default());
        }
        self.details[slot.index()] = details;
        slot
    }

    /// Frees the place of an order that is in no list any more.
    #[inline]
    pub(crate) fn release(&mut self, slot: Slot) {
        self.slab[slot].open = Quantity::ZERO;
        self.slab.release(slot);
    }

    #[inline]
    pub(crate) fn details(&self, slot: Slot) -> &Details {
        &self.details[slot.index()]
    }

    #[inline]
    pub(crate) fn details_mut(&mut self, slot: Slot) -> &mut Details {
        &mut self.details[slot.index()]
    }

    /// A copy of both halves.
    #[inline]
    pub(crate) fn get(&self, slot: Slot) -> Incoming {
        Incoming { order: self[slot], details: *self.details(slot) }
    }

    /// Whether a resting order belongs to the account of one that prevents self-trades.
    #[inline]
    pub(crate) fn is_own(&self, incoming: &Incoming, slot: Slot) -> bool {
        incoming.prevents_self_trade() && self.details(slot).account == incoming.details.account
    }

    /// Every live order.
    pub(crate) fn live(&self) -> impl Iterator<Item = (Slot, &Order)> {
        self.slab.places().filter(|(_, order)| order.is_live())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.slab.capacity()
    }
}

impl Index<Slot> for Orders {
    type Output = Order;

    #[inline]
    fn index(&self, slot: Slot) -> &Order {
        &self.slab[slot]
    }
}

impl IndexMut<Slot> for Orders {
    #[inline]
    fn index_mut(&mut self, slot: Slot) -> &mut Order {
        &mut self.slab[slot]
    }
}
