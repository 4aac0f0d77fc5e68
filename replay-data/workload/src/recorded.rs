//! A stream with what an engine made of it, as if a recording had it.

use shadowbook_capture::{Batch, ReadError, RecordedFill, Source};
use shadowbook_model::{Action, Command, Engine, Event, EventBuffer, Instrument};

/// Gives every aggressor of a stream the fills that `engine` makes of it.
///
/// The outcome is recorded of every order that cannot rest (none is an outcome too), and of every
/// other order or replacement that trades. What the stream had recorded before, and its marks of
/// synthetic commands, are gone.
pub fn with_recorded<S: Source>(source: S, engine: &mut dyn Engine) -> WithRecorded<'_, S> {
    WithRecorded { source, engine, unrecorded: Batch::new(), events: EventBuffer::new() }
}

/// What [`with_recorded`] gives.
pub struct WithRecorded<'a, S> {
    source: S,
    engine: &'a mut dyn Engine,
    unrecorded: Batch,
    events: EventBuffer,
}

impl<S: Source> Source for WithRecorded<'_, S> {
    fn instruments(&self) -> &[Instrument] {
        self.source.instruments()
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        let has_more = self.source.read(&mut self.unrecorded)?;
        for command in self.unrecorded.commands() {
            self.events.clear();
            self.engine.apply(command, &mut self.events);
            batch.push(*command);
            let fills = || recorded_fills(command, self.events.as_slice());
            if must_trade_at_once(command) || fills().next().is_some() {
                batch.record_fills(fills());
            }
        }
        Ok(has_more)
    }
}

/// The fills of which the command's order was the aggressor; those of orders that it triggered are
/// not among them.
pub fn recorded_fills(command: &Command, events: &[Event]) -> impl Iterator<Item = RecordedFill> {
    let taker = command.aggressor();
    events.iter().filter_map(move |event| match *event {
        Event::Fill(fill) if taker.is_none_or(|taker| fill.taker == taker) => {
            let (maker, price, quantity) = (fill.maker, fill.price, fill.quantity);
            Some(RecordedFill { maker, price, quantity })
        }
        _ => None,
    })
}

const fn must_trade_at_once(command: &Command) -> bool {
    match &command.action {
        Action::New(new) => new.time_in_force.is_immediate(),
        _ => false,
    }
}
