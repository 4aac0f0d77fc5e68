//! The verdict file, schema `shadowbook/verdict/1`. Fields are only ever added.

use serde::Serialize;
use serde_json::value::RawValue;
use shadowbook_capture::file::TornTail;
use shadowbook_replay::Beginning;

use crate::allowed::AllowedEntry;
use crate::audit::AuditEntry;
use crate::bugs::BugEntry;
use crate::coverage::CoverageEntry;
use crate::decide::Outcome;

/// A verdict as machines read it. Only `latency` and `run` may differ from run to run.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    /// `shadowbook/verdict/1`.
    pub schema: &'static str,
    /// What the run comes to.
    pub verdict: Outcome,
    /// The exit code that says the same.
    pub exit_code: u8,
    /// What was replayed.
    pub capture: CaptureEntry,
    /// The engine in production.
    pub reference: EngineEntry,
    /// The engine that is to replace it.
    pub candidate: EngineEntry,
    /// The reference against the recording.
    pub recorded: RecordedEntry,
    /// Where the engines diverge.
    pub divergences: DivergencesEntry,
    /// How books were compared.
    pub state: StateEntry,
    /// How both engines came to the snapshot that the run began with; `null` when there was none.
    pub restored: Option<RestoredEntry>,
    /// The latency verdict; not part of a functional run.
    pub latency: Option<Box<RawValue>>,
    /// How long it took.
    pub run: RunEntry,
    /// Why the verdict is no pass, the weightiest reason first.
    pub reasons: Vec<String>,
    /// What the user was told and accepted: it does not change the verdict.
    pub warnings: Vec<String>,
    /// What the auditor made of both engines; `null` when it was not asked.
    pub audit: Option<AuditEntry>,
    /// What the capture exercised of the market model, as the reference answered it.
    pub coverage: Option<CoverageEntry>,
    /// What was expected to diverge, and does.
    pub allowed: AllowedEntry,
    /// What the divergences come down to, by the first root of each.
    pub bugs: Vec<BugEntry>,
}

/// What was replayed.
#[derive(Clone, Debug, Serialize)]
pub struct CaptureEntry {
    /// As it was named.
    pub path: String,
    /// Of its logical content.
    pub digest: String,
    /// How many commands.
    pub commands: u64,
    /// How many instruments.
    pub instruments: u64,
    /// Where it ends early; `null` for a whole one.
    pub torn: Option<TornEntry>,
}

/// A capture ends early, because its writer was killed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TornEntry {
    /// The first byte that could not be used.
    pub offset: u64,
    /// How many bytes from there to the end.
    pub bytes: u64,
    /// Why they could not be used.
    pub reason: String,
}

impl TornEntry {
    /// The same in words about the capture of this name.
    #[must_use]
    pub fn describe(&self, capture: &str) -> String {
        let Self { offset, bytes, reason } = self;
        format!(
            "{capture} ends early: {bytes} bytes from offset {offset} on cannot be used ({reason})"
        )
    }
}

impl From<&TornTail> for TornEntry {
    fn from(torn: &TornTail) -> Self {
        Self { offset: torn.offset, bytes: torn.bytes, reason: torn.reason.clone() }
    }
}

/// An engine.
#[derive(Clone, Debug, Serialize)]
pub struct EngineEntry {
    /// As it was named.
    pub engine: String,
}

/// The reference against the recording. The first four are disjoint.
#[derive(Clone, Debug, Serialize)]
pub struct RecordedEntry {
    /// Same makers, prices and quantities, in the same order.
    pub exact: u64,
    /// Same quantity at each price.
    pub price_quantity: u64,
    /// Anything else.
    pub different: u64,
    /// The recording cannot be checked.
    pub unchecked: u64,
    /// Of these, those that touch an order from before the recording.
    pub via_seed: u64,
    /// Commands that an importer added.
    pub corrections: u64,
    /// Commands that production refused outside matching.
    pub external: u64,
}

