//! Tests of the engine as a whole: hard corners of the rules, then random streams.

mod audit;
mod memory;
mod naive;
mod orders;
mod random;
mod replace;
mod self_trade;
mod time_and_phase;

use shadowbook_model::{
    AccountId, Action, CancelReason, Command, CommandKind, Engine, Event, EventBuffer, Fill,
    Increment, Instrument, InstrumentId, NewOrder, OrderId, Price, Quantity, RejectReason, Replace,
    SelfTrade, Seq, Side, TimeInForce, TimeNs, TradeId,
};

use crate::LadderEngine;

/// A command at a time, and the events that it must have.
type Step = (u64, Action, Vec<Event>);

fn instrument() -> Instrument {
    Instrument::new("TEST", Increment::ONE, Increment::ONE)
}

/// Applies the commands one after the other to one instrument and compares the events of each.
/// Trade numbers are filled in: they count the expected fills.
fn check(steps: impl IntoIterator<Item = Step>) -> LadderEngine {
    check_on(&instrument(), steps)
}

fn check_on(instrument: &Instrument, steps: impl IntoIterator<Item = Step>) -> LadderEngine {
    let mut engine = LadderEngine::new(std::slice::from_ref(instrument));
    let mut events = EventBuffer::new();
    let mut trade = 0;
    for (seq, (time, action, mut expected)) in (1..).zip(steps) {
        for event in &mut expected {
            if let Event::Fill(fill) = event {
                trade += 1;
                fill.trade = TradeId(trade);
            }
        }
        events.clear();
        let command = Command::new(Seq(seq), TimeNs(time), InstrumentId(0), action);
        engine.apply(&command, &mut events);
        assert_eq!(events.as_slice(), expected, "step {seq}: {action:?}");
        engine.first_book().audit();
    }
    engine
}

fn step(action: impl Into<Action>, expected: impl Into<Vec<Event>>) -> Step {
    (1, action.into(), expected.into())
}

/// A step that is there for what comes after it: a new order that is only accepted.
fn enter(new: NewOrder) -> Step {
    step(new, [accepted(new.order.0)])
}

fn buy(id: u64, price: i64, quantity: u64) -> NewOrder {
    NewOrder::limit(OrderId(id), Side::Buy, Price(price), Quantity(quantity))
}

fn sell(id: u64, price: i64, quantity: u64) -> NewOrder {
    NewOrder::limit(OrderId(id), Side::Sell, Price(price), Quantity(quantity))
}

fn owned(account: u64, new: NewOrder) -> NewOrder {
    NewOrder { account: AccountId(account), ..new }
}

fn with(time_in_force: TimeInForce, new: NewOrder) -> NewOrder {
    NewOrder { time_in_force, ..new }
}

fn cancel(id: u64) -> Action {
    Action::Cancel(OrderId(id))
}

fn replace(id: u64, price: Option<i64>, quantity: Option<u64>) -> Replace {
    let (price, quantity) = (price.map(Price), quantity.map(Quantity));
    Replace { price, quantity, ..Replace::of(OrderId(id)) }
}

fn accepted(id: u64) -> Event {
    Event::Accepted { order: OrderId(id) }
}

fn rejected(command: CommandKind, id: u64, reason: RejectReason) -> Event {
    Event::Rejected { command, order: OrderId(id), reason }
}

fn canceled(id: u64, quantity: u64, reason: CancelReason) -> Event {
    Event::Canceled { order: OrderId(id), quantity: Quantity(quantity), reason }
}

fn reduced(id: u64, quantity: u64, open: u64) -> Event {
    Event::Reduced { order: OrderId(id), quantity: Quantity(quantity), open: Quantity(open) }
}

fn replaced(id: u64, new_id: Option<u64>, price: i64, open: u64) -> Event {
    let (price, open) = (Some(Price(price)), Quantity(open));
    Event::Replaced { order: OrderId(id), new_order: new_id.map(OrderId), price, open }
}

/// A fill: maker and what is left of it, taker and what is left of it, price, quantity.
fn fill(maker: (u64, u64), taker: (u64, u64), price: i64, quantity: u64) -> Event {
    Event::Fill(Fill {
        trade: TradeId(0),
        maker: OrderId(maker.0),
        taker: OrderId(taker.0),
        price: Price(price),
        quantity: Quantity(quantity),
        maker_open: Quantity(maker.1),
        taker_open: Quantity(taker.1),
    })
}

/// The open orders in canonical order: id, price, open quantity.
fn book(engine: &LadderEngine) -> Vec<(u64, i64, u64)> {
    let orders = engine.snapshot(InstrumentId(0)).orders;
    orders
        .iter()
        .map(|order| (order.order.0, order.price.unwrap_or_default().0, order.open.0))
        .collect()
}

/// An order of account 7 that prevents self-trades in a mode.
fn minding(self_trade: SelfTrade, new: NewOrder) -> NewOrder {
    NewOrder { self_trade, ..owned(7, new) }
}
