//! One live order.

use shadowbook_model::{
    AccountId, Arrival, NewOrder, OrderId, OrderState, OrderType, Price, Quantity, SelfTrade, Side,
    TimeInForce, TimeNs, Visibility,
};

use crate::policy::Party;

/// A live order. Its limit is not in here: it is the level at which the order lies, or that of the
/// [`Taker`] that it is while it comes in.
///
/// It is exactly one cache line, so that taking it out of the middle of a queue touches no more.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) account: AccountId,
    pub(crate) arrival: Arrival,
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
}

/// An order that comes in to trade: it is nowhere in the book.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taker {
    pub(crate) order: Order,
    /// `None` for market types.
    pub(crate) limit: Option<Price>,
}

impl Order {
    pub(crate) fn new(new: &NewOrder, arrival: Arrival) -> Self {
        Self {
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
        }
    }

    /// The total quantity of rule C2; what was decremented is no part of it any more.
    pub(crate) fn total(&self) -> Quantity {
        Quantity(self.executed.0 + self.open.0)
    }

    /// Some of it trades.
    pub(crate) fn fill(&mut self, quantity: Quantity) {
        self.reduce(quantity);
        self.executed.0 += quantity.0;
    }

    /// Some of it is gone without a trade.
    pub(crate) fn reduce(&mut self, quantity: Quantity) {
        self.open.0 -= quantity.0;
    }

    pub(crate) fn party(&self) -> Party {
        Party { account: self.account, self_trade: self.self_trade }
    }

    /// How it is shown while it rests at `price`.
    pub(crate) fn state(&self, price: Price) -> OrderState {
        OrderState {
            order: self.id,
            account: self.account,
            arrival: self.arrival,
            price: Some(price),
            open: self.open,
            executed: self.executed,
            visibility: Visibility::Full,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_one_cache_line_and_so_is_a_gap() {
        assert_eq!(size_of::<Option<Order>>(), 64);
    }
}
