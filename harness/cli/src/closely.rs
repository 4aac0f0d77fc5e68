//! A closer look at what diverged: fresh sessions for every rerun, and how long they are waited for.

use std::time::Duration;

use shadowbook_compare::DivergenceKind;
use shadowbook_model::{Instrument, InstrumentId, Seq};
use shadowbook_replay::{
    BrokenOff, DiffError, DiffOptions, DiffResult, Means, SessionPair, Setup, investigate, rerun,
};
use shadowbook_session::Limits;
use shadowbook_triage::Budget;

use crate::engines::EngineName;

/// How long a candidate that hung is waited for when the capture is run again, to where it hangs.
const AGAIN: Duration = Duration::from_secs(1);
/// How long it is waited for while its flow is made smaller: each rerun that shows it costs as much.
/// Where that turns out to be too short for an engine that is merely slow, the next is tried.
const HASTES: [Duration; 2] = [Duration::from_millis(50), AGAIN];

/// Opens the capture once more, with a candidate that has so long for an answer.
pub(crate) type OpenWithin<'a> = &'a mut dyn FnMut(Limits) -> Result<Setup<'static>, DiffError>;

/// Two engines of which one diverged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CloserLook<'a> {
    /// The engine in production.
    pub(crate) reference: EngineName,
    /// The engine that is to replace it.
    pub(crate) candidate: EngineName,
    /// What the candidate had in the first run, if it is a child.
    pub(crate) limits: Limits,
    /// How much minimising one flow may take.
    pub(crate) budget: Budget,
    /// How the first run was done.
    pub(crate) options: &'a DiffOptions,
}

impl CloserLook<'_> {
    /// Finds the bugs behind what a run found.
    ///
    /// Of a candidate that hung, hasty reruns look for the smallest flow, and it must hang on that
    /// for as long as in the first run. Where it does not, nothing of the haste is kept.
    pub(crate) fn investigate(
        &self,
        open: OpenWithin<'_>,
        is_over: &mut dyn FnMut() -> Option<String>,
        found: DiffResult,
    ) -> Result<DiffResult, Box<BrokenOff>> {
        let hung = hung(&found);
        let hastes = HASTES.into_iter().filter(|_| !hung.is_empty());
        for answer_within in hastes.filter(|haste| *haste < self.limits.answer_within) {
            let hasty = Limits { answer_within, ..self.limits };
            let again = Limits { answer_within: AGAIN.min(self.limits.answer_within), ..hasty };
            let result = self.within([again, hasty], open, is_over, found.clone());
            if let Ok(mut result) = result
                && self::hung(&result) == hung
                && self.confirms(&mut result)
            {
                keep_details(&mut result, &found);
                return Ok(result);
            }
        }
        self.within([self.limits; 2], open, is_over, found)
    }

    /// With these limits when the capture is run again, and for reruns.
    fn within(
        &self,
        [again, hasty]: [Limits; 2],
        open: OpenWithin<'_>,
        is_over: &mut dyn FnMut() -> Option<String>,
        found: DiffResult,
    ) -> Result<DiffResult, Box<BrokenOff>> {
        let mut make = |instruments: &[Instrument]| self.sessions(instruments, hasty);
        let means = Means { make: &mut make, is_over, budget: self.budget };
        investigate(&mut || open(again), means, self.options, found)
    }

    /// Fresh sessions; the reference has all the time it ever had.
    pub(crate) fn sessions(
        &self,
        instruments: &[Instrument],
        limits: Limits,
    ) -> Result<SessionPair, DiffError> {
        let candidate = self.candidate.session_within(instruments, limits);
        Ok(SessionPair {
            reference: self.reference.session(instruments).map_err(DiffError::Reference)?,
            candidate: candidate.map_err(DiffError::Candidate)?,
        })
    }

    /// Whether the candidate hangs on each flow that is said to show it, and puts into its example
    /// what it shows then.
    fn confirms(&self, result: &mut DiffResult) -> bool {
        let mut make = |instruments: &[Instrument]| self.sessions(instruments, self.limits);
        let examples = result.bugs.iter_mut().filter_map(|bug| bug.example.as_mut());
        let hangs = |kind| kind == DivergenceKind::CandidateTimedOut;
        let mut examples = examples.filter(|example| hangs(example.shown.divergence.kind));
        examples.all(|example| match rerun(&example.flow, &mut make) {
            Ok(Some(shown)) if hangs(shown.divergence.kind) => {
                example.shown = shown;
                true
            }
            _ => false,
        })
    }
}

/// Where the candidate did not come back.
fn hung(result: &DiffResult) -> Vec<(Seq, InstrumentId)> {
    let divergences = result.findings.iter().map(|finding| &finding.divergence);
    let hung = divergences.filter(|it| it.kind == DivergenceKind::CandidateTimedOut);
    hung.map(|it| (it.seq, it.instrument)).collect()
}

/// Says of a candidate that hung what the first run said: it waited longer.
fn keep_details(result: &mut DiffResult, first: &DiffResult) {
    let mut details = first.findings.iter().map(|finding| &finding.divergence);
    let Some(first) = details.find(|it| it.kind == DivergenceKind::CandidateTimedOut) else {
        return;
    };
    let findings = result.findings.iter_mut().map(|finding| &mut finding.divergence);
    for divergence in findings.filter(|it| it.kind == DivergenceKind::CandidateTimedOut) {
        divergence.detail.clone_from(&first.detail);
    }
}
