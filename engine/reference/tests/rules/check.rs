//! Short ways to say what is done and to read what happened.

use std::fmt::Write;

use shadowbook_model::{
    AccountId, Action, Command, Engine, Event, EventBuffer, Increment, Instrument, InstrumentId,
    MassCancel, NewOrder, OrderId, OrderState, OrderType, Price, PriceOffset, Quantity, Replace,
    SelfTrade, Seq, Side, Snapshot, TimeInForce, TimeNs, TriggerState, Visibility,
};
use shadowbook_reference::{Policy, ReferenceEngine, Standard};

pub(crate) const INSTRUMENT: InstrumentId = InstrumentId(0);

pub(crate) fn instrument() -> Instrument {
    Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)
}

/// Something to be done, at the time of the step before unless it says otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    action: Action,
    time: Option<u64>,
}

impl<A: Into<Action>> From<A> for Step {
    fn from(action: A) -> Self {
        Self { action: action.into(), time: None }
    }
}

pub(crate) fn at(time: u64, action: impl Into<Action>) -> Step {
    Step { action: action.into(), time: Some(time) }
}

pub(crate) fn step(action: impl Into<Action>) -> Step {
    Step::from(action)
}

/// Does each step, holds what happens against what is written beside it (parts by `, `), and at
/// the end the book against `book`.
#[track_caller]
pub(crate) fn check(steps: &[(Step, &str)], book: &str) {
    check_on(&mut ReferenceEngine::with_policy(&[instrument()], &Standard), steps, book);
}

#[track_caller]
pub(crate) fn check_on<P: Policy>(
    engine: &mut ReferenceEngine<P>,
    steps: &[(Step, &str)],
    book: &str,
) {
    check_events_on(engine, steps);
    assert_eq!(shown(&engine.snapshot(INSTRUMENT)), book);
}

/// Only what happens.
#[track_caller]
pub(crate) fn check_events_on<P: Policy>(engine: &mut ReferenceEngine<P>, steps: &[(Step, &str)]) {
    let mut events = EventBuffer::new();
    let mut time = 1;
    for (seq, (step, expected)) in (1..).zip(steps) {
        time = step.time.unwrap_or(time);
        events.clear();
        engine.apply(&Command::new(Seq(seq), TimeNs(time), INSTRUMENT, step.action), &mut events);
        assert_eq!(told(&events), *expected, "step {seq}: {:?}", step.action);
    }
}

/// Events as text: `fill 1<2 5@100 (0/3)` is maker 1, taker 2, then what is open of either.
pub(crate) fn told(events: &EventBuffer) -> String {
    events.as_slice().iter().map(told_one).collect::<Vec<_>>().join(", ")
}

fn told_one(event: &Event) -> String {
    match *event {
        Event::Accepted { order } => format!("accepted {order}"),
        Event::Rejected { command, order, reason } => format!("{command} {order}: {reason}"),
        Event::Replaced { order, new_order, price, open } => {
            let id = new_order.map_or(String::new(), |id| format!("->{id}"));
            let price = price.map_or("market".to_owned(), |price| price.to_string());
            format!("replaced {order}{id} {open}@{price}")
        }
        Event::Fill(fill) => format!(
            "fill {}<{} {}@{} ({}/{})",
            fill.maker, fill.taker, fill.quantity, fill.price, fill.maker_open, fill.taker_open
        ),
        Event::Reduced { order, quantity, open } => {
            format!("reduced {order} by {quantity} to {open}")
        }
        Event::Canceled { order, quantity, reason } => {
            format!("canceled {order} {quantity} {reason}")
        }
        Event::Triggered { order } => format!("triggered {order}"),
        Event::Auction { price, quantity } => format!("auction {quantity}@{price}"),
        Event::Phase { phase } => format!("phase {phase}"),
    }
}

/// A book as text, for example `100: 1x5 2x9~3 | 101: 4x1; 7x2!105`: bids, then asks, best first,
/// each order with its open quantity and, behind `~`, what shows of an iceberg or a hidden order;
/// then the untriggered orders, each with its trigger.
pub(crate) fn shown(snapshot: &Snapshot) -> String {
    let side = |side| {
        let mut text = String::new();
        let mut level = None;
        let resting = snapshot.orders.iter().filter(|order| order.trigger.is_none());
        for order in resting.filter(|order| order.side == side) {
            if level != Some(order.price) {
                let separator = if level.is_none() { "" } else { " " };
                level = Some(order.price);
                let price = order.price.map_or("market".to_owned(), |price| price.to_string());
                write!(text, "{separator}{price}:").expect("a String can be written");
            }
            write!(text, " {}", shown_one(order)).expect("a String can be written");
        }
        text
    };
    let waiting = snapshot.orders.iter().filter(|order| order.trigger.is_some());
    let waiting: Vec<String> = waiting.map(shown_one).collect();
    let separator = if waiting.is_empty() { "" } else { "; " };
    let resting = format!("{} | {}", side(Side::Buy), side(Side::Sell));
    format!("{}{separator}{}", resting.trim(), waiting.join(" "))
}

