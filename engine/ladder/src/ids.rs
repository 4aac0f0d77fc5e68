//! From the id of a live order to its slot.

use shadowbook_model::OrderId;

use crate::order::Orders;
use crate::slab::Slot;
use crate::table::IndexTable;

/// Finds live orders by id.
///
/// Ids mostly rise. So the last bits of an id are its place in an array, four times as long as
/// there are orders, where neighbours in time are neighbours in memory and nothing is hashed. What
/// finds its place taken, by an order that has stayed since the ids last had these bits or by ids
/// that do not rise, goes to a hash table.
#[derive(Debug)]
pub(crate) struct Ids {
    /// As long as a power of two.
    near: Vec<Option<Slot>>,
    far: IndexTable,
    live: usize,
    /// No live id is above this one, so most new ids need no search.
    highest: u64,
}

/// Places in the array for each live order.
const ROOM: usize = 4;

impl Ids {
    pub(crate) fn new() -> Self {
        Self { near: vec![None; 64], far: IndexTable::new(), live: 0, highest: 0 }
    }

    #[inline]
    fn place_of(&self, id: OrderId) -> usize {
        let last_bits = usize::try_from(id.0 & 0xffff_ffff).expect("32 bits");
        last_bits & (self.near.len() - 1)
    }

    /// The live order with this id.
    #[inline]
    pub(crate) fn find(&self, id: OrderId, orders: &Orders) -> Option<Slot> {
        match self.near[self.place_of(id)] {
            Some(slot) if orders[slot].id == id => Some(slot),
            _ => self.find_far(id, orders),
        }
    }

    #[inline(never)]
    fn find_far(&self, id: OrderId, orders: &Orders) -> Option<Slot> {
        self.far.find(id.0, |slot| orders[slot].id == id)
    }

    /// Whether a live order has this id.
    #[inline]
    pub(crate) fn is_live(&self, id: OrderId, orders: &Orders) -> bool {
        id.0 <= self.highest && self.find(id, orders).is_some()
    }

    /// Adds an order whose id no other live one has.
    #[inline]
    pub(crate) fn insert(&mut self, id: OrderId, slot: Slot, orders: &Orders) {
        self.highest = self.highest.max(id.0);
        if (self.live + 1) * ROOM > self.near.len() {
            return self.grow(orders);
        }
        self.put(id, slot, orders);
    }

    #[inline]
    fn put(&mut self, id: OrderId, slot: Slot, orders: &Orders) {
        self.live += 1;
        let place = self.place_of(id);
        if self.near[place].is_none() {
            self.near[place] = Some(slot);
        } else {
            self.put_far(id, slot, orders);
        }
    }

    #[inline(never)]
    fn put_far(&mut self, id: OrderId, slot: Slot, orders: &Orders) {
        self.far.insert(id.0, slot, |slot| orders[slot].id.0);
    }

    /// Starts again with twice the room and all orders, the one that is being added included.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, orders: &Orders) {
        let near = vec![None; self.near.len() * 2];
        *self = Self { near, far: IndexTable::new(), live: 0, highest: self.highest };
        for (slot, order) in orders.live() {
            self.put(order.id, slot, orders);
        }
    }

    /// Takes out an order.
    #[inline]
    pub(crate) fn remove(&mut self, id: OrderId, slot: Slot) {
        self.live -= 1;
        let place = self.place_of(id);
        if self.near[place] == Some(slot) {
            self.near[place] = None;
        } else {
            self.remove_far(id, slot);
        }
    }

    #[inline(never)]
    fn remove_far(&mut self, id: OrderId, slot: Slot) {
        self.far.remove(id.0, slot);
    }

    /// How many there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let near = self.near.iter().flatten().count();
        assert_eq!(near + self.far.len(), self.live);
        self.live
    }
}
