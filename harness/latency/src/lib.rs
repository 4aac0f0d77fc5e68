//! The latency verdict: two engines on the same commands, paired, with the noise of the run
//! measured beside them by a twin.
//!
//! | file | holds |
//! |---|---|
//! | `arm.rs`, `samples.rs` | the three engines, and what is measured |
//! | `preflight.rs` | the thread on one core, memory locked, the clock and the hiccups of the machine |
//! | `random.rs`, `schedule.rs`, `placed.rs` | who comes when and lies where, from a seed |
//! | `round.rs`, `service.rs`, `events.rs` | engines in turns; chunks of commands timed as one, and each command by itself |
//! | `judge/`, `stats/` | the verdict, a pure function of what was measured |
//! | `run.rs` | both passes and the verdict, with more engines where the noise asks for them |
//! | `response.rs`, `paced.rs` | response times under load, computed and really seen |
//! | `histogram.rs`, `export.rs` | percentiles, `.hlog` and `.hgrm` |
//! | `record.rs`, `baseline.rs` | what is kept for later, and what an earlier record tells |
//! | `calibrate.rs` | how large a dose makes an engine slower by how much |
//!
//! # Example
//! ```
//! use shadowbook_latency::{
//!     EventInstance, EventSamples, LatencyOutcome, PerArm, ServiceInstance, ServiceSamples,
//!     Stalls, Thresholds, judge,
//! };
//!
//! // Five fresh engines of each arm: the candidate takes 4 % longer.
//! let nanos = |noise: u64| PerArm { reference: 1_000_000, candidate: 1_040_000, twin: 1_000_000 + noise };
//! let instances = [0_u64, 300, 900, 200, 500].map(|noise| ServiceInstance { nanos: nanos(noise) });
//! let service = ServiceSamples { commands: 50_000, instances: instances.to_vec() };
//! let events = EventSamples {
//!     kinds: Vec::new(),
//!     instances: vec![EventInstance::default(); 5],
//!     nanos: PerArm::from_fn(|_| Vec::new()),
//!     stalls: PerArm::from_fn(|_| Stalls::default()),
//! };
//! let judgement = judge(&service, &events, 10, &Thresholds::default());
//! assert_eq!(judgement.verdict, LatencyOutcome::Fail);
//! ```

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
mod random;
mod record;
mod response;
mod round;
mod run;
mod samples;
mod schedule;
mod service;
pub mod stats;
#[cfg(test)]
mod testing;

pub use crate::arm::{Arm, Engines, MakeEngine, PerArm};
pub use crate::baseline::{
    BaselineComparison, ComparedExecutable, ComparedFigure, Difference, Figure, Finding, Reason,
    compare_with_baseline,
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
