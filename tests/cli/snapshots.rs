//! States written, read, begun with, and captures cut.

use serde_json::Value;

use crate::run::{Desk, ENGINES};

/// Two bids and an ask rest, one of them filled in part; then the ask is taken.
const LINES: &str = r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}
{"type":"new","seq":1,"time_ns":1,"instrument":"X","order":1,"side":"buy","order_type":"limit","price":"100","quantity":"5"}
{"type":"new","seq":2,"time_ns":2,"instrument":"X","order":2,"side":"buy","order_type":"limit","price":"100","quantity":"5"}
{"type":"new","seq":3,"time_ns":3,"instrument":"X","order":3,"side":"sell","order_type":"limit","price":"100","quantity":"3"}
{"type":"new","seq":4,"time_ns":4,"instrument":"X","order":4,"side":"sell","order_type":"limit","price":"101","quantity":"3"}
{"type":"new","seq":5,"time_ns":5,"instrument":"X","order":5,"side":"buy","order_type":"limit","price":"101","quantity":"1"}
{"type":"recorded","seq":5,"fills":[{"maker":4,"price":"101","quantity":"1"}]}
{"type":"new","seq":6,"time_ns":6,"instrument":"X","order":6,"side":"sell","order_type":"limit","price":"100","quantity":"4"}
"#;

/// What rests after seq 4.
const STATE: &str = r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}
{"type":"state","instrument":"X","phase":"continuous","last_trade":"100","next_trade":2,"arrivals":4}
{"type":"order","instrument":"X","order":1,"arrival":1,"side":"buy","order_type":"limit","price":"100","open":"2","executed":"3"}
{"type":"order","instrument":"X","order":2,"arrival":2,"side":"buy","order_type":"limit","price":"100","open":"5","executed":"0"}
{"type":"order","instrument":"X","order":4,"arrival":4,"side":"sell","order_type":"limit","price":"101","open":"3","executed":"0"}
"#;

fn desk() -> Desk {
    let desk = Desk::new();
    desk.write("day.jsonl", LINES);
    let lines: Vec<&str> = LINES.lines().collect();
    desk.write("morning.jsonl", lines[..5].join("\n"));
    desk.write("rest.jsonl", [&lines[..1], &lines[5..]].concat().join("\n"));
    desk
}

/// The result of a command.
fn result(desk: &Desk, code: i32, arguments: &str) -> Value {
    desk.expect(code, &format!("{arguments} --json out.json"));
    desk.json("out.json")
}

#[test]
fn a_state_is_written_in_both_forms_and_looked_into() {
    let desk = desk();
    for engine in ["reference", "ladder"] {
        desk.expect(0, &format!("replay morning.jsonl --engine {engine} --snapshot at.jsonl"));
        assert_eq!(desk.text("at.jsonl"), STATE);
        desk.expect(0, &format!("replay morning.jsonl --engine {engine} --snapshot at.sbs"));
        desk.expect(0, "export at.sbs -o back.jsonl");
        assert_eq!(desk.text("back.jsonl"), STATE);
    }
    let shown = desk.expect(0, "verify at.sbs at.jsonl").stdout;
    assert!(shown.contains("behind a snapshot of 3 orders on 1 instruments"), "{shown}");
    let facts = |name: &str| result(&desk, 0, &format!("inspect {name}"))["facts"].clone();
    assert_eq!(facts("at.sbs"), facts("at.jsonl"));
    assert_eq!(facts("at.sbs")["snapshot"]["orders"], 3);
    assert!(facts("day.jsonl")["snapshot"].is_null());
    let shown = desk.expect(0, "inspect at.sbs").stdout;
    for part in ["begins with", "the state of ladder at the end of morning.jsonl"] {
        assert!(shown.contains(part), "{shown}");
    }
}

