//! The uncross (rule P3): every tick that could matter is weighed.

use shadowbook_model::Volume;

use super::super::*;
use super::{Naive, fresh};

impl Naive {
    /// What would trade at a price, and what would be left of the buyers less of the sellers.
    fn weigh(&self, price: i128) -> (i128, i128) {
        let volume = |side: Side| -> i128 {
            let limit = if side == Side::Buy { -price } else { price };
            let takes_part = self.orders.iter().filter(|entry| {
                entry.state.side == side && entry.state.trigger.is_none() && entry.rank() <= limit
            });
            takes_part.map(|entry| i128::from(entry.state.open.0)).sum()
        };
        let (bought, sold) = (volume(Side::Buy), volume(Side::Sell));
        (bought.min(sold), bought - sold)
    }

    fn auction_price(&self) -> Option<Price> {
        let reference = self.state.last_trade.or(self.instrument.reference_price);
        let reference = reference.map(|price| i128::from(price.0));
        let limits: Vec<i128> = self
            .orders
            .iter()
            .filter(|entry| entry.state.trigger.is_none())
            .filter_map(|entry| entry.state.price.map(|price| i128::from(price.0)))
            .collect();
        let (lowest, highest) = match (limits.iter().min(), limits.iter().max()) {
            (Some(lowest), Some(highest)) => (*lowest, *highest),
            _ => (reference?, reference?),
        };
        // Between two limits all ticks are alike but for their distance to the reference.
        let mut ticks: Vec<i128> = limits
            .iter()
            .flat_map(|limit| [limit - 1, *limit, limit + 1])
            .chain(reference)
            .filter(|tick| (lowest..=highest).contains(tick))
            .collect();
        let most = ticks.iter().map(|tick| self.weigh(*tick).0).max()?;
        ticks.retain(|tick| self.weigh(*tick).0 == most);
        let least = ticks.iter().map(|tick| self.weigh(*tick).1.abs()).min()?;
        ticks.retain(|tick| self.weigh(*tick).1.abs() == least);
        let price = if ticks.iter().all(|tick| self.weigh(*tick).1 > 0) {
            ticks.iter().max()
        } else if ticks.iter().all(|tick| self.weigh(*tick).1 < 0) {
            ticks.iter().min()
        } else {
            let distance = |tick: &i128| reference.map_or(0, |reference| (tick - reference).abs());
            ticks.iter().min_by_key(|tick| (distance(tick), -**tick))
        };
        price.filter(|_| most > 0).map(|price| Price(i64::try_from(*price).unwrap()))
    }

    pub(super) fn uncross(&mut self) {
        let Some(price) = self.auction_price() else { return };
        let (volume, _) = self.weigh(i128::from(price.0));
        let quantity = Volume(volume.unsigned_abs());
        self.events.push(Event::Auction { price, quantity });
        let mut left = quantity.0;
        while left > 0 {
            let next = |side: Side| {
                let resting = self
                    .orders
                    .iter()
                    .filter(|entry| entry.state.side == side && entry.state.trigger.is_none());
                resting.min_by_key(|entry| entry.turn()).unwrap().state
            };
            let mut pair = [next(Side::Buy), next(Side::Sell)];
            pair.sort_by_key(|order| order.arrival);
            let traded = u128::from(pair[0].open.min(pair[1].open).0).min(left);
            left -= traded;
            let traded = u64::try_from(traded).unwrap();
            let [maker, taker] = pair.map(|order| {
                let entry = self.entry(order.order);
                entry.state.open.0 -= traded;
                entry.state.executed.0 += traded;
                entry.state.visibility = fresh(entry.state.visibility, entry.state.open);
                let open = entry.state.open;
                if open.is_zero() {
                    self.forget(order.order);
                }
                (order.order, open)
            });
            self.trade(price, Quantity(traded), maker, taker);
        }
    }
}
