//! The latency verdict as machines read it, schema `shadowbook/latency/1`: the trend record with
//! what came of it. Fields are only ever added.

mod beside;

use serde::{Serialize, Serializer};
use shadowbook_latency::{BaselineComparison, Effort, Judgement, Percentiles, Scale, TrendRecord};

use crate::decide::Outcome;
pub use crate::latency::beside::{
    Counted, CountedKind, Difference, Instructions, Outside, RoundTrips,
};
use crate::verdict::{CaptureEntry, EngineEntry};

/// The schema of a result without a record; a record names it itself.
const SCHEMA: &str = "shadowbook/latency/1";

/// A latency verdict. A [`TrendRecord`] can be read from what it is written as.
#[derive(Clone, Debug, Serialize)]
pub struct LatencyReport {
    /// What was measured; its fields stand beside the others. `None` where nothing was.
    #[serde(flatten, serialize_with = "record_or_schema")]
    pub record: Option<TrendRecord>,
    /// What it comes to.
    pub verdict: Outcome,
    /// The exit code that says the same.
    pub exit_code: u8,
    /// Why it is no pass, the weightiest reason first.
    pub reasons: Vec<String>,
    /// What somebody should know who reads the figures; it changes no verdict.
    pub warnings: Vec<String>,
    /// Where the commands are from; all of its commands are counted.
    pub capture: CaptureEntry,
    /// The engine in production.
    pub reference: EngineEntry,
    /// The engine that is to replace it.
    pub candidate: EngineEntry,
    /// Which of its commands were taken.
    pub stretch: StretchEntry,
    /// Whether both engines answered the same to them.
    pub functional: FunctionalEntry,
    /// What stands beside the record; `None` where nothing was measured.
    pub details: Option<DetailsEntry>,
    /// How many instructions both need, where that was asked for and could be counted.
    pub instructions: Option<Instructions>,
    /// How long the way to both and back takes, where that was asked for.
    pub outside: Option<Outside>,
    /// How long all of it took, in seconds.
    pub seconds: f64,
}

/// Which commands of a capture were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StretchEntry {
    /// So many stand before them.
    pub skipped: u64,
    /// So many were carried out and not measured.
    pub warm_up: u64,
    /// So many were measured.
    pub commands: u64,
    /// So many of the capture are sent to no engine: production refused them outside matching.
    pub external: u64,
    /// The first of those that were measured.
    pub first_seq: u64,
    /// The last.
    pub last_seq: u64,
}

/// What comparing the engines came to, before anything was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionalEntry {
    /// How many commands were compared, the warm-up included.
    pub commands: u64,
    /// At how many of them, or after them, the engines differ.
    pub divergences: u64,
    /// How many differences the allowlist covers; they are not among the others.
    pub allowed: u64,
    /// The first of them, if there is one.
    pub first_seq: Option<u64>,
    /// Both engines' state at the end, where they agree.
    pub final_digest: Option<String>,
}

/// What a trend record does not hold.
#[derive(Clone, Debug, Serialize)]
pub struct DetailsEntry {
    /// The verdict's figures, which a record holds as well.
    #[serde(skip)]
    pub judgement: Judgement,
    /// Whether as many engines again were measured, as the first left it open.
    pub is_extended: bool,
    /// How much single commands were timed.
    pub single_commands: Effort,
    /// Response times of a replay at the recorded pace, where one was asked for.
    pub paced: Option<PacedEntry>,
    /// What an earlier record tells, where one was given.
    pub baseline: Option<BaselineEntry>,
}

/// Response times that were really seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PacedEntry {
    /// How many times as fast as recorded, in thousandths.
    pub scale: Scale,
    /// Of the reference.
    pub reference: Percentiles,
    /// Of the candidate.
    pub candidate: Percentiles,
}

/// An earlier record beside this run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BaselineEntry {
    /// The file.
    pub path: String,
    /// What can be said.
    #[serde(flatten)]
    pub comparison: BaselineComparison,
}

fn record_or_schema<S: Serializer>(
    record: &Option<TrendRecord>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Nothing {
        schema: &'static str,
    }
    match record {
        Some(record) => record.serialize(serializer),
        None => Nothing { schema: SCHEMA }.serialize(serializer),
    }
}
