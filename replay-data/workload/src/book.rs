//! The generator's own book of one instrument: which orders are live, and where the touch is.
//!
//! It knows only what generated market flow needs: plain limit orders that rest without crossing,
//! and aggressors of which nothing rests. Its memory is that of the most orders that were ever
//! live at once, and of the band of prices.

use shadowbook_model::{AccountId, OrderId, Price, Quantity, Side};

/// No order.
const NONE: u32 = u32::MAX;

/// Where an order lies; good until the order is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(u32);

impl Slot {
    const fn index(self) -> usize {
        self.0 as usize
    }
}

/// An order that comes to rest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) order: OrderId,
    pub(crate) account: AccountId,
    pub(crate) side: Side,
    pub(crate) price: Price,
    pub(crate) open: Quantity,
    /// What it traded under an id that it had before.
    pub(crate) executed: Quantity,
}

/// A live order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live {
    pub(crate) order: OrderId,
    pub(crate) open: u64,
    pub(crate) executed: u64,
    pub(crate) account: AccountId,
    pub(crate) side: Side,
    level: u32,
    older: u32,
    newer: u32,
    /// Where it stands among the live orders.
    place: u32,
}

/// The queue of one price: from the oldest order on by `newer`.
#[derive(Clone, Copy, Debug)]
struct Level {
    oldest: u32,
    newest: u32,
}

const EMPTY: Level = Level { oldest: NONE, newest: NONE };

/// One side: where it is best, and how many orders it has.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    best: usize,
    orders: usize,
}

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    /// The price of the first level.
    lowest: i64,
    levels: Vec<Level>,
    orders: Vec<Live>,
    free: Vec<u32>,
    /// Every live order once, in no order that means anything.
    live: Vec<u32>,
    bids: Half,
    asks: Half,
}

impl Book {
    /// An empty book for prices from `lowest` to `highest`.
    pub(crate) fn new(lowest: i64, highest: i64) -> Self {
        let count = highest.abs_diff(lowest).saturating_add(1);
        let count = usize::try_from(count).expect("a profile's band is held to its limit");
        Self {
            lowest,
            levels: vec![EMPTY; count],
            orders: Vec::new(),
            free: Vec::new(),
            live: Vec::new(),
            bids: Half::default(),
            asks: Half::default(),
        }
    }

    pub(crate) fn lowest(&self) -> i64 {
        self.lowest
    }

    pub(crate) fn highest(&self) -> i64 {
        self.price_at(self.levels.len() - 1)
    }

    pub(crate) fn live_orders(&self) -> usize {
        self.live.len()
    }

    /// The live order at a position below [`Self::live_orders`].
    pub(crate) fn live_at(&self, position: usize) -> Slot {
        Slot(self.live[position])
    }

    pub(crate) fn slots(&self) -> impl Iterator<Item = Slot> {
        self.live.iter().copied().map(Slot)
    }

    pub(crate) fn get(&self, slot: Slot) -> &Live {
        &self.orders[slot.index()]
    }

    /// The price at which a live order rests.
    pub(crate) fn price(&self, slot: Slot) -> Price {
        Price(self.price_at(self.get(slot).level as usize))
    }

    /// Whether `order` still lies where it was put.
    pub(crate) fn holds(&self, slot: Slot, order: OrderId) -> bool {
        let live = self.get(slot);
        live.order == order && live.open > 0
    }

    /// The best price of a side.
    pub(crate) fn best(&self, side: Side) -> Option<i64> {
        let half = self.half(side);
        (half.orders > 0).then(|| self.price_at(half.best))
    }

    /// Puts an order that does not cross at the back of its price.
    pub(crate) fn rest(&mut self, entry: Entry) -> Slot {
        let Entry { order, account, side, price, open, executed } = entry;
        let index = self.level_index(price.0);
        let level = u32::try_from(index).expect("a profile's band is held to its limit");
        let older = self.levels[index].newest;
        let place = u32::try_from(self.live.len()).expect("fewer than 2^32 orders are live");
        let (open, executed, newer) = (open.0, executed.0, NONE);
        let live = Live { order, open, executed, account, side, level, older, newer, place };
        let slot = if let Some(slot) = self.free.pop() {
            self.orders[slot as usize] = live;
            slot
        } else {
            self.orders.push(live);
            u32::try_from(self.orders.len() - 1).expect("fewer than 2^32 orders are live")
        };
        self.live.push(slot);
        self.levels[index].newest = slot;
        match older {
            NONE => self.levels[index].oldest = slot,
            older => self.orders[older as usize].newer = slot,
        }
        let half = self.half_mut(side);
        let is_better = match side {
            Side::Buy => index > half.best,
            Side::Sell => index < half.best,
        };
        if half.orders == 0 || is_better {
            half.best = index;
        }
        half.orders += 1;
        Slot(slot)
    }

