//! Things that stay where they are, under small numbers that are used again.

use std::num::NonZeroU32;

/// The place of a thing in its slab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(NonZeroU32);

impl Slot {
    fn of(index: usize) -> Self {
        let number = u32::try_from(index + 1).expect("fewer than 2^32 things fit the memory");
        Self(NonZeroU32::new(number).expect("one more than an index is not zero"))
    }

    const fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Things under slots. What was removed keeps its memory until the slot is used again.
#[derive(Clone, Debug)]
pub(super) struct Slab<T> {
    things: Vec<T>,
    free: Vec<Slot>,
}

impl<T> Slab<T> {
    pub(super) const fn new() -> Self {
        Self { things: Vec::new(), free: Vec::new() }
    }

    #[inline]
    pub(super) fn insert(&mut self, thing: T) -> Slot {
        if let Some(slot) = self.free.pop() {
            self.things[slot.index()] = thing;
            return slot;
        }
        let slot = Slot::of(self.things.len());
        self.things.push(thing);
        slot
    }

    /// Lets the slot be used again.
    #[inline]
    pub(super) fn free(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    /// Every slot, freed ones included.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> + use<T> {
        (0..self.things.len()).map(Slot::of)
    }
}

impl<T> std::ops::Index<Slot> for Slab<T> {
    type Output = T;

    #[inline]
    fn index(&self, slot: Slot) -> &T {
        &self.things[slot.index()]
    }
}

impl<T> std::ops::IndexMut<Slot> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, slot: Slot) -> &mut T {
        &mut self.things[slot.index()]
    }
}
