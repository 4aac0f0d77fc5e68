//! Orders that arrive with more than side, limit and quantity, and where what is left of them goes.

use shadowbook_model::{
    CancelReason, Event, EventBuffer, NewOrder, Phase, Price, Quantity, TimeInForce,
};

use crate::book::{Book, at};
use crate::order::{Incoming, Order};
use crate::slab::Slot;
use crate::traits::Place;
use crate::trigger::trigger_of;

/// What an order does not carry with it, because most say nothing of it or their level says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// The limit; market types have none.
    pub(crate) price: Option<Price>,
    /// How much of it may show (rule O4).
    pub(crate) display: Option<Quantity>,
    /// What must trade on arrival (rule O5).
    pub(crate) min: Option<Quantity>,
}

impl Terms {
    pub(crate) fn of(new: &NewOrder) -> Self {
        Self { price: new.price, display: new.display_quantity(), min: new.min_quantity() }
    }
}

impl Book {
    /// Carries on with a new order that the common path does not know.
    #[cold]
    #[inline(never)]
    pub(crate) fn enter_unusual(
        &mut self,
        new: &NewOrder,
        incoming: Incoming,
        events: &mut EventBuffer,
    ) {
        let terms = Terms::of(new);
        match trigger_of(new) {
            Some(trigger) => {
                self.wait(&incoming, &terms, trigger);
            }
            None if self.phase == Phase::Auction => self.collect(&incoming, &terms, events),
            None => self.arrive(incoming, &terms, events),
        }
    }

    /// Takes an order into an auction, where nothing trades at once (rules P2, O5).
    fn collect(&mut self, incoming: &Incoming, terms: &Terms, events: &mut EventBuffer) {
        if terms.min.is_some() {
            let Order { id: order, open: quantity, .. } = incoming.order;
            let reason = CancelReason::MinQuantity;
            return events.push(Event::Canceled { order, quantity, reason });
        }
        self.settle(incoming, terms);
    }

    /// Lets an order trade now and rests or cancels what is left of it (rules M4, M5, O5).
    pub(crate) fn arrive(&mut self, mut taker: Incoming, terms: &Terms, events: &mut EventBuffer) {
        let Order { id: order, side, open, time_in_force, .. } = taker.order;
        let limit = self.limit_of(side, terms.price);
        if time_in_force == TimeInForce::Fok && !self.can_trade(&taker, limit, open) {
            let reason = CancelReason::Fok;
            return events.push(Event::Canceled { order, quantity: open, reason });
        }
        // A replacement may have lowered the quantity of an order that waited below its minimum.
        let is_too_little = |min| min > open || !self.can_trade(&taker, limit, min);
        if terms.min.is_some_and(is_too_little) {
            let reason = CancelReason::MinQuantity;
            return events.push(Event::Canceled { order, quantity: open, reason });
        }
        self.sweep(&mut taker, limit, events);
        if !taker.order.is_live() {
            return;
        }
        let reason = match terms.price {
            None => CancelReason::NoLiquidity,
            Some(_) if time_in_force.is_immediate() => CancelReason::Ioc,
            Some(_) => {
                self.settle(&taker, terms);
                return;
            }
        };
        events.push(Event::Canceled { order, quantity: taker.order.open, reason });
    }

    /// Rests an order where its terms say: on a level, shown or not, or among the market orders
    /// that wait for an uncross.
    pub(crate) fn settle(&mut self, incoming: &Incoming, terms: &Terms) -> Slot {
        let Incoming { order, details } = *incoming;
        let traits = order.traits.with_display(terms.display).with_market(terms.price.is_none());
        let incoming = Incoming { order: Order { traits, ..order }, details };
        let ladder = &mut self.sides[at(order.side)];
        let slot = match terms.price.map(|price| ladder.rank(price)) {
            Some(rank) if traits.is_hidden() => {
                ladder.push_hidden(&mut self.orders, rank, &incoming)
            }
            Some(rank) => ladder.push_back(&mut self.orders, rank, &incoming),
            None => {
                let slot = self.orders.insert(incoming.order, details);
                self.markets[at(order.side)].push(&mut self.orders, slot);
                slot
            }
        };
        self.list(slot, &incoming);
        self.add_iceberg(slot, terms.display);
        if traits.is_iceberg() {
            self.icebergs.get_mut(slot).refresh(order.open);
        }
        slot
    }

    /// Notes how much of an order may show, if it is an iceberg; nothing shows yet.
    pub(crate) fn add_iceberg(&mut self, slot: Slot, display: Option<Quantity>) {
        if let Some(display) = display.filter(|display| !display.is_zero()) {
            self.icebergs.insert(slot, display, Quantity::ZERO);
        }
    }

    /// The terms of a live order.
    pub(crate) fn terms_of(&self, slot: Slot) -> Terms {
        let order = &self.orders[slot];
        let traits = order.traits;
        let display = if traits.is_iceberg() {
            Some(self.icebergs.get(slot).display)
        } else {
            traits.is_hidden().then_some(Quantity::ZERO)
        };
        match traits.place() {
            Place::Waiting => {
                let wait = self.waiting.get(order.level);
                Terms { price: wait.price, display, min: wait.min }
            }
            Place::Market => Terms { price: None, display, min: None },
            Place::Displayed | Place::Hidden => {
                Terms { price: Some(self.price_of(order)), display, min: None }
            }
        }
    }
}
