//! One session or two that are led through a stream together.

use shadowbook_capture::Batch;
use shadowbook_compare::EventList;
use shadowbook_model::{InstrumentId, Seq, Snapshot};
use shadowbook_session::{Outcomes, Session, SessionError, restore};

use super::{Answer, OpenStage, Stage};
use crate::begin::{Begun, begin};
use crate::{Beginning, DiffError, Setup};

/// Opens a stage and brings its sessions to what the stream begins with.
pub(super) fn begin_stage(open: OpenStage<'_>) -> Result<(Stage, Option<Beginning>), DiffError> {
    let mut stage = open()?;
    if stage.source.snapshots().is_empty() {
        return Ok((stage, None));
    }
    let Some(candidate) = stage.candidate.take() else {
        let Stage { source, reference, .. } = &mut stage;
        let restored = restore(&mut **reference, source.instruments(), source.snapshots())
            .map_err(DiffError::Reference)?;
        let (orders, manner) = (restored.orders, restored.manner);
        let lost = restored.lost;
        let beginning = Beginning { orders, reference: manner, candidate: manner, lost };
        return Ok((stage, Some(beginning)));
    };
    let mut first = Some(Stage { candidate: Some(candidate), ..stage });
    let mut open = || -> Result<Setup<'static>, DiffError> {
        let Stage { source, reference, candidate } = match first.take() {
            Some(stage) => stage,
            None => open()?,
        };
        let candidate = candidate.expect("a stage has a candidate each time or never");
        Ok(Setup { source, reference, candidate })
    };
    let Begun { setup, beginning, .. } = begin(&mut open)?;
    let Setup { source, reference, candidate } = setup;
    Ok((Stage { source, reference, candidate: Some(candidate) }, beginning))
}

/// The sessions, and what they answered to the batch at hand.
pub(super) struct Engines {
    reference: Box<dyn Session>,
    /// `None` without one, and once it has failed.
    candidate: Option<Box<dyn Session>>,
    has_candidate: bool,
    /// Where the candidate failed, and how it says so.
    pub(super) end: Option<(Seq, String)>,
    pub(super) ours: Outcomes,
    pub(super) theirs: Outcomes,
    applied: usize,
    /// The position in the batch at hand of the command over which the candidate failed.
    died_at: Option<usize>,
}

impl Engines {
    pub(super) fn new(reference: Box<dyn Session>, candidate: Option<Box<dyn Session>>) -> Self {
        Self {
            reference,
            has_candidate: candidate.is_some(),
            candidate,
            end: None,
            ours: Outcomes::new(),
            theirs: Outcomes::new(),
            applied: 0,
            died_at: None,
        }
    }

    pub(super) fn begin_batch(&mut self) {
        self.applied = 0;
        self.died_at = None;
        self.ours.clear();
        self.theirs.clear();
    }

    /// Gives all of them the commands of the batch before this position.
    pub(super) fn apply_before(&mut self, batch: &Batch, position: usize) -> Result<(), DiffError> {
        let range = self.applied..position;
        self.applied = position;
        self.reference.apply(batch, range.clone(), &mut self.ours).map_err(DiffError::Reference)?;
        let Some(candidate) = &mut self.candidate else { return Ok(()) };
        if let Err(error) = candidate.apply(batch, range, &mut self.theirs) {
            let at = self.theirs.len().min(batch.len().saturating_sub(1));
            self.died_at = Some(at);
            self.bury(&error, batch.commands()[at].seq);
        }
        Ok(())
    }

    /// The books of an instrument, of those that show any, after the command with this seq.
    pub(super) fn books(
        &mut self,
        of: InstrumentId,
        seq: Seq,
    ) -> Result<[Option<Snapshot>; 2], DiffError> {
        let ours = if self.reference.shows_state() {
            Some(self.reference.snapshot(of).map_err(DiffError::Reference)?)
        } else {
            None
        };
        let shown = match &mut self.candidate {
            Some(candidate) if candidate.shows_state() => Some(candidate.snapshot(of)),
            _ => None,
        };
        let theirs = match shown.transpose() {
            Ok(theirs) => theirs,
            Err(error) => {
                self.bury(&error, seq);
                None
            }
        };
        Ok([ours, theirs])
    }

    /// Whether both show the same state of an instrument; `None` where they cannot be compared.
    pub(super) fn are_equal(
        &mut self,
        of: InstrumentId,
        seq: Seq,
    ) -> Result<Option<bool>, DiffError> {
        let Some(candidate) = &mut self.candidate else { return Ok(None) };
        if !self.reference.shows_state() || !candidate.shows_state() {
            return Ok(None);
        }
        let ours = self.reference.digest(of).map_err(DiffError::Reference)?;
        match candidate.digest(of) {
            Ok(theirs) => Ok(Some(ours == theirs)),
            Err(error) => {
                self.bury(&error, seq);
                Ok(None)
            }
        }
    }

    /// What the candidate did with the command at this position of the batch.
    pub(super) fn answer(&self, index: usize) -> Answer {
        match self.died_at {
            _ if !self.has_candidate => Answer::Absent,
            Some(at) if at == index => {
                let begun = self.theirs.ends().last().copied().unwrap_or(0);
                let events = self.theirs.events().get(begun..).unwrap_or(&[]);
                let why = self.end.as_ref().map(|(_, why)| why.clone()).unwrap_or_default();
                Answer::Died { events: EventList::from(events), why }
            }
            _ if index < self.theirs.len() => {
                Answer::Events(EventList::from(self.theirs.events_of(index)))
            }
            _ => Answer::Dead,
        }
    }

    /// Whether the candidate has come to its end.
    pub(super) fn is_widowed(&self) -> bool {
        self.has_candidate && self.candidate.is_none()
    }

    /// The position in the batch at hand of the command over which the candidate failed.
    pub(super) fn died_at(&self) -> Option<usize> {
        self.died_at
    }

    fn bury(&mut self, error: &SessionError, seq: Seq) {
        self.candidate = None;
        self.end = Some((error.seq().unwrap_or(seq), error.to_string()));
    }
}
