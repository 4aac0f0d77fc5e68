//! Matching: an incoming order against the other side (rules M1 to M5, self-trade prevention).

use shadowbook_model::{
    CancelReason, Event, EventBuffer, Fill, Price, Quantity, SelfTrade, TradeId,
};

use crate::book::{Book, at};
use crate::ladder::Rank;
use crate::order::Order;
use crate::slab::Slot;

impl Book {
    /// Trades an incoming order for as long as prices cross and quantity remains.
    ///
    /// Nothing is open any more afterwards when it is filled, or when self-trade prevention ended
    /// it.
    #[inline]
    pub(crate) fn sweep(&mut self, taker: &mut Order, limit: Rank, events: &mut EventBuffer) {
        while taker.is_live() {
            let opposite = &self.sides[at(taker.side.opposite())];
            let Some((_, level)) = opposite.best() else { return };
            if level.rank > limit {
                return;
            }
            let price = opposite.price(level.rank);
            let front = level.front.expect("a level has orders");
            if taker.is_kept_from(&self.orders[front]) {
                self.prevent_self_trade(taker, front, events);
            } else {
                self.trade(taker, front, price, events);
            }
        }
    }

    /// One fill, at the maker's price.
    #[inline]
    fn trade(&mut self, taker: &mut Order, slot: Slot, price: Price, events: &mut EventBuffer) {
        let maker = &mut self.orders[slot];
        let quantity = taker.open.min(maker.open);
        maker.open.0 -= quantity.0;
        maker.executed.0 += quantity.0;
        taker.open.0 -= quantity.0;
        taker.executed.0 += quantity.0;
        let (id, level, maker_open) = (maker.id, maker.level, maker.open);
        let trade = self.next_trade;
        self.next_trade = TradeId(trade.0 + 1);
        self.last_trade = Some(price);
        let (maker, taker_open) = (id, taker.open);
        let fill = Fill { trade, maker, taker: taker.id, price, quantity, maker_open, taker_open };
        events.push(fill);
        self.sides[at(taker.side.opposite())].lower(level, quantity);
        if maker_open.is_zero() {
            self.unlist(slot);
            self.take_unlisted(slot);
        }
    }

    /// What happens instead of a fill between two orders of one account.
    #[inline(never)]
    fn prevent_self_trade(&mut self, taker: &mut Order, slot: Slot, events: &mut EventBuffer) {
        let reason = CancelReason::SelfTrade;
        match taker.self_trade {
            SelfTrade::None => unreachable!("this mode lets an account trade with itself"),
            SelfTrade::CancelOldest => self.cancel_resting(slot, reason, events),
            SelfTrade::CancelBoth => {
                self.cancel_resting(slot, reason, events);
                cancel_incoming(taker, events);
            }
            SelfTrade::CancelNewest => cancel_incoming(taker, events),
            SelfTrade::Decrement => self.decrement(taker, slot, events),
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
            self.sides[at(resting.side)].lower(resting.level, quantity);
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
    pub(crate) fn can_fill(&self, taker: &Order, limit: Rank) -> bool {
        let ladder = &self.sides[at(taker.side.opposite())];
        let mut missing = u128::from(taker.open.0);
        let mut at = ladder.best().map(|(slot, _)| slot);
        while let Some(level) = at.map(|slot| ladder.level(slot)).filter(|to| to.rank <= limit) {
            let (volume, is_last) = if taker.prevents_self_trade() {
                self.volume_before_own(taker, level.front)
            } else {
                (level.volume, false)
            };
            if volume >= missing {
                return true;
            }
            if is_last {
                return false;
            }
            missing -= volume;
            at = level.worse;
        }
        false
    }

    /// What a queue offers an order that does not trade with its own account, and whether
    /// counting ends in it.
    fn volume_before_own(&self, taker: &Order, front: Option<Slot>) -> (u128, bool) {
        let mut volume = 0;
        let mut at = front;
        while let Some(slot) = at {
            let resting = &self.orders[slot];
            if !taker.is_kept_from(resting) {
                volume += u128::from(resting.open.0);
            } else if taker.self_trade != SelfTrade::CancelOldest {
                return (volume, true);
            }
            at = resting.next;
        }
        (volume, false)
    }
}

/// Ends an incoming order; what is left of it never rests (rule S1).
fn cancel_incoming(taker: &mut Order, events: &mut EventBuffer) {
    let (quantity, reason) = (taker.open, CancelReason::SelfTrade);
    events.push(Event::Canceled { order: taker.id, quantity, reason });
    taker.open = Quantity::ZERO;
}
