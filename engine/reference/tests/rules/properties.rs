//! What holds whatever is done: invariants on random streams with few ids, prices and accounts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shadowbook_model::{
    AccountId, Action, Command, DigestVisitor, Engine, Event, EventBuffer, MassCancel, NewOrder,
    OrderId, OrderState, OrderType, Phase, Price, Quantity, Replace, SelfTrade, Seq, Side,
    Snapshot, TimeInForce, TimeNs,
};
use shadowbook_reference::ReferenceEngine;

use crate::check::{INSTRUMENT, instrument};

fn id() -> impl Strategy<Value = OrderId> {
    (0..12_u64).prop_map(OrderId)
}

fn price() -> impl Strategy<Value = Price> {
    (-3..=3_i64).prop_map(Price)
}

fn quantity() -> impl Strategy<Value = Quantity> {
    (0..8_u64).prop_map(Quantity)
}

fn account() -> impl Strategy<Value = AccountId> {
    (0..3_u64).prop_map(AccountId)
}

fn side() -> impl Strategy<Value = Side> {
    prop::sample::select(Side::ALL)
}

/// Mostly sensible orders; now and then one that contradicts itself.
fn new_order() -> impl Strategy<Value = Action> {
    let kind = prop_oneof![9 => Just(OrderType::Limit), 1 => Just(OrderType::Market)];
    let expiry = prop_oneof![
        9 => Just(None),
        2 => (0..60_u64).prop_map(|time| Some(TimeNs(time))),
    ];
    let attributes = (
        prop::sample::select(TimeInForce::ALL),
        prop::sample::select(SelfTrade::ALL),
        prop::bool::weighted(0.15),
        prop::bool::weighted(0.95),
    );
    let order = (id(), account(), side(), price(), quantity(), kind, expiry, attributes);
    order.prop_map(|(order, account, side, price, quantity, order_type, expiry, attributes)| {
        let (any_lifetime, self_trade, post_only, is_sensible) = attributes;
        let time_in_force = match (order_type, expiry) {
            _ if !is_sensible => any_lifetime,
            (OrderType::Market, _) if !any_lifetime.is_immediate() => TimeInForce::Ioc,
            (OrderType::Limit, Some(_)) => TimeInForce::Gtd,
            (OrderType::Limit, None) if any_lifetime == TimeInForce::Gtd => TimeInForce::Gtc,
            _ => any_lifetime,
        };
        let price = (order_type == OrderType::Limit).then_some(price);
        let expiry = expiry.filter(|_| !is_sensible || time_in_force == TimeInForce::Gtd);
        let limit = NewOrder::market(order, side, quantity);
        NewOrder { account, price, order_type, time_in_force, post_only, self_trade, ..limit }
            .with_expire_time(expiry)
            .into()
    })
}

fn replacement() -> impl Strategy<Value = Action> {
    let change = (id(), prop::option::of(id()), prop::option::of(price()));
    (change, prop::option::of(quantity())).prop_map(|((order, new_order, price), quantity)| {
        Replace { new_order, price, quantity, ..Replace::of(order) }.into()
    })
}

fn phase() -> impl Strategy<Value = Action> {
    let others = Phase::ALL.iter().copied().filter(|phase| *phase != Phase::Auction);
    let any = prop::sample::select(others.collect::<Vec<_>>());
    prop_oneof![2 => Just(Phase::Continuous), 1 => any].prop_map(Action::from)
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        60 => new_order(),
        20 => replacement(),
        12 => id().prop_map(Action::Cancel),
        2 => (account(), prop::option::of(side()))
            .prop_map(|(account, side)| MassCancel { account, side }.into()),
        4 => phase(),
        2 => Just(Action::Time),
    ]
}

fn stream() -> impl Strategy<Value = Vec<Command>> {
    prop::collection::vec((action(), 0..3_u64), 1..120).prop_map(|actions| {
        let mut time = 0;
        let commands = (1..).zip(actions).map(|(seq, (action, later))| {
            time += later;
            Command::new(Seq(seq), TimeNs(time), INSTRUMENT, action)
        });
        commands.collect()
    })
}

/// What the events alone say about the live orders.
#[derive(Default)]
struct Ledger(BTreeMap<OrderId, Account>);

/// Where the quantity of one order went.
#[derive(Clone, Copy, Debug, Default)]
struct Account {
    entered: u64,
    executed: u64,
    lost: u64,
    open: u64,
}

impl Ledger {
    fn account(&mut self, order: OrderId) -> &mut Account {
        self.0.get_mut(&order).unwrap_or_else(|| panic!("{order} is told of and not live"))
    }