#[test]
fn a_slice_begins_with_the_books_before_it() {
    let desk = desk();
    let slice = result(&desk, 0, "slice day.jsonl --from 5 --to 5 -o five.sbk");
    assert_eq!((&slice["replayed"], &slice["facts"]["commands"]), (&4.into(), &1.into()));
    desk.expect(0, "export five.sbk -o five.jsonl");
    let lines: Vec<&str> = LINES.lines().collect();
    let expected = format!("{STATE}{}\n{}\n", lines[5], lines[6]);
    assert_eq!(desk.text("five.jsonl"), expected);

    let sliced = result(&desk, 0, "slice day.jsonl --from 5 --engine ladder -o rest.sbk");
    assert_eq!(sliced["facts"]["snapshot"]["orders"], 3);
    let whole = result(&desk, 0, &format!("diff day.jsonl {ENGINES}"));
    let part = result(&desk, 0, &format!("diff rest.sbk {ENGINES}"));
    assert!(whole["restored"].is_null());
    assert_eq!((&part["recorded"]["exact"], &part["recorded"]["via_seed"]), (&1.into(), &1.into()));
    let (restored, state) = (&part["restored"], |it: &Value| it["state"]["final_digest"].clone());
    assert_eq!(restored["orders"], 3);
    // What is lost is lost exactly where an engine had to be sent commands.
    let is_native = restored["reference"] == "natively";
    assert_eq!(restored["lost"].as_array().map(Vec::is_empty), Some(is_native));
    assert_eq!(state(&part) == state(&whole), is_native);

    let events = |capture: &str| {
        desk.expect(0, &format!("replay {capture} --engine ladder --events events.jsonl"));
        desk.text("events.jsonl")
    };
    let (whole, part) = (events("day.jsonl"), events("rest.sbk"));
    assert!(part.contains("\"type\":\"fill\""), "{part}");
    // Without the trade counter the fills have other numbers.
    assert_eq!(whole.ends_with(&part), is_native, "{part}");
    for (from, orders) in [(0, 0), (1, 0), (7, 2)] {
        let slice = result(&desk, 0, &format!("slice day.jsonl --from {from} -o any.sbk"));
        assert_eq!(slice["facts"]["snapshot"]["orders"], orders, "from {from}");
    }
    let refused = desk.expect(2, "slice day.jsonl --from 5 --to 4 -o none.sbk");
    assert!(refused.stderr.contains("holds nothing"), "{}", refused.stderr);
}

#[test]
fn a_run_can_begin_with_a_snapshot_of_another_file() {
    let desk = desk();
    desk.write("at.jsonl", STATE);
    desk.expect(0, "import jsonl at.jsonl -o at.sbk");
    let given = result(&desk, 0, &format!("diff rest.jsonl {ENGINES} --restore at.jsonl"));
    desk.expect(0, "slice day.jsonl --from 5 -o rest.sbk");
    let sliced = result(&desk, 0, &format!("diff rest.sbk {ENGINES}"));
    assert_eq!(given["restored"]["snapshot"], "at.jsonl");
    assert!(sliced["restored"]["snapshot"].is_null());
    assert_eq!(given["state"], sliced["state"]);
    let alone = result(&desk, 0, "replay rest.jsonl --engine reference --restore at.sbk");
    assert_eq!(alone["restored"]["orders"], 3);

    let table = STATE.replace("\"tick\":\"1\"", "\"tick\":\"0.5\"");
    desk.write("other.jsonl", table);
    for (capture, restore, why) in [
        ("rest.jsonl", "other.jsonl", "its table of instruments is not that of the capture"),
        ("rest.jsonl", "day.jsonl", "it holds no snapshot"),
        ("rest.sbk", "at.jsonl", "the capture begins with a snapshot of its own"),
    ] {
        for command in
            [format!("diff {capture} {ENGINES}"), format!("replay {capture} --engine ladder")]
        {
            let refused = desk.expect(2, &format!("{command} --restore {restore}"));
            assert!(refused.stderr.contains(why), "{}", refused.stderr);
        }
    }
    desk.expect(4, &format!("diff rest.jsonl {ENGINES} --restore nope.sbs"));
}

