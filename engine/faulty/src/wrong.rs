//! The defects that decide one thing wrongly.
//!
//! Each is a question to the set, so that several decide side by side. Where two contradict each
//! other, the one that [`Defect::ALL`] lists first is asked first.

use shadowbook_model::{
    OrderType, Phase, Price, PriceOffset, Quantity, SelfTrade, Side, TimeInForce, TimeNs, Volume,
};
use shadowbook_reference::{
    Candidates, Counted, Gone, Leftover, Party, Policy, Prices, Remainder, Standard, Surplus, Terms,
};

use crate::defect::Defect;
use crate::defects::Defects;

/// The rules, but for these defects.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wrong(pub(crate) Defects);

impl Wrong {
    const fn is(&self, defect: Defect) -> bool {
        self.0.has(defect)
    }
}

impl Policy for Wrong {
    fn is_within_bounds(&self, price: Price, low: Option<Price>, high: Option<Price>) -> bool {
        let is_bound = Some(price) == low || Some(price) == high;
        Standard.is_within_bounds(price, low, high)
            && !(is_bound && self.is(Defect::BoundIsExclusive))
    }

    fn refuses_live_ids(&self) -> bool {
        !self.is(Defect::DuplicateAccepted)
    }

    fn admits(
        &self,
        phase: Phase,
        order_type: OrderType,
        time_in_force: TimeInForce,
        post_only: bool,
    ) -> bool {
        Standard.admits(phase, order_type, time_in_force, post_only)
            || phase == Phase::Auction && self.is(Defect::AuctionTakesImmediate)
    }

    fn admits_replacements(&self, phase: Phase) -> bool {
        Standard.admits_replacements(phase) || self.is(Defect::ReplaceIgnoresPhase)
    }

    fn post_only_is_turned_away(&self) -> bool {
        !self.is(Defect::PostOnlyTakes)
    }

    fn triggered_post_only_is_canceled(&self) -> bool {
        !self.is(Defect::TriggeredPostOnlyTakes)
    }

    fn best_price_goes_first(&self) -> bool {
        !self.is(Defect::OldestNotBest)
    }

    fn displayed_goes_first(&self) -> bool {
        !self.is(Defect::HiddenBeforeDisplayed)
    }

    fn crosses(&self, side: Side, limit: Option<Price>, opposite: Price) -> bool {
        Standard.crosses(side, limit, opposite)
            && !(limit == Some(opposite) && self.is(Defect::LimitIsExclusive))
    }

    fn sweeps_on(&self, crosses: bool, has_traded: bool, taker: Party) -> bool {
        let goes_past = has_traded && self.is(Defect::SweepPastLimit);
        let is_odd = taker.account.0 % 2 == 1;
        let stops_short = has_traded && is_odd && self.is(Defect::ClientIdChangesFill);
        (crosses || goes_past) && !stops_short
    }

    fn fill_price(&self, maker: Price, taker_limit: Option<Price>) -> Price {
        taker_limit.filter(|_| self.is(Defect::TakerPrice)).unwrap_or(maker)
    }

    fn keeps_place_after_partial_fill(&self) -> bool {
        !self.is(Defect::PartialFillToTail)
    }

    fn remainder(&self, order_type: OrderType, time_in_force: TimeInForce) -> Remainder {
        if time_in_force == TimeInForce::Ioc && self.is(Defect::IocRests) {
            Remainder::Rests
        } else {
            Standard.remainder(order_type, time_in_force)
        }
    }

    fn slice(&self, display: Quantity, open: Quantity) -> Quantity {
        if self.is(Defect::IcebergShowsAll) { open } else { Standard.slice(display, open) }
    }

    fn refreshed_slice_goes_back(&self) -> bool {
        !self.is(Defect::IcebergKeepsPriority)
    }

    fn open_after_refresh(&self, open: Quantity, slice: Quantity) -> Quantity {
        // Not for ever, or a market order of any size would find somebody to trade with.
        if self.is(Defect::IcebergInflates) && open > slice {
            Quantity(open.0.saturating_add(1))
        } else {
            open
        }
    }

    fn share(&self, wanted: Quantity, displayed: Quantity, total: Volume) -> Quantity {
        let Quantity(share) = Standard.share(wanted, displayed, total);
        Quantity(share.saturating_add(u64::from(self.is(Defect::ShareRoundsUp))))
    }

