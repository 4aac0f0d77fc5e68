//! The importer's own price-time book: the order of arrival in a level, and nothing else.
//!
//! The books of a day are larger than any cache, and most of an import's time is spent waiting for
//! them. So everything that one message touches lies close together: an order knows its level and
//! need not search for it, prices are searched in an array of their own, and what only a window
//! needs lies beside.

use std::ops::Range;

use rustc_hash::FxHashMap;
use shadowbook_model::{Price, Side};

use super::index::{Index, NONE};
use super::output::is_own;
use crate::feed::Place;

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

/// An order as it is stored, without the range of a seed: most are none.
#[derive(Clone, Copy, Debug)]
struct Node {
    id: u64,
    open: u64,
    executed: u64,
    entered: u64,
    level: u32,
    previous: u32,
    /// Behind it in the queue; of a free node the next free one.
    next: u32,
}

/// The queue at one price.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) total: u128,
    pub(super) price: i64,
    head: u32,
    tail: u32,
    side: Side,
}

/// What a windowed recording makes one remember of a level.
#[derive(Clone, Copy, Debug, Default)]
struct View {
    /// When it left the window, while it is out of it.
    left: Option<Absence>,
    /// Orders entered up to this message were out of view since and not named again.
    unconfirmed_until: u64,
}

/// Since when a level is out of view, and which ids were known by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Absence {
    pub(super) since_ns: u64,
    pub(super) newest_id: u64,
}

/// Both sides of one instrument.
#[derive(Debug)]
pub(super) struct Book {
    nodes: Vec<Node>,
    /// The first of the nodes that are free.
    free: u32,
    index: Index,
    /// The ids that the resting seeds may stand for.
    ranges: FxHashMap<u64, IdRange>,
    /// By the side's code.
    ladders: [Ladder; 2],
    levels: Vec<Level>,
    views: Vec<View>,
    free_levels: Vec<u32>,
}

/// The levels of a side, worst first, so that the work is at the end.
#[derive(Debug, Default)]
struct Ladder {
    merits: Vec<i64>,
    /// Where each of them is in the store of levels.
    levels: Vec<u32>,
}

/// How good a price is on its side: greater is better.
pub(super) const fn merit(side: Side, price: i64) -> i64 {
    match side {
        Side::Buy => price,
        // The complement turns the order round and, other than a minus, fits every price.
        Side::Sell => !price,
    }
}

/// What a message is going to touch, as far as it is known: see [`super::ahead`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Touched {
    order: u32,
    level: u32,
}

impl Touched {
    pub(super) const NOTHING: Self = Self { order: NONE, level: NONE };
    /// How often [`Book::look_on`] finds something new.
    pub(super) const STEPS: usize = 2;
}

impl Ladder {
    /// So many levels from the best are looked at first: they share a line of the cache.
    const NEAR: usize = 8;

    /// Where a level of this merit is, or where it would be.
    #[inline]
    fn search(&self, merit: i64) -> Result<usize, usize> {
        let (far, near) = self.merits.split_at(self.merits.len().saturating_sub(Self::NEAR));
        let is_near = near.first().is_some_and(|worst| *worst <= merit);
        let at = if is_near {
            far.len() + near.iter().filter(|level| **level < merit).count()
        } else {
            far.partition_point(|level| *level < merit)
        };
        if self.merits.get(at) == Some(&merit) { Ok(at) } else { Err(at) }
    }
}

impl Default for Book {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            free: NONE,
            index: Index::default(),
            ranges: FxHashMap::default(),
            ladders: Default::default(),
            levels: Vec::new(),
            views: Vec::new(),
            free_levels: Vec::new(),
        }
    }
}

impl Book {
    #[inline]
    pub(super) fn find(&self, id: u64) -> Option<Slot> {
        self.index.find(id, |slot| self.node(slot).id == id).map(Slot)
    }

    #[inline]
    pub(super) fn order(&self, slot: Slot) -> Order {
        let Node { id, open, executed, entered, .. } = *self.node(slot.0);
        // Only the importer's own ids can be those of seeds.
        let seed = if is_own(id) { self.ranges.get(&id).copied() } else { None };
        Order { id, open, executed, entered, seed }
    }

    #[inline]
    pub(super) fn place(&self, slot: Slot) -> Place {
        let Level { side, price, .. } = *self.stored(self.node(slot.0).level);
        Place { side, price: Price(price) }
    }

    /// All levels of a side, worst first.
    pub(super) fn levels(&self, side: Side) -> impl DoubleEndedIterator<Item = &Level> {
        self.levels_at(side, 0..self.ladder(side).levels.len())
    }

