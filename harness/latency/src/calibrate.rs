//! How large a dose makes an engine slower by how much: measured, not assumed.
//!
//! What a step of work costs depends on the machine and on what lies around it: a processor does
//! a few steps beside other work and many one after the other. So doses are measured as they are
//! given, in the engine, beside the same engine without a dose.

use shadowbook_model::Engine;
use thiserror::Error;

use crate::arm::{Arm, Engines};
use crate::samples::{Effort, ServiceSamples, Stretch};
use crate::service::measure_service;

/// Makes a fresh engine with a dose; zero is none.
pub type MakeDosed<'a> = dyn Fn(u32) -> Box<dyn Engine + Send> + 'a;

/// So often the guess is made better, once the dose lies between two that were measured.
const REFINEMENTS: usize = 6;
/// A dose is near enough when what it adds is within one part in so many of the target.
const NEAR: f64 = 20.0;

/// By how much an engine is to be slower.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// By this share of its own time: 0.01 is 1 %.
    Share(f64),
    /// By so many nanoseconds, over all measured commands together: what each is to take longer,
    /// times how many there are.
    Nanos(f64),
}

/// A dose and what it was measured to add.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    /// The dose.
    pub dose: u32,
    /// What it adds, in the unit of the target.
    pub added: f64,
    /// How far apart the twin was, in the same unit: what the measurement can tell.
    pub floor: f64,
}

/// No dose was found.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
pub enum CannotCalibrate {
    /// There is nothing to be slower than.
    #[error("no time was measured: there are no commands, or no instances")]
    NothingMeasured,
    /// Even the largest dose adds less.
    #[error("a dose of {dose} adds {added}, and {target} were wanted")]
    TooSmall {
        /// The largest that was tried.
        dose: u32,
        /// What it adds.
        added: f64,
        /// What it should.
        target: f64,
    },
}

/// Finds the dose that makes an engine slower by the target.
///
/// # Errors
/// When nothing can be measured, or no dose is large enough.
pub fn calibrate(
    make: &MakeDosed<'_>,
    stretch: Stretch<'_>,
    effort: Effort,
    target: Target,
) -> Result<Calibration, CannotCalibrate> {
    let mut first_instance = 0;
    search(target.value(), |dose| {
        let engines = Engines { reference: &|| make(0), candidate: &|| make(dose) };
        let samples = measure_service(&engines, stretch, effort, first_instance, &mut |_| {});
        // Other places each time: what is measured twice is measured anew.
        first_instance += effort.instances;
        let added = |arm| target.added(&samples, arm);
        let (added, floor) =
            added(Arm::Candidate).zip(added(Arm::Twin)).ok_or(CannotCalibrate::NothingMeasured)?;
        Ok(Calibration { dose, added, floor: floor.abs() })
    })
}

impl Target {
    const fn value(self) -> f64 {
        match self {
            Self::Share(value) | Self::Nanos(value) => value,
        }
    }

