//! What is read is never what is written.

use std::process::Stdio;

use crate::run::{Desk, ENGINES, SMALL};

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    desk.expect(0, "import jsonl x.jsonl -o x.sbk");
    std::fs::hard_link(desk.path("x.sbk"), desk.path("hard.sbk")).expect("a link can be made");
    #[cfg(unix)]
    std::os::unix::fs::symlink("x.sbk", desk.path("soft.sbk")).expect("a link can be made");
    #[cfg(unix)]
    std::os::unix::fs::symlink("gone.jsonl", desk.path("dangling")).expect("a link can be made");
    desk.write(
        "gate.toml",
        "reference = \"reference\"\ncandidate = \"ladder\"\n[[capture]]\npath = \"x.sbk\"\n",
    );
    desk.write("one.scenario", "instrument X tick 1 lot 1\n\nnew 1 buy 5 @ 100\n  accepted 1\n");
    desk
}

#[test]
fn an_output_that_is_an_input_is_code_2_and_nothing_is_touched() {
    let desk = desk();
    let before = |desk: &Desk| -> Vec<(String, Vec<u8>)> {
        let names = desk.names().into_iter().filter(|name| name != "dangling");
        names.map(|name| (name.clone(), desk.read(&name))).collect()
    };
    let kept = before(&desk);
    let diff = format!("diff x.jsonl {ENGINES}");
    let mut commands = vec![
        "export x.sbk -o x.sbk".to_owned(),
        "export x.sbk -o ./x.sbk".to_owned(),
        "export x.sbk -o hard.sbk".to_owned(),
        "import jsonl x.jsonl -o x.jsonl".to_owned(),
        "import jsonl x.jsonl -o y.sbk --json x.jsonl".to_owned(),
        "replay x.jsonl --engine ladder --events x.jsonl".to_owned(),
        "replay x.jsonl --engine ladder --book x.jsonl".to_owned(),
        "replay x.jsonl --engine ladder --events ev --book ev".to_owned(),
        "replay x.jsonl --engine ladder --events ev --book ./ev".to_owned(),
        "replay x.jsonl --engine ladder --events ev --book ev.part".to_owned(),
        "generate --profile mixed --commands 10 -o y.sbk --json y.sbk".to_owned(),
        "generate --profile mixed --commands 10 -o y.sbk --json y.sbk.part".to_owned(),
        "generate --profile gate.toml --commands 10 -o gate.toml".to_owned(),
        format!("{diff} --json x.jsonl"),
        "inspect x.sbk --json x.sbk".to_owned(),
        "verify x.jsonl x.sbk --json x.sbk".to_owned(),
        "scenario one.scenario --engine ladder --json one.scenario".to_owned(),
        "gate --config gate.toml --json gate.toml".to_owned(),
        "gate --config gate.toml --json x.sbk".to_owned(),
    ];
    if cfg!(unix) {
        commands.push("export x.sbk -o soft.sbk".to_owned());
        commands.push("export soft.sbk -o x.sbk".to_owned());
        commands.push("replay x.jsonl --engine ladder --events dangling --book gone.jsonl".into());
    }
    for arguments in &commands {
        let ran = desk.run(arguments);
        assert!(before(&desk) == kept, "{arguments} changed {:?}", desk.names());
        assert_eq!(ran.code, 2, "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains("the same file"), "{arguments}: {}", ran.stderr);
    }
}

#[test]
fn files_that_only_look_alike_are_taken() {
    let desk = desk();
    std::fs::create_dir(desk.path("sub")).expect("a folder can be made");
    desk.expect(0, "export x.sbk -o sub/x.sbk");
    desk.expect(0, "replay x.sbk --engine ladder --events sub/e --book e --json f");
    if cfg!(unix) {
        // What is no file is not destroyed by being written to.
        desk.expect(0, "replay x.sbk --engine ladder --events /dev/null --book /dev/null");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_capture_is_not_exported_to_its_own_end() {
    let desk = desk();
    let end = std::fs::OpenOptions::new().append(true).open(desk.path("x.jsonl")).unwrap();
    let ran = desk.run_with("export x.jsonl", Stdio::null(), end.into());
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("standard output"), "{}", ran.stderr);
    assert_eq!(desk.text("x.jsonl"), SMALL);
}
