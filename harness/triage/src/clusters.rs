//! Roots sorted into bugs as they are found.

use std::collections::BTreeMap;

use shadowbook_capture::Flow;
use shadowbook_model::{InstrumentId, OrderId, Seq};

use crate::bug::Bug;
use crate::canonical::canonical;
use crate::essence::Essence;
use crate::key::Key;
use crate::minimize::minimize;
use crate::rerun::{Budget, Minimized, Rerun};

/// So many roots of a group are looked at closely.
const EXAMPLES: u64 = 2;

/// A divergence that follows from no other.
#[derive(Clone, Copy, Debug)]
pub struct Root<'a> {
    /// Where it shows.
    pub seq: Seq,
    /// On which instrument, by its place in the table of the capture.
    pub instrument: InstrumentId,
    /// What it looks like.
    pub signature: &'a str,
    /// What roots of one group have in common: the signature, and the attributes of the order.
    pub group: &'a str,
    /// The orders that it speaks of, as far as they are known.
    pub focus: &'a [OrderId],
}

/// Roots of one group: most often one bug.
#[derive(Clone, Debug)]
struct Group {
    /// How many of its roots were looked at.
    tried: u64,
    /// The bug of the first of them.
    bug: usize,
}

/// Sorts roots into bugs. Roots are to arrive in the order of their seqs.
#[derive(Clone, Debug)]
pub struct Clusters {
    budget: Budget,
    groups: BTreeMap<String, Group>,
    keys: BTreeMap<Key, usize>,
    essences: BTreeMap<Essence, usize>,
    bugs: Vec<Found>,
    reruns: u64,
}

/// A bug, and how often each signature was counted.
#[derive(Clone, Debug)]
struct Found {
    bug: Bug,
    signatures: BTreeMap<String, u64>,
    /// The bug that it turned out to be.
    same_as: Option<usize>,
}

impl Clusters {
    /// Nothing yet; `budget` is for each root that is looked at.
    #[must_use]
    pub const fn new(budget: Budget) -> Self {
        Self {
            budget,
            groups: BTreeMap::new(),
            keys: BTreeMap::new(),
            essences: BTreeMap::new(),
            bugs: Vec::new(),
            reruns: 0,
        }
    }

    /// Counts a root and gives the place of its bug, see [`Self::finish`].
    ///
    /// `flows` are what may show it, nearest first; they are tried one after another until one
    /// does, and none is asked for when its group is known well enough.
    pub fn root(
        &mut self,
        root: Root<'_>,
        flows: impl Iterator<Item = Flow>,
        rerun: &mut Rerun<'_>,
    ) -> usize {
        let known = self.groups.get(root.group).cloned();
        let place = match known {
            Some(Group { tried, bug }) if tried >= EXAMPLES => bug,
            Some(Group { bug, .. }) => match self.example(root, flows, rerun) {
                Ok((shortest, simplest)) => self.place_of(root, shortest, &simplest),
                Err(_) => bug,
            },
            None => match self.example(root, flows, rerun) {
                Ok((shortest, simplest)) => self.place_of(root, shortest, &simplest),
                Err(note) => self.add(root, None, Some(note)),
            },
        };
        let group = self.groups.entry(root.group.to_owned());
        group.or_insert(Group { tried: 0, bug: place }).tried += 1;
        let place = self.resolve(place);
        let found = &mut self.bugs[place];
        found.bug.roots += 1;
        *found.signatures.entry(root.signature.to_owned()).or_default() += 1;
        place
    }

    /// The smallest flow that shows a root, and what it is in its simplest form; or why there is
    /// none.
    fn example(
        &mut self,
        root: Root<'_>,
        flows: impl Iterator<Item = Flow>,
        rerun: &mut Rerun<'_>,
    ) -> Result<(Minimized, Minimized), String> {
        let mut best: Option<Minimized> = None;
        let mut other: Option<(Flow, String)> = None;
        for flow in flows {
            if other.is_none()
                && let Some(shown) = rerun(&flow).map_err(|why| why.to_string())?
                && shown.divergence.signature() != root.signature
            {
                other = Some((flow.clone(), shown.divergence.signature()));
            }
            match minimize(flow, root.signature, root.focus, self.budget, rerun) {
                Ok(None) => {}
                Ok(Some(found)) => {
                    self.reruns += found.reruns;
                    let runs_from_empty = found.flow.snapshots.is_empty();
                    best = if runs_from_empty { Some(found) } else { best.or(Some(found)) };
                    if runs_from_empty {
                        break;
                    }
                }
                Err(why) if best.is_none() => return Err(why.to_string()),
                Err(_) => break,
            }
        }
        if let (None, Some((flow, signature))) = (&best, other) {
            // What its history shows in its place is where it comes from.
            best = minimize(flow, &signature, root.focus, self.budget, rerun)
                .map_err(|why| why.to_string())?;
            self.reruns += best.as_ref().map_or(0, |found| found.reruns);
        }
        let shortest = best.ok_or("no flow shows it on its own")?;
        match canonical(&shortest, self.budget, rerun) {
            Ok(simplest) => {
                self.reruns += simplest.reruns;
                Ok((shortest, simplest))
            }
            Err(_) => Ok((shortest.clone(), shortest)),
        }
    }

