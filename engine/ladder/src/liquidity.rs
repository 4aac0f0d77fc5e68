//! Counts what an order could trade, without trading (rules M5, O5, S3, A8).

use std::ops::ControlFlow;

use shadowbook_model::{Matching, Quantity, SelfTrade};

use crate::book::{Book, at};
use crate::ladder::{Level, Rank};
use crate::order::Incoming;
use crate::slab::Slot;

/// What still has to be found.
struct Missing(u64);

impl Missing {
    /// Counts some quantity, and breaks off once there is enough.
    fn count(&mut self, found: u64) -> ControlFlow<()> {
        self.0 = self.0.saturating_sub(found);
        if self.0 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// What an order that counts does at one of its own account.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AtOwn {
    Skip,
    Stop,
}

impl Book {
    /// Whether an incoming order could trade at least this much.
    pub(crate) fn can_trade(&self, taker: &Incoming, limit: Rank, quantity: Quantity) -> bool {
        let ladder = &self.sides[at(taker.order.side.opposite())];
        let mut missing = Missing(quantity.0);
        let mut at = ladder.best().map(|(slot, _)| slot);
        while let Some(level) = at.map(|slot| ladder.level(slot)).filter(|to| to.rank <= limit) {
            if self.count_level(level, taker, &mut missing).is_break() {
                break;
            }
            at = level.worse;
        }
        missing.0 == 0
    }

    fn count_level(
        &self,
        level: &Level,
        taker: &Incoming,
        missing: &mut Missing,
    ) -> ControlFlow<()> {
        let at_own = match taker.order.self_trade {
            SelfTrade::None | SelfTrade::CancelOldest => AtOwn::Skip,
            SelfTrade::CancelNewest | SelfTrade::CancelBoth | SelfTrade::Decrement => AtOwn::Stop,
        };
        let is_own = |slot: Slot| self.orders.is_own(taker, slot);
        // Rule M7: own displayed orders come first there, wherever they stand.
        if self.matching == Matching::ProRata
            && at_own == AtOwn::Stop
            && level.displayed.iter(&self.orders).any(is_own)
        {
            return ControlFlow::Break(());
        }
        // Reserves come to trade after the last displayed order.
        let mut reserves = 0_u64;
        for slot in level.displayed.iter(&self.orders) {
            if is_own(slot) {
                if at_own == AtOwn::Stop {
                    return ControlFlow::Break(());
                }
                continue;
            }
            let shown = self.shown(slot).0;
            reserves = reserves.saturating_add(self.orders[slot].open.0 - shown);
            missing.count(shown)?;
        }
        missing.count(reserves)?;
        for slot in level.hidden.iter(&self.orders) {
            if !is_own(slot) {
                missing.count(self.orders[slot].open.0)?;
            } else if at_own == AtOwn::Stop {
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// What shows of an order in a displayed queue.
    #[inline]
    pub(crate) fn shown(&self, slot: Slot) -> Quantity {
        let order = &self.orders[slot];
        if order.traits.is_iceberg() { self.icebergs.get(slot).slice } else { order.open }
    }
}
