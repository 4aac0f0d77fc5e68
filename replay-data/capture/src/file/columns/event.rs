//! Recorded events as numbers.
//!
//! An event is a tag (its kind times 16 and a detail), the orders it names, and its numbers. An
//! order is 1 when it is the command's own, a distance plus one when the block knows it, else 0
//! and its id.

use shadowbook_model::{
    CancelReason, Command, CommandKind, Event, Fill, OrderId, Phase, Price, Quantity, RejectReason,
    TradeId, Volume,
};

use super::codec::{
    Coder, EVENT, EVENT_OPEN, EVENT_ORDER, EVENT_PRICE, EVENT_QUANTITY, TRADE, UNKNOWN_ORDER,
};
use super::context::{Context, Known};

const ACCEPTED: u64 = 0;
const REJECTED: u64 = 1;
const REPLACED: u64 = 2;
const FILL: u64 = 3;
const REDUCED: u64 = 4;
const CANCELED: u64 = 5;
const TRIGGERED: u64 = 6;
const AUCTION: u64 = 7;
const PHASE: u64 = 8;

/// What [`Event::Replaced`] has, in its detail.
const NEW_ORDER: u64 = 1;
const LIMIT: u64 = 2;

/// The numbers of any event; which of them an event has, its kind says.
#[derive(Clone, Copy, Default)]
struct Numbers {
    order: OrderId,
    other: OrderId,
    price: Price,
    quantity: Quantity,
    open: Quantity,
    other_open: Quantity,
    trade: TradeId,
    /// The upper half of an auction's volume, or a rejected command's kind.
    extra: u64,
}

/// Writes `event`, or reads one; `event` is then ignored.
pub(super) fn event(
    coder: &mut impl Coder,
    context: &mut Context,
    command: &Command,
    event: &Event,
) -> Event {
    let (tag, numbers) = take_apart(event);
    let tag = coder.number(EVENT, tag);
    let numbers = code_numbers(coder, context, command, tag, numbers);
    put_together(tag, &numbers).unwrap_or_else(|| {
        coder.refuse();
        Event::Accepted { order: numbers.order }
    })
}

fn code_numbers(
    coder: &mut impl Coder,
    context: &mut Context,
    command: &Command,
    tag: u64,
    mut numbers: Numbers,
) -> Numbers {
    let on = command.instrument;
    let mut last = context.prices.get(on.index()).map_or(Price(0), |last| last[0]);
    let kind = tag / 16;
    if !matches!(kind, AUCTION | PHASE) {
        (numbers.order, last) = event_order(coder, context, command, numbers.order);
    }
    if kind == FILL || (kind == REPLACED && tag & NEW_ORDER != 0) {
        (numbers.other, _) = event_order(coder, context, command, numbers.other);
    }
    if matches!(kind, FILL | AUCTION) || (kind == REPLACED && tag & LIMIT != 0) {
        numbers.price = coder.price(EVENT_PRICE, last, numbers.price);
    }
    if matches!(kind, FILL | REDUCED | CANCELED | AUCTION) {
        numbers.quantity = coder.quantity(EVENT_QUANTITY, numbers.quantity);
    }
    if matches!(kind, REPLACED | FILL | REDUCED) {
        numbers.open = coder.quantity(EVENT_OPEN, numbers.open);
    }
    if kind == FILL {
        numbers.other_open = coder.quantity(EVENT_OPEN, numbers.other_open);
        let next = context.trades.get(on.index()).map_or(0, |trade| trade.wrapping_add(1));
        numbers.trade = TradeId(coder.near(TRADE, next, numbers.trade.0));
        if let Some(trade) = context.trades.get_mut(on.index()) {
            *trade = numbers.trade.0;
        }
    }
    if matches!(kind, AUCTION | REJECTED) {
        numbers.extra = coder.number(EVENT_OPEN, numbers.extra);
    }
    numbers
}

/// An order that an event names, and the last price heard of it.
fn event_order(
    coder: &mut impl Coder,
    context: &mut Context,
    command: &Command,
    order: OrderId,
) -> (OrderId, Price) {
    let on = command.instrument;
    let own = command.order();
    let found = if own == Some(order) {
        1
    } else {
        // Distances begin at 1, so a known order is at least 2 here.
        match coder.find(context, on, order) {
            0 => 0,
            distance => distance + 1,
        }
    };
    match coder.number(EVENT_ORDER, found) {
        0 => {
            let order = OrderId(coder.near(UNKNOWN_ORDER, context.unknown_id, order.0));
            context.unknown_id = order.0;
            let price = context.prices.get(on.index()).map_or(Price(0), |last| last[0]);
            context.known.push(Known { order, instrument: on, price });
            coder.learned(context);
            (order, price)
        }
        1 => {
            if own.is_none() {
                coder.refuse();
            }
            let price = context.known_at(1).map_or(Price(0), |known| known.price);
            (own.unwrap_or_default(), price)
        }
        distance => match context.known_at(distance - 1) {
            Some(known) if known.instrument == on => (known.order, known.price),
            _ => {
                coder.refuse();
                (order, Price(0))
            }
        },
    }
}

