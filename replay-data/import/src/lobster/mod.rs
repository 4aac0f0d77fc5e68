//! LOBSTER: NASDAQ order flow as two text files, messages and a windowed order book.
//!
//! # What becomes of which message
//! | type | becomes |
//! |---|---|
//! | 1 submission | a `new` limit order, `gtc` |
//! | 2 partial cancellation | a `replace` to a smaller total, which keeps its place |
//! | 3 deletion | a `cancel` |
//! | 4 visible execution | a run of one aggressor becomes one `ioc` with the recorded fills |
//! | 5 hidden execution, 6 cross trade | nothing: counted in the report |
//! | 7 trading halt | a `phase`: price -1 is `halted`, 0 (quoting resumes) `auction`, 1 `continuous` |
//!
//! An order that is submitted while the phase is `halted` turns it into an `auction`, because
//! `halted` would reject it; that is counted as a correction. Executions outside continuous
//! trading belong to the auction and are unchecked.
//!
//! # Units
//! Times are nanoseconds after midnight, exactly. A share is a lot. LOBSTER's prices are
//! ten-thousandths of a dollar; the tick is one cent, which is the smallest step of displayed
//! orders at a dollar or more, unless the first row of the order book (or, without one, the first
//! message) has a price below a dollar or finer than a cent: then it is 0.0001. Hidden executions
//! may have finer prices; they become no commands. [`Options::tick`] decides otherwise.
//!
//! # The window
//! Orders outside the window leave no messages. What rests at a level that comes into view is
//! taken from the order book file, as one seed (see [`crate::report::Window`]). With fewer than
//! [`MIN_LEVELS`] levels too much happens unseen, and such a recording is refused. The order book
//! may end before the messages: from there on nothing is seeded, and the report says so.

mod field;
mod importer;
mod message;
mod name;
mod row;
mod tick;

pub use importer::{Importer, Input, MIN_LEVELS, Options};
pub use name::FileName;

/// Takes any bytes as a message file and, behind the first zero byte, an order book file: the
/// entry point of the fuzz target. Whatever they are, reading ends with an error or at the end.
pub fn fuzz(bytes: &[u8]) {
    use shadowbook_capture::{Batch, Source};

    let mut files = bytes.splitn(2, |byte| *byte == 0);
    let mut input = |name: &str| {
        let bytes = files.next()?.to_vec();
        Some(Input { name: name.to_owned(), reader: Box::new(std::io::Cursor::new(bytes)) })
    };
    let Some(messages) = input("messages") else { return };
    let order_book = input("order book");
    // Both answers are good; only a panic is not.
    let Ok(mut importer) = Importer::new(messages, order_book, Options::default()) else { return };
    let mut batch = Batch::new();
    while let Ok(true) = importer.read(&mut batch) {}
    let _ = importer.report().to_string();
}
