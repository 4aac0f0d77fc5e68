//! Matching: an incoming order against the other side (rules M1 to M5, self-trade prevention).

use shadowbook_model::{
    CancelReason, Event, EventBuffer, Fill, Matching, Price, Quantity, SelfTrade, TradeId,
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
        if self.matching == Matching::ProRata {
            return self.sweep_pro_rata(taker, limit, events);
        }
        while taker.order.is_live() {
            let opposite = &self.sides[at(taker.order.side.opposite())];
            let Some((_, level)) = opposite.best() else { return };
            if level.rank > limit {
                return;
            }
            let price = opposite.price(level.rank);
            let first = level.first();
            if self.orders.is_own(taker, first) {
                self.prevent_self_trade(taker, first, events);
            } else {
                self.trade(taker, first, price, events);
            }
        }
    }

    /// One fill of what shows of a maker, or of all of it where it is hidden.
    #[inline]
    pub(crate) fn trade(
        &mut self,
        taker: &mut Incoming,
        slot: Slot,
        price: Price,
        events: &mut EventBuffer,
    ) {
        let quantity = taker.order.open.min(self.shown(slot));
        self.fill(taker, slot, price, quantity, events);
    }

    /// One fill, at the maker's price.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        taker: &mut Incoming,
        slot: Slot,
        price: Price,
        quantity: Quantity,
        events: &mut EventBuffer,
    ) {
        let Order { id: maker, open, traits, .. } = self.orders[slot];
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
            if traits.is_iceberg() {
                self.use_slice(slot, quantity);
            }
        }
    }

    /// Takes from what shows of an iceberg; the next slice goes to the back (rule O4).
    #[cold]
    #[inline(never)]
    fn use_slice(&mut self, slot: Slot, quantity: Quantity) {
        let Order { open, side, .. } = self.orders[slot];
        let iceberg = self.icebergs.get_mut(slot);
        iceberg.slice.0 -= quantity.0;
        if iceberg.slice.is_zero() {
            iceberg.refresh(open);
            self.sides[at(side)].requeue(&mut self.orders, slot);
        }
    }

    /// What happens instead of a fill between two orders of one account.
    #[inline(never)]
    pub(crate) fn prevent_self_trade(
        &mut self,
        taker: &mut Incoming,
        slot: Slot,
        events: &mut EventBuffer,
    ) {
        let reason = CancelReason::SelfTrade;
        match taker.order.self_trade {
            SelfTrade::None => unreachable!("this mode lets an account trade with itself"),
            SelfTrade::CancelOldest => self.cancel_live(slot, reason, events),
            SelfTrade::CancelBoth => {
                self.cancel_live(slot, reason, events);
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
            self.cancel_live(slot, CancelReason::SelfTrade, events);
        } else {
            let open = Quantity(resting.open.0 - quantity.0);
            self.orders[slot].open = open;
            if resting.traits.is_iceberg() {
                let iceberg = self.icebergs.get_mut(slot);
                iceberg.slice = iceberg.slice.min(open);
            }
            events.push(Event::Reduced { order: resting.id, quantity, open });
        }
        if quantity == taker.open {
            cancel_incoming(taker, events);
        } else {
            taker.open.0 -= quantity.0;
            events.push(Event::Reduced { order: taker.id, quantity, open: taker.open });
        }
    }
}

/// Ends an incoming order; what is left of it never rests (rule S1).
fn cancel_incoming(taker: &mut Order, events: &mut EventBuffer) {
    let (quantity, reason) = (taker.open, CancelReason::SelfTrade);
    events.push(Event::Canceled { order: taker.id, quantity, reason });
    taker.open = Quantity::ZERO;
}
