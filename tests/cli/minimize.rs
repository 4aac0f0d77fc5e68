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
