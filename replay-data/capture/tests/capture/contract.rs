//! The JSON lines that the contract shows, line for line: they are read, and written as they stand.

use shadowbook_capture::jsonl::{
    Answer, BookLine, Symbols, parse_answer, parse_command, parse_event, write_book_line,
    write_command, write_event,
};
use shadowbook_capture::{Recorded, RecordedFill, scan};
use shadowbook_model::{
    Arrival, Feature, Increment, Instrument, OrderId, OrderState, OrderType, Phase, Price,
    PriceOffset, Quantity, SelfTrade, Seq, TimeInForce, TriggerState, Visibility,
};

use crate::stream::{Outcome, Stream};

const STREAM: &str = r#"{"type":"instrument","instrument":"XBTUSD","tick":"0.1","lot":"0.00000001","matching":"price-time"}
{"type":"new","seq":1,"time_ns":1000,"instrument":"XBTUSD","order":101,"account":7,"side":"buy","order_type":"limit","price":"43000.1","quantity":"0.5"}
{"type":"replace","seq":2,"time_ns":1001,"instrument":"XBTUSD","order":101,"price":"43000.2","quantity":"0.4"}
{"type":"cancel","seq":3,"time_ns":1002,"instrument":"XBTUSD","order":101}
{"type":"mass-cancel","seq":4,"time_ns":1003,"instrument":"XBTUSD","account":7,"side":"buy"}
{"type":"phase","seq":5,"time_ns":1004,"instrument":"XBTUSD","phase":"auction"}
{"type":"time","seq":6,"time_ns":2000,"instrument":"XBTUSD"}
{"type":"new","seq":7,"time_ns":2001,"instrument":"XBTUSD","order":102,"side":"sell","order_type":"limit","price":"43001","quantity":"0.3"}
{"type":"phase","seq":8,"time_ns":2002,"instrument":"XBTUSD","phase":"continuous"}
{"type":"new","seq":9,"time_ns":2003,"instrument":"XBTUSD","order":105,"side":"buy","order_type":"limit","price":"43001","quantity":"0.2","time_in_force":"ioc"}
{"type":"recorded","seq":9,"fills":[{"maker":102,"price":"43001","quantity":"0.2"}]}
"#;

const EVENTS: &str = r#"{"type":"accepted","seq":1,"instrument":"XBTUSD","order":101}
{"type":"rejected","seq":1,"instrument":"XBTUSD","command":"new","order":101,"reason":"duplicate-order"}
{"type":"replaced","seq":2,"instrument":"XBTUSD","order":101,"price":"43000.2","open":"0.4"}
{"type":"fill","seq":9,"instrument":"XBTUSD","trade":1,"maker":102,"taker":105,"price":"43001","quantity":"0.2","maker_open":"0.1","taker_open":"0"}
{"type":"reduced","seq":9,"instrument":"XBTUSD","order":101,"quantity":"0.1","open":"0.2","reason":"self-trade"}
{"type":"canceled","seq":3,"instrument":"XBTUSD","order":101,"quantity":"0.4","reason":"requested"}
{"type":"triggered","seq":9,"instrument":"XBTUSD","order":77}
{"type":"auction","seq":5,"instrument":"XBTUSD","price":"43000.1","quantity":"12"}
{"type":"phase","seq":5,"instrument":"XBTUSD","phase":"auction"}"#;

const BOOK: &str = r#"{"type":"resting","instrument":"XBTUSD","side":"buy","price":"43000.1","order":101,"account":7,"open":"0.3","displayed":"0.3"}
{"type":"untriggered","instrument":"XBTUSD","side":"sell","order_type":"stop-limit","trigger_price":"42000","price":"41990","order":77,"account":7,"open":"1"}"#;

fn xbtusd() -> Instrument {
    let increment = |text: &str| text.parse::<Increment>().expect("an increment");
    Instrument::new("XBTUSD", increment("0.1"), increment("0.00000001"))
}

fn symbols() -> Symbols {
    Symbols::new(&[xbtusd()])
}

#[test]
fn the_stream_is_read_and_written_as_it_stands() {
    let stream = Stream::of_text(STREAM).expect("the contract shows it");
    assert_eq!(stream.instruments, [xbtusd()]);
    assert_eq!(stream.lines.len(), 9);
    assert_eq!(stream.to_text(4), STREAM);
    let (file, _) = stream.to_file(4);
    assert_eq!(Stream::of_file(&file).expect("it was just written").to_text(4), STREAM);
}

