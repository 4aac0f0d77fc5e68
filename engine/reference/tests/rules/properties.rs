//! What holds whatever is done: invariants on random streams with few ids, prices and accounts.

use std::collections::BTreeMap;

use proptest::prelude::*;
use shadowbook_model::{
    AccountId, Action, Arrival, CancelReason, Command, DigestVisitor, Engine, Event, EventBuffer,
    Instrument, MassCancel, Matching, NewOrder, OrderId, OrderState, OrderType, Phase, Price,
    PriceOffset, Quantity, RejectReason, Replace, SelfTrade, Seq, Side, Snapshot, TimeInForce,
    TimeNs,
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
    let kind = prop_oneof![
        12 => Just(OrderType::Limit),
        3 => Just(OrderType::Market),
        6 => prop::sample::select(OrderType::ALL),
    ];
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
    let rare = (
        prop::option::weighted(0.3, 0..4_u64),
        prop::option::weighted(0.15, 0..5_u64),
        price(),
        0..4_i64,
    );
    let order = (id(), account(), side(), price(), quantity(), kind, expiry, attributes, rare);
    order.prop_map(
        |(order, account, side, price, quantity, order_type, expiry, attributes, rare)| {
            let (any_lifetime, self_trade, post_only, is_sensible) = attributes;
            let (display, minimum, trigger, offset) = rare;
            let is_market_type = order_type.is_market_type();
            let time_in_force = match (order_type, expiry) {
                _ if !is_sensible => any_lifetime,
                (OrderType::Market, _) if !any_lifetime.is_immediate() => TimeInForce::Ioc,
                (OrderType::Market, _) => any_lifetime,
                (_, Some(_)) => TimeInForce::Gtd,
                (_, None) if any_lifetime == TimeInForce::Gtd => TimeInForce::Gtc,
                _ => any_lifetime,
            };
            let may_be_post_only = !is_market_type && !time_in_force.is_immediate();
            let post_only = post_only && (may_be_post_only || !is_sensible);
            let part = |part: Option<u64>| {
                part.map(|part| Quantity(if is_sensible { part.min(quantity.0) } else { part }))
            };
            let is_fixed = order_type.has_trigger() && !order_type.is_trailing();
            let limit = NewOrder::market(order, side, quantity)
                .with_expire_time(expiry.filter(|_| time_in_force == TimeInForce::Gtd))
                .with_display_quantity(part(display).filter(|_| !is_market_type))
                .with_min_quantity(part(minimum).filter(|_| !post_only))
                .with_trigger_price(is_fixed.then_some(trigger))
                .with_trail_offset(order_type.is_trailing().then_some(PriceOffset(offset)));
            let price = (!is_market_type).then_some(price);
            NewOrder { account, price, order_type, time_in_force, post_only, self_trade, ..limit }
                .into()
        },
    )
}

fn replacement() -> impl Strategy<Value = Action> {
    let rare = (prop::option::weighted(0.2, price()), prop::option::weighted(0.3, 0..4_u64));
    let replace = (
        id(),
        prop::option::weighted(0.2, id()),
        prop::option::weighted(0.4, price()),
        prop::option::weighted(0.6, quantity()),
        rare,
    );
    replace.prop_map(|(order, new_order, price, quantity, (trigger_price, display))| {
        let display_quantity = display.map(Quantity);
        Replace { order, new_order, price, quantity, trigger_price, display_quantity }.into()
    })
}

