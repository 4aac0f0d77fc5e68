//! One side of a book: its price levels in order, each with its queue.

use shadowbook_model::{Price, Side};

use crate::order::{Incoming, Order, Orders};
use crate::queue::Queue;
use crate::ranks::RankSet;
use crate::slab::{Slab, Slot};
use crate::table::IndexTable;

/// A price seen from one side: the lower, the better. It makes both sides the same code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank(u64);

impl Rank {
    /// No price is worse: the limit of an order that has none.
    pub(crate) const WORST: Self = Self(u64::MAX);
}

/// All orders of a side at one price. It holds no total: few commands ask for one, and every other
/// command would have to look at the level to keep it.
#[derive(Debug, Default)]
#[repr(align(32))]
pub(crate) struct Level {
    pub(crate) rank: Rank,
    pub(crate) displayed: Queue,
    /// Trades after everything that is displayed (rule O4).
    pub(crate) hidden: Queue,
    better: Option<Slot>,
    pub(crate) worse: Option<Slot>,
}

const _: () = assert!(size_of::<Level>() == 32);

impl Level {
    /// The order that trades next.
    #[inline]
    pub(crate) fn first(&self) -> Slot {
        self.displayed.front.or(self.hidden.front).expect("a level has orders")
    }
}

/// Levels that are remembered by the last bits of their rank.
const RECENT: usize = 256;

#[inline]
fn recent_of(rank: Rank) -> usize {
    let [last, ..] = rank.0.to_le_bytes();
    usize::from(last)
}

/// The best level of a side. Its rank is kept here too: every order that comes in looks at it.
#[derive(Clone, Copy, Debug)]
struct Best {
    slot: Slot,
    rank: Rank,
}

/// The levels of a side. A level exists only while an order rests on it.
#[derive(Debug)]
pub(crate) struct Ladder {
    /// What a price is xor-ed with to become a rank, and back.
    flip: u64,
    best: Option<Best>,
    levels: Slab<Level>,
    table: IndexTable,
    /// A level for each of the last bits of a rank, if any: near the touch, one look finds it.
    recent: [Option<Slot>; RECENT],
    ranks: RankSet,
}

impl Ladder {
    pub(crate) fn new(side: Side) -> Self {
        // The sign bit makes the order of `i64` that of `u64`; bids are the other way round.
        let sign = i64::MIN.cast_unsigned();
        Self {
            flip: if side == Side::Buy { !sign } else { sign },
            best: None,
            levels: Slab::new(),
            table: IndexTable::new(),
            recent: [None; RECENT],
            ranks: RankSet::new(),
        }
    }

    #[inline]
    pub(crate) const fn rank(&self, price: Price) -> Rank {
        Rank(price.0.cast_unsigned() ^ self.flip)
    }

    #[inline]
    pub(crate) const fn price(&self, rank: Rank) -> Price {
        Price((rank.0 ^ self.flip).cast_signed())
    }

    /// The best level, if anything rests.
    #[inline]
    pub(crate) fn best(&self) -> Option<(Slot, &Level)> {
        self.best.map(|best| (best.slot, &self.levels[best.slot]))
    }

    #[inline]
    pub(crate) fn level(&self, slot: Slot) -> &Level {
        &self.levels[slot]
    }

    /// Whether an order of the other side with this limit would trade.
    #[inline]
    pub(crate) fn is_crossed_by(&self, limit: Rank) -> bool {
        self.best.is_some_and(|best| best.rank <= limit)
    }

    /// Puts an order at the back of the displayed queue at this rank.
    #[inline]
    pub(crate) fn push_back(
        &mut self,
        orders: &mut Orders,
        rank: Rank,
        incoming: &Incoming,
    ) -> Slot {
        let at = self.level_at(rank);
        let Incoming { order, details } = *incoming;
        let queue = &mut self.levels[at].displayed;
        let back = queue.back;
        let slot = orders.insert(Order { level: at, previous: back, next: None, ..order }, details);
        queue.back = Some(slot);
        match back {
            Some(back) => orders[back].next = Some(slot),
            None => queue.front = Some(slot),
        }
        slot
    }

