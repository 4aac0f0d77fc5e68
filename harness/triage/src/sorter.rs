//! Roots sorted into bugs, one after another.

use std::collections::{BTreeMap, BTreeSet};

use shadowbook_capture::Flow;
use shadowbook_compare::Divergence;
use shadowbook_model::{InstrumentId, Matching, OrderId, Seq};

use crate::bug::Bug;
use crate::canonical::canonical;
use crate::class::Class;
use crate::essence::is_only_said;
use crate::faces::Faces;
use crate::found::{Found, Names, smallest};
use crate::key::Key;
use crate::rerun::{Budget, GiveUp, Minimized, Rerun};
use crate::search::Stop;

/// Of groups of roots that look alike the first so many are minimised. When all of them came down
/// to one bug, others are taken for it, but for a sample: one root after twice as many.
const ALIKE: usize = 8;
/// The same once this many roots one after another came down to bugs that were known, and so on.
const FEWER_ALIKE: [(usize, usize); 2] = [(64, 2), (24, 4)];
/// So many roots are minimised in all.
const MINIMIZED: usize = 200;
/// The shape of books that differ nobody knows in what.
const UNKNOWN: &str = "state/digest";
/// So many more of which none looks like one that was minimised.
const UNLIKE: usize = 60;

/// A root, with what is known of it.
#[derive(Clone, Debug)]
pub struct Root<'a> {
    /// The divergence.
    pub divergence: &'a Divergence,
    /// What it has in common with roots that are taken for the same bug unseen: the order's
    /// attributes and the phase, for example. The signature is part of it anyway.
    pub circumstances: String,
    /// How its instrument is matched: what only one of them has is not looked for in the other.
    pub matching: Matching,
    /// The orders that it speaks of.
    pub focus: &'a [OrderId],
    /// Whether the allowlist covers it.
    pub is_allowed: bool,
}

