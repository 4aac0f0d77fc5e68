//! The states that a file begins with, and their orders.

use bincode::{Decode, Encode};
use shadowbook_model::{
    AccountId, Arrival, InstrumentId, InstrumentState, OrderId, OrderState, OrderType, Phase,
    Price, PriceOffset, Quantity, SelfTrade, Side, TimeInForce, TimeNs, TradeId, TriggerState,
    Visibility,
};

use super::{Header, wire_instrument};
use super::{WireInstrument, check_instruments, config, decode, encode, instrument};

/// The header of a file that begins with a snapshot.
#[derive(Encode, Decode)]
struct WireFront {
    instruments: Vec<WireInstrument>,
    origin: String,
    states: Vec<WireState>,
}

#[derive(Encode, Decode)]
struct WireState {
    instrument: u32,
    phase: u8,
    last_trade: Option<i64>,
    next_trade: u64,
    arrivals: u64,
    orders: u64,
}

#[derive(Encode, Decode)]
struct WireOrder {
    order: u64,
    account: u64,
    arrival: u64,
    side: u8,
    order_type: u8,
    time_in_force: u8,
    self_trade: u8,
    post_only: bool,
    price: Option<i64>,
    open: u64,
    executed: u64,
    visibility: WireVisibility,
    expire_time_ns: Option<u64>,
    min_quantity: Option<u64>,
    trigger: WireTrigger,
}

#[derive(Encode, Decode)]
enum WireVisibility {
    Full,
    Iceberg { display: u64, slice: u64 },
    Hidden,
}

#[derive(Encode, Decode)]
enum WireTrigger {
    None,
    Fixed(i64),
    Trailing { offset: i64, price: Option<i64> },
}

/// What the header says of the snapshot of one instrument; its orders follow in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::file) struct StateEntry {
    pub(in crate::file) instrument: InstrumentId,
    pub(in crate::file) state: InstrumentState,
    pub(in crate::file) orders: u64,
}

/// The bytes of the header of a file that begins with these states.
///
/// # Errors
/// When it is larger than a file can hold.
pub(in crate::file) fn encode_front(
    header: &Header,
    states: &[StateEntry],
) -> Result<Vec<u8>, String> {
    check_instruments(&header.instruments)?;
    let state = |entry: &StateEntry| WireState {
        instrument: entry.instrument.0,
        phase: entry.state.phase.code(),
        last_trade: entry.state.last_trade.map(|price| price.0),
        next_trade: entry.state.next_trade.0,
        arrivals: entry.state.arrivals.0,
        orders: entry.orders,
    };
    encode(WireFront {
        instruments: header.instruments.iter().map(wire_instrument).collect(),
        origin: header.origin.clone(),
        states: states.iter().map(state).collect(),
    })
}

/// The header in these bytes, with the states that the file begins with.
///
/// # Errors
/// In words, what is wrong with them.
pub(in crate::file) fn decode_front(bytes: &[u8]) -> Result<(Header, Vec<StateEntry>), String> {
    let WireFront { instruments, origin, states } = decode(bytes)?;
    let instruments = instruments.into_iter().map(instrument).collect::<Result<Vec<_>, _>>()?;
    check_instruments(&instruments)?;
    let states = states.into_iter().map(state_entry).collect::<Result<Vec<_>, _>>()?;
    Ok((Header { instruments, origin }, states))
}

fn state_entry(wire: WireState) -> Result<StateEntry, String> {
    let state = InstrumentState {
        phase: Phase::from_code(wire.phase).ok_or("unknown phase of a state")?,
        last_trade: wire.last_trade.map(Price),
        next_trade: TradeId(wire.next_trade),
        arrivals: Arrival(wire.arrivals),
    };
    Ok(StateEntry { instrument: InstrumentId(wire.instrument), state, orders: wire.orders })
}

/// Appends the bytes of an order.
///
/// # Errors
/// Never in practice: an order is small.
pub(in crate::file) fn encode_order(order: &OrderState, bytes: &mut Vec<u8>) -> Result<(), String> {
    let wire = WireOrder {
        order: order.order.0,
        account: order.account.0,
        arrival: order.arrival.0,
        side: order.side.code(),
        order_type: order.order_type.code(),
        time_in_force: order.time_in_force.code(),
        self_trade: order.self_trade.code(),
        post_only: order.post_only,
        price: order.price.map(|price| price.0),
        open: order.open.0,
        executed: order.executed.0,
        visibility: match order.visibility {
            Visibility::Full => WireVisibility::Full,
            Visibility::Iceberg { display, slice } => {
                WireVisibility::Iceberg { display: display.0, slice: slice.0 }
            }
            Visibility::Hidden => WireVisibility::Hidden,
        },
        expire_time_ns: order.expire_time.map(|time| time.0),
        min_quantity: order.min_quantity.map(|quantity| quantity.0),
        trigger: match order.trigger {
            None => WireTrigger::None,
            Some(TriggerState::Fixed(price)) => WireTrigger::Fixed(price.0),
            Some(TriggerState::Trailing { offset, price }) => {
                WireTrigger::Trailing { offset: offset.0, price: price.map(|price| price.0) }
            }
        },
    };
    bytes.extend(encode(wire)?);
    Ok(())
}

/// Appends the orders in these bytes, of which there must be so many.
///
/// # Errors
/// In words, what is wrong with them.
pub(in crate::file) fn decode_orders(
    mut bytes: &[u8],
    count: usize,
    orders: &mut Vec<OrderState>,
) -> Result<(), String> {
    for _ in 0..count {
        let (wire, used): (WireOrder, usize) =
            bincode::decode_from_slice(bytes, config()).map_err(|error| error.to_string())?;
        orders.push(order_state(wire)?);
        bytes = &bytes[used..];
    }
    if bytes.is_empty() { Ok(()) } else { Err(format!("{} bytes too many", bytes.len())) }
}

fn order_state(wire: WireOrder) -> Result<OrderState, String> {
    let problem = |what: &str| format!("order {}: unknown {what}", wire.order);
    Ok(OrderState {
        order: OrderId(wire.order),
        account: AccountId(wire.account),
        arrival: Arrival(wire.arrival),
        price: wire.price.map(Price),
        open: Quantity(wire.open),
        executed: Quantity(wire.executed),
        visibility: match wire.visibility {
            WireVisibility::Full => Visibility::Full,
            WireVisibility::Iceberg { display, slice } => {
                Visibility::Iceberg { display: Quantity(display), slice: Quantity(slice) }
            }
            WireVisibility::Hidden => Visibility::Hidden,
        },
        expire_time: wire.expire_time_ns.map(TimeNs),
        min_quantity: wire.min_quantity.map(Quantity),
        trigger: match wire.trigger {
            WireTrigger::None => None,
            WireTrigger::Fixed(price) => Some(TriggerState::Fixed(Price(price))),
            WireTrigger::Trailing { offset, price } => Some(TriggerState::Trailing {
                offset: PriceOffset(offset),
                price: price.map(Price),
            }),
        },
        side: Side::from_code(wire.side).ok_or_else(|| problem("side"))?,
        order_type: OrderType::from_code(wire.order_type).ok_or_else(|| problem("order type"))?,
        time_in_force: TimeInForce::from_code(wire.time_in_force)
            .ok_or_else(|| problem("time in force"))?,
        post_only: wire.post_only,
        self_trade: SelfTrade::from_code(wire.self_trade)
            .ok_or_else(|| problem("self-trade mode"))?,
    })
}
