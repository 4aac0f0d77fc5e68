//! The book of one instrument, and the commands that only take orders out of it.

use shadowbook_model::{
    Action, Arrival, CancelReason, Command, CommandKind, Event, EventBuffer, Instrument,
    MassCancel, Matching, OrderId, Phase, Price, RejectReason, Side, TimeInForce, TimeNs, TradeId,
};

use crate::auction_price::Interest;
use crate::expiry::Expiries;
use crate::iceberg::Icebergs;
use crate::ids::Ids;
use crate::ladder::{Ladder, Rank};
use crate::order::{Incoming, Order, Orders};
use crate::owners::Owners;
use crate::pro_rata::Share;
use crate::queue::Queue;
use crate::rules::PriceBounds;
use crate::slab::Slot;
use crate::traits::Place;
use crate::waiting::Waiting;

/// One instrument. Nothing is shared between two (rule U5).
#[derive(Debug)]
pub(crate) struct Book {
    pub(crate) phase: Phase,
    pub(crate) bounds: PriceBounds,
    pub(crate) matching: Matching,
    pub(crate) reference_price: Option<Price>,
    pub(crate) last_trade: Option<Price>,
    pub(crate) next_trade: TradeId,
    pub(crate) arrivals: Arrival,
    pub(crate) orders: Orders,
    pub(crate) ids: Ids,
    /// Bids and asks, at the codes of their sides.
    pub(crate) sides: [Ladder; 2],
    /// Market orders that wait for an uncross, at the codes of their sides.
    pub(crate) markets: [Queue; 2],
    pub(crate) icebergs: Icebergs,
    pub(crate) waiting: Waiting,
    pub(crate) expiries: Expiries,
    owners: Owners,
    /// What an auction is about to weigh; kept for its memory.
    pub(crate) interest: Interest,
    /// What a level is about to be shared by, oldest place first; kept for its memory.
    pub(crate) shares: Vec<Share>,
    /// What an incoming order is about to meet of its own account; kept for its memory.
    pub(crate) own: Vec<Slot>,
    /// What a command is about to cancel, oldest first; kept for its memory.
    doomed: Vec<(Arrival, Slot)>,
}

/// The position of a side in an array of both.
#[inline]
pub(crate) fn at(side: Side) -> usize {
    usize::from(side.code())
}

/// What of an instrument never changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    bounds: PriceBounds,
    matching: Matching,
    reference_price: Option<Price>,
}

impl Book {
    pub(crate) fn new(instrument: &Instrument) -> Self {
        let settings = Settings {
            bounds: PriceBounds::of(instrument),
            matching: instrument.matching,
            reference_price: instrument.reference_price,
        };
        Self::with(settings, instrument.phase)
    }

    /// A book without orders.
    pub(crate) fn with(settings: Settings, phase: Phase) -> Self {
        let Settings { bounds, matching, reference_price } = settings;
        Self {
            phase,
            bounds,
            matching,
            reference_price,
            last_trade: None,
            next_trade: TradeId(1),
            arrivals: Arrival(0),
            orders: Orders::new(),
            ids: Ids::new(),
            sides: [Ladder::new(Side::Buy), Ladder::new(Side::Sell)],
            markets: [Queue::default(); 2],
            icebergs: Icebergs::new(),
            waiting: Waiting::new(),
            expiries: Expiries::default(),
            owners: Owners::default(),
            interest: Interest::default(),
            shares: Vec::new(),
            own: Vec::new(),
            doomed: Vec::new(),
        }
    }

    pub(crate) const fn settings(&self) -> Settings {
        let Self { bounds, matching, reference_price, .. } = *self;
        Settings { bounds, matching, reference_price }
    }

