//! Toy engines with one fault each, through the whole of `diff`.

#![expect(clippy::unwrap_used, reason = "what supports a test may panic")]

mod around;
mod restored;
mod toy;

use std::num::NonZeroU64;

use shadowbook_capture::{Batch, ReadError, RecordedFill, Source};
use shadowbook_compare::{BookDifference, Divergence};
use shadowbook_model::{
    Action, Capabilities, Command, Digest, Engine, Event, EventBuffer, Instrument, InstrumentId,
    NewOrder, OrderId, Price, Quantity, Seq, Side, Snapshot, TimeNs,
};
use shadowbook_replay::{
    BrokenOff, DiffError, DiffOptions, DiffResult, RunError, RunOptions, Setup, diff, run,
};
use shadowbook_session::{InProcess, Outcomes, Scope, Session, SessionError};
use toy::{Fault, Faulty, Stream, Toy, commands};

const INSTRUMENTS: u32 = 3;
const COMMANDS: u64 = 5_000;

fn options() -> DiffOptions {
    DiffOptions { checkpoint_every: NonZeroU64::new(700).unwrap(), ..DiffOptions::default() }
}

fn session(fault: Fault) -> Box<dyn Session> {
    Box::new(InProcess::new(Faulty::new(INSTRUMENTS as usize, fault), INSTRUMENTS as usize))
}

fn stream(batch_size: usize) -> Stream {
    Stream::new(INSTRUMENTS as usize, commands(COMMANDS, INSTRUMENTS), batch_size)
}

fn diff_of(candidate: Fault) -> DiffResult {
    diff_in(candidate, 256, &options())
}

fn diff_in(candidate: Fault, batch_size: usize, options: &DiffOptions) -> DiffResult {
    let mut open = || {
        Ok(Setup {
            source: Box::new(stream(batch_size)),
            reference: session(Fault::None),
            candidate: session(candidate),
        })
    };
    diff(&mut open, options, &mut |_| {}).unwrap()
}

/// The command from `seq` on of which the right engine answers something that `is_wanted`.
fn first_command(seq: u64, is_wanted: impl Fn(&Command, &[Event]) -> bool) -> u64 {
    let mut engine = Toy::new(INSTRUMENTS as usize);
    for command in commands(COMMANDS, INSTRUMENTS) {
        let mut events = EventBuffer::new();
        engine.apply(&command, &mut events);
        if command.seq.0 >= seq && is_wanted(&command, events.as_slice()) {
            return command.seq.0;
        }
    }
    panic!("there is such a command");
}

fn first_fill(seq: u64) -> u64 {
    first_command(seq, |_, events| matches!(events, [_, Event::Fill(_)]))
}

fn signatures(result: &DiffResult) -> Vec<String> {
    result.findings.iter().map(|finding| finding.divergence.signature()).collect()
}

#[test]
fn engines_that_agree_agree() {
    for fault in [Fault::None, Fault::Renumber] {
        let result = diff_of(fault);
        let comparison = &result.comparison;
        assert_eq!((comparison.roots, comparison.derived, comparison.mismatches), (0, 0, 0));
        assert_eq!((comparison.commands, comparison.checkpoints), (COMMANDS, 8));
        assert!(result.is_state_checked && comparison.final_digest.is_some());
    }
}

#[test]
fn each_fault_is_found_at_its_command() {
    let traded = first_fill(2_500);
    let canceled = first_command(2_500, |_, events| matches!(events, [Event::Canceled { .. }]));
    let table = [
        (Fault::Drop(traded), traded, "missing-event/new/fill"),
        (Fault::Drop(canceled), canceled, "missing-event/cancel/canceled.requested"),
        (Fault::Double(traded), traded, "extra-event/new/fill"),
        (Fault::Price(traded), traded, "events/new/fill.price"),
        (Fault::Backwards(traded), traded, "event-order/new/accepted"),
        (Fault::Panic(traded), traded, "candidate-crashed/new/applying"),
    ];
    for (fault, seq, signature) in table {
        let result = diff_of(fault);
        assert_eq!(signatures(&result), [signature]);
        let divergence = &result.findings[0].divergence;
        assert_eq!(divergence.seq, Seq(seq), "{fault:?}");
        assert_eq!(divergence.command.map(|command| command.seq), Some(Seq(seq)));
        assert_eq!(result.comparison.commands, COMMANDS);
    }
}

