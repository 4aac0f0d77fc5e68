//! A second look at what diverged: the exact command at which the books parted, and the books
//! around it and around the command at which it shows.

use std::collections::BTreeMap;

use shadowbook_compare::{BookDifference, DivergenceKind, EventList, compare_books, excerpts};
use shadowbook_model::{Event, OrderId, Snapshot};

use crate::locate::locate;
use crate::rerun::state_shape;
use crate::walk::{Step, Stop, walk};
use crate::{BookPair, Books, DiffError, Finding, Origin, Setup};

/// At most this many differences of one pair of books are kept.
const DIFFERENCES_LIMIT: usize = 100;

pub(crate) type Open<'a> = &'a mut dyn FnMut() -> Result<Setup<'static>, DiffError>;

/// Adds to each finding the books around its command and where they parted; gives divergences of
/// state their command.
pub(crate) fn explain(
    open: Open<'_>,
    findings: &mut [Finding],
    levels: usize,
) -> Result<(), DiffError> {
    let parted = locate(open, findings)?;
    let mut scenes = Scenes { points: BTreeMap::new(), open: Vec::new(), levels };
    for (index, finding) in findings.iter_mut().enumerate() {
        let divergence = &mut finding.divergence;
        let place = match (parted.get(&index), divergence.kind) {
            (Some((position, command)), DivergenceKind::State) => {
                divergence.seq = command.seq;
                divergence.command = Some(*command);
                divergence.shown_after = *position;
                *position
            }
            (Some((position, _)), _) => {
                scenes.points.entry(*position).or_default().push((index, Role::Origin));
                divergence.shown_after
            }
            (None, _) => divergence.shown_after,
        };
        scenes.points.entry(place).or_default().push((index, Role::Root));
    }
    scenes.look(open, findings)
}

/// What the books at a point are wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Root,
    Origin,
}

/// The points at which books are wanted.
struct Scenes {
    points: BTreeMap<u64, Vec<(usize, Role)>>,
    /// The books before the command at which the walk stands.
    open: Vec<(Snapshot, Snapshot)>,
    levels: usize,
}

impl Scenes {
    fn look(mut self, open: Open<'_>, findings: &mut [Finding]) -> Result<(), DiffError> {
        let until = self.points.keys().next_back().copied().unwrap_or(0);
        let is_fatal = |(index, role): &(usize, Role)| {
            *role == Role::Root && findings[*index].divergence.kind.ends_the_candidate()
        };
        let steps: BTreeMap<u64, Step> = self
            .points
            .iter()
            .map(|(position, wanted)| {
                let ends = wanted.iter().any(is_fatal);
                (*position, if ends { Step::End } else { Step::Around })
            })
            .collect();
        walk(
            open()?,
            until,
            &mut |position, _| steps.get(&position).copied().unwrap_or(Step::Past),
            &mut |stop| {
                let ends = steps.get(&stop.position) == Some(&Step::End);
                self.visit(stop, ends, findings)
            },
        )
    }

    /// Takes the books before a command, or those after it and closes the scene.
    fn visit(
        &mut self,
        stop: Stop<'_>,
        ends: bool,
        findings: &mut [Finding],
    ) -> Result<bool, DiffError> {
        let Stop { position, command, events, reference, candidate } = stop;
        let wanted = self.points.get(&position).map_or(&[][..], Vec::as_slice);
        let mut now = Vec::with_capacity(wanted.len());
        for (index, _) in wanted {
            let instrument = findings[*index].divergence.instrument;
            let ours = reference.snapshot(instrument).map_err(DiffError::Reference)?;
            let Ok(theirs) = candidate.snapshot(instrument) else { return Ok(false) };
            now.push((ours, theirs));
        }
        if events.is_none() && !ends {
            self.open = now;
            return Ok(true);
        }
        let (before, after) =
            if ends { (now, None) } else { (std::mem::take(&mut self.open), Some(now)) };
        for (at, (index, role)) in wanted.iter().enumerate() {
            let scene = scene(&before[at], after.as_ref().map(|after| &after[at]), self.levels);
            let finding = &mut findings[*index];
            match role {
                Role::Origin => {
                    finding.origin = Some(Origin { command: *command, books: scene });
                }
                Role::Root => {
                    describe_state(finding, &scene, events);
                    finding.books = Some(scene);
                }
            }
        }
        Ok(true)
    }
}

/// Completes a divergence of state, which the first run knows from digests only.
fn describe_state(finding: &mut Finding, books: &Books, events: Option<(&[Event], &[Event])>) {
    let divergence = &mut finding.divergence;
    let (DivergenceKind::State, Some(after)) = (divergence.kind, &books.after) else { return };
    divergence.shape = state_shape(&after.differences);
    divergence.is_disputed =
        after.omitted == 0 && is_disputed(&divergence.disputed_orders, &after.differences);
    if let (Some((ours, theirs)), Some(_)) = (events, divergence.command) {
        divergence.reference = EventList::from(ours);
        divergence.candidate = EventList::from(theirs);
    }
}

/// Whether reference and recording disagree about every order in which the books differ.
pub(crate) fn is_disputed(disputed: &[OrderId], differences: &[BookDifference]) -> bool {
    let is_known = |difference: &BookDifference| {
        let orders = difference.orders();
        !orders.is_empty() && orders.iter().all(|order| disputed.contains(order))
    };
    !differences.is_empty() && differences.iter().all(is_known)
}

pub(crate) fn scene(
    before: &(Snapshot, Snapshot),
    after: Option<&(Snapshot, Snapshot)>,
    levels: usize,
) -> Books {
    let mut all = compare_books(&before.0, &before.1);
    let differ_before = all.len();
    if let Some(after) = after {
        all.extend(compare_books(&after.0, &after.1));
    }
    let pair = |books: &(Snapshot, Snapshot), differences: &[BookDifference]| {
        let (reference, candidate) = excerpts(&books.0, &books.1, &all, levels);
        let kept = differences.len().min(DIFFERENCES_LIMIT);
        BookPair {
            reference,
            candidate,
            differences: differences[..kept].to_vec(),
            omitted: differences.len() - kept,
        }
    };
    Books {
        before: pair(before, &all[..differ_before]),
        after: after.map(|after| pair(after, &all[differ_before..])),
    }
}
