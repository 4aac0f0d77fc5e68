//! The trend record: what one latency run measured, where and how, as JSON that a later release
//! can be held against.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::arm::PerArm;
use crate::histogram::Percentiles;
use crate::response::{Arrivals, Knee, ResponseTimes, knee};
use crate::samples::{Effort, Preflight, Stalls};

/// The form of a record. Fields may be added to it; none goes away or changes its meaning.
const SCHEMA: &str = "shadowbook/latency/1";

/// One latency run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrendRecord {
    schema: Schema,
    /// When it was measured: seconds since 1970, in UTC.
    pub measured_at_unix_s: u64,
    /// Where it was measured, and with what.
    pub environment: Environment,
    /// What was measured.
    pub measured: MeasuredStretch,
    /// Who was measured.
    pub engines: EngineNames,
    /// How often and how finely.
    pub effort: Effort,
    /// Mean service time of a command in *pico*seconds, so that a few nanoseconds have digits.
    pub service_ps: PerArm<u64>,
    /// Service times, candidate over reference, all commands together.
    pub ratio: MeasuredRatio,
    /// The same by kind of command, for those kinds that were judged.
    pub ratio_by_kind: BTreeMap<String, MeasuredRatio>,
    /// Service times of commands, in nanoseconds; absent when none was timed by itself.
    pub percentiles: PerArm<Option<Percentiles>>,
    /// The same by kind of command.
    pub percentiles_by_kind: BTreeMap<String, PerArm<Option<Percentiles>>>,
    /// Commands that took much longer than the others in every round; absent when nobody looked.
    #[serde(default)]
    pub stalls: Option<PerArm<Stalls>>,
    /// Response times under load, by scale; empty when they were not asked for.
    #[serde(default)]
    pub responses: Vec<ResponseTimes>,
    /// The largest scale that each engine stands; absent when it was not asked for.
    #[serde(default)]
    pub knee: Option<KneeFigures>,
    /// The verdict and its figures, as the judge gave them.
    pub judgement: serde_json::Value,
}

/// The parts of a record that must be there; the others can be set afterwards.
#[derive(Clone, Debug)]
pub struct RecordHead {
    /// When it was measured: seconds since 1970, in UTC.
    pub measured_at_unix_s: u64,
    /// Where it was measured, and with what.
    pub environment: Environment,
    /// What was measured.
    pub measured: MeasuredStretch,
    /// Who was measured.
    pub engines: EngineNames,
    /// How often and how finely.
    pub effort: Effort,
    /// Mean service time of a command in *pico*seconds.
    pub service_ps: PerArm<u64>,
    /// Service times, candidate over reference, all commands together.
    pub ratio: MeasuredRatio,
}

impl TrendRecord {
    /// A record without the figures of single commands, of load and of the judge.
    #[must_use]
    pub fn new(head: RecordHead) -> Self {
        Self {
            schema: Schema::V1,
            measured_at_unix_s: head.measured_at_unix_s,
            environment: head.environment,
            measured: head.measured,
            engines: head.engines,
            effort: head.effort,
            service_ps: head.service_ps,
            ratio: head.ratio,
            ratio_by_kind: BTreeMap::new(),
            percentiles: PerArm::default(),
            percentiles_by_kind: BTreeMap::new(),
            stalls: None,
            responses: Vec::new(),
            knee: None,
            judgement: serde_json::Value::Null,
        }
    }

    /// Writes it as JSON over several lines, with a line break at the end.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn write_json(&self, out: &mut impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }

    /// Reads what [`Self::write_json`] wrote, in this release or an earlier one.
    ///
    /// # Errors
    /// When it is not JSON, of another schema, or lacks something.
    pub fn read(json: &[u8]) -> Result<Self, RecordError> {
        let value: serde_json::Value =
            serde_json::from_slice(json).map_err(RecordError::Damaged)?;
        // The schema first: of another one nothing can be said to be missing.
        match value.get("schema").map(|schema| schema.as_str()) {
            None | Some(None) => return Err(RecordError::NoSchema),
            Some(Some(SCHEMA)) => {}
            Some(Some(found)) => {
                return Err(RecordError::UnknownSchema { found: found.to_owned() });
            }
        }
        serde_json::from_value(value).map_err(RecordError::Incomplete)
    }
}

/// A record cannot be read.
#[derive(Debug, Error)]
pub enum RecordError {
    /// It is no JSON, or only a part of it.
    #[error("the latency record is not JSON, or was cut off")]
    Damaged(#[source] serde_json::Error),
    /// It does not say what it is.
    #[error("no schema is named: a latency record names `{SCHEMA}`")]
    NoSchema,
    /// It is something else, or of a release that this one does not know.
    #[error("the schema is `{found}`, and this release reads `{SCHEMA}`")]
    UnknownSchema {
        /// What it says it is.
        found: String,
    },
    /// A field is missing, or is not what it must be.
    #[error("the latency record lacks something, or has it in another form")]
    Incomplete(#[source] serde_json::Error),
}

/// The only schema yet: a record of another one cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Schema {
    #[serde(rename = "shadowbook/latency/1")]
    V1,
}

/// Where a run was measured, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// The machine.
    pub machine: Machine,
    /// How the harness, and with it the engines inside it, was compiled.
    pub build: Build,
    /// What the preflight found.
    pub conditions: Conditions,
}

