//! Whatever an engine answers, the auditor does not panic, and its shadow holds no more orders than
//! there were commands.

use proptest::prelude::*;
use shadowbook_model::{MassCancel, PriceOffset, Volume};

use super::*;

fn any_number() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0..8_u64, 1 => Just(u64::MAX), 1 => Just(u64::MAX - 1), 1 => any::<u64>()]
}

fn any_price() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0..6_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => any::<i64>()]
}

fn any_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    (0..all.len()).prop_map(move |index| all[index])
}

fn any_new() -> impl Strategy<Value = NewOrder> {
    let attributes = (
        any_of(Side::ALL),
        any_of(OrderType::ALL),
        any_of(TimeInForce::ALL),
        any_of(SelfTrade::ALL),
        any::<bool>(),
    );
    let numbers = (
        any_number(),
        0..3_u64,
        proptest::option::of(any_price()),
        any_number(),
        proptest::option::of(any_number()),
    );
    let rare = (
        proptest::option::weighted(0.2, any_number()),
        proptest::option::weighted(0.2, any_number()),
        proptest::option::weighted(0.4, any_price()),
        proptest::option::weighted(0.2, any_price()),
    );
    (attributes, numbers, rare).prop_map(|(attributes, numbers, rare)| {
        let (side, order_type, time_in_force, self_trade, post_only) = attributes;
        let (order, account, price, quantity, expire_time) = numbers;
        let new = NewOrder {
            account: AccountId(account),
            price: price.map(Price),
            order_type,
            time_in_force,
            post_only,
            self_trade,
            ..market(order, side, quantity)
        };
        new.with_expire_time(expire_time.map(TimeNs))
            .with_display_quantity(rare.0.map(Quantity))
            .with_min_quantity(rare.1.map(Quantity))
            .with_trigger_price(rare.2.map(Price))
            .with_trail_offset(rare.3.map(PriceOffset))
    })
}

fn any_action() -> impl Strategy<Value = Action> {
    let some = || proptest::option::of(any_number());
    let price = || proptest::option::of(any_price());
    prop_oneof![
        6 => any_new().prop_map(Action::from),
        2 => (any_number(), some(), price(), some(), price(), some()).prop_map(|change| {
            let (order, new_order, price, quantity, trigger_price, display_quantity) = change;
            Action::Replace(Replace {
                order: OrderId(order),
                new_order: new_order.map(OrderId),
                price: price.map(Price),
                quantity: quantity.map(Quantity),
                trigger_price: trigger_price.map(Price),
                display_quantity: display_quantity.map(Quantity),
            })
        }),
        1 => any_number().prop_map(|order| Action::Cancel(OrderId(order))),
        1 => (0..3_u64, proptest::option::of(any_of(Side::ALL))).prop_map(|(account, side)| {
            Action::MassCancel(MassCancel { account: AccountId(account), side })
        }),
        1 => any_of(Phase::ALL).prop_map(Action::Phase),
        1 => Just(Action::Time),
    ]
}

fn any_fill() -> impl Strategy<Value = Event> {
    let ids = (any_number(), any_number(), any_number());
    (ids, any_price(), any_number(), any_number(), any_number()).prop_map(
        |((trade, maker, taker), price, quantity, maker_open, taker_open)| {
            Event::Fill(Fill {
                trade: TradeId(trade),
                maker: OrderId(maker),
                taker: OrderId(taker),
                price: Price(price),
                quantity: Quantity(quantity),
                maker_open: Quantity(maker_open),
                taker_open: Quantity(taker_open),
            })
        },
    )
}

fn any_event() -> impl Strategy<Value = Event> {
    let id = || any_number().prop_map(OrderId);
    let lots = || any_number().prop_map(Quantity);
    prop_oneof![
        3 => id().prop_map(|order| Event::Accepted { order }),
        1 => (any_of(CommandKind::ALL), id(), any_of(RejectReason::ALL))
            .prop_map(|(command, order, reason)| Event::Rejected { command, order, reason }),
        1 => (id(), proptest::option::of(id()), proptest::option::of(any_price()), lots()).prop_map(
            |(order, new_order, price, open)| {
                Event::Replaced { order, new_order, price: price.map(Price), open }
            }
        ),
        4 => any_fill(),
        1 => (id(), lots(), lots())
            .prop_map(|(order, quantity, open)| Event::Reduced { order, quantity, open }),
        2 => (id(), lots(), any_of(CancelReason::ALL))
            .prop_map(|(order, quantity, reason)| Event::Canceled { order, quantity, reason }),
        2 => id().prop_map(|order| Event::Triggered { order }),
        1 => (any_price(), any::<u128>()).prop_map(|(price, quantity)| {
            Event::Auction { price: Price(price), quantity: Volume(quantity) }
        }),
        1 => any_of(Phase::ALL).prop_map(|phase| Event::Phase { phase }),
    ]
}

/// What a right engine would begin its answer with, so that much is believed before the garbage.
fn plausible(action: &Action) -> Option<Event> {
    match action {
        Action::New(new) => Some(Event::Accepted { order: new.order }),
        Action::Replace(change) => Some(Event::Replaced {
            order: change.order,
            new_order: change.new_order,
            price: change.price,
            open: change.quantity.unwrap_or(Quantity(3)),
        }),
        Action::Phase(phase) => Some(Event::Phase { phase: *phase }),
        Action::Cancel(_) | Action::MassCancel(_) | Action::Time => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn garbage_is_only_counted(
        steps in proptest::collection::vec(
            (any_action(), any::<bool>(), proptest::collection::vec(any_event(), 0..5)),
            1..40,
        ),
        is_pro_rata in any::<bool>(),
    ) {
        let mut stream = if is_pro_rata { Stream::pro_rata() } else { Stream::new() };
        for (action, is_plausible, garbage) in &steps {
            let begins = plausible(action).filter(|_| *is_plausible);
            let events: Vec<Event> = begins.into_iter().chain(garbage.iter().copied()).collect();
            stream.send(*action, &events);
        }
        let audit = stream.auditor.finish();
        prop_assert_eq!(audit.commands, steps.len() as u64);
    }
}

#[test]
fn thousands_of_events_of_one_command_are_read() {
    let mut stream = Stream::new().rests(ask(1, 10, 5));
    let many: Vec<Event> = std::iter::once(accepted(2))
        .chain((0..5_000).map(|_| fill(1, 10, (1, 5), (2, 5))))
        .collect();
    let breaches = stream.send(bid(2, 10, 5), &many);
    assert_eq!(breaches.len(), 1);
    assert_eq!(breaches[0].events.events.len() + breaches[0].events.omitted, many.len());
}
