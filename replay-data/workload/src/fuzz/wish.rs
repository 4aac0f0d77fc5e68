//! What a coverage table asks of the generator.

use shadowbook_model::{CancelReason, OrderType, Phase, RejectReason, TimeInForce};

/// Something that can happen to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It was taken.
    Accepted,
    /// It was refused on entry.
    Rejected(RejectReason),
    /// A replacement of it was taken.
    Replaced,
    /// A replacement of it was refused.
    ReplaceRejected(RejectReason),
    /// It traded as the maker.
    Maker,
    /// It traded as the taker.
    Taker,
    /// Self-trade prevention took quantity from it.
    Reduced,
    /// It, or what was left of it, was cancelled.
    Canceled(CancelReason),
    /// It was triggered.
    Triggered,
}

impl Outcome {
    /// Every outcome that some order can have by the rules.
    pub const ALL: [Self; 29] = [
        Self::Accepted,
        Self::Rejected(RejectReason::InvalidOrder),
        Self::Rejected(RejectReason::InvalidQuantity),
        Self::Rejected(RejectReason::InvalidPrice),
        Self::Rejected(RejectReason::DuplicateOrder),
        Self::Rejected(RejectReason::Phase),
        Self::Rejected(RejectReason::PostOnlyWouldTake),
        Self::Rejected(RejectReason::MinQuantity),
        Self::Replaced,
        Self::ReplaceRejected(RejectReason::InvalidOrder),
        Self::ReplaceRejected(RejectReason::InvalidPrice),
        Self::ReplaceRejected(RejectReason::DuplicateOrder),
        Self::ReplaceRejected(RejectReason::Phase),
        Self::ReplaceRejected(RejectReason::PostOnlyWouldTake),
        Self::Maker,
        Self::Taker,
        Self::Reduced,
        Self::Canceled(CancelReason::Requested),
        Self::Canceled(CancelReason::MassCancel),
        Self::Canceled(CancelReason::Expired),
        Self::Canceled(CancelReason::Ioc),
        Self::Canceled(CancelReason::Fok),
        Self::Canceled(CancelReason::NoLiquidity),
        Self::Canceled(CancelReason::SelfTrade),
        Self::Canceled(CancelReason::ReplacedBelowExecuted),
        Self::Canceled(CancelReason::EndOfDay),
        Self::Canceled(CancelReason::PostOnlyWouldTake),
        Self::Canceled(CancelReason::MinQuantity),
        Self::Triggered,
    ];
}

/// A situation that is to come about: this outcome of such an order in this phase.
///
/// The phase is the one that the instrument is in when the outcome happens; for what an uncross
/// does, either the auction or the phase that ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wish {
    /// As which the order is entered.
    pub order_type: OrderType,
    /// As which the order is entered.
    pub time_in_force: TimeInForce,
    /// The phase in which it happens.
    pub phase: Phase,
    /// What happens.
    pub outcome: Outcome,
}