    /// Puts an order at the back of the hidden queue at this rank.
    #[cold]
    pub(crate) fn push_hidden(
        &mut self,
        orders: &mut Orders,
        rank: Rank,
        incoming: &Incoming,
    ) -> Slot {
        let level = self.level_at(rank);
        let slot = orders.insert(Order { level, ..incoming.order }, incoming.details);
        self.levels[level].hidden.push(orders, slot);
        slot
    }

    /// The level at this rank, which is added if nothing rests there.
    #[inline]
    fn level_at(&mut self, rank: Rank) -> Slot {
        let recent = self.recent[recent_of(rank)];
        match recent.filter(|slot| self.levels[*slot].rank == rank) {
            Some(slot) => slot,
            None => self.find_or_add_level(rank),
        }
    }

    /// Takes a displayed order out of its queue, and its level away if that was the last one.
    #[inline]
    pub(crate) fn unlink(&mut self, orders: &mut Orders, slot: Slot) {
        let Order { level, previous, next, .. } = orders[slot];
        match previous {
            Some(previous) => orders[previous].next = next,
            None => self.levels[level].displayed.front = next,
        }
        match next {
            Some(next) => orders[next].previous = previous,
            None => self.levels[level].displayed.back = previous,
        }
        if previous.is_none() && next.is_none() && self.levels[level].hidden.is_empty() {
            self.remove_level(level);
        }
    }

    /// The same for a hidden order.
    #[cold]
    pub(crate) fn unlink_hidden(&mut self, orders: &mut Orders, slot: Slot) {
        let at = orders[slot].level;
        let level = &mut self.levels[at];
        level.hidden.unlink(orders, slot);
        if level.hidden.is_empty() && level.displayed.is_empty() {
            self.remove_level(at);
        }
    }

    /// Moves a displayed order to the back of its queue.
    #[cold]
    pub(crate) fn requeue(&mut self, orders: &mut Orders, slot: Slot) {
        let queue = &mut self.levels[orders[slot].level].displayed;
        queue.unlink(orders, slot);
        queue.push(orders, slot);
    }

    #[inline(never)]
    fn find_or_add_level(&mut self, rank: Rank) -> Slot {
        let found = self.table.find(rank.0, |slot| self.levels[slot].rank == rank);
        let slot = found.unwrap_or_else(|| self.add_level(rank));
        self.recent[recent_of(rank)] = Some(slot);
        slot
    }

    fn add_level(&mut self, rank: Rank) -> Slot {
        let better = match self.best {
            Some(best) if best.rank < rank => self.level_before(rank),
            _ => None,
        };
        let worse = match better {
            Some(better) => self.levels[better].worse,
            None => self.best.map(|best| best.slot),
        };
        let slot = self.levels.insert(Level { rank, better, worse, ..Level::default() });
        match better {
            Some(better) => self.levels[better].worse = Some(slot),
            None => self.best = Some(Best { slot, rank }),
        }
        if let Some(worse) = worse {
            self.levels[worse].better = Some(slot);
        }
        self.table.insert(rank.0, slot, |slot| self.levels[slot].rank.0);
        self.ranks.insert(rank.0);
        slot
    }

    fn level_before(&self, rank: Rank) -> Option<Slot> {
        let before = Rank(self.ranks.below(rank.0)?);
        let found = self.table.find(before.0, |slot| self.levels[slot].rank == before);
        Some(found.expect("a rank in the set has a level"))
    }

    #[inline(never)]
    fn remove_level(&mut self, slot: Slot) {
        let Level { rank, better, worse, .. } = self.levels[slot];
        match better {
            Some(better) => self.levels[better].worse = worse,
            None => self.best = worse.map(|slot| Best { slot, rank: self.levels[slot].rank }),
        }
        if let Some(worse) = worse {
            self.levels[worse].better = better;
        }
        self.table.remove(rank.0, slot);
        let recent = &mut self.recent[recent_of(rank)];
        if *recent == Some(slot) {
            *recent = None;
        }
        self.ranks.remove(rank.0);
        self.levels.release(slot);
    }

    #[cfg(test)]
    pub(crate) fn level_count(&self) -> usize {
        assert_eq!(self.levels.len(), self.table.len());
        self.levels.len()
    }

    /// How many places for levels and how many nodes of the tree above them there are.
    #[cfg(test)]
    pub(crate) fn footprint(&self) -> (usize, usize) {
        (self.levels.capacity(), self.ranks.len())
    }
}
