//! How a live order is changed.

use shadowbook_model::{
    CancelReason, CommandKind, Event, EventBuffer, OrderId, Price, RejectReason, Replace,
};

use crate::book::Place;
use crate::market::Market;
use crate::order::{Order, Taker};
use crate::policy::{Policy, Terms};

/// What a replacement that is taken comes to.
enum Outcome {
    /// Nothing is left to trade (rule C2).
    Cancel,
    /// The order changes where it is.
    Keep(Terms),
    /// The order comes in once more, as if it arrived now.
    ComeIn(Terms),
}

impl<P: Policy> Market<P> {
    /// Changes an order, or says why not; an order that is not changed stays as it was.
    pub(crate) fn replace(&mut self, replace: &Replace, events: &mut EventBuffer) {
        let outcome = match self.book.find(replace.order) {
            None => Err(RejectReason::UnknownOrder),
            Some(place) => self.judge(replace, place).map(|outcome| (place, outcome)),
        };
        match outcome {
            Err(reason) => {
                let (command, order) = (CommandKind::Replace, replace.order);
                events.push(Event::Rejected { command, order, reason });
            }
            Ok((place, Outcome::Cancel)) => {
                self.cancel_resting(place, CancelReason::ReplacedBelowExecuted, events);
            }
            Ok((place, Outcome::Keep(terms))) => {
                events.push(replaced(replace, terms));
                self.book.order_mut(place).open = terms.open;
                if let Some(id) = other_id(replace) {
                    self.book.rename(place, id);
                }
            }
            Ok((place, Outcome::ComeIn(terms))) => {
                events.push(replaced(replace, terms));
                let order = self.book.remove(place);
                let id = replace.new_order.unwrap_or(order.id);
                let order = Order { id, open: terms.open, arrival: self.arrive(), ..order };
                self.take(Taker { order, limit: Some(terms.price) }, events);
            }
        }
    }

    /// The first of the reasons of rule U7 that holds, in the order that rule C7 makes precise.
    fn judge(&self, replace: &Replace, place: Place) -> Result<Outcome, RejectReason> {
        let order = self.book.order(place);
        // Rule C6: nothing that rests waits for a trigger.
        if replace.trigger_price.is_some() {
            return Err(RejectReason::InvalidOrder);
        }
        if replace.price.is_some_and(|price: Price| self.is_invalid_price(price)) {
            return Err(RejectReason::InvalidPrice);
        }
        if other_id(replace).is_some_and(|id| self.book.find(id).is_some()) {
            return Err(RejectReason::DuplicateOrder);
        }
        if !self.policy.admits_replacements(self.phase) {
            return Err(RejectReason::Phase);
        }
        let total = replace.quantity.unwrap_or(order.total());
        let Some(open) = self.policy.open_after_replace(total, order.executed) else {
            return Ok(Outcome::Cancel);
        };
        let before = Terms { price: self.book.price(place), open: order.open };
        let after = Terms { price: replace.price.unwrap_or(before.price), open };
        if self.policy.keeps_place(before, after) {
            return Ok(Outcome::Keep(after));
        }
        if !self.policy.admits(self.phase, order.order_type, order.post_only) {
            return Err(RejectReason::Phase);
        }
        let would_trade = || self.would_trade(order.side, Some(after.price));
        if self.is_turned_away(order.post_only, would_trade) {
            return Err(RejectReason::PostOnlyWouldTake);
        }
        Ok(Outcome::ComeIn(after))
    }
}

/// The new id, if it is another one (rule C4).
fn other_id(replace: &Replace) -> Option<OrderId> {
    replace.new_order.filter(|id| *id != replace.order)
}

fn replaced(replace: &Replace, terms: Terms) -> Event {
    Event::Replaced {
        order: replace.order,
        new_order: other_id(replace),
        price: Some(terms.price),
        open: terms.open,
    }
}
