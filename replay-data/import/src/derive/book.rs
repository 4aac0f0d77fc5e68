//! The importer's own price-time book: the order of arrival in a level, and nothing else.

use rustc_hash::FxHashMap;
use shadowbook_model::{Price, Side};

use crate::feed::Place;

const NONE: u32 = u32::MAX;

/// One resting order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) open: u64,
    /// What has traded since it was last entered: a total of rule C2 is this and `open`.
    pub(super) executed: u64,
    /// The number of the message with which it was last entered.
    pub(super) entered: u64,
    /// For a seed the feed's ids that it may stand for; `None` for an order of the feed.
    pub(super) seed: Option<IdRange>,
}

/// Ids above `after` and up to `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IdRange {
    pub(super) after: u64,
    pub(super) until: u64,
}

impl IdRange {
    pub(super) const fn contains(self, id: u64) -> bool {
        self.after < id && id <= self.until
    }
}

/// A place in the book's store of orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u32);

#[derive(Clone, Copy, Debug)]
struct Node {
    order: Order,
    place: Place,
    previous: u32,
    next: u32,
}

/// The queue at one price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) price: i64,
    pub(super) total: u128,
    head: u32,
    tail: u32,
    pub(super) seeds: u32,
    /// When it left the window, while it is out of it.
    pub(super) left: Option<Absence>,
    /// Orders entered up to this message were out of view since and not named again.
    pub(super) unconfirmed_until: u64,
}

/// Since when a level is out of view, and which ids were known by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Absence {
    pub(super) since_ns: u64,
    pub(super) newest_id: u64,
}

/// Both sides of one instrument.
#[derive(Debug, Default)]
pub(super) struct Book {
    nodes: Vec<Node>,
    free: Vec<u32>,
    index: FxHashMap<u64, u32>,
    /// Worst first, so that the work is at the end.
    bids: Vec<Level>,
    asks: Vec<Level>,
}

/// How good a price is on its side: greater is better.
pub(super) const fn merit(side: Side, price: i64) -> i64 {
    match side {
        Side::Buy => price,
        // The complement turns the order round and, other than a minus, fits every price.
        Side::Sell => !price,
    }
}

impl Book {
    pub(super) fn find(&self, id: u64) -> Option<Slot> {
        self.index.get(&id).copied().map(Slot)
    }

    pub(super) fn order(&self, slot: Slot) -> &Order {
        &self.node(slot.0).order
    }

    pub(super) fn place(&self, slot: Slot) -> Place {
        self.node(slot.0).place
    }

    /// All levels of a side, worst first.
    pub(super) fn levels(&self, side: Side) -> &[Level] {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    pub(super) fn best(&self, side: Side) -> Option<&Level> {
        self.levels(side).last()
    }

    /// Whether an order at `place` would trade on arrival.
    pub(super) fn crosses(&self, place: Place) -> bool {
        let other = place.side.opposite();
        self.best(other).is_some_and(|best| match place.side {
            Side::Buy => best.price <= place.price.0,
            Side::Sell => best.price >= place.price.0,
        })
    }

    /// Whether the best prices cross or are the same.
    pub(super) fn is_crossed(&self) -> bool {
        self.best(Side::Buy)
            .is_some_and(|best| self.crosses(Place { side: Side::Buy, price: Price(best.price) }))
    }

    pub(super) fn level(&self, place: Place) -> Option<&Level> {
        let position = self.position(place).ok()?;
        self.levels(place.side).get(position)
    }

    pub(super) fn level_mut(&mut self, place: Place) -> Option<&mut Level> {
        let position = self.position(place).ok()?;
        self.levels_mut(place.side).get_mut(position)
    }

    /// Where a level of this price is among [`Self::levels`], or where it would be.
    pub(super) fn position(&self, place: Place) -> Result<usize, usize> {
        let wanted = merit(place.side, place.price.0);
        let levels = self.levels(place.side);
        // Most of what happens, happens near the best price: look there first.
        if let Some(last) = levels.last() {
            let best = merit(place.side, last.price);
            if best == wanted {
                return Ok(levels.len() - 1);
            }
            if best < wanted {
                return Err(levels.len());
            }
        }
        levels.binary_search_by_key(&wanted, |level| merit(place.side, level.price))
    }

    /// The queue of a level from the front.
    pub(super) fn queue(&self, place: Place) -> impl Iterator<Item = Slot> + '_ {
        self.walk(self.level(place).map_or(NONE, |level| level.head))
    }

