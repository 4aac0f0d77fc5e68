//! Orders that the rules refuse for their form (O5, O6, U6).

use shadowbook_model::{
    NewOrder, OrderType, Price, PriceOffset, Quantity, RejectReason, TimeInForce, TimeNs,
};

use super::theme::any;
use super::venue::Venue;
use crate::random::Random;

/// Any way of being malformed; what is refused for several reasons is among them.
pub(super) fn malform(
    order: NewOrder,
    venue: &Venue,
    now: TimeNs,
    random: &mut Random,
) -> NewOrder {
    let reasons = [
        RejectReason::InvalidOrder,
        RejectReason::InvalidOrder,
        RejectReason::InvalidQuantity,
        RejectReason::InvalidPrice,
    ];
    let first = any(&reasons, random);
    let order = malform_for(order, first, venue, now, random).unwrap_or(order);
    if random.in_a_thousand(150) {
        let second = any(&reasons, random);
        return malform_for(order, second, venue, now, random).unwrap_or(order);
    }
    if random.in_a_thousand(60) {
        return contradict_time_in_force(order);
    }
    order
}

/// A market order that would stay.
fn contradict_time_in_force(order: NewOrder) -> NewOrder {
    if order.order_type == OrderType::Market {
        return NewOrder { time_in_force: TimeInForce::Day, ..order };
    }
    NewOrder { time_in_force: TimeInForce::Gtd, ..order }.with_expire_time(None)
}

/// Malformed in a way that is refused for this reason, of the same type and time in force; `None`
/// where there is no such way.
pub(super) fn malform_for(
    order: NewOrder,
    reason: RejectReason,
    venue: &Venue,
    now: TimeNs,
    random: &mut Random,
) -> Option<NewOrder> {
    match reason {
        RejectReason::InvalidOrder => Some(contradict(order, now, random)),
        RejectReason::InvalidQuantity if random.flip() && !order.post_only => {
            Some(order.with_min_quantity(Quantity(0)))
        }
        RejectReason::InvalidQuantity => {
            // A display or minimum above the quantity would be `invalid-order`.
            let bare = order.with_display_quantity(None).with_min_quantity(None);
            Some(NewOrder { quantity: Quantity(0), ..bare })
        }
        RejectReason::InvalidPrice => misprice(order, venue, random),
        _ => None,
    }
}

/// A price that the instrument does not take.
pub(super) fn price_out_of_bounds(venue: &Venue, random: &mut Random) -> Option<Price> {
    let (lowest, highest) = venue.bounds?;
    Some(Price(any(&[lowest - 1, highest + 1, i64::MIN, i64::MAX], random)))
}

fn misprice(order: NewOrder, venue: &Venue, random: &mut Random) -> Option<NewOrder> {
    if order.order_type.is_trailing() && (venue.bounds.is_none() || random.flip()) {
        let offset = PriceOffset(any(&[0, -1, i64::MIN], random));
        return Some(order.with_trail_offset(offset));
    }
    let price = price_out_of_bounds(venue, random)?;
    let has_fixed_trigger = order.trigger_price().is_some();
    if has_fixed_trigger && (order.price.is_none() || random.flip()) {
        return Some(order.with_trigger_price(price));
    }
    order.price.map(|_| NewOrder { price: Some(price), ..order })
}

/// Contradicts itself (rule O6).
fn contradict(order: NewOrder, now: TimeNs, random: &mut Random) -> NewOrder {
    let is_market_type = order.order_type.is_market_type();
    match random.below(5) {
        0 if is_market_type => NewOrder { price: Some(Price(0)), ..order },
        0 => NewOrder { price: None, ..order },
        1 => contradict_trigger(order, random),
        2 if is_market_type => order.with_display_quantity(Quantity(random.below(3))),
        2 => order
            .with_display_quantity(Quantity(order.quantity.0.saturating_add(1)))
            .with_min_quantity(None),
        3 if is_market_type => NewOrder { post_only: true, ..order },
        3 if order.time_in_force.is_immediate() => NewOrder { post_only: true, ..order },
        3 => NewOrder { post_only: true, ..order }.with_min_quantity(Quantity(1)),
        _ => contradict_expiry(order, now, random),
    }
}

fn contradict_trigger(order: NewOrder, random: &mut Random) -> NewOrder {
    let is_trailing = order.order_type.is_trailing();
    match (order.order_type.has_trigger(), random.flip()) {
        (false, true) => order.with_trigger_price(Price(1)),
        (false, false) => order.with_trail_offset(PriceOffset(1)),
        (true, true) => order.with_trigger_price(None).with_trail_offset(None),
        (true, false) if is_trailing => order.with_trigger_price(Price(1)),
        (true, false) => order.with_trail_offset(PriceOffset(1)),
    }
}

fn contradict_expiry(order: NewOrder, now: TimeNs, random: &mut Random) -> NewOrder {
    if order.time_in_force != TimeInForce::Gtd {
        return order.with_expire_time(TimeNs(now.0.saturating_add(random.below(3))));
    }
    let earlier = TimeNs(now.0.saturating_sub(random.below(2)));
    order.with_expire_time(random.flip().then_some(earlier))
}
