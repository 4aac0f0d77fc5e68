//! The numbers that go without saying: reader and writer count alike.

use shadowbook_model::{InstrumentId, Seq, TimeNs, TradeId};

/// What the next line would be numbered if it said nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbering {
    /// The numbers of commands.
    pub(crate) clock: Clock,
    next_trade: Vec<TradeId>,
}

/// The last command's seq and time.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Clock {
    last_seq: Option<Seq>,
    time: TimeNs,
}

impl Clock {
    /// The seq of the next command: one more than the last, from 1; `None` when none is left.
    pub(crate) fn next_seq(self) -> Option<Seq> {
        match self.last_seq {
            None => Some(Seq(1)),
            Some(Seq(last)) => last.checked_add(1).map(Seq),
        }
    }

    /// The seq of the last command.
    pub(crate) const fn last_seq(self) -> Option<Seq> {
        self.last_seq
    }

    /// The time of the next command: that of the last, from 0.
    pub(crate) const fn time(self) -> TimeNs {
        self.time
    }

    /// Takes note of a command.
    pub(crate) const fn command(&mut self, seq: Seq, time: TimeNs) {
        self.last_seq = Some(seq);
        self.time = time;
    }
}

impl Numbering {
    /// The number of the next fill: one more than the last on the instrument, from 1.
    pub(crate) fn next_trade(&self, instrument: InstrumentId) -> TradeId {
        self.next_trade.get(instrument.index()).copied().unwrap_or(TradeId(1))
    }

    /// Takes note of a fill.
    pub(crate) fn fill(&mut self, instrument: InstrumentId, trade: TradeId) {
        if self.next_trade.len() <= instrument.index() {
            self.next_trade.resize(instrument.index() + 1, TradeId(1));
        }
        self.next_trade[instrument.index()] = TradeId(trade.0.saturating_add(1));
    }
}
