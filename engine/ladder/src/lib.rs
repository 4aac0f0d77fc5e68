//! The fast engine, written independently of the reference.
//!
//! It keeps an order in one cache line and finds it by id in an eight-byte table entry; it keeps
//! a queue as links between orders, and price levels as a list under a tree of bitmaps, so that
//! memory follows what rests, wherever in `i64` the prices lie. What few orders have lies apart: one
//! byte of an order says whether there is more to it than a limit that shows all of itself. Orders
//! that wait for a trigger stand under a tree of sums, so that a new last trade price is one look.
//! Nothing is shared between instruments, and nothing is allocated once the arrays have grown to
//! what the stream needs.
//!
//! ```
//! use shadowbook_ladder::LadderEngine;
//! use shadowbook_model::{
//!     Command, Engine, Event, EventBuffer, Increment, Instrument, InstrumentId, NewOrder, OrderId,
//!     Price, Quantity, Seq, Side, TimeNs,
//! };
//!
//! let table = [Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)];
//! let mut engine = LadderEngine::new(&table);
//! let mut events = EventBuffer::new();
//! let orders = [
//!     NewOrder::limit(OrderId(1), Side::Sell, Price(430_001), Quantity(50)),
//!     NewOrder::market(OrderId(2), Side::Buy, Quantity(20)),
//! ];
//! for (seq, order) in (1..).zip(orders) {
//!     events.clear();
//!     engine.apply(&Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), order), &mut events);
//! }
//! assert!(matches!(events.as_slice(), [Event::Accepted { .. }, Event::Fill(fill)]
//!     if fill.maker == OrderId(1) && fill.maker_open == Quantity(30)));
//! ```

mod amend;
mod arrive;
mod auction;
mod auction_price;
mod book;
mod engine;
mod enter;
mod expiry;
mod iceberg;
mod ids;
mod ladder;
mod liquidity;
mod order;
mod owners;
mod pro_rata;
mod queue;
mod ranks;
mod restore;
mod rules;
mod slab;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod traits;
mod trend;
mod trigger;
mod waiting;
mod walk;

pub use engine::LadderEngine;
