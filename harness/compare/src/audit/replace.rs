//! A replacement and what is answered to it.

use shadowbook_model::{CancelReason, CommandKind, Event, Quantity, RejectReason, Replace};

use super::admission::{self, Change};
use super::judge::Judge;
use super::order::{Shows, Whereabouts};
use super::rule::AuditRule;
use super::slab::Slot;
use crate::coverage::Outcome;

impl Judge<'_> {
    pub(super) fn replace(&mut self, replace: &Replace) {
        let Some(slot) = self.shadow.find(replace.order) else {
            return self.replace_unknown(replace);
        };
        let id = replace.order;
        let change = admission::of_replace(self.shadow, slot, replace);
        let is_seen = self.shadow.order(slot).whereabouts != Whereabouts::Unknown;
        self.is_quiet |= !is_seen;
        match self.peek() {
            Some(Event::Rejected { command: CommandKind::Replace, order, reason })
                if order == id =>
            {
                self.at += 1;
                self.count(slot, Outcome::ReplaceRejected(reason));
                self.refused(change, replace, reason);
            }
            Some(Event::Canceled { order, quantity, reason })
                if order == id && reason == CancelReason::ReplacedBelowExecuted =>
            {
                self.at += 1;
                if change != Change::End {
                    self.breach(AuditRule::Replacement, Some(id), || {
                        "canceled where something is left to trade, or it cannot be replaced"
                            .to_owned()
                    });
                }
                self.end(slot, quantity, reason);
            }
            Some(Event::Replaced { order, .. }) if order == id => {
                self.replaced(slot, replace, change);
            }
            _ => {
                self.breach(AuditRule::Answer, Some(id), || {
                    "the replacement was not answered".to_owned()
                });
                self.shadow.lose_sight(slot);
            }
        }
    }

    fn replace_unknown(&mut self, replace: &Replace) {
        let id = replace.order;
        match self.peek() {
            Some(Event::Rejected { command: CommandKind::Replace, order, reason })
                if order == id =>
            {
                self.at += 1;
                if reason != RejectReason::UnknownOrder {
                    self.breach(AuditRule::RejectReason, Some(id), || {
                        format!("rejected as {reason} where the order is unknown")
                    });
                }
            }
            Some(Event::Replaced { order, .. } | Event::Canceled { order, .. }) if order == id => {
                self.at += 1;
                self.not_live(id);
            }
            _ => self.breach(AuditRule::Answer, Some(id), || {
                "the replacement was not answered".to_owned()
            }),
        }
    }

    fn refused(&mut self, change: Change, replace: &Replace, reason: RejectReason) {
        let id = Some(replace.order);
        match change {
            Change::Reject(right) if right == reason => {}
            Change::Reject(right) => self.breach(AuditRule::RejectReason, id, || {
                format!("rejected as {reason} where {right} is the first that holds")
            }),
            Change::End | Change::Take { .. } => self.breach(AuditRule::Admission, id, || {
                format!("rejected as {reason}, and nothing speaks against it")
            }),
        }
    }

    fn replaced(&mut self, slot: Slot, replace: &Replace, change: Change) {
        let Some(event @ Event::Replaced { open, .. }) = self.peek() else { return };
        self.at += 1;
        self.count(slot, Outcome::Replaced);
        let order = self.shadow.order(slot);
        let is_market_type = order.order_type.is_market_type();
        let price = (!is_market_type).then(|| replace.price.unwrap_or(order.price));
        let id = replace.order;
        match change {
            Change::Reject(reason) => self.breach(AuditRule::Admission, Some(id), || {
                format!("replaced where {reason} holds")
            }),
            Change::End => self.breach(AuditRule::Replacement, Some(id), || {
                format!("replaced with {open} open where nothing is left to trade")
            }),
            Change::Take { open: right, .. } => {
                let new_order = replace.new_order.filter(|new| *new != id);
                if event != (Event::Replaced { order: id, new_order, price, open: right }) {
                    self.breach(AuditRule::Replacement, Some(id), || {
                        format!("a replacement with {right} open is told otherwise")
                    });
                }
            }
        }
        if let Some(new_order) = replace.new_order {
            self.shadow.rename(slot, new_order);
        }
        if open.is_zero() {
            self.shadow.remove(slot);
        } else if self.shadow.order(slot).whereabouts == Whereabouts::Unknown {
            self.shadow.set_open(slot, open);
        } else if matches!(change, Change::Take { keeps_place: true, .. }) {
            self.change_in_place(slot, replace, open);
        } else {
            self.change_and_arrive(slot, replace, open);
        }
    }

    /// A kept slice never grows (rule C3).
    fn change_in_place(&mut self, slot: Slot, replace: &Replace, open: Quantity) {
        self.shadow.set_open(slot, open);
        let order = self.shadow.order_mut(slot);
        let Some(display) = replace.display_quantity.filter(|display| !display.is_zero()) else {
            return;
        };
        let was_all = order.shows == Shows::All;
        (order.shows, order.display) = (Shows::Slices, display);
        if !order.is_waiting() {
            order.slice = if was_all { open } else { order.slice }.min(display).min(open);
        }
    }

    fn change_and_arrive(&mut self, slot: Slot, replace: &Replace, open: Quantity) {
        let was_waiting = self.shadow.order(slot).is_waiting();
        self.shadow.unlink(slot);
        let order = self.shadow.order_mut(slot);
        order.open = open;
        order.price = replace.price.unwrap_or(order.price);
        if was_waiting && !order.order_type.is_trailing() {
            order.trigger = replace.trigger_price.or(order.trigger);
        }
        if let Some(display) = replace.display_quantity {
            order.display = display;
            order.shows = if display.is_zero() { Shows::Nothing } else { Shows::Slices };
        }
        self.shadow.arrive_again(slot);
        if was_waiting {
            self.shadow.wait(slot);
        } else {
            self.come_in(slot);
        }
    }
}
