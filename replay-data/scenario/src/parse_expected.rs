//! Event lines and book lines.

use shadowbook_capture::InputError;
use shadowbook_model::{Event, Fill, Instrument, TradeId, TriggerState};

use crate::book::{BookLine, Resting, Untriggered};
use crate::words::Words;

const EVENTS: &str = "one of: accepted, rejected, replaced, fill, reduced, canceled, triggered, \
                      auction, phase, anything";

/// Reads an event; a fill that does not say its trade number is `next_trade`.
pub(crate) fn event(
    words: &mut Words<'_>,
    instrument: &Instrument,
    next_trade: TradeId,
) -> Result<Event, InputError> {
    let kind = words.word(EVENTS)?;
    Ok(match kind.as_ref() {
        "accepted" => Event::Accepted { order: words.order()? },
        "rejected" => {
            let command = words.name("command")?;
            Event::Rejected { command, order: words.order()?, reason: words.name("reason")? }
        }
        "replaced" => replaced(words, instrument)?,
        "fill" => fill(words, instrument, next_trade)?.into(),
        "reduced" => {
            let order = words.order()?;
            words.keyword("by")?;
            let quantity = words.quantity(instrument, "quantity")?;
            words.keyword("open")?;
            Event::Reduced { order, quantity, open: words.quantity(instrument, "open")? }
        }
        "canceled" => {
            let order = words.order()?;
            words.keyword("open")?;
            let quantity = words.quantity(instrument, "open")?;
            Event::Canceled { order, quantity, reason: words.name("reason")? }
        }
        "triggered" => Event::Triggered { order: words.order()? },
        "auction" => {
            let quantity = words.volume(instrument)?;
            words.keyword("@")?;
            Event::Auction { price: words.price(instrument, "price")?, quantity }
        }
        "phase" => Event::Phase { phase: words.name("phase")? },
        other => return Err(words.unexpected(other, EVENTS)),
    })
}

/// `ID [as ID] open QUANTITY [@ PRICE]`.
fn replaced(words: &mut Words<'_>, instrument: &Instrument) -> Result<Event, InputError> {
    let order = words.order()?;
    let new_order = if words.skip("as") { Some(words.order()?) } else { None };
    words.keyword("open")?;
    let open = words.quantity(instrument, "open")?;
    let price = if words.skip("@") { Some(words.price(instrument, "price")?) } else { None };
    Ok(Event::Replaced { order, new_order, price, open })
}

/// `QUANTITY @ PRICE maker ID taker ID open MAKER / TAKER [trade NUMBER]`.
fn fill(
    words: &mut Words<'_>,
    instrument: &Instrument,
    next_trade: TradeId,
) -> Result<Fill, InputError> {
    let quantity = words.quantity(instrument, "quantity")?;
    words.keyword("@")?;
    let price = words.price(instrument, "price")?;
    words.keyword("maker")?;
    let maker = words.order()?;
    words.keyword("taker")?;
    let taker = words.order()?;
    words.keyword("open")?;
    let maker_open = words.quantity(instrument, "open")?;
    words.keyword("/")?;
    let taker_open = words.quantity(instrument, "open")?;
    let trade = if words.skip("trade") { TradeId(words.number("trade")?) } else { next_trade };
    Ok(Fill { trade, maker, taker, price, quantity, maker_open, taker_open })
}

/// Reads `SIDE PRICE: ID x OPEN [showing DISPLAYED], …` or an untriggered order.
pub(crate) fn book_line(
    words: &mut Words<'_>,
    instrument: &Instrument,
) -> Result<BookLine, InputError> {
    const EXPECTED: &str = "one of: buy, sell, untriggered, empty";
    if words.skip("untriggered") {
        return untriggered(words, instrument).map(BookLine::Untriggered);
    }
    let Some(side) = words.name_if_next() else {
        let found = words.word(EXPECTED)?;
        return Err(words.unexpected(&found, EXPECTED));
    };
    let found = words.word("a price and `:`")?;
    let Some(price) = found.strip_suffix(':') else {
        return Err(words.unexpected(&found, "a price and `:`"));
    };
    let price = match price {
        "market" => None,
        price => Some(words.price_in(price, instrument, "price")?),
    };
    let mut orders = Vec::new();
    loop {
        let (order, is_last) = resting(words, instrument)?;
        orders.push(order);
        if is_last {
            return Ok(BookLine::Level { side, price, orders });
        }
    }
}

/// Reads an order of a queue; says whether it is the last, which no comma follows.
fn resting(words: &mut Words<'_>, instrument: &Instrument) -> Result<(Resting, bool), InputError> {
    let order = words.order()?;
    words.keyword("x")?;
    let found = words.word("an open quantity")?;
    let (number, has_comma) = without_comma(&found);
    let open = words.quantity_in(number, instrument, "open")?;
    if has_comma || !words.skip("showing") {
        return Ok((Resting { order, open, displayed: open }, !has_comma));
    }
    let found = words.word("a displayed quantity")?;
    let (number, has_comma) = without_comma(&found);
    let displayed = words.quantity_in(number, instrument, "showing")?;
    Ok((Resting { order, open, displayed }, !has_comma))
}

fn without_comma(word: &str) -> (&str, bool) {
    word.strip_suffix(',').map_or((word, false), |number| (number, true))
}

/// `ID SIDE TYPE OPEN [@ PRICE] [trail OFFSET] [trigger PRICE]`.
fn untriggered(words: &mut Words<'_>, instrument: &Instrument) -> Result<Untriggered, InputError> {
    let order = words.order()?;
    let side = words.name("side")?;
    let order_type = words.name("order type")?;
    let open = words.quantity(instrument, "open")?;
    let price = if words.skip("@") { Some(words.price(instrument, "price")?) } else { None };
    let trigger = if words.skip("trail") {
        let offset = words.offset(instrument)?;
        let has_price = words.skip("trigger");
        let price = if has_price { Some(words.price(instrument, "trigger")?) } else { None };
        TriggerState::Trailing { offset, price }
    } else {
        words.keyword("trigger")?;
        TriggerState::Fixed(words.price(instrument, "trigger")?)
    };
    Ok(Untriggered { order, side, order_type, open, price, trigger })
}
