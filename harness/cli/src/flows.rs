//! What two engines make of a flow in memory, down to its bugs.

use std::sync::Arc;
use std::time::Instant;

use shadowbook_capture::{Flow, scan};
use shadowbook_replay::{DiffError, DiffOptions, DiffResult, SessionPair, Setup, diff};
use shadowbook_report::{DecisionOptions, Report, RunInfo, Stopped};
use shadowbook_session::Limits as SessionLimits;
use shadowbook_triage::Allowlist;

use crate::closely::CloserLook;
use crate::engines::EngineName;
use crate::limits::Limits;

/// Compares two engines on a flow that has a name, and looks closely at what differs.
pub(crate) fn look(
    flow: &Arc<Flow>,
    name: String,
    reference: EngineName,
    candidate: EngineName,
) -> Report {
    let started = Instant::now();
    let run = try_look(flow, reference, candidate);
    let summary = scan(&mut Arc::clone(flow).stream());
    let info = RunInfo {
        capture: name,
        digest: summary.map_or_else(|_| String::new(), |summary| summary.digest.to_string()),
        torn: None,
        reference: reference.to_string(),
        candidate: candidate.to_string(),
        elapsed: started.elapsed(),
        audit_off: Vec::new(),
        allow: Allowlist::default(),
    };
    Report::new(info, run, &DecisionOptions::default())
}

fn try_look(
    flow: &Arc<Flow>,
    reference: EngineName,
    candidate: EngineName,
) -> Result<DiffResult, Box<Stopped>> {
    let limits = Limits::default();
    let mut clock = limits.clock();
    let options = DiffOptions { explain: false, ..DiffOptions::default() };
    let budget = limits.budget([reference, candidate]);
    let limits = SessionLimits::default();
    let look = CloserLook { reference, candidate, limits, budget, options: &options };
    let mut open = |limits: SessionLimits| -> Result<Setup<'static>, DiffError> {
        let SessionPair { reference, candidate } = look.sessions(&flow.instruments, limits)?;
        Ok(Setup { source: Box::new(Arc::clone(flow).stream()), reference, candidate })
    };
    let found = diff(&mut || open(limits), &options, &mut |_| {})?;
    Ok(look.investigate(&mut open, &mut || clock.ask(), found)?)
}
