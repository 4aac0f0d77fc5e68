//! One instrument: what it remembers, and the commands that take orders away.

use shadowbook_model::{
    Action, Arrival, CancelReason, Command, CommandKind, Event, EventBuffer, Instrument,
    InstrumentState, MassCancel, OrderId, Phase, Price, RejectReason, Side, StateVisitor, TimeNs,
    TradeId,
};

use crate::book::{Book, Place};
use crate::order::Order;
use crate::policy::Policy;

/// One instrument with its book.
#[derive(Clone, Debug)]
pub(crate) struct Market<P> {
    pub(crate) policy: P,
    pub(crate) price_min: Option<Price>,
    pub(crate) price_max: Option<Price>,
    pub(crate) phase: Phase,
    pub(crate) last_trade: Option<Price>,
    pub(crate) next_trade: TradeId,
    arrivals: Arrival,
    pub(crate) book: Book,
    /// The orders that one command cancels; kept for its memory only.
    batch: Vec<(Arrival, OrderId)>,
}

impl<P: Policy> Market<P> {
    pub(crate) fn new(instrument: &Instrument, policy: P) -> Self {
        Self {
            policy,
            price_min: instrument.price_min,
            price_max: instrument.price_max,
            phase: instrument.phase,
            last_trade: None,
            next_trade: TradeId(1),
            arrivals: Arrival(0),
            book: Book::default(),
            batch: Vec::new(),
        }
    }

    /// Carries out one command: first what time does to every phase (rule P1), then the command.
    pub(crate) fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        self.expire(command.time, events);
        match &command.action {
            Action::New(new) => self.enter(new, command.time, events),
            Action::Replace(replace) => self.replace(replace, events),
            Action::Cancel(order) => self.cancel(*order, events),
            Action::MassCancel(mass_cancel) => self.mass_cancel(*mass_cancel, events),
            Action::Phase(phase) => self.change_phase(*phase, events),
            Action::Time => {}
        }
    }

    /// Shows everything in the canonical order of [`StateVisitor`].
    pub(crate) fn show<V: StateVisitor + ?Sized>(&self, visitor: &mut V) {
        visitor.instrument(&InstrumentState {
            phase: self.phase,
            last_trade: self.last_trade,
            next_trade: self.next_trade,
            arrivals: self.arrivals,
        });
        for side in [Side::Buy, Side::Sell] {
            for (price, queue) in self.book.levels_from_best(side) {
                queue.iter().for_each(|order| visitor.order(&order.state(price)));
            }
        }
    }

    /// The moment of an order that takes a place at the back now (rule U8).
    pub(crate) fn arrive(&mut self) -> Arrival {
        self.arrivals.0 += 1;
        self.arrivals
    }

    /// Whether an incoming order would trade, own orders included.
    pub(crate) fn would_trade(&self, side: Side, limit: Option<Price>) -> bool {
        let best = self.book.best(side.opposite());
        best.is_some_and(|best| self.policy.crosses(side, limit, best))
    }

    /// Cancels the order that rests here.
    pub(crate) fn cancel_resting(
        &mut self,
        place: Place,
        reason: CancelReason,
        events: &mut EventBuffer,
    ) {
        let order = self.book.remove(place);
        events.push(canceled(&order, reason));
    }

    /// Cancels a live order.
    pub(crate) fn cancel_live(
        &mut self,
        order: OrderId,
        reason: CancelReason,
        events: &mut EventBuffer,
    ) {
        let order = self.book.take(order).expect("what is cancelled is live");
        events.push(canceled(&order, reason));
    }

    /// Rule P1: by expiry time, then arrival.
    fn expire(&mut self, now: TimeNs, events: &mut EventBuffer) {
        while let Some((time, order)) = self.book.first_to_expire()
            && self.policy.is_expired(time, now)
        {
            self.cancel_live(order, CancelReason::Expired, events);
        }
    }

    /// Rule C1: in every phase.
    fn cancel(&mut self, order: OrderId, events: &mut EventBuffer) {
        match self.book.take(order) {
            Some(order) => events.push(canceled(&order, CancelReason::Requested)),
            None => events.push(Event::Rejected {
                command: CommandKind::Cancel,
                order,
                reason: RejectReason::UnknownOrder,
            }),
        }
    }

    /// Rule C5.
    fn mass_cancel(&mut self, which: MassCancel, events: &mut EventBuffer) {
        let is_meant = |order: &Order, _: &P| {
            order.account == which.account && which.side.is_none_or(|side| side == order.side)
        };
        self.cancel_all(is_meant, CancelReason::MassCancel, events);
    }

    /// Rules P2, P4, P6.
    fn change_phase(&mut self, phase: Phase, events: &mut EventBuffer) {
        self.phase = phase;
        events.push(Event::Phase { phase });
        if phase == Phase::Closed {
            let is_over = |order: &Order, policy: &P| policy.ends_at_close(order.time_in_force);
            self.cancel_all(is_over, CancelReason::EndOfDay, events);
        }
    }

    /// Cancels every order that is meant, in order of arrival.
    fn cancel_all(
        &mut self,
        is_meant: impl Fn(&Order, &P) -> bool,
        reason: CancelReason,
        events: &mut EventBuffer,
    ) {
        let mut batch = std::mem::take(&mut self.batch);
        for side in [Side::Buy, Side::Sell] {
            for (_, queue) in self.book.levels_from_best(side) {
                let meant = queue.iter().filter(|order| is_meant(order, &self.policy));
                batch.extend(meant.map(|order| (order.arrival, order.id)));
            }
        }
        batch.sort_unstable();
        for (_, order) in batch.drain(..) {
            self.cancel_live(order, reason, events);
        }
        self.batch = batch;
    }
}

/// All that was open of an order is cancelled.
const fn canceled(order: &Order, reason: CancelReason) -> Event {
    Event::Canceled { order: order.id, quantity: order.open, reason }
}
