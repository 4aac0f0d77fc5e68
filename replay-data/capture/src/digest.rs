//! The digest of a logical stream: one number that is the same for the same commands and recorded
//! outcomes, wherever they are kept.
//!
//! # Canonical encoding, versions 1 and 2
//! XXH3-128 with seed 0 over unsigned 64-bit little-endian words; signed values as two's
//! complement; what is optional as 0, or 1 and the value; text as its length in bytes and the
//! bytes, filled up with zeros to whole words; enums as their codes. First the version and the
//! number of instruments, then each instrument: symbol, tick mantissa and scale, lot mantissa and
//! scale, matching, lowest, highest and reference price, phase. Where the stream begins with
//! snapshots, the version is 2, and behind the instruments stand the number of snapshots and each
//! of them: instrument, phase, last trade, next trade, arrivals, number of orders, and each order
//! (order, account, arrival, side, order type, time in force, self-trade mode, post-only, price,
//! open, executed; 0 for full, 1 with display and slice, 2 for hidden; expire time, minimum; 0 for
//! no trigger, 1 with a fixed price, 2 with offset and price). Then each command: one word of
//! flags (from bit 0: command kind in 8 bits, synthetic in 1, recorded outcome in 2: none, fills,
//! events, unchecked), seq, time, instrument, and the fields of its kind in order of declaration
//! in the model (`bool` as 0 or 1; the rare attributes of a new order last: expire time, display,
//! minimum, trigger, trail); then the number of recorded fills or events and the fields of each,
//! events after the number of their kind from 0. Nothing ends the stream.

use shadowbook_model::{
    Action, Command, Digest, Event, Instrument, NewOrder, OrderState, Price, Quantity, Replace,
    Snapshot, TriggerState, Visibility,
};
use xxhash_rust::xxh3::Xxh3;

use crate::batch::{Entry, Recorded};

const ENCODING_VERSION: u64 = 1;
const ENCODING_VERSION_WITH_SNAPSHOTS: u64 = 2;
/// So many bytes are collected before they are hashed at once.
const CHUNK: usize = 4096;

/// Digests a stream as it comes.
pub(crate) struct StreamDigest {
    hasher: Xxh3,
    pending: Vec<u8>,
}

impl StreamDigest {
    /// A digest of the instruments and of what their books begin with.
    pub(crate) fn new(instruments: &[Instrument], snapshots: &[Snapshot]) -> Self {
        let mut digest = Self { hasher: Xxh3::new(), pending: Vec::with_capacity(2 * CHUNK) };
        // What there was before there were snapshots keeps its digest.
        let version =
            if snapshots.is_empty() { ENCODING_VERSION } else { ENCODING_VERSION_WITH_SNAPSHOTS };
        digest.words([version, instruments.len() as u64]);
        for instrument in instruments {
            digest.instrument(instrument);
        }
        if !snapshots.is_empty() {
            digest.word(snapshots.len() as u64);
        }
        for snapshot in snapshots {
            digest.snapshot(snapshot);
        }
        digest
    }

    fn snapshot(&mut self, snapshot: &Snapshot) {
        let Snapshot { instrument, state, orders } = snapshot;
        self.words([u64::from(instrument.0), u64::from(state.phase.code())]);
        self.price(state.last_trade);
        self.words([state.next_trade.0, state.arrivals.0, orders.len() as u64]);
        for order in orders {
            self.order(order);
            self.flush();
        }
    }

    fn order(&mut self, order: &OrderState) {
        self.words([
            order.order.0,
            order.account.0,
            order.arrival.0,
            u64::from(order.side.code()),
            u64::from(order.order_type.code()),
            u64::from(order.time_in_force.code()),
            u64::from(order.self_trade.code()),
            u64::from(order.post_only),
        ]);
        self.price(order.price);
        self.words([order.open.0, order.executed.0]);
        match order.visibility {
            Visibility::Full => self.word(0),
            Visibility::Iceberg { display, slice } => self.words([1, display.0, slice.0]),
            Visibility::Hidden => self.word(2),
        }
        self.option(order.expire_time.map(|time| time.0));
        self.quantity(order.min_quantity);
        match order.trigger {
            None => self.word(0),
            Some(TriggerState::Fixed(price)) => self.words([1, price.0.cast_unsigned()]),
            Some(TriggerState::Trailing { offset, price }) => {
                self.words([2, offset.0.cast_unsigned()]);
                self.price(price);
            }
        }
    }

    /// Hashes what was collected once it is enough.
    fn flush(&mut self) {
        if self.pending.len() >= CHUNK {
            self.hasher.update(&self.pending);
            self.pending.clear();
        }
    }

