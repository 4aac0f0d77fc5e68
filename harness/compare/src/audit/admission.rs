//! Whether a command is to be taken: what follows from its attributes, the phase and the book
//! alone (rules O6, C2, C3, C6, C7, P2, U7).

use shadowbook_model::{
    Instrument, NewOrder, OrderType, Phase, Price, Quantity, RejectReason, Replace, Side,
    TimeInForce, TimeNs,
};

use super::order::{Order, Shows, Whereabouts};
use super::shadow::Shadow;
use super::slab::Slot;

/// What is to become of a new order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Admission {
    Accept,
    Reject(RejectReason),
    /// The auditor does not know enough.
    Open,
}

/// What is to become of a replacement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Reject(RejectReason),
    /// Rule C2: the order is cancelled.
    End,
    Take {
        open: Quantity,
        keeps_place: bool,
    },
}

/// Whether an incoming order trades at once in this phase.
pub(super) const fn trades(phase: Phase) -> bool {
    matches!(phase, Phase::Continuous | Phase::PostOnly | Phase::LimitOnly)
}

/// Whether triggers look at the last trade in this phase (rule T2).
pub(super) const fn looks(phase: Phase) -> bool {
    matches!(phase, Phase::Continuous | Phase::LimitOnly)
}

/// Whether orders collect or stay as they were collected: the book may be crossed.
pub(super) const fn may_cross(phase: Phase) -> bool {
    matches!(phase, Phase::Auction | Phase::Halted)
}

/// What an order is judged by when it comes in, new or by a replacement that loses its place.
struct Kind {
    order_type: OrderType,
    time_in_force: TimeInForce,
    post_only: bool,
}

/// Whether the phase takes an order of this kind (rules P2, C7).
fn is_taken(phase: Phase, kind: &Kind) -> bool {
    match phase {
        Phase::Closed | Phase::Halted | Phase::CancelOnly => false,
        Phase::Continuous => true,
        Phase::PostOnly => kind.post_only,
        Phase::LimitOnly => !kind.order_type.is_market_type(),
        Phase::Auction => match kind.order_type {
            OrderType::Limit => !kind.time_in_force.is_immediate(),
            OrderType::Market => kind.time_in_force != TimeInForce::Fok,
            _ => true,
        },
    }
}

fn is_outside(instrument: &Instrument, price: Price) -> bool {
    instrument.price_min.is_some_and(|lowest| price < lowest)
        || instrument.price_max.is_some_and(|highest| price > highest)
}

/// Whether there is an opposite order at a limit or better (rule A2).
pub(super) fn would_take(shadow: &Shadow, side: Side, limit: Price) -> bool {
    shadow.best(side.opposite()).is_some_and(|best| match side {
        Side::Buy => best.price <= limit,
        Side::Sell => best.price >= limit,
    })
}

/// What is to become of a new order.
#[inline]
pub(super) fn of_new(shadow: &Shadow, new: &NewOrder, now: TimeNs) -> Admission {
    if is_contradictory(new, now) {
        return Admission::Reject(RejectReason::InvalidOrder);
    }
    if new.quantity.is_zero() || new.min_quantity() == Some(Quantity::ZERO) {
        return Admission::Reject(RejectReason::InvalidQuantity);
    }
    let prices = new.price.into_iter().chain(new.trigger_price());
    let has_bad_trail = new.trail_offset().is_some_and(|offset| offset.0 <= 0);
    if has_bad_trail || prices.into_iter().any(|price| is_outside(&shadow.instrument, price)) {
        return Admission::Reject(RejectReason::InvalidPrice);
    }
    match shadow.find(new.order).map(|slot| shadow.order(slot).whereabouts) {
        Some(Whereabouts::Unknown) => return Admission::Open,
        Some(_) => return Admission::Reject(RejectReason::DuplicateOrder),
        None => {}
    }
    let (order_type, time_in_force) = (new.order_type, new.time_in_force);
    if !is_taken(shadow.phase, &Kind { order_type, time_in_force, post_only: new.post_only }) {
        return Admission::Reject(RejectReason::Phase);
    }
    if new.is_unconditional() && !new.post_only {
        return Admission::Accept;
    }
    of_conditions(shadow, new)
}

fn of_conditions(shadow: &Shadow, new: &NewOrder) -> Admission {
    if new.order_type.has_trigger() {
        return Admission::Accept;
    }
    let limit = new.price.unwrap_or_default();
    if new.post_only && trades(shadow.phase) && would_take(shadow, new.side, limit) {
        return Admission::Reject(RejectReason::PostOnlyWouldTake);
    }
    if let Some(minimum) = new.min_quantity()
        && !new.time_in_force.is_immediate()
    {
        let order = Order::entered(new, shadow.arrivals);
        if !trades(shadow.phase) || !shadow.can_trade(&order, minimum) {
            return Admission::Reject(RejectReason::MinQuantity);
        }
    }
    Admission::Accept
}

