//! Verdicts on engines that are wrong, by way of the same command lines as everybody's.

use clap::Parser;
use serde_json::Value;
use tempfile::TempDir;

use crate::Shadowbook;
use crate::exit::Exit;

const LINES: &str = r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}
{"type":"new","seq":1,"time_ns":1,"instrument":"X","order":1,"side":"buy","order_type":"limit","price":"100","quantity":"5"}
{"type":"new","seq":2,"time_ns":2,"instrument":"X","order":2,"side":"sell","order_type":"limit","price":"100","quantity":"3"}
"#;

/// A folder that is gone when the test is.
struct Desk(TempDir);

/// What a run came to.
struct Ran {
    exit: Exit,
    shown: String,
    json: Value,
}

impl Desk {
    fn new() -> Self {
        let desk = Self(TempDir::new().expect("a folder can be made"));
        desk.write("x.jsonl", LINES.as_bytes());
        desk
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().expect("a temporary folder has a plain name").to_owned()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("the folder can be written to");
    }

    /// A capture of five blocks, the fourth of which is damaged.
    fn write_damaged(&self, name: &str) {
        self.run("generate --profile mixed --commands 40000 -o", name);
        let mut bytes = std::fs::read(self.path(name)).expect("it was made");
        let late = bytes.len() * 7 / 10;
        bytes[late] ^= 4;
        self.write(name, &bytes);
    }

    /// Runs a command with a file of the folder behind it.
    fn run(&self, command: &str, file: &str) -> Ran {
        let json = self.path("out.json");
        let words = ["shadowbook"].into_iter().chain(command.split_whitespace());
        let path = self.path(file);
        let words = words.chain([path.as_str(), "--json", &json]);
        let shadowbook = Shadowbook::try_parse_from(words).expect("the command line is right");
        let exit = shadowbook.run();
        let text = std::fs::read_to_string(&json).expect("every run writes a result");
        let json = serde_json::from_str(&text).expect("the result is JSON");
        Ran { exit, shown: shadowbook.output.shown.take(), json }
    }

    fn diff(&self, candidate: &str, file: &str) -> Ran {
        self.run(&format!("diff --reference reference --candidate {candidate}"), file)
    }

    /// A gate over these captures.
    fn gate(&self, reference: &str, candidate: &str, files: &[&str]) -> Ran {
        let mut config = format!("reference = \"{reference}\"\ncandidate = \"{candidate}\"\n");
        for file in files {
            config += &format!("[[capture]]\npath = \"{file}\"\n");
        }
        self.write("gate.toml", config.as_bytes());
        self.run("gate --config", "gate.toml")
    }
}

#[test]
fn a_candidate_that_diverges_fails() {
    let desk = Desk::new();
    let ran = desk.diff("canary:mute", "x.jsonl");
    assert_eq!(ran.exit, Exit::Fail);
    assert!(ran.shown.starts_with("FAIL: the candidate diverges"), "{}", ran.shown);
    assert!(ran.shown.contains("- accepted"), "{}", ran.shown);
    assert_eq!((&ran.json["verdict"], &ran.json["exit_code"]), (&"fail".into(), &1.into()));
    assert_eq!(ran.json["divergences"]["list"][0]["seq"], 2);
    assert_eq!(ran.json["candidate"]["engine"], "canary:mute");

    let ran = desk.diff("canary:mute --quiet", "x.jsonl");
    assert_eq!((ran.exit, ran.shown.as_str()), (Exit::Fail, ""));
    assert_eq!(ran.json["verdict"], "fail");
}

#[test]
fn a_candidate_that_crashes_fails() {
    let desk = Desk::new();
    let ran = desk.diff("canary:panic", "x.jsonl");
    assert_eq!(ran.exit, Exit::Fail);
    assert!(ran.shown.starts_with("FAIL: the candidate crashed at seq 2, X"), "{}", ran.shown);
    assert!(ran.shown.contains("out of slots"), "{}", ran.shown);
    assert_eq!(ran.json["divergences"]["list"][0]["kind"], "candidate-crashed");
}

#[test]
fn a_reference_that_crashes_accuses_nobody() {
    let desk = Desk::new();
    let ran = desk.run("diff --reference canary:panic --candidate ladder", "x.jsonl");
    assert_eq!(ran.exit, Exit::Harness);
    assert_eq!((&ran.json["verdict"], &ran.json["exit_code"]), (&"inconclusive".into(), &5.into()));
}

#[test]
fn a_gate_with_a_candidate_that_diverges_fails() {
    let desk = Desk::new();
    let ran = desk.gate("reference", "canary:mute", &["x.jsonl"]);
    assert_eq!(ran.exit, Exit::Fail);
    assert!(ran.shown.contains("GATE FAIL"), "{}", ran.shown);
    assert!(ran.shown.contains("0 of 1 captures passed"), "{}", ran.shown);
    assert_eq!((&ran.json["verdict"], &ran.json["exit_code"]), (&"fail".into(), &1.into()));
    assert_eq!(ran.json["failures"].as_array().map(Vec::len), Some(0));
}

