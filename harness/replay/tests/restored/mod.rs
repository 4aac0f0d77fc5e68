//! Streams that begin with a snapshot: the second half of one that was cut.

use std::cell::Cell;

use shadowbook_capture::{Batch, RecordedFill, Source};
use shadowbook_model::{
    Action, Command, Engine, Event, EventBuffer, InstrumentId, NewOrder, OrderId, Price, Quantity,
    Seq, Side, Snapshot, TimeNs,
};
use shadowbook_replay::{
    Beginning, BrokenOff, DiffError, DiffOptions, DiffResult, RunOptions, Setup, diff, run,
};
use shadowbook_session::{InProcess, Loss, Manner, Restored, Session};

use crate::toy::{Fault, Faulty, Restoring, Stream, Toy, commands};
use crate::{COMMANDS, INSTRUMENTS, diff_of, first_fill, options, signatures};

/// The whole stream is cut before this command.
const CUT: u64 = 2_400;

fn engine(fault: Fault, restoring: Restoring) -> Box<dyn Session> {
    let engine = Faulty::new(INSTRUMENTS as usize, fault).restoring(restoring);
    Box::new(InProcess::new(engine, INSTRUMENTS as usize))
}

/// What a right engine holds before the cut.
fn snapshots() -> Vec<Snapshot> {
    let mut toy = Toy::new(INSTRUMENTS as usize);
    let mut events = EventBuffer::new();
    let before = commands(COMMANDS, INSTRUMENTS);
    let before = before.iter().take_while(|command| command.seq.0 < CUT);
    before.for_each(|command| toy.apply(command, &mut events));
    (0..INSTRUMENTS).map(|id| toy.snapshot(InstrumentId(id))).collect()
}

fn slice() -> Stream {
    let behind = |command: &Command| command.seq.0 >= CUT;
    let rest = commands(COMMANDS, INSTRUMENTS).into_iter().filter(behind).collect();
    Stream::new(INSTRUMENTS as usize, rest, 256).begin_with(snapshots())
}

/// The verdict on the slice, and how often the stream was opened.
fn try_diff(
    reference: Restoring,
    candidate: (Fault, Restoring),
) -> (Result<DiffResult, Box<BrokenOff>>, u32) {
    let opened = Cell::new(0);
    let mut open = || {
        opened.set(opened.get() + 1);
        Ok(Setup {
            source: Box::new(slice()),
            reference: engine(Fault::None, reference),
            candidate: engine(candidate.0, candidate.1),
        })
    };
    let result = diff(&mut open, &options(), &mut |_| {});
    (result, opened.get())
}

fn diff_slice(reference: Restoring, candidate: Fault, restoring: Restoring) -> DiffResult {
    try_diff(reference, (candidate, restoring)).0.unwrap()
}

/// All events of a run, each with its command.
fn events_of(stream: &mut Stream, session: &mut dyn Session) -> Vec<(Seq, Vec<Event>)> {
    let mut events = Vec::new();
    run(stream, session, &RunOptions::default(), &mut |batch, outcomes| {
        for (index, command) in batch.commands().iter().enumerate() {
            events.push((command.seq, outcomes.events_of(index).to_vec()));
        }
    })
    .unwrap();
    events
}

#[test]
fn a_slice_ends_as_the_whole_does() {
    let whole = diff_of(Fault::None);
    let (sliced, opened) = try_diff(Restoring::Works, (Fault::None, Restoring::Works));
    let sliced = sliced.unwrap();
    assert_eq!((sliced.comparison.roots, opened), (0, 1));
    assert_eq!(sliced.comparison.final_digest, whole.comparison.final_digest);
    assert_eq!(sliced.comparison.commands, COMMANDS + 1 - CUT);
    let orders = snapshots().iter().map(|snapshot| snapshot.orders.len() as u64).sum();
    assert!(orders > 50, "{orders}");
    let expected = Beginning {
        orders,
        reference: Manner::Natively,
        candidate: Manner::Natively,
        lost: Vec::new(),
    };
    assert_eq!((sliced.restored, whole.restored), (Some(expected), None));

    let works = || engine(Fault::None, Restoring::Works);
    let mut stream = Stream::new(INSTRUMENTS as usize, commands(COMMANDS, INSTRUMENTS), 256);
    let mut events = events_of(&mut stream, &mut *works());
    events.retain(|(seq, _)| seq.0 >= CUT);
    assert_eq!(events_of(&mut slice(), &mut *works()), events);
}

#[test]
fn a_fault_in_a_slice_is_found_as_in_the_whole() {
    let traded = first_fill(3_000);
    for fault in [Fault::Price(traded), Fault::Panic(traded), Fault::TurnQueue(3_000)] {
        let whole = diff_of(fault);
        let sliced = diff_slice(Restoring::Works, fault, Restoring::Works);
        assert_eq!(signatures(&sliced), signatures(&whole), "{fault:?}");
        for (sliced, whole) in sliced.findings.iter().zip(&whole.findings) {
            assert_eq!(sliced.divergence.seq, whole.divergence.seq);
            assert_eq!((&sliced.books, &sliced.origin), (&whole.books, &whole.origin));
        }
    }
}

