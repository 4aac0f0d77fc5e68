//! Engines behind a pipe: how long the way there and back takes, one command after the other.
//!
//! What is measured is a round trip as the harness sees it: the command is written as text, goes
//! through two pipes and some threads, and its whole answer is read. An engine of this project needs
//! a small part of that. So the same is measured in the same run of an *echo*, which is the same host
//! without an engine: what a round trip costs by itself.

use std::fmt;
use std::time::Instant;

use hdrhistogram::Histogram;
use serde::Serialize;
use shadowbook_capture::{Batch, Flow};
use shadowbook_session::{Limits, Outcomes, Session, SessionError, restore};
use thiserror::Error;

use crate::engines::EngineName;

/// What a difference between an engine and the echo is not, to be said wherever it is shown.
pub(crate) const CAVEAT: &str = "what an engine takes beyond the echo is not its service time alone: \
    its answers have events, which are written, sent and read as well, and the echo's have none";

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounds {
    /// At most so many commands.
    pub(crate) commands: usize,
    /// So many go to one engine before the same go to the next.
    pub(crate) chunk: usize,
    /// Decides in which order the engines get each chunk.
    pub(crate) seed: u64,
}

impl Default for Rounds {
    fn default() -> Self {
        Self { commands: 5_000, chunk: 50, seed: 1 }
    }
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Role {
    /// The engine in production.
    Reference,
    /// The engine that is to replace it.
    Candidate,
    /// The way to an engine and back, without one.
    Echo,
}

/// Round trips of two engines in child processes, and of the echo beside them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Outside {
    /// How many commands each of the three was given.
    pub(crate) commands: u64,
    /// The engine in production.
    pub(crate) reference: RoundTrips,
    /// The engine that is to replace it.
    pub(crate) candidate: RoundTrips,
    /// The way to an engine and back, without one.
    pub(crate) echo: RoundTrips,
    /// The reference less the echo.
    pub(crate) reference_beyond_echo: Difference,
    /// The candidate less the echo.
    pub(crate) candidate_beyond_echo: Difference,
    /// The candidate less the reference: what the way costs is in neither.
    pub(crate) candidate_beyond_reference: Difference,
    /// What [`CAVEAT`] says, and what else somebody should know who reads the figures.
    pub(crate) notes: Vec<String>,
}

/// Round-trip times, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RoundTrips {
    /// The engine.
    pub(crate) engine: String,
    /// The shortest.
    pub(crate) min_ns: u64,
    /// Half of them are shorter.
    pub(crate) p50_ns: u64,
    /// 90 of 100 are shorter.
    pub(crate) p90_ns: u64,
    /// 99 of 100 are shorter.
    pub(crate) p99_ns: u64,
    /// 999 of 1,000 are shorter.
    pub(crate) p999_ns: u64,
    /// The longest.
    pub(crate) max_ns: u64,
    /// All of them, to within 0.1 %.
    #[serde(skip)]
    pub(crate) histogram: Histogram<u64>,
}

/// How far two medians lie apart, in nanoseconds; below zero where the first is the shorter one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Difference {
    /// The medians of all commands.
    pub(crate) medians_ns: i64,
    /// A quarter of the chunks have medians that lie less apart,
    pub(crate) lower_quartile_ns: i64,
    /// and a quarter have medians that lie more apart: how much is noise.
    pub(crate) upper_quartile_ns: i64,
}

/// An engine failed, and no round trips can be told.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the {role} {engine} in a process of its own: {error}")]
pub(crate) struct Broken {
    /// Who it is.
    pub(crate) role: Role,
    /// Its name.
    pub(crate) engine: String,
    /// What happened.
    pub(crate) error: SessionError,
}

/// Measures the round trips of both engines, each in a child process, and of the echo, over the
/// commands of a flow, of which so many at the beginning are carried out and not timed.
///
/// There is never more than one command on its way. The engines take turns, chunk by chunk, in an
/// order that the seed draws. Engines are brought to the snapshots of the flow by commands.
///
/// # Errors
/// When one of them cannot be started, dies, hangs or answers what is no answer.
pub(crate) fn measure(
    flow: &Flow,
    warm_up: usize,
    [reference, candidate]: [EngineName; 2],
    rounds: Rounds,
) -> Result<Outside, Broken> {
    let names = [reference, candidate, EngineName::Echo];
    let mut started = Vec::new();
    for (role, name) in Role::ALL.into_iter().zip(names) {
        let engine = name.to_string();
        let session = name.child(&flow.instruments, Limits::default());
        let broken = |error| Broken { role, engine: engine.clone(), error };
        let session: Box<dyn Session> = Box::new(session.map_err(broken)?);
        started.push(Arm::new(role, engine, session));
    }
    measure_arms(flow, warm_up, started, rounds)
}

/// So many commands at the least are not timed: a child that starts is not what is measured.
const LEAST_WARM_UP: usize = 50;

