//! Defects that the harness must see, from the command line: auditor, fuzz, selftest, children.

use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::run::{Desk, ENGINES, SMALL};

/// A folder with a capture over the whole model.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("small.jsonl", SMALL);
    desk.expect(0, "generate --profile whole-model --commands 5000 -o whole.sbk");
    desk
}

/// The verdict on a defect.
fn verdict(desk: &Desk, code: i32, arguments: &str) -> Value {
    desk.expect(code, &format!("diff whole.sbk {arguments} --json v.json"));
    desk.json("v.json")
}

#[test]
fn the_list_of_defects_stands_wherever_an_engine_does() {
    let desk = Desk::new();
    let list = desk.expect(0, "replay x.sbk --engine faulty:list").stdout;
    assert!(list.lines().count() > 60, "{list}");
    assert!(list.contains("faulty:fok-partial "), "{list}");
    assert_eq!(desk.expect(0, "diff --candidate=faulty:list").stdout, list);
}

#[test]
fn right_engines_pass_and_are_audited() {
    let desk = desk();
    let verdict = verdict(&desk, 0, ENGINES);
    assert_eq!(verdict["audit"]["commands"], 5_000);
    for whose in ["candidate", "shared", "reference"] {
        assert_eq!(verdict["audit"][whose], 0, "{whose}");
    }
    let touched = verdict["coverage"]["touched"].as_u64().expect("a count");
    assert!(touched > 500, "{touched}");
    assert_eq!(verdict["coverage"]["impossible"], 0);
    let table = desk.expect(0, &format!("diff whole.sbk {ENGINES} --coverage")).stdout;
    assert!(table.contains("trailing-stop-limit  fok"), "{table}");
    desk.expect(0, &format!("diff whole.sbk {ENGINES} --no-audit --json v.json"));
    assert_eq!(desk.json("v.json")["audit"], Value::Null);
}

#[test]
fn a_breach_of_the_candidate_alone_fails() {
    let desk = desk();
    let verdict = verdict(&desk, 1, "--reference reference --candidate faulty:taker-price");
    assert!(verdict["audit"]["candidate"].as_u64() > Some(0));
    assert_eq!(verdict["audit"]["list"][0]["whose"], "candidate");
    assert_eq!(verdict["audit"]["list"][0]["rule"], "maker-price");
    let reasons = verdict["reasons"].as_array().expect("a list");
    let is_told =
        |reason: &Value| reason.as_str().is_some_and(|reason| reason.contains("breaks a rule"));
    assert!(reasons.iter().any(is_told), "{reasons:?}");
}

#[test]
fn what_production_does_as_well_is_a_house_rule() {
    let desk = desk();
    let both = "--reference faulty:taker-price --candidate faulty:taker-price";
    let verdict = verdict(&desk, 0, both);
    assert_eq!(verdict["audit"]["candidate"], 0);
    assert!(verdict["audit"]["shared"].as_u64() > Some(0));
    let off = "reference = \"reference\"\ncandidate = \"ladder\"\n\
               [[capture]]\npath = \"whole.sbk\"\n\
               [[audit_off]]\nrule = \"maker-price\"\nreason = \"the taker pays here\"\n\
               [[audit_off]]\nrule = \"own-limit\"\nreason = \"the taker pays here\"\n";
    desk.write("shadowbook.toml", off);
    desk.expect(0, &format!("diff whole.sbk {both} --config shadowbook.toml --json w.json"));
    let audit = &desk.json("w.json")["audit"];
    assert_eq!(audit["rules"], 31);
    assert_eq!(audit["off"][0]["reason"], "the taker pays here");
    assert!(audit["shared"].as_u64() < verdict["audit"]["shared"].as_u64(), "{audit}");
    desk.expect(0, "gate --json gate.json");
    assert_eq!(desk.json("gate.json")["captures"][0]["audit"]["off"][1]["rule"], "own-limit");
    desk.write("shadowbook.toml", off.replace("the taker pays here", ""));
    desk.expect(2, "gate");
}

#[test]
fn an_engine_and_a_recording_are_audited_alone() {
    let desk = desk();
    desk.expect(0, "audit whole.sbk --engine ladder");
    let ran = desk.expect(1, "audit whole.sbk --engine faulty:fok-partial --json a.json");
    assert!(ran.stdout.contains("fill-or-kill"), "{}", ran.stdout);
    let audit = desk.json("a.json");
    assert_eq!(audit["verdict"], "fail");
    assert_eq!(audit["list"][0]["whose"], "engine");
    let died = desk.expect(1, "audit whole.sbk --engine faulty:crash --json a.json");
    assert!(died.stdout.contains("crashed at seq 500"), "{}", died.stdout);
    assert_eq!(desk.json("a.json")["commands"], 499);
    // Nothing is recorded, so that nothing can be judged.
    desk.expect(3, "audit whole.sbk");
    desk.expect(0, "generate --profile mixed --commands 5000 --recorded-by reference -o r.sbk");
    desk.expect(0, "audit r.sbk");
    let wrong =
        "generate --profile mixed --commands 5000 --recorded-by faulty:taker-price -o r.sbk";
    desk.expect(0, wrong);
    desk.expect(1, "audit r.sbk");
}

