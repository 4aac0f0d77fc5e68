//! The readable engine: the specification in code.
//!
//! Every rule of `MARKET_MODEL.md` stands where a reader of that document looks for it, and its id
//! stands beside it where the *why* needs it:
//!
//! | file | holds |
//! |---|---|
//! | `policy` | every decision that can be got wrong, one small method each |
//! | `market.rs` | one instrument: expiries, cancels, phases (P1, P2, P4, C1, C5) |
//! | `entry.rs` | how a new order is judged and entered (O, P2, U7) |
//! | `replacement.rs` | how a live order is changed (C2–C7, A1, A5, A6) |
//! | `matching.rs` | who trades with whom, at what price, and what becomes of the rest (M, O4) |
//! | `self_trade.rs` | what happens instead between orders of one account (ST, S1, S2) |
//! | `liquidity.rs` | how much could trade, counted beforehand (M5, O5, S3, A8) |
//! | `pro_rata.rs` | how a level is shared (M7) |
//! | `triggers.rs` | which orders that wait are triggered, and when (T, A4, A9) |
//! | `auction.rs`, `uncross_price.rs` | how an auction ends, and at what price (P3, P5, S4, A10, A11) |
//! | `restore.rs` | how an instrument is set to the state of a snapshot |
//! | `book.rs`, `queue.rs`, `untriggered.rs`, `order.rs` | where live orders lie |
//!
//! # Invariants
//! - A live order rests in the book or waits among the untriggered ones, never both, and can be
//!   found there by its id.
//! - No level of the book is empty, and each queue is in order of its keys.
//! - What rests cannot trade: the book is neither crossed nor locked after a command (rule M6),
//!   unless it is in an auction or was halted in one.
//! - An iceberg that rests has a slice above zero, which is no more than what is open of it.
//!
//! # Example
//! ```
//! use shadowbook_model::{
//!     Command, Engine, Event, EventBuffer, Increment, Instrument, InstrumentId, NewOrder,
//!     OrderId, Price, Quantity, Seq, Side, TimeNs,
//! };
//! use shadowbook_reference::ReferenceEngine;
//!
//! let instrument = Instrument::new("XBTUSD", Increment::ONE, Increment::ONE);
//! let mut engine = ReferenceEngine::new(&[instrument]);
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
//! // The maker's price, not the taker's (rule M2).
//! assert_eq!((fill.maker, fill.price, fill.quantity), (OrderId(1), Price(101), Quantity(2)));
//! assert_eq!(engine.snapshot(InstrumentId(0)).orders[0].open, Quantity(3));
//! ```

mod auction;
mod book;
mod entry;
mod liquidity;
mod market;
mod matching;
mod order;
mod policy;
mod pro_rata;
mod queue;
mod replacement;
mod restore;
mod self_trade;
mod triggers;
mod uncross_price;
mod untriggered;

use shadowbook_model::{
    CannotRestore, Capabilities, Command, Digest, DigestVisitor, Engine, EventBuffer, Features,
    Instrument, InstrumentId, SoundSnapshot, StateVisitor,
};

use crate::market::Market;
pub use crate::policy::{
    Candidates, Counted, Gone, Leftover, LookedAt, Party, Policy, Prices, Remainder, Standard,
    Surplus, Terms,
};

/// An engine that decides by `P`: by the rules, unless another policy is given.
#[derive(Clone, Debug)]
pub struct ReferenceEngine<P: Policy = Standard> {
    /// By [`InstrumentId`]; a command touches one of them only (rule U5).
    markets: Vec<Market<P>>,
}

impl ReferenceEngine {
    /// An engine for this table of instruments that follows the rules.
    #[must_use]
    pub fn new(instruments: &[Instrument]) -> Self {
        Self::with_policy(instruments, &Standard)
    }
}

impl<P: Policy> ReferenceEngine<P> {
    /// An engine for this table of instruments that decides by `policy`.
    #[must_use]
    pub fn with_policy(instruments: &[Instrument], policy: &P) -> Self {
        let markets = instruments.iter().map(|instrument| Market::new(instrument, policy.clone()));
        Self { markets: markets.collect() }
    }

    fn market(&self, instrument: InstrumentId) -> &Market<P> {
        self.markets.get(instrument.index()).expect("callers name instruments of the table")
    }
}

impl<P: Policy> Engine for ReferenceEngine<P> {
    fn capabilities(&self) -> Capabilities {
        Capabilities { features: Features::ALL }
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        self.markets
            .get_mut(command.instrument.index())
            .expect("callers name instruments of the table")
            .apply(command, events);
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        self.market(instrument).show(visitor);
    }

    fn digest(&self, instrument: InstrumentId) -> Digest {
        let mut visitor = DigestVisitor::new();
        self.market(instrument).show(&mut visitor);
        visitor.finish()
    }

    fn restore(&mut self, snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        self.markets
            .get_mut(snapshot.instrument.index())
            .expect("callers name instruments of the table")
            .restore(snapshot);
        Ok(())
    }
}
