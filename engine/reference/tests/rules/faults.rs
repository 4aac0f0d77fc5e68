//! Every decision of the policy is really asked for: override one, and the outcome is another.

use shadowbook_model::OrderType::{Stop, StopLimit};
use shadowbook_model::{
    Action, Command, Engine, EventBuffer, Instrument, Matching, OrderType, Phase, Price,
    PriceOffset, Quantity, SelfTrade, Seq, Side, Snapshot, TimeInForce, TimeNs, Volume,
};
use shadowbook_reference::{
    Candidates, Counted, Gone, Leftover, Party, Policy, Prices, ReferenceEngine, Remainder,
    Standard, Terms,
};

use crate::check::{
    INSTRUMENT, To, With, buy, cancel, instrument, market, mass_cancel, replace, sell, shown, stop,
    told, trailing,
};

/// Declares a policy that decides one thing the other way round, and all that it can be.
macro_rules! wrong {
    ($( $name:ident, )+) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        enum Wrong { $( $name, )+ }

        const ALL: &[Wrong] = &[ $( Wrong::$name, )+ ];
    };
}

wrong! {
    Bounds,
    LiveIds,
    Admits,
    AdmitsReplacements,
    Collects,
    PostOnly,
    TriggeredPostOnly,
    BestPrice,
    Displayed,
    Crosses,
    SweepsOn,
    FillPrice,
    PartialFill,
    Remainder,
    Slice,
    RefreshedSlice,
    OpenAfterRefresh,
    Share,
    Leftover,
    Add,
    Counts,
    ManyMakers,
    WhatDoesNotShow,
    FillOrKill,
    Minimum,
    SelfTrade,
    Decrement,
    SliceAfterDecrement,
    PreventedRemainder,
    CancelUntriggered,
    GoesWithCanceled,
    MassCancelUntriggered,
    OpenAfterReplace,
    KeepsPlace,
    SliceAfterReplace,
    ReplacementTrades,
    NewIds,
    LooksAtTriggers,
    LookedAt,
    Elected,
    Trail,
    LooksAfresh,
    Leaves,
    Expiry,
    Close,
    Uncrosses,
    NearTo,
    AuctionPrice,
    AnnouncedPrice,
    AuctionAttributes,
    MarketOrdersEnd,
    RestoredQueues,
    RestoredLastTrade,
}

impl Policy for Wrong {
    fn is_within_bounds(&self, price: Price, low: Option<Price>, high: Option<Price>) -> bool {
        Standard.is_within_bounds(price, low, high) != (*self == Self::Bounds)
    }

