//! Sessions that are set to a state, by engines that can and by some that say they can.

#![expect(clippy::unwrap_used, reason = "what supports a test may panic")]

use shadowbook_model::{
    Arrival, CannotRestore, Capabilities, Command, Engine, Event, EventBuffer, Features, Increment,
    Instrument, InstrumentId, NewOrder, OrderId, Price, Quantity, RejectReason, Side, Snapshot,
    SoundSnapshot, StateVisitor, TradeId,
};
use shadowbook_session::{
    InProcess, Loss, Manner, Outcomes, Restored, Scope, Session, SessionError, restore,
    restore_by_commands, restore_natively,
};

/// What it does when it is to take on a state.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Will {
    Takes,
    Cannot,
    /// It takes on all but the trade counter.
    Forgets,
    /// It takes on the first instrument only.
    Tires,
    Panics,
}

/// Shows the states that it was given, and takes note of orders.
struct Holder {
    will: Will,
    states: Vec<Snapshot>,
    seen: Vec<OrderId>,
}

impl Engine for Holder {
    fn capabilities(&self) -> Capabilities {
        let all = Features::ALL.without(Features::of(&[shadowbook_model::Feature::Halted]));
        Capabilities { features: all }
    }
    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        let order = command.order().unwrap_or_default();
        self.seen.push(order);
        events.push(if order == OrderId(666) {
            let (command, reason) = (command.kind(), RejectReason::Phase);
            Event::Rejected { command, order, reason }
        } else {
            Event::Accepted { order }
        });
    }
    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        let snapshot = &self.states[instrument.index()];
        visitor.instrument(&snapshot.state);
        snapshot.orders.iter().for_each(|order| visitor.order(order));
    }
    fn restore(&mut self, snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        assert!(self.will != Will::Panics, "no more");
        let is_first = snapshot.instrument == InstrumentId(0);
        if self.will == Will::Cannot || (self.will == Will::Tires && !is_first) {
            return Err(CannotRestore);
        }
        let state = &mut self.states[snapshot.instrument.index()];
        *state = Snapshot::clone(&snapshot);
        if self.will == Will::Forgets {
            state.state.next_trade = TradeId(1);
        }
        Ok(())
    }
}

fn session(will: Will) -> InProcess<Holder> {
    let states = vec![Snapshot::empty(InstrumentId(0)), Snapshot::empty(InstrumentId(1))];
    InProcess::new(Holder { will, states, seen: Vec::new() }, 2)
}

fn table() -> Vec<Instrument> {
    ["X", "Y"].map(|name| Instrument::new(name, Increment::ONE, Increment::ONE)).to_vec()
}

/// A bid on each of two instruments, the seventh trade still to come.
fn snapshots(order: u64) -> Vec<Snapshot> {
    let snapshot = |id: u32| {
        let bid = NewOrder::limit(OrderId(order), Side::Buy, Price(5), Quantity(9));
        let text = format!(
            r#"{{"type":"order","instrument":"X","order":{},"arrival":1,"side":"buy","order_type":"limit","price":"5","open":"9","executed":"1"}}"#,
            bid.order
        );
        let lines = format!(
            "{}\n{}\n{text}\n",
            r#"{"type":"instrument","instrument":"X","tick":"1","lot":"1","matching":"price-time"}"#,
            r#"{"type":"state","instrument":"X","phase":"continuous","next_trade":7,"arrivals":1}"#
        );
        let reader = shadowbook_capture::jsonl::Reader::new(lines.as_bytes()).unwrap();
        let found = &shadowbook_capture::Source::snapshots(&reader)[0];
        Snapshot { instrument: InstrumentId(id), ..found.clone() }
    };
    vec![snapshot(0), snapshot(1)]
}

#[test]
fn an_engine_that_can_be_restored_is_as_the_snapshots_are() {
    let (mut session, wanted) = (session(Will::Takes), snapshots(3));
    let mut outcomes = Outcomes::new();
    session.checkpoint(Scope::All, &mut outcomes).unwrap();
    let restored = restore(&mut session, &table(), &wanted).unwrap();
    let expected = Restored { orders: 2, manner: Manner::Natively, lost: Vec::new() };
    assert_eq!(restored, expected);
    for snapshot in &wanted {
        assert_eq!(session.snapshot(snapshot.instrument).as_ref(), Ok(snapshot));
    }
    // A checkpoint from before must not be taken for the state of now.
    session.checkpoint(Scope::Touched, &mut outcomes).unwrap();
    let [before, after] = outcomes.checkpoints() else { panic!("two were taken") };
    assert_eq!(after.instruments.len(), 2);
    assert_ne!(before.digest, after.digest);
}

#[test]
fn one_that_cannot_is_sent_commands() {
    let (mut session, wanted) = (session(Will::Cannot), snapshots(3));
    assert_eq!(session.restore(&table(), &wanted), Err(SessionError::CannotRestore));
    let restored = restore(&mut session, &table(), &wanted).unwrap();
    let lost = vec![Loss::TradeNumbers(2), Loss::ExecutedQuantities(2)];
    assert_eq!(restored, Restored { orders: 2, manner: Manner::ByCommands, lost });
}

#[test]
fn one_that_only_says_so_is_found_out() {
    let told = |will: Will| {
        let mut session = session(will);
        let error = restore_natively(&mut session, &table(), &snapshots(3)).unwrap_err();
        if matches!(error, SessionError::Crashed { .. }) {
            assert_eq!(session.digest(InstrumentId(0)), Err(error.clone()), "it is over");
        }
        error.to_string()
    };
    let begin = "the engine crashed when it was to take on a given state after seq 0: ";
    let forgot = "the engine was set to a state and shows another one of instrument 0";
    assert_eq!(told(Will::Forgets), forgot);
    assert_eq!(told(Will::Tires), format!("{begin}it took on one state and not the next"));
    assert_eq!(told(Will::Panics), format!("{begin}no more"));
}

#[test]
fn what_cannot_be_built_by_commands_is_an_error() {
    let by_commands = |wanted: &[Snapshot]| {
        restore_by_commands(&mut session(Will::Cannot), &table(), wanted).unwrap_err().to_string()
    };
    assert_eq!(
        by_commands(&snapshots(666)),
        "the engine refused order 666 of instrument 0 when it was to be restored by commands: phase"
    );
    let mut halted = snapshots(3);
    halted[1].state.phase = shadowbook_model::Phase::Halted;
    assert_eq!(
        by_commands(&halted),
        "the engine cannot be brought to a given state by commands: `phase halted` is not offered"
    );
    let mut unsound = snapshots(3);
    unsound[1].state.arrivals = Arrival(0);
    let error = session(Will::Takes).restore(&table(), &unsound).unwrap_err().to_string();
    assert!(error.starts_with("no engine can be set to this state: order 3 of instrument 1"));
}
