//! A candidate that gives no more answers, and trade numbers that are used twice.

use shadowbook_compare::DivergenceKind;

use super::facts::Facts;

/// How the candidate ends, and at what.
pub(super) fn end(facts: &Facts<'_>) -> String {
    let ends = match facts.shown.divergence.kind {
        DivergenceKind::CandidateTimedOut => "does not come back",
        DivergenceKind::CandidateProtocol => "answers with what is no answer",
        _ => "dies",
    };
    format!("the candidate {ends} when {}", facts.happens())
}

/// A trade number that stands for two trades.
pub(super) fn trade_number(facts: &Facts<'_>) -> String {
    let detail = facts.shown.divergence.detail.as_deref().and_then(|detail| detail.lines().next());
    let detail = detail.map_or_else(String::new, |detail| format!(": {detail}"));
    format!("the candidate's trade numbers do not map one to one when {}{detail}", facts.happens())
}
