//! The next command at which two engines differ.

use std::collections::BTreeSet;

use shadowbook_capture::Batch;
use shadowbook_compare::is_same_list;
use shadowbook_model::{InstrumentId, Seq};

use super::engines::{Engines, begin_stage};
use super::{Focus, OpenStage, Stage};
use crate::DiffError;

/// Where a search goes on.
#[derive(Clone, Debug)]
struct Suspect {
    /// Up to this position of the stream the books were equal.
    after: u64,
    /// From this one on they are not, or events differ.
    to: u64,
    /// The instruments whose books parted.
    parted: BTreeSet<InstrumentId>,
}

/// The first command after `position` commands of the stream at which events differ or the books
/// part, among those that `focus` holds when the spot is on `instrument`; `None` when there is
/// none. Where the books differ already, only events are looked at until they are equal again.
///
/// # Errors
/// As of [`super::scenes`].
pub fn next_difference(
    open: OpenStage<'_>,
    position: u64,
    focus: Focus,
    instrument: InstrumentId,
) -> Result<Option<Seq>, DiffError> {
    let Some((seq, suspect)) = coarse(open, position, focus, instrument)? else { return Ok(None) };
    if suspect.parted.is_empty() {
        return Ok(Some(seq));
    }
    fine(open, &suspect).map(|found| Some(found.unwrap_or(seq)))
}

/// Compares events after each command, books once a batch.
fn coarse(
    open: OpenStage<'_>,
    position: u64,
    focus: Focus,
    instrument: InstrumentId,
) -> Result<Option<(Seq, Suspect)>, DiffError> {
    let (Stage { mut source, reference, candidate }, _) = begin_stage(open)?;
    let mut engines = Engines::new(reference, candidate);
    let mut batch = Batch::new();
    let mut done = 0;
    while !engines.is_widowed() && source.read(&mut batch)? {
        engines.begin_batch();
        let end = done + batch.len() as u64;
        let start = usize::try_from(position.saturating_sub(done)).unwrap_or(usize::MAX);
        if start >= batch.len() {
            engines.apply_before(&batch, batch.len())?;
            done = end;
            continue;
        }
        let seq_of = |index: usize| batch.commands()[index].seq;
        let held = |index: &usize| focus.holds(&batch.commands()[*index], instrument);
        let touched = (start..batch.len()).filter(held);
        let touched: BTreeSet<_> = touched.map(|at| batch.commands()[at].instrument).collect();
        engines.apply_before(&batch, start)?;
        if engines.is_widowed() {
            return Ok(None);
        }
        let mut equal = BTreeSet::new();
        for of in &touched {
            if engines.are_equal(*of, seq_of(start))? == Some(true) {
                equal.insert(*of);
            }
        }
        engines.apply_before(&batch, batch.len())?;
        let differs = |index: &usize| {
            Some(*index) == engines.died_at()
                || engines.died_at().is_none_or(|died| *index < died)
                    && !is_same_list(
                        engines.ours.events_of(*index),
                        engines.theirs.events_of(*index),
                    )
        };
        let by_events = (start..batch.len()).filter(held).find(differs).or(engines.died_at());
        let mut parted = BTreeSet::new();
        for of in equal {
            // With a candidate that died there is nothing to compare, and the end is found anyway.
            if engines.are_equal(of, seq_of(batch.len() - 1))? != Some(true) {
                parted.insert(of);
            }
        }
        if by_events.is_some() || !parted.is_empty() {
            let at = by_events.unwrap_or(batch.len() - 1);
            let suspect = Suspect { after: done + start as u64, to: done + at as u64 + 1, parted };
            return Ok(Some((seq_of(at), suspect)));
        }
        done = end;
    }
    Ok(None)
}

/// Compares the books of the suspected instruments after each of their commands.
fn fine(open: OpenStage<'_>, suspect: &Suspect) -> Result<Option<Seq>, DiffError> {
    let (Stage { mut source, reference, candidate }, _) = begin_stage(open)?;
    let mut engines = Engines::new(reference, candidate);
    let mut batch = Batch::new();
    let mut done = 0;
    while done < suspect.to && source.read(&mut batch)? {
        engines.begin_batch();
        for (index, command) in batch.commands().iter().enumerate() {
            let position = done + index as u64 + 1;
            if position > suspect.to {
                break;
            }
            if position <= suspect.after || !suspect.parted.contains(&command.instrument) {
                continue;
            }
            engines.apply_before(&batch, index + 1)?;
            if engines.are_equal(command.instrument, command.seq)? != Some(true) {
                return Ok(Some(command.seq));
            }
        }
        let until = usize::try_from(suspect.to.saturating_sub(done)).unwrap_or(usize::MAX);
        engines.apply_before(&batch, batch.len().min(until))?;
        done += batch.len() as u64;
    }
    Ok(None)
}
