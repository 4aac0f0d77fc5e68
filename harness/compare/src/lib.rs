//! Events and books compared; pure: no I/O, no time, no threads.
//!
//! ```
//! use shadowbook_compare::{DivergenceKind, name_difference};
//! use shadowbook_model::{Event, OrderId};
//!
//! let accepted = [Event::Accepted { order: OrderId(101) }];
//! let (kind, shape) = name_difference(&accepted, &[]);
//! assert_eq!((kind, shape.as_str()), (DivergenceKind::MissingEvent, "accepted"));
//! ```

mod answers;
mod audit;
mod book;
mod comparer;
mod comparison;
mod coverage;
mod divergence;
mod events;
mod excerpt;
mod expected;
mod known;
mod orders;
mod progress;
mod recorded;
mod recording;
mod taint;
mod trades;

pub use answers::{Answers, StateDigests, Stretch};
pub use audit::{Audit, AuditOptions, AuditRule, Auditor, Breach, RuleSet, UnknownRule, shared};
pub use book::{BookDifference, Place, Queue, compare_books, name_book_difference};
pub use comparer::{AfterRoot, CandidateFailure, Comparer};
pub use comparison::Comparison;
pub use coverage::{
    Cell, Coverage, Impossible, ListError, Outcome, PhaseRow, impossible, impossible_list,
};
pub use divergence::{Divergence, DivergenceKind, EventList};
pub use events::{
    EVENT_NAMES, event_name, is_same_event, is_same_list, name_difference, orders_of,
};
pub use excerpt::{BookExcerpt, LevelExcerpt, excerpts, excerpts_of};
pub use expected::{Covered, Expected};
pub use orders::OrderSet;
pub use recorded::{Match, RecordedTally, match_events, match_fills};
pub use trades::{MappingBreak, TradeMaps};
