//! A session with an engine that counts, forgets nothing and panics when told to.

#![expect(clippy::unwrap_used, reason = "what supports a test may panic")]

use shadowbook_capture::Batch;
use shadowbook_model::Action::Cancel;
use shadowbook_model::{
    Capabilities, Command, CommandKind, Digest, DigestVisitor, Engine, Event, EventBuffer,
    Features, InstrumentId, InstrumentState, OrderId, Price, RejectReason, Seq, Snapshot,
    StateVisitor, TimeNs, combine,
};
use shadowbook_session::{Activity, InProcess, Outcomes, Scope, Session, SessionError};

/// Its state is how many commands each instrument got, shown as a last trade price. It panics at
/// orders 666 and 667.
struct Counter {
    counts: Vec<i64>,
    sight: Sight,
}

/// How well an engine shows its book.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sight {
    Honest,
    /// It panics instead.
    Blind,
    /// Its digest is another one's.
    False,
}

fn digest_of(count: i64) -> Digest {
    let mut visitor = DigestVisitor::new();
    visitor.instrument(&state(count));
    visitor.finish()
}

fn state(count: i64) -> InstrumentState {
    InstrumentState { last_trade: Some(Price(count)), ..Snapshot::empty(InstrumentId(0)).state }
}

impl Engine for Counter {
    fn capabilities(&self) -> Capabilities {
        Capabilities { features: Features::ALL }
    }
    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        let order = command.order().unwrap();
        events.push(Event::Accepted { order });
        assert_ne!(order, OrderId(666), "order 666 came");
        if order == OrderId(667) {
            std::panic::panic_any(667);
        }
        self.counts[command.instrument.index()] += 1;
    }
    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        assert!(self.sight != Sight::Blind, "there is nothing to see");
        visitor.instrument(&state(self.counts[instrument.index()]));
    }
    fn digest(&self, instrument: InstrumentId) -> Digest {
        let lie = i64::from(self.sight == Sight::False);
        digest_of(self.counts[instrument.index()] + lie)
    }
}

fn batch(commands: &[(u32, u64)]) -> Batch {
    let mut batch = Batch::new();
    for (seq, (instrument, order)) in (1..).zip(commands) {
        let action = Cancel(OrderId(*order));
        batch.push(Command::new(Seq(seq), TimeNs(seq), InstrumentId(*instrument), action));
    }
    batch
}

fn session() -> (InProcess<Counter>, Outcomes) {
    session_that_shows(Sight::Honest)
}

fn session_that_shows(sight: Sight) -> (InProcess<Counter>, Outcomes) {
    (InProcess::new(Counter { counts: vec![0; 4], sight }, 4), Outcomes::new())
}

#[test]
fn a_panic_ends_the_session_and_keeps_what_came_before() {
    let (mut session, mut outcomes) = session();
    let batch = batch(&[(0, 1), (1, 2), (0, 666), (0, 3)]);
    let error = session.apply(&batch, 0..4, &mut outcomes).unwrap_err();
    let SessionError::Crashed { seq, activity, message } = error.clone() else { panic!() };
    assert_eq!((seq, activity), (Seq(3), Activity::Applying));
    assert!(message.contains("order 666 came"), "{message}");
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes.events_of(1), [Event::Accepted { order: OrderId(2) }]);
    assert_eq!(outcomes.events_of(2), []);
    assert_eq!(session.apply(&batch, 3..4, &mut outcomes), Err(error.clone()));
    assert_eq!(session.digest(InstrumentId(0)), Err(error));
}

#[test]
fn a_panic_without_words_and_one_while_looking_are_told_apart() {
    let (mut failed, mut outcomes) = session();
    let error = failed.apply(&batch(&[(0, 667)]), 0..1, &mut outcomes).unwrap_err();
    assert_eq!(error.to_string(), "the engine crashed at seq 1: a panic without a message");
    let (mut failed, mut outcomes) = session_that_shows(Sight::Blind);
    failed.apply(&batch(&[(0, 1)]), 0..1, &mut outcomes).unwrap();
    let error = failed.snapshot(InstrumentId(0)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the engine crashed when it was to show its state after seq 1: there is nothing to see"
    );
}

#[test]
fn a_checkpoint_reads_what_was_touched_and_knows_the_rest() {
    let (mut session, mut outcomes) = session();
    let batch = batch(&[(3, 1), (1, 2), (1, 3), (2, 4)]);
    session.apply(&batch, 0..1, &mut outcomes).unwrap();
    session.checkpoint(Scope::Touched, &mut outcomes).unwrap();
    session.apply(&batch, 1..4, &mut outcomes).unwrap();
    session.checkpoint(Scope::Touched, &mut outcomes).unwrap();
    session.checkpoint(Scope::Touched, &mut outcomes).unwrap();
    session.checkpoint(Scope::All, &mut outcomes).unwrap();
    let read: Vec<Vec<(u32, Digest)>> = outcomes
        .checkpoints()
        .iter()
        .map(|point| point.instruments.iter().map(|(id, digest)| (id.0, *digest)).collect())
        .collect();
    let digests = |counts: &[(u32, i64)]| -> Vec<(u32, Digest)> {
        counts.iter().map(|(id, count)| (*id, digest_of(*count))).collect()
    };
    let expected = [
        digests(&[(0, 0), (1, 0), (2, 0), (3, 1)]),
        digests(&[(1, 2), (2, 1)]),
        digests(&[]),
        digests(&[(0, 0), (1, 2), (2, 1), (3, 1)]),
    ];
    assert_eq!(read, expected);
    let whole = combine([0, 2, 1, 1].map(digest_of));
    assert!(outcomes.checkpoints()[1..].iter().all(|point| point.digest == whole));
    let after: Vec<usize> = outcomes.checkpoints().iter().map(|point| point.after).collect();
    assert_eq!(after, [1, 4, 4, 4]);
}

#[test]
fn a_digest_that_is_not_that_of_the_book_ends_the_session() {
    for scope in [Scope::Touched, Scope::All] {
        let (mut session, mut outcomes) = session_that_shows(Sight::False);
        let error = session.checkpoint(scope, &mut outcomes).unwrap_err();
        let expected = "the digest of instrument 0 is not that of the book that the engine shows";
        assert!(error.to_string().ends_with(expected), "{error}");
    }
}

#[test]
fn commands_refused_outside_matching_are_not_sent() {
    let mut batch = Batch::new();
    for seq in 1..=5 {
        let action = Cancel(OrderId(seq));
        batch.push(Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), action));
        if seq % 2 == 0 {
            batch.record_events([Event::Rejected {
                command: CommandKind::Cancel,
                order: OrderId(seq),
                reason: RejectReason::External,
            }]);
        }
    }
    for split in 0..=5 {
        let (mut session, mut outcomes) = session();
        session.apply(&batch, 0..split, &mut outcomes).unwrap();
        session.apply(&batch, split..5, &mut outcomes).unwrap();
        let counts: Vec<usize> = (0..5).map(|at| outcomes.events_of(at).len()).collect();
        assert_eq!(counts, [1, 0, 1, 0, 1], "split at {split}");
    }
}
