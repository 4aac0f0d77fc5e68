//! A tiny right engine, the same engine with one fault, and a stream for them.

use shadowbook_capture::{Batch, InputError, Position, ReadError, Source};
use shadowbook_model::{
    AccountId, Action, Arrival, CancelReason, CannotRestore, Capabilities, Command, CommandKind,
    Digest, DigestVisitor, Engine, Event, EventBuffer, Features, Fill, Increment, Instrument,
    InstrumentId, InstrumentState, NewOrder, OrderId, OrderState, OrderType, Phase, Price,
    Quantity, RejectReason, SelfTrade, Seq, Side, Snapshot, SoundSnapshot, StateVisitor,
    TimeInForce, TimeNs, TradeId, Visibility,
};

/// Limit orders and cancels, by price and time.
#[derive(Clone, Debug)]
pub(crate) struct Toy {
    books: Vec<Book>,
}

#[derive(Clone, Debug)]
struct Book {
    state: InstrumentState,
    /// Best first, then oldest first.
    bids: Vec<OrderState>,
    asks: Vec<OrderState>,
}

impl Toy {
    pub(crate) fn new(instruments: usize) -> Self {
        let state = InstrumentState {
            phase: Phase::Continuous,
            last_trade: None,
            next_trade: TradeId(1),
            arrivals: Arrival(0),
        };
        let book = Book { state, bids: Vec::new(), asks: Vec::new() };
        Self { books: vec![book; instruments] }
    }

    /// Turns the first queue of more than one order around, of which nobody is told.
    pub(crate) fn turn_a_queue_around(&mut self, instrument: InstrumentId) -> bool {
        let book = &mut self.books[instrument.index()];
        for side in [&mut book.bids, &mut book.asks] {
            let found = (1..side.len()).find(|at| side[at - 1].price == side[*at].price);
            if let Some(at) = found {
                side.swap(at - 1, at);
                return true;
            }
        }
        false
    }
}

impl Book {
    fn enter(&mut self, new: &NewOrder, events: &mut EventBuffer) {
        events.push(Event::Accepted { order: new.order });
        self.state.arrivals.0 += 1;
        let limit = new.price.unwrap();
        let crosses = |maker: &OrderState| match new.side {
            Side::Buy => maker.price.unwrap() <= limit,
            Side::Sell => maker.price.unwrap() >= limit,
        };
        let (own, other) = match new.side {
            Side::Buy => (&mut self.bids, &mut self.asks),
            Side::Sell => (&mut self.asks, &mut self.bids),
        };
        let mut open = new.quantity.0;
        while open > 0 && other.first().is_some_and(crosses) {
            let maker = &mut other[0];
            let quantity = open.min(maker.open.0);
            open -= quantity;
            maker.open.0 -= quantity;
            maker.executed.0 += quantity;
            events.push(Fill {
                trade: self.state.next_trade,
                maker: maker.order,
                taker: new.order,
                price: maker.price.unwrap(),
                quantity: Quantity(quantity),
                maker_open: maker.open,
                taker_open: Quantity(open),
            });
            self.state.last_trade = maker.price;
            self.state.next_trade.0 += 1;
            if maker.open.is_zero() {
                other.remove(0);
            }
        }
        if open > 0 {
            let better = |order: &OrderState| match new.side {
                Side::Buy => order.price.unwrap() >= limit,
                Side::Sell => order.price.unwrap() <= limit,
            };
            let at = own.partition_point(better);
            own.insert(at, resting(new, Quantity(open), self.state.arrivals));
        }
    }

    fn cancel(&mut self, id: OrderId, events: &mut EventBuffer) {
        for side in [&mut self.bids, &mut self.asks] {
            if let Some(at) = side.iter().position(|order| order.order == id) {
                let reason = CancelReason::Requested;
                events.push(Event::Canceled { order: id, quantity: side.remove(at).open, reason });
                return;
            }
        }
        let (command, reason) = (CommandKind::Cancel, RejectReason::UnknownOrder);
        events.push(Event::Rejected { command, order: id, reason });
    }
}

