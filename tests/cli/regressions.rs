//! What was found once and is replayed ever after.

use std::fs;

use serde_json::Value;
use shadowbook_scenario::parse;

use crate::run::{Desk, Ran, SMALL, root, run_in};

/// A fill-or-kill order that finds too little.
const KILLED: &str = "# A fill-or-kill order that finds too little trades nothing
instrument X tick 1 lot 1

new 1 sell 3 @ 100
  accepted 1
new 2 buy 5 @ 100 fok
  accepted 2
  canceled 2 open 5 fok
book
  sell 100: 1 x 3
";

/// A folder with a gate of a capture in which nobody does anything rare.
fn desk(candidate: &str) -> Desk {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    let engines = format!("reference = \"reference\"\ncandidate = \"{candidate}\"\n");
    desk.write("shadowbook.toml", format!("{engines}[[capture]]\npath = \"x.jsonl\"\n"));
    fs::create_dir(desk.path("regressions")).expect("a folder can be made");
    desk
}

/// What the gate says of regressions, and all that it says.
fn gate(desk: &Desk, code: i32) -> (Value, Ran) {
    let ran = desk.expect(code, "gate --json gate.json");
    let report = desk.json("gate.json");
    assert_eq!(report["exit_code"], code);
    assert_eq!(report["captures"][0]["verdict"], "pass", "what is kept is no capture");
    (report["regressions"].clone(), ran)
}

#[test]
fn a_gate_without_regressions_says_so() {
    let desk = desk("ladder");
    let (regressions, ran) = gate(&desk, 0);
    assert_eq!((&regressions["count"], &regressions["list"]), (&0.into(), &Value::Array(vec![])));
    assert!(ran.stdout.ends_with("1 of 1 captures passed, no regressions\n"), "{}", ran.stdout);
    fs::remove_dir(desk.path("regressions")).expect("it is empty");
    assert_eq!(gate(&desk, 0).0, regressions);
}

