//! How a live order is changed.

use shadowbook_model::{
    CancelReason, CommandKind, Event, EventBuffer, OrderId, Price, Quantity, RejectReason, Replace,
    TriggerState, Visibility,
};

use crate::market::Market;
use crate::order::{Incoming, Order, Waiting, unshown};
use crate::policy::{Policy, Terms};

/// A live order with all that a replacement can change, wherever it is.
#[derive(Clone, Copy, Debug)]
struct Live {
    order: Order,
    limit: Option<Price>,
    visibility: Visibility,
    /// There while it waits for it.
    trigger: Option<TriggerState>,
}

/// What a replacement that is taken comes to.
enum Outcome {
    /// Nothing is left to trade (rule C2).
    Cancel,
    /// The order changes where it is.
    Keep(Live),
    /// The order goes to the back, as if it arrived now.
    ComeIn(Live),
}

impl Live {
    fn terms(&self) -> Terms {
        Terms {
            price: self.limit,
            trigger: self.fixed_trigger(),
            open: self.order.open,
            is_hidden: self.visibility == Visibility::Hidden,
        }
    }

    fn fixed_trigger(&self) -> Option<Price> {
        match self.trigger {
            Some(TriggerState::Fixed(price)) => Some(price),
            Some(TriggerState::Trailing { .. }) | None => None,
        }
    }

    /// What it is after a replacement that leaves this much open.
    fn after(self, replace: &Replace, open: Quantity) -> Self {
        Self {
            order: Order { open, ..self.order },
            limit: replace.price.or(self.limit),
            // A trail goes on as it was (rule A5).
            trigger: replace.trigger_price.map(TriggerState::Fixed).or(self.trigger),
            visibility: replace.display_quantity.map_or(self.visibility, unshown),
        }
    }

    /// What shows of it now.
    fn slice(&self) -> Quantity {
        match self.visibility {
            _ if self.trigger.is_some() => Quantity::ZERO,
            Visibility::Full => self.order.open,
            Visibility::Iceberg { slice, .. } => slice,
            Visibility::Hidden => Quantity::ZERO,
        }
    }
}

impl<P: Policy> Market<P> {
    /// Changes an order, or says why not; an order that is not changed stays as it was.
    pub(crate) fn replace(&mut self, replace: &Replace, events: &mut EventBuffer) {
        let Some(before) = self.find_live(replace.order) else {
            events.push(refused(replace, RejectReason::UnknownOrder));
            return;
        };
        match self.judge(replace, &before) {
            Err(reason) => events.push(refused(replace, reason)),
            Ok(Outcome::Cancel) => {
                self.cancel_live(replace.order, CancelReason::ReplacedBelowExecuted, events);
            }
            Ok(Outcome::Keep(after)) => {
                events.push(replaced(replace, &after));
                self.change_in_place(replace, &before, &after);
            }
            Ok(Outcome::ComeIn(after)) => {
                events.push(replaced(replace, &after));
                self.come_in_again(replace, after, events);
            }
        }
    }

    /// The live order with this id, resting or untriggered.
    fn find_live(&self, id: OrderId) -> Option<Live> {
        if let Some(place) = self.book.find(id) {
            return Some(Live {
                order: *self.book.order(place),
                limit: self.book.limit(place),
                visibility: self.book.visibility(place),
                trigger: None,
            });
        }
        let Waiting { incoming: Incoming { order, limit, visibility, .. }, trigger } =
            *self.untriggered.get(id)?;
        Some(Live { order, limit, visibility, trigger: Some(trigger) })
    }

