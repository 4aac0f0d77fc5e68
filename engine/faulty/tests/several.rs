//! Several defects in one engine, engines that go wrong late, and flows of which one dies.

mod stream;

use std::panic::{AssertUnwindSafe, catch_unwind};

use shadowbook_faulty::{Defect, Defects, Kind, NotPlanted, Planted, UnknownDefect};
use shadowbook_model::{
    Action, Command, Engine, EventBuffer, Features, InstrumentId, NewOrder, OrderId, Price,
    Quantity, Seq, Side, TimeNs,
};
use shadowbook_reference::ReferenceEngine;

use crate::stream::{SEED, first_difference, stream, table};

/// Some pairs of which neither can hide the other.
const PAIRS: [(Defect, Defect); 8] = [
    (Defect::TakerPrice, Defect::IocRests),
    (Defect::SizeUpKeepsPriority, Defect::SizeDownLosesPriority),
    (Defect::SweepPastLimit, Defect::ClientIdChangesFill),
    (Defect::StopInverted, Defect::TakeProfitInverted),
    (Defect::DaySurvivesClose, Defect::CloseEndsAll),
    (Defect::PriceChangeKeepsPlace, Defect::SizeDownLosesPriority),
    (Defect::PhantomLevel, Defect::LostReport),
    (Defect::FilledStaysIndexed, Defect::TakerPrice),
];

#[test]
fn two_defects_in_one_engine_both_show() {
    let commands = stream(SEED);
    for (one, other) in PAIRS {
        let both = Defects::from(one).with(other);
        for alone in [one, other] {
            let mut alone = alone.create(&table());
            let difference = first_difference(&mut *alone, &mut *both.create(&table()), &commands);
            assert!(difference.is_some(), "seed {SEED}: one of {both} hides the other");
        }
    }
}

#[test]
fn what_lies_around_an_engine_goes_on_beside_the_rest() {
    let commands = stream(SEED);
    let both = Defects::from(Defect::PlainOrdersOnly).with(Defect::Crash).with(Defect::SlowInsert);
    let mut engine = both.create(&table());
    assert!(engine.capabilities().check(Features::ALL).is_err());
    let mut events = EventBuffer::new();
    let mut answered = 0;
    let run = catch_unwind(AssertUnwindSafe(|| {
        commands.iter().for_each(|command| {
            engine.apply(command, &mut events);
            answered += 1;
        });
    }));
    assert!(run.is_err());
    assert_eq!(answered, 499);
}

#[test]
fn a_set_of_defects_reads_as_it_writes() {
    let all = Defect::ALL.iter().fold(Defects::from(Defect::ALL[0]), |all, next| all.with(*next));
    assert_eq!(all.to_string().parse(), Ok(all));
    assert!(all.iter().eq(Defect::ALL.iter().copied()));
    for defect in Defect::ALL {
        let alone = Defects::from(*defect);
        assert_eq!(alone.to_string(), defect.name());
        assert!(alone.iter().eq([*defect]));
        assert!(alone.has_kind(defect.kind()));
    }
    let two: Result<Defects, UnknownDefect> = "crash+ioc-rests+crash".parse();
    let two = two.expect("they are there");
    assert_eq!(two.to_string(), "ioc-rests+crash");
    assert_eq!(format!("{two:?}"), "{IocRests, Crash}");
    assert!(two.has_kind(Kind::Process) && !two.has_kind(Kind::Latency));
    for (text, found) in [("", ""), ("crash+", ""), ("crash+crush+hang", "crush"), ("+", "")] {
        let error = text.parse::<Defects>().expect_err(text);
        assert_eq!(error.found, found, "{text}");
    }
}

#[test]
fn a_planted_defect_shows_from_its_time_on_and_not_before() {
    let commands = stream(SEED);
    let middle = commands.len() / 2;
    for defect in [Defect::TakerPrice, Defect::PhantomLevel, Defect::RestoreForgetsLastTrade] {
        let planted = Planted { defects: defect.into(), since: commands[middle].time };
        let mut right = ReferenceEngine::new(&table());
        let mut late = planted.create(&table());
        let shown = first_difference(&mut right, &mut *late, &commands).expect("it shows");
        assert!(commands[shown].time >= planted.since, "{planted}: {shown}");
        let end = commands[commands.len() - 1].time;
        let mut never = Planted { since: TimeNs(end.0 + 1), ..planted }.create(&table());
        let mut right = ReferenceEngine::new(&table());
        assert_eq!(first_difference(&mut right, &mut *never, &commands), None, "{planted}");
    }
}

