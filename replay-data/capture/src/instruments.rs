//! What every table of instruments must be, in whichever form it comes.

use shadowbook_model::Instrument;

/// At most this many instruments can be declared. An engine keeps a book for each of them, whether
/// anything happens on it or not.
pub const MAX_INSTRUMENTS: usize = 1 << 16;

/// What is wrong with the price bounds of an instrument, if anything is: no order could be entered.
pub(crate) fn bounds_problem(instrument: &Instrument) -> Option<String> {
    let (Some(lowest), Some(highest)) = (instrument.price_min, instrument.price_max) else {
        return None;
    };
    let format = |price: shadowbook_model::Price| instrument.tick.format_signed(price.0);
    (lowest > highest).then(|| {
        let (lowest, highest) = (format(lowest), format(highest));
        format!("the highest price {highest} is below the lowest, {lowest}")
    })
}
