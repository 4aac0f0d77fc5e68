//! A file of version 1 that stays readable for ever.
//!
//! `version-1.jsonl` says what is in `version-1.sbk`. `UPDATE_EXPECT=1` writes the file anew from
//! the lines; that is right only while version 1 was never released, or for what leaves the
//! format as it is (another release of zstd may compress otherwise).

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::PathBuf;

use shadowbook_capture::file::{Header, Reader, Writer};
use shadowbook_model::{
    Action, CancelReason, CommandKind, Event, OrderType, Phase, RejectReason, SelfTrade,
    TimeInForce,
};

use crate::sample::block_ends;
use crate::stream::{Outcome, Stream};

const ORIGIN: &str = "the golden file of version 1";

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// The file of version 1.
pub(crate) fn file() -> Vec<u8> {
    std::fs::read(path("version-1.sbk")).expect("it is kept beside the tests")
}

fn text() -> String {
    std::fs::read_to_string(path("version-1.jsonl")).expect("it is kept beside the tests")
}

/// What this program writes today for the same content.
fn written_today(stream: &Stream) -> Vec<u8> {
    let header = Header { instruments: stream.instruments.clone(), origin: ORIGIN.to_owned() };
    let mut file = Vec::new();
    let mut writer = Writer::new(&mut file, &header).expect("memory");
    for batch in stream.batches(100) {
        writer.append(&batch).expect("the stream is in order");
    }
    writer.finish().expect("memory");
    file
}

#[test]
fn version_1_is_read_to_its_lines_and_written_to_its_bytes() {
    let stream = Stream::of_text(&text()).expect("the lines are good");
    let today = written_today(&stream);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(path("version-1.sbk"), &today).expect("it can be written");
        std::fs::write(path("version-1.jsonl"), stream.to_text(1)).expect("it can be written");
    }
    let file = file();
    let mut reader = Reader::new(Cursor::new(&file[..])).expect("version 1 is readable for ever");
    assert_eq!(reader.header().origin, ORIGIN);
    let read = Stream::of_source(&mut reader).expect("version 1 is readable for ever");
    assert_eq!(read.to_text(1), text());
    assert!(today == file, "the format has changed: it needs a new version and a new golden file");
}

/// The names that a part of the stream has, to be held against all that there are.
fn names<'a>(names: impl Iterator<Item = &'a str>) -> BTreeSet<&'a str> {
    names.collect()
}

#[test]
fn the_golden_file_has_everything_that_a_file_can_have() {
    let file = file();
    let stream = Stream::of_file(&file).expect("it is whole");
    assert!(block_ends(&file).1.len() > 1, "several blocks");
    assert!(stream.instruments.len() > 1, "several instruments");
    assert!(stream.lines.iter().any(|line| line.synthetic), "synthetic commands");

    let actions = || stream.lines.iter().map(|line| &line.command.action);
    let kinds = names(stream.lines.iter().map(|line| line.command.kind().name()));
    assert_eq!(kinds, names(CommandKind::ALL.iter().map(|kind| kind.name())));
    let orders = || {
        actions().filter_map(|action| match action {
            Action::New(new) => Some(new),
            _ => None,
        })
    };
    let order_types = names(orders().map(|new| new.order_type.name()));
    assert_eq!(order_types, names(OrderType::ALL.iter().map(|order_type| order_type.name())));
    let times_in_force = names(orders().map(|new| new.time_in_force.name()));
    assert_eq!(times_in_force, names(TimeInForce::ALL.iter().map(|time| time.name())));
    let self_trades = names(orders().map(|new| new.self_trade.name()));
    assert_eq!(self_trades, names(SelfTrade::ALL.iter().map(|mode| mode.name())));
    let phases = names(actions().filter_map(|action| match action {
        Action::Phase(phase) => Some(phase.name()),
        _ => None,
    }));
    assert_eq!(phases, names(Phase::ALL.iter().map(|phase| phase.name())));
}

#[test]
fn the_golden_file_has_every_outcome() {
    let stream = Stream::of_file(&file()).expect("it is whole");
    let has = |kind: fn(&Outcome) -> bool| stream.lines.iter().any(|line| kind(&line.outcome));
    assert!(has(|outcome| matches!(outcome, Outcome::Fills(fills) if fills.is_empty())));
    assert!(has(|outcome| matches!(outcome, Outcome::Fills(fills) if fills.len() > 1)));
    assert!(has(|outcome| matches!(outcome, Outcome::Events(events) if events.is_empty())));
    assert!(has(|outcome| matches!(outcome, Outcome::Unchecked)));

    let events: Vec<Event> = stream
        .lines
        .iter()
        .filter_map(|line| match &line.outcome {
            Outcome::Events(events) => Some(events),
            _ => None,
        })
        .flatten()
        .copied()
        .collect();
    let rejects = names(events.iter().filter_map(|event| match event {
        Event::Rejected { reason, .. } => Some(reason.name()),
        _ => None,
    }));
    assert_eq!(rejects, names(RejectReason::ALL.iter().map(|reason| reason.name())));
    let cancels = names(events.iter().filter_map(|event| match event {
        Event::Canceled { reason, .. } => Some(reason.name()),
        _ => None,
    }));
    assert_eq!(cancels, names(CancelReason::ALL.iter().map(|reason| reason.name())));
    let kinds: BTreeSet<u8> = events.iter().map(kind).collect();
    assert_eq!(kinds, (0..9).collect());
    let is_large = |event: &Event| matches!(event, Event::Auction { quantity, .. } if quantity.0 > u128::from(u64::MAX));
    assert!(events.iter().any(is_large), "a volume of more than 64 bits");
}

fn kind(event: &Event) -> u8 {
    match event {
        Event::Accepted { .. } => 0,
        Event::Rejected { .. } => 1,
        Event::Replaced { .. } => 2,
        Event::Fill(_) => 3,
        Event::Reduced { .. } => 4,
        Event::Canceled { .. } => 5,
        Event::Triggered { .. } => 6,
        Event::Auction { .. } => 7,
        Event::Phase { .. } => 8,
    }
}
