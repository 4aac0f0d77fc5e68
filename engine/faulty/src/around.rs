//! The defects that lie around a right engine: what it reports, whether it lives.

use std::collections::VecDeque;

use shadowbook_model::{
    Action, CancelReason, CannotRestore, Capabilities, Command, CommandKind, Digest, Engine, Event,
    EventBuffer, Feature, Features, Fill, InstrumentId, InstrumentState, NewOrder, OrderId,
    OrderState, Price, Quantity, RejectReason, Side, Snapshot, SoundSnapshot, StateVisitor,
    TradeId,
};

use crate::deadly::{empties_best, shrinks_remainder};
use crate::defect::Defect;

/// How many filled orders are remembered that should be forgotten.
const REMEMBERED: usize = 64;
/// One fill in so many is reported wrongly.
const REPORTS: u64 = 16;
/// One command in so many is answered with nonsense.
const NONSENSE: u64 = 50;
/// What an engine for plain orders does not take.
const TRIGGERED: Features = Features::of(&[
    Feature::Stop,
    Feature::StopLimit,
    Feature::TakeProfit,
    Feature::TakeProfitLimit,
    Feature::TrailingStop,
    Feature::TrailingStopLimit,
]);
/// The command at which an engine dies or hangs.
const END: u64 = 500;

/// An engine with something wrong around it.
pub(crate) struct Around<E> {
    engine: E,
    defect: Defect,
    /// How many commands there have been.
    commands: u64,
    /// What the engine answers to one command.
    answer: EventBuffer,
    /// Filled orders that are found once more, oldest first.
    filled: VecDeque<(InstrumentId, OrderId)>,
    /// The level of each instrument that was emptied last, by the side of its orders.
    phantoms: Vec<(InstrumentId, Side, Price)>,
}

impl Defect {
    /// Whether it is one of these.
    pub(crate) const fn lies_around(self) -> bool {
        matches!(
            self,
            Self::PhantomLevel
                | Self::FilledStaysIndexed
                | Self::LostReport
                | Self::DoubledReport
                | Self::Crash
                | Self::Hang
                | Self::CrashOnEmptiedBest
                | Self::HangOnShrunkRemainder
                | Self::Garbage
                | Self::PlainOrdersOnly
        )
    }
}

impl<E: Engine> Around<E> {
    /// The engine with this wrong around it, and nothing where the defect is none of these.
    pub(crate) const fn new(defect: Defect, engine: E) -> Self {
        Self {
            engine,
            defect,
            commands: 0,
            answer: EventBuffer::new(),
            filled: VecDeque::new(),
            phantoms: Vec::new(),
        }
    }

    /// What goes wrong before the engine is asked.
    fn stumble(&self, command: &Command) {
        match self.defect {
            Defect::Crash if self.commands == END => crash(),
            Defect::Hang if self.commands == END => hang(),
            Defect::CrashOnEmptiedBest if self.finds(command, empties_best) => crash(),
            Defect::HangOnShrunkRemainder if self.finds(command, shrinks_remainder) => hang(),
            _ => {}
        }
    }

    /// Whether a command is deadly to the book that it comes to.
    fn finds(&self, command: &Command, is_deadly: fn(&Command, &Snapshot) -> bool) -> bool {
        matches!(command.kind(), CommandKind::Cancel | CommandKind::Replace)
            && is_deadly(command, &self.engine.snapshot(command.instrument))
    }

    /// Whether a post-only order is rejected against a level that is empty.
    fn takes_from_phantom(&self, instrument: InstrumentId, new: &NewOrder) -> bool {
        let Some(limit) = new.price.filter(|_| new.post_only) else { return false };
        self.phantoms.iter().any(|(at, side, price)| {
            *at == instrument
                && *side == new.side.opposite()
                && match side {
                    Side::Buy => limit <= *price,
                    Side::Sell => limit >= *price,
                }
        })
    }

    /// Notes the level that a new order has emptied; one at which an order rests again is real.
    fn note_phantom(&mut self, command: &Command) {
        let Action::New(new) = &command.action else { return };
        let mut fills = self.answer.as_slice().iter().filter_map(|event| match event {
            Event::Fill(fill) if fill.maker_open.is_zero() => Some(fill.price),
            _ => None,
        });
        let price = fills.next_back().or(new.price);
        let Some(price) = price else { return };
        let mut looks = Looks { price, is_there: false };
        self.engine.visit(command.instrument, &mut looks);
        let is_of_instrument =
            |phantom: &(InstrumentId, Side, Price)| phantom.0 == command.instrument;
        if looks.is_there {
            self.phantoms.retain(|phantom| !(is_of_instrument(phantom) && phantom.2 == price));
        } else if self.answer.as_slice().iter().any(|event| matches!(event, Event::Fill(_))) {
            self.phantoms.retain(|phantom| !is_of_instrument(phantom));
            self.phantoms.push((command.instrument, new.side.opposite(), price));
        }
    }

