//! Roots sorted into bugs, one after another.

use std::collections::{BTreeMap, BTreeSet};

use shadowbook_capture::Flow;
use shadowbook_compare::Divergence;
use shadowbook_model::OrderId;

use crate::bug::Bug;
use crate::canonical::canonical;
use crate::key::Key;
use crate::minimize::minimize;
use crate::rerun::{Budget, GiveUp, Minimized, Rerun};

/// Of roots that look alike so many are minimised; when all of them came down to one bug, the
/// others are taken for that bug too.
const ALIKE: usize = 8;
/// So many roots are minimised in all.
const MINIMIZED: usize = 200;

/// A root, with what is known of it.
#[derive(Clone, Debug)]
pub struct Root<'a> {
    /// The divergence.
    pub divergence: &'a Divergence,
    /// What it has in common with roots that are taken for the same bug unseen: the order's
    /// attributes and the phase, for example. The signature is part of it anyway.
    pub circumstances: String,
    /// The orders that it speaks of.
    pub focus: &'a [OrderId],
    /// Whether the allowlist covers it.
    pub is_allowed: bool,
}

/// Sorts roots into bugs as they are found.
#[derive(Debug)]
pub struct Sorter {
    budget: Budget,
    /// Which bug the roots of a signature in like circumstances are.
    groups: BTreeMap<(String, String), usize>,
    /// What the minimised roots of like shape came down to.
    shapes: BTreeMap<String, Alike>,
    keys: BTreeMap<Key, usize>,
    bugs: Vec<Sorted>,
    minimized: usize,
    reruns: u64,
    broken_off: Vec<(usize, String)>,
}

/// What roots were sorted into.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sorting {
    /// The bugs by their first root.
    pub bugs: Vec<Bug>,
    /// For each place that [`Sorter::root`] gave, the place among the bugs.
    pub places: Vec<usize>,
    /// How many reruns it took.
    pub reruns: u64,
    /// What was not minimised because the caller gave up: the place of the bug, and why.
    pub broken_off: Vec<(usize, String)>,
}

#[derive(Debug, Default)]
struct Alike {
    minimized: usize,
    bugs: BTreeSet<usize>,
}

/// A bug as it grows.
#[derive(Debug)]
struct Sorted {
    bug: Bug,
    /// How many roots have each signature.
    signatures: BTreeMap<String, u64>,
    /// What its roots look like.
    shape: String,
}

impl Sorter {
    /// No roots yet; each that is minimised may take so much.
    #[must_use]
    pub const fn new(budget: Budget) -> Self {
        Self {
            budget,
            groups: BTreeMap::new(),
            shapes: BTreeMap::new(),
            keys: BTreeMap::new(),
            bugs: Vec::new(),
            minimized: 0,
            reruns: 0,
            broken_off: Vec::new(),
        }
    }

    /// The place of the bug that a root is, see [`Self::finish`]. Of flows that may show it on
    /// their own, the nearest first, the first that does is made smaller.
    pub fn root(
        &mut self,
        root: &Root<'_>,
        flows: impl Iterator<Item = Flow>,
        rerun: &mut Rerun<'_>,
    ) -> usize {
        let signature = root.divergence.signature();
        let group = (signature.clone(), root.circumstances.clone());
        let bug = match self.groups.get(&group).copied().or_else(|| self.look_alike(root)) {
            Some(bug) => bug,
            None => self.sort(root, &signature, flows, rerun),
        };
        self.groups.insert(group, bug);
        let sorted = &mut self.bugs[bug];
        sorted.bug.roots += 1;
        sorted.bug.allowed += u64::from(root.is_allowed);
        *sorted.signatures.entry(signature).or_default() += 1;
        if root.divergence.seq < sorted.bug.first {
            sorted.bug.first = root.divergence.seq;
            sorted.bug.instrument = root.divergence.instrument;
        }
        bug
    }

    /// The bug that roots of this shape are, when enough of them were looked at.
    fn look_alike(&self, root: &Root<'_>) -> Option<usize> {
        let alike = self.shapes.get(&shape(root.divergence))?;
        let is_known = alike.minimized >= ALIKE && alike.bugs.len() == 1;
        let is_spent = self.minimized >= MINIMIZED;
        alike.bugs.first().copied().filter(|_| is_known || is_spent)
    }

