//! Finds the orders of an account without a word in the order or a step when one ends.

use shadowbook_model::AccountId;

use crate::slab::Slot;

/// A byte per place of the order slab, made of the account that took the place last.
///
/// A mass-cancel looks through these bytes, a vector of them at a time, and then at the orders
/// whose byte agrees. Entering an order writes one byte; ending it does nothing, which a list per
/// account, with two neighbours to mend, could not say.
#[derive(Debug, Default)]
pub(crate) struct Owners {
    tags: Vec<u8>,
}

/// Tags that are compared at once.
const BLOCK: usize = 64;

/// Never zero, which is the byte of a place that nothing has taken yet.
#[inline]
fn tag_of(account: AccountId) -> u8 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let [.., tag] = account.0.wrapping_mul(FACTOR).to_le_bytes();
    tag.max(1)
}

impl Owners {
    /// An order of this account took a place.
    #[inline]
    pub(crate) fn set(&mut self, slot: Slot, account: AccountId) {
        let index = slot.index();
        if index >= self.tags.len() {
            self.grow(index);
        }
        self.tags[index] = tag_of(account);
    }

    #[cold]
    fn grow(&mut self, index: usize) {
        self.tags.resize((index + 1).next_multiple_of(BLOCK), 0);
    }

    /// Every place whose order may be one of this account, in ascending order.
    pub(crate) fn candidates(&self, account: AccountId) -> impl Iterator<Item = Slot> {
        let tag = tag_of(account);
        let blocks = self.tags.chunks_exact(BLOCK).enumerate();
        blocks
            .filter(move |(_, block)| block.iter().fold(false, |any, at| any | (*at == tag)))
            .flat_map(move |(number, block)| {
                block.iter().enumerate().filter_map(move |(index, at)| {
                    (*at == tag).then(|| Slot::from_index(number * BLOCK + index)).flatten()
                })
            })
    }
}
