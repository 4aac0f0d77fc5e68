//! The one sentence that a report says of a bug, for every functional defect.

mod found;
mod rerun;
mod truth;

use std::path::PathBuf;

use shadowbook_capture::{Batch, Flow, Source, jsonl};
use shadowbook_compare::DivergenceKind;
use shadowbook_faulty::{Defect, Kind};
use shadowbook_model::{Engine, Event, EventBuffer, Instrument, InstrumentId, Snapshot};
use shadowbook_reference::ReferenceEngine;
use shadowbook_report::{Provenance, example_jsonl, example_scenario, reading};
use shadowbook_scenario::{command_line, event_line, parse, run};
use shadowbook_triage::Minimized;

use truth::Witness;

fn functional() -> impl Iterator<Item = Defect> {
    Defect::ALL.iter().copied().filter(|defect| defect.kind() == Kind::Functional)
}

/// A defect as it is told: what is wrong, the commands, the answers, the books, the sentence.
fn told(defect: Defect, minimized: &Minimized) -> String {
    let Minimized { flow, shown, .. } = minimized;
    let divergence = &shown.divergence;
    let instrument: &Instrument = &flow.instruments[divergence.instrument.index()];
    let mut text = format!("{defect}: {}\n", defect.summary());
    for snapshot in &flow.snapshots {
        for order in &snapshot.orders {
            text += &format!("    holds {order:?}\n");
        }
    }
    for command in &flow.commands {
        text += &format!("    at {} {}\n", command.time, command_line(command, instrument));
    }
    for event in &divergence.reference.events {
        text += &format!("      - {}\n", event_line(event, instrument));
    }
    for event in &divergence.candidate.events {
        text += &format!("      + {}\n", event_line(event, instrument));
    }
    for difference in shown.differences.iter().take(4) {
        let line = shadowbook_report::book_difference(difference, instrument);
        text += &format!("      · {line}\n");
    }
    let (signature, rule) = (divergence.signature(), shown.rule.map_or("-", |rule| rule.name()));
    text += &format!("    {signature}, rule {rule}, {}\n", instrument.symbol);
    text + &format!("  {}\n\n", reading(minimized))
}

/// As many streams of each defect are read.
const STREAMS: usize = 1;

/// Holds what is read in a flow against what the engines did; gives the number of claims.
fn check(defect: Defect, minimized: &Minimized) -> usize {
    let Minimized { flow, shown, .. } = minimized;
    let instrument = &flow.instruments[shown.divergence.instrument.index()];
    let reading = reading(minimized);
    assert!(reading.contains("the candidate "), "{reading}");
    let before = rerun::before(flow, shown, defect);
    Witness { defect, reading: &reading, shown, before: &before, instrument }.check()
}

#[test]
fn nothing_is_read_that_is_not_so() {
    let mut claims = 0;
    for defect in functional() {
        for seed in (100..).step_by(100).take(STREAMS) {
            for found in found::find(defect, seed) {
                // As it was found, with all that came before, and as small as it gets.
                claims += check(defect, &found);
                claims += check(defect, &found::minimized(defect, &found));
            }
        }
    }
    assert!(claims > 60, "only {claims} claims were held against anything");
}

/// What the reference answers to the commands of a flow, and its book of an instrument after them.
fn answers(flow: &Flow, of: InstrumentId) -> (Vec<Vec<Event>>, Snapshot) {
    let mut engine = ReferenceEngine::new(&flow.instruments);
    let answer = |command| {
        let mut events = EventBuffer::new();
        engine.apply(command, &mut events);
        events.as_slice().to_vec()
    };
    let events = flow.commands.iter().map(answer).collect();
    (events, engine.snapshot(of))
}

/// A flow as it is read from JSON lines.
fn read(text: &str) -> Flow {
    let mut reader = jsonl::Reader::new(text.as_bytes()).expect("it is JSON lines");
    let (mut batch, mut commands) = (Batch::new(), Vec::new());
    let instruments = reader.instruments().to_vec();
    let snapshots = reader.snapshots().to_vec();
    while reader.read(&mut batch).expect("it is read") {
        commands.extend_from_slice(batch.commands());
    }
    Flow { instruments, snapshots, commands }
}

#[test]
fn the_files_of_an_example_are_read_back() {
    let from = Provenance {
        capture: "day.sbk".to_owned(),
        digest: "0".to_owned(),
        seq: 1,
        reference: "reference".to_owned(),
        candidate: "faulty".to_owned(),
    };
    for defect in functional() {
        let found = found::find(defect, 1);
        let found = found.first().unwrap_or_else(|| panic!("{defect} is not found"));
        let minimized = found::minimized(defect, found);
        let flow = &minimized.flow;
        let (answers, book) = answers(flow, minimized.shown.divergence.instrument);
        assert_eq!(read(&example_jsonl(&minimized, &from, &answers)), *flow, "{defect}");
        let text = example_scenario(&minimized, &from, &answers, Some(&book));
        assert_eq!(text.is_none(), !flow.snapshots.is_empty(), "{defect}");
        let Some(text) = text else { continue };
        let scenario = parse(&text).unwrap_or_else(|error| panic!("{defect}: {error}\n{text}"));
        assert_eq!(scenario.to_string(), text, "{defect}: it is canonical");
        let run = |mut engine: Box<dyn Engine + Send>| {
            run(&scenario, engine.as_mut()).mismatches().to_vec()
        };
        let ours = run(Box::new(ReferenceEngine::new(&flow.instruments)));
        assert!(ours.is_empty(), "{defect}: the reference does what is expected: {ours:?}");
        let is_silent = minimized.shown.divergence.kind == DivergenceKind::State;
        let is_unseen = text.contains("\n# the lines of a book do not show what differs");
        assert!(is_silent || !is_unseen, "{defect}: what differs is in the events");
        let theirs = run(defect.create(&flow.instruments));
        assert_eq!(theirs.is_empty(), is_unseen, "{defect}: the candidate does not\n{text}");
    }
}

#[test]
fn every_functional_defect_has_a_reading() {
    let mut text = String::new();
    for defect in functional() {
        let found = found::find(defect, 1);
        assert!(!found.is_empty(), "{defect} is not found");
        for found in &found {
            text += &told(defect, &found::minimized(defect, found));
        }
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/readings/readings.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &text).expect("it can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let first = text.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(text == expected, "found, expected: {first:#?}; UPDATE_EXPECT=1 writes all anew");
}
