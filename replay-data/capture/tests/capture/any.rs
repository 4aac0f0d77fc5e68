//! Any stream whatever, with a liking for the ends of the ranges.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use shadowbook_capture::RecordedFill;
use shadowbook_model::{
    AccountId, Action, CancelReason, Command, CommandKind, Event, Fill, Increment, Instrument,
    InstrumentId, MassCancel, Matching, NewOrder, OrderId, OrderType, Phase, Price, PriceOffset,
    Quantity, RejectReason, Replace, SelfTrade, Seq, Side, TimeInForce, TimeNs, TradeId, Volume,
};

use crate::stream::{Line, Outcome, Stream};

/// Small numbers, the ends of both 64-bit ranges, powers of two, and anything.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        6 => 0_u64..200,
        1 => select(&[u64::MAX, u64::MAX - 1, 1 << 63, (1 << 63) - 1, (1 << 63) + 1]),
        1 => (0_u32..64).prop_map(|bit| 1 << bit),
        2 => any::<u64>(),
    ]
}

/// Few ids, so that orders are named again, and any id.
fn order() -> impl Strategy<Value = OrderId> {
    prop_oneof![8 => 0_u64..12, 1 => number()].prop_map(OrderId)
}

fn account() -> impl Strategy<Value = AccountId> {
    prop_oneof![4 => 0_u64..3, 1 => number()].prop_map(AccountId)
}

fn price() -> impl Strategy<Value = Price> {
    number().prop_map(|number| Price(number.cast_signed()))
}

fn offset() -> impl Strategy<Value = PriceOffset> {
    price().prop_map(|price| PriceOffset(price.0))
}

fn quantity() -> impl Strategy<Value = Quantity> {
    number().prop_map(Quantity)
}

fn time() -> impl Strategy<Value = TimeNs> {
    number().prop_map(TimeNs)
}

fn new_order() -> impl Strategy<Value = NewOrder> {
    let what = (order(), account(), of(price()), quantity(), select(Side::ALL));
    let how = (select(OrderType::ALL), select(TimeInForce::ALL), select(SelfTrade::ALL));
    let flags = (any::<bool>(), any::<bool>());
    let rare = of((of(time()), of(quantity()), of(quantity()), of(price()), of(offset())));
    (what, how, flags, rare).prop_map(|(what, how, (post_only, seed), rare)| {
        let (order, account, price, quantity, side) = what;
        let (order_type, time_in_force, self_trade) = how;
        let (expire_time, display, min, trigger, trail) = rare.unwrap_or_default();
        let plain = NewOrder::market(order, side, quantity);
        NewOrder { account, price, order_type, time_in_force, self_trade, post_only, seed, ..plain }
            .with_expire_time(expire_time)
            .with_display_quantity(display)
            .with_min_quantity(min)
            .with_trigger_price(trigger)
            .with_trail_offset(trail)
    })
}

fn replacement() -> impl Strategy<Value = Replace> {
    (order(), of(order()), of(price()), of(quantity()), of(price()), of(quantity())).prop_map(
        |(order, new_order, price, quantity, trigger_price, display_quantity)| Replace {
            order,
            new_order,
            price,
            quantity,
            trigger_price,
            display_quantity,
        },
    )
}

fn action() -> impl Strategy<Value = Action> {
    let mass_cancel = (account(), of(select(Side::ALL)));
    prop_oneof![
        6 => new_order().prop_map(Action::from),
        3 => replacement().prop_map(Action::from),
        4 => order().prop_map(Action::Cancel),
        1 => mass_cancel.prop_map(|(account, side)| MassCancel { account, side }.into()),
        1 => select(Phase::ALL).prop_map(Action::Phase),
        1 => Just(Action::Time),
    ]
}

fn volume() -> impl Strategy<Value = Volume> {
    // What is written in decimals is lots times a mantissa of up to 64 bits, and has to fit 128.
    prop_oneof![number().prop_map(u128::from), (0..=u128::MAX >> 40)].prop_map(Volume)
}

fn fill() -> impl Strategy<Value = Fill> {
    (number(), order(), order(), price(), quantity(), quantity(), quantity()).prop_map(
        |(trade, maker, taker, price, quantity, maker_open, taker_open)| Fill {
            trade: TradeId(trade),
            maker,
            taker,
            price,
            quantity,
            maker_open,
            taker_open,
        },
    )
}

