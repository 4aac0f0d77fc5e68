//! Random streams with few prices, ids and accounts, so that everything meets everything.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shadowbook_model::{MassCancel, Matching, OrderType, Phase, PriceOffset};

use super::naive::Naive;
use super::*;

const IDS: u64 = 20;

fn side() -> impl Strategy<Value = Side> {
    prop::sample::select(Side::ALL)
}

fn price() -> impl Strategy<Value = i64> {
    prop_oneof![40 => -3_i64..4, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

/// The rare attributes, each drawn whether or not the order will have it.
#[derive(Clone, Copy, Debug)]
struct Rare {
    trigger: i64,
    offset: i64,
    display: u64,
    min: u64,
    expire_time: u64,
}

fn rare() -> impl Strategy<Value = Rare> {
    let offset = prop_oneof![30 => 1_i64..4, 1 => Just(0), 1 => Just(i64::MAX)];
    (price(), offset, 0_u64..5, 0_u64..7, 1_u64..60).prop_map(
        |(trigger, offset, display, min, expire_time)| Rare {
            trigger,
            offset,
            display,
            min,
            expire_time,
        },
    )
}

fn order_type() -> impl Strategy<Value = OrderType> {
    prop_oneof![
        8 => Just(OrderType::Limit),
        2 => Just(OrderType::Market),
        6 => prop::sample::select(OrderType::ALL),
    ]
}

/// Mostly orders that make sense: a draw in sixteen leaves contradictions in.
fn new_order() -> impl Strategy<Value = NewOrder> {
    let place = (0_u64..IDS, 0_u64..3, price(), 0_u64..12, side());
    let kind = (order_type(), prop::sample::select(TimeInForce::ALL), 0_u8..16);
    let mode = prop::sample::select(SelfTrade::ALL);
    let choice = (0_u8..8, 0_u8..5, 0_u8..6);
    (place, kind, mode, choice, rare()).prop_map(|(place, kind, mode, choice, rare)| {
        let (id, account, price, quantity, side) = place;
        let (order_type, time_in_force, sense) = kind;
        let (post_only, display, min) = choice;
        let is_market_type = order_type.is_market_type();
        let is_sensible = sense > 0;
        let time_in_force = match order_type {
            OrderType::Market if is_sensible && time_in_force != TimeInForce::Fok => {
                TimeInForce::Ioc
            }
            _ => time_in_force,
        };
        let post_only =
            post_only == 0 && !(is_sensible && (is_market_type || time_in_force.is_immediate()));
        let with_min = min == 0 && !(is_sensible && post_only);
        let with_display = display < 2 && !(is_sensible && is_market_type);
        let most = if is_sensible { quantity } else { u64::MAX };
        let has_fixed_trigger = order_type.has_trigger() && !order_type.is_trailing();
        NewOrder {
            account: AccountId(account),
            price: (!is_market_type).then_some(Price(price)),
            order_type,
            time_in_force,
            post_only,
            self_trade: mode,
            ..NewOrder::limit(OrderId(id), side, Price(price), Quantity(quantity))
        }
        .with_trigger_price(has_fixed_trigger.then_some(Price(rare.trigger)))
        .with_trail_offset(order_type.is_trailing().then_some(PriceOffset(rare.offset)))
        .with_display_quantity(with_display.then_some(Quantity(rare.display.min(most))))
        .with_min_quantity(with_min.then_some(Quantity(rare.min.min(most))))
        .with_expire_time((time_in_force == TimeInForce::Gtd).then_some(TimeNs(rare.expire_time)))
    })
}

fn replacement() -> impl Strategy<Value = Replace> {
    let new_order = prop::option::weighted(0.2, 0_u64..IDS);
    let trigger = prop::option::weighted(0.2, price());
    let display = prop::option::weighted(0.2, 0_u64..5);
    let price = prop::option::weighted(0.4, price());
    let quantity = prop::option::of(0_u64..16);
    (0_u64..IDS, new_order, price, quantity, trigger, display).prop_map(
        |(id, new_order, price, quantity, trigger, display)| Replace {
            new_order: new_order.map(OrderId),
            trigger_price: trigger.map(Price),
            display_quantity: display.map(Quantity),
            ..replace(id, price, quantity)
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    let mass_cancel = (0_u64..3, prop::option::of(side()))
        .prop_map(|(account, side)| MassCancel { account: AccountId(account), side });
    prop_oneof![
        60 => new_order().prop_map(Action::New),
        18 => replacement().prop_map(Action::Replace),
        8 => (0_u64..IDS).prop_map(cancel),
        1 => mass_cancel.prop_map(Action::MassCancel),
        2 => prop::sample::select(Phase::ALL).prop_map(Action::Phase),
        2 => Just(Action::Phase(Phase::Auction)),
        4 => Just(Action::Phase(Phase::Continuous)),
        2 => Just(Action::Time),
    ]
}

fn instruments() -> impl Strategy<Value = Instrument> {
    let matching = prop::sample::select(Matching::ALL);
    let reference = prop::option::of((-3_i64..4).prop_map(Price));
    let lowest = prop::option::weighted(0.2, Just(Price(-2)));
    (matching, reference, lowest).prop_map(|(matching, reference_price, price_min)| Instrument {
        matching,
        reference_price,
        price_min,
        ..instrument()
    })
}

/// What must be left of each order by the events alone: what was entered (or is there after a
/// replacement) less what was executed, cancelled or reduced.
#[derive(Default)]
struct Ledger {
    open: BTreeMap<OrderId, (u64, u64)>,
}

impl Ledger {
    fn execute(&mut self, id: OrderId, quantity: u64, left: Quantity) {
        let (open, executed) = self.open.get_mut(&id).expect("an order that trades is open");
        *open -= quantity;
        *executed += quantity;
        assert_eq!(*open, left.0, "what is left of {id} after its fill");
        if *open == 0 {
            self.open.remove(&id);
        }
    }

    fn record(&mut self, command: &Command, event: &Event) {
        match *event {
            Event::Accepted { order } => {
                let Action::New(new) = command.action else { panic!("only a new is accepted") };
                assert!(self.open.insert(order, (new.quantity.0, 0)).is_none());
            }
            Event::Fill(fill) => {
                self.execute(fill.maker, fill.quantity.0, fill.maker_open);
                self.execute(fill.taker, fill.quantity.0, fill.taker_open);
            }
            Event::Reduced { order, quantity, open } => {
                let entry = self.open.get_mut(&order).expect("an order that shrinks is open");
                entry.0 -= quantity.0;
                assert_eq!(entry.0, open.0);
            }
            Event::Canceled { order, quantity, .. } => {
                let (open, _) = self.open.remove(&order).expect("what is cancelled is open");
                assert_eq!(open, quantity.0);
            }
            Event::Replaced { order, new_order, open, .. } => {
                let (_, executed) = self.open.remove(&order).expect("what is replaced is open");
                let id = new_order.unwrap_or(order);
                assert!(self.open.insert(id, (open.0, executed)).is_none());
            }
            Event::Triggered { order } => assert!(self.open.contains_key(&order)),
            Event::Rejected { .. } | Event::Phase { .. } | Event::Auction { .. } => {}
        }
    }
}

/// Applies a command and holds everything against the plain model.
fn apply(engine: &mut LadderEngine, naive: &mut Naive, command: &Command) -> EventBuffer {
    let mut events = EventBuffer::new();
    engine.apply(command, &mut events);
    assert_eq!(events.as_slice(), naive.apply(command), "{command:?}");
    engine.first_book().audit();
    let snapshot = engine.snapshot(InstrumentId(0));
    assert_eq!(snapshot.orders, naive.orders(), "after {command:?}");
    assert_eq!(snapshot.state, naive.state);
    events
}

fn run(instrument: &Instrument, actions: &[(u64, Action)]) {
    let table = std::slice::from_ref(instrument);
    let mut engine = LadderEngine::new(table);
    let mut naive = Naive::new(instrument);
    let mut ledger = Ledger::default();
    let mut time = 0;
    for (seq, (passed, action)) in (1..).zip(actions) {
        time += passed;
        let command = Command::new(Seq(seq), TimeNs(time), InstrumentId(0), *action);
        for event in apply(&mut engine, &mut naive, &command).as_slice() {
            ledger.record(&command, event);
        }
        // Every so often another engine takes over, which held something else before.
        if seq % 16 == 0 {
            let snapshot = engine.snapshot(InstrumentId(0));
            let sound = snapshot.check(instrument).expect("an engine's own state is sound");
            let mut next = LadderEngine::new(table);
            let other = Command::new(Seq(1), TimeNs(0), InstrumentId(0), buy(3, 2, 1));
            next.apply(&other, &mut EventBuffer::new());
            next.restore(sound).expect("every state can be taken over");
            next.first_book().audit();
            assert_eq!(next.snapshot(InstrumentId(0)), snapshot);
            assert_eq!(next.digest(InstrumentId(0)), engine.digest(InstrumentId(0)));
            engine = next;
        }
    }
    let orders = engine.snapshot(InstrumentId(0)).orders;
    let left: BTreeMap<_, _> =
        orders.iter().map(|order| (order.order, (order.open.0, order.executed.0))).collect();
    assert_eq!(left, ledger.open);
}

proptest! {
    #[test]
    fn random_streams_are_answered_as_the_rules_say(
        instrument in instruments(),
        actions in prop::collection::vec((0_u64..2, action()), 1..160),
    ) {
        run(&instrument, &actions);
    }
}
