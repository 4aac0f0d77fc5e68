//! A live order: one cache line.

use shadowbook_model::{
    AccountId, Arrival, NewOrder, OrderId, Quantity, SelfTrade, Side, TimeInForce, TimeNs,
};

use crate::slab::Slot;

/// An order that rests, or that is coming in.
///
/// Its limit is that of its level. An order that is gone has no open quantity, which is how a
/// released place is told from a live one.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(crate) struct Order {
    pub(crate) id: OrderId,
    pub(crate) account: AccountId,
    pub(crate) arrival: Arrival,
    pub(crate) open: Quantity,
    pub(crate) executed: Quantity,
    /// Means something for `gtd` only.
    pub(crate) expire_time: TimeNs,
    pub(crate) level: Slot,
    pub(crate) previous: Option<Slot>,
    pub(crate) next: Option<Slot>,
    pub(crate) side: Side,
    pub(crate) time_in_force: TimeInForce,
    pub(crate) self_trade: SelfTrade,
    pub(crate) post_only: bool,
}

const _: () = assert!(size_of::<Order>() == 64, "an order is one cache line");

impl Order {
    /// The order that a command enters, before it has a place.
    #[inline]
    pub(crate) fn incoming(new: &NewOrder, arrival: Arrival) -> Self {
        let expire_time = if new.is_unconditional() { None } else { new.expire_time() };
        Self {
            id: new.order,
            account: new.account,
            arrival,
            open: new.quantity,
            executed: Quantity::ZERO,
            expire_time: expire_time.unwrap_or_default(),
            level: Slot::FIRST,
            previous: None,
            next: None,
            side: new.side,
            time_in_force: new.time_in_force,
            self_trade: new.self_trade,
            post_only: new.post_only,
        }
    }

    #[inline]
    pub(crate) const fn is_live(&self) -> bool {
        !self.open.is_zero()
    }

    /// Whether meeting this resting order would be a self-trade that its mode prevents.
    #[inline]
    pub(crate) fn is_kept_from(&self, resting: &Self) -> bool {
        self.prevents_self_trade() && self.account == resting.account
    }

    #[inline]
    pub(crate) fn prevents_self_trade(&self) -> bool {
        self.self_trade != SelfTrade::None && !self.account.is_anonymous()
    }
}

impl Default for Order {
    fn default() -> Self {
        Self {
            id: OrderId(0),
            account: AccountId::ANONYMOUS,
            arrival: Arrival(0),
            open: Quantity::ZERO,
            executed: Quantity::ZERO,
            expire_time: TimeNs(0),
            level: Slot::FIRST,
            previous: None,
            next: None,
            side: Side::Buy,
            time_in_force: TimeInForce::Gtc,
            self_trade: SelfTrade::None,
            post_only: false,
        }
    }
}
