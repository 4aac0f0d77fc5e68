//! How a session fails.

use std::fmt;
use std::time::Duration;

use shadowbook_model::{InstrumentId, OrderId, RejectReason, Seq, SnapshotError, Unsupported};
use thiserror::Error;

/// Why a session gives no more answers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SessionError {
    /// The engine died.
    #[error("the engine crashed {activity} seq {seq}: {message}")]
    Crashed {
        /// The command that it was carrying out, or the last one before; 0 before the first.
        seq: Seq,
        /// What it was doing.
        activity: Activity,
        /// What it said last.
        message: String,
    },
    /// It did not answer in time.
    #[error("the engine did not answer seq {seq} within {limit:?}")]
    TimedOut {
        /// The command that it was given.
        seq: Seq,
        /// How long it may take.
        limit: Duration,
    },
    /// What it answered is no answer.
    #[error("the engine's answer to seq {seq} makes no sense: {problem}")]
    Protocol {
        /// The command that it was given.
        seq: Seq,
        /// What is wrong with the answer.
        problem: String,
    },
    /// It could not be started.
    #[error("the engine cannot be started: {0}")]
    NotStarted(String),
    /// It cannot show its book.
    #[error("the engine cannot show its state")]
    NoState,
    /// It cannot be set to a given state. Nothing was changed, and the session goes on.
    #[error("the engine cannot be set to a given state")]
    CannotRestore,
    /// It does not offer what the commands ask for that would bring it near a given state.
    #[error("the engine cannot be brought to a given state by commands: {0}")]
    CannotBeSent(Unsupported),
    /// It refused one of those commands.
    #[error(
        "the engine refused order {order} of instrument {instrument} when it was to be restored by commands: {reason}"
    )]
    Refused {
        /// The instrument.
        instrument: InstrumentId,
        /// The order.
        order: OrderId,
        /// What it said.
        reason: RejectReason,
    },
    /// It was set to a state, and shows another one.
    #[error("the engine was set to a state and shows another one of instrument {0}")]
    RestoredOtherwise(InstrumentId),
    /// What it was to be set to cannot be the state of any engine.
    #[error("no engine can be set to this state: {0}")]
    Unsound(SnapshotError),
}

/// What an engine was doing when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Carrying out the command.
    Applying,
    /// Showing its state after the command.
    ShowingState,
    /// Taking on a given state after the command.
    Restoring,
}

impl SessionError {
    /// The command at which it failed, if it failed at one.
    #[must_use]
    pub const fn seq(&self) -> Option<Seq> {
        match self {
            Self::Crashed { seq, .. } | Self::TimedOut { seq, .. } | Self::Protocol { seq, .. } => {
                Some(*seq)
            }
            Self::NotStarted(_)
            | Self::NoState
            | Self::CannotRestore
            | Self::CannotBeSent(_)
            | Self::Refused { .. }
            | Self::RestoredOtherwise(_)
            | Self::Unsound(_) => None,
        }
    }

    /// Whether it failed over a command rather than over its state.
    #[must_use]
    pub const fn is_at_a_command(&self) -> bool {
        match self {
            Self::Crashed { activity, .. } => matches!(activity, Activity::Applying),
            Self::TimedOut { .. } | Self::Protocol { .. } => true,
            Self::NotStarted(_)
            | Self::NoState
            | Self::CannotRestore
            | Self::CannotBeSent(_)
            | Self::Refused { .. }
            | Self::RestoredOtherwise(_)
            | Self::Unsound(_) => false,
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Applying => "at",
            Self::ShowingState => "when it was to show its state after",
            Self::Restoring => "when it was to take on a given state after",
        })
    }
}
