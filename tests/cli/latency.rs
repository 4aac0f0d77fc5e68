//! The latency verdict, as far as it does not depend on how fast this machine is today.

use serde_json::Value;

use crate::run::{Desk, ENGINES, SMALL};

/// As little as is measured at all: how it comes out does not matter here.
const LITTLE: &str = "--commands 4000 --chunk 200 --instances 5 --rounds 2";

/// A desk with a capture of a few thousand commands.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.expect(0, "generate --profile mixed --seed 3 --commands 8000 -o day.sbk");
    desk
}

/// Runs it, whatever comes of it, and gives the result with what was said.
fn latency(desk: &Desk, arguments: &str) -> (Value, String) {
    let ran = desk.run(&format!("latency day.sbk {ENGINES} {LITTLE} --json out.json {arguments}"));
    let result = desk.json("out.json");
    assert!([0, 1, 3].contains(&ran.code), "{}", ran.stderr);
    assert_eq!(result["exit_code"], ran.code, "{result}");
    let name = match ran.code {
        0 => "pass",
        1 => "fail",
        _ => "inconclusive",
    };
    assert_eq!(result["verdict"], name);
    let first = ran.stdout.lines().next().unwrap_or_default();
    assert!(first.contains(&name.to_uppercase()), "{}", ran.stdout);
    (result, ran.stdout)
}

#[test]
fn a_verdict_stands_with_everything_behind_it() {
    let desk = desk();
    let (result, page) = latency(&desk, "");
    assert_eq!(result["schema"], "shadowbook/latency/1");
    for line in ["capture", "engines", "compared", "machine", "all commands", "excess", "knee"] {
        assert!(page.contains(line), "{line}: {page}");
    }
    assert!(page.is_ascii() || !page.contains('█'), "blocks are for colours: {page}");
    let (_, colored) = latency(&desk, "--color always");
    assert!(colored.contains('█'), "{colored}");
}

#[test]
fn all_files_are_written_and_can_be_read() {
    let desk = desk();
    let files = "--record r.json --hlog d.hlog --hgrm d.hgrm";
    latency(&desk, files);
    let names = desk.names();
    for name in ["d.candidate.hgrm", "d.reference.hgrm", "d.hlog", "r.json"] {
        assert!(names.iter().any(|other| other == name), "{name}: {names:?}");
    }
    assert!(desk.text("d.hlog").lines().any(|line| line.starts_with("Tag=candidate.all,")));
    assert!(desk.text("d.candidate.hgrm").contains("Percentile"));
    assert!(desk.json("r.json").is_object());
    for baseline in ["r.json", "first.json"] {
        if baseline == "first.json" {
            std::fs::copy(desk.path("out.json"), desk.path(baseline)).expect("it is there");
        }
        let (_, page) = latency(&desk, &format!("--baseline {baseline}"));
        assert!(page.contains("baseline"), "{baseline}: {page}");
    }
}

#[test]
fn engines_that_answer_otherwise_are_not_measured() {
    let desk = desk();
    let ran = desk.expect(
        1,
        &format!(
            "latency day.sbk --reference reference --candidate faulty:taker-price {LITTLE} \
             --record r.json --hlog d.hlog --json out.json"
        ),
    );
    let result = desk.json("out.json");
    assert_eq!((&result["verdict"], &result["exit_code"]), (&"fail".into(), &1.into()));
    assert!(ran.stdout.starts_with("FAIL"), "{}", ran.stdout);
    assert!(ran.stdout.contains("shadowbook diff"), "{}", ran.stdout);
    assert_eq!(desk.names(), ["day.sbk", "out.json"], "there is nothing to be kept");
}

#[test]
fn what_cannot_be_measured_is_code_2() {
    let desk = desk();
    desk.write("small.jsonl", SMALL);
    for (arguments, told) in [
        ("--threshold 2", "expected 0.01% to 100%, such as 2%"),
        ("--limit 1", "such as 1ms"),
        ("--rounds 1", "1 is not in 2..=1000"),
        ("--instances 4", "4 is not in 5..=1000"),
        ("--scales 1,0", "0 is not in 1.."),
        ("--chunk 1 --commands 100", "--chunk"),
        ("--skip 7900", "commands are left to be measured"),
        ("--record day.sbk", "is the same file and is read"),
        ("--record x --hlog x", "is the same file and is written too"),
        ("--hgrm x --record x.candidate", "is the same file and is written too"),
        ("--baseline r.json --record r.json", "is the same file and is read"),
    ] {
        let ran = desk.expect(2, &format!("latency day.sbk {ENGINES} {arguments}"));
        assert!(ran.stderr.contains(told), "{arguments}: {}", ran.stderr);
    }
    let ran = desk.expect(2, &format!("latency small.jsonl {ENGINES}"));
    assert!(ran.stderr.contains("small.jsonl: 2 commands are left"), "{}", ran.stderr);
    let apart = "--reference reference --candidate faulty:crash";
    let ran = desk.expect(2, &format!("latency day.sbk {apart}"));
    assert!(ran.stderr.contains("faulty:crash runs in a process of its own"), "{}", ran.stderr);
    let ran = desk.expect(4, &format!("latency day.sbk {ENGINES} --baseline nope.json"));
    assert!(ran.stderr.contains("nope.json"), "{}", ran.stderr);
    desk.write("other.json", "{\"schema\":\"shadowbook/verdict/1\"}");
    let ran = desk.expect(4, &format!("latency day.sbk {ENGINES} --baseline other.json"));
    assert!(ran.stderr.contains("other.json"), "{}", ran.stderr);
}

