//! One instrument: what it remembers, and the commands that take orders away.

use shadowbook_model::{
    Action, Arrival, CancelReason, Command, CommandKind, Event, EventBuffer, Instrument,
    InstrumentState, MassCancel, Matching, OrderId, Phase, Price, RejectReason, Side, StateVisitor,
    TimeNs, TradeId, Visibility,
};

use crate::book::{Book, Line, Place};
use crate::order::Order;
use crate::policy::{Gone, Policy};
use crate::pro_rata::Share;
use crate::untriggered::Untriggered;

/// One instrument with its book.
#[derive(Clone, Debug)]
pub(crate) struct Market<P> {
    pub(crate) policy: P,
    pub(crate) matching: Matching,
    pub(crate) price_min: Option<Price>,
    pub(crate) price_max: Option<Price>,
    pub(crate) reference_price: Option<Price>,
    pub(crate) phase: Phase,
    pub(crate) last_trade: Option<Price>,
    pub(crate) next_trade: TradeId,
    pub(crate) arrivals: Arrival,
    pub(crate) book: Book,
    pub(crate) untriggered: Untriggered,
    /// The orders that one command cancels; kept for its memory only.
    batch: Vec<(Arrival, OrderId)>,
    /// How one level is shared; kept for its memory only.
    pub(crate) shares: Vec<Share>,
}

impl<P: Policy> Market<P> {
    pub(crate) fn new(instrument: &Instrument, policy: P) -> Self {
        Self {
            policy,
            matching: instrument.matching,
            price_min: instrument.price_min,
            price_max: instrument.price_max,
            reference_price: instrument.reference_price,
            phase: instrument.phase,
            last_trade: None,
            next_trade: TradeId(1),
            arrivals: Arrival(0),
            book: Book::default(),
            untriggered: Untriggered::default(),
            batch: Vec::new(),
            shares: Vec::new(),
        }
    }

