//! The books around a root, as a flow from near by shows them.

use shadowbook_capture::{Batch, Flow};
use shadowbook_model::Snapshot;
use shadowbook_session::{Outcomes, Session, restore_natively};

use super::rebuild::ALONE;
use crate::explain::scene;
use crate::rerun::{MakePair, SessionPair};
use crate::{Books, DiffError};

/// The books of both engines before and after the command at this position of a flow; `None` where
/// they cannot be shown.
pub(super) fn books(
    flow: &Flow,
    position: usize,
    levels: usize,
    make: &mut MakePair<'_>,
) -> Result<Option<Books>, DiffError> {
    let SessionPair { mut reference, mut candidate } = make(&flow.instruments)?;
    if !reference.shows_state() || !candidate.shows_state() {
        return Ok(None);
    }
    let mut batch = Batch::new();
    flow.commands.iter().for_each(|command| batch.push(*command));
    let around = |session: &mut dyn Session| -> Option<(Snapshot, Option<Snapshot>)> {
        if !flow.snapshots.is_empty() {
            restore_natively(session, &flow.instruments, &flow.snapshots).ok()?;
        }
        let mut outcomes = Outcomes::new();
        session.apply(&batch, 0..position, &mut outcomes).ok()?;
        let before = session.snapshot(ALONE).ok()?;
        let applied = session.apply(&batch, position..position + 1, &mut outcomes);
        Some((before, applied.and_then(|()| session.snapshot(ALONE)).ok()))
    };
    let (Some(ours), Some(theirs)) = (around(&mut *reference), around(&mut *candidate)) else {
        return Ok(None);
    };
    let after = ours.1.zip(theirs.1);
    Ok(Some(scene(&(ours.0, theirs.0), after.as_ref(), levels)))
}
