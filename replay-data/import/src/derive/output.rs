//! The stream of commands as it is written, and the count of everything in it.

use shadowbook_capture::{Batch, RecordedFill};
use shadowbook_model::{
    Action, Command, CommandKind, InstrumentId, NewOrder, OrderId, Phase, Price, Quantity, Replace,
    Seq, TimeNs,
};

use super::book::Order;
use crate::feed::Place;
use crate::report::Counts;

/// Ids from here on are the importer's own; the feed's must be below.
pub(super) const RESERVED: u64 = 1 << 63;

/// Whether an id is one of the importer's own: a seed's, or an aggressor's.
pub(super) const fn is_own(id: u64) -> bool {
    id >= RESERVED
}

/// The maker that stands for an order that nobody knows and no seed covers; never entered.
pub(super) const NOBODY: u64 = RESERVED;
/// Aggressors; seeds lie between [`NOBODY`] and here.
const AGGRESSORS: u64 = 3 << 62;

/// Why the importer put a queue right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    IdPriority,
    RunDiffers,
    TradedThrough,
    Crossed,
    Returned,
    Quantity,
    UncheckedRun,
    Cross,
    Admitted,
}

impl Reason {
    const NAMES: [&'static str; 9] = [
        "an order with an older id stands before",
        "a run that the book did not reproduce",
        "better prices than one that traded",
        "an order that crosses an order that must be gone",
        "an id that is added while it is live",
        "a message that names more or less than the order has",
        "an unchecked run",
        "an execution outside continuous trading",
        "an order that is entered or reduced while the phase takes none",
    ];
}

/// Writes commands and counts them.
#[derive(Debug, Default)]
pub(super) struct Output {
    seq: u64,
    seeds: u64,
    aggressors: u64,
    kinds: [u64; 6],
    reasons: [u64; Reason::NAMES.len()],
    withdrawn: u64,
}

/// Where and when a command happens, and the batch that it goes to.
pub(super) struct At<'a> {
    pub(super) time: TimeNs,
    pub(super) instrument: InstrumentId,
    pub(super) out: &'a mut Batch,
}

impl Output {
    pub(super) fn action(&mut self, at: &mut At<'_>, action: impl Into<Action>) {
        self.seq += 1;
        let command = Command::new(Seq(self.seq), at.time, at.instrument, action);
        self.kinds[usize::from(command.kind().code())] += 1;
        at.out.push(command);
    }

    /// Enters an order or a seed.
    pub(super) fn enter(&mut self, at: &mut At<'_>, place: Place, order: &Order) {
        let mut new =
            NewOrder::limit(OrderId(order.id), place.side, place.price, Quantity(order.open));
        new.seed = order.seed.is_some();
        self.action(at, new);
    }

    /// Reduces a live order to `open`, or cancels it when that is nothing.
    pub(super) fn shrink(&mut self, at: &mut At<'_>, order: &Order, open: u64) {
        if open == 0 {
            self.action(at, Action::Cancel(OrderId(order.id)));
            return;
        }
        let total = Quantity(order.executed.saturating_add(open));
        self.action(at, Replace { quantity: Some(total), ..Replace::of(OrderId(order.id)) });
    }

    /// Enters the aggressor of an execution run with its recorded fills.
    pub(super) fn aggressor(&mut self, at: &mut At<'_>, limit: Place, fills: &[RecordedFill]) {
        self.aggressors += 1;
        let quantity = fills.iter().map(|fill| fill.quantity.0).sum();
        let side = limit.side.opposite();
        let id = OrderId(AGGRESSORS + self.aggressors);
        let mut new = NewOrder::limit(id, side, limit.price, Quantity(quantity));
        new.time_in_force = shadowbook_model::TimeInForce::Ioc;
        self.action(at, new);
        at.out.record_fills(fills.iter().copied());
    }

    /// Stands for an execution run that cannot be checked.
    pub(super) fn unchecked(&mut self, at: &mut At<'_>) {
        self.action(at, Action::Time);
        at.out.record_unchecked();
    }

    pub(super) fn phase(&mut self, at: &mut At<'_>, phase: Phase) {
        self.action(at, phase);
    }

    /// Says that the last command is a correction.
    pub(super) fn correction(&mut self, at: &mut At<'_>, reason: Reason) {
        at.out.mark_synthetic();
        self.reasons[reason as usize] += 1;
    }

    /// Says that the last command takes away what was gone when a level came back into view.
    pub(super) fn withdrawal(&mut self) {
        self.withdrawn += 1;
    }

    /// An id for a seed.
    pub(super) fn seed_id(&mut self) -> u64 {
        self.seeds += 1;
        RESERVED + self.seeds
    }

    pub(super) fn seeds(&self) -> u64 {
        self.seeds
    }

    pub(super) fn withdrawn(&self) -> u64 {
        self.withdrawn
    }

    pub(super) fn commands(&self) -> Counts {
        let counts = CommandKind::ALL.iter().zip(self.kinds);
        counts.filter(|(_, count)| *count > 0).map(|(kind, count)| (kind.name(), count)).collect()
    }

    pub(super) fn corrections(&self) -> Counts {
        Reason::NAMES.into_iter().zip(self.reasons).filter(|(_, count)| *count > 0).collect()
    }
}

/// A recorded fill from the numbers of the book.
pub(super) const fn fill(maker: u64, price: i64, quantity: u64) -> RecordedFill {
    RecordedFill { maker: OrderId(maker), price: Price(price), quantity: Quantity(quantity) }
}
