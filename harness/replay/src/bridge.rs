//! What sessions give, in the form in which it is compared: comparing knows no sessions.

use shadowbook_compare::{Answers, CandidateFailure, DivergenceKind, StateDigests};
use shadowbook_session::{Checkpoint, Outcomes, SessionError};

/// The answers of a session to a batch, as they are compared.
#[must_use]
pub fn answers(outcomes: &Outcomes) -> Answers<'_> {
    Answers { events: outcomes.events(), ends: outcomes.ends() }
}

/// The state of an engine, as it is compared.
#[must_use]
pub fn digests(checkpoint: &Checkpoint) -> StateDigests<'_> {
    StateDigests { whole: checkpoint.digest, instruments: &checkpoint.instruments }
}

/// The end of a candidate, as a divergence says it.
#[must_use]
pub fn describe(failure: &SessionError) -> CandidateFailure {
    let shape = if failure.is_at_a_command() { "applying" } else { "showing-state" };
    let kind = match failure {
        SessionError::TimedOut { .. } => DivergenceKind::CandidateTimedOut,
        SessionError::Protocol { .. } => DivergenceKind::CandidateProtocol,
        _ => DivergenceKind::CandidateCrashed,
    };
    CandidateFailure { kind, shape: shape.to_owned(), detail: failure.to_string() }
}
