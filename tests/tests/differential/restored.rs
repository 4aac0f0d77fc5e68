//! Books restored by commands: from whatever state an engine can be in, both engines take every
//! command, and then hold what the snapshot holds but for what is named as lost. An auditor that
//! has seen those commands knows the books: whatever follows is right to it.

use shadowbook_capture::Batch;
use shadowbook_compare::{AuditOptions, Auditor, Stretch};
use shadowbook_ladder::LadderEngine;
use shadowbook_model::{
    Arrival, Command, Engine, EventBuffer, Instrument, InstrumentId, OrderState, OrderType,
    Quantity, Snapshot, TradeId, TriggerState, Visibility,
};
use shadowbook_reference::ReferenceEngine;
use shadowbook_replay::answers;
use shadowbook_session::{InProcess, Loss, Outcomes, Session, restore_by_commands};
use shadowbook_workload::Fuzzer;

/// How many commands a stream has, and after how many of them its state is built again.
const COMMANDS: usize = 4_000;
const EVERY: usize = 500;

#[test]
fn what_commands_build_is_the_snapshot_but_for_what_they_lose() {
    for seed in 1..=20 {
        let mut fuzzer = Fuzzer::new(seed);
        let instruments = fuzzer.instruments().to_vec();
        let mut engine = ReferenceEngine::new(&instruments);
        let mut events = EventBuffer::new();
        let mut built: Vec<Built> = Vec::new();
        for at in 1..=COMMANDS {
            let command = fuzzer.next();
            events.clear();
            engine.apply(&command, &mut events);
            fuzzer.observe(&command, events.as_slice());
            built.iter_mut().for_each(|built| built.follow(&command));
            if at.is_multiple_of(EVERY) {
                let ids = (0..).map(InstrumentId).take(instruments.len());
                let snapshots: Vec<Snapshot> = ids.map(|id| engine.snapshot(id)).collect();
                let name = format!("seed {seed}, after {at}");
                let reference = ReferenceEngine::new(&instruments);
                let reference = Built::new(name.clone(), reference, &instruments, &snapshots);
                let ladder = LadderEngine::new(&instruments);
                let ladder = Built::new(name, ladder, &instruments, &snapshots);
                built = vec![reference, ladder];
            }
        }
    }
}

/// An engine that was brought to a state by commands, and who judges it.
struct Built {
    name: String,
    session: Box<dyn Session>,
    auditor: Auditor,
}

impl Built {
    fn new(
        name: String,
        engine: impl Engine + Send + 'static,
        instruments: &[Instrument],
        snapshots: &[Snapshot],
    ) -> Self {
        let mut session = InProcess::new(engine, instruments.len());
        let restored = restore_by_commands(&mut session, instruments, snapshots);
        let (restored, sent) =
            restored.unwrap_or_else(|error| panic!("{name}: {error}\n{snapshots:#?}"));
        let mut missed = Missed::default();
        for before in snapshots {
            let after = session.snapshot(before.instrument).unwrap();
            assert_eq!(after.check(&instruments[before.instrument.index()]).err(), None, "{name}");
            missed.state(&name, before, &after);
        }
        // Which orders come in another order is not to be seen from where they end.
        let named = restored.lost.into_iter().filter(|lost| !matches!(lost, Loss::ArrivalOrder(_)));
        assert_eq!(named.collect::<Vec<_>>(), missed.list(), "{name}");
        let auditor = Auditor::new(instruments, AuditOptions::default());
        let mut built = Self { name, session: Box::new(session), auditor };
        built.judge(&sent.batch, &sent.outcomes);
        built
    }

    fn follow(&mut self, command: &Command) {
        let (mut batch, mut outcomes) = (Batch::new(), Outcomes::new());
        batch.push(*command);
        self.session.apply(&batch, 0..1, &mut outcomes).unwrap();
        self.judge(&batch, &outcomes);
    }

    fn judge(&mut self, batch: &Batch, outcomes: &Outcomes) {
        let stretch = Stretch { batch, range: 0..batch.len() };
        self.auditor.commands(&stretch, answers(outcomes));
        assert_eq!(self.auditor.take_breaches(), [], "{}", self.name);
    }
}

/// What a book that was built lacks, counted as losses are.
#[derive(Default)]
struct Missed {
    last_trades: u64,
    trade_numbers: u64,
    arrivals: u64,
    executed: u64,
    slices: u64,
    displays: u64,
    minimums: u64,
    types: u64,
    trails: u64,
    orders: u64,
}

impl Missed {
    fn state(&mut self, name: &str, before: &Snapshot, after: &Snapshot) {
        assert_eq!(before.state.phase, after.state.phase, "{name}");
        assert_eq!((after.state.last_trade, after.state.next_trade), (None, TradeId(1)), "{name}");
        self.last_trades += u64::from(before.state.last_trade.is_some());
        self.trade_numbers += u64::from(before.state.next_trade != TradeId(1));
        let mut built = after.orders.iter().peekable();
        for before in &before.orders {
            // Both stand in the same order, so whatever was not built is seen at once.
            match built.next_if(|after| after.order == before.order) {
                None => self.orders += 1,
                Some(after) => self.order(name, before, after),
            }
        }
        assert_eq!(built.next(), None, "{name}: it stands elsewhere, or nobody entered it");
    }

    fn order(&mut self, name: &str, before: &OrderState, after: &OrderState) {
        self.arrivals += u64::from(before.arrival != after.arrival);
        self.executed += u64::from(before.executed != after.executed);
        self.minimums += u64::from(before.min_quantity != after.min_quantity);
        self.types += u64::from(before.order_type != after.order_type);
        self.trails += u64::from(before.trigger != after.trigger);
        if let (
            Visibility::Iceberg { display, slice },
            Visibility::Iceberg { display: built, slice: fresh },
        ) = (before.visibility, after.visibility)
        {
            self.displays += u64::from(display != built);
            self.slices += u64::from(slice != fresh);
        }
        assert_eq!(core(before), core(after), "{name}");
    }

    fn list(&self) -> Vec<Loss> {
        let all = [
            (self.last_trades, Loss::LastTrades(self.last_trades)),
            (self.trade_numbers, Loss::TradeNumbers(self.trade_numbers)),
            (self.arrivals, Loss::ArrivalNumbers(self.arrivals)),
            (self.executed, Loss::ExecutedQuantities(self.executed)),
            (self.slices, Loss::Slices(self.slices)),
            (self.displays, Loss::DisplayQuantities(self.displays)),
            (self.minimums, Loss::Minimums(self.minimums)),
            (self.types, Loss::TriggeredTypes(self.types)),
            (self.trails, Loss::TrailingTriggers(self.trails)),
            (self.orders, Loss::Orders(self.orders)),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).map(|(_, lost)| lost).collect()
    }
}

/// An order without what may be lost of it; everything else is as it was.
fn core(order: &OrderState) -> OrderState {
    OrderState {
        arrival: Arrival(0),
        executed: Quantity::ZERO,
        visibility: match order.visibility {
            Visibility::Iceberg { display, .. } => {
                let display = display.min(order.open);
                Visibility::Iceberg { display, slice: display }
            }
            other => other,
        },
        min_quantity: order.min_quantity.map(|minimum| minimum.min(order.open)),
        trigger: order.trigger.map(|trigger| match trigger {
            TriggerState::Trailing { offset, .. } => TriggerState::Trailing { offset, price: None },
            fixed @ TriggerState::Fixed(_) => fixed,
        }),
        order_type: if order.trigger.is_none() && order.order_type.has_trigger() {
            OrderType::Limit
        } else {
            order.order_type
        },
        ..*order
    }
}
