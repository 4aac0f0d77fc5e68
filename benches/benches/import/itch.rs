//! Happenings as NASDAQ's feed tells them.

use shadowbook_import::itch50::{
    AddOrder, Body, Framing, Header, MatchNumber, Message, OrderCancel, OrderDelete, OrderExecuted,
    OrderReplace, Price4, Shares, StockLocate, Symbol, Timestamp, encode,
};
use shadowbook_model::{Price, Quantity};

use crate::market::{Change, Happening};

/// Our ticks are cents, the feed's are ten-thousandths of a dollar.
fn price(price: Price) -> Price4 {
    Price4(u32::try_from(price.0 * 100).expect("prices as recorded"))
}

fn shares(quantity: Quantity) -> Shares {
    Shares(u32::try_from(quantity.0).expect("sizes as recorded"))
}

/// A file of one message for each happening.
pub(crate) fn write(happenings: &[Happening]) -> Vec<u8> {
    let mut file = Vec::new();
    for (happening, match_number) in happenings.iter().zip(1..) {
        let Happening { time, stock, order, resting, change } = *happening;
        let body: Body = match change {
            Change::Add => {
                let symbol = Symbol::new(&format!("BENCH{stock}")).expect("a symbol");
                let (side, shares) = (resting.side, shares(resting.open));
                AddOrder { order, side, shares, stock: symbol, price: price(resting.price) }.into()
            }
            Change::Reduce(lost) => OrderCancel { order, shares: shares(lost) }.into(),
            Change::Delete => OrderDelete { order }.into(),
            Change::Execute(quantity) => {
                let match_number = MatchNumber(match_number);
                OrderExecuted { order, shares: shares(quantity), match_number }.into()
            }
            Change::Replace { new_order, price: limit, open } => OrderReplace {
                original_order: order,
                new_order,
                shares: shares(open),
                price: price(limit),
            }
            .into(),
        };
        let stock_locate = StockLocate(u16::try_from(stock + 1).expect("a number of stocks"));
        let time = Timestamp::from_ns(time.0).expect("the stream fits into a day");
        let header = Header { stock_locate, time, ..Header::default() };
        encode(&Message { header, body }, Framing::LengthPrefixed, &mut file);
    }
    file
}
