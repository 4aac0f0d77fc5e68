//! Random streams with few prices, ids and accounts, so that everything meets everything.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shadowbook_model::{Arrival, MassCancel, OrderState, Phase};

use super::*;

fn side() -> impl Strategy<Value = Side> {
    prop::sample::select(Side::ALL)
}

fn price() -> impl Strategy<Value = i64> {
    prop_oneof![20 => -3_i64..4, 1 => Just(i64::MIN), 1 => Just(i64::MAX)]
}

fn new_order() -> impl Strategy<Value = NewOrder> {
    let time_in_force = prop::sample::select(TimeInForce::ALL);
    let mode = prop::sample::select(SelfTrade::ALL);
    let choice = (0_u8..12, any::<bool>(), 1_u64..40);
    let place = (0_u64..12, 0_u64..3, price(), 0_u64..9, side());
    (place, time_in_force, mode, choice).prop_map(|(place, time_in_force, mode, choice)| {
        let (id, account, price, quantity, side) = place;
        let (kind, post_only, expire_time) = choice;
        let limit = NewOrder::limit(OrderId(id), side, Price(price), Quantity(quantity));
        let market = NewOrder::market(OrderId(id), side, Quantity(quantity));
        let new = match kind {
            0 => market,
            1 => with(time_in_force, market),
            2..=5 => limit,
            _ => with(time_in_force, limit),
        };
        let new = NewOrder { account: AccountId(account), self_trade: mode, ..new };
        let new = NewOrder { post_only: post_only && kind % 2 == 0, ..new };
        if new.time_in_force == TimeInForce::Gtd {
            new.with_expire_time(TimeNs(expire_time))
        } else {
            new
        }
    })
}

fn action() -> impl Strategy<Value = Action> {
    let replacement = (0_u64..12, prop::option::of(0_u64..12), prop::option::of(price()))
        .prop_flat_map(|(id, new_id, price)| {
            prop::option::of(0_u64..14).prop_map(move |quantity| Replace {
                new_order: new_id.map(OrderId),
                ..replace(id, price, quantity)
            })
        });
    let mass_cancel = (0_u64..3, prop::option::of(side()))
        .prop_map(|(account, side)| MassCancel { account: AccountId(account), side });
    let phase = prop::sample::select(
        &[Phase::Closed, Phase::Halted, Phase::CancelOnly, Phase::PostOnly, Phase::LimitOnly][..],
    );
    prop_oneof![
        50 => new_order().prop_map(Action::New),
        15 => replacement.prop_map(Action::Replace),
        12 => (0_u64..12).prop_map(cancel),
        2 => mass_cancel.prop_map(Action::MassCancel),
        1 => phase.prop_map(Action::Phase),
        3 => Just(Action::Phase(Phase::Continuous)),
        2 => Just(Action::Time),
    ]
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
            Event::Rejected { .. } | Event::Phase { .. } => {}
            Event::Auction { .. } | Event::Triggered { .. } => panic!("not offered: {event:?}"),
        }
    }
}

/// Bids before asks, best price first, arrivals rising on a level.
fn assert_canonical(orders: &[OrderState]) {
    let key = |order: &OrderState| {
        let price = order.price.expect("only limits rest").0;
        let rank = if order.side == Side::Buy { -i128::from(price) } else { i128::from(price) };
        (order.side, rank, order.arrival)
    };
    assert!(orders.is_sorted_by(|left, right| key(left) < key(right)), "{orders:?}");
}

fn run(actions: &[(u64, Action)]) -> (EventBuffer, LadderEngine) {
    let mut engine = LadderEngine::new(&[instrument()]);
    let mut all = EventBuffer::new();
    let mut ledger = Ledger::default();
    let mut time = 0;
    for (seq, (passed, action)) in (1..).zip(actions) {
        time += passed;
        let command = Command::new(Seq(seq), TimeNs(time), InstrumentId(0), *action);
        let before = all.len();
        engine.apply(&command, &mut all);
        for event in &all.as_slice()[before..] {
            ledger.record(&command, event);
        }
        engine.first_book().audit();
    }
    let orders = engine.snapshot(InstrumentId(0)).orders;
    assert_canonical(&orders);
    let left: BTreeMap<_, _> =
        orders.iter().map(|order| (order.order, (order.open.0, order.executed.0))).collect();
    assert_eq!(left, ledger.open);
    assert!(orders.iter().all(|order| order.expire_time.is_none_or(|end| end > TimeNs(time))));
    assert!(orders.iter().all(|order| order.arrival > Arrival(0)));
    (all, engine)
}

proptest! {
    #[test]
    fn nothing_is_lost_and_twice_is_the_same(
        actions in prop::collection::vec((0_u64..2, action()), 1..120),
    ) {
        let (events, engine) = run(&actions);
        let (events_again, again) = run(&actions);
        prop_assert_eq!(events, events_again);
        prop_assert_eq!(engine.digest(InstrumentId(0)), again.digest(InstrumentId(0)));
    }
}
