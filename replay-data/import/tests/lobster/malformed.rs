//! Files that are not what they should be: the error names file and line, what was read and what
//! was expected, and comes after everything before it.

use crate::support::import;

/// Three messages that the importer takes, and their rows.
const MESSAGES: [&str; 3] =
    ["34200.1,1,11,40,1000000,1", "34200.2,1,12,50,1000100,-1", "34200.3,3,11,40,1000000,1"];
const ORDER_BOOK: [&str; 3] = [
    "1000200,10,1000000,40,1000300,10,999900,10,1000400,10,999800,10,1000500,10,999700,10,9999999999,0,999600,10",
    "1000100,50,1000000,40,1000200,10,999900,10,1000300,10,999800,10,1000400,10,999700,10,1000500,10,999600,10",
    "1000100,50,999900,10,1000200,10,999800,10,1000300,10,999700,10,1000400,10,999600,10,1000500,10,-9999999999,0",
];

const TIME: &str = "seconds after midnight with up to nine decimals";
const TYPE: &str = "a type from 1 to 7";
const ID: &str = "an order id below 2^63";
const SIZE: &str = "a whole number of shares";
const PRICE: &str = "dollars times 10000";
const DIRECTION: &str = "1 (buy) or -1 (sell)";
const ASK: &str = "dollars times 10000 above the better level's, or 9999999999 for no level";
const BID: &str = "dollars times 10000 below the better level's, or -9999999999 for no level";
const LEVEL_SIZE: &str = "a whole number of shares, 0 exactly where no level is";

/// Where in its line a field stands, as an error says it.
const INSIDE: &str = "followed by a further field";
const LAST: &str = "at the end of the line";

fn text(lines: [&str; 3]) -> String {
    lines.join("\n") + "\n"
}

#[track_caller]
fn refused(messages: &str, order_book: Option<&str>) -> String {
    let found = import(messages.as_bytes(), order_book.map(str::as_bytes));
    found.error.unwrap_or_else(|| panic!("{messages:?} and {order_book:?} were taken"))
}

/// Puts `line` in place of the second message and expects this error.
#[track_caller]
fn check_message(line: &str, field: &str, found: &str, expected: &str, place: &str) {
    let messages = text([MESSAGES[0], line, MESSAGES[2]]);
    let expected = format!(
        "line 2, field `{field}`: read `{found}`, expected {expected} ({place}, in messages.csv)"
    );
    assert_eq!(refused(&messages, Some(&text(ORDER_BOOK))), expected, "{line}");
    assert_eq!(refused(&messages, None), expected, "{line}");
}

/// Puts `value` in place of a column of the second row and expects this error.
#[track_caller]
fn check_column(column: usize, value: &str, field: &str, expected: &str) {
    let mut columns: Vec<_> = ORDER_BOOK[1].split(',').collect();
    columns[column] = value;
    let line = columns.join(",");
    let place = if column == 19 { LAST } else { INSIDE };
    let expected = format!(
        "line 2, field `{field}`: read `{value}`, expected {expected} ({place}, in book.csv)"
    );
    let order_book = text([ORDER_BOOK[0], &line, ORDER_BOOK[2]]);
    assert_eq!(refused(&text(MESSAGES), Some(&order_book)), expected, "{line}");
}

#[test]
fn the_files_that_the_checks_change_are_good() {
    let found = import(text(MESSAGES).as_bytes(), Some(text(ORDER_BOOK).as_bytes()));
    assert_eq!(found.error, None);
    let window = found.report.window.unwrap();
    assert_eq!((window.rows, window.levels, window.rows_that_differ), (3, 5, 0));
}

#[test]
fn a_time_is_seconds_after_midnight() {
    for found in [
        "",
        "x",
        "-34200.2",
        "+34200.2",
        "34200.",
        ".2",
        "3e4",
        "34200.2 ",
        " 34200.2",
        "34200.1234567891",
        "1000000000",
        "99999999999999999999",
        "34200.2.2",
        "0x8598",
    ] {
        let line = format!("{found},1,12,50,1000100,-1");
        check_message(&line, "time", found, TIME, INSIDE);
    }
    check_message("", "time", "", TIME, LAST);
    check_message("34200.2", "time", "34200.2", TIME, LAST);
    check_message("34200.2;1;12;50;1000100;-1", "time", "34200.2;1;12;50;1000100;-1", TIME, LAST);
    let earlier = "a time that is not before that of the line above";
    check_message("34200.099999999,1,12,50,1000100,-1", "time", "34200.099999999", earlier, INSIDE);
}

#[test]
fn a_type_is_one_of_seven() {
    for found in ["", "x", "0", "8", "-1", "1.0", "99999999999999999999"] {
        let line = format!("34200.2,{found},12,50,1000100,-1");
        check_message(&line, "type", found, TYPE, INSIDE);
    }
    check_message("34200.2,1", "type", "1", TYPE, LAST);
}

