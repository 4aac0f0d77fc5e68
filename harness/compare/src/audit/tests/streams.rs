//! The interfaces: stretches of batches, recordings, snapshots, options.

use shadowbook_capture::{Batch, RecordedFill};
use shadowbook_model::{Arrival, InstrumentState, OrderState, Snapshot, TriggerState, Visibility};

use super::*;
use crate::audit::shared;
use crate::{Answers, Cell, Outcome, Stretch};
use AuditRule as Rule;

fn command(seq: u64, action: impl Into<Action>) -> Command {
    Command::new(Seq(seq), TimeNs(seq), XBT, action)
}

fn recorded(maker: u64, price: i64, quantity: u64) -> RecordedFill {
    RecordedFill { maker: OrderId(maker), price: Price(price), quantity: Quantity(quantity) }
}

#[test]
fn a_stretch_is_judged_without_external_commands() {
    let mut batch = Batch::new();
    batch.push(command(1, bid(1, 9, 5)));
    batch.push(command(2, bid(1, 9, 5)));
    batch.record_events([rejected(1, RejectReason::External)]);
    batch.push(command(3, bid(1, 9, 0)));
    let events = [accepted(1), accepted(1)];
    let answers = Answers { events: &events, ends: &[1, 1, 2] };
    let mut auditor = Auditor::new(&[instrument()], AuditOptions::default());
    auditor.commands(&Stretch { batch: &batch, range: 0..2 }, answers);
    assert_eq!(auditor.take_breaches(), []);
    auditor.commands(&Stretch { batch: &batch, range: 2..3 }, answers);
    let breaches = auditor.take_breaches();
    assert_eq!((breaches[0].rule, breaches[0].seq), (Rule::Admission, Seq(3)));
    let audit = auditor.finish();
    assert_eq!((audit.commands, audit.external, audit.unjudged, audit.total()), (2, 1, 0, 1));
}

#[test]
fn further_breaches_are_counted_and_rules_can_be_off() {
    let audit = |options| {
        let mut auditor = Auditor::new(&[instrument()], options);
        for seq in 1..=5 {
            auditor.command(&command(seq, bid(seq, 9, 5)), &[]);
        }
        let batch = auditor.take_breaches();
        (auditor.finish(), batch)
    };
    let (two, batch) = audit(AuditOptions { list_limit: 2, ..AuditOptions::default() });
    assert_eq!((two.breaches.len(), two.total()), (2, 5));
    assert!(batch[0].events.events.is_empty() && batch[0].detail.is_empty());
    assert_eq!(shared(&batch, &batch), [true]);
    assert_eq!(shared(&batch, &two.breaches), [false], "at another command");
    let off = [Rule::Answer].into_iter().collect();
    assert_eq!(audit(AuditOptions { off, list_limit: 2 }).0.total(), 0);
}

#[test]
fn coverage_is_counted_by_the_way() {
    let stream = Stream::new()
        .rests(ask(1, 10, 5))
        .right(market(2, Side::Buy, 2), &[accepted(2), fill(2, 10, (1, 3), (2, 0))]);
    let coverage = stream.auditor.finish().coverage;
    let of = |order_type, time_in_force, outcome| {
        coverage.of(Cell { order_type, time_in_force, phase: Phase::Continuous, outcome })
    };
    assert_eq!(of(OrderType::Limit, TimeInForce::Gtc, Outcome::Accepted), 1);
    assert_eq!(of(OrderType::Limit, TimeInForce::Gtc, Outcome::FillAsMaker), 1);
    assert_eq!(of(OrderType::Market, TimeInForce::Ioc, Outcome::FillAsTaker), 1);
    assert_eq!(coverage.touched().count(), 4);
}

fn order(id: u64, side: Side, price: i64) -> OrderState {
    OrderState {
        order: OrderId(id),
        account: AccountId(0),
        arrival: Arrival(id),
        price: Some(Price(price)),
        open: Quantity(4),
        executed: Quantity(1),
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger: None,
        side,
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: SelfTrade::None,
    }
}