#[test]
fn what_dies_or_answers_nonsense_ends_as_a_finding() {
    let desk = desk();
    for (defect, kind) in
        [("crash", "candidate-crashed"), ("gibberish", "candidate-protocol"), ("garbage", "")]
    {
        let engines = format!(
            "--reference reference --candidate faulty:{defect} --allow-no-state --max-reruns 20"
        );
        let verdict = verdict(&desk, 1, &engines);
        let found = &verdict["divergences"]["list"][0];
        if !kind.is_empty() {
            assert_eq!(found["kind"], kind, "{found}");
            assert_eq!(found["seq"], 500);
        }
        assert_eq!(verdict["state"]["checked"], "events-only", "{defect}");
    }
    desk.expect(5, "diff whole.sbk --reference faulty:crash --candidate reference");
    desk.expect(2, "generate --profile mixed --recorded-by faulty:hang -o x.sbk");
}

#[test]
fn fuzz_finds_a_defect_and_finds_it_again() {
    let desk = Desk::new();
    let fuzz = "fuzz --candidate faulty:stop-inverted --seed 9 --examples out";
    let found = format!("{fuzz} -o found.sbk --json f.json");
    let shown = desk.expect(1, &found).stdout;
    let report = desk.json("f.json");
    let wrong = "the candidate does not trigger order 3";
    assert!(shown.contains(wrong) && shown.contains("in out/fuzz-9.bug-1.jsonl"), "{shown}");
    assert_eq!(report["bugs"][0]["example"]["commands"], 3);
    desk.expect(0, "scenario out/fuzz-9.bug-1.scenario --engine ladder");
    desk.expect(1, "scenario out/fuzz-9.bug-1.scenario --engine faulty:stop-inverted");
    let repeat = report["repeat"].as_str().expect("a command line").to_owned();
    let repeat = repeat.strip_prefix("shadowbook ").expect("it begins with the name");
    desk.expect(1, &format!("{repeat} --json g.json"));
    assert_eq!(desk.json("g.json")["reasons"], report["reasons"]);
    assert_eq!(desk.json("g.json")["commands"], report["commands"]);
    desk.expect(1, "diff found.sbk --reference reference --candidate faulty:stop-inverted");
    desk.expect(0, &format!("diff found.sbk {ENGINES}"));
    let passed = desk.expect(0, "fuzz --commands 20000 --coverage").stdout;
    assert!(passed.starts_with("PASS"), "{passed}");
    assert!(passed.contains("outcomes seen of possible"), "{passed}");
    desk.expect(1, "fuzz --commands 2000 --all-cells");
}

#[test]
fn a_selftest_fails_when_a_defect_escapes() {
    let desk = Desk::new();
    let defects = "taker-price fok-partial restore-forgets-last-trade slow-insert gibberish";
    let seen = desk.expect(0, &format!("selftest {defects} --commands 20000 --control 20000"));
    assert!(seen.stdout.ends_with("PASS\n"), "{}", seen.stdout);
    // So few commands show nothing.
    let escaped = desk.expect(1, "selftest fok-partial --commands 32 --control 1000 --json s.json");
    assert!(escaped.stdout.contains("fok-partial escaped"), "{}", escaped.stdout);
    assert_eq!(desk.json("s.json")["verdict"], "fail");
}

#[test]
fn a_crash_is_told_in_the_same_words_every_time() {
    let desk = desk();
    let verdict = |backtrace: &str| {
        let crash = "diff whole.sbk --reference reference --candidate faulty:crash \
                     --allow-no-state --max-reruns 20 --json v.json";
        let ran = desk.command(crash).env("RUST_BACKTRACE", backtrace).output();
        assert_eq!(ran.expect("the binary runs").status.code(), Some(1));
        let mut verdict = desk.json("v.json");
        let run = verdict.as_object_mut().and_then(|verdict| verdict.remove("run"));
        assert!(run.is_some(), "what differs from run to run stands apart");
        verdict.to_string()
    };
    let told = verdict("0");
    let said = "the engine panicked: this engine dies here on purpose (exit status: 101)";
    assert!(told.contains(said), "{told}");
    assert_eq!(verdict("1"), told);
}

#[test]
fn a_child_without_a_parent_does_not_live_on() {
    let desk = Desk::new();
    let mut host = desk
        .command("host --engine faulty:hang")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary runs");
    let mut stdin = host.stdin.take().expect("it is a pipe");
    let instrument = SMALL.lines().next().expect("it begins with an instrument");
    writeln!(stdin, "{instrument}").expect("it reads");
    for seq in 1..=600 {
        let bid = format!(
            r#"{{"type":"new","seq":{seq},"time_ns":{seq},"instrument":"XBTUSD","order":{seq},"side":"buy","order_type":"limit","price":"100","quantity":"5"}}"#
        );
        writeln!(stdin, "{bid}").expect("it reads");
    }
    drop(stdin);
    assert_eq!(host.wait().expect("it was started").code(), Some(5));
}

#[test]
fn a_defect_that_panics_leaves_standard_error_alone() {
    let desk = Desk::new();
    let ran = desk.expect(0, "selftest decrement-by-one --commands 20000 --control 1000");
    assert_eq!(ran.stderr, "");
}
