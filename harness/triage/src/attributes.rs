//! Simpler things to say in place of what a command says.

use shadowbook_capture::Flow;
use shadowbook_model::{
    AccountId, Action, Instrument, MassCancel, Matching, NewOrder, OrderId, OrderType, Phase,
    Price, Quantity, Replace, SelfTrade, TimeInForce,
};

use crate::fields::{different, each_price};

/// A flow with something simpler in it; `None` where there is nothing to change.
pub(crate) type Move = Box<dyn Fn(&Flow) -> Option<Flow>>;

/// Everything that may be tried, command by command.
pub(crate) fn moves(flow: &Flow) -> Vec<Move> {
    let prices = different(flow, each_price);
    let mut moves: Vec<Move> = Vec::new();
    for at in 0..flow.instruments.len() {
        moves.extend(SIMPLER_INSTRUMENTS.iter().map(|simpler| of_instrument(at, *simpler)));
    }
    moves.extend(SIMPLER_ORDERS.iter().map(|simpler| of_all_new(*simpler)));
    for price in prices.iter().copied().chain([Price(1)]) {
        moves.push(of_all_new(move |new| {
            set_type(new, OrderType::Limit, price);
            set_time_in_force(new, TimeInForce::Gtc);
        }));
    }
    moves.push(Box::new(|flow| Some(anonymous(flow))));
    moves.extend((0..flow.commands.len()).map(|at| -> Move {
        Box::new(move |flow| {
            let mut flow = anonymous(flow);
            let Action::New(new) = &mut flow.commands.get_mut(at)?.action else { return None };
            new.quantity.0 = new.quantity.0.checked_add(1)?;
            new.self_trade = SelfTrade::None;
            Some(flow)
        })
    }));
    for (at, command) in flow.commands.iter().enumerate() {
        match &command.action {
            Action::New(_) => new_orders(at, &prices, flow, &mut moves),
            Action::Replace(_) => {
                moves.extend(SIMPLER_REPLACES.iter().map(|simpler| of_replace(at, *simpler)));
            }
            Action::MassCancel(_) => {
                let simpler = |simpler: fn(&mut MassCancel)| -> Move {
                    of_action(at, move |action| {
                        if let Action::MassCancel(mass_cancel) = action {
                            simpler(mass_cancel);
                        }
                    })
                };
                moves.push(simpler(|one| one.side = None));
                moves.push(simpler(|one| one.account = AccountId::ANONYMOUS));
            }
            Action::Phase(_) => {
                let phases = [Phase::Continuous, Phase::Auction, Phase::Closed];
                moves.extend(phases.into_iter().map(|phase| -> Move {
                    of_action(at, move |action| *action = Action::Phase(phase))
                }));
            }
            Action::Cancel(_) | Action::Time => {}
        }
        moves.push(of_action(at, |action| *action = Action::Time));
        if !matches!(command.action, Action::New(_) | Action::Time) {
            let ids = flow.commands.iter().filter_map(|command| command.order());
            let ids: std::collections::BTreeSet<OrderId> = ids.collect();
            moves.extend(ids.into_iter().map(|order| -> Move {
                of_action(at, move |action| *action = Action::Cancel(order))
            }));
        }
    }
    moves
}

/// A move that changes one action.
fn of_action(at: usize, change: impl Fn(&mut Action) + 'static) -> Move {
    Box::new(move |flow| {
        let mut flow = flow.clone();
        change(&mut flow.commands.get_mut(at)?.action);
        Some(flow)
    })
}

fn of_new(at: usize, change: impl Fn(&mut NewOrder) + 'static) -> Move {
    of_action(at, move |action| {
        if let Action::New(new) = action {
            change(new);
        }
    })
}

fn of_all_new(change: impl Fn(&mut NewOrder) + 'static) -> Move {
    Box::new(move |flow| {
        let mut flow = flow.clone();
        for command in &mut flow.commands {
            if let Action::New(new) = &mut command.action {
                change(new);
            }
        }
        Some(flow)
    })
}

/// Nobody owns anything any more.
fn anonymous(flow: &Flow) -> Flow {
    let mut flow = flow.clone();
    for command in &mut flow.commands {
        match &mut command.action {
            Action::New(new) => new.account = AccountId::ANONYMOUS,
            Action::MassCancel(mass_cancel) => mass_cancel.account = AccountId::ANONYMOUS,
            _ => {}
        }
    }
    flow
}

fn of_replace(at: usize, change: fn(&mut Replace)) -> Move {
    of_action(at, move |action| {
        if let Action::Replace(replace) = action {
            change(replace);
        }
    })
}

fn of_instrument(at: usize, change: fn(&mut Instrument)) -> Move {
    Box::new(move |flow| {
        let mut flow = flow.clone();
        change(flow.instruments.get_mut(at)?);
        Some(flow)
    })
}

