//! The search on machines that never were, and what is made of what was measured.

use super::search::{STEPS, search};
use super::*;
use crate::random::SplitMix64;
use crate::samples::ServiceInstance;
use crate::testing::{EFFORT, Log, Writes, commands};

/// So many engines are asked for in each search.
const INSTANCES: usize = 25;

/// Finds the dose for a target on a machine without noise.
fn find(target: f64, added: fn(f64) -> f64) -> Result<Calibration, CannotCalibrate> {
    let mut steps = 0;
    let found = search(target, INSTANCES, |dose, _| {
        steps += 1;
        Ok(Calibration { dose, added: added(f64::from(dose)), floor: 0.0 })
    });
    assert!(steps <= 24, "{steps} steps for {target}");
    found
}

#[test]
fn without_noise_the_dose_is_near_whatever_its_shape() {
    for (target, shape) in [
        (1.0, (|dose| dose / 100.0) as fn(f64) -> f64),
        (1.0, |dose| dose),
        (100.0, |dose| if dose < 40.0 { 0.0 } else { dose - 40.0 }),
        (30.0, f64::sqrt),
        (5_000.0, |dose| dose * dose),
        (1.0, |dose| (dose / 1_000.0).powi(8)),
        (1.0, |dose| dose / 4e9),
    ] {
        let found = find(target, shape).unwrap();
        let really = shape(f64::from(found.dose));
        assert!((really - target).abs() <= target / 10.0, "{found:?} for {target}");
        assert!((found.added - really).abs() < 1e-12, "{found:?}");
    }
}

#[test]
fn what_no_whole_dose_adds_is_an_error_that_names_the_nearest() {
    let nearest = Calibration { dose: 1, added: 1.0, floor: 0.0 };
    let error = find(0.5, |dose| dose).unwrap_err();
    assert_eq!(error, CannotCalibrate::NotReached { nearest, target: 0.5 });
    assert_eq!(
        error.to_string(),
        "0.5 were wanted, and the nearest dose that was measured, 1, adds 1 ± 0: too far from it, \
         or too uncertain"
    );
}

#[test]
fn an_engine_that_no_dose_makes_slower_is_an_error() {
    let error = find(1.0, |_| -0.1).unwrap_err();
    assert_eq!(error, CannotCalibrate::TooSmall { dose: u32::MAX, added: -0.1, target: 1.0 });
    let log = Log::default();
    let make = |_| Writes::boxed("dosed", &log);
    let commands = commands(4);
    let nothing = Stretch { commands: &commands, warm_up: 4 };
    let found = calibrate(&make, nothing, EFFORT, Target::Share(0.1));
    assert_eq!(found, Err(CannotCalibrate::NothingMeasured));
}

/// A machine, and an engine on it.
struct World {
    random: SplitMix64,
    /// What a dose adds: nothing below the first, then in proportion to a power.
    free: f64,
    per_dose: f64,
    power: f64,
    /// Standard deviation of what one engine is seen to add.
    deviation: f64,
    /// One engine in ten is seen to scatter so many times as far.
    tail: f64,
    measured: BTreeMap<u32, Vec<PerArm<f64>>>,
    steps: usize,
    engines: usize,
}

impl World {
    fn new(seed: u64, target: f64, noise: [f64; 2]) -> Self {
        let mut random = SplitMix64::new(seed);
        // Each from a range that covers what was seen, on a logarithmic scale.
        let mut between = |least: f64, most: f64| least * (most / least).powf(random.even());
        let [deviation, power, dose] =
            [between(noise[0], noise[1]) * target, between(0.5, 2.0), between(10.0, 1e6)];
        let free = if between(1.0, 3.0) < 1.5 { dose / 3.0 } else { 0.0 };
        let tail = between(1.0, 6.0);
        Self {
            random,
            free,
            per_dose: target.powf(power.recip()) / (dose - free),
            power,
            deviation,
            tail,
            measured: BTreeMap::new(),
            steps: 0,
            engines: 0,
        }
    }

    fn adds(&self, dose: u32) -> f64 {
        ((f64::from(dose) - self.free).max(0.0) * self.per_dose).powf(self.power)
    }

    fn scatter(&mut self) -> f64 {
        let times = if self.random.even() < 0.1 { self.tail } else { 1.0 };
        self.random.normal() * self.deviation * times
    }

    fn measure(&mut self, dose: u32, engines: usize) -> Result<Calibration, CannotCalibrate> {
        self.steps += 1;
        self.engines += engines;
        for _ in 0..engines {
            let candidate = self.adds(dose) + self.scatter();
            let added = PerArm { reference: 0.0, candidate, twin: self.scatter() };
            self.measured.entry(dose).or_default().push(added);
        }
        Ok(Calibration::of(dose, &self.measured[&dose]).unwrap())
    }
}

