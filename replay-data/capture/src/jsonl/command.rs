//! Command, instrument and `recorded` lines to values.

use shadowbook_model::{
    AccountId, Action, Command, CommandKind, Instrument, InstrumentId, MassCancel, NewOrder,
    OrderId, OrderType, Phase, Replace, Seq, TimeInForce, TimeNs,
};

use super::Symbols;
use super::answer::event_line;
use super::field::Field;
use super::object::Object;
use crate::batch::{Batch, RecordedFill, events_problem};
use crate::error::InputError;
use crate::instruments::bounds_problem;

/// A command as a line says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The command.
    pub command: Command,
    /// Whether the importer added it to put its book right.
    pub synthetic: bool,
}

/// Reads a command line; `number` is the line's, for errors.
///
/// # Errors
/// When it is no command line, or names an instrument that is not in the table.
pub fn parse_command(
    line: &str,
    number: u64,
    symbols: &Symbols,
) -> Result<CommandLine, InputError> {
    let mut object = Object::parse(line, number)?;
    let kind = object.required_name(Field::Type)?;
    command_line(object, kind, symbols)
}

/// The command that an object says, after its type was taken from it.
pub(super) fn command_line(
    mut object: Object<'_>,
    kind: CommandKind,
    symbols: &Symbols,
) -> Result<CommandLine, InputError> {
    let seq = Seq(object.required_number(Field::Seq)?);
    let time = TimeNs(object.required_number(Field::TimeNs)?);
    let (id, instrument) = object.instrument(symbols)?;
    let action = match kind {
        CommandKind::New => new_order(&mut object, instrument)?.into(),
        CommandKind::Replace => replacement(&mut object, instrument)?.into(),
        CommandKind::Cancel => Action::Cancel(order(&mut object)?),
        CommandKind::MassCancel => {
            let account = AccountId(object.required_number(Field::Account)?);
            MassCancel { account, side: object.name(Field::Side)? }.into()
        }
        CommandKind::Phase => object.required_name::<Phase>(Field::Phase)?.into(),
        CommandKind::Time => Action::Time,
    };
    let synthetic = object.flag(Field::Synthetic)?;
    object.finish(kind.name())?;
    Ok(CommandLine { command: Command { seq, time, instrument: id, action }, synthetic })
}

fn order(object: &mut Object<'_>) -> Result<OrderId, InputError> {
    object.required_number(Field::Order).map(OrderId)
}

/// The time in force that an order of this type has when it names none (rule O2).
pub(super) const fn default_time_in_force(order_type: OrderType) -> TimeInForce {
    match order_type {
        OrderType::Market => TimeInForce::Ioc,
        _ => TimeInForce::Gtc,
    }
}

fn new_order(object: &mut Object<'_>, instrument: &Instrument) -> Result<NewOrder, InputError> {
    let order = order(object)?;
    let side = object.required_name(Field::Side)?;
    let order_type = object.required_name(Field::OrderType)?;
    let quantity = object.required_quantity(Field::Quantity, instrument)?;
    let plain = NewOrder::market(order, side, quantity);
    let time_in_force = object.name(Field::TimeInForce)?;
    let new = NewOrder {
        order_type,
        account: AccountId(object.number(Field::Account)?.unwrap_or_default()),
        price: object.price(Field::Price, instrument)?,
        time_in_force: time_in_force.unwrap_or(default_time_in_force(order_type)),
        post_only: object.flag(Field::PostOnly)?,
        self_trade: object.name(Field::SelfTrade)?.unwrap_or(plain.self_trade),
        seed: object.flag(Field::Seed)?,
        ..plain
    };
    Ok(new
        .with_expire_time(object.number(Field::ExpireTimeNs)?.map(TimeNs))
        .with_display_quantity(object.quantity(Field::DisplayQuantity, instrument)?)
        .with_min_quantity(object.quantity(Field::MinQuantity, instrument)?)
        .with_trigger_price(object.price(Field::TriggerPrice, instrument)?)
        .with_trail_offset(object.offset(Field::TrailOffset, instrument)?))
}

