//! Matching: an incoming order against the other side (rules M1 to M5, self-trade prevention).

use shadowbook_model::{
    CancelReason, Event, EventBuffer, Fill, Price, Quantity, SelfTrade, TradeId,
};

use crate::book::{Book, at};
use crate::ladder::Rank;
use crate::order::{Incoming, Order};
use crate::slab::Slot;

impl Book {
    /// Trades an incoming order for as long as prices cross and quantity remains.
    ///
    /// Nothing is open any more afterwards when it is filled, or when self-trade prevention ended
    /// it.
    #[inline]
    pub(crate) fn sweep(&mut self, taker: &mut Incoming, limit: Rank, events: &mut EventBuffer) {
        while taker.order.is_live() {
            let opposite = &self.sides[at(taker.order.side.opposite())];
            let Some((_, level)) = opposite.best() else { return };
            if level.rank > limit {
                return;
            }
            let price = opposite.price(level.rank);
            let front = level.front.expect("a level has orders");
            if self.orders.is_own(taker, front) {
                self.prevent_self_trade(taker, front, events);
            } else {
                self.trade(taker, front, price, events);
            }
        }
    }

    /// One fill, at the maker's price.
    #[inline]
    fn trade(&mut self, taker: &mut Incoming, slot: Slot, price: Price, events: &mut EventBuffer) {
        let Order { id: maker, open, .. } = self.orders[slot];
        let quantity = taker.order.open.min(open);
        let maker_open = Quantity(open.0 - quantity.0);
        let taker_open = Quantity(taker.order.open.0 - quantity.0);
        taker.order.open = taker_open;
        taker.details.executed.0 += quantity.0;
        let trade = self.next_trade;
        self.next_trade = TradeId(trade.0 + 1);
        self.last_trade = Some(price);
        let taker = taker.order.id;
        events.push(Fill { trade, maker, taker, price, quantity, maker_open, taker_open });
        if maker_open.is_zero() {
            self.unlist(slot);
            self.take(slot);
        } else {
            self.orders[slot].open = maker_open;
            self.orders.details_mut(slot).executed.0 += quantity.0;
        }
    }

    /// What happens instead of a fill between two orders of one account.
    #[inline(never)]
    fn prevent_self_trade(&mut self, taker: &mut Incoming, slot: Slot, events: &mut EventBuffer) {
        let reason = CancelReason::SelfTrade;
        match taker.order.self_trade {
            SelfTrade::None => unreachable!("this mode lets an account trade with itself"),
            SelfTrade::CancelOldest => self.cancel_resting(slot, reason, events),
            SelfTrade::CancelBoth => {
                self.cancel_resting(slot, reason, events);
                cancel_incoming(&mut taker.order, events);
            }
            SelfTrade::CancelNewest => cancel_incoming(&mut taker.order, events),
            SelfTrade::Decrement => self.decrement(&mut taker.order, slot, events),
        }
    }

    /// Both shrink by the smaller open quantity; the one with nothing left is gone.
    fn decrement(&mut self, taker: &mut Order, slot: Slot, events: &mut EventBuffer) {
        let resting = self.orders[slot];
        let quantity = taker.open.min(resting.open);
        if quantity == resting.open {
            self.cancel_resting(slot, CancelReason::SelfTrade, events);
        } else {
            let open = Quantity(resting.open.0 - quantity.0);
            self.orders[slot].open = open;
            events.push(Event::Reduced { order: resting.id, quantity, open });
        }
        if quantity == taker.open {
            cancel_incoming(taker, events);
        } else {
            taker.open.0 -= quantity.0;
            events.push(Event::Reduced { order: taker.id, quantity, open: taker.open });
        }
    }

    /// Whether a `fok` order would be filled wholly (rules M5, S3).
    pub(crate) fn can_fill(&self, taker: &Incoming, limit: Rank) -> bool {
        let ladder = &self.sides[at(taker.order.side.opposite())];
        let mut missing = taker.order.open.0;
        let mut at = ladder.best().map(|(slot, _)| slot);
        while let Some(level) = at.map(|slot| ladder.level(slot)).filter(|to| to.rank <= limit) {
            let mut front = level.front;
            while let Some(slot) = front {
                let resting = &self.orders[slot];
                if !self.orders.is_own(taker, slot) {
                    missing = missing.saturating_sub(resting.open.0);
                    if missing == 0 {
                        return true;
                    }
                } else if taker.order.self_trade != SelfTrade::CancelOldest {
                    return false;
                }
                front = resting.next;
            }
            at = level.worse;
        }
        false
    }
}

/// Ends an incoming order; what is left of it never rests (rule S1).
fn cancel_incoming(taker: &mut Order, events: &mut EventBuffer) {
    let (quantity, reason) = (taker.open, CancelReason::SelfTrade);
    events.push(Event::Canceled { order: taker.id, quantity, reason });
    taker.open = Quantity::ZERO;
}
