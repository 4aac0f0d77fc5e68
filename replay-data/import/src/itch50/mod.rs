//! NASDAQ TotalView-ITCH 5.0, the exchange's own binary feed.
//!
//! [`Decoder`] and [`encode`] know the whole message set and nothing of commands; [`Importer`]
//! makes commands and recorded outcomes of a file.
//!
//! # What becomes of which message
//! | message | becomes |
//! |---|---|
//! | `A` `F` | a `new` limit order; the participant that an `F` names is not replayed |
//! | `X` `D` `U` | a `replace` that keeps the place, a `cancel`, a `replace` with a new id |
//! | `E` `C` | a run of one aggressor, per stock, becomes one `ioc` with the recorded fills |
//! | `C` that is not printable | part of a cross: the book is put right, nothing is checked |
//! | `H` | a `phase`, when it changes: trading is `continuous`, quotation only is `auction`, halted and paused are `halted` |
//! | `P` `Q` `B` and all others | nothing: counted in the report, by reason |
//!
//! While a stock is halted or paused, NASDAQ may still take orders for the cross that ends it, and
//! the feed shows them; a `halted` phase would reject them. The first order that is added or moved
//! in such a time therefore turns the phase into an `auction`: a correction like others, marked
//! and counted.
//!
//! `F` orders stay anonymous, because the attribution names a participant and not an account: one
//! participant has many, and nothing in the feed says which of them may not trade together.
//!
//! An `h` is one market's own stop. The feed does not say whose feed it is, and a stopped market
//! sends nothing that would have to be held back: it is counted only.

mod decode;
mod directory;
mod encode;
mod field;
mod framing;
mod importer;
mod input;
mod message;
mod reader;
mod translate;

#[cfg(test)]
mod tests;

pub use decode::Decoder;
pub use encode::encode;
pub use field::{
    Code, MatchNumber, Mpid, OperationalState, Price4, Price8, Shares, StockLocate, Symbol, Text,
    Timestamp, TradingState,
};
pub use framing::Framing;
pub use importer::Importer;
pub use message::{
    AddOrder, AddOrderAttributed, Body, BrokenTrade, CrossTrade, DirectListingPriceDiscovery,
    Header, LuldAuctionCollar, MarketParticipantPosition, Message, MessageType, MwcbDeclineLevel,
    MwcbStatus, NetOrderImbalance, OperationalHalt, OrderCancel, OrderDelete, OrderExecuted,
    OrderExecutedWithPrice, OrderReplace, QuotingPeriodUpdate, RegSho, RetailInterest,
    StockDirectory, StockTradingAction, SystemEvent, Trade,
};
pub use reader::{FeedReader, Options};

/// Takes any bytes as a file, in every framing: the entry point of the fuzz target.
///
/// Whatever they are, decoding ends with an error or with the last message, and encoding the
/// messages gives the bytes back.
///
/// # Panics
/// When it does not, which is a defect of this module.
pub fn fuzz(bytes: &[u8]) {
    for framing in [Framing::LengthPrefixed, Framing::Bare] {
        let mut decoder = Decoder::new(framing);
        let mut unread = bytes;
        let mut encoded = Vec::new();
        while let Ok(Some(message)) = decoder.decode(&mut unread) {
            encode(&message, framing, &mut encoded);
        }
        assert!(bytes.starts_with(&encoded), "decoding and encoding again must change nothing");
        // Both answers are good; only a panic is not.
        let _ = decoder.finish(unread);
    }
    let _ = Framing::detect(bytes);
    importer::drain(bytes);
}
