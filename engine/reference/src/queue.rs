//! The displayed or the hidden orders of one level, in the order in which they trade.

use std::collections::VecDeque;

use shadowbook_model::OrderId;

use crate::order::Order;

/// Names a place in a queue: places further back have greater keys, and no two the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct QueueKey(usize);

/// An ordered map from [`QueueKey`] to order, to which is only added at the back.
///
/// The orders lie one behind the other in memory, because every digest walks over all of them, and
/// a key says directly where its order lies. A removal leaves a gap, so that nothing moves. Gaps
/// are closed when they are more than the orders: that makes a removal constant on average, takes
/// at most twice the memory, and gives the orders new keys ([`Self::close_gaps`]).
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    /// By key, from that of the front on. `None` is a gap; the front is never one.
    slots: VecDeque<Option<Order>>,
    /// The key of the front, or the next key when the queue is empty.
    front: usize,
    /// How many slots hold an order.
    live: usize,
}

/// A queue this short keeps its gaps.
const WORTH_CLOSING: usize = 16;

impl Queue {
    pub(crate) const fn new() -> Self {
        Self { slots: VecDeque::new(), front: 0, live: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// The key of the oldest order.
    #[inline]
    pub(crate) fn front(&self) -> Option<QueueKey> {
        (!self.is_empty()).then_some(QueueKey(self.front))
    }

    /// The orders from the front.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Order> {
        self.slots.iter().flatten()
    }

    #[inline]
    pub(crate) fn push_back(&mut self, order: Order) -> QueueKey {
        self.live += 1;
        self.slots.push_back(Some(order));
        QueueKey(self.front + self.slots.len() - 1)
    }

    #[inline]
    pub(crate) fn get(&self, key: QueueKey) -> Option<&Order> {
        self.slots.get(key.0.checked_sub(self.front)?)?.as_ref()
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, key: QueueKey) -> Option<&mut Order> {
        self.slots.get_mut(key.0.checked_sub(self.front)?)?.as_mut()
    }

    /// Takes an order out; all others keep their keys.
    #[inline]
    pub(crate) fn remove(&mut self, key: QueueKey) -> Option<Order> {
        let order = self.slots.get_mut(key.0.checked_sub(self.front)?)?.take()?;
        self.live -= 1;
        while self.slots.front().is_some_and(Option::is_none) {
            self.slots.pop_front();
            self.front += 1;
        }
        Some(order)
    }

    /// Takes the order at the back out and puts it where another one lies, which is gone then; what
    /// no engine that follows the rules ever does. Whoever is moved is returned with its new key.
    pub(crate) fn overwrite_with_last(&mut self, key: QueueKey) -> Option<(QueueKey, OrderId)> {
        let last = self.slots.iter().rposition(Option::is_some)?;
        let here = key.0.checked_sub(self.front).filter(|here| *here < last)?;
        let moved = self.slots[last].take()?;
        self.slots[here] = Some(moved);
        self.live -= 1;
        Some((key, moved.id))
    }

    /// Whether it is time to [`Self::close_gaps`].
    #[inline]
    pub(crate) fn has_many_gaps(&self) -> bool {
        self.slots.len() > WORTH_CLOSING.max(2 * self.live)
    }

    /// Moves the orders together and says which key each of them has from now on.
    pub(crate) fn close_gaps(&mut self) -> impl Iterator<Item = (QueueKey, &Order)> {
        self.slots.retain(Option::is_some);
        (self.front..).map(QueueKey).zip(self.slots.iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{Arrival, NewOrder, OrderId, Price, Quantity, Side};

    use super::*;
    use crate::order::Incoming;

    fn order(id: u64) -> Order {
        let new = NewOrder::limit(OrderId(id), Side::Buy, Price(1), Quantity(1));
        Incoming::new(&new, Arrival(id)).order
    }

    #[test]
    fn a_queue_is_what_a_plain_list_would_be() {
        let (mut queue, mut list) = (Queue::default(), Vec::new());
        let (mut random, mut closed) = (1_usize, 0);
        for id in 0..5_000 {
            list.push((queue.push_back(order(id)), id));
            random = (random * 75 + 74) % 65_537;
            if random % 5 < 3 || id > 4_000 {
                let (key, id) = list.remove(random % list.len());
                assert_eq!(queue.get(key).map(|order| order.id), Some(OrderId(id)));
                assert_eq!(queue.get_mut(key).map(|order| order.id), Some(OrderId(id)));
                assert_eq!(queue.remove(key).map(|order| order.id), Some(OrderId(id)));
                assert!(queue.get(key).is_none() && queue.remove(key).is_none());
            }
            if queue.has_many_gaps() {
                closed += 1;
                list = queue.close_gaps().map(|(key, order)| (key, order.id.0)).collect();
            }
            assert!(queue.slots.len() <= WORTH_CLOSING.max(2 * list.len()), "gaps pile up");
            let ids: Vec<u64> = queue.iter().map(|order| order.id.0).collect();
            assert_eq!(ids, list.iter().map(|(_, id)| *id).collect::<Vec<_>>());
            assert_eq!(queue.front(), list.first().map(|(key, _)| *key));
            assert_eq!(queue.is_empty(), list.is_empty());
        }
        assert!(list.len() > 100 && closed > 2, "{} {closed}", list.len());
    }
}
