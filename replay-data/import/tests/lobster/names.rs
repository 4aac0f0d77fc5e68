//! What is taken from the names of the files, and what may be said instead.

use shadowbook_capture::Source;
use shadowbook_import::lobster::{Importer, Options};
use shadowbook_model::Increment;

use crate::support::input;

const MESSAGE: &str = "34200.1,1,11,40,1000000,1\n";

/// Symbol, date and how many levels the report says, or the error.
fn check(name: &str, options: Options, expected: Result<(&str, Option<&str>, u64), &str>) {
    let importer = Importer::new(input(name, MESSAGE.as_bytes()), None, options);
    let found = importer.map_err(|error| error.to_string()).map(|importer| {
        let levels = importer.report().window.unwrap().levels;
        (importer.instruments()[0].symbol.clone(), importer.date().map(str::to_owned), levels)
    });
    let expected = expected
        .map_err(str::to_owned)
        .map(|(symbol, date, levels)| (symbol.to_owned(), date.map(str::to_owned), levels));
    assert_eq!(found, expected, "{name}");
}

#[test]
fn lobsters_names_say_symbol_day_and_levels() {
    let day = Some("2012-06-21");
    let plain = Options::default;
    let symbol = || Options { symbol: Some("OTHER".to_owned()), ..Options::default() };
    let name = "AMZN_2012-06-21_34200000_57600000_message_5.csv";
    check(name, plain(), Ok(("AMZN", day, 5)));
    check(name, symbol(), Ok(("OTHER", day, 5)));
    check(&format!("{name}.zst"), plain(), Ok(("AMZN", day, 5)));
    check("BRK_B_2012-06-21_1_2_message_50.csv", plain(), Ok(("BRK_B", day, 50)));
    for name in ["day.csv", "", "AMZN_2012-06-21_message_5.csv", "AMZN.csv"] {
        check(name, plain(), Ok(("LOBSTER", None, 0)));
        check(name, symbol(), Ok(("OTHER", None, 0)));
    }
    let narrow = "AMZN_2012-06-21_34200000_57600000_message_1.csv";
    let error = format!(
        "line 1: the recording shows 1 levels of each side; with fewer than 5 too much happens \
         unseen for it to be replayed (in {narrow})"
    );
    check(narrow, symbol(), Err(&error));
}

#[test]
fn an_empty_order_book_leaves_the_levels_to_the_name() {
    let narrow = "AMZN_2012-06-21_34200000_57600000_message_1.csv";
    let messages = input(narrow, MESSAGE.as_bytes());
    let importer = Importer::new(messages, Some(input("book.csv", b"")), Options::default());
    let error = importer.err().unwrap().to_string();
    assert!(error.starts_with("line 1: the recording shows 1 levels"), "{error}");
}

/// The tick that is chosen for a message with this price, or the error.
fn check_tick(price: &str, tick: Option<&str>, expected: Result<&str, &str>) {
    let options = Options { tick: tick.map(|tick| tick.parse().unwrap()), symbol: None };
    let message = format!("34200.1,1,11,40,{price},1\n");
    let importer = Importer::new(input("m.csv", message.as_bytes()), None, options);
    let found =
        importer.map(|importer| importer.instruments()[0].tick).map_err(|error| error.to_string());
    let expected: Result<Increment, _> = expected.map(|tick| tick.parse().unwrap());
    assert_eq!(found, expected.map_err(str::to_owned), "{price} {tick:?}");
}

#[test]
fn the_tick_is_a_cent_unless_prices_are_finer_or_below_a_dollar() {
    check_tick("1000000", None, Ok("0.01"));
    check_tick("1000050", None, Ok("0.0001"));
    check_tick("9900", None, Ok("0.0001"));
    check_tick("1000000", Some("0.0001"), Ok("0.0001"));
    check_tick("1000000", Some("0.05"), Ok("0.05"));
    let no_multiple = "line 1: the tick 0.00001 is no multiple of 0.0001 dollars (in m.csv)";
    check_tick("1000000", Some("0.00001"), Err(no_multiple));
}
