//! The live orders of one instrument, as commands and events say that they must be.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use shadowbook_model::{
    Arrival, Instrument, OrderId, Phase, Price, Quantity, Side, SoundSnapshot, TimeNs,
};

use super::numbers::TradeNumbers;
use super::order::{Order, Shows, Whereabouts};
use super::slab::{Slab, Slot};
use super::waiting::Waiting;

/// A queue of orders, linked through the orders themselves.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Queue {
    pub(super) front: Option<Slot>,
    back: Option<Slot>,
}

/// The orders of one side at one price.
#[derive(Clone, Debug)]
pub(super) struct Level {
    pub(super) price: Price,
    pub(super) displayed: Queue,
    pub(super) hidden: Queue,
    /// What is open in both queues.
    pub(super) open: u128,
}

/// One side of the book.
#[derive(Clone, Debug, Default)]
pub(super) struct BookSide {
    /// From the rank of a price, the best being lowest, to its level.
    levels: BTreeMap<i64, Slot>,
    /// The first of them.
    best: Option<(i64, Slot)>,
    /// Market orders that wait for an uncross.
    pub(super) markets: Queue,
}

/// Everything that is known of one instrument.
#[derive(Clone, Debug)]
pub(super) struct Shadow {
    pub(super) instrument: Instrument,
    pub(super) phase: Phase,
    pub(super) last_trade: Option<Price>,
    pub(super) arrivals: Arrival,
    pub(super) numbers: TradeNumbers,
    pub(super) waiting: Waiting,
    /// The book was found crossed, and said to be.
    pub(super) is_known_crossed: bool,
    orders: Slab<Order>,
    ids: FxHashMap<OrderId, Slot>,
    levels: Slab<Level>,
    bids: BookSide,
    asks: BookSide,
    expiries: BTreeSet<(TimeNs, Arrival, OrderId)>,
}

/// Where a price stands on its side: better prices have lower ranks. Turning all bits turns the
/// order around without overflow.
#[inline]
const fn rank(side: Side, price: Price) -> i64 {
    match side {
        Side::Buy => !price.0,
        Side::Sell => price.0,
    }
}

impl Shadow {
    pub(super) fn new(instrument: &Instrument) -> Self {
        Self {
            phase: instrument.phase,
            instrument: instrument.clone(),
            last_trade: None,
            arrivals: Arrival(0),
            numbers: TradeNumbers::default(),
            waiting: Waiting::default(),
            is_known_crossed: false,
            orders: Slab::new(),
            ids: FxHashMap::default(),
            levels: Slab::new(),
            bids: BookSide::default(),
            asks: BookSide::default(),
            expiries: BTreeSet::new(),
        }
    }

    /// Begins again from a snapshot.
    pub(super) fn restore(&mut self, snapshot: SoundSnapshot<'_>) {
        *self = Self::new(&self.instrument);
        self.phase = snapshot.state.phase;
        self.last_trade = snapshot.state.last_trade;
        self.arrivals = snapshot.state.arrivals;
        self.numbers.begin_at(snapshot.state.next_trade.0);
        for state in &snapshot.orders {
            let slot = self.insert(Order::restored(state));
            if state.trigger.is_some() {
                self.wait(slot);
            } else {
                let slice = self.orders[slot].slice;
                self.rest(slot);
                self.orders[slot].slice = slice;
            }
        }
        self.waiting.is_settled = true;
    }

    #[inline]
    pub(super) fn find(&self, id: OrderId) -> Option<Slot> {
        self.ids.get(&id).copied()
    }

    #[inline]
    pub(super) fn order(&self, slot: Slot) -> &Order {
        &self.orders[slot]
    }

    #[inline]
    pub(super) fn order_mut(&mut self, slot: Slot) -> &mut Order {
        &mut self.orders[slot]
    }

    #[inline]
    pub(super) const fn side(&self, side: Side) -> &BookSide {
        match side {
            Side::Buy => &self.bids,
            Side::Sell => &self.asks,
        }
    }