    /// How much slower an arm was than the reference: the median over the instances.
    fn added(self, samples: &ServiceSamples, arm: Arm) -> Option<f64> {
        let of_instance = |nanos: &crate::PerArm<u64>| {
            let (reference, other) = (as_float(nanos.reference), as_float(nanos[arm]));
            match self {
                Self::Share(_) => other / reference - 1.0,
                Self::Nanos(_) => other - reference,
            }
        };
        let measured = samples.instances.iter().filter(|instance| instance.nanos.reference > 0);
        let mut added: Vec<f64> = measured.map(|instance| of_instance(&instance.nanos)).collect();
        added.sort_by(f64::total_cmp);
        added.get(added.len() / 2).copied()
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums of times are far below 2^53 nanoseconds")]
const fn as_float(nanos: u64) -> f64 {
    nanos as f64
}

/// Doubles the dose until it adds more than the target, and then goes on between the two doses
/// that it lies between. What doses add need not be in proportion: the first steps may cost
/// nothing, or more than the others.
fn search(
    target: f64,
    mut measure: impl FnMut(u32) -> Result<Calibration, CannotCalibrate>,
) -> Result<Calibration, CannotCalibrate> {
    let mut below = Calibration { dose: 0, added: 0.0, floor: 0.0 };
    let mut above = measure(1)?;
    while above.added < target {
        if below.added < above.added {
            below = above;
        }
        let Some(dose) = above.dose.checked_mul(2) else {
            return Err(CannotCalibrate::TooSmall { dose: above.dose, added: above.added, target });
        };
        above = measure(dose)?;
    }
    for _ in 0..REFINEMENTS {
        let best = nearer(target, below, above);
        if (best.added - target).abs() * NEAR <= target && best.dose > 0
            || above.dose <= below.dose + 1
        {
            break;
        }
        let between = measure(guess(target, below, above))?;
        if between.added < target {
            below = between;
        } else {
            above = between;
        }
    }
    Ok(nearer(target, below, above))
}

/// The dose between two that are apart, as if what lies between were in proportion.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a distance between two doses is a dose"
)]
fn guess(target: f64, below: Calibration, above: Calibration) -> u32 {
    let share = (target - below.added) / (above.added - below.added);
    let distance = f64::from(above.dose - below.dose);
    let step = (share.clamp(0.0, 1.0) * distance) as u32;
    below.dose + step.clamp(1, above.dose - below.dose - 1)
}

/// That of two whose effect is nearer; no dose is no answer.
fn nearer(target: f64, below: Calibration, above: Calibration) -> Calibration {
    let is_below = target - below.added < above.added - target && below.dose > 0;
    if is_below { below } else { above }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PerArm;
    use crate::samples::ServiceInstance;
    use crate::testing::{EFFORT, Log, Writes, commands};

    /// Finds the dose for a target where doses add what a function says.
    fn check(target: f64, added: fn(f64) -> f64, expected: u32) {
        let mut measured = 0;
        let found = search(target, |dose| {
            measured += 1;
            Ok(Calibration { dose, added: added(f64::from(dose)), floor: 0.0 })
        })
        .expect("there is such a dose");
        assert_eq!(found.dose, expected, "for {target}");
        assert!(measured < 40, "{measured} measurements");
    }

    #[test]
    fn the_dose_for_a_target_is_found_whatever_its_shape() {
        check(1.0, |dose| dose / 100.0, 100);
        check(0.5, |dose| dose, 1);
        check(100.0, |dose| if dose < 40.0 { 0.0 } else { dose - 40.0 }, 140);
        // Within a twentieth of it.
        check(30.0, f64::sqrt, 914);
    }

    #[test]
    fn an_engine_that_no_dose_makes_slower_is_an_error() {
        let flat = |dose| Ok(Calibration { dose, added: -0.1, floor: 0.0 });
        let error = search(1.0, flat).expect_err("nothing is added");
        assert_eq!(error, CannotCalibrate::TooSmall { dose: 1 << 31, added: -0.1, target: 1.0 });
        let log = Log::default();
        let make = |_| Writes::boxed("dosed", &log);
        let commands = commands(4);
        let nothing = Stretch { commands: &commands, warm_up: 4 };
        let found = calibrate(&make, nothing, EFFORT, Target::Share(0.1));
        assert_eq!(found, Err(CannotCalibrate::NothingMeasured));
    }

    #[test]
    fn what_is_added_is_a_share_or_nanoseconds() {
        let sample =
            |candidate| ServiceInstance { nanos: PerArm { reference: 200, candidate, twin: 201 } };
        let instances = vec![sample(900), sample(210), sample(190)];
        let samples = ServiceSamples { commands: 10, instances };
        let added = |target: Target, arm| target.added(&samples, arm).expect("there are some");
        assert!((added(Target::Share(0.0), Arm::Candidate) - 0.05).abs() < 1e-9);
        assert!((added(Target::Nanos(0.0), Arm::Candidate) - 10.0).abs() < 1e-9);
        assert!((added(Target::Nanos(0.0), Arm::Twin) - 1.0).abs() < 1e-9);
    }
}
