//! The numbers in a flow, each with a way to read and to set it.

use shadowbook_capture::Flow;
use shadowbook_model::{Action, Price, PriceOffset, Quantity, TimeNs, TriggerState, Visibility};

/// Something that can be shrunk, wherever it stands.
pub(crate) trait Number: Copy + Ord {}

impl<T: Copy + Ord> Number for T {}

/// Shows every number of a kind to what it is given, which may change it.
pub(crate) type Visit<T> = fn(&mut Flow, &mut dyn FnMut(&mut T));

/// Shows every quantity of a flow to `visit`, which may change it, in a fixed order.
pub(crate) fn each_quantity(flow: &mut Flow, visit: &mut dyn FnMut(&mut u64)) {
    for order in flow.snapshots.iter_mut().flat_map(|snapshot| &mut snapshot.orders) {
        visit(&mut order.open.0);
        if let Visibility::Iceberg { display, slice } = &mut order.visibility {
            visit(&mut display.0);
            visit(&mut slice.0);
        }
    }
    for command in &mut flow.commands {
        match &mut command.action {
            Action::New(new) => {
                visit(&mut new.quantity.0);
                if let Some(mut display) = new.display_quantity() {
                    visit(&mut display.0);
                    *new = new.with_display_quantity(display);
                }
                if let Some(mut minimum) = new.min_quantity() {
                    visit(&mut minimum.0);
                    *new = new.with_min_quantity(minimum);
                }
                if let Some(PriceOffset(trail)) = new.trail_offset()
                    && let Ok(mut distance) = u64::try_from(trail)
                {
                    visit(&mut distance);
                    let trail = PriceOffset(i64::try_from(distance).unwrap_or(trail));
                    *new = new.with_trail_offset(trail);
                }
            }
            Action::Replace(replace) => {
                let named = replace.quantity.iter_mut().chain(&mut replace.display_quantity);
                named.for_each(|Quantity(lots)| visit(lots));
            }
            _ => {}
        }
    }
}

/// Shows every price of a flow to `visit`, which may change it, in a fixed order.
pub(crate) fn each_price(flow: &mut Flow, visit: &mut dyn FnMut(&mut Price)) {
    for instrument in &mut flow.instruments {
        let bounds = [&mut instrument.price_min, &mut instrument.price_max];
        bounds.into_iter().flatten().for_each(&mut *visit);
        instrument.reference_price.iter_mut().for_each(&mut *visit);
    }
    for snapshot in &mut flow.snapshots {
        snapshot.state.last_trade.iter_mut().for_each(&mut *visit);
        for order in &mut snapshot.orders {
            order.price.iter_mut().for_each(&mut *visit);
            match &mut order.trigger {
                Some(TriggerState::Fixed(price)) => visit(price),
                Some(TriggerState::Trailing { price, .. }) => {
                    price.iter_mut().for_each(&mut *visit);
                }
                None => {}
            }
        }
    }
    for command in &mut flow.commands {
        match &mut command.action {
            Action::New(new) => {
                new.price.iter_mut().for_each(&mut *visit);
                if let Some(mut trigger) = new.trigger_price() {
                    visit(&mut trigger);
                    *new = new.with_trigger_price(trigger);
                }
            }
            Action::Replace(replace) => {
                let named = replace.price.iter_mut().chain(&mut replace.trigger_price);
                named.for_each(&mut *visit);
            }
            _ => {}
        }
    }
}

/// Shows every time of a flow to `visit`, which may change it, in a fixed order.
pub(crate) fn each_time(flow: &mut Flow, visit: &mut dyn FnMut(&mut TimeNs)) {
    for command in &mut flow.commands {
        visit(&mut command.time);
        if let Action::New(new) = &mut command.action
            && let Some(mut expiry) = new.expire_time()
        {
            visit(&mut expiry);
            *new = new.with_expire_time(expiry);
        }
    }
}

/// What one of the visits above sees.
pub(crate) fn values<T: Number>(flow: &Flow, each: Visit<T>) -> Vec<T> {
    let mut seen = Vec::new();
    each(&mut flow.clone(), &mut |value| seen.push(*value));
    seen
}

/// The different values that one of the visits above sees, in order.
pub(crate) fn different<T: Number>(flow: &Flow, each: Visit<T>) -> Vec<T> {
    let mut seen = values(flow, each);
    seen.sort_unstable();
    seen.dedup();
    seen
}

/// The flow with every value that one of the visits sees changed; `change` is told its place.
pub(crate) fn changed<T: Number>(
    flow: &Flow,
    each: Visit<T>,
    change: &mut dyn FnMut(usize, T) -> T,
) -> Flow {
    let mut flow = flow.clone();
    let mut place = 0;
    each(&mut flow, &mut |value| {
        *value = change(place, *value);
        place += 1;
    });
    flow
}

/// Values exchanged for their ranks.
pub(crate) fn by_rank<T: Number>(flow: &Flow, each: Visit<T>, of_rank: fn(u64) -> T) -> Flow {
    let ranks = different(flow, each);
    changed(flow, each, &mut |_, value| {
        of_rank(ranks.binary_search(&value).unwrap_or_default() as u64)
    })
}
