//! Where the resting orders of one instrument lie.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use shadowbook_model::{Arrival, OrderId, Price, Quantity, Side, TimeNs, Visibility};

use crate::order::Order;
use crate::queue::{Queue, QueueKey};

/// Where an order rests, until the next order is removed from the book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The position in [`Book::levels`].
    level: u32,
    line: Line,
    key: QueueKey,
}

/// Which of the two queues of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Displayed,
    Hidden,
}

/// The resting orders: by price and queue for matching, by id for clients, by expiry for time.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    /// The best bid is the last.
    bids: BTreeMap<Price, u32>,
    /// The best ask is the first.
    asks: BTreeMap<Price, u32>,
    /// What [`Self::bids`] and [`Self::asks`] point to, and [`Self::spare`]; before them the market
    /// orders of either side, which stand before every price (rule P2).
    levels: Vec<Level>,
    /// The levels that are empty and stand on neither side; kept for their memory.
    spare: Vec<u32>,
    /// Where each order is. Never iterated, so that the order of hashes decides nothing.
    places: FxHashMap<OrderId, Place>,
    /// What few orders have: the slice of each iceberg.
    slices: FxHashMap<OrderId, Slice>,
    /// The `gtd` orders in the order in which they expire (rule P1).
    expiries: BTreeSet<(TimeNs, Arrival, OrderId)>,
}

/// The orders of one side at one price.
#[derive(Clone, Debug, Default)]
pub(crate) struct Level {
    /// `None` for market orders.
    pub(crate) price: Option<Price>,
    pub(crate) displayed: Queue,
    /// Made for the first hidden order: few levels ever have one, and a level is small without.
    hidden: Option<Box<Queue>>,
}

/// What is hidden where nothing is.
static NOTHING: Queue = Queue::new();

/// How much of an iceberg shows.
#[derive(Clone, Copy, Debug)]
struct Slice {
    display: Quantity,
    slice: Quantity,
}

/// What holds as long as a [`Place`] is not used longer than it may be.
const RESTS: &str = "a place is that of a resting order";

impl Default for Book {
    fn default() -> Self {
        Self {
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
            levels: vec![Level::default(); Side::ALL.len()],
            spare: Vec::new(),
            places: FxHashMap::default(),
            slices: FxHashMap::default(),
            expiries: BTreeSet::new(),
        }
    }
}

impl Level {
    /// All of its orders in the order in which they would trade (rule O4).
    pub(crate) fn orders(&self) -> impl Iterator<Item = &Order> {
        self.displayed.iter().chain(self.hidden().iter())
    }

    /// The hidden orders from the oldest.
    pub(crate) fn hidden(&self) -> &Queue {
        self.hidden.as_deref().unwrap_or(&NOTHING)
    }

    fn is_empty(&self) -> bool {
        self.displayed.is_empty() && self.hidden().is_empty()
    }

    #[inline]
    fn line(&self, line: Line) -> &Queue {
        match line {
            Line::Displayed => &self.displayed,
            Line::Hidden => self.hidden(),
        }
    }

    #[inline]
    fn line_mut(&mut self, line: Line) -> &mut Queue {
        match line {
            Line::Displayed => &mut self.displayed,
            Line::Hidden => self.hidden.get_or_insert_default(),
        }
    }
}

impl Book {
    /// Where the order with this id rests; `None` when no resting order has it.
    #[inline]
    pub(crate) fn find(&self, id: OrderId) -> Option<Place> {
        self.places.get(&id).copied()
    }

    #[inline]
    pub(crate) fn order(&self, place: Place) -> &Order {
        self.level(place).line(place.line).get(place.key).expect(RESTS)
    }

    /// To change quantities only: id, arrival and expiry are known elsewhere in the book, too.
    #[inline]
    pub(crate) fn order_mut(&mut self, place: Place) -> &mut Order {
        self.level_mut(place).line_mut(place.line).get_mut(place.key).expect(RESTS)
    }

    /// The limit of the order that rests here; `None` for a market order.
    #[inline]
    pub(crate) fn limit(&self, place: Place) -> Option<Price> {
        self.level(place).price
    }

    /// What of an order can trade before its queue is left: the slice of an iceberg, all of others.
    #[inline]
    pub(crate) fn slice(&self, order: &Order) -> Quantity {
        if order.is_iceberg { self.slices[&order.id].slice } else { order.open }
    }

    pub(crate) fn visibility(&self, place: Place) -> Visibility {
        self.visibility_of(self.order(place), place.line)
    }

