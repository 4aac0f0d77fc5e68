//! Snapshots, alone and before a capture: they come back as they went, or not at all.
//!
//! The golden files: `snapshot-1.jsonl` says what is in `snapshot-1.sbs`, `version-2.jsonl` what is
//! in `version-2.sbk`. `UPDATE_EXPECT=1` writes the files anew from the lines, as for version 1.

use std::io::Cursor;
use std::path::PathBuf;

use shadowbook_capture::file::{Header, Reader, Writer, verify};
use shadowbook_capture::{Capture, Source, WriteError, jsonl, open, scan, snapshot};
use shadowbook_model::{Feature, Features, Instrument, InstrumentId, Price, Side, Snapshot};

use crate::flips;
use crate::stream::Stream;

const ORIGIN: &str = "the golden snapshot";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn golden(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).expect("it is kept beside the tests")
}

pub(crate) fn snapshot_file() -> Vec<u8> {
    golden("snapshot-1.sbs")
}

pub(crate) fn capture_file() -> Vec<u8> {
    golden("version-2.sbk")
}

pub(crate) fn text() -> String {
    String::from_utf8(golden("version-2.jsonl")).expect("JSON lines are UTF-8")
}

fn header(instruments: &[Instrument]) -> Header {
    Header { instruments: instruments.to_vec(), origin: ORIGIN.to_owned() }
}

/// What the golden lines hold.
fn content() -> (Vec<Instrument>, Vec<Snapshot>) {
    let text = text();
    let reader = jsonl::Reader::new(text.as_bytes()).expect("the lines are good");
    (reader.instruments().to_vec(), reader.snapshots().to_vec())
}

/// A source as JSON lines.
fn lines(source: &mut dyn Source) -> String {
    let mut writer = jsonl::Writer::new(Vec::new(), source.instruments()).expect("memory");
    writer.begin_with(source.snapshots()).expect("memory");
    let mut batch = shadowbook_capture::Batch::new();
    while source.read(&mut batch).expect("the source is good") {
        writer.append(&batch).expect("memory");
    }
    String::from_utf8(writer.finish().expect("memory")).expect("JSON lines are UTF-8")
}

fn snapshot_bytes(instruments: &[Instrument], snapshots: &[Snapshot]) -> Vec<u8> {
    let mut file = Vec::new();
    snapshot::write(&mut file, &header(instruments), snapshots).expect("they are sound");
    file
}

fn capture_bytes(source: &mut dyn Source) -> Vec<u8> {
    let mut file = Vec::new();
    let header = header(source.instruments());
    let mut writer = Writer::with_snapshots(&mut file, &header, source.snapshots()).expect("sound");
    let mut batch = shadowbook_capture::Batch::new();
    while source.read(&mut batch).expect("the source is good") {
        writer.append(&batch).expect("the stream is in order");
    }
    writer.finish().expect("memory");
    file
}

#[test]
fn the_golden_files_are_read_to_their_lines_and_written_to_their_bytes() {
    let text = text();
    let (instruments, snapshots) = content();
    let alone = snapshot_bytes(&instruments, &snapshots);
    let before = capture_bytes(&mut jsonl::Reader::new(text.as_bytes()).expect("good"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path("snapshot-1.sbs"), &alone).expect("it can be written");
        std::fs::write(path("version-2.sbk"), &before).expect("it can be written");
    }
    let mut file = snapshot::read(Cursor::new(snapshot_file())).expect("readable for ever");
    assert_eq!(file.header().origin, ORIGIN);
    let lines_alone = String::from_utf8(golden("snapshot-1.jsonl")).expect("UTF-8");
    assert_eq!(lines(&mut file), lines_alone);
    let mut capture = Reader::new(Cursor::new(capture_file())).expect("readable for ever");
    assert_eq!(lines(&mut capture), text);
    assert!(alone == snapshot_file() && before == capture_file(), "the format has changed");
}

