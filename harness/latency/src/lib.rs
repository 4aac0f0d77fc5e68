//! The latency verdict: two engines on the same commands, paired, with the noise of the run
//! measured beside them by a twin.

#![expect(clippy::float_arithmetic, reason = "statistics")]

mod arm;
mod baseline;
mod calibrate;
mod events;
mod export;
mod histogram;
mod judge;
mod paced;
mod placed;
mod preflight;
mod record;
mod response;
mod run;
mod samples;
mod schedule;
mod service;
pub mod stats;
#[cfg(test)]
mod testing;

pub use crate::arm::{Arm, Engines, MakeEngine, PerArm};
pub use crate::baseline::{
    BaselineComparison, ComparedFigure, Difference, Figure, Finding, Reason, compare_with_baseline,
};
pub use crate::calibrate::{Calibration, CannotCalibrate, MakeDosed, Target, calibrate};
pub use crate::events::{EventPass, measure_events};
pub use crate::export::LogError;
pub use crate::histogram::{Histogram, Histograms, Percentiles};
pub use crate::judge::{
    ExcessShares, Interval, Judgement, LatencyOutcome, Test, TestName, Thresholds, judge,
};
pub use crate::paced::{Clock, PacedReplay, SystemClock, paced_replay};
pub use crate::preflight::{ChunkTooShort, Prepared, check_chunk};
pub use crate::record::{
    Build, Conditions, EngineName, EngineNames, Environment, KneeFigures, Machine, MeasuredRatio,
    MeasuredStretch, RecordError, RecordHead, TrendRecord,
};
pub use crate::response::{
    Arrivals, ArrivalsError, Knee, NoScale, ResponseTimes, Scale, knee, response_nanos,
    response_times,
};
pub use crate::run::{Measured, Part, Run};
pub use crate::samples::{
    Effort, EventInstance, EventSamples, Preflight, ServiceInstance, ServiceSamples, Stalls,
    Stretch,
};
pub use crate::service::{Progress, measure_service};
