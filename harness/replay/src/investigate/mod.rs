//! From the first divergences of a run to the bugs behind them all.

mod look;
mod rebuild;
mod scene;
mod sort;
mod track;

use shadowbook_triage::{Budget, GiveUp};

use crate::begin::begin_again;
use crate::explain::Open;
use crate::rerun::MakePair;
use crate::{BrokenOff, DiffOptions, DiffResult};

use look::{Look, Seen};
use sort::Sorter;

/// What [`investigate`] needs of whoever calls it.
pub struct Means<'a, 'm> {
    /// Makes fresh sessions, for reruns.
    pub make: &'a mut MakePair<'m>,
    /// Says why there may be no more reruns, once time is up. A safety net: the budget is counted.
    pub is_over: &'a mut dyn FnMut() -> Option<String>,
    /// How much minimising one flow may take.
    pub budget: Budget,
}

/// What a second look took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// How often whole books were compared to find where they part.
    pub looks: u64,
    /// How many reruns of flows there were.
    pub reruns: u64,
    /// What kept it from being done wholly, in words.
    pub notes: Vec<String>,
}

/// Looks closely at a stream on which [`crate::diff`] found something: where exactly each root is,
/// and which bugs they come down to, each with the smallest flow that shows it.
///
/// The stream is run once more, both engines in lockstep, and under [`crate::Resync::Restore`] the
/// candidate's book is set from the reference's after each root, so that the next one is a root of
/// its own. A run in which nothing diverged is given back as it is.
///
/// # Errors
/// As of [`crate::diff`]; the error holds what was found.
pub fn investigate(
    open: Open<'_>,
    means: Means<'_, '_>,
    options: &DiffOptions,
    mut result: DiffResult,
) -> Result<DiffResult, Box<BrokenOff>> {
    let from = result.findings.iter().map(|finding| finding.divergence.equal_after).min();
    let Some(from) = from else { return Ok(result) };
    let looked = begin_again(open, result.restored.as_ref()).and_then(|setup| {
        let sorter = Sorter::new(means.budget);
        Look::new(setup, &result.instruments, options, means, sorter).run(from)
    });
    let Seen { findings, comparison, resyncs, looks, notes, sorter } = match looked {
        Ok(seen) => seen,
        Err(error) => return Err(Box::new(BrokenOff { error, result })),
    };
    result.findings = findings;
    result.comparison.roots = comparison.roots;
    result.comparison.disputed = comparison.disputed;
    result.comparison.derived = comparison.derived;
    result.resyncs = resyncs;
    let (bugs, places, reruns) = sorter.finish();
    for finding in &mut result.findings {
        finding.bug = finding.bug.map(|bug| places[bug]);
    }
    result.findings.sort_by_key(|finding| (finding.divergence.seq, finding.divergence.instrument));
    result.bugs = bugs;
    result.effort = Some(Effort { looks, reruns, notes });
    Ok(result)
}

/// Runs a flow again, unless time is up.
fn rerun_within(
    flow: &shadowbook_capture::Flow,
    means: &mut Means<'_, '_>,
) -> Result<Option<shadowbook_triage::Shown>, GiveUp> {
    if let Some(why) = (means.is_over)() {
        return Err(GiveUp(why));
    }
    crate::rerun::rerun(flow, means.make)
}
