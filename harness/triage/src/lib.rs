//! From many divergences to few bugs, each with the smallest flow that shows it; pure: no I/O, no
//! time, no threads, no engines.
//!
//! Whatever has to be run again is run by the caller, through a closure ([`Rerun`]): it works with
//! any session, also a slow one or one that dies.
//!
//! ```
//! use shadowbook_capture::Flow;
//! use shadowbook_compare::{Divergence, DivergenceKind, EventList};
//! use shadowbook_model::*;
//! use shadowbook_triage::{Budget, Shown, minimize};
//!
//! // In place of two engines: a candidate that says nothing of a cancel.
//! let mut rerun = |flow: &Flow| {
//!     let mut commands = flow.commands.iter();
//!     let position = commands.position(|command| matches!(command.action, Action::Cancel(_)));
//!     Ok(position.map(|position| Shown {
//!         position: Some(position),
//!         divergence: Divergence {
//!             seq: flow.commands[position].seq,
//!             instrument: InstrumentId(0),
//!             kind: DivergenceKind::MissingEvent,
//!             shape: "canceled.requested".to_owned(),
//!             command: Some(flow.commands[position]),
//!             reference: EventList::default(),
//!             candidate: EventList::default(),
//!             detail: None,
//!             is_disputed: false,
//!             disputed_orders: Vec::new(),
//!             equal_after: 0,
//!             shown_after: position as u64 + 1,
//!         },
//!         differences: Vec::new(),
//!         rule: None,
//!         phase: Phase::Continuous,
//!     }))
//! };
//! let order = |id| NewOrder::limit(OrderId(id), Side::Buy, Price(50_000), Quantity(20)).into();
//! let actions: [Action; 4] = [order(7), order(8), Action::Cancel(OrderId(8)), order(9)];
//! let commands = (1..).zip(actions).map(|(seq, action)| {
//!     Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), action)
//! });
//! let flow = Flow {
//!     instruments: vec![Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)],
//!     snapshots: Vec::new(),
//!     commands: commands.collect(),
//! };
//! let wanted = "missing-event/cancel/canceled.requested";
//! let example = minimize(flow, wanted, &[], Budget::default(), &mut rerun)?.expect("it shows");
//! assert_eq!(example.flow.commands.len(), 1);
//! # Ok::<(), shadowbook_triage::Stop>(())
//! ```

mod allow;
mod attributes;
mod bug;
mod canonical;
mod class;
mod cut;
mod encode;
mod essence;
mod faces;
mod fields;
mod found;
mod gather;
mod key;
mod lives;
mod minimize;
mod renumber;
mod rerun;
mod restored;
mod search;
mod shrink;
mod sorter;
mod transform;
mod variations;

pub use allow::{
    AllowContext, AllowEntry, AllowJudge, Allowlist, Date, DateError, EventName, EventReason,
    Pattern, PatternError, Predicate, PredicateError, Standing, UnknownEvent,
};
pub use bug::Bug;
pub use canonical::canonical;
pub use essence::Essence;
pub use key::Key;
pub use minimize::minimize;
pub use rerun::{Budget, GiveUp, Minimized, Rerun, Shown};
pub use search::Stop;
pub use sorter::{Root, Sorter, Sorting};
