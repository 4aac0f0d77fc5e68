//! `count`: what callgrind is put around, and what is heard of it without.

use std::fs::File;
use std::process::Stdio;

use crate::run::{Desk, Ran};

fn counted(desk: &Desk, capture: &str, arguments: &str) -> Ran {
    let capture = File::open(desk.path(capture)).expect("it was generated");
    desk.run_with(&format!("count {arguments}"), capture.into(), Stdio::piped())
}

#[test]
fn it_says_nothing_unless_something_is_wrong() {
    let desk = Desk::new();
    desk.expect(0, "generate --profile recorded-like --commands 600 -o day.sbk");
    for engine in ["reference", "ladder", "echo"] {
        let ran = counted(&desk, "day.sbk", &format!("--engine {engine} --warm-up 100"));
        assert_eq!((ran.code, &*ran.stdout, &*ran.stderr), (0, "", ""), "{engine}");
    }
    let died = counted(&desk, "day.sbk", "--engine faulty:crash --warm-up 100");
    assert_eq!(died.code, 5);
    let told = "shadowbook: the engine panicked: this engine dies here on purpose\n";
    assert_eq!(died.stderr, told);

    desk.write("text.sbk", "no capture");
    let refused = counted(&desk, "text.sbk", "--engine ladder --warm-up 0");
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    assert!(refused.stderr.contains("cannot read standard input"), "{}", refused.stderr);
}
