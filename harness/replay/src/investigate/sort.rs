//! Which bug a root is.

use std::collections::BTreeMap;

use shadowbook_capture::Flow;
use shadowbook_compare::Divergence;
use shadowbook_model::OrderId;
use shadowbook_triage::{Budget, Bug, Rerun, minimize};

/// Sorts roots into bugs as they are found.
#[derive(Debug)]
pub(super) struct Sorter {
    budget: Budget,
    groups: BTreeMap<String, usize>,
    bugs: Vec<Bug>,
    reruns: u64,
}

impl Sorter {
    pub(super) const fn new(budget: Budget) -> Self {
        Self { budget, groups: BTreeMap::new(), bugs: Vec::new(), reruns: 0 }
    }

    /// The place of the bug that a root is.
    pub(super) fn root(
        &mut self,
        root: &Divergence,
        group: String,
        focus: &[OrderId],
        flows: impl Iterator<Item = Flow>,
        rerun: &mut Rerun<'_>,
    ) -> usize {
        if let Some(bug) = self.groups.get(&group) {
            self.bugs[*bug].roots += 1;
            return *bug;
        }
        let wanted = root.signature();
        let mut example = None;
        let mut note = Some("no flow shows it on its own".to_owned());
        for flow in flows {
            match minimize(flow, &wanted, focus, self.budget, rerun) {
                Ok(None) => continue,
                Ok(found) => {
                    self.reruns += found.as_ref().map_or(0, |found| found.reruns);
                    (example, note) = (found, None);
                }
                Err(why) => note = Some(why.to_string()),
            }
            break;
        }
        self.groups.insert(group, self.bugs.len());
        self.bugs.push(Bug {
            signatures: vec![wanted],
            roots: 1,
            allowed: 0,
            first: root.seq,
            instrument: root.instrument,
            example,
            note,
        });
        self.bugs.len() - 1
    }

    /// The bugs, for each place that was given the place among them, and how many reruns it took.
    pub(super) fn finish(self) -> (Vec<Bug>, Vec<usize>, u64) {
        let places = (0..self.bugs.len()).collect();
        (self.bugs, places, self.reruns)
    }
}
