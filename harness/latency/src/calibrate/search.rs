//! The search for a dose: pure, so that it can be tried on thousands of made-up machines.
//!
//! All that was measured is kept, and none of it is believed beyond its interval: a dose that was
//! called too small by chance must not shut the right one out. Where noise says that a larger dose
//! adds less, isotonic regression finds the rising line nearest to everything measured (Ayer and
//! others 1955), and the next dose is where that crosses the target. What may be the target already
//! is measured on more engines instead of trying its neighbours.

use std::collections::BTreeMap;

use super::{Calibration, CannotCalibrate};

/// So many engines show on which side of the target a dose is that is far from it.
const FEW: usize = 5;
/// What is near is measured on up to so many times the engines that were asked for.
const MOST_TIMES: usize = 8;
/// So often something is measured.
pub(super) const STEPS: usize = 32;
/// Nobody needs to know it better than to one part in so many of the target …
const FINE: f64 = 10.0;
/// … and nobody can use it when it is not known to one in so many.
const COARSE: f64 = 5.0;
/// While all doses are too small the next one is so many times as large, at least and at most.
const GROWTH: [f64; 2] = [2.0, 16.0];
/// One guess in so many is the middle: a line through both ends comes nearer from one side only
/// where what doses add is bent.
const MIDDLE_EVERY: usize = 3;

/// Finds the dose that adds the target. `measure` measures a dose on so many more fresh engines,
/// and says what all engines of that dose show.
pub(super) fn search(
    target: f64,
    instances: usize,
    mut measure: impl FnMut(u32, usize) -> Result<Calibration, CannotCalibrate>,
) -> Result<Calibration, CannotCalibrate> {
    let mut search = Search { target, probes: BTreeMap::new(), guesses: 0 };
    let instances = instances.max(FEW);
    let mut next = Next::New(1);
    for _ in 0..STEPS {
        let (dose, more) = match next {
            Next::New(dose) => (dose, search.fewest_beside(dose)),
            Next::Again(dose) => {
                let so_far = search.probes.get(&dose).map_or(0, |probe| probe.instances);
                (dose, so_far.max(instances - FEW))
            }
            Next::TooSmall(found) => {
                let Calibration { dose, added, .. } = found;
                return Err(CannotCalibrate::TooSmall { dose, added, target });
            }
            Next::Done(nearest) => return search.conclude(nearest),
        };
        search.add(measure(dose, more)?, more);
        next = search.next(instances * MOST_TIMES);
    }
    search.conclude(search.nearest())
}

/// What is known so far.
struct Search {
    target: f64,
    probes: BTreeMap<u32, Probe>,
    /// How many doses between others were tried.
    guesses: usize,
}

/// A dose that was measured.
#[derive(Clone, Copy)]
struct Probe {
    found: Calibration,
    instances: usize,
}

/// What to do next.
enum Next {
    /// Measure another dose.
    New(u32),
    /// Measure a dose on more engines.
    Again(u32),
    /// There is no larger one.
    TooSmall(Calibration),
    /// Nothing would come nearer.
    Done(Calibration),
}

impl Search {
    fn add(&mut self, found: Calibration, more: usize) {
        let probe = self.probes.entry(found.dose).or_insert(Probe { found, instances: 0 });
        probe.found = found;
        probe.instances += more;
    }

    fn next(&mut self, most: usize) -> Next {
        let nearest = self.nearest();
        if self.may_be(nearest) {
            return self.surer(nearest, most);
        }
        let line = self.rising_line();
        let Some(above) = line.iter().position(|(_, added)| *added >= self.target) else {
            return self.larger();
        };
        // The line begins with no dose, which adds nothing: there is one before.
        let ((below, least), (above, greatest)) = (line[above - 1], line[above]);
        if above - below == 1 {
            return self.surer(nearest, most);
        }
        self.guesses += 1;
        let share = (self.target - least) / (greatest - least);
        let share = if self.guesses.is_multiple_of(MIDDLE_EVERY) { 0.5 } else { share };
        let step = dose(share * f64::from(above - below));
        Next::New(below + step.clamp(1, above - below - 1))
    }

