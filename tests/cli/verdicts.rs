//! The main job: verdicts and their exit codes.

use serde_json::Value;

use crate::run::{Desk, ENGINES, SMALL, root, run_in};

#[test]
fn the_gate_passes_on_the_shipped_captures() {
    let ran = run_in(&root(), "gate");
    assert_eq!(ran.code, 0, "{}\n{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("GATE PASS"), "{}", ran.stdout);
}

/// A verdict without the two parts that may differ from run to run.
fn without_times(mut verdict: Value) -> Value {
    for part in ["run", "latency"] {
        verdict.as_object_mut().expect("an object").remove(part).expect("it always stands");
    }
    verdict
}

#[test]
fn the_same_input_gives_the_same_verdict_file() {
    let desk = Desk::new();
    desk.expect(0, "generate --profile mixed --commands 30000 --recorded-by reference -o day.sbk");
    let verdict = || {
        desk.expect(0, "diff day.sbk --reference reference --candidate ladder --json v.json");
        without_times(desk.json("v.json"))
    };
    let first = verdict();
    assert_eq!(first, verdict());
    assert_eq!(first["state"]["checkpoints"], 4, "every 10,000 commands and at the end");
    assert_eq!(first["divergences"]["roots"], 0);
    assert!(first["recorded"]["exact"].as_u64().expect("a count") > 100);
    assert_eq!(first["recorded"]["different"], 0);
}

#[test]
fn a_recording_that_the_reference_does_not_reproduce_is_inconclusive() {
    let lines = r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}
{"type":"new","seq":1,"time_ns":1,"instrument":"X","order":1,"side":"buy","order_type":"limit","price":"100","quantity":"5"}
{"type":"new","seq":2,"time_ns":1,"instrument":"X","order":2,"side":"buy","order_type":"limit","price":"100","quantity":"5"}
{"type":"new","seq":3,"time_ns":2,"instrument":"X","order":3,"side":"sell","order_type":"limit","price":"100","quantity":"5","time_in_force":"ioc"}
{"type":"recorded","seq":3,"fills":[{"maker":2,"price":"100","quantity":"5"}]}
"#;
    let desk = Desk::new();
    desk.write("day.jsonl", lines);
    let diff = "diff day.jsonl --reference reference --candidate ladder --json v.json";
    let ran = desk.expect(3, diff);
    assert!(ran.stdout.contains("INCONCLUSIVE"), "{}", ran.stdout);
    let verdict = desk.json("v.json");
    assert_eq!(verdict["recorded"]["price_quantity"], 1);
    assert_eq!(verdict["exit_code"], 3);
    desk.expect(0, &format!("{diff} --recorded-min 0"));
}

#[test]
fn a_capture_of_which_no_engine_received_a_command_is_inconclusive() {
    let lines = r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}
{"type":"new","seq":1,"time_ns":1,"instrument":"X","order":1,"side":"buy","order_type":"limit","price":"100","quantity":"5"}
{"type":"recorded","seq":1,"events":[{"type":"rejected","seq":1,"instrument":"X","command":"new","order":1,"reason":"external"}]}
"#;
    let desk = Desk::new();
    desk.write("day.jsonl", lines);
    let ran = desk.expect(3, "diff day.jsonl --reference reference --candidate ladder");
    assert!(ran.stdout.contains("refused outside matching"), "{}", ran.stdout);
}

#[test]
fn a_share_that_was_asked_for_needs_something_recorded() {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    let diff = format!("diff x.jsonl {ENGINES}");
    let ran = desk.expect(0, &diff);
    assert!(ran.stdout.contains("recorded    nothing:"), "{}", ran.stdout);
    desk.expect(0, &format!("{diff} --recorded-min 0"));
    let ran = desk.expect(3, &format!("{diff} --recorded-min 0.99"));
    assert!(ran.stdout.starts_with("INCONCLUSIVE: nothing is recorded"), "{}", ran.stdout);
    let gate = |all: &str, this: &str| {
        let engines = "reference = \"reference\"\ncandidate = \"ladder\"\n";
        let config = format!("{engines}{all}\n[[capture]]\npath = \"x.jsonl\"\n{this}\n");
        desk.write("shadowbook.toml", config);
        desk.run("gate").code
    };
    let asked = "recorded_min = \"0.99\"";
    assert_eq!((gate(asked, ""), gate("", asked)), (0, 3), "what all share is a default");
}

#[test]
fn a_gate_says_the_worst_of_its_captures() {
    let desk = Desk::new();
    desk.expect(0, "generate --profile mixed --commands 2000 -o good.sbk");
    desk.write("bad.sbk", "no capture");
    let gate = |captures: &str| {
        let config = format!("reference = \"reference\"\ncandidate = \"ladder\"\n{captures}");
        desk.write("shadowbook.toml", config);
        desk.run("gate --json gate.json").code
    };
    let (good, bad) = ("[[capture]]\npath = \"good.sbk\"\n", "[[capture]]\npath = \"bad.sbk\"\n");
    assert_eq!(gate(good), 0);
    assert_eq!(desk.json("gate.json")["verdict"], "pass");
    assert_eq!(gate(&format!("{bad}{good}")), 4);
    let report = desk.json("gate.json");
    assert_eq!(report["captures"][1]["verdict"], "pass", "the good one was still run");
    assert_eq!(report["failures"].as_array().map(Vec::len), Some(1));
    assert_eq!(gate("capture = []\n"), 2);
    assert_eq!(gate(&good.replace("path", "paht")), 2);
}
