//! The one sentence that a report says of a bug, for every functional defect.

mod cut;
mod rerun;
mod truth;

use std::path::PathBuf;

use shadowbook_faulty::{Defect, Kind};
use shadowbook_model::Instrument;
use shadowbook_report::reading;
use shadowbook_scenario::{command_line, event_line};
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
const STREAMS: usize = 4;

/// Holds what is read in a flow against what the engines did; gives the number of claims.
fn check(defect: Defect, minimized: &Minimized) -> usize {
    let (shown, before) = rerun::rerun(&minimized.flow, defect).expect("it shows again");
    assert_eq!(shown, minimized.shown, "{defect}: it shows the same again");
    let instrument = &minimized.flow.instruments[shown.divergence.instrument.index()];
    let reading = reading(minimized);
    assert!(reading.contains("the candidate "), "{reading}");
    let (reading, before) = (reading.as_str(), before.as_ref());
    Witness { defect, reading, shown: &shown, before, instrument }.check()
}

#[test]
fn nothing_is_read_that_is_not_so() {
    let mut claims = 0;
    for defect in functional() {
        for seed in (100..).step_by(100).take(STREAMS) {
            let Some((flow, shown)) = cut::find(defect, seed) else { continue };
            // As it was found, with all that came before, and cut down.
            let commands = flow.commands.len() as u64;
            let whole = Minimized { flow, shown, is_minimal: false, reruns: 0, commands };
            claims += check(defect, &whole);
            claims += check(defect, &cut::cut(defect, whole.flow, whole.shown));
        }
    }
    assert!(claims > 250, "only {claims} claims were held against anything");
}

#[test]
fn every_functional_defect_has_a_reading() {
    let mut text = String::new();
    for defect in functional() {
        let (flow, shown) = cut::find(defect, 1).unwrap_or_else(|| panic!("{defect} is not found"));
        text += &told(defect, &cut::cut(defect, flow, shown));
    }
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/readings/readings.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &text).expect("it can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, expected, "UPDATE_EXPECT=1 writes it anew");
}
