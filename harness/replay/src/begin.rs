//! Two sessions brought to the state that a stream begins with, both in the same way.

use shadowbook_capture::Batch;
use shadowbook_session::{
    Loss, Manner, Outcomes, Session, SessionError, restore_by_commands, restore_natively,
};

use crate::explain::Open;
use crate::{DiffError, Setup};

/// How both engines came to the state that the stream begins with.
///
/// Where one of them cannot be set to it, neither is: they stay comparable, both without what
/// commands lose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// How many live orders there were in the snapshots.
    pub orders: u64,
    /// How the reference came to them.
    pub reference: Manner,
    /// How the candidate did.
    pub candidate: Manner,
    /// What of these very snapshots was lost in both.
    pub lost: Vec<Loss>,
}

/// The commands that both engines were sent to bring them near what the stream begins with, and
/// what each answered.
pub(crate) struct Built {
    pub(crate) batch: Batch,
    pub(crate) reference: Outcomes,
    pub(crate) candidate: Outcomes,
}

/// A stream and two sessions that hold what it begins with.
pub(crate) struct Begun {
    pub(crate) setup: Setup<'static>,
    /// `None` when it begins with nothing.
    pub(crate) beginning: Option<Beginning>,
    /// `None` when no commands were needed.
    pub(crate) built: Option<Built>,
}

/// Opens a stream and brings both sessions to what it begins with.
pub(crate) fn begin(open: Open<'_>) -> Result<Begun, DiffError> {
    let mut setup = open()?;
    if setup.source.snapshots().is_empty() {
        return Ok(Begun { setup, beginning: None, built: None });
    }
    let (lost, built) = if set(&mut setup)? {
        (Vec::new(), None)
    } else {
        // One of them may have been set already.
        setup = open()?;
        let (lost, built) = build(&mut setup)?;
        (lost, Some(built))
    };
    let manner = if built.is_none() { Manner::Natively } else { Manner::ByCommands };
    let orders = setup.source.snapshots().iter().map(|snapshot| snapshot.orders.len() as u64);
    let beginning = Beginning { orders: orders.sum(), reference: manner, candidate: manner, lost };
    Ok(Begun { setup, beginning: Some(beginning), built })
}

/// The same once more, for another look.
pub(crate) fn begin_again(
    open: Open<'_>,
    beginning: Option<&Beginning>,
) -> Result<Setup<'static>, DiffError> {
    let mut setup = open()?;
    match beginning.map(|beginning| beginning.reference) {
        None => {}
        Some(Manner::Natively) => {
            set(&mut setup)?;
        }
        Some(Manner::ByCommands) => {
            build(&mut setup)?;
        }
    }
    Ok(setup)
}

/// Sets both sessions; `false` when one of them cannot be set.
fn set(setup: &mut Setup<'_>) -> Result<bool, DiffError> {
    let Setup { source, reference, candidate } = setup;
    let set = |session: &mut dyn Session| match restore_natively(
        session,
        source.instruments(),
        source.snapshots(),
    ) {
        Ok(()) => Ok(true),
        Err(SessionError::CannotRestore) => Ok(false),
        Err(error) => Err(error),
    };
    Ok(set(&mut **reference).map_err(DiffError::Reference)?
        && set(&mut **candidate).map_err(DiffError::Candidate)?)
}

/// Sends both sessions the same commands; gives what is lost, and what they answered.
fn build(setup: &mut Setup<'_>) -> Result<(Vec<Loss>, Built), DiffError> {
    let Setup { source, reference, candidate } = setup;
    let build = |session: &mut dyn Session| {
        restore_by_commands(session, source.instruments(), source.snapshots())
    };
    let (restored, ours) = build(&mut **reference).map_err(DiffError::Reference)?;
    let (_, theirs) = build(&mut **candidate).map_err(DiffError::Candidate)?;
    let (reference, candidate) = (ours.outcomes, theirs.outcomes);
    Ok((restored.lost, Built { batch: ours.batch, reference, candidate }))
}
