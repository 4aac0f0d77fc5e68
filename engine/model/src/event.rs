//! What an engine answers.
//!
//! An event belongs to the command during which it was emitted; it does not repeat that command's
//! `seq` and instrument.

use crate::command::CommandKind;
use crate::instrument::Phase;
use crate::named::named_enum;
use crate::units::{OrderId, Price, Quantity, TradeId, Volume};

named_enum! {
    /// Why a command was refused. Rule U7 says which reason is given when several hold.
    pub enum RejectReason: "reject reason" {
        /// The attributes contradict each other (rules O6, C6).
        InvalidOrder = "invalid-order",
        /// A quantity or minimum of zero.
        InvalidQuantity = "invalid-quantity",
        /// A price outside the bounds, or a trail offset that is not above zero.
        InvalidPrice = "invalid-price",
        /// The id is that of a live order.
        DuplicateOrder = "duplicate-order",
        /// The phase does not take it (rules P2, C7).
        Phase = "phase",
        /// A post-only order would trade on arrival (rule O3).
        PostOnlyWouldTake = "post-only-would-take",
        /// Not enough to trade with (rule O5).
        MinQuantity = "min-quantity",
        /// No live order has this id.
        UnknownOrder = "unknown-order",
        /// Production refused it outside matching. Stands in recordings only; no engine says it.
        External = "external",
    }
}

named_enum! {
    /// Why an order, or what is left of it, is gone without a fill.
    pub enum CancelReason: "cancel reason" {
        /// A `cancel` command.
        Requested = "requested",
        /// A `mass-cancel` command.
        MassCancel = "mass-cancel",
        /// A `gtd` order's time has come.
        Expired = "expired",
        /// The remainder of an immediate-or-cancel order.
        Ioc = "ioc",
        /// A fill-or-kill order that cannot trade wholly.
        Fok = "fok",
        /// The remainder of a market order.
        NoLiquidity = "no-liquidity",
        /// Self-trade prevention.
        SelfTrade = "self-trade",
        /// A replacement to no more than was already executed (rule C2).
        ReplacedBelowExecuted = "replaced-below-executed",
        /// A `day` order when the instrument closes.
        EndOfDay = "end-of-day",
        /// A triggered post-only order would trade.
        PostOnlyWouldTake = "post-only-would-take",
        /// A triggered or immediate order cannot trade its minimum.
        MinQuantity = "min-quantity",
    }
}

/// One thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A new order was taken.
    Accepted {
        /// The order.
        order: OrderId,
    },
    /// A command was refused and changed nothing.
    Rejected {
        /// What kind of command: `new`, `replace` or `cancel`.
        command: CommandKind,
        /// The order that the command named.
        order: OrderId,
        /// Why.
        reason: RejectReason,
    },
    /// A replacement was taken.
    Replaced {
        /// The id under which the order was known.
        order: OrderId,
        /// The id it has from now on, if that is another one.
        new_order: Option<OrderId>,
        /// The limit it has now; `None` for market types.
        price: Option<Price>,
        /// What is open now, before any fill that follows.
        open: Quantity,
    },
    /// Two orders traded.
    Fill(Fill),
    /// Self-trade prevention took quantity from an order that stays (`decrement`).
    Reduced {
        /// The order.
        order: OrderId,
        /// What it lost.
        quantity: Quantity,
        /// What is left.
        open: Quantity,
    },
    /// An order, or what was left of it, is gone.
    Canceled {
        /// The order.
        order: OrderId,
        /// What was open.
        quantity: Quantity,
        /// Why.
        reason: CancelReason,
    },
    /// A waiting order became an ordinary one.
    Triggered {
        /// The order.
        order: OrderId,
    },
    /// An auction took place.
    Auction {
        /// The one price of all its fills.
        price: Price,
        /// The quantity that traded.
        quantity: Volume,
    },
    /// A `phase` command was carried out.
    Phase {
        /// The phase from now on.
        phase: Phase,
    },
}

/// A trade between two orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The engine's number of the trade, per instrument.
    pub trade: TradeId,
    /// The order that was there first.
    pub maker: OrderId,
    /// The order that came to trade.
    pub taker: OrderId,
    /// The maker's price, or the auction's.
    pub price: Price,
    /// How much traded.
    pub quantity: Quantity,
    /// What is left of the maker, hidden reserve included.
    pub maker_open: Quantity,
    /// What is left of the taker.
    pub taker_open: Quantity,
}

impl From<Fill> for Event {
    fn from(fill: Fill) -> Self {
        Self::Fill(fill)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_cache_line() {
        assert!(size_of::<Event>() <= 64, "{}", size_of::<Event>());
    }
}
