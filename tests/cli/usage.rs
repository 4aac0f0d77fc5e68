//! Wrong usage, help, and where words go.

use crate::run::{Desk, SMALL};

#[test]
fn wrong_usage_is_code_2_and_help_is_code_0() {
    let desk = Desk::new();
    for arguments in
        ["", "frobnicate", "diff", "diff a.sbk --reference ladder", "gate --config no.toml"]
    {
        let ran = desk.expect(2, arguments);
        assert!(ran.stdout.is_empty(), "{arguments}: {}", ran.stdout);
        assert!(!ran.stderr.is_empty(), "{arguments}");
    }
    for arguments in ["--help", "diff --help", "import lobster --help", "--version"] {
        let ran = desk.expect(0, arguments);
        assert!(!ran.stdout.is_empty() && ran.stderr.is_empty(), "{arguments}");
    }
}

#[test]
fn help_names_every_engine() {
    let desk = Desk::new();
    for command in ["diff", "replay", "scenario", "generate", "explain"] {
        let help = desk.expect(0, &format!("{command} --help")).stdout;
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(help.contains(": reference, ladder, or faulty:DEFECT"), "{command}: {help}");
    }
}

#[test]
fn an_engine_that_is_not_there_is_code_2_with_a_hint() {
    let desk = Desk::new();
    desk.write("small.jsonl", SMALL);
    for engine in ["laddr", "exec:engine", "faulty:crush"] {
        let ran = desk.expect(2, &format!("replay small.jsonl --engine {engine}"));
        let is_hinted = ["use reference, ladder", "faulty:list lists them"];
        let is_hinted = is_hinted.iter().any(|hint| ran.stderr.contains(hint));
        assert!(is_hinted, "{engine}: {}", ran.stderr);
    }
}

#[test]
fn what_an_engine_does_not_offer_is_code_2_before_the_run() {
    let desk = Desk::new();
    let stop = SMALL.replace(
        r#""order_type":"limit","price":"99""#,
        r#""order_type":"stop","trigger_price":"99""#,
    );
    desk.write("stop.jsonl", stop);
    let ran = desk
        .expect(2, "diff stop.jsonl --reference reference --candidate faulty:plain-orders-only");
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    for word in ["seq 2", "order_type stop", "faulty:plain-orders-only"] {
        assert!(ran.stderr.contains(word), "{word}: {}", ran.stderr);
    }
}

#[test]
fn json_on_standard_output_stands_there_alone() {
    let desk = Desk::new();
    desk.write("small.jsonl", SMALL);
    let ran = desk.expect(0, "diff small.jsonl --reference reference --candidate ladder --json -");
    let verdict: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON and no more");
    assert_eq!(verdict["verdict"], "pass");
    assert!(ran.stderr.contains("PASS"), "{}", ran.stderr);

    let ran = desk.expect(0, "diff small.jsonl --reference reference --candidate ladder --quiet");
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}

#[test]
fn nothing_is_coloured_unless_asked_for() {
    let desk = Desk::new();
    desk.write("small.jsonl", SMALL);
    let diff = "diff small.jsonl --reference reference --candidate ladder";
    assert!(!desk.expect(0, diff).stdout.contains('\u{1b}'));
    assert!(desk.expect(0, &format!("{diff} --color always")).stdout.contains('\u{1b}'));
}

#[test]
fn replay_writes_events_and_the_final_book() {
    let desk = Desk::new();
    desk.write("small.jsonl", SMALL);
    for engine in ["reference", "ladder"] {
        desk.expect(
            0,
            &format!("replay small.jsonl --engine {engine} --events e.jsonl --book b.jsonl"),
        );
        let events = r#"{"type":"accepted","seq":1,"instrument":"XBTUSD","order":1}
{"type":"accepted","seq":2,"instrument":"XBTUSD","order":2}
{"type":"fill","seq":2,"instrument":"XBTUSD","trade":1,"maker":1,"taker":2,"price":"100","quantity":"3","maker_open":"2","taker_open":"0"}
"#;
        assert_eq!(desk.text("e.jsonl"), events, "{engine}");
        let book = r#"{"type":"resting","instrument":"XBTUSD","side":"buy","price":"100","order":1,"account":0,"open":"2","displayed":"2"}
"#;
        assert_eq!(desk.text("b.jsonl"), book, "{engine}");
    }
}

#[test]
fn scenarios_pass_or_show_what_came_instead() {
    let desk = Desk::new();
    let text = "instrument XBTUSD tick 0.1 lot 1\n\nnew 1 buy 5 @ 100\n  accepted 1\n";
    desk.write("good.scenario", text);
    desk.write("bad.scenario", text.replace("accepted 1", "accepted 2"));
    desk.write("damaged.scenario", text.replace("buy", "bye"));
    for engine in ["reference", "ladder"] {
        desk.expect(0, &format!("scenario good.scenario --engine {engine}"));
        let ran = desk.expect(1, &format!("scenario good.scenario bad.scenario --engine {engine}"));
        assert!(ran.stdout.contains("- accepted 2") && ran.stdout.contains("+ accepted 1"));
        assert!(ran.stdout.contains("1 passed, 1 failed"), "{}", ran.stdout);
        let ran = desk.expect(4, &format!("scenario damaged.scenario --engine {engine}"));
        assert!(ran.stderr.contains("damaged.scenario: line 3"), "{}", ran.stderr);
    }
}
