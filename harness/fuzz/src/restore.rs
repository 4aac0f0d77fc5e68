//! A running session exchanged for one that was set to the state it shows.

use shadowbook_model::{Instrument, InstrumentId, Snapshot};
use shadowbook_session::{Session, SessionError};

/// The state of every instrument.
pub(crate) fn snapshots(
    session: &mut dyn Session,
    instruments: &[Instrument],
) -> Result<Vec<Snapshot>, SessionError> {
    (0..).map(InstrumentId).zip(instruments).map(|(id, _)| session.snapshot(id)).collect()
}

/// Sets a session that has seen nothing yet to a state; `false` when its engine does not offer it.
pub(crate) fn is_restored(
    session: &mut dyn Session,
    instruments: &[Instrument],
    snapshots: &[Snapshot],
) -> Result<bool, SessionError> {
    match session.restore(instruments, snapshots) {
        Ok(()) => Ok(true),
        Err(SessionError::CannotRestore) => Ok(false),
        Err(error) => Err(error),
    }
}
