//! How an auction ends: what collected trades at one price (P3–P5).

use shadowbook_model::{Event, EventBuffer, OrderId, Price, Quantity, Side, Visibility, Volume};

use crate::book::{Level, Place};
use crate::market::Market;
use crate::order::Order;
use crate::policy::Policy;
use crate::uncross_price::{Curve, Demand};

/// What an uncross comes to.
#[derive(Clone, Copy, Debug)]
struct Uncross {
    price: Price,
    volume: Volume,
}

impl<P: Policy> Market<P> {
    /// Rules P3, P4. Where neither is a market order nor does anything cross, it does nothing.
    pub(crate) fn uncross(&mut self, events: &mut EventBuffer) {
        if let Some(uncross) = self.find_uncross() {
            let Uncross { price, volume } = uncross;
            let price = self.policy.announced_price(price);
            events.push(Event::Auction { price, quantity: volume });
            self.trade_at_one_price(uncross, events);
        }
        if self.policy.market_orders_end_after_uncross() {
            self.cancel_market_orders(events);
        }
    }

    /// `None` when nothing can trade.
    fn find_uncross(&self) -> Option<Uncross> {
        let [buys, sells] = [Side::Buy, Side::Sell].map(|side| {
            let is_empty = self.book.market_orders(side).is_empty();
            (is_empty, self.book.best(side))
        });
        let is_crossed = matches!((buys.1, sells.1), (Some(bid), Some(ask)) if bid >= ask);
        if buys.0 && sells.0 && !is_crossed {
            return None;
        }
        let curve = Curve::new(&self.demand(Side::Buy), &self.demand(Side::Sell), &self.policy);
        let near_to = self.policy.near_to(self.last_trade, self.reference_price);
        let Some(curve) = curve else {
            // Nobody names a price: only market orders are there.
            let [buys, sells] = [Side::Buy, Side::Sell].map(|side| self.demand(side).at_any_price);
            let volume = buys.min(sells);
            let price = near_to.filter(|_| volume > Volume::default())?;
            return Some(Uncross { price, volume });
        };
        let (candidates, volume) = curve.best()?;
        Some(Uncross { price: self.policy.auction_price(candidates, near_to), volume })
    }

    /// What one side wants, at which prices; hidden and reserve quantity included.
    fn demand(&self, side: Side) -> Demand {
        let sum = |level: &Level| {
            level.orders().fold(Volume::default(), |sum, order| {
                self.policy.add(sum, Volume::from(order.open))
            })
        };
        let mut levels: Vec<(Price, Volume)> =
            self.book.levels_from_best(side).map(|(price, level)| (price, sum(level))).collect();
        levels.sort_unstable_by_key(|(price, _)| *price);
        let market = self.book.market_orders(side).iter();
        let at_any_price = market
            .fold(Volume::default(), |sum, order| self.policy.add(sum, Volume::from(order.open)));
        Demand { at_any_price, levels }
    }

    /// Buys by price-time against sells by price-time, without self-trade prevention (rule S4).
    fn trade_at_one_price(&mut self, uncross: Uncross, events: &mut EventBuffer) {
        let [buys, sells] = [Side::Buy, Side::Sell].map(|side| self.eligible(side, uncross.price));
        let (mut buys, mut sells) = (buys.into_iter().peekable(), sells.into_iter().peekable());
        let mut left = uncross.volume;
        while left > Volume::default()
            && let (Some(&buy), Some(&sell)) = (buys.peek(), sells.peek())
        {
            let [bid, ask] = [buy, sell].map(|id| self.book.order(self.place_of(id)).open);
            let most = Quantity(u64::try_from(left.0).unwrap_or(u64::MAX));
            let quantity = bid.min(ask).min(most);
            left.0 -= u128::from(quantity.0);
            let [bid, ask] = [buy, sell].map(|id| self.fill_in_place(id, quantity));
            // Rule A11: the earlier arrival is the maker.
            let (maker, taker) = if bid.arrival < ask.arrival { (bid, ask) } else { (ask, bid) };
            self.report_fill(&maker, &taker, uncross.price, quantity, events);
            buys.next_if(|_| bid.open.is_zero());
            sells.next_if(|_| ask.open.is_zero());
        }
    }

    /// The orders of one side that trade at this price, in the order in which they do.
    fn eligible(&self, side: Side, price: Price) -> Vec<OrderId> {
        let levels = self.book.queues(side).take_while(|level| {
            level.price.is_none_or(|limit| self.policy.crosses(side, Some(limit), price))
        });
        levels.flat_map(|level| level.orders().map(|order| order.id)).collect()
    }

    fn place_of(&self, id: OrderId) -> Place {
        self.book.find(id).expect("what is left to trade rests")
    }

    /// An order trades where it is, with its whole open quantity. It is gone when nothing is left of
    /// it; an iceberg that is left shows anew in the same place (rule P5).
    fn fill_in_place(&mut self, id: OrderId, quantity: Quantity) -> Order {
        let place = self.place_of(id);
        let order = self.book.order_mut(place);
        order.fill(quantity);
        let order = *order;
        if order.open.is_zero() {
            self.book.remove(place);
        } else if let Visibility::Iceberg { display, .. } = self.book.visibility(place) {
            self.book.set_slice(place, display, self.policy.slice(display, order.open));
        }
        order
    }
}