    pub(crate) fn visibility_of(&self, order: &Order, line: Line) -> Visibility {
        match line {
            Line::Hidden => Visibility::Hidden,
            Line::Displayed if order.is_iceberg => {
                let Slice { display, slice } = self.slices[&order.id];
                Visibility::Iceberg { display, slice }
            }
            Line::Displayed => Visibility::Full,
        }
    }

    #[inline]
    pub(crate) fn best(&self, side: Side) -> Option<Price> {
        match side {
            Side::Buy => self.bids.last_key_value().map(|(price, _)| *price),
            Side::Sell => self.asks.first_key_value().map(|(price, _)| *price),
        }
    }

    /// The place that trades next on this side: the best price, there the front of the first queue
    /// in `lines` that holds anything (rules M1, O4).
    #[inline]
    pub(crate) fn front(&self, side: Side, lines: [Line; 2]) -> Option<(Price, Place)> {
        let (price, level) = match side {
            Side::Buy => self.bids.last_key_value(),
            Side::Sell => self.asks.first_key_value(),
        }?;
        let queues = &self.levels[*level as usize];
        let front = |line| queues.line(line).front().map(|key| Place { level: *level, line, key });
        let [first, second] = lines;
        let place = front(first).or_else(|| front(second)).expect("no level is empty");
        Some((*price, place))
    }

    /// The levels of one side in the order in which they would trade, without market orders.
    pub(crate) fn levels_from_best(&self, side: Side) -> impl Iterator<Item = (Price, &Level)> {
        let (bids, asks) = match side {
            Side::Buy => (Some(self.bids.iter().rev()), None),
            Side::Sell => (None, Some(self.asks.iter())),
        };
        let levels = bids.into_iter().flatten().chain(asks.into_iter().flatten());
        levels.map(|(price, level)| (*price, &self.levels[*level as usize]))
    }

    /// The level of one side at this price, if there is one.
    pub(crate) fn level_at(&self, side: Side, price: Price) -> Option<&Level> {
        self.side(side).get(&price).map(|level| &self.levels[*level as usize])
    }

    /// The other orders of the level at which this one lies.
    pub(crate) fn others_at(&self, place: Place) -> Vec<OrderId> {
        let id = self.order(place).id;
        self.level(place).orders().map(|order| order.id).filter(|other| *other != id).collect()
    }

    /// The market orders that wait for an uncross, and then the levels (rule P2).
    pub(crate) fn queues(&self, side: Side) -> impl Iterator<Item = &Level> {
        let market = std::iter::once(&self.levels[market_level(side) as usize]);
        market.chain(self.levels_from_best(side).map(|(_, level)| level))
    }

    /// The market orders of one side that wait for an uncross.
    pub(crate) fn market_orders(&self, side: Side) -> &Queue {
        &self.levels[market_level(side) as usize].displayed
    }

    /// The order that expires first, and when.
    pub(crate) fn first_to_expire(&self) -> Option<(TimeNs, Arrival, OrderId)> {
        self.expiries.first().copied()
    }

    /// Takes an order in, at the back of its queue; `visibility` says what shows of it.
    pub(crate) fn rest(&mut self, mut order: Order, limit: Option<Price>, visibility: Visibility) {
        let level = match limit {
            None => market_level(order.side),
            Some(price) => match self.side(order.side).get(&price) {
                Some(level) => *level,
                None => self.open_level(order.side, price),
            },
        };
        let line = match visibility {
            Visibility::Full => Line::Displayed,
            Visibility::Iceberg { display, slice } => {
                order.is_iceberg = true;
                self.slices.insert(order.id, Slice { display, slice });
                Line::Displayed
            }
            Visibility::Hidden => Line::Hidden,
        };
        let key = self.levels[level as usize].line_mut(line).push_back(order);
        let other = self.places.insert(order.id, Place { level, line, key });
        assert!(other.is_none(), "ids are unique among live orders (rule U2)");
        if let Some(time) = order.expire_time {
            self.expiries.insert((time, order.arrival, order.id));
        }
    }

    /// Changes what shows of an order that stays displayed where it is: its slice, or that it has
    /// one from now on.
    pub(crate) fn set_slice(&mut self, place: Place, display: Quantity, slice: Quantity) {
        let order = self.order_mut(place);
        order.is_iceberg = true;
        let id = order.id;
        self.slices.insert(id, Slice { display, slice });
    }

    /// Moves an order to the back of the queue in which it is.
    pub(crate) fn requeue(&mut self, place: Place) {
        let queue = self.level_mut(place).line_mut(place.line);
        let order = queue.remove(place.key).expect(RESTS);
        let key = queue.push_back(order);
        let has_many_gaps = queue.has_many_gaps();
        self.places.insert(order.id, Place { key, ..place });
        if has_many_gaps {
            self.close_gaps(place);
        }
    }