fn take_apart(event: &Event) -> (u64, Numbers) {
    let none = Numbers::default();
    let detail = |kind: u64, detail: u8| kind * 16 + u64::from(detail);
    match *event {
        Event::Accepted { order } => (detail(ACCEPTED, 0), Numbers { order, ..none }),
        Event::Rejected { command, order, reason } => {
            let extra = u64::from(command.code());
            (detail(REJECTED, reason.code()), Numbers { order, extra, ..none })
        }
        Event::Replaced { order, new_order, price, open } => {
            let bit = |is_there: bool, bit: u64| if is_there { bit } else { 0 };
            let tag =
                REPLACED * 16 + bit(new_order.is_some(), NEW_ORDER) + bit(price.is_some(), LIMIT);
            let (other, price) = (new_order.unwrap_or_default(), price.unwrap_or_default());
            (tag, Numbers { order, other, price, open, ..none })
        }
        Event::Fill(fill) => {
            let Fill { trade, maker, taker, price, quantity, maker_open, taker_open } = fill;
            let numbers = Numbers {
                order: maker,
                other: taker,
                price,
                quantity,
                open: maker_open,
                other_open: taker_open,
                trade,
                extra: 0,
            };
            (detail(FILL, 0), numbers)
        }
        Event::Reduced { order, quantity, open } => {
            (detail(REDUCED, 0), Numbers { order, quantity, open, ..none })
        }
        Event::Canceled { order, quantity, reason } => {
            (detail(CANCELED, reason.code()), Numbers { order, quantity, ..none })
        }
        Event::Triggered { order } => (detail(TRIGGERED, 0), Numbers { order, ..none }),
        Event::Auction { price, quantity } => {
            let (low, high) = halves(quantity);
            let numbers = Numbers { price, quantity: Quantity(low), extra: high, ..none };
            (detail(AUCTION, 0), numbers)
        }
        Event::Phase { phase } => (detail(PHASE, phase.code()), none),
    }
}

fn put_together(tag: u64, numbers: &Numbers) -> Option<Event> {
    let Numbers { order, other, price, quantity, open, other_open, trade, extra } = *numbers;
    let detail = u8::try_from(tag % 16).ok()?;
    let kind = tag / 16;
    let has_no_detail = matches!(kind, ACCEPTED | FILL | REDUCED | TRIGGERED | AUCTION);
    if (has_no_detail && detail != 0) || (kind == REPLACED && tag % 16 > (NEW_ORDER | LIMIT)) {
        return None;
    }
    Some(match kind {
        ACCEPTED => Event::Accepted { order },
        REJECTED => Event::Rejected {
            command: CommandKind::from_code(u8::try_from(extra).ok()?)?,
            order,
            reason: RejectReason::from_code(detail)?,
        },
        REPLACED => Event::Replaced {
            order,
            new_order: (tag & NEW_ORDER != 0).then_some(other),
            price: (tag & LIMIT != 0).then_some(price),
            open,
        },
        FILL => Event::Fill(Fill {
            trade,
            maker: order,
            taker: other,
            price,
            quantity,
            maker_open: open,
            taker_open: other_open,
        }),
        REDUCED => Event::Reduced { order, quantity, open },
        CANCELED => Event::Canceled { order, quantity, reason: CancelReason::from_code(detail)? },
        TRIGGERED => Event::Triggered { order },
        AUCTION => Event::Auction {
            price,
            quantity: Volume(u128::from(quantity.0) | (u128::from(extra) << 64)),
        },
        PHASE => Event::Phase { phase: Phase::from_code(detail)? },
        _ => return None,
    })
}

/// The lower and the upper 64 bits.
fn halves(volume: Volume) -> (u64, u64) {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = volume.0.to_le_bytes();
    (u64::from_le_bytes([a, b, c, d, e, f, g, h]), u64::from_le_bytes([i, j, k, l, m, n, o, p]))
}
