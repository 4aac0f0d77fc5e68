//! Time by the command: each is timed by itself, over and over, until the noise is out.

use std::collections::BTreeMap;

use shadowbook_model::{Command, CommandKind};

use crate::arm::{Arm, Engines, PerArm};
use crate::placed::{Placed, buffers};
use crate::samples::{Effort, EventInstance, EventSamples, Preflight, Stalls, Stretch};
use crate::schedule::{Pass, Places, Random};
use crate::service::{Progress, touch, warm_up};

/// A stall takes more than so many times as long as the command in the middle …
const STALL_TIMES: u64 = 20;
/// … and longer than this, in nanoseconds: below it the caches alone explain it.
const STALL_NANOS: u64 = 1_000;

/// What the pass over single commands has measured, kept in full so that it can go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPass {
    kinds: Vec<CommandKind>,
    /// Of each fresh engine, the shortest of all rounds of each command.
    instances: Vec<PerArm<Vec<u32>>>,
}

/// Times each command of `effort.instances` fresh engines of each arm, numbered from
/// `first_instance`: a run that goes on where another ended draws other places.
///
/// The three engines take turns as in [`crate::measure_service`]; the chunk says after how many
/// commands. The first of at least two rounds is thrown away. What the clock costs is taken off
/// each time.
pub fn measure_events(
    engines: &Engines<'_>,
    stretch: Stretch<'_>,
    effort: Effort,
    preflight: &Preflight,
    first_instance: usize,
    progress: &mut dyn FnMut(Progress),
) -> EventPass {
    let clock_nanos = u32::try_from(preflight.clock_cost_nanos).unwrap_or(u32::MAX);
    let mut pass = EventPass {
        kinds: stretch.measured().iter().map(Command::kind).collect(),
        instances: Vec::with_capacity(effort.instances),
    };
    for instance in 0..effort.instances {
        let mut random = Random::new(effort.seed, Pass::Events, first_instance + instance);
        let mut nanos = instance_of(engines, stretch, effort, &mut random);
        for arm in Arm::ALL {
            nanos[arm].iter_mut().for_each(|nanos| *nanos = nanos.saturating_sub(clock_nanos));
        }
        pass.instances.push(nanos);
        progress(Progress { done: instance + 1, of: effort.instances });
    }
    pass
}

/// The shortest of all rounds of each command, the clock included.
fn instance_of(
    engines: &Engines<'_>,
    stretch: Stretch<'_>,
    effort: Effort,
    random: &mut Random,
) -> PerArm<Vec<u32>> {
    let mut events = buffers();
    let mut shortest: PerArm<Vec<u32>> = PerArm::default();
    // Made once, so that a round does not allocate between the engines.
    let mut times: PerArm<Vec<u32>> =
        PerArm::from_fn(|_| Vec::with_capacity(stretch.measured().len()));
    for round in 0..effort.rounds.max(2) {
        let mut placed = Placed::make(engines, &Places::draw(random));
        Arm::ALL.iter().for_each(|arm| times[*arm].clear());
        warm_up(&mut placed, &mut events, stretch, effort.chunk);
        for chunk in stretch.measured().chunks(effort.chunk.max(1)) {
            touch(chunk);
            for arm in random.order() {
                placed[arm].time_each(chunk, &mut events[arm], &mut times[arm]);
            }
        }
        for arm in Arm::ALL {
            match round {
                0 => {}
                1 => shortest[arm].clone_from(&times[arm]),
                _ => keep_shorter(&mut shortest[arm], &times[arm]),
            }
        }
    }
    shortest
}

fn keep_shorter(shortest: &mut [u32], times: &[u32]) {
    for (shortest, time) in shortest.iter_mut().zip(times) {
        *shortest = (*shortest).min(*time);
    }
}

impl EventPass {
    /// Adds what a further run over the same stretch measured.
    ///
    /// # Panics
    /// When the two measured different commands.
    pub fn extend(&mut self, more: Self) {
        assert_eq!(self.kinds, more.kinds, "both are of the same stretch");
        self.instances.extend(more.instances);
    }

    /// What is made of it.
    #[must_use]
    pub fn samples(&self) -> EventSamples {
        let nanos = PerArm::from_fn(|arm| self.denoised(arm));
        let stalls = PerArm::from_fn(|arm| self.stalls_of(arm, &nanos[arm]));
        // Left out of all arms: sums over different commands are no pair.
        let is_stall: Vec<bool> = (0..self.kinds.len())
            .map(|command| Arm::ALL.iter().any(|arm| stalls[*arm][command].is_some()))
            .collect();
        EventSamples {
            kinds: self.kinds.clone(),
            instances: self.instances.iter().map(|nanos| self.by_kind(nanos, &is_stall)).collect(),
            nanos,
            stalls: PerArm::from_fn(|arm| sum_of(&stalls[arm])),
        }
    }

    /// The time of each command over all fresh engines: the one in the middle.
    ///
    /// Within an engine noise only makes longer, and the minimum takes it out. Between engines the
    /// place in memory makes longer *and* shorter, so the least of them would be a lucky place.
    fn denoised(&self, arm: Arm) -> Vec<u32> {
        let mut of_one = Vec::with_capacity(self.instances.len());
        let time_of = |command| {
            of_one.clear();
            of_one.extend(self.instances.iter().map(|nanos| nanos[arm][command]));
            middle(&mut of_one)
        };
        (0..self.kinds.len()).map(time_of).collect()
    }

    /// How long each command that stalled in every round of every engine took at least.
    fn stalls_of(&self, arm: Arm, nanos: &[u32]) -> Vec<Option<u32>> {
        let median = u64::from(middle(&mut nanos.to_vec()));
        let limit = (STALL_TIMES * median).max(STALL_NANOS);
        let least = |command| self.instances.iter().map(move |nanos| nanos[arm][command]).min();
        (0..self.kinds.len())
            .map(|command| least(command).filter(|nanos| u64::from(*nanos) > limit))
            .collect()
    }

    fn by_kind(&self, nanos: &PerArm<Vec<u32>>, is_stall: &[bool]) -> EventInstance {
        let mut kinds: BTreeMap<&'static str, PerArm<u64>> = BTreeMap::new();
        for (command, kind) in self.kinds.iter().enumerate().filter(|(at, _)| !is_stall[*at]) {
            let sums = kinds.entry(kind.name()).or_default();
            Arm::ALL.iter().for_each(|arm| sums[*arm] += u64::from(nanos[*arm][command]));
        }
        EventInstance { kinds }
    }
}

/// The value in the middle, or the mean of the two that are; zero of none.
fn middle(values: &mut [u32]) -> u32 {
    values.sort_unstable();
    let half = values.len() / 2;
    match (values.get(half.wrapping_sub(1)), values.get(half)) {
        (Some(below), Some(above)) if values.len().is_multiple_of(2) => below.midpoint(*above),
        (_, middle) => middle.copied().unwrap_or_default(),
    }
}

fn sum_of(stalls: &[Option<u32>]) -> Stalls {
    stalls.iter().flatten().fold(Stalls::default(), |sum, nanos| {
        let nanos = u64::from(*nanos);
        Stalls {
            commands: sum.commands + 1,
            total_nanos: sum.total_nanos + nanos,
            longest_nanos: sum.longest_nanos.max(nanos),
        }
    })
}
