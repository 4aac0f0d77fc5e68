//! A quantity that was measured, before all of them are judged together.

use shadowbook_model::CommandKind;

use crate::arm::PerArm;
use crate::judge::{Interval, Test, TestName, Thresholds};
use crate::samples::{EventSamples, ServiceSamples};
use crate::stats::{BlockMean, HolmStep, MedianEstimate, StudentT, estimate_median};

/// With fewer fresh engines there is no telling how much they differ.
pub(super) const LEAST_INSTANCES: usize = 5;

/// Why a quantity cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Too few fresh engines were measured.
    FewInstances { what: TestName, instances: usize },
    /// A sum of times is zero.
    ZeroTime { what: TestName },
    /// Too few commands were timed one by one.
    FewCommands { commands: usize, least: usize },
    /// The arms did not time the same commands.
    Unmatched,
}

impl Gap {
    /// Whether nothing can be passed without it. A kind whose times are too short for the clock
    /// is part of the whole all the same.
    pub(super) fn is_needed(&self) -> bool {
        !matches!(self, Self::ZeroTime { what: TestName::Kind(_) })
    }
}

/// An estimate with its standard error.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    value: f64,
    standard_error: f64,
}

/// On which scale a quantity is measured, and so what the twin says about it.
#[derive(Clone, Copy, Debug)]
enum Scale {
    /// The logarithm of a ratio, over fresh engines. How much these differ is in the standard
    /// error, also that of the twin; what the twin is off nevertheless is the least that the
    /// candidate may be off without meaning anything.
    LogRatio,
    /// A share of commands, over blocks. There is one set of times only, so that what an arm as a
    /// whole is off is in no standard error: what the twin is off is added.
    Share,
}

/// A quantity of the candidate and the same of the twin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    what: TestName,
    share_of_commands: f64,
    threshold: f64,
    /// The interval has to lie above this.
    null: f64,
    scale: Scale,
    degrees: usize,
    candidate: Estimate,
    twin: Estimate,
}

/// All commands together.
pub(super) fn measure_overall(
    service: &ServiceSamples,
    thresholds: &Thresholds,
) -> Result<Measured, Gap> {
    let nanos = service.instances.iter().map(|instance| Some(&instance.nanos));
    measure_ratio(TestName::Overall, 1.0, nanos, thresholds.slower)
}

/// All commands of a kind together; `None` if there are too few of it for a test of its own.
pub(super) fn measure_kind(
    kind: CommandKind,
    events: &EventSamples,
    thresholds: &Thresholds,
) -> Option<Result<Measured, Gap>> {
    let of_kind = events.kinds.iter().filter(|&&each| each == kind).count();
    let share = of_kind as f64 / events.kinds.len() as f64;
    if of_kind == 0 || share < thresholds.least_share {
        return None;
    }
    let nanos = events.instances.iter().map(|instance| instance.kinds.get(kind.name()));
    Some(measure_ratio(TestName::Kind(kind), share, nanos, thresholds.slower_kind))
}

fn measure_ratio<'a>(
    what: TestName,
    share_of_commands: f64,
    instances: impl ExactSizeIterator<Item = Option<&'a PerArm<u64>>>,
    threshold: f64,
) -> Result<Measured, Gap> {
    let few = Gap::FewInstances { what, instances: instances.len() };
    if instances.len() < LEAST_INSTANCES {
        return Err(few);
    }
    let (mut candidates, mut twins) = (Vec::new(), Vec::new());
    for nanos in instances {
        let times = nanos.ok_or(Gap::ZeroTime { what })?;
        if times.reference == 0 || times.candidate == 0 || times.twin == 0 {
            return Err(Gap::ZeroTime { what });
        }
        candidates.push((times.candidate as f64 / times.reference as f64).ln());
        twins.push((times.twin as f64 / times.reference as f64).ln());
    }
    let candidate = estimate_median(&candidates).ok_or(few)?;
    let twin = estimate_median(&twins).ok_or(few)?;
    Ok(Measured {
        what,
        share_of_commands,
        threshold,
        null: 0.0,
        scale: Scale::LogRatio,
        degrees: candidate.degrees_of_freedom,
        candidate: candidate.into(),
        twin: twin.into(),
    })
}

impl Measured {
    /// The matched excess.
    pub(super) fn excess(candidate: BlockMean, twin: BlockMean, thresholds: &Thresholds) -> Self {
        Self {
            what: TestName::Excess,
            share_of_commands: 1.0,
            threshold: thresholds.excess,
            null: thresholds.excess,
            scale: Scale::Share,
            degrees: candidate.blocks.saturating_sub(1),
            candidate: candidate.into(),
            twin: twin.into(),
        }
    }

    /// How likely it is to see this much where the candidate is not slower.
    pub(super) fn likelihood(&self) -> f64 {
        let beyond = self.candidate.value - self.null;
        let counted = match self.scale {
            Scale::LogRatio if self.candidate.value <= self.twin.value.abs() => return 1.0,
            Scale::LogRatio => beyond,
            Scale::Share => beyond - self.twin.value.abs(),
        };
        let error = self.calibrated_error();
        if counted <= 0.0 {
            1.0
        } else if error <= 0.0 {
            0.0
        } else {
            StudentT::new(self.degrees).upper_tail(counted / error)
        }
    }

    /// The test that this becomes at the level that it was given.
    pub(super) fn test(&self, step: HolmStep, twin_alpha: f64) -> Test {
        let student = StudentT::new(self.degrees);
        let reach = student.upper_quantile(step.level) * self.calibrated_error();
        let half_width = match self.scale {
            Scale::LogRatio => reach.max(self.twin.value.abs()),
            Scale::Share => reach + self.twin.value.abs(),
        };
        let twin_half_width = student.upper_quantile(twin_alpha / 2.0) * self.twin.standard_error;
        let twin_interval = self.interval(self.twin.value, twin_half_width);
        let floor = twin_interval.low.abs().max(twin_interval.high.abs());
        let estimate = self.fraction(self.candidate.value);
        let needed = match self.scale {
            Scale::LogRatio => self.threshold.max(floor),
            Scale::Share => self.threshold,
        };
        Test {
            what: self.what,
            estimate,
            interval: self.interval(self.candidate.value, half_width),
            twin_estimate: self.fraction(self.twin.value),
            twin_interval,
            floor,
            threshold: self.threshold,
            share_of_commands: self.share_of_commands,
            is_tripped: step.is_rejected && estimate > needed,
        }
    }

    /// Never smaller than what the twin shows.
    fn calibrated_error(&self) -> f64 {
        self.candidate.standard_error.max(self.twin.standard_error)
    }

    fn interval(&self, middle: f64, half_width: f64) -> Interval {
        Interval {
            low: self.fraction(middle - half_width),
            high: self.fraction(middle + half_width),
        }
    }

    fn fraction(&self, value: f64) -> f64 {
        match self.scale {
            Scale::LogRatio => value.exp_m1(),
            Scale::Share => value,
        }
    }
}

impl From<MedianEstimate> for Estimate {
    fn from(estimate: MedianEstimate) -> Self {
        Self { value: estimate.median, standard_error: estimate.standard_error }
    }
}

impl From<BlockMean> for Estimate {
    fn from(estimate: BlockMean) -> Self {
        Self { value: estimate.mean, standard_error: estimate.standard_error }
    }
}
