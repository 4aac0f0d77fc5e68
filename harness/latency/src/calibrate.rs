//! How large a dose makes an engine slower by how much: measured, not assumed.
//!
//! What a step of work costs depends on the machine and on what lies around it: a processor does
//! a few steps beside other work and many one after the other. So doses are measured as they are
//! given, in the engine, beside the same engine without a dose.

mod search;

use std::collections::BTreeMap;

use shadowbook_model::Engine;
use thiserror::Error;

use crate::PerArm;
use crate::arm::{Arm, Engines};
use crate::samples::{Effort, ServiceSamples, Stretch};
use crate::service::measure_service;
use crate::stats::{StudentT, estimate_median};

/// Makes a fresh engine with a dose; zero is none.
pub type MakeDosed<'a> = dyn Fn(u32) -> Box<dyn Engine + Send> + 'a;

/// How often the truth may lie beyond each end of what is called measured.
const TAIL: f64 = 0.025;

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
    /// How far from that the truth may lie, in the same unit: half the width of the interval (95 %),
    /// and never less than what the twin, which has no dose, was seen to add.
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
    /// No whole dose adds what is wanted, or this machine is too noisy now to tell which does.
    #[error(
        "{target} were wanted, and the nearest dose that was measured, {}, adds {} ± {}: too far \
         from it, or too uncertain",
        nearest.dose, nearest.added, nearest.floor
    )]
    NotReached {
        /// What comes nearest.
        nearest: Calibration,
        /// What it should add.
        target: f64,
    },
}

/// Finds the dose that makes an engine slower by the target.
///
/// What is far from the target is measured on few fresh engines; what is near, on
/// `effort.instances` and up to eight times as many, until the interval is a tenth of the target on
/// either side. Up to a fifth is taken where the machine gives no better.
///
/// # Errors
/// When nothing can be measured, no dose is large enough, or none could be shown to add the target.
pub fn calibrate(
    make: &MakeDosed<'_>,
    stretch: Stretch<'_>,
    effort: Effort,
    target: Target,
) -> Result<Calibration, CannotCalibrate> {
    let mut first_instance = 0;
    let mut measured: BTreeMap<u32, Vec<PerArm<f64>>> = BTreeMap::new();
    search::search(target.value(), effort.instances, |dose, instances| {
        let engines = Engines { reference: &|| make(0), candidate: &|| make(dose) };
        let more = Effort { instances, ..effort };
        let samples = measure_service(&engines, stretch, more, first_instance, &mut |_| {});
        // Other places each time: what is measured twice is measured anew.
        first_instance += instances;
        let of_dose = measured.entry(dose).or_default();
        of_dose.extend(target.added(&samples));
        Calibration::of(dose, of_dose).ok_or(CannotCalibrate::NothingMeasured)
    })
}

impl Calibration {
    /// What fresh engines of this dose added; `None` of none.
    fn of(dose: u32, added: &[PerArm<f64>]) -> Option<Self> {
        let estimate = |arm| {
            let of_arm: Vec<f64> = added.iter().map(|instance| instance[arm]).collect();
            let estimate = estimate_median(&of_arm)?;
            let student = StudentT::new(estimate.degrees_of_freedom);
            Some((estimate.median, student.upper_quantile(TAIL) * estimate.standard_error))
        };
        let (added, reach) = estimate(Arm::Candidate)?;
        let (twin, twin_reach) = estimate(Arm::Twin)?;
        Some(Self { dose, added, floor: reach.max(twin_reach).max(twin.abs()) })
    }
}

impl Target {
    const fn value(self) -> f64 {
        match self {
            Self::Share(value) | Self::Nanos(value) => value,
        }
    }

    /// How much slower than the reference each arm of each instance was.
    fn added(self, samples: &ServiceSamples) -> impl Iterator<Item = PerArm<f64>> {
        let measured = samples.instances.iter().filter(|instance| instance.nanos.reference > 0);
        measured.map(move |instance| {
            let nanos = &instance.nanos;
            PerArm::from_fn(|arm| {
                let (reference, other) = (as_float(nanos.reference), as_float(nanos[arm]));
                match self {
                    Self::Share(_) => other / reference - 1.0,
                    Self::Nanos(_) => other - reference,
                }
            })
        })
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums of times are far below 2^53 nanoseconds")]
const fn as_float(nanos: u64) -> f64 {
    nanos as f64
}

#[cfg(test)]
mod tests;
