//! Sessions set to a given state: natively, or by commands where an engine cannot.

use std::fmt;

use shadowbook_capture::Batch;
use shadowbook_model::{Event, Features, Instrument, Snapshot};

use crate::{Commands, Loss, Outcomes, Session, SessionError, commands_for};

/// How an engine came to the state that a stream begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It was set to it: nothing is lost.
    Natively,
    /// It was sent commands that build the same book as nearly as commands can.
    ByCommands,
}

impl Manner {
    /// Its name in every text form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Natively => "natively",
            Self::ByCommands => "by-commands",
        }
    }
}

impl fmt::Display for Manner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What restoring a session came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// How many live orders there were in the snapshots.
    pub orders: u64,
    /// How it was done.
    pub manner: Manner,
    /// What of these very snapshots was lost; empty when it was done natively.
    pub lost: Vec<Loss>,
}

/// The commands that brought a session near a state, and what it answered: whoever follows the
/// session from outside knows its books by them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// The commands.
    pub batch: Batch,
    /// The answers.
    pub outcomes: Outcomes,
}

impl Restored {
    /// A session that was set to these snapshots.
    #[must_use]
    pub fn natively(snapshots: &[Snapshot]) -> Self {
        let orders = snapshots.iter().map(|snapshot| snapshot.orders.len() as u64).sum();
        Self { orders, manner: Manner::Natively, lost: Vec::new() }
    }
}

/// Sets a session that has seen nothing yet to these snapshots, and makes sure that it then shows
/// them.
///
/// # Errors
/// [`SessionError::CannotRestore`] when the engine does not offer it. Any other when the engine
/// fails, a snapshot is not sound, or the engine shows another state than it was set to.
pub fn restore_natively(
    session: &mut dyn Session,
    instruments: &[Instrument],
    snapshots: &[Snapshot],
) -> Result<(), SessionError> {
    session.restore(instruments, snapshots)?;
    for snapshot in snapshots {
        if session.snapshot(snapshot.instrument)? != *snapshot {
            return Err(SessionError::RestoredOtherwise(snapshot.instrument));
        }
    }
    Ok(())
}

/// Sets a session that has seen nothing yet to these snapshots: natively, or else by commands.
///
/// # Errors
/// When the engine fails, cannot be sent the commands, or refuses one of them.
pub fn restore(
    session: &mut dyn Session,
    instruments: &[Instrument],
    snapshots: &[Snapshot],
) -> Result<Restored, SessionError> {
    restore_and_tell(session, instruments, snapshots).map(|(restored, _)| restored)
}

/// The same, and what was sent if commands were.
///
/// # Errors
/// As of [`restore`].
pub fn restore_and_tell(
    session: &mut dyn Session,
    instruments: &[Instrument],
    snapshots: &[Snapshot],
) -> Result<(Restored, Option<Sent>), SessionError> {
    match restore_natively(session, instruments, snapshots) {
        Ok(()) => Ok((Restored::natively(snapshots), None)),
        Err(SessionError::CannotRestore) => {
            let (restored, sent) = restore_by_commands(session, instruments, snapshots)?;
            Ok((restored, Some(sent)))
        }
        Err(error) => Err(error),
    }
}

/// Brings a session that has seen nothing yet near these snapshots, by the commands that
/// [`commands_for`] makes of them; gives those as well.
///
/// # Errors
/// When the engine fails, does not offer what the commands ask for, or refuses one of them.
pub fn restore_by_commands(
    session: &mut dyn Session,
    instruments: &[Instrument],
    snapshots: &[Snapshot],
) -> Result<(Restored, Sent), SessionError> {
    let Commands { commands, lost } = commands_for(instruments, snapshots);
    let asked = commands.iter().map(Features::of_command).fold(Features::NONE, Features::union);
    session.capabilities().check(asked).map_err(SessionError::CannotBeSent)?;
    let mut batch = Batch::new();
    commands.iter().for_each(|command| batch.push(*command));
    let mut outcomes = Outcomes::new();
    session.apply(&batch, 0..batch.len(), &mut outcomes)?;
    for (position, command) in commands.iter().enumerate() {
        let events = outcomes.events_of(position);
        let refusal = events.iter().find_map(|event| match event {
            Event::Rejected { order, reason, .. } => Some((*order, *reason)),
            _ => None,
        });
        if let Some((order, reason)) = refusal {
            return Err(SessionError::Refused { instrument: command.instrument, order, reason });
        }
    }
    let orders = snapshots.iter().map(|snapshot| snapshot.orders.len() as u64).sum();
    Ok((Restored { orders, manner: Manner::ByCommands, lost }, Sent { batch, outcomes }))
}
