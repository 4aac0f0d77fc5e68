//! Writes JSON lines.

use std::io::{self, Write};

use shadowbook_model::{
    Action, CancelReason, Command, Event, Instrument, NewOrder, OrderState, Phase, Replace,
    SelfTrade, Seq, Snapshot,
};

use super::answer::BookLine;
use super::command::default_time_in_force;
use super::field::Field;
use super::line::LineWriter;
use super::read::MAX_LINE;
use super::state::write_snapshot;
use crate::batch::{Batch, Recorded};
use crate::error::WriteError;

/// Appends an `instrument` line, without a newline.
pub fn write_instrument(out: &mut String, instrument: &Instrument) {
    let mut line = LineWriter::new(out, "instrument");
    line.instrument(&instrument.symbol);
    line.name(Field::Tick, &instrument.tick.to_string());
    line.name(Field::Lot, &instrument.lot.to_string());
    line.name(Field::Matching, instrument.matching.name());
    line.price(Field::PriceMin, instrument.price_min, instrument);
    line.price(Field::PriceMax, instrument.price_max, instrument);
    line.price(Field::ReferencePrice, instrument.reference_price, instrument);
    if instrument.phase != Phase::Continuous {
        line.name(Field::Phase, instrument.phase.name());
    }
    line.end();
}

/// Appends a command line, without a newline.
///
/// # Panics
/// When the command names an instrument that is not in the table.
pub fn write_command(
    out: &mut String,
    command: &Command,
    synthetic: bool,
    instruments: &[Instrument],
) {
    let instrument = &instruments[command.instrument.index()];
    let mut line = LineWriter::new(out, command.kind().name());
    line.number(Field::Seq, command.seq.0);
    line.number(Field::TimeNs, command.time.0);
    line.instrument(&instrument.symbol);
    match &command.action {
        Action::New(new) => new_order(&mut line, new, instrument),
        Action::Replace(replace) => replacement(&mut line, replace, instrument),
        Action::Cancel(order) => line.number(Field::Order, order.0),
        Action::MassCancel(mass_cancel) => {
            line.number(Field::Account, mass_cancel.account.0);
            if let Some(side) = mass_cancel.side {
                line.name(Field::Side, side.name());
            }
        }
        Action::Phase(phase) => line.name(Field::Phase, phase.name()),
        Action::Time => {}
    }
    line.flag(Field::Synthetic, synthetic);
    line.end();
}

fn new_order(line: &mut LineWriter<'_>, new: &NewOrder, instrument: &Instrument) {
    line.number(Field::Order, new.order.0);
    if !new.account.is_anonymous() {
        line.number(Field::Account, new.account.0);
    }
    line.name(Field::Side, new.side.name());
    line.name(Field::OrderType, new.order_type.name());
    line.price(Field::Price, new.price, instrument);
    line.quantity(Field::Quantity, new.quantity, instrument);
    if new.time_in_force != default_time_in_force(new.order_type) {
        line.name(Field::TimeInForce, new.time_in_force.name());
    }
    line.optional_number(Field::ExpireTimeNs, new.expire_time().map(|time| time.0));
    line.flag(Field::PostOnly, new.post_only);
    line.quantity(Field::DisplayQuantity, new.display_quantity(), instrument);
    line.quantity(Field::MinQuantity, new.min_quantity(), instrument);
    if new.self_trade != SelfTrade::None {
        line.name(Field::SelfTrade, new.self_trade.name());
    }
    line.price(Field::TriggerPrice, new.trigger_price(), instrument);
    line.offset(Field::TrailOffset, new.trail_offset(), instrument);
    line.flag(Field::Seed, new.seed);
}

fn replacement(line: &mut LineWriter<'_>, replace: &Replace, instrument: &Instrument) {
    line.number(Field::Order, replace.order.0);
    line.price(Field::Price, replace.price, instrument);
    line.quantity(Field::Quantity, replace.quantity, instrument);
    line.optional_number(Field::NewOrder, replace.new_order.map(|order| order.0));
    line.price(Field::TriggerPrice, replace.trigger_price, instrument);
    line.quantity(Field::DisplayQuantity, replace.display_quantity, instrument);
}

/// Appends an event line, without a newline.
pub fn write_event(out: &mut String, event: &Event, seq: Seq, instrument: &Instrument) {
    let mut line = LineWriter::new(out, event_type(event));
    line.number(Field::Seq, seq.0);
    line.instrument(&instrument.symbol);
    match *event {
        Event::Accepted { order } | Event::Triggered { order } => {
            line.number(Field::Order, order.0);
        }
        Event::Rejected { command, order, reason } => {
            line.name(Field::Command, command.name());
            line.number(Field::Order, order.0);
            line.name(Field::Reason, reason.name());
        }
        Event::Replaced { order, new_order, price, open } => {
            line.number(Field::Order, order.0);
            line.optional_number(Field::NewOrder, new_order.map(|order| order.0));
            line.price(Field::Price, price, instrument);
            line.quantity(Field::Open, open, instrument);
        }
        Event::Fill(fill) => {
            line.number(Field::Trade, fill.trade.0);
            line.number(Field::Maker, fill.maker.0);
            line.number(Field::Taker, fill.taker.0);
            line.price(Field::Price, fill.price, instrument);
            line.quantity(Field::Quantity, fill.quantity, instrument);
            line.quantity(Field::MakerOpen, fill.maker_open, instrument);
            line.quantity(Field::TakerOpen, fill.taker_open, instrument);
        }
        Event::Reduced { order, quantity, open } => {
            line.number(Field::Order, order.0);
            line.quantity(Field::Quantity, quantity, instrument);
            line.quantity(Field::Open, open, instrument);
            line.name(Field::Reason, CancelReason::SelfTrade.name());
        }
        Event::Canceled { order, quantity, reason } => {
            line.number(Field::Order, order.0);
            line.quantity(Field::Quantity, quantity, instrument);
            line.name(Field::Reason, reason.name());
        }
        Event::Auction { price, quantity } => {
            line.price(Field::Price, price, instrument);
            line.volume(Field::Quantity, quantity, instrument);
        }
        Event::Phase { phase } => line.name(Field::Phase, phase.name()),
    }
    line.end();
}

