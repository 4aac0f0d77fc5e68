//! New expectations for old scenarios.

use crate::run::{Observed, Outcome};
use crate::scenario::{Expected, Gap, Noted, Scenario, StepKind};

/// The scenario with what the engine really answered in place of what was expected.
///
/// Comments stay: those of an expectation that is still there with it, those of one that is gone
/// above what now comes next. Steps that match, and those that expect `anything`, stay untouched.
#[must_use]
pub fn update(scenario: &Scenario, outcome: &Outcome) -> Scenario {
    let mut updated = scenario.clone();
    for mismatch in outcome.mismatches() {
        let Some(step) = updated.steps.get_mut(mismatch.step) else { continue };
        let left = match (&mut step.kind.value, outcome.observed().get(mismatch.step)) {
            (
                StepKind::Command { expected: Expected::Events(expected), .. },
                Some(Observed::Events(events)),
            ) => rewrite(expected, events),
            (StepKind::Book { expected, .. }, Some(Observed::Book(lines))) => {
                rewrite(expected, lines)
            }
            _ => continue,
        };
        match updated.steps.get_mut(mismatch.step + 1) {
            Some(next) => prepend(left, &mut next.kind.above),
            None => prepend(left, &mut updated.tail),
        }
    }
    updated
}

/// Puts `actual` in place of `expected` and gives back the comments that found no new place.
fn rewrite<T: Clone + PartialEq>(expected: &mut Vec<Noted<T>>, actual: &[T]) -> Vec<Gap> {
    let mut old = std::mem::take(expected).into_iter();
    for value in actual {
        let mut noted = Noted::plain(value.clone());
        let position = old.as_slice().iter().position(|line| line.value == *value);
        for line in old.by_ref().take(position.map_or(0, |position| position + 1)) {
            let is_kept = line.value == *value;
            noted.above.extend(line.above);
            if is_kept {
                noted.behind = line.behind;
            } else {
                noted.above.extend(line.behind.map(Gap::Comment));
            }
        }
        expected.push(noted);
    }
    old.flat_map(|line| line.above.into_iter().chain(line.behind.map(Gap::Comment))).collect()
}

fn prepend<T>(mut first: Vec<T>, rest: &mut Vec<T>) {
    first.append(rest);
    *rest = first;
}
