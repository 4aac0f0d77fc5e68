//! What is measured, before anything is made of it.

use std::collections::BTreeMap;
use std::slice::Chunks;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use shadowbook_model::{Command, CommandKind};

use crate::arm::PerArm;

/// The commands that are measured.
#[derive(Clone, Copy, Debug)]
pub struct Stretch<'a> {
    /// All that are carried out, in order, by fresh engines.
    pub commands: &'a [Command],
    /// So many at the beginning are carried out and not measured.
    pub warm_up: usize,
}

impl<'a> Stretch<'a> {
    /// The commands that are carried out first and not measured.
    #[must_use]
    pub fn warm_up(&self) -> &'a [Command] {
        &self.commands[..self.warm_up.min(self.commands.len())]
    }

    /// The commands that are measured.
    #[must_use]
    pub fn measured(&self) -> &'a [Command] {
        &self.commands[self.warm_up.min(self.commands.len())..]
    }

    /// The commands that are measured, in pieces of so many, or of one where that is none.
    pub(crate) fn chunks(&self, chunk: usize) -> Chunks<'a, Command> {
        self.measured().chunks(chunk.max(1))
    }
}

/// How often and how finely is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effort {
    /// So many commands are timed as one in the service-time pass.
    pub chunk: usize,
    /// So many fresh engines of each arm, each at another place in memory.
    pub instances: usize,
    /// So many times each goes through the commands, each time from the beginning; the first is
    /// thrown away.
    pub rounds: usize,
    /// Decides every order and every place in memory.
    pub seed: u64,
}

/// Service times of one fresh engine of each arm: the shortest of all rounds of each chunk, summed
/// over the chunks, in nanoseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceInstance {
    /// Nanoseconds.
    pub nanos: PerArm<u64>,
}

/// The service-time pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceSamples {
    /// How many commands each sum is over.
    pub commands: u64,
    /// One entry for each fresh engine.
    pub instances: Vec<ServiceInstance>,
}

/// The pass that times each command, of one fresh engine of each arm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct EventInstance {
    /// The shortest of all rounds of each command, without the cost of the clock, summed over all
    /// commands of a kind that are no stalls, in nanoseconds.
    pub kinds: BTreeMap<&'static str, PerArm<u64>>,
}

/// The pass that times each command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventSamples {
    /// What kind each command is of, in the order of the commands.
    pub kinds: Vec<CommandKind>,
    /// One entry for each fresh engine.
    pub instances: Vec<EventInstance>,
    /// Each command's time over all engines and rounds with the noise taken out, without the cost
    /// of the clock, in nanoseconds.
    pub nanos: PerArm<Vec<u32>>,
    /// Commands that took much longer than the others in every round: allocation, rehashing.
    pub stalls: PerArm<Stalls>,
}

/// Commands that take much longer than the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stalls {
    /// How many.
    pub commands: u64,
    /// All of them together, in nanoseconds.
    pub total_nanos: u64,
    /// The longest, in nanoseconds.
    pub longest_nanos: u64,
}

/// What the machine is like, measured before anything else.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Preflight {
    /// The core that the measuring thread is pinned to; `None` where it could not be.
    pub pinned_to: Option<usize>,
    /// Whether memory is locked.
    pub is_locked: bool,
    /// The smallest step of the clock, in nanoseconds.
    pub clock_step_nanos: u64,
    /// What reading the clock costs, in nanoseconds.
    pub clock_cost_nanos: u64,
    /// How often a loop that does nothing was interrupted for more than ten microseconds, in a
    /// second.
    pub hiccups_per_second: u64,
    /// The longest of these interruptions.
    pub longest_hiccup: Duration,
    /// What could not be done, in words.
    pub notes: Vec<String>,
}
