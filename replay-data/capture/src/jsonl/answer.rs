//! What an engine behind a pipe answers: event lines, book lines, `done`, `unsupported`.

use shadowbook_model::{
    AccountId, CancelReason, Event, Fill, Instrument, InstrumentId, OrderId, OrderState, OrderType,
    Price, PriceOffset, Quantity, Seq, Side, TradeId, TriggerState,
};

use super::Symbols;
use super::field::Field;
use super::object::Object;
use crate::error::InputError;

/// An event together with the command that it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// The command.
    pub seq: Seq,
    /// The instrument.
    pub instrument: InstrumentId,
    /// What happened.
    pub event: Event,
}

/// One live order as a book line shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookLine {
    /// It is in the book.
    Resting {
        /// Bid or ask.
        side: Side,
        /// Its limit; `None` for market orders that wait for an uncross.
        price: Option<Price>,
        /// Its id.
        order: OrderId,
        /// Its owner.
        account: AccountId,
        /// What is still to trade.
        open: Quantity,
        /// What of it shows.
        displayed: Quantity,
    },
    /// It waits for its trigger.
    Untriggered {
        /// Bid or ask.
        side: Side,
        /// What kind of order it is.
        order_type: OrderType,
        /// The last trade that triggers it; `None` for a trailing one before the first trade.
        trigger_price: Option<Price>,
        /// Its limit; `None` for market types.
        price: Option<Price>,
        /// How far a trailing trigger stays behind.
        trail_offset: Option<PriceOffset>,
        /// Its id.
        order: OrderId,
        /// Its owner.
        account: AccountId,
        /// What is still to trade.
        open: Quantity,
    },
}

impl BookLine {
    /// What a book line shows of this order.
    #[must_use]
    pub fn of(order: &OrderState) -> Self {
        let (trigger_price, trail_offset) = match order.trigger {
            None => {
                return Self::Resting {
                    side: order.side,
                    price: order.price,
                    order: order.order,
                    account: order.account,
                    open: order.open,
                    displayed: order.displayed(),
                };
            }
            Some(TriggerState::Fixed(price)) => (Some(price), None),
            Some(TriggerState::Trailing { offset, price }) => (price, Some(offset)),
        };
        Self::Untriggered {
            side: order.side,
            order_type: order.order_type,
            trigger_price,
            price: order.price,
            trail_offset,
            order: order.order,
            account: order.account,
            open: order.open,
        }
    }
}

/// One line that an engine behind a pipe answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An event.
    Event(EventLine),
    /// A live order.
    Book {
        /// The instrument.
        instrument: InstrumentId,
        /// The order.
        line: BookLine,
    },
    /// The answer to a command, or to `{"type":"book"}`, is complete.
    Done {
        /// The command; `None` after a book.
        seq: Option<Seq>,
    },
    /// The engine cannot do what it was asked.
    Unsupported,
}

/// Reads a line that an engine answers; `number` is the line's, for errors.
///
/// # Errors
/// When it is no such line.
pub fn parse_answer(line: &str, number: u64, symbols: &Symbols) -> Result<Answer, InputError> {
    let mut object = Object::parse(line, number)?;
    let line_type = object.text(Field::Type)?;
    let line_type = object.required(Field::Type, line_type)?;
    match &*line_type {
        "resting" => resting(object, symbols),
        "untriggered" => untriggered(object, symbols),
        "done" => {
            let seq = object.number(Field::Seq)?.map(Seq);
            object.finish("done")?;
            Ok(Answer::Done { seq })
        }
        "unsupported" => {
            object.finish("unsupported")?;
            Ok(Answer::Unsupported)
        }
        event => event_of_type(event, object, symbols).map(Answer::Event),
    }
}

/// Reads an event line; `number` is the line's, for errors.
///
/// # Errors
/// When it is no event line.
pub fn parse_event(line: &str, number: u64, symbols: &Symbols) -> Result<EventLine, InputError> {
    event_line(Object::parse(line, number)?, symbols)
}

/// The event that an object says.
pub(super) fn event_line(
    mut object: Object<'_>,
    symbols: &Symbols,
) -> Result<EventLine, InputError> {
    let line_type = object.text(Field::Type)?;
    let line_type = object.required(Field::Type, line_type)?;
    event_of_type(&line_type, object, symbols)
}