#[test]
fn a_candidate_that_diverges_on_a_regression_fails_the_gate() {
    let desk = desk("ladder");
    desk.write("regressions/b-killed.scenario", KILLED);
    desk.write("regressions/a-small.jsonl", SMALL);
    desk.write("regressions/README.md", "What was found.");
    desk.write("regressions/.hidden", "");
    let (regressions, ran) = gate(&desk, 0);
    assert!(ran.stdout.contains("2 of 2 regressions passed"), "{}", ran.stdout);
    let paths: Vec<&Value> =
        regressions["list"].as_array().into_iter().flatten().map(|entry| &entry["path"]).collect();
    assert_eq!(paths, ["regressions/a-small.jsonl", "regressions/b-killed.scenario"]);

    let config = desk.text("shadowbook.toml").replace("ladder", "faulty:fok-partial");
    desk.write("shadowbook.toml", config);
    let (regressions, ran) = gate(&desk, 1);
    assert_eq!(regressions["failed"], serde_json::json!(["regressions/b-killed.scenario"]));
    let found = &regressions["list"][1];
    assert_eq!((&found["verdict"], &found["exit_code"]), (&"fail".into(), &1.into()));
    assert_eq!(found["signature"], "events/new/canceled.fok>fill");
    let reason = found["reasons"][0].as_str().expect("a reason");
    assert!(
        reason.starts_with("regressions/b-killed.scenario: the candidate diverges"),
        "{reason}"
    );
    assert!(ran.stdout.contains("capture     regressions/b-killed.scenario"), "{}", ran.stdout);
    assert!(ran.stdout.contains("GATE FAIL"), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 of 2 regressions passed"), "{}", ran.stdout);
}

#[test]
fn a_reference_that_answers_otherwise_than_expected_gives_no_verdict() {
    let wrong_event = KILLED.replace("open 5 fok", "open 4 fok");
    let wrong_book = KILLED.replace("1 x 3", "1 x 2");
    let mut wrong_lines = SMALL.to_owned();
    wrong_lines += r#"{"type":"recorded","seq":2,"events":[]}"#;
    for (name, text, told) in [
        ("x.scenario", wrong_event, "- canceled 2 open 4 fok"),
        ("x.scenario", wrong_book, "- sell 100: 1 x 2"),
        ("x.jsonl", wrong_lines, "+ fill 3 @ 100 maker 1 taker 2 open 2 / 0"),
    ] {
        let desk = desk("ladder");
        desk.write(&format!("regressions/{name}"), text);
        let (regressions, ran) = gate(&desk, 3);
        assert!(ran.stdout.contains(told), "{told}: {}", ran.stdout);
        let found = &regressions["list"][0];
        assert_eq!((&found["verdict"], &found["exit_code"]), (&"inconclusive".into(), &3.into()));
        assert_eq!(regressions["failed"], Value::Array(Vec::new()), "the candidate does the same");
        assert!(found["reasons"][0].as_str().is_some_and(|reason| reason.contains(name)));
    }
}

#[test]
fn what_cannot_be_read_is_code_4_and_the_others_are_replayed() {
    for (name, text, told) in [
        ("x.scenario", "instrument X tick 1 lot 1\n\nnew 1 buy 5 @ 0.5\n", "line 3, field `price`"),
        ("x.scenario", "instrument X tick 1 lot 1\n", "it holds no command"),
        ("x.jsonl", "{\"type\":\"new\"}", "x.jsonl: line 1"),
        ("x.sbk", "", "a regression is a .scenario or a .jsonl file"),
    ] {
        let desk = desk("ladder");
        desk.write("regressions/good.scenario", KILLED);
        desk.write(&format!("regressions/{name}"), text);
        let (regressions, ran) = gate(&desk, 4);
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
        assert!(ran.stderr.contains(name), "{}", ran.stderr);
        assert_eq!((&regressions["count"], &regressions["passed"]), (&2.into(), &1.into()));
        let failures = desk.json("gate.json")["failures"].to_string();
        assert!(failures.contains(told.split('`').next().unwrap_or_default()), "{failures}");
    }
    let desk = desk("ladder");
    fs::remove_dir(desk.path("regressions")).expect("it is empty");
    desk.write("regressions", "a file");
    desk.expect(4, "gate --json gate.json");
    assert_eq!(desk.json("gate.json")["exit_code"], 4);
}

#[test]
fn a_regression_that_asks_for_what_an_engine_does_not_offer_is_code_2() {
    let desk = desk("faulty:plain-orders-only");
    desk.write("regressions/a-stop.scenario", KILLED.to_owned() + "new 3 sell stop 1 trigger 90\n");
    let (_, ran) = gate(&desk, 2);
    assert!(ran.stderr.contains("a-stop.scenario: seq 3 asks"), "{}", ran.stderr);
}

#[test]
fn a_result_is_not_written_over_a_regression() {
    let desk = desk("ladder");
    desk.write("regressions/x.scenario", KILLED);
    desk.expect(2, "gate --json regressions/x.scenario");
    assert_eq!(desk.text("regressions/x.scenario"), KILLED);
}

/// The project's own: every file says what it is, is written as there is one way to, and is
/// answered by both engines as it stands there.
#[test]
fn the_projects_own_regressions_are_canonical_and_clean() {
    let root = root();
    let entries = fs::read_dir(root.join("regressions")).expect("the folder is there");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    assert!(paths.len() >= 3, "{paths:?}");
    for path in &paths {
        let text = fs::read_to_string(path).expect("it is text");
        let name = path.display();
        assert!(text.starts_with("# ") && text.contains("\n# found "), "{name} says what it is");
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("scenario") => {
                assert_eq!(parse(&text).expect("a scenario").to_string(), text, "{name}");
                for engine in ["reference", "ladder"] {
                    let ran = run_in(&root, &format!("scenario {name} --engine {engine}"));
                    assert_eq!(ran.code, 0, "{}", ran.stdout);
                }
            }
            Some("jsonl") => {
                let lines = run_in(&root, &format!("export {name}")).stdout;
                let is_comment = |line: &&str| line.starts_with('#');
                let heading = text.split_inclusive('\n').take_while(is_comment);
                assert_eq!(heading.collect::<String>() + &lines, text, "{name}");
                // Natively, and by commands: one of them cannot be set to a state.
                for engines in ["ladder --candidate reference", "faulty:hang --candidate ladder"] {
                    let diff = format!("diff {name} --reference {engines} --recorded-min 0");
                    let ran = run_in(&root, &format!("{diff} --allow-no-state"));
                    assert_eq!(ran.code, 0, "{}", ran.stdout);
                }
            }
            _ => panic!("{name} is no regression"),
        }
    }
    let ran = run_in(&root, "gate");
    let passed = format!("{0} of {0} regressions passed", paths.len());
    assert!(ran.stdout.contains(&passed), "{}", ran.stdout);
}
