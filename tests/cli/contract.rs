//! Every field that is written stands in docs/CONTRACT.md.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::run::{Desk, ENGINES, SMALL, root};

/// Fields whose value is a list of names with counts; the names are data.
const COUNTS: &[&str] = &["messages", "commands", "without_command", "unchecked", "corrections"];
/// Fields in the JSON-lines shape, which other tests hold against the contract.
const LINES: &[&str] = &["command", "commands", "reference", "candidate"];

/// The names of all fields of a result.
fn fields(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                found.insert(name.clone());
                let is_data = COUNTS.contains(&name.as_str()) && value.is_object();
                let is_lines = LINES.contains(&name.as_str()) && value.get("engine").is_none();
                if !is_data && !is_lines {
                    fields(value, found);
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| fields(value, found)),
        _ => {}
    }
}

/// A desk with something for every command.
fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    desk.write_torn("torn.sbk");
    desk.write("wrong.jsonl", SMALL);
    std::fs::create_dir(desk.path("regressions")).expect("a folder can be made");
    desk.write("regressions/small.jsonl", SMALL);
    desk.write("good.scenario", "instrument X tick 1 lot 1\n\nnew 1 buy 5 @ 100\n  accepted 1\n");
    desk.write(
        "shadowbook.toml",
        "reference = \"reference\"\ncandidate = \"ladder\"\n[[capture]]\npath = \"x.jsonl\"\n",
    );
    desk.write("T_2012-06-21_34200000_57600000_message_5.csv", "34200.1,1,11,21,2238100,1\n");
    let nothing = ",9999999999,0,-9999999999,0".repeat(4);
    desk.write("book.csv", format!("2239500,100,2238100,21{nothing}\n"));
    desk
}

#[test]
fn the_contract_names_every_field() {
    let desk = desk();
    let mut found = BTreeSet::new();
    for arguments in [
        &format!("diff torn.sbk {ENGINES} --allow-torn"),
        "gate",
        "replay torn.sbk --engine ladder --allow-torn",
        "inspect x.jsonl --commands 1",
        "verify x.jsonl",
        "import lobster T_2012-06-21_34200000_57600000_message_5.csv book.csv -o y.sbk",
        "generate --profile mixed --commands 2000 -o z.sbk",
        "scenario good.scenario --engine ladder",
        "audit x.jsonl --engine faulty:fok-partial",
        "fuzz --candidate faulty:taker-price -o f.sbk",
        "selftest taker-price --short --commands 2000 --control 2000",
        "selftest taker-price ioc-rests expired-matchable expiry-off-by-one --triage \
         --commands 500 --pairs 6 --triples 0 --pair-commands 500",
        "export x.jsonl -o y.jsonl",
        "explain x.jsonl --at 2 --candidate faulty:crash",
        "slice x.jsonl --from 1 -o sliced.sbk",
        &format!("diff sliced.sbk {ENGINES}"),
        "replay sliced.sbk --engine ladder",
        "minimize wrong.jsonl --reference reference --candidate faulty:taker-price --keep -o .",
        &format!(
            "latency z.sbk {ENGINES} --commands 1200 --chunk 100 --instances 5 --rounds 2 --paced \
             1000000 --outside --instructions"
        ),
        &format!(
            "latency z.sbk {ENGINES} --commands 1200 --chunk 100 --instances 5 --rounds 2 --baseline \
             earlier.json"
        ),
        "export nope.sbk",
    ] {
        desk.run(&format!("{arguments} --json out.json"));
        let result = desk.json("out.json");
        if arguments.contains("--paced") {
            std::fs::copy(desk.path("out.json"), desk.path("earlier.json")).expect("it is there");
        }
        let schema = result["schema"].as_str().expect("every result has a schema");
        let is_error = schema == "shadowbook/error/1";
        assert_eq!(is_error, arguments.contains("nope"), "{arguments}: {result}");
        fields(&result, &mut found);
    }
    // The two engines agree, so that no run of theirs shows what a divergence looks like.
    let golden = root().join("harness/report/tests/golden/fail.json");
    let failed = std::fs::read_to_string(golden).expect("the golden file is there");
    fields(&serde_json::from_str(&failed).expect("it is JSON"), &mut found);

    let contract = root().join("docs/CONTRACT.md");
    let contract = std::fs::read_to_string(contract).expect("the contract is there");
    let is_named = |name: &&String| {
        contract.contains(&format!("\"{name}\"")) || contract.contains(&format!("`{name}`"))
    };
    let unnamed: Vec<&String> = found.iter().filter(|name| !is_named(name)).collect();
    assert!(unnamed.is_empty(), "not in the contract: {unnamed:?}");
    for name in [
        "judgement",
        "paced",
        "echo",
        "baseline",
        "origin",
        "window",
        "rows_that_differ",
        "torn",
        "error",
        "failures",
    ] {
        assert!(found.contains(name), "the runs show no `{name}`");
    }
}
