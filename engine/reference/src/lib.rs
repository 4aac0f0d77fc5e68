//! The readable engine: the specification in code.
//!
//! Every rule of `MARKET_MODEL.md` stands where a reader of that document looks for it, and its id
//! stands beside it where the *why* needs it:
//!
//! | file | holds |
//! |---|---|
//! | `policy.rs` | every decision that can be got wrong, one small method each |
//! | `market.rs` | one instrument: expiries, cancels, phases |
//! | `entry.rs` | how a new order is judged and entered (O, P2, U7) |
//! | `replacement.rs` | how a live order is changed (C2–C7) |
//! | `matching.rs` | who trades with whom, at what price, and what becomes of the rest (M, S) |
//! | `book.rs`, `queue.rs`, `order.rs` | where live orders lie |
//!
//! # Invariants
//! - An order is in the book exactly when it is live, and then it can be found by its id.
//! - No level of the book is empty, and each queue is in order of its keys.
//! - What rests cannot trade: the book is neither crossed nor locked after a command (rule M6).
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

mod book;
mod entry;
mod market;
mod matching;
mod order;
mod policy;
mod queue;
mod replacement;

use shadowbook_model::{
    Capabilities, Command, Digest, DigestVisitor, Engine, EventBuffer, Feature, Features,
    Instrument, InstrumentId, StateVisitor,
};

use crate::market::Market;
pub use crate::policy::{Counted, Party, Policy, Remainder, Standard, Terms};

/// The market model, without what is not there yet.
const OFFERED: Features = Features::ALL.without(Features::of(&[
    Feature::Stop,
    Feature::StopLimit,
    Feature::TakeProfit,
    Feature::TakeProfitLimit,
    Feature::TrailingStop,
    Feature::TrailingStopLimit,
    Feature::DisplayQuantity,
    Feature::MinQuantity,
    Feature::Auction,
    Feature::ProRata,
]));

/// An engine that decides by `P`: by the rules, unless another policy is given.
#[derive(Clone, Debug)]
pub struct ReferenceEngine<P: Policy = Standard> {
    /// By [`InstrumentId`]; a command touches one of them only (rule U5).
    markets: Vec<Market<P>>,
}

impl ReferenceEngine {
    /// An engine for this table of instruments that follows the rules.
    ///
    /// # Panics
    /// When the table asks for what [`Engine::capabilities`] does not offer.
    #[must_use]
    pub fn new(instruments: &[Instrument]) -> Self {
        Self::with_policy(instruments, &Standard)
    }
}

impl<P: Policy> ReferenceEngine<P> {
    /// An engine for this table of instruments that decides by `policy`.
    ///
    /// # Panics
    /// When the table asks for what [`Engine::capabilities`] does not offer.
    #[must_use]
    pub fn with_policy(instruments: &[Instrument], policy: &P) -> Self {
        let markets = instruments.iter().map(|instrument| Market::new(instrument, policy.clone()));
        let engine = Self { markets: markets.collect() };
        if let Err(unsupported) = engine.capabilities().check(Features::of_instruments(instruments))
        {
            panic!("the table of instruments: {unsupported}");
        }
        engine
    }

    fn market(&self, instrument: InstrumentId) -> &Market<P> {
        self.markets.get(instrument.index()).expect("callers name instruments of the table")
    }
}

impl<P: Policy> Engine for ReferenceEngine<P> {
    fn capabilities(&self) -> Capabilities {
        Capabilities { features: OFFERED }
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        // Not in release: it is 3 % of the instructions here, and callers have looked already.
        debug_assert!(
            Features::of_command(command).without(OFFERED).is_empty(),
            "callers hold commands against the capabilities"
        );
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
}
