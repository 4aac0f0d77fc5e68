//! Fixed places for things that come and go, named by four bytes.

use std::num::NonZeroU32;
use std::ops::{Index, IndexMut};

/// The place of an item in a [`Slab`].
///
/// Zero is left out so that `Option<Slot>`, the link of every list here, is four bytes too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(NonZeroU32);

impl Slot {
    /// The first place of every slab, also a stand-in where a place is not known yet.
    pub(crate) const FIRST: Self = Self(NonZeroU32::MIN);

    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0.get() as usize
    }

    /// The slot with this index; an index of zero names none.
    #[inline]
    pub(crate) fn from_index(index: usize) -> Option<Self> {
        u32::try_from(index).ok().and_then(NonZeroU32::new).map(Self)
    }
}

/// Places that are made at a time.
pub(crate) const BATCH: usize = 64;

/// Items at places that do not move. The place that was left last is taken first, because its
/// memory is the likeliest to be in the cache.
#[derive(Debug)]
pub(crate) struct Slab<T> {
    /// Item 0 is a placeholder that nothing names.
    items: Vec<T>,
    free: Vec<Slot>,
}

impl<T: Default> Slab<T> {
    pub(crate) fn new() -> Self {
        Self { items: vec![T::default()], free: Vec::new() }
    }
}

impl<T: Default> Slab<T> {
    /// Puts an item in a place.
    #[inline]
    pub(crate) fn insert(&mut self, item: T) -> Slot {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => self.extend(),
        };
        self.items[slot.index()] = item;
        slot
    }

    /// Makes places, many at once, so that whether there is one can be foretold.
    #[cold]
    #[inline(never)]
    fn extend(&mut self) -> Slot {
        let first = self.items.len();
        self.items.resize_with(first + BATCH, T::default);
        let slot_at = |index| Slot::from_index(index).expect("fewer than 2^32 items at a time");
        self.free.extend((first + 1..self.items.len()).rev().map(slot_at));
        slot_at(first)
    }
}

impl<T> Slab<T> {
    /// Frees a place. The caller has unlinked the item; its bytes stay until the place is taken.
    #[inline]
    pub(crate) fn release(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    /// Every place with what is or was there, released places included.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Slot, &T)> {
        self.items
            .iter()
            .enumerate()
            .filter_map(|(index, item)| Slot::from_index(index).map(|slot| (slot, item)))
    }

    /// One more than the greatest index of a place.
    pub(crate) const fn places_end(&self) -> usize {
        self.items.len()
    }

    /// How many items there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.items.len() - 1 - self.free.len()
    }

    /// How many places there are, taken or free.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.items.len() - 1
    }
}

impl<T> Index<Slot> for Slab<T> {
    type Output = T;

    #[inline]
    fn index(&self, slot: Slot) -> &T {
        &self.items[slot.index()]
    }
}

impl<T> IndexMut<Slot> for Slab<T> {
    #[inline]
    fn index_mut(&mut self, slot: Slot) -> &mut T {
        &mut self.items[slot.index()]
    }
}
