//! The reference beside what production recorded, command by command.

use shadowbook_capture::{Batch, Note, Recorded};
use shadowbook_model::{Action, Command, Event, Fill, InstrumentId, OrderId, Snapshot};

use crate::divergence::EventList;
use crate::events::orders_of;
use crate::orders::OrderSet;
use crate::recorded::{Match, RecordedTally, fills, match_events, match_fills};
use crate::trades::TradeMaps;

/// Remembers of which orders the recording knows more or other things than the reference.
#[derive(Debug)]
pub(crate) struct Recording {
    /// Of the recording against the reference.
    trades: TradeMaps,
    /// Orders from before the recording began.
    seeds: OrderSet,
    /// Orders about which the reference and the recording disagree.
    disputed: OrderSet,
}

/// Whether the reference and the recording disagree about what diverges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// They do not.
    None,
    /// They may: of a state only a look at the books tells which orders differ.
    Possible,
    /// They do.
    Known,
}

impl Doubt {
    /// That of a state while these orders are disputed.
    pub(crate) const fn of_state(disputed: &[OrderId]) -> Self {
        if disputed.is_empty() { Self::None } else { Self::Possible }
    }
}

impl Recording {
    /// Nothing seen yet; remembers so many orders of each kind.
    pub(crate) fn new(instruments: usize, limit: usize) -> Self {
        Self {
            trades: TradeMaps::new(instruments),
            seeds: OrderSet::with_limit(limit),
            disputed: OrderSet::with_limit(limit),
        }
    }

    /// The books hold these orders from before the recording.
    pub(crate) fn begin_with(&mut self, snapshot: &Snapshot) {
        for order in &snapshot.orders {
            self.seeds.insert(snapshot.instrument, order.order);
        }
    }

    /// Whether nothing is remembered.
    pub(crate) fn is_empty(&self) -> bool {
        self.seeds.is_empty() && self.disputed.is_empty()
    }

    /// See [`crate::TradeMaps::unchecked`].
    pub(crate) fn unchecked_trades(&self) -> u64 {
        self.trades.unchecked()
    }

    /// How many disputed orders there was no room for.
    pub(crate) const fn forgotten_disputes(&self) -> u64 {
        self.disputed.ignored()
    }

    /// The first disputed orders of an instrument.
    pub(crate) fn disputed_of(&self, instrument: InstrumentId) -> Vec<OrderId> {
        self.disputed.of(instrument, EventList::LIMIT)
    }

    /// Whether the reference and the recording disagree about an order that is spoken of. Then
    /// they may disagree about all others that are, from here on.
    pub(crate) fn doubt(
        &mut self,
        command: &Command,
        reference: &[Event],
        candidate: &[Event],
    ) -> Doubt {
        let (disputed, instrument) = (&mut self.disputed, command.instrument);
        if disputed.is_empty() {
            return Doubt::None;
        }
        let answered = reference.iter().chain(candidate).flat_map(orders_of).flatten();
        let mut named = command.order().into_iter().chain(answered);
        if !named.clone().any(|id| disputed.contains(instrument, id)) {
            return Doubt::None;
        }
        named.by_ref().for_each(|id| disputed.insert(instrument, id));
        Doubt::Known
    }

    /// Counts what stands beside a command, and remembers the orders about which the reference
    /// and the recording disagree.
    pub(crate) fn note(
        &mut self,
        tally: &mut RecordedTally,
        (batch, note): (&Batch, &Note),
        command: &Command,
        reference: &[Event],
    ) {
        tally.corrections += u64::from(note.is_synthetic());
        let Some(recorded) = batch.recorded(note) else { return };
        if recorded.is_external() {
            tally.external += 1;
            return;
        }
        let found = match recorded {
            Recorded::Unchecked => None,
            Recorded::Fills(fills) => Some(match_fills(command, reference, fills)),
            Recorded::Events(events) => {
                Some(match_with_numbers(&mut self.trades, command, reference, events))
            }
        };
        match found {
            None => tally.unchecked += 1,
            Some(Match::Exact) => tally.exact += 1,
            Some(Match::PriceQuantity) => tally.price_quantity += 1,
            Some(Match::Different) => tally.different += 1,
        }
        tally.via_seed += u64::from(touches_seed(&self.seeds, command, reference, recorded));
        if matches!(found, Some(Match::PriceQuantity | Match::Different)) {
            for order in involved(command, reference, recorded) {
                self.disputed.insert(command.instrument, order);
            }
        }
    }

    /// A new order is not the one that had its id before, of which the reference may not have
    /// said that it ended: a recorded maker that it never knew, for one.
    #[inline]
    pub(crate) fn forget_namesake(&mut self, command: &Command, reference: &[Event]) {
        if let Action::New(new) = &command.action
            && !self.is_empty()
            && is_accepted(reference)
        {
            self.disputed.remove(command.instrument, new.order);
            self.seeds.remove(command.instrument, new.order);
        }
    }

    /// Keeps the sets of live orders up to date with what the reference did; disputed ones that it
    /// ended are kept while the candidate may still have them.
    #[inline]
    pub(crate) fn follow(&mut self, command: &Command, reference: &[Event], keeps_ended: bool) {
        if let Action::New(new) = &command.action
            && new.seed
            && is_accepted(reference)
        {
            self.seeds.insert(command.instrument, new.order);
        }
        if !self.seeds.is_empty() {
            self.seeds.follow(command.instrument, reference, false);
        }
        if !self.disputed.is_empty() {
            self.disputed.follow(command.instrument, reference, keeps_ended);
        }
    }
}

pub(crate) fn is_accepted(reference: &[Event]) -> bool {
    reference.iter().any(|event| matches!(event, Event::Accepted { .. }))
}

/// As [`match_events`], and the trade numbers of recording and reference must map one-to-one.
fn match_with_numbers(
    maps: &mut TradeMaps,
    command: &Command,
    reference: &[Event],
    recorded: &[Event],
) -> Match {
    let found = match_events(reference, recorded);
    if found != Match::Exact {
        return found;
    }
    let mut pairs = fills(reference).zip(fills(recorded));
    let observe =
        |(ours, theirs): (&Fill, &Fill)| maps.observe(command.instrument, ours.trade, theirs.trade);
    if pairs.try_for_each(observe).is_ok() { Match::Exact } else { Match::Different }
}

/// The orders that the command, the reference's answer and the recording speak of.
fn involved<'a>(
    command: &Command,
    reference: &'a [Event],
    recorded: Recorded<'a>,
) -> impl Iterator<Item = OrderId> + 'a {
    let (makers, events) = match recorded {
        Recorded::Fills(fills) => (fills, &[][..]),
        Recorded::Events(events) => (&[][..], events),
        Recorded::Unchecked => (&[][..], &[][..]),
    };
    let answered = reference.iter().chain(events).flat_map(orders_of).flatten();
    command.order().into_iter().chain(makers.iter().map(|fill| fill.maker)).chain(answered)
}

fn touches_seed(
    seeds: &OrderSet,
    command: &Command,
    reference: &[Event],
    recorded: Recorded<'_>,
) -> bool {
    let is_seed = matches!(&command.action, Action::New(new) if new.seed);
    is_seed
        || (!seeds.is_empty()
            && involved(command, reference, recorded)
                .any(|order| seeds.contains(command.instrument, order)))
}
