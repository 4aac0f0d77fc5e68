//! Order ids to places in the book's store of orders.
//!
//! A book looks up an id with every message, and the books of a day do not fit into a cache: so an
//! entry is as small as it can be, and the id itself is left to the order, which is looked at
//! anyway.

/// No order is in this slot.
pub(super) const NONE: u32 = u32::MAX;

const FIRST_CAPACITY: usize = 16;

/// A hash table with open addressing: what collides stands in the next free entry.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// A power of two of them, or none yet; at most half are occupied.
    entries: Vec<Entry>,
    /// By how many bits a mark is shifted to be a position.
    shift: u32,
    occupied: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Half of the id's hash: tells most other ids without looking at their orders.
    mark: u32,
    slot: u32,
}

impl Entry {
    const EMPTY: Self = Self { mark: 0, slot: NONE };
}

/// The better half of a product with the golden ratio, which spreads ids that follow one another.
const fn mark(id: u64) -> u32 {
    (id.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as u32
}

impl Index {
    /// The slot of an id; `is_it` says whether the order in a slot has it.
    #[inline]
    pub(super) fn find(&self, id: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        if self.entries.is_empty() {
            return None;
        }
        let mark = mark(id);
        let mut at = self.home(mark);
        loop {
            let entry = self.entries[at];
            if entry.slot == NONE {
                return None;
            }
            if entry.mark == mark && is_it(entry.slot) {
                return Some(entry.slot);
            }
            at = self.next(at);
        }
    }

    /// The slot that an id has if no other stands in its way; [`NONE`] if it is not known.
    #[inline]
    pub(super) fn guess(&self, id: u64) -> u32 {
        let mark = mark(id);
        let entry = self.entries.get(self.home(mark)).copied().unwrap_or(Entry::EMPTY);
        if entry.mark == mark { entry.slot } else { NONE }
    }

    /// Enters an id that is not there yet.
    #[inline]
    pub(super) fn insert(&mut self, id: u64, slot: u32) {
        self.occupied += 1;
        if 2 * self.occupied > self.entries.len() {
            self.grow();
        }
        self.put(Entry { mark: mark(id), slot });
    }

    /// Removes the entry of an id with this slot.
    ///
    /// # Panics
    /// When there is none.
    #[inline]
    pub(super) fn remove(&mut self, id: u64, slot: u32) {
        let mut hole = self.home(mark(id));
        while self.entries[hole].slot != slot {
            assert!(self.entries[hole].slot != NONE, "an order that rests is in the index");
            hole = self.next(hole);
        }
        self.occupied -= 1;
        // What stands behind moves up, unless its place is behind the hole, so that no search ends
        // before it.
        let mut at = self.next(hole);
        while self.entries[at].slot != NONE {
            let home = self.home(self.entries[at].mark);
            if self.distance(home, at) >= self.distance(hole, at) {
                self.entries[hole] = self.entries[at];
                hole = at;
            }
            at = self.next(at);
        }
        self.entries[hole] = Entry::EMPTY;
    }

    fn put(&mut self, entry: Entry) {
        let mut at = self.home(entry.mark);
        while self.entries[at].slot != NONE {
            at = self.next(at);
        }
        self.entries[at] = entry;
    }

    #[cold]
    fn grow(&mut self) {
        let capacity = (2 * self.entries.len()).max(FIRST_CAPACITY);
        self.shift = u32::BITS - capacity.trailing_zeros();
        let old = std::mem::replace(&mut self.entries, vec![Entry::EMPTY; capacity]);
        old.into_iter().filter(|entry| entry.slot != NONE).for_each(|entry| self.put(entry));
    }

    const fn home(&self, mark: u32) -> usize {
        (mark >> self.shift) as usize
    }

    const fn next(&self, at: usize) -> usize {
        (at + 1) & (self.entries.len() - 1)
    }

    /// How far it is from one entry on to another.
    const fn distance(&self, from: usize, to: usize) -> usize {
        to.wrapping_sub(from) & (self.entries.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Ids that follow one another as the exchange's do, and some that fall on one place.
    fn ids() -> impl Strategy<Value = u64> {
        let colliding = (0..40_u64).prop_map(|number| number << 57);
        prop_oneof![1_000..1_060_u64, colliding, any::<u64>()]
    }

    proptest! {
        #[test]
        fn it_finds_what_a_map_finds(steps in prop::collection::vec(ids(), 1..400)) {
            let mut index = Index::default();
            let mut expected: BTreeMap<u64, u32> = BTreeMap::new();
            let mut slots: Vec<u64> = Vec::new();
            for id in steps {
                let found = index.find(id, |slot| slots[slot as usize] == id);
                prop_assert_eq!(found, expected.get(&id).copied());
                // What is there leaves, what is not enters.
                if let Some(slot) = expected.remove(&id) {
                    index.remove(id, slot);
                } else {
                    let slot = u32::try_from(slots.len()).expect("a short test");
                    slots.push(id);
                    index.insert(id, slot);
                    expected.insert(id, slot);
                }
                for (id, slot) in &expected {
                    let found = index.find(*id, |slot| slots[slot as usize] == *id);
                    prop_assert_eq!(found, Some(*slot));
                }
            }
            prop_assert_eq!(index.occupied, expected.len());
        }
    }
}
