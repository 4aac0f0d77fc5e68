//! Verdicts as text and JSON, from one list of findings. A report decides nothing: [`decide`] does.
//!
//! ```
//! use shadowbook_report::{DecisionOptions, Facts, Outcome, decide};
//!
//! let facts = Facts { commands: 1_000, is_state_checked: true, ..Facts::default() };
//! let decision = decide(&facts, &DecisionOptions::default());
//! assert_eq!((decision.verdict, decision.exit_code), (Outcome::Pass, 0));
//! ```

mod allowed;
mod audit;
mod books;
mod bugs;
pub mod coverage;
mod decide;
mod describe;
mod example;
mod latency;
mod page;
mod reading;
mod report;
pub mod scene;
mod share;
pub mod terminal;
mod verdict;

pub use allowed::{AllowEntryReport, AllowedEntry};
pub use audit::{AuditEntry, BreachEntry, OffEntry};
pub use bugs::{BugEntry, ExampleEntry, ExamplePaths};
pub use coverage::CoverageEntry;
pub use decide::{
    CandidateEnd, Decision, DecisionOptions, Facts, Failure, Outcome, Place, Stopped, UnusedAllow,
    decide,
};
pub use describe::book_difference;
pub use example::{Provenance, example_jsonl, example_scenario};
pub use latency::{
    BaselineEntry, Counted, CountedKind, DetailsEntry, Difference, FunctionalEntry, Instructions,
    LatencyReport, Outside, PacedEntry, RoundTrips, StretchEntry,
};
pub use reading::reading;
pub use report::{Report, RunInfo};
pub use share::{Share, ShareError};
pub use verdict::{
    CaptureEntry, DivergenceEntry, DivergencesEntry, EngineEntry, Minimized, OriginEntry,
    RecordedEntry, RestoredEntry, RunEntry, StateChecked, StateEntry, TornEntry, Verdict,
};
