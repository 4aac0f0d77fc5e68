//! Stepping: keys, and what fills the terminal after them.

use std::sync::Arc;

use shadowbook_capture::Flow;
use shadowbook_model::{
    Command, Increment, Instrument, NewOrder, OrderId, Price, Quantity, Side, TimeNs,
};
use shadowbook_replay::{DiffError, Focus, Stage, find, scenes};

use super::*;
use crate::engines::EngineName;

const ROOM: Room = Room { width: 120, height: 40, color: false };

/// Forty commands: two bids, then sales of one lot, which the candidate gives to the wrong bid.
fn flow() -> Arc<Flow> {
    let order = |seq: u64, side, quantity| {
        let new = NewOrder::limit(OrderId(seq), side, Price(100), Quantity(quantity));
        Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), new)
    };
    let sales = (3..=40).map(|seq| order(seq, Side::Sell, 1));
    let commands = [order(1, Side::Buy, 50), order(2, Side::Buy, 50)].into_iter().chain(sales);
    Arc::new(Flow {
        instruments: vec![Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)],
        snapshots: Vec::new(),
        commands: commands.collect(),
    })
}

fn stretch(seq: u64, candidate: Option<&str>) -> Stretch {
    let flow = flow();
    let spot = find(&mut flow.clone().stream(), Seq(seq), Focus::default(), 5, 5);
    let spot = spot.expect("it can be read").expect("it is there");
    let session = |name: &str| {
        let engine: EngineName = name.parse().expect("it is an engine");
        engine.session(&flow.instruments).map_err(DiffError::Reference)
    };
    let mut open = || {
        Ok(Stage {
            source: Box::new(flow.clone().stream()),
            reference: session("reference")?,
            candidate: candidate.map(session).transpose()?,
        })
    };
    scenes(&mut open, &spot, 5).expect("both engines come to the end")
}

fn at(seq: u64) -> Stepper {
    Stepper::new(stretch(seq, Some("faulty:partial-fill-to-tail")))
}

fn info() -> SceneInfo {
    SceneInfo {
        capture: "day.sbk".to_owned(),
        snapshot: None,
        reference: "reference".to_owned(),
        candidate: Some("faulty:partial-fill-to-tail".to_owned()),
        instruments: flow().instruments.clone(),
    }
}

fn status(stepper: &Stepper) -> String {
    stepper.lines(&info(), ROOM).last().expect("there are lines").clone()
}

fn presses(stepper: &mut Stepper, keys: &str) -> Asked {
    let press = |key| match key {
        '\n' => Press::Enter,
        '\x08' => Press::Backspace,
        '\x1b' => Press::Escape,
        key => Press::Char(key),
    };
    let mut asked = Asked::Nothing;
    for key in keys.chars() {
        asked = stepper.press(press(key));
    }
    asked
}

#[test]
fn keys_lead_forward_and_back() {
    let mut stepper = at(20);
    for (key, seq) in [
        (Press::Char('n'), 21),
        (Press::Right, 22),
        (Press::Char(' '), 23),
        (Press::Char('p'), 22),
        (Press::Left, 21),
        (Press::Other, 21),
    ] {
        assert_eq!(stepper.press(key), Asked::Nothing);
        assert_eq!(stepper.seq(), Seq(seq), "{key:?}");
    }
    assert_eq!(stepper.press(Press::Char('q')), Asked::Quit);
    assert_eq!(stepper.press(Press::Interrupt), Asked::Quit);
}

#[test]
fn beyond_the_stretch_another_is_asked_for() {
    let mut stepper = at(20);
    assert_eq!(presses(&mut stepper, "nnnnn"), Asked::Nothing);
    assert_eq!(presses(&mut stepper, "n"), Asked::Load(Seq(25), Then::Forward));
    stepper.arrive(stretch(25, Some("faulty:partial-fill-to-tail")), Then::Forward);
    assert_eq!(stepper.seq(), Seq(26));
    assert_eq!(presses(&mut stepper, "pppppp"), Asked::Nothing);
    assert_eq!(presses(&mut stepper, "p"), Asked::Load(Seq(20), Then::Back));
    stepper.arrive(stretch(20, Some("faulty:partial-fill-to-tail")), Then::Back);
    assert_eq!(stepper.seq(), Seq(19));
}

#[test]
fn both_ends_are_told() {
    let mut first = at(1);
    assert_eq!(presses(&mut first, "p"), Asked::Nothing);
    assert_eq!(status(&first), "this is the first command");
    let mut last = at(40);
    assert_eq!(presses(&mut last, "n"), Asked::Nothing);
    assert_eq!(status(&last), "this is the last command");
    assert_eq!(presses(&mut last, "p"), Asked::Nothing);
    assert!(status(&last).starts_with("n next"), "what was told is gone");
}

