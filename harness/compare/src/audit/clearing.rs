//! The price and the volume of an uncross, computed from the orders that collected (rule P3).

use shadowbook_model::{Price, Side};

use super::order::Order;
use super::shadow::{Queue, Shadow};

/// Ticks next to one another at which the same quantities could trade.
struct Ticks {
    lowest: i64,
    highest: i64,
    buy: u128,
    sell: u128,
}

impl Ticks {
    fn volume(&self) -> u128 {
        self.buy.min(self.sell)
    }

    const fn imbalance(&self) -> u128 {
        self.buy.abs_diff(self.sell)
    }
}

/// At which price how much trades in an uncross; `None` when nothing does.
pub(super) fn clearing(shadow: &Shadow) -> Option<(Price, u128)> {
    let (bids, asks) = (shadow.side(Side::Buy).markets, shadow.side(Side::Sell).markets);
    if bids.front.is_none() && asks.front.is_none() && !shadow.is_crossed() {
        return None;
    }
    let (bids, asks) = (total(shadow, bids), total(shadow, asks));
    let reference = shadow.last_trade.or(shadow.instrument.reference_price);
    let all = ticks(shadow, bids, asks);
    if all.is_empty() {
        let volume = bids.min(asks);
        return reference.filter(|_| volume > 0).map(|price| (price, volume));
    }
    let volume = all.iter().map(Ticks::volume).max().filter(|volume| *volume > 0)?;
    let most = || all.iter().filter(|ticks| ticks.volume() == volume);
    let imbalance = most().map(Ticks::imbalance).min()?;
    let best: Vec<&Ticks> = most().filter(|ticks| ticks.imbalance() == imbalance).collect();
    let (lowest, highest) = (best.first()?.lowest, best.last()?.highest);
    let price = if best.iter().all(|ticks| ticks.buy > ticks.sell) {
        highest
    } else if best.iter().all(|ticks| ticks.sell > ticks.buy) {
        lowest
    } else {
        reference.map_or(highest, |reference| nearest(&best, reference.0).unwrap_or(highest))
    };
    Some((Price(price), volume))
}

/// Of these ticks the nearest to a price, of two the higher.
fn nearest(best: &[&Ticks], reference: i64) -> Option<i64> {
    let candidates = best.iter().map(|ticks| reference.clamp(ticks.lowest, ticks.highest));
    candidates.min_by_key(|price| (price.abs_diff(reference), std::cmp::Reverse(*price)))
}

fn total(shadow: &Shadow, queue: Queue) -> u128 {
    shadow.queue(queue).map(|slot| shadow.order(slot)).map(|o: &Order| u128::from(o.open.0)).sum()
}

/// Every tick from the lowest limit in the book to the highest, those with the same quantities
/// together, rising.
fn ticks(shadow: &Shadow, market_buy: u128, market_sell: u128) -> Vec<Ticks> {
    let bids: Vec<(i64, u128)> =
        shadow.levels(Side::Buy).rev().map(|level| (level.price.0, level.open)).collect();
    let asks: Vec<(i64, u128)> =
        shadow.levels(Side::Sell).map(|level| (level.price.0, level.open)).collect();
    let mut limits: Vec<i64> = bids.iter().chain(&asks).map(|(price, _)| *price).collect();
    limits.sort_unstable();
    limits.dedup();
    let mut buy = market_buy + bids.iter().map(|(_, open)| open).sum::<u128>();
    let mut sell = market_sell;
    let (mut bids, mut asks) = (bids.iter().peekable(), asks.iter().peekable());
    let mut all = Vec::with_capacity(limits.len() * 2);
    for (index, limit) in limits.iter().enumerate() {
        while let Some((_, open)) = asks.next_if(|(price, _)| price <= limit) {
            sell += open;
        }
        all.push(Ticks { lowest: *limit, highest: *limit, buy, sell });
        while let Some((_, open)) = bids.next_if(|(price, _)| price <= limit) {
            buy -= open;
        }
        if let Some(next) = limits.get(index + 1)
            && next - 1 > *limit
        {
            all.push(Ticks { lowest: limit + 1, highest: next - 1, buy, sell });
        }
    }
    all
}
