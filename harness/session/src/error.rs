//! How a session fails.

use std::fmt;

use shadowbook_model::Seq;
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
    /// It cannot show its book.
    #[error("the engine cannot show its state")]
    NoState,
}

/// What an engine was doing when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// Carrying out the command.
    Applying,
    /// Showing its state after the command.
    ShowingState,
}

impl SessionError {
    /// The command at which it failed, if it failed at one.
    #[must_use]
    pub const fn seq(&self) -> Option<Seq> {
        match self {
            Self::Crashed { seq, .. } => Some(*seq),
            Self::NoState => None,
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Applying => "at",
            Self::ShowingState => "when it was to show its state after",
        })
    }
}
