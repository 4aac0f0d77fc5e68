//! A snapshot as the beginning of a flow that starts with an empty book.

use shadowbook_capture::Flow;
use shadowbook_model::{
    Command, Instrument, InstrumentId, InstrumentState, NewOrder, OrderId, Phase, Quantity, Seq,
    Side, Snapshot, TimeInForce, TimeNs,
};
use shadowbook_session::commands_for;

/// The only instrument of a flow.
pub(super) const ALONE: InstrumentId = InstrumentId(0);

/// The commands that build a book like that of a snapshot, as near as commands come. `with_trade`:
/// a trade between two orders of their own comes first, so that the last trade price is right.
pub(super) fn rebuild(
    instrument: &Instrument,
    snapshot: &Snapshot,
    with_trade: bool,
    commands: &mut Vec<Command>,
) {
    let mut instrument = instrument.clone();
    let mut push = |action| {
        commands.push(Command { seq: Seq(0), time: TimeNs(0), instrument: ALONE, action });
    };
    if let (true, Some(price)) = (with_trade, snapshot.state.last_trade) {
        if instrument.phase != Phase::Continuous {
            push(Phase::Continuous.into());
            instrument.phase = Phase::Continuous;
        }
        let [maker, taker] = free_ids(snapshot);
        push(NewOrder::limit(maker, Side::Sell, price, Quantity(1)).into());
        let buy = NewOrder::limit(taker, Side::Buy, price, Quantity(1));
        push(NewOrder { time_in_force: TimeInForce::Ioc, ..buy }.into());
    }
    let alone = Snapshot { instrument: ALONE, ..snapshot.clone() };
    commands.extend(commands_for(&[instrument], &[alone]).commands);
}

/// Two ids that no order of the snapshot has: the least, which commands may use again later.
fn free_ids(snapshot: &Snapshot) -> [OrderId; 2] {
    let mut used: Vec<u64> = snapshot.orders.iter().map(|order| order.order.0).collect();
    used.sort_unstable();
    let mut free = (1..).map(OrderId).filter(|id| used.binary_search(&id.0).is_err());
    std::array::from_fn(|_| free.next().unwrap_or(OrderId(0)))
}

/// Whether a snapshot shows what an engine begins with anyway.
pub(super) fn is_fresh(instrument: &Instrument, snapshot: &Snapshot) -> bool {
    let Snapshot { state, orders, .. } = snapshot;
    let begun = Snapshot::empty(snapshot.instrument).state;
    orders.is_empty() && *state == InstrumentState { phase: instrument.phase, ..begun }
}

/// The flows of all instruments that begin with the stream: from empty books, and in engines that
/// are set to what the stream begins with, where it begins with something.
pub(super) fn whole_flows(
    instruments: &[Instrument],
    snapshots: &[Snapshot],
    commands: &[Command],
) -> impl Iterator<Item = Flow> + use<> {
    let is_needed = |snapshot: &&Snapshot| {
        let instrument = instruments.get(snapshot.instrument.index());
        instrument.is_some_and(|instrument| !is_fresh(instrument, snapshot))
    };
    let snapshots: Vec<Snapshot> = snapshots.iter().filter(is_needed).cloned().collect();
    let flow = |snapshots: Vec<Snapshot>, before: Vec<Command>| {
        let all = [before, commands.to_vec()].concat();
        Flow { instruments: instruments.to_vec(), snapshots, commands: numbered(all) }
    };
    let built = flow(Vec::new(), commands_for(instruments, &snapshots).commands);
    let natively = (!snapshots.is_empty()).then(|| flow(snapshots.clone(), Vec::new()));
    std::iter::once(built).chain(natively)
}

/// The same commands in places of their own: those that build a book have none in the stream.
pub(super) fn numbered(mut commands: Vec<Command>) -> Vec<Command> {
    (1..).map(Seq).zip(&mut commands).for_each(|(seq, command)| command.seq = seq);
    commands
}
