//! Two or three defects at once in one candidate.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use shadowbook_capture::Flow;
use shadowbook_faulty::{Defect, Defects, Planted};
use shadowbook_triage::Bug;

use super::ground::{Draw, first_difference};
use super::single::{Examples, Run, stray};
use super::trial::try_candidate;
use crate::engines::EngineName;

/// So many draws for each that is wanted: then there are too few that show side by side.
const DRAWS: usize = 50;

/// What was reported of several defects in one candidate.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Several {
    /// The engine, as a command line names it.
    pub(super) candidate: String,
    pub(super) defects: usize,
    pub(super) bugs: usize,
    /// Whether there is one bug for each defect, with an example that this defect alone shows.
    pub(super) is_exact: bool,
    pub(super) roots: u64,
    pub(super) derived: u64,
    /// Roots that no bug explains.
    pub(super) stray: usize,
    /// Of the largest example.
    pub(super) commands: Option<usize>,
    pub(super) is_minimal: bool,
    pub(super) is_alone: bool,
    pub(super) broke_off: Option<String>,
    pub(super) run: Run,
}

/// Defects that were drawn and cannot be told apart in the flow by anybody.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Redrawn {
    pub(super) candidate: String,
    pub(super) reason: String,
}

/// Draws candidates with several defects that all show side by side.
pub(super) struct Drawer<'a> {
    pub(super) flow: &'a Arc<Flow>,
    pub(super) pool: &'a [Defect],
    pub(super) draw: Draw,
    /// Of the defects that were drawn, whether they show in the flow on their own.
    shown: BTreeMap<Defect, bool>,
    pub(super) redrawn: Vec<Redrawn>,
}

impl<'a> Drawer<'a> {
    pub(super) const fn new(flow: &'a Arc<Flow>, pool: &'a [Defect], draw: Draw) -> Self {
        Self { flow, pool, draw, shown: BTreeMap::new(), redrawn: Vec::new() }
    }

    /// So many different candidates with so many defects each, or fewer where there are no more.
    pub(super) fn draw(&mut self, number: usize, of: usize) -> Vec<Vec<Defect>> {
        let mut drawn: Vec<Vec<Defect>> = Vec::new();
        for _ in 0..number.saturating_mul(DRAWS) {
            if drawn.len() == number || self.pool.len() < of {
                break;
            }
            let defects = self.pick(of);
            let Some(together) = together(&defects) else { continue };
            let candidate = EngineName::Faulty(together.into()).to_string();
            if drawn.contains(&defects) || self.redrawn.iter().any(|it| it.candidate == candidate) {
                continue;
            }
            match self.hidden(&defects, together) {
                None => drawn.push(defects),
                Some(reason) => self.redrawn.push(Redrawn { candidate, reason }),
            }
        }
        drawn
    }

    /// So many different defects, in the order of their list.
    fn pick(&mut self, of: usize) -> Vec<Defect> {
        let mut left = self.pool.to_vec();
        let mut picked: Vec<Defect> =
            (0..of).map(|_| left.swap_remove(self.draw.below(left.len()))).collect();
        picked.sort_unstable();
        picked
    }

    /// Why not all of these defects show in the flow, if not.
    fn hidden(&mut self, defects: &[Defect], together: Defects) -> Option<String> {
        for defect in defects {
            let flow = self.flow;
            let shows_alone = *self.shown.entry(*defect).or_insert_with(|| {
                let engines = [EngineName::Reference, EngineName::Faulty((*defect).into())];
                first_difference(flow, engines, 0).is_some()
            });
            if !shows_alone {
                return Some(format!("{defect} shows nothing in this flow"));
            }
        }
        defects.iter().find_map(|defect| {
            let others: Vec<_> = defects.iter().copied().filter(|other| other != defect).collect();
            let others = together_of(&others)?;
            let engines = [EngineName::Faulty(others), EngineName::Faulty(together.into())];
            let is_hidden = first_difference(self.flow, engines, 0).is_none();
            is_hidden.then(|| format!("{defect} is hidden by {others}"))
        })
    }
}

impl Several {
    pub(super) fn of(flow: &Arc<Flow>, defects: &[Defect]) -> Option<Self> {
        let candidate = EngineName::Faulty(together_of(defects)?);
        let trial = try_candidate(flow, candidate);
        let result = &trial.result;
        let examples = Examples::of(&result.bugs, candidate);
        Some(Self {
            candidate: candidate.to_string(),
            defects: defects.len(),
            bugs: result.bugs.len(),
            is_exact: result.bugs.len() == defects.len() && has_one_each(&result.bugs, defects),
            roots: result.comparison.roots,
            derived: result.comparison.derived,
            stray: stray(result),
            commands: examples.largest,
            is_minimal: examples.are_minimal,
            is_alone: examples.are_alone,
            broke_off: trial.broke_off,
            run: Run { triage_ms: trial.triage.as_millis() },
        })
    }
}

fn together(defects: &[Defect]) -> Option<Defects> {
    let (first, others) = defects.split_first()?;
    Some(others.iter().fold(Defects::from(*first), |together, next| together.with(*next)))
}

fn together_of(defects: &[Defect]) -> Option<Planted> {
    together(defects).map(Planted::from)
}

/// Whether each defect has a bug of its own, the example of which shows with it alone.
fn has_one_each(bugs: &[Bug], defects: &[Defect]) -> bool {
    let Some((defect, others)) = defects.split_first() else { return true };
    let engines = [EngineName::Reference, EngineName::Faulty((*defect).into())];
    bugs.iter().enumerate().any(|(place, bug)| {
        let is_shown = bug
            .example
            .as_ref()
            .is_some_and(|example| first_difference(&example.flow, engines, 0).is_some());
        let left: Vec<Bug> = [&bugs[..place], &bugs[place + 1..]].concat();
        is_shown && has_one_each(&left, others)
    })
}
