//! Two or three defects at once in one candidate.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use shadowbook_capture::Flow;
use shadowbook_faulty::{Defect, Defects, Planted};

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
        let flows = result.bugs.iter().filter_map(|bug| bug.example.as_ref());
        let flows: Vec<&Flow> = flows.map(|example| &example.flow).collect();
        Some(Self {
            candidate: candidate.to_string(),
            defects: defects.len(),
            bugs: result.bugs.len(),
            is_exact: result.bugs.len() == defects.len() && has_one_each(&flows, defects),
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

/// Whether each defect has an example of its own, one that shows with it alone.
fn has_one_each(examples: &[&Flow], defects: &[Defect]) -> bool {
    let Some((defect, others)) = defects.split_first() else { return true };
    let engines = [EngineName::Reference, EngineName::Faulty((*defect).into())];
    examples.iter().enumerate().any(|(place, example)| {
        let left = [&examples[..place], &examples[place + 1..]].concat();
        first_difference(example, engines, 0).is_some() && has_one_each(&left, others)
    })
}

#[cfg(test)]
mod tests {
    use super::super::ground::ground;
    use super::*;

    #[test]
    fn defects_of_which_one_hides_the_other_are_drawn_again_and_said() {
        let flow = ground(3, 6_000).expect("the profile is built in");
        let pool = [Defect::ExpiredMatchable, Defect::ExpiryOffByOne];
        let mut drawer = Drawer::new(&flow, &pool, Draw::new(1, 1));
        assert!(drawer.draw(2, 2).is_empty());
        let [redrawn] = drawer.redrawn.as_slice() else { panic!("{:?}", drawer.redrawn) };
        assert_eq!(redrawn.candidate, "faulty:expired-matchable+expiry-off-by-one");
        assert_eq!(redrawn.reason, "expiry-off-by-one is hidden by expired-matchable");
        let pool = [Defect::IocRests, Defect::DecrementRefillsSlice];
        let mut drawer = Drawer::new(&flow, &pool, Draw::new(1, 1));
        assert!(drawer.draw(1, 2).is_empty());
        assert_eq!(drawer.redrawn[0].reason, "decrement-refills-slice shows nothing in this flow");
    }

    #[test]
    fn different_candidates_are_drawn_from_the_seed() {
        let flow = ground(3, 6_000).expect("the profile is built in");
        let pool =
            [Defect::TakerPrice, Defect::IocRests, Defect::PostOnlyTakes, Defect::DaySurvivesClose];
        let drawn =
            |seed, number, of| Drawer::new(&flow, &pool, Draw::new(seed, 1)).draw(number, of);
        assert_eq!(drawn(1, 3, 2), drawn(1, 3, 2));
        let mut all = drawn(1, 6, 2);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 6, "as many as there are, each once");
        assert!(drawn(1, 2, 3).iter().all(|defects| defects.len() == 3));
        assert!(drawn(1, 1, 5).is_empty(), "there are no five");
    }

    #[test]
    fn each_defect_wants_a_bug_of_its_own() {
        let flow = ground(3, 6_000).expect("the profile is built in");
        let shows = |defect: Defect| {
            let engines = [EngineName::Reference, EngineName::Faulty(defect.into())];
            let end = first_difference(&flow, engines, 0).expect("it shows").position + 1;
            Flow { commands: flow.commands[..end].to_vec(), ..Flow::clone(&flow) }
        };
        // The stream shows one of them before the other.
        let both = [Defect::DecrementByOne, Defect::CloseEndsAll];
        let examples = both.map(shows);
        let [first, second] = [&examples[0], &examples[1]];
        assert!(has_one_each(&[first, second], &both));
        assert!(has_one_each(&[second, first], &both));
        let nothing = Flow { commands: Vec::new(), ..Flow::clone(&flow) };
        assert!(!has_one_each(&[&nothing, first], &both));
        assert!(!has_one_each(&[second, &nothing], &both));
        assert!(!has_one_each(&[], &both));
    }
}
