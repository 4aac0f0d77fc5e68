//! Where the live orders of one instrument lie.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use shadowbook_model::{Arrival, OrderId, Price, Side, TimeNs};

use crate::order::Order;
use crate::queue::{Queue, QueueKey};

/// Where an order rests, until the next order is removed from the book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The position in [`Book::levels`].
    level: usize,
    key: QueueKey,
}

/// The resting orders: by price and queue for matching, by id for clients, by expiry for time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    /// The best bid is the last.
    bids: BTreeMap<Price, usize>,
    /// The best ask is the first.
    asks: BTreeMap<Price, usize>,
    /// What [`Self::bids`] and [`Self::asks`] point to, and [`Self::spare`].
    levels: Vec<Level>,
    /// The levels that are empty and stand on neither side; kept for their memory.
    spare: Vec<usize>,
    /// Where each order is. Never iterated, so that the order of hashes decides nothing.
    places: FxHashMap<OrderId, Place>,
    /// The `gtd` orders in the order in which they expire (rule P1).
    expiries: BTreeSet<(TimeNs, Arrival, OrderId)>,
}

/// The orders of one side at one price.
#[derive(Clone, Debug)]
struct Level {
    price: Price,
    queue: Queue,
}

/// What holds as long as a [`Place`] is not used longer than it may be.
const RESTS: &str = "a place is that of a resting order";

impl Book {
    /// Where the order with this id rests; `None` when no live order has it.
    pub(crate) fn find(&self, id: OrderId) -> Option<Place> {
        self.places.get(&id).copied()
    }

    pub(crate) fn order(&self, place: Place) -> &Order {
        self.levels[place.level].queue.get(place.key).expect(RESTS)
    }

    /// To change quantities only: id, arrival and expiry are known elsewhere in the book, too.
    pub(crate) fn order_mut(&mut self, place: Place) -> &mut Order {
        self.levels[place.level].queue.get_mut(place.key).expect(RESTS)
    }

    /// The limit of the order that rests here.
    pub(crate) fn price(&self, place: Place) -> Price {
        self.levels[place.level].price
    }

    pub(crate) fn best(&self, side: Side) -> Option<Price> {
        self.best_level(side).map(|(price, _)| *price)
    }

    /// The place that trades next on this side: the oldest order at the best price (rule M1).
    pub(crate) fn front(&self, side: Side) -> Option<Place> {
        let (_, level) = self.best_level(side)?;
        let key = self.levels[*level].queue.front().expect("no level is empty");
        Some(Place { level: *level, key })
    }

    /// The levels of one side in the order in which they would trade.
    pub(crate) fn levels_from_best(&self, side: Side) -> impl Iterator<Item = (Price, &Queue)> {
        let (bids, asks) = match side {
            Side::Buy => (Some(self.bids.iter().rev()), None),
            Side::Sell => (None, Some(self.asks.iter())),
        };
        let levels = bids.into_iter().flatten().chain(asks.into_iter().flatten());
        levels.map(|(price, level)| (*price, &self.levels[*level].queue))
    }

    /// The order that expires first, and when.
    pub(crate) fn first_to_expire(&self) -> Option<(TimeNs, OrderId)> {
        self.expiries.first().map(|(time, _, id)| (*time, *id))
    }

    /// Takes an order in, at the back of its level.
    pub(crate) fn rest(&mut self, order: Order, price: Price) {
        let level = match self.side(order.side).get(&price) {
            Some(level) => *level,
            None => self.open_level(order.side, price),
        };
        let place = Place { level, key: self.levels[level].queue.push_back(order) };
        let other = self.places.insert(order.id, place);
        assert!(other.is_none(), "ids are unique among live orders (rule U2)");
        if let Some(time) = order.expire_time {
            self.expiries.insert((time, order.arrival, order.id));
        }
    }

    /// Takes out the order with this id; `None` when no live order has it.
    pub(crate) fn take(&mut self, id: OrderId) -> Option<Order> {
        let place = self.places.remove(&id)?;
        Some(self.leave(place))
    }

    /// Takes out the order that rests here.
    pub(crate) fn remove(&mut self, place: Place) -> Order {
        let order = self.leave(place);
        self.places.remove(&order.id);
        order
    }

    /// Takes an order out of everything but [`Self::places`].
    fn leave(&mut self, place: Place) -> Order {
        let Level { price, queue } = &mut self.levels[place.level];
        let order = queue.remove(place.key).expect(RESTS);
        if queue.is_empty() {
            let price = *price;
            self.side_mut(order.side).remove(&price);
            self.spare.push(place.level);
        } else if queue.has_many_gaps() {
            for (key, order) in queue.close_gaps() {
                self.places.get_mut(&order.id).expect("what rests can be found").key = key;
            }
        }
        if let Some(time) = order.expire_time {
            self.expiries.remove(&(time, order.arrival, order.id));
        }
        order
    }

    /// Gives an order another id, in the same place.
    pub(crate) fn rename(&mut self, place: Place, id: OrderId) {
        let order = self.order_mut(place);
        let before = *order;
        order.id = id;
        self.places.remove(&before.id);
        self.places.insert(id, place);
        if let Some(time) = before.expire_time {
            self.expiries.remove(&(time, before.arrival, before.id));
            self.expiries.insert((time, before.arrival, id));
        }
    }

    fn open_level(&mut self, side: Side, price: Price) -> usize {
        let level = self.spare.pop().unwrap_or_else(|| {
            self.levels.push(Level { price, queue: Queue::default() });
            self.levels.len() - 1
        });
        self.levels[level].price = price;
        self.side_mut(side).insert(price, level);
        level
    }

    fn best_level(&self, side: Side) -> Option<(&Price, &usize)> {
        match side {
            Side::Buy => self.bids.last_key_value(),
            Side::Sell => self.asks.first_key_value(),
        }
    }

    fn side(&self, side: Side) -> &BTreeMap<Price, usize> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Price, usize> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{NewOrder, Quantity};

    use super::*;

    #[test]
    fn memory_does_not_creep_while_levels_and_orders_come_and_go() {
        let mut book = Book::default();
        for id in 0..1_000_u64 {
            let price = Price(i64::try_from(id).expect("small"));
            let new = NewOrder::limit(OrderId(id), Side::Buy, price, Quantity(1))
                .with_expire_time(TimeNs(1_000_000));
            book.rest(Order::new(&new, Arrival(id)), price);
            if let Some(gone) = id.checked_sub(3) {
                let place = book.find(OrderId(gone)).expect("it rests");
                assert_eq!(book.remove(place).id, OrderId(gone));
            }
        }
        assert_eq!(book.levels.len(), 4);
        assert_eq!(book.bids.len() + book.spare.len(), 4);
        assert_eq!((book.places.len(), book.expiries.len()), (3, 3));
    }
}