/// A machine, as far as one can tell it from another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The model of the processor.
    pub cpu_model: String,
    /// How many cores can be used.
    pub cores: u32,
    /// Name and release of the operating system's kernel.
    pub kernel: String,
}

/// How something was compiled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The release of shadowbook.
    pub shadowbook: String,
    /// The compiler and its version.
    pub compiler: String,
    /// The profile: `release`, `debug`.
    pub profile: String,
    /// The digest of the executable that measured, with the engines inside it: what changes when
    /// their code does, or when a linker puts it elsewhere. Absent where the file could not be read,
    /// and in records from before it was kept.
    #[serde(default)]
    pub executable_digest: Option<String>,
}

/// What the machine was like during the run: [`Preflight`] as a record keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// The core that the measuring thread was pinned to; absent when it was not.
    pub pinned_to: Option<u64>,
    /// Whether memory was locked.
    pub memory_locked: bool,
    /// The smallest step of the clock.
    pub clock_step_ns: u64,
    /// What reading the clock costs.
    pub clock_cost_ns: u64,
    /// How often an idle loop was interrupted for more than ten microseconds, in a second.
    pub hiccups_per_second: u64,
    /// The longest of these interruptions.
    pub longest_hiccup_ns: u64,
    /// What could not be done, in words.
    pub notes: Vec<String>,
}

impl From<&Preflight> for Conditions {
    fn from(preflight: &Preflight) -> Self {
        Self {
            pinned_to: preflight.pinned_to.and_then(|core| u64::try_from(core).ok()),
            memory_locked: preflight.is_locked,
            clock_step_ns: preflight.clock_step_nanos,
            clock_cost_ns: preflight.clock_cost_nanos,
            hiccups_per_second: preflight.hiccups_per_second,
            longest_hiccup_ns: u64::try_from(preflight.longest_hiccup.as_nanos())
                .unwrap_or(u64::MAX),
            notes: preflight.notes.clone(),
        }
    }
}

/// The commands that were measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredStretch {
    /// The digest of the capture they are from.
    pub capture_digest: String,
    /// The place of the first in the stream.
    pub first_seq: u64,
    /// How many were carried out, warm-up and all.
    pub commands: u64,
    /// How many of these at the beginning were not measured.
    pub warm_up: u64,
}

/// The engines of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineNames {
    /// The engine in production, and twin.
    pub reference: EngineName,
    /// The engine that is to replace it.
    pub candidate: EngineName,
}

/// What tells an engine from others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineName {
    /// As the command line names it.
    pub name: String,
    /// Its release. Of an engine inside the harness that is the harness's, and what changes with every
    /// change of its code is [`Build::executable_digest`].
    pub version: String,
}

/// A quotient of service times with what is known of its noise, in millionths.
///
/// 1,000,000 says that both take as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasuredRatio {
    /// Candidate over reference.
    pub ratio_ppm: NonZeroU64,
    /// The lower end of its interval.
    pub low_ppm: u64,
    /// The upper end of its interval.
    pub high_ppm: u64,
    /// How far the twin's interval, in the same run, reaches from 1: the noise floor.
    pub floor_ppm: u64,
}

impl MeasuredRatio {
    /// From natural logarithms, as the judge has them; `None` when one is not a number or beyond a
    /// factor of a million.
    #[must_use]
    pub fn from_ln(ratio: f64, low: f64, high: f64, twin_low: f64, twin_high: f64) -> Option<Self> {
        Some(Self {
            ratio_ppm: NonZeroU64::new(ppm(ratio.exp())?)?,
            low_ppm: ppm(low.exp())?,
            high_ppm: ppm(high.exp())?,
            // Each end by itself: the larger of a number and a NaN is the number.
            floor_ppm: ppm(twin_low.exp_m1().abs())?.max(ppm(twin_high.exp_m1().abs())?),
        })
    }

    /// The noise of this ratio relative to itself, in millionths: the twin's floor, or half the
    /// interval's width where that is more.
    #[must_use]
    pub fn noise_ppm(&self) -> u64 {
        let width = u128::from(self.high_ppm.abs_diff(self.low_ppm));
        let half = (width * 1_000_000).div_ceil(2 * u128::from(self.ratio_ppm.get()));
        self.floor_ppm.max(u64::try_from(half).unwrap_or(u64::MAX))
    }
}

/// A factor in millionths.
fn ppm(factor: f64) -> Option<u64> {
    let rounded = (factor * 1e6).round();
    // A NaN is in no range.
    (0.0..=1e12).contains(&rounded).then(|| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole, not negative, and below 2^53"
        )]
        let ppm = rounded as u64;
        ppm
    })
}

/// How fast commands may come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KneeFigures {
    /// What p99 of the response times must not be above, in nanoseconds.
    pub limit_ns: u64,
    /// The largest scale of each arm that keeps it.
    pub arms: PerArm<Knee>,
}

impl KneeFigures {
    /// The knee of each arm, from the service times of each command in nanoseconds.
    ///
    /// # Panics
    /// When there is not one service time for each arrival.
    #[must_use]
    pub fn of(arrivals: &Arrivals, service: &PerArm<Vec<u32>>, limit_ns: u64) -> Self {
        Self { limit_ns, arms: PerArm::from_fn(|arm| knee(arrivals, &service[arm], limit_ns)) }
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
pub(crate) mod tests;
