//! A look at a spot: text, JSON, and what it says when there is nothing to be seen.

use serde_json::Value;

use crate::run::{Desk, SMALL, root};

/// Two orders of one price, a trade that takes a part of the older one, and one that takes more:
/// the second order of an instrument in between is of another one.
fn flow() -> String {
    let table = |symbol| {
        format!(
            r#"{{"type":"instrument","instrument":"{symbol}","tick":"0.1","lot":"1","matching":"price-time"}}"#
        )
    };
    let order = |seq: u64, symbol: &str, order: u64, side: &str, price: &str, quantity: u64| {
        format!(
            r#"{{"type":"new","seq":{seq},"time_ns":{seq},"instrument":"{symbol}","order":{order},"side":"{side}","order_type":"limit","price":"{price}","quantity":"{quantity}"}}"#
        )
    };
    let lines = [
        table("XBTUSD"),
        table("ETHUSD"),
        order(1, "XBTUSD", 1, "buy", "100", 5),
        order(2, "XBTUSD", 2, "buy", "100", 4),
        order(3, "ETHUSD", 1, "sell", "7", 1),
        order(4, "XBTUSD", 3, "sell", "100.5", 8),
        order(6, "XBTUSD", 4, "sell", "100", 2),
        order(7, "XBTUSD", 5, "sell", "100", 4),
        order(8, "ETHUSD", 2, "buy", "7", 1),
    ];
    lines.map(|line| line + "\n").concat()
}

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("flow.jsonl", flow());
    desk
}

const WRONG: &str = "--candidate faulty:partial-fill-to-tail";

/// Holds a text against a golden file; `UPDATE_EXPECT=1` writes it anew.
fn check(name: &str, found: &str) {
    let path = root().join("tests/cli/golden").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, found).expect("the golden file can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{name}: UPDATE_EXPECT=1 writes it anew");
}

#[test]
fn a_spot_reads_well() {
    let desk = desk();
    let ran = desk.expect(0, &format!("explain flow.jsonl --at 6 {WRONG}"));
    assert_eq!(ran.stderr, "");
    check("explain.txt", &ran.stdout);
    let alone = desk.expect(0, "explain flow.jsonl --at 6 --before 1 --after 0 --levels 1");
    check("explain-alone.txt", &alone.stdout);
    // Stepping through a pipe is reading all of it.
    let stepped = desk.expect(0, &format!("explain flow.jsonl --at 6 {WRONG} --step")).stdout;
    assert!(!stepped.contains('\x1b'), "{stepped:?}");
    assert_eq!(stepped.matches("book after").count(), 5, "{stepped}");
    let painted = desk.expect(0, &format!("explain flow.jsonl --at 6 {WRONG} --color always"));
    assert!(painted.stdout.contains("\x1b[31m     - bid"), "{:?}", painted.stdout);
    desk.expect(0, &format!("explain flow.jsonl --at 6 {WRONG} --quiet"));
}

#[test]
fn machines_read_the_same() {
    let desk = desk();
    desk.expect(0, &format!("explain flow.jsonl --at 6 {WRONG} --json e.json"));
    let found = desk.json("e.json");
    assert_eq!(found["schema"], "shadowbook/explain/1");
    assert_eq!((&found["at"], &found["has_before"]), (&Value::from(6), &Value::from(false)));
    let commands = found["commands"].as_array().expect("a list");
    let seqs: Vec<_> =
        commands.iter().map(|command| command["seq"].as_u64().unwrap_or(0)).collect();
    assert_eq!(seqs, [1, 2, 4, 6, 7], "those of the instrument");
    let spot = &commands[3];
    assert_eq!(spot["reference"], spot["candidate"]);
    assert_eq!(spot["different"], true);
    let told = &spot["differences"][0];
    assert_eq!(told, "the books part: queue at bid 100: reference 1 2; candidate 2 1");
    let orders = |whose: &str| -> Vec<u64> {
        let lines = spot["after"][whose].as_array().expect("book lines");
        lines.iter().map(|line| line["order"].as_u64().unwrap_or(0)).collect()
    };
    assert_eq!((orders("reference"), orders("candidate")), (vec![1, 2, 3], vec![2, 1, 3]));
    assert_eq!(spot["before"]["reference"], spot["before"]["candidate"]);
    desk.expect(0, "explain flow.jsonl --at 6 --json e.json");
    let alone = desk.json("e.json");
    assert_eq!(alone["candidate"], Value::Null);
    assert_eq!(alone["commands"][3]["candidate"], Value::Null);
    let stdout = desk.expect(0, "explain flow.jsonl --at 6 --step --json -").stdout;
    assert!(serde_json::from_str::<Value>(&stdout).is_ok(), "{stdout}");
}

