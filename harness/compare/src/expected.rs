//! Divergences that somebody expects.

use std::fmt;

use shadowbook_model::OrderType;

use crate::Divergence;

/// Says which divergences are expected: an allowlist, seen from here.
pub trait Expected: fmt::Debug {
    /// The position of the entry that covers a divergence, if one does. `order_type` is that of
    /// the order that its command names, where that is known.
    fn covers(&self, divergence: &Divergence, order_type: Option<OrderType>) -> Option<usize>;

    /// How many entries there are.
    fn entries(&self) -> usize;

    /// Whether an entry asks for the type of an order: only then are they remembered.
    fn asks_for_order_types(&self) -> bool;
}

/// The roots that one entry covers. They are not among the roots of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    /// How many.
    pub count: u64,
    /// How many of them are disputed.
    pub disputed: u64,
    /// The first of them.
    pub listed: Vec<Divergence>,
}

impl Covered {
    /// At most this many roots of one entry are listed.
    pub const LISTED: usize = 100;

    /// Counts a root, and lists it while there is room.
    pub fn add(&mut self, divergence: Divergence) {
        self.count += 1;
        self.disputed += u64::from(divergence.is_disputed);
        if self.listed.len() < Self::LISTED {
            self.listed.push(divergence);
        }
    }
}
