//! Counting what an incoming order could trade with, in the order in which it would (rules S3, A8).

use shadowbook_model::{Matching, Quantity, SelfTrade};

use super::order::Order;
use super::shadow::{Level, Shadow};

impl Shadow {
    /// Whether an incoming order finds so much to trade with.
    pub(super) fn can_trade(&self, order: &Order, wanted: Quantity) -> bool {
        if order.open < wanted {
            return false;
        }
        let wanted = u128::from(wanted.0);
        let meets_itself = order.self_trade != SelfTrade::None && !order.account.is_anonymous();
        let mut found = 0_u128;
        for level in self.levels(order.side.opposite()) {
            if found >= wanted || !order.takes(level.price) {
                break;
            }
            if !meets_itself {
                found += level.open;
            } else if order.self_trade == SelfTrade::CancelOldest {
                found += self.of_others(order, level);
            } else {
                let (ahead, is_end) = self.ahead_of_own(order, level);
                found += ahead;
                if is_end {
                    break;
                }
            }
        }
        found >= wanted
    }

    fn of_others(&self, order: &Order, level: &Level) -> u128 {
        self.queue(level.displayed)
            .chain(self.queue(level.hidden))
            .map(|slot| self.order(slot))
            .filter(|maker| maker.account != order.account)
            .map(|maker| u128::from(maker.open.0))
            .sum()
    }

    /// What trades at a level before the first own order does, and whether there is one.
    fn ahead_of_own(&self, order: &Order, level: &Level) -> (u128, bool) {
        let is_own = |slot: &_| self.order(*slot).account == order.account;
        let shown = |slot| u128::from(self.order(slot).shown().0);
        let open = |slot| u128::from(self.order(slot).open.0);
        if self.queue(level.displayed).any(|slot| is_own(&slot)) {
            if self.instrument.matching == Matching::ProRata {
                return (0, true);
            }
            let ahead = self.queue(level.displayed).take_while(|slot| !is_own(slot));
            return (ahead.map(shown).sum(), true);
        }
        let displayed: u128 = self.queue(level.displayed).map(open).sum();
        let hidden = self.queue(level.hidden).take_while(|slot| !is_own(slot)).map(open);
        let is_end = self.queue(level.hidden).any(|slot| is_own(&slot));
        (displayed + hidden.sum::<u128>(), is_end)
    }
}