    /// The levels at these positions among [`Self::levels`].
    pub(super) fn levels_at(
        &self,
        side: Side,
        positions: Range<usize>,
    ) -> impl DoubleEndedIterator<Item = &Level> {
        let levels = self.ladder(side).levels.get(positions).unwrap_or_default();
        levels.iter().map(|level| self.stored(*level))
    }

    /// The positions of the levels from merit `from` up to below `below`.
    pub(super) fn positions(&self, side: Side, from: i128, below: i128) -> Range<usize> {
        let merits = &self.ladder(side).merits;
        let first = merits.partition_point(|merit| i128::from(*merit) < from);
        first..first.max(merits.partition_point(|merit| i128::from(*merit) < below))
    }

    #[inline]
    pub(super) fn best(&self, side: Side) -> Option<&Level> {
        self.ladder(side).levels.last().map(|level| self.stored(*level))
    }

    /// Whether an order at `place` would trade on arrival.
    #[inline]
    pub(super) fn crosses(&self, place: Place) -> bool {
        let other = place.side.opposite();
        // The other side's merits grow towards this one.
        let best = self.ladder(other).merits.last();
        best.is_some_and(|best| *best >= merit(other, place.price.0))
    }

    /// Whether the best prices cross or are the same.
    pub(super) fn is_crossed(&self) -> bool {
        self.best(Side::Buy)
            .is_some_and(|best| self.crosses(Place { side: Side::Buy, price: Price(best.price) }))
    }

    pub(super) fn level(&self, place: Place) -> Option<&Level> {
        self.find_level(place).map(|level| self.stored(level))
    }

    fn find_level(&self, place: Place) -> Option<u32> {
        let ladder = self.ladder(place.side);
        let at = ladder.search(merit(place.side, place.price.0)).ok()?;
        ladder.levels.get(at).copied()
    }

