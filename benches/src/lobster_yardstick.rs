//! The yardstick `lobster` 0.7.

use std::hint::black_box;

use lobster::{FillMetadata, OrderBook, OrderEvent, OrderType};
use shadowbook_model::{Action, Command, Side};

use crate::{Contestant, Fills};

/// More orders than are ever live at once in deep-book.
const ORDERS: usize = 1 << 19;
/// More orders than most levels of deep-book have.
const LEVEL: usize = 1 << 12;

/// A book of lobster, with memory set aside for all orders and without its statistics.
#[derive(Debug)]
pub struct Lobster(OrderBook);

impl Default for Lobster {
    fn default() -> Self {
        Self(OrderBook::new(ORDERS, LEVEL, false))
    }
}

/// A command of lobster. It has no `ioc`: what is left of one is cancelled by a second command.
#[derive(Clone, Copy, Debug)]
pub struct Input {
    order: OrderType,
    id: u128,
    must_not_rest: bool,
}

impl Contestant for Lobster {
    type Input = Input;
    type Converter = ();

    fn convert((): &mut (), commands: &[Command], converted: &mut Vec<Input>) {
        converted.extend(commands.iter().map(input));
    }

    fn run(&mut self, commands: &[Input], fills: &mut Fills) {
        for command in commands {
            let event = self.0.execute(command.order);
            match &event {
                OrderEvent::Filled { fills: made, .. } => consume(made, fills),
                OrderEvent::PartiallyFilled { fills: made, .. } => {
                    consume(made, fills);
                    self.cancel_remainder(command);
                }
                OrderEvent::Placed { .. } => self.cancel_remainder(command),
                OrderEvent::Unfilled { .. } | OrderEvent::Canceled { .. } => {}
            }
            black_box(&event);
        }
    }
}

impl Lobster {
    fn cancel_remainder(&mut self, command: &Input) {
        if command.must_not_rest {
            black_box(self.0.execute(OrderType::Cancel { id: command.id }));
        }
    }
}

fn consume(made: &[FillMetadata], fills: &mut Fills) {
    made.iter().for_each(|fill| fills.add(fill.qty));
}

fn input(command: &Command) -> Input {
    match &command.action {
        Action::New(new) => {
            let id = u128::from(new.order.0);
            let side = match new.side {
                Side::Buy => lobster::Side::Bid,
                Side::Sell => lobster::Side::Ask,
            };
            let price = new.price.expect("deep-book has limit orders only").0;
            let price = u64::try_from(price).expect("deep-book stays above zero");
            let order = OrderType::Limit { id, side, qty: new.quantity.0, price };
            Input { order, id, must_not_rest: new.time_in_force.is_immediate() }
        }
        Action::Cancel(order) => {
            let id = u128::from(order.0);
            Input { order: OrderType::Cancel { id }, id, must_not_rest: false }
        }
        other => unreachable!("deep-book only adds, cancels and aggresses, not {other:?}"),
    }
}