/// The same with sessions that stand at the beginning, one for each role in its order.
fn measure_arms(
    flow: &Flow,
    warm_up: usize,
    mut arms: Vec<Arm>,
    rounds: Rounds,
) -> Result<Outside, Broken> {
    let from = warm_up.max(LEAST_WARM_UP).min(flow.commands.len());
    let to = flow.commands.len().min(from.saturating_add(rounds.commands));
    let mut batch = Batch::new();
    flow.commands[..to].iter().for_each(|command| batch.push(*command));
    let mut notes = vec![CAVEAT.to_owned()];
    for arm in &mut arms {
        notes.extend(arm.begin(flow, &batch, from)?);
    }
    let chunk = rounds.chunk.max(1);
    for (number, start) in (from..to).step_by(chunk).enumerate() {
        for index in turn(rounds.seed, number as u64) {
            arms[index].round_trips(&batch, start..to.min(start + chunk))?;
        }
    }
    let difference = |one: usize, other: usize| Difference::of(&arms[one], &arms[other]);
    let [reference_beyond_echo, candidate_beyond_echo] = [difference(0, 2), difference(1, 2)];
    let candidate_beyond_reference = difference(1, 0);
    let [reference, candidate, echo] = [0, 1, 2].map(|index| arms[index].tell());
    Ok(Outside {
        commands: (to - from) as u64,
        reference,
        candidate,
        echo,
        reference_beyond_echo,
        candidate_beyond_echo,
        candidate_beyond_reference,
        notes,
    })
}

/// In which order the three get a chunk.
fn turn(seed: u64, chunk: u64) -> [usize; 3] {
    const ORDERS: [[usize; 3]; 6] =
        [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    // The finisher of SplitMix64: every bit of the seed and of the number reaches every other.
    let mut mixed = seed ^ chunk.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let drawn = (u128::from(mixed) * ORDERS.len() as u128) >> 64;
    ORDERS[usize::try_from(drawn).expect("it is less than six")]
}

/// One of the three, while it is measured.
struct Arm {
    role: Role,
    engine: String,
    session: Box<dyn Session>,
    outcomes: Outcomes,
    all: Histogram<u64>,
    /// The median of each chunk, in nanoseconds.
    chunks: Vec<u64>,
}

impl Arm {
    fn new(role: Role, engine: String, session: Box<dyn Session>) -> Self {
        let all = Histogram::new(3).expect("three digits are what a histogram can have");
        Self { role, engine, session, outcomes: Outcomes::new(), all, chunks: Vec::new() }
    }

    fn broken(&self, error: SessionError) -> Broken {
        Broken { role: self.role, engine: self.engine.clone(), error }
    }

    /// Brings the engine to where timing begins, and tells what was lost on the way.
    fn begin(
        &mut self,
        flow: &Flow,
        batch: &Batch,
        until: usize,
    ) -> Result<Option<String>, Broken> {
        let restored = if flow.snapshots.is_empty() {
            None
        } else {
            let restored = restore(self.session.as_mut(), &flow.instruments, &flow.snapshots);
            Some(restored.map_err(|error| self.broken(error))?)
        };
        let done = self.session.apply(batch, 0..until, &mut self.outcomes);
        done.map_err(|error| self.broken(error))?;
        let lost = restored.filter(|restored| !restored.lost.is_empty()).map(|restored| {
            let lost: Vec<String> = restored.lost.iter().map(ToString::to_string).collect();
            format!(
                "{} was brought to its books by commands, which lost: {}",
                self.engine,
                lost.join(", ")
            )
        });
        Ok(lost)
    }

    /// Sends these commands one by one, each when the answer to the one before is complete.
    fn round_trips(
        &mut self,
        batch: &Batch,
        commands: std::ops::Range<usize>,
    ) -> Result<(), Broken> {
        let mut times = Vec::with_capacity(commands.len());
        for position in commands {
            self.outcomes.clear();
            let sent = Instant::now();
            let answered = self.session.apply(batch, position..position + 1, &mut self.outcomes);
            let elapsed = sent.elapsed();
            answered.map_err(|error| self.broken(error))?;
            let nanos = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
            self.all.saturating_record(nanos);
            times.push(nanos);
        }
        times.sort_unstable();
        self.chunks.extend(times.get(times.len() / 2));
        Ok(())
    }

    fn tell(&self) -> RoundTrips {
        let all = &self.all;
        RoundTrips {
            engine: self.engine.clone(),
            min_ns: all.min(),
            p50_ns: all.value_at_quantile(0.5),
            p90_ns: all.value_at_quantile(0.9),
            p99_ns: all.value_at_quantile(0.99),
            p999_ns: all.value_at_quantile(0.999),
            max_ns: all.max(),
            histogram: all.clone(),
        }
    }
}

impl Difference {
    fn of(one: &Arm, other: &Arm) -> Self {
        let apart = |one: u64, other: u64| one.wrapping_sub(other).cast_signed();
        let mut chunks: Vec<i64> =
            one.chunks.iter().zip(&other.chunks).map(|(one, other)| apart(*one, *other)).collect();
        chunks.sort_unstable();
        let at = |quarters: usize| chunks.get(chunks.len() * quarters / 4).copied().unwrap_or(0);
        let median = |arm: &Arm| arm.all.value_at_quantile(0.5);
        Self {
            medians_ns: apart(median(one), median(other)),
            lower_quartile_ns: at(1),
            upper_quartile_ns: at(3),
        }
    }
}

impl Role {
    /// All of them.
    const ALL: [Self; 3] = [Self::Reference, Self::Candidate, Self::Echo];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reference => "reference",
            Self::Candidate => "candidate",
            Self::Echo => "echo",
        })
    }
}
