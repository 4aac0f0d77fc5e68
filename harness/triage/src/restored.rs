//! Snapshots in terms of commands: an example runs from an empty book wherever it can.

use shadowbook_capture::{Flow, entered_as};
use shadowbook_model::{
    Action, Command, NewOrder, OrderId, OrderState, OrderType, Phase, Price, Quantity, Seq, Side,
    Snapshot, TimeNs, TradeId, TriggerState, Visibility,
};

use crate::attributes::Move;

/// Ways to begin with commands instead of a snapshot, and with simpler snapshots.
pub(crate) fn without_snapshots(flow: &Flow) -> Vec<Move> {
    let mut moves: Vec<Move> = Vec::new();
    for at in 0..flow.snapshots.len() {
        for last in LAST_TRADES {
            for phase in [Phase::Continuous, Phase::Auction] {
                moves.push(Box::new(move |flow| entered(flow, at, *last, phase)));
            }
        }
        let of_state = |change: fn(&mut Snapshot)| -> Move {
            Box::new(move |flow: &Flow| {
                let mut flow = flow.clone();
                change(flow.snapshots.get_mut(at)?);
                Some(flow)
            })
        };
        moves.extend(SIMPLER_STATES.iter().map(|simpler| of_state(*simpler)));
        for order in 0..flow.snapshots[at].orders.len() {
            moves.push(Box::new(move |flow| one_entered(flow, at, order)));
            moves.push(Box::new(move |flow| not_executed(flow, at, order)));
            moves.extend(SIMPLER_ORDERS.iter().map(|simpler| -> Move {
                Box::new(move |flow| {
                    let mut flow = flow.clone();
                    simpler(flow.snapshots.get_mut(at)?.orders.get_mut(order)?);
                    Some(flow)
                })
            }));
        }
    }
    moves
}

/// The flow with an order of a snapshot that nothing was executed of: what it is replaced to counts
/// that no more.
fn not_executed(flow: &Flow, at: usize, order: usize) -> Option<Flow> {
    let mut flow = flow.clone();
    let state = flow.snapshots.get_mut(at)?.orders.get_mut(order)?;
    let executed = std::mem::take(&mut state.executed);
    let mut id = state.order;
    (!executed.is_zero()).then_some(())?;
    for command in &mut flow.commands {
        if let Action::Replace(replace) = &mut command.action
            && replace.order == id
        {
            id = replace.new_order.unwrap_or(id);
            if let Some(quantity) = &mut replace.quantity {
                quantity.0 = quantity.0.checked_sub(executed.0)?;
            }
        }
    }
    Some(flow)
}

const SIMPLER_STATES: &[fn(&mut Snapshot)] = &[
    |snapshot| snapshot.state.last_trade = None,
    |snapshot| snapshot.state.phase = Phase::Continuous,
    |snapshot| snapshot.state.next_trade = TradeId(1),
    |snapshot| {
        let arrivals = snapshot.orders.iter().map(|order| order.arrival).max();
        snapshot.state.arrivals = arrivals.unwrap_or_default();
    },
];

const SIMPLER_ORDERS: &[fn(&mut OrderState)] = &[
    |order| order.account.0 = 0,
    |order| order.executed = Quantity::ZERO,
    |order| order.visibility = Visibility::Full,
    |order| order.post_only = false,
    |order| order.self_trade = shadowbook_model::SelfTrade::None,
    |order| order.open = Quantity(1),
    // Where it is now is as good as where it came from.
    |order| {
        if let Some(TriggerState::Trailing { price: Some(price), .. }) = order.trigger {
            order.trigger = Some(TriggerState::Fixed(price));
            order.order_type = match order.order_type {
                OrderType::TrailingStopLimit => OrderType::StopLimit,
                _ => OrderType::Stop,
            };
        }
    },
];

/// How the last trade of a snapshot comes about; none of it where it does not matter.
const LAST_TRADES: &[fn(Price) -> Vec<NewOrder>] = &[
    |_| Vec::new(),
    |price| vec![sell(price), NewOrder::limit(OrderId(u64::MAX), Side::Buy, price, Quantity(1))],
    |price| vec![sell(price), NewOrder::market(OrderId(u64::MAX), Side::Buy, Quantity(1))],
    |price| {
        let buy = NewOrder::limit(OrderId(u64::MAX), Side::Buy, price, Quantity(1));
        vec![buy, NewOrder::market(OrderId(u64::MAX - 1), Side::Sell, Quantity(1))]
    },
];

const fn sell(price: Price) -> NewOrder {
    NewOrder::limit(OrderId(u64::MAX - 1), Side::Sell, price, Quantity(1))
}