    /// Carries out one command: first what time does to every phase (rule P1), then the command,
    /// then what it has triggered (rule T2).
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
        self.trigger_what_is_elected(events);
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
            for level in self.book.queues(side) {
                for order in level.displayed.iter() {
                    match level.price {
                        Some(price) if !order.is_iceberg => visitor.plain(&order.plain(price)),
                        price => {
                            let visibility = self.book.visibility_of(order, Line::Displayed);
                            visitor.order(&order.state(price, visibility));
                        }
                    }
                }
                for order in level.hidden().iter() {
                    visitor.order(&order.state(level.price, Visibility::Hidden));
                }
            }
        }
        self.untriggered.iter().for_each(|waiting| visitor.order(&waiting.state()));
    }

    /// The moment of an order that takes a place at the back now (rule U8).
    pub(crate) fn arrive(&mut self) -> Arrival {
        self.arrivals.0 += 1;
        self.arrivals
    }

    /// Whether a live order has this id (rule U2).
    pub(crate) fn is_live(&self, id: OrderId) -> bool {
        self.book.find(id).is_some() || self.untriggered.get(id).is_some()
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

    /// Cancels a live order, resting or untriggered.
    pub(crate) fn cancel_live(
        &mut self,
        order: OrderId,
        reason: CancelReason,
        events: &mut EventBuffer,
    ) {
        let order = self.take_live(order).expect("what is cancelled is live");
        events.push(canceled(&order, reason));
    }

    /// Takes a live order out of wherever it is.
    pub(crate) fn take_live(&mut self, order: OrderId) -> Option<Order> {
        let waiting = |market: &mut Self| market.untriggered.take(order);
        self.book.take(order).or_else(|| waiting(self).map(|waiting| waiting.incoming.order))
    }

    /// Rule P1: by expiry time, then arrival.
    fn expire(&mut self, now: TimeNs, events: &mut EventBuffer) {
        loop {
            let first = match (self.book.first_to_expire(), self.untriggered.first_to_expire()) {
                (Some(resting), Some(waiting)) => Some(resting.min(waiting)),
                (resting, waiting) => resting.or(waiting),
            };
            match first {
                Some((time, _, order)) if self.policy.is_expired(time, now) => {
                    self.cancel_live(order, CancelReason::Expired, events);
                }
                _ => break,
            }
        }
    }

    /// Rule C1: in every phase.
    fn cancel(&mut self, order: OrderId, events: &mut EventBuffer) {
        match self.take_canceled(order) {
            Some(order) => events.push(canceled(&order, CancelReason::Requested)),
            None => events.push(Event::Rejected {
                command: CommandKind::Cancel,
                order,
                reason: RejectReason::UnknownOrder,
            }),
        }
    }

    fn take_canceled(&mut self, id: OrderId) -> Option<Order> {
        match self.policy.goes_with_canceled() {
            Gone::Nothing => {
                let order = self.book.take(id);
                if order.is_some() || !self.policy.cancel_finds_untriggered() {
                    return order;
                }
                self.untriggered.take(id).map(|waiting| waiting.incoming.order)
            }
            Gone::PlaceOfTheLast => match self.book.find(id) {
                Some(place) => Some(self.book.swap_remove(place)),
                None => self.take_live(id),
            },
            Gone::Level => {
                if let Some(place) = self.book.find(id) {
                    for other in self.book.others_at(place) {
                        self.book.take(other);
                    }
                }
                self.take_live(id)
            }
        }
    }

    /// Rule C5.
    fn mass_cancel(&mut self, which: MassCancel, events: &mut EventBuffer) {
        let is_meant = |order: &Order, _: &P| {
            order.account == which.account && which.side.is_none_or(|side| side == order.side)
        };
        let untriggered_too = self.policy.mass_cancel_finds_untriggered();
        self.cancel_all(is_meant, untriggered_too, CancelReason::MassCancel, events);
    }

    /// Rules P2, P3, P4, P6.
    fn change_phase(&mut self, phase: Phase, events: &mut EventBuffer) {
        self.phase = phase;
        events.push(Event::Phase { phase });
        if self.policy.uncrosses(phase) {
            self.uncross(events);
        }
        if phase == Phase::Closed {
            let is_over = |order: &Order, policy: &P| policy.ends_at_close(order.time_in_force);
            self.cancel_all(is_over, true, CancelReason::EndOfDay, events);
        }
    }

    /// Cancels every order that is meant, in order of arrival.
    fn cancel_all(
        &mut self,
        is_meant: impl Fn(&Order, &P) -> bool,
        untriggered_too: bool,
        reason: CancelReason,
        events: &mut EventBuffer,
    ) {
        let mut batch = std::mem::take(&mut self.batch);
        let mut add = |order: &Order| {
            if is_meant(order, &self.policy) {
                batch.push((order.arrival, order.id));
            }
        };
        for side in [Side::Buy, Side::Sell] {
            self.book.queues(side).for_each(|level| level.orders().for_each(&mut add));
        }
        if untriggered_too {
            self.untriggered.iter().for_each(|waiting| add(&waiting.incoming.order));
        }
        batch.sort_unstable();
        for (_, order) in batch.drain(..) {
            self.cancel_live(order, reason, events);
        }
        self.batch = batch;
    }

    /// Rule P4: what an uncross has left of the market orders, in order of arrival.
    pub(crate) fn cancel_market_orders(&mut self, events: &mut EventBuffer) {
        let mut batch = std::mem::take(&mut self.batch);
        for side in [Side::Buy, Side::Sell] {
            let orders = self.book.market_orders(side).iter();
            batch.extend(orders.map(|order| (order.arrival, order.id)));
        }
        batch.sort_unstable();
        for (_, order) in batch.drain(..) {
            self.cancel_live(order, CancelReason::NoLiquidity, events);
        }
        self.batch = batch;
    }
}

/// All that was open of an order is cancelled.
pub(crate) const fn canceled(order: &Order, reason: CancelReason) -> Event {
    Event::Canceled { order: order.id, quantity: order.open, reason }
}
