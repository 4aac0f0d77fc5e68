//! How a new order is judged and entered.

use shadowbook_model::{
    CommandKind, Event, EventBuffer, NewOrder, OrderType, Price, Quantity, RejectReason,
    TimeInForce, TimeNs, TriggerState,
};

use crate::market::Market;
use crate::order::{Incoming, Waiting};
use crate::policy::Policy;

impl<P: Policy> Market<P> {
    /// Enters an order, or says why not.
    pub(crate) fn enter(&mut self, new: &NewOrder, now: TimeNs, events: &mut EventBuffer) {
        if let Some(reason) = self.reason_to_refuse(new, now) {
            let command = CommandKind::New;
            events.push(Event::Rejected { command, order: new.order, reason });
            return;
        }
        events.push(Event::Accepted { order: new.order });
        if !self.policy.refuses_live_ids() {
            self.take_live(new.order);
        }
        let incoming = Incoming::new(new, self.arrive());
        match trigger(new) {
            Some(trigger) => self.untriggered.add(Waiting { incoming, trigger }),
            None => self.take(incoming, events),
        }
    }

    /// The first of the reasons of rule U7 that holds.
    #[inline]
    fn reason_to_refuse(&self, new: &NewOrder, now: TimeNs) -> Option<RejectReason> {
        if is_contradictory(new, now) {
            Some(RejectReason::InvalidOrder)
        } else if new.quantity.is_zero() || new.min_quantity() == Some(Quantity::ZERO) {
            Some(RejectReason::InvalidQuantity)
        } else if self.has_invalid_price(new) {
            Some(RejectReason::InvalidPrice)
        } else if self.is_live(new.order) && self.policy.refuses_live_ids() {
            Some(RejectReason::DuplicateOrder)
        } else if !self.admits(new) {
            Some(RejectReason::Phase)
        } else if new.order_type.has_trigger() {
            // What waits does not trade on arrival.
            None
        } else if self.is_turned_away(new.post_only, || self.would_trade(new.side, new.price)) {
            Some(RejectReason::PostOnlyWouldTake)
        } else if !new.time_in_force.is_immediate() && !self.can_trade_minimum(new) {
            Some(RejectReason::MinQuantity)
        } else {
            None
        }
    }

    /// Rule U6.
    fn has_invalid_price(&self, new: &NewOrder) -> bool {
        let mut prices = new.price.into_iter().chain(new.trigger_price());
        prices.any(|price| self.is_invalid_price(price))
            || new.trail_offset().is_some_and(|offset| offset.0 <= 0)
    }

    pub(crate) fn is_invalid_price(&self, price: Price) -> bool {
        !self.policy.is_within_bounds(price, self.price_min, self.price_max)
    }

    fn admits(&self, new: &NewOrder) -> bool {
        self.policy.admits(self.phase, new.order_type, new.time_in_force, new.post_only)
    }

    /// Rule O3. Where nothing trades, nothing would trade on arrival.
    pub(crate) fn is_turned_away(&self, post_only: bool, would_trade: impl Fn() -> bool) -> bool {
        post_only
            && !self.policy.collects(self.phase)
            && would_trade()
            && self.policy.post_only_is_turned_away()
    }

    /// Rule O5, for an order that would rest.
    fn can_trade_minimum(&self, new: &NewOrder) -> bool {
        // Copied only for the few that have one.
        new.min_quantity().is_none() || self.minimum_may_trade(&Incoming::new(new, self.arrivals))
    }
}

/// The trigger that a new order waits for; a trailing one has no price before the first look at it
/// (rules T4, A4).
#[inline]
fn trigger(new: &NewOrder) -> Option<TriggerState> {
    let fixed = new.trigger_price().map(TriggerState::Fixed);
    fixed.or(new.trail_offset().map(|offset| TriggerState::Trailing { offset, price: None }))
}

/// Rule O6.
#[inline]
fn is_contradictory(new: &NewOrder, now: TimeNs) -> bool {
    let NewOrder { order_type, time_in_force, .. } = *new;
    let is_market_type = order_type.is_market_type();
    let is_immediate = time_in_force.is_immediate();
    let has_wrong_price = new.price.is_some() == is_market_type;
    let has_wrong_expiry = match new.expire_time() {
        Some(expire_time) => time_in_force != TimeInForce::Gtd || expire_time <= now,
        None => time_in_force == TimeInForce::Gtd,
    };
    let is_market_that_stays = order_type == OrderType::Market && !is_immediate;
    let is_wrong_post_only = new.post_only && (is_immediate || is_market_type);
    has_wrong_price
        || has_wrong_expiry
        || is_market_that_stays
        || is_wrong_post_only
        || (!new.is_unconditional() || order_type.has_trigger()) && has_wrong_conditions(new)
}

/// Rule O6, for what few orders have.
fn has_wrong_conditions(new: &NewOrder) -> bool {
    let order_type = new.order_type;
    let is_trailing = order_type.is_trailing();
    let is_fixed = order_type.has_trigger() && !is_trailing;
    let has_wrong_trigger =
        new.trigger_price().is_some() != is_fixed || new.trail_offset().is_some() != is_trailing;
    let is_above = |part: Option<Quantity>| part.is_some_and(|part| part > new.quantity);
    has_wrong_trigger
        || is_above(new.display_quantity())
        || is_above(new.min_quantity())
        || (new.display_quantity().is_some() && order_type.is_market_type())
        || (new.min_quantity().is_some() && new.post_only)
}