    /// The front of a level, and what stands behind an order.
    pub(super) fn walk(&self, first: u32) -> impl Iterator<Item = Slot> + '_ {
        let mut at = first;
        std::iter::from_fn(move || {
            let slot = (at != NONE).then_some(Slot(at))?;
            at = self.node(at).next;
            Some(slot)
        })
    }

    /// The queue of a level from its front, for one that is already at hand.
    pub(super) fn queue_of(&self, level: &Level) -> impl Iterator<Item = Slot> + '_ {
        self.walk(level.head)
    }

    /// The order in front of this one.
    pub(super) fn previous(&self, slot: Slot) -> Option<Slot> {
        let previous = self.node(slot.0).previous;
        (previous != NONE).then_some(Slot(previous))
    }

    /// Puts an order at the back of its level.
    pub(super) fn push(&mut self, place: Place, order: Order) -> Slot {
        let slot = self.free.pop().unwrap_or_else(|| {
            u32::try_from(self.nodes.len()).expect("fewer than 2^32 orders rest at once")
        });
        let at = match self.position(place) {
            Ok(at) => at,
            Err(at) => {
                self.levels_mut(place.side).insert(at, Level::empty(place.price.0));
                at
            }
        };
        let level = &mut self.levels_mut(place.side)[at];
        level.total += u128::from(order.open);
        level.seeds += u32::from(order.seed.is_some());
        let previous = std::mem::replace(&mut level.tail, slot);
        if previous == NONE {
            level.head = slot;
        }
        let node = Node { order, place, previous, next: NONE };
        if previous != NONE {
            self.node_mut(previous).next = slot;
        }
        match self.nodes.get_mut(slot as usize) {
            Some(free) => *free = node,
            None => self.nodes.push(node),
        }
        self.index.insert(order.id, slot);
        Slot(slot)
    }

    /// Takes `quantity` from an order; `traded` says that it counts as executed. An order of which
    /// nothing is left is gone.
    ///
    /// # Panics
    /// When it has less than that.
    pub(super) fn take(&mut self, slot: Slot, quantity: u64, traded: bool) {
        let Node { order, place, .. } = *self.node(slot.0);
        if quantity == order.open {
            self.remove(slot);
            return;
        }
        let order = &mut self.node_mut(slot.0).order;
        order.open = order.open.checked_sub(quantity).expect("callers take what is there");
        order.executed += if traded { quantity } else { 0 };
        if let Some(level) = self.level_mut(place) {
            level.total -= u128::from(quantity);
        }
    }

    /// Removes an order.
    pub(super) fn remove(&mut self, slot: Slot) -> Order {
        let Node { order, place, previous, next } = *self.node(slot.0);
        if previous != NONE {
            self.node_mut(previous).next = next;
        }
        if next != NONE {
            self.node_mut(next).previous = previous;
        }
        self.index.remove(&order.id);
        self.free.push(slot.0);
        let at = self.position(place).expect("an order that rests has a level");
        let levels = self.levels_mut(place.side);
        let level = &mut levels[at];
        level.total -= u128::from(order.open);
        level.seeds -= u32::from(order.seed.is_some());
        if level.head == slot.0 {
            level.head = next;
        }
        if level.tail == slot.0 {
            level.tail = previous;
        }
        if level.head == NONE {
            levels.remove(at);
        }
        order
    }

    /// Says for which ids a seed stands from now on.
    pub(super) fn stand_for(&mut self, slot: Slot, range: IdRange) {
        self.node_mut(slot.0).order.seed = Some(range);
    }

    /// Notes that a message named this order.
    pub(super) fn confirm(&mut self, slot: Slot, message: u64) {
        self.node_mut(slot.0).order.entered = message;
    }

    pub(super) fn levels_mut(&mut self, side: Side) -> &mut Vec<Level> {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    fn node(&self, slot: u32) -> &Node {
        &self.nodes[slot as usize]
    }

    fn node_mut(&mut self, slot: u32) -> &mut Node {
        &mut self.nodes[slot as usize]
    }
}

impl Level {
    const fn empty(price: i64) -> Self {
        Self { price, total: 0, head: NONE, tail: NONE, seeds: 0, left: None, unconfirmed_until: 0 }
    }
}
