//! Scenario to canonical text.

use std::fmt::{self, Write};

use shadowbook_model::{
    Action, Command, Event, Fill, Instrument, Matching, NewOrder, OrderType, Phase, Replace,
    SelfTrade, TradeId,
};

use crate::book::{BookLine, Resting, Untriggered};
use crate::numbering::{Clock, Numbering};
use crate::parse_command::default_time_in_force;
use crate::scenario::{Expected, Gap, Noted, Scenario, Step, StepKind};
use crate::words::quote;

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for noted in &self.instruments {
            write_line(f, noted, "", &instrument_line(&noted.value))?;
        }
        let mut numbering = Numbering::default();
        for step in &self.steps {
            self.write_step(f, step, &mut numbering)?;
        }
        write_gaps(f, &self.tail, "")
    }
}

impl Scenario {
    fn write_step(
        &self,
        f: &mut fmt::Formatter<'_>,
        step: &Step,
        numbering: &mut Numbering,
    ) -> fmt::Result {
        write_line(f, &step.kind, "", &self.step_line(&step.kind.value, numbering.clock))?;
        match &step.kind.value {
            StepKind::Command { command, expected: Expected::Events(events) } => {
                let id = command.instrument;
                numbering.clock.command(command.seq, command.time);
                for event in events {
                    let next = numbering.next_trade(id);
                    let line = self.event_line_at(&event.value, command, next);
                    write_line(f, event, "  ", &line)?;
                    if let Event::Fill(fill) = &event.value {
                        numbering.fill(id, fill.trade);
                    }
                }
            }
            StepKind::Command { command, expected: Expected::Anything(noted) } => {
                numbering.clock.command(command.seq, command.time);
                write_line(f, noted, "  ", "anything")?;
            }
            StepKind::Book { expected, .. } if expected.is_empty() => f.write_str("  empty\n")?,
            StepKind::Book { instrument, expected } => {
                let declared = self.declared(instrument.index());
                for line in expected {
                    write_line(f, line, "  ", &book_line(&line.value, declared))?;
                }
            }
        }
        Ok(())
    }

    fn declared(&self, index: usize) -> &Instrument {
        &self.instruments[index].value
    }

    fn event_line_at(&self, event: &Event, command: &Command, next_trade: TradeId) -> String {
        event_line_after(event, self.declared(command.instrument.index()), next_trade)
    }

    /// The line of a step where `clock` says what goes without saying.
    pub(crate) fn step_line(&self, step: &StepKind, clock: Clock) -> String {
        let mut line = String::new();
        let instrument = match step {
            StepKind::Command { command, .. } => command.instrument,
            StepKind::Book { instrument, .. } => *instrument,
        };
        let declared = self.declared(instrument.index());
        let is_time = |command: &Command| command.action == Action::Time;
        if let StepKind::Command { command, .. } = step {
            if clock.next_seq() != Some(command.seq) {
                line.push_str(&format!("seq {} ", command.seq));
            }
            if clock.time() != command.time && !is_time(command) {
                line.push_str(&format!("at {} ", command.time));
            }
        }
        if self.instruments.len() > 1 {
            line.push_str(&format!("on {} ", quote(&declared.symbol)));
        }
        match step {
            StepKind::Command { command, .. } => line.push_str(&command_line(command, declared)),
            StepKind::Book { .. } => line.push_str("book"),
        }
        line
    }
}

fn write_line<T>(
    f: &mut fmt::Formatter<'_>,
    noted: &Noted<T>,
    indent: &str,
    line: &str,
) -> fmt::Result {
    write_gaps(f, &noted.above, indent)?;
    write!(f, "{indent}{line}")?;
    match noted.behind.as_deref() {
        None => writeln!(f),
        Some("") => writeln!(f, " #"),
        Some(comment) => writeln!(f, " # {comment}"),
    }
}