fn event() -> impl Strategy<Value = Event> {
    let rejected = (select(CommandKind::ALL), order(), select(RejectReason::ALL));
    let replaced = (order(), of(order()), of(price()), quantity());
    let canceled = (order(), quantity(), select(CancelReason::ALL));
    prop_oneof![
        order().prop_map(|order| Event::Accepted { order }),
        rejected.prop_map(|(command, order, reason)| Event::Rejected { command, order, reason }),
        replaced.prop_map(|(order, new_order, price, open)| Event::Replaced {
            order,
            new_order,
            price,
            open
        }),
        fill().prop_map(Event::from),
        (order(), quantity(), quantity()).prop_map(|(order, quantity, open)| Event::Reduced {
            order,
            quantity,
            open
        }),
        canceled.prop_map(|(order, quantity, reason)| Event::Canceled { order, quantity, reason }),
        order().prop_map(|order| Event::Triggered { order }),
        (price(), volume()).prop_map(|(price, quantity)| Event::Auction { price, quantity }),
        select(Phase::ALL).prop_map(|phase| Event::Phase { phase }),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let fill = (order(), price(), quantity()).prop_map(|(maker, price, quantity)| RecordedFill {
        maker,
        price,
        quantity,
    });
    prop_oneof![
        6 => Just(Outcome::None),
        2 => vec(fill, 0..4).prop_map(Outcome::Fills),
        2 => vec(event(), 0..5).prop_map(|mut events| {
            // Whoever refuses a command outside matching says nothing else.
            let is_external = |event: &Event| {
                matches!(event, Event::Rejected { reason: RejectReason::External, .. })
            };
            if events.len() > 1 {
                events.retain(|event| !is_external(event));
            }
            Outcome::Events(events)
        }),
        1 => Just(Outcome::Unchecked),
    ]
}

fn increment(mantissas: std::ops::RangeInclusive<u64>) -> impl Strategy<Value = Increment> {
    (mantissas, 0_u8..=18).prop_map(|(mantissa, scale)| {
        Increment::new(mantissa, scale).expect("above zero, at most 18 decimals")
    })
}

fn instrument() -> impl Strategy<Value = Instrument> {
    let symbol = prop_oneof!["[A-Z]{1,6}", "[ #\"\\\\,:{}a-z]{1,6}", "(?s:.{1,5})"];
    // Lots stay below 2^40, so that the volumes of auctions fit: see `volume`.
    let sizes = (increment(1..=u64::MAX), increment(1..=1 << 40));
    let prices = (of(price()), of(price()), of(price()));
    (symbol, sizes, select(Matching::ALL), prices, select(Phase::ALL)).prop_map(
        |(symbol, (tick, lot), matching, (price_min, price_max, reference_price), phase)| {
            let plain = Instrument::new(symbol, tick, lot);
            let (price_min, price_max) = match (price_min, price_max) {
                (Some(lowest), Some(highest)) if lowest > highest => (Some(highest), Some(lowest)),
                bounds => bounds,
            };
            Instrument { matching, price_min, price_max, reference_price, phase, ..plain }
        },
    )
}

fn instruments() -> impl Strategy<Value = Vec<Instrument>> {
    prop_oneof![vec(instrument(), 1), vec(instrument(), 1..6)].prop_map(|mut instruments| {
        let mut names = BTreeSet::new();
        instruments.retain(|instrument| names.insert(instrument.symbol.clone()));
        instruments
    })
}

/// How far a command's `seq` and time are from those before it. Far is rare, for it ends a stream
/// early: there is nothing beyond 64 bits.
fn gaps() -> impl Strategy<Value = (u64, u64)> {
    let far = number().prop_map(|number| number.max(1));
    (prop_oneof![400 => 1_u64..3, 1 => far], prop_oneof![400 => 0_u64..1000, 1 => number()])
}

/// Any stream of at most so many commands.
pub(crate) fn stream(commands: usize) -> impl Strategy<Value = Stream> {
    let line = (gaps(), any::<u32>(), action(), any::<bool>(), outcome());
    (instruments(), number(), number(), vec(line, 0..=commands)).prop_map(
        |(instruments, mut seq, mut time, drawn)| {
            let mut lines = Vec::new();
            for ((seq_gap, time_gap), on, action, synthetic, outcome) in drawn {
                let count = u32::try_from(instruments.len()).expect("a handful");
                let on = InstrumentId(on % count);
                let command = Command::new(Seq(seq), TimeNs(time), on, action);
                lines.push(Line { command, synthetic, outcome });
                let Some(next) = seq.checked_add(seq_gap) else { break };
                seq = next;
                time = time.saturating_add(time_gap);
            }
            Stream { instruments, lines }
        },
    )
}