#[test]
fn an_audit_begins_where_the_engine_does() {
    let desk = desk();
    desk.write("at.jsonl", STATE);
    desk.expect(0, "slice day.jsonl --from 5 -o rest.sbk");
    let restored = |arguments: &str| result(&desk, 0, &format!("audit {arguments}"));
    for arguments in ["rest.sbk", "rest.jsonl --restore at.jsonl"] {
        let native = restored(&format!("{arguments} --engine ladder"));
        assert_eq!((&native["commands"], &native["breaches"]), (&2.into(), &0.into()));
        assert_eq!(native["restored"]["engine"], "natively");
        assert!(restored(arguments)["restored"].is_null(), "a recording is not restored");
    }
    let refused = desk.expect(2, "audit rest.sbk --restore at.jsonl");
    assert!(refused.stderr.contains("begins with a snapshot of its own"), "{}", refused.stderr);
}

/// What an engine was brought to by commands is not what the snapshot says: of order 1 nothing has
/// been executed, so that a new total of 2 leaves it all.
#[test]
fn an_auditor_knows_what_commands_lost() {
    let desk = desk();
    let lines = STATE.to_owned()
        + r#"{"type":"replace","seq":5,"time_ns":5,"instrument":"X","order":1,"quantity":"2"}"#;
    desk.write("begun.jsonl", lines);
    let native = result(&desk, 0, "audit begun.jsonl --engine reference");
    assert_eq!(native["restored"]["lost"].as_array().map(Vec::len), Some(0));
    // It runs in a child, which cannot be set to a state or show one.
    let built = result(&desk, 0, "audit begun.jsonl --engine faulty:hang");
    assert_eq!(built["restored"]["engine"], "by-commands");
    assert_eq!((&built["commands"], &built["breaches"]), (&1.into(), &0.into()));
    let engines = "--reference faulty:hang --candidate reference --allow-no-state";
    let verdict = result(&desk, 0, &format!("diff begun.jsonl {engines}"));
    assert_eq!(verdict["restored"]["reference"], "by-commands");
    assert_eq!(
        (&verdict["audit"]["commands"], &verdict["audit"]["shared"]),
        (&1.into(), &0.into())
    );
}

#[test]
fn a_snapshot_that_is_damaged_or_cannot_be_is_refused() {
    let desk = desk();
    desk.expect(0, "replay morning.jsonl --engine reference --snapshot at.sbs");
    let mut bytes = std::fs::read(desk.path("at.sbs")).expect("it was written");
    let length = bytes.len();
    desk.write("cut.sbs", &bytes[..length - 1]);
    bytes[length - 3] ^= 4;
    desk.write("damaged.sbs", &bytes);
    desk.write("crossed.jsonl", STATE.replace("\"101\"", "\"100\""));
    for (name, why) in [
        ("cut.sbs", "order block 0: the file ends before its snapshot does"),
        ("damaged.sbs", "order block 0: checksum mismatch"),
        ("crossed.jsonl", "line 2: the book of instrument 0 is crossed"),
    ] {
        for command in ["verify", "inspect", &format!("diff {ENGINES} rest.jsonl --restore")] {
            let refused = desk.expect(4, &format!("{command} {name}"));
            let is_told = refused.stderr.contains(why) && refused.stderr.contains(name);
            assert!(is_told, "{command} {name}: {}", refused.stderr);
        }
    }
}

#[test]
fn an_import_can_begin_with_what_rested_before() {
    let desk = Desk::new();
    desk.write("T_2012-06-21_34200000_57600000_message_5.csv", "34200.1,1,11,21,2238100,1\n");
    let nothing = ",9999999999,0,-9999999999,0".repeat(4);
    desk.write("book.csv", format!("2239500,100,2238100,121{nothing}\n"));
    let import = "import lobster T_2012-06-21_34200000_57600000_message_5.csv book.csv";
    let seeded = result(&desk, 0, &format!("{import} -o seeded.sbk"));
    let begun = result(&desk, 0, &format!("{import} -o begun.sbk --snapshot"));
    assert_eq!(
        (&seeded["facts"]["commands"], &seeded["facts"]["snapshot"]),
        (&3.into(), &Value::Null)
    );
    assert_eq!(
        (&begun["facts"]["commands"], &begun["facts"]["snapshot"]["orders"]),
        (&1.into(), &2.into())
    );
    let state = |capture: &str| {
        desk.expect(0, &format!("replay {capture} --engine ladder --snapshot state.jsonl"));
        desk.text("state.jsonl")
    };
    assert_eq!(state("begun.sbk"), state("seeded.sbk"));
}
