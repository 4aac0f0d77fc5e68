//! The latency verdict: two engines on the same commands, paired, with the noise of the run
//! measured beside them by a twin.

mod arm;
mod samples;

pub use crate::arm::{Arm, Engines, MakeEngine, PerArm};
pub use crate::samples::{
    Effort, EventInstance, EventSamples, Preflight, ServiceInstance, ServiceSamples, Stalls,
    Stretch,
};
