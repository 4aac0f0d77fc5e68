//! What an incoming order does: it trades with the orders that are due, meets its own, and what is
//! left of it rests or ends.

use shadowbook_model::{
    Arrival, CancelReason, Event, Fill, Matching, Quantity, SelfTrade, TimeInForce,
};

use super::judge::Judge;
use super::order::Whereabouts;
use super::rule::AuditRule;
use super::slab::Slot;
use crate::coverage::Outcome;

/// What an incoming order meets next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// Nothing that it may trade with.
    Nothing,
    /// This order, for so much.
    Maker(Slot, Quantity),
    /// An order of its own account, with which it may not trade freely.
    Own(Slot),
}

/// How a pro-rata level is shared: who gets how much, in queue order (rule M7).
#[derive(Clone, Debug, Default)]
pub(super) struct Plan {
    shares: Vec<(Slot, Quantity)>,
    next: usize,
    /// While a level is shared: when an order arrived, and its position in `shares`.
    oldest: Vec<(Arrival, usize)>,
}

impl Plan {
    fn clear(&mut self) {
        self.shares.clear();
        self.next = 0;
        self.oldest.clear();
    }
}

/// A part of what one order shows, which is 64 bits.
fn lots(part: u128) -> Quantity {
    Quantity(u64::try_from(part).unwrap_or(u64::MAX))
}

