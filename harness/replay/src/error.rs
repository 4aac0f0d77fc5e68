//! Why a run ends before its stream.

use shadowbook_capture::ReadError;
use shadowbook_session::SessionError;
use thiserror::Error;

use crate::DiffResult;

/// A run that ended before its stream.
#[derive(Debug, Error)]
#[error("{error}")]
pub struct BrokenOff {
    /// Why.
    #[source]
    pub error: DiffError,
    /// What was found before that.
    pub result: DiffResult,
}

impl From<DiffError> for Box<BrokenOff> {
    /// A run that could not even begin.
    fn from(error: DiffError) -> Self {
        Self::new(BrokenOff { error, result: DiffResult::default() })
    }
}

/// Why [`crate::diff`] ended before its stream.
#[derive(Debug, Error)]
pub enum DiffError {
    /// The stream is damaged or cannot be read.
    #[error("cannot read the capture: {0}")]
    Input(#[from] ReadError),
    /// The reference failed, so that there is nothing to hold the candidate against.
    #[error("the reference failed: {0}")]
    Reference(#[source] SessionError),
    /// The candidate could not be started. One that fails later is a divergence.
    #[error("the candidate failed: {0}")]
    Candidate(#[source] SessionError),
}

/// Why [`crate::run`] ends before its stream.
#[derive(Debug, Error)]
pub enum RunError {
    /// The stream is damaged or cannot be read.
    #[error("cannot read the capture: {0}")]
    Input(#[from] ReadError),
    /// The session failed.
    #[error(transparent)]
    Session(#[from] SessionError),
}
