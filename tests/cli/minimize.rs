//! The smallest stream of each bug, as files.

use crate::run::{Desk, ENGINES, SMALL};

#[test]
fn a_capture_that_does_not_diverge_leaves_nothing_to_minimize() {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    let ran = desk.expect(0, &format!("minimize x.jsonl {ENGINES} --json m.json"));
    assert!(ran.stdout.contains("x.jsonl does not diverge"), "{}", ran.stdout);
    let result = desk.json("m.json");
    assert_eq!(result["schema"], "shadowbook/minimize/1");
    assert_eq!((&result["exit_code"], &result["diff"]["verdict"]), (&0.into(), &"pass".into()));
    assert_eq!(desk.names(), ["m.json", "x.jsonl"]);
}

#[test]
fn what_cannot_be_minimized_is_told_as_of_diff() {
    let desk = Desk::new();
    desk.expect(4, &format!("minimize nope.jsonl {ENGINES} --json m.json"));
    assert_eq!(desk.json("m.json")["exit_code"], 4);
    desk.write("x.jsonl", SMALL);
    let ran = desk.expect(2, &format!("minimize x.jsonl {ENGINES} --keep"));
    assert!(ran.stderr.contains("name one with --config"), "{}", ran.stderr);
}

#[test]
fn a_file_that_is_no_example_is_not_written_over() {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    desk.write("x.bug-1.jsonl", "my own");
    for arguments in ["minimize x.jsonl", "diff x.jsonl --examples .", "minimize x.jsonl -o ."] {
        let ran = desk.expect(2, &format!("{arguments} {ENGINES}"));
        assert!(ran.stderr.contains("no example of an earlier run"), "{}", ran.stderr);
        assert_eq!(desk.text("x.bug-1.jsonl"), "my own");
    }
}

/// Two bids of which an order that must trade wholly finds too little, among others.
const TOO_LITTLE: &str = r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}
{"type":"new","seq":1,"time_ns":1,"instrument":"X","order":11,"side":"buy","order_type":"limit","price":"90","quantity":"7"}
{"type":"new","seq":2,"time_ns":2,"instrument":"X","order":12,"side":"buy","order_type":"limit","price":"100","quantity":"5"}
{"type":"new","seq":3,"time_ns":3,"instrument":"X","order":13,"side":"sell","order_type":"limit","price":"110","quantity":"5"}
{"type":"new","seq":4,"time_ns":4,"instrument":"X","order":14,"side":"sell","order_type":"limit","price":"100","quantity":"8","time_in_force":"fok"}
{"type":"cancel","seq":5,"time_ns":5,"instrument":"X","order":13}
"#;

/// An engine that lets it trade what it finds.
const WRONG: &str = "--reference reference --candidate faulty:fok-partial";

#[test]
fn an_example_runs_as_a_scenario_and_as_a_capture() {
    let desk = Desk::new();
    desk.write("x.jsonl", TOO_LITTLE);
    let ran = desk.expect(1, &format!("minimize x.jsonl {WRONG} --json m.json"));
    assert!(ran.stdout.contains("in x.bug-1.scenario"), "{}", ran.stdout);
    assert_eq!(desk.names(), ["m.json", "x.bug-1.jsonl", "x.bug-1.scenario", "x.jsonl"]);
    let result = desk.json("m.json");
    assert_eq!(result["exit_code"], 1);
    assert_eq!(result["examples"], serde_json::json!([{"bug": 1, "commands": 2, "kept": null}]));
    let minimized = &result["diff"]["divergences"]["list"][0]["minimized"];
    assert_eq!(minimized, &serde_json::json!({"commands": 2, "path": "x.bug-1.jsonl"}));

    let scenario = desk.text("x.bug-1.scenario");
    let commands = scenario.lines().filter(|line| line.starts_with("new ")).count();
    assert_eq!(commands, 2, "{scenario}");
    assert!(scenario.contains("# from x.jsonl, digest ") && scenario.contains(", seq 4\n"));
    for (engine, code) in [("reference", 0), ("ladder", 0), ("faulty:fok-partial", 1)] {
        desk.expect(code, &format!("scenario x.bug-1.scenario --engine {engine}"));
        let engines = format!("--reference reference --candidate {engine}");
        let again = format!("diff x.bug-1.jsonl {engines} --recorded-min 1 --no-examples");
        desk.expect(code, &again);
    }

    let lines = desk.text("x.bug-1.jsonl");
    for again in ["minimize x.jsonl -o .", "diff x.jsonl --examples ."] {
        desk.expect(1, &format!("{again} {WRONG}"));
        assert_eq!(desk.text("x.bug-1.jsonl"), lines);
        assert_eq!(desk.text("x.bug-1.scenario"), scenario);
    }
    // An example of an earlier run is not taken for one of this.
    desk.expect(0, &format!("diff x.jsonl {ENGINES} --examples ."));
    assert_eq!(desk.names(), ["m.json", "x.jsonl"]);
}

