//! Runs without a result: why, on standard error and in the file that machines read.

use serde_json::Value;

use crate::run::{Desk, SMALL};

const CONFIG: &str = "reference = \"reference\"\ncandidate = \"faulty:plain-orders-only\"\n";
/// The candidate is right in what it takes, and offers no orders with a trigger.
const ENGINES: &str = "--reference reference --candidate faulty:plain-orders-only";

/// A folder with good and bad captures, and a verdict of yesterday.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    desk.write_damaged("dam.sbk");
    desk.write("stop.jsonl", stop());
    desk
}

/// A capture that asks for what the candidate does not offer.
fn stop() -> String {
    let limit = r#""order_type":"limit","price":"99""#;
    SMALL.replace(limit, r#""order_type":"stop","trigger_price":"99""#)
}

#[test]
fn whatever_has_no_result_says_why_however_quiet_it_is() {
    let desk = desk();
    desk.write("gate.toml", format!("{CONFIG}[[capture]]\npath = \"dam.sbk\"\n"));
    for (code, arguments) in [
        (4, format!("diff dam.sbk {ENGINES}")),
        (4, format!("diff nope.sbk {ENGINES}")),
        (2, format!("diff stop.jsonl {ENGINES}")),
        (4, "gate --config gate.toml".to_owned()),
        (4, "verify x.jsonl dam.sbk".to_owned()),
        (4, "verify nope.sbk".to_owned()),
        (4, "replay dam.sbk --engine ladder".to_owned()),
        (2, "replay stop.jsonl --engine faulty:plain-orders-only".to_owned()),
        (4, "export dam.sbk -o out.jsonl".to_owned()),
        (4, "inspect nope.sbk".to_owned()),
    ] {
        let name = arguments.split(' ').find(|word| word.contains('.') && *word != "x.jsonl");
        let name = name.expect("every command reads a file").replace("gate.toml", "dam.sbk");
        for arguments in [format!("{arguments} --quiet"), arguments] {
            let ran = desk.expect(code, &arguments);
            assert!(ran.stderr.contains(&name), "{arguments}: {:?}", ran.stderr);
            let is_quiet = arguments.ends_with("--quiet");
            assert!(!is_quiet || ran.stdout.is_empty(), "{arguments}: {}", ran.stdout);
            assert_eq!(ran.stderr.matches(&name).count(), 1, "said once: {}", ran.stderr);
        }
    }
}

#[test]
fn a_verdict_file_is_never_yesterdays() {
    let desk = desk();
    let today = |code: i32, arguments: &str| -> Value {
        desk.expect(0, &format!("diff x.jsonl {ENGINES} --json v.json"));
        assert_eq!(desk.json("v.json")["verdict"], "pass");
        desk.expect(code, &format!("{arguments} --json v.json"));
        let to_file = desk.json("v.json");
        let ran = desk.expect(code, &format!("{arguments} --json -"));
        let to_stdout: Value = serde_json::from_str(&ran.stdout).expect("JSON and no more");
        assert_eq!(to_file["exit_code"], to_stdout["exit_code"]);
        assert_eq!(to_file["exit_code"], code, "{arguments}");
        to_file
    };
    for (code, name) in [(4, "nope.sbk"), (4, "dam.sbk"), (2, "stop.jsonl")] {
        let verdict = today(code, &format!("diff {name} {ENGINES}"));
        assert_eq!(verdict["schema"], "shadowbook/verdict/1");
        assert_eq!(verdict["verdict"], "inconclusive");
        assert_eq!(verdict["capture"]["path"], name);
        assert_eq!(verdict["divergences"]["roots"], 0);
        assert_eq!(verdict["state"]["mismatches"], 0);
        let reason = verdict["reasons"][0].as_str().expect("a reason");
        assert!(reason.contains(name), "{reason}");
    }
    desk.write("broken.toml", CONFIG);
    let report = today(2, "gate --config broken.toml");
    assert_eq!(report["schema"], "shadowbook/gate/1");
    assert_eq!(report["verdict"], "inconclusive");
    assert_eq!(report["failures"].as_array().map(Vec::len), Some(1));
    for (code, arguments) in [
        (4, "replay dam.sbk --engine ladder"),
        (2, "replay stop.jsonl --engine faulty:plain-orders-only"),
        (4, "inspect nope.sbk"),
        (4, "export dam.sbk -o out.jsonl"),
        (4, "import jsonl nope.jsonl -o out.sbk"),
        (2, "generate --profile nope -o out.sbk"),
        (4, "scenario nope.scenario --engine ladder"),
        (2, "diff x.jsonl --refrence ladder"),
    ] {
        let report = today(code, arguments);
        assert_eq!(report["schema"], "shadowbook/error/1", "{arguments}");
        assert!(report["error"].as_str().is_some_and(|error| !error.is_empty()), "{report}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_leaves_no_older_result() {
    let desk = desk();
    desk.write(
        "v.json",
        "{\n  \"schema\": \"shadowbook/verdict/1\",\n  \"verdict\": \"pass\"\n}\n",
    );
    for name in ["events", "book"] {
        crate::run::make_fifo(&desk, name);
    }
    let run = "replay x.jsonl --engine ladder --events events --book book --json v.json";
    let mut child = desk.command(run).spawn().expect("the binary runs");
    // It has begun when it opens its events, and then waits for somebody to read the book.
    let events = std::fs::File::open(desk.path("events")).expect("the pipe is opened");
    child.kill().expect("it has not ended");
    child.wait().expect("it was killed");
    drop(events);
    assert_eq!(desk.text("v.json"), "");
}

#[test]
fn wrong_usage_writes_over_nothing_but_a_result() {
    let desk = desk();
    desk.write("broken.toml", CONFIG);
    // However it was indented since.
    desk.write("old.json", r#"{"schema":"shadowbook/verdict/1","verdict":"pass"}"#);
    desk.expect(2, "diff --json=old.json");
    assert_eq!(desk.json("old.json")["schema"], "shadowbook/error/1");
    desk.expect(0, "verify x.jsonl --json old.json");
    desk.expect(2, "diff --json old.json");
    assert_eq!(desk.json("old.json")["schema"], "shadowbook/error/1");
    for arguments in [
        "diff --json x.jsonl --refrence ladder",
        "diff --json=x.jsonl",
        "gate --config broken.toml --json x.jsonl",
    ] {
        desk.expect(2, arguments);
        assert_eq!(desk.text("x.jsonl"), SMALL, "{arguments}");
    }
}

#[cfg(unix)]
#[test]
fn a_result_is_found_under_a_name_that_is_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let desk = desk();
    let name = OsStr::from_bytes(b"v\xff.json");
    let path = desk.path("").join(name);
    std::fs::write(&path, r#"{"schema":"shadowbook/verdict/1","verdict":"pass"}"#).unwrap();
    let argument = [OsStr::new("--json="), name].join(OsStr::new(""));
    let ended = desk.command("diff").arg(argument).output().expect("the binary runs");
    assert_eq!(ended.status.code(), Some(2));
    assert!(std::fs::read_to_string(path).unwrap().contains("shadowbook/error/1"));
}

#[test]
fn a_capability_that_is_missing_names_the_capture() {
    let desk = desk();
    for arguments in [
        &format!("diff stop.jsonl {ENGINES}"),
        "replay stop.jsonl --engine faulty:plain-orders-only",
    ] {
        let ran = desk.expect(2, arguments);
        assert!(ran.stderr.contains("stop.jsonl: seq 2 asks for"), "{}", ran.stderr);
    }
}

#[test]
fn a_gate_has_an_entry_for_every_capture() {
    let desk = desk();
    let names = ["nope.sbk", "x.jsonl", "dam.sbk", "stop.jsonl"];
    let entry = |name: &&str| format!("[[capture]]\npath = \"{name}\"\n");
    let entries: String = names.iter().map(entry).collect();
    desk.write("shadowbook.toml", format!("{CONFIG}{entries}"));
    let ran = desk.expect(2, "gate --json gate.json");
    assert!(ran.stdout.contains("1 of 4 captures passed"), "{}", ran.stdout);
    let report = desk.json("gate.json");
    let captures = report["captures"].as_array().expect("a list");
    for ((name, code), entry) in names.iter().zip([4, 0, 4, 2]).zip(captures) {
        assert!(entry["capture"]["path"].as_str().is_some_and(|path| path.ends_with(name)));
        assert_eq!(entry["exit_code"], code, "{name}");
        assert_eq!(entry["reasons"].as_array().map(Vec::len), Some(usize::from(code != 0)));
    }
    assert_eq!(captures.len(), 4);
    let failures = report["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 3, "{failures:?}");
    for (failure, name) in failures.iter().zip(["nope.sbk", "dam.sbk", "stop.jsonl"]) {
        assert!(failure.as_str().is_some_and(|text| text.contains(name)), "{failure}");
        assert!(ran.stderr.contains(failure.as_str().unwrap_or("?")), "{}", ran.stderr);
    }
}
