//! The reference engine with named defects: what a harness must be able to see.
//!
//! Each defect was found in a real matching engine, or is one that such engines have. A harness
//! that certifies one of them would certify a broken engine, so a comparison is proven by setting
//! each of them as the candidate and seeing it caught.
//!
//! | file | holds |
//! |---|---|
//! | `defect.rs` | the names, and what is wrong in one line each |
//! | `defects.rs` | several of them in one engine |
//! | `planted.rs` | since when an engine has them |
//! | `wrong.rs` | those that decide one thing wrongly, through the reference's `Policy` |
//! | `around.rs` | those that lie around a right engine: what it reports, whether it lives |
//! | `slow.rs` | those of time alone, and engines that are slow by any dose |
//! | `deadly.rs` | the flows of which one dies |
//!
//! # Example
//! ```
//! use shadowbook_faulty::Defect;
//! use shadowbook_model::{
//!     Command, Engine, Event, EventBuffer, Increment, Instrument, InstrumentId, NewOrder,
//!     OrderId, Price, Quantity, Seq, Side, TimeNs,
//! };
//!
//! let defect: Defect = "taker-price".parse().unwrap();
//! let mut engine = defect.create(&[Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)]);
//! let mut events = EventBuffer::new();
//! let orders = [
//!     NewOrder::limit(OrderId(1), Side::Sell, Price(101), Quantity(5)),
//!     NewOrder::limit(OrderId(2), Side::Buy, Price(103), Quantity(2)),
//! ];
//! for (seq, order) in (1..).zip(orders) {
//!     let command = Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), order);
//!     engine.apply(&command, &mut events);
//! }
//! let Some(Event::Fill(fill)) = events.as_slice().last() else { panic!("they trade") };
//! // Wrong, as it is meant to be: the maker asked 101.
//! assert_eq!(fill.price, Price(103));
//! ```

mod around;
mod deadly;
mod defect;
mod defects;
mod planted;
mod slow;
mod wrong;

use shadowbook_model::{Engine, Instrument};

pub use crate::defect::{Defect, Kind, UnknownDefect};
pub use crate::defects::Defects;
pub use crate::planted::{NotPlanted, Planted};
pub use crate::slow::{Slowed, Slowness};

impl Defect {
    /// An engine for this table of instruments that has this defect and no other.
    ///
    /// An engine of [`Kind::Process`] may not come back from one of its commands.
    #[must_use]
    pub fn create(self, instruments: &[Instrument]) -> Box<dyn Engine + Send> {
        Defects::from(self).create(instruments)
    }
}
