//! How a new order is judged and entered.

use shadowbook_model::{
    CommandKind, Event, EventBuffer, NewOrder, OrderType, Price, RejectReason, TimeInForce, TimeNs,
};

use crate::market::Market;
use crate::order::{Order, Taker};
use crate::policy::Policy;

impl<P: Policy> Market<P> {
    /// Enters an order, or says why not.
    pub(crate) fn enter(&mut self, new: &NewOrder, now: TimeNs, events: &mut EventBuffer) {
        match self.reason_to_refuse(new, now) {
            Some(reason) => {
                let command = CommandKind::New;
                events.push(Event::Rejected { command, order: new.order, reason });
            }
            None => {
                events.push(Event::Accepted { order: new.order });
                let order = Order::new(new, self.arrive());
                self.take(Taker { order, limit: new.price }, events);
            }
        }
    }

    /// The first of the reasons of rule U7 that holds.
    fn reason_to_refuse(&self, new: &NewOrder, now: TimeNs) -> Option<RejectReason> {
        if is_contradictory(new, now) {
            Some(RejectReason::InvalidOrder)
        } else if new.quantity.is_zero() {
            Some(RejectReason::InvalidQuantity)
        } else if new.price.is_some_and(|price| self.is_invalid_price(price)) {
            Some(RejectReason::InvalidPrice)
        } else if self.book.find(new.order).is_some() {
            Some(RejectReason::DuplicateOrder)
        } else if !self.policy.admits(self.phase, new.order_type, new.post_only) {
            Some(RejectReason::Phase)
        } else if self.is_turned_away(new.post_only, || self.would_trade(new.side, new.price)) {
            Some(RejectReason::PostOnlyWouldTake)
        } else {
            None
        }
    }

    pub(crate) fn is_invalid_price(&self, price: Price) -> bool {
        !self.policy.is_within_bounds(price, self.price_min, self.price_max)
    }

    /// Rule O3.
    pub(crate) fn is_turned_away(&self, post_only: bool, would_trade: impl Fn() -> bool) -> bool {
        post_only && would_trade() && self.policy.post_only_is_turned_away()
    }
}

/// Rule O6, as far as orders can say it that ask only for what is offered.
fn is_contradictory(new: &NewOrder, now: TimeNs) -> bool {
    let has_wrong_price = new.price.is_some() == new.order_type.is_market_type();
    let has_foreign_trigger = !new.order_type.has_trigger()
        && (new.trigger_price().is_some() || new.trail_offset().is_some());
    let is_market_that_stays =
        new.order_type == OrderType::Market && !new.time_in_force.is_immediate();
    let is_immediate_post_only = new.time_in_force.is_immediate() && new.post_only;
    let has_wrong_expiry = match new.expire_time() {
        Some(expire_time) => new.time_in_force != TimeInForce::Gtd || expire_time <= now,
        None => new.time_in_force == TimeInForce::Gtd,
    };
    has_wrong_price
        || has_foreign_trigger
        || is_market_that_stays
        || is_immediate_post_only
        || has_wrong_expiry
}