    /// Takes out the order with this id; `None` when no resting order has it.
    #[inline]
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
    #[inline]
    fn leave(&mut self, place: Place) -> Order {
        let queue = self.level_mut(place).line_mut(place.line);
        let mut order = queue.remove(place.key).expect(RESTS);
        if queue.is_empty() {
            self.close_level(place.level, order.side);
        } else if queue.has_many_gaps() {
            self.close_gaps(place);
        }
        self.forget(&order);
        order.is_iceberg = false;
        order
    }

    /// Removes what few orders have from where it is kept.
    #[inline]
    fn forget(&mut self, order: &Order) {
        if order.is_iceberg {
            self.slices.remove(&order.id);
        }
        if let Some(time) = order.expire_time {
            self.expiries.remove(&(time, order.arrival, order.id));
        }
    }

    /// Takes out the order that rests here and lets the last of its queue jump into its place.
    pub(crate) fn swap_remove(&mut self, place: Place) -> Order {
        let order = *self.order(place);
        let queue = self.level_mut(place).line_mut(place.line);
        let Some((key, moved)) = queue.overwrite_with_last(place.key) else {
            return self.remove(place);
        };
        let has_many_gaps = queue.has_many_gaps();
        self.places.insert(moved, Place { key, ..place });
        self.places.remove(&order.id);
        self.forget(&order);
        if has_many_gaps {
            self.close_gaps(place);
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
        if let Some(slice) = self.slices.remove(&before.id) {
            self.slices.insert(id, slice);
        }
        if let Some(time) = before.expire_time {
            self.expiries.remove(&(time, before.arrival, before.id));
            self.expiries.insert((time, before.arrival, id));
        }
    }

    fn open_level(&mut self, side: Side, price: Price) -> u32 {
        let level = self.spare.pop().unwrap_or_else(|| {
            self.levels.push(Level::default());
            u32::try_from(self.levels.len() - 1).expect("fewer than 2^32 levels")
        });
        self.levels[level as usize].price = Some(price);
        self.side_mut(side).insert(price, level);
        level
    }

    /// Takes a level off its side, if nothing is left of it.
    fn close_level(&mut self, level: u32, side: Side) {
        let queues = &self.levels[level as usize];
        if let Some(price) = queues.price
            && queues.is_empty()
        {
            self.side_mut(side).remove(&price);
            self.spare.push(level);
        }
    }

    /// Moves the orders of a queue together.
    #[cold]
    fn close_gaps(&mut self, place: Place) {
        let queue = self.levels[place.level as usize].line_mut(place.line);
        for (key, order) in queue.close_gaps() {
            self.places.get_mut(&order.id).expect("what rests can be found").key = key;
        }
    }

    #[inline]
    fn level(&self, place: Place) -> &Level {
        &self.levels[place.level as usize]
    }

    #[inline]
    fn level_mut(&mut self, place: Place) -> &mut Level {
        &mut self.levels[place.level as usize]
    }

    fn side(&self, side: Side) -> &BTreeMap<Price, u32> {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    fn side_mut(&mut self, side: Side) -> &mut BTreeMap<Price, u32> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }
}

/// The position in [`Book::levels`] of the market orders of a side.
const fn market_level(side: Side) -> u32 {
    side.code() as u32
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{NewOrder, Quantity};

    use super::*;
    use crate::order::Incoming;

    #[test]
    fn memory_does_not_creep_while_levels_and_orders_come_and_go() {
        let mut book = Book::default();
        for id in 0..1_000_u64 {
            let price = Price(i64::try_from(id).expect("small"));
            let new = NewOrder::limit(OrderId(id), Side::Buy, price, Quantity(1))
                .with_expire_time(TimeNs(1_000_000));
            let order = Incoming::new(&new, Arrival(id)).order;
            let slice = Visibility::Iceberg { display: Quantity(1), slice: Quantity(1) };
            book.rest(order, Some(price), slice);
            if let Some(gone) = id.checked_sub(3) {
                let place = book.find(OrderId(gone)).expect("it rests");
                assert_eq!(book.remove(place).id, OrderId(gone));
            }
        }
        assert_eq!(book.levels.len(), 6);
        assert_eq!(book.bids.len() + book.spare.len(), 4);
        assert_eq!((book.places.len(), book.expiries.len(), book.slices.len()), (3, 3, 3));
    }
}