    fn leftover(&self) -> Leftover {
        if self.is(Defect::LeftoverLost) {
            Leftover::Nobody
        } else if self.is(Defect::LeftoverToNewest) {
            Leftover::Newest
        } else {
            Standard.leftover()
        }
    }

    fn add(&self, sum: Volume, quantity: Volume) -> Volume {
        let Volume(sum) = Standard.add(sum, quantity);
        Volume(if self.is(Defect::Overflow) { sum & 0x3F } else { sum })
    }

    fn counts(&self, prevention: SelfTrade) -> Counted {
        if self.is(Defect::OwnOrdersCount) { Counted::Yes } else { Standard.counts(prevention) }
    }

    fn counts_many_makers(&self) -> bool {
        !self.is(Defect::FokSingleMaker)
    }

    fn counts_what_does_not_show(&self) -> bool {
        !self.is(Defect::FokIgnoresReserve)
    }

    fn fok_may_trade(&self, available: Volume, wanted: Quantity) -> bool {
        self.is(Defect::FokPartial) || Standard.fok_may_trade(available, wanted)
    }

    fn minimum_may_trade(&self, available: Volume, open: Quantity, minimum: Quantity) -> bool {
        self.is(Defect::MinimumIgnored) || Standard.minimum_may_trade(available, open, minimum)
    }

    fn self_trade(&self, taker: Party, maker: Party) -> SelfTrade {
        if self.is(Defect::SelfTradeAnonymous) && taker.account == maker.account {
            return taker.self_trade;
        }
        match Standard.self_trade(taker, maker) {
            SelfTrade::CancelOldest if self.is(Defect::SelfTradeWrongSide) => {
                SelfTrade::CancelNewest
            }
            SelfTrade::CancelNewest if self.is(Defect::SelfTradeWrongSide) => {
                SelfTrade::CancelOldest
            }
            prevention => prevention,
        }
    }

    fn decrement(&self, maker_open: Quantity, taker_open: Quantity) -> Quantity {
        if self.is(Defect::DecrementByOne) {
            Quantity(1)
        } else {
            Standard.decrement(maker_open, taker_open)
        }
    }

    fn slice_after_decrement(
        &self,
        slice: Quantity,
        display: Quantity,
        open: Quantity,
    ) -> Quantity {
        let slice = if self.is(Defect::DecrementRefillsSlice) { display } else { slice };
        Standard.slice_after_decrement(slice, display, open)
    }

    fn prevented_remainder_is_gone(&self) -> bool {
        !self.is(Defect::SelfTradeRemainderRests)
    }

    fn cancel_finds_untriggered(&self) -> bool {
        !self.is(Defect::UntriggeredUncancellable)
    }

    fn goes_with_canceled(&self) -> Gone {
        if self.is(Defect::SwapRemoveCancel) {
            Gone::PlaceOfTheLast
        } else if self.is(Defect::CancelErasesLevel) {
            Gone::Level
        } else {
            Standard.goes_with_canceled()
        }
    }

    fn mass_cancel_finds_untriggered(&self) -> bool {
        !self.is(Defect::MassCancelIgnoresUntriggered)
    }

    fn open_after_replace(&self, total: Quantity, executed: Quantity) -> Option<Quantity> {
        let executed = if self.is(Defect::ReplaceFromOriginal) { Quantity::ZERO } else { executed };
        Standard.open_after_replace(total, executed)
    }

    fn keeps_place(&self, before: Terms, after: Terms) -> bool {
        let is_smaller = after.open < before.open;
        let is_lost = is_smaller && self.is(Defect::SizeDownLosesPriority);
        let mut judged = after;
        if self.is(Defect::SizeUpKeepsPriority) {
            judged.open = judged.open.min(before.open);
        }
        if self.is(Defect::PriceChangeKeepsPlace) {
            judged.price = before.price;
        }
        Standard.keeps_place(before, judged) && !is_lost
    }

    fn slice_after_replace(&self, slice: Quantity, display: Quantity, open: Quantity) -> Quantity {
        // What waits shows nothing in either case.
        let grows = self.is(Defect::ReplaceGrowsSlice) && !slice.is_zero();
        let slice = if grows { display } else { slice };
        Standard.slice_after_replace(slice, display, open)
    }

    fn replacement_may_trade(&self) -> bool {
        !self.is(Defect::AmendCrossesSilently)
    }