    #[inline]
    pub(crate) fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        if self.expiries.is_due(command.time) {
            self.expire(command.time, events);
        }
        match &command.action {
            Action::New(new) => self.enter(new, command.time, events),
            Action::Cancel(order) => self.cancel(*order, events),
            Action::Replace(replace) => self.replace(replace, events),
            Action::MassCancel(mass_cancel) => self.mass_cancel(mass_cancel, events),
            Action::Phase(phase) => self.change_phase(*phase, events),
            Action::Time => {}
        }
        if !self.waiting.is_empty() {
            self.look(events);
        }
    }

    /// The live order with this id.
    #[inline]
    pub(crate) fn find(&self, id: OrderId) -> Option<Slot> {
        self.ids.find(id, &self.orders)
    }

    /// The price of an order that rests.
    #[inline]
    pub(crate) fn price_of(&self, order: &Order) -> Price {
        let ladder = &self.sides[at(order.side)];
        ladder.price(ladder.level(order.level).rank)
    }

    /// Rests an order that shows all of itself at the back of its level.
    #[inline]
    pub(crate) fn rest(&mut self, rank: Rank, incoming: &Incoming) {
        let ladder = &mut self.sides[at(incoming.order.side)];
        let slot = ladder.push_back(&mut self.orders, rank, incoming);
        self.list(slot, incoming);
    }

    /// Makes an order that has its place known to everything that is not about places.
    #[inline]
    pub(crate) fn list(&mut self, slot: Slot, incoming: &Incoming) {
        let Incoming { order, details } = incoming;
        self.ids.insert(order.id, slot, &self.orders);
        self.owners.set(slot, details.account);
        if order.time_in_force == TimeInForce::Gtd {
            self.expiries.add(slot, &self.orders);
        }
    }

    /// Takes a live order out of the id table.
    #[inline]
    pub(crate) fn unlist(&mut self, slot: Slot) {
        self.ids.remove(self.orders[slot].id, slot);
    }

    /// Takes an order that is not in the id table any more out of every other structure.
    #[inline]
    pub(crate) fn take(&mut self, slot: Slot) {
        let Order { side, time_in_force, traits, .. } = self.orders[slot];
        if traits.is_unusual() {
            self.leave_place(slot);
        } else {
            self.sides[at(side)].unlink(&mut self.orders, slot);
        }
        self.orders.release(slot);
        if time_in_force == TimeInForce::Gtd {
            self.expiries.forget_one(&self.orders);
        }
    }

    /// Takes an order from wherever it stands.
    #[cold]
    #[inline(never)]
    fn leave_place(&mut self, slot: Slot) {
        let Order { side, traits, level, .. } = self.orders[slot];
        if traits.is_iceberg() {
            self.icebergs.remove(slot);
        }
        match traits.place() {
            Place::Displayed => self.sides[at(side)].unlink(&mut self.orders, slot),
            Place::Hidden => self.sides[at(side)].unlink_hidden(&mut self.orders, slot),
            Place::Market => self.markets[at(side)].unlink(&mut self.orders, slot),
            Place::Waiting => self.waiting.remove(level),
        }
    }

    /// Cancels a live order.
    pub(crate) fn cancel_live(
        &mut self,
        slot: Slot,
        reason: CancelReason,
        events: &mut EventBuffer,
    ) {
        let Order { id: order, open: quantity, .. } = self.orders[slot];
        self.unlist(slot);
        self.take(slot);
        events.push(Event::Canceled { order, quantity, reason });
    }

    fn expire(&mut self, now: TimeNs, events: &mut EventBuffer) {
        while let Some(slot) = self.expiries.pop_due(&self.orders, now) {
            self.cancel_live(slot, CancelReason::Expired, events);
        }
    }

    #[inline]
    fn cancel(&mut self, order: OrderId, events: &mut EventBuffer) {
        let Some(slot) = self.find(order) else {
            let (command, reason) = (CommandKind::Cancel, RejectReason::UnknownOrder);
            return events.push(Event::Rejected { command, order, reason });
        };
        let quantity = self.orders[slot].open;
        events.push(Event::Canceled { order, quantity, reason: CancelReason::Requested });
        self.ids.remove(order, slot);
        self.take(slot);
    }

    fn mass_cancel(&mut self, command: &MassCancel, events: &mut EventBuffer) {
        let mut doomed = std::mem::take(&mut self.doomed);
        doomed.extend(self.owners.candidates(command.account).filter_map(|slot| {
            let (order, details) = (&self.orders[slot], self.orders.details(slot));
            let is_meant = order.is_live()
                && details.account == command.account
                && command.side.is_none_or(|side| side == order.side);
            is_meant.then_some((details.arrival, slot))
        }));
        self.cancel_doomed(doomed, CancelReason::MassCancel, events);
    }

    fn change_phase(&mut self, phase: Phase, events: &mut EventBuffer) {
        self.phase = phase;
        events.push(Event::Phase { phase });
        if !matches!(phase, Phase::Auction | Phase::Halted) {
            self.uncross(events);
        }
        if phase == Phase::Closed {
            let mut doomed = std::mem::take(&mut self.doomed);
            let orders = &self.orders;
            let day_orders =
                orders.live().filter(|(_, order)| order.time_in_force == TimeInForce::Day);
            doomed.extend(day_orders.map(|(slot, _)| (orders.details(slot).arrival, slot)));
            self.cancel_doomed(doomed, CancelReason::EndOfDay, events);
        }
    }

    /// Cancels these orders in order of arrival (rules C5, P4) and gives the list back.
    fn cancel_doomed(
        &mut self,
        mut doomed: Vec<(Arrival, Slot)>,
        reason: CancelReason,
        events: &mut EventBuffer,
    ) {
        doomed.sort_unstable();
        for (_, slot) in doomed.drain(..) {
            self.cancel_live(slot, reason, events);
        }
        self.doomed = doomed;
    }
}