/// Where the engines diverge.
#[derive(Clone, Debug, Serialize)]
pub struct DivergencesEntry {
    /// Divergences that follow from no other, allowed ones left out.
    pub roots: u64,
    /// What followed from them.
    pub derived: u64,
    /// How often the candidate's book of an instrument was set from the reference's.
    pub resyncs: u64,
    /// The first roots, allowed ones left out.
    pub list: Vec<DivergenceEntry>,
    /// Roots on orders about which reference and recording already disagree.
    pub disputed: u64,
    /// Trades whose numbers jump about too much to be mapped.
    pub unchecked_trades: u64,
}

/// One root divergence. Commands and events have their JSON-lines shape.
#[derive(Clone, Debug, Serialize)]
pub struct DivergenceEntry {
    /// The command; of a difference of state that was not located, the last before the checkpoint.
    pub seq: u64,
    /// The instrument's symbol.
    pub instrument: String,
    /// What kind of thing differs.
    pub kind: &'static str,
    /// Equal for divergences that look alike.
    pub signature: String,
    /// The command; `null` for a difference of state that was not located.
    pub command: Option<Box<RawValue>>,
    /// What the reference answered, at most the first thousand events.
    pub reference: Vec<Box<RawValue>>,
    /// What the candidate answered, at most the first thousand events.
    pub candidate: Vec<Box<RawValue>>,
    /// A smaller capture with the same divergence, when one was made.
    pub minimized: Option<Minimized>,
    /// Reference and recording already disagree about an order of it.
    pub disputed: bool,
    /// The last words of a candidate that died, the numbers of a mapping that broke.
    pub detail: Option<String>,
    /// The command after which the books parted, when that was before this one.
    pub origin: Option<OriginEntry>,
    /// How the books differ after the command, in words, the first of them.
    pub book_differences: Vec<String>,
    /// The number of the bug that it is explained by, if that is known.
    pub bug: Option<usize>,
}

/// The command after which two books parted.
#[derive(Clone, Debug, Serialize)]
pub struct OriginEntry {
    /// Its place.
    pub seq: u64,
    /// The command.
    pub command: Box<RawValue>,
    /// How the books differ after it, in words, the first of them.
    pub book_differences: Vec<String>,
}

/// A smaller capture.
#[derive(Clone, Debug, Serialize)]
pub struct Minimized {
    /// How many commands it has.
    pub commands: u64,
    /// Where it is.
    pub path: String,
}

/// Whether books were compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StateChecked {
    /// At every checkpoint, over every order.
    Full,
    /// An engine cannot show its book.
    EventsOnly,
}

/// How books were compared.
#[derive(Clone, Debug, Serialize)]
pub struct StateEntry {
    /// Whether they were.
    pub checked: StateChecked,
    /// How often.
    pub checkpoints: u64,
    /// How often the two engines' states differed.
    pub mismatches: u64,
    /// The reference's state at the end.
    pub final_digest: Option<String>,
}

/// How both engines came to what the run began with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestoredEntry {
    /// The snapshot as it was named; `null` when the capture itself begins with it.
    pub snapshot: Option<String>,
    /// How many live orders it has.
    pub orders: u64,
    /// `natively` or `by-commands`.
    pub reference: &'static str,
    /// `natively` or `by-commands`.
    pub candidate: &'static str,
    /// What of it was lost in both engines, in words.
    pub lost: Vec<String>,
}

impl From<&Beginning> for RestoredEntry {
    fn from(beginning: &Beginning) -> Self {
        Self {
            snapshot: None,
            orders: beginning.orders,
            reference: beginning.reference.name(),
            candidate: beginning.candidate.name(),
            lost: beginning.lost.iter().map(ToString::to_string).collect(),
        }
    }
}

/// How long it took.
#[derive(Clone, Debug, Serialize)]
pub struct RunEntry {
    /// From the first command to the verdict.
    pub seconds: f64,
    /// Rounded down.
    pub commands_per_second: u64,
    /// What time kept the run from doing: it does not touch the verdict.
    pub notes: Vec<String>,
}

impl Verdict {
    /// The verdict file: indented JSON that ends with a newline.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut json =
            serde_json::to_string_pretty(self).expect("strings and numbers can be written");
        json.push('\n');
        json
    }
}
