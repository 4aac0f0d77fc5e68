//! The reference held against what production recorded.

use shadowbook_capture::RecordedFill;
use shadowbook_model::{Command, Event, Fill, Price, Quantity, Volume};

use crate::events::is_same_event;

/// How well the reference reproduces one recorded outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// The same makers, prices and quantities in the same order; of recorded events, every event.
    Exact,
    /// The same quantity at each price, by other makers or in another order; of recorded events,
    /// all events beside the fills are the same too.
    PriceQuantity,
    /// Anything else.
    Different,
}

/// Recorded outcomes counted. `exact`, `price_quantity`, `different` and `unchecked` are disjoint
/// and together all commands with a recorded outcome, external ones apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordedTally {
    /// See [`Match::Exact`].
    pub exact: u64,
    /// See [`Match::PriceQuantity`].
    pub price_quantity: u64,
    /// See [`Match::Different`].
    pub different: u64,
    /// The importer could not turn the recording into something checkable.
    pub unchecked: u64,
    /// Of all of these, those that touch an order from before the recording.
    pub via_seed: u64,
    /// Commands that the importer added to put its book right.
    pub corrections: u64,
    /// Commands that production refused outside matching; they are sent to no engine.
    pub external: u64,
}

impl RecordedTally {
    /// All recorded outcomes, those that could not be checked included: what every share is of.
    #[must_use]
    pub const fn outcomes(&self) -> u64 {
        self.exact + self.price_quantity + self.different + self.unchecked
    }
}

/// Holds the reference's fills with this command as the aggressor against the recorded ones.
///
/// The aggressor is the order that a `new` or `replace` command brings in, under its new id if it
/// gets one; orders that it triggers are not meant. For other commands all fills count.
#[must_use]
pub fn match_fills(command: &Command, reference: &[Event], recorded: &[RecordedFill]) -> Match {
    let taker = command.aggressor();
    let fills = fills(reference).filter(|fill| taker.is_none_or(|taker| fill.taker == taker));
    let answered = fills.map(|fill| (fill.maker, fill.price, fill.quantity));
    let expected = recorded.iter().map(|fill| (fill.maker, fill.price, fill.quantity));
    if answered.clone().eq(expected.clone()) {
        return Match::Exact;
    }
    match_by_price(
        answered.map(|(_, price, quantity)| (price, quantity)),
        expected.map(|(_, price, quantity)| (price, quantity)),
    )
}

/// Holds everything the reference answered against everything that production answered. Trade
/// numbers are left to a mapping.
#[must_use]
pub fn match_events(reference: &[Event], recorded: &[Event]) -> Match {
    if reference.len() == recorded.len()
        && reference.iter().zip(recorded).all(|(a, b)| is_same_event(a, b))
    {
        return Match::Exact;
    }
    let is_other = |event: &&Event| !matches!(event, Event::Fill(_));
    if !reference.iter().filter(is_other).eq(recorded.iter().filter(is_other)) {
        return Match::Different;
    }
    let by_price = |fill: &Fill| (fill.price, fill.quantity);
    match_by_price(fills(reference).map(by_price), fills(recorded).map(by_price))
}

fn match_by_price(
    reference: impl Iterator<Item = (Price, Quantity)>,
    recorded: impl Iterator<Item = (Price, Quantity)>,
) -> Match {
    if volume_by_price(reference) == volume_by_price(recorded) {
        Match::PriceQuantity
    } else {
        Match::Different
    }
}

fn volume_by_price(fills: impl Iterator<Item = (Price, Quantity)>) -> Vec<(Price, Volume)> {
    let mut fills: Vec<(Price, Quantity)> = fills.collect();
    fills.sort_unstable();
    let mut sums: Vec<(Price, Volume)> = Vec::new();
    for (price, quantity) in fills {
        match sums.last_mut() {
            Some((last, sum)) if *last == price => *sum += quantity,
            _ => sums.push((price, Volume::from(quantity))),
        }
    }
    sums
}

pub(crate) fn fills(events: &[Event]) -> impl Iterator<Item = &Fill> + Clone {
    events.iter().filter_map(|event| match event {
        Event::Fill(fill) => Some(fill),
        _ => None,
    })
}

#[cfg(test)]
#[path = "recorded_tests.rs"]
mod tests;