/// What came of many searches.
#[derive(Debug, Default)]
struct Searches {
    found: u32,
    /// Of those: how often the truth was in what was said, and how far the farthest was off.
    covered: u32,
    farthest: f64,
    most_steps: usize,
    engines: usize,
}

/// Searches on machines whose engines scatter by this share of the target, from one to the other.
fn searches(seeds: u64, noise: [f64; 2]) -> Searches {
    const TARGET: f64 = 0.02;
    let mut all = Searches::default();
    for seed in 0..seeds {
        let mut world = World::new(seed, TARGET, noise);
        let found = search(TARGET, INSTANCES, |dose, engines| world.measure(dose, engines));
        all.most_steps = all.most_steps.max(world.steps);
        all.engines += world.engines;
        match found {
            Ok(found) => {
                let really = world.adds(found.dose);
                all.found += 1;
                all.covered += u32::from((really - found.added).abs() <= found.floor);
                all.farthest = all.farthest.max((really / TARGET - 1.0).abs());
                assert!(found.floor <= TARGET / 5.0, "seed {seed}: {found:?}");
                let off = (found.added - TARGET).abs();
                assert!(off <= found.floor.max(TARGET / 10.0), "seed {seed}: {found:?}");
            }
            Err(CannotCalibrate::NotReached { nearest, .. }) => {
                let is_useless = nearest.floor > TARGET / 5.0;
                let is_off = (nearest.added - TARGET).abs() > nearest.floor.max(TARGET / 10.0);
                assert!(is_useless || is_off, "seed {seed}: {nearest:?} was good enough");
            }
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    all
}

#[test]
fn on_a_calm_machine_the_dose_is_always_found_and_soon() {
    let all = searches(1_000, [0.01, 0.2]);
    assert_eq!(all.found, 1_000, "{all:?}");
    assert!(all.covered >= 960, "{all:?}");
    assert!(all.farthest <= 0.2, "{all:?}");
    assert!(all.engines <= 80 * 1_000 && all.most_steps < STEPS, "{all:?}");
}

#[test]
fn on_a_noisy_machine_it_takes_more_engines_and_is_no_farther_off_than_is_said() {
    let all = searches(300, [0.2, 0.6]);
    assert!(all.found >= 290, "{all:?}");
    assert!(all.covered * 100 >= all.found * 95, "{all:?}");
    assert!(all.farthest <= 0.25 && all.most_steps <= STEPS, "{all:?}");
}

#[test]
fn where_noise_is_larger_than_the_target_that_is_told() {
    let all = searches(300, [3.0, 30.0]);
    assert_eq!(all.found, 0, "{all:?}");
    assert!(all.most_steps <= STEPS, "{all:?}");
}

#[test]
fn what_is_added_is_a_share_or_nanoseconds() {
    let sample =
        |candidate| ServiceInstance { nanos: PerArm { reference: 200, candidate, twin: 201 } };
    let instances = vec![sample(900), sample(210), sample(190)];
    let samples = ServiceSamples { commands: 10, instances };
    let found = |target: Target| {
        let added: Vec<PerArm<f64>> = target.added(&samples).collect();
        Calibration::of(7, &added).unwrap()
    };
    let (share, nanos) = (found(Target::Share(0.0)), found(Target::Nanos(0.0)));
    assert!((share.added - 0.05).abs() < 1e-9 && (nanos.added - 10.0).abs() < 1e-9);
    assert_eq!([share.dose, nanos.dose], [7, 7]);
    assert!((nanos.floor / share.floor - 200.0).abs() < 1e-6, "{nanos:?} {share:?}");
}

#[test]
fn the_floor_is_never_below_what_the_twin_shows() {
    let of_twin = |twins: [f64; 5]| {
        let added = twins.map(|twin| PerArm { reference: 0.0, candidate: 3.0, twin });
        Calibration::of(1, &added).unwrap()
    };
    // The candidate seems to be known exactly.
    assert_eq!(of_twin([0.0; 5]), Calibration { dose: 1, added: 3.0, floor: 0.0 });
    assert!((of_twin([-0.25; 5]).floor - 0.25).abs() < 1e-12, "it is off");
    assert!(of_twin([-1.0, -0.5, 0.0, 0.5, 1.0]).floor > 0.5, "it scatters");
    assert_eq!(Calibration::of(1, &[]), None);
}
