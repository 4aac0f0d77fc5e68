//! What an engine behind a pipe answers: event lines, book lines, `done`, `unsupported`.

use shadowbook_model::{
    AccountId, Event, InstrumentId, OrderId, OrderState, OrderType, Price, PriceOffset, Quantity,
    Seq, Side,
};

use super::Symbols;
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
        use shadowbook_model::TriggerState;
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
    let _ = (line, number, symbols);
    unimplemented!()
}

/// Reads an event line; `number` is the line's, for errors.
///
/// # Errors
/// When it is no event line.
pub fn parse_event(line: &str, number: u64, symbols: &Symbols) -> Result<EventLine, InputError> {
    let _ = (line, number, symbols);
    unimplemented!()
}
