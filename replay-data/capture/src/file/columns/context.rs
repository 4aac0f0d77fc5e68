//! What writer and reader both know at each point of a block, and predict the next numbers from.
//!
//! Every block begins with an empty context, so that each can be decoded alone.

use shadowbook_model::{InstrumentId, NewOrder, OrderId, Price};

/// An order that the block has named.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) order: OrderId,
    pub(super) instrument: InstrumentId,
    /// The last price heard of it.
    pub(super) price: Price,
}

/// What the numbers of a command are predicted from.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) last_seq: Option<u64>,
    pub(super) time: u64,
    pub(super) instrument: InstrumentId,
    /// The orders that the block has named, in the order of their first mention.
    pub(super) known: Vec<Known>,
    /// The last id of a new order, for each [`id_group`].
    pub(super) new_ids: [u64; 4],
    /// The last id that was named and not known.
    pub(super) unknown_id: u64,
    /// The last price of each instrument and side.
    pub(super) prices: Vec<[Price; 2]>,
    /// The last trade number of each instrument.
    pub(super) trades: Vec<u64>,
}

/// New orders whose ids likely come from one counter: importers and exchanges number what never
/// rests, and what was there before, on their own.
pub(super) fn id_group(new: &NewOrder) -> usize {
    usize::from(new.time_in_force.is_immediate()) | (usize::from(new.seed) << 1)
}

impl Context {
    /// The context at the beginning of a block.
    pub(super) fn reset(&mut self, instruments: usize) {
        self.last_seq = None;
        self.time = 0;
        self.instrument = InstrumentId(0);
        self.known.clear();
        self.new_ids = [0; 4];
        self.unknown_id = 0;
        self.prices.clear();
        self.prices.resize(instruments, [Price(0); 2]);
        self.trades.clear();
        self.trades.resize(instruments, 0);
    }

    /// How many instruments there are.
    pub(super) fn instruments(&self) -> usize {
        self.prices.len()
    }

    /// The order whose first mention is so many mentions ago; the last one is 1 ago.
    #[inline]
    pub(super) fn known_at(&mut self, distance: u64) -> Option<&mut Known> {
        let index = self.known.len().checked_sub(usize::try_from(distance).ok()?)?;
        self.known.get_mut(index)
    }
}
