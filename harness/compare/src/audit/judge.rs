//! One command and its events, read from the first event to the last.
//!
//! The judge knows at each point what may come next. What does come is held against that, and then
//! believed: the shadow follows the events, so that one breach is not told again with every command
//! that follows. Within one part of a command (its answer and what the incoming order does, one
//! triggered order, one uncross) only the first breach is told.

use shadowbook_model::{
    Action, CancelReason, Command, CommandKind, Event, NewOrder, OrderId, Phase, Quantity,
    RejectReason,
};

use super::admission::{self, Admission};
use super::breach::{Breach, Ledger};
use super::order::{Order, Whereabouts};
use super::rule::AuditRule;
use super::shadow::Shadow;
use super::slab::Slot;
use super::sweep::Plan;
use crate::coverage::{Coverage, Outcome};
use crate::divergence::EventList;

pub(super) struct Judge<'a> {
    pub(super) shadow: &'a mut Shadow,
    pub(super) coverage: &'a mut Coverage,
    pub(super) ledger: &'a mut Ledger,
    pub(super) plan: &'a mut Plan,
    pub(super) command: &'a Command,
    pub(super) events: &'a [Event],
    /// How many events were read.
    pub(super) at: usize,
    /// Something of this part was breached: what follows from it is believed.
    pub(super) is_quiet: bool,
    /// Something of this command was breached.
    pub(super) has_breached: bool,
}

