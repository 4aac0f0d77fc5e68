//! Where the orders lie that wait for their trigger.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashMap;
use shadowbook_model::{Arrival, OrderId, TimeNs};

use crate::order::Waiting;
use crate::policy::LookedAt;

/// The untriggered orders: by arrival for rule T3, by id for clients, by expiry for time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Untriggered {
    by_arrival: BTreeMap<Arrival, Waiting>,
    /// Never iterated, so that the order of hashes decides nothing.
    arrivals: FxHashMap<OrderId, Arrival>,
    /// The `gtd` orders in the order in which they expire (rule P1).
    expiries: BTreeSet<(TimeNs, Arrival, OrderId)>,
    /// The prices that elected none of these orders; a second look at them would find nothing
    /// else. `None` when an order came or a trail may have moved since.
    nothing_at: Option<LookedAt>,
}

impl Untriggered {
    pub(crate) fn is_empty(&self) -> bool {
        self.by_arrival.is_empty()
    }

    pub(crate) fn get(&self, id: OrderId) -> Option<&Waiting> {
        self.by_arrival.get(self.arrivals.get(&id)?)
    }

    /// All of them by arrival.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.by_arrival.values()
    }

    /// To move triggers only: id, arrival and expiry are known elsewhere in here, too.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Waiting> {
        // A trail that moves may be elected at a price that elected nothing before.
        self.nothing_at = None;
        self.by_arrival.values_mut()
    }

    /// The order that expires first, and when.
    pub(crate) fn first_to_expire(&self) -> Option<(TimeNs, Arrival, OrderId)> {
        self.expiries.first().copied()
    }

    /// Takes an order in, at its arrival.
    pub(crate) fn add(&mut self, waiting: Waiting) {
        let order = &waiting.incoming.order;
        let other = self.arrivals.insert(order.id, order.arrival);
        assert!(other.is_none(), "ids are unique among live orders (rule U2)");
        if let Some(time) = order.expire_time {
            self.expiries.insert((time, order.arrival, order.id));
        }
        self.by_arrival.insert(order.arrival, waiting);
        self.nothing_at = None;
    }

    /// Takes out the order with this id; `None` when none that waits has it.
    pub(crate) fn take(&mut self, id: OrderId) -> Option<Waiting> {
        let arrival = self.arrivals.remove(&id)?;
        let waiting = self.by_arrival.remove(&arrival).expect("what has an arrival waits");
        if let Some(time) = waiting.incoming.order.expire_time {
            self.expiries.remove(&(time, arrival, id));
        }
        Some(waiting)
    }

    /// Whether a look at these prices can find something (rule T2).
    pub(crate) fn is_worth_a_look(&self, prices: LookedAt) -> bool {
        !self.is_empty() && self.nothing_at != Some(prices)
    }

    /// Remembers that none of these orders is elected at these prices.
    pub(crate) fn has_nothing_at(&mut self, prices: LookedAt) {
        self.nothing_at = Some(prices);
    }
}
