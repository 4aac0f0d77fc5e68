//! How much may be done to find the smallest flow of each bug.

use std::time::{Duration, Instant};

use clap::Args;
use shadowbook_triage::Budget;

/// So many seconds may be spent on reruns when nobody says.
const WITHIN: u64 = 60;

/// Budgets that are counted, and one that is not.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Stop making a bug's flow smaller after so many reruns
    #[arg(long, value_name = "N", default_value_t = Budget::default().reruns)]
    max_reruns: u64,
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
        let Budget { reruns, commands } = Budget::default();
        Self { max_reruns: reruns, max_commands: commands, within: WITHIN }
    }
}

impl Limits {
    /// What is counted.
    pub(crate) const fn budget(&self) -> Budget {
        Budget { reruns: self.max_reruns, commands: self.max_commands }
    }

    /// Says why there may be no more reruns, once time is up; it begins with the first.
    pub(crate) fn clock(&self) -> impl FnMut() -> Option<String> + use<> {
        let within = self.within;
        let mut began = None;
        move || {
            let began = *began.get_or_insert_with(Instant::now);
            let is_over = began.elapsed() >= Duration::from_secs(within);
            is_over.then(|| {
                format!("the time for minimizing, {within} s, was up; give it more with --within")
            })
        }
    }
}