    /// Minimises a root and says which bug it is, be it a new one.
    fn sort(
        &mut self,
        root: &Root<'_>,
        signature: &str,
        flows: impl Iterator<Item = Flow>,
        rerun: &mut Rerun<'_>,
    ) -> usize {
        let shape = shape(root.divergence);
        let place = self.bugs.len();
        let found = if self.minimized < MINIMIZED {
            self.minimize(root, signature, flows, rerun).map_err(|GiveUp(why)| {
                self.broken_off.push((place, why.clone()));
                why
            })
        } else {
            Err(format!("{MINIMIZED} divergences were minimised before it"))
        };
        let (example, key, note) = match found {
            Ok(Some((example, key))) => (Some(example), Some(key), None),
            Ok(None) => (None, None, Some("no flow shows it on its own".to_owned())),
            Err(why) => (None, None, Some(why)),
        };
        let known = key.as_ref().and_then(|key| self.keys.get(key).copied());
        let bug = known.unwrap_or(self.bugs.len());
        let alike = self.shapes.entry(shape.clone()).or_default();
        alike.minimized += 1;
        if example.is_some() {
            alike.bugs.insert(bug);
        }
        if let Some(key) = key {
            self.keys.insert(key, bug);
        }
        match self.bugs.get_mut(bug) {
            Some(sorted) => sorted.offer(example),
            None => self.bugs.push(Sorted {
                bug: Bug {
                    signatures: Vec::new(),
                    roots: 0,
                    allowed: 0,
                    first: root.divergence.seq,
                    instrument: root.divergence.instrument,
                    example,
                    note,
                },
                signatures: BTreeMap::new(),
                shape,
            }),
        }
        bug
    }

    fn minimize(
        &mut self,
        root: &Root<'_>,
        signature: &str,
        flows: impl Iterator<Item = Flow>,
        rerun: &mut Rerun<'_>,
    ) -> Result<Option<(Minimized, Key)>, GiveUp> {
        let mut count = 0;
        let mut counting = |flow: &Flow| {
            count += 1;
            rerun(flow)
        };
        let mut found = None;
        for flow in flows {
            found = minimize(flow, signature, root.focus, self.budget, &mut counting)?;
            if found.is_some() {
                break;
            }
        }
        self.minimized += 1;
        let found = match found {
            None => None,
            Some(example) => {
                let key = Key::of(&canonical(&example, self.budget, &mut counting)?);
                Some((example, key))
            }
        };
        self.reruns += count;
        Ok(found)
    }

    /// What the roots were sorted into.
    ///
    /// What could not be shown on its own is taken for the one bug that looks like it, if there is
    /// just one.
    #[must_use]
    pub fn finish(mut self) -> Sorting {
        let merged: Vec<usize> = (0..self.bugs.len()).map(|bug| self.explained_by(bug)).collect();
        for (bug, into) in merged.iter().enumerate().filter(|(bug, into)| bug != *into) {
            let (roots, allowed) = (self.bugs[bug].bug.roots, self.bugs[bug].bug.allowed);
            let (first, instrument) = (self.bugs[bug].bug.first, self.bugs[bug].bug.instrument);
            let signatures = std::mem::take(&mut self.bugs[bug].signatures);
            let target = &mut self.bugs[*into];
            target.bug.roots += roots;
            target.bug.allowed += allowed;
            if first < target.bug.first {
                (target.bug.first, target.bug.instrument) = (first, instrument);
            }
            for (signature, count) in signatures {
                *target.signatures.entry(signature).or_default() += count;
            }
        }
        let mut order: Vec<usize> =
            (0..self.bugs.len()).filter(|bug| merged[*bug] == *bug).collect();
        order.sort_by_key(|bug| (self.bugs[*bug].bug.first, *bug));
        let place = |bug: usize| order.iter().position(|at| *at == merged[bug]).unwrap_or(bug);
        let places = (0..self.bugs.len()).map(place).collect();
        let broken_off = self.broken_off.iter().map(|(bug, why)| (place(*bug), why.clone()));
        Sorting {
            bugs: order.iter().map(|bug| self.bugs[*bug].finished()).collect(),
            places,
            reruns: self.reruns,
            broken_off: broken_off.collect(),
        }
    }

    /// The bug that explains this one: itself, where it has an example.
    fn explained_by(&self, bug: usize) -> usize {
        let sorted = &self.bugs[bug];
        if sorted.bug.example.is_some() {
            return bug;
        }
        match self.shapes.get(&sorted.shape).map(|alike| &alike.bugs) {
            Some(bugs) if bugs.len() == 1 => bugs.first().copied().unwrap_or(bug),
            _ => bug,
        }
    }
}

impl Sorted {
    /// Takes an example that is smaller than the one there is.
    fn offer(&mut self, example: Option<Minimized>) {
        let size = |example: &Minimized| {
            let orders = example.flow.snapshots.iter().map(|snapshot| snapshot.orders.len());
            (
                !example.flow.snapshots.is_empty(),
                example.flow.commands.len() + orders.sum::<usize>(),
            )
        };
        if let Some(example) = example
            && self.bug.example.as_ref().is_none_or(|known| size(&example) < size(known))
        {
            (self.bug.example, self.bug.note) = (Some(example), None);
        }
    }

    fn finished(&self) -> Bug {
        let mut signatures: Vec<(&String, &u64)> = self.signatures.iter().collect();
        signatures.sort_by_key(|(signature, count)| (std::cmp::Reverse(**count), *signature));
        let signatures = signatures.into_iter().map(|(signature, _)| signature.clone()).collect();
        Bug { signatures, ..self.bug.clone() }
    }
}

/// What roots that look alike have in common, whatever the command.
fn shape(divergence: &Divergence) -> String {
    format!("{}/{}", divergence.kind, divergence.shape)
}