    /// The bug of an example: a known one if its simplest form is, else a new one.
    fn place_of(&mut self, root: Root<'_>, shortest: Minimized, simplest: &Minimized) -> usize {
        let (key, essence) = (Key::of(simplest), Essence::of(simplest));
        let known = [self.keys.get(&key), self.essences.get(&essence)];
        let mut known: Vec<usize> =
            known.into_iter().flatten().map(|at| self.resolve(*at)).collect();
        if known.is_empty() && !simplest.flow.snapshots.is_empty() {
            // What still needs a state is not in its simplest form: its attributes say little.
            let mut like = self.essences.iter();
            let like = like.find(|(other, _)| essence.is_same_but_for_attributes(other));
            known.extend(like.map(|(_, at)| self.resolve(*at)));
        }
        known.sort_unstable();
        let place = match known.first() {
            Some(place) => *place,
            None => self.add(root, None, None),
        };
        for other in known.into_iter().filter(|other| *other != place) {
            self.merge(other, place);
        }
        self.keys.insert(key, place);
        self.essences.insert(essence, place);
        let bug = &mut self.bugs[place].bug;
        let length =
            |example: &Minimized| (example.flow.snapshots.len(), example.flow.commands.len());
        if bug.example.as_ref().is_none_or(|known| length(&shortest) < length(known)) {
            let note = "the budget ran out before the smallest was found";
            bug.note = (!shortest.is_minimal).then(|| note.to_owned());
            bug.example = Some(shortest);
        }
        place
    }

    fn add(&mut self, root: Root<'_>, example: Option<Minimized>, note: Option<String>) -> usize {
        let (first, instrument) = (root.seq, root.instrument);
        let signatures = Vec::new();
        let bug = Bug { signatures, roots: 0, allowed: 0, first, instrument, example, note };
        self.bugs.push(Found { bug, signatures: BTreeMap::new(), same_as: None });
        self.bugs.len() - 1
    }

    fn resolve(&self, place: usize) -> usize {
        self.bugs[place].same_as.map_or(place, |other| self.resolve(other))
    }

    /// Counts the roots of a bug to an earlier one.
    fn merge(&mut self, from: usize, to: usize) {
        let gone = self.bugs[from].clone();
        self.bugs[from].same_as = Some(to);
        let kept = &mut self.bugs[to];
        kept.bug.roots += gone.bug.roots;
        for (signature, count) in gone.signatures {
            *kept.signatures.entry(signature).or_default() += count;
        }
    }

    /// How many reruns it took so far.
    #[must_use]
    pub const fn reruns(&self) -> u64 {
        self.reruns
    }

    /// The bugs in the order of their first roots, and for each place that [`Self::root`] gave the
    /// place among them.
    #[must_use]
    pub fn finish(self) -> (Vec<Bug>, Vec<usize>) {
        let resolved: Vec<usize> = (0..self.bugs.len()).map(|place| self.resolve(place)).collect();
        let mut kept: Vec<usize> = resolved.clone();
        kept.sort_unstable_by_key(|place| (self.bugs[*place].bug.first, *place));
        kept.dedup();
        let places = resolved
            .iter()
            .map(|place| kept.iter().position(|one| one == place).unwrap_or_default())
            .collect();
        let bug = |place: &usize| {
            let Found { bug, signatures, .. } = self.bugs[*place].clone();
            let mut signatures: Vec<(String, u64)> = signatures.into_iter().collect();
            signatures.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            Bug { signatures: signatures.into_iter().map(|(name, _)| name).collect(), ..bug }
        };
        (kept.iter().map(bug).collect(), places)
    }
}
