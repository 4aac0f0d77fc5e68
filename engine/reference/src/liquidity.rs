//! How much an order could trade, counted before it does.

use shadowbook_model::{Matching, Quantity, SelfTrade, Volume};

use crate::book::Level;
use crate::market::Market;
use crate::order::{Incoming, Order};
use crate::policy::{Counted, Policy};

/// What has been counted, and whether there is more to count.
struct Count {
    sum: Volume,
    /// Whoever can trade this much need not look further.
    wanted: Volume,
    is_over: bool,
}

impl<P: Policy> Market<P> {
    /// Rule M5.
    pub(crate) fn fok_may_trade(&self, taker: &Incoming) -> bool {
        let wanted = taker.order.open;
        self.policy.fok_may_trade(self.available(taker, wanted), wanted)
    }

    /// Rule O5, for an order that has a minimum; nothing trades at once in an auction.
    pub(crate) fn minimum_may_trade(&self, taker: &Incoming) -> bool {
        let minimum = taker.min_quantity.unwrap_or(Quantity::ZERO);
        let available = if self.policy.collects(self.phase) {
            Volume::default()
        } else {
            self.available(taker, minimum)
        };
        self.policy.minimum_may_trade(available, taker.order.open, minimum)
    }

    /// Rules S3, A8: liquidity is counted in the order in which it would trade.
    fn available(&self, taker: &Incoming, wanted: Quantity) -> Volume {
        let mut count =
            Count { sum: Volume::default(), wanted: Volume::from(wanted), is_over: false };
        let side = taker.order.side;
        let levels = self.book.levels_from_best(side.opposite());
        let crossing =
            levels.take_while(|(price, _)| self.policy.crosses(side, taker.limit, *price));
        for (_, level) in crossing {
            self.count_level(level, &taker.order, &mut count);
            if count.is_over {
                break;
            }
        }
        count.sum
    }

    /// First the slices in queue order, then what comes after all of them: the reserves, which
    /// stand behind every displayed order, and the hidden orders.
    fn count_level(&self, level: &Level, taker: &Order, count: &mut Count) {
        let prevention = |maker: &Order| self.policy.self_trade(taker.party(), maker.party());
        let is_last = |maker: &Order| self.policy.counts(prevention(maker)) == Counted::Last;
        // Rule M7: own displayed orders are dealt with before anything is shared.
        if self.matching == Matching::ProRata && level.displayed.iter().any(is_last) {
            count.is_over = true;
            return;
        }
        let mut reserve = Volume::default();
        for maker in level.displayed.iter() {
            let slice = self.book.slice(maker);
            let is_counted = self.count(slice, prevention(maker), count);
            if count.is_over {
                return;
            }
            if is_counted {
                reserve = self.policy.add(reserve, Quantity(maker.open.0 - slice.0).into());
            }
        }
        if !self.policy.counts_what_does_not_show() {
            return;
        }
        count.sum = self.policy.add(count.sum, reserve);
        for maker in level.hidden().iter() {
            self.count(maker.open, prevention(maker), count);
            if count.is_over {
                return;
            }
        }
    }

    /// Counts one order, or not; says which.
    fn count(&self, quantity: Quantity, prevention: SelfTrade, count: &mut Count) -> bool {
        match self.policy.counts(prevention) {
            Counted::Yes => {
                count.sum = self.policy.add(count.sum, quantity.into());
                count.is_over = count.sum >= count.wanted || !self.policy.counts_many_makers();
                true
            }
            Counted::Skipped => false,
            Counted::Last => {
                count.is_over = true;
                false
            }
        }
    }
}
