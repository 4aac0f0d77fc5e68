//! Replacements of orders that are more than a limit that shows all of itself, and replacements
//! that name a trigger or a display quantity (rules C2 to C7, A4 to A6).

use shadowbook_model::{
    CancelReason, Event, EventBuffer, OrderId, OrderType, Phase, Price, Quantity, RejectReason,
    Replace, TriggerState,
};

use crate::arrive::Terms;
use crate::book::{Book, at};
use crate::order::{Details, Incoming, Order};
use crate::rules;
use crate::slab::Slot;
use crate::traits::Place;

/// What a replacement makes of an order.
struct Amended {
    id: OrderId,
    terms: Terms,
    trigger: Option<TriggerState>,
    open: Quantity,
    keeps_place: bool,
}

impl Book {
    /// What [`Book::replace`] does, for every kind of order.
    #[cold]
    #[inline(never)]
    pub(crate) fn amend(
        &mut self,
        slot: Slot,
        command: &Replace,
        events: &mut EventBuffer,
    ) -> Result<(), RejectReason> {
        let Incoming { order, details } = self.orders.get(slot);
        let terms = self.terms_of(slot);
        let trigger = self.trigger_state(slot);
        let open = match command.quantity {
            Some(total) => total.0.saturating_sub(details.executed.0),
            None => order.open.0,
        };
        // What ends the order is not judged for its display (rule C7).
        let has_wrong_display = open > 0
            && (has_foreign_display(&order, command)
                || is_display_too_much(command, details.executed, open));
        if self.contradicts(&order, trigger, command) || has_wrong_display {
            return Err(RejectReason::InvalidOrder);
        }
        let is_outside = |price: Option<Price>| price.is_some_and(|at| self.bounds.exclude(at));
        if is_outside(command.price) || is_outside(command.trigger_price) {
            return Err(RejectReason::InvalidPrice);
        }
        let new_id = command.new_order.filter(|id| *id != order.id);
        if new_id.is_some_and(|id| self.ids.is_live(id, &self.orders)) {
            return Err(RejectReason::DuplicateOrder);
        }
        if !rules::takes_replacements(self.phase) {
            return Err(RejectReason::Phase);
        }
        if open == 0 {
            self.cancel_live(slot, CancelReason::ReplacedBelowExecuted, events);
            return Ok(());
        }
        let amended = amend_terms(&order, &terms, trigger, command, Quantity(open));
        self.judge_amended(&order, &amended)?;
        let (price, open) = (amended.terms.price, amended.open);
        events.push(Event::Replaced { order: order.id, new_order: new_id, price, open });
        if amended.keeps_place {
            self.amend_in_place(slot, &amended);
        } else {
            self.amend_at_back(slot, &amended, events);
        }
        Ok(())
    }

    /// The trigger that a live order waits for.
    pub(crate) fn trigger_state(&self, slot: Slot) -> Option<TriggerState> {
        let order = &self.orders[slot];
        order.traits.is_waiting().then(|| self.waiting.trigger(order.level))
    }

    /// Rule C6: what the order does not have and what does not change.
    fn contradicts(&self, order: &Order, trigger: Option<TriggerState>, command: &Replace) -> bool {
        let has_fixed_trigger = matches!(trigger, Some(TriggerState::Fixed(_)));
        let is_market_type = order.traits.order_type().is_market_type();
        (is_market_type && command.price.is_some())
            || (command.trigger_price.is_some() && !has_fixed_trigger)
    }

    /// The reasons against a replacement that loses its place.
    fn judge_amended(&self, order: &Order, amended: &Amended) -> Result<(), RejectReason> {
        if amended.keeps_place {
            return Ok(());
        }
        let traits = order.traits;
        // A triggered order is an ordinary one (rule T5).
        let order_type = match traits.place() {
            Place::Waiting | Place::Market => traits.order_type(),
            Place::Displayed | Place::Hidden => OrderType::Limit,
        };
        let (time_in_force, is_post_only) = (order.time_in_force, traits.is_post_only());
        if !rules::takes_arrival(self.phase, order_type, time_in_force, is_post_only) {
            return Err(RejectReason::Phase);
        }
        if is_post_only && amended.trigger.is_none() && self.phase != Phase::Auction {
            let limit = self.limit_of(order.side, amended.terms.price);
            if self.sides[at(order.side.opposite())].is_crossed_by(limit) {
                return Err(RejectReason::PostOnlyWouldTake);
            }
        }
        Ok(())
    }

    fn amend_in_place(&mut self, slot: Slot, amended: &Amended) {
        let open = amended.open;
        let was = self.orders[slot];
        self.orders[slot].open = open;
        if let Some(display) = amended.terms.display.filter(|display| !display.is_zero()) {
            if !was.traits.is_iceberg() {
                self.orders[slot].traits = was.traits.with_display(Some(display));
                let slice = if was.traits.is_waiting() { Quantity::ZERO } else { was.open };
                self.icebergs.insert(slot, display, slice);
            }
            let iceberg = self.icebergs.get_mut(slot);
            iceberg.display = display;
            iceberg.slice = iceberg.slice.min(display).min(open);
        }
        if amended.id != was.id {
            self.ids.remove(was.id, slot);
            self.orders[slot].id = amended.id;
            self.ids.insert(amended.id, slot, &self.orders);
        }
    }

    fn amend_at_back(&mut self, slot: Slot, amended: &Amended, events: &mut EventBuffer) {
        let Incoming { order, details } = self.orders.get(slot);
        self.unlist(slot);
        self.take(slot);
        let arrival = self.next_arrival();
        let mut incoming = Incoming {
            order: Order { id: amended.id, open: amended.open, ..order },
            details: Details { arrival, ..details },
        };
        if let Some(trigger) = amended.trigger {
            self.wait(&incoming, &amended.terms, trigger);
            return;
        }
        if self.phase != Phase::Auction {
            let limit = self.limit_of(order.side, amended.terms.price);
            self.sweep(&mut incoming, limit, events);
        }
        if incoming.order.is_live() {
            self.settle(&incoming, &amended.terms);
        }
    }
}

/// Rule A6: a market type has nothing to display.
fn has_foreign_display(order: &Order, command: &Replace) -> bool {
    order.traits.order_type().is_market_type() && command.display_quantity.is_some()
}

/// Whether the command shows more than the total that it leaves (rule C6).
fn is_display_too_much(command: &Replace, executed: Quantity, open: u64) -> bool {
    let total = u128::from(executed.0) + u128::from(open);
    command.display_quantity.is_some_and(|display| u128::from(display.0) > total)
}

/// What is left as it was, what is not, and whether the order keeps its place (rule C3).
fn amend_terms(
    order: &Order,
    terms: &Terms,
    trigger: Option<TriggerState>,
    command: &Replace,
    open: Quantity,
) -> Amended {
    let price = command.price.or(terms.price);
    let display = command.display_quantity.or(terms.display);
    let new_trigger = command.trigger_price.map(TriggerState::Fixed).or(trigger);
    let is_hidden = display == Some(Quantity::ZERO);
    Amended {
        id: command.new_order.unwrap_or(order.id),
        terms: Terms { price, display, ..*terms },
        trigger: new_trigger,
        open,
        keeps_place: price == terms.price
            && new_trigger == trigger
            && open <= order.open
            && is_hidden == order.traits.is_hidden(),
    }
}