/// Sorts roots into bugs as they are found.
#[derive(Debug)]
pub struct Sorter {
    budget: Budget,
    /// Which bug the roots of a signature in like circumstances are, those apart that the allowlist
    /// covers.
    groups: BTreeMap<(String, String, bool), usize>,
    /// What the minimised roots of like shape, on instruments that are matched alike, came down to.
    shapes: BTreeMap<(u8, String), Alike>,
    keys: BTreeMap<Key, usize>,
    faces: Faces,
    bugs: Vec<Sorted>,
    minimized: usize,
    /// How many of them came down to a known bug since one did not.
    known_in_a_row: usize,
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
    /// How many roots there were.
    roots: u64,
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
    /// Whether the allowlist covers its first root, with its place: one that accuses comes first.
    first: (bool, Seq, InstrumentId),
    /// Whether the allowlist covers the root that the example was made of.
    is_example_allowed: bool,
    /// The bug that it turned out to be.
    same_as: Option<usize>,
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
            faces: Faces::new(),
            bugs: Vec::new(),
            minimized: 0,
            known_in_a_row: 0,
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
        let group = (signature.clone(), root.circumstances.clone(), root.is_allowed);
        let known = self.groups.get(&group).copied();
        let bug = match self.taken_for(root, known) {
            Some(bug) => bug,
            None => self.sort(root, (&signature, known), flows, rerun),
        };
        self.groups.entry(group).or_insert(bug);
        let sorted = &mut self.bugs[bug];
        sorted.bug.roots += 1;
        sorted.bug.allowed += u64::from(root.is_allowed);
        *sorted.signatures.entry(signature).or_default() += 1;
        sorted.begins((root.is_allowed, root.divergence.seq, root.divergence.instrument));
        bug
    }

    /// The bug that a root is taken for unseen: that of its group, or that of all roots of its
    /// shape. `None` when it is to be minimised.
    fn taken_for(&mut self, root: &Root<'_>, known: Option<usize>) -> Option<usize> {
        let (is_spent, enough) = (self.minimized >= MINIMIZED, self.enough_alike());
        let alike = self.shapes.entry(kin(root)).or_default();
        alike.roots += 1;
        let is_sample = alike.roots.is_power_of_two() && !is_spent;
        let faces = &self.faces;
        let bugs: BTreeSet<usize> = alike.bugs.iter().map(|bug| faces.bug_of(*bug)).collect();
        let only = bugs.first().copied().filter(|_| bugs.len() == 1 || is_spent);
        let only = only.filter(|_| alike.minimized >= enough || is_spent);
        known.or(only).filter(|_| !is_sample)
    }

    /// So many roots that look alike are minimised before others are taken for the same: the fewer,
    /// the longer nothing new came up.
    fn enough_alike(&self) -> usize {
        let fewer = FEWER_ALIKE.iter().find(|(in_a_row, _)| self.known_in_a_row >= *in_a_row);
        fewer.map_or(ALIKE, |(_, fewer)| *fewer)
    }

    /// Minimises a root and says which bug it is, be it a new one; `known` is that of its group.
    fn sort(
        &mut self,
        root: &Root<'_>,
        (signature, known): (&str, Option<usize>),
        flows: impl Iterator<Item = Flow>,
        rerun: &mut Rerun<'_>,
    ) -> usize {
        let (shape, kin) = (shape(root.divergence), kin(root));
        let place = self.bugs.len();
        let is_unlike = self.shapes.get(&kin).is_none_or(|alike| alike.minimized == 0);
        let most = MINIMIZED + if is_unlike { UNLIKE } else { 0 };
        let found = if self.minimized < most {
            self.minimize(root, signature, flows, rerun)
        } else {
            Found::unexamined(format!("{MINIMIZED} divergences were minimised before it"))
        };
        if let Some(why) = found.broken_off {
            self.broken_off.push((known.unwrap_or(place), why));
        }
        let Found { example, names, note, is_examined, .. } = found;
        let bug = match names {
            Some(names) => self.place_of(names, place),
            None => known.unwrap_or(place),
        };
        let is_new = bug == place && self.faces.bug_of(bug) == bug;
        self.known_in_a_row = if is_new { 0 } else { self.known_in_a_row + 1 };
        let alike = self.shapes.entry(kin).or_default();
        alike.minimized += 1;
        if example.is_some() {
            alike.bugs.insert(bug);
        }
        match self.bugs.get_mut(bug) {
            Some(sorted) => sorted.offer(example, root.is_allowed),
            None => self.bugs.push(Sorted::new(root, shape, example, (note, is_examined))),
        }
        bug
    }

    /// The place of what was found with these names before, else `place`.
    fn place_of(&mut self, names: Names, place: usize) -> usize {
        let Names { key, any_trigger, face } = names;
        let known = self.keys.get(&key).copied().or_else(|| self.faces.place_of(&face.essence));
        let bug = known.unwrap_or(place);
        self.keys.insert(key, bug);
        self.faces.add(bug, face, any_trigger);
        bug
    }

    fn resolve(&self, bug: usize) -> usize {
        match self.bugs.get(bug).and_then(|sorted| sorted.same_as) {
            Some(other) => self.resolve(other),
            None => bug,
        }
    }

    /// Counts the roots of a bug to another one.
    fn merge(&mut self, from: usize, into: usize) {
        let gone = &mut self.bugs[from];
        gone.same_as = Some(into);
        let signatures = std::mem::take(&mut gone.signatures);
        let (Bug { roots, allowed, example, .. }, first) = (gone.bug.clone(), gone.first);
        let is_allowed = gone.is_example_allowed;
        let target = &mut self.bugs[into];
        target.bug.roots += roots;
        target.bug.allowed += allowed;
        target.begins(first);
        for (signature, count) in signatures {
            *target.signatures.entry(signature).or_default() += count;
        }
        target.offer(example, is_allowed);
        for alike in self.shapes.values_mut() {
            if alike.bugs.remove(&from) {
                alike.bugs.insert(into);
            }
        }
    }

    fn minimize(
        &mut self,
        root: &Root<'_>,
        signature: &str,
        flows: impl Iterator<Item = Flow>,
        rerun: &mut Rerun<'_>,
    ) -> Found {
        self.minimized += 1;
        let reruns = &mut self.reruns;
        let mut counting = |flow: &Flow| {
            *reruns += 1;
            rerun(flow)
        };
        let example = match smallest(flows, signature, root.focus, self.budget, &mut counting) {
            Ok(Some(example)) => example,
            Ok(None) => return Found::nothing(),
            Err(Stop::Spent) => return Found::unexamined(Stop::Spent.to_string()),
            Err(Stop::GiveUp(GiveUp(why))) => return Found::broken_off(None, why),
        };
        let simplest = match canonical(&example, self.budget, &mut counting) {
            Ok(simplest) => simplest,
            Err(GiveUp(why)) => return Found::broken_off(Some(example), why),
        };
        let names = Names::of(&simplest);
        // What shows something else may owe that to another bug. Of books the example says more.
        let classes = [&example, &simplest].map(|one| Class::of(&one.shown));
        let is_own = classes[0].is_like(&classes[1])
            || !simplest.is_minimal
            || classes.iter().all(Class::is_of_state);
        Found::example(if is_own { example } else { simplest }, names)
    }

    /// What the roots were sorted into.
    ///
    /// What could not be shown on its own is counted to the bug that looks the most like it, and what
    /// says nothing at all to the one with the most roots, whose note says so.
    #[must_use]
    pub fn finish(mut self) -> Sorting {
        for face in 0..self.bugs.len() {
            let bug = self.faces.bug_of(face);
            if bug != face {
                self.merge(face, bug);
            }
        }
        for bug in 0..self.bugs.len() {
            if let Some(other) = self.explained_by(bug) {
                self.merge(bug, other);
            } else if let Some(other) = self.follows_from(bug) {
                let Bug { roots, first, .. } = self.bugs[bug].bug;
                self.merge(bug, other);
                self.bugs[other].bug.say(format!(
                    "counted to it: {roots} more, the first at seq {first}, where the books \
                     differ and no flow shows why"
                ));
            }
        }
        let mut order: Vec<usize> =
            (0..self.bugs.len()).filter(|bug| self.bugs[*bug].same_as.is_none()).collect();
        order.sort_by_key(|bug| (self.bugs[*bug].bug.first, *bug));
        let place = |bug: usize| {
            let bug = self.resolve(bug);
            order.iter().position(|at| *at == bug).unwrap_or(bug)
        };
        Sorting {
            bugs: order.iter().map(|bug| self.bugs[*bug].finished()).collect(),
            places: (0..self.bugs.len()).map(place).collect(),
            reruns: self.reruns,
            broken_off: self
                .broken_off
                .iter()
                .map(|(bug, why)| (place(*bug), why.clone()))
                .collect(),
        }
    }

    /// The bug that books are counted to which differ nobody knows since when or in what, and not
    /// again: the one with the most roots. What says nothing is no sign of another bug.
    fn follows_from(&self, bug: usize) -> Option<usize> {
        let sorted = &self.bugs[bug];
        let says_nothing = sorted.shape == UNKNOWN && sorted.bug.example.is_none();
        (says_nothing && sorted.same_as.is_none()).then_some(())?;
        let shown =
            |at: &usize| self.bugs[*at].same_as.is_none() && self.bugs[*at].bug.example.is_some();
        let others = (0..self.bugs.len()).filter(shown);
        others.max_by_key(|at| (self.bugs[*at].bug.roots, usize::MAX - at))
    }

    /// The other bug that a bug is counted to which could not be shown on its own: the one that
    /// roots of its shape came down to; where there are several, or none of just this shape, the
    /// one with the most roots of those whose shape is the most like. Where nothing is like it, the
    /// first of those that could not be shown either.
    fn explained_by(&self, bug: usize) -> Option<usize> {
        let sorted = &self.bugs[bug];
        if sorted.bug.example.is_some() || sorted.same_as.is_some() {
            return None;
        }
        let ends = |shape: &str| shape.starts_with("candidate-");
        let has_ended = ends(&sorted.shape);
        // A candidate that dies is never taken for one that answers wrongly.
        let likeness = |alike: &str| {
            if ends(alike) == has_ended { words_in_common(alike, &sorted.shape) } else { 0 }
        };
        let most = self.shapes.iter().filter(|(_, alike)| !alike.bugs.is_empty());
        let most = most.map(|((_, shape), _)| likeness(shape)).max().filter(|most| *most > 0);
        if let Some(most) = most {
            let like = self.shapes.iter().filter(|((_, shape), _)| likeness(shape) == most);
            let bugs: BTreeSet<usize> = like.flat_map(|(_, alike)| &alike.bugs).copied().collect();
            return bugs.into_iter().max_by_key(|at| (self.bugs[*at].bug.roots, usize::MAX - at));
        }
        // Nothing that could be shown says whether what nobody looked into is the same.
        let may_be_same = |other: &Sorted| {
            let are_examined = other.bug.is_examined && sorted.bug.is_examined;
            are_examined || words_in_common(&other.shape, &sorted.shape) > 0
        };
        let unshown = |other: &usize| {
            let other = &self.bugs[*other];
            let is_unshown = other.bug.example.is_none() && ends(&other.shape) == has_ended;
            is_unshown && may_be_same(other)
        };
        (0..bug).filter(unshown).find(|other| self.bugs[*other].same_as.is_none())
    }
}

