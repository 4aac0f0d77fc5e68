//! Whether two engines answer the same: how fast something wrong is nobody needs to know.

use std::sync::Arc;
use std::time::Instant;

use shadowbook_model::Instrument;
use shadowbook_replay::{DiffError, DiffOptions, Resync, SessionPair, Setup, diff};
use shadowbook_report::{DecisionOptions, Report, RunInfo, Stopped};
use shadowbook_triage::Allowlist;

use crate::engines::EngineName;
use crate::latency::stretch::Taken;

/// Compares the events of every command that is to be measured, and the books in between and at
/// the end.
pub(crate) fn compare(
    taken: &Taken,
    [reference, candidate]: [EngineName; 2],
    allow: Allowlist,
) -> Report {
    let started = Instant::now();
    let sessions = |instruments: &[Instrument]| -> Result<SessionPair, DiffError> {
        Ok(SessionPair {
            reference: reference.session(instruments).map_err(DiffError::Reference)?,
            candidate: candidate.session(instruments).map_err(DiffError::Candidate)?,
        })
    };
    let mut open = || -> Result<Setup<'static>, DiffError> {
        let SessionPair { reference, candidate } = sessions(&taken.flow.instruments)?;
        Ok(Setup { source: Box::new(Arc::clone(&taken.flow).stream()), reference, candidate })
    };
    // Whoever wants to know more than that they differ runs `diff`.
    let options = DiffOptions {
        audit: None,
        explain: false,
        resync: Resync::Stop,
        allow: allow.clone(),
        ..DiffOptions::default()
    };
    let run = diff(&mut open, &options, &mut |_| {}).map_err(Box::<Stopped>::from);
    let info = RunInfo {
        capture: "the measured commands".to_owned(),
        digest: String::new(),
        torn: None,
        reference: reference.to_string(),
        candidate: candidate.to_string(),
        elapsed: started.elapsed(),
        audit_off: Vec::new(),
        allow,
    };
    Report::new(info, run, &DecisionOptions::default())
}
