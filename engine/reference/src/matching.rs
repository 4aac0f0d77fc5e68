//! Who trades with whom, at what price, and what becomes of the rest.

use shadowbook_model::{
    CancelReason, Event, EventBuffer, Fill, Quantity, SelfTrade, TimeInForce, TradeId, Volume,
};

use crate::book::Place;
use crate::market::Market;
use crate::order::{Order, Taker};
use crate::policy::{Counted, Policy, Remainder};

impl<P: Policy> Market<P> {
    /// Lets an incoming order act: it trades as far as it can, then its remainder is dealt with.
    pub(crate) fn take(&mut self, mut taker: Taker, events: &mut EventBuffer) {
        // Rule M5: no effect at all, so this is known before anything happens.
        if taker.order.time_in_force == TimeInForce::Fok && !self.fok_may_trade(&taker) {
            cancel_incoming(&mut taker.order, CancelReason::Fok, events);
            return;
        }
        self.sweep(&mut taker, events);
        if !taker.order.open.is_zero() {
            self.settle_remainder(taker, events);
        }
    }

    /// Rule M1: the best price first, there the oldest order first, as long as prices cross.
    fn sweep(&mut self, taker: &mut Taker, events: &mut EventBuffer) {
        while !taker.order.open.is_zero()
            && let Some(place) = self.book.front(taker.order.side.opposite())
            && self.policy.crosses(taker.order.side, taker.limit, self.book.price(place))
        {
            let maker = self.book.order(place).party();
            match self.policy.self_trade(taker.order.party(), maker) {
                SelfTrade::None => self.fill(taker, place, events),
                prevention => self.prevent(prevention, &mut taker.order, place, events),
            }
        }
    }

    fn fill(&mut self, taker: &mut Taker, place: Place, events: &mut EventBuffer) {
        let maker_price = self.book.price(place);
        let maker = self.book.order_mut(place);
        let quantity = maker.open.min(taker.order.open);
        maker.fill(quantity);
        taker.order.fill(quantity);
        let maker = *maker;
        let price = self.policy.fill_price(maker_price, taker.limit);
        events.push(Fill {
            trade: self.next_trade,
            maker: maker.id,
            taker: taker.order.id,
            price,
            quantity,
            maker_open: maker.open,
            taker_open: taker.order.open,
        });
        self.next_trade = TradeId(self.next_trade.0 + 1);
        self.last_trade = Some(price);
        if maker.open.is_zero() {
            self.book.remove(place);
        } else if !self.policy.keeps_place_after_partial_fill() {
            self.book.remove(place);
            self.book.rest(maker, maker_price);
        }
    }

    /// Self-trade prevention; of two events the resting order's comes first. An incoming order
    /// that is cancelled has nothing open any more, so it neither trades on nor rests (rule S1).
    fn prevent(
        &mut self,
        prevention: SelfTrade,
        taker: &mut Order,
        place: Place,
        events: &mut EventBuffer,
    ) {
        match prevention {
            SelfTrade::None => {}
            SelfTrade::CancelNewest => cancel_incoming(taker, CancelReason::SelfTrade, events),
            SelfTrade::CancelOldest => {
                self.cancel_resting(place, CancelReason::SelfTrade, events);
            }
            SelfTrade::CancelBoth => {
                self.cancel_resting(place, CancelReason::SelfTrade, events);
                cancel_incoming(taker, CancelReason::SelfTrade, events);
            }
            SelfTrade::Decrement => self.decrement(taker, place, events),
        }
    }

    fn decrement(&mut self, taker: &mut Order, place: Place, events: &mut EventBuffer) {
        let maker = self.book.order_mut(place);
        let quantity = self.policy.decrement(maker.open, taker.open);
        maker.reduce(quantity);
        taker.reduce(quantity);
        events.push(decremented(maker, quantity));
        events.push(decremented(taker, quantity));
        if maker.open.is_zero() {
            self.book.remove(place);
        }
    }

    /// Rule M4.
    fn settle_remainder(&mut self, mut taker: Taker, events: &mut EventBuffer) {
        let Order { order_type, time_in_force, side, .. } = taker.order;
        match (self.policy.remainder(order_type, time_in_force), taker.limit) {
            (Remainder::Rests, Some(limit)) => {
                let is_crossed =
                    self.policy.keeps_the_rules() && self.would_trade(side, Some(limit));
                assert!(!is_crossed, "what rests cannot trade (rule M6)");
                self.book.rest(taker.order, limit);
            }
            // There is no level for an order without a limit.
            (Remainder::Rests, None) => {
                cancel_incoming(&mut taker.order, CancelReason::NoLiquidity, events);
            }
            (Remainder::IsCanceled(reason), _) => {
                cancel_incoming(&mut taker.order, reason, events);
            }
        }
    }

    /// Rule S3: liquidity is counted in the order in which it would trade. The sum is wider than
    /// a quantity (rule U6).
    fn fok_may_trade(&self, taker: &Taker) -> bool {
        let side = taker.order.side;
        let mut available = Volume::default();
        let levels = self.book.levels_from_best(side.opposite());
        let crossing =
            levels.take_while(|(price, _)| self.policy.crosses(side, taker.limit, *price));
        for maker in crossing.flat_map(|(_, queue)| queue.iter()) {
            let prevention = self.policy.self_trade(taker.order.party(), maker.party());
            match self.policy.counts(prevention) {
                Counted::Yes => available += maker.open,
                Counted::Skipped => {}
                Counted::Last => break,
            }
            // Whoever can trade wholly need not look further.
            if available >= Volume::from(taker.order.open) {
                break;
            }
        }
        self.policy.fok_may_trade(available, taker.order.open)
    }
}

/// Cancels what is left of an incoming order.
fn cancel_incoming(order: &mut Order, reason: CancelReason, events: &mut EventBuffer) {
    events.push(Event::Canceled { order: order.id, quantity: order.open, reason });
    order.open = Quantity::ZERO;
}

/// What a decrement by `quantity` has done to an order.
fn decremented(order: &Order, quantity: Quantity) -> Event {
    if order.open.is_zero() {
        Event::Canceled { order: order.id, quantity, reason: CancelReason::SelfTrade }
    } else {
        Event::Reduced { order: order.id, quantity, open: order.open }
    }
}
