//! Each defect shows, on streams in which everything collides, and no engine dies that is not
//! meant to.

mod stream;

use std::panic::{AssertUnwindSafe, catch_unwind};

use shadowbook_faulty::{Defect, Kind};
use shadowbook_model::{Command, Engine, Event, EventBuffer, Features};
use shadowbook_reference::ReferenceEngine;

use crate::stream::{SEED, first_difference, stream, table};

/// Sets both engines to what the reference has come to, and then goes on.
fn difference_after_restore(defect: Defect, commands: &[Command]) -> Option<usize> {
    let mut right = ReferenceEngine::new(&table());
    let mut wrong = defect.create(&table());
    for (place, command) in commands.iter().enumerate() {
        let mut events = EventBuffer::new();
        right.apply(command, &mut events);
        let snapshot = right.snapshot(command.instrument);
        let sound = snapshot.check(&table()[command.instrument.index()]).expect("it is its state");
        wrong.restore(sound).expect("it can be restored");
        if right.digest(command.instrument) != wrong.digest(command.instrument) {
            return Some(place);
        }
    }
    None
}

#[test]
fn each_functional_defect_shows() {
    let commands = stream(SEED);
    let functional = Defect::ALL.iter().filter(|defect| defect.kind() == Kind::Functional);
    let mut hidden = Vec::new();
    for defect in functional {
        let difference = if defect.shows_after_restore() {
            difference_after_restore(*defect, &commands)
        } else {
            let mut right = ReferenceEngine::new(&table());
            first_difference(&mut right, &mut *defect.create(&table()), &commands)
        };
        if difference.is_none() {
            hidden.push(defect.name());
        }
    }
    assert!(hidden.is_empty(), "seed {SEED}: nothing shows of {hidden:?}");
}

#[test]
fn what_is_only_slow_is_right() {
    let commands = stream(SEED);
    for defect in Defect::ALL.iter().filter(|defect| defect.kind() == Kind::Latency) {
        let mut right = ReferenceEngine::new(&table());
        let difference = first_difference(&mut right, &mut *defect.create(&table()), &commands);
        assert_eq!(difference, None, "{defect}");
    }
}

#[test]
fn the_reference_differs_from_itself_in_nothing() {
    let (mut right, mut twin) = (ReferenceEngine::new(&table()), ReferenceEngine::new(&table()));
    assert_eq!(first_difference(&mut right, &mut twin, &stream(SEED)), None);
}

#[test]
fn the_stream_has_some_of_everything() {
    let mut engine = ReferenceEngine::new(&table());
    let mut events = EventBuffer::new();
    stream(SEED).iter().for_each(|command| engine.apply(command, &mut events));
    let count = |is: fn(&Event) -> bool| events.as_slice().iter().filter(|event| is(event)).count();
    let counts = [
        count(|event| matches!(event, Event::Fill(_))),
        count(|event| matches!(event, Event::Triggered { .. })),
        count(|event| matches!(event, Event::Auction { .. })),
        count(|event| matches!(event, Event::Reduced { .. })),
        count(|event| matches!(event, Event::Replaced { .. })),
    ];
    assert!(counts.iter().all(|count| *count >= 20), "{counts:?}");
}

#[test]
fn a_crash_is_a_panic_and_garbage_names_nobody() {
    let commands = stream(SEED);
    let mut events = EventBuffer::new();
    let mut dies = Defect::Crash.create(&table());
    let run = catch_unwind(AssertUnwindSafe(|| {
        commands.iter().for_each(|command| dies.apply(command, &mut events));
    }));
    assert!(run.is_err());
    let mut garbage = Defect::Garbage.create(&table());
    let mut right = ReferenceEngine::new(&table());
    assert_eq!(first_difference(&mut right, &mut *garbage, &commands), Some(49));
}

#[test]
fn what_offers_less_says_so_and_is_right_about_the_rest() {
    let commands = stream(SEED);
    for defect in Defect::ALL.iter().filter(|defect| defect.kind() == Kind::Offer) {
        let mut wrong = defect.create(&table());
        let capabilities = wrong.capabilities();
        assert!(capabilities.check(Features::ALL).is_err(), "{defect}");
        let is_offered =
            |command: &&Command| capabilities.check(Features::of_command(command)).is_ok();
        let plain: Vec<Command> = commands.iter().filter(is_offered).copied().collect();
        assert!((1..commands.len()).contains(&plain.len()));
        let mut right = ReferenceEngine::new(&table());
        assert_eq!(first_difference(&mut right, &mut *wrong, &plain), None, "{defect}");
    }
}

#[test]
fn each_name_is_its_own_and_says_what_is_wrong() {
    for (place, defect) in Defect::ALL.iter().enumerate() {
        assert_eq!(defect.name().parse(), Ok(*defect));
        assert!(!defect.summary().is_empty() && !defect.summary().contains('\n'));
        let others = &Defect::ALL[place + 1..];
        assert!(others.iter().all(|other| other.name() != defect.name()), "{defect}");
        let is_plain = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(defect.name().chars().all(is_plain), "{defect}");
    }
    let error = "no-such".parse::<Defect>().expect_err("nobody has that name").to_string();
    assert!(error.starts_with("unknown defect `no-such`, expected one of: partial-fill-to-tail, "));
}

/// What was seen in engines in public, by the name each has there.
#[test]
fn every_class_that_was_seen_in_public_is_there() {
    let seen = [
        "partial-fill-to-tail",
        "swap-remove-cancel",
        "size-up-keeps-priority",
        "size-down-loses-priority",
        "oldest-not-best",
        "taker-price",
        "sweep-past-limit",
        "amend-crosses-silently",
        "replace-from-original",
        "untriggered-uncancellable",
        "stop-inverted",
        "stop-cascade-single-pass",
        "stop-on-quote",
        "triggered-stays",
        "fok-partial",
        "fok-single-maker",
        "ioc-rests",
        "iceberg-inflates",
        "iceberg-keeps-priority",
        "self-trade-remainder-rests",
        "expired-matchable",
        "auction-drops-attributes",
        "indicative-differs",
        "filled-stays-indexed",
        "duplicate-accepted",
        "cancel-erases-level",
        "phantom-level",
        "overflow",
        "restore-resets-priority",
        "restore-forgets-last-trade",
        "client-id-changes-fill",
        "lost-report",
        "slow-insert",
        "rare-stall",
        "crash",
        "hang",
        "garbage",
    ];
    for name in seen {
        assert!(name.parse::<Defect>().is_ok(), "{name}");
    }
}
