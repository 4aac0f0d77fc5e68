//! One run of one engine, however it is reached.
//!
//! Engines cannot fail; sessions can, and say at which command. Whoever drives a session decides
//! which commands of a batch it gets and where the state is digested, so that two sessions are
//! asked exactly the same whatever their speed.
//!
//! ```
//! use shadowbook_capture::Batch;
//! use shadowbook_model::{
//!     Capabilities, Command, Digest, DigestVisitor, Engine, Event, EventBuffer, Features,
//!     InstrumentId, NewOrder, OrderId, Price, Quantity, Seq, Side, StateVisitor, TimeNs,
//! };
//! use shadowbook_session::{InProcess, Outcomes, Session};
//!
//! /// Accepts everything and forgets it.
//! struct Careless;
//!
//! impl Engine for Careless {
//!     fn capabilities(&self) -> Capabilities {
//!         Capabilities { features: Features::ALL }
//!     }
//!     fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
//!         events.push(Event::Accepted { order: command.order().expect("only orders come") });
//!     }
//!     fn visit(&self, _: InstrumentId, _: &mut dyn StateVisitor) {}
//!     fn digest(&self, _: InstrumentId) -> Digest {
//!         DigestVisitor::new().finish()
//!     }
//! }
//!
//! let mut batch = Batch::new();
//! let bid = NewOrder::limit(OrderId(101), Side::Buy, Price(5), Quantity(9));
//! batch.push(Command::new(Seq(1), TimeNs(1), InstrumentId(0), bid));
//!
//! let mut session = InProcess::new(Careless, 1);
//! let mut outcomes = Outcomes::new();
//! session.apply(&batch, 0..1, &mut outcomes)?;
//! assert_eq!(outcomes.events_of(0), [Event::Accepted { order: OrderId(101) }]);
//! # Ok::<(), shadowbook_session::SessionError>(())
//! ```

mod commands;
mod error;
mod guard;
mod in_process;
mod outcomes;
mod restore;
mod subprocess;

use std::ops::Range;

use shadowbook_capture::Batch;
use shadowbook_model::{Capabilities, Digest, Instrument, InstrumentId, Snapshot};

pub use commands::{Commands, Loss, commands_for};
pub use error::{Activity, SessionError};
pub use guard::{guard, is_guarded};
pub use in_process::InProcess;
pub use outcomes::{Checkpoint, Outcomes};
pub use restore::{
    Manner, Restored, Sent, restore, restore_and_tell, restore_by_commands, restore_natively,
};
pub use subprocess::{Limits, Subprocess};

/// One run of one engine over one stream, front to back.
///
/// After an error a session answers nothing but that error.
pub trait Session: Send {
    /// What the engine offers.
    fn capabilities(&self) -> Capabilities;

    /// Whether [`Self::checkpoint`], [`Self::digest`] and [`Self::snapshot`] can be asked for.
    fn shows_state(&self) -> bool;

    /// Carries out these commands of the batch and appends their events, one list for each.
    ///
    /// Commands that production refused outside matching ([`Batch::external`]) are not sent;
    /// their list is empty.
    ///
    /// # Errors
    /// When the engine fails. The lists of the commands before it stand in `outcomes`.
    fn apply(
        &mut self,
        batch: &Batch,
        commands: Range<usize>,
        outcomes: &mut Outcomes,
    ) -> Result<(), SessionError>;

    /// Appends a checkpoint at this point of the stream.
    ///
    /// # Errors
    /// When the engine fails or cannot show its state.
    fn checkpoint(&mut self, scope: Scope, outcomes: &mut Outcomes) -> Result<(), SessionError>;

    /// The digest of one instrument's state.
    ///
    /// # Errors
    /// When the engine fails or cannot show its state.
    fn digest(&mut self, instrument: InstrumentId) -> Result<Digest, SessionError>;

    /// The state of one instrument.
    ///
    /// # Errors
    /// When the engine fails or cannot show its state.
    fn snapshot(&mut self, instrument: InstrumentId) -> Result<Snapshot, SessionError>;

    /// Sets the engine to these states, one for each instrument that is to have one. Whether it
    /// then shows them is for the caller to look at: see [`restore_natively`], and [`restore`] for
    /// engines that cannot.
    ///
    /// # Errors
    /// [`SessionError::CannotRestore`] when the engine does not offer it: the session is as before
    /// then. Any other when the engine fails or a snapshot is not sound.
    fn restore(
        &mut self,
        _instruments: &[Instrument],
        _snapshots: &[Snapshot],
    ) -> Result<(), SessionError> {
        Err(SessionError::CannotRestore)
    }
}

/// Of which instruments a checkpoint reads the state afresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Those that a command named since the last checkpoint; no other can have changed (rule U5).
    Touched,
    /// All of them, which is how an engine that breaks rule U5 is found out.
    All,
}
