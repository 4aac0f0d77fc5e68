//! What icebergs have beside other orders: so few orders are icebergs that it lies apart.

use shadowbook_model::Quantity;

use crate::slab::{Slab, Slot};
use crate::table::IndexTable;

/// How much of an order shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Iceberg {
    order: Slot,
    /// The most that shows at once.
    pub(crate) display: Quantity,
    /// What shows now; nothing while the order waits for its trigger.
    pub(crate) slice: Quantity,
}

impl Iceberg {
    /// Shows a fresh slice of what is open.
    pub(crate) fn refresh(&mut self, open: Quantity) {
        self.slice = self.display.min(open);
    }
}

impl Default for Iceberg {
    fn default() -> Self {
        Self { order: Slot::FIRST, display: Quantity::ZERO, slice: Quantity::ZERO }
    }
}

/// All icebergs, by the slots of their orders.
#[derive(Debug)]
pub(crate) struct Icebergs {
    items: Slab<Iceberg>,
    table: IndexTable,
}

fn key_of(order: Slot) -> u64 {
    order.index() as u64
}

impl Icebergs {
    pub(crate) fn new() -> Self {
        Self { items: Slab::new(), table: IndexTable::new() }
    }

    /// Adds an order that is none yet.
    pub(crate) fn insert(&mut self, order: Slot, display: Quantity, slice: Quantity) {
        let at = self.items.insert(Iceberg { order, display, slice });
        self.table.insert(key_of(order), at, |at| key_of(self.items[at].order));
    }

    fn find(&self, order: Slot) -> Slot {
        let found = self.table.find(key_of(order), |at| self.items[at].order == order);
        found.expect("an iceberg has a display quantity")
    }

    /// The iceberg that this order is.
    pub(crate) fn get(&self, order: Slot) -> Iceberg {
        self.items[self.find(order)]
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, order: Slot) -> &mut Iceberg {
        let at = self.find(order);
        &mut self.items[at]
    }

    /// Takes out an order.
    pub(crate) fn remove(&mut self, order: Slot) {
        let at = self.find(order);
        self.table.remove(key_of(order), at);
        self.items.release(at);
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        assert_eq!(self.items.len(), self.table.len());
        self.items.len()
    }
}