impl Judge<'_> {
    #[inline]
    pub(super) fn run(mut self) {
        let is_reporting_expiry = matches!(
            self.events.first(),
            Some(Event::Canceled { reason: CancelReason::Expired, .. })
        );
        if is_reporting_expiry || self.shadow.first_expired(self.command.time).is_some() {
            self.expiries();
        }
        self.is_quiet = false;
        match &self.command.action {
            Action::New(new) => self.new_order(new),
            Action::Replace(replace) => self.replace(replace),
            Action::Cancel(order) => self.cancel_command(*order),
            Action::MassCancel(mass_cancel) => self.mass_cancel(mass_cancel),
            Action::Phase(phase) => self.phase(*phase),
            Action::Time => {}
        }
        if !self.shadow.waiting.is_empty() || self.at < self.events.len() {
            self.triggers();
        }
        self.check_book();
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<Event> {
        self.events.get(self.at).copied()
    }

    /// Tells of a breach, unless one of this part was told or the rule is off.
    #[cold]
    pub(super) fn breach(
        &mut self,
        rule: AuditRule,
        order: Option<OrderId>,
        detail: impl FnOnce() -> String,
    ) {
        if self.is_quiet || self.ledger.is_off(rule) {
            return;
        }
        self.is_quiet = true;
        self.has_breached = true;
        let is_listed = self.ledger.wants_details(rule);
        let events = if is_listed { EventList::from(self.events) } else { EventList::default() };
        let detail = if is_listed { detail() } else { String::new() };
        let (seq, instrument) = (self.command.seq, self.command.instrument);
        self.ledger.push(Breach {
            rule,
            seq,
            instrument,
            order,
            detail,
            command: *self.command,
            events,
        });
    }

    #[inline]
    pub(super) fn count(&mut self, slot: Slot, outcome: Outcome) {
        let order = self.shadow.order(slot);
        let phase = self.shadow.phase;
        self.coverage.count(order.order_type, order.time_in_force, phase, outcome);
    }

    /// Ends an order that a `canceled` event names, whose quantity must be what was open.
    #[inline]
    pub(super) fn end(&mut self, slot: Slot, quantity: Quantity, reason: CancelReason) {
        let order = self.shadow.order(slot);
        let (id, open) = (order.id, order.open);
        if open != quantity && order.whereabouts != Whereabouts::Unknown {
            self.breach(AuditRule::OpenQuantity, Some(id), || {
                format!("canceled with {quantity} open where {open} was")
            });
        }
        self.count(slot, Outcome::Canceled(reason));
        self.shadow.remove(slot);
    }

    #[cold]
    fn expiries(&mut self) {
        loop {
            self.is_quiet = false;
            let due = self.shadow.first_expired(self.command.time);
            let Some(Event::Canceled { order, quantity, reason: CancelReason::Expired }) =
                self.peek()
            else {
                if let Some(slot) = due {
                    let id = self.shadow.order(slot).id;
                    self.breach(AuditRule::Expiry, Some(id), || {
                        format!("order {id} has expired and was not canceled")
                    });
                    self.shadow.forget_expiry(slot, id);
                    continue;
                }
                return;
            };
            self.at += 1;
            let Some(slot) = self.shadow.find(order) else {
                self.not_live(order);
                continue;
            };
            if due != Some(slot) {
                self.breach(AuditRule::Expiry, Some(order), || match due {
                    None => format!("order {order} does not expire yet"),
                    Some(_) => format!("order {order} expires before one that is due earlier"),
                });
            }
            self.end(slot, quantity, CancelReason::Expired);
        }
    }

    pub(super) fn not_live(&mut self, order: OrderId) {
        self.breach(AuditRule::LiveOrder, Some(order), || {
            format!("an event names order {order}, which is not live")
        });
    }

    #[inline]
    fn new_order(&mut self, new: &NewOrder) {
        let admission = admission::of_new(self.shadow, new, self.command.time);
        match self.peek() {
            Some(Event::Accepted { order }) if order == new.order => {
                self.at += 1;
                if let Admission::Reject(reason) = admission {
                    self.breach(AuditRule::Admission, Some(order), || {
                        format!("accepted where {reason} holds")
                    });
                }
                self.enter(new);
            }
            Some(Event::Rejected { command: CommandKind::New, order, reason })
                if order == new.order =>
            {
                self.at += 1;
                let (kind, tif) = (new.order_type, new.time_in_force);
                self.coverage.count(kind, tif, self.shadow.phase, Outcome::Rejected(reason));
                self.rejected(admission, order, reason);
            }
            _ => {
                self.breach(AuditRule::Answer, Some(new.order), || {
                    "the order was neither accepted nor rejected".to_owned()
                });
                if admission == Admission::Accept {
                    self.enter(new);
                }
            }
        }
    }

    fn rejected(&mut self, admission: Admission, order: OrderId, reason: RejectReason) {
        match admission {
            Admission::Reject(right) if right != reason => {
                self.breach(AuditRule::RejectReason, Some(order), || {
                    format!("rejected as {reason} where {right} is the first that holds")
                });
            }
            Admission::Accept => self.breach(AuditRule::Admission, Some(order), || {
                format!("rejected as {reason}, and nothing speaks against it")
            }),
            Admission::Reject(_) | Admission::Open => {}
        }
    }

    #[inline]
    fn enter(&mut self, new: &NewOrder) {
        let arrival = self.shadow.arrive();
        let mut order = Order::entered(new, arrival);
        if !new.order_type.has_trigger() && !new.time_in_force.is_immediate() {
            // It was looked at when the order was judged.
            order.min_quantity = None;
        }
        let slot = self.shadow.insert(order);
        self.count(slot, Outcome::Accepted);
        if new.quantity.is_zero() || new.price.is_some() == new.order_type.is_market_type() {
            self.shadow.lose_sight(slot);
        } else if new.order_type.has_trigger() {
            self.shadow.wait(slot);
        } else {
            self.come_in(slot);
        }
    }

    /// A plain order, or a replaced one, arrives: it trades, rests or is cancelled.
    #[inline]
    pub(super) fn come_in(&mut self, slot: Slot) {
        if admission::trades(self.shadow.phase) {
            self.arrives(slot);
        } else if self.shadow.phase == Phase::Auction
            && self.shadow.order(slot).min_quantity.is_some()
        {
            self.expect_cancel(slot, CancelReason::MinQuantity, AuditRule::MinimumQuantity);
        } else {
            self.shadow.rest(slot);
        }
    }

    /// An event must end this order for this reason.
    pub(super) fn expect_cancel(&mut self, slot: Slot, reason: CancelReason, rule: AuditRule) {
        let id = self.shadow.order(slot).id;
        match self.peek() {
            Some(Event::Canceled { order, quantity, reason: given }) if order == id => {
                self.at += 1;
                if given != reason {
                    self.breach(rule, Some(id), || {
                        format!("canceled as {given} where {reason} is due")
                    });
                }
                self.end(slot, quantity, given);
            }
            _ => {
                self.breach(rule, Some(id), || format!("not canceled as {reason}"));
                self.shadow.lose_sight(slot);
            }
        }
    }

    fn cancel_command(&mut self, id: OrderId) {
        let slot = self.shadow.find(id);
        match (slot, self.peek()) {
            (Some(slot), Some(Event::Canceled { order, quantity, reason })) if order == id => {
                self.at += 1;
                if reason != CancelReason::Requested {
                    self.breach(AuditRule::Answer, Some(id), || {
                        format!("canceled as {reason} by a cancel command")
                    });
                }
                self.end(slot, quantity, reason);
            }
            (_, Some(Event::Rejected { command: CommandKind::Cancel, order, reason }))
                if order == id =>
            {
                self.at += 1;
                match slot {
                    Some(slot) if self.shadow.order(slot).whereabouts == Whereabouts::Unknown => {
                        self.shadow.remove(slot);
                    }
                    Some(_) => self.breach(AuditRule::Admission, Some(id), || {
                        format!("the cancel of a live order was rejected as {reason}")
                    }),
                    None if reason != RejectReason::UnknownOrder => {
                        self.breach(AuditRule::RejectReason, Some(id), || {
                            format!("rejected as {reason} where the order is unknown")
                        });
                    }
                    None => {}
                }
            }
            (None, Some(Event::Canceled { order, .. })) if order == id => {
                self.at += 1;
                self.not_live(id);
            }
            (slot, _) => {
                self.breach(AuditRule::Answer, Some(id), || {
                    "the cancel command was not answered".to_owned()
                });
                if let Some(slot) = slot {
                    self.shadow.lose_sight(slot);
                }
            }
        }
    }

    /// The book after a command (rule M6). Told once until it is in order again.
    #[inline]
    fn check_book(&mut self) {
        let is_crossed = !admission::may_cross(self.shadow.phase) && self.shadow.is_crossed();
        if is_crossed == self.shadow.is_known_crossed {
            return;
        }
        self.shadow.is_known_crossed = is_crossed;
        if is_crossed && !self.has_breached {
            self.is_quiet = false;
            self.breach(AuditRule::CrossedBook, None, || {
                "the best bid stands at or above the best ask".to_owned()
            });
        }
    }
}
