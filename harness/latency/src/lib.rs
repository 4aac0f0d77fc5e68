//! The latency verdict: two engines on the same commands, paired, with the noise of the run
//! measured beside them by a twin.

#![expect(clippy::float_arithmetic, reason = "statistics")]

mod arm;
mod calibrate;
mod events;
mod placed;
mod preflight;
mod samples;
mod schedule;
mod service;
#[cfg(test)]
mod testing;

pub use crate::arm::{Arm, Engines, MakeEngine, PerArm};
pub use crate::calibrate::{Calibration, CannotCalibrate, MakeDosed, Target, calibrate};
pub use crate::events::{EventPass, measure_events};
pub use crate::preflight::{ChunkTooShort, Prepared, check_chunk};
pub use crate::samples::{
    Effort, EventInstance, EventSamples, Preflight, ServiceInstance, ServiceSamples, Stalls,
    Stretch,
};
pub use crate::service::{Progress, measure_service};