fn write_gaps(f: &mut fmt::Formatter<'_>, gaps: &[Gap], indent: &str) -> fmt::Result {
    for gap in gaps {
        match gap {
            Gap::Blank => writeln!(f)?,
            Gap::Comment(text) if text.is_empty() => writeln!(f, "{indent}#")?,
            Gap::Comment(text) => writeln!(f, "{indent}# {text}")?,
        }
    }
    Ok(())
}

fn instrument_line(instrument: &Instrument) -> String {
    let Instrument { tick, lot, matching, phase, .. } = instrument;
    let mut line = format!("instrument {} tick {tick} lot {lot}", quote(&instrument.symbol));
    if *matching != Matching::PriceTime {
        line.push_str(&format!(" matching {matching}"));
    }
    let price = |price: shadowbook_model::Price| tick.format_signed(price.0);
    push(&mut line, "price-min", instrument.price_min.map(price));
    push(&mut line, "price-max", instrument.price_max.map(price));
    push(&mut line, "reference", instrument.reference_price.map(price));
    if *phase != Phase::Continuous {
        line.push_str(&format!(" phase {phase}"));
    }
    line
}

fn push(line: &mut String, word: &str, value: Option<impl fmt::Display>) {
    if let Some(value) = value {
        let _infallible = write!(line, " {word} {value}");
    }
}

/// What a command asks for, in one line: without seq, instrument and, but for `time`, its time.
#[must_use]
pub fn command_line(command: &Command, instrument: &Instrument) -> String {
    match &command.action {
        Action::New(new) => new_line(new, instrument),
        Action::Replace(replace) => replace_line(replace, instrument),
        Action::Cancel(order) => format!("cancel {order}"),
        Action::MassCancel(mass_cancel) => {
            let mut line = format!("mass-cancel account {}", mass_cancel.account);
            if let Some(side) = mass_cancel.side {
                line.push_str(&format!(" {side}"));
            }
            line
        }
        Action::Phase(phase) => format!("phase {phase}"),
        Action::Time => format!("time {}", command.time),
    }
}

fn new_line(new: &NewOrder, Instrument { tick, lot, .. }: &Instrument) -> String {
    let mut line = format!("new {} {}", new.order, new.side);
    if new.order_type != OrderType::Limit {
        line.push_str(&format!(" {}", new.order_type));
    }
    line.push_str(&format!(" {}", lot.format_unsigned(new.quantity.0)));
    push(&mut line, "@", new.price.map(|price| tick.format_signed(price.0)));
    if new.time_in_force != default_time_in_force(new.order_type) {
        line.push_str(&format!(" {}", new.time_in_force));
    }
    push(&mut line, "expires", new.expire_time());
    push(&mut line, "account", (new.account.0 != 0).then_some(new.account));
    let self_trade = (new.self_trade != SelfTrade::None).then_some(new.self_trade);
    push(&mut line, "self-trade", self_trade);
    if new.post_only {
        line.push_str(" post-only");
    }
    push(&mut line, "display", new.display_quantity().map(|lots| lot.format_unsigned(lots.0)));
    push(&mut line, "min", new.min_quantity().map(|lots| lot.format_unsigned(lots.0)));
    push(&mut line, "trigger", new.trigger_price().map(|price| tick.format_signed(price.0)));
    push(&mut line, "trail", new.trail_offset().map(|offset| tick.format_signed(offset.0)));
    if new.seed {
        line.push_str(" seed");
    }
    line
}

fn replace_line(replace: &Replace, Instrument { tick, lot, .. }: &Instrument) -> String {
    let mut line = format!("replace {}", replace.order);
    push(&mut line, "to", replace.quantity.map(|lots| lot.format_unsigned(lots.0)));
    push(&mut line, "@", replace.price.map(|price| tick.format_signed(price.0)));
    push(&mut line, "as", replace.new_order);
    push(&mut line, "trigger", replace.trigger_price.map(|price| tick.format_signed(price.0)));
    push(&mut line, "display", replace.display_quantity.map(|lots| lot.format_unsigned(lots.0)));
    line
}

