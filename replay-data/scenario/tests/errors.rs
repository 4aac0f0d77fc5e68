//! A text that is no scenario is refused at its line, with what was read and what was expected.

use shadowbook_scenario::{parse, parse_bytes};

fn check(text: &str, expected: &str) {
    let error = parse(text).expect_err(text).to_string();
    assert!(error.starts_with(expected), "{text}\n  said     {error}\n  expected {expected}…");
}

/// A command line, on line 2, after the declaration of `X` (tick 0.5, lot 2).
fn check_command(line: &str, expected: &str) {
    check(&format!("instrument X tick 0.5 lot 2\n{line}\n"), expected);
}

/// An expected line, on line 3, after a command.
fn check_expectation(line: &str, expected: &str) {
    check_command(&format!("cancel 1\n  {line}"), expected);
}

#[test]
fn instruments() {
    check("instrument X tick 0 lot 1", "line 1, field `tick`: read `0`, expected a tick size (not");
    check("instrument X lot 1", "line 1: read `lot`, expected `tick`");
    check("instrument X tick 1", "line 1: the line ends, expected `lot`");
    check(
        "instrument X tick 1 lot 1 phase open",
        "line 1, field `phase`: read `open`, expected one",
    );
    check("instrument X tick 1 lot 1 1", "line 1: read `1`, expected the end of the line");
    let twice = "instrument X tick 1 lot 1\n#\ninstrument X tick 1 lot 1";
    check(twice, "line 3: read `X`, expected a symbol that is not declared yet");
    let late = "instrument X tick 1 lot 1\ntime 1\ninstrument Y tick 1 lot 1";
    check(late, "line 3: read `instrument`, expected all instruments before the first command");
    check("cancel 1", "line 1: read `cancel`, expected `instrument SYMBOL");
    let two = "instrument X tick 1 lot 1\ninstrument Y tick 1 lot 1\n";
    check(&format!("{two}cancel 1"), "line 3: read `cancel`, expected `on SYMBOL`");
    check(&format!("{two}on Z cancel 1"), "line 3: read `Z`, expected a declared instrument");
    check("instrument \"X tick", "line 1: read `X tick`, expected a closing quote");
    check("instrument \"\\q\"", "line 1: read `\\\\q\\\"`, expected one of the escapes");
}

#[test]
fn numbers_are_never_rounded() {
    let step = "expected a price in steps of 0.5 (not a whole multiple of 0.5)";
    check_command("new 1 buy 2 @ 1.2", &format!("line 2, field `price`: read `1.2`, {step}"));
    check_command("new 1 buy 3 @ 1", "line 2, field `quantity`: read `3`, expected a quantity in");
    check_command(
        "new 1 buy -2 @ 1",
        "line 2, field `quantity`: read `-2`, expected a quantity in",
    );
    check_command("new 1 buy 1e3 @ 1", "line 2, field `quantity`: read `1e3`, expected");
    let wide = "99999999999999999999";
    check_command(&format!("new 1 buy 2 @ {wide}"), "line 2, field `price`: read `9999");
    check_command(&format!("new {wide} buy 2 @ 1"), "line 2, field `order`: read `9999");
    check_command("new +1 buy 2 @ 1", "line 2, field `order`: read `+1`, expected a whole number");
    check_expectation(
        "auction 3 @ 1",
        "line 3, field `quantity`: read `3`, expected a quantity in",
    );
}

#[test]
fn commands() {
    check_command("buy 1", "line 2: read `buy`, expected one of: new, replace");
    check_command("new 1 long 2", "line 2, field `side`: read `long`, expected one of: buy, sell");
    check_command("new 1 buy", "line 2: the line ends, expected a quantity");
    check_command("new 1 buy 2 @ 1 gtx", "line 2: read `gtx`, expected a time in force or one of");
    check_command("new 1 buy 2 ioc fok", "line 2: read `fok`, expected each attribute once");
    check_command("new 1 buy 2 min 2 min 2", "line 2: read `min`, expected each attribute once");
    check_command("cancel 1 2", "line 2: read `2`, expected the end of the line");
    check_command("mass-cancel 7", "line 2: read `7`, expected `account`");
    check_command("at 5 time 6", "line 2: read `time`, expected one of");
    check_command("at 5 book", "line 2: read `book`, expected one of");
    check_command("seq 5 cancel 1\nseq 5 cancel 1", "line 3: read seq 5, expected one above 5");
    check_command("time 5\nat 4 cancel 1", "line 3: read time 4, expected 5 or later");
    let last = "seq 18446744073709551615 cancel 1\n# comment\ncancel 1";
    check_command(last, "line 4: the last seq was the highest");
}

#[test]
fn expectations() {
    check_expectation("acepted 1", "line 3: read `acepted`, expected one of: accepted, rejected");
    check_expectation(
        "rejected new 1 late",
        "line 3, field `reason`: read `late`, expected one of",
    );
    check_expectation("fill 2 @ 1 maker 1", "line 3: the line ends, expected `taker`");
    check_expectation("anything\n  accepted 1", "line 4: read `accepted`, expected a line that is");
    check_expectation("accepted 1\n  anything", "line 4: read `anything`, expected one of");
    check("  accepted 1", "line 1: read `accepted`, expected a command before the events");
    check_command("book\n  buy 1 1 x 2", "line 3: read `1`, expected a price and `:`");
    check_command("book\n  buy 1: 1 x 2,", "line 3: the line ends, expected a number (order)");
    check_command("book\n  buy 1: 1 x 2 2 x 2", "line 3: read `2`, expected the end of the line");
    check_command("book\n  bid 1: 1 x 2", "line 3: read `bid`, expected one of: buy, sell");
    check_command("book\n  buy 1: 1 x 2\n  empty", "line 4: read `empty`, expected one of");
    check_command("book\n  empty\n  buy 1: 1 x 2", "line 4: read `buy`, expected a line that is");
}

#[test]
fn bytes_that_are_no_text() {
    let error = parse_bytes(b"# one\n# two \xff").expect_err("no UTF-8").to_string();
    assert_eq!(error, "line 2: read bytes that are no text, expected UTF-8");
    assert_eq!(parse_bytes(b""), Ok(shadowbook_scenario::Scenario::default()));
}