    /// The first of the reasons of rule U7 that holds, in the order that rule C7 makes precise.
    fn judge(&self, replace: &Replace, before: &Live) -> Result<Outcome, RejectReason> {
        let order = &before.order;
        let total = replace.quantity.unwrap_or(order.total());
        let open = self.policy.open_after_replace(total, order.executed);
        if is_contradictory(replace, before) || open.is_some() && has_wrong_display(replace, before)
        {
            return Err(RejectReason::InvalidOrder);
        }
        let mut prices = replace.price.into_iter().chain(replace.trigger_price);
        if prices.any(|price| self.is_invalid_price(price)) {
            return Err(RejectReason::InvalidPrice);
        }
        if other_id(replace).is_some_and(|id| self.is_live(id)) {
            return Err(RejectReason::DuplicateOrder);
        }
        if !self.policy.admits_replacements(self.phase) {
            return Err(RejectReason::Phase);
        }
        let Some(open) = open else {
            return Ok(Outcome::Cancel);
        };
        let after = before.after(replace, open);
        if self.policy.keeps_place(before.terms(), after.terms()) {
            return Ok(Outcome::Keep(after));
        }
        let Order { order_type, time_in_force, post_only, side, .. } = *order;
        if !self.policy.admits(self.phase, order_type, time_in_force, post_only) {
            return Err(RejectReason::Phase);
        }
        // An untriggered order does not trade in the replacement (rule C6).
        let would_trade = || before.trigger.is_none() && self.would_trade(side, after.limit);
        if self.is_turned_away(post_only, would_trade) {
            return Err(RejectReason::PostOnlyWouldTake);
        }
        Ok(Outcome::ComeIn(after))
    }

    /// Rule C3: the order stays where it is, and what shows of it never grows.
    fn change_in_place(&mut self, replace: &Replace, before: &Live, after: &Live) {
        let Order { id, open, .. } = after.order;
        let id = self.id_after(replace, id);
        let visibility = match after.visibility {
            Visibility::Iceberg { display, .. } => {
                let slice = self.policy.slice_after_replace(before.slice(), display, open);
                Visibility::Iceberg { display, slice }
            }
            Visibility::Full | Visibility::Hidden => after.visibility,
        };
        if let Some(place) = self.book.find(after.order.id) {
            self.book.order_mut(place).open = open;
            if let Visibility::Iceberg { display, slice } = visibility {
                self.book.set_slice(place, display, slice);
            }
            if id != after.order.id {
                self.book.rename(place, id);
            }
        } else if let Some(waiting) = self.untriggered.take(after.order.id) {
            let order = Order { id, ..after.order };
            let incoming = Incoming { order, visibility, limit: after.limit, ..waiting.incoming };
            let trigger = after.trigger.unwrap_or(waiting.trigger);
            self.untriggered.add(Waiting { incoming, trigger });
        }
    }

    /// The order takes a place at the back, and may trade if it does not wait.
    fn come_in_again(&mut self, replace: &Replace, after: Live, events: &mut EventBuffer) {
        let Live { limit, visibility, .. } = after;
        let id = self.id_after(replace, after.order.id);
        let order = Order { id, arrival: self.arrive(), is_iceberg: false, ..after.order };
        if let Some(waiting) = self.untriggered.take(after.order.id) {
            let incoming = Incoming { order, limit, visibility, ..waiting.incoming };
            let trigger = after.trigger.unwrap_or(waiting.trigger);
            self.untriggered.add(Waiting { incoming, trigger });
            return;
        }
        self.book.take(after.order.id);
        let incoming = Incoming { order, limit, visibility, min_quantity: None };
        if self.policy.replacement_may_trade() {
            self.take(incoming, events);
        } else {
            self.rest(&incoming);
        }
    }

    fn id_after(&self, replace: &Replace, id: OrderId) -> OrderId {
        replace.new_order.filter(|_| self.policy.takes_new_ids()).unwrap_or(id)
    }
}

/// Rule C6, but for what a display quantity has to do with the total.
fn is_contradictory(replace: &Replace, before: &Live) -> bool {
    let has_foreign_price = replace.price.is_some() && before.order.order_type.is_market_type();
    let has_foreign_trigger = replace.trigger_price.is_some() && before.fixed_trigger().is_none();
    has_foreign_price || has_foreign_trigger
}

/// Rules C6, A6; a command that rule C2 turns into a cancel is not judged for this.
fn has_wrong_display(replace: &Replace, before: &Live) -> bool {
    let total = replace.quantity.unwrap_or(before.order.total());
    replace
        .display_quantity
        .is_some_and(|display| display > total || before.order.order_type.is_market_type())
}

/// The new id, if it is another one (rule C4).
fn other_id(replace: &Replace) -> Option<OrderId> {
    replace.new_order.filter(|id| *id != replace.order)
}

fn refused(replace: &Replace, reason: RejectReason) -> Event {
    Event::Rejected { command: CommandKind::Replace, order: replace.order, reason }
}

fn replaced(replace: &Replace, after: &Live) -> Event {
    Event::Replaced {
        order: replace.order,
        new_order: other_id(replace),
        price: after.limit,
        open: after.order.open,
    }
}
