//! The latency verdict: two engines on the same commands, paired, with the noise of the run
//! measured beside them by a twin.

#![expect(clippy::float_arithmetic, reason = "statistics")]

mod arm;
mod judge;
mod samples;
pub mod stats;

pub use crate::arm::{Arm, Engines, MakeEngine, PerArm};
pub use crate::judge::{
    ExcessShares, Interval, Judgement, LatencyOutcome, Test, TestName, Thresholds, judge,
};
pub use crate::samples::{
    Effort, EventInstance, EventSamples, Preflight, ServiceInstance, ServiceSamples, Stalls,
    Stretch,
};