#[test]
fn an_order_id_fits_63_bits() {
    for found in ["", "x", "-12", "1.5", "9223372036854775808", "99999999999999999999"] {
        let line = format!("34200.2,1,{found},50,1000100,-1");
        check_message(&line, "order id", found, ID, INSIDE);
    }
    check_message("34200.2,1,12", "order id", "12", ID, LAST);
    let largest = "34200.2,1,9223372036854775807,50,1000100,-1\n";
    assert_eq!(import(largest.as_bytes(), None).error, None);
}

#[test]
fn a_size_of_an_order_is_above_zero() {
    for found in ["", "x", "0", "-50", "1.5", "9223372036854775808", "99999999999999999999"] {
        for kind in 1..=4 {
            let line = format!("34200.2,{kind},12,{found},1000100,-1");
            check_message(&line, "size", found, SIZE, INSIDE);
        }
    }
    check_message("34200.2,1,12,50", "size", "50", SIZE, LAST);
    check_message("34200.2,5,0,-1,1000100,-1", "size", "-1", SIZE, INSIDE);
}

#[test]
fn a_price_of_an_order_is_above_zero_and_on_the_tick() {
    for found in ["", "x", "1000100.5", "9223372036854775808", "99999999999999999999"] {
        let line = format!("34200.2,1,12,50,{found},-1");
        check_message(&line, "price", found, PRICE, INSIDE);
    }
    for found in ["0", "-1000100"] {
        let line = format!("34200.2,1,12,50,{found},-1");
        check_message(&line, "price", found, "dollars times 10000, above zero", INSIDE);
    }
    let tick = "a multiple of 100, because the tick is 0.01; import with a tick of 0.0001";
    check_message("34200.2,1,12,50,1000150,-1", "price", "1000150", tick, INSIDE);
    check_message("34200.2,1,12,50,1000100", "price", "1000100", PRICE, LAST);
    let halt = "-1 (halt), 0 (quoting resumes) or 1 (trading resumes)";
    check_message("34200.2,7,0,0,2,-1", "price", "2", halt, INSIDE);
    check_message("34200.2,7,0,0,-2,-1", "price", "-2", halt, INSIDE);
}

#[test]
fn a_direction_is_one_or_minus_one_and_ends_the_line() {
    for found in ["", "x", "0", "2", "-2", "1 ", "1\r1", "+1", "buy"] {
        let line = format!("34200.2,1,12,50,1000100,{found}");
        let shown = found.split('\r').next().unwrap();
        check_message(&line, "direction", shown, DIRECTION, LAST);
    }
    check_message("34200.2,1,12,50,1000100,1,null", "direction", "1", DIRECTION, INSIDE);
}

#[test]
fn a_level_is_a_price_and_a_size_behind_a_better_one() {
    for value in ["", "x", "0", "-1000200", "1.5", "1000100", "1000050", "99999999999999999999"] {
        check_column(4, value, "ask price", ASK);
    }
    for value in ["", "x", "0", "-999900", "1.5", "1000000", "1000100", "99999999999999999999"] {
        check_column(6, value, "bid price", BID);
    }
    for (column, field) in [(1, "ask size"), (3, "bid size"), (17, "ask size"), (19, "bid size")] {
        for value in ["", "x", "0", "-10", "1.5", "99999999999999999999"] {
            check_column(column, value, field, LEVEL_SIZE);
        }
    }
    let tick = "a multiple of 100, because the tick is 0.01; import with a tick of 0.0001";
    check_column(4, "1000250", "ask price", tick);
    check_column(2, "1000001", "bid price", tick);
}

#[test]
fn no_level_is_written_with_the_price_of_its_side_and_without_a_size() {
    // The size that stood there would be of no level.
    for (column, value, field) in [(16, "9999999999", "ask size"), (18, "-9999999999", "bid size")]
    {
        let mut columns: Vec<_> = ORDER_BOOK[1].split(',').collect();
        columns[column] = value;
        let order_book = text([ORDER_BOOK[0], &columns.join(","), ORDER_BOOK[2]]);
        let error = refused(&text(MESSAGES), Some(&order_book));
        assert!(error.starts_with(&format!("line 2, field `{field}`: read `10`")), "{error}");
    }
    // Behind no level there is none, at whatever price.
    for behind in ["1000300", "10000000000"] {
        let mut columns: Vec<_> = ORDER_BOOK[1].split(',').collect();
        (columns[4], columns[5], columns[8]) = ("9999999999", "0", behind);
        let order_book = text([ORDER_BOOK[0], &columns.join(","), ORDER_BOOK[2]]);
        let error = refused(&text(MESSAGES), Some(&order_book));
        assert!(
            error.starts_with(&format!("line 2, field `ask price`: read `{behind}`")),
            "{error}"
        );
    }
    // The other side's price is a price like others, and out of order.
    check_column(4, "-9999999999", "ask price", ASK);
    check_column(6, "9999999999", "bid price", BID);
}

