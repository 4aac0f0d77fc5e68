//! Matching that shares a level among its displayed orders (rule M7).

use shadowbook_model::{Arrival, EventBuffer, Price, Quantity};

use crate::book::{Book, at};
use crate::ladder::Rank;
use crate::order::Incoming;
use crate::slab::Slot;

/// What one displayed order has and gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    slot: Slot,
    /// Its place in the queue.
    place: usize,
    arrival: Arrival,
    shown: u64,
    gets: u64,
}

impl Book {
    /// Trades an incoming order for as long as prices cross and quantity remains.
    #[cold]
    #[inline(never)]
    pub(crate) fn sweep_pro_rata(
        &mut self,
        taker: &mut Incoming,
        limit: Rank,
        events: &mut EventBuffer,
    ) {
        while taker.order.is_live() {
            let opposite = &self.sides[at(taker.order.side.opposite())];
            let Some((_, level)) = opposite.best().filter(|(_, level)| level.rank <= limit) else {
                return;
            };
            let price = opposite.price(level.rank);
            match (level.displayed.front, level.hidden.front) {
                (Some(front), _) => {
                    if !self.deal_with_own(taker, front, events) {
                        self.share_level(taker, front, price, events);
                    }
                }
                (None, Some(hidden)) if self.orders.is_own(taker, hidden) => {
                    self.prevent_self_trade(taker, hidden, events);
                }
                (None, Some(hidden)) => self.trade(taker, hidden, price, events),
                (None, None) => unreachable!("a level has orders"),
            }
        }
    }

    /// Prevents trades with the displayed orders of the taker's account, in queue order. Gives
    /// whether there was one; the level may be gone then.
    fn deal_with_own(
        &mut self,
        taker: &mut Incoming,
        front: Slot,
        events: &mut EventBuffer,
    ) -> bool {
        if !taker.prevents_self_trade() {
            return false;
        }
        let mut own = std::mem::take(&mut self.own);
        let mut next = Some(front);
        while let Some(slot) = next {
            if self.orders.is_own(taker, slot) {
                own.push(slot);
            }
            next = self.orders[slot].next;
        }
        let is_any = !own.is_empty();
        for slot in own.drain(..) {
            if !taker.order.is_live() {
                break;
            }
            self.prevent_self_trade(taker, slot, events);
        }
        self.own = own;
        is_any
    }

    /// Shares the incoming quantity among the displayed queue that begins here.
    fn share_level(
        &mut self,
        taker: &mut Incoming,
        front: Slot,
        price: Price,
        events: &mut EventBuffer,
    ) {
        let mut shares = std::mem::take(&mut self.shares);
        let mut next = Some(front);
        while let Some(slot) = next {
            let (place, shown) = (shares.len(), self.shown(slot).0);
            let arrival = self.orders.details(slot).arrival;
            shares.push(Share { slot, place, arrival, shown, gets: shown });
            next = self.orders[slot].next;
        }
        divide(&mut shares, taker.order.open.0);
        for share in shares.drain(..).filter(|share| share.gets > 0) {
            self.fill(taker, share.slot, price, Quantity(share.gets), events);
        }
        self.shares = shares;
    }
}

/// Lowers what each gets to its share of a quantity that is less than all of it together.
fn divide(shares: &mut [Share], quantity: u64) {
    let total: u128 = shares.iter().map(|share| u128::from(share.shown)).sum();
    if u128::from(quantity) >= total {
        return;
    }
    let mut left = quantity;
    for share in &mut *shares {
        // Two factors below 2^64, and a share that is not above the first.
        let part = u128::from(quantity) * u128::from(share.shown) / total;
        share.gets = u64::try_from(part).expect("a part of a quantity is not above it");
        left -= share.gets;
    }
    if left == 0 {
        return;
    }
    // The oldest by arrival (rule U8), who is not at the front when its slice was refreshed.
    let is_by_arrival = shares.is_sorted_by_key(|share| share.arrival);
    if !is_by_arrival {
        shares.sort_unstable_by_key(|share| share.arrival);
    }
    for share in &mut *shares {
        let more = left.min(share.shown - share.gets);
        share.gets += more;
        left -= more;
    }
    if !is_by_arrival {
        shares.sort_unstable_by_key(|share| share.place);
    }
}