    /// Takes an order out.
    pub(crate) fn remove(&mut self, slot: Slot) {
        let Live { side, level, older, newer, place, .. } = *self.get(slot);
        let level = level as usize;
        match older {
            NONE => self.levels[level].oldest = newer,
            older => self.orders[older as usize].newer = newer,
        }
        match newer {
            NONE => self.levels[level].newest = older,
            newer => self.orders[newer as usize].older = older,
        }
        self.live.swap_remove(place as usize);
        if let Some(moved) = self.live.get(place as usize) {
            self.orders[*moved as usize].place = place;
        }
        self.orders[slot.index()].open = 0;
        self.free.push(slot.0);
        self.half_mut(side).orders -= 1;
        self.seek_best(side);
    }

    /// Lowers what is open of an order, in place.
    pub(crate) fn reduce(&mut self, slot: Slot, open: u64) {
        self.orders[slot.index()].open = open;
    }

    /// Trades an aggressor of `side` as far as `limit` and quantity reach.
    pub(crate) fn take(&mut self, side: Side, limit: Option<Price>, quantity: Quantity) {
        let mut open = quantity.0;
        while open > 0
            && let Some(best) = self.best(side.opposite())
        {
            let crosses = limit.is_none_or(|limit| match side {
                Side::Buy => best <= limit.0,
                Side::Sell => best >= limit.0,
            });
            if !crosses {
                return;
            }
            let maker = self.levels[self.half(side.opposite()).best].oldest;
            let live = &mut self.orders[maker as usize];
            let traded = open.min(live.open);
            open -= traded;
            live.executed += traded;
            if live.open == traded {
                self.remove(Slot(maker));
            } else {
                live.open -= traded;
            }
        }
    }

    /// Moves the best price of a side away from the touch to the next level that has orders.
    fn seek_best(&mut self, side: Side) {
        let Half { mut best, orders } = *self.half(side);
        if orders == 0 {
            return;
        }
        while self.levels[best].oldest == NONE {
            match side {
                Side::Buy => best -= 1,
                Side::Sell => best += 1,
            }
        }
        self.half_mut(side).best = best;
    }

    const fn half(&self, side: Side) -> &Half {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    const fn half_mut(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    fn level_index(&self, price: i64) -> usize {
        let index = price.checked_sub(self.lowest).and_then(|index| usize::try_from(index).ok());
        index.filter(|index| *index < self.levels.len()).expect("flow stays in its band")
    }

    fn price_at(&self, level: usize) -> i64 {
        self.lowest.saturating_add_unsigned(level as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rest(book: &mut Book, order: u64, side: Side, price: i64, open: u64) -> Slot {
        book.rest(Entry {
            order: OrderId(order),
            account: AccountId(order),
            side,
            price: Price(price),
            open: Quantity(open),
            executed: Quantity(0),
        })
    }

    fn live(book: &Book) -> Vec<(u64, u64, u64)> {
        let mut live: Vec<_> = book
            .slots()
            .map(|slot| book.get(slot))
            .map(|live| (live.order.0, live.open, live.executed))
            .collect();
        live.sort_unstable();
        live
    }

    #[test]
    fn an_aggressor_takes_the_best_then_the_oldest_as_far_as_its_limit() {
        let mut book = Book::new(0, 100);
        rest(&mut book, 1, Side::Sell, 52, 10);
        rest(&mut book, 2, Side::Sell, 51, 10);
        rest(&mut book, 3, Side::Sell, 51, 10);
        rest(&mut book, 4, Side::Sell, 53, 10);
        rest(&mut book, 5, Side::Buy, 49, 10);
        book.take(Side::Buy, Some(Price(51)), Quantity(15));
        assert_eq!(live(&book), [(1, 10, 0), (3, 5, 5), (4, 10, 0), (5, 10, 0)]);
        book.take(Side::Buy, Some(Price(52)), Quantity(100));
        assert_eq!(live(&book), [(4, 10, 0), (5, 10, 0)]);
        assert_eq!((book.best(Side::Buy), book.best(Side::Sell)), (Some(49), Some(53)));
        book.take(Side::Sell, None, Quantity(100));
        assert_eq!((book.best(Side::Buy), live(&book).len()), (None, 1));
    }

    #[test]
    fn an_order_leaves_its_queue_from_any_place_in_it() {
        for gone in 1..=3 {
            let mut book = Book::new(0, 100);
            let slots: Vec<Slot> =
                (1..=3).map(|order| rest(&mut book, order, Side::Buy, 50, 10)).collect();
            let slot = slots[usize::try_from(gone - 1).unwrap()];
            assert!(book.holds(slot, OrderId(gone)));
            book.remove(slot);
            assert!(!book.holds(slot, OrderId(gone)));
            rest(&mut book, 4, Side::Buy, 50, 10);
            assert!(!book.holds(slot, OrderId(gone)), "the slot is another order's now");
            book.take(Side::Sell, None, Quantity(25));
            assert_eq!(live(&book), [(4, 5, 5)]);
        }
    }
}