#[test]
fn a_restored_instrument_goes_on() {
    let iceberg = Visibility::Iceberg { display: Quantity(3), slice: Quantity(1) };
    let first = OrderState { visibility: iceberg, ..order(3, Side::Sell, 10) };
    let trigger = Some(TriggerState::Fixed(Price(12)));
    let waiting = OrderState {
        price: None,
        executed: Quantity::ZERO,
        order_type: OrderType::Stop,
        trigger,
        ..order(4, Side::Buy, 0)
    };
    let snapshot = Snapshot {
        instrument: XBT,
        state: InstrumentState {
            phase: Phase::Continuous,
            last_trade: Some(Price(11)),
            next_trade: TradeId(8),
            arrivals: Arrival(4),
        },
        orders: vec![order(1, Side::Buy, 9), first, order(2, Side::Sell, 10), waiting],
    };
    let instrument = instrument();
    let mut stream = Stream::on(instrument.clone()).rests(bid(1, 5, 1));
    stream.auditor.restore(snapshot.check(&instrument).unwrap());
    let mut used = stream.clone();
    stream.trade = 7;
    let right = [accepted(9), fill(1, 10, (3, 3), (9, 4)), fill(4, 10, (2, 0), (9, 0))];
    let wrong = [accepted(9), fill(3, 10, (3, 1), (9, 2))];
    stream.judges(bid(9, 10, 5), &right, &[(Rule::FillQuantity, &wrong)]);
    assert_eq!(used.send(bid(9, 10, 5), &right)[0].rule, Rule::TradeNumber);
    stream.right(replace(1, None, Some(6)), &[replaced(1, 9, 5)]);
}

#[test]
fn recorded_fills_are_judged_as_far_as_they_tell() {
    let audit = |fills: &[RecordedFill]| {
        let mut batch = Batch::new();
        batch.push(command(1, ask(1, 10, 5)));
        batch.record_fills([]);
        batch.push(command(2, ask(2, 10, 5)));
        batch.record_fills([]);
        batch.push(command(3, bid(3, 10, 7)));
        batch.record_fills(fills.iter().copied());
        batch.push(command(4, Action::Cancel(OrderId(2))));
        batch.push(command(5, bid(4, 10, 1)));
        batch.record_unchecked();
        let mut auditor = Auditor::new(&[instrument()], AuditOptions::default());
        auditor.recorded(&Stretch { batch: &batch, range: 0..5 });
        auditor.finish()
    };
    let rules = |audit: &crate::Audit| audit.breaches.iter().map(|b| b.rule).collect::<Vec<_>>();
    let right = audit(&[recorded(1, 10, 5), recorded(2, 10, 2)]);
    assert_eq!(rules(&right), []);
    assert_eq!((right.commands, right.unjudged), (5, 1));
    let cases: [(Rule, &[RecordedFill]); 5] = [
        (Rule::TimePriority, &[recorded(2, 10, 5), recorded(1, 10, 2)]),
        (Rule::MakerPrice, &[recorded(1, 9, 5), recorded(2, 10, 2)]),
        (Rule::FillQuantity, &[recorded(1, 10, 6), recorded(2, 10, 1)]),
        (Rule::LiveOrder, &[recorded(7, 10, 7)]),
        (Rule::StopsShort, &[recorded(1, 10, 5)]),
    ];
    for (rule, fills) in cases {
        assert_eq!(rules(&audit(fills)), [rule], "{fills:?}");
    }
}

#[test]
fn recorded_events_are_judged_whole() {
    let mut batch = Batch::new();
    batch.push(command(1, ask(1, 10, 5)));
    batch.record_events([accepted(1)]);
    batch.push(command(2, Action::Cancel(OrderId(1))));
    batch.record_events([]);
    let mut auditor = Auditor::new(&[instrument()], AuditOptions::default());
    auditor.recorded(&Stretch { batch: &batch, range: 0..2 });
    assert_eq!(auditor.take_breaches()[0].rule, Rule::Answer);
}
