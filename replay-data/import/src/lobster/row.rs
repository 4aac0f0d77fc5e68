//! One line of an order book file.

use shadowbook_capture::InputError;
use shadowbook_model::{Price, Side};

use super::field::{Cursor, End};
use super::tick::Tick;
use crate::derive::{Row, RowSide};

/// The price that stands where no level is, on the ask side; its negative on the bid side.
const NO_LEVEL: i64 = 9_999_999_999;

/// The last row that was read; its memory is used again.
#[derive(Debug, Default)]
pub(super) struct BookRow {
    bids: Half,
    asks: Half,
    levels: usize,
}

/// One side of a row.
#[derive(Debug, Default)]
struct Half {
    /// The prices as they stand in the file, to divide only those that changed.
    raw: Vec<i64>,
    levels: Vec<(Price, u64)>,
    occupied: usize,
}

impl BookRow {
    /// How many levels of each side a row has.
    pub(super) const fn levels(&self) -> usize {
        self.levels
    }

    /// Counts the columns of the first line.
    pub(super) fn measure(&mut self, line: &[u8]) -> Result<(), String> {
        let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let columns = 1 + line.iter().filter(|byte| **byte == b',').count();
        if columns % 4 != 0 {
            return Err(format!(
                "read {columns} columns, expected ask price, ask size, bid price and bid size of \
                 each level"
            ));
        }
        self.levels = columns / 4;
        for half in [&mut self.bids, &mut self.asks] {
            half.raw = vec![0; self.levels];
            half.levels = vec![(Price(0), 0); self.levels];
        }
        Ok(())
    }

    /// Forgets the prices that were read, to read the same line with another tick.
    pub(super) fn forget(&mut self) {
        self.asks.raw.fill(0);
        self.bids.raw.fill(0);
    }

    /// Reads one line and goes behind it.
    pub(super) fn read(
        &mut self,
        cursor: &mut Cursor<'_>,
        tick: Tick,
    ) -> Result<(), Box<InputError>> {
        self.bids.occupied = 0;
        self.asks.occupied = 0;
        for level in 0..self.levels {
            let end = if level + 1 == self.levels { End::Line } else { End::Field };
            self.asks.read_level(cursor, Side::Sell, level, tick, End::Field)?;
            self.bids.read_level(cursor, Side::Buy, level, tick, end)?;
        }
        Ok(())
    }

    /// The prices as they stand in the file.
    pub(super) fn raw_prices(&self) -> impl Iterator<Item = i64> + '_ {
        let occupied = |half: &Half| half.occupied;
        let asks = self.asks.raw.iter().take(occupied(&self.asks));
        asks.chain(self.bids.raw.iter().take(occupied(&self.bids))).copied()
    }

    /// The row as the derivation takes it.
    pub(super) fn view(&self) -> Row<'_> {
        Row { bids: self.bids.view(self.levels), asks: self.asks.view(self.levels) }
    }

    /// Adds to, or with `less` takes from, what the row shows at a price: to have the row as it
    /// was before a message.
    pub(super) fn undo(&mut self, side: Side, price: Price, quantity: u64, less: bool) {
        let half = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        half.raw.clear();
        half.raw.resize(half.levels.len() + 1, 0);
        half.levels.truncate(half.occupied);
        let position = half.levels.iter().position(|(other, _)| *other == price);
        match position {
            Some(at) if less => {
                half.levels[at].1 = half.levels[at].1.saturating_sub(quantity);
                if half.levels[at].1 == 0 {
                    half.levels.remove(at);
                }
            }
            Some(at) => half.levels[at].1 = half.levels[at].1.saturating_add(quantity),
            None if less => {}
            None => {
                let is_better = |other: Price| match side {
                    Side::Buy => other > price,
                    Side::Sell => other < price,
                };
                let at = half.levels.iter().take_while(|(other, _)| is_better(*other)).count();
                half.levels.insert(at, (price, quantity));
            }
        }
        half.occupied = half.levels.len();
        half.levels.resize(self.levels.max(half.occupied), (Price(0), 0));
    }
}

impl Half {
    #[inline]
    fn read_level(
        &mut self,
        cursor: &mut Cursor<'_>,
        side: Side,
        level: usize,
        tick: Tick,
        end: End,
    ) -> Result<(), Box<InputError>> {
        let (price_field, size_field, nothing, expected) = match side {
            Side::Sell => (
                "ask price",
                "ask size",
                NO_LEVEL,
                "dollars times 10000 above the better level's, or 9999999999 for no level",
            ),
            Side::Buy => (
                "bid price",
                "bid size",
                -NO_LEVEL,
                "dollars times 10000 below the better level's, or -9999999999 for no level",
            ),
        };
        let from = cursor.here();
        let raw = cursor.integer(price_field, expected, End::Field)?;
        let is_level = raw != nothing;
        if is_level {
            let better = level.checked_sub(1).map(|better| self.raw[better]);
            let is_ordered = better.is_none_or(|better| match side {
                Side::Buy => raw < better,
                Side::Sell => raw > better,
            });
            // Behind an empty level there is none.
            if raw <= 0 || !is_ordered || self.occupied != level {
                return Err(cursor.refuse(from, price_field, expected));
            }
            if self.raw[level] != raw {
                let ticks = tick.price(raw);
                let ticks = ticks.ok_or_else(|| tick.refuse(cursor, from, price_field))?;
                self.levels[level].0 = ticks;
            }
        }
        self.raw[level] = raw;
        let from = cursor.here();
        let expected = "a whole number of shares, 0 exactly where no level is";
        let size = cursor.integer(size_field, expected, end)?;
        match u64::try_from(size) {
            Ok(size) if (size > 0) == is_level => {
                self.levels[level].1 = size;
                self.occupied += usize::from(is_level);
                Ok(())
            }
            _ => Err(cursor.refuse(from, size_field, expected)),
        }
    }

    fn view(&self, levels: usize) -> RowSide<'_> {
        RowSide { levels: &self.levels[..self.occupied], is_full: self.occupied >= levels }
    }
}
