//! What the comparer makes of two engines and a recording.

use shadowbook_capture::RecordedFill;
use shadowbook_model::{
    Digest, Fill, Increment, NewOrder, OrderId, Price, Quantity, Side, TimeNs, TradeId,
};

use super::*;
use crate::recorded::RecordedTally;

const XBT: InstrumentId = InstrumentId(0);

fn new(seq: u64, instrument: u32) -> Command {
    let order = NewOrder::limit(OrderId(seq), Side::Buy, Price(9), Quantity(9));
    Command::new(Seq(seq), TimeNs(seq), InstrumentId(instrument), order)
}

fn seed(seq: u64) -> Command {
    let order = NewOrder::limit(OrderId(seq), Side::Buy, Price(9), Quantity(9));
    Command::new(Seq(seq), TimeNs(seq), XBT, NewOrder { seed: true, ..order })
}

fn accepted(order: u64) -> Event {
    Event::Accepted { order: OrderId(order) }
}

fn fill(trade: u64, maker: u64, taker: u64) -> Event {
    Event::Fill(Fill {
        trade: TradeId(trade),
        maker: OrderId(maker),
        taker: OrderId(taker),
        price: Price(5),
        quantity: Quantity(2),
        maker_open: Quantity(0),
        taker_open: Quantity(7),
    })
}

fn recorded(maker: u64) -> RecordedFill {
    RecordedFill { maker: OrderId(maker), price: Price(5), quantity: Quantity(2) }
}

fn comparer(instruments: usize) -> Comparer {
    let instrument = |_| Instrument::new("X", Increment::ONE, Increment::ONE);
    let instruments: Vec<Instrument> = (0..instruments).map(instrument).collect();
    Comparer::new(&instruments, 10, AfterRoot::Stop)
}

/// Compares event lists, one of each for each command of the batch.
fn compare(batch: &Batch, reference: &[&[Event]], candidate: &[&[Event]]) -> Comparison {
    let flat = |lists: &[&[Event]]| {
        let mut ends = Vec::new();
        let mut events = Vec::new();
        for list in lists {
            events.extend_from_slice(list);
            ends.push(events.len());
        }
        (events, ends)
    };
    let ((ours, our_ends), (theirs, their_ends)) = (flat(reference), flat(candidate));
    let mut comparer = comparer(2);
    comparer.commands(
        &Stretch { batch, range: 0..batch.len() },
        Answers { events: &ours, ends: &our_ends },
        Answers { events: &theirs, ends: &their_ends },
    );
    comparer.finish()
}

fn batch(commands: impl IntoIterator<Item = Command>) -> Batch {
    let mut batch = Batch::new();
    commands.into_iter().for_each(|command| batch.push(command));
    batch
}

#[test]
fn the_first_divergence_on_an_instrument_is_the_root() {
    let batch = batch([new(1, 0), new(2, 0), new(3, 1), new(4, 0)]);
    let right: [&[Event]; 4] = [&[accepted(1)], &[accepted(2)], &[accepted(3)], &[accepted(4)]];
    let wrong: [&[Event]; 4] = [&[accepted(1)], &[], &[accepted(9)], &[]];
    let found = compare(&batch, &right, &wrong);
    let signatures: Vec<String> = found.divergences.iter().map(Divergence::signature).collect();
    assert_eq!(signatures, ["missing-event/new/accepted", "events/new/accepted.order"]);
    assert_eq!((found.commands, found.roots, found.derived), (4, 2, 1));
    assert_eq!(found.divergences[0].reference.events, [accepted(2)]);
    assert_eq!(compare(&batch, &right, &right).roots, 0);
}