const SIMPLER_INSTRUMENTS: &[fn(&mut Instrument)] = &[
    |one| one.matching = Matching::PriceTime,
    |one| one.price_min = None,
    |one| one.price_max = None,
    |one| one.reference_price = None,
    |one| one.phase = Phase::Continuous,
];

const SIMPLER_REPLACES: &[fn(&mut Replace)] = &[
    |one| one.new_order = None,
    |one| one.price = None,
    |one| one.quantity = None,
    |one| one.trigger_price = None,
    |one| one.display_quantity = None,
];

const SIMPLER_ORDERS: &[fn(&mut NewOrder)] = &[
    |new| new.seed = false,
    |new| new.account = AccountId::ANONYMOUS,
    |new| new.account = AccountId(1),
    |new| new.self_trade = SelfTrade::None,
    |new| new.self_trade = SelfTrade::CancelNewest,
    |new| new.self_trade = SelfTrade::CancelOldest,
    |new| new.self_trade = SelfTrade::CancelBoth,
    |new| new.post_only = false,
    |new| *new = new.with_display_quantity(None),
    |new| *new = new.with_min_quantity(None),
    |new| *new = new.with_display_quantity(Quantity(0)),
    |new| new.quantity.0 = new.quantity.0.max(1),
    |new| {
        if !new.order_type.has_trigger() {
            *new = new.with_trigger_price(None).with_trail_offset(None);
        }
    },
    |new| {
        if new.order_type.is_market_type() {
            new.price = None;
        }
    },
    |new| new.price = new.price.or((!new.order_type.is_market_type()).then_some(Price(1))),
    |new| set_time_in_force(new, TimeInForce::Gtc),
    |new| set_time_in_force(new, TimeInForce::Day),
    |new| set_time_in_force(new, TimeInForce::Ioc),
];

fn set_time_in_force(new: &mut NewOrder, time_in_force: TimeInForce) {
    *new = new.with_expire_time(None);
    new.time_in_force = time_in_force;
}

fn new_orders(at: usize, prices: &[Price], flow: &Flow, moves: &mut Vec<Move>) {
    moves.extend(SIMPLER_ORDERS.iter().map(|simpler| of_new(at, *simpler)));
    moves.push(of_new(at, |new| new.side = new.side.opposite()));
    let accounts = flow.commands.iter().filter_map(|command| match &command.action {
        Action::New(new) => Some(new.account),
        Action::MassCancel(mass_cancel) => Some(mass_cancel.account),
        _ => None,
    });
    let accounts: std::collections::BTreeSet<AccountId> = accounts.collect();
    moves.extend(accounts.into_iter().map(|account| of_new(at, move |new| new.account = account)));
    let plain = [OrderType::Limit, OrderType::Market];
    let priced = plain.into_iter().chain([OrderType::Stop, OrderType::StopLimit]);
    for order_type in priced.chain([OrderType::TakeProfit, OrderType::TakeProfitLimit]) {
        for price in prices.iter().copied().chain([Price(1)]) {
            moves.push(of_new(at, move |new| set_type(new, order_type, price)));
            moves.push(of_new(at, move |new| {
                set_type(new, order_type, price);
                if order_type == OrderType::Limit {
                    set_time_in_force(new, TimeInForce::Gtc);
                }
            }));
        }
    }
    moves.push(of_new(at, as_stop));
    let untrailed = |new: &mut NewOrder| {
        if new.order_type == OrderType::TrailingStopLimit {
            new.order_type = OrderType::TrailingStop;
            new.price = None;
        }
    };
    moves.push(of_new(at, untrailed));
}

/// A stop in place of a take-profit: of the other side it waits for the very same.
fn as_stop(new: &mut NewOrder) {
    new.order_type = match new.order_type {
        OrderType::TakeProfit => OrderType::Stop,
        OrderType::TakeProfitLimit => OrderType::StopLimit,
        _ => return,
    };
    new.side = new.side.opposite();
}

/// Makes it an order of a simpler type, with what that type has to have.
fn set_type(new: &mut NewOrder, order_type: OrderType, price: Price) {
    if order_type.code() >= new.order_type.code() {
        return;
    }
    let trigger = new.trigger_price().unwrap_or(price);
    *new = new.with_trail_offset(None).with_trigger_price(None);
    if order_type.has_trigger() {
        *new = new.with_trigger_price(trigger);
    }
    if order_type.is_market_type() {
        new.price = None;
        new.post_only = false;
        *new = new.with_display_quantity(None);
    } else {
        new.price = new.price.or(Some(price));
    }
    new.order_type = order_type;
    if order_type == OrderType::Market && !new.time_in_force.is_immediate() {
        set_time_in_force(new, TimeInForce::Ioc);
    }
}
