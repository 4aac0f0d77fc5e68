//! What equal examples have in common.

use std::fmt;

use shadowbook_model::{Price, TimeNs};

use crate::encode::row;
use crate::fields::{by_rank, each_price, each_time};
use crate::renumber::{accounts_by_appearance, ids_by_appearance, seqs_by_place};
use crate::rerun::Minimized;

/// Equal for flows that are the same after renaming: ids by first appearance, prices and times by
/// rank, whatever the instruments are called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Vec<u64>);

impl Key {
    /// The key of an example, best a canonical one.
    #[must_use]
    pub fn of(minimized: &Minimized) -> Self {
        let flow = seqs_by_place(&minimized.flow);
        let flow = accounts_by_appearance(&ids_by_appearance(&flow));
        let flow = by_rank(&flow, each_time, TimeNs);
        Self(row(&by_rank(&flow, each_price, |rank| {
            Price(i64::try_from(rank).unwrap_or(i64::MAX))
        })))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|number| write!(f, "{number:x}."))
    }
}