#[test]
fn a_trade_number_that_is_used_again_is_found() {
    let result = diff_of(Fault::ReuseTrade(2_500));
    assert_eq!(signatures(&result), ["trade-mapping/new/candidate-reused"; 3]);
    assert!(result.findings.iter().all(|finding| finding.divergence.detail.is_some()));
}

#[test]
fn a_queue_that_is_turned_around_silently_is_found_at_its_command() {
    let result = diff_of(Fault::TurnQueue(2_500));
    let finding = &result.findings[0];
    let origin = finding.origin.as_ref().map(|origin| origin.command.seq);
    let seq = origin.unwrap_or(finding.divergence.seq);
    assert!((2_500..2_510).contains(&seq.0), "{seq}");
    let books = finding.origin.as_ref().map_or(finding.books.as_ref(), |at| Some(&at.books));
    let books = books.unwrap();
    assert_eq!(books.before.differences, []);
    let after = books.after.as_ref().unwrap();
    assert!(
        matches!(after.differences.as_slice(), [BookDifference::QueueOrder { reference, .. }] if reference.len() == 2),
        "{after:?}"
    );
    assert_ne!(after.reference, after.candidate);
}

#[test]
fn a_difference_that_only_the_books_have_is_named_after_them() {
    // Right before the end, so that no fill can tell.
    let result = diff_of(Fault::TurnQueue(COMMANDS));
    assert_eq!(signatures(&result).len(), 1);
    let divergence = &result.findings[0].divergence;
    assert!(divergence.signature().ends_with("/queue-order"), "{}", divergence.signature());
    assert_eq!((divergence.seq, result.comparison.mismatches), (Seq(COMMANDS), 1));
    assert_eq!(divergence.reference, divergence.candidate);
    assert!(!divergence.reference.events.is_empty());
}

#[test]
fn a_command_that_changes_another_instrument_is_found_at_the_end() {
    // From 4,000 on nothing names the other instruments, so that no checkpoint looks at them.
    let commands = || {
        let mut commands = commands(COMMANDS, INSTRUMENTS);
        for command in &mut commands[4_000..] {
            command.instrument = InstrumentId(0);
        }
        commands
    };
    let mut open = || {
        Ok(Setup {
            source: Box::new(Stream::new(INSTRUMENTS as usize, commands(), 256)),
            reference: session(Fault::None),
            candidate: session(Fault::TurnOtherQueue(4_950)),
        })
    };
    let result = diff(&mut open, &options(), &mut |_| {}).unwrap();
    let divergence = &result.findings[0].divergence;
    assert_eq!(divergence.instrument, InstrumentId(1));
    assert_eq!((divergence.command, divergence.seq), (None, Seq(COMMANDS)));
    assert_eq!(divergence.signature(), "state/?/queue-order");
}

#[test]
fn books_that_part_with_the_events_have_no_other_origin() {
    let rests = first_command(2_500, |command, events| {
        matches!((command.action, events), (Action::New(_), [Event::Accepted { .. }]))
    });
    let result = diff_of(Fault::Skip(rests));
    assert_eq!(signatures(&result), ["missing-event/new/accepted"]);
    let finding = &result.findings[0];
    assert_eq!((finding.divergence.seq, &finding.origin), (Seq(rests), &None));
    let books = finding.books.as_ref().unwrap();
    assert_eq!(books.before.differences, []);
    let after = &books.after.as_ref().unwrap().differences;
    assert!(matches!(after.as_slice(), [BookDifference::Missing(_)]), "{after:?}");
}