#[test]
fn what_an_engine_does_not_offer_is_told_with_the_first_seq() {
    let desk = Desk::new();
    desk.expect(0, "generate --profile whole-model --seed 3 --commands 8000 -o day.sbk");
    let engines = "--reference reference --candidate faulty:plain-orders-only";
    let ran = desk.expect(2, &format!("latency day.sbk {engines} {LITTLE}"));
    assert!(ran.stderr.contains("seq ") && ran.stderr.contains("plain-orders-only"));
}

#[test]
fn a_gate_measures_when_all_else_passed_and_only_then() {
    let desk = desk();
    let config = |candidate: &str| {
        format!(
            "reference = \"reference\"\ncandidate = \"{candidate}\"\n[[capture]]\npath = \"day.sbk\"\n\
             [latency]\ncommands = 4000\nchunk = 200\ninstances = 5\nrounds = 2\n"
        )
    };
    desk.write("shadowbook.toml", config("ladder"));
    let ran = desk.run("gate --json out.json");
    let result = desk.json("out.json");
    assert!([0, 1, 3].contains(&ran.code), "{}", ran.stderr);
    assert_eq!(result["exit_code"], ran.code);
    assert_eq!(result["latency"]["exit_code"], ran.code, "nothing else is wrong");
    assert_eq!(result["latency"]["schema"], "shadowbook/latency/1");
    assert_eq!(result["captures"][0]["latency"], Value::Null);
    assert!(ran.stdout.contains(", latency "), "{}", ran.stdout);

    desk.write("shadowbook.toml", config("faulty:taker-price"));
    let ran = desk.expect(1, "gate --json out.json --no-examples");
    assert_eq!(desk.json("out.json")["latency"], Value::Null);
    assert!(ran.stdout.contains("latency was not measured"), "{}", ran.stdout);
}

#[test]
fn what_is_allowed_to_differ_is_not_measured() {
    let desk = Desk::new();
    desk.expect(0, "generate --profile mixed --seed 3 --commands 8000 -o day.sbk");
    let engines = "--reference reference --candidate faulty:doubled-report";
    let arguments = "--no-examples --json out.json --resync continue";
    desk.expect(1, &format!("diff day.sbk {engines} {arguments}"));
    let list = desk.json("out.json")["divergences"]["list"].clone();
    let mut signatures: Vec<&str> = list
        .as_array()
        .expect("there are some")
        .iter()
        .map(|root| root["signature"].as_str().expect("each has one"))
        .collect();
    signatures.sort_unstable();
    signatures.dedup();
    let allowed: String = signatures
        .iter()
        .map(|signature| {
            format!(
                "[[allow]]\nsignature = \"{signature}\"\nreason = \"known\"\nowner = \"us\"\n\
                 ticket = \"EX-1\"\nexpires = \"2099-01-31\"\nat_most = 100000\n"
            )
        })
        .collect();
    desk.write(
        "shadowbook.toml",
        format!(
            "reference = \"reference\"\ncandidate = \"faulty:doubled-report\"\n[[capture]]\n\
             path = \"day.sbk\"\n[latency]\ncommands = 4000\nchunk = 200\n[[audit_off]]\n\
             rule = \"replacement\"\nreason = \"known\"\n{allowed}"
        ),
    );
    let ran = desk.expect(3, "gate --json out.json --no-examples");
    let latency = &desk.json("out.json")["latency"];
    assert_eq!(latency["verdict"], "inconclusive", "{}", ran.stdout);
    assert!(latency["functional"]["allowed"].as_u64() > Some(0), "{latency}");
    assert!(ran.stdout.contains("the engines differ in what is allowed"), "{}", ran.stdout);
}
