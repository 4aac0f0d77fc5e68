//! The uncross: what collected in an auction trades at one price (rules P3, P4, A11).

use shadowbook_model::{
    CancelReason, Event, EventBuffer, Fill, Price, Quantity, Side, TradeId, Volume,
};

use crate::auction_price::{Interest, Step};
use crate::book::{Book, at};
use crate::slab::Slot;

impl Book {
    /// Trades what crosses and ends the market orders that are left.
    #[cold]
    #[inline(never)]
    pub(crate) fn uncross(&mut self, events: &mut EventBuffer) {
        let has_market = self.markets.iter().any(|queue| !queue.is_empty());
        if !has_market && !self.is_crossed() {
            return;
        }
        if let Some((price, volume)) = self.auction_price() {
            events.push(Event::Auction { price, quantity: Volume(volume) });
            self.last_trade = Some(price);
            self.trade_at(price, volume, events);
        }
        while let Some(slot) = self.oldest_market() {
            self.cancel_live(slot, CancelReason::NoLiquidity, events);
        }
    }

    /// Whether the best bid is not below the best ask.
    fn is_crossed(&self) -> bool {
        let [bids, asks] = &self.sides;
        bids.best().is_some_and(|(_, bid)| asks.is_crossed_by(asks.rank(bids.price(bid.rank))))
    }

    /// Of the market orders that wait, the one that arrived first.
    fn oldest_market(&self) -> Option<Slot> {
        let fronts = self.markets.iter().filter_map(|queue| queue.front);
        fronts.min_by_key(|slot| self.orders.details(*slot).arrival)
    }

    /// The price of the auction and how much trades at it, if anything does.
    fn auction_price(&mut self) -> Option<(Price, u128)> {
        let mut interest = std::mem::take(&mut self.interest);
        let Interest { bids, asks, market } = &mut interest;
        for (side, steps) in [(Side::Buy, &mut *bids), (Side::Sell, &mut *asks)] {
            steps.clear();
            let ladder = &self.sides[at(side)];
            let mut next = ladder.best();
            while let Some((_, level)) = next {
                let queues = [level.displayed, level.hidden];
                let volume = queues.iter().map(|queue| self.volume_of(queue.front)).sum();
                steps.push(Step { price: ladder.price(level.rank), volume });
                next = level.worse.map(|slot| (slot, ladder.level(slot)));
            }
        }
        // Both from the lowest price on.
        bids.reverse();
        *market = [Side::Buy, Side::Sell].map(|side| self.volume_of(self.markets[at(side)].front));
        let found = interest.price(self.last_trade.or(self.reference_price));
        self.interest = interest;
        found
    }

    /// What is open in the queue that begins here.
    fn volume_of(&self, front: Option<Slot>) -> u128 {
        let mut volume = 0;
        let mut next = front;
        while let Some(slot) = next {
            let order = &self.orders[slot];
            volume += u128::from(order.open.0);
            next = order.next;
        }
        volume
    }

    /// Trades this much, both queues from the front, all at one price.
    fn trade_at(&mut self, price: Price, volume: u128, events: &mut EventBuffer) {
        let mut left = volume;
        while left > 0 {
            let [buy, sell] = [Side::Buy, Side::Sell].map(|side| self.first_in_auction(side));
            let most = self.orders[buy].open.min(self.orders[sell].open);
            let quantity = u64::try_from(left).map_or(most, |left| most.min(Quantity(left)));
            left -= u128::from(quantity.0);
            let arrival = |slot: Slot| self.orders.details(slot).arrival;
            let (maker, taker) =
                if arrival(buy) < arrival(sell) { (buy, sell) } else { (sell, buy) };
            let open_after = |slot: Slot| Quantity(self.orders[slot].open.0 - quantity.0);
            events.push(Fill {
                trade: self.next_trade,
                maker: self.orders[maker].id,
                taker: self.orders[taker].id,
                price,
                quantity,
                maker_open: open_after(maker),
                taker_open: open_after(taker),
            });
            self.next_trade = TradeId(self.next_trade.0 + 1);
            self.execute_in_auction(buy, quantity);
            self.execute_in_auction(sell, quantity);
        }
    }

    /// The order of a side that trades next: market orders stand before all limits.
    fn first_in_auction(&self, side: Side) -> Slot {
        let limit = || self.sides[at(side)].best().map(|(_, level)| level.first());
        let first = self.markets[at(side)].front.or_else(limit);
        first.expect("no more trades than both sides hold")
    }

    fn execute_in_auction(&mut self, slot: Slot, quantity: Quantity) {
        let open = Quantity(self.orders[slot].open.0 - quantity.0);
        if open.is_zero() {
            self.unlist(slot);
            self.take(slot);
            return;
        }
        self.orders[slot].open = open;
        self.orders.details_mut(slot).executed.0 += quantity.0;
        if self.orders[slot].traits.is_iceberg() {
            self.icebergs.get_mut(slot).refresh(open);
        }
    }
}