#[test]
fn the_result_does_not_depend_on_batches_or_queues() {
    let faults =
        [Fault::None, Fault::Price(first_fill(2_500)), Fault::TurnQueue(100), Fault::Panic(3_000)];
    for fault in faults {
        let expected = diff_in(fault, 256, &options());
        for (batch_size, queue_depth) in [(1, 1), (7, 4), (699, 2), (10_000, 8)] {
            let options = DiffOptions { queue_depth, ..options() };
            assert_eq!(diff_in(fault, batch_size, &options), expected, "{fault:?} {batch_size}");
        }
    }
}

#[test]
fn a_candidate_that_dies_fails_and_the_reference_goes_on() {
    let traded = first_fill(2_500);
    let result = diff_of(Fault::Panic(traded));
    let finding = &result.findings[0];
    let detail = finding.divergence.detail.as_deref().unwrap();
    assert_eq!(detail, format!("the engine crashed at seq {traded}: the fault of seq {traded}"));
    assert_eq!(finding.divergence.reference.events.len(), 2);
    let books = finding.books.as_ref().unwrap();
    assert_eq!((books.after.as_ref(), &books.before.differences), (None, &Vec::new()));
    let whole = diff_of(Fault::None);
    assert_eq!(result.comparison.final_digest, whole.comparison.final_digest);
    assert_eq!(result.comparison.checkpoints, 3);
}

#[test]
fn a_candidate_that_dies_when_looked_at_fails_there() {
    for (seq, found) in [(1_000, 1_400), (4_990, 5_000)] {
        let result = diff_of(Fault::PanicLooking(seq));
        assert_eq!(result.findings.len(), 1);
        let divergence = &result.findings[0].divergence;
        assert!(divergence.signature().ends_with("/showing-state"), "{}", divergence.signature());
        assert_eq!(divergence.seq, Seq(found));
    }
}

#[test]
fn a_candidate_dies_only_once() {
    // All checkpoints after the first that fails are in the same batch.
    let every = NonZeroU64::new(100).unwrap();
    let options = DiffOptions { checkpoint_every: every, ..options() };
    let result = diff_in(Fault::PanicLooking(1_000), 10_000, &options);
    assert_eq!((result.comparison.roots, result.comparison.derived), (1, 0));
}

/// Two orders of one queue, and what production is said to have done with each: something that no
/// engine does, or nothing that is known.
struct InDoubt {
    instruments: Vec<Instrument>,
    doubted: [bool; 2],
    /// What follows the two.
    rest: Vec<Command>,
    is_read: bool,
}

impl Source for InDoubt {
    fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }
    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        if std::mem::replace(&mut self.is_read, true) {
            return Ok(false);
        }
        for (seq, doubted) in (1..).zip(self.doubted) {
            let order = NewOrder::limit(OrderId(seq), Side::Buy, Price(5), Quantity(1));
            batch.push(Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), order));
            if doubted {
                let (maker, price, quantity) = (OrderId(70), Price(5), Quantity(1));
                batch.record_fills([RecordedFill { maker, price, quantity }]);
            }
        }
        self.rest.iter().for_each(|command| batch.push(*command));
        Ok(true)
    }
}

fn in_doubt(doubted: [bool; 2], rest: Vec<Command>) -> InDoubt {
    InDoubt { instruments: toy::instruments(1), doubted, rest, is_read: false }
}

