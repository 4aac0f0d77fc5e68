//! A flow through the reference and a defect: where they part, in events and before that in books.

use shadowbook_capture::Flow;
use shadowbook_compare::is_same_list;
use shadowbook_faulty::Defect;
use shadowbook_model::{Engine, EventBuffer, Instrument, Snapshot};
use shadowbook_reference::ReferenceEngine;
use shadowbook_replay::SessionPair;
use shadowbook_session::InProcess;
use shadowbook_triage::{GiveUp, Shown};

/// What a rerun of a flow shows, as triage has it.
pub(crate) fn rerun(flow: &Flow, defect: Defect) -> Result<Option<Shown>, GiveUp> {
    let mut make = |instruments: &[Instrument]| {
        let count = instruments.len();
        let reference = InProcess::new(ReferenceEngine::new(instruments), count);
        let candidate = InProcess::new(defect.create(instruments), count);
        Ok(SessionPair { reference: Box::new(reference), candidate: Box::new(candidate) })
    };
    shadowbook_replay::rerun(flow, &mut make)
}

/// After how many commands the books are no longer the same, though every event was; `None` where
/// an event differs first, or nothing does.
pub(crate) fn silently_parted(flow: &Flow, defect: Defect) -> Option<usize> {
    let (mut reference, mut candidate) = engines(flow, defect);
    let (mut ours, mut theirs) = (EventBuffer::new(), EventBuffer::new());
    for (position, command) in flow.commands.iter().enumerate() {
        ours.clear();
        theirs.clear();
        reference.apply(command, &mut ours);
        candidate.apply(command, &mut theirs);
        if !is_same_list(ours.as_slice(), theirs.as_slice()) {
            return None;
        }
        if reference.digest(command.instrument) != candidate.digest(command.instrument) {
            return Some(position + 1);
        }
    }
    None
}

/// The reference's book before the command at this position of a flow.
pub(crate) fn before(flow: &Flow, shown: &Shown, defect: Defect) -> Snapshot {
    let (mut reference, _) = engines(flow, defect);
    let mut events = EventBuffer::new();
    for command in &flow.commands[..shown.position.unwrap_or(0)] {
        events.clear();
        reference.apply(command, &mut events);
    }
    reference.snapshot(shown.divergence.instrument)
}

/// Both engines in the states in which a flow begins.
fn engines(flow: &Flow, defect: Defect) -> (ReferenceEngine, Box<dyn Engine + Send>) {
    let mut reference = ReferenceEngine::new(&flow.instruments);
    let mut candidate = defect.create(&flow.instruments);
    for snapshot in &flow.snapshots {
        let instrument = &flow.instruments[snapshot.instrument.index()];
        let sound = snapshot.check(instrument).expect("flows begin in sound states");
        reference.restore(sound).expect("the reference restores");
        candidate.restore(sound).expect("a defect of the reference restores");
    }
    (reference, candidate)
}
