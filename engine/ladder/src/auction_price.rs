//! At which price an auction trades (rule P3), found from the steps of demand and supply: between
//! two limits nothing changes, so a stretch of any length is looked at once.

use std::cmp::Reverse;

use shadowbook_model::Price;

/// What the orders of one side hold at one limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) price: Price,
    pub(crate) volume: u128,
}

/// Everything that takes part in an auction.
#[derive(Debug, Default)]
pub(crate) struct Interest {
    /// From the lowest price on.
    pub(crate) bids: Vec<Step>,
    /// From the lowest price on.
    pub(crate) asks: Vec<Step>,
    /// What market orders hold, buyers first.
    pub(crate) market: [u128; 2],
}

/// Prices next to one another at which the same would trade.
#[derive(Clone, Copy)]
struct Stretch {
    lowest: Price,
    highest: Price,
    demand: u128,
    supply: u128,
}

impl Stretch {
    fn volume(&self) -> u128 {
        self.demand.min(self.supply)
    }

    fn imbalance(&self) -> u128 {
        self.demand.abs_diff(self.supply)
    }

    fn nearest_to(&self, price: Price) -> Price {
        price.clamp(self.lowest, self.highest)
    }
}

/// The best prices of those looked at so far, which come from the lowest on.
struct Choice {
    volume: u128,
    imbalance: u128,
    lowest: Price,
    highest: Price,
    /// The nearest to the price that an auction refers to, of two the higher.
    nearest: Option<Price>,
    is_all_demand: bool,
    is_all_supply: bool,
}

impl Choice {
    fn of(stretch: &Stretch, reference: Option<Price>) -> Self {
        Self {
            volume: stretch.volume(),
            imbalance: stretch.imbalance(),
            lowest: stretch.lowest,
            highest: stretch.highest,
            nearest: reference.map(|price| stretch.nearest_to(price)),
            is_all_demand: stretch.demand > stretch.supply,
            is_all_supply: stretch.demand < stretch.supply,
        }
    }

    /// This or the next stretch, or both where they are as good.
    fn with(self, stretch: &Stretch, reference: Option<Price>) -> Self {
        let next = Self::of(stretch, reference);
        let merit = |choice: &Self| (choice.volume, Reverse(choice.imbalance));
        if merit(&next) != merit(&self) {
            return if merit(&next) > merit(&self) { next } else { self };
        }
        let nearest = reference.and_then(|reference| {
            let distance = |price: &Price| (price.0.abs_diff(reference.0), Reverse(*price));
            self.nearest.into_iter().chain(next.nearest).min_by_key(distance)
        });
        Self {
            highest: next.highest,
            nearest,
            is_all_demand: self.is_all_demand && next.is_all_demand,
            is_all_supply: self.is_all_supply && next.is_all_supply,
            ..self
        }
    }

    fn price(&self) -> Price {
        if self.is_all_demand {
            self.highest
        } else if self.is_all_supply {
            self.lowest
        } else {
            self.nearest.unwrap_or(self.highest)
        }
    }
}

impl Interest {
    /// The price and how much trades at it, if anything does.
    pub(crate) fn price(&self, reference: Option<Price>) -> Option<(Price, u128)> {
        let choice = self.choice(reference);
        let found = match choice {
            Some(choice) => (choice.price(), choice.volume),
            None => (reference?, self.market[0].min(self.market[1])),
        };
        (found.1 > 0).then_some(found)
    }

    /// The best prices from the lowest to the highest limit; none where there are no limits.
    fn choice(&self, reference: Option<Price>) -> Option<Choice> {
        let (mut bids, mut asks) = (self.bids.iter().peekable(), self.asks.iter().peekable());
        let mut demand = self.market[0] + self.bids.iter().map(|step| step.volume).sum::<u128>();
        let mut supply = self.market[1];
        let mut choice: Option<Choice> = None;
        let mut look = |stretch: Stretch| {
            choice = Some(match choice.take() {
                Some(choice) => choice.with(&stretch, reference),
                None => Choice::of(&stretch, reference),
            });
        };
        let mut last_limit: Option<Price> = None;
        while let Some(price) =
            bids.peek().into_iter().chain(asks.peek()).map(|step| step.price).min()
        {
            if let Some(last) = last_limit {
                // Limits rise, so there is a tick above the last one and one below this one.
                let (lowest, highest) = (Price(last.0 + 1), Price(price.0 - 1));
                if lowest <= highest {
                    look(Stretch { lowest, highest, demand, supply });
                }
            }
            supply += asks.next_if(|step| step.price == price).map_or(0, |step| step.volume);
            look(Stretch { lowest: price, highest: price, demand, supply });
            demand -= bids.next_if(|step| step.price == price).map_or(0, |step| step.volume);
            last_limit = Some(price);
        }
        choice
    }
}
