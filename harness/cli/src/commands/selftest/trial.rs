//! One candidate through the main job, with the time that it took.

use std::sync::Arc;
use std::time::{Duration, Instant};

use shadowbook_capture::Flow;
use shadowbook_replay::{DiffError, DiffOptions, DiffResult, SessionPair, Setup, diff};
use shadowbook_session::Limits;
use shadowbook_triage::Budget;

use crate::closely::CloserLook;
use crate::engines::EngineName;

/// How long an engine that does not come back is waited for in the first run.
const IMPATIENT: Limits = Limits {
    answer_within: Duration::from_secs(1),
    line_bytes: 1 << 20,
    events_per_command: 1 << 20,
};

/// What the main job made of a candidate.
#[derive(Debug)]
pub(super) struct Trial {
    /// What it found, also where it broke off.
    pub(super) result: DiffResult,
    /// Why it broke off, if it did.
    pub(super) broke_off: Option<String>,
    /// How long it took after the first run was through.
    pub(super) triage: Duration,
}

/// Runs the reference beside a candidate over a flow, and everything that follows.
pub(super) fn try_candidate(flow: &Arc<Flow>, candidate: EngineName) -> Trial {
    let options = DiffOptions { explain: false, ..DiffOptions::default() };
    let look = look(candidate, &options);
    let mut open = |limits| setup(flow, look, limits);
    let run = diff(&mut || open(IMPATIENT), &options, &mut |_| {});
    let started = Instant::now();
    let run = run.and_then(|found| look.investigate(&mut open, &mut || None, found));
    let triage = started.elapsed();
    match run {
        Ok(result) => Trial { result, broke_off: None, triage },
        Err(broken) => {
            Trial { result: broken.result, broke_off: Some(broken.error.to_string()), triage }
        }
    }
}

/// Whether a flow shows, on its own, that a candidate is wrong.
pub(super) fn shows(flow: &Flow, candidate: EngineName) -> bool {
    let flow = Arc::new(flow.clone());
    let options = DiffOptions { explain: false, audit: None, ..DiffOptions::default() };
    let look = look(candidate, &options);
    let run = diff(&mut || setup(&flow, look, IMPATIENT), &options, &mut |_| {});
    run.is_ok_and(|result| result.comparison.roots > 0)
}

/// The reference beside a candidate.
fn look(candidate: EngineName, options: &DiffOptions) -> CloserLook<'_> {
    CloserLook {
        reference: EngineName::Reference,
        candidate,
        limits: IMPATIENT,
        budget: Budget::default(),
        options,
    }
}

fn setup(
    flow: &Arc<Flow>,
    look: CloserLook<'_>,
    limits: Limits,
) -> Result<Setup<'static>, DiffError> {
    let SessionPair { reference, candidate } = look.sessions(&flow.instruments, limits)?;
    Ok(Setup { source: Box::new(Arc::clone(flow).stream()), reference, candidate })
}