impl Sorted {
    fn new(
        root: &Root<'_>,
        shape: String,
        example: Option<Minimized>,
        (note, is_examined): (Option<String>, bool),
    ) -> Self {
        let Divergence { seq: first, instrument, .. } = *root.divergence;
        let signatures = Vec::new();
        let bug =
            Bug { signatures, roots: 0, allowed: 0, first, instrument, example, note, is_examined };
        let mut sorted = Self {
            bug,
            signatures: BTreeMap::new(),
            shape,
            first: (root.is_allowed, first, instrument),
            is_example_allowed: root.is_allowed,
            same_as: None,
        };
        sorted.note_size();
        sorted
    }

    /// Says so where the example may not be the smallest.
    fn note_size(&mut self) {
        if self.bug.example.as_ref().is_some_and(|example| !example.is_minimal) {
            self.bug.note = Some("the budget ran out before the smallest was found".to_owned());
        }
    }

    /// Takes a place for its first root if it comes before that which there is.
    fn begins(&mut self, at: (bool, Seq, InstrumentId)) {
        self.first = self.first.min(at);
        (_, self.bug.first, self.bug.instrument) = self.first;
    }

    /// Takes an example that is better than the one there is: one that accuses, runs from empty
    /// books, does more than to say something else, and is smaller.
    fn offer(&mut self, example: Option<Minimized>, is_allowed: bool) {
        let size = |example: &Minimized, is_allowed: bool| {
            let orders = example.flow.snapshots.iter().map(|snapshot| snapshot.orders.len());
            (
                is_allowed,
                !example.flow.snapshots.is_empty(),
                is_only_said(&example.shown),
                example.flow.commands.len() + orders.sum::<usize>(),
            )
        };
        if let Some(example) = example
            && self.bug.example.as_ref().is_none_or(|known| {
                size(&example, is_allowed) < size(known, self.is_example_allowed)
            })
        {
            (self.bug.example, self.bug.note) = (Some(example), None);
            self.is_example_allowed = is_allowed;
            self.note_size();
        }
    }

