//! One live order.

use shadowbook_model::{
    AccountId, Arrival, NewOrder, OrderId, OrderState, OrderType, PlainOrder, Price, Quantity,
    SelfTrade, Side, TimeInForce, TimeNs, TriggerState, Visibility,
};

use crate::policy::Party;

/// A live order, as far as every order has it. Its limit is not in here: it is the level at which
/// the order lies, or that of the [`Incoming`] that it is while it comes in. Nor is what few have.
///
/// It is exactly one cache line, so that taking it out of the middle of a queue touches no more.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) account: AccountId,
    pub(crate) arrival: Arrival,
    /// What is still to trade, the reserve of an iceberg included.
    pub(crate) open: Quantity,
    /// What has traded. A self-trade decrement is no trade (rule C2).
    pub(crate) executed: Quantity,
    /// There exactly for `gtd`.
    pub(crate) expire_time: Option<TimeNs>,
    pub(crate) side: Side,
    pub(crate) order_type: OrderType,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) post_only: bool,
    pub(crate) self_trade: SelfTrade,
    /// Whether the book knows a slice of it. The book's own: false while the order is elsewhere.
    pub(crate) is_iceberg: bool,
}

/// An order that is not in the book: it comes in to trade, or waits for a trigger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming {
    pub(crate) order: Order,
    /// `None` for market types.
    pub(crate) limit: Option<Price>,
    /// How it will show where it rests; nothing of it shows yet, so a slice is zero.
    pub(crate) visibility: Visibility,
    /// What must trade when it acts (rule O5); what has acted once has none any more.
    pub(crate) min_quantity: Option<Quantity>,
}

/// An order that waits for its trigger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    pub(crate) incoming: Incoming,
    pub(crate) trigger: TriggerState,
}

impl Order {
    /// The total quantity of rule C2; what was decremented is no part of it any more.
    pub(crate) fn total(&self) -> Quantity {
        Quantity(self.executed.0 + self.open.0)
    }

    /// Some of it trades.
    #[inline]
    pub(crate) fn fill(&mut self, quantity: Quantity) {
        self.reduce(quantity);
        // Saturates only where a policy that is wrong on purpose has made quantity of nothing.
        self.executed.0 = self.executed.0.saturating_add(quantity.0);
    }

    /// Some of it is gone without a trade.
    pub(crate) fn reduce(&mut self, quantity: Quantity) {
        self.open.0 -= quantity.0;
    }

    #[inline]
    pub(crate) fn party(&self) -> Party {
        Party { account: self.account, self_trade: self.self_trade }
    }

    /// How it is shown while it rests at `price` and shows all of itself.
    pub(crate) fn plain(&self, price: Price) -> PlainOrder {
        PlainOrder {
            order: self.id,
            account: self.account,
            arrival: self.arrival,
            price,
            open: self.open,
            executed: self.executed,
            expire_time: self.expire_time,
            side: self.side,
            order_type: self.order_type,
            time_in_force: self.time_in_force,
            post_only: self.post_only,
            self_trade: self.self_trade,
        }
    }

    /// How it is shown.
    pub(crate) fn state(&self, limit: Option<Price>, visibility: Visibility) -> OrderState {
        OrderState {
            order: self.id,
            account: self.account,
            arrival: self.arrival,
            price: limit,
            open: self.open,
            executed: self.executed,
            visibility,
            expire_time: self.expire_time,
            min_quantity: None,
            trigger: None,
            side: self.side,
            order_type: self.order_type,
            time_in_force: self.time_in_force,
            post_only: self.post_only,
            self_trade: self.self_trade,
        }
    }

    /// What [`Self::state`] was made of, the rest of which is elsewhere.
    pub(crate) fn from_state(state: &OrderState) -> Self {
        Self {
            id: state.order,
            account: state.account,
            arrival: state.arrival,
            open: state.open,
            executed: state.executed,
            expire_time: state.expire_time,
            side: state.side,
            order_type: state.order_type,
            time_in_force: state.time_in_force,
            post_only: state.post_only,
            self_trade: state.self_trade,
            is_iceberg: false,
        }
    }
}

impl Incoming {
    #[inline]
    pub(crate) fn new(new: &NewOrder, arrival: Arrival) -> Self {
        let order = Order {
            id: new.order,
            account: new.account,
            arrival,
            open: new.quantity,
            executed: Quantity::ZERO,
            expire_time: new.expire_time(),
            side: new.side,
            order_type: new.order_type,
            time_in_force: new.time_in_force,
            post_only: new.post_only,
            self_trade: new.self_trade,
            is_iceberg: false,
        };
        let visibility = new.display_quantity().map_or(Visibility::Full, unshown);
        Self { order, limit: new.price, visibility, min_quantity: new.min_quantity() }
    }
}

impl Waiting {
    /// How it is shown while it waits.
    pub(crate) fn state(&self) -> OrderState {
        let Incoming { order, limit, visibility, min_quantity } = &self.incoming;
        let state = order.state(*limit, *visibility);
        OrderState { min_quantity: *min_quantity, trigger: Some(self.trigger), ..state }
    }
}

/// What a display quantity makes of an order that does not rest (rules O4, A7).
pub(crate) fn unshown(display: Quantity) -> Visibility {
    if display.is_zero() {
        Visibility::Hidden
    } else {
        Visibility::Iceberg { display, slice: Quantity::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_one_cache_line_and_so_is_a_gap() {
        assert_eq!(size_of::<Option<Order>>(), 64);
    }
}
