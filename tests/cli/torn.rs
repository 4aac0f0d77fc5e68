//! Captures that end early, because their writer was killed.

use crate::run::{Desk, ENGINES};

#[test]
fn a_torn_capture_is_refused_unless_it_is_asked_for() {
    let desk = Desk::new();
    desk.write_torn("torn.sbk");
    let diff = format!("diff torn.sbk {ENGINES}");
    for arguments in [
        diff.as_str(),
        "inspect torn.sbk",
        "replay torn.sbk --engine ladder",
        "export torn.sbk -o day.jsonl",
    ] {
        let ran = desk.expect(4, arguments);
        assert!(
            ran.stderr.contains("ends early") && ran.stderr.contains("--allow-torn"),
            "{arguments}: {}",
            ran.stderr
        );
        let ran = desk.expect(0, &format!("{arguments} --allow-torn"));
        assert!(ran.stderr.contains("warning: torn.sbk ends early"), "{}", ran.stderr);
    }
    assert!(desk.expect(4, "verify torn.sbk").stdout.contains("ends early"));
}

#[test]
fn a_verdict_on_a_torn_capture_says_so() {
    let desk = Desk::new();
    desk.write_torn("torn.sbk");
    let size = desk.read("torn.sbk").len() as u64;
    let diff = format!("diff torn.sbk {ENGINES} --allow-torn --json v.json");
    let ran = desk.expect(0, &diff);
    let last_words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(last_words(&ran.stdout).contains("warning: torn.sbk ends early"), "{}", ran.stdout);
    let ran = desk.expect(0, &format!("{diff} --quiet"));
    assert!(ran.stderr.contains("warning: torn.sbk ends early"), "{}", ran.stderr);
    let verdict = desk.json("v.json");
    assert_eq!(verdict["verdict"], "pass", "the user asked for it");
    assert_eq!(verdict["reasons"].as_array().map(Vec::len), Some(0));
    let warning = verdict["warnings"][0].as_str().expect("a warning");
    assert!(warning.contains("ends early"), "{warning}");
    let torn = &verdict["capture"]["torn"];
    let number = |name: &str| torn[name].as_u64().expect("a count");
    assert_eq!(number("offset") + number("bytes"), size);
    assert!(torn["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{torn}");
    let commands = verdict["capture"]["commands"].as_u64().expect("a count");
    assert!(commands > 0 && commands < 40_000, "{commands}");

    desk.expect(0, &format!("generate --profile mixed --commands 100 -o day.sbk {}", "--quiet"));
    desk.expect(0, &format!("diff day.sbk {ENGINES} --json v.json"));
    let verdict = desk.json("v.json");
    assert!(verdict["capture"]["torn"].is_null());
    assert_eq!(verdict["warnings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn other_results_on_a_torn_capture_say_so_too() {
    let desk = Desk::new();
    desk.write_torn("torn.sbk");
    for arguments in ["replay torn.sbk --engine ladder", "inspect torn.sbk"] {
        desk.expect(0, &format!("{arguments} --allow-torn --json out.json"));
        let torn = desk.json("out.json")["torn"].clone();
        assert!(torn["offset"].as_u64().is_some_and(|offset| offset > 0), "{arguments}: {torn}");
    }
}