fn phase() -> impl Strategy<Value = Action> {
    let any = prop::sample::select(Phase::ALL);
    prop_oneof![3 => Just(Phase::Continuous), 2 => Just(Phase::Auction), 2 => any]
        .prop_map(Action::from)
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

/// Instruments of either matching rule, with and without something to refer to.
fn table() -> impl Strategy<Value = Instrument> {
    (prop::bool::ANY, prop::option::of(price())).prop_map(|(is_shared, reference_price)| {
        let matching = if is_shared { Matching::ProRata } else { Matching::PriceTime };
        Instrument { matching, reference_price, ..instrument() }
    })
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
            (
                Event::Rejected { .. }
                | Event::Phase { .. }
                | Event::Triggered { .. }
                | Event::Auction { .. },
                _,
            ) => {}
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

fn look(engine: &ReferenceEngine, table: &Instrument, now: TimeNs) -> Snapshot {
    let snapshot = engine.snapshot(INSTRUMENT);
    // Canonical order, quantities, slices, triggers, what may rest, never crossed (rule M6).
    snapshot.check(table).unwrap_or_else(|problem| panic!("{problem}: {snapshot:?}"));
    let is_over = |order: &OrderState| order.expire_time.is_some_and(|time| time <= now);
    assert!(!snapshot.orders.iter().any(is_over), "expired and still there: {snapshot:?}");
    let mut visitor = DigestVisitor::new();
    engine.visit(INSTRUMENT, &mut visitor);
    assert_eq!(engine.digest(INSTRUMENT), visitor.finish());
    snapshot
}

/// What a new order trades before it meets an order of its own, unless that one gives way.
fn traded_freely(new: &NewOrder, events: &EventBuffer) -> u128 {
    let prevented = |event: &Event| {
        matches!(
            event,
            Event::Canceled { reason: CancelReason::SelfTrade, .. } | Event::Reduced { .. }
        )
    };
    let own = |event: &&Event| {
        let is_over = prevented(event) && new.self_trade != SelfTrade::CancelOldest;
        !is_over && !matches!(event, Event::Triggered { .. })
    };
    let quantity = |event: &Event| match event {
        Event::Fill(fill) if fill.taker == new.order => u128::from(fill.quantity.0),
        _ => 0,
    };
    events.as_slice().iter().take_while(own).map(quantity).sum()
}

/// The price of an auction by walking every tick, as rule P3 is written.
fn price_by_walking(snapshot: &Snapshot, table: &Instrument) -> Option<(Price, u128)> {
    let last = snapshot.state.last_trade.or(table.reference_price);
    let resting = || snapshot.orders.iter().filter(|order| order.trigger.is_none());
    let sum = |side, price: Price| -> u128 {
        let takes_part = |order: &&OrderState| {
            order.side == side
                && order.price.is_none_or(|limit| match side {
                    Side::Buy => limit >= price,
                    Side::Sell => limit <= price,
                })
        };
        resting().filter(takes_part).map(|order| u128::from(order.open.0)).sum()
    };
    let limits = || resting().filter_map(|order| order.price);
    let ticks: Vec<Price> = match (limits().min(), limits().max()) {
        (Some(lowest), Some(highest)) => (lowest.0..=highest.0).map(Price).collect(),
        _ => last.into_iter().collect(),
    };
    let at = |price: Price| (sum(Side::Buy, price), sum(Side::Sell, price));
    let volume = |price: &Price| at(*price).0.min(at(*price).1);
    let imbalance = |price: &Price| at(*price).0.abs_diff(at(*price).1);
    let most = ticks.iter().map(volume).max().filter(|most| *most > 0)?;
    let left: Vec<Price> = ticks.into_iter().filter(|price| volume(price) == most).collect();
    let least = left.iter().map(imbalance).min()?;
    let left: Vec<Price> = left.into_iter().filter(|price| imbalance(price) == least).collect();
    let price = if left.iter().all(|price| at(*price).0 > at(*price).1) {
        left.last().copied()
    } else if left.iter().all(|price| at(*price).1 > at(*price).0) {
        left.first().copied()
    } else if let Some(last) = last {
        left.iter().rev().min_by_key(|price| price.0.abs_diff(last.0)).copied()
    } else {
        left.last().copied()
    };
    price.map(|price| (price, most))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn quantity_is_conserved_and_the_book_is_sound(table in table(), commands in stream()) {
        let mut engine = ReferenceEngine::new(std::slice::from_ref(&table));
        let (mut events, mut ledger) = (EventBuffer::new(), Ledger::default());
        let mut before = Arrival(0);
        for command in &commands {
            events.clear();
            engine.apply(command, &mut events);
            for event in events.as_slice() {
                ledger.note(&command.action, event);
            }
            let snapshot = look(&engine, &table, command.time);
            ledger.settle(&snapshot);
            let came = events.as_slice().iter().filter(|event| {
                matches!(event, Event::Accepted { .. } | Event::Triggered { .. })
            });
            let replaced = u64::from(matches!(command.action, Action::Replace(_)));
            let arrived = snapshot.state.arrivals.0 - before.0;
            let came = u64::try_from(came.count()).unwrap();
            prop_assert!((came..=came + replaced).contains(&arrived), "{} arrived", arrived);
            before = snapshot.state.arrivals;
        }
    }

    #[test]
    fn an_auction_has_the_price_that_walking_every_tick_finds(
        table in table(),
        commands in stream(),
    ) {
        let mut engine = ReferenceEngine::new(std::slice::from_ref(&table));
        let mut events = EventBuffer::new();
        for command in &commands {
            // What expires first takes no part.
            let time = Command { action: Action::Time, ..*command };
            events.clear();
            engine.apply(&time, &mut events);
            let before = engine.snapshot(INSTRUMENT);
            events.clear();
            engine.apply(command, &mut events);
            let auction = events.as_slice().iter().find_map(|event| match event {
                Event::Auction { price, quantity } => Some((*price, quantity.0)),
                _ => None,
            });
            let uncrosses = match command.action {
                Action::Phase(phase) => !matches!(phase, Phase::Auction | Phase::Halted),
                _ => false,
            };
            let expected = if uncrosses { price_by_walking(&before, &table) } else { None };
            prop_assert_eq!(auction, expected);
        }
    }

    #[test]
    fn what_is_counted_beforehand_is_what_would_trade(
        table in table(),
        commands in stream(),
    ) {
        let mut engine = ReferenceEngine::new(std::slice::from_ref(&table));
        let [mut events, mut freely] = [EventBuffer::new(), EventBuffer::new()];
        for command in &commands {
            let mut twin = engine.clone();
            events.clear();
            engine.apply(command, &mut events);
            let Action::New(new) = command.action else { continue };
            let is_fok = new.time_in_force == TimeInForce::Fok;
            let wanted = if is_fok { Some(new.quantity) } else { new.min_quantity() };
            let Some(wanted) = wanted.filter(|_| !new.order_type.has_trigger()) else { continue };
            let unbound = NewOrder { time_in_force: TimeInForce::Ioc, ..new }
                .with_min_quantity(None)
                .with_expire_time(None);
            freely.clear();
            twin.apply(&Command { action: unbound.into(), ..*command }, &mut freely);
            let trades = traded_freely(&new, &events) > 0;
            let would_trade = traded_freely(&new, &freely) >= u128::from(wanted.0);
            let is_refused = events.as_slice().iter().any(|event| matches!(
                event,
                Event::Rejected { reason, .. } if *reason != RejectReason::MinQuantity
            ));
            prop_assert_eq!(trades, would_trade && !is_refused, "{:?}", new);
        }
    }

    #[test]
    fn the_same_commands_give_the_same_events_and_digests(
        table in table(),
        commands in stream(),
    ) {
        let engine = || ReferenceEngine::new(std::slice::from_ref(&table));
        let (mut engines, mut events) = ([engine(), engine()], [EventBuffer::new(), EventBuffer::new()]);
        for command in &commands {
            for (engine, events) in engines.iter_mut().zip(&mut events) {
                engine.apply(command, events);
            }
            prop_assert_eq!(engines[0].digest(INSTRUMENT), engines[1].digest(INSTRUMENT));
        }
        prop_assert_eq!(&events[0], &events[1]);
    }

    #[test]
    fn a_restored_engine_has_the_same_digest_and_the_same_future(
        table in table(),
        commands in stream(),
        others in stream(),
        after in 0..100_usize,
    ) {
        let mut engine = ReferenceEngine::new(std::slice::from_ref(&table));
        // Whatever it held is gone.
        let mut restored = engine.clone();
        let mut events = [EventBuffer::new(), EventBuffer::new()];
        others.iter().for_each(|command| restored.apply(command, &mut events[1]));
        let (before, rest) = commands.split_at(after.min(commands.len()));
        before.iter().for_each(|command| engine.apply(command, &mut events[0]));
        let snapshot = engine.snapshot(INSTRUMENT);
        restored.restore(snapshot.check(&table).expect("it was in this state")).expect("it can");
        prop_assert_eq!(&restored.snapshot(INSTRUMENT), &snapshot);
        for command in rest {
            events.iter_mut().for_each(EventBuffer::clear);
            engine.apply(command, &mut events[0]);
            restored.apply(command, &mut events[1]);
            prop_assert_eq!(&events[0], &events[1]);
            prop_assert_eq!(engine.snapshot(INSTRUMENT), restored.snapshot(INSTRUMENT));
        }
    }

    #[test]
    fn a_refused_command_changes_nothing(table in table(), commands in stream()) {
        let mut engine = ReferenceEngine::new(std::slice::from_ref(&table));
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