    /// The queue of a level from the front.
    pub(super) fn queue(&self, place: Place) -> impl Iterator<Item = Slot> + '_ {
        self.walk(self.level(place).map_or(NONE, |level| level.head))
    }

    /// The queue of a level from its front, for one that is already at hand.
    pub(super) fn queue_of(&self, level: &Level) -> impl Iterator<Item = Slot> + '_ {
        self.walk(level.head)
    }

    fn walk(&self, first: u32) -> impl Iterator<Item = Slot> + '_ {
        let mut at = first;
        std::iter::from_fn(move || {
            let slot = (at != NONE).then_some(Slot(at))?;
            at = self.node(at).next;
            Some(slot)
        })
    }

    /// The order in front of this one.
    pub(super) fn previous(&self, slot: Slot) -> Option<Slot> {
        let previous = self.node(slot.0).previous;
        (previous != NONE).then_some(Slot(previous))
    }

    /// Puts an order at the back of its level.
    pub(super) fn push(&mut self, place: Place, order: Order) -> Slot {
        let Order { id, open, executed, entered, seed } = order;
        if let Some(range) = seed {
            self.ranges.insert(id, range);
        }
        let at = self.enter_level(place);
        let slot = if self.free == NONE {
            u32::try_from(self.nodes.len()).expect("fewer than 2^32 orders rest at once")
        } else {
            self.free
        };
        let level = &mut self.levels[at as usize];
        level.total += u128::from(open);
        let previous = std::mem::replace(&mut level.tail, slot);
        if previous == NONE {
            level.head = slot;
        } else {
            self.node_mut(previous).next = slot;
        }
        let node = Node { id, open, executed, entered, level: at, previous, next: NONE };
        match self.nodes.get_mut(slot as usize) {
            Some(free) => self.free = std::mem::replace(free, node).next,
            None => self.nodes.push(node),
        }
        self.index.insert(id, slot);
        Slot(slot)
    }

    /// The level at a place, which begins to exist if it does not.
    #[inline]
    fn enter_level(&mut self, place: Place) -> u32 {
        let Place { side, price } = place;
        let merit = merit(side, price.0);
        let ladder = &mut self.ladders[usize::from(side.code())];
        let at = match ladder.search(merit) {
            Ok(at) => return ladder.levels[at],
            Err(at) => at,
        };
        let level = Level { total: 0, price: price.0, head: NONE, tail: NONE, side };
        let stored = if let Some(free) = self.free_levels.pop() {
            self.levels[free as usize] = level;
            self.views[free as usize] = View::default();
            free
        } else {
            self.levels.push(level);
            self.views.push(View::default());
            u32::try_from(self.levels.len() - 1).expect("no more levels than orders")
        };
        ladder.merits.insert(at, merit);
        ladder.levels.insert(at, stored);
        stored
    }

    /// Takes `quantity` from an order; `traded` says that it counts as executed. An order of which
    /// nothing is left is gone.
    ///
    /// # Panics
    /// When it has less than that.
    pub(super) fn take(&mut self, slot: Slot, quantity: u64, traded: bool) {
        let node = self.node_mut(slot.0);
        if quantity == node.open {
            self.remove(slot);
            return;
        }
        node.open = node.open.checked_sub(quantity).expect("callers take what is there");
        node.executed += if traded { quantity } else { 0 };
        let level = node.level;
        self.levels[level as usize].total -= u128::from(quantity);
    }

    /// Removes an order.
    pub(super) fn remove(&mut self, slot: Slot) -> Order {
        let order = self.order(slot);
        let free = std::mem::replace(&mut self.free, slot.0);
        let node = self.node_mut(slot.0);
        let Node { level: at, previous, next, .. } = *node;
        node.next = free;
        if previous != NONE {
            self.node_mut(previous).next = next;
        }
        if next != NONE {
            self.node_mut(next).previous = previous;
        }
        self.index.remove(order.id, slot.0);
        if order.seed.is_some() {
            self.ranges.remove(&order.id);
        }
        let level = &mut self.levels[at as usize];
        level.total -= u128::from(order.open);
        if level.head == slot.0 {
            level.head = next;
        }
        if level.tail == slot.0 {
            level.tail = previous;
        }
        if level.head == NONE {
            self.remove_level(at);
        }
        order
    }

    fn remove_level(&mut self, stored: u32) {
        let Level { side, price, .. } = *self.stored(stored);
        let ladder = &mut self.ladders[usize::from(side.code())];
        let at = ladder.search(merit(side, price)).expect("a level with orders is on its ladder");
        ladder.merits.remove(at);
        ladder.levels.remove(at);
        self.free_levels.push(stored);
    }

    /// How many orders there are places for.
    pub(super) const fn capacity(&self) -> usize {
        self.nodes.len()
    }

    /// Where an order of this id probably is.
    pub(super) fn look_at_id(&self, id: u64) -> Touched {
        Touched { order: self.index.guess(id), level: NONE }
    }

    /// Which level an order at this place joins.
    pub(super) fn look_at_place(&self, place: Place) -> Touched {
        Touched { order: NONE, level: self.find_level(place).unwrap_or(NONE) }
    }

    /// Looks at what is known and finds what is behind it; what it gives means nothing.
    pub(super) fn look_on(&self, touched: &mut Touched) -> u64 {
        let mut seen = 0;
        let Touched { order, level } = std::mem::replace(touched, Touched::NOTHING);
        if let Some(level) = self.levels.get(level as usize) {
            seen ^= u64::from(level.head);
            touched.order = level.tail;
        }
        if let Some(node) = self.nodes.get(order as usize) {
            seen ^= node.open;
            touched.order = node.previous;
            touched.level = node.level;
        }
        seen
    }

    /// Says for which ids a seed stands from now on.
    pub(super) fn stand_for(&mut self, slot: Slot, range: IdRange) {
        self.ranges.insert(self.node(slot.0).id, range);
    }

    /// Notes that a message named this order.
    pub(super) fn confirm(&mut self, slot: Slot, message: u64) {
        self.node_mut(slot.0).entered = message;
    }

    /// Notes that the level at this position among [`Self::levels`] is out of view.
    pub(super) fn leave(&mut self, side: Side, position: usize, absence: Absence) {
        let level = self.ladder(side).levels[position];
        self.views[level as usize].left.get_or_insert(absence);
    }

    /// Notes that a level is back in view; gives since when it was not.
    pub(super) fn come_back(&mut self, place: Place) -> Option<Absence> {
        let level = self.find_level(place)?;
        self.views[level as usize].left.take()
    }

    /// Notes that the orders that were entered up to this message are not sure to be there.
    pub(super) fn doubt(&mut self, place: Place, message: u64) {
        if let Some(level) = self.find_level(place) {
            self.views[level as usize].unconfirmed_until = message;
        }
    }

    /// Up to which message the orders of a level are not sure to be there.
    pub(super) fn doubtful_until(&self, place: Place) -> u64 {
        self.find_level(place).map_or(0, |level| self.views[level as usize].unconfirmed_until)
    }

    const fn ladder(&self, side: Side) -> &Ladder {
        match side {
            Side::Buy => &self.ladders[Side::Buy.code() as usize],
            Side::Sell => &self.ladders[Side::Sell.code() as usize],
        }
    }

    fn stored(&self, level: u32) -> &Level {
        &self.levels[level as usize]
    }

    fn node(&self, slot: u32) -> &Node {
        &self.nodes[slot as usize]
    }

    fn node_mut(&mut self, slot: u32) -> &mut Node {
        &mut self.nodes[slot as usize]
    }
}