/// Rule O6.
#[inline]
fn is_contradictory(new: &NewOrder, now: TimeNs) -> bool {
    let is_market_type = new.order_type.is_market_type();
    if new.price.is_some() == is_market_type {
        return true;
    }
    let is_gtd = new.time_in_force == TimeInForce::Gtd;
    let is_market = new.order_type == OrderType::Market;
    if (is_market && !new.time_in_force.is_immediate())
        || (new.post_only && (is_market_type || new.time_in_force.is_immediate()))
    {
        return true;
    }
    if new.is_unconditional() {
        return is_gtd || new.order_type.has_trigger();
    }
    let has_wrong_time = match new.expire_time() {
        None => is_gtd,
        Some(time) => !is_gtd || time <= now,
    };
    let is_above = |part: Option<Quantity>| part.is_some_and(|part| part > new.quantity);
    has_wrong_time
        || has_wrong_trigger(new)
        || (is_market_type && new.display_quantity().is_some())
        || (new.post_only && new.min_quantity().is_some())
        || is_above(new.display_quantity())
        || is_above(new.min_quantity())
}

fn has_wrong_trigger(new: &NewOrder) -> bool {
    if !new.order_type.has_trigger() {
        return new.trigger_price().is_some() || new.trail_offset().is_some();
    }
    // Each type has one kind of trigger; the other kind beside it is a contradiction as well.
    let is_trailing = new.order_type.is_trailing();
    new.trail_offset().is_some() != is_trailing || new.trigger_price().is_some() == is_trailing
}

/// What is to become of a replacement of a live order.
pub(super) fn of_replace(shadow: &Shadow, slot: Slot, replace: &Replace) -> Change {
    let order = shadow.order(slot);
    let total = replace
        .quantity
        .map_or_else(|| order.executed.0.saturating_add(order.open.0), |total| total.0);
    let open = Quantity(total.saturating_sub(order.executed.0));
    if is_contradictory_change(order, replace, total, open) {
        return Change::Reject(RejectReason::InvalidOrder);
    }
    let named = replace.price.into_iter().chain(replace.trigger_price);
    if named.into_iter().any(|price| is_outside(&shadow.instrument, price)) {
        return Change::Reject(RejectReason::InvalidPrice);
    }
    let is_taken_id = |id| id != order.id && shadow.find(id).is_some();
    if replace.new_order.is_some_and(is_taken_id) {
        return Change::Reject(RejectReason::DuplicateOrder);
    }
    if matches!(shadow.phase, Phase::Closed | Phase::Halted | Phase::CancelOnly) {
        return Change::Reject(RejectReason::Phase);
    }
    if open.is_zero() {
        return Change::End;
    }
    if keeps_place(order, replace, open) {
        return Change::Take { open, keeps_place: true };
    }
    let (order_type, time_in_force) = (order.order_type, order.time_in_force);
    // Once triggered it is judged as the plain order that it became.
    let order_type = match (order.is_waiting(), order_type.is_market_type()) {
        (true, _) => order_type,
        (false, true) => OrderType::Market,
        (false, false) => OrderType::Limit,
    };
    if !is_taken(shadow.phase, &Kind { order_type, time_in_force, post_only: order.post_only }) {
        return Change::Reject(RejectReason::Phase);
    }
    let limit = replace.price.unwrap_or(order.price);
    if order.post_only
        && !order.is_waiting()
        && trades(shadow.phase)
        && would_take(shadow, order.side, limit)
    {
        return Change::Reject(RejectReason::PostOnlyWouldTake);
    }
    Change::Take { open, keeps_place: false }
}

/// Rules C6, A6.
fn is_contradictory_change(order: &Order, replace: &Replace, total: u64, open: Quantity) -> bool {
    let is_market_type = order.order_type.is_market_type();
    let has_wrong_trigger =
        replace.trigger_price.is_some() && (!order.is_waiting() || order.order_type.is_trailing());
    let has_wrong_display = replace
        .display_quantity
        .is_some_and(|display| !open.is_zero() && (is_market_type || display.0 > total));
    has_wrong_trigger || has_wrong_display || (is_market_type && replace.price.is_some())
}

/// Rule C3.
fn keeps_place(order: &Order, replace: &Replace, open: Quantity) -> bool {
    let is_hidden = order.shows == Shows::Nothing;
    let gets_hidden = replace.display_quantity.map_or(is_hidden, Quantity::is_zero);
    replace.price.is_none_or(|price| price == order.price)
        && replace.trigger_price.is_none_or(|trigger| Some(trigger) == order.trigger)
        && open <= order.open
        && is_hidden == gets_hidden
}
