//! Orders that wait for the last trade price to reach their trigger (rules T1 to T5).

use shadowbook_model::{
    CancelReason, Event, EventBuffer, NewOrder, Phase, PriceOffset, TriggerState,
};

use crate::arrive::Terms;
use crate::book::{Book, at};
use crate::order::{Details, Incoming, Order};
use crate::slab::Slot;
use crate::trend::Direction;
use crate::waiting::Wait;

/// The trigger that a new order waits for, if its type has one.
pub(crate) fn trigger_of(new: &NewOrder) -> Option<TriggerState> {
    let trailing = |offset: PriceOffset| TriggerState::Trailing { offset, price: None };
    new.trigger_price().map(TriggerState::Fixed).or(new.trail_offset().map(trailing))
}

impl Book {
    /// Puts an order at the back of those that wait for their trigger.
    pub(crate) fn wait(
        &mut self,
        incoming: &Incoming,
        terms: &Terms,
        trigger: TriggerState,
    ) -> Slot {
        let Incoming { order, details } = *incoming;
        let traits = order.traits.with_display(terms.display).with_waiting(true);
        let slot = self.orders.insert(Order { traits, ..order }, details);
        let direction = Direction::of(order.side, traits.order_type());
        let wait = Wait { order: slot, price: terms.price, min: terms.min, direction };
        self.waiting.push(wait, trigger, &mut self.orders);
        self.add_iceberg(slot, terms.display);
        self.list(slot, incoming);
        slot
    }

    /// Looks at the last trade price after a command, until no order is elected (rules T2, T3).
    #[inline(never)]
    pub(crate) fn look(&mut self, events: &mut EventBuffer) {
        if !matches!(self.phase, Phase::Continuous | Phase::LimitOnly) {
            return;
        }
        if !self.last_trade.is_some_and(|last| self.waiting.is_news(last)) {
            return;
        }
        while let Some(slot) = self.last_trade.and_then(|last| self.waiting.look_at(last)) {
            self.trigger(slot, events);
        }
    }

    /// Makes an elected order an ordinary one that arrives now (rule T5).
    fn trigger(&mut self, slot: Slot, events: &mut EventBuffer) {
        let Incoming { order, details } = self.orders.get(slot);
        let terms = self.terms_of(slot);
        self.unlist(slot);
        self.take(slot);
        events.push(Event::Triggered { order: order.id });
        let arrival = self.next_arrival();
        let incoming = Incoming {
            order: Order { traits: order.traits.with_waiting(false), ..order },
            details: Details { arrival, ..details },
        };
        if order.traits.is_post_only() {
            let limit = self.limit_of(order.side, terms.price);
            if self.sides[at(order.side.opposite())].is_crossed_by(limit) {
                let (quantity, reason) = (order.open, CancelReason::PostOnlyWouldTake);
                return events.push(Event::Canceled { order: order.id, quantity, reason });
            }
        }
        self.arrive(incoming, &terms, events);
    }
}
