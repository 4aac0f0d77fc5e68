//! How much may be done to find the smallest flow of each bug.

use std::time::{Duration, Instant};

use clap::Args;
use shadowbook_triage::Budget;

use crate::engines::EngineName;

/// So many reruns of an engine in a process of its own, which has to be started for each, when
/// nobody says: fewer, so that the count ends them and not the clock.
const IN_PROCESSES: u64 = 800;
/// So many seconds may be spent on reruns when nobody says.
const WITHIN: u64 = 60;

/// Budgets that are counted, and one that is not.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Stop making a bug's flow smaller after so many reruns [default: 5000; 800 where an engine runs
    /// in a process of its own]
    #[arg(long, value_name = "N")]
    max_reruns: Option<u64>,
    /// The same after so many commands in all reruns together
    #[arg(long, value_name = "N", default_value_t = Budget::default().commands)]
    max_commands: u64,
    /// The same of all bugs after so many seconds of reruns: a safety net, the only limit that may
    /// change the result from run to run
    #[arg(long, value_name = "SECONDS", default_value_t = WITHIN)]
    within: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_reruns: None, max_commands: Budget::default().commands, within: WITHIN }
    }
}

impl Limits {
    /// What is counted, for these engines.
    pub(crate) fn budget(&self, engines: [EngineName; 2]) -> Budget {
        let is_slow = engines.iter().any(|engine| engine.needs_a_process());
        let standard = if is_slow { IN_PROCESSES } else { Budget::default().reruns };
        let reruns = self.max_reruns.unwrap_or(standard);
        Budget { reruns, commands: self.max_commands }
    }

    /// A clock that begins with the first rerun.
    pub(crate) const fn clock(&self) -> Clock {
        Clock { within: self.within, began: None, is_over: false }
    }
}

/// Holds the one limit that is not counted.
#[derive(Debug)]
pub(crate) struct Clock {
    within: u64,
    began: Option<Instant>,
    is_over: bool,
}

impl Clock {
    /// Says why there may be no more reruns, once time is up.
    pub(crate) fn ask(&mut self) -> Option<String> {
        let began = *self.began.get_or_insert_with(Instant::now);
        self.is_over |= began.elapsed() >= Duration::from_secs(self.within);
        self.note()
    }

    /// What is to be said of it when it struck.
    pub(crate) fn note(&self) -> Option<String> {
        let Self { within, is_over, .. } = self;
        let why = || format!("the time for reruns, {within} s, was up; give more with --within");
        is_over.then(why)
    }
}