#[test]
fn a_diff_leaves_the_example_where_it_runs_unless_told_not_to() {
    let desk = Desk::new();
    desk.write("x.jsonl", TOO_LITTLE);
    desk.expect(1, &format!("diff x.jsonl {WRONG} --no-examples --json v.json"));
    let verdict = desk.json("v.json");
    assert!(verdict["divergences"]["list"][0]["minimized"].is_null());
    assert_eq!(verdict["bugs"][0]["example"]["list"].as_array().map(Vec::len), Some(2));
    assert_eq!(desk.names(), ["v.json", "x.jsonl"]);

    desk.expect(1, &format!("diff x.jsonl {WRONG} --json v.json"));
    let minimized = &desk.json("v.json")["divergences"]["list"][0]["minimized"];
    let path = "shadowbook-examples/x.bug-1.jsonl";
    assert_eq!(minimized, &serde_json::json!({"commands": 2, "path": path}));
    desk.expect(1, &format!("diff {path} {WRONG} --no-examples"));

    // Where nobody named the folder, a verdict is not lost because of it.
    std::fs::remove_dir_all(desk.path("shadowbook-examples")).expect("it was made");
    desk.write("shadowbook-examples", "a file");
    let ran = desk.expect(1, &format!("diff x.jsonl {WRONG} --json v.json"));
    assert!(ran.stderr.contains("warning: cannot write shadowbook-examples"), "{}", ran.stderr);
    assert!(desk.json("v.json")["divergences"]["list"][0]["minimized"].is_null());
}

#[test]
fn a_bug_is_chosen_by_number_seq_or_signature() {
    let desk = Desk::new();
    desk.write("x.jsonl", TOO_LITTLE);
    let signature = "events/new/canceled.fok>fill";
    for chosen in ["--bug 1", "--at 4", &format!("--signature {signature}")] {
        desk.expect(1, &format!("minimize x.jsonl {WRONG} {chosen} -o out"));
        std::fs::remove_dir_all(desk.path("out")).expect("it was written");
    }
    for chosen in ["--bug 2", "--at 5", "--signature state/new/level", "--bug 1 --at 4"] {
        let arguments = format!("minimize x.jsonl {WRONG} {chosen} -o out");
        assert_eq!(desk.run(&arguments).code, 2, "{arguments}");
        assert!(!desk.path("out").exists(), "{arguments}");
    }
    let ran = desk.expect(2, &format!("minimize x.jsonl {WRONG} --bug 99 --json m.json"));
    let result = desk.json("m.json");
    assert_eq!((&result["exit_code"], &result["diff"]["exit_code"]), (&2.into(), &1.into()));
    let error = result["error"].as_str().expect("it says why");
    assert!(error.starts_with("1 bug was found, and it is not the one"), "{error}");
    assert!(ran.stderr.contains(error), "{}", ran.stderr);
}

#[test]
fn a_folder_that_cannot_be_made_is_the_error_of_both() {
    let desk = Desk::new();
    desk.write("x.jsonl", TOO_LITTLE);
    desk.write("file", "a file");
    let ran = desk.run(&format!("minimize x.jsonl {WRONG} -o file/folder --json m.json"));
    let result = desk.json("m.json");
    assert_eq!((result["exit_code"].as_i64(), ran.code), (Some(2), 2), "{}", ran.stderr);
    assert!(result["error"].as_str().is_some_and(|error| error.contains("cannot write")));
}

#[test]
fn what_is_kept_is_replayed_by_the_gate() {
    let desk = Desk::new();
    desk.write("x.jsonl", TOO_LITTLE);
    desk.write("small.jsonl", SMALL);
    let config = |candidate: &str| {
        let engines = format!("reference = \"reference\"\ncandidate = \"{candidate}\"\n");
        desk.write("ci.toml", format!("{engines}[[capture]]\npath = \"small.jsonl\"\n"));
    };
    config("faulty:fok-partial");
    desk.expect(0, "gate --config ci.toml");
    let keep = format!("minimize x.jsonl {WRONG} --keep --config ci.toml --json m.json");
    desk.expect(1, &keep);
    let kept = desk.json("m.json")["examples"][0]["kept"].as_str().expect("a path").to_owned();
    assert_eq!(desk.names(), ["ci.toml", "m.json", "regressions", "small.jsonl", "x.jsonl"]);
    let text = desk.text(&kept);
    assert!(text.contains("# from x.jsonl, digest "), "{text}");
    desk.expect(1, &keep);
    assert_eq!(desk.json("m.json")["examples"][0]["kept"], *kept, "it is kept once");
    assert_eq!(std::fs::read_dir(desk.path("regressions")).map(Iterator::count).ok(), Some(1));

    let ran = desk.expect(1, "gate --config ci.toml --json gate.json");
    assert!(ran.stdout.contains("0 of 1 regressions passed"), "{}", ran.stdout);
    assert_eq!(desk.json("gate.json")["regressions"]["failed"][0], *kept);
    config("ladder");
    desk.expect(0, "gate --config ci.toml");
}

