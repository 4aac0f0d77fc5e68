//! Two sessions driven side by side over one capture.
//!
//! [`diff`] reads a stream once and gives every command to both sessions, each on a thread of its
//! own; a third thread decodes ahead and the calling thread compares. The queues between them are
//! bounded, so that memory stays constant however long the stream is. Alignment is by input
//! sequence only: the result does not depend on threads, cores or timing. When something
//! diverged, the stream is replayed to find the command at which the books parted, and what they
//! held before and after it.
//!
//! [`run`] drives one session alone, the same way.
//!
//! ```
//! use shadowbook_capture::{Batch, ReadError, Source};
//! use shadowbook_model::{
//!     Capabilities, Command, Digest, DigestVisitor, Engine, Event, EventBuffer, Features,
//!     Increment, Instrument, InstrumentId, NewOrder, OrderId, Price, Quantity, Seq, Side,
//!     StateVisitor, TimeNs,
//! };
//! use shadowbook_replay::{DiffOptions, Setup, diff};
//! use shadowbook_session::InProcess;
//!
//! /// Accepts every order, or forgets to say so.
//! struct Toy { is_silent: bool }
//!
//! impl Engine for Toy {
//!     fn capabilities(&self) -> Capabilities {
//!         Capabilities { features: Features::ALL }
//!     }
//!     fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
//!         if let (false, Some(order)) = (self.is_silent, command.order()) {
//!             events.push(Event::Accepted { order });
//!         }
//!     }
//!     fn visit(&self, _: InstrumentId, _: &mut dyn StateVisitor) {}
//!     fn digest(&self, _: InstrumentId) -> Digest {
//!         DigestVisitor::new().finish()
//!     }
//! }
//!
//! /// A stream of one order.
//! struct OneOrder { instruments: Vec<Instrument>, is_read: bool }
//!
//! impl Source for OneOrder {
//!     fn instruments(&self) -> &[Instrument] {
//!         &self.instruments
//!     }
//!     fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
//!         batch.clear();
//!         let bid = NewOrder::limit(OrderId(101), Side::Buy, Price(5), Quantity(9));
//!         batch.push(Command::new(Seq(1), TimeNs(1), InstrumentId(0), bid));
//!         Ok(!std::mem::replace(&mut self.is_read, true))
//!     }
//! }
//!
//! let mut open = || {
//!     let instruments = vec![Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)];
//!     Ok(Setup {
//!         source: Box::new(OneOrder { instruments, is_read: false }),
//!         reference: Box::new(InProcess::new(Toy { is_silent: false }, 1)),
//!         candidate: Box::new(InProcess::new(Toy { is_silent: true }, 1)),
//!     })
//! };
//! let result = diff(&mut open, &DiffOptions::default(), &mut |_| {})?;
//! assert_eq!(result.findings[0].divergence.signature(), "missing-event/new/accepted");
//! # Ok::<(), Box<shadowbook_replay::BrokenOff>>(())
//! ```

mod around;
mod audit;
mod begin;
mod bridge;
mod capabilities;
mod diff;
mod error;
mod explain;
mod investigate;
mod locate;
mod pipeline;
mod rerun;
mod run;
mod walk;

use std::num::NonZeroU64;

use shadowbook_capture::Source;
use shadowbook_compare::{
    AfterRoot, AuditOptions, BookDifference, BookExcerpt, Comparison, Divergence,
};
use shadowbook_model::{Command, Instrument};
use shadowbook_session::Session;
use shadowbook_triage::{Allowlist, Bug};

pub use around::{
    Answer, BookView, Focus, NoSuchSeq, OpenStage, Scene, Spot, Stage, Stretch, find,
    next_difference, scenes,
};
pub use audit::{AuditResult, Breaches};
pub use begin::Beginning;
pub use bridge::{answers, describe, digests};
pub use capabilities::{Demand, MissingFeature, check_capabilities};
pub use diff::diff;
pub use error::{BrokenOff, DiffError, RunError};
pub use investigate::{Effort, Means, investigate};
pub use rerun::{MakePair, SessionPair, rerun};
pub use run::{RunOptions, RunResult, run, run_on};

/// After how many commands the states are compared, unless the options say otherwise.
pub const CHECKPOINT_EVERY: NonZeroU64 = NonZeroU64::new(10_000).expect("it is not zero");

