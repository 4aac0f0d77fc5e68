//! The flow in which defects are planted, and where two engines differ on it.

use std::collections::BTreeMap;
use std::sync::Arc;

use shadowbook_capture::{Flow, Source};
use shadowbook_faulty::{Defects, Planted};
use shadowbook_model::{EventBuffer, TimeNs};
use shadowbook_replay::DiffOptions;
use shadowbook_session::guard;
use shadowbook_workload::{Generator, Profile};

use crate::engines::EngineName;
use crate::exit::Failure;

/// The profile of the flow: the whole market model on a few instruments.
pub(super) const PROFILE: &str = "whole-model";
/// A defect that shows nothing after its place gets another place, so many times.
const PLACES: u64 = 16;

/// The flow that `shadowbook generate --profile whole-model` writes for a seed.
pub(super) fn ground(seed: u64, commands: u64) -> Result<Arc<Flow>, Failure> {
    let profile = Profile::built_in(PROFILE).map_err(Failure::usage)?;
    let mut generator = Generator::new(&profile, seed, commands).map_err(Failure::usage)?;
    let commands = generator.by_ref().collect();
    let instruments = generator.instruments().to_vec();
    Ok(Arc::new(Flow { instruments, snapshots: Vec::new(), commands }))
}

/// Numbers from a seed: the finalizer of SplitMix64 over a count.
#[derive(Clone, Debug)]
pub(super) struct Draw(u64);

impl Draw {
    /// Numbers that those of another purpose have nothing to do with.
    pub(super) const fn new(seed: u64, purpose: u64) -> Self {
        Self(Self::mix(seed) ^ Self::mix(!purpose))
    }

    /// A number below `end`, which is above zero.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(Self::mix(self.0) % end.max(1)).unwrap_or_default()
    }

    const fn mix(number: u64) -> u64 {
        let mixed = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Where two engines part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// The position of the command at which they part on the instrument that shows it first.
    pub(super) position: usize,
    /// Whether the events of that command are the same, and only what the engines hold is not.
    pub(super) is_silent: bool,
    /// The positions at which they parted on other instruments, which do not show it yet.
    pub(super) others: Vec<usize>,
    /// The positions at which they parted before, only to be the same again soon after.
    pub(super) healed: Vec<usize>,
}

/// Where two engines of this process part from a position on, looked for in the simplest way: after
/// each command. One that panics differs there.
///
/// Books that part and are the same again before an event differs and before a checkpoint comes
/// show nothing: no run over the whole flow can tell.
pub(super) fn first_difference(
    flow: &Flow,
    engines: [EngineName; 2],
    from: usize,
) -> Option<Difference> {
    let checkpoint_every = usize::try_from(DiffOptions::default().checkpoint_every.get());
    let checkpoint_every = checkpoint_every.unwrap_or(usize::MAX);
    let mut position = 0;
    // The longest look goes over every command, and a panic is a difference like any other.
    let found = guard(|| {
        let mut engines = engines.map(|engine| engine.create(&flow.instruments));
        for snapshot in &flow.snapshots {
            let sound = snapshot.check(&flow.instruments[snapshot.instrument.index()]).ok()?;
            engines.iter_mut().try_for_each(|engine| engine.restore(sound)).ok()?;
        }
        let [left, right] = &mut engines;
        let (mut ours, mut theirs) = (EventBuffer::new(), EventBuffer::new());
        // Where the books of an instrument parted of which no event tells.
        let (mut parted, mut healed) = (BTreeMap::new(), Vec::new());
        for (place, command) in flow.commands.iter().enumerate() {
            position = place;
            ours.clear();
            theirs.clear();
            left.apply(command, &mut ours);
            right.apply(command, &mut theirs);
            if place < from {
                continue;
            }
            let instrument = command.instrument;
            if ours != theirs {
                let silently = parted.remove(&instrument);
                return Some(Difference {
                    position: silently.unwrap_or(place),
                    is_silent: silently.is_some(),
                    others: parted.into_values().collect(),
                    healed,
                });
            }
            if left.digest(instrument) == right.digest(instrument) {
                healed.extend(parted.remove(&instrument));
            } else {
                parted.entry(instrument).or_insert(place);
            }
            let is_last = place + 1 == flow.commands.len();
            if is_last || (place + 1) % checkpoint_every == 0 {
                let mut positions = std::mem::take(&mut parted).into_values();
                if let Some(position) = positions.next() {
                    let others = positions.collect();
                    return Some(Difference { position, is_silent: true, others, healed });
                }
            }
        }
        None
    });
    let died = || Difference { position, is_silent: false, others: Vec::new(), healed: Vec::new() };
    found.unwrap_or_else(|_| Some(died()))
}

/// A place in the flow at which a defect is planted, and where it then shows.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) planted: Planted,
    /// The position of the first command that the wrong engine gets.
    pub(super) position: usize,
    /// Where the engines part.
    pub(super) truth: Difference,
    /// At how many places it showed nothing.
    pub(super) redrawn: u64,
}