    /// Adds a command with what stands beside it.
    pub(crate) fn push(&mut self, entry: &Entry<'_>) {
        let Command { seq, time, instrument, ref action } = *entry.command;
        let outcome = match entry.recorded {
            None => 0,
            Some(Recorded::Fills(_)) => 1,
            Some(Recorded::Events(_)) => 2,
            Some(Recorded::Unchecked) => 3,
        };
        let kind = u64::from(entry.command.kind().code());
        let flags = kind | (u64::from(entry.synthetic) << 8) | (outcome << 9);
        self.words([flags, seq.0, time.0, u64::from(instrument.0)]);
        match action {
            Action::New(new) => self.new_order(new),
            Action::Replace(replace) => self.replacement(replace),
            Action::Cancel(order) => self.word(order.0),
            Action::MassCancel(mass_cancel) => {
                self.word(mass_cancel.account.0);
                self.option(mass_cancel.side.map(|side| u64::from(side.code())));
            }
            Action::Phase(phase) => self.word(u64::from(phase.code())),
            Action::Time => {}
        }
        match entry.recorded {
            None | Some(Recorded::Unchecked) => {}
            Some(Recorded::Fills(fills)) => {
                self.word(fills.len() as u64);
                for fill in fills {
                    self.words([fill.maker.0, fill.price.0.cast_unsigned(), fill.quantity.0]);
                }
            }
            Some(Recorded::Events(events)) => {
                self.word(events.len() as u64);
                events.iter().for_each(|event| self.event(event));
            }
        }
        self.flush();
    }

    /// The digest of everything so far.
    pub(crate) fn finish(mut self) -> Digest {
        self.hasher.update(&self.pending);
        Digest(self.hasher.digest128())
    }

    fn word(&mut self, word: u64) {
        self.pending.extend(word.to_le_bytes());
    }

    fn words<const N: usize>(&mut self, words: [u64; N]) {
        words.into_iter().for_each(|word| self.word(word));
    }

    fn option(&mut self, value: Option<u64>) {
        self.word(u64::from(value.is_some()));
        if let Some(value) = value {
            self.word(value);
        }
    }

    fn price(&mut self, price: Option<Price>) {
        self.option(price.map(|price| price.0.cast_unsigned()));
    }

    fn quantity(&mut self, quantity: Option<Quantity>) {
        self.option(quantity.map(|quantity| quantity.0));
    }

    fn instrument(&mut self, instrument: &Instrument) {
        self.word(instrument.symbol.len() as u64);
        self.pending.extend(instrument.symbol.as_bytes());
        let whole = self.pending.len().next_multiple_of(8);
        self.pending.resize(whole, 0);
        for increment in [instrument.tick, instrument.lot] {
            self.words([increment.mantissa(), u64::from(increment.scale())]);
        }
        self.word(u64::from(instrument.matching.code()));
        self.price(instrument.price_min);
        self.price(instrument.price_max);
        self.price(instrument.reference_price);
        self.word(u64::from(instrument.phase.code()));
    }

    fn new_order(&mut self, new: &NewOrder) {
        self.words([new.order.0, new.account.0]);
        self.price(new.price);
        self.words([
            new.quantity.0,
            u64::from(new.side.code()),
            u64::from(new.order_type.code()),
            u64::from(new.time_in_force.code()),
            u64::from(new.post_only),
            u64::from(new.self_trade.code()),
            u64::from(new.seed),
        ]);
        self.option(new.expire_time().map(|time| time.0));
        self.quantity(new.display_quantity());
        self.quantity(new.min_quantity());
        self.price(new.trigger_price());
        self.option(new.trail_offset().map(|offset| offset.0.cast_unsigned()));
    }

    fn replacement(&mut self, replace: &Replace) {
        self.word(replace.order.0);
        self.option(replace.new_order.map(|order| order.0));
        self.price(replace.price);
        self.quantity(replace.quantity);
        self.price(replace.trigger_price);
        self.quantity(replace.display_quantity);
    }

    fn event(&mut self, event: &Event) {
        match *event {
            Event::Accepted { order } => self.words([0, order.0]),
            Event::Rejected { command, order, reason } => {
                self.words([1, u64::from(command.code()), order.0, u64::from(reason.code())]);
            }
            Event::Replaced { order, new_order, price, open } => {
                self.words([2, order.0]);
                self.option(new_order.map(|order| order.0));
                self.price(price);
                self.word(open.0);
            }
            Event::Fill(fill) => self.words([
                3,
                fill.trade.0,
                fill.maker.0,
                fill.taker.0,
                fill.price.0.cast_unsigned(),
                fill.quantity.0,
                fill.maker_open.0,
                fill.taker_open.0,
            ]),
            Event::Reduced { order, quantity, open } => {
                self.words([4, order.0, quantity.0, open.0]);
            }
            Event::Canceled { order, quantity, reason } => {
                self.words([5, order.0, quantity.0, u64::from(reason.code())]);
            }
            Event::Triggered { order } => self.words([6, order.0]),
            Event::Auction { price, quantity } => {
                self.words([7, price.0.cast_unsigned()]);
                self.pending.extend(quantity.0.to_le_bytes());
            }
            Event::Phase { phase } => self.words([8, u64::from(phase.code())]),
        }
    }
}
