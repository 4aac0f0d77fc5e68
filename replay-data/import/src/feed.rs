//! What every market-data feed says, in one form: what happened to resting orders.

use shadowbook_model::{InstrumentId, OrderId, Phase, Price, Quantity, Side, TimeNs};

/// One message of a feed about one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedMessage {
    /// When it happened; never falling.
    pub time: TimeNs,
    /// Which instrument.
    pub instrument: InstrumentId,
    /// What happened.
    pub change: Change,
}

/// Where an order rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Bid or ask.
    pub side: Side,
    /// The limit.
    pub price: Price,
}

/// What happened.
///
/// `place` is what the message itself says of the resting order; `None` where the feed names the
/// order by its id alone. It is looked at only when the id was never added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// An order rests from now on (ITCH A and F, LOBSTER 1).
    Add {
        /// Its id.
        order: OrderId,
        /// Where it rests.
        place: Place,
        /// How much of it is open.
        quantity: Quantity,
    },
    /// Part of a resting order is gone without a trade; it keeps its place (ITCH X, LOBSTER 2).
    ReduceBy {
        /// The order.
        order: OrderId,
        /// How much it lost.
        quantity: Quantity,
        /// Where the message says that it rests.
        place: Option<Place>,
    },
    /// A resting order is gone without a trade (ITCH D, LOBSTER 3).
    Delete {
        /// The order.
        order: OrderId,
        /// How much was open, where the feed says so.
        quantity: Option<Quantity>,
        /// Where the message says that it rests.
        place: Option<Place>,
    },
    /// A resting order goes on under another id, at the back (ITCH U).
    Replace {
        /// The order.
        order: OrderId,
        /// The id it has from now on.
        new_order: OrderId,
        /// Its new limit.
        price: Price,
        /// How much of it is open from now on.
        quantity: Quantity,
    },
    /// A visible resting order traded at its own price (ITCH E, LOBSTER 4).
    Execute {
        /// The resting order.
        maker: OrderId,
        /// How much traded.
        quantity: Quantity,
        /// Where the message says that it rests.
        place: Option<Place>,
    },
    /// A visible resting order traded at another price than its own (ITCH C).
    ///
    /// Maker and quantity are checked as for [`Self::Execute`]; the print price is not. One that
    /// is not printable is part of a cross that is printed elsewhere: it is no continuous trading
    /// and becomes a correction of the book instead of an aggressor.
    ExecuteAtPrice {
        /// The resting order.
        maker: OrderId,
        /// How much traded.
        quantity: Quantity,
        /// The price that was printed.
        price: Price,
        /// Whether the execution counts as a print of its own.
        printable: bool,
        /// Where the message says that it rests.
        place: Option<Place>,
    },
    /// An order that nobody saw traded (ITCH P, LOBSTER 5): counted, not replayed.
    HiddenTrade,
    /// An auction was printed (ITCH Q): counted, not replayed.
    CrossTrade,
    /// The instrument is in this phase from now on.
    Phase(Phase),
    /// Something that concerns the instrument and no order; the text is the reason under which it
    /// is counted. It ends an execution run.
    Other(&'static str),
}
