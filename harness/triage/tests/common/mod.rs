//! What toys in place of engines have in common.

use shadowbook_capture::Flow;
use shadowbook_compare::{Divergence, DivergenceKind, EventList};
use shadowbook_model::Phase;
use shadowbook_triage::Shown;

/// What a toy shows at the command at `position`.
pub(crate) fn shown(flow: &Flow, position: usize, shape: &str) -> Shown {
    let command = flow.commands[position];
    Shown {
        position: Some(position),
        divergence: Divergence {
            seq: command.seq,
            instrument: command.instrument,
            kind: DivergenceKind::MissingEvent,
            shape: shape.to_owned(),
            command: Some(command),
            reference: EventList::default(),
            candidate: EventList::default(),
            detail: None,
            is_disputed: false,
            disputed_orders: Vec::new(),
            equal_after: position as u64,
            shown_after: position as u64 + 1,
        },
        differences: Vec::new(),
        rule: None,
        phase: Phase::Continuous,
    }
}
