//! Triggered orders, one after the other, and whatever else stands behind a command's own events.

use shadowbook_model::{CancelReason, Event, OrderId};

use super::admission::{looks, would_take};
use super::judge::Judge;
use super::rule::AuditRule;
use super::slab::Slot;
use crate::coverage::Outcome;

impl Judge<'_> {
    /// Reads the rest of the events: each triggered order must be the one that is due (rule T3).
    #[cold]
    pub(super) fn triggers(&mut self) {
        let looks = looks(self.shadow.phase);
        loop {
            self.is_quiet = false;
            match self.peek() {
                Some(Event::Triggered { order }) if looks => {
                    self.at += 1;
                    self.triggered(order);
                }
                Some(_) => self.stray(),
                None if looks => return self.missed(),
                None => return,
            }
        }
    }

    fn triggered(&mut self, id: OrderId) {
        let due = self.shadow.look();
        let Some(slot) = self.shadow.find(id) else { return self.not_live(id) };
        let order = self.shadow.order(slot);
        let is_waiting = order.is_waiting();
        if due != Some(slot) {
            let is_elected = self.shadow.last_trade.is_some_and(|last| order.is_elected(last));
            if !is_waiting {
                self.breach(AuditRule::Trigger, Some(id), || {
                    format!("order {id} does not wait for a trigger")
                });
            } else if is_elected {
                self.breach(AuditRule::TriggerOrder, Some(id), || {
                    format!("order {id} is triggered before one that arrived earlier")
                });
            } else {
                let last = self.shadow.last_trade;
                self.breach(AuditRule::Trigger, Some(id), || match last {
                    Some(last) => format!("order {id} is not elected at {last}"),
                    None => format!("order {id} is triggered before anything traded"),
                });
            }
        }
        if is_waiting {
            self.fire(slot);
        }
    }

    /// An order becomes an ordinary one and comes in.
    fn fire(&mut self, slot: Slot) {
        self.count(slot, Outcome::Triggered);
        self.shadow.unlink(slot);
        self.shadow.waiting.is_settled = false;
        self.shadow.arrive_again(slot);
        let order = self.shadow.order_mut(slot);
        (order.trigger, order.trail) = (None, None);
        let (id, side, limit, post_only) = (order.id, order.side, order.price, order.post_only);
        if post_only {
            let reason = CancelReason::PostOnlyWouldTake;
            let is_reported = matches!(
                self.peek(),
                Some(Event::Canceled { order, reason: given, .. }) if order == id && given == reason
            );
            if would_take(self.shadow, side, limit) {
                return self.expect_cancel(slot, reason, AuditRule::PostOnly);
            }
            if is_reported {
                self.breach(AuditRule::PostOnly, Some(id), || {
                    format!("order {id} would not trade")
                });
                return self.expect_cancel(slot, reason, AuditRule::PostOnly);
            }
        }
        self.arrives(slot);
    }

    /// No order is left elected (rule T2).
    fn missed(&mut self) {
        while let Some(slot) = self.shadow.look() {
            self.is_quiet = false;
            self.ledger.has_missed_trigger = true;
            let id = self.shadow.order(slot).id;
            let last = self.shadow.last_trade.unwrap_or_default();
            self.breach(AuditRule::MissedTrigger, Some(id), || {
                format!("order {id} is elected at {last} and was not triggered")
            });
            self.shadow.lose_sight(slot);
            self.shadow.waiting.is_settled = false;
        }
    }
}
