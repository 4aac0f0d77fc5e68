//! An ordered set of 64-bit ranks that answers "which is the next one below".
//!
//! A tree of 64-way bitmaps, eleven high, whose nodes are found by hashing instead of pointers: a
//! node exists only while something lies under it. Neighbours that are close share their lower
//! nodes, so a step of the tree is rarely followed by a second one; the worst case is eleven up
//! and eleven down, wherever in the 64 bits the ranks lie.

use crate::slab::{Slab, Slot};
use crate::table::IndexTable;

const BITS: u32 = 6;
const HEIGHTS: u32 = 64_u32.div_ceil(BITS);

#[derive(Debug, Default)]
struct Node {
    key: u64,
    children: u64,
}

/// The set.
#[derive(Debug)]
pub(crate) struct RankSet {
    nodes: Slab<Node>,
    table: IndexTable,
}

/// The key of the node of this height above `path`, which is a rank without its lowest
/// `height × BITS` bits.
#[inline]
const fn key_of(height: u32, path: u64) -> u64 {
    // 58 bits of path at most are left, so the height fits above them.
    (path >> BITS) | ((height as u64) << (64 - BITS))
}

#[inline]
const fn bit_of(path: u64) -> u64 {
    1 << (path % (1 << BITS))
}

impl RankSet {
    pub(crate) fn new() -> Self {
        Self { nodes: Slab::new(), table: IndexTable::new() }
    }

    #[inline]
    fn find(&self, height: u32, path: u64) -> Option<Slot> {
        let key = key_of(height, path);
        self.table.find(key, |slot| self.nodes[slot].key == key)
    }

    /// Adds a rank that is not there.
    pub(crate) fn insert(&mut self, rank: u64) {
        let mut path = rank;
        for height in 0..HEIGHTS {
            if let Some(slot) = self.find(height, path) {
                // A node that is there already has its ancestors.
                self.nodes[slot].children |= bit_of(path);
                return;
            }
            let key = key_of(height, path);
            let slot = self.nodes.insert(Node { key, children: bit_of(path) });
            self.table.insert(key, slot, |slot| self.nodes[slot].key);
            path >>= BITS;
        }
    }

    /// Takes out a rank that is there.
    pub(crate) fn remove(&mut self, rank: u64) {
        let mut path = rank;
        for height in 0..HEIGHTS {
            let slot = self.find(height, path).expect("a rank that is removed was there");
            let node = &mut self.nodes[slot];
            node.children &= !bit_of(path);
            if node.children != 0 {
                return;
            }
            let key = node.key;
            self.table.remove(key, slot);
            self.nodes.release(slot);
            path >>= BITS;
        }
    }

    /// The greatest rank below this one, which itself may be there or not.
    pub(crate) fn below(&self, rank: u64) -> Option<u64> {
        let mut path = rank;
        for height in 0..HEIGHTS {
            if let Some(slot) = self.find(height, path) {
                let below = self.nodes[slot].children & (bit_of(path) - 1);
                if below != 0 {
                    return Some(self.last_under(height, path, below));
                }
            }
            path >>= BITS;
        }
        None
    }

    /// The greatest rank under those children of the node of this height above `path`.
    fn last_under(&self, height: u32, path: u64, children: u64) -> u64 {
        let mut path = ((path >> BITS) << BITS) | u64::from(children.ilog2());
        for height in (0..height).rev() {
            let below = path << BITS;
            let slot = self.find(height, below).expect("a child that is marked is there");
            path = below | u64::from(self.nodes[slot].children.ilog2());
        }
        path
    }

    /// How many nodes there are.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        assert_eq!(self.nodes.len(), self.table.len());
        self.nodes.len()
    }
}
