//! What is wrong, in one sentence of plain English.
//!
//! A sentence says what the candidate does that the reference does not, and where the flow tells,
//! why the reference is right. It says only what follows from the two answers, the books and what
//! the flow says of orders that no replacement has touched: before the diverging command the books
//! are the same, so that an order that trades in one of them is live in both.

mod books;
mod ends;
mod events;
mod facts;
mod precedence;
mod why;
mod words;

use shadowbook_compare::DivergenceKind;
use shadowbook_triage::Minimized;

use facts::Facts;

/// What is wrong with the candidate, in a sentence without a full stop.
#[must_use]
pub fn reading(minimized: &Minimized) -> String {
    let Some(facts) = Facts::of(&minimized.flow, &minimized.shown) else {
        return format!("the candidate diverges: {}", minimized.shown.divergence.signature());
    };
    match minimized.shown.divergence.kind {
        DivergenceKind::CandidateCrashed
        | DivergenceKind::CandidateTimedOut
        | DivergenceKind::CandidateProtocol => ends::end(&facts),
        DivergenceKind::TradeMapping => ends::trade_number(&facts),
        DivergenceKind::State => books::state(&facts),
        DivergenceKind::Events
        | DivergenceKind::MissingEvent
        | DivergenceKind::ExtraEvent
        | DivergenceKind::EventOrder => events::answer(&facts),
    }
}
