//! Rules that look at a command, the clock and the phase, and at no book.

use shadowbook_model::{
    Instrument, NewOrder, OrderType, Phase, Price, RejectReason, TimeInForce, TimeNs,
};

/// The prices that an order may have, both ends included (rule U6).
#[derive(Clone, Copy, Debug)]
pub(crate) struct PriceBounds {
    lowest: Price,
    highest: Price,
}

impl PriceBounds {
    pub(crate) fn of(instrument: &Instrument) -> Self {
        Self {
            lowest: instrument.price_min.unwrap_or(Price(i64::MIN)),
            highest: instrument.price_max.unwrap_or(Price(i64::MAX)),
        }
    }

    #[inline]
    pub(crate) fn exclude(self, price: Price) -> bool {
        price < self.lowest || price > self.highest
    }
}

/// The first three reasons of rule U7 for a new order.
#[inline]
pub(crate) fn judge_new(new: &NewOrder, now: TimeNs, bounds: PriceBounds) -> Option<RejectReason> {
    let is_plain = new.is_unconditional()
        && new.order_type == OrderType::Limit
        && new.time_in_force != TimeInForce::Gtd
        && !new.post_only;
    match new.price {
        Some(price) if is_plain => {
            if new.quantity.is_zero() {
                Some(RejectReason::InvalidQuantity)
            } else {
                bounds.exclude(price).then_some(RejectReason::InvalidPrice)
            }
        }
        _ => judge_unusual(new, now, bounds),
    }
}

/// The same for orders that have more than side, limit and quantity.
fn judge_unusual(new: &NewOrder, now: TimeNs, bounds: PriceBounds) -> Option<RejectReason> {
    if contradicts_type(new) || contradicts_time(new, now) || contradicts_quantity(new) {
        return Some(RejectReason::InvalidOrder);
    }
    if new.quantity.is_zero() || new.min_quantity().is_some_and(|quantity| quantity.is_zero()) {
        return Some(RejectReason::InvalidQuantity);
    }
    let is_outside = |price: Option<Price>| price.is_some_and(|price| bounds.exclude(price));
    let is_bad_trail = new.trail_offset().is_some_and(|offset| offset.0 <= 0);
    (is_outside(new.price) || is_outside(new.trigger_price()) || is_bad_trail)
        .then_some(RejectReason::InvalidPrice)
}

/// Rule O6: price and trigger fields that the order type does not have, or lacks.
fn contradicts_type(new: &NewOrder) -> bool {
    let order_type = new.order_type;
    let has_limit = !order_type.is_market_type();
    let has_trigger = order_type.has_trigger() && !order_type.is_trailing();
    new.price.is_some() != has_limit
        || new.trigger_price().is_some() != has_trigger
        || new.trail_offset().is_some() != order_type.is_trailing()
        || (!has_limit && (new.display_quantity().is_some() || new.post_only))
}

/// Rule O6: times in force that the order type does not take, and expiry times.
fn contradicts_time(new: &NewOrder, now: TimeNs) -> bool {
    let time_in_force = new.time_in_force;
    let is_expiry_wrong = match new.expire_time() {
        Some(time) => time_in_force != TimeInForce::Gtd || time <= now,
        None => time_in_force == TimeInForce::Gtd,
    };
    is_expiry_wrong
        || (new.order_type == OrderType::Market && !time_in_force.is_immediate())
        || (new.post_only && time_in_force.is_immediate())
}

/// Rule O6: parts that are more than the whole, and a minimum that may not trade.
fn contradicts_quantity(new: &NewOrder) -> bool {
    new.display_quantity().is_some_and(|display| display > new.quantity)
        || new.min_quantity().is_some_and(|minimum| new.post_only || minimum > new.quantity)
}

/// Whether a phase takes an order that arrives (rules P2, C7).
#[inline]
pub(crate) fn takes_arrival(
    phase: Phase,
    order_type: OrderType,
    time_in_force: TimeInForce,
    is_post_only: bool,
) -> bool {
    if phase == Phase::Continuous {
        return true;
    }
    match phase {
        Phase::Continuous => true,
        Phase::PostOnly => is_post_only,
        Phase::LimitOnly => !order_type.is_market_type(),
        Phase::Closed | Phase::Halted | Phase::CancelOnly => false,
        Phase::Auction => match order_type {
            OrderType::Limit => !time_in_force.is_immediate(),
            OrderType::Market => time_in_force != TimeInForce::Fok,
            _ => true,
        },
    }
}

/// Whether a phase takes replacements at all (rule C7).
pub(crate) const fn takes_replacements(phase: Phase) -> bool {
    !matches!(phase, Phase::Closed | Phase::Halted | Phase::CancelOnly)
}
