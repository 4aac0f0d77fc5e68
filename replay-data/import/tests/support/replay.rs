//! Runs a whole import through the reference engine, without ever putting it right, and counts
//! what it reproduced.

use shadowbook_capture::{Batch, ReadError, Recorded, RecordedFill, Source};
use shadowbook_model::{Action, Engine, Event, EventBuffer, TimeInForce};
use shadowbook_reference::ReferenceEngine;

/// What an engine made of an import.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Figures {
    pub(crate) commands: u64,
    pub(crate) synthetic: u64,
    pub(crate) exact: u64,
    pub(crate) price_quantity: u64,
    pub(crate) different: u64,
    pub(crate) unchecked: u64,
    pub(crate) rejected: u64,
    /// Fills of commands that are no aggressor of a run.
    pub(crate) unexpected_fills: u64,
}

impl Figures {
    pub(crate) fn runs(&self) -> u64 {
        self.exact + self.price_quantity + self.different + self.unchecked
    }
}

/// Replays everything; gives the figures and the engine as it is at the end.
pub(crate) fn replay(source: &mut impl Source) -> Result<(Figures, ReferenceEngine), ReadError> {
    let mut engine = ReferenceEngine::new(source.instruments());
    let mut figures = Figures::default();
    let mut batch = Batch::new();
    let mut events = EventBuffer::new();
    while source.read(&mut batch)? {
        let mut notes = batch.notes().iter().peekable();
        for (position, command) in batch.commands().iter().enumerate() {
            events.clear();
            engine.apply(command, &mut events);
            let note = notes.next_if(|note| note.command() == position);
            figures.commands += 1;
            figures.synthetic += u64::from(note.is_some_and(|note| note.is_synthetic()));
            figures.count(events.as_slice());
            match note.and_then(|note| batch.recorded(note)) {
                Some(Recorded::Fills(recorded)) => figures.compare(recorded, events.as_slice()),
                Some(Recorded::Unchecked) => figures.unchecked += 1,
                Some(Recorded::Events(_)) => unreachable!("an import records fills"),
                None => {
                    let fills = fills(events.as_slice()).len() as u64;
                    figures.unexpected_fills += fills;
                    let is_ioc = matches!(
                        command.action,
                        Action::New(new) if new.time_in_force == TimeInForce::Ioc
                    );
                    assert!(!is_ioc, "an aggressor has a recorded outcome");
                }
            }
        }
    }
    Ok((figures, engine))
}

impl Figures {
    fn count(&mut self, events: &[Event]) {
        let rejected = events.iter().filter(|event| matches!(event, Event::Rejected { .. }));
        self.rejected += rejected.count() as u64;
    }

    fn compare(&mut self, recorded: &[RecordedFill], events: &[Event]) {
        let found = fills(events);
        if found == recorded {
            self.exact += 1;
        } else if by_price(&found) == by_price(recorded) {
            self.price_quantity += 1;
        } else {
            self.different += 1;
        }
    }
}

fn fills(events: &[Event]) -> Vec<RecordedFill> {
    let fill = |event: &Event| match event {
        Event::Fill(fill) => {
            Some(RecordedFill { maker: fill.maker, price: fill.price, quantity: fill.quantity })
        }
        _ => None,
    };
    events.iter().filter_map(fill).collect()
}

fn by_price(fills: &[RecordedFill]) -> std::collections::BTreeMap<i64, u64> {
    let mut sums = std::collections::BTreeMap::new();
    for fill in fills {
        *sums.entry(fill.price.0).or_default() += fill.quantity.0;
    }
    sums
}
