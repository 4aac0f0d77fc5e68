//! Time by the command: each is timed by itself, over and over, until the noise is out.

use std::collections::BTreeMap;

use shadowbook_model::{Command, CommandKind};

use crate::arm::{Arm, Engines, PerArm};
use crate::placed::buffers;
use crate::round::Round;
use crate::samples::{Effort, EventInstance, EventSamples, Preflight, Stalls, Stretch};
use crate::schedule::{Pass, Random};
use crate::service::Progress;
use crate::stats::upper_quantile;

/// A stall takes more than so many times as long as the command in the middle …
const STALL_TIMES: u64 = 20;
/// … and than so many times as long as 99 in 100 commands of its kind: what many of them take, such
/// as the uncross of a deep book, is what the kind takes, however long it is …
const STALL_TIMES_KIND: u64 = 4;
const USUAL_PER_MILLE: usize = 990;
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
    let whole = Round { engines, stretch, chunk: effort.chunk };
    let mut events = buffers();
    let mut shortest: PerArm<Vec<u32>> = PerArm::default();
    // Made once, so that a round does not allocate between the engines.
    let mut times: PerArm<Vec<u32>> =
        PerArm::from_fn(|_| Vec::with_capacity(stretch.measured().len()));
    for round in 0..effort.rounds.max(2) {
        Arm::ALL.iter().for_each(|arm| times[*arm].clear());
        whole.carry_out(random, &mut events, |arm, (_, chunk), placed, events| {
            placed.time_each(chunk, events, &mut times[arm]);
        });
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
        let least_limit = (STALL_TIMES * median).max(STALL_NANOS);
        let mut of_kinds = BTreeMap::<CommandKind, Vec<u32>>::new();
        for (kind, nanos) in self.kinds.iter().zip(nanos) {
            of_kinds.entry(*kind).or_default().push(*nanos);
        }
        let limits = of_kinds.into_iter().map(|(kind, mut nanos)| {
            let usual = upper_quantile(&mut nanos, USUAL_PER_MILLE).unwrap_or_default();
            (kind, least_limit.max(STALL_TIMES_KIND * u64::from(usual)))
        });
        let limits: BTreeMap<CommandKind, u64> = limits.collect();
        let least = |command| self.instances.iter().map(move |nanos| nanos[arm][command]).min();
        let commands = self.kinds.iter().enumerate();
        commands
            .map(|(at, kind)| least(at).filter(|nanos| u64::from(*nanos) > limits[kind]))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{EFFORT, Log, WAIT_NANOS, Waits, Writes, commands};

    fn pass(instances: &[[&[u32]; 3]]) -> EventPass {
        let kinds = [CommandKind::New, CommandKind::Cancel, CommandKind::New, CommandKind::New];
        let instances = instances
            .iter()
            .map(|arms| PerArm::from_fn(|arm| arms[arm as usize].to_vec()))
            .collect();
        EventPass { kinds: kinds.to_vec(), instances }
    }

    #[test]
    fn each_measured_command_has_a_time() {
        let log = Log::default();
        let commands = commands(14);
        let engines = Engines {
            reference: &|| Writes::boxed("reference", &log),
            candidate: &|| Writes::boxed("candidate", &log),
        };
        let stretch = Stretch { commands: &commands, warm_up: 5 };
        let measure = |first| {
            let preflight = Preflight::default();
            measure_events(&engines, stretch, EFFORT, &preflight, first, &mut |_| {})
        };
        let mut pass = measure(0);
        pass.extend(measure(3));
        let samples = pass.samples();
        assert_eq!(samples.kinds, commands[5..].iter().map(Command::kind).collect::<Vec<_>>());
        assert_eq!(samples.instances.len(), 6);
        assert!(Arm::ALL.iter().all(|arm| samples.nanos[*arm].len() == 9));
        // A lock and a push are no matter of less than a nanosecond.
        assert!(Arm::ALL.iter().all(|arm| samples.nanos[*arm].iter().all(|nanos| *nanos > 0)));
        let cost = Preflight { clock_cost_nanos: u64::MAX, ..Preflight::default() };
        let all = measure_events(&engines, stretch, EFFORT, &cost, 0, &mut |_| {}).samples();
        assert!(Arm::ALL.iter().all(|arm| all.nanos[*arm].iter().all(|nanos| *nanos == 0)));
    }

    #[test]
    fn the_first_round_is_thrown_away() {
        let (commands, waits) = (commands(14), Waits::after_the_first_of_two_rounds());
        let engines = Engines { reference: &|| waits.boxed(), candidate: &|| waits.boxed() };
        let stretch = Stretch { commands: &commands, warm_up: 5 };
        let preflight = Preflight::default();
        let pass = measure_events(&engines, stretch, EFFORT, &preflight, 0, &mut |_| {});
        let nanos = pass.samples().nanos;
        let least = Arm::ALL.iter().filter_map(|arm| nanos[*arm].iter().min()).min().copied();
        assert!(least.map(u64::from) >= Some(WAIT_NANOS), "{least:?}");
    }

    #[test]
    fn the_shortest_of_all_rounds_is_kept() {
        let mut shortest = vec![5, 6, 7];
        keep_shorter(&mut shortest, &[6, 5, 7]);
        assert_eq!(shortest, [5, 5, 7]);
    }

    #[test]
    fn sums_are_by_kind_and_times_those_in_the_middle() {
        let first: [&[u32]; 3] = [&[10, 20, 30, 40], &[11, 20, 30, 40], &[10, 21, 30, 40]];
        let second: [&[u32]; 3] = [&[12, 20, 30, 44], &[10, 22, 30, 40], &[10, 20, 30, 40]];
        let third: [&[u32]; 3] = [&[99, 20, 31, 41], &[13, 20, 30, 40], &[10, 20, 30, 41]];
        let samples = pass(&[first, second, third]).samples();
        assert_eq!(samples.nanos.reference, [12, 20, 30, 41]);
        assert_eq!(samples.nanos.candidate, [11, 20, 30, 40]);
        let sums = |reference, candidate, twin| PerArm { reference, candidate, twin };
        let kinds = |new, cancel| BTreeMap::from([("cancel", cancel), ("new", new)]);
        let found: Vec<_> = samples.instances.into_iter().map(|instance| instance.kinds).collect();
        let expected = [
            kinds(sums(80, 81, 80), sums(20, 20, 21)),
            kinds(sums(86, 80, 80), sums(20, 22, 20)),
            kinds(sums(171, 83, 81), sums(20, 20, 20)),
        ];
        assert_eq!(found, expected);
        assert_eq!(samples.stalls, PerArm::default());
    }

    /// The uncross of a deep book takes many times as long as a cancel, and is no stall for that.
    #[test]
    fn a_kind_that_takes_long_is_measured_like_any_other() {
        let kind = |place: usize| {
            if place.is_multiple_of(50) { CommandKind::Phase } else { CommandKind::New }
        };
        let kinds: Vec<CommandKind> = (0..1_000).map(kind).collect();
        let times = |phase: u32| -> Vec<u32> {
            let time = |kind: &CommandKind| if *kind == CommandKind::Phase { phase } else { 50 };
            kinds.iter().map(time).collect()
        };
        let instance =
            PerArm { reference: times(2_000), candidate: times(3_000), twin: times(2_000) };
        let samples = EventPass { kinds: kinds.clone(), instances: vec![instance] }.samples();
        assert_eq!(samples.stalls, PerArm::default());
        let phase = &samples.instances[0].kinds["phase"];
        assert_eq!(*phase, PerArm { reference: 40_000, candidate: 60_000, twin: 40_000 });
    }

    /// Two hundred new orders of so many nanoseconds each, but for the last.
    fn all_but_last(usual: u32, last: u32) -> Vec<u32> {
        let mut nanos = vec![usual; 200];
        nanos[199] = last;
        nanos
    }

    /// The stalls of engines that take as long, each of which is all three arms.
    fn stalls(instances: &[Vec<u32>]) -> Stalls {
        let of = |nanos: &Vec<u32>| PerArm::from_fn(|_| nanos.clone());
        let kinds = vec![CommandKind::New; 200];
        let instances = instances.iter().map(of).collect();
        EventPass { kinds, instances }.samples().stalls.candidate
    }

    #[test]
    fn a_stall_is_one_in_every_round_and_counts_in_no_sum() {
        let calm = all_but_last(20, 40);
        let instance = |reference: &[u32], last| PerArm {
            reference: reference.to_vec(),
            candidate: all_but_last(20, last),
            twin: calm.clone(),
        };
        let once = all_but_last(20, 9_999);
        let instances =
            vec![instance(&calm, 1_001), instance(&once, 7_000), instance(&calm, 2_000)];
        let samples = EventPass { kinds: vec![CommandKind::New; 200], instances }.samples();
        let found = Stalls { commands: 1, total_nanos: 1_001, longest_nanos: 1_001 };
        let none = Stalls::default();
        assert_eq!(samples.stalls, PerArm { reference: none, candidate: found, twin: none });
        let new = &samples.instances[0].kinds["new"];
        let left = 199 * 20;
        let expected = PerArm { reference: left, candidate: left, twin: left };
        assert_eq!(*new, expected, "all arms leave it out");
    }

    #[test]
    fn a_stall_is_much_longer_than_all_others() {
        let stalls = |usual, last| stalls(&[all_but_last(usual, last)]).commands;
        // A thousand nanoseconds are no stall where they are not many times the median …
        assert_eq!((stalls(60, 1_200), stalls(60, 1_201)), (0, 1));
        // … and neither is less, however much it is.
        assert_eq!((stalls(1, 1_000), stalls(1, 1_001)), (0, 1));
        // What more than one in a hundred take, four times over, is none.
        let often = |last| {
            let mut nanos = all_but_last(10, last);
            nanos[..2].fill(900);
            self::stalls(&[nanos]).commands
        };
        assert_eq!((often(3_600), often(3_601)), (0, 1));
    }
}
