//! The messages of NASDAQ TotalView-ITCH 5.0, each as a plain value.
//!
//! Names and order of the fields are those of the specification, chapters 1.1 to 1.8. The layout
//! is written down once, in the table below: the lengths are checked while compiling.

use shadowbook_model::{OrderId, Quantity, Side};

use super::field::{
    Code, Cursor, Field, Malformed, MatchNumber, Mpid, OperationalState, Price4, Price8, Shares,
    StockLocate, Symbol, Text, Timestamp, TradingState,
};
#[cfg(test)]
use super::tests::Random;

/// What every message begins with, after the letter of its type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Which stock it is about; 0 for none.
    pub stock_locate: StockLocate,
    /// A number for NASDAQ's own use.
    pub tracking_number: u16,
    /// When it was made.
    pub time: Timestamp,
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// What every message has.
    pub header: Header,
    /// What messages of its type have.
    pub body: Body,
}

/// The bytes of a message before its own fields: type and header.
pub(super) const HEADER_LENGTH: usize = 1 + StockLocate::LENGTH + u16::LENGTH + Timestamp::LENGTH;

macro_rules! messages {
    ($(
        $(#[$meta:meta])*
        $name:ident = $letter:literal, $length:literal, $text:literal {
            $( $(#[$field_meta:meta])* $field:ident: $type:ty, )+
        }
    )+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq)]
            pub struct $name { $( $(#[$field_meta])* pub $field: $type, )+ }

            const _: () = assert!(HEADER_LENGTH $( + <$type as Field>::LENGTH )+ == $length);

            impl From<$name> for Body {
                fn from(body: $name) -> Self {
                    Self::$name(body)
                }
            }
        )+

        /// The type of a message.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum MessageType { $( $(#[$meta])* $name, )+ }

        impl MessageType {
            /// Every type, in the order of the specification.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )+ ];

            /// The letter by which a message begins.
            #[must_use]
            pub const fn letter(self) -> u8 {
                match self { $( Self::$name => $letter, )+ }
            }

            /// The type that this letter stands for.
            #[must_use]
            pub const fn from_letter(letter: u8) -> Option<Self> {
                match letter { $( $letter => Some(Self::$name), )+ _ => None }
            }

            /// The position in [`Self::ALL`].
            #[must_use]
            pub const fn index(self) -> usize {
                self as usize
            }

            /// Letter and name, as reports show them.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $( Self::$name => $text, )+ }
            }

            /// The length of such a message in bytes, its letter included and framing not.
            #[must_use]
            pub const fn length(self) -> usize {
                match self { $( Self::$name => $length, )+ }
            }
        }

        /// What messages of one type have.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Body { $( $(#[$meta])* $name($name), )+ }

        impl Body {
            /// The type of the message.
            #[must_use]
            pub const fn message_type(&self) -> MessageType {
                match self { $( Self::$name(_) => MessageType::$name, )+ }
            }
        }

        impl Message {
            /// Reads a message whose header was read before from its bytes: at least as many as
            /// the type is long. Calls `refuse` when a field means nothing.
            ///
            /// The value is made in the shape in which it is handed out, and in no other before:
            /// copying it would cost as much as reading it.
            #[inline(always)]
            pub(super) fn read<E>(
                message_type: MessageType,
                header: Header,
                bytes: &[u8],
                refuse: impl FnOnce() -> E,
            ) -> Result<Option<Self>, E> {
                match message_type { $(
                    MessageType::$name => {
                        let bytes = bytes.first_chunk::<$length>();
                        let bytes = bytes.expect("the length was checked");
                        let mut cursor = Cursor::new(bytes, HEADER_LENGTH);
                        let body = $name { $( $field: <$type as Field>::take(&mut cursor), )+ };
                        if !cursor.is_good() {
                            return Err(refuse());
                        }
                        Ok(Some(Self { header, body: Body::$name(body) }))
                    }
                )+ }
            }

            /// Says which field of a message means nothing, if there is one.
            #[cold]
            pub(super) fn explain(
                message_type: MessageType,
                bytes: &[u8],
            ) -> Result<(), Malformed> {
                let mut cursor = Cursor::new(bytes, 1);
                cursor.explain::<StockLocate>()?;
                cursor.explain::<u16>()?;
                cursor.explain::<Timestamp>()?;
                match message_type { $(
                    MessageType::$name => { $( cursor.explain::<$type>()?; )+ }
                )+ }
                Ok(())
            }

            /// A message of this type with any contents.
            #[cfg(test)]
            pub(super) fn arbitrary(message_type: MessageType, random: &mut Random) -> Self {
                let header = Header {
                    stock_locate: Field::arbitrary(random),
                    tracking_number: Field::arbitrary(random),
                    time: Field::arbitrary(random),
                };
                let body = match message_type { $(
                    MessageType::$name => {
                        Body::$name($name { $( $field: Field::arbitrary(random), )+ })
                    }
                )+ };
                Self { header, body }
            }

            /// Appends the bytes of the message, without framing.
            pub(super) fn write(&self, out: &mut Vec<u8>) {
                out.push(self.body.message_type().letter());
                self.header.put(out);
                match self.body { $(
                    Body::$name($name { $( $field, )+ }) => { $( $field.put(out); )+ }
                )+ }
            }
        }
    };
}

impl Header {
    /// Reads the header of a message; `None` when it has no time of a day.
    #[inline(always)]
    pub(super) fn read(message: &[u8; HEADER_LENGTH]) -> Option<Self> {
        let mut cursor = Cursor::new(message, 1);
        let stock_locate = StockLocate::take(&mut cursor);
        let tracking_number = u16::take(&mut cursor);
        let time = Timestamp::take(&mut cursor);
        cursor.is_good().then_some(Self { stock_locate, tracking_number, time })
    }

    fn put(self, out: &mut Vec<u8>) {
        self.stock_locate.put(out);
        self.tracking_number.put(out);
        self.time.put(out);
    }
}

messages! {
    /// `S`: a part of the day begins or ends.
    SystemEvent = b'S', 12, "S system event" {
        /// O start and C end of messages, S start and E end of system hours, Q start and M end of
        /// market hours.
        event: Code,
    }
    /// `R`: a stock of the day and its stock locate.
    StockDirectory = b'R', 39, "R stock directory" {
        /// The symbol.
        stock: Symbol,
        /// The listing market or market tier.
        market_category: Code,
        /// Whether the issuer meets the listing requirements.
        financial_status: Code,
        /// The number of shares of a round lot.
        round_lot_size: u32,
        /// Whether only round lots are taken.
        round_lots_only: Code,
        /// The class of the security.
        issue_classification: Code,
        /// The kind of the security within its class.
        issue_subtype: Text<2>,
        /// P for a live symbol, T for a test.
        authenticity: Code,
        /// Whether short sales must be closed out.
        short_sale_threshold: Code,
        /// Whether it is a new issue.
        ipo: Code,
        /// Which limit-up-limit-down bands apply.
        luld_reference_price_tier: Code,
        /// Whether it is an exchange traded product.
        etp: Code,
        /// How far the product is leveraged.
        etp_leverage_factor: u32,
        /// Whether the product moves against its underlying.
        inverse: Code,
    }
    /// `H`: a stock stops or starts being traded.
    StockTradingAction = b'H', 25, "H stock trading action" {
        /// The symbol.
        stock: Symbol,
        /// The state from now on.
        trading_state: TradingState,
        /// Means nothing.
        reserved: Code,
        /// Why.
        reason: Text<4>,
    }
    /// `Y`: the short sale price test of a stock.
    RegSho = b'Y', 20, "Y Reg SHO" {
        /// The symbol.
        stock: Symbol,
        /// Whether the restriction is in effect.
        action: Code,
    }
    /// `L`: a market participant's position in a stock.
    MarketParticipantPosition = b'L', 26, "L market participant position" {
        /// The participant.
        mpid: Mpid,
        /// The symbol.
        stock: Symbol,
        /// Whether it is a primary market maker.
        primary_market_maker: Code,
        /// The market maker mode.
        market_maker_mode: Code,
        /// Whether it is active.
        participant_state: Code,
    }
    /// `V`: the levels of the market-wide circuit breaker.
    MwcbDeclineLevel = b'V', 35, "V MWCB decline level" {
        /// Level 1.
        level_1: Price8,
        /// Level 2.
        level_2: Price8,
        /// Level 3.
        level_3: Price8,
    }
    /// `W`: the market-wide circuit breaker was breached.
    MwcbStatus = b'W', 12, "W MWCB status" {
        /// Which level.
        breached_level: Code,
    }
    /// `K`: when a new issue will be released for quotation.
    QuotingPeriodUpdate = b'K', 28, "K quoting period update" {
        /// The symbol.
        stock: Symbol,
        /// The time of the release, in seconds since midnight.
        release_time_s: u32,
        /// Whether the release is anticipated or cancelled.
        qualifier: Code,
        /// The price of the issue.
        price: Price4,
    }
    /// `J`: the collar of an auction after a limit-up-limit-down pause.
    LuldAuctionCollar = b'J', 35, "J LULD auction collar" {
        /// The symbol.
        stock: Symbol,
        /// The price from which the collar was made.
        reference_price: Price4,
        /// The upper end.
        upper_price: Price4,
        /// The lower end.
        lower_price: Price4,
        /// How many times it was widened.
        extension: u32,
    }
    /// `h`: one market stops or resumes a stock for an operational reason.
    OperationalHalt = b'h', 21, "h operational halt" {
        /// The symbol.
        stock: Symbol,
        /// The market.
        market: Code,
        /// What it does.
        action: OperationalState,
    }
    /// `A`: an order rests that names nobody.
    AddOrder = b'A', 36, "A add order" {
        /// The order.
        order: OrderId,
        /// Bid or ask.
        side: Side,
        /// Its displayed shares.
        shares: Shares,
        /// The symbol.
        stock: Symbol,
        /// Its limit.
        price: Price4,
    }
    /// `F`: an order rests that names its participant.
    AddOrderAttributed = b'F', 40, "F add order attributed" {
        /// The order.
        order: OrderId,
        /// Bid or ask.
        side: Side,
        /// Its displayed shares.
        shares: Shares,
        /// The symbol.
        stock: Symbol,
        /// Its limit.
        price: Price4,
        /// Whose it is.
        attribution: Mpid,
    }
    /// `E`: a resting order trades at its own price.
    OrderExecuted = b'E', 31, "E order executed" {
        /// The order.
        order: OrderId,
        /// How much of it.
        shares: Shares,
        /// The match.
        match_number: MatchNumber,
    }
    /// `C`: a resting order trades at a price that may be another one than its own.
    OrderExecutedWithPrice = b'C', 36, "C order executed with price" {
        /// The order.
        order: OrderId,
        /// How much of it.
        shares: Shares,
        /// The match.
        match_number: MatchNumber,
        /// Whether the trade counts in volume; a cross is printed elsewhere.
        printable: bool,
        /// The price.
        price: Price4,
    }
    /// `X`: a part of a resting order is cancelled.
    OrderCancel = b'X', 23, "X order cancel" {
        /// The order.
        order: OrderId,
        /// How much of it.
        shares: Shares,
    }
    /// `D`: a resting order is gone.
    OrderDelete = b'D', 19, "D order delete" {
        /// The order.
        order: OrderId,
    }
    /// `U`: a resting order is replaced by another one on the same side.
    OrderReplace = b'U', 35, "U order replace" {
        /// The order that is gone.
        original_order: OrderId,
        /// The order that stands in its stead.
        new_order: OrderId,
        /// The displayed shares of the new order.
        shares: Shares,
        /// The limit of the new order.
        price: Price4,
    }
    /// `P`: an order that nobody could see trades.
    Trade = b'P', 44, "P trade" {
        /// The hidden order; 0 for years.
        order: OrderId,
        /// The side of the hidden order; always a buy for years.
        side: Side,
        /// How much of it.
        shares: Shares,
        /// The symbol.
        stock: Symbol,
        /// The price.
        price: Price4,
        /// The match.
        match_number: MatchNumber,
    }
    /// `Q`: a cross.
    CrossTrade = b'Q', 40, "Q cross trade" {
        /// The shares that were matched.
        shares: Quantity,
        /// The symbol.
        stock: Symbol,
        /// The price.
        price: Price4,
        /// The cross.
        match_number: MatchNumber,
        /// O opening, C closing, H after a halt or for a new issue, I intraday.
        cross_type: Code,
    }
    /// `B`: a trade is void.
    BrokenTrade = b'B', 19, "B broken trade" {
        /// The match.
        match_number: MatchNumber,
    }
    /// `I`: what a cross would do if it were now.
    NetOrderImbalance = b'I', 50, "I net order imbalance" {
        /// The shares that can be paired.
        paired_shares: Quantity,
        /// The shares that cannot.
        imbalance_shares: Quantity,
        /// On which side they are.
        imbalance_direction: Code,
        /// The symbol.
        stock: Symbol,
        /// The price at which the cross orders alone would clear.
        far_price: Price4,
        /// The price at which all orders would clear.
        near_price: Price4,
        /// The price for which the imbalance holds.
        reference_price: Price4,
        /// Which cross.
        cross_type: Code,
        /// How far the near price is from the market.
        price_variation: Code,
    }
    /// `N`: retail interest in a stock.
    RetailInterest = b'N', 20, "N retail interest" {
        /// The symbol.
        stock: Symbol,
        /// On which side.
        interest: Code,
    }
    /// `O`: the price discovery of a direct listing with capital raise.
    DirectListingPriceDiscovery = b'O', 48, "O direct listing price discovery" {
        /// The symbol.
        stock: Symbol,
        /// Whether it may be released.
        open_eligibility: Code,
        /// The lowest price at which it may open.
        minimum_price: Price4,
        /// The highest price at which it may open.
        maximum_price: Price4,
        /// The price at which it would open.
        near_execution_price: Price4,
        /// When that price was set, in nanoseconds since midnight.
        near_execution_time: u64,
        /// The lower end of the collar.
        lower_collar: Price4,
        /// The upper end of the collar.
        upper_collar: Price4,
    }
}