#[test]
fn a_command_of_the_very_time_is_the_wrong_engines() {
    let ask = NewOrder::limit(OrderId(1), Side::Sell, Price(100), Quantity(5));
    let bid = NewOrder::limit(OrderId(2), Side::Buy, Price(103), Quantity(5));
    let commands = [
        Command::new(Seq(1), TimeNs(9), InstrumentId(0), ask),
        Command::new(Seq(2), TimeNs(10), InstrumentId(0), bid),
    ];
    let shown = |since| {
        let planted = Planted { defects: Defect::TakerPrice.into(), since: TimeNs(since) };
        let mut right = ReferenceEngine::new(&table());
        first_difference(&mut right, &mut *planted.create(&table()), &commands)
    };
    assert_eq!([9, 10, 11].map(shown), [Some(1), Some(1), None]);
}

/// Once it has taken over, the wrong engine is one that was set to the state at that command.
#[test]
fn a_planted_engine_goes_on_as_one_that_was_set_to_the_state() {
    let commands = stream(SEED);
    let middle = commands.len() / 2;
    let planted = Planted { defects: Defect::OldestNotBest.into(), since: commands[middle].time };
    let is_late = |command: &&Command| command.time >= planted.since;
    for instrument in [InstrumentId(0), InstrumentId(1)] {
        let is_here = |command: &&Command| command.instrument == instrument;
        let (mut right, mut late) = (ReferenceEngine::new(&table()), planted.create(&table()));
        let mut events = EventBuffer::new();
        let before = commands.iter().filter(is_here).filter(|command| !is_late(command));
        before.for_each(|command| {
            right.apply(command, &mut events);
            late.apply(command, &mut events);
        });
        let snapshot = right.snapshot(instrument);
        let sound = snapshot.check(&table()[instrument.index()]).expect("it is its state");
        let mut wrong = Defect::OldestNotBest.create(&table());
        wrong.restore(sound).expect("it can be restored");
        let after: Vec<Command> =
            commands.iter().filter(is_here).filter(is_late).copied().collect();
        assert!(after.len() > 100);
        assert_eq!(first_difference(&mut *wrong, &mut *late, &after), None);
    }
}

#[test]
fn a_planted_engine_is_set_to_a_state_before_and_after_its_time() {
    let commands = stream(SEED);
    let [early, middle] = [commands.len() / 4, commands.len() / 2];
    let planted = Planted { defects: Defect::IocRests.into(), since: commands[middle].time };
    let instrument = InstrumentId(0);
    let mut right = ReferenceEngine::new(&table());
    let mut late = planted.create(&table());
    let mut events = EventBuffer::new();
    for (place, command) in commands.iter().enumerate() {
        right.apply(command, &mut events);
        if place > middle {
            late.apply(command, &mut events);
        }
        if place == early || place == commands.len() - 1 {
            let snapshot = right.snapshot(instrument);
            let sound = snapshot.check(&table()[0]).expect("it is its state");
            late.restore(sound).expect("it can be restored");
            assert_eq!(late.digest(instrument), right.digest(instrument), "{place}");
        }
    }
}

#[test]
fn what_is_planted_reads_as_it_writes() {
    let planted: Planted = "taker-price+crash@70".parse().expect("it is one");
    assert_eq!(planted.to_string(), "taker-price+crash@70");
    assert_eq!(planted.to_string().parse(), Ok(planted));
    let at_once: Planted = "crash@0".parse().expect("it is one");
    assert_eq!(at_once, Planted::from(Defect::Crash));
    assert_eq!(at_once.to_string(), "crash");
    for (text, error) in [
        ("crash@", "no time in nanoseconds: ``"),
        ("crash@-1", "no time in nanoseconds: `-1`"),
        ("crash@1@2", "no time in nanoseconds: `1@2`"),
        ("crush@1", "unknown defect `crush`, expected one of: partial-fill-to-tail"),
    ] {
        let told: NotPlanted = text.parse::<Planted>().expect_err(text);
        assert!(told.to_string().starts_with(error), "{text}: {told}");
    }
}

#[test]
fn an_engine_dies_of_a_flow() {
    let iceberg = NewOrder::limit(OrderId(1), Side::Sell, Price(103), Quantity(9));
    let iceberg = iceberg.with_display_quantity(Some(Quantity(2)));
    let bid = NewOrder::limit(OrderId(2), Side::Buy, Price(100), Quantity(1));
    let mut engine = Defect::CrashOnEmptiedBest.create(&table());
    let mut events = EventBuffer::new();
    let mut answered = 0;
    let run = catch_unwind(AssertUnwindSafe(|| {
        for (seq, action) in (1..).zip([iceberg.into(), bid.into(), Action::Cancel(OrderId(2))]) {
            let command = Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), action);
            engine.apply(&command, &mut events);
            answered += 1;
        }
    }));
    assert!(run.is_err());
    assert_eq!(answered, 2);
}
