//! The price of an auction (rule P3): found from the steps of supply and demand, because there may
//! be as many ticks between two limits as a price has values.

use shadowbook_model::{Price, Volume};

use crate::policy::{Candidates, Policy, Surplus};

/// What one side of the book wants.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    /// The market orders.
    pub(crate) at_any_price: Volume,
    /// The limits, from the lowest up.
    pub(crate) levels: Vec<(Price, Volume)>,
}

/// Neighbouring ticks at which the same quantities would be bought and sold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Ticks {
    first: Price,
    last: Price,
    buys: Volume,
    sells: Volume,
}

/// Every tick from the lowest to the highest limit, in steps from the lowest up.
#[derive(Clone, Debug)]
pub(crate) struct Curve(Vec<Ticks>);

impl Ticks {
    fn volume(&self) -> Volume {
        self.buys.min(self.sells)
    }

    fn imbalance(&self) -> Volume {
        Volume(self.buys.0.abs_diff(self.sells.0))
    }
}

impl Curve {
    /// `None` when nobody names a price.
    pub(crate) fn new<P: Policy>(buys: &Demand, sells: &Demand, policy: &P) -> Option<Self> {
        let limits = || buys.levels.iter().chain(&sells.levels).map(|(price, _)| *price);
        let (lowest, highest) = (limits().min()?, limits().max()?);
        // A bid wants no more just above its limit, an ask begins at its own.
        let above_bids =
            buys.levels.iter().filter_map(|(price, _)| price.0.checked_add(1).map(Price));
        let mut firsts: Vec<Price> = std::iter::once(lowest)
            .chain(above_bids)
            .chain(sells.levels.iter().map(|(price, _)| *price))
            .filter(|first| *first <= highest)
            .collect();
        firsts.sort_unstable();
        firsts.dedup();
        let lasts = firsts.iter().skip(1).map(|next| Price(next.0 - 1)).chain([highest]);
        // From the lowest up, what is sold grows step by step; from the highest down, what is bought.
        let mut asks = sells.levels.iter().peekable();
        let mut selling = sells.at_any_price;
        let mut steps: Vec<Ticks> = Vec::with_capacity(firsts.len());
        for (first, last) in firsts.iter().zip(lasts) {
            while let Some((_, volume)) = asks.next_if(|(price, _)| price <= first) {
                selling = policy.add(selling, *volume);
            }
            steps.push(Ticks { first: *first, last, buys: buys.at_any_price, sells: selling });
        }
        let mut bids = buys.levels.iter().rev().peekable();
        let mut buying = buys.at_any_price;
        for ticks in steps.iter_mut().rev() {
            while let Some((_, volume)) = bids.next_if(|(price, _)| *price >= ticks.first) {
                buying = policy.add(buying, *volume);
            }
            ticks.buys = buying;
        }
        Some(Self(steps))
    }

    /// The ticks with the greatest volume and, of those, the least imbalance, with that volume;
    /// `None` when nothing would trade at any price.
    ///
    /// They are neighbours: from the lowest up what is bought never grows and what is sold never
    /// shrinks, so a tick between two of them trades as much and leaves no more.
    pub(crate) fn best(&self) -> Option<(Candidates, Volume)> {
        let volume = self.0.iter().map(Ticks::volume).max()?;
        let greatest = || self.0.iter().filter(|ticks| ticks.volume() == volume);
        let imbalance = greatest().map(Ticks::imbalance).min()?;
        let mut best = greatest().filter(|ticks| ticks.imbalance() == imbalance);
        let (lowest, highest) = (best.clone().next()?.first, best.clone().next_back()?.last);
        let surplus = if best.clone().all(|ticks| ticks.buys > ticks.sells) {
            Surplus::Buy
        } else if best.all(|ticks| ticks.sells > ticks.buys) {
            Surplus::Sell
        } else {
            Surplus::Neither
        };
        let candidates = Candidates { lowest, highest, surplus };
        (volume > Volume::default()).then_some((candidates, volume))
    }
}