const fn event_type(event: &Event) -> &'static str {
    match event {
        Event::Accepted { .. } => "accepted",
        Event::Rejected { .. } => "rejected",
        Event::Replaced { .. } => "replaced",
        Event::Fill(_) => "fill",
        Event::Reduced { .. } => "reduced",
        Event::Canceled { .. } => "canceled",
        Event::Triggered { .. } => "triggered",
        Event::Auction { .. } => "auction",
        Event::Phase { .. } => "phase",
    }
}

/// Appends a `recorded` line, without a newline.
pub fn write_recorded(out: &mut String, recorded: Recorded<'_>, seq: Seq, instrument: &Instrument) {
    let mut line = LineWriter::new(out, "recorded");
    line.number(Field::Seq, seq.0);
    match recorded {
        Recorded::Fills(fills) => line.list(Field::Fills, fills, |out, fill| {
            let mut line = LineWriter::untyped(out, Field::Maker, fill.maker.0);
            line.price(Field::Price, fill.price, instrument);
            line.quantity(Field::Quantity, fill.quantity, instrument);
            line.end();
        }),
        Recorded::Events(events) => line.list(Field::Events, events, |out, event| {
            write_event(out, event, seq, instrument);
        }),
        Recorded::Unchecked => line.flag(Field::Unchecked, true),
    }
    line.end();
}

/// Appends a book line (`resting` or `untriggered`), without a newline.
pub fn write_book_line(out: &mut String, order: &OrderState, instrument: &Instrument) {
    match BookLine::of(order) {
        BookLine::Resting { side, price, order, account, open, displayed } => {
            let mut line = LineWriter::new(out, "resting");
            line.instrument(&instrument.symbol);
            line.name(Field::Side, side.name());
            line.price(Field::Price, price, instrument);
            line.number(Field::Order, order.0);
            line.number(Field::Account, account.0);
            line.quantity(Field::Open, open, instrument);
            line.quantity(Field::Displayed, displayed, instrument);
            line.end();
        }
        BookLine::Untriggered {
            side,
            order_type,
            trigger_price,
            price,
            trail_offset,
            order,
            account,
            open,
        } => {
            let mut line = LineWriter::new(out, "untriggered");
            line.instrument(&instrument.symbol);
            line.name(Field::Side, side.name());
            line.name(Field::OrderType, order_type.name());
            line.price(Field::TriggerPrice, trigger_price, instrument);
            line.price(Field::Price, price, instrument);
            line.offset(Field::TrailOffset, trail_offset, instrument);
            line.number(Field::Order, order.0);
            line.number(Field::Account, account.0);
            line.quantity(Field::Open, open, instrument);
            line.end();
        }
    }
}

/// Writes a stream as JSON lines.
pub struct Writer<W: Write> {
    output: W,
    instruments: Vec<Instrument>,
    /// Memory for a line.
    line: String,
}

impl<W: Write> Writer<W> {
    /// Writes the instrument lines. Give it a buffered output.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn new(output: W, instruments: &[Instrument]) -> io::Result<Self> {
        let mut writer = Self { output, instruments: instruments.to_vec(), line: String::new() };
        for instrument in instruments {
            writer.line.clear();
            write_instrument(&mut writer.line, instrument);
            writer.end_line()?;
        }
        Ok(writer)
    }

    /// Writes what the books hold before the first command.
    ///
    /// # Errors
    /// When it cannot be written.
    ///
    /// # Panics
    /// When a snapshot is of an instrument that is not in the table.
    pub fn begin_with(&mut self, snapshots: &[Snapshot]) -> io::Result<()> {
        for snapshot in snapshots {
            self.line.clear();
            write_snapshot(&mut self.line, snapshot, &self.instruments);
            self.output.write_all(self.line.as_bytes())?;
        }
        Ok(())
    }

    /// Writes the commands of a batch with what was recorded of them.
    ///
    /// # Errors
    /// When it cannot be written, a command names an instrument that is not in the table, or what
    /// was recorded of it makes a line longer than a reader takes.
    pub fn append(&mut self, batch: &Batch) -> Result<(), WriteError> {
        for entry in batch.iter() {
            let seq = entry.command.seq;
            let Some(instrument) = self.instruments.get(entry.command.instrument.index()) else {
                let (id, count) = (entry.command.instrument, self.instruments.len());
                let problem = format!("instrument {id} of a table of {count}");
                return Err(WriteError::Refused { seq, problem });
            };
            self.line.clear();
            write_command(&mut self.line, entry.command, entry.synthetic, &self.instruments);
            if let Some(recorded) = entry.recorded {
                self.line.push('\n');
                let begin = self.line.len();
                write_recorded(&mut self.line, recorded, seq, instrument);
                if self.line.len() - begin >= MAX_LINE {
                    let problem = format!("its recorded line is longer than {MAX_LINE} bytes");
                    return Err(WriteError::Refused { seq, problem });
                }
            }
            self.end_line()?;
        }
        Ok(())
    }

    /// Flushes and gives the output back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.output.flush()?;
        Ok(self.output)
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.line.push('\n');
        self.output.write_all(self.line.as_bytes())
    }
}
