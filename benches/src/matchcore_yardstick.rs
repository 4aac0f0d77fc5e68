//! The yardstick `matchcore` 0.4.
//!
//! matchcore 0.4.0 trades through its own limit: `submit_crossable_order` matches with the limit
//! `None` once the best price crosses. Its fills can therefore be more than those of an engine
//! that keeps to the limit, and it refuses a later cancel of an order that it should not have
//! traded with.

use std::hint::black_box;

use matchcore::{
    CancelCmd, CommandKind, CommandMeta, CommandOutcome, CommandReport, LimitOrder, NewOrder,
    OrderBook, OrderFlags, OrderId, OrderKind, Price, Quantity, QuantityPolicy, SequenceNumber,
    SubmitCmd, TimeInForce, Timestamp,
};
use shadowbook_model::{Action, Command, Side};

use crate::{Contestant, Fills};

/// A book of matchcore. It has no way to set memory aside beforehand.
#[derive(Debug)]
pub struct Matchcore(OrderBook);

impl Default for Matchcore {
    fn default() -> Self {
        Self(OrderBook::new("DEEP"))
    }
}

/// The numbers that matchcore gives: commands count from 0 without gaps, and an order has the
/// number of the command that entered it.
#[derive(Debug, Default)]
pub struct Numbers {
    commands: u64,
    /// By our ids, which count from 1, so that this is a table.
    entered_by: Vec<u64>,
}

impl Contestant for Matchcore {
    type Input = matchcore::Command;
    type Converter = Numbers;

    fn convert(
        numbers: &mut Numbers,
        commands: &[Command],
        converted: &mut Vec<matchcore::Command>,
    ) {
        for command in commands {
            let kind = match &command.action {
                Action::New(new) => {
                    numbers.entered_by.push(numbers.commands);
                    let ids = numbers.entered_by.len() as u64;
                    assert_eq!(new.order.0, ids, "ids rise without gaps");
                    CommandKind::Submit(SubmitCmd { order: limit_order(new) })
                }
                Action::Cancel(order) => {
                    let position = usize::try_from(order.0 - 1).expect("an id of this stream");
                    let order_id = OrderId(numbers.entered_by[position]);
                    CommandKind::Cancel(CancelCmd { order_id, order_kind: OrderKind::Limit })
                }
                other => unreachable!("deep-book only adds, cancels and aggresses, not {other:?}"),
            };
            let meta = CommandMeta {
                sequence_number: SequenceNumber(numbers.commands),
                timestamp: Timestamp(command.time.0),
            };
            numbers.commands += 1;
            converted.push(matchcore::Command { meta, kind });
        }
    }

    fn run(&mut self, commands: &[matchcore::Command], fills: &mut Fills) {
        for command in commands {
            let outcome = self.0.execute(command);
            match &outcome {
                CommandOutcome::Applied(CommandReport::Submit(effects)) => {
                    if let Some(result) = effects.target_order().match_result() {
                        result.trades().iter().for_each(|trade| fills.add(trade.quantity().0));
                    }
                }
                CommandOutcome::Applied(_) => {}
                CommandOutcome::Rejected(_) => fills.refused += 1,
            }
            black_box(&outcome);
        }
    }
}

fn limit_order(new: &shadowbook_model::NewOrder) -> NewOrder {
    let price = new.price.expect("deep-book has limit orders only").0;
    let side = match new.side {
        Side::Buy => matchcore::Side::Buy,
        Side::Sell => matchcore::Side::Sell,
    };
    let time_in_force =
        if new.time_in_force.is_immediate() { TimeInForce::Ioc } else { TimeInForce::Gtc };
    NewOrder::Limit(LimitOrder::new(
        Price(u64::try_from(price).expect("deep-book stays above zero")),
        QuantityPolicy::Standard { quantity: Quantity(new.quantity.0) },
        OrderFlags::new(side, false, time_in_force),
    ))
}
