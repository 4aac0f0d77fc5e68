//! What triage asks of whoever runs engines.

use shadowbook_capture::Flow;
use shadowbook_compare::{AuditRule, BookDifference, Divergence};
use shadowbook_model::Phase;
use thiserror::Error;

/// Runs a flow through two fresh engines and says what differs first; `None` when nothing does.
///
/// What differs in events comes first, as in a run of a whole capture; only where every event is
/// the same, the books are compared, and the command is shown at which they parted. The same flow
/// gives the same answer each time.
pub type Rerun<'a> = dyn FnMut(&Flow) -> Result<Option<Shown>, GiveUp> + 'a;

/// The first difference that a rerun showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The position in the flow of the command at which it shows; `None` when the engines show
    /// different books before the first command.
    pub position: Option<usize>,
    /// What differs. Of a difference of state the shape names the differences of the books.
    pub divergence: Divergence,
    /// How the books differ after that command, when it is the last of the flow; empty where a
    /// session cannot show them.
    pub differences: Vec<BookDifference>,
    /// The rule that the candidate breaks there and the reference does not, as the auditor has it.
    pub rule: Option<AuditRule>,
    /// The phase of the instrument before that command.
    pub phase: Phase,
}

/// Why there can be no more reruns: time is up, or a session failed that must not.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct GiveUp(pub String);

/// How much minimising one flow may take. Counted, not timed, so that the result is the same from
/// run to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many reruns.
    pub reruns: u64,
    /// How many commands in all of them together, orders of snapshots included.
    pub commands: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { reruns: 5_000, commands: 2_000_000 }
    }
}

/// The smallest flow that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minimized {
    /// The flow.
    pub flow: Flow,
    /// What a rerun of it shows.
    pub shown: Shown,
    /// Whether it is 1-minimal: without any one of its commands, or of the orders of its snapshots,
    /// it does not show the same. `false` only when the budget ran out before.
    pub is_minimal: bool,
    /// How many reruns it took.
    pub reruns: u64,
    /// How many commands were in them.
    pub commands: u64,
}
