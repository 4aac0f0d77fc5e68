//! What stands beside a latency verdict when it is asked for, and changes it in nothing: instructions
//! and round trips.

use std::collections::BTreeMap;

use serde::Serialize;

/// The instructions of both engines over the same commands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Instructions {
    /// Over how many commands.
    pub commands: u64,
    /// Of the engine in production.
    pub reference: Counted,
    /// Of the engine that is to replace it.
    pub candidate: Counted,
    /// Those of the candidate for each one of the reference.
    pub ratio: f64,
}

/// The instructions of one engine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Counted {
    /// The engine.
    pub engine: String,
    /// All of them, the median of the runs. What is done around the engine is not among them.
    pub instructions: u64,
    /// For each command.
    pub per_command: f64,
    /// By how many the run with the most differs from the one with the fewest: 0 where nothing in
    /// the engine is drawn anew for each process, such as the seed of a hasher.
    pub spread: u64,
    /// In how many runs.
    pub runs: u32,
    /// By the kind of the commands, of the run whose total is given.
    pub kinds: BTreeMap<&'static str, CountedKind>,
}

/// The instructions of one kind of command.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CountedKind {
    /// How many commands.
    pub commands: u64,
    /// All their instructions.
    pub instructions: u64,
    /// For each command.
    pub per_command: f64,
}

/// Round trips of two engines in child processes, and of the echo beside them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outside {
    /// How many commands each process was timed with.
    pub commands: u64,
    /// How many processes of each there were.
    pub instances: u32,
    /// The core that everything was kept on; `None` where it was not.
    pub pinned_to: Option<usize>,
    /// The engine in production.
    pub reference: RoundTrips,
    /// The engine that is to replace it.
    pub candidate: RoundTrips,
    /// The way to an engine and back, without one.
    pub echo: RoundTrips,
    /// The reference less the echo.
    pub reference_beyond_echo: Difference,
    /// The candidate less the echo.
    pub candidate_beyond_echo: Difference,
    /// The candidate less the reference: what the way costs is in neither.
    pub candidate_beyond_reference: Difference,
    /// What the differences are not, and what else somebody should know who reads the figures.
    pub notes: Vec<String>,
}

/// Round-trip times, in nanoseconds to within 0.1 %; all zero where there are none.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoundTrips {
    /// The engine.
    pub engine: String,
    /// How many there are, of all processes together.
    pub count: u64,
    /// The shortest.
    pub min_ns: u64,
    /// Half of them are no longer.
    pub p50_ns: u64,
    /// 90 of 100 are no longer.
    pub p90_ns: u64,
    /// 99 of 100 are no longer.
    pub p99_ns: u64,
    /// 999 of 1,000 are no longer.
    pub p999_ns: u64,
    /// The longest.
    pub max_ns: u64,
}

/// How far the medians of two engines lie apart, in nanoseconds; below zero where the first is the
/// shorter one. What the way costs is in both and falls out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The median over all pairs of processes.
    pub median_ns: i64,
    /// That of the pair with the least,
    pub least_ns: i64,
    /// and of the one with the most: what is between them is noise.
    pub most_ns: i64,
}