/// The orders of a snapshot as they stand by arrival.
fn by_arrival(snapshot: &Snapshot) -> Vec<&OrderState> {
    let mut orders: Vec<&OrderState> = snapshot.orders.iter().collect();
    orders.sort_by_key(|order| order.arrival);
    orders
}

/// The flow with commands that build the book of a snapshot, entered in this phase.
fn entered(
    flow: &Flow,
    at: usize,
    last_trade: fn(Price) -> Vec<NewOrder>,
    phase: Phase,
) -> Option<Flow> {
    let mut flow = flow.clone();
    (at < flow.snapshots.len()).then_some(())?;
    let snapshot = flow.snapshots.remove(at);
    let instrument = flow.instruments.get(snapshot.instrument.index())?;
    let mut now = instrument.phase;
    let mut actions: Vec<Action> = Vec::new();
    let mut go = |actions: &mut Vec<Action>, to: Phase| {
        if std::mem::replace(&mut now, to) != to {
            actions.push(to.into());
        }
    };
    let trades = snapshot.state.last_trade.map(last_trade).unwrap_or_default();
    if !trades.is_empty() {
        go(&mut actions, Phase::Continuous);
        actions.extend(trades.into_iter().map(Action::from));
    }
    if !snapshot.orders.is_empty() {
        go(&mut actions, phase);
        actions
            .extend(by_arrival(&snapshot).into_iter().map(|order| Action::from(entered_as(order))));
    }
    go(&mut actions, snapshot.state.phase);
    // Before all else: what expires in between could not be entered later.
    let made = actions.into_iter();
    let made = made.map(|action| Command::new(Seq(0), TimeNs(0), snapshot.instrument, action));
    flow.commands.splice(0..0, made);
    for (seq, command) in (1..).zip(&mut flow.commands) {
        command.seq = Seq(seq);
    }
    Some(flow)
}

/// The flow with one order of a snapshot entered by its first command.
fn one_entered(flow: &Flow, at: usize, order: usize) -> Option<Flow> {
    let mut flow = flow.clone();
    let snapshot = flow.snapshots.get_mut(at)?;
    (order < snapshot.orders.len()).then_some(())?;
    let entered = entered_as(&snapshot.orders.remove(order));
    let command = Command::new(Seq(0), TimeNs(0), flow.snapshots[at].instrument, entered);
    flow.commands.insert(0, command);
    for (seq, command) in (1..).zip(&mut flow.commands) {
        command.seq = Seq(seq);
    }
    Some(flow)
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{
        AccountId, Arrival, Increment, Instrument, InstrumentId, Replace, SelfTrade, TimeInForce,
    };

    use super::*;

    #[test]
    fn what_was_executed_before_goes_with_what_counts_it() {
        let state = OrderState {
            order: OrderId(1),
            account: AccountId::ANONYMOUS,
            arrival: Arrival(1),
            price: Some(Price(50)),
            open: Quantity(2),
            executed: Quantity(7),
            visibility: Visibility::Full,
            expire_time: None,
            min_quantity: None,
            trigger: None,
            side: Side::Sell,
            order_type: OrderType::Limit,
            time_in_force: TimeInForce::Gtc,
            post_only: false,
            self_trade: SelfTrade::None,
        };
        let to = |order: u64, new_order: Option<u64>, quantity: u64| Replace {
            new_order: new_order.map(OrderId),
            quantity: Some(Quantity(quantity)),
            ..Replace::of(OrderId(order))
        };
        let replaced = |all: [Replace; 3]| {
            let commands = (1..).zip(all).map(|(seq, replace)| {
                Command::new(Seq(seq), TimeNs(0), InstrumentId(0), Action::Replace(replace))
            });
            let flow = Flow {
                instruments: vec![Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)],
                snapshots: vec![Snapshot {
                    orders: vec![state],
                    ..Snapshot::empty(InstrumentId(0))
                }],
                commands: commands.collect(),
            };
            let found = not_executed(&flow, 0, 0)?;
            assert_eq!(found.snapshots[0].orders[0].executed, Quantity::ZERO);
            assert_eq!(not_executed(&found, 0, 0), None, "nothing is left to be done");
            let lots = found.commands.iter().map(|command| match command.action {
                Action::Replace(replace) => replace.quantity.map_or(0, |quantity| quantity.0),
                _ => 0,
            });
            Some(lots.collect::<Vec<u64>>())
        };
        let all = [to(1, Some(5), 8), to(5, None, 9), to(3, None, 8)];
        assert_eq!(replaced(all), Some(vec![1, 2, 8]), "also under its new id, and no other");
        assert_eq!(replaced([to(1, None, 6), all[1], all[2]]), None, "less than was executed");
    }
}
