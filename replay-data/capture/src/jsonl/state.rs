//! `state` and `order` lines: what the books hold before the first command.

use shadowbook_model::{
    AccountId, Arrival, Instrument, InstrumentState, OrderId, OrderState, OrderType, Quantity,
    SelfTrade, Snapshot, TimeNs, TradeId, TriggerState, Visibility,
};

use super::Symbols;
use super::command::default_time_in_force;
use super::field::Field;
use super::line::LineWriter;
use super::object::Object;
use crate::error::{InputError, Position};
use crate::snapshots::check_snapshots;

/// The snapshots of a text as they come, line by line.
#[derive(Debug, Default)]
pub(super) struct States {
    snapshots: Vec<Snapshot>,
    /// The line of each state.
    lines: Vec<u64>,
}

impl States {
    /// Those that were read.
    pub(super) fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.snapshots.is_empty()
    }

    /// Takes a `state` line, after its type was taken from it.
    pub(super) fn state(
        &mut self,
        mut object: Object<'_>,
        line: u64,
        symbols: &Symbols,
    ) -> Result<(), InputError> {
        let (id, instrument) = object.instrument(symbols)?;
        if self.snapshots.last().is_some_and(|last| last.instrument >= id) {
            let problem = "states stand in the order of the instrument lines, one for each";
            return Err(object.problem(Field::Instrument, problem));
        }
        let state = InstrumentState {
            phase: object.required_name(Field::Phase)?,
            last_trade: object.price(Field::LastTrade, instrument)?,
            next_trade: TradeId(object.required_number(Field::NextTrade)?),
            arrivals: Arrival(object.required_number(Field::Arrivals)?),
        };
        object.finish("state")?;
        self.snapshots.push(Snapshot { instrument: id, state, orders: Vec::new() });
        self.lines.push(line);
        Ok(())
    }

    /// Takes an `order` line, after its type was taken from it.
    pub(super) fn order(
        &mut self,
        mut object: Object<'_>,
        symbols: &Symbols,
    ) -> Result<(), InputError> {
        let (id, instrument) = object.instrument(symbols)?;
        let snapshot = self.snapshots.last_mut().filter(|snapshot| snapshot.instrument == id);
        let Some(snapshot) = snapshot else {
            let problem = "an order follows the state of its instrument";
            return Err(object.problem(Field::Instrument, problem));
        };
        snapshot.orders.push(order_state(object, instrument)?);
        Ok(())
    }

    /// Sees to it that the snapshots are sound, when the last of them was read.
    pub(super) fn check(&self, symbols: &Symbols) -> Result<(), InputError> {
        check_snapshots(symbols.instruments(), &self.snapshots).map_err(|(index, problem)| {
            let line = self.lines.get(index).copied().unwrap_or_default();
            InputError::new(Position::Line(line), problem)
        })
    }
}

fn order_state(mut object: Object<'_>, instrument: &Instrument) -> Result<OrderState, InputError> {
    let order_type: OrderType = object.required_name(Field::OrderType)?;
    let time_in_force = object.name(Field::TimeInForce)?;
    let order = OrderState {
        order: OrderId(object.required_number(Field::Order)?),
        account: AccountId(object.number(Field::Account)?.unwrap_or_default()),
        arrival: Arrival(object.required_number(Field::Arrival)?),
        price: object.price(Field::Price, instrument)?,
        open: object.required_quantity(Field::Open, instrument)?,
        executed: object.required_quantity(Field::Executed, instrument)?,
        visibility: visibility(&mut object, instrument)?,
        expire_time: object.number(Field::ExpireTimeNs)?.map(TimeNs),
        min_quantity: object.quantity(Field::MinQuantity, instrument)?,
        trigger: trigger(&mut object, instrument)?,
        side: object.required_name(Field::Side)?,
        order_type,
        time_in_force: time_in_force.unwrap_or(default_time_in_force(order_type)),
        post_only: object.flag(Field::PostOnly)?,
        self_trade: object.name(Field::SelfTrade)?.unwrap_or(SelfTrade::None),
    };
    object.finish("order")?;
    Ok(order)
}

