//! Captures made, looked into, damaged and cut.

use crate::run::{Desk, root};

/// Every kind of line there is, in the form that is written.
const LINES: &str = r#"{"type":"instrument","instrument":"XBTUSD","tick":"0.1","lot":"0.00000001","matching":"price-time"}
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

#[test]
fn json_lines_go_into_a_capture_and_come_out_the_same() {
    let desk = Desk::new();
    desk.write("in.jsonl", LINES);
    desk.expect(0, "import jsonl in.jsonl -o day.sbk");
    desk.expect(0, "verify day.sbk in.jsonl");
    desk.expect(0, "export day.sbk -o out.jsonl");
    assert_eq!(desk.text("out.jsonl"), LINES);
    let digest = |name: &str| {
        desk.expect(0, &format!("inspect {name} --json facts.json"));
        desk.json("facts.json")["facts"]["digest"].clone()
    };
    assert_eq!(digest("day.sbk"), digest("in.jsonl"));
}

#[test]
fn an_export_says_how_much_it_wrote() {
    let desk = Desk::new();
    desk.write("in.jsonl", LINES);
    desk.expect(0, "export in.jsonl -o out.jsonl --json out.json");
    let commands = LINES.matches("time_ns").count();
    let expected = serde_json::json!({
        "schema": "shadowbook/export/1",
        "capture": "in.jsonl",
        "torn": null,
        "commands": commands,
        "bytes": LINES.len(),
    });
    assert_eq!(desk.json("out.json"), expected);
    assert_eq!(desk.expect(0, "export in.jsonl --json out.json").stdout, LINES);
    assert_eq!(desk.json("out.json"), expected);
    let ran = desk.expect(0, "export in.jsonl -o out.jsonl --json -");
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON and no more");
    assert_eq!(shown, expected);
    for output in ["", "-o /dev/stdout"] {
        let ran = desk.expect(2, &format!("export in.jsonl {output} --json -"));
        assert!(ran.stderr.contains("standard output; use -o"), "{}", ran.stderr);
        assert!(ran.stdout.contains("shadowbook/error/1"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("time_ns"), "{}", ran.stdout);
    }
}

#[test]
fn inspect_finds_a_command_by_seq_and_by_time() {
    let desk = Desk::new();
    desk.write("in.jsonl", LINES);
    desk.expect(0, "import jsonl in.jsonl -o day.sbk");
    for arguments in ["--from-seq 6", "--from-time 1005"] {
        let ran = desk.expect(0, &format!("inspect day.sbk {arguments} --commands 1"));
        assert!(ran.stdout.contains(r#""seq":6,"#), "{}", ran.stdout);
        assert!(!ran.stdout.contains(r#""seq":5,"#) && !ran.stdout.contains(r#""seq":7,"#));
    }
}

#[test]
fn commands_stand_in_the_json_of_inspect() {
    let desk = Desk::new();
    desk.write("in.jsonl", LINES);
    for quiet in ["", "--quiet"] {
        let arguments = "inspect in.jsonl --from-seq 8 --commands 2 --json -";
        let ran = desk.expect(0, &format!("{arguments} {quiet}"));
        let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let expected: Vec<serde_json::Value> = LINES
            .lines()
            .skip(8)
            .map(|line| serde_json::from_str(line).expect("a line is JSON"))
            .collect();
        assert_eq!(report["commands"], serde_json::Value::Array(expected));
        assert!(!ran.stderr.contains("{"), "{}", ran.stderr);
    }
    let ran = desk.expect(0, "inspect in.jsonl --json -");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(report["commands"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_malformed_line_is_code_4_with_line_and_field() {
    for (right, wrong, told) in [
        (r#""seq":2"#, r#""seq":1"#, "line 3"),
        (r#""price":"43000.1""#, r#""price":"43000.15""#, "line 2, field `price`"),
        (
            r#""side":"buy","order_type":"limit","price":"43000.1""#,
            r#""side":"bye","order_type":"limit","price":"43000.1""#,
            "line 2, field `side`",
        ),
        (r#""type":"time""#, r#""type":"tame""#, "line 7"),
        (r#""order":101}"#, r#""order":101,"odrer":1}"#, "odrer"),
        (r#""instrument":"XBTUSD","order":102"#, r#""instrument":"XBTEUR","order":102"#, "XBTEUR"),
    ] {
        let desk = Desk::new();
        let damaged = LINES.replacen(right, wrong, 1);
        assert_ne!(damaged, LINES, "{right}");
        desk.write("in.jsonl", damaged);
        let ran = desk.expect(4, "import jsonl in.jsonl -o day.sbk");
        assert!(ran.stderr.contains("in.jsonl"), "{}", ran.stderr);
        assert!(ran.stderr.contains(told), "{wrong}: {}", ran.stderr);
    }
}

#[test]
fn a_flipped_bit_is_code_4() {
    let desk = Desk::new();
    desk.expect(0, "generate --profile recorded-like --commands 3000 -o day.sbk");
    desk.expect(0, "verify day.sbk");
    let bytes = desk.read("day.sbk");
    for position in [9, bytes.len() / 2, bytes.len() - 9] {
        let mut damaged = bytes.clone();
        damaged[position] ^= 4;
        desk.write("damaged.sbk", damaged);
        let ran = desk.expect(4, "verify damaged.sbk");
        assert!(ran.stdout.contains("DAMAGED"), "byte {position}: {}", ran.stdout);
    }
}

#[test]
fn what_is_no_capture_is_code_4() {
    let desk = Desk::new();
    desk.write("empty", "");
    desk.write("noise", [0xff, 0, 7, 250]);
    for name in ["empty", "noise", "missing"] {
        let ran = desk.expect(4, &format!("diff {name} --reference reference --candidate ladder"));
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
    }
}

#[test]
fn a_malformed_feed_is_code_4_with_its_place() {
    let desk = Desk::new();
    let rows = "34200.1,1,11,21,2238100,1\n34200.2,9,11,21,2238100,1\n";
    desk.write("T_2012-06-21_34200000_57600000_message_5.csv", rows);
    let book = "2239500,100,2238100,21,9999999999,0,-9999999999,0,9999999999,0,-9999999999,0,\
                9999999999,0,-9999999999,0,9999999999,0,-9999999999,0\n";
    desk.write("book.csv", book.repeat(2));
    let ran = desk.expect(
        4,
        "import lobster T_2012-06-21_34200000_57600000_message_5.csv book.csv -o day.sbk",
    );
    assert!(ran.stderr.contains("line 2"), "{}", ran.stderr);

    desk.write("cut.itch", [0, 12, b'S', 0, 0]);
    let ran = desk.expect(4, "import itch50 cut.itch -o day.sbk");
    assert!(ran.stderr.contains("offset"), "{}", ran.stderr);
}

#[test]
fn a_capture_does_not_say_where_its_profile_lay() {
    let desk = Desk::new();
    let profile = root().join("replay-data/workload/profiles/mixed.toml");
    let own = desk.path("own.toml");
    std::fs::copy(profile, &own).expect("the profile can be copied");
    desk.expect(0, &format!("generate --profile {} --commands 9 -o a.sbk", own.display()));
    desk.expect(0, "inspect a.sbk --json facts.json");
    let origin = desk.json("facts.json")["origin"].clone();
    let origin = origin.as_str().expect("it was generated");
    assert!(origin.contains("\nprofile own.toml seed 1 commands 9"), "{origin}");
}

#[test]
fn the_same_seed_makes_the_same_capture() {
    let desk = Desk::new();
    for name in ["a.sbk", "b.sbk"] {
        desk.expect(0, &format!("generate --profile mixed --seed 9 --commands 2000 -o {name}"));
    }
    assert_eq!(desk.read("a.sbk"), desk.read("b.sbk"));
    let ran = desk.expect(2, "generate --profile mixd -o c.sbk");
    assert!(ran.stderr.contains("deep-book"), "{}", ran.stderr);
}
