//! What a divergence is.

use std::fmt;

use shadowbook_model::{Command, Event, InstrumentId, OrderId, Seq};

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DivergenceKind {
    /// An event differs, or another event stands in its place.
    Events,
    /// The candidate leaves out an event.
    MissingEvent,
    /// The candidate has an event too many.
    ExtraEvent,
    /// The same events in another order.
    EventOrder,
    /// The same events so far, another state.
    State,
    /// A trade number was used for two trades (the mapping is not one-to-one).
    TradeMapping,
    /// The candidate died.
    CandidateCrashed,
    /// The candidate stopped answering.
    CandidateTimedOut,
    /// What the candidate answered is no answer.
    CandidateProtocol,
}

impl DivergenceKind {
    /// Whether the candidate gave no more answers from there on.
    #[must_use]
    pub const fn ends_the_candidate(self) -> bool {
        matches!(self, Self::CandidateCrashed | Self::CandidateTimedOut | Self::CandidateProtocol)
    }

    /// The name that reports and signatures use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::MissingEvent => "missing-event",
            Self::ExtraEvent => "extra-event",
            Self::EventOrder => "event-order",
            Self::State => "state",
            Self::TradeMapping => "trade-mapping",
            Self::CandidateCrashed => "candidate-crashed",
            Self::CandidateTimedOut => "candidate-timed-out",
            Self::CandidateProtocol => "candidate-protocol",
        }
    }
}

impl fmt::Display for DivergenceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A divergence that follows from no other: a root. What follows from it, see [`crate::AfterRoot`],
/// is derived and only counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The command at which it shows; for a difference of state that was not located yet, the
    /// last command before the checkpoint.
    pub seq: Seq,
    /// The instrument.
    pub instrument: InstrumentId,
    /// What kind of thing differs.
    pub kind: DivergenceKind,
    /// What the difference looks like, see [`Divergence::signature`].
    pub shape: String,
    /// The command at which it shows; `None` for a difference of state that is not located.
    pub command: Option<Command>,
    /// What the reference answered to that command.
    pub reference: EventList,
    /// What the candidate answered.
    pub candidate: EventList,
    /// A sentence of detail: the last words of a candidate that died, the numbers of a mapping
    /// that broke.
    pub detail: Option<String>,
    /// The reference and the recording already disagreed about an order of it.
    pub is_disputed: bool,
    /// For a divergence of state: the orders of the instrument, at most [`EventList::LIMIT`], about
    /// which the reference and the recording disagree. Which orders differ is known only when
    /// somebody looks at the books.
    pub disputed_orders: Vec<OrderId>,
    /// After how many commands of the stream the state of the instrument was last found equal.
    pub equal_after: u64,
    /// After how many commands of the stream it shows.
    pub shown_after: u64,
}

impl Divergence {
    /// Kind, command kind and shape: equal for divergences that look alike, stable across runs.
    ///
    /// For example `missing-event/new/fill`, `events/replace/fill.maker+price`,
    /// `state/cancel/queue-order`; `?` stands for a command that is not located.
    #[must_use]
    pub fn signature(&self) -> String {
        let command = self.command.as_ref().map_or("?", |command| command.kind().name());
        format!("{}/{command}/{}", self.kind, self.shape)
    }
}

/// The events of one command, cut off where a runaway engine would fill the memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventList {
    /// The first of them.
    pub events: Vec<Event>,
    /// How many there were beyond those.
    pub omitted: usize,
}

impl EventList {
    /// At most this many events of a list are kept.
    pub const LIMIT: usize = 1_000;
}

impl From<&[Event]> for EventList {
    fn from(events: &[Event]) -> Self {
        let kept = events.len().min(Self::LIMIT);
        Self { events: events[..kept].to_vec(), omitted: events.len() - kept }
    }
}