    fn note(&mut self, action: &Action, event: &Event) {
        match (*event, action) {
            (Event::Accepted { order }, Action::New(new)) => {
                let Quantity(open) = new.quantity;
                let old =
                    self.0.insert(order, Account { entered: open, open, ..Account::default() });
                // It may have the id of one that has just expired.
                assert!(old.is_none_or(|old| old.open == 0), "{order} is entered twice");
            }
            (Event::Replaced { order, new_order, open, .. }, Action::Replace(_)) => {
                let mut account = self.0.remove(&order).expect("a live order is replaced");
                account.entered = account.entered + open.0 - account.open;
                account.open = open.0;
                let old = self.0.insert(new_order.unwrap_or(order), account);
                assert!(old.is_none_or(|old| old.open == 0), "{order} takes the id of another");
            }
            (Event::Fill(fill), _) => {
                let sides = [(fill.maker, fill.maker_open), (fill.taker, fill.taker_open)];
                for (order, left) in sides {
                    let account = self.account(order);
                    account.executed += fill.quantity.0;
                    account.open -= fill.quantity.0;
                    assert_eq!(account.open, left.0, "{fill:?}");
                }
            }
            (Event::Reduced { order, quantity, open }, _) => {
                let account = self.account(order);
                account.lost += quantity.0;
                account.open -= quantity.0;
                assert_eq!(account.open, open.0);
                assert_ne!(open, Quantity::ZERO, "what is gone is canceled");
            }
            (Event::Canceled { order, quantity, .. }, _) => {
                let account = self.account(order);
                account.lost += quantity.0;
                account.open -= quantity.0;
                assert_eq!(account.open, 0, "a cancel takes all");
            }
            (Event::Rejected { .. } | Event::Phase { .. }, _) => {}
            (event, action) => panic!("{action:?} cannot lead to {event:?}"),
        }
    }

    /// Entered = executed + lost + open for every order, and the open ones are the book.
    fn settle(&mut self, snapshot: &Snapshot) {
        for (order, account) in &self.0 {
            let sum = account.executed + account.lost + account.open;
            assert_eq!(account.entered, sum, "{order}: {account:?}");
        }
        self.0.retain(|_, account| account.open > 0);
        let told = self.0.iter().map(|(id, account)| (*id, (account.open, account.executed)));
        let shown = snapshot.orders.iter().map(|o| (o.order, (o.open.0, o.executed.0)));
        assert_eq!(told.collect::<BTreeMap<_, _>>(), shown.clone().collect());
        assert_eq!(shown.count(), self.0.len(), "an order is shown twice");
    }
}

/// Bids from the highest down, then asks from the lowest up, each level by arrival.
fn canonical(order: &OrderState) -> (Side, i64, u64) {
    let Price(price) = order.price.expect("only limit types rest");
    let rank = if order.side == Side::Buy { -price } else { price };
    (order.side, rank, order.arrival.0)
}

fn best(snapshot: &Snapshot, side: Side) -> Option<Price> {
    snapshot.orders.iter().find(|order| order.side == side).and_then(|order| order.price)
}

fn look(engine: &ReferenceEngine, now: TimeNs) -> Snapshot {
    let snapshot = engine.snapshot(INSTRUMENT);
    let is_over = |order: &OrderState| order.expire_time.is_some_and(|time| time <= now);
    assert!(!snapshot.orders.iter().any(is_over), "expired and still there: {snapshot:?}");
    assert!(snapshot.orders.is_sorted_by_key(canonical), "{snapshot:?}");
    if let (Some(bid), Some(ask)) = (best(&snapshot, Side::Buy), best(&snapshot, Side::Sell)) {
        assert!(bid < ask, "crossed or locked: {bid} {ask}");
    }
    let mut visitor = DigestVisitor::new();
    engine.visit(INSTRUMENT, &mut visitor);
    assert_eq!(engine.digest(INSTRUMENT), visitor.finish());
    snapshot
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn quantity_is_conserved_and_the_book_is_in_order(commands in stream()) {
        let mut engine = ReferenceEngine::new(&[instrument()]);
        let (mut events, mut ledger) = (EventBuffer::new(), Ledger::default());
        for command in &commands {
            events.clear();
            engine.apply(command, &mut events);
            for event in events.as_slice() {
                ledger.note(&command.action, event);
            }
            ledger.settle(&look(&engine, command.time));
        }
    }

    #[test]
    fn the_same_commands_give_the_same_events_and_digests(commands in stream()) {
        let mut engines = [ReferenceEngine::new(&[instrument()]), ReferenceEngine::new(&[instrument()])];
        let mut events = [EventBuffer::new(), EventBuffer::new()];
        for command in &commands {
            for (engine, events) in engines.iter_mut().zip(&mut events) {
                engine.apply(command, events);
            }
            prop_assert_eq!(engines[0].digest(INSTRUMENT), engines[1].digest(INSTRUMENT));
        }
        prop_assert_eq!(&events[0], &events[1]);
    }

    #[test]
    fn a_refused_command_changes_nothing(commands in stream()) {
        let mut engine = ReferenceEngine::new(&[instrument()]);
        let mut events = EventBuffer::new();
        for command in &commands {
            let before = engine.snapshot(INSTRUMENT);
            events.clear();
            engine.apply(command, &mut events);
            if let [Event::Rejected { .. }] = events.as_slice() {
                prop_assert_eq!(before, engine.snapshot(INSTRUMENT));
            }
        }
    }
}