#[test]
fn where_one_engine_cannot_be_restored_both_are_sent_commands() {
    let (works, cannot) = (Restoring::Works, Restoring::IsNotThere);
    let traded = first_fill(3_000);
    for (reference, candidate) in [(works, cannot), (cannot, works), (cannot, cannot)] {
        let equal = diff_slice(reference, Fault::None, candidate);
        assert_eq!((equal.comparison.roots, equal.comparison.mismatches), (0, 0));
        // What built the books is not counted among the commands of the stream.
        let audited = equal.audit.unwrap();
        assert_eq!(audited.reference.commands, equal.comparison.commands);
        assert_eq!((audited.own_count, audited.reference_count), (0, 0));
        let restored = equal.restored.unwrap();
        assert_eq!(
            (restored.reference, restored.candidate),
            (Manner::ByCommands, Manner::ByCommands)
        );
        let has = |is: fn(&Loss) -> bool| restored.lost.iter().any(is);
        assert!(has(|loss| matches!(loss, Loss::LastTrades(3))), "{restored:?}");
        assert!(has(|loss| matches!(loss, Loss::ExecutedQuantities(1..))));
        assert!(!has(|loss| matches!(loss, Loss::ArrivalOrder(_) | Loss::Orders(_))));

        let wrong = diff_slice(reference, Fault::Price(traded), candidate);
        assert_eq!(signatures(&wrong), ["events/new/fill.price"]);
        let books = wrong.findings[0].books.as_ref().unwrap();
        assert!(books.before.differences.is_empty() && !books.before.reference.bids.is_empty());
    }
}

#[test]
fn an_engine_that_dies_of_a_snapshot_is_told_from_one_that_cannot_take_it() {
    let (result, _) = try_diff(Restoring::Works, (Fault::None, Restoring::Panics));
    let error = result.unwrap_err().error;
    assert!(matches!(error, DiffError::Candidate(_)), "{error}");
    assert!(error.to_string().ends_with("the fault of restoring"), "{error}");
    let (result, _) = try_diff(Restoring::Panics, (Fault::None, Restoring::Works));
    assert!(matches!(result.unwrap_err().error, DiffError::Reference(_)));
}

#[test]
fn one_session_alone_is_restored_too() {
    let options = RunOptions::default();
    let alone = |restoring| {
        run(&mut slice(), &mut *engine(Fault::None, restoring), &options, &mut |_, _| {}).unwrap()
    };
    let natively = alone(Restoring::Works);
    assert_eq!(natively.restored, Some(Restored::natively(&snapshots())));
    assert_eq!(natively.final_digest, diff_of(Fault::None).comparison.final_digest);
    let by_commands = alone(Restoring::IsNotThere).restored.unwrap();
    assert_eq!(by_commands.manner, Manner::ByCommands);
    assert!(!by_commands.lost.is_empty());
}

/// One ask before the recording, one in it, and an order that takes each of them.
struct Recorded {
    stream: Stream,
}

impl Source for Recorded {
    fn instruments(&self) -> &[shadowbook_model::Instrument] {
        self.stream.instruments()
    }
    fn snapshots(&self) -> &[Snapshot] {
        self.stream.snapshots()
    }
    fn read(&mut self, batch: &mut Batch) -> Result<bool, shadowbook_capture::ReadError> {
        let mut plain = Batch::new();
        let is_read = self.stream.read(&mut plain)?;
        batch.clear();
        for command in plain.commands() {
            batch.push(*command);
            let maker = OrderId(command.seq.0 - 10);
            if let Action::New(NewOrder { side: Side::Buy, .. }) = command.action {
                batch.record_fills([RecordedFill {
                    maker,
                    price: Price(7),
                    quantity: Quantity(1),
                }]);
            }
        }
        Ok(is_read)
    }
}

#[test]
fn orders_of_the_snapshot_are_from_before_the_recording() {
    let order = |seq: u64, side: Side| {
        let new = NewOrder::limit(OrderId(seq), side, Price(7), Quantity(1));
        Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), new)
    };
    let mut toy = Toy::new(1);
    toy.apply(&order(1, Side::Sell), &mut EventBuffer::new());
    let mut open = || {
        // Order 11 takes order 1 of the snapshot, order 22 takes order 12.
        let commands = vec![order(11, Side::Buy), order(12, Side::Sell), order(22, Side::Buy)];
        let stream = Stream::new(1, commands, 10).begin_with(vec![toy.snapshot(InstrumentId(0))]);
        let session = || Box::new(InProcess::new(Toy::new(1), 1));
        Ok(Setup {
            source: Box::new(Recorded { stream }),
            reference: session(),
            candidate: session(),
        })
    };
    let result = diff(&mut open, &DiffOptions::default(), &mut |_| {}).unwrap();
    let recorded = result.comparison.recorded;
    assert_eq!((recorded.exact, recorded.via_seed), (2, 1));
}
