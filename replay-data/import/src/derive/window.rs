//! What a windowed recording lets be seen, and what is done when a level comes back into view.
//!
//! Orders outside the window leave no messages. When a level comes into view without one, its row
//! of the order book says how much rests there, and only that. So what is known of it is kept only
//! if the level was away for a moment and shows at least what it had; else its orders are
//! withdrawn and one anonymous seed stands for the level, because nothing tells which of them are
//! still there.

use shadowbook_model::{Price, Side};

use super::book::{Absence, IdRange, Slot, merit};
use super::desk::Desk;
use crate::feed::Place;

/// A level that was away for less than this and shows as much as it had is taken to be the same.
const MOMENT_NS: u64 = 1_000_000;

/// How much of a side can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coverage {
    Nothing,
    UpTo(i64),
    Everything,
}

impl Coverage {
    /// The least merit that is in view.
    fn bound(self, side: Side) -> i128 {
        match self {
            Self::Nothing => i128::MAX,
            Self::UpTo(price) => i128::from(merit(side, price)),
            Self::Everything => i128::MIN,
        }
    }
}

/// One side of a row of the order book.
#[derive(Clone, Copy, Debug)]
pub struct RowSide<'a> {
    /// Price and quantity of the occupied levels, the best first.
    pub levels: &'a [(Price, u64)],
    /// Whether there may be further levels that the row does not show.
    pub is_full: bool,
}

impl Desk<'_> {
    /// Compares one side of a row with what could be seen before and seeds what came into view.
    pub(super) fn see(&mut self, side: Side, row: RowSide<'_>) {
        let old = self.state.coverage[usize::from(side.code())];
        let new = match row.levels.last() {
            Some((price, _)) if row.is_full => Coverage::UpTo(price.0),
            _ => Coverage::Everything,
        };
        if old == new {
            return;
        }
        self.state.coverage[usize::from(side.code())] = new;
        let (old, new) = (old.bound(side), new.bound(side));
        if new > old {
            self.lose(side, old, new);
        } else {
            self.gain(side, row, old, new);
        }
    }

    /// Levels from merit `old` up to below `new` are out of view from now on.
    fn lose(&mut self, side: Side, old: i128, new: i128) {
        let absence = Absence { since_ns: self.at.time.0, newest_id: self.state.newest_id };
        let book = &mut self.state.book;
        for position in book.positions(side, old, new) {
            book.leave(side, position, absence);
        }
    }

    /// Levels from merit `new` up to below `old` are in view from now on.
    fn gain(&mut self, side: Side, row: RowSide<'_>, old: i128, new: i128) {
        let came = |price: i64| i128::from(merit(side, price)) < old;
        let mut entered = row.levels.iter().rev();
        let mut shown = entered.by_ref().take_while(|(price, _)| came(price.0)).peekable();
        // Both run from the worst price to the best.
        let book = &self.state.book;
        let mut gone: Vec<i64> = Vec::new();
        let mut seen: Vec<(Price, u64)> = Vec::new();
        for level in book.levels_at(side, book.positions(side, new, old)) {
            let here = merit(side, level.price);
            while let Some(next) = shown.next_if(|(price, _)| merit(side, price.0) < here) {
                seen.push(*next);
            }
            match shown.next_if(|(price, _)| price.0 == level.price) {
                Some(next) => seen.push(*next),
                None => gone.push(level.price),
            }
        }
        seen.extend(shown);
        for price in gone {
            self.withdraw(Place { side, price: Price(price) });
        }
        for (price, quantity) in seen.into_iter().rev() {
            self.tally.window.levels_entered += 1;
            self.come_into_view(Place { side, price }, quantity);
        }
    }

    fn come_into_view(&mut self, place: Place, quantity: u64) {
        let message = self.message;
        let now = self.at.time.0;
        let newest = self.state.newest_id;
        let everything = IdRange { after: 0, until: newest };
        let Some(total) = self.state.book.level(place).map(|level| level.total) else {
            return self.seed(place, quantity, everything);
        };
        let absence = self.state.book.come_back(place);
        let shown = u128::from(quantity);
        let recent = absence.filter(|absence| now.saturating_sub(absence.since_ns) < MOMENT_NS);
        if let Some(absence) = recent.filter(|_| total <= shown) {
            self.state.book.doubt(place, message);
            // What is more than before came while nobody saw it: later than all that is known.
            if let Ok(more @ 1..) = u64::try_from(shown - total) {
                self.seed(place, more, IdRange { after: absence.newest_id, until: newest });
            }
            return;
        }
        self.seed_anew(place, quantity, everything);
    }

    /// One seed stands for everything at a level from now on.
    fn seed_anew(&mut self, place: Place, quantity: u64, range: IdRange) {
        let queue: Vec<Slot> = self.state.book.queue(place).collect();
        if let [only] = queue[..] {
            let order = self.state.book.order(only);
            if order.seed.is_some() && order.open >= quantity {
                self.state.book.stand_for(only, range);
                if order.open > quantity {
                    self.lessen(only, order.open - quantity);
                    self.output.withdrawal();
                }
                return;
            }
        }
        self.withdraw(place);
        self.seed(place, quantity, range);
    }

    /// Cancels what rests at a level: nothing of it can be relied on.
    fn withdraw(&mut self, place: Place) {
        let queue: Vec<Slot> = self.state.book.queue(place).collect();
        for slot in queue {
            self.cancel(slot);
            self.output.withdrawal();
        }
    }

    /// Whether a row shows something else than the book has.
    pub(super) fn differs(&self, side: Side, row: RowSide<'_>) -> bool {
        let mut levels = self.state.book.levels(side).rev();
        let is_same = row.levels.iter().all(|(price, quantity)| {
            levels
                .next()
                .is_some_and(|level| level.price == price.0 && level.total == u128::from(*quantity))
        });
        !is_same || (!row.is_full && levels.next().is_some())
    }
}
