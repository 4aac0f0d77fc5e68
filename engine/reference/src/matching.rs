//! Who trades with whom, at what price, and what becomes of the rest.

use shadowbook_model::{
    Arrival, CancelReason, Event, EventBuffer, Fill, Matching, Price, Quantity, SelfTrade, Side,
    TimeInForce, TradeId, Visibility,
};

use crate::book::{Line, Place};
use crate::market::Market;
use crate::order::{Incoming, Order};
use crate::policy::{Policy, Remainder};

impl<P: Policy> Market<P> {
    /// Lets an incoming order act: it trades as far as it can, then its remainder is dealt with.
    pub(crate) fn take(&mut self, mut taker: Incoming, events: &mut EventBuffer) {
        if self.policy.collects(self.phase) {
            self.collect(taker, events);
            return;
        }
        // Rule M5: no effect at all, so this is known before anything happens.
        if taker.order.time_in_force == TimeInForce::Fok && !self.fok_may_trade(&taker) {
            cancel_incoming(&mut taker.order, CancelReason::Fok, events);
            return;
        }
        if taker.min_quantity.is_some() && !self.minimum_may_trade(&taker) {
            cancel_incoming(&mut taker.order, CancelReason::MinQuantity, events);
            return;
        }
        self.sweep(&mut taker, events);
        if !taker.order.open.is_zero() {
            self.settle_remainder(&mut taker, events);
        }
    }

    /// Where nothing trades at once, an order waits for the uncross (rule P2); one that must trade
    /// at once cannot (rule O5).
    fn collect(&mut self, mut incoming: Incoming, events: &mut EventBuffer) {
        if incoming.min_quantity.is_some() {
            cancel_incoming(&mut incoming.order, CancelReason::MinQuantity, events);
            return;
        }
        if !self.policy.auction_keeps_attributes() {
            incoming.visibility = Visibility::Full;
            incoming.order.expire_time = None;
        }
        self.rest(&incoming);
    }

    /// Rule M1: the best price first, as long as prices cross.
    #[inline]
    fn sweep(&mut self, taker: &mut Incoming, events: &mut EventBuffer) {
        let first_trade = self.next_trade;
        let side = taker.order.side;
        while !taker.order.open.is_zero()
            && let Some((price, place)) = self.next_maker(side, taker.limit)
        {
            let crosses = self.policy.crosses(side, taker.limit, price);
            let has_traded = self.next_trade != first_trade;
            if !self.policy.sweeps_on(crosses, has_traded, taker.order.party()) {
                break;
            }
            match self.matching {
                Matching::PriceTime => self.meet(taker, place, events),
                Matching::ProRata => {
                    if !self.share_level(taker, price, events) {
                        break;
                    }
                }
            }
        }
    }

    /// The best price, there the oldest displayed quantity, then hidden orders (rules M1, O4).
    #[inline]
    fn next_maker(&self, side: Side, limit: Option<Price>) -> Option<(Price, Place)> {
        let lines = if self.policy.displayed_goes_first() {
            [Line::Displayed, Line::Hidden]
        } else {
            [Line::Hidden, Line::Displayed]
        };
        if self.policy.best_price_goes_first() {
            return self.book.front(side.opposite(), lines);
        }
        let crossing = self
            .book
            .levels_from_best(side.opposite())
            .take_while(|(price, _)| self.policy.crosses(side, limit, *price));
        let orders = crossing.flat_map(|(price, level)| {
            level.orders().map(move |order| (order.arrival, order.id, price))
        });
        let oldest: Option<(Arrival, _, Price)> = orders.min();
        oldest.and_then(|(_, id, price)| Some((price, self.book.find(id)?)))
    }

    /// An incoming order meets the one that rests here: they trade, or one of them gives way.
    #[inline]
    pub(crate) fn meet(&mut self, taker: &mut Incoming, place: Place, events: &mut EventBuffer) {
        let maker = self.book.order(place);
        match self.policy.self_trade(taker.order.party(), maker.party()) {
            SelfTrade::None => {
                let quantity = self.book.slice(maker).min(taker.order.open);
                self.fill(taker, place, quantity, events);
            }
            prevention => self.prevent(prevention, taker, place, events),
        }
    }

    /// The two trade this much, which is no more than the maker's slice.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        taker: &mut Incoming,
        place: Place,
        quantity: Quantity,
        events: &mut EventBuffer,
    ) {
        let maker_price = self.book.limit(place).expect("market orders do not make prices");
        let maker = self.book.order_mut(place);
        maker.fill(quantity);
        taker.order.fill(quantity);
        let maker = *maker;
        let price = self.policy.fill_price(maker_price, taker.limit);
        self.report_fill(&maker, &taker.order, price, quantity, events);
        if maker.open.is_zero() {
            self.book.remove(place);
        } else if maker.is_iceberg {
            self.use_slice(place, quantity);
        } else if !self.policy.keeps_place_after_partial_fill() {
            self.book.requeue(place);
        }
    }

    pub(crate) fn report_fill(
        &mut self,
        maker: &Order,
        taker: &Order,
        price: Price,
        quantity: Quantity,
        events: &mut EventBuffer,
    ) {
        events.push(Fill {
            trade: self.next_trade,
            maker: maker.id,
            taker: taker.id,
            price,
            quantity,
            maker_open: maker.open,
            taker_open: taker.open,
        });
        self.next_trade = TradeId(self.next_trade.0 + 1);
        self.last_trade = Some(price);
    }

    /// Rule O4: the slice of an iceberg has traded this much, and the next one shows when it is
    /// used up.
    fn use_slice(&mut self, place: Place, quantity: Quantity) {
        let Visibility::Iceberg { display, slice } = self.book.visibility(place) else { return };
        let left = Quantity(slice.0.saturating_sub(quantity.0));
        if !left.is_zero() {
            self.book.set_slice(place, display, left);
            if !self.policy.keeps_place_after_partial_fill() {
                self.book.requeue(place);
            }
            return;
        }
        let order = self.book.order_mut(place);
        let next = self.policy.slice(display, order.open);
        order.open = self.policy.open_after_refresh(order.open, next);
        self.book.set_slice(place, display, next);
        if self.policy.refreshed_slice_goes_back() {
            self.book.requeue(place);
        }
    }

    /// Rule M4.
    fn settle_remainder(&mut self, taker: &mut Incoming, events: &mut EventBuffer) {
        let Order { order_type, time_in_force, side, .. } = taker.order;
        match (self.policy.remainder(order_type, time_in_force), taker.limit) {
            (Remainder::Rests, Some(limit)) => {
                let is_crossed =
                    self.policy.keeps_the_rules() && self.would_trade(side, Some(limit));
                assert!(!is_crossed, "what rests cannot trade (rule M6)");
                self.rest(taker);
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

    /// An order comes to rest and shows its first slice (rules O4, A7).
    pub(crate) fn rest(&mut self, incoming: &Incoming) {
        let Incoming { order, limit, visibility, .. } = *incoming;
        let visibility = match visibility {
            Visibility::Iceberg { display, .. } => {
                Visibility::Iceberg { display, slice: self.policy.slice(display, order.open) }
            }
            Visibility::Full | Visibility::Hidden => visibility,
        };
        self.book.rest(order, limit, visibility);
    }
}

/// Cancels what is left of an incoming order.
pub(crate) fn cancel_incoming(order: &mut Order, reason: CancelReason, events: &mut EventBuffer) {
    events.push(Event::Canceled { order: order.id, quantity: order.open, reason });
    order.open = Quantity::ZERO;
}
