//! Which of the forms that roots came down to are faces of one bug.

use std::collections::BTreeMap;

use shadowbook_model::Event;

use crate::essence::{Essence, FEW};
use crate::key::Key;
use crate::rerun::Minimized;

/// The forms that were found, each at its place, and which bug each is.
///
/// All of them are looked at again whenever one comes: what is found first may be the face of a bug
/// that shows itself plainly later. A form is counted to one bug, and never makes two bugs one.
#[derive(Debug)]
pub(crate) struct Faces {
    faces: BTreeMap<usize, Face>,
    essences: BTreeMap<Essence, usize>,
    /// Forms that are the same whatever kind of trigger an order waits for.
    any_trigger: BTreeMap<Key, Vec<usize>>,
    bugs: BTreeMap<usize, usize>,
}

/// What is known of a form.
#[derive(Clone, Debug)]
pub(crate) struct Face {
    pub(crate) essence: Essence,
    /// Why the candidate rejects the command at which it shows, as a word of an essence.
    rejection: Option<String>,
    /// Whether every example of it still needs a state, or many commands: it may not be the
    /// simplest of its bug.
    is_vague: bool,
}

impl Faces {
    pub(crate) const fn new() -> Self {
        Self {
            faces: BTreeMap::new(),
            essences: BTreeMap::new(),
            any_trigger: BTreeMap::new(),
            bugs: BTreeMap::new(),
        }
    }

    /// The place of a form with this essence.
    pub(crate) fn place_of(&self, essence: &Essence) -> Option<usize> {
        self.essences.get(essence).copied()
    }

    /// The place of the bug that the form at a place is.
    pub(crate) fn bug_of(&self, place: usize) -> usize {
        self.bugs.get(&place).copied().unwrap_or(place)
    }

    /// One more example came down to a form.
    pub(crate) fn add(&mut self, place: usize, face: Face, any_trigger: Option<Key>) {
        self.essences.entry(face.essence.clone()).or_insert(place);
        let is_vague = face.is_vague;
        self.faces.entry(place).or_insert(face).is_vague &= is_vague;
        if let Some(key) = any_trigger {
            let twins = self.any_trigger.entry(key).or_default();
            if !twins.contains(&place) {
                twins.push(place);
            }
        }
        self.settle();
    }

    /// Counts each form to a bug, the plainest first.
    fn settle(&mut self) {
        let mut order: Vec<(&usize, &Face)> = self.faces.iter().collect();
        order.sort_by_key(|(place, face)| (face.is_vague, face.essence.specials(), **place));
        let mut bugs: BTreeMap<usize, usize> = BTreeMap::new();
        for (place, face) in order {
            let twin = self.twins(*place).find_map(|twin| bugs.get(&twin).copied());
            let bug = twin.or_else(|| {
                let heads = bugs.iter().filter(|(place, bug)| place == bug);
                let heads = heads.map(|(place, _)| (*place, &self.faces[place]));
                face.bug(heads)
            });
            bugs.insert(*place, bug.unwrap_or(*place));
        }
        self.bugs = bugs;
    }

    fn twins(&self, place: usize) -> impl Iterator<Item = usize> {
        let families = self.any_trigger.values().filter(move |family| family.contains(&place));
        families.flatten().copied()
    }
}

impl Face {
    pub(crate) fn of(simplest: &Minimized) -> Self {
        let Minimized { flow, shown, is_minimal, .. } = simplest;
        let answer = shown.divergence.candidate.events.iter();
        let mut rejections = answer.filter_map(|event| match event {
            Event::Rejected { reason, .. } => Some(format!("+rejected.{reason}")),
            _ => None,
        });
        Self {
            essence: Essence::of(simplest),
            rejection: rejections.next(),
            is_vague: !flow.snapshots.is_empty() || flow.commands.len() > FEW || !is_minimal,
        }
    }

    /// The bug among others that it is a face of.
    fn bug<'a>(&self, others: impl Iterator<Item = (usize, &'a Self)> + Clone) -> Option<usize> {
        let holds = |other: &Self| self.essence.has_special_of(&other.essence);
        // What rejects a command does not get to what else happens at it.
        let skips = |other: &Self| {
            let rejection = self.rejection.as_deref();
            rejection.is_some_and(|word| self.essence.follows(&other.essence, word))
        };
        // What is not in its simplest form has attributes that say little.
        let is_akin = |other: &Self| self.is_vague && self.essence.is_akin_to(&other.essence);
        let find = |is_it: &dyn Fn(&Self) -> bool| others.clone().find(|(_, other)| is_it(other));
        let found = find(&holds).or_else(|| find(&skips)).or_else(|| find(&is_akin));
        found.map(|(place, _)| place)
    }
}
