//! One live order as the auditor knows it from commands and events.

use shadowbook_model::{
    AccountId, Arrival, NewOrder, OrderId, OrderState, OrderType, Price, PriceOffset, Quantity,
    SelfTrade, Side, TimeInForce, TimeNs, TriggerState, Visibility,
};

use super::slab::Slot;

/// How much of an order shows; the quantities stand in the order itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    All,
    Slices,
    Nothing,
}

/// Where an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whereabouts {
    /// Its slot is free.
    Gone,
    /// It is the one that comes in, in no queue yet.
    Incoming,
    /// In the displayed queue of a level.
    Displayed,
    /// In the hidden queue of a level.
    Hidden,
    /// Among the market orders that wait for an uncross.
    Market,
    /// It waits for its trigger.
    Waiting,
    /// The events left out what became of it: nothing is asked of it any more.
    Unknown,
}

#[derive(Clone, Debug)]
pub(super) struct Order {
    pub(super) id: OrderId,
    pub(super) open: Quantity,
    /// What shows of an iceberg that rests.
    pub(super) slice: Quantity,
    /// The limit; without meaning for market types.
    pub(super) price: Price,
    pub(super) level: Option<Slot>,
    pub(super) before: Option<Slot>,
    pub(super) behind: Option<Slot>,
    pub(super) side: Side,
    pub(super) order_type: OrderType,
    pub(super) time_in_force: TimeInForce,
    pub(super) self_trade: SelfTrade,
    pub(super) shows: Shows,
    pub(super) whereabouts: Whereabouts,
    pub(super) post_only: bool,
    pub(super) account: AccountId,
    pub(super) executed: Quantity,
    pub(super) arrival: Arrival,
    pub(super) display: Quantity,
    pub(super) expire_time: Option<TimeNs>,
    pub(super) min_quantity: Option<Quantity>,
    /// Fixed, or where a trailing one is.
    pub(super) trigger: Option<Price>,
    pub(super) trail: Option<PriceOffset>,
}

impl Order {
    #[inline]
    pub(super) fn entered(new: &NewOrder, arrival: Arrival) -> Self {
        let (shows, display) = match new.display_quantity() {
            None => (Shows::All, Quantity::ZERO),
            Some(Quantity::ZERO) => (Shows::Nothing, Quantity::ZERO),
            Some(display) => (Shows::Slices, display),
        };
        Self {
            id: new.order,
            open: new.quantity,
            slice: Quantity::ZERO,
            price: new.price.unwrap_or_default(),
            level: None,
            before: None,
            behind: None,
            side: new.side,
            order_type: new.order_type,
            time_in_force: new.time_in_force,
            self_trade: new.self_trade,
            shows,
            whereabouts: Whereabouts::Incoming,
            post_only: new.post_only,
            account: new.account,
            executed: Quantity::ZERO,
            arrival,
            display,
            expire_time: new.expire_time(),
            min_quantity: new.min_quantity(),
            trigger: new.trigger_price(),
            trail: new.trail_offset(),
        }
    }

    /// An order of a snapshot, and whether it waits for a trigger.
    pub(super) fn restored(state: &OrderState) -> Self {
        let (shows, display, slice) = match state.visibility {
            Visibility::Full => (Shows::All, Quantity::ZERO, Quantity::ZERO),
            Visibility::Iceberg { display, slice } => (Shows::Slices, display, slice),
            Visibility::Hidden => (Shows::Nothing, Quantity::ZERO, Quantity::ZERO),
        };
        let (trigger, trail) = match state.trigger {
            None => (None, None),
            Some(TriggerState::Fixed(price)) => (Some(price), None),
            Some(TriggerState::Trailing { offset, price }) => (price, Some(offset)),
        };
        Self {
            id: state.order,
            open: state.open,
            slice,
            price: state.price.unwrap_or_default(),
            level: None,
            before: None,
            behind: None,
            side: state.side,
            order_type: state.order_type,
            time_in_force: state.time_in_force,
            self_trade: state.self_trade,
            shows,
            whereabouts: Whereabouts::Incoming,
            post_only: state.post_only,
            account: state.account,
            executed: state.executed,
            arrival: state.arrival,
            display,
            expire_time: state.expire_time,
            min_quantity: state.min_quantity,
            trigger,
            trail,
        }
    }

    /// What of it shows where it rests.
    #[inline]
    pub(super) const fn shown(&self) -> Quantity {
        match self.shows {
            Shows::Slices => self.slice,
            Shows::All | Shows::Nothing => self.open,
        }
    }

    /// The slice that it shows when it takes a place at the back.
    #[inline]
    pub(super) fn fresh_slice(&self) -> Quantity {
        match self.shows {
            Shows::Slices => self.display.min(self.open),
            Shows::All | Shows::Nothing => Quantity::ZERO,
        }
    }

    /// Whether its own limit lets it trade at a price.
    #[inline]
    pub(super) const fn takes(&self, price: Price) -> bool {
        if self.order_type.is_market_type() {
            return true;
        }
        match self.side {
            Side::Buy => price.0 <= self.price.0,
            Side::Sell => price.0 >= self.price.0,
        }
    }

    /// Whether it is kept from trading freely with an order of this account (rules ST, U3).
    #[inline]
    pub(super) fn is_kept_from(&self, account: AccountId) -> bool {
        self.self_trade.code() != SelfTrade::None.code()
            && self.account == account
            && !account.is_anonymous()
    }

    /// Whether the last trade price elects it (rule T1).
    pub(super) fn is_elected(&self, last: Price) -> bool {
        self.trigger.is_some_and(
            |trigger| {
                if self.rises() { last >= trigger } else { last <= trigger }
            },
        )
    }

    /// Whether it waits for the last trade to rise to its trigger.
    pub(super) const fn rises(&self) -> bool {
        let is_profit =
            matches!(self.order_type, OrderType::TakeProfit | OrderType::TakeProfitLimit);
        matches!(self.side, Side::Buy) != is_profit
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.whereabouts, Whereabouts::Waiting)
    }

    pub(super) const fn rests(&self) -> bool {
        matches!(
            self.whereabouts,
            Whereabouts::Displayed | Whereabouts::Hidden | Whereabouts::Market
        )
    }
}
