//! The allowlist: what is expected to diverge, for how long and how often.

use std::fmt::Write as _;

use serde_json::Value;

use crate::run::{Desk, Ran};

const DOUBLED: &str = "--reference reference --candidate faulty:doubled-report";

/// An entry that covers a fill that is reported once more, and what is changed in it.
fn entry(changes: &[(&str, &str)]) -> String {
    let mut table = r#"
[[allow]]
signature = "extra-event/new/fill"
instrument = "X"
reason = "the gateway takes out what is doubled"
owner = "matching"
ticket = "EX-1"
expires = "2027-01-31"
at_most = 2
"#
    .to_owned();
    for (from, to) in changes {
        assert!(table.contains(from), "{from}");
        table = table.replacen(from, to, 1);
    }
    table
}

/// A configuration over these captures, with these tables behind.
fn config(captures: &[&str], tables: &str) -> String {
    let mut text = "reference = \"reference\"\ncandidate = \"faulty:doubled-report\"\n".to_owned();
    for capture in captures {
        writeln!(text, "[[capture]]\npath = \"{capture}\"").expect("a text grows");
    }
    text + tables
}

/// A desk with a capture of so many trades, one after the other.
fn desk(trades: u64) -> Desk {
    let mut lines = concat!(
        r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}"#,
        "\n"
    )
    .to_owned();
    for trade in 1..=trades {
        for (seq, side, rest) in
            [(2 * trade - 1, "sell", ""), (2 * trade, "buy", r#","time_in_force":"ioc""#)]
        {
            writeln!(
                lines,
                r#"{{"type":"new","seq":{seq},"time_ns":{seq},"instrument":"X","order":{seq},"side":"{side}","order_type":"limit","price":"100","quantity":"2"{rest}}}"#
            )
            .expect("a text grows");
        }
    }
    let desk = Desk::new();
    desk.write("day.jsonl", lines);
    desk
}

/// Runs `diff` with these tables on a day before the entry expires.
fn diff(desk: &Desk, code: i32, tables: &str, rest: &str) -> (Ran, Value) {
    desk.write("allow.toml", config(&["day.jsonl"], tables));
    let today = if rest.contains("--today") { "" } else { "--today 2027-01-01" };
    let command = format!("diff day.jsonl {DOUBLED} --config allow.toml --json v.json");
    let ran = desk.expect(code, &format!("{command} {today} {rest}"));
    (ran, desk.json("v.json"))
}

/// The states of all entries.
fn states(verdict: &Value) -> Vec<&str> {
    let entries = verdict["allowed"]["entries"].as_array().expect("a list");
    entries.iter().map(|entry| entry["state"].as_str().expect("a word")).collect()
}

#[test]
fn what_is_allowed_is_counted_and_no_fail() {
    let desk = desk(40);
    let (ran, verdict) = diff(&desk, 1, "", "");
    assert!(!ran.stdout.contains("  allowed"), "nothing is: {}", ran.stdout);
    assert_ne!(verdict["divergences"]["roots"], 0);
    let (ran, verdict) = diff(&desk, 0, &entry(&[]), "");
    assert!(ran.stdout.starts_with("PASS"), "{}", ran.stdout);
    let told = "2: 2 of 2 by EX-1 (matching, until 2027-01-31)";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    assert_eq!(verdict["divergences"]["roots"], 0);
    assert_eq!(verdict["divergences"]["list"], Value::Array(Vec::new()));
    assert_eq!(verdict["warnings"], Value::Array(Vec::new()));
    assert_eq!(verdict["audit"]["candidate"], 0);
    assert!(verdict["audit"]["allowed"].as_u64() > Some(0), "{}", verdict["audit"]);
    let allowed = serde_json::json!({"total": 2, "entries": [{
        "owner": "matching", "ticket": "EX-1", "expires": "2027-01-31", "at_most": 2,
        "reason": "the gateway takes out what is doubled",
        "count": 2, "first_seq": 32, "state": "used",
    }]});
    assert_eq!(verdict["allowed"], allowed);
    for resync in ["stop", "continue"] {
        diff(&desk, 0, &entry(&[]), &format!("--resync {resync}"));
        diff(&desk, 0, &entry(&[]), &format!("--resync {resync} --no-audit"));
    }
}

#[test]
fn what_an_entry_covers_counts_once_it_expired() {
    let desk = desk(40);
    diff(&desk, 0, &entry(&[]), "--today 2027-01-31");
    let (ran, verdict) = diff(&desk, 1, &entry(&[]), "--today 2027-02-01");
    let told = "entry 1 of the allowlist (EX-1, matching) expired on 2027-01-31: what it covers";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    assert_eq!(verdict["divergences"]["roots"], 2);
    assert_eq!(verdict["divergences"]["list"].as_array().map(Vec::len), Some(2));
    assert_eq!((states(&verdict), &verdict["allowed"]["total"]), (vec!["expired"], &0.into()));
    assert!(verdict["audit"]["candidate"].as_u64() > Some(0), "{}", verdict["audit"]);
    assert_eq!(verdict["bugs"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_an_entry_covers_counts_once_it_is_too_much() {
    let desk = desk(40);
    let (ran, verdict) = diff(&desk, 1, &entry(&[("at_most = 2", "at_most = 1")]), "");
    assert!(ran.stdout.contains("covers 2, at most 1 are allowed: all"), "{}", ran.stdout);
    assert_eq!(verdict["divergences"]["roots"], 2);
    assert_eq!(states(&verdict), ["exceeded"]);
}

#[test]
fn the_first_entry_that_covers_it_has_it() {
    let desk = desk(40);
    let first = entry(&[("instrument = \"X\"", "seq_to = 32")]);
    let (_, verdict) = diff(&desk, 0, &format!("{first}{}", entry(&[])), "");
    assert_eq!(verdict["allowed"]["entries"][0]["count"], 1);
    assert_eq!(verdict["allowed"]["entries"][1]["count"], 1);
    assert_eq!(verdict["allowed"]["entries"][1]["first_seq"], 64);
}

#[test]
fn an_entry_that_covers_nothing_is_told() {
    let desk = desk(40);
    let other = entry(&[("\"X\"", "\"Y\"")]);
    let both = format!("{}{other}", entry(&[]));
    let (ran, verdict) = diff(&desk, 0, &both, "");
    let told = "warning: entry 2 of the allowlist (EX-1, matching) covers nothing";
    assert!(ran.stdout.contains(told), "{}", ran.stdout);
    assert_eq!(states(&verdict), ["used", "unused"]);
    let (ran, verdict) = diff(&desk, 1, &both, "--strict-allow");
    assert!(ran.stdout.starts_with("FAIL: entry 2 of the allowlist"), "{}", ran.stdout);
    assert_eq!(verdict["verdict"], "fail");
    diff(&desk, 0, &entry(&[]), "--strict-allow");
    // What it names is not what differs.
    diff(&desk, 1, &other, "");
    diff(&desk, 1, &entry(&[("signature", "event = \"canceled\"\nsignature")]), "");
    diff(&desk, 1, &entry(&[("signature", "order_type = \"market\"\nsignature")]), "");
    diff(&desk, 0, &entry(&[("signature", "order_type = \"limit\"\nsignature")]), "");
}

#[test]
fn an_entry_that_cannot_be_understood_is_a_wrong_configuration() {
    let desk = desk(1);
    for (from, to, told) in [
        ("owner = \"matching\"", "", "[[allow]] table 2: owner: it is missing"),
        ("2027-01-31", "2027-01-32", "[[allow]] table 2: expires = \"2027-01-32\": not a day"),
        ("owner", "onwer", "[[allow]] table 2: unknown field `onwer`"),
        ("at_most = 2", "at_most = 2\nfor_ever = true", "table 2: unknown field `for_ever`"),
    ] {
        let tables = format!("{}{}", entry(&[]), entry(&[(from, to)]));
        let (ran, verdict) = diff(&desk, 2, &tables, "");
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
        assert_eq!(verdict["exit_code"], 2);
        desk.write("shadowbook.toml", config(&["day.jsonl"], &tables));
        let ran = desk.expect(2, "gate");
        assert!(ran.stderr.contains(told), "{}", ran.stderr);
    }
}

#[test]
fn another_divergence_is_no_less_a_fail() {
    let desk = desk(40);
    desk.write("allow.toml", config(&["day.jsonl"], &entry(&[])));
    let diff = "diff day.jsonl --reference reference --config allow.toml --today 2027-01-01 \
                --json v.json --candidate";
    desk.expect(1, &format!("{diff} faulty:lost-report"));
    let verdict = desk.json("v.json");
    assert_eq!((states(&verdict), &verdict["divergences"]["roots"]), (vec!["unused"], &2.into()));
}

#[test]
fn books_that_differ_are_never_a_pass() {
    let desk = Desk::new();
    let line = |seq: u64, rest: &str| {
        format!(
            r#"{{"type":"new","seq":{seq},"time_ns":{seq},"instrument":"X","order":{seq},"order_type":"limit","price":"100",{rest}}}"#
        )
    };
    let sell = r#""side":"sell","quantity":"5""#;
    let buy = r#""side":"buy","quantity":"2","time_in_force":"ioc""#;
    let table =
        r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}"#;
    let lines = [table.to_owned(), line(1, sell), line(2, sell), line(3, buy)];
    desk.write("day.jsonl", lines.join("\n") + "\n");
    let tables = entry(&[("extra-event/new/fill", "state/new/*")]);
    desk.write("allow.toml", config(&["day.jsonl"], &tables));
    let diff = |code: i32, resync: &str| {
        let command = "diff day.jsonl --reference reference --candidate \
                       faulty:partial-fill-to-tail --today 2027-01-01 --json v.json";
        let ran = desk.expect(code, &format!("{command} --resync {resync}"));
        assert_eq!(desk.json("v.json")["divergences"]["roots"], 1, "{}", ran.stdout);
        let ran = desk.expect(3, &format!("{command} --resync {resync} --config allow.toml"));
        (ran, desk.json("v.json"))
    };
    // Where something is expected books are set right, whatever else is asked for.
    for resync in ["restore", "stop"] {
        let (ran, verdict) = diff(1, resync);
        assert!(ran.stdout.contains("was set from the reference's once"), "{}", ran.stdout);
        let resyncs = &verdict["divergences"]["resyncs"];
        assert_eq!((states(&verdict), resyncs), (vec!["used"], &1.into()), "{resync}");
    }
}

#[test]
fn a_candidate_that_died_is_never_allowed() {
    let desk = desk(300);
    let everything = entry(&[("signature = \"extra-event/new/fill\"\n", "")]);
    desk.write("allow.toml", config(&["day.jsonl"], &everything));
    let diff = "diff day.jsonl --reference reference --candidate faulty:crash --config allow.toml \
                --today 2027-01-01 --max-reruns 3 --json v.json";
    let ran = desk.expect(1, diff);
    assert!(ran.stdout.starts_with("FAIL: the candidate crashed"), "{}", ran.stdout);
    assert_eq!(desk.json("v.json")["allowed"]["total"], 0);
}

#[test]
fn a_gate_asks_all_its_captures_what_an_entry_covers() {
    let desk = desk(40);
    desk.write(
        "quiet.jsonl",
        desk.text("day.jsonl").lines().take(5).fold(String::new(), |text, line| text + line + "\n"),
    );
    let gate = |code: i32, captures: &[&str], rest: &str| {
        desk.write("shadowbook.toml", config(captures, &entry(&[])));
        let ran = desk.expect(code, &format!("gate --today 2027-01-01 --json g.json {rest}"));
        (ran, desk.json("g.json"))
    };
    let (_, report) = gate(0, &["quiet.jsonl", "day.jsonl"], "--strict-allow");
    assert_eq!(report["warnings"], Value::Array(Vec::new()));
    assert_eq!(report["captures"][0]["allowed"]["entries"][0]["state"], "unused");
    assert_eq!(report["captures"][1]["allowed"]["total"], 2);
    let (ran, report) = gate(0, &["quiet.jsonl"], "");
    assert!(ran.stdout.contains("covers nothing in any capture"), "{}", ran.stdout);
    assert_eq!(report["warnings"].as_array().map(Vec::len), Some(1));
    let (_, report) = gate(1, &["quiet.jsonl"], "--strict-allow");
    assert_eq!(
        (&report["verdict"], report["reasons"].as_array().map(Vec::len)),
        (&"fail".into(), Some(1))
    );
    desk.write("shadowbook.toml", format!("resync = \"never\"\n{}", config(&["day.jsonl"], "")));
    let ran = desk.expect(2, "gate");
    assert!(ran.stderr.contains("resync = \"never\": expected stop, restore or"), "{}", ran.stderr);
}