fn resting(new: &NewOrder, open: Quantity, arrival: Arrival) -> OrderState {
    OrderState {
        order: new.order,
        account: AccountId(0),
        arrival,
        price: new.price,
        open,
        executed: Quantity(new.quantity.0 - open.0),
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger: None,
        side: new.side,
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: SelfTrade::None,
    }
}

impl Engine for Toy {
    fn capabilities(&self) -> Capabilities {
        Capabilities { features: Features::ALL }
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        let book = &mut self.books[command.instrument.index()];
        match &command.action {
            Action::New(new) => book.enter(new, events),
            Action::Cancel(order) => book.cancel(*order, events),
            other => panic!("a toy does not know {other:?}"),
        }
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        let book = &self.books[instrument.index()];
        visitor.instrument(&book.state);
        book.bids.iter().chain(&book.asks).for_each(|order| visitor.order(order));
    }

    fn restore(&mut self, snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        let (bids, asks) = snapshot.orders.iter().partition(|order| order.side == Side::Buy);
        let state = snapshot.state;
        self.books[snapshot.instrument.index()] = Book { state, bids, asks };
        Ok(())
    }

    fn digest(&self, instrument: InstrumentId) -> Digest {
        let mut visitor = DigestVisitor::new();
        self.visit(instrument, &mut visitor);
        visitor.finish()
    }
}

/// What is wrong with an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The last event of this command is missing.
    Drop(u64),
    /// This command is neither carried out nor answered.
    Skip(u64),
    /// The last event of this command comes twice.
    Double(u64),
    /// The fills of this command are a tick too high.
    Price(u64),
    /// The events of this command come the other way round.
    Backwards(u64),
    /// After the first command from this one on that leaves a queue of two, it is turned around.
    TurnQueue(u64),
    /// As [`Fault::TurnQueue`], but on another instrument than the command's.
    TurnOtherQueue(u64),
    /// Trade numbers are another engine's: higher, and with a gap at every hundredth.
    Renumber,
    /// From this command on every fill has the same trade number.
    ReuseTrade(u64),
    /// A panic at this command.
    Panic(u64),
    /// A panic when the state is looked at after this command.
    PanicLooking(u64),
}

/// The toy engine with a fault.
#[derive(Clone, Debug)]
pub(crate) struct Faulty {
    toy: Toy,
    fault: Fault,
    second: Fault,
    seq: u64,
    is_done: bool,
    restoring: Restoring,
}

/// Whether an engine can be set to a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Restoring {
    Works,
    IsNotThere,
    Panics,
}

impl Faulty {
    pub(crate) fn new(instruments: usize, fault: Fault) -> Self {
        Self::with_two_faults(instruments, [fault, Fault::None])
    }

    pub(crate) fn with_two_faults(instruments: usize, [fault, second]: [Fault; 2]) -> Self {
        Self {
            toy: Toy::new(instruments),
            fault,
            second,
            seq: 0,
            is_done: false,
            restoring: Restoring::Works,
        }
    }

    pub(crate) fn restoring(self, restoring: Restoring) -> Self {
        Self { restoring, ..self }
    }

    fn corrupt(&mut self, fault: Fault, command: &Command, events: &mut Vec<Event>) {
        match fault {
            Fault::Drop(seq) if seq == self.seq => {
                events.pop();
            }
            Fault::Double(seq) if seq == self.seq => events.extend(events.last().copied()),
            Fault::Backwards(seq) if seq == self.seq => events.reverse(),
            Fault::Price(seq) if seq == self.seq => {
                fills(events).for_each(|fill| fill.price.0 += 1);
            }
            Fault::Renumber => {
                fills(events).for_each(|fill| fill.trade.0 += 1_000 + fill.trade.0 / 100);
            }
            Fault::ReuseTrade(seq) if seq <= self.seq => {
                fills(events).for_each(|fill| fill.trade = TradeId(1));
            }
            Fault::TurnQueue(seq) if seq <= self.seq && !self.is_done => {
                self.is_done = self.toy.turn_a_queue_around(command.instrument);
            }
            Fault::TurnOtherQueue(seq) if seq <= self.seq && !self.is_done => {
                let other = InstrumentId(u32::from(command.instrument == InstrumentId(0)));
                self.is_done = self.toy.turn_a_queue_around(other);
            }
            Fault::Panic(seq) if seq == self.seq => panic!("the fault of seq {seq}"),
            _ => {}
        }
    }
}