fn replacement(object: &mut Object<'_>, instrument: &Instrument) -> Result<Replace, InputError> {
    Ok(Replace {
        order: order(object)?,
        new_order: object.number(Field::NewOrder)?.map(OrderId),
        price: object.price(Field::Price, instrument)?,
        quantity: object.quantity(Field::Quantity, instrument)?,
        trigger_price: object.price(Field::TriggerPrice, instrument)?,
        display_quantity: object.quantity(Field::DisplayQuantity, instrument)?,
    })
}

/// The instrument that an object declares, after its type was taken from it.
pub(super) fn instrument_line(mut object: Object<'_>) -> Result<Instrument, InputError> {
    let symbol = object.text(Field::Instrument)?;
    let symbol = object.required(Field::Instrument, symbol)?.into_owned();
    if symbol.is_empty() {
        return Err(object.problem(Field::Instrument, "an instrument needs a name"));
    }
    let tick = object.increment(Field::Tick)?;
    let lot = object.increment(Field::Lot)?;
    let mut instrument = Instrument::new(symbol, tick, lot);
    instrument.matching = object.required_name(Field::Matching)?;
    instrument.price_min = object.price(Field::PriceMin, &instrument)?;
    instrument.price_max = object.price(Field::PriceMax, &instrument)?;
    instrument.reference_price = object.price(Field::ReferencePrice, &instrument)?;
    instrument.phase = object.name(Field::Phase)?.unwrap_or(instrument.phase);
    let bounds = object.position(Field::PriceMax);
    object.finish("instrument")?;
    if let Some(problem) = bounds_problem(&instrument) {
        return Err(InputError::new(bounds, problem));
    }
    Ok(instrument)
}

/// Puts what an object says was recorded of the last command of `batch` into that batch.
pub(super) fn recorded_line(
    mut object: Object<'_>,
    (seq, on): (Seq, InstrumentId),
    symbols: &Symbols,
    batch: &mut Batch,
) -> Result<(), InputError> {
    let about = object.required_number(Field::Seq)?;
    if about != seq.0 {
        let expected = format!("{seq}, the seq of the command before it");
        return Err(InputError::expected(object.position(Field::Seq), about, expected));
    }
    let Some(instrument) = symbols.instruments().get(on.index()) else {
        return Err(object.problem(Field::Seq, "the command before it names no instrument"));
    };
    let (mut fills, mut events) = (Vec::new(), Vec::new());
    let has_fills = object.for_each(Field::Fills, |fill| {
        fills.push(recorded_fill(fill, instrument)?);
        Ok(())
    })?;
    let has_events = object.for_each(Field::Events, |event| {
        let seq_position = event.position(Field::Seq);
        let instrument_position = event.position(Field::Instrument);
        let line = event_line(event, symbols)?;
        if line.seq != seq {
            let expected = format!("{seq}, the seq of the command");
            return Err(InputError::expected(seq_position, line.seq, expected));
        }
        if line.instrument != on {
            let problem = format!("expected {}, as the command has it", instrument.symbol);
            return Err(InputError::new(instrument_position, problem));
        }
        events.push(line.event);
        Ok(())
    })?;
    let is_unchecked = object.flag(Field::Unchecked)?;
    object.finish("recorded")?;
    match (has_fills, has_events, is_unchecked) {
        (true, false, false) => batch.record_fills(fills),
        (false, true, false) => {
            if let Some(problem) = events_problem(&events) {
                return Err(object.problem(Field::Events, problem));
            }
            batch.record_events(events);
        }
        (false, false, true) => batch.record_unchecked(),
        _ => {
            let problem = "expected exactly one of: fills, events, unchecked as true";
            return Err(object.problem(Field::Fills, problem));
        }
    }
    Ok(())
}

fn recorded_fill(
    mut object: Object<'_>,
    instrument: &Instrument,
) -> Result<RecordedFill, InputError> {
    let fill = RecordedFill {
        maker: OrderId(object.required_number(Field::Maker)?),
        price: object.required_price(Field::Price, instrument)?,
        quantity: object.required_quantity(Field::Quantity, instrument)?,
    };
    object.finish("fills")?;
    Ok(fill)
}
