//! Snapshots as JSON lines, the commands that they become, and what those lose.

use shadowbook_capture::{Source, jsonl};

use super::*;

const TABLE: &str =
    r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}"#;

/// Lines without their type and instrument, as they are longer than what they say.
fn check(states: &[&str], commands: &[&str], lost: &[Loss]) {
    check_from(TABLE, states, commands, lost);
}

fn check_from(table: &str, states: &[&str], commands: &[&str], lost: &[Loss]) {
    let line = |(at, line): (usize, &&str)| {
        let kind = if at == 0 { "state" } else { "order" };
        format!("{{\"type\":\"{kind}\",\"instrument\":\"X\",{line}}}\n")
    };
    let lines: String = states.iter().enumerate().map(line).collect();
    let text = format!("{table}\n{lines}");
    let source = jsonl::Reader::new(text.as_bytes()).expect("the lines are good");
    let found = commands_for(source.instruments(), source.snapshots());
    let written: Vec<String> = found
        .commands
        .iter()
        .map(|command| {
            let mut line = String::new();
            jsonl::write_command(&mut line, command, false, source.instruments());
            let line = line.replace(r#","seq":0,"time_ns":0,"instrument":"X""#, "");
            line.trim_start_matches(r#"{"type":"#).trim_end_matches('}').to_owned()
        })
        .collect();
    assert_eq!(written, commands, "{text}");
    assert_eq!(found.lost, lost, "{text}");
}

const PLAIN: &str = r#""phase":"continuous","next_trade":1,"arrivals":2"#;

#[test]
fn a_plain_young_book_loses_nothing() {
    check(
        &[
            PLAIN,
            r#""order":8,"arrival":2,"side":"buy","order_type":"limit","price":"5","open":"3","executed":"0""#,
            r#""order":9,"account":4,"arrival":1,"side":"sell","order_type":"limit","price":"6","open":"3","executed":"0","post_only":true,"time_in_force":"gtd","expire_time_ns":7,"self_trade":"decrement""#,
        ],
        &[
            r#""new","order":9,"account":4,"side":"sell","order_type":"limit","price":"6","quantity":"3","time_in_force":"gtd","expire_time_ns":7,"post_only":true,"self_trade":"decrement""#,
            r#""new","order":8,"side":"buy","order_type":"limit","price":"5","quantity":"3""#,
        ],
        &[],
    );
    check(&[r#""phase":"continuous","next_trade":1,"arrivals":0"#], &[], &[]);
}

#[test]
fn what_commands_cannot_say_is_lost() {
    check(
        &[
            r#""phase":"limit-only","last_trade":"5","next_trade":7,"arrivals":9"#,
            r#""order":1,"arrival":3,"side":"buy","order_type":"stop-limit","price":"5","open":"3","executed":"2""#,
            r#""order":2,"arrival":9,"side":"sell","order_type":"trailing-stop","open":"3","executed":"0","min_quantity":"2","trail_offset":"2","trigger_price":"3","time_in_force":"fok""#,
        ],
        &[
            r#""new","order":1,"side":"buy","order_type":"limit","price":"5","quantity":"3""#,
            r#""new","order":2,"side":"sell","order_type":"trailing-stop","quantity":"3","time_in_force":"fok","min_quantity":"2","trail_offset":"2""#,
            r#""phase","phase":"limit-only""#,
        ],
        &[
            Loss::LastTrades(1),
            Loss::TradeNumbers(1),
            Loss::ArrivalNumbers(2),
            Loss::ExecutedQuantities(1),
            Loss::TriggeredTypes(1),
            Loss::TrailingTriggers(1),
        ],
    );
}

/// A sell order that waits, of which less is open than it would show or trade at least.
#[test]
fn what_is_above_open_is_capped() {
    check(
        &[
            r#""phase":"continuous","next_trade":1,"arrivals":1"#,
            r#""order":1,"arrival":1,"side":"sell","order_type":"stop-limit","price":"5","open":"3","executed":"0","display_quantity":"5","slice":"0","min_quantity":"4","trigger_price":"3""#,
        ],
        &[
            r#""new","order":1,"side":"sell","order_type":"stop-limit","price":"5","quantity":"3","display_quantity":"3","min_quantity":"3","trigger_price":"3""#,
        ],
        &[Loss::DisplayQuantities(1), Loss::Minimums(1)],
    );
}

#[test]
fn queues_stay_as_they_are_where_that_is_not_the_order_of_arrival() {
    // The slice of 1 was refreshed behind 3; 2 and 4 are elsewhere.
    check(
        &[
            r#""phase":"continuous","next_trade":1,"arrivals":4"#,
            r#""order":3,"arrival":3,"side":"buy","order_type":"limit","price":"5","open":"1","executed":"0""#,
            r#""order":1,"arrival":1,"side":"buy","order_type":"limit","price":"5","open":"9","executed":"0","display_quantity":"2","slice":"1""#,
            r#""order":2,"arrival":2,"side":"buy","order_type":"limit","price":"5","open":"1","executed":"0","display_quantity":"0""#,
            r#""order":4,"arrival":4,"side":"buy","order_type":"limit","price":"4","open":"1","executed":"0","display_quantity":"2","slice":"1""#,
        ],
        &[
            r#""new","order":2,"side":"buy","order_type":"limit","price":"5","quantity":"1","display_quantity":"0""#,
            r#""new","order":3,"side":"buy","order_type":"limit","price":"5","quantity":"1""#,
            r#""new","order":1,"side":"buy","order_type":"limit","price":"5","quantity":"9","display_quantity":"2""#,
            r#""new","order":4,"side":"buy","order_type":"limit","price":"4","quantity":"1","display_quantity":"1""#,
        ],
        &[
            Loss::ArrivalNumbers(3),
            Loss::ArrivalOrder(1),
            Loss::Slices(1),
            Loss::DisplayQuantities(1),
        ],
    );
}

#[test]
fn what_is_crossed_or_a_market_order_is_entered_in_an_auction() {
    let market =
        r#""order":2,"arrival":2,"side":"buy","order_type":"market","open":"1","executed":"0""#;
    let entered = r#""new","order":2,"side":"buy","order_type":"market","quantity":"1""#;
    let ask = r#""order":1,"arrival":1,"side":"sell","order_type":"limit","price":"5","open":"1","executed":"0""#;
    let entered_ask =
        r#""new","order":1,"side":"sell","order_type":"limit","price":"5","quantity":"1""#;
    let auction = r#""phase","phase":"auction""#;
    check(
        &[r#""phase":"halted","next_trade":1,"arrivals":2"#, market, ask],
        &[auction, entered_ask, entered, r#""phase","phase":"halted""#],
        &[],
    );
    let bid = r#""order":2,"arrival":2,"side":"buy","order_type":"limit","price":"5","open":"1","executed":"0""#;
    let entered_bid =
        r#""new","order":2,"side":"buy","order_type":"limit","price":"5","quantity":"1""#;
    check_from(
        &TABLE.replace('}', r#","phase":"auction"}"#),
        &[r#""phase":"auction","next_trade":1,"arrivals":2"#, bid, ask],
        &[entered_ask, entered_bid],
        &[],
    );
    check_from(
        &TABLE.replace('}', r#","phase":"closed"}"#),
        &[r#""phase":"closed","next_trade":1,"arrivals":1"#, ask],
        &[r#""phase","phase":"continuous""#, entered_ask, r#""phase","phase":"closed""#],
        &[],
    );
}

#[test]
fn what_would_be_ended_at_once_is_not_entered() {
    let day = r#""order":1,"arrival":1,"side":"sell","order_type":"limit","price":"5","open":"1","executed":"0","time_in_force":"day""#;
    let closed = r#""phase","phase":"closed""#;
    check(&[r#""phase":"closed","next_trade":1,"arrivals":1"#, day], &[closed], &[Loss::Orders(1)]);
    let gtd = r#""order":1,"arrival":1,"side":"sell","order_type":"limit","price":"5","open":"1","executed":"0","time_in_force":"gtd","expire_time_ns":0"#;
    check(&[PLAIN, gtd], &[], &[Loss::Orders(1)]);
}

#[test]
fn losses_are_told_in_words() {
    assert_eq!(Loss::Slices(1).to_string(), "1 slice in progress");
    assert_eq!(Loss::DisplayQuantities(1).to_string(), "1 display quantity above what is open");
    assert_eq!(Loss::Minimums(2).to_string(), "2 minimums above what is open");
    assert_eq!(Loss::ExecutedQuantities(20).to_string(), "20 executed quantities");
}
