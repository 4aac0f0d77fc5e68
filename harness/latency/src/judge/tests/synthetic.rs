//! Runs that never were: samples as a noisy machine makes them, from a seed.

use shadowbook_model::CommandKind;

use crate::arm::{Arm, PerArm};
use crate::random::SplitMix64;
use crate::samples::{EventInstance, EventSamples, ServiceInstance, ServiceSamples};

/// How the times of fresh engines scatter.
#[derive(Clone, Copy, Debug)]
pub(super) enum Noise {
    /// Normally.
    Normal,
    /// One in ten scatters five times as far.
    FatTails,
    /// One in ten is disturbed by a neighbour and takes 5 % longer.
    Neighbour,
    /// Half of them are 1.5 % slower by where they lie in memory.
    Layout,
}

/// What a run is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct World {
    pub noise: Noise,
    /// Standard deviation of the logarithm of candidate to reference, over fresh engines.
    pub deviation: f64,
    /// That of a kind with a tenth of the commands; it is larger for rarer kinds.
    pub kind_deviation: f64,
    pub instances: usize,
    pub event_instances: usize,
    pub commands: usize,
    /// The candidate takes so much longer on everything, as a factor.
    pub factor: f64,
    /// And on this kind.
    pub of_kind: (CommandKind, f64),
    /// One in so many commands takes so many nanoseconds longer.
    pub rare: Option<(usize, u32)>,
    /// So large a share of single times has noise left in it.
    pub disturbed: f64,
}

impl Default for World {
    fn default() -> Self {
        Self {
            noise: Noise::Normal,
            deviation: 0.006,
            kind_deviation: 0.01,
            instances: 15,
            event_instances: 9,
            commands: 2_000,
            factor: 1.0,
            of_kind: (CommandKind::Cancel, 1.0),
            rare: None,
            disturbed: 0.002,
        }
    }
}

/// The mix of the flow, in hundredths.
const MIX: [(CommandKind, usize); 5] = [
    (CommandKind::New, 48),
    (CommandKind::Cancel, 40),
    (CommandKind::Replace, 5),
    (CommandKind::MassCancel, 2),
    (CommandKind::Time, 5),
];

pub(super) const CLOCK_STEP_NANOS: u64 = 10;

impl World {
    pub(super) fn service(&self, seed: u64) -> ServiceSamples {
        let mut random = SplitMix64::new(seed);
        let instances = (0..self.instances)
            .map(|_| ServiceInstance {
                nanos: PerArm::from_fn(|arm| {
                    self.time(1_400_000.0 * self.factor_of(arm), self.deviation, &mut random)
                }),
            })
            .collect();
        ServiceSamples { commands: 50_000, instances }
    }

    pub(super) fn events(&self, seed: u64) -> EventSamples {
        let mut random = SplitMix64::new(!seed);
        let instances = (0..self.event_instances).map(|_| self.instance(&mut random)).collect();
        let kinds: Vec<CommandKind> = (0..self.commands).map(kind_at).collect();
        let nanos = self.nanos(&kinds, &mut random);
        EventSamples { kinds, instances, nanos, stalls: PerArm::default() }
    }

    fn instance(&self, random: &mut SplitMix64) -> EventInstance {
        let sums = MIX.iter().map(|&(kind, share)| {
            let deviation = self.kind_deviation * (10.0 / share as f64).sqrt();
            let times = PerArm::from_fn(|arm| {
                let mean =
                    28_000.0 * share as f64 * self.factor_of(arm) * self.kind_factor(arm, kind);
                self.time(mean, deviation, random)
            });
            (kind.name(), times)
        });
        EventInstance { kinds: sums.collect() }
    }

    fn nanos(&self, kinds: &[CommandKind], random: &mut SplitMix64) -> PerArm<Vec<u32>> {
        let mut nanos = PerArm::<Vec<u32>>::default();
        for (place, &kind) in kinds.iter().enumerate() {
            // Most take 20 to 80 ns, few some microseconds.
            let usual = 20.0 + 60.0 * random.even();
            let own =
                if random.next().is_multiple_of(50) { usual * 60.0 * random.even() } else { usual };
            for arm in Arm::ALL {
                let mut time = own * self.factor_of(arm) * self.kind_factor(arm, kind);
                if let (Arm::Candidate, Some((every, longer))) = (arm, self.rare)
                    && place % every == 7
                {
                    time += f64::from(longer);
                }
                if random.even() < self.disturbed {
                    time -= 150.0 * random.even().ln();
                }
                nanos[arm].push(ticks(time + 10.0 * random.even()));
            }
        }
        nanos
    }

    fn time(&self, mean: f64, deviation: f64, random: &mut SplitMix64) -> u64 {
        let usual = deviation / std::f64::consts::SQRT_2 * random.normal();
        let is_odd = random.even() < 0.1;
        let off = match self.noise {
            Noise::Normal => usual,
            Noise::FatTails if is_odd => 5.0 * usual,
            Noise::Neighbour if is_odd => usual + 0.05,
            Noise::FatTails | Noise::Neighbour => usual,
            Noise::Layout => usual + if random.even() < 0.5 { 0.015 } else { 0.0 },
        };
        whole(mean * off.exp())
    }

    fn factor_of(&self, arm: Arm) -> f64 {
        if arm == Arm::Candidate { self.factor } else { 1.0 }
    }

    fn kind_factor(&self, arm: Arm, kind: CommandKind) -> f64 {
        let (slow, factor) = self.of_kind;
        if arm == Arm::Candidate && kind == slow { factor } else { 1.0 }
    }
}

/// Spread over the flow, so that each part of it has all of them.
fn kind_at(place: usize) -> CommandKind {
    let mut left = place * 37 % 100;
    for (kind, share) in MIX {
        if left < share {
            return kind;
        }
        left -= share;
    }
    CommandKind::Phase
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small times")]
fn whole(time: f64) -> u64 {
    time.round() as u64
}

/// What a clock shows that moves in steps.
fn ticks(time: f64) -> u32 {
    let steps = whole(time) / CLOCK_STEP_NANOS;
    u32::try_from(steps * CLOCK_STEP_NANOS).unwrap()
}