    const fn side_mut(&mut self, side: Side) -> &mut BookSide {
        match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        }
    }

    /// The best level of a side.
    #[inline]
    pub(super) fn best(&self, side: Side) -> Option<&Level> {
        self.side(side).best.map(|(_, level)| &self.levels[level])
    }

    /// The levels of a side, the best first.
    pub(super) fn levels(&self, side: Side) -> impl DoubleEndedIterator<Item = &Level> {
        self.side(side).levels.values().map(|level| &self.levels[*level])
    }

    /// The orders of a queue, from the front.
    pub(super) fn queue(&self, queue: Queue) -> impl Iterator<Item = Slot> {
        std::iter::successors(queue.front, |slot| self.orders[*slot].behind)
    }

    /// Whether a bid stands at or above an ask.
    #[inline]
    pub(super) fn is_crossed(&self) -> bool {
        match (self.bids.best, self.asks.best) {
            (Some((bid, _)), Some((ask, _))) => !bid >= ask,
            _ => false,
        }
    }

    /// The next arrival.
    #[inline]
    pub(super) const fn arrive(&mut self) -> Arrival {
        self.arrivals.0 = self.arrivals.0.saturating_add(1);
        self.arrivals
    }

    /// Takes an order in, into no queue yet. A live namesake is forgotten: nothing can name it.
    #[inline]
    pub(super) fn insert(&mut self, order: Order) -> Slot {
        let (id, expiry) = (order.id, order.expire_time.map(|time| (time, order.arrival)));
        let slot = self.orders.insert(order);
        if let Some(namesake) = self.ids.insert(id, slot) {
            self.forget(namesake, id);
        }
        if let Some((time, arrival)) = expiry {
            self.expiries.insert((time, arrival, id));
        }
        slot
    }

    #[cold]
    fn forget(&mut self, slot: Slot, id: OrderId) {
        self.unlink(slot);
        self.forget_expiry(slot, id);
        self.orders[slot].whereabouts = Whereabouts::Gone;
        self.orders.free(slot);
    }

    /// Ends an order.
    #[inline]
    pub(super) fn remove(&mut self, slot: Slot) {
        self.unlink(slot);
        let order = &mut self.orders[slot];
        order.whereabouts = Whereabouts::Gone;
        let id = order.id;
        if order.expire_time.is_some() {
            self.forget_expiry(slot, id);
        }
        self.ids.remove(&id);
        self.orders.free(slot);
    }

    /// Nothing more is asked of this order.
    pub(super) fn lose_sight(&mut self, slot: Slot) {
        self.unlink(slot);
        let id = self.orders[slot].id;
        self.forget_expiry(slot, id);
        self.orders[slot].whereabouts = Whereabouts::Unknown;
    }

    pub(super) fn forget_expiry(&mut self, slot: Slot, id: OrderId) {
        let order = &self.orders[slot];
        if let Some(time) = order.expire_time {
            self.expiries.remove(&(time, order.arrival, id));
        }
    }

    /// The first order that has expired by now.
    #[inline]
    pub(super) fn first_expired(&self, now: TimeNs) -> Option<Slot> {
        let (time, _, id) = self.expiries.first()?;
        if *time <= now { self.find(*id) } else { None }
    }

    /// Every order that has expired by now, in the order in which they do.
    pub(super) fn expired(&self, now: TimeNs) -> impl Iterator<Item = Slot> {
        let due = self.expiries.iter().take_while(move |(time, ..)| *time <= now);
        due.filter_map(|(.., id)| self.find(*id))
    }

    /// Gives an order another id.
    pub(super) fn rename(&mut self, slot: Slot, id: OrderId) {
        let order = &self.orders[slot];
        let (old, expiry) = (order.id, order.expire_time.map(|time| (time, order.arrival)));
        if old == id {
            return;
        }
        self.ids.remove(&old);
        if let Some((time, arrival)) = expiry
            && self.expiries.remove(&(time, arrival, old))
        {
            self.expiries.insert((time, arrival, id));
        }
        self.orders[slot].id = id;
        if let Some(namesake) = self.ids.insert(id, slot) {
            self.forget(namesake, id);
        }
    }

    /// Gives an order that is in no queue a new arrival.
    pub(super) fn arrive_again(&mut self, slot: Slot) {
        let arrival = self.arrive();
        let order = &mut self.orders[slot];
        let (time, old, id) = (order.expire_time, order.arrival, order.id);
        order.arrival = arrival;
        if let Some(time) = time
            && self.expiries.remove(&(time, old, id))
        {
            self.expiries.insert((time, arrival, id));
        }
    }

    /// Puts an order that is in no queue at the back of the one where it belongs.
    #[inline]
    pub(super) fn rest(&mut self, slot: Slot) {
        let order = &self.orders[slot];
        let side = order.side;
        if order.order_type.is_market_type() {
            self.orders[slot].whereabouts = Whereabouts::Market;
            let mut queue = self.side(side).markets;
            self.push_back(&mut queue, slot);
            self.side_mut(side).markets = queue;
            return;
        }
        let (price, open, is_hidden) = (order.price, order.open, order.shows == Shows::Nothing);
        let level = self.level_at(side, price);
        let order = &mut self.orders[slot];
        order.slice = order.fresh_slice();
        order.level = Some(level);
        order.whereabouts = if is_hidden { Whereabouts::Hidden } else { Whereabouts::Displayed };
        self.levels[level].open += u128::from(open.0);
        self.push_back_at(level, is_hidden, slot);
    }

    fn push_back_at(&mut self, level: Slot, is_hidden: bool, slot: Slot) {
        let at = &self.levels[level];
        let mut queue = if is_hidden { at.hidden } else { at.displayed };
        self.push_back(&mut queue, slot);
        let at = &mut self.levels[level];
        *(if is_hidden { &mut at.hidden } else { &mut at.displayed }) = queue;
    }

    fn level_at(&mut self, side: Side, price: Price) -> Slot {
        let rank = rank(side, price);
        if let Some((best, level)) = self.side(side).best
            && best == rank
        {
            return level;
        }
        let book = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        let levels = &mut self.levels;
        let level = *book.levels.entry(rank).or_insert_with(|| {
            let (displayed, hidden) = (Queue::default(), Queue::default());
            levels.insert(Level { price, displayed, hidden, open: 0 })
        });
        if book.best.is_none_or(|(best, _)| rank < best) {
            book.best = Some((rank, level));
        }
        level
    }

    #[inline]
    fn push_back(&mut self, queue: &mut Queue, slot: Slot) {
        let before = queue.back;
        let order = &mut self.orders[slot];
        order.before = before;
        order.behind = None;
        match before {
            Some(before) => self.orders[before].behind = Some(slot),
            None => queue.front = Some(slot),
        }
        queue.back = Some(slot);
    }

    fn push_front(&mut self, queue: &mut Queue, slot: Slot) {
        let behind = queue.front;
        let order = &mut self.orders[slot];
        order.before = None;
        order.behind = behind;
        match behind {
            Some(behind) => self.orders[behind].before = Some(slot),
            None => queue.back = Some(slot),
        }
        queue.front = Some(slot);
    }

    #[inline]
    fn pull(&mut self, queue: &mut Queue, slot: Slot) {
        let order = &mut self.orders[slot];
        let (before, behind) = (order.before.take(), order.behind.take());
        match before {
            Some(before) => self.orders[before].behind = behind,
            None => queue.front = behind,
        }
        match behind {
            Some(behind) => self.orders[behind].before = before,
            None => queue.back = before,
        }
    }

    /// Takes an order out of whatever queue it is in.
    #[inline]
    pub(super) fn unlink(&mut self, slot: Slot) {
        let order = &self.orders[slot];
        let (side, price, open) = (order.side, order.price, order.open);
        match order.whereabouts {
            Whereabouts::Displayed | Whereabouts::Hidden => {
                let is_hidden = order.whereabouts == Whereabouts::Hidden;
                let Some(level) = order.level else { return };
                let at = &self.levels[level];
                let mut queue = if is_hidden { at.hidden } else { at.displayed };
                self.pull(&mut queue, slot);
                let at = &mut self.levels[level];
                at.open -= u128::from(open.0);
                *(if is_hidden { &mut at.hidden } else { &mut at.displayed }) = queue;
                if at.displayed.front.is_none() && at.hidden.front.is_none() {
                    self.drop_level(side, price, level);
                }
            }
            Whereabouts::Market => {
                let mut queue = self.side(side).markets;
                self.pull(&mut queue, slot);
                self.side_mut(side).markets = queue;
            }
            Whereabouts::Waiting => self.waiting.remove(&self.orders[slot]),
            Whereabouts::Gone | Whereabouts::Incoming | Whereabouts::Unknown => {}
        }
        let order = &mut self.orders[slot];
        order.level = None;
        order.whereabouts = Whereabouts::Incoming;
    }

    fn drop_level(&mut self, side: Side, price: Price, level: Slot) {
        let rank = rank(side, price);
        self.levels.free(level);
        let book = self.side_mut(side);
        book.levels.remove(&rank);
        if book.best.is_some_and(|(best, _)| best == rank) {
            book.best = book.levels.first_key_value().map(|(rank, level)| (*rank, *level));
        }
    }

    /// Lets an order that is in no queue wait for its trigger.
    pub(super) fn wait(&mut self, slot: Slot) {
        let order = &mut self.orders[slot];
        order.whereabouts = Whereabouts::Waiting;
        order.slice = Quantity::ZERO;
        self.waiting.insert(order, slot);
    }

    /// Says what is open of an order, where it stands.
    #[inline]
    pub(super) fn set_open(&mut self, slot: Slot, open: Quantity) {
        let order = &mut self.orders[slot];
        let before = std::mem::replace(&mut order.open, open);
        order.slice = order.slice.min(open);
        if let Some(level) = order.level {
            let total = &mut self.levels[level].open;
            *total = *total - u128::from(before.0) + u128::from(open.0);
        }
    }

    /// A resting order traded: what is left is `open`. A slice that is used up is followed by the
    /// next, at the back.
    #[inline]
    pub(super) fn trade(&mut self, slot: Slot, quantity: Quantity, open: Quantity) {
        let order = &mut self.orders[slot];
        order.executed.0 = order.executed.0.saturating_add(quantity.0);
        let slice = Quantity(order.slice.0.saturating_sub(quantity.0));
        let is_used_up = order.shows == Shows::Slices && slice.is_zero();
        if open.is_zero() {
            self.remove(slot);
            return;
        }
        self.set_open(slot, open);
        if is_used_up && self.orders[slot].whereabouts == Whereabouts::Displayed {
            self.refresh(slot);
        } else {
            self.orders[slot].slice = slice.min(open);
        }
    }

    fn refresh(&mut self, slot: Slot) {
        let order = &mut self.orders[slot];
        order.slice = order.fresh_slice();
        let Some(level) = order.level else { return };
        let mut queue = self.levels[level].displayed;
        self.pull(&mut queue, slot);
        self.push_back(&mut queue, slot);
        self.levels[level].displayed = queue;
    }

    /// The events say that it is the next of its queue.
    pub(super) fn move_to_front(&mut self, slot: Slot) {
        let order = &self.orders[slot];
        let is_hidden = order.whereabouts == Whereabouts::Hidden;
        let Some(level) = order.level else { return };
        let at = &self.levels[level];
        let mut queue = if is_hidden { at.hidden } else { at.displayed };
        self.pull(&mut queue, slot);
        self.push_front(&mut queue, slot);
        let at = &mut self.levels[level];
        *(if is_hidden { &mut at.hidden } else { &mut at.displayed }) = queue;
    }

    /// The incoming order traded.
    #[inline]
    pub(super) fn take(&mut self, slot: Slot, quantity: Quantity, open: Quantity) {
        let order = &mut self.orders[slot];
        order.executed.0 = order.executed.0.saturating_add(quantity.0);
        order.open = open;
    }

    /// An order traded in an uncross, in its place (rule P5).
    pub(super) fn trade_in_auction(&mut self, slot: Slot, quantity: Quantity, open: Quantity) {
        let order = &mut self.orders[slot];
        order.executed.0 = order.executed.0.saturating_add(quantity.0);
        if open.is_zero() {
            self.remove(slot);
            return;
        }
        self.set_open(slot, open);
        let order = &mut self.orders[slot];
        order.slice = order.fresh_slice();
    }

    /// The price at which an order just traded.
    #[inline]
    pub(super) fn set_last_trade(&mut self, price: Price) {
        if self.last_trade != Some(price) {
            self.last_trade = Some(price);
            self.waiting.is_settled = false;
        }
    }

    pub(super) const fn enter_phase(&mut self, phase: Phase) {
        self.phase = phase;
        self.waiting.is_settled = false;
    }

    /// Looks at the last trade for the triggers: the elected order that arrived first.
    pub(super) fn look(&mut self) -> Option<Slot> {
        self.waiting.look(self.last_trade?, &mut self.orders)
    }

    /// The live orders that are where the auditor thinks, by arrival.
    pub(super) fn by_arrival(&self, is_wanted: impl Fn(&Order) -> bool) -> Vec<Slot> {
        let is_live =
            |order: &Order| !matches!(order.whereabouts, Whereabouts::Gone | Whereabouts::Unknown);
        let mut found: Vec<Slot> = self
            .orders
            .slots()
            .filter(|slot| is_live(&self.orders[*slot]) && is_wanted(&self.orders[*slot]))
            .collect();
        found.sort_unstable_by_key(|slot| self.orders[*slot].arrival);
        found
    }
}