    /// Remembers filled orders; an id that is used again is known anyway.
    fn note_filled(&mut self, instrument: InstrumentId) {
        for event in self.answer.as_slice() {
            match *event {
                Event::Fill(Fill { maker, taker, maker_open, taker_open, .. }) => {
                    let filled = [(maker, maker_open), (taker, taker_open)];
                    let filled = filled.into_iter().filter(|(_, open)| open.is_zero());
                    self.filled.extend(filled.map(|(order, _)| (instrument, order)));
                }
                Event::Accepted { order } => {
                    self.filled.retain(|filled| *filled != (instrument, order));
                }
                _ => {}
            }
        }
        while self.filled.len() > REMEMBERED {
            self.filled.pop_front();
        }
    }

    /// Hands on what the engine answered, or something else.
    fn report(&mut self, command: &Command, events: &mut EventBuffer) {
        for event in self.answer.as_slice() {
            let is_chosen =
                matches!(event, Event::Fill(fill) if fill.trade.0.is_multiple_of(REPORTS));
            match (self.defect, event) {
                (Defect::LostReport, _) if is_chosen => {}
                (Defect::DoubledReport, _) if is_chosen => {
                    events.push(*event);
                    events.push(*event);
                }
                (
                    Defect::FilledStaysIndexed,
                    Event::Rejected { command: CommandKind::Cancel, order, .. },
                ) if self.filled.contains(&(command.instrument, *order)) => {
                    let (order, quantity) = (*order, Quantity(1));
                    events.push(Event::Canceled {
                        order,
                        quantity,
                        reason: CancelReason::Requested,
                    });
                    self.filled.retain(|filled| *filled != (command.instrument, order));
                }
                _ => events.push(*event),
            }
        }
        if self.defect == Defect::Garbage && self.commands.is_multiple_of(NONSENSE) {
            events.push(Fill {
                trade: TradeId(u64::MAX),
                maker: OrderId(u64::MAX),
                taker: OrderId(u64::MAX - 1),
                price: Price(i64::MIN),
                quantity: Quantity(0),
                maker_open: Quantity(u64::MAX),
                taker_open: Quantity(0),
            });
        }
    }
}

impl<E: Engine> Engine for Around<E> {
    fn capabilities(&self) -> Capabilities {
        match self.defect {
            Defect::PlainOrdersOnly => Capabilities { features: Features::ALL.without(TRIGGERED) },
            _ => self.engine.capabilities(),
        }
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        self.commands += 1;
        self.stumble(command);
        if let Action::New(new) = &command.action
            && self.takes_from_phantom(command.instrument, new)
        {
            let (command, order) = (CommandKind::New, new.order);
            let reason = RejectReason::PostOnlyWouldTake;
            events.push(Event::Rejected { command, order, reason });
            return;
        }
        self.answer.clear();
        // What is around an engine must not let it answer more than it could without.
        self.answer.bound(events.limit());
        self.engine.apply(command, &mut self.answer);
        self.report(command, events);
        match self.defect {
            Defect::PhantomLevel => self.note_phantom(command),
            Defect::FilledStaysIndexed => self.note_filled(command.instrument),
            _ => {}
        }
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        self.engine.visit(instrument, visitor);
    }

    fn digest(&self, instrument: InstrumentId) -> Digest {
        self.engine.digest(instrument)
    }

    fn restore(&mut self, snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        self.phantoms.retain(|phantom| phantom.0 != snapshot.instrument);
        self.filled.retain(|filled| filled.0 != snapshot.instrument);
        self.engine.restore(snapshot)
    }
}

fn crash() -> ! {
    panic!("this engine dies here on purpose")
}

fn hang() -> ! {
    loop {
        std::hint::spin_loop();
    }
}

/// Looks whether an order rests at a price.
struct Looks {
    price: Price,
    is_there: bool,
}

impl StateVisitor for Looks {
    fn instrument(&mut self, _: &InstrumentState) {}

    fn order(&mut self, order: &OrderState) {
        self.is_there |= order.price == Some(self.price) && order.trigger.is_none();
    }
}