#[test]
fn a_snapshot_is_the_same_whatever_holds_it() {
    let (instruments, snapshots) = content();
    let alone = snapshot_file();
    let mut of_file = snapshot::read(Cursor::new(&alone)).expect("it is whole");
    let lines_alone = golden("snapshot-1.jsonl");
    let mut of_lines = jsonl::Reader::new(&lines_alone[..]).expect("good");
    assert_eq!((of_file.instruments(), of_file.snapshots()), (&instruments[..], &snapshots[..]));
    assert_eq!(of_lines.snapshots(), snapshots);
    assert_eq!(scan(&mut of_file).expect("whole"), scan(&mut of_lines).expect("whole"));
    assert!(
        matches!(open(path("snapshot-1.sbs")), Ok(Capture::Snapshot(file)) if file.snapshots() == snapshots)
    );

    let text = text();
    let scanned = scan(&mut jsonl::Reader::new(text.as_bytes()).expect("good")).expect("whole");
    let verified = verify(Cursor::new(capture_file())).expect("it is whole").summary;
    assert_eq!(verified.digest, scanned.digest);
    let reader = Reader::new(Cursor::new(capture_file())).expect("it is whole");
    assert_eq!(reader.summary(), Some(&verified));
    assert_eq!((verified.snapshot.instruments, verified.snapshot.orders), (3, 14));
    let all = [Feature::TrailingStop, Feature::DisplayQuantity, Feature::Halted, Feature::Market];
    assert_eq!(Features::of(&all).without(verified.demand()), Features::NONE);
    assert!(!verified.demand().contains(Feature::ProRata), "that is the table's");
}

