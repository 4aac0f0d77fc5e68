//! The book as a scenario shows it: levels in queue order, then the orders that wait.

use shadowbook_model::{
    Engine, InstrumentId, InstrumentState, OrderId, OrderState, OrderType, Price, PriceOffset,
    Quantity, Side, StateVisitor, TriggerState,
};

/// One line of a book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookLine {
    /// A price level with its queue.
    Level {
        /// Bid or ask.
        side: Side,
        /// The price; `None` for market orders that wait for an uncross.
        price: Option<Price>,
        /// The displayed queue from the front, then the hidden orders.
        orders: Vec<Resting>,
    },
    /// An order that waits for its trigger.
    Untriggered(Untriggered),
}

/// An order in the queue of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resting {
    /// Which order.
    pub order: OrderId,
    /// What is still to trade, hidden reserve included.
    pub open: Quantity,
    /// What of it shows.
    pub displayed: Quantity,
}

/// An order that waits for its trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Untriggered {
    /// Which order.
    pub order: OrderId,
    /// Bid or ask.
    pub side: Side,
    /// What kind of order.
    pub order_type: OrderType,
    /// What is still to trade.
    pub open: Quantity,
    /// The limit of limit types.
    pub price: Option<Price>,
    /// What it waits for.
    pub trigger: TriggerState,
}

impl Untriggered {
    /// Where the trigger is, if it is anywhere yet.
    #[must_use]
    pub const fn trigger_price(&self) -> Option<Price> {
        match self.trigger {
            TriggerState::Fixed(price) => Some(price),
            TriggerState::Trailing { price, .. } => price,
        }
    }

    /// How far a trailing trigger stays behind.
    #[must_use]
    pub const fn trail_offset(&self) -> Option<PriceOffset> {
        match self.trigger {
            TriggerState::Fixed(_) => None,
            TriggerState::Trailing { offset, .. } => Some(offset),
        }
    }
}

/// The book of one instrument, as the engine shows it: neighbours of one side and price form a
/// level, so that a book that is out of order looks out of order.
#[must_use]
pub fn book_of(engine: &dyn Engine, instrument: InstrumentId) -> Vec<BookLine> {
    let mut lines = Lines(Vec::new());
    engine.visit(instrument, &mut lines);
    lines.0
}

/// The same of orders in the canonical order of a visit, as a snapshot holds them.
#[must_use]
pub fn book_of_orders(orders: &[OrderState]) -> Vec<BookLine> {
    let mut lines = Lines(Vec::new());
    orders.iter().for_each(|order| lines.order(order));
    lines.0
}

struct Lines(Vec<BookLine>);

impl StateVisitor for Lines {
    fn instrument(&mut self, _: &InstrumentState) {}

    fn order(&mut self, state: &OrderState) {
        let OrderState { order, side, order_type, open, .. } = *state;
        if let Some(trigger) = state.trigger {
            let price = state.price;
            let waits = Untriggered { order, side, order_type, open, price, trigger };
            return self.0.push(BookLine::Untriggered(waits));
        }
        let resting = Resting { order, open, displayed: state.displayed() };
        match self.0.last_mut() {
            Some(BookLine::Level { side: last, price, orders })
                if *last == side && *price == state.price =>
            {
                orders.push(resting);
            }
            _ => {
                let (price, orders) = (state.price, vec![resting]);
                self.0.push(BookLine::Level { side, price, orders });
            }
        }
    }
}
