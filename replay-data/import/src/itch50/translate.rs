//! One message of ITCH to what it says of resting orders.

use shadowbook_model::{InstrumentId, Phase, Price};

use super::field::{Price4, Symbol, TradingState};
use super::message::{Body, Message};
use crate::feed::{Change, Place};

/// What a message means for the book of its stock.
pub(super) enum Meaning {
    /// Something happened to its orders, or a trade was printed.
    Change(Change),
    /// An order is added, and the message names the stock once more.
    Add(Symbol, Change),
    /// The stock may or may not be traded from now on.
    State(TradingState),
    /// A stock gets its name.
    Directory(Symbol),
    /// Nothing; counted under this reason.
    Nothing(&'static str),
}

impl From<Price4> for Price {
    fn from(price: Price4) -> Self {
        Self(i64::from(price.0))
    }
}

impl Meaning {
    #[inline]
    pub(super) fn of(message: &Message) -> Self {
        match message.body {
            Body::AddOrder(body) => {
                let place = Place { side: body.side, price: body.price.into() };
                let (order, quantity) = (body.order, body.shares.into());
                Self::Add(body.stock, Change::Add { order, place, quantity })
            }
            Body::AddOrderAttributed(body) => {
                let place = Place { side: body.side, price: body.price.into() };
                let (order, quantity) = (body.order, body.shares.into());
                Self::Add(body.stock, Change::Add { order, place, quantity })
            }
            Body::OrderExecuted(body) => Self::Change(Change::Execute {
                maker: body.order,
                quantity: body.shares.into(),
                place: None,
            }),
            Body::OrderExecutedWithPrice(body) => Self::Change(Change::ExecuteAtPrice {
                maker: body.order,
                quantity: body.shares.into(),
                price: body.price.into(),
                printable: body.printable,
                place: None,
            }),
            Body::OrderCancel(body) => Self::Change(Change::ReduceBy {
                order: body.order,
                quantity: body.shares.into(),
                place: None,
            }),
            Body::OrderDelete(body) => {
                Self::Change(Change::Delete { order: body.order, quantity: None, place: None })
            }
            Body::OrderReplace(body) => Self::Change(Change::Replace {
                order: body.original_order,
                new_order: body.new_order,
                price: body.price.into(),
                quantity: body.shares.into(),
            }),
            Body::Trade(_) => Self::Change(Change::HiddenTrade),
            Body::CrossTrade(_) => Self::Change(Change::CrossTrade),
            Body::StockTradingAction(body) => Self::State(body.trading_state),
            Body::StockDirectory(body) => Self::Directory(body.stock),
            _ => Self::Nothing(reason(&message.body)),
        }
    }
}

/// What is counted of a message that says nothing of orders.
fn reason(body: &Body) -> &'static str {
    match body {
        Body::SystemEvent(_) => "system event",
        Body::RegSho(_) => "short sale price test",
        Body::MarketParticipantPosition(_) => "market participant position",
        Body::MwcbDeclineLevel(_) => "circuit breaker levels",
        Body::MwcbStatus(_) => "circuit breaker status",
        Body::QuotingPeriodUpdate(_) => "quoting period of a new issue",
        Body::LuldAuctionCollar(_) => "auction collar",
        Body::OperationalHalt(_) => "operational halt of one market",
        Body::BrokenTrade(_) => "broken trade",
        Body::NetOrderImbalance(_) => "order imbalance",
        Body::RetailInterest(_) => "retail interest",
        Body::DirectListingPriceDiscovery(_) => "price discovery of a direct listing",
        _ => "not a message about orders",
    }
}

/// The phases of the instruments, as the trading actions so far have set them.
pub(super) struct Phases(Vec<Phase>);

impl Phases {
    /// All instruments begin in continuous trading.
    pub(super) fn new(instruments: usize) -> Self {
        Self(vec![Phase::Continuous; instruments])
    }

    /// The phase that a trading state stands for, if the instrument is not in it already.
    pub(super) fn change_to(
        &mut self,
        instrument: InstrumentId,
        state: TradingState,
    ) -> Option<Phase> {
        let phase = match state {
            TradingState::Halted | TradingState::Paused => Phase::Halted,
            TradingState::QuotationOnly => Phase::Auction,
            TradingState::Trading => Phase::Continuous,
        };
        let current = self.0.get_mut(instrument.index())?;
        let is_change = *current != phase;
        *current = phase;
        is_change.then_some(phase)
    }
}