/// A random place between the first and the last tenth after which the defects show.
pub(super) fn plant(flow: &Flow, defects: Defects, draw: &mut Draw) -> Option<Place> {
    (0..PLACES).find_map(|redrawn| {
        let (planted, position) = place(flow, defects, draw)?;
        let engines = [EngineName::Reference, EngineName::Faulty(planted)];
        let truth = first_difference(flow, engines, position)?;
        Some(Place { planted, position, truth, redrawn })
    })
}

/// A random place between the first and the last tenth.
pub(super) fn place(flow: &Flow, defects: Defects, draw: &mut Draw) -> Option<(Planted, usize)> {
    let commands = flow.commands.len();
    let wanted = commands / 10 + draw.below(commands - commands / 10 - commands / 10);
    let since = flow.commands.get(wanted)?.time.max(TimeNs(1));
    let position = flow.commands.partition_point(|command| command.time < since);
    Some((Planted { defects, since }, position))
}

#[cfg(test)]
mod tests {
    use shadowbook_faulty::Defect;

    use super::*;

    const COMMANDS: u64 = 4_000;

    #[test]
    fn a_place_lies_between_the_first_and_the_last_tenth_and_comes_from_the_seed() {
        let flow = ground(3, COMMANDS).expect("the profile is built in");
        assert_eq!(flow.commands.len(), 4_000);
        let places = |seed| {
            let mut draw = Draw::new(seed, 7);
            let place = |_| place(&flow, Defect::IocRests.into(), &mut draw).expect("a place");
            (0..50).map(place).collect::<Vec<_>>()
        };
        assert_eq!(places(1), places(1));
        assert_ne!(places(1), places(2));
        for (planted, position) in places(1) {
            // The first command of a time may lie a little before the place that was drawn.
            assert!((380..3_600).contains(&position), "{position}");
            let time = |position: usize| flow.commands[position].time;
            assert!(time(position - 1) < planted.since && time(position) == planted.since);
        }
    }

    #[test]
    fn engines_part_after_the_place_and_right_ones_nowhere() {
        let flow = ground(3, COMMANDS).expect("the profile is built in");
        let place = plant(&flow, Defect::IocRests.into(), &mut Draw::new(1, 1)).expect("it shows");
        assert!(place.truth.position >= place.position);
        let engines = [EngineName::Reference, EngineName::Faulty(place.planted)];
        assert_eq!(first_difference(&flow, engines, 0), Some(place.truth));
        let right = [EngineName::Reference, EngineName::Ladder];
        assert_eq!(first_difference(&flow, right, 0), None);
    }

    #[test]
    fn what_differs_in_the_book_only_is_silent_and_a_panic_is_a_difference() {
        let flow = ground(3, COMMANDS).expect("the profile is built in");
        let beside = |defect: Defect| {
            let engines = [EngineName::Reference, EngineName::Faulty(defect.into())];
            first_difference(&flow, engines, 0).expect("it shows")
        };
        assert!(beside(Defect::SizeUpKeepsPriority).is_silent);
        assert!(!beside(Defect::IndicativeDiffers).is_silent);
        let died = beside(Defect::Crash);
        assert_eq!((died.position, died.is_silent), (499, false));
    }

    #[test]
    fn books_that_are_the_same_again_before_anything_tells_show_nothing() {
        let flow = ground(3, COMMANDS).expect("the profile is built in");
        let parted: Vec<Difference> = (1..200)
            .filter_map(|at| {
                let since = flow.commands[at * 15].time;
                let planted = Planted { defects: Defect::SizeUpKeepsPriority.into(), since };
                let engines = [EngineName::Reference, EngineName::Faulty(planted)];
                first_difference(&flow, engines, at * 15)
            })
            .collect();
        assert!(parted.iter().any(|it| !it.healed.is_empty()), "some heal");
        assert!(parted.iter().all(|it| !it.healed.contains(&it.position)));
    }

    #[test]
    fn a_flow_may_begin_with_books() {
        let flow = ground(3, COMMANDS).expect("the profile is built in");
        let mut engine = EngineName::Reference.create(&flow.instruments);
        let mut events = EventBuffer::new();
        flow.commands[..3_000].iter().for_each(|command| engine.apply(command, &mut events));
        let ids = (0..).map(shadowbook_model::InstrumentId).take(flow.instruments.len());
        let tail = Flow {
            instruments: flow.instruments.clone(),
            snapshots: ids.map(|id| engine.snapshot(id)).collect(),
            commands: flow.commands[3_000..].to_vec(),
        };
        let wrong = EngineName::Faulty(Defect::RestoreForgetsLastTrade.into());
        assert!(first_difference(&tail, [EngineName::Reference, wrong], 0).is_some());
        let right = [EngineName::Reference, EngineName::Ladder];
        assert_eq!(first_difference(&tail, right, 0), None);
    }
}