#[test]
fn other_instruments_are_seen_when_asked_for() {
    let desk = desk();
    let seqs = |arguments: &str| -> Vec<u64> {
        desk.expect(0, &format!("explain flow.jsonl --at 6 {arguments} --json e.json"));
        let found = desk.json("e.json");
        let commands = found["commands"].as_array().expect("a list").clone();
        commands.iter().map(|command| command["seq"].as_u64().unwrap_or(0)).collect()
    };
    assert_eq!(seqs("--all"), [2, 3, 4, 6, 7, 8]);
    assert_eq!(seqs("--all --before 0 --after 1"), [6, 7]);
    assert_eq!(seqs("--instrument ETHUSD"), [3, 6, 8]);
    assert_eq!(desk.json("e.json")["commands"][1]["after"]["instrument"], "ETHUSD");
}

#[test]
fn a_seq_or_an_instrument_that_is_not_there_is_code_2() {
    let desk = desk();
    for (arguments, told) in [
        ("--at 5", "no command has seq 5: the nearest ones have seq 4 and 6"),
        ("--at 0", "no command has seq 0: the first one has seq 1"),
        ("--at 9", "no command has seq 9: the last one has seq 8"),
        ("--at 6 --instrument DOGE", "flow.jsonl has no instrument DOGE; it has XBTUSD, ETHUSD"),
    ] {
        let ran = desk.expect(2, &format!("explain flow.jsonl {arguments} --json e.json"));
        assert!(ran.stderr.contains(told) && ran.stdout.is_empty(), "{}", ran.stderr);
        assert_eq!(desk.json("e.json")["schema"], "shadowbook/error/1");
    }
    desk.expect(2, "explain flow.jsonl");
    desk.expect(4, "explain nope.jsonl --at 1");
    desk.write(
        "stop.jsonl",
        SMALL.replace(r#""limit","price":"99""#, r#""stop","trigger_price":"99""#),
    );
    desk.expect(2, "explain stop.jsonl --at 1 --reference faulty:plain-orders-only");
}

#[test]
fn a_candidate_that_dies_is_no_error() {
    let desk = Desk::new();
    desk.expect(0, "generate --profile mixed --commands 2000 -o m.sbk");
    let ran = desk.expect(0, "explain m.sbk --at 500 --all --candidate faulty:crash --json e.json");
    let told = "the candidate ends at this command";
    assert!(ran.stdout.lines().next().is_some_and(|line| line.ends_with(told)), "{}", ran.stdout);
    assert!(ran.stdout.contains("does not show its book, only events are compared"));
    assert!(ran.stdout.contains("the engine panicked"), "{}", ran.stdout);
    let found = desk.json("e.json");
    assert_eq!(found["ended"]["seq"], 500);
    assert_eq!(found["commands"][4]["candidate"], Value::Null);
    let after = desk.expect(0, "explain m.sbk --at 900 --candidate faulty:crash").stdout;
    assert!(after.contains("the candidate came to its end before"), "{after}");
    desk.expect(5, "explain m.sbk --at 900 --reference faulty:crash");
}

#[test]
fn a_look_begins_with_a_snapshot_that_is_given() {
    let desk = desk();
    desk.expect(0, "replay flow.jsonl --engine reference --snapshot end.sbs");
    let header: String = flow().lines().take(2).map(|line| format!("{line}\n")).collect();
    let next = r#"{"type":"cancel","seq":9,"time_ns":9,"instrument":"XBTUSD","order":3}"#;
    desk.write("next.jsonl", format!("{header}{next}\n"));
    for engines in ["", "--candidate ladder"] {
        let arguments =
            format!("explain next.jsonl --at 9 --restore end.sbs {engines} --json e.json");
        let ran = desk.expect(0, &arguments);
        assert!(ran.stdout.contains("restored    "), "{}", ran.stdout);
        assert!(ran.stdout.contains("canceled   order 3 (8): requested"), "{}", ran.stdout);
        let restored = &desk.json("e.json")["restored"];
        assert_eq!(
            (&restored["snapshot"], &restored["reference"]),
            (&"end.sbs".into(), &"natively".into())
        );
        assert_eq!(restored["candidate"].is_null(), engines.is_empty());
    }
}
