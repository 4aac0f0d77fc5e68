//! `selftest --triage`: known defects from a red verdict to the cause, in small.

use serde_json::Value;

use crate::run::Desk;

/// A result without what differs from run to run.
fn without_times(mut value: Value) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.remove("run");
                object.values_mut().for_each(strip);
            }
            Value::Array(list) => list.iter_mut().for_each(strip),
            _ => {}
        }
    }
    strip(&mut value);
    value
}

const TWO: &str = "selftest --triage taker-price ioc-rests --commands 1000 --seed 2 --pairs 1 \
                   --triples 0 --pair-commands 1000 --json t.json";

#[test]
fn a_planted_defect_can_be_looked_at_by_the_other_commands() {
    let desk = Desk::new();
    let first = desk.run(TWO);
    let result = desk.json("t.json");
    assert_eq!(result["schema"], "shadowbook/selftest-triage/1");
    assert_eq!(result["exit_code"], first.code);
    let singles = result["singles"].as_array().expect("a list");
    assert_eq!(singles.len(), 2, "{result}");
    desk.expect(0, "generate --profile whole-model --seed 2 --commands 1000 -o whole.sbk");
    for single in singles {
        assert_eq!(single["is_located"], true, "{single}");
        let planted_at = single["planted_at"].as_u64().expect("a seq");
        assert!((70..=900).contains(&planted_at), "{single}");
        let candidate = single["candidate"].as_str().expect("an engine");
        let engines = format!("--reference reference --candidate {candidate}");
        desk.expect(1, &format!("diff whole.sbk {engines} --json v.json"));
        let divergences = &desk.json("v.json")["divergences"];
        assert_eq!(divergences["roots"], single["roots"], "{single}");
        // Up to where it is planted, it is right.
        desk.expect(0, &format!("slice whole.sbk --from 1 --to {} -o before.sbk", planted_at - 1));
        desk.expect(0, &format!("diff before.sbk {engines} --allow-no-state"));
    }
    let [pair] = result["several"].as_array().expect("a list").as_slice() else {
        panic!("{result}");
    };
    assert_eq!(pair["candidate"], "faulty:taker-price+ioc-rests");
    assert!(first.stdout.contains("faulty:taker-price+ioc-rests"), "{}", first.stdout);
    desk.run(TWO);
    assert_eq!(without_times(desk.json("t.json")), without_times(result), "it says the same again");
}

#[test]
fn an_engine_that_dies_of_a_flow_runs_in_a_child() {
    let desk = Desk::new();
    desk.run("selftest --triage crash-on-emptied-best --pair-commands 4000 --json t.json");
    let result = desk.json("t.json");
    // It is begun anew after each death, and dies of the same.
    assert_eq!(result["processes"][0]["bugs"], 1, "{result}");
    assert!(result["processes"][0]["roots"].as_u64() > Some(1), "{result}");
    assert_eq!(result["processes"][0]["is_located"], Value::Null);
    assert_eq!(result["singles"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_shows_nothing_fails_and_wrong_options_are_code_2() {
    let desk = Desk::new();
    let ran = desk.expect(1, "selftest --triage decrement-refills-slice --commands 100 --pairs 0");
    assert!(ran.stdout.contains("decrement-refills-slice shows nothing"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("FAIL\n"), "{}", ran.stdout);
    for wrong in ["--pairs 3", "--triage --control 5", "--triage --commands 5"] {
        desk.expect(2, &format!("selftest taker-price {wrong}"));
    }
}
