//! A flow through the reference and a defect: where they part.

use shadowbook_capture::Flow;
use shadowbook_compare::{
    AuditOptions, Auditor, Divergence, DivergenceKind, EventList, compare_books, is_same_list,
    name_book_difference, name_difference,
};
use shadowbook_faulty::Defect;
use shadowbook_model::{Command, Engine, EventBuffer, Phase, Snapshot};
use shadowbook_reference::ReferenceEngine;
use shadowbook_triage::Shown;

/// Where a defect parts from the reference on a flow, and the reference's book before that.
pub(crate) fn rerun(flow: &Flow, defect: Defect) -> Option<(Shown, Option<Snapshot>)> {
    let mut reference = ReferenceEngine::new(&flow.instruments);
    let mut candidate = defect.create(&flow.instruments);
    let mut auditor = Auditor::new(&flow.instruments, AuditOptions::default());
    for snapshot in &flow.snapshots {
        let sound = snapshot.check(&flow.instruments[snapshot.instrument.index()]).ok()?;
        reference.restore(sound).expect("the reference restores");
        candidate.restore(sound).expect("a defect of the reference restores");
        auditor.restore(sound);
    }
    for snapshot in &flow.snapshots {
        let id = snapshot.instrument;
        let differences = compare_books(&reference.snapshot(id), &candidate.snapshot(id));
        if let Some(first) = differences.first() {
            let shape = name_book_difference(first);
            let empty = (EventList::default(), EventList::default());
            let divergence = divergence(None, id, DivergenceKind::State, shape, empty);
            let phase = reference.snapshot(id).state.phase;
            let shown = Shown { position: None, divergence, differences, rule: None, phase };
            return Some((shown, None));
        }
    }
    let (mut ours, mut theirs) = (EventBuffer::new(), EventBuffer::new());
    for (position, command) in flow.commands.iter().enumerate() {
        let id = command.instrument;
        let phase: Phase = reference.snapshot(id).state.phase;
        let before = reference.snapshot(id);
        ours.clear();
        theirs.clear();
        reference.apply(command, &mut ours);
        candidate.apply(command, &mut theirs);
        auditor.command(command, theirs.as_slice());
        let rule = auditor.take_breaches().first().map(|breach| breach.rule);
        let is_same = is_same_list(ours.as_slice(), theirs.as_slice());
        if is_same && reference.digest(id) == candidate.digest(id) {
            continue;
        }
        let differences = compare_books(&reference.snapshot(id), &candidate.snapshot(id));
        let (kind, shape) = if is_same {
            let mut names: Vec<String> = differences.iter().map(name_book_difference).collect();
            names.dedup();
            names.truncate(4);
            (DivergenceKind::State, names.join("+"))
        } else {
            name_difference(ours.as_slice(), theirs.as_slice())
        };
        let lists = (EventList::from(ours.as_slice()), EventList::from(theirs.as_slice()));
        let divergence = divergence(Some(command), id, kind, shape, lists);
        let position = Some(position);
        return Some((Shown { position, divergence, differences, rule, phase }, Some(before)));
    }
    None
}

fn divergence(
    command: Option<&Command>,
    instrument: shadowbook_model::InstrumentId,
    kind: DivergenceKind,
    shape: String,
    (reference, candidate): (EventList, EventList),
) -> Divergence {
    Divergence {
        seq: command.map_or(shadowbook_model::Seq(0), |command| command.seq),
        instrument,
        kind,
        shape,
        command: command.copied(),
        reference,
        candidate,
        detail: None,
        is_disputed: false,
        disputed_orders: Vec::new(),
        equal_after: 0,
        shown_after: 0,
    }
}
