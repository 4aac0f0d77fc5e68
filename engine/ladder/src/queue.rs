//! A queue: a list of orders that are linked to one another.

use crate::order::Orders;
use crate::slab::Slot;

/// The two ends of a list.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Queue {
    pub(crate) front: Option<Slot>,
    pub(crate) back: Option<Slot>,
}

impl Queue {
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.front.is_none()
    }

    /// Puts an order that is in no queue at the back.
    pub(crate) fn push(&mut self, orders: &mut Orders, slot: Slot) {
        let back = self.back.replace(slot);
        orders[slot].previous = back;
        orders[slot].next = None;
        match back {
            Some(back) => orders[back].next = Some(slot),
            None => self.front = Some(slot),
        }
    }

    /// Takes an order out.
    #[inline]
    pub(crate) fn unlink(&mut self, orders: &mut Orders, slot: Slot) {
        let (previous, next) = (orders[slot].previous, orders[slot].next);
        match previous {
            Some(previous) => orders[previous].next = next,
            None => self.front = next,
        }
        match next {
            Some(next) => orders[next].previous = previous,
            None => self.back = previous,
        }
    }

    /// Its orders from the front.
    pub(crate) fn iter(self, orders: &Orders) -> impl Iterator<Item = Slot> {
        std::iter::successors(self.front, |slot| orders[*slot].next)
    }
}
