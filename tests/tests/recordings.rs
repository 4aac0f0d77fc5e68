//! What a right engine answered is no breach, however much of it was recorded.

use shadowbook_capture::{Batch, Source};
use shadowbook_compare::{Audit, AuditOptions, Auditor, Stretch};
use shadowbook_model::Engine;
use shadowbook_model::EventBuffer;
use shadowbook_reference::ReferenceEngine;
use shadowbook_workload::{Generator, Profile, with_recorded};

const COMMANDS: u64 = 20_000;

fn audit(source: &mut dyn Source, record: impl Fn(&mut Batch)) -> Audit {
    let mut auditor = Auditor::new(source.instruments(), AuditOptions::default());
    let mut batch = Batch::new();
    while source.read(&mut batch).expect("a generator does not fail") {
        record(&mut batch);
        auditor.recorded(&Stretch { batch: &batch, range: 0..batch.len() });
    }
    auditor.finish()
}

fn check(what: &str, audit: &Audit, least: u64) {
    assert_eq!(audit.total(), 0, "{what}: {:#?}", audit.breaches.first());
    assert_eq!(audit.commands, COMMANDS, "{what}");
    let judged = audit.commands - audit.unjudged;
    assert!(judged >= least, "{what}: {judged} judged");
}

fn generator(profile: &str, seed: u64) -> Generator {
    let profile = Profile::built_in(profile).expect("it is built in");
    Generator::new(&profile, seed, COMMANDS).expect("it is right")
}

#[test]
fn fills_alone_accuse_nobody_who_is_right() {
    for name in Profile::NAMES {
        for seed in 1..=3 {
            let generator = generator(name, seed);
            let mut engine = ReferenceEngine::new(generator.instruments());
            let mut source = with_recorded(generator, &mut engine);
            // A stream of collisions is soon beyond what fills tell; a market is not.
            let least = if name == "recorded-like" { COMMANDS / 3 } else { 1 };
            check(name, &audit(&mut source, |_| {}), least);
        }
    }
}

#[test]
fn a_fill_that_is_not_due_is_seen_among_fills_alone() {
    let generator = generator("recorded-like", 1);
    let mut engine = ReferenceEngine::new(generator.instruments());
    let mut source = with_recorded(generator, &mut engine);
    let audit = audit(&mut source, |batch| {
        let commands = batch.commands().to_vec();
        let mut wrong = Batch::new();
        for entry in batch.iter() {
            wrong.push(*entry.command);
            if let Some(shadowbook_capture::Recorded::Fills(fills)) = entry.recorded {
                let mut fills = fills.to_vec();
                fills.iter_mut().for_each(|fill| fill.price.0 += 1);
                wrong.record_fills(fills);
            }
        }
        assert_eq!(wrong.commands(), commands);
        *batch = wrong;
    });
    assert!(audit.total() > 0);
}

#[test]
fn every_event_of_a_right_engine_is_judged() {
    for seed in 1..=3 {
        let mut generator = generator("whole-model", seed);
        let mut engine = ReferenceEngine::new(generator.instruments());
        let mut auditor = Auditor::new(generator.instruments(), AuditOptions::default());
        let (mut batch, mut events) = (Batch::new(), EventBuffer::new());
        while generator.read(&mut batch).expect("a generator does not fail") {
            let mut recorded = Batch::new();
            for command in batch.commands() {
                events.clear();
                engine.apply(command, &mut events);
                recorded.push(*command);
                recorded.record_events(events.as_slice().iter().copied());
            }
            auditor.recorded(&Stretch { batch: &recorded, range: 0..recorded.len() });
        }
        check("whole-model", &auditor.finish(), COMMANDS);
    }
}
