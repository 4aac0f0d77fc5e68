//! The orders that wait for their trigger.

use shadowbook_model::{Price, Quantity, TriggerState};

use crate::order::Orders;
use crate::slab::Slot;
use crate::trend::{Direction, Trend};

/// An order that waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    pub(crate) order: Slot,
    /// Its limit; market types have none.
    pub(crate) price: Option<Price>,
    /// What must trade when it is triggered (rule O5).
    pub(crate) min: Option<Quantity>,
    pub(crate) direction: Direction,
}

/// Orders in a row by arrival, under a tree of sums of what they wait for.
///
/// A look at a new last trade price touches the root alone: what trailing orders have to hear of
/// it is told to lower sums when somebody asks there. The first of several elected orders is found
/// on one way down. Places of orders that are gone stay empty until the row is full.
#[derive(Debug)]
pub(crate) struct Waiting {
    row: Vec<Option<Wait>>,
    /// Twice as long as the row: node 1 is the root, 2n and 2n + 1 are below n, and place n of
    /// the row is the node that many after the middle.
    trends: Vec<Trend>,
    /// Places that were taken, whether or not they have become empty again.
    taken: usize,
    live: usize,
    looked_at: Option<Price>,
    is_changed: bool,
}

/// Places of the first row.
const ROOM: usize = 64;

impl Waiting {
    pub(crate) fn new() -> Self {
        Self {
            row: Vec::new(),
            trends: Vec::new(),
            taken: 1,
            live: 0,
            looked_at: None,
            is_changed: false,
        }
    }

    /// Whether none waits.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.live == 0
    }

    /// Adds an order that arrives now, and tells it its place.
    pub(crate) fn push(&mut self, wait: Wait, trigger: TriggerState, orders: &mut Orders) {
        if self.taken >= self.row.len() {
            self.make_room(orders);
        }
        let place = self.taken;
        self.taken += 1;
        self.live += 1;
        self.is_changed = true;
        self.set(place, Some(wait), Trend::of(wait.direction, trigger));
        tell_place(orders, wait.order, place);
    }

    /// Takes out the order at a place.
    pub(crate) fn remove(&mut self, place: Slot) {
        self.live -= 1;
        self.set(place.index(), None, Trend::default());
    }

    /// The order at a place.
    pub(crate) fn get(&self, place: Slot) -> Wait {
        self.row[place.index()].expect("an order that waits has a place")
    }

    /// The trigger of the order at a place, with everything that it still has to hear of.
    pub(crate) fn trigger(&self, place: Slot) -> TriggerState {
        let mut node = self.leaf(place.index());
        let mut trend = self.trends[node];
        while node > 1 {
            node /= 2;
            trend.hear(&self.trends[node]);
        }
        trend.trigger(self.get(place).direction)
    }

    /// Whether a look at this price could elect an order or move a trigger.
    pub(crate) fn is_news(&self, last: Price) -> bool {
        self.is_changed || self.looked_at != Some(last)
    }

    /// Looks at the last trade price: trailing triggers follow it, then the first arrival of
    /// those whose trigger is reached is elected (rules A4, T3).
    pub(crate) fn look_at(&mut self, last: Price) -> Option<Slot> {
        self.looked_at = Some(last);
        self.is_changed = false;
        if self.is_empty() {
            return None;
        }
        self.trends[1].follow(last);
        if !self.trends[1].is_reached(last) {
            return None;
        }
        let mut node = 1;
        while node < self.row.len() {
            self.tell(node);
            node *= 2;
            if !self.trends[node].is_reached(last) {
                node += 1;
            }
        }
        let wait = self.row[node - self.row.len()];
        Some(wait.expect("only an order has a trigger to be reached").order)
    }

    /// Every order, by arrival.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Wait> {
        self.row.iter().take(self.taken).flatten()
    }

    const fn leaf(&self, place: usize) -> usize {
        self.row.len() + place
    }

    /// Tells the two below a node what they have not heard of.
    fn tell(&mut self, node: usize) {
        let above = self.trends[node];
        self.trends[2 * node].hear(&above);
        self.trends[2 * node + 1].hear(&above);
        self.trends[node].told();
    }

    fn set(&mut self, place: usize, wait: Option<Wait>, trend: Trend) {
        self.row[place] = wait;
        let leaf = self.leaf(place);
        // What was seen before an order came is none of its business, so it is told first.
        for height in (1..=self.row.len().ilog2()).rev() {
            self.tell(leaf >> height);
        }
        self.trends[leaf] = trend;
        self.sum_up(leaf);
    }

    fn sum_up(&mut self, leaf: usize) {
        let mut node = leaf / 2;
        while node > 0 {
            self.trends[node] = self.trends[2 * node].join(self.trends[2 * node + 1]);
            node /= 2;
        }
    }

    /// Moves the orders together, into a longer row if most of this one is taken.
    #[cold]
    fn make_room(&mut self, orders: &mut Orders) {
        let room = self.row.len();
        for node in 1..room {
            self.tell(node);
        }
        let mut place = 1;
        for from in 1..self.taken.min(room) {
            if let Some(wait) = self.row[from].take() {
                self.row[place] = Some(wait);
                self.trends[room + place] = self.trends[room + from];
                tell_place(orders, wait.order, place);
                place += 1;
            }
        }
        self.taken = place;
        if self.live * 2 >= room {
            self.lengthen();
        }
        let room = self.row.len();
        self.trends[room + place..].fill(Trend::default());
        for node in (1..room).rev() {
            self.trends[node] = self.trends[2 * node].join(self.trends[2 * node + 1]);
        }
    }

    fn lengthen(&mut self) {
        let room = self.row.len();
        let longer = (2 * room).max(ROOM);
        self.row.resize(longer, None);
        self.trends.resize(2 * longer, Trend::default());
        self.trends.copy_within(room..room + self.taken.min(room), longer);
    }

    /// How many orders there are, and how many places.
    #[cfg(test)]
    pub(crate) fn footprint(&self) -> (usize, usize) {
        assert_eq!(self.iter().count(), self.live);
        (self.live, self.row.len())
    }
}

/// Lets an order know its place in the row.
fn tell_place(orders: &mut Orders, order: Slot, place: usize) {
    orders[order].level = Slot::from_index(place).expect("fewer than 2^32 places, and none is 0");
}
