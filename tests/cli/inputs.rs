//! What is read: files that can be read more than once, and that stay what they are.

#![cfg(unix)]

use std::io::Write;
use std::process::Stdio;

use crate::run::{Desk, ENGINES, SMALL, make_fifo, ran};

#[test]
fn a_capture_from_a_pipe_is_code_4_with_a_hint() {
    let desk = Desk::new();
    for arguments in [
        "replay /dev/stdin --engine ladder",
        "export /dev/stdin",
        "inspect /dev/stdin",
        "verify /dev/stdin",
        &format!("diff /dev/stdin {ENGINES}"),
    ] {
        let mut command = desk.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary runs");
        let mut pipe = child.stdin.take().expect("it is piped");
        // Whoever refuses a pipe need not read it.
        let _ = pipe.write_all(SMALL.as_bytes());
        drop(pipe);
        let ran = ran(&child.wait_with_output().expect("it ends"));
        assert_eq!(ran.code, 4, "{arguments}: {}", ran.stderr);
        for word in ["/dev/stdin", "not a regular file", "write it to a file first"] {
            assert!(ran.stderr.contains(word), "{arguments}: {}", ran.stderr);
        }
    }
    desk.expect(4, "import itch50 /dev/null -o day.sbk");
}

#[test]
fn what_a_person_writes_is_a_short_file() {
    let desk = Desk::new();
    // The name must end as that of a profile does.
    std::os::unix::fs::symlink("/dev/zero", desk.path("zero.toml")).expect("a link can be made");
    make_fifo(&desk, "fifo.toml");
    let long = std::fs::File::create(desk.path("long.toml")).expect("it can be made");
    long.set_len((16 << 20) + 1).expect("it can be long");
    for (name, told) in [
        ("zero.toml", "not a regular file"),
        ("fifo.toml", "not a regular file"),
        ("long.toml", "more than 16 MiB"),
    ] {
        for (code, arguments) in [
            (2, format!("gate --config {name}")),
            (2, format!("generate --profile {name} -o day.sbk")),
            (4, format!("scenario {name} --engine ladder")),
        ] {
            let ran = desk.expect(code, &arguments);
            assert!(ran.stderr.contains(name), "{arguments}: {}", ran.stderr);
            assert!(ran.stderr.contains(told), "{arguments}: {}", ran.stderr);
        }
    }
}

#[test]
fn a_capture_that_nobody_writes_to_is_not_waited_for() {
    let desk = Desk::new();
    make_fifo(&desk, "fifo");
    let ran = desk.expect(4, "replay fifo --engine ladder");
    assert!(ran.stderr.contains("not a regular file"), "{}", ran.stderr);
    let ran = desk.expect(4, "replay . --engine ladder");
    assert!(ran.stderr.contains("not a regular file"), "{}", ran.stderr);
}

#[test]
fn a_capture_that_changes_while_it_is_read_is_code_4() {
    let desk = Desk::new();
    desk.expect(0, "generate --profile mixed --commands 20000 -o day.sbk");
    desk.expect(0, "export day.sbk -o day.jsonl");
    make_fifo(&desk, "events");
    // The run opens its events after the survey, and waits there for a reader; it cannot end
    // before its events, which are more than a pipe holds, are read.
    let mut command = desk.command("replay day.jsonl --engine ladder --events events");
    let child = command.stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    let mut events = std::fs::File::open(desk.path("events")).expect("the pipe is opened");
    let mut day = std::fs::OpenOptions::new().append(true).open(desk.path("day.jsonl")).unwrap();
    day.write_all(b"# one more line\n").expect("the capture can be written to");
    std::io::copy(&mut events, &mut std::io::sink()).expect("the events can be read");
    let ran = ran(&child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    for word in ["day.jsonl", "changed while it was read"] {
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
    }
    assert_eq!(ran.stdout, "", "what changed has no result");
}