    fn admits(
        &self,
        phase: Phase,
        order_type: OrderType,
        time_in_force: TimeInForce,
        post_only: bool,
    ) -> bool {
        Standard.admits(phase, order_type, time_in_force, post_only) != (*self == Self::Admits)
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

    fn refuses_live_ids(&self) -> bool {
        *self != Self::LiveIds
    }

    fn collects(&self, phase: Phase) -> bool {
        *self != Self::Collects && Standard.collects(phase)
    }

    fn triggered_post_only_is_canceled(&self) -> bool {
        *self != Self::TriggeredPostOnly
    }

    fn best_price_goes_first(&self) -> bool {
        *self != Self::BestPrice
    }

    fn displayed_goes_first(&self) -> bool {
        *self != Self::Displayed
    }

    fn sweeps_on(&self, crosses: bool, has_traded: bool, _: Party) -> bool {
        crosses || (has_traded && *self == Self::SweepsOn)
    }

    fn slice(&self, display: Quantity, open: Quantity) -> Quantity {
        if *self == Self::Slice { open } else { Standard.slice(display, open) }
    }

    fn refreshed_slice_goes_back(&self) -> bool {
        *self != Self::RefreshedSlice
    }

    fn open_after_refresh(&self, open: Quantity, _: Quantity) -> Quantity {
        Quantity(open.0 + u64::from(*self == Self::OpenAfterRefresh))
    }

    fn share(&self, wanted: Quantity, displayed: Quantity, total: Volume) -> Quantity {
        if *self == Self::Share { displayed } else { Standard.share(wanted, displayed, total) }
    }

    fn leftover(&self) -> Leftover {
        if *self == Self::Leftover { Leftover::Newest } else { Standard.leftover() }
    }

    fn add(&self, sum: Volume, quantity: Volume) -> Volume {
        if *self == Self::Add { quantity } else { Standard.add(sum, quantity) }
    }

    fn counts_many_makers(&self) -> bool {
        *self != Self::ManyMakers
    }

    fn counts_what_does_not_show(&self) -> bool {
        *self != Self::WhatDoesNotShow
    }

    fn minimum_may_trade(&self, available: Volume, open: Quantity, minimum: Quantity) -> bool {
        *self == Self::Minimum || Standard.minimum_may_trade(available, open, minimum)
    }

    fn slice_after_decrement(
        &self,
        slice: Quantity,
        display: Quantity,
        open: Quantity,
    ) -> Quantity {
        if *self == Self::SliceAfterDecrement {
            display.min(open)
        } else {
            Standard.slice_after_decrement(slice, display, open)
        }
    }

    fn prevented_remainder_is_gone(&self) -> bool {
        *self != Self::PreventedRemainder
    }

    fn cancel_finds_untriggered(&self) -> bool {
        *self != Self::CancelUntriggered
    }

    fn goes_with_canceled(&self) -> Gone {
        if *self == Self::GoesWithCanceled { Gone::Level } else { Gone::Nothing }
    }

    fn mass_cancel_finds_untriggered(&self) -> bool {
        *self != Self::MassCancelUntriggered
    }

    fn slice_after_replace(&self, slice: Quantity, display: Quantity, open: Quantity) -> Quantity {
        if *self == Self::SliceAfterReplace {
            display.min(open)
        } else {
            Standard.slice_after_replace(slice, display, open)
        }
    }

    fn replacement_may_trade(&self) -> bool {
        *self != Self::ReplacementTrades
    }

    fn takes_new_ids(&self) -> bool {
        *self != Self::NewIds
    }

    fn looks_at_triggers(&self, phase: Phase) -> bool {
        Standard.looks_at_triggers(phase) != (*self == Self::LooksAtTriggers)
    }

    fn looked_at(&self, prices: Prices, _: Side) -> Option<Price> {
        if *self == Self::LookedAt { prices.ask } else { prices.last_trade }
    }

    fn is_elected(&self, order_type: OrderType, side: Side, trigger: Price, price: Price) -> bool {
        Standard.is_elected(order_type, side, trigger, price) != (*self == Self::Elected)
    }

    fn trail(&self, side: Side, before: Option<Price>, price: Price, offset: PriceOffset) -> Price {
        let side = if *self == Self::Trail { side.opposite() } else { side };
        Standard.trail(side, before, price, offset)
    }

    fn looks_afresh(&self) -> bool {
        *self != Self::LooksAfresh
    }

    fn leaves_when_triggered(&self) -> bool {
        *self != Self::Leaves
    }

    fn uncrosses(&self, phase: Phase) -> bool {
        Standard.uncrosses(phase) || *self == Self::Uncrosses
    }

    fn near_to(&self, last_trade: Option<Price>, reference: Option<Price>) -> Option<Price> {
        if *self == Self::NearTo { reference } else { Standard.near_to(last_trade, reference) }
    }

    fn auction_price(&self, left: Candidates, near_to: Option<Price>) -> Price {
        if *self == Self::AuctionPrice {
            left.lowest
        } else {
            Standard.auction_price(left, near_to)
        }
    }

    fn announced_price(&self, price: Price) -> Price {
        Price(price.0 + i64::from(*self == Self::AnnouncedPrice))
    }

    fn auction_keeps_attributes(&self) -> bool {
        *self != Self::AuctionAttributes
    }

    fn market_orders_end_after_uncross(&self) -> bool {
        *self != Self::MarketOrdersEnd
    }

    fn restores_queues(&self) -> bool {
        *self != Self::RestoredQueues
    }

    fn restored_last_trade(&self, last_trade: Option<Price>) -> Option<Price> {
        last_trade.filter(|_| *self != Self::RestoredLastTrade)
    }

    fn keeps_the_rules(&self) -> bool {
        false
    }
}

/// One instrument of each matching rule, the first with a bound.
fn table() -> [Instrument; 2] {
    let bounded = Instrument { price_max: Some(Price(200)), ..instrument() };
    [bounded, Instrument { matching: Matching::ProRata, ..instrument() }]
}

/// Commands in which the plain decisions matter.
fn plain() -> Vec<Action> {
    let own = |mode| buy(30, 1, 100).account(7, mode);
    vec![
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
    ]
}

/// Commands in which what shows of orders matters, and what few orders have.
fn shown_in_part() -> Vec<Action> {
    let own = |order: shadowbook_model::NewOrder, mode| order.account(7, mode);
    vec![
        sell(1, 9, 100).display(0).into(),
        own(sell(2, 9, 100).display(4), SelfTrade::None).into(),
        sell(3, 2, 100).into(),
        sell(4, 5, 101).into(),
        buy(5, 2, 100).into(),
        replace(2).to_total(8).into(),
        own(buy(6, 1, 100), SelfTrade::Decrement).into(),
        buy(7, 30, 101).minimum(25).into(),
        buy(8, 12, 101).tif(TimeInForce::Fok).into(),
        own(buy(9, 9, 100).tif(TimeInForce::Ioc), SelfTrade::CancelNewest).into(),
        sell(3, 1, 100).into(),
        replace(4).to_id(14).to_price(102).into(),
        buy(10, 1, 101).into(),
        buy(3, 1, 95).into(),
        buy(11, 2, 94).into(),
        sell(12, 2, 94).tif(TimeInForce::Fok).into(),
        buy(13, 3, 95).into(),
        replace(13).to_price(103).into(),
        sell(15, 3, 90).into(),
        sell(16, 1, 104).into(),
        sell(17, 1, 103).into(),
        buy(18, 1, 105).into(),
        // Taken over by the next one, or refused.
        sell(19, 1, 120).into(),
        sell(19, 1, 121).into(),
    ]
}

/// Commands in which triggers matter.
fn triggers() -> Vec<Action> {
    let own = |order: shadowbook_model::NewOrder| order.account(9, SelfTrade::None);
    vec![
        sell(1, 1, 100).into(),
        sell(2, 1, 102).into(),
        sell(3, 9, 105).into(),
        stop(4, Stop, Side::Buy, 100).into(),
        stop(5, Stop, Side::Buy, 102).into(),
        stop(6, StopLimit, Side::Buy, 100).limit(110).post_only().into(),
        trailing(7, Side::Sell, 3).into(),
        own(stop(8, Stop, Side::Sell, 50)).into(),
        stop(9, Stop, Side::Sell, 50).into(),
        buy(10, 1, 100).into(),
        cancel(9),
        cancel(4),
        mass_cancel(9, None).into(),
        Phase::Auction.into(),
        stop(11, Stop, Side::Buy, 100).into(),
        Action::Time,
        Phase::Continuous.into(),
    ]
}

/// Commands in which auctions matter.
fn auctions() -> Vec<Action> {
    vec![
        sell(1, 1, 103).into(),
        buy(2, 1, 103).into(),
        Phase::Auction.into(),
        sell(3, 5, 100).into(),
        buy(4, 5, 106).into(),
        sell(5, 3, 108).display(1).into(),
        Phase::Halted.into(),
        Phase::Continuous.into(),
        Phase::Auction.into(),
        market(6, Side::Buy, 9).into(),
        sell(7, 3, 109).display(1).into(),
        Phase::PostOnly.into(),
        Phase::Auction.into(),
        sell(8, 3, 120).display(1).into(),
        Phase::Continuous.into(),
    ]
}

/// Commands in which pro-rata matters.
fn shared() -> Vec<Action> {
    vec![
        sell(8, 1, 99).account(7, SelfTrade::None).into(),
        buy(9, 1, 99).account(7, SelfTrade::CancelNewest).into(),
        mass_cancel(7, None).into(),
        sell(1, 7, 100).into(),
        sell(2, 3, 100).into(),
        sell(3, 3, 100).display(2).into(),
        market(4, Side::Buy, 5).into(),
    ]
}

/// A queue that is not in order of arrival, and a last trade, before it is restored.
fn to_be_restored() -> Vec<Action> {
    vec![sell(1, 3, 100).display(1).into(), sell(2, 3, 100).into(), market(3, Side::Buy, 1).into()]
}

/// All events and the book at the end.
fn outcome(policy: &impl Policy, instrument: usize, actions: &[Action]) -> (String, Snapshot) {
    let table = [table()[instrument].clone()];
    let mut engine = ReferenceEngine::with_policy(&table, policy);
    let mut events = EventBuffer::new();
    for (seq, action) in (1..).zip(actions) {
        let command = Command::new(Seq(seq), TimeNs(seq), INSTRUMENT, *action);
        engine.apply(&command, &mut events);
    }
    let snapshot = engine.snapshot(INSTRUMENT);
    (format!("{}\n{}", told(&events), shown(&snapshot)), snapshot)
}

/// What becomes of all these commands, and of a restored book.
fn outcomes(policy: &impl Policy) -> Vec<String> {
    let streams =
        [(0, plain()), (0, shown_in_part()), (0, triggers()), (0, auctions()), (1, shared())];
    let mut all: Vec<String> =
        streams.iter().map(|(table, actions)| outcome(policy, *table, actions).0).collect();
    let (_, snapshot) = outcome(&Standard, 0, &to_be_restored());
    let mut engine = ReferenceEngine::with_policy(&table(), policy);
    let sound = snapshot.check(&table()[0]).expect("the engine was in this state");
    engine.restore(sound).expect("it can be restored");
    all.push(format!("{:?}", engine.snapshot(INSTRUMENT)));
    all
}

#[test]
fn each_decision_changes_the_outcome() {
    let right = outcomes(&Standard);
    let never_asked: Vec<_> = ALL.iter().filter(|wrong| outcomes(*wrong) == right).collect();
    assert!(never_asked.is_empty(), "{never_asked:?}");
}

#[test]
fn an_engine_can_be_sent_to_another_thread() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&ReferenceEngine::new(&[instrument()]));
}