#[test]
fn a_row_has_the_columns_of_the_first() {
    let shorter = ORDER_BOOK[1].rsplit_once(',').unwrap().0;
    let order_book = text([ORDER_BOOK[0], shorter, ORDER_BOOK[2]]);
    let expected =
        format!("line 2, field `bid price`: read `999600`, expected {BID} ({LAST}, in book.csv)");
    assert_eq!(refused(&text(MESSAGES), Some(&order_book)), expected);
    let longer = format!("{},1", ORDER_BOOK[1]);
    let order_book = text([ORDER_BOOK[0], &longer, ORDER_BOOK[2]]);
    let expected = format!(
        "line 2, field `bid size`: read `10`, expected {LEVEL_SIZE} ({INSIDE}, in book.csv)"
    );
    assert_eq!(refused(&text(MESSAGES), Some(&order_book)), expected);
    let columns = |count: usize| {
        format!(
            "line 1: read {count} columns, expected ask price, ask size, bid price and bid size \
             of each level (in book.csv)"
        )
    };
    assert_eq!(refused(&text(MESSAGES), Some(&longer)), columns(21));
    assert_eq!(refused(&text(MESSAGES), Some(shorter)), columns(19));
    assert_eq!(refused(&text(MESSAGES), Some("\n")), columns(1));
    // The message file in place of the order book.
    assert_eq!(refused(&text(MESSAGES), Some(&text(MESSAGES))), columns(6));
}

#[test]
fn fewer_than_five_levels_cannot_be_replayed() {
    let row =
        "1000200,10,1000000,40,1000300,10,999900,10,1000400,10,999800,10,1000500,10,999700,10";
    assert_eq!(
        refused(&text(MESSAGES), Some(&text([row, row, row]))),
        "line 1: the recording shows 4 levels of each side; with fewer than 5 too much happens \
         unseen for it to be replayed (in book.csv)"
    );
}

#[test]
fn a_row_behind_the_last_message_is_refused_after_all_messages() {
    let order_book = text(ORDER_BOOK) + ORDER_BOOK[2];
    let found = import(text(MESSAGES).as_bytes(), Some(order_book.as_bytes()));
    assert_eq!(
        found.error.unwrap(),
        "line 4: a row behind the last message: expected at most 3 rows, one for each message of \
         messages.csv (in book.csv)"
    );
    assert_eq!(found.report.total_messages(), 3);
}

#[test]
fn an_error_comes_after_everything_before_it() {
    // The last run is still open when the damage is met.
    let messages = "34200.1,1,11,40,1000000,1\n34200.2,4,11,30,1000000,1\nx\n";
    let found = import(messages.as_bytes(), None);
    assert!(found.error.unwrap().starts_with("line 3, field `time`: read `x`"));
    let kinds: Vec<_> = found.lines.lines().map(|line| &line[..16]).collect();
    assert_eq!(
        kinds,
        [
            r#"{"type":"instrum"#,
            r#"{"type":"new","s"#,
            r#"{"type":"new","s"#,
            r#"{"type":"recorde"#
        ]
    );
    assert_eq!(found.report.runs.checked, 1);
}

#[test]
fn line_ends_may_be_of_another_kind_or_missing() {
    let expected = import(text(MESSAGES).as_bytes(), Some(text(ORDER_BOOK).as_bytes()));
    let crlf = |lines| text(lines).replace('\n', "\r\n");
    let open_ended = |lines: [&str; 3]| lines.join("\n");
    for (messages, order_book) in [
        (crlf(MESSAGES), crlf(ORDER_BOOK)),
        (open_ended(MESSAGES), open_ended(ORDER_BOOK)),
        (crlf(MESSAGES), text(ORDER_BOOK)),
    ] {
        let found = import(messages.as_bytes(), Some(order_book.as_bytes()));
        assert_eq!(found.error, None);
        assert_eq!((found.lines, found.report), (expected.lines.clone(), expected.report.clone()));
    }
    // An empty line at the end is a line.
    let error = refused(&(text(MESSAGES) + "\n"), None);
    assert!(error.starts_with("line 4, field `time`: read ``"), "{error}");
}

#[test]
fn nothing_at_all_is_no_commands() {
    let found = import(b"", None);
    assert_eq!((found.error, found.report.total_messages()), (None, 0));
    let found = import(b"", Some(b""));
    assert_eq!((found.error, found.report.total_messages()), (None, 0));
    let error = refused("", Some(&text(ORDER_BOOK)));
    assert!(error.starts_with("line 1: a row behind the last message"), "{error}");
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    for bytes in [&b"\0\x01\xff\xfe"[..], b"\xef\xbb\xbf34200.1,1,11,40,1000000,1\n", b"MZ\n\n"] {
        let error = import(bytes, None).error.unwrap();
        assert!(error.starts_with("line 1, field `time`: read `"), "{error}");
        assert!(error.ends_with("in messages.csv)"), "{error}");
        let error = import(text(MESSAGES).as_bytes(), Some(bytes)).error.unwrap();
        assert!(error.starts_with("line 1: read "), "{error}");
        assert!(error.ends_with("in book.csv)"), "{error}");
    }
    let long = vec![b'1'; 1 << 20];
    let too_long = "line 1: the line has more than 262144 bytes (in messages.csv)";
    assert_eq!(import(&long, None).error.unwrap(), too_long);
    let error = import(text(MESSAGES).as_bytes(), Some(&long)).error.unwrap();
    assert_eq!(error, too_long.replace("messages", "book"));
}
