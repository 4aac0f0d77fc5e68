//! A stream walked once more, stopping at some of its commands.

use shadowbook_capture::Batch;
use shadowbook_model::{Command, Event};
use shadowbook_session::{Outcomes, Session};

use crate::{DiffError, Setup};

/// What a walk does at a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Goes past it.
    Past,
    /// Stops before and after it.
    Around,
    /// Stops before it and ends there.
    End,
}

/// Where a walk stops.
pub(crate) struct Stop<'a> {
    /// After how many commands of the stream, this one included.
    pub(crate) position: u64,
    pub(crate) command: &'a Command,
    /// What both engines answered to it; `None` before it.
    pub(crate) events: Option<(&'a [Event], &'a [Event])>,
    pub(crate) reference: &'a mut dyn Session,
    pub(crate) candidate: &'a mut dyn Session,
}

/// Gives the first `until` commands to both sessions, one after the other, and stops where
/// `step` says.
///
/// Ends early when the candidate fails, or when `visit` says so by returning `false`.
pub(crate) fn walk(
    mut setup: Setup<'_>,
    until: u64,
    step: &mut dyn FnMut(u64, &Command) -> Step,
    visit: &mut dyn FnMut(Stop<'_>) -> Result<bool, DiffError>,
) -> Result<(), DiffError> {
    let mut batch = Batch::new();
    let mut done = 0;
    while done < until && setup.source.read(&mut batch)? {
        let mut pair = Pair::new(&mut setup, &batch);
        for (index, command) in batch.commands().iter().enumerate() {
            let position = done + index as u64 + 1;
            if position > until {
                return Ok(());
            }
            let next = step(position, command);
            if next == Step::Past {
                continue;
            }
            if !pair.apply_before(index)? || !visit(pair.stop(position, command, None))? {
                return Ok(());
            }
            if next == Step::End || !pair.apply_before(index + 1)? {
                return Ok(());
            }
            if !visit(pair.stop(position, command, Some(index)))? {
                return Ok(());
            }
        }
        if !pair.apply_before(batch.len())? {
            return Ok(());
        }
        done += batch.len() as u64;
    }
    Ok(())
}

/// Both sessions at one point of a batch.
struct Pair<'a, 'b> {
    setup: &'a mut Setup<'b>,
    batch: &'a Batch,
    applied: usize,
    ours: Outcomes,
    theirs: Outcomes,
}

impl<'a, 'b> Pair<'a, 'b> {
    fn new(setup: &'a mut Setup<'b>, batch: &'a Batch) -> Self {
        Self { setup, batch, applied: 0, ours: Outcomes::new(), theirs: Outcomes::new() }
    }

    /// Gives both sessions the commands before this position; `false` when the candidate fails.
    fn apply_before(&mut self, position: usize) -> Result<bool, DiffError> {
        let range = self.applied..position;
        self.applied = position;
        let Setup { reference, candidate, .. } = self.setup;
        reference.apply(self.batch, range.clone(), &mut self.ours).map_err(DiffError::Reference)?;
        Ok(candidate.apply(self.batch, range, &mut self.theirs).is_ok())
    }

    fn stop<'s>(
        &'s mut self,
        position: u64,
        command: &'s Command,
        answered: Option<usize>,
    ) -> Stop<'s> {
        let (ours, theirs) = (&self.ours, &self.theirs);
        Stop {
            position,
            command,
            events: answered.map(|index| (ours.events_of(index), theirs.events_of(index))),
            reference: &mut *self.setup.reference,
            candidate: &mut *self.setup.candidate,
        }
    }
}