#[test]
fn every_field_of_a_snapshot_is_in_the_digest() {
    let text = text();
    let digest = |text: &str| {
        scan(&mut jsonl::Reader::new(text.as_bytes()).expect(text)).expect("it is whole").digest
    };
    let changes = [
        (r#""phase":"post-only""#, r#""phase":"limit-only""#),
        (r#""last_trade":"-0.1""#, r#""last_trade":"0.1""#),
        (r#""next_trade":922"#, r#""next_trade":844"#),
        (r#""arrivals":40"#, r#""arrivals":41"#),
        (r#""order":101,"account":7"#, r#""order":100,"account":7"#),
        (r#""account":7,"#, r#""account":8,"#),
        (r#""arrival":30"#, r#""arrival":29"#),
        (r#""price":"0.4""#, r#""price":"0.5""#),
        (r#""open":"0.5","executed":"0"}"#, r#""open":"0.6","executed":"0"}"#),
        (r#""executed":"2.00000001""#, r#""executed":"2""#),
        (r#""time_in_force":"day","#, ""),
        (r#""expire_time_ns":99"#, r#""expire_time_ns":98"#),
        (r#""post_only":true,"#, ""),
        (r#""display_quantity":"0.4""#, r#""display_quantity":"0.5""#),
        (r#""slice":"0.1""#, r#""slice":"0.2""#),
        (
            r#""price":"0.4","open":"2","executed":"0""#,
            r#""price":"0.4","open":"2","executed":"0","display_quantity":"0""#,
        ),
        (r#""min_quantity":"1","#, ""),
        (r#""self_trade":"decrement""#, r#""self_trade":"cancel-both""#),
        (r#""order_type":"take-profit","open""#, r#""order_type":"stop","open""#),
        (r#""trigger_price":"-5""#, r#""trigger_price":"-4""#),
        (r#""trigger_price":"-2","#, ""),
        (
            r#""price":"3","open":"2","executed":"0","trail_offset":"1.5""#,
            r#""price":"3","open":"2","executed":"0","trail_offset":"1.6""#,
        ),
        (
            r#"{"type":"state","instrument":"EMPTY","phase":"post-only","next_trade":1,"arrivals":0}"#,
            "",
        ),
    ];
    let mut seen = vec![digest(&text)];
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        let changed = digest(&text.replacen(from, to, 1));
        assert!(!seen.contains(&changed), "{from}");
        seen.push(changed);
    }
}

#[test]
fn no_bit_of_a_snapshot_changes_unnoticed_and_no_cut() {
    let file = snapshot_file();
    let mut damaged = file.clone();
    for (offset, bit) in (0..file.len()).flat_map(|offset| (0..8).map(move |bit| (offset, bit))) {
        damaged[offset] ^= 1 << bit;
        let read = snapshot::read(Cursor::new(&damaged));
        assert!(read.is_err(), "byte {offset}, bit {bit}");
        damaged[offset] ^= 1 << bit;
    }
    for end in 0..file.len() {
        let error = snapshot::read(Cursor::new(&file[..end])).expect_err("it is cut");
        assert!(error.to_string().contains("the file ends before its"), "{end}: {error}");
    }
    let longer = [&file[..], b"x"].concat();
    let error = snapshot::read(Cursor::new(longer)).expect_err("it is too long");
    let expected = format!("offset {}: the snapshot ends here, but 1 bytes follow", file.len());
    assert_eq!(error.to_string(), expected);
    flips::check(&capture_file());
}

#[test]
fn a_capture_that_is_cut_within_its_snapshot_is_no_torn_one() {
    let file = capture_file();
    let begin = snapshot_file().len();
    for end in 0..file.len() {
        match Reader::new(Cursor::new(&file[..end])) {
            Ok(reader) => {
                assert!(end >= begin && reader.torn_tail().is_some(), "{end}");
                assert_eq!(reader.snapshots(), content().1);
            }
            Err(error) => {
                assert!(end < begin, "{end}: {error}");
                assert!(error.to_string().contains("the file ends before its"), "{end}: {error}");
            }
        }
    }
}

#[test]
fn a_state_that_no_engine_can_have_is_neither_written_nor_read() {
    let (instruments, snapshots) = content();
    let refused = |change: &dyn Fn(&mut Vec<Snapshot>)| {
        let mut changed = snapshots.clone();
        change(&mut changed);
        let error = snapshot::write(Vec::new(), &header(&instruments), &changed);
        let Err(WriteError::Snapshot(problem)) = error else { panic!("it was written") };
        let capture = Writer::with_snapshots(Vec::new(), &header(&instruments), &changed);
        assert!(changed.is_empty() || capture.is_err());
        problem
    };
    assert_eq!(refused(&Vec::clear), "there is none");
    assert!(refused(&|all| all.swap(0, 1)).contains("in the order of the instruments"));
    assert!(refused(&|all| all[1].instrument = all[0].instrument).contains("a second snapshot"));
    assert!(refused(&|all| all[2].instrument = InstrumentId(4)).contains("of a table of 4"));
    let crossed = |all: &mut Vec<Snapshot>| {
        let ask = all[0].orders.iter_mut().find(|order| order.side == Side::Sell).expect("one");
        ask.price = Some(Price(3));
    };
    assert!(refused(&crossed).contains("is crossed in phase cancel-only: 3 against 3"));

    let text = text();
    let check = |from: &str, to: &str, expected: &str| {
        assert!(text.contains(from), "{from}");
        let changed = text.replacen(from, to, 1);
        let error = Stream::of_text(&changed).expect_err(to);
        assert_eq!(error.to_string(), expected);
    };
    check(
        r#""order":102,"#,
        r#""order":101,"#,
        "line 5: order 101 of instrument 0: another live order has the same id",
    );
    check(
        r#""slice":"0.1""#,
        r#""slice":"0.5""#,
        "line 5: order 102 of instrument 0: its slice is above what is open or displayed, or there where nothing shows",
    );
    check(r#","slice":"0.1""#, "", "line 7, field `slice`: missing");
    check(
        r#""price":"0.3""#,
        r#""price":"0.4""#,
        "line 5: the book of instrument 0 is crossed in phase cancel-only: 4 against 4",
    );
    check(r#","executed":"0"}"#, "}", "line 6, field `executed`: missing");
    check(
        r#""type":"state","instrument":"EMPTY""#,
        r#""type":"state","instrument":"XBTUSD""#,
        "line 17, field `instrument`: states stand in the order of the instrument lines, one for each",
    );
    check(
        r#""instrument":"XBTUSD","order":101,"#,
        r#""instrument":"EMPTY","order":101,"#,
        "line 6, field `instrument`: an order follows the state of its instrument",
    );
    check(
        r#""instrument":"HALTED","order":1,"#,
        r#""seq":1,"instrument":"HALTED","order":1,"#,
        "line 19, field `seq`: `order` lines have no such field",
    );
}

#[test]
fn what_books_begin_with_stands_between_instruments_and_commands() {
    let text = text();
    let lines: Vec<&str> = text.lines().collect();
    let check = |order: &[usize], expected: &str| {
        let moved: String = order.iter().map(|line| format!("{}\n", lines[*line])).collect();
        let error = Stream::of_text(&moved).expect_err(&moved).to_string();
        assert_eq!(error, expected);
    };
    check(&[0, 4, 1], "line 3, field `type`: instruments are declared before the first state");
    let late = "line 3, field `type`: what books begin with stands before the first command";
    check(&[0, 21, 4], late);
    check(&[0, 21, 5], late);
    check(&[0, 5], "line 2, field `instrument`: an order follows the state of its instrument");
    check(
        &[4],
        "line 1, field `instrument`: read `XBTUSD`, expected an instrument that an instrument line declares",
    );
}