#[test]
fn trade_numbers_may_differ_but_not_repeat() {
    let batch = batch([new(1, 0), new(2, 1), new(3, 0)]);
    let reference: [&[Event]; 3] = [&[fill(1, 8, 1)], &[fill(1, 8, 2)], &[fill(2, 8, 3)]];
    let renumbered: [&[Event]; 3] = [&[fill(50, 8, 1)], &[fill(51, 8, 2)], &[fill(52, 8, 3)]];
    assert_eq!(compare(&batch, &reference, &renumbered).roots, 0);
    let reused: [&[Event]; 3] = [&[fill(50, 8, 1)], &[fill(50, 8, 2)], &[fill(50, 8, 3)]];
    let found = compare(&batch, &reference, &reused);
    assert_eq!(found.divergences[0].signature(), "trade-mapping/new/candidate-reused");
    assert_eq!((found.roots, found.divergences[0].seq), (1, Seq(3)));
}

#[test]
fn recorded_outcomes_are_counted_by_how_well_they_match() {
    let mut batch = Batch::new();
    let lists: [&[Event]; 6] = [
        &[accepted(1)],
        &[accepted(2), fill(1, 1, 2)],
        &[accepted(3), fill(2, 7, 3)],
        &[accepted(4)],
        &[],
        &[accepted(6)],
    ];
    batch.push(seed(1));
    batch.push(new(2, 0));
    batch.record_fills([recorded(1)]);
    batch.push(new(3, 0));
    batch.record_fills([recorded(1)]);
    batch.push(new(4, 0));
    batch.record_unchecked();
    batch.push(new(5, 0));
    batch.record_events([Event::Rejected {
        command: shadowbook_model::CommandKind::New,
        order: OrderId(5),
        reason: shadowbook_model::RejectReason::External,
    }]);
    batch.push(new(6, 0));
    batch.mark_synthetic();
    batch.record_fills([recorded(7)]);
    let found = compare(&batch, &lists, &lists);
    let expected = RecordedTally {
        exact: 1,
        price_quantity: 1,
        different: 1,
        unchecked: 1,
        // Seed 1 was filled by order 2, so that the second mention of it is another order.
        via_seed: 1,
        corrections: 1,
        external: 1,
    };
    assert_eq!((found.recorded, found.roots), (expected, 0));
}

#[test]
fn a_divergence_where_the_reference_is_in_doubt_is_disputed() {
    let mut batch = Batch::new();
    batch.push(new(1, 0));
    batch.record_fills([recorded(70)]);
    batch.push(new(2, 1));
    let reference: [&[Event]; 2] = [&[accepted(1), fill(1, 71, 1)], &[accepted(2)]];
    let found = compare(&batch, &reference, &[&[accepted(1)], &[accepted(2)]]);
    assert_eq!((found.roots, found.disputed), (1, 1));
    let found = compare(&batch, &reference, &[&[accepted(1)], &[]]);
    assert_eq!((found.roots, found.disputed), (2, 1));
}

#[test]
fn an_order_stays_disputed_until_it_is_gone() {
    let check = |lists: [&[Event]; 3], candidate: [&[Event]; 3], disputed| {
        let mut batch = Batch::new();
        batch.push(new(1, 0));
        batch.record_fills([recorded(70)]);
        batch.push(new(2, 0));
        batch.push(new(3, 0));
        assert_eq!(compare(&batch, &lists, &candidate).disputed, disputed);
    };
    let first: &[Event] = &[accepted(1)];
    let later = [accepted(3), fill(2, 1, 3)];
    check([first, &[], &later], [first, &[], &later[..1]], 1);
    let gone = [Event::Canceled {
        order: OrderId(1),
        quantity: Quantity(9),
        reason: shadowbook_model::CancelReason::Expired,
    }];
    check([first, &gone, &later], [first, &gone, &later[..1]], 0);
}

#[test]
fn an_id_that_is_used_again_is_not_disputed() {
    let mut batch = Batch::new();
    batch.push(new(1, 0));
    batch.record_fills([recorded(2)]);
    batch.push(new(2, 0));
    let right: [&[Event]; 2] = [&[accepted(1)], &[accepted(2)]];
    // The reference never had the recorded maker, so it never said that it ended.
    let found = compare(&batch, &right, &[&[accepted(1)], &[accepted(2), fill(1, 9, 2)]]);
    assert_eq!((found.roots, found.disputed), (1, 0));
}