/// An event in one line, with the trade number of a fill.
#[must_use]
pub fn event_line(event: &Event, instrument: &Instrument) -> String {
    let mut line = event_without_trade(event, instrument);
    if let Event::Fill(fill) = event {
        line.push_str(&format!(" trade {}", fill.trade));
    }
    line
}

/// An event in one line; the number of a fill only when it is not `next_trade`.
pub(crate) fn event_line_after(
    event: &Event,
    instrument: &Instrument,
    next_trade: TradeId,
) -> String {
    match event {
        Event::Fill(fill) if fill.trade == next_trade => event_without_trade(event, instrument),
        _ => event_line(event, instrument),
    }
}

fn event_without_trade(event: &Event, Instrument { tick, lot, .. }: &Instrument) -> String {
    match event {
        Event::Accepted { order } => format!("accepted {order}"),
        Event::Rejected { command, order, reason } => {
            format!("rejected {command} {order} {reason}")
        }
        Event::Replaced { order, new_order, price, open } => {
            let mut line = format!("replaced {order}");
            push(&mut line, "as", *new_order);
            push(&mut line, "open", Some(lot.format_unsigned(open.0)));
            push(&mut line, "@", price.map(|price| tick.format_signed(price.0)));
            line
        }
        Event::Fill(Fill { maker, taker, price, quantity, maker_open, taker_open, .. }) => {
            format!(
                "fill {} @ {} maker {maker} taker {taker} open {} / {}",
                lot.format_unsigned(quantity.0),
                tick.format_signed(price.0),
                lot.format_unsigned(maker_open.0),
                lot.format_unsigned(taker_open.0),
            )
        }
        Event::Reduced { order, quantity, open } => {
            let (by, open) = (lot.format_unsigned(quantity.0), lot.format_unsigned(open.0));
            format!("reduced {order} by {by} open {open}")
        }
        Event::Canceled { order, quantity, reason } => {
            format!("canceled {order} open {} {reason}", lot.format_unsigned(quantity.0))
        }
        Event::Triggered { order } => format!("triggered {order}"),
        Event::Auction { price, quantity } => {
            let (volume, price) = (lot.format_unsigned(quantity.0), tick.format_signed(price.0));
            format!("auction {volume} @ {price}")
        }
        Event::Phase { phase } => format!("phase {phase}"),
    }
}

/// A line of a book.
pub(crate) fn book_line(line: &BookLine, instrument: &Instrument) -> String {
    match line {
        BookLine::Level { side, price, orders } => {
            let price = price.map(|price| instrument.tick.format_signed(price.0));
            let mut text = format!("{side} {}:", price.as_deref().unwrap_or("market"));
            for (index, resting) in orders.iter().enumerate() {
                let Resting { order, open, displayed } = resting;
                let comma = if index == 0 { "" } else { "," };
                let lots = instrument.lot.format_unsigned(open.0);
                text.push_str(&format!("{comma} {order} x {lots}"));
                let shown = instrument.lot.format_unsigned(displayed.0);
                push(&mut text, "showing", (displayed != open).then_some(shown));
            }
            text
        }
        BookLine::Untriggered(waiting) => untriggered_line(waiting, instrument),
    }
}

fn untriggered_line(waiting: &Untriggered, Instrument { tick, lot, .. }: &Instrument) -> String {
    let Untriggered { order, side, order_type, open, price, .. } = waiting;
    let lots = lot.format_unsigned(open.0);
    let mut line = format!("untriggered {order} {side} {order_type} {lots}");
    push(&mut line, "@", price.map(|price| tick.format_signed(price.0)));
    push(&mut line, "trail", waiting.trail_offset().map(|offset| tick.format_signed(offset.0)));
    push(&mut line, "trigger", waiting.trigger_price().map(|price| tick.format_signed(price.0)));
    line
}
