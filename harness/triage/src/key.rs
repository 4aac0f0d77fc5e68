//! What equal examples have in common.

use std::fmt;

use shadowbook_model::{Action, OrderType, Price, TimeNs};

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

impl Key {
    #[cfg(test)]
    pub(crate) const fn of_nothing() -> Self {
        Self(Vec::new())
    }

    /// The key of an example with just one order that waits for a trigger, whatever its kind.
    pub(crate) fn of_any_trigger(minimized: &Minimized) -> Option<Self> {
        let mut simplest = minimized.clone();
        let mut triggered = 0;
        for command in &mut simplest.flow.commands {
            if let Action::New(new) = &mut command.action
                && new.order_type.has_trigger()
            {
                triggered += 1;
                *new = new.with_trigger_price(Price(0)).with_trail_offset(None);
                new.order_type = OrderType::Stop;
                new.price = None;
            }
        }
        (triggered == 1 && simplest.flow.snapshots.is_empty()).then(|| Self::of(&simplest))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|number| write!(f, "{number:x}."))
    }
}