#[test]
fn a_disputed_state_hides_no_fault_in_other_orders() {
    // Orders of their own that trade with one another at another price, one of them wrongly.
    let rest = || {
        (3..40).map(|seq| {
            let side = if seq % 2 == 0 { Side::Buy } else { Side::Sell };
            let order = NewOrder::limit(OrderId(seq), side, Price(50), Quantity(1));
            Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), order)
        })
    };
    let options = DiffOptions { checkpoint_every: NonZeroU64::new(4).unwrap(), ..options() };
    let mut open = || {
        let candidate = Faulty::with_two_faults(1, [Fault::TurnQueue(2), Fault::Price(10)]);
        Ok(Setup {
            source: Box::new(in_doubt([true, true], rest().collect())),
            reference: Box::new(InProcess::new(Faulty::new(1, Fault::None), 1)),
            candidate: Box::new(InProcess::new(candidate, 1)),
        })
    };
    let result = diff(&mut open, &options, &mut |_| {}).unwrap();
    assert_eq!(signatures(&result), ["state/new/queue-order", "events/new/fill.price"]);
    assert_eq!((result.comparison.roots, result.comparison.disputed), (2, 1));
}

#[test]
fn a_state_that_differs_only_in_disputed_orders_is_disputed() {
    for (doubted, disputed) in [([true, true], 1), ([true, false], 0), ([false, false], 0)] {
        let mut open = || {
            let source = in_doubt(doubted, Vec::new());
            let candidate = Faulty::new(1, Fault::TurnQueue(2));
            Ok(Setup {
                source: Box::new(source),
                reference: Box::new(InProcess::new(Faulty::new(1, Fault::None), 1)),
                candidate: Box::new(InProcess::new(candidate, 1)),
            })
        };
        let result = diff(&mut open, &options(), &mut |_| {}).unwrap();
        let comparison = &result.comparison;
        assert_eq!((comparison.roots, comparison.disputed), (1, disputed), "{doubted:?}");
        assert_eq!(result.findings[0].divergence.is_disputed, disputed == 1);
    }
}

#[test]
fn a_candidate_that_dies_of_the_very_first_command_is_told() {
    let mut open = || {
        let order = NewOrder::limit(OrderId(1), Side::Buy, Price(5), Quantity(1));
        let first = Command::new(Seq(0), TimeNs(0), InstrumentId(0), order);
        Ok(Setup {
            source: Box::new(Stream::new(1, vec![first], 1)),
            reference: Box::new(InProcess::new(Faulty::new(1, Fault::None), 1)),
            candidate: Box::new(InProcess::new(Faulty::new(1, Fault::Panic(0)), 1)),
        })
    };
    let result = diff(&mut open, &options(), &mut |_| {}).unwrap();
    assert_eq!(signatures(&result), ["candidate-crashed/new/applying"]);
}

#[test]
fn what_the_reference_answered_before_it_died_is_compared() {
    let mut open = || {
        Ok(Setup {
            source: Box::new(stream(4_096)),
            reference: session(Fault::Panic(3_000)),
            candidate: session(Fault::Price(first_fill(100))),
        })
    };
    let broken = diff(&mut open, &options(), &mut |_| {}).unwrap_err();
    assert!(matches!(broken.error, DiffError::Reference(_)), "{broken}");
    let comparison = &broken.result.comparison;
    assert_eq!((comparison.commands, comparison.roots), (2_999, 1));
}

#[test]
fn what_was_found_before_the_damage_is_kept() {
    let mut open = || {
        Ok(Setup {
            source: Box::new(stream(256).damaged_at(4_000)),
            reference: session(Fault::None),
            candidate: session(Fault::Price(first_fill(2_500))),
        })
    };
    let broken = diff(&mut open, &options(), &mut |_| {}).unwrap_err();
    assert!(matches!(broken.error, DiffError::Input(_)), "{broken}");
    let BrokenOff { result, .. } = *broken;
    assert_eq!((result.comparison.commands, result.comparison.roots), (4_096, 1));
    assert!(result.findings[0].books.is_some(), "the second look ends before the damage");
}