fn visibility(object: &mut Object<'_>, instrument: &Instrument) -> Result<Visibility, InputError> {
    let display = object.quantity(Field::DisplayQuantity, instrument)?;
    let slice = object.quantity(Field::Slice, instrument)?;
    match (display, slice) {
        (None, None) => Ok(Visibility::Full),
        (Some(display), None) if display.is_zero() => Ok(Visibility::Hidden),
        (Some(_), None) => Err(object.problem(Field::Slice, "missing")),
        (Some(display), Some(slice)) if !display.is_zero() => {
            Ok(Visibility::Iceberg { display, slice })
        }
        (_, Some(_)) => {
            let problem = "only an order with a display quantity above zero has a slice";
            Err(object.problem(Field::Slice, problem))
        }
    }
}

fn trigger(
    object: &mut Object<'_>,
    instrument: &Instrument,
) -> Result<Option<TriggerState>, InputError> {
    let price = object.price(Field::TriggerPrice, instrument)?;
    let offset = object.offset(Field::TrailOffset, instrument)?;
    Ok(match (offset, price) {
        (Some(offset), price) => Some(TriggerState::Trailing { offset, price }),
        (None, Some(price)) => Some(TriggerState::Fixed(price)),
        (None, None) => None,
    })
}

/// Appends a `state` line and an `order` line for each live order, a newline behind each.
///
/// # Panics
/// When the snapshot is of an instrument that is not in the table.
pub fn write_snapshot(out: &mut String, snapshot: &Snapshot, instruments: &[Instrument]) {
    let instrument = &instruments[snapshot.instrument.index()];
    write_state(out, &snapshot.state, instrument);
    out.push('\n');
    for order in &snapshot.orders {
        write_order(out, order, instrument);
        out.push('\n');
    }
}

fn write_state(out: &mut String, state: &InstrumentState, instrument: &Instrument) {
    let mut line = LineWriter::new(out, "state");
    line.instrument(&instrument.symbol);
    line.name(Field::Phase, state.phase.name());
    line.price(Field::LastTrade, state.last_trade, instrument);
    line.number(Field::NextTrade, state.next_trade.0);
    line.number(Field::Arrivals, state.arrivals.0);
    line.end();
}

fn write_order(out: &mut String, order: &OrderState, instrument: &Instrument) {
    let mut line = LineWriter::new(out, "order");
    line.instrument(&instrument.symbol);
    line.number(Field::Order, order.order.0);
    if !order.account.is_anonymous() {
        line.number(Field::Account, order.account.0);
    }
    line.number(Field::Arrival, order.arrival.0);
    line.name(Field::Side, order.side.name());
    line.name(Field::OrderType, order.order_type.name());
    line.price(Field::Price, order.price, instrument);
    line.quantity(Field::Open, order.open, instrument);
    line.quantity(Field::Executed, order.executed, instrument);
    if order.time_in_force != default_time_in_force(order.order_type) {
        line.name(Field::TimeInForce, order.time_in_force.name());
    }
    line.optional_number(Field::ExpireTimeNs, order.expire_time.map(|time| time.0));
    line.flag(Field::PostOnly, order.post_only);
    match order.visibility {
        Visibility::Full => {}
        Visibility::Iceberg { display, slice } => {
            line.quantity(Field::DisplayQuantity, display, instrument);
            line.quantity(Field::Slice, slice, instrument);
        }
        Visibility::Hidden => {
            line.quantity(Field::DisplayQuantity, Quantity::ZERO, instrument);
        }
    }
    line.quantity(Field::MinQuantity, order.min_quantity, instrument);
    if order.self_trade != SelfTrade::None {
        line.name(Field::SelfTrade, order.self_trade.name());
    }
    match order.trigger {
        None => {}
        Some(TriggerState::Fixed(price)) => line.price(Field::TriggerPrice, price, instrument),
        Some(TriggerState::Trailing { offset, price }) => {
            line.price(Field::TriggerPrice, price, instrument);
            line.offset(Field::TrailOffset, Some(offset), instrument);
        }
    }
    line.end();
}
