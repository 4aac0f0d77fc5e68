//! Every wrong line is an error that says where, what was read and what was expected.

use shadowbook_capture::MAX_INSTRUMENTS;
use shadowbook_capture::file::{Header, Writer};
use shadowbook_model::Instrument;

use crate::stream::{Stream, drain};

const INSTRUMENT: &str =
    r#"{"type":"instrument","instrument":"X","tick":"0.1","lot":"2","matching":"price-time"}"#;
const CANCEL: &str = r#"{"type":"cancel","seq":5,"time_ns":9,"instrument":"X","order":1}"#;
const TAIL: &str = r#""seq":5,"time_ns":9,"instrument":"X""#;

/// Reads a text that is wrong and compares what is said of it.
fn check(text: &str, expected: &str) {
    match Stream::of_text(text) {
        Ok(stream) => panic!("`{text}` was read as {stream:?}, expected: {expected}"),
        Err(error) => assert_eq!(error.to_string(), expected, "`{text}`"),
    }
}

/// A line behind a good instrument line.
fn check_line(line: &str, expected: &str) {
    check(&format!("{INSTRUMENT}\n{line}\n"), expected);
}

/// A new order with these fields beside the ones that it needs.
fn check_new(fields: &str, expected: &str) {
    check_line(&format!(r#"{{"type":"new",{TAIL},"order":1,"side":"buy",{fields}}}"#), expected);
}

/// A line behind a good cancel with seq 5.
fn check_second(line: &str, expected: &str) {
    check(&format!("{INSTRUMENT}\n{CANCEL}\n{line}\n"), expected);
}

#[test]
fn a_decimal_is_exact_or_an_error() {
    let price = |price: &str, expected: &str| {
        let fields = format!(r#""order_type":"limit","quantity":"2","price":{price}"#);
        check_new(&fields, &format!("line 2, field `price`: read `{expected}"));
    };
    let malformed = "expected a decimal number such as 43000.1, without plus sign, exponent, \
                     spaces, leading zeros or negative zero";
    let texts = [
        "1e3", "+1", "1.", ".5", "", " 1", "1 ", "1,5", "0x10", "--1", "1.2.3", "NaN", "01", "-01",
        "00", "00.5", "-0", "-0.0",
    ];
    for text in texts {
        price(&format!("\"{text}\""), &format!("{text}`, {malformed}"));
    }
    price("\"1.05\"", "1.05`, expected a whole multiple of the tick 0.1");
    price("\"-0.01\"", "-0.01`, expected a whole multiple of the tick 0.1");
    let beyond = "expected a number of ticks that fits 64 bits";
    price("\"922337203685477580.8\"", &format!("922337203685477580.8`, {beyond}"));
    price("\"-922337203685477580.9\"", &format!("-922337203685477580.9`, {beyond}"));
    price("1.5", "1.5`, expected a decimal as a string");
    price("true", "true`, expected a decimal as a string");
    price("[\"1\"]", "[\\\"1\\\"]`, expected a decimal as a string");
}

#[test]
fn a_quantity_is_a_number_of_lots_from_zero_to_64_bits() {
    let quantity = |text: &str, expected: &str| {
        let fields = format!(r#""order_type":"market","quantity":"{text}""#);
        check_new(
            &fields,
            &format!("line 2, field `quantity`: read `{text}`, expected {expected}"),
        );
    };
    quantity("-2", "zero or more");
    quantity("3", "a whole multiple of the lot 2");
    quantity("2.5", "a whole multiple of the lot 2");
    quantity("36893488147419103232", "a number of lots that fits 64 bits");
    quantity(&"9".repeat(50), "a number of lots that fits 64 bits");
}

#[test]
fn the_ends_of_64_bits_are_read() {
    let line = r#"{"type":"new","seq":18446744073709551615,"time_ns":18446744073709551615,"instrument":"X","order":18446744073709551615,"side":"buy","order_type":"limit","price":"-922337203685477580.8","quantity":"36893488147419103230"}"#;
    let text = format!("{INSTRUMENT}\n{line}\n");
    let stream = Stream::of_text(&text).expect("it fits");
    assert_eq!(stream.to_text(1), text);
}

#[test]
fn a_number_is_whole_and_fits_64_bits() {
    let whole = "expected a whole number from 0 to 18446744073709551615";
    for number in ["-1", "1.0", "1e3", "18446744073709551616", "\"7\"", "true", "[]", "-"] {
        let shown = if number == "\"7\"" { "\\\"7\\\"" } else { number };
        let line = format!(r#"{{"type":"cancel",{TAIL},"order":{number}}}"#);
        check_line(&line, &format!("line 2, field `order`: read `{shown}`, {whole}"));
    }
    let no_value = "expected a string, a number, true, false or a list";
    for (number, expected) in [
        ("01", "expected a number without leading zeros"),
        ("-007", "expected a number without leading zeros"),
        ("+1", no_value),
        ("null", no_value),
        ("{}", no_value),
        ("", no_value),
    ] {
        let line = format!(r#"{{"type":"cancel",{TAIL},"order":{number}}}"#);
        check_line(&line, &format!("line 2, field `order`: read `{number}}}`, {expected}"));
    }
}

#[test]
fn a_field_is_known_there_once_and_of_its_kind() {
    check_line(
        r#"{"type":"cancel","sequence":5}"#,
        "line 2: read `sequence`, expected a known field",
    );
    check_line(
        &format!(r#"{{"type":"cancel",{TAIL},"order":1,"price":"1"}}"#),
        "line 2, field `price`: `cancel` lines have no such field",
    );
    check_line(
        &format!(r#"{{"type":"cancel",{TAIL},"order":1,"order":1}}"#),
        "line 2, field `order`: given twice",
    );
    check_line(&format!(r#"{{"type":"cancel",{TAIL}}}"#), "line 2, field `order`: missing");
    check_line(r#"{"seq":5}"#, "line 2, field `type`: missing");
    check_line(r#"{"type":7}"#, "line 2, field `type`: read `7`, expected a string");
    check_line(
        r#"{"type":"buy"}"#,
        "line 2, field `type`: read `buy`, expected one of: instrument, state, order, new, replace, cancel, \
         mass-cancel, phase, time, recorded",
    );
    check_line(
        r#"{"type":"cancel","seq":5,"time_ns":9,"order":1}"#,
        "line 2, field `instrument`: missing",
    );
    check_line(
        r#"{"type":"cancel","seq":5,"time_ns":9,"instrument":"Y","order":1}"#,
        "line 2, field `instrument`: read `Y`, expected an instrument that an instrument line \
         declares",
    );
    check_line(&format!(r#"{{"type":"mass-cancel",{TAIL}}}"#), "line 2, field `account`: missing");
    check_line(
        &format!(r#"{{"type":"phase",{TAIL},"phase":"open"}}"#),
        "line 2, field `phase`: read `open`, expected one of: closed, halted, cancel-only, \
         auction, continuous, post-only, limit-only",
    );
}

#[test]
fn a_new_order_has_its_fields() {
    let rest = r#""quantity":"2","price":"1""#;
    check_new(rest, "line 2, field `order_type`: missing");
    check_new(r#""order_type":"limit""#, "line 2, field `quantity`: missing");
    check_new(
        &format!(r#""order_type":"Limit",{rest}"#),
        "line 2, field `order_type`: read `Limit`, expected one of: limit, market, stop, \
         stop-limit, take-profit, take-profit-limit, trailing-stop, trailing-stop-limit",
    );
    check_new(
        &format!(r#""order_type":"limit",{rest},"post_only":1"#),
        "line 2, field `post_only`: read `1`, expected true or false",
    );
    check_new(
        &format!(r#""order_type":"limit",{rest},"self_trade":"decline""#),
        "line 2, field `self_trade`: read `decline`, expected one of: none, cancel-newest, \
         cancel-oldest, cancel-both, decrement",
    );
    check_new(
        &format!(r#""order_type":"limit",{rest},"new_order":3"#),
        "line 2, field `new_order`: `new` lines have no such field",
    );
}

#[test]
fn seq_rises_and_time_does_not_fall() {
    for seq in [5, 4, 0] {
        check_second(
            &format!(r#"{{"type":"time","seq":{seq},"time_ns":9,"instrument":"X"}}"#),
            &format!("line 3, field `seq`: read `{seq}`, expected a seq above 5"),
        );
    }
    check_second(
        r#"{"type":"time","seq":6,"time_ns":8,"instrument":"X"}"#,
        "line 3, field `time_ns`: read `8`, expected a time of at least 9",
    );
}

#[test]
fn instruments_are_whole_and_come_first() {
    check_second(
        INSTRUMENT,
        "line 3, field `type`: instruments are declared before the first command",
    );
    check_line(
        INSTRUMENT,
        "line 2, field `instrument`: read `X`, expected an instrument that was not declared before",
    );
    let line = |fields: &str, expected: &str| {
        check(&format!(r#"{{"type":"instrument","instrument":"X",{fields}}}"#), expected);
    };
    line(r#""lot":"1","matching":"price-time""#, "line 1, field `tick`: missing");
    line(r#""tick":"1","lot":"1""#, "line 1, field `matching`: missing");
    for bad in ["0", "-1", "0.0000000000000000001", "18446744073709551616"] {
        line(
            &format!(r#""tick":"1","lot":"{bad}","matching":"price-time""#),
            &format!(
                "line 1, field `lot`: read `{bad}`, expected a lot above zero with at most 18 \
                 decimals that fits 64 bits"
            ),
        );
    }
    line(
        r#""tick":"0.5","lot":"1","matching":"price-time","price_min":"0.25""#,
        "line 1, field `price_min`: read `0.25`, expected a whole multiple of the tick 0.5",
    );
    line(
        r#""tick":"0.5","lot":"1","matching":"price-time","price_min":"2","price_max":"1.5""#,
        "line 1, field `price_max`: the highest price 1.5 is below the lowest, 2",
    );
    check(
        r#"{"type":"instrument","instrument":"","tick":"1","lot":"1","matching":"price-time"}"#,
        "line 1, field `instrument`: an instrument needs a name",
    );
}

#[test]
fn more_instruments_than_engines_can_keep_books_for_are_refused() {
    let line = |number| {
        format!(
            r#"{{"type":"instrument","instrument":"{number}","tick":"1","lot":"1","matching":"price-time"}}"#
        )
    };
    let text = |count: usize| (0..count).map(line).collect::<Vec<_>>().join("\n");
    let most = Stream::of_text(&text(MAX_INSTRUMENTS)).expect("as many as are possible");
    assert_eq!(most.instruments.len(), MAX_INSTRUMENTS);
    let error = Stream::of_text(&text(MAX_INSTRUMENTS + 1)).expect_err("one too many").to_string();
    assert_eq!(error, "line 65537, field `instrument`: more than 65536 instruments");
    let instrument = |number: usize| {
        Instrument::new(number.to_string(), most.instruments[0].tick, most.instruments[0].lot)
    };
    let instruments = (0..=MAX_INSTRUMENTS).map(instrument).collect();
    let header = Header { instruments, origin: String::new() };
    let error = Writer::new(Vec::new(), &header).err().expect("one too many").to_string();
    assert_eq!(error, "cannot write the header: 65537 instruments, at most 65536");
}

#[test]
fn what_was_recorded_follows_its_command() {
    check_line(
        r#"{"type":"recorded","seq":5,"fills":[]}"#,
        "line 2, field `type`: expected a command before what was recorded of it",
    );
    check_second(
        r#"{"type":"recorded","seq":4,"fills":[]}"#,
        "line 3, field `seq`: read `4`, expected 5, the seq of the command before it",
    );
    check_second(
        "{\"type\":\"recorded\",\"seq\":5,\"fills\":[]}\n{\"type\":\"recorded\",\"seq\":5,\"fills\":[]}",
        "line 4, field `seq`: seq 5 has a recorded line already",
    );
    let one = "expected exactly one of: fills, events, unchecked as true";
    for fields in ["", r#","unchecked":false"#, r#","fills":[],"events":[]"#] {
        let line = format!(r#"{{"type":"recorded","seq":5{fields}}}"#);
        check_second(&line, &format!("line 3, field `fills`: {one}"));
    }
    let fills = |list: &str, expected: &str| {
        check_second(&format!(r#"{{"type":"recorded","seq":5,"fills":{list}}}"#), expected);
    };
    fills("7", "line 3, field `fills`: read `7`, expected a list");
    fills(
        r#"[{"maker":1,"price":"1","quantity":"2"},{"maker":1,"price":"1"}]"#,
        "line 3, field `quantity`: fills item 2: missing",
    );
    fills(
        r#"[{"maker":1,"price":"1","quantity":"2","taker":1}]"#,
        "line 3, field `taker`: fills item 1: `fills` lines have no such field",
    );
    fills(r#"[1]"#, "line 3: fills item 1: read `1]`, expected an object that begins with {");
    fills(
        r#"[{"maker":1,"price":"1","quantity":"2"}"#,
        "line 3, field `fills`: read `[{\\\"maker\\\":1,\\\"price\\\":\\\"1\\\",\\\"quantity\\\":\\\"2\\\"}}`, \
         expected a list that ends with ]",
    );
}

#[test]
fn a_recorded_event_is_one_of_its_command() {
    let event = |event: &str, expected: &str| {
        check_second(&format!(r#"{{"type":"recorded","seq":5,"events":[{event}]}}"#), expected);
    };
    event(
        r#"{"type":"accepted","seq":4,"instrument":"X","order":1}"#,
        "line 3, field `seq`: events item 1: read `4`, expected 5, the seq of the command",
    );
    event(
        r#"{"type":"accepted","seq":5,"instrument":"Y","order":1}"#,
        "line 3, field `instrument`: events item 1: read `Y`, expected an instrument that an \
         instrument line declares",
    );
    event(
        r#"{"type":"new","seq":5,"instrument":"X","order":1}"#,
        "line 3, field `type`: events item 1: read `new`, expected one of: accepted, rejected, \
         replaced, fill, reduced, canceled, triggered, auction, phase, resting, untriggered, \
         done, unsupported",
    );
    event(
        r#"{"type":"reduced","seq":5,"instrument":"X","order":1,"quantity":"2","open":"2","reason":"ioc"}"#,
        "line 3, field `reason`: events item 1: read `ioc`, expected self-trade",
    );
    event(
        r#"{"type":"accepted","seq":5,"instrument":"X","order":1},{"type":"rejected","seq":5,"instrument":"X","command":"cancel","order":1,"reason":"external"}"#,
        "line 3, field `events`: a command that was refused outside matching (`external`) has no \
         other event",
    );
    // A sum of quantities may need more than 64 bits, but is as exact as they are.
    let auction = |quantity: &str, expected: &str| {
        event(
            &format!(
                r#"{{"type":"auction","seq":5,"instrument":"X","price":"1","quantity":"{quantity}"}}"#
            ),
            &format!(
                "line 3, field `quantity`: events item 1: read `{quantity}`, expected {expected}"
            ),
        );
    };
    auction("55340232221128654849", "a whole multiple of the lot 2");
    auction("123456789012345678901234567890.1234567891", "a whole multiple of the lot 2");
    auction(&"8".repeat(45), "a number of lots that fits 128 bits");
    auction("-55340232221128654848", "zero or more");
}

#[test]
fn a_line_is_one_object() {
    for (line, expected) in [
        ("7", "read `7`, expected an object that begins with {"),
        ("{}{}", "read `{}`, expected the end of the line"),
        ("{", "read `the end of the line`, expected a field name in quotes"),
        ("{type:1}", "read `type:1}`, expected a field name in quotes"),
        (r#"{"type" 1}"#, "read `1}`, expected a colon after the field name"),
        (
            r#"{"seq":1 "#,
            "read `the end of the line`, expected a comma or the closing } of the object",
        ),
        (r#"{"seq":1,}"#, "read `}`, expected a field name in quotes"),
    ] {
        check_line(line, &format!("line 2: {expected}"));
    }
    check_line(
        r#"{"type":"can"#,
        "line 2, field `type`: read `can`, expected a string that ends with a quote",
    );
    check_line(
        r#"{"type":"\x41"}"#,
        "line 2, field `type`: read `\\\\x41\\\"}`, expected a string with JSON escapes only",
    );
    check_line(
        "{\"type\":\"a\tb\"}",
        "line 2, field `type`: read `a\\tb\\\"}`, expected a string that ends with a quote",
    );
}

#[test]
fn bytes_that_are_no_text_are_told_with_their_line() {
    let mut bytes = format!("{INSTRUMENT}\n{CANCEL}\n{{\"type\"").into_bytes();
    bytes.push(0xff);
    let mut source = shadowbook_capture::jsonl::Reader::new(&bytes[..]).expect("it begins well");
    let (lines, error) = drain(&mut source);
    assert_eq!(lines.len(), 1, "what was read before stays good");
    let error = error.expect("it ends badly").to_string();
    assert_eq!(error, "line 3: no UTF-8 text from byte 7");
}

#[test]
fn what_was_read_is_cut_and_escaped() {
    let long = "é".repeat(100);
    check_line(
        &format!(r#"{{"type":"{long}"}}"#),
        &format!(
            "line 2, field `type`: read `{}…`, expected one of: instrument, state, order, new, replace, cancel, \
             mass-cancel, phase, time, recorded",
            "é".repeat(60)
        ),
    );
    check_line(
        r#"{"type":"\u001b[31m"}"#,
        "line 2, field `type`: read `\\u{1b}[31m`, expected one of: instrument, state, order, new, replace, \
         cancel, mass-cancel, phase, time, recorded",
    );
}
