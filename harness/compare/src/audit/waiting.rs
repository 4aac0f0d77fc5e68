//! The orders that wait for a trigger, so that the elected ones are found without looking at all.

use std::collections::BTreeMap;

use shadowbook_model::{Arrival, Price};

use super::order::Order;
use super::slab::{Slab, Slot};

/// The untriggered orders of one instrument.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiting {
    /// Elected when the last trade is at the trigger or above, by trigger and arrival.
    rising: BTreeMap<(Price, Arrival), Slot>,
    /// Elected when it is at the trigger or below.
    falling: BTreeMap<(Price, Arrival), Slot>,
    /// Triggers that follow the last trade.
    trailing: BTreeMap<Arrival, Slot>,
    /// Those of `rising`, `falling` and `trailing` together.
    count: usize,
    /// Nothing changed since the last look: no order is elected.
    pub(super) is_settled: bool,
}

impl Waiting {
    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn insert(&mut self, order: &Order, slot: Slot) {
        self.is_settled = false;
        let is_new = if order.order_type.is_trailing() {
            self.trailing.insert(order.arrival, slot).is_none()
        } else if let Some(trigger) = order.trigger {
            self.fixed(order).insert((trigger, order.arrival), slot).is_none()
        } else {
            false
        };
        self.count += usize::from(is_new);
    }

    pub(super) fn remove(&mut self, order: &Order) {
        let found = if order.order_type.is_trailing() {
            self.trailing.remove(&order.arrival)
        } else if let Some(trigger) = order.trigger {
            self.fixed(order).remove(&(trigger, order.arrival))
        } else {
            None
        };
        self.count -= usize::from(found.is_some());
    }

    const fn fixed(&mut self, order: &Order) -> &mut BTreeMap<(Price, Arrival), Slot> {
        if order.rises() { &mut self.rising } else { &mut self.falling }
    }

    /// Looks at the last trade: moves what trails, then says which order is elected and arrived
    /// first (rules T2 to T4, A4).
    pub(super) fn look(&mut self, last: Price, orders: &mut Slab<Order>) -> Option<Slot> {
        if self.is_settled || self.is_empty() {
            return None;
        }
        let mut first: Option<(Arrival, Slot)> = None;
        let mut consider = |arrival: Arrival, slot: Slot| {
            if first.is_none_or(|(earliest, _)| arrival < earliest) {
                first = Some((arrival, slot));
            }
        };
        for (arrival, slot) in &self.trailing {
            let order = &mut orders[*slot];
            follow(order, last);
            if order.is_elected(last) {
                consider(*arrival, *slot);
            }
        }
        for ((_, arrival), slot) in self.rising.range(..=(last, Arrival(u64::MAX))) {
            consider(*arrival, *slot);
        }
        for ((_, arrival), slot) in self.falling.range((last, Arrival(0))..) {
            consider(*arrival, *slot);
        }
        self.is_settled = first.is_none();
        first.map(|(_, slot)| slot)
    }
}

/// Moves a trailing trigger in its owner's favour, held at the ends of `i64` (rule T4).
fn follow(order: &mut Order, last: Price) {
    let Some(offset) = order.trail else { return };
    let now = if order.rises() {
        last.0.saturating_add(offset.0)
    } else {
        last.0.saturating_sub(offset.0)
    };
    order.trigger = Some(match order.trigger {
        None => Price(now),
        Some(Price(before)) if order.rises() => Price(before.min(now)),
        Some(Price(before)) => Price(before.max(now)),
    });
}
