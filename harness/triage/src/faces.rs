//! Which of the forms that roots came down to are faces of one bug.

use std::collections::{BTreeMap, BTreeSet};

use shadowbook_model::Event;

use crate::class::words;
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
    /// What its examples lack, and what they have too much.
    ways: BTreeSet<String>,
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
        let known = self.faces.entry(place).or_insert_with(|| face.clone());
        known.is_vague &= face.is_vague;
        known.ways.extend(face.ways);
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
            ways: words(shown).into_iter().filter(|word| word.starts_with(['-', '+'])).collect(),
            is_vague: !flow.snapshots.is_empty() || flow.commands.len() > FEW || !is_minimal,
        }
    }

    /// Whether what one lacks the other has too much, of orders that are triggered or not.
    fn is_contrary_to(&self, other: &Self) -> bool {
        self.essence.is_of_triggers()
            && !self.ways.is_empty()
            && !other.ways.is_empty()
            && self.ways.is_disjoint(&other.ways)
    }

    /// The bug among others that it is a face of.
    fn bug<'a>(&self, others: impl Iterator<Item = (usize, &'a Self)> + Clone) -> Option<usize> {
        let holds = |other: &Self| {
            self.essence.has_special_of(&other.essence) && !self.is_contrary_to(other)
        };
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

#[cfg(test)]
mod tests {
    use super::*;

    fn face(decision: &'static str, attributes: &[&'static str]) -> Face {
        let essence = Essence::from_parts(decision, &[], attributes);
        Face { essence, rejection: None, ways: BTreeSet::new(), is_vague: false }
    }

    fn vague(decision: &'static str, attributes: &[&'static str]) -> Face {
        Face { is_vague: true, ..face(decision, attributes) }
    }

    /// The bug of each form, found in this order.
    fn bugs(found: impl IntoIterator<Item = Face>) -> Vec<usize> {
        let mut faces = Faces::new();
        let mut count = 0;
        for face in found {
            faces.add(count, face, None);
            count += 1;
        }
        (0..count).map(|place| faces.bug_of(place)).collect()
    }

    #[test]
    fn a_form_with_what_is_special_of_two_bugs_does_not_make_them_one() {
        let stop = || face("expiry", &["stop"]);
        let iceberg = || face("expiry", &["display"]);
        let both = || face("expiry", &["stop", "display"]);
        assert_eq!(bugs([stop(), iceberg(), both()]), [0, 1, 0]);
        assert_eq!(bugs([both(), stop(), iceberg()]), [1, 1, 2], "whatever comes first");
    }

    #[test]
    fn one_that_misses_triggers_is_no_face_of_one_that_triggers_too_much() {
        let way = |word: &str, attributes: &[&'static str]| Face {
            ways: BTreeSet::from([word.to_owned()]),
            ..face("trigger", attributes)
        };
        let missed = || way("-triggered", &["stop"]);
        assert_eq!(bugs([missed(), way("+triggered", &["stop", "auction"])]), [0, 1]);
        assert_eq!(bugs([missed(), way("-triggered", &["stop", "auction"])]), [0, 0]);
        assert_eq!(bugs([missed(), face("trigger", &["stop", "auction"])]), [0, 0]);
    }

    #[test]
    fn too_much_that_could_trade_is_a_face_of_too_little_only_with_what_is_special_about_it() {
        let counts = |way: &str, attributes: &[&'static str]| Face {
            essence: Essence::from_parts("liquidity", &[way], attributes),
            ..face("liquidity", &[])
        };
        assert_eq!(bugs([counts("under", &[]), counts("over", &[])]), [0, 1]);
        let both = counts("over", &["display", "account"]);
        assert_eq!(bugs([counts("under", &["display"]), both.clone()]), [0, 0]);
        assert_eq!(bugs([counts("under", &["self-trade"]), both]), [0, 1]);
    }

    #[test]
    fn what_takes_nothing_special_explains_nothing_but_what_is_vague() {
        let plain = || face("expiry", &[]);
        assert_eq!(bugs([plain(), face("expiry", &["gtd"])]), [0, 1]);
        assert_eq!(bugs([vague("expiry", &["gtd"]), plain()]), [1, 1]);
        assert_eq!(bugs([vague("expiry", &["gtd"]), face("replacement", &[])]), [0, 1]);
    }

    #[test]
    fn a_form_is_no_longer_vague_once_it_came_down_to_something_simple() {
        let plain = || face("expiry", &[]);
        let both = [vague("expiry", &["gtd"]), plain()];
        let mut faces = Faces::new();
        let places = [0, 1, 0];
        for (place, face) in
            places.into_iter().zip(both.into_iter().chain([face("expiry", &["gtd"])]))
        {
            faces.add(place, face, None);
        }
        assert_eq!((faces.bug_of(0), faces.bug_of(1)), (0, 1));
    }

    #[test]
    fn what_rejects_a_command_skips_what_else_happens_at_it() {
        let skips = |attributes: &[&'static str]| Face {
            rejection: Some("+rejected.phase".to_owned()),
            ..face("expiry", attributes)
        };
        let rejects = || Face {
            essence: Essence::from_parts("admission", &["+rejected.phase"], &["post-only"]),
            ..face("admission", &[])
        };
        assert_eq!(bugs([rejects(), skips(&["gtd", "post-only"])]), [0, 0]);
        assert_eq!(bugs([rejects(), skips(&["gtd"])]), [0, 1], "it is about post-only orders");
        assert_eq!(bugs([rejects(), face("expiry", &["gtd", "post-only"])]), [0, 1]);
    }

    #[test]
    fn forms_that_differ_in_the_kind_of_a_trigger_are_one_bug() {
        let key = Key::of_nothing();
        let mut faces = Faces::new();
        faces.add(0, face("trigger", &["stop"]), Some(key.clone()));
        faces.add(1, face("trigger", &["take-profit"]), Some(key));
        faces.add(2, face("trigger", &["trailing-stop"]), None);
        assert_eq!([0, 1, 2].map(|place| faces.bug_of(place)), [0, 0, 2]);
    }
}
