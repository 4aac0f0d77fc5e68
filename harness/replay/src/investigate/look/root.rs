//! What a root says of itself.

use std::collections::BTreeSet;

use shadowbook_compare::{BookDifference, Divergence, orders_of};
use shadowbook_model::{Action, Command, Event, OrderId, Phase, SelfTrade, Seq};
use shadowbook_triage::Shown;

use crate::explain::is_disputed;

/// Gives a root of state, of which a look knew only that it is there, its command.
pub(super) fn locate(root: &mut Divergence, shown: &Shown, seq: Seq) {
    let found = &shown.divergence;
    root.seq = seq;
    root.shape.clone_from(&found.shape);
    root.command =
        found.command.map(|command| Command { seq, instrument: root.instrument, ..command });
    root.reference = found.reference.clone();
    root.candidate = found.candidate.clone();
    root.is_disputed = is_disputed(&root.disputed_orders, &shown.differences);
}

pub(super) fn phase_after(events: &[Event]) -> Option<Phase> {
    events.iter().rev().find_map(|event| match event {
        Event::Phase { phase } => Some(*phase),
        _ => None,
    })
}

/// What roots have in common, beside their signature, that are likely to be one bug: the attributes
/// of the order, and the phase.
pub(super) fn circumstances(root: &Divergence, phase: Phase) -> String {
    let mut group = phase.to_string();
    if let Some(Action::New(new)) = root.command.map(|command| command.action) {
        let attributes = [
            (new.post_only, "post-only"),
            (new.display_quantity().is_some(), "display"),
            (new.min_quantity().is_some(), "minimum"),
            (new.self_trade != SelfTrade::None, "self-trade"),
        ];
        let named = attributes.iter().filter(|(has, _)| *has).map(|(_, name)| *name);
        let named: Vec<&str> = named.collect();
        group += &format!(" {} {} {}", new.order_type, new.time_in_force, named.join(" "));
    }
    group
}

/// The orders that a divergence speaks of.
pub(super) fn focus(root: &Divergence, differences: &[BookDifference]) -> Vec<OrderId> {
    let command = root.command.iter().flat_map(|command| command.order());
    let events = root.reference.events.iter().chain(&root.candidate.events);
    let answered = events.flat_map(orders_of).flatten();
    let held = differences.iter().flat_map(BookDifference::orders);
    let mut seen = BTreeSet::new();
    command.chain(answered).chain(held).filter(|order| seen.insert(*order)).collect()
}
