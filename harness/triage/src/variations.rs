//! Flows beside a flow: a little changed, no simpler.

use shadowbook_capture::Flow;
use shadowbook_model::{AccountId, Action, NewOrder, OrderId, Price, Quantity, TimeInForce};

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
        varied.extend(doubled(flow, at));
    }
    varied
}

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

/// The flow with a twin of an order right behind it.
fn doubled(flow: &Flow, at: usize) -> Option<Flow> {
    let mut flow = flow.clone();
    let ids = flow.commands.iter().filter_map(|command| command.order());
    let unused = ids.map(|id| id.0).max()?.checked_add(1)?;
    let mut twin = flow.commands[at];
    if let Action::New(new) = &mut twin.action {
        new.order = OrderId(unused);
    }
    flow.commands.insert(at + 1, twin);
    for (seq, command) in (1..).zip(&mut flow.commands) {
        command.seq.0 = seq;
    }
    Some(flow)
}
