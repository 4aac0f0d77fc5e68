//! From the first divergences of a run to the bugs behind them all.

mod look;
mod rebuild;
mod sort;
mod track;

use crate::begin::begin_again;
use crate::diff::diff;
use crate::rerun::MakePair;
use crate::{BrokenOff, DiffError, DiffOptions, DiffResult, Progress, Setup};

use look::{Look, Seen};
use sort::Sorter;

/// [`diff`], and where something diverged a second run that looks closely.
///
/// # Errors
/// As of [`diff`].
pub fn investigate(
    open: &mut dyn FnMut() -> Result<Setup<'static>, DiffError>,
    make: &mut MakePair<'_>,
    options: &DiffOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<DiffResult, Box<BrokenOff>> {
    let first = DiffOptions { explain: false, ..options.clone() };
    let mut result = diff(open, &first, progress)?;
    if result.findings.is_empty() {
        return Ok(result);
    }
    let from = result.findings.iter().map(|finding| finding.divergence.equal_after).min();
    let looked = begin_again(open, result.restored.as_ref()).and_then(|setup| {
        let look = Look::new(setup, &result.instruments, options, make, Sorter);
        look.run(from.unwrap_or(0))
    });
    let (seen, _) = match looked {
        Ok(looked) => looked,
        Err(error) => return Err(Box::new(BrokenOff { error, result })),
    };
    let Seen { findings, roots, disputed, derived, resyncs, .. } = seen;
    result.findings = findings;
    result.comparison.roots = roots;
    result.comparison.disputed = disputed;
    result.comparison.derived = derived;
    result.resyncs = resyncs;
    Ok(result)
}