#[test]
fn damage_after_a_divergence_counts_and_the_divergence_is_kept() {
    let desk = Desk::new();
    desk.write_damaged("dam.sbk");
    let ran = desk.diff("canary:mute", "dam.sbk");
    assert_eq!(ran.exit, Exit::Input);
    assert_eq!((&ran.json["verdict"], &ran.json["exit_code"]), (&"inconclusive".into(), &4.into()));
    assert!(ran.json["divergences"]["roots"].as_u64().is_some_and(|roots| roots > 0));
    assert!(ran.json["capture"]["commands"].as_u64().is_some_and(|commands| commands > 2));
    // As the contract says of a run that broke off.
    let state = &ran.json["state"];
    assert_eq!(state["checked"], "full");
    assert!(state["checkpoints"].as_u64().is_some_and(|checkpoints| checkpoints > 0), "{state}");
    assert!(state["final_digest"].is_string(), "{state}");
    for told in ["INCONCLUSIVE: cannot read", "also: the candidate diverges", "1. seq 2 "] {
        assert!(ran.shown.contains(told), "{told}: {}", ran.shown);
    }
}

#[test]
fn a_gate_keeps_what_was_found_before_damage_and_names_the_capture() {
    let desk = Desk::new();
    desk.write_damaged("dam.sbk");
    let ran = desk.gate("reference", "canary:mute", &["dam.sbk", "x.jsonl"]);
    assert_eq!((ran.exit, &ran.json["verdict"]), (Exit::Input, &"inconclusive".into()));
    assert!(ran.shown.contains("1. seq 2 "), "{}", ran.shown);
    let failures = ran.json["failures"].as_array().expect("a list");
    assert_eq!(failures.len(), 1, "an accusation is no reason to have no verdict: {failures:?}");
    assert!(failures[0].as_str().is_some_and(|text| text.contains("checksum")), "{failures:?}");
    for (index, name) in ["dam.sbk", "x.jsonl"].into_iter().enumerate() {
        for reason in ran.json["captures"][index]["reasons"].as_array().expect("a list") {
            assert!(reason.as_str().is_some_and(|text| text.contains(name)), "{reason}");
        }
    }
    let ran = desk.gate("canary:panic", "ladder", &["x.jsonl"]);
    assert_eq!(ran.exit, Exit::Harness);
    assert!(ran.json["failures"][0].as_str().is_some_and(|text| text.contains("x.jsonl: ")));
}

#[test]
fn a_scenario_on_an_engine_that_crashes_fails_and_the_others_are_run() {
    let desk = Desk::new();
    let scenario = "instrument X tick 1 lot 1\n\nnew 1 buy 5 @ 100\n  accepted 1\n";
    desk.write("good", scenario.as_bytes());
    desk.write("long", format!("{scenario}\nnew 2 buy 5 @ 100\n  accepted 2\n").as_bytes());
    let both =
        format!("scenario --engine canary:panic {} {}", desk.path("long"), desk.path("long"));
    let ran = desk.run(&both, "good");
    assert_eq!(ran.exit, Exit::Fail);
    assert!(ran.shown.contains("the engine crashed: out of slots\n"), "{}", ran.shown);
    assert_eq!((&ran.json["passed"], &ran.json["failed"]), (&1.into(), &2.into()));
    assert_eq!(ran.json["files"][0]["mismatches"][0], "the engine crashed: out of slots\n");
}

#[test]
fn a_stream_recorded_by_an_engine_that_crashes_is_code_5() {
    let desk = Desk::new();
    let generate = "generate --profile mixed --commands 9 --recorded-by canary:panic -o";
    let ran = desk.run(generate, "new.sbk");
    assert_eq!(ran.exit, Exit::Harness);
    let error = "cannot record what canary:panic makes of the stream: a panic: out of slots";
    assert_eq!(ran.json["error"], error);
    assert!(!std::fs::exists(desk.path("new.sbk.part")).expect("the folder can be read"));
}

#[test]
fn what_cannot_be_set_to_given_books_is_measured_from_the_beginning() {
    let desk = Desk::new();
    desk.run("generate --profile mixed --seed 3 --commands 8000 -o", "day.sbk");
    let little = "--commands 4000 --chunk 200";
    for (candidate, skipped) in [("canary:mute", 0), ("faulty:taker-price", 1_600)] {
        let engines = format!("--reference reference --candidate {candidate}");
        let ran = desk.run(&format!("latency {engines} {little}"), "day.sbk");
        assert_eq!(ran.exit, Exit::Fail, "{}", ran.shown);
        assert_eq!(ran.json["stretch"]["skipped"], skipped, "{candidate}");
        let is_told = ran.shown.contains("canary:mute cannot be set to the books");
        assert_eq!(is_told, skipped == 0, "{}", ran.shown);
        assert!(ran.shown.contains("nothing was measured"), "{}", ran.shown);
    }
}