/// A stream from its beginning, and two sessions that have seen nothing yet.
pub struct Setup<'a> {
    /// The stream.
    pub source: Box<dyn Source + Send + 'a>,
    /// The engine in production.
    pub reference: Box<dyn Session + 'a>,
    /// The engine that is to replace it.
    pub candidate: Box<dyn Session + 'a>,
}

/// How [`diff`] goes about it. Only `checkpoint_every`, `list_limit`, `resync` and `allow` show in
/// the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffOptions {
    /// After how many commands of the stream the states are compared; at the end they always are.
    pub checkpoint_every: NonZeroU64,
    /// How many batches may wait in each queue.
    pub queue_depth: usize,
    /// How many roots are listed; the others are counted.
    pub list_limit: usize,
    /// Whether to replay once more, when something diverged, for the books and the exact command.
    pub explain: bool,
    /// How many levels of each side the books show.
    pub levels: usize,
    /// How both engines are audited; `None`: not at all.
    pub audit: Option<AuditOptions>,
    /// What is done after a root.
    pub resync: Resync,
    /// Which divergences are expected.
    pub allow: Allowlist,
}

/// What is done about an instrument after a root on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resync {
    /// Nothing: whatever differs on it later is derived.
    Stop,
    /// The candidate's book of it is set from the reference's, and compared on.
    #[default]
    Restore,
    /// It is compared on as it is: what touches an order or an account of a root is derived,
    /// what does not is a root of its own.
    Continue,
}

impl Resync {
    /// What the first look at a stream makes of an instrument after a root. Where books are set
    /// right, a second look finds the roots that follow.
    const fn after_root(self) -> AfterRoot {
        match self {
            Self::Stop | Self::Restore => AfterRoot::Stop,
            Self::Continue => AfterRoot::Continue,
        }
    }
}

impl Default for DiffOptions {
    fn default() -> Self {
        Self {
            checkpoint_every: CHECKPOINT_EVERY,
            queue_depth: 4,
            list_limit: 100,
            explain: true,
            levels: 5,
            audit: Some(AuditOptions::default()),
            resync: Resync::default(),
            allow: Allowlist::default(),
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many commands were compared.
    pub commands: u64,
    /// How many roots there are so far.
    pub roots: u64,
}

/// What [`diff`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiffResult {
    /// The instruments that ids in it stand for.
    pub instruments: Vec<Instrument>,
    /// The counts. Its list of divergences has moved to `findings`.
    pub comparison: Comparison,
    /// The listed roots, covered ones too, by `seq`, then instrument.
    pub findings: Vec<Finding>,
    /// Whether books were compared, or only events because a session cannot show its book.
    pub is_state_checked: bool,
    /// How both engines came to what the stream begins with; `None` when that is nothing.
    pub restored: Option<Beginning>,
    /// What the auditor made of both engines, if it was asked.
    pub audit: Option<AuditResult>,
    /// How often the candidate's book of an instrument was set from the reference's.
    pub resyncs: u64,
    /// What the roots come down to, by the first root of each.
    pub bugs: Vec<Bug>,
    /// What the second look took; `None` when there was none.
    pub effort: Option<Effort>,
}

/// A root divergence with what a second look at it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The divergence. One of state names the exact command, when that was found.
    pub divergence: Divergence,
    /// The books around that command, unless nobody looked or a session cannot show them.
    pub books: Option<Books>,
    /// Where the books parted, if they had parted before that command.
    pub origin: Option<Origin>,
    /// Which bug it is, by its place in [`DiffResult::bugs`], if that is known.
    pub bug: Option<usize>,
    /// Which entry of the allowlist covers it, by its place there. Such a root is not among the
    /// roots of the comparison: it is counted in [`Comparison::covered`].
    pub allowed: Option<usize>,
}

/// The command after which two books were no longer the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The command.
    pub command: Command,
    /// The books around it.
    pub books: Books,
}

/// The books of one instrument in both engines, before and after a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Books {
    /// Before.
    pub before: BookPair,
    /// After; there is none when the candidate died of the command.
    pub after: Option<BookPair>,
}

/// Parts of two books and how the whole books differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookPair {
    /// Of the reference.
    pub reference: BookExcerpt,
    /// Of the candidate.
    pub candidate: BookExcerpt,
    /// How the whole books differ, the first of them.
    pub differences: Vec<BookDifference>,
    /// How many differences follow those.
    pub omitted: usize,
}