    fn finished(&self) -> Bug {
        let mut signatures: Vec<(&String, &u64)> = self.signatures.iter().collect();
        signatures.sort_by_key(|(signature, count)| (std::cmp::Reverse(**count), *signature));
        let signatures = signatures.into_iter().map(|(signature, _)| signature.clone()).collect();
        Bug { signatures, ..self.bug.clone() }
    }
}

/// How many words two shapes share, if they begin with the same: the whole of one of them counts
/// more than anything.
fn words_in_common(one: &str, other: &str) -> usize {
    if one == other {
        return usize::MAX;
    }
    let words = |shape: &str| -> Vec<String> {
        let label = shape.split_once('/').map_or(shape, |(_, label)| label);
        label.split(['>', '.', '+']).map(str::to_owned).collect()
    };
    let (one, other) = (words(one), words(other));
    if one.first() != other.first() {
        return 0;
    }
    one.iter().filter(|word| other.contains(word)).count()
}

/// What roots that look alike have in common, whatever the command.
fn shape(divergence: &Divergence) -> String {
    format!("{}/{}", divergence.kind, divergence.shape)
}

/// What is looked for apart: the shape of a root, and how its instrument is matched.
fn kin(root: &Root<'_>) -> (u8, String) {
    (root.matching.code(), shape(root.divergence))
}
