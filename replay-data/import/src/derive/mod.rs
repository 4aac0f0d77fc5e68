//! From what happened to resting orders to the commands that caused it.
//!
//! The derivation keeps a price-time book of its own, which does with every command exactly what a
//! price-time engine does with it, and holds it against the feed after every message.
//!
//! - An add becomes a `new`, a partial cancel a `replace` to a smaller total, a deletion a
//!   `cancel`, a replacement a `replace` with a new id (or, at the same price and not larger, a
//!   `cancel` and a `new`, because the rules would let it keep its place and the feed does not).
//! - A run of visible executions (same time, same resting side; hidden executions may stand in
//!   between, any other message ends it) becomes one `ioc` order on the other side: its quantity
//!   is the sum, its limit the worst price, its recorded outcome what the feed says. Consecutive
//!   executions of one maker at one price are one fill.
//! - A message about an order that was never added acts on its level's seed.
//! - What then stands in another order than in the feed is put right *after* the message, by
//!   cancelling what must stand behind and entering it again. Each such command is marked
//!   `synthetic` and counted by reason.
//!
//! Ids from 2^63 on are the importer's own: seeds lie below 3·2^62, aggressors above.

mod ahead;
mod book;
mod desk;
mod index;
mod output;
mod run;
mod window;

use std::collections::BTreeMap;

use shadowbook_capture::Batch;
use shadowbook_model::{InstrumentId, TimeNs};

use crate::feed::{Change, FeedMessage};
use crate::report::{Counts, ImportReport, Prediction, Runs, Window};
use desk::{Desk, State};
use output::{At, Output};

pub(crate) use ahead::AHEAD;
pub use window::RowSide;

/// How a feed is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Settings {
    /// Ids rise with time, so that an order that comes back under an old id keeps the priority of
    /// its id among the orders of its level.
    pub id_priority: bool,
}

/// What was seen of one instrument in one row of a windowed order book.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The bids.
    pub bids: RowSide<'a>,
    /// The asks.
    pub asks: RowSide<'a>,
}

/// What is counted on the way.
#[derive(Debug, Default)]
struct Tally {
    without_command: Counts,
    runs: u64,
    executions: u64,
    unchecked: Counts,
    via_seed: u64,
    prediction: Prediction,
    window: Window,
}

impl Tally {
    fn without(&mut self, reason: &'static str) {
        *self.without_command.entry(reason).or_default() += 1;
    }
}

/// Turns messages into commands, one after the other, with a price-time book of its own.
#[derive(Debug, Default)]
pub struct Derivation {
    settings: Settings,
    states: Vec<State>,
    /// The instruments with an open run, in the order in which those began.
    open: Vec<InstrumentId>,
    time: TimeNs,
    messages: u64,
    output: Output,
    tally: Tally,
}

impl Derivation {
    /// A derivation that has seen nothing yet; instruments may be named as they come.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Takes one message and appends the commands that are known by now to `out`.
    ///
    /// An execution run is known to be complete only when another message ends it: its `ioc` is
    /// appended then, before that message's own commands. A time before that of an earlier message
    /// is taken to be that of the earlier one, because time never falls in a stream (rule U4).
    pub fn message(&mut self, message: FeedMessage, out: &mut Batch) {
        let FeedMessage { time, instrument, change } = message;
        self.let_pass(time, out);
        self.messages += 1;
        let is_any_open = !self.open.is_empty();
        let mut desk = self.desk(instrument, out);
        match change {
            Change::Execute { maker, quantity, place }
            | Change::ExecuteAtPrice { maker, quantity, place, printable: true, .. } => {
                desk.execute(maker.0, quantity.0, place);
                if !self.open.contains(&instrument) {
                    self.open.push(instrument);
                }
            }
            Change::HiddenTrade => desk.apply(change),
            _ if is_any_open => {
                desk.end_run();
                desk.apply(change);
                self.open.retain(|open| *open != instrument);
            }
            _ => desk.apply(change),
        }
    }

    /// Whether it pays to [look ahead](Self::look_ahead).
    pub(crate) fn is_larger_than_a_cache(&self) -> bool {
        ahead::is_larger_than_a_cache(&self.states)
    }

    /// Says which messages come next, which changes nothing and makes them go faster; those beyond
    /// [`AHEAD`] are not looked at.
    pub(crate) fn look_ahead(&self, messages: &[FeedMessage]) {
        ahead::look(&self.states, messages);
    }

    /// Takes what the windowed order book shows after the last message, or before the first: what
    /// came into view without a message is seeded, nothing else is touched.
    pub fn row(&mut self, time: TimeNs, instrument: InstrumentId, row: Row<'_>, out: &mut Batch) {
        self.let_pass(time, out);
        let mut desk = self.desk(instrument, out);
        let sides =
            [(shadowbook_model::Side::Buy, row.bids), (shadowbook_model::Side::Sell, row.asks)];
        for (side, row) in sides {
            desk.see(side, row);
        }
        desk.tally.window.rows += 1;
        // A run that is still open is not yet in the book.
        if !desk.state.run.is_open() && sides.iter().any(|(side, row)| desk.differs(*side, *row)) {
            desk.tally.window.rows_that_differ += 1;
        }
    }

    /// Ends the runs that are still open and appends their commands to `out`.
    pub fn finish(&mut self, out: &mut Batch) {
        let mut open = std::mem::take(&mut self.open);
        for instrument in open.drain(..) {
            self.desk(instrument, out).end_run();
        }
        self.open = open;
    }

    /// What became of the messages so far. `format`, `instruments` and `messages` (the counts by
    /// the feed's own types) are for the reader of the feed to fill in, as is what it alone knows
    /// of the `window`.
    #[must_use]
    pub fn report(&self) -> ImportReport {
        let tally = &self.tally;
        let unchecked: u64 = tally.unchecked.values().sum();
        let runs = Runs {
            total: tally.runs,
            executions: tally.executions,
            checked: tally.runs - unchecked,
            unchecked: tally.unchecked.clone(),
            via_seed: tally.via_seed,
        };
        let window = Window { withdrawn: self.output.withdrawn(), ..tally.window };
        ImportReport {
            format: "",
            instruments: 0,
            messages: BTreeMap::new(),
            commands: self.output.commands(),
            without_command: tally.without_command.clone(),
            runs,
            prediction: tally.prediction,
            seeds: self.output.seeds(),
            corrections: self.output.corrections(),
            window: (window.rows > 0).then_some(window),
        }
    }

    fn let_pass(&mut self, time: TimeNs, out: &mut Batch) {
        if time > self.time {
            self.finish(out);
            self.time = time;
        }
    }

    fn desk<'a>(&'a mut self, instrument: InstrumentId, out: &'a mut Batch) -> Desk<'a> {
        let index = instrument.index();
        if index >= self.states.len() {
            self.states.resize_with(index + 1, State::default);
        }
        Desk {
            state: &mut self.states[index],
            output: &mut self.output,
            tally: &mut self.tally,
            at: At { time: self.time, instrument, out },
            message: self.messages,
            id_priority: self.settings.id_priority,
        }
    }
}