#[test]
fn differences_are_jumped_to() {
    let mut stepper = at(1);
    assert_eq!(presses(&mut stepper, "d"), Asked::Nothing);
    assert_eq!(stepper.seq(), Seq(3), "the first part of a bid goes to the back");
    assert_eq!(presses(&mut stepper, "d"), Asked::Nothing);
    assert_eq!(stepper.seq(), Seq(4));
    assert_eq!(presses(&mut stepper, "D"), Asked::Nothing);
    assert_eq!(stepper.seq(), Seq(3));
    assert_eq!(presses(&mut stepper, "D"), Asked::Nothing);
    assert_eq!(status(&stepper), "nothing differs back to the beginning");
    let mut equal = Stepper::new(stretch(10, Some("ladder")));
    let search = Asked::Search { after: 15, instrument: InstrumentId(0) };
    assert_eq!(presses(&mut equal, "d"), search);
    let mut alone = Stepper::new(stretch(10, None));
    assert_eq!(presses(&mut alone, "d"), Asked::Nothing);
    assert!(status(&alone).contains("--candidate"));
}

#[test]
fn an_end_on_another_instrument_is_gone_to() {
    let mut gone = stretch(10, Some("ladder"));
    gone.candidate_end = Some((Seq(12), "it died".to_owned()));
    let mut stepper = Stepper::new(gone);
    assert_eq!(presses(&mut stepper, "d"), Asked::Load(Seq(12), Then::Stay));
    presses(&mut stepper, "nn");
    assert_eq!(presses(&mut stepper, "d"), Asked::Nothing);
    assert!(status(&stepper).starts_with("the candidate ended at seq 12"));
}

#[test]
fn a_seq_is_typed() {
    let mut stepper = at(20);
    presses(&mut stepper, "g99x\x08");
    assert_eq!(status(&stepper), "go to seq: 9_");
    assert_eq!(presses(&mut stepper, "\n"), Asked::Load(Seq(9), Then::Stay));
    stepper.tell("no such seq");
    assert_eq!(status(&stepper), "no such seq");
    assert_eq!(presses(&mut stepper, "g22\n"), Asked::Nothing);
    assert_eq!(stepper.seq(), Seq(22), "it is at hand");
    assert_eq!(presses(&mut stepper, "g\n"), Asked::Nothing);
    assert_eq!(presses(&mut stepper, "g5\x1bn"), Asked::Nothing);
    assert_eq!(stepper.seq(), Seq(23));
    let too_long = "g99999999999999999999999\n";
    assert_eq!(presses(&mut stepper, too_long), Asked::Nothing);
}

#[test]
fn help_fits_an_ordinary_terminal() {
    assert!(HELP.iter().all(|line| line.chars().count() <= 80));
    assert!(HELP.len() <= 24);
}

#[test]
fn help_comes_and_goes() {
    let mut stepper = at(20);
    presses(&mut stepper, "?");
    let small = Room { width: 30, height: 5, color: false };
    let help = stepper.lines(&info(), small);
    assert_eq!(help.len(), 5);
    assert!(help[0].contains("the next"));
    assert!(help.iter().all(|line| line.chars().count() <= 30));
    presses(&mut stepper, "q");
    assert!(stepper.lines(&info(), ROOM)[0].starts_with("day.sbk"), "any key goes back");
}

#[test]
fn a_screen_fits_every_terminal_and_keeps_the_touch_in_its_place() {
    let mut stepper = at(3);
    let touch = |stepper: &Stepper, room| {
        stepper.lines(&info(), room).iter().position(|line| line.contains("── last trade"))
    };
    let begun = touch(&stepper, ROOM);
    assert!(begun.is_some());
    for _ in 0..5 {
        for (width, height) in [(120, 40), (96, 24), (80, 24), (60, 16), (40, 10), (20, 3), (1, 1)]
        {
            let lines = stepper.lines(&info(), Room { width, height, color: false });
            assert_eq!(lines.len(), height, "{width}×{height}");
            let longest = lines.iter().map(|line| line.chars().count()).max();
            assert!(longest <= Some(width.max(40)), "{width}×{height}: {lines:#?}");
        }
        stepper.press(Press::Right);
        assert_eq!(touch(&stepper, ROOM), begun);
    }
}

#[test]
fn what_the_command_changed_stands_in_brackets_and_what_differs_is_marked() {
    let mut stepper = at(3);
    let lines = stepper.lines(&info(), ROOM);
    let has = |left: &str, right: &str| {
        lines.iter().any(|line| {
            let (one, other) = line.split_once('│').unwrap_or((line, ""));
            one.trim() == left && other.trim() == right
        })
    };
    assert!(has("bid          100  [1×50] 2×50", "- bid          100  [1×49] 2×50"), "{lines:#?}");
    assert!(has("", "+ bid          100  2×50 [1×49]"), "{lines:#?}");
    assert!(lines.iter().any(|line| line.starts_with(">≠ seq 3  XBTUSD  sell 1 @ 100")));
    let narrow = Room { width: 80, height: 24, color: false };
    assert!(stepper.lines(&info(), narrow).iter().any(|line| line.starts_with("+ bid")));
    presses(&mut stepper, "b");
    assert!(!stepper.lines(&info(), narrow).iter().any(|line| line.starts_with("+ bid")));
}