#[test]
fn a_disputed_root_hides_its_own_orders_until_the_states_are_equal_again() {
    let mut batch = Batch::new();
    batch.push(new(1, 0));
    batch.record_fills([recorded(70)]);
    batch.push(new(2, 0));
    let silent = Answers { events: &[], ends: &[0, 0] };
    let compare = |second: Event, equal: bool| {
        let ours = [accepted(1), second];
        let reference = Answers { events: &ours, ends: &[1, 2] };
        let mut comparer = comparer(1);
        let stretch = |range| Stretch { batch: &batch, range };
        comparer.commands(&stretch(0..1), reference, silent);
        let state = |digest| [(XBT, Digest(digest))];
        let (a, b) = (state(1), state(if equal { 1 } else { 2 }));
        comparer.checkpoint(
            StateDigests { whole: a[0].1, instruments: &a },
            Some(StateDigests { whole: b[0].1, instruments: &b }),
        );
        comparer.commands(&stretch(1..2), reference, silent);
        let found = comparer.finish();
        (found.roots, found.disputed, found.derived)
    };
    // About the disputed order, and about another one.
    assert_eq!(compare(fill(1, 1, 2), true), (2, 2, 0));
    assert_eq!(compare(fill(1, 1, 2), false), (1, 1, 2));
    assert_eq!(compare(accepted(2), true), (2, 1, 0));
    assert_eq!(compare(accepted(2), false), (2, 1, 1));
}

#[test]
fn states_are_compared_where_they_were_read() {
    let digests =
        |values: [u128; 2]| [(XBT, Digest(values[0])), (InstrumentId(1), Digest(values[1]))];
    let mut comparer = comparer(2);
    let mut checkpoint = |ours: [u128; 2], theirs: [u128; 2]| {
        let (ours, theirs) = (digests(ours), digests(theirs));
        comparer.checkpoint(
            StateDigests {
                whole: shadowbook_model::combine(ours.map(|(_, digest)| digest)),
                instruments: &ours,
            },
            Some(StateDigests {
                whole: shadowbook_model::combine(theirs.map(|(_, digest)| digest)),
                instruments: &theirs,
            }),
        );
    };
    checkpoint([1, 2], [1, 2]);
    checkpoint([1, 3], [1, 4]);
    checkpoint([1, 5], [1, 6]);
    let found = comparer.finish();
    assert_eq!((found.checkpoints, found.mismatches, found.roots, found.derived), (3, 2, 1, 1));
    assert_eq!(found.divergences[0].signature(), "state/?/digest");
    assert_eq!(found.divergences[0].instrument, InstrumentId(1));
}

#[test]
fn a_command_that_was_not_answered_is_one_without_events() {
    let batch = batch([new(1, 0), new(2, 0)]);
    let found = compare(&batch, &[&[accepted(1)], &[accepted(2)]], &[&[accepted(1)]]);
    assert_eq!((found.roots, found.divergences[0].seq), (1, Seq(2)));
    assert_eq!(found.commands, 2);
}

#[test]
fn where_orders_are_remembered_nothing_else_changes() {
    let plain = batch([new(1, 0), new(2, 0), new(3, 1), new(4, 0)]);
    let mut watched = batch([seed(1)]);
    for command in [new(2, 0), new(3, 1), new(4, 0)] {
        watched.push(command);
    }
    let right: [&[Event]; 4] = [&[accepted(1)], &[fill(1, 8, 2)], &[accepted(3)], &[accepted(4)]];
    let wrong: [&[Event]; 4] = [&[accepted(1)], &[fill(7, 8, 2)], &[accepted(9)], &[]];
    let (mut a, mut b) = (compare(&plain, &right, &wrong), compare(&watched, &right, &wrong));
    let places = |found: &mut Comparison| {
        let divergences = std::mem::take(&mut found.divergences);
        divergences.into_iter().map(|at| (at.seq, at.shown_after, at.signature())).collect()
    };
    let (first, second): (Vec<_>, Vec<_>) = (places(&mut a), places(&mut b));
    assert_eq!((first, a), (second, b));
}