fn fills(events: &mut [Event]) -> impl Iterator<Item = &mut Fill> {
    events.iter_mut().filter_map(|event| match event {
        Event::Fill(fill) => Some(fill),
        _ => None,
    })
}

impl Engine for Faulty {
    fn capabilities(&self) -> Capabilities {
        self.toy.capabilities()
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        self.seq = command.seq.0;
        if self.fault == Fault::Skip(self.seq) {
            return;
        }
        let mut right = EventBuffer::new();
        self.toy.apply(command, &mut right);
        let mut answer = right.as_slice().to_vec();
        self.corrupt(self.fault, command, &mut answer);
        self.corrupt(self.second, command, &mut answer);
        answer.into_iter().for_each(|event| events.push(event));
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        self.toy.visit(instrument, visitor);
    }

    fn restore(&mut self, snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        match self.restoring {
            Restoring::Works => self.toy.restore(snapshot),
            Restoring::IsNotThere => Err(CannotRestore),
            Restoring::Panics => panic!("the fault of restoring"),
        }
    }

    fn digest(&self, instrument: InstrumentId) -> Digest {
        if let Fault::PanicLooking(seq) = self.fault {
            assert!(self.seq < seq, "the fault of looking after seq {seq}");
        }
        self.toy.digest(instrument)
    }
}

/// A stream in memory, in batches of any size, that may be damaged at a command.
pub(crate) struct Stream {
    instruments: Vec<Instrument>,
    snapshots: Vec<Snapshot>,
    commands: Vec<Command>,
    position: usize,
    batch_size: usize,
    damaged_at: Option<usize>,
}

pub(crate) fn instruments(count: usize) -> Vec<Instrument> {
    let name = |index| Instrument::new(format!("TOY{index}"), Increment::ONE, Increment::ONE);
    (0..count).map(name).collect()
}

impl Stream {
    pub(crate) fn new(instruments: usize, commands: Vec<Command>, batch_size: usize) -> Self {
        let instruments = self::instruments(instruments);
        let snapshots = Vec::new();
        Self { instruments, snapshots, commands, position: 0, batch_size, damaged_at: None }
    }

    pub(crate) fn begin_with(mut self, snapshots: Vec<Snapshot>) -> Self {
        self.snapshots = snapshots;
        self
    }

    pub(crate) fn damaged_at(mut self, position: usize) -> Self {
        self.damaged_at = Some(position);
        self
    }
}

impl Source for Stream {
    fn instruments(&self) -> &[Instrument] {
        &self.instruments
    }

    fn snapshots(&self) -> &[Snapshot] {
        &self.snapshots
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        if self.damaged_at.is_some_and(|at| at <= self.position) {
            let position = Position::Offset(self.position as u64);
            return Err(InputError::new(position, "damaged").into());
        }
        let end = self.commands.len().min(self.position + self.batch_size);
        self.commands[self.position..end].iter().for_each(|command| batch.push(*command));
        self.position = end;
        Ok(!batch.is_empty())
    }
}

/// Orders around one price on some instruments, a third of them cancels; always the same.
pub(crate) fn commands(count: u64, instruments: u32) -> Vec<Command> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let command = |seq: u64| {
        let instrument = u32::try_from(random(u64::from(instruments))).unwrap();
        let action = if random(3) == 0 {
            Action::Cancel(OrderId(1 + random(seq)))
        } else {
            let side = if random(2) == 0 { Side::Buy } else { Side::Sell };
            let away = i64::try_from(random(8)).unwrap() - 2;
            let price = if side == Side::Buy { 100 - away } else { 101 + away };
            NewOrder::limit(OrderId(seq), side, Price(price), Quantity(1 + random(9))).into()
        };
        Command::new(Seq(seq), TimeNs(seq), InstrumentId(instrument), action)
    };
    (1..=count).map(command).collect()
}