fn shown_one(order: &OrderState) -> String {
    let slice = match order.visibility {
        Visibility::Full => String::new(),
        _ => format!("~{}", order.displayed()),
    };
    let trigger = match order.trigger {
        None => String::new(),
        Some(TriggerState::Fixed(price) | TriggerState::Trailing { price: Some(price), .. }) => {
            format!("!{price}")
        }
        Some(TriggerState::Trailing { price: None, .. }) => "!none".to_owned(),
    };
    format!("{}x{}{slice}{trigger}", order.order, order.open)
}

pub(crate) fn buy(order: u64, quantity: u64, price: i64) -> NewOrder {
    NewOrder::limit(OrderId(order), Side::Buy, Price(price), Quantity(quantity))
}

pub(crate) fn sell(order: u64, quantity: u64, price: i64) -> NewOrder {
    NewOrder { side: Side::Sell, ..buy(order, quantity, price) }
}

pub(crate) fn market(order: u64, side: Side, quantity: u64) -> NewOrder {
    NewOrder::market(OrderId(order), side, Quantity(quantity))
}

/// An order of a type with a fixed trigger; limit types get their limit by [`With::limit`].
pub(crate) fn stop(order: u64, order_type: OrderType, side: Side, trigger: i64) -> NewOrder {
    let time_in_force = TimeInForce::Gtc;
    NewOrder { order_type, time_in_force, ..market(order, side, 1) }
        .with_trigger_price(Price(trigger))
}

pub(crate) fn trailing(order: u64, side: Side, offset: i64) -> NewOrder {
    let order_type = OrderType::TrailingStop;
    stop(order, order_type, side, 0).with_trigger_price(None).with_trail_offset(PriceOffset(offset))
}

pub(crate) fn cancel(order: u64) -> Action {
    Action::Cancel(OrderId(order))
}

pub(crate) fn mass_cancel(account: u64, side: Option<Side>) -> MassCancel {
    MassCancel { account: AccountId(account), side }
}

pub(crate) fn replace(order: u64) -> Replace {
    Replace::of(OrderId(order))
}

/// Says the rare things about an order.
pub(crate) trait With: Sized {
    fn tif(self, time_in_force: TimeInForce) -> Self;
    fn post_only(self) -> Self;
    fn account(self, account: u64, self_trade: SelfTrade) -> Self;
    fn until(self, expire_time: u64) -> Self;
    fn limit(self, price: i64) -> Self;
    fn quantity(self, quantity: u64) -> Self;
    fn display(self, quantity: u64) -> Self;
    fn minimum(self, quantity: u64) -> Self;
}

impl With for NewOrder {
    fn tif(self, time_in_force: TimeInForce) -> Self {
        Self { time_in_force, ..self }
    }

    fn post_only(self) -> Self {
        Self { post_only: true, ..self }
    }

    fn account(self, account: u64, self_trade: SelfTrade) -> Self {
        Self { account: AccountId(account), self_trade, ..self }
    }

    fn until(self, expire_time: u64) -> Self {
        self.tif(TimeInForce::Gtd).with_expire_time(TimeNs(expire_time))
    }

    fn limit(self, price: i64) -> Self {
        Self { price: Some(Price(price)), ..self }
    }

    fn quantity(self, quantity: u64) -> Self {
        Self { quantity: Quantity(quantity), ..self }
    }

    fn display(self, quantity: u64) -> Self {
        self.with_display_quantity(Quantity(quantity))
    }

    fn minimum(self, quantity: u64) -> Self {
        self.with_min_quantity(Quantity(quantity))
    }
}

/// Says what a replacement changes.
pub(crate) trait To: Sized {
    fn to_price(self, price: i64) -> Self;
    fn to_total(self, quantity: u64) -> Self;
    fn to_id(self, order: u64) -> Self;
    fn to_trigger(self, price: i64) -> Self;
    fn to_display(self, quantity: u64) -> Self;
}

impl To for Replace {
    fn to_price(self, price: i64) -> Self {
        Self { price: Some(Price(price)), ..self }
    }

    fn to_total(self, quantity: u64) -> Self {
        Self { quantity: Some(Quantity(quantity)), ..self }
    }

    fn to_id(self, order: u64) -> Self {
        Self { new_order: Some(OrderId(order)), ..self }
    }

    fn to_trigger(self, price: i64) -> Self {
        Self { trigger_price: Some(Price(price)), ..self }
    }

    fn to_display(self, quantity: u64) -> Self {
        Self { display_quantity: Some(Quantity(quantity)), ..self }
    }
}
