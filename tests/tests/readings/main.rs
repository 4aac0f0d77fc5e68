//! The one sentence that a report says of a bug, for every functional defect.

mod cut;
mod rerun;

use std::path::PathBuf;

use shadowbook_faulty::{Defect, Kind};
use shadowbook_model::Instrument;
use shadowbook_report::reading;
use shadowbook_scenario::{command_line, event_line};
use shadowbook_triage::Minimized;

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