/// The event that an object says, after its type was taken from it.
fn event_of_type(
    event_type: &str,
    mut object: Object<'_>,
    symbols: &Symbols,
) -> Result<EventLine, InputError> {
    let object = &mut object;
    let seq = Seq(object.required_number(Field::Seq)?);
    let (id, on) = object.instrument(symbols)?;
    let event = match event_type {
        "accepted" => Event::Accepted { order: order(object)? },
        "rejected" => Event::Rejected {
            command: object.required_name(Field::Command)?,
            order: order(object)?,
            reason: object.required_name(Field::Reason)?,
        },
        "replaced" => Event::Replaced {
            order: order(object)?,
            new_order: object.number(Field::NewOrder)?.map(OrderId),
            price: object.price(Field::Price, on)?,
            open: object.required_quantity(Field::Open, on)?,
        },
        "fill" => fill(object, on)?.into(),
        "reduced" => reduced(object, on)?,
        "canceled" => Event::Canceled {
            order: order(object)?,
            quantity: object.required_quantity(Field::Quantity, on)?,
            reason: object.required_name(Field::Reason)?,
        },
        "triggered" => Event::Triggered { order: order(object)? },
        "auction" => Event::Auction {
            price: object.required_price(Field::Price, on)?,
            quantity: object.required_volume(Field::Quantity, on)?,
        },
        "phase" => Event::Phase { phase: object.required_name(Field::Phase)? },
        other => {
            let expected = "one of: accepted, rejected, replaced, fill, reduced, canceled, \
                            triggered, auction, phase, resting, untriggered, done, unsupported";
            return Err(InputError::expected(object.position(Field::Type), other, expected));
        }
    };
    object.finish(event_type)?;
    Ok(EventLine { seq, instrument: id, event })
}

fn order(object: &mut Object<'_>) -> Result<OrderId, InputError> {
    object.required_number(Field::Order).map(OrderId)
}

fn fill(object: &mut Object<'_>, on: &Instrument) -> Result<Fill, InputError> {
    Ok(Fill {
        trade: TradeId(object.required_number(Field::Trade)?),
        maker: OrderId(object.required_number(Field::Maker)?),
        taker: OrderId(object.required_number(Field::Taker)?),
        price: object.required_price(Field::Price, on)?,
        quantity: object.required_quantity(Field::Quantity, on)?,
        maker_open: object.required_quantity(Field::MakerOpen, on)?,
        taker_open: object.required_quantity(Field::TakerOpen, on)?,
    })
}

fn reduced(object: &mut Object<'_>, on: &Instrument) -> Result<Event, InputError> {
    let reason: CancelReason = object.required_name(Field::Reason)?;
    if reason != CancelReason::SelfTrade {
        let expected = CancelReason::SelfTrade;
        return Err(InputError::expected(object.position(Field::Reason), reason, expected));
    }
    Ok(Event::Reduced {
        order: order(object)?,
        quantity: object.required_quantity(Field::Quantity, on)?,
        open: object.required_quantity(Field::Open, on)?,
    })
}

fn resting(mut object: Object<'_>, symbols: &Symbols) -> Result<Answer, InputError> {
    let (instrument, on) = object.instrument(symbols)?;
    let line = BookLine::Resting {
        side: object.required_name(Field::Side)?,
        price: object.price(Field::Price, on)?,
        order: order(&mut object)?,
        account: AccountId(object.number(Field::Account)?.unwrap_or_default()),
        open: object.required_quantity(Field::Open, on)?,
        displayed: object.required_quantity(Field::Displayed, on)?,
    };
    object.finish("resting")?;
    Ok(Answer::Book { instrument, line })
}

fn untriggered(mut object: Object<'_>, symbols: &Symbols) -> Result<Answer, InputError> {
    let (instrument, on) = object.instrument(symbols)?;
    let line = BookLine::Untriggered {
        side: object.required_name(Field::Side)?,
        order_type: object.required_name(Field::OrderType)?,
        trigger_price: object.price(Field::TriggerPrice, on)?,
        price: object.price(Field::Price, on)?,
        trail_offset: object.offset(Field::TrailOffset, on)?,
        order: order(&mut object)?,
        account: AccountId(object.number(Field::Account)?.unwrap_or_default()),
        open: object.required_quantity(Field::Open, on)?,
    };
    object.finish("untriggered")?;
    Ok(Answer::Book { instrument, line })
}