    fn takes_new_ids(&self) -> bool {
        !self.is(Defect::NewIdIgnored)
    }

    fn looks_at_triggers(&self, phase: Phase) -> bool {
        Standard.looks_at_triggers(phase) || self.is(Defect::TriggersIgnorePhase)
    }

    fn looked_at(&self, prices: Prices, side: Side) -> Option<Price> {
        match side {
            Side::Buy if self.is(Defect::StopOnQuote) => prices.ask,
            Side::Sell if self.is(Defect::StopOnQuote) => prices.bid,
            _ => Standard.looked_at(prices, side),
        }
    }

    fn is_elected(&self, order_type: OrderType, side: Side, trigger: Price, price: Price) -> bool {
        let is_take_profit =
            matches!(order_type, OrderType::TakeProfit | OrderType::TakeProfitLimit);
        let is_stop = matches!(order_type, OrderType::Stop | OrderType::StopLimit);
        let is_inverted = is_stop && self.is(Defect::StopInverted)
            || is_take_profit && self.is(Defect::TakeProfitInverted);
        let side = if is_inverted { side.opposite() } else { side };
        Standard.is_elected(order_type, side, trigger, price)
            && !(trigger == price && self.is(Defect::StopIsExclusive))
    }

    fn trail(&self, side: Side, before: Option<Price>, price: Price, offset: PriceOffset) -> Price {
        let now = Standard.trail(side, None, price, offset);
        let Some(before) = before else { return now };
        let is_small = before.0.abs_diff(now.0) <= 1;
        if is_small && self.is(Defect::TrailIgnoresSmallMoves) {
            return before;
        }
        match side {
            Side::Sell if self.is(Defect::TrailMovesWrongWay) => before.min(now),
            Side::Buy if self.is(Defect::TrailMovesWrongWay) => before.max(now),
            _ if self.is(Defect::TrailFollowsBothWays) => now,
            _ => Standard.trail(side, Some(before), price, offset),
        }
    }

    fn looks_afresh(&self) -> bool {
        !self.is(Defect::StopCascadeSinglePass)
    }

    fn leaves_when_triggered(&self) -> bool {
        !self.is(Defect::TriggeredStays)
    }

    fn is_expired(&self, expire_time: TimeNs, now: TimeNs) -> bool {
        let is_spared = expire_time == now && self.is(Defect::ExpiryOffByOne);
        Standard.is_expired(expire_time, now) && !is_spared && !self.is(Defect::ExpiredMatchable)
    }

    fn ends_at_close(&self, time_in_force: TimeInForce) -> bool {
        // One spares every order of the day, the other ends every other: both find room.
        if Standard.ends_at_close(time_in_force) {
            !self.is(Defect::DaySurvivesClose)
        } else {
            self.is(Defect::CloseEndsAll)
        }
    }

    fn uncrosses(&self, phase: Phase) -> bool {
        Standard.uncrosses(phase) || phase == Phase::Halted && self.is(Defect::HaltedUncrosses)
    }

    fn near_to(&self, last_trade: Option<Price>, reference: Option<Price>) -> Option<Price> {
        let near_to = Standard.near_to(last_trade, reference);
        near_to.filter(|_| !self.is(Defect::UncrossIgnoresReference))
    }

    fn auction_price(&self, left: Candidates, near_to: Option<Price>) -> Price {
        if self.is(Defect::UncrossPicksLowest) {
            return left.lowest;
        }
        let ignores = self.is(Defect::UncrossIgnoresSurplus);
        let surplus = if ignores { Surplus::Neither } else { left.surplus };
        Standard.auction_price(Candidates { surplus, ..left }, near_to)
    }

    fn announced_price(&self, price: Price) -> Price {
        Price(price.0.saturating_add(i64::from(self.is(Defect::IndicativeDiffers))))
    }

    fn auction_keeps_attributes(&self) -> bool {
        !self.is(Defect::AuctionDropsAttributes)
    }

    fn market_orders_end_after_uncross(&self) -> bool {
        !self.is(Defect::MarketRestsAfterUncross)
    }

    fn restores_queues(&self) -> bool {
        !self.is(Defect::RestoreResetsPriority)
    }

    fn restored_last_trade(&self, last_trade: Option<Price>) -> Option<Price> {
        last_trade.filter(|_| !self.is(Defect::RestoreForgetsLastTrade))
    }

    fn keeps_the_rules(&self) -> bool {
        false
    }
}
