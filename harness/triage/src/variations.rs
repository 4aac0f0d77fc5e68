//! Flows beside a flow: a little changed, no simpler.

use shadowbook_capture::Flow;
use shadowbook_model::{AccountId, Action, NewOrder, Price, Quantity, Side, TimeInForce};

use crate::fields::{changed, each_price, each_quantity, values};

/// The flow with one thing changed at a time.
pub(crate) fn variations(flow: &Flow) -> Vec<Flow> {
    let mut varied = Vec::new();
    for at in 0..values(flow, each_price).len() {
        for by in [1, -1] {
            varied.push(changed(flow, each_price, &mut |place, price: Price| {
                if place == at { Price(price.0.saturating_add(by)) } else { price }
            }));
        }
    }
    for at in 0..values(flow, each_quantity).len() {
        for by in [1, 2] {
            varied.push(changed(flow, each_quantity, &mut |place, lots: u64| {
                if place == at { lots.saturating_add(by) } else { lots }
            }));
        }
    }
    let orders = (0..flow.commands.len()).filter(|at| is_new(flow, *at));
    for at in orders {
        varied.extend(CHANGES.iter().map(|change| {
            let mut flow = flow.clone();
            if let Action::New(new) = &mut flow.commands[at].action {
                change(new);
            }
            flow
        }));
    }
    varied
}

/// The flow with every order offering a little more than it has to, and nothing else changed: what
/// was equal is not, and what crossed still does. `None` where there is a replacement to a price.
pub(crate) fn offering_more(flow: &Flow) -> Option<Flow> {
    let mut flow =
        changed(flow, each_price, &mut |_, Price(price)| Price(price.saturating_mul(SPREAD)));
    let more = |side: Side, Price(price): &mut Price| {
        *price = match side {
            Side::Buy => price.saturating_add(1),
            Side::Sell => price.saturating_sub(1),
        }
    };
    for order in flow.snapshots.iter_mut().flat_map(|snapshot| &mut snapshot.orders) {
        order.price.iter_mut().for_each(|price| more(order.side, price));
    }
    for command in &mut flow.commands {
        match &mut command.action {
            Action::New(new) => new.price.iter_mut().for_each(|price| more(new.side, price)),
            Action::Replace(replace) if replace.price.is_some() => return None,
            _ => {}
        }
    }
    Some(flow)
}

/// How far prices go apart, so that one tick more reaches no other price.
const SPREAD: i64 = 10;

fn is_new(flow: &Flow, at: usize) -> bool {
    matches!(flow.commands[at].action, Action::New(_))
}

const CHANGES: &[fn(&mut NewOrder)] = &[
    |new| new.side = new.side.opposite(),
    |new| new.account = AccountId(1),
    |new| new.account = AccountId(2),
    |new| new.time_in_force = TimeInForce::Gtc,
    |new| new.time_in_force = TimeInForce::Ioc,
    |new| new.time_in_force = TimeInForce::Fok,
    |new| *new = new.with_display_quantity(Quantity(1)),
    |new| *new = new.with_display_quantity(Quantity(0)),
];