    /// The same dose on more engines, until it is known well or as many were spent as there are.
    fn surer(&self, nearest: Calibration, most: usize) -> Next {
        let probe = self.probes[&nearest.dose];
        if nearest.floor * FINE <= self.target || probe.instances * 2 > most {
            return Next::Done(nearest);
        }
        Next::Again(nearest.dose)
    }

    /// A larger dose than any that was tried, by what the largest may add at most.
    fn larger(&self) -> Next {
        let found = self.probes.values().next_back().expect("one was measured").found;
        if found.dose == u32::MAX {
            return Next::TooSmall(found);
        }
        let at_most = found.added + found.floor;
        let [least, greatest] = GROWTH;
        let times = if at_most > 0.0 { self.target / at_most } else { greatest };
        Next::New(dose(f64::from(found.dose) * times.clamp(least, greatest)))
    }

    /// So many engines show on which side of the target a dose is. One between two that are well
    /// known differs little from them, and few engines would tell nothing.
    fn fewest_beside(&self, dose: u32) -> usize {
        let below = self.probes.range(..dose).next_back();
        let above = self.probes.range(dose..).next();
        let both = below.zip(above);
        both.map_or(FEW, |((_, below), (_, above))| below.instances.max(above.instances) / 2)
            .max(FEW)
    }

    /// Whether what a dose adds may be the target, or is as near to it as anybody needs.
    fn may_be(&self, found: Calibration) -> bool {
        (found.added - self.target).abs() <= found.floor.max(self.target / FINE)
    }

    /// What comes nearest, in its own noise: a dose that is little known may be as near as one that
    /// is well known.
    fn nearest(&self) -> Calibration {
        let off = |found: &Calibration| {
            (found.added - self.target).abs() / found.floor.max(self.target / FINE)
        };
        let found = self.probes.values().map(|probe| probe.found);
        found.min_by(|a, b| off(a).total_cmp(&off(b))).expect("one was measured")
    }

    /// What is good enough to be called calibrated.
    fn conclude(&self, nearest: Calibration) -> Result<Calibration, CannotCalibrate> {
        let target = self.target;
        if self.may_be(nearest) && nearest.floor * COARSE <= target {
            return Ok(nearest);
        }
        Err(CannotCalibrate::NotReached { nearest, target })
    }

    /// Doses and what they add, such that more never adds less: neighbours that say otherwise share
    /// their mean, weighted by how well each is known.
    fn rising_line(&self) -> Vec<(u32, f64)> {
        // Nothing is known without limit, so that no weight is infinite.
        let known = |floor: f64| floor.max(self.target * 1e-6).powi(-2);
        let mut blocks: Vec<Block> = Vec::with_capacity(self.probes.len());
        for Probe { found, .. } in self.probes.values() {
            let mut block =
                Block { doses: 1, weight: known(found.floor), added: found.added.max(0.0) };
            while let Some(before) = blocks.pop_if(|before| before.added >= block.added) {
                block = before.joined(&block);
            }
            blocks.push(block);
        }
        let added = blocks.iter().flat_map(|block| vec![block.added; block.doses]);
        let line = self.probes.keys().copied().zip(added);
        std::iter::once((0, 0.0)).chain(line).collect()
    }
}

/// Neighbouring doses that share a mean.
struct Block {
    doses: usize,
    weight: f64,
    added: f64,
}

impl Block {
    fn joined(&self, other: &Self) -> Self {
        let weight = self.weight + other.weight;
        let added = (self.added * self.weight + other.added * other.weight) / weight;
        Self { doses: self.doses + other.doses, weight, added }
    }
}

/// The whole dose nearest to it, at most the largest there is.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "no dose is below zero, and what is above the largest is that"
)]
fn dose(dose: f64) -> u32 {
    dose.round() as u32
}
