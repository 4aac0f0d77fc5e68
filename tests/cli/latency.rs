//! The latency verdict, as far as it does not depend on how fast this machine is today.

use serde_json::Value;

use crate::run::{Desk, ENGINES, SMALL, ran};

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
    latency_of(desk, &format!("{LITTLE} {arguments}"))
}

/// The same with all that is said of how much is measured.
fn latency_of(desk: &Desk, arguments: &str) -> (Value, String) {
    let ran = desk.run(&format!("latency day.sbk {ENGINES} --json out.json {arguments}"));
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
        let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let digest = desk.json("r.json")["environment"]["build"]["executable_digest"].clone();
        let digest = digest.as_str().expect("the binary can be read");
        assert!(digest.len() == 32 && digest.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let told = format!("the executable is the same one, digest {digest}");
        assert!(flat.contains(&told), "{baseline}: {page}");
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

/// As little as above on a capture of a few hundred commands.
const LEAST: &str = "--commands 500 --chunk 50 --instances 5 --rounds 2";

/// A desk with a capture that is not more than that.
fn small_desk() -> Desk {
    let desk = Desk::new();
    desk.expect(0, "generate --profile recorded-like --seed 3 --commands 600 -o day.sbk");
    desk
}

#[test]
fn instructions_are_counted_or_it_is_told_why_not() {
    let desk = small_desk();
    let (result, page) = latency_of(&desk, &format!("{LEAST} --instructions"));
    assert_eq!(result["outside"], Value::Null, "nobody asked");
    let counted = &result["instructions"];
    if counted.is_null() {
        assert!(page.contains("were not counted"), "{page}");
        return;
    }
    assert_eq!(counted["commands"], result["stretch"]["commands"]);
    for engine in ["reference", "candidate"] {
        let counted = &counted[engine];
        assert_eq!((&counted["spread"], &counted["runs"]), (&0.into(), &2.into()), "{counted}");
        assert!(counted["per_command"].as_f64() > Some(1.0), "{counted}");
        assert!(counted["kinds"]["new"]["instructions"].as_u64() > Some(0), "{counted}");
    }
    assert!(counted["ratio"].as_f64() > Some(0.0), "{counted}");
    assert!(page.contains("instructions per command") && page.contains("callgrind"), "{page}");
}

#[test]
fn where_there_is_no_valgrind_that_is_a_note() {
    let desk = small_desk();
    let arguments = format!("latency day.sbk {ENGINES} {LEAST} --instructions --json out.json");
    let ran = ran(&desk.command(&arguments).env("PATH", "").output().expect("the binary runs"));
    let result = desk.json("out.json");
    assert!([0, 1, 3].contains(&ran.code), "{}", ran.stderr);
    assert_eq!(result["instructions"], Value::Null);
    assert!(ran.stdout.contains("there is no valgrind on the PATH"), "{}", ran.stdout);
    let warnings = result["warnings"].to_string();
    assert!(warnings.contains("instructions were not counted"), "{warnings}");
}

/// Round trips as they stand in a result.
fn assert_round_trips(result: &Value, candidate: &str) {
    let outside = &result["outside"];
    let (commands, instances) = (&outside["commands"], &outside["instances"]);
    let count = commands.as_u64().zip(instances.as_u64()).map(|(one, other)| one * other);
    assert!(count > Some(0), "{outside}");
    for (role, engine) in [("reference", "reference"), ("candidate", candidate), ("echo", "echo")] {
        let trips = &outside[role];
        assert_eq!((&trips["engine"], trips["count"].as_u64()), (&engine.into(), count));
        assert!(trips["p50_ns"].as_u64() <= trips["p99_ns"].as_u64(), "{trips}");
    }
    for what in ["reference_beyond_echo", "candidate_beyond_echo", "candidate_beyond_reference"] {
        assert!(outside[what]["median_ns"].is_i64(), "{outside}");
    }
    assert!(outside["notes"].to_string().contains("not its service time alone"), "{outside}");
}

#[test]
fn round_trips_stand_beside_a_verdict() {
    let desk = small_desk();
    let (result, page) = latency_of(&desk, &format!("{LEAST} --outside"));
    assert_round_trips(&result, "ladder");
    assert!(result["judgement"].is_object() && result["details"].is_object());
    for line in ["all commands", "round trip, ns", "echo, no engine", "candidate less reference"] {
        assert!(page.contains(line), "{line}: {page}");
    }
}

#[test]
fn engines_with_a_process_of_their_own_get_round_trips_and_no_verdict() {
    let desk = small_desk();
    // It is right for as long as the capture lasts.
    let candidate = "faulty:crash@9000000000000000000";
    let run = |code, candidate: &str| {
        let engines = format!("--reference reference --candidate {candidate}");
        let arguments = format!("{LEAST} --outside --record r.json --json out.json");
        let ran = desk.expect(code, &format!("latency day.sbk {engines} {arguments}"));
        (desk.json("out.json"), ran.stdout)
    };
    let (result, page) = run(3, candidate);
    assert_round_trips(&result, candidate);
    assert_eq!((&result["verdict"], &result["details"]), (&"inconclusive".into(), &Value::Null));
    assert_eq!(result["judgement"], Value::Null);
    let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = format!("INCONCLUSIVE: the answers are the same, but {candidate} runs in a process");
    assert!(flat.starts_with(&told), "{page}");
    assert!(page.contains("560 commands: the same events\n"), "books were not compared: {page}");
    assert!(page.contains("round trip, ns") && !page.contains("all commands"), "{page}");
    assert_eq!(desk.names(), ["day.sbk", "out.json"], "no service time is there to be kept");

    let (result, page) = run(1, "faulty:crash");
    assert_eq!((&result["verdict"], &result["outside"]), (&"fail".into(), &Value::Null));
    assert!(page.starts_with("FAIL"), "{page}");
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
