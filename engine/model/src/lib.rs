//! What a matching engine is, in types: commands go in, events come out, and the whole state can
//! be looked at order by order.
//!
//! This crate knows no engine and does no I/O. Everything else in the workspace knows it.
//!
//! ```
//! use shadowbook_model::{Command, InstrumentId, NewOrder, OrderId, Price, Quantity, Seq, Side, TimeNs};
//!
//! let bid = NewOrder::limit(OrderId(101), Side::Buy, Price(430_001), Quantity(50));
//! let command = Command::new(Seq(1), TimeNs(1_000), InstrumentId(0), bid);
//! assert_eq!(command.order(), Some(OrderId(101)));
//! ```

mod command;
mod decimal;
mod digest;
mod engine;
mod event;
mod feature;
mod instrument;
mod named;
mod order;
mod soundness;
mod state;
mod units;

pub use command::{Action, Command, CommandKind, Conditions, MassCancel, NewOrder, Replace};
pub use decimal::{DecimalError, Increment};
pub use digest::{Digest, DigestVisitor, combine};
pub use engine::{CannotRestore, Engine, EventBuffer};
pub use event::{CancelReason, Event, Fill, RejectReason};
pub use feature::{Capabilities, Feature, Features, Unsupported};
pub use instrument::{Instrument, Matching, Phase};
pub use named::UnknownName;
pub use order::{OrderType, SelfTrade, Side, TimeInForce};
pub use soundness::{OrderProblem, SnapshotError, SoundSnapshot};
pub use state::{
    InstrumentState, OrderState, PlainOrder, Snapshot, StateVisitor, TriggerState, Visibility,
};
pub use units::{
    AccountId, Arrival, InstrumentId, OrderId, Price, PriceOffset, Quantity, Seq, TimeNs, TradeId,
    Volume,
};
