//! What is written appears only when it is whole, and is never lost in silence.

use std::fs::OpenOptions;
use std::process::Stdio;

use crate::run::{Desk, ENGINES, SMALL};

#[test]
fn a_failed_run_leaves_what_was_there_and_nothing_else() {
    let desk = Desk::new();
    desk.write_damaged("dam.sbk");
    // The feed ends within a message.
    desk.write("cut.itch", [0, 12, b'S', 0, 0]);
    desk.write("late.jsonl", format!("{SMALL}no JSON\n"));
    for name in ["good", "other"] {
        desk.write(name, "what was there");
    }
    let names = desk.names();
    for arguments in [
        "export dam.sbk -o good",
        "import itch50 cut.itch -o good",
        "import jsonl late.jsonl -o good",
        "replay dam.sbk --engine ladder --events good --book other",
    ] {
        desk.expect(4, arguments);
        assert_eq!(desk.text("good"), "what was there", "{arguments}");
        assert_eq!(desk.text("other"), "what was there", "{arguments}");
        assert_eq!(desk.names(), names, "{arguments}");
        desk.expect(4, &arguments.replace("good", "new").replace("other", "next"));
        assert_eq!(desk.names(), names, "{arguments}");
    }
    let ran = desk.expect(2, "generate --profile mixed --commands 10 -o no/such/folder.sbk");
    assert!(ran.stderr.contains("no/such/folder.sbk.part: No such"), "{}", ran.stderr);
    assert_eq!(desk.names(), names);
}

#[test]
fn a_part_that_is_there_is_not_written_to() {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    for name in ["out", "out.part"] {
        desk.write(name, "of another run");
    }
    let names = desk.names();
    for arguments in [
        "export x.jsonl -o out",
        "import jsonl x.jsonl -o out",
        "generate --profile mixed --commands 10 -o out",
        "replay x.jsonl --engine ladder --events out",
        "replay x.jsonl --engine ladder --events new --book out",
    ] {
        let ran = desk.expect(2, arguments);
        for word in ["out.part", "another run", "inspect --allow-torn"] {
            assert!(ran.stderr.contains(word), "{arguments}: {}", ran.stderr);
        }
        assert_eq!(desk.text("out"), "of another run", "{arguments}");
        assert_eq!(desk.text("out.part"), "of another run", "{arguments}");
        assert_eq!(desk.names(), names, "{arguments}");
    }
    std::fs::remove_file(desk.path("out.part")).expect("it is there");
    desk.expect(0, "export x.jsonl -o out");
    assert_eq!(desk.text("out"), SMALL);
}

#[test]
fn a_path_that_ends_as_a_folder_does_is_code_2() {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    for path in ["new/", "new/.", "x.jsonl/"] {
        let ran = desk.expect(2, &format!("import jsonl x.jsonl -o {path}"));
        assert!(ran.stderr.contains("names a folder"), "{path}: {}", ran.stderr);
        assert_eq!(desk.names(), ["x.jsonl"], "{path}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_part_that_cannot_grow_is_named() {
    let desk = Desk::new();
    let binary = env!("CARGO_BIN_EXE_shadowbook");
    // Without the signal a write beyond the limit is an error like any other.
    let script = format!(
        "ulimit -f 1; trap '' XFSZ; \
         exec {binary} generate --profile mixed --commands 40000 -o day.sbk"
    );
    let mut shell = std::process::Command::new("sh");
    let ran = shell.args(["-c", &script]).current_dir(desk.path("")).output();
    let ran = crate::run::ran(&ran.expect("there is a shell"));
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("day.sbk.part: File too large"), "{}", ran.stderr);
    assert!(desk.names().is_empty(), "{:?}", desk.names());
}

#[test]
fn a_whole_output_takes_the_place_of_the_old_one() {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    for name in ["day.sbk", "out.jsonl", "e.jsonl", "b.jsonl"] {
        desk.write(name, "what was there");
    }
    desk.expect(0, "import jsonl x.jsonl -o day.sbk");
    desk.expect(0, "export day.sbk -o out.jsonl");
    assert_eq!(desk.text("out.jsonl"), SMALL);
    desk.expect(0, "replay day.sbk --engine ladder --events e.jsonl --book b.jsonl");
    assert!(desk.text("e.jsonl").contains("accepted") && desk.text("b.jsonl").contains("resting"));
    assert_eq!(desk.names(), ["b.jsonl", "day.sbk", "e.jsonl", "out.jsonl", "x.jsonl"]);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    desk.write("real.jsonl", "what was there");
    let mode = |mode: u32| std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(desk.path("real.jsonl"), mode(0o640)).expect("it is ours");
    symlink("real.jsonl", desk.path("link.jsonl")).expect("a link can be made");
    symlink("later.jsonl", desk.path("dangling.jsonl")).expect("a link can be made");
    desk.expect(0, "export x.jsonl -o link.jsonl");
    desk.expect(0, "export x.jsonl -o dangling.jsonl");
    for (link, real) in [("link.jsonl", "real.jsonl"), ("dangling.jsonl", "later.jsonl")] {
        assert!(std::fs::symlink_metadata(desk.path(link)).unwrap().is_symlink(), "{link}");
        assert_eq!(desk.text(real), SMALL);
    }
    let found = std::fs::metadata(desk.path("real.jsonl")).unwrap().permissions().mode();
    assert_eq!(found & 0o777, 0o640);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_code_2_with_the_path() {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    desk.expect(0, "import jsonl x.jsonl -o x.sbk");
    let diff = format!("diff x.jsonl {ENGINES}");
    for arguments in [
        "export x.sbk -o /dev/full",
        "import jsonl x.jsonl -o /dev/full",
        "generate --profile mixed --commands 10 -o /dev/full",
        "replay x.sbk --engine ladder --events /dev/full",
        "replay x.sbk --engine ladder --book /dev/full",
        "inspect x.sbk --json /dev/full",
        &format!("{diff} --json /dev/full"),
    ] {
        let ran = desk.expect(2, arguments);
        assert!(ran.stderr.contains("cannot write /dev/full: No space"), "{}", ran.stderr);
        assert_eq!(ran.stderr.matches("/dev/full").count(), 1, "{}", ran.stderr);
    }
    let full = || Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap());
    for arguments in ["export x.sbk", "inspect x.sbk", "inspect x.sbk --json -", &diff] {
        let ran = desk.run_with(arguments, Stdio::null(), full());
        assert_eq!(ran.code, 2, "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains("cannot write standard output: No space"), "{}", ran.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_verdict_is_not_lost_when_its_text_cannot_be_shown() {
    let desk = Desk::new();
    desk.write("x.jsonl", SMALL);
    desk.write(
        "shadowbook.toml",
        "reference = \"reference\"\ncandidate = \"ladder\"\n[[capture]]\npath = \"x.jsonl\"\n",
    );
    for arguments in [&format!("diff x.jsonl {ENGINES}"), "gate"] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ran = desk.run_with(&format!("{arguments} --json v.json"), Stdio::null(), full.into());
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert_eq!(desk.json("v.json")["verdict"], "pass", "{arguments}");
        std::fs::remove_file(desk.path("v.json")).expect("it was written");
    }
}
