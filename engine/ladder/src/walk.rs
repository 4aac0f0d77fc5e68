//! Shows the state of a book: listings, digests and snapshots are visitors of this walk.

use shadowbook_model::{
    InstrumentState, OrderState, PlainOrder, Price, Quantity, Side, StateVisitor, TimeInForce,
    Visibility,
};

use crate::arrive::Terms;
use crate::book::{Book, at};
use crate::ladder::{Ladder, Level};
use crate::order::{Incoming, Orders};
use crate::slab::Slot;

/// Queues that are followed at the same time.
///
/// Each step of a list waits for memory. The steps of different lists do not wait for one
/// another, so following many at once costs little more than following one.
const LANES: usize = 16;
/// A queue that is being followed.
#[derive(Debug, Default)]
struct Lane {
    price: Price,
    next: Option<Slot>,
    /// The queue that comes after this one.
    hidden: Option<Slot>,
    found: Vec<Incoming>,
}

impl Lane {
    fn start(&mut self, price: Price, level: &Level) {
        self.price = price;
        self.hidden = level.hidden.front;
        self.next = level.displayed.front.or_else(|| self.hidden.take());
        self.found.clear();
    }
}

/// Follows all lanes in turn, a step each, until every one is at its end.
fn follow(lanes: &mut [Lane], orders: &Orders) {
    let mut any = true;
    while any {
        any = false;
        for lane in &mut *lanes {
            if let Some(slot) = lane.next {
                let found = orders.get(slot);
                lane.next = found.order.next.or_else(|| lane.hidden.take());
                lane.found.push(found);
                any = true;
            }
        }
    }
}

/// An order that shows all of itself on a level.
#[inline]
fn plain(found: &Incoming, price: Price) -> PlainOrder {
    let Incoming { order, details } = found;
    let is_gtd = order.time_in_force == TimeInForce::Gtd;
    PlainOrder {
        order: order.id,
        account: details.account,
        arrival: details.arrival,
        price,
        open: order.open,
        executed: details.executed,
        expire_time: is_gtd.then_some(details.expire_time),
        side: order.side,
        order_type: order.traits.order_type(),
        time_in_force: order.time_in_force,
        post_only: order.traits.is_post_only(),
        self_trade: order.self_trade,
    }
}

impl Book {
    /// Shows everything in canonical order. Generic, so that a digest is inlined into the walk.
    pub(crate) fn walk<V: StateVisitor + ?Sized>(&self, visitor: &mut V) {
        visitor.instrument(&InstrumentState {
            phase: self.phase,
            last_trade: self.last_trade,
            next_trade: self.next_trade,
            arrivals: self.arrivals,
        });
        let mut lanes: [Lane; LANES] = Default::default();
        for side in [Side::Buy, Side::Sell] {
            for slot in self.markets[at(side)].iter(&self.orders) {
                self.show_unusual(&self.orders.get(slot), visitor);
            }
            self.walk_levels(&self.sides[at(side)], &mut lanes, visitor);
        }
        for wait in self.waiting.iter() {
            self.show_unusual(&self.orders.get(wait.order), visitor);
        }
    }

    fn walk_levels<V: StateVisitor + ?Sized>(
        &self,
        ladder: &Ladder,
        lanes: &mut [Lane; LANES],
        visitor: &mut V,
    ) {
        let mut at = ladder.best().map(|(slot, _)| slot);
        while at.is_some() {
            let mut used = 0;
            while let Some(slot) = at.filter(|_| used < LANES) {
                let level = ladder.level(slot);
                lanes[used].start(ladder.price(level.rank), level);
                used += 1;
                at = level.worse;
            }
            follow(&mut lanes[..used], &self.orders);
            for lane in &lanes[..used] {
                self.show(lane, visitor);
            }
        }
    }

    /// Shows what was found in a lane.
    fn show<V: StateVisitor + ?Sized>(&self, lane: &Lane, visitor: &mut V) {
        for found in &lane.found {
            if found.order.traits.is_unusual() {
                self.show_unusual(found, visitor);
            } else {
                visitor.plain(&plain(found, lane.price));
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn show_unusual<V: StateVisitor + ?Sized>(&self, found: &Incoming, visitor: &mut V) {
        visitor.order(&self.unusual_state_of(found));
    }

    /// The state of any live order.
    fn unusual_state_of(&self, found: &Incoming) -> OrderState {
        let slot = self.find(found.order.id).expect("an order is found by its id");
        let Terms { price, display, min } = self.terms_of(slot);
        let visibility = match display {
            None => Visibility::Full,
            Some(Quantity::ZERO) => Visibility::Hidden,
            Some(display) => Visibility::Iceberg { display, slice: self.icebergs.get(slot).slice },
        };
        OrderState {
            price,
            visibility,
            min_quantity: min,
            trigger: self.trigger_state(slot),
            ..OrderState::from(&plain(found, price.unwrap_or_default()))
        }
    }
}