/// A flow that has to begin with books is no scenario.
#[test]
fn an_example_that_begins_with_a_book_is_kept_as_lines() {
    let desk = Desk::new();
    let begins = r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}
{"type":"state","instrument":"X","phase":"continuous","last_trade":"100","next_trade":2,"arrivals":1}
{"type":"order","instrument":"X","order":1,"arrival":1,"side":"sell","order_type":"limit","price":"100","open":"2","executed":"3"}
{"type":"replace","seq":1,"time_ns":1,"instrument":"X","order":1,"quantity":"4"}
"#;
    desk.write("begun.jsonl", begins);
    desk.write(
        "shadowbook.toml",
        "reference = \"reference\"\ncandidate = \"faulty:replace-from-original\"\n\
         [[capture]]\npath = \"begun.jsonl\"\n",
    );
    let wrong = "--reference reference --candidate faulty:replace-from-original";
    desk.expect(1, &format!("minimize begun.jsonl {wrong} --keep -o . --json m.json"));
    let result = desk.json("m.json");
    let example = &result["diff"]["bugs"][0]["example"];
    assert_eq!(
        (&example["path"], &example["scenario_path"]),
        (&"./begun.bug-1.jsonl".into(), &serde_json::Value::Null)
    );
    let kept = result["examples"][0]["kept"].as_str().expect("a path").to_owned();
    assert!(kept.ends_with(".jsonl"), "{kept}");
    desk.expect(1, "gate --json gate.json --examples out");
    let gate = desk.json("gate.json");
    assert_eq!(gate["regressions"]["failed"][0], *kept);
    let minimized = &gate["captures"][0]["divergences"]["list"][0]["minimized"];
    assert_eq!(minimized["path"], "out/begun.bug-1.jsonl");
}

#[test]
fn limits_are_told() {
    let desk = Desk::new();
    desk.write("x.jsonl", TOO_LITTLE);
    let minimize = |limit: &str| {
        desk.expect(1, &format!("minimize x.jsonl {WRONG} {limit} --json m.json"));
        desk.json("m.json")["diff"].clone()
    };
    let late = minimize("--within 0");
    let notes = &late["run"]["notes"];
    assert!(notes[0].as_str().is_some_and(|note| note.contains("--within")), "{notes}");
    assert_eq!(late["divergences"]["roots"], 1, "what was found stands");
    for early in [minimize("--max-reruns 3"), minimize("--max-commands 10")] {
        assert_eq!(early["run"]["notes"], serde_json::json!([]), "counting is no matter of time");
        assert_eq!(early["bugs"][0]["example"]["is_minimal"], false, "{}", early["bugs"]);
    }
}

/// A queue that only the books tell.
const QUEUE: &str = r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}
{"type":"new","seq":1,"time_ns":1,"instrument":"X","order":11,"side":"buy","order_type":"limit","price":"90","quantity":"7"}
{"type":"new","seq":2,"time_ns":2,"instrument":"X","order":12,"side":"buy","order_type":"limit","price":"90","quantity":"5"}
{"type":"replace","seq":3,"time_ns":3,"instrument":"X","order":11,"quantity":"9"}
"#;

#[test]
fn the_scenario_of_a_silent_bug_fails_on_the_wrong_engine() {
    let desk = Desk::new();
    desk.write("x.jsonl", QUEUE);
    let wrong = "faulty:size-up-keeps-priority";
    desk.expect(1, &format!("minimize x.jsonl --reference reference --candidate {wrong}"));
    let scenario = desk.text("x.bug-1.scenario");
    assert!(scenario.ends_with("\nbook\n  buy 1: 2 x 1, 1 x 2\n"), "{scenario}");
    for (engine, code) in [("reference", 0), ("ladder", 0), (wrong, 1)] {
        desk.expect(code, &format!("scenario x.bug-1.scenario --engine {engine}"));
    }
}

#[test]
fn what_was_refused_outside_matching_is_in_no_example_and_what_was_recorded_does_not_hinder() {
    let desk = Desk::new();
    let refused = r#"{"type":"new","seq":0,"time_ns":0,"instrument":"X","order":10,"side":"buy","order_type":"limit","price":"100","quantity":"8"}
{"type":"recorded","seq":0,"events":[{"type":"rejected","seq":0,"instrument":"X","command":"new","order":10,"reason":"external"}]}
"#;
    let (instrument, commands) = TOO_LITTLE.split_once('\n').expect("several lines");
    let killed = r#""time_in_force":"fok"}
{"type":"recorded","seq":4,"fills":[]}"#;
    let commands = commands.replace(r#""time_in_force":"fok"}"#, killed);
    // An engine that got the refused order would fill all that is asked for.
    desk.write("x.jsonl", format!("{instrument}\n{refused}{commands}"));
    desk.expect(1, &format!("minimize x.jsonl {WRONG} --json m.json"));
    let result = desk.json("m.json");
    assert_eq!(result["diff"]["recorded"]["exact"], 1);
    assert_eq!(result["examples"], serde_json::json!([{"bug": 1, "commands": 2, "kept": null}]));
    let scenario = desk.text("x.bug-1.scenario");
    assert!(!scenario.contains("external") && !scenario.contains("buy 8"), "{scenario}");
    desk.expect(1, "scenario x.bug-1.scenario --engine faulty:fok-partial");
}
