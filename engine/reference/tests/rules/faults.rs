//! Every decision of the policy is really asked for: override one, and the outcome is another.

use shadowbook_model::{
    Action, Command, Engine, EventBuffer, Instrument, OrderType, Phase, Price, Quantity, SelfTrade,
    Seq, Side, TimeInForce, TimeNs, Volume,
};
use shadowbook_reference::{Counted, Party, Policy, ReferenceEngine, Remainder, Standard, Terms};

use crate::check::{
    INSTRUMENT, To, With, buy, cancel, instrument, market, replace, sell, shown, told,
};

/// A policy that decides one thing the other way round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    Bounds,
    Admits,
    AdmitsReplacements,
    Crosses,
    PostOnly,
    FillPrice,
    PartialFill,
    Remainder,
    FillOrKill,
    Counts,
    SelfTrade,
    Decrement,
    OpenAfterReplace,
    KeepsPlace,
    Expiry,
    Close,
}

impl Policy for Wrong {
    fn is_within_bounds(&self, price: Price, low: Option<Price>, high: Option<Price>) -> bool {
        Standard.is_within_bounds(price, low, high) != (*self == Self::Bounds)
    }

    fn admits(&self, phase: Phase, order_type: OrderType, post_only: bool) -> bool {
        Standard.admits(phase, order_type, post_only) != (*self == Self::Admits)
    }

    fn admits_replacements(&self, phase: Phase) -> bool {
        Standard.admits_replacements(phase) != (*self == Self::AdmitsReplacements)
    }

    fn crosses(&self, side: Side, limit: Option<Price>, opposite: Price) -> bool {
        Standard.crosses(side, limit, opposite) != (*self == Self::Crosses)
    }

    fn post_only_is_turned_away(&self) -> bool {
        *self != Self::PostOnly
    }

    fn fill_price(&self, maker: Price, taker_limit: Option<Price>) -> Price {
        taker_limit.filter(|_| *self == Self::FillPrice).unwrap_or(maker)
    }

    fn keeps_place_after_partial_fill(&self) -> bool {
        *self != Self::PartialFill
    }

    fn remainder(&self, order_type: OrderType, time_in_force: TimeInForce) -> Remainder {
        if *self == Self::Remainder {
            Remainder::Rests
        } else {
            Standard.remainder(order_type, time_in_force)
        }
    }

    fn fok_may_trade(&self, available: Volume, wanted: Quantity) -> bool {
        *self == Self::FillOrKill || Standard.fok_may_trade(available, wanted)
    }

    fn counts(&self, prevention: SelfTrade) -> Counted {
        if *self == Self::Counts { Counted::Yes } else { Standard.counts(prevention) }
    }

    fn self_trade(&self, taker: Party, maker: Party) -> SelfTrade {
        if *self == Self::SelfTrade {
            SelfTrade::CancelNewest
        } else {
            Standard.self_trade(taker, maker)
        }
    }

    fn decrement(&self, maker_open: Quantity, taker_open: Quantity) -> Quantity {
        if *self == Self::Decrement {
            Quantity(1)
        } else {
            Standard.decrement(maker_open, taker_open)
        }
    }

    fn open_after_replace(&self, total: Quantity, executed: Quantity) -> Option<Quantity> {
        let executed = if *self == Self::OpenAfterReplace { Quantity::ZERO } else { executed };
        Standard.open_after_replace(total, executed)
    }

    fn keeps_place(&self, before: Terms, after: Terms) -> bool {
        Standard.keeps_place(before, after) != (*self == Self::KeepsPlace)
    }

    fn is_expired(&self, expire_time: TimeNs, now: TimeNs) -> bool {
        if *self == Self::Expiry {
            expire_time < now
        } else {
            Standard.is_expired(expire_time, now)
        }
    }

    fn ends_at_close(&self, time_in_force: TimeInForce) -> bool {
        Standard.ends_at_close(time_in_force) != (*self == Self::Close)
    }

    fn keeps_the_rules(&self) -> bool {
        false
    }
}

/// All events and the book at the end, of a stream in which every decision matters.
fn outcome(policy: &impl Policy) -> String {
    let bounded = Instrument { price_max: Some(Price(200)), ..instrument() };
    let mut engine = ReferenceEngine::with_policy(&[bounded], policy);
    let own = |mode| buy(30, 1, 100).account(7, mode);
    let actions: [Action; 24] = [
        buy(1, 9, 201).into(),
        sell(2, 5, 100).until(50).into(),
        sell(3, 5, 100).account(7, SelfTrade::None).tif(TimeInForce::Day).into(),
        buy(4, 1, 101).into(),
        market(5, Side::Buy, 1).into(),
        buy(6, 1, 100).post_only().into(),
        buy(7, 99, 100).tif(TimeInForce::Fok).into(),
        buy(8, 8, 100).tif(TimeInForce::Fok).account(7, SelfTrade::CancelNewest).into(),
        replace(2).to_total(4).into(),
        replace(3).to_total(6).into(),
        market(9, Side::Buy, 1).into(),
        cancel(2),
        own(SelfTrade::Decrement).tif(TimeInForce::Ioc).into(),
        buy(31, 2, 100).account(7, SelfTrade::Decrement).into(),
        buy(32, 4, 100).tif(TimeInForce::Ioc).into(),
        buy(33, 2, 90).into(),
        market(34, Side::Sell, 3).into(),
        sell(35, 1, 150).tif(TimeInForce::Day).into(),
        Phase::Halted.into(),
        replace(35).to_total(0).into(),
        Phase::Closed.into(),
        Phase::Continuous.into(),
        // It expires exactly at the time of the next command.
        buy(40, 1, 80).until(24).into(),
        Action::Time,
    ];
    let mut events = EventBuffer::new();
    for (seq, action) in (1..).zip(actions) {
        let command = Command::new(Seq(seq), TimeNs(seq), INSTRUMENT, action);
        engine.apply(&command, &mut events);
    }
    format!("{}\n{}", told(&events), shown(&engine.snapshot(INSTRUMENT)))
}

#[test]
fn each_decision_changes_the_outcome() {
    let right = outcome(&Standard);
    let all = [
        Wrong::Bounds,
        Wrong::Admits,
        Wrong::AdmitsReplacements,
        Wrong::Crosses,
        Wrong::PostOnly,
        Wrong::FillPrice,
        Wrong::PartialFill,
        Wrong::Remainder,
        Wrong::FillOrKill,
        Wrong::Counts,
        Wrong::SelfTrade,
        Wrong::Decrement,
        Wrong::OpenAfterReplace,
        Wrong::KeepsPlace,
        Wrong::Expiry,
        Wrong::Close,
    ];
    for wrong in all {
        assert_ne!(outcome(&wrong), right, "{wrong:?} is never asked");
    }
}

#[test]
fn an_engine_can_be_sent_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&ReferenceEngine::new(&[instrument()]));
}
