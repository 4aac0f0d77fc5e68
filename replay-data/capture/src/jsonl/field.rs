//! The names of the fields, one for reading and writing.

/// Declares the fields with their names.
macro_rules! fields {
    ($( $variant:ident = $name:literal, )+) => {
        /// A field of any line.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Field { $( $variant, )+ }

        impl Field {
            pub(super) const ALL: &'static [Self] = &[ $( Self::$variant, )+ ];

            /// Its name.
            pub(super) const fn name(self) -> &'static str {
                match self { $( Self::$variant => $name, )+ }
            }

            /// The field with this name.
            pub(super) fn from_name(name: &str) -> Option<Self> {
                match name {
                    $( $name => Some(Self::$variant), )+
                    _ => None,
                }
            }
        }
    };
}

fields! {
    Type = "type",
    Seq = "seq",
    TimeNs = "time_ns",
    Instrument = "instrument",
    Order = "order",
    Account = "account",
    Side = "side",
    OrderType = "order_type",
    Price = "price",
    Quantity = "quantity",
    TimeInForce = "time_in_force",
    ExpireTimeNs = "expire_time_ns",
    PostOnly = "post_only",
    DisplayQuantity = "display_quantity",
    MinQuantity = "min_quantity",
    SelfTrade = "self_trade",
    TriggerPrice = "trigger_price",
    TrailOffset = "trail_offset",
    Seed = "seed",
    Synthetic = "synthetic",
    NewOrder = "new_order",
    Phase = "phase",
    Tick = "tick",
    Lot = "lot",
    Matching = "matching",
    PriceMin = "price_min",
    PriceMax = "price_max",
    ReferencePrice = "reference_price",
    Fills = "fills",
    Events = "events",
    Unchecked = "unchecked",
    Maker = "maker",
    Taker = "taker",
    Trade = "trade",
    MakerOpen = "maker_open",
    TakerOpen = "taker_open",
    Open = "open",
    Displayed = "displayed",
    LastTrade = "last_trade",
    NextTrade = "next_trade",
    Arrivals = "arrivals",
    Arrival = "arrival",
    Executed = "executed",
    Slice = "slice",
    Command = "command",
    Reason = "reason",
}
