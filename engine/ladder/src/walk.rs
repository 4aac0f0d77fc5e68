//! Shows the state of a book: listings, digests and snapshots are visitors of this walk.

use shadowbook_model::{
    InstrumentState, OrderState, OrderType, Price, StateVisitor, TimeInForce, Visibility,
};

use crate::book::Book;
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
    found: Vec<Incoming>,
}

impl Lane {
    fn start(&mut self, price: Price, front: Option<Slot>) {
        self.price = price;
        self.next = front;
        self.found.clear();
    }

    /// Shows what was found.
    fn show<V: StateVisitor + ?Sized>(&self, visitor: &mut V) {
        for found in &self.found {
            visitor.order(&state_of(found, self.price));
        }
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
                lane.next = found.order.next;
                lane.found.push(found);
                any = true;
            }
        }
    }
}

#[inline]
fn state_of(found: &Incoming, price: Price) -> OrderState {
    let Incoming { order, details } = found;
    let is_gtd = order.time_in_force == TimeInForce::Gtd;
    OrderState {
        order: order.id,
        account: details.account,
        arrival: details.arrival,
        price: Some(price),
        open: order.open,
        executed: details.executed,
        visibility: Visibility::Full,
        expire_time: is_gtd.then_some(details.expire_time),
        min_quantity: None,
        trigger: None,
        side: order.side,
        order_type: OrderType::Limit,
        time_in_force: order.time_in_force,
        post_only: order.post_only,
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
        for ladder in &self.sides {
            let mut at = ladder.best().map(|(slot, _)| slot);
            while at.is_some() {
                let mut used = 0;
                while let Some(slot) = at.filter(|_| used < LANES) {
                    let level = ladder.level(slot);
                    lanes[used].start(ladder.price(level.rank), level.front);
                    used += 1;
                    at = level.worse;
                }
                follow(&mut lanes[..used], &self.orders);
                for lane in &lanes[..used] {
                    lane.show(visitor);
                }
            }
        }
    }
}