#[test]
fn a_reference_that_dies_or_a_damaged_input_ends_the_run() {
    let failed = |reference, candidate, damaged_at: usize| {
        let mut open = || {
            Ok(Setup {
                source: Box::new(stream(256).damaged_at(damaged_at)),
                reference: session(reference),
                candidate: session(candidate),
            })
        };
        diff(&mut open, &options(), &mut |_| {}).unwrap_err().error
    };
    let error = failed(Fault::Panic(3_000), Fault::None, usize::MAX);
    assert!(matches!(error, DiffError::Reference(_)), "{error}");
    let error = failed(Fault::PanicLooking(4_990), Fault::None, usize::MAX);
    assert!(matches!(error, DiffError::Reference(_)), "{error}");
    let error = failed(Fault::None, Fault::None, 1_000);
    assert_eq!(error.to_string(), "cannot read the capture: offset 1024: damaged");
    let error = failed(Fault::None, Fault::Panic(10), 1_000);
    assert!(matches!(error, DiffError::Input(_)), "{error}");
    let error = failed(Fault::Panic(10), Fault::None, 1_000);
    assert!(matches!(error, DiffError::Reference(_)), "{error}");
}

#[test]
fn roots_beyond_the_limit_are_counted() {
    let options = DiffOptions { list_limit: 1, ..options() };
    let result = diff_in(Fault::ReuseTrade(2_500), 256, &options);
    assert_eq!((result.comparison.roots, result.findings.len()), (3, 1));
}

/// An engine that does not show its book.
struct Closed(Box<dyn Session>);

impl Session for Closed {
    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }
    fn shows_state(&self) -> bool {
        false
    }
    fn apply(
        &mut self,
        batch: &Batch,
        commands: std::ops::Range<usize>,
        outcomes: &mut Outcomes,
    ) -> Result<(), SessionError> {
        self.0.apply(batch, commands, outcomes)
    }
    fn checkpoint(&mut self, _: Scope, _: &mut Outcomes) -> Result<(), SessionError> {
        Err(SessionError::NoState)
    }
    fn digest(&mut self, _: InstrumentId) -> Result<Digest, SessionError> {
        Err(SessionError::NoState)
    }
    fn snapshot(&mut self, _: InstrumentId) -> Result<Snapshot, SessionError> {
        Err(SessionError::NoState)
    }
}

#[test]
fn without_books_the_events_are_compared_all_the_same() {
    let mut open = || {
        Ok(Setup {
            source: Box::new(stream(256)),
            reference: session(Fault::None),
            candidate: Box::new(Closed(session(Fault::Drop(3_000)))),
        })
    };
    let result = diff(&mut open, &options(), &mut |_| {}).unwrap();
    assert!(!result.is_state_checked);
    assert_eq!((result.comparison.roots, result.comparison.checkpoints), (1, 0));
    assert_eq!(result.findings[0].books, None);
}

#[test]
fn one_session_alone_gives_the_same_state() {
    let options = RunOptions { checkpoint_every: NonZeroU64::new(700), ..RunOptions::default() };
    let (mut lists, mut events) = (0, 0);
    let result = run(&mut stream(256), &mut *session(Fault::None), &options, &mut |_, answered| {
        lists += answered.len() as u64;
        events += answered.events().len() as u64;
    })
    .unwrap();
    assert_eq!((result.commands, lists), (COMMANDS, COMMANDS));
    assert_eq!((result.events, result.checkpoints), (events, 8));
    assert_eq!(result.final_digest, diff_of(Fault::None).comparison.final_digest);
    let dies = run(&mut stream(256), &mut *session(Fault::Panic(99)), &options, &mut |_, seen| {
        assert_eq!(seen.len(), 98);
    });
    assert!(matches!(dies, Err(RunError::Session(error)) if error.seq() == Some(Seq(99))));
}

#[test]
fn listed_roots_carry_what_both_engines_said() {
    let traded = first_fill(2_500);
    let result = diff_of(Fault::Price(traded));
    let Divergence { reference, candidate, command, .. } = &result.findings[0].divergence;
    assert!(matches!(command.map(|command| command.action), Some(Action::New(_))));
    assert_eq!((reference.events.len(), candidate.events.len()), (2, 2));
    assert_eq!(result.findings[0].origin, None);
}
