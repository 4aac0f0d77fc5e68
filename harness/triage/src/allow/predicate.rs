//! Which divergences are meant.

use std::fmt;
use std::str::FromStr;

use shadowbook_compare::{Divergence, EVENT_NAMES, event_name, is_same_event};
use shadowbook_model::{Action, CancelReason, Event, OrderType, RejectReason, Seq, UnknownName};
use thiserror::Error;

use super::{AllowContext, Pattern};

/// Longer lists are held against each other by their beginnings and ends only.
const SEARCH_LIMIT: usize = 512;

/// What a divergence must be to be meant: all of what is said holds of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Predicate {
    /// What its signature looks like.
    pub signature: Option<Pattern>,
    /// The symbol of its instrument.
    pub instrument: Option<String>,
    /// The type of the order that its command names.
    pub order_type: Option<OrderType>,
    /// The one type of all events in which the two lists differ.
    pub event: Option<EventName>,
    /// A reason that one of the events gives in which the two lists differ.
    pub event_reason: Option<EventReason>,
    /// The first `seq`.
    pub seq_from: Option<Seq>,
    /// The last `seq`.
    pub seq_to: Option<Seq>,
}

/// A predicate that no careful person writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PredicateError {
    /// A range of `seq` covers whatever happens in it.
    #[error("covers everything: say one of signature, instrument, order_type, event, event_reason")]
    Everything,
    /// The range is empty.
    #[error("seq_from is after seq_to")]
    EmptyRange,
    /// The signature is that of a candidate that ended.
    #[error("signature: a candidate that dies, hangs or breaks the protocol cannot be allowed")]
    DeadCandidate,
}

impl Predicate {
    /// Whether it is narrow enough to be taken.
    ///
    /// # Errors
    /// When it is not, or when it can cover nothing.
    pub fn check(&self) -> Result<(), PredicateError> {
        let Self { signature, instrument, order_type, event, event_reason, seq_from, seq_to } =
            self;
        if signature.as_ref().is_some_and(|pattern| pattern.to_string().starts_with("candidate-")) {
            return Err(PredicateError::DeadCandidate);
        }
        if let (Some(from), Some(to)) = (seq_from, seq_to)
            && from > to
        {
            return Err(PredicateError::EmptyRange);
        }
        let is_narrow = signature.is_some()
            || instrument.is_some()
            || order_type.is_some()
            || event.is_some()
            || event_reason.is_some();
        if is_narrow { Ok(()) } else { Err(PredicateError::Everything) }
    }

    /// Whether this divergence is meant. Never is one that ends the candidate.
    #[must_use]
    pub fn covers(&self, divergence: &Divergence, context: &AllowContext<'_>) -> bool {
        !divergence.kind.ends_the_candidate()
            && self.seq_from.is_none_or(|from| from <= divergence.seq)
            && self.seq_to.is_none_or(|to| divergence.seq <= to)
            && self.instrument.as_ref().is_none_or(|symbol| symbol == context.instrument)
            && self.covers_order_type(divergence, context)
            && self
                .signature
                .as_ref()
                .is_none_or(|pattern| pattern.matches(&divergence.signature()))
            && self.covers_events(divergence)
    }

    fn covers_order_type(&self, divergence: &Divergence, context: &AllowContext<'_>) -> bool {
        let Some(wanted) = self.order_type else { return true };
        let entered = divergence.command.as_ref().and_then(|command| match &command.action {
            Action::New(new) => Some(new.order_type),
            _ => None,
        });
        entered.or(context.order_type) == Some(wanted)
    }

    /// Lists that were cut off may differ in anything.
    fn covers_events(&self, divergence: &Divergence) -> bool {
        if self.event.is_none() && self.event_reason.is_none() {
            return true;
        }
        let (ours, theirs) = (&divergence.reference, &divergence.candidate);
        let differing = differing(&ours.events, &theirs.events);
        ours.omitted == 0
            && theirs.omitted == 0
            && !differing.is_empty()
            && self.event.is_none_or(|name| differing.iter().all(|event| name.is_of(event)))
            && self
                .event_reason
                .is_none_or(|reason| differing.iter().any(|event| reason.is_of(event)))
    }
}

/// The events of either list that the other one does not have; where there are none such, because
/// the same events stand in another order, all between what both begin and end with.
fn differing<'a>(reference: &'a [Event], candidate: &'a [Event]) -> Vec<&'a Event> {
    let is_same = |(a, b): &(&Event, &Event)| is_same_event(a, b);
    let head = reference.iter().zip(candidate).take_while(is_same).count();
    let (ours, theirs) = (&reference[head..], &candidate[head..]);
    let tail = ours.iter().rev().zip(theirs.iter().rev()).take_while(is_same).count();
    let (ours, theirs) = (&ours[..ours.len() - tail], &theirs[..theirs.len() - tail]);
    let all: Vec<&Event> = ours.iter().chain(theirs).collect();
    if all.len() > SEARCH_LIMIT {
        return all;
    }
    let mut extra: Vec<&Event> = theirs.iter().collect();
    let mut found: Vec<&Event> = Vec::new();
    for event in ours {
        match extra.iter().position(|other| is_same_event(event, other)) {
            Some(at) => _ = extra.remove(at),
            None => found.push(event),
        }
    }
    found.extend(extra);
    if found.is_empty() { all } else { found }
}

/// The name of a type of event, as the JSON lines have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventName(&'static str);

/// A word that names no type of event.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("unknown event `{found}`, expected one of: {}", EVENT_NAMES.join(", "))]
pub struct UnknownEvent {
    /// The word that was read.
    pub found: String,
}

impl EventName {
    fn is_of(self, event: &Event) -> bool {
        event_name(event) == self.0
    }
}

impl FromStr for EventName {
    type Err = UnknownEvent;

    fn from_str(text: &str) -> Result<Self, UnknownEvent> {
        let name = EVENT_NAMES.into_iter().find(|name| *name == text);
        name.map(Self).ok_or_else(|| UnknownEvent { found: text.to_owned() })
    }
}

impl fmt::Display for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

/// A reason that an event gives. Some words are a reason to reject and a reason to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventReason {
    reject: Option<RejectReason>,
    cancel: Option<CancelReason>,
}

impl EventReason {
    fn is_of(self, event: &Event) -> bool {
        match event {
            Event::Rejected { reason, .. } => self.reject == Some(*reason),
            Event::Canceled { reason, .. } => self.cancel == Some(*reason),
            _ => false,
        }
    }
}

impl FromStr for EventReason {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        match (text.parse::<RejectReason>(), text.parse::<CancelReason>()) {
            (Err(reject), Err(cancel)) => Err(UnknownName {
                what: "reason",
                found: text.to_owned(),
                expected: format!("{}, {}", reject.expected, cancel.expected),
            }),
            (reject, cancel) => Ok(Self { reject: reject.ok(), cancel: cancel.ok() }),
        }
    }
}