impl Judge<'_> {
    /// An order that is in no queue arrives where orders trade.
    #[inline]
    pub(super) fn arrives(&mut self, slot: Slot) {
        let order = self.shadow.order(slot);
        let is_plain = order.time_in_force != TimeInForce::Fok && order.min_quantity.is_none();
        if is_plain || !self.is_killed(slot) {
            self.sweep(slot);
        }
    }

    /// Looks at fill-or-kill and the minimum quantity; `true` when that ends the order.
    fn is_killed(&mut self, slot: Slot) -> bool {
        let order = self.shadow.order_mut(slot);
        let minimum = order.min_quantity.take();
        let wanted = (order.time_in_force == TimeInForce::Fok).then_some(order.open);
        let looks = [
            (wanted, CancelReason::Fok, AuditRule::FillOrKill),
            (minimum, CancelReason::MinQuantity, AuditRule::MinimumQuantity),
        ];
        for (wanted, reason, rule) in looks {
            let Some(wanted) = wanted else { continue };
            let order = self.shadow.order(slot);
            let id = order.id;
            let can_trade = self.shadow.can_trade(order, wanted);
            if let Some(Event::Canceled { order, quantity, reason: given }) = self.peek()
                && order == id
                && given == reason
            {
                self.at += 1;
                if can_trade {
                    self.breach(rule, Some(id), || {
                        format!("canceled as {reason} where {wanted} could trade")
                    });
                }
                self.end(slot, quantity, reason);
                return true;
            }
            if !can_trade {
                self.breach(rule, Some(id), || {
                    format!("not canceled as {reason} where less than {wanted} can trade")
                });
            }
        }
        false
    }

    #[inline]
    fn sweep(&mut self, slot: Slot) {
        let id = self.shadow.order(slot).id;
        let mut believes = self.is_quiet;
        self.plan.clear();
        let due = loop {
            let due = if believes { Due::Nothing } else { self.due(slot) };
            if let Due::Own(maker) = due {
                believes = !self.prevent(slot, maker);
                if self.shadow.order(slot).whereabouts == Whereabouts::Gone {
                    return;
                }
                continue;
            }
            match self.events.get(self.at) {
                Some(Event::Fill(fill)) if fill.taker == id => {
                    self.at += 1;
                    self.fill(slot, fill, due, believes);
                    believes |= self.is_quiet;
                }
                Some(Event::Fill(fill)) => {
                    self.at += 1;
                    self.breach(AuditRule::Counterparty, Some(id), || {
                        let taker = fill.taker;
                        format!("a fill of taker {taker} while order {id} comes in")
                    });
                    self.believe_fill(fill);
                    believes = true;
                }
                Some(
                    event @ (Event::Canceled { reason: CancelReason::SelfTrade, .. }
                    | Event::Reduced { .. }),
                ) => {
                    self.at += 1;
                    self.breach(AuditRule::SelfTrade, Some(id), || {
                        "self-trade prevention where the order meets none of its own".to_owned()
                    });
                    self.believe(event);
                    believes = true;
                }
                _ => break due,
            }
            if self.shadow.order(slot).whereabouts == Whereabouts::Gone {
                return;
            }
        };
        self.finish(slot, due);
    }

    /// The incoming order has done what it does.
    #[inline]
    fn finish(&mut self, slot: Slot, due: Due) {
        let order = self.shadow.order(slot);
        let (id, time_in_force) = (order.id, order.time_in_force);
        if order.open.is_zero() {
            self.shadow.remove(slot);
            return;
        }
        if let Due::Maker(maker, _) = due {
            let is_fok = time_in_force == TimeInForce::Fok;
            let rule = if is_fok { AuditRule::FillOrKill } else { AuditRule::StopsShort };
            let maker = self.shadow.order(maker).id;
            self.breach(rule, Some(id), || {
                format!("it stops where order {maker} is next to trade with it")
            });
        }
        let is_market_type = self.shadow.order(slot).order_type.is_market_type();
        let reason = match (is_market_type, time_in_force) {
            (_, TimeInForce::Fok) => Some(CancelReason::Fok),
            (true, _) => Some(CancelReason::NoLiquidity),
            (false, TimeInForce::Ioc) => Some(CancelReason::Ioc),
            (false, _) => None,
        };
        if let Some(reason) = reason {
            self.expect_cancel(slot, reason, AuditRule::Remainder);
        } else if let Some(Event::Canceled { order, quantity, reason }) = self.peek()
            && order == id
        {
            self.at += 1;
            self.breach(AuditRule::Remainder, Some(id), || {
                format!("canceled as {reason} where the remainder rests")
            });
            self.end(slot, quantity, reason);
        } else {
            self.shadow.rest(slot);
        }
    }

    #[inline]
    fn due(&mut self, slot: Slot) -> Due {
        let order = self.shadow.order(slot);
        let Some(level) = self.shadow.best(order.side.opposite()) else { return Due::Nothing };
        if order.open.is_zero() || !order.takes(level.price) {
            return Due::Nothing;
        }
        if self.shadow.instrument.matching == Matching::ProRata {
            return self.due_by_share(slot);
        }
        let Some(front) = level.displayed.front.or(level.hidden.front) else {
            return Due::Nothing;
        };
        let maker = self.shadow.order(front);
        if order.is_kept_from(maker.account) {
            return Due::Own(front);
        }
        Due::Maker(front, maker.shown().min(order.open))
    }

    fn due_by_share(&mut self, slot: Slot) -> Due {
        if let Some((maker, quantity)) = self.plan.shares.get(self.plan.next) {
            return Due::Maker(*maker, *quantity);
        }
        self.plan.clear();
        let order = self.shadow.order(slot);
        let Some(level) = self.shadow.best(order.side.opposite()) else { return Due::Nothing };
        let is_own = |maker: &Slot| order.is_kept_from(self.shadow.order(*maker).account);
        if let Some(own) = self.shadow.queue(level.displayed).find(is_own) {
            return Due::Own(own);
        }
        if level.displayed.front.is_some() {
            return self.share(slot);
        }
        let Some(hidden) = level.hidden.front else { return Due::Nothing };
        if is_own(&hidden) {
            return Due::Own(hidden);
        }
        Due::Maker(hidden, self.shadow.order(hidden).open.min(order.open))
    }

    /// Shares what the order wants among the displayed orders of the best level. What is left over
    /// goes to the oldest, which is the first to arrive (rule U8), wherever in the queue it is.
    fn share(&mut self, slot: Slot) -> Due {
        let (shadow, plan) = (&*self.shadow, &mut *self.plan);
        let order = shadow.order(slot);
        let Some(level) = shadow.best(order.side.opposite()) else { return Due::Nothing };
        let shown = |maker| u128::from(shadow.order(maker).shown().0);
        let total: u128 = shadow.queue(level.displayed).map(shown).sum();
        let wanted = u128::from(order.open.0);
        let mut left = wanted.min(total);
        for maker in shadow.queue(level.displayed) {
            let whole = shown(maker);
            let share = if wanted >= total { whole } else { wanted * whole / total };
            left -= share;
            plan.oldest.push((shadow.order(maker).arrival, plan.shares.len()));
            plan.shares.push((maker, lots(share)));
        }
        plan.oldest.sort_unstable();
        for (_, position) in &plan.oldest {
            let (maker, share) = &mut plan.shares[*position];
            let more = left.min(shown(*maker) - u128::from(share.0));
            left -= more;
            share.0 += lots(more).0;
        }
        plan.shares.retain(|(_, share)| !share.is_zero());
        plan.shares.first().map_or(Due::Nothing, |(maker, share)| Due::Maker(*maker, *share))
    }

    #[inline]
    fn fill(&mut self, slot: Slot, fill: &Fill, due: Due, believes: bool) {
        self.number(fill);
        let maker = match due {
            Due::Maker(maker, _) if self.shadow.order(maker).id == fill.maker => Some(maker),
            _ => self.shadow.find(fill.maker),
        };
        let Some(maker) = maker.filter(|maker| *maker != slot) else {
            self.not_live(fill.maker);
            self.count(slot, Outcome::FillAsTaker);
            self.shadow.take(slot, fill.quantity, fill.taker_open);
            return;
        };
        if !believes && !self.is_right(slot, maker, fill, due) {
            self.judge_fill(slot, maker, fill, due);
            self.plan.clear();
        } else {
            self.plan.next += 1;
        }
        self.shadow.set_last_trade(fill.price);
        self.count(maker, Outcome::FillAsMaker);
        self.count(slot, Outcome::FillAsTaker);
        self.shadow.trade(maker, fill.quantity, fill.maker_open);
        self.shadow.take(slot, fill.quantity, fill.taker_open);
    }

    /// Whether a fill is all that it is to be.
    #[inline]
    fn is_right(&self, slot: Slot, maker: Slot, fill: &Fill, due: Due) -> bool {
        let (resting, incoming) = (self.shadow.order(maker), self.shadow.order(slot));
        due == Due::Maker(maker, fill.quantity)
            && fill.price == resting.price
            && resting.open.0.checked_sub(fill.quantity.0) == Some(fill.maker_open.0)
            && incoming.open.0.checked_sub(fill.quantity.0) == Some(fill.taker_open.0)
    }

    /// Names what is wrong with a fill.
    #[cold]
    fn judge_fill(&mut self, slot: Slot, maker: Slot, fill: &Fill, due: Due) {
        let (resting, incoming) = (self.shadow.order(maker), self.shadow.order(slot));
        let (id, price) = (resting.id, resting.price);
        if resting.whereabouts == Whereabouts::Unknown {
            return;
        }
        if !resting.rests() || resting.side == incoming.side {
            self.breach(AuditRule::Counterparty, Some(id), || {
                format!("order {id} does not rest on the other side")
            });
        } else if fill.price != price {
            let at = fill.price;
            self.breach(AuditRule::MakerPrice, Some(id), || {
                format!("a fill at {at} where the maker is at {price}")
            });
        } else if !incoming.takes(price) {
            let (taker, limit) = (incoming.id, incoming.price);
            self.breach(AuditRule::OwnLimit, Some(taker), || {
                format!("a fill at {price} beyond the limit {limit}")
            });
        } else if let Due::Maker(next, quantity) = due {
            if next == maker {
                self.judge_quantity(slot, maker, fill, quantity);
            } else {
                self.judge_priority(maker, next);
            }
        } else {
            self.breach(AuditRule::Counterparty, Some(id), || {
                "a fill where the incoming order has nothing to trade".to_owned()
            });
        }
    }

    fn judge_priority(&mut self, maker: Slot, next: Slot) {
        let (taken, due) = (self.shadow.order(maker), self.shadow.order(next));
        let (id, due_id) = (taken.id, due.id);
        let detail = || format!("order {id} trades where order {due_id} is next");
        if taken.level != due.level {
            self.breach(AuditRule::PricePriority, Some(id), detail);
        } else if self.plan.shares.is_empty() {
            self.breach(AuditRule::TimePriority, Some(id), detail);
            self.shadow.move_to_front(maker);
        } else {
            self.breach(AuditRule::ProRata, Some(id), detail);
        }
    }

    fn judge_quantity(&mut self, slot: Slot, maker: Slot, fill: &Fill, due: Quantity) {
        let (resting, incoming) = (self.shadow.order(maker), self.shadow.order(slot));
        let (id, before, wanted) = (resting.id, resting.open, incoming.open);
        let quantity = fill.quantity;
        if quantity != due {
            let is_shared = !self.plan.shares.is_empty();
            let rule = if is_shared { AuditRule::ProRata } else { AuditRule::FillQuantity };
            self.breach(rule, Some(id), || format!("a fill of {quantity} where {due} is due"));
            return;
        }
        let (maker_open, taker_open) = (fill.maker_open, fill.taker_open);
        self.breach(AuditRule::OpenQuantity, Some(id), || {
            format!(
                "a fill of {quantity} leaves {maker_open} of {before} and {taker_open} of {wanted}"
            )
        });
    }

    /// Reads what becomes of an incoming order that meets one of its own; `false` when that is not
    /// what is to become of it.
    fn prevent(&mut self, slot: Slot, maker: Slot) -> bool {
        let (incoming, own) = (self.shadow.order(slot), self.shadow.order(maker));
        let smaller = incoming.open.min(own.open);
        match incoming.self_trade {
            SelfTrade::None => false,
            SelfTrade::CancelNewest => self.loses(slot, incoming.open),
            SelfTrade::CancelOldest => self.loses(maker, own.open),
            SelfTrade::CancelBoth => {
                let whole = incoming.open;
                self.loses(maker, own.open) && self.loses(slot, whole)
            }
            SelfTrade::Decrement => self.loses(maker, smaller) && self.loses(slot, smaller),
        }
    }

    /// An order must lose so much to self-trade prevention.
    fn loses(&mut self, slot: Slot, lost: Quantity) -> bool {
        let order = self.shadow.order(slot);
        let id = order.id;
        let left = Quantity(order.open.0.saturating_sub(lost.0));
        let reason = CancelReason::SelfTrade;
        let expected = if left.is_zero() {
            Event::Canceled { order: id, quantity: lost, reason }
        } else {
            Event::Reduced { order: id, quantity: lost, open: left }
        };
        if self.peek() != Some(expected) {
            self.breach(AuditRule::SelfTrade, Some(id), || {
                format!("it meets its own order and does not lose {lost} to self-trade prevention")
            });
            return false;
        }
        self.at += 1;
        if left.is_zero() {
            self.end(slot, lost, reason);
        } else {
            self.count(slot, Outcome::Reduced);
            self.shadow.set_open(slot, left);
        }
        true
    }
}
