//! When `gtd` orders end (rule P1). Orders of any other time in force never come here.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use shadowbook_model::{Arrival, TimeNs};

use crate::order::Orders;
use crate::slab::Slot;

/// An entry; ordered as expiries are: by time, then arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Expiry {
    time: TimeNs,
    arrival: Arrival,
    slot: Slot,
}

impl Expiry {
    /// Whether the order is still the one that the entry was made for. Arrivals are unique, so an
    /// order that lost its place, or another one in the same slot, is told apart.
    fn is_current(&self, orders: &Orders) -> bool {
        orders[self.slot].is_live() && orders.details(self.slot).arrival == self.arrival
    }
}

/// A heap of expiries. Entries of orders that are gone stay until they come up or outnumber the
/// others.
#[derive(Debug, Default)]
pub(crate) struct Expiries {
    heap: BinaryHeap<Reverse<Expiry>>,
    live: usize,
}

impl Expiries {
    /// Below this many entries a clean-up is not worth it.
    const SLACK: usize = 64;

    /// Whether something may expire now.
    #[inline]
    pub(crate) fn is_due(&self, now: TimeNs) -> bool {
        self.heap.peek().is_some_and(|Reverse(expiry)| expiry.time <= now)
    }

    /// The next order that expires now. Its entry is gone then; the caller cancels it.
    pub(crate) fn pop_due(&mut self, orders: &Orders, now: TimeNs) -> Option<Slot> {
        while self.is_due(now) {
            let Reverse(expiry) = self.heap.pop()?;
            if expiry.is_current(orders) {
                return Some(expiry.slot);
            }
        }
        None
    }

    /// A `gtd` order took a place.
    #[inline(never)]
    pub(crate) fn add(&mut self, slot: Slot, orders: &Orders) {
        self.live += 1;
        let details = orders.details(slot);
        let expiry = Expiry { time: details.expire_time, arrival: details.arrival, slot };
        self.heap.push(Reverse(expiry));
    }

    /// A `gtd` order, which is no longer live, left its place.
    #[inline(never)]
    pub(crate) fn forget_one(&mut self, orders: &Orders) {
        self.live -= 1;
        if self.heap.len() > 2 * self.live + Self::SLACK {
            self.heap.retain(|Reverse(expiry)| expiry.is_current(orders));
        }
    }

    /// How many entries there are, current or not.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.heap.len()
    }
}