#[test]
fn numbers_are_ticks_and_lots_and_what_is_left_out_has_its_default() {
    let stream = Stream::of_text(STREAM).expect("the contract shows it");
    let shadowbook_model::Action::New(first) = stream.lines[0].command.action else {
        panic!("the first line is a new order");
    };
    assert_eq!(first.price, Some(Price(430_001)));
    assert_eq!(first.quantity, Quantity(50_000_000));
    assert_eq!(first.time_in_force, TimeInForce::Gtc);
    assert_eq!((first.post_only, first.seed, first.self_trade), (false, false, SelfTrade::None));
    assert!(first.is_unconditional());
    let shadowbook_model::Action::New(second) = stream.lines[6].command.action else {
        panic!("the seventh line is a new order");
    };
    assert!(second.account.is_anonymous());
    let fill =
        RecordedFill { maker: OrderId(102), price: Price(430_010), quantity: Quantity(20_000_000) };
    assert_eq!(stream.lines[8].outcome, Outcome::Fills(vec![fill]));
}

#[test]
fn a_command_line_alone_is_read_and_written_as_it_stands() {
    let symbols = symbols();
    let is_command = |line: &&str| !line.contains(r#""instrument","instrument""#);
    for line in STREAM.lines().filter(is_command).filter(|line| !line.contains("recorded")) {
        let read = parse_command(line, 1, &symbols).expect("the contract shows it");
        let mut written = String::new();
        write_command(&mut written, &read.command, read.synthetic, symbols.instruments());
        assert_eq!(written, line);
    }
}

#[test]
fn event_lines_are_read_and_written_as_they_stand() {
    let symbols = symbols();
    for (line, number) in EVENTS.lines().zip(1..) {
        let read = parse_event(line, number, &symbols).expect("the contract shows it");
        assert_eq!(parse_answer(line, number, &symbols), Ok(Answer::Event(read)));
        let mut written = String::new();
        write_event(&mut written, &read.event, read.seq, &xbtusd());
        assert_eq!(written, line);
    }
}

#[test]
fn recorded_events_have_the_shape_of_events() {
    // The contract's events are of several commands; these are all of the last one.
    let of_seq_9 = |line: &str| {
        let (head, tail) = line.split_once("\"seq\":").expect("events have a seq");
        format!("{head}\"seq\":9{}", tail.trim_start_matches(|c: char| c.is_ascii_digit()))
    };
    let events: Vec<String> = EVENTS.lines().map(of_seq_9).collect();
    let command = STREAM.lines().nth(9).expect("the last command");
    let instrument = STREAM.lines().next().expect("the instrument");
    let list = events.join(",");
    let text = format!(
        "{instrument}\n{command}\n{{\"type\":\"recorded\",\"seq\":9,\"events\":[{list}]}}\n"
    );
    let stream = Stream::of_text(&text).expect("events may be recorded");
    assert_eq!(stream.to_text(1), text);
    let (file, _) = stream.to_file(1);
    assert_eq!(Stream::of_file(&file).expect("it was just written"), stream);
}

/// The order that a book line shows, as an engine would hold it.
fn order_state(line: BookLine) -> OrderState {
    let (side, price, order, account, open) = match line {
        BookLine::Resting { side, price, order, account, open, .. }
        | BookLine::Untriggered { side, price, order, account, open, .. } => {
            (side, price, order, account, open)
        }
    };
    let (order_type, trigger) = match line {
        BookLine::Resting { .. } => (OrderType::Limit, None),
        BookLine::Untriggered { order_type, trigger_price, trail_offset, .. } => {
            let trigger = match (trail_offset, trigger_price) {
                (Some(offset), price) => TriggerState::Trailing { offset, price },
                (None, price) => TriggerState::Fixed(price.expect("an order with a trigger")),
            };
            (order_type, Some(trigger))
        }
    };
    OrderState {
        order,
        account,
        arrival: Arrival(1),
        price,
        open,
        executed: Quantity(0),
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger,
        side,
        order_type,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: SelfTrade::None,
    }
}

fn check_book_line(line: &str) -> BookLine {
    let answer = parse_answer(line, 1, &symbols()).expect("a book line");
    let Answer::Book { line: read, .. } = answer else { panic!("{answer:?} is no book line") };
    let mut written = String::new();
    write_book_line(&mut written, &order_state(read), &xbtusd());
    assert_eq!(written, line);
    read
}

#[test]
fn book_lines_are_read_and_written_as_they_stand() {
    for line in BOOK.lines() {
        check_book_line(line);
    }
    let line = check_book_line(
        r#"{"type":"untriggered","instrument":"XBTUSD","side":"buy","order_type":"trailing-stop","trail_offset":"-0.3","order":77,"account":0,"open":"1"}"#,
    );
    let BookLine::Untriggered { trigger_price, trail_offset, price, .. } = line else {
        panic!("{line:?} waits for its trigger");
    };
    assert_eq!((trigger_price, trail_offset, price), (None, Some(PriceOffset(-3)), None));
}

#[test]
fn the_ends_of_answers_are_read() {
    for (line, expected) in [
        (r#"{"type":"done","seq":9}"#, Answer::Done { seq: Some(Seq(9)) }),
        (r#"{"type":"done"}"#, Answer::Done { seq: None }),
        (r#"{"type":"unsupported"}"#, Answer::Unsupported),
    ] {
        assert_eq!(parse_answer(line, 1, &symbols()), Ok(expected));
    }
}

#[test]
fn every_optional_field_is_read_and_written_in_one_order() {
    let text = r#"{"type":"instrument","instrument":"A \"B\"\\","tick":"0.25","lot":"100","matching":"pro-rata","price_min":"-10","price_max":"10.5","reference_price":"0","phase":"auction"}
{"type":"new","seq":0,"time_ns":0,"instrument":"A \"B\"\\","order":1,"account":2,"side":"sell","order_type":"trailing-stop-limit","price":"-1.75","quantity":"300","time_in_force":"gtd","expire_time_ns":18446744073709551615,"post_only":true,"display_quantity":"0","min_quantity":"100","self_trade":"cancel-both","trigger_price":"0.5","trail_offset":"-0.25","seed":true,"synthetic":true}
{"type":"recorded","seq":0,"events":[{"type":"rejected","seq":0,"instrument":"A \"B\"\\","command":"new","order":1,"reason":"external"}]}
{"type":"replace","seq":7,"time_ns":0,"instrument":"A \"B\"\\","order":1,"price":"1","quantity":"0","new_order":9,"trigger_price":"2","display_quantity":"100"}
{"type":"recorded","seq":7,"unchecked":true}
{"type":"new","seq":8,"time_ns":1,"instrument":"A \"B\"\\","order":3,"side":"buy","order_type":"market","quantity":"100"}
{"type":"recorded","seq":8,"fills":[]}
{"type":"new","seq":9,"time_ns":1,"instrument":"A \"B\"\\","order":3,"side":"buy","order_type":"market","quantity":"100","time_in_force":"gtc"}
{"type":"recorded","seq":9,"events":[]}
"#;
    let stream = Stream::of_text(text).expect("every field is known");
    assert_eq!(stream.to_text(2), text);
    assert_eq!(stream.instruments[0].phase, Phase::Auction);
    let mut source = shadowbook_capture::jsonl::Reader::new(text.as_bytes()).expect("it was read");
    let summary = scan(&mut source).expect("it was read");
    assert_eq!((summary.recorded.external, summary.synthetic), (1, 1));
    assert!(summary.demand().contains(Feature::Replace));
    // It was refused outside matching, so no engine is asked for it.
    assert!(!summary.demand().contains(Feature::TrailingStopLimit));
}

#[test]
fn comments_empty_lines_and_spaces_mean_nothing_and_trailing_zeros_change_nothing() {
    let loose = "\n# a comment\n\n  { \"type\" : \"instrument\",\t\"instrument\":\"X\",\"tick\":\"0.10\",\"lot\":\"1.0\",\
        \"matching\":\"price-time\"}\r\n   \r\n#{\"type\":\n{\"order\":5,\"seq\":3,\"instrument\":\"\\u0058\",\
        \"time_ns\":4,\"type\":\"cancel\"}\n\n{\"fills\":[ {\"maker\":1,\"quantity\":\"2.00\",\"price\":\"-0.50\"} ] , \
        \"seq\":3,\"type\":\"recorded\"}";
    let strict = r#"{"type":"instrument","instrument":"X","tick":"0.1","lot":"1","matching":"price-time"}
{"type":"cancel","seq":3,"time_ns":4,"instrument":"X","order":5}
{"type":"recorded","seq":3,"fills":[{"maker":1,"price":"-0.5","quantity":"2"}]}
"#;
    assert_eq!(Stream::of_text(loose).expect("it says the same").to_text(1), strict);
}

#[test]
fn a_recorded_line_stays_with_its_command_at_the_end_of_a_batch() {
    let mut text = STREAM.lines().next().expect("the instrument").to_owned();
    for seq in 1..=10_000 {
        let end = format!(r#""seq":{seq},"time_ns":5,"instrument":"XBTUSD"}}"#);
        text.push_str(&format!("\n{{\"type\":\"time\",{end}"));
        text.push_str(&format!("\n{{\"type\":\"recorded\",\"seq\":{seq},\"unchecked\":true}}"));
    }
    let mut source = shadowbook_capture::jsonl::Reader::new(text.as_bytes()).expect("good lines");
    let mut batch = shadowbook_capture::Batch::new();
    let (mut batches, mut commands) = (0, 0);
    while shadowbook_capture::Source::read(&mut source, &mut batch).expect("good lines") {
        batches += 1;
        commands += batch.len();
        assert!(batch.iter().all(|entry| entry.recorded == Some(Recorded::Unchecked)));
    }
    assert_eq!(commands, 10_000);
    assert!(batches > 1, "the test is about the seam of two batches");
}
