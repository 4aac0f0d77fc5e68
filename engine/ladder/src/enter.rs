//! New orders and replacements: what comes in from outside and may trade.

use shadowbook_model::{
    Arrival, CancelReason, CommandKind, Event, EventBuffer, NewOrder, OrderType, Phase, Price,
    Quantity, RejectReason, Replace, Side, TimeInForce, TimeNs,
};

use crate::book::{Book, at};
use crate::ladder::Rank;
use crate::order::{Details, Incoming, Order};
use crate::rules;

/// What a replacement makes of an order (rules C2, C3).
struct Replaced {
    price: Price,
    open: Quantity,
    keeps_place: bool,
}

/// Whether a new order is one that the common path does not know.
#[inline]
fn is_unusual(new: &NewOrder) -> bool {
    new.order_type.has_trigger() || new.display_quantity().is_some() || new.min_quantity().is_some()
}

impl Book {
    /// Carries out a `new` command.
    #[inline]
    pub(crate) fn enter(&mut self, new: &NewOrder, now: TimeNs, events: &mut EventBuffer) {
        if let Some(reason) = self.judge_new(new, now) {
            let command = CommandKind::New;
            return events.push(Event::Rejected { command, order: new.order, reason });
        }
        events.push(Event::Accepted { order: new.order });
        let arrival = self.next_arrival();
        let limit = self.limit_of(new.side, new.price);
        let is_crossing = self.sides[at(new.side.opposite())].is_crossed_by(limit);
        match new.price {
            Some(price)
                if !is_crossing && !new.time_in_force.is_immediate() && !is_unusual(new) =>
            {
                let rank = self.sides[at(new.side)].rank(price);
                self.rest(rank, &Incoming::of(new, arrival));
            }
            _ => self.enter_taker(new, Incoming::of(new, arrival), limit, events),
        }
    }

    /// Carries on with an order that trades on arrival or never rests.
    #[inline(never)]
    fn enter_taker(
        &mut self,
        new: &NewOrder,
        mut taker: Incoming,
        limit: Rank,
        events: &mut EventBuffer,
    ) {
        if is_unusual(new) || self.phase == Phase::Auction {
            return self.enter_unusual(new, taker, events);
        }
        let order = new.order;
        if new.time_in_force == TimeInForce::Fok && !self.can_trade(&taker, limit, new.quantity) {
            let reason = CancelReason::Fok;
            return events.push(Event::Canceled { order, quantity: new.quantity, reason });
        }
        self.sweep(&mut taker, limit, events);
        if !taker.order.is_live() {
            return;
        }
        let reason = match (new.price, new.time_in_force) {
            (Some(price), time_in_force) if !time_in_force.is_immediate() => {
                let rank = self.sides[at(new.side)].rank(price);
                return self.rest(rank, &taker);
            }
            (_, TimeInForce::Fok) => panic!("a fok order that can be filled is filled"),
            (Some(_), _) => CancelReason::Ioc,
            (None, _) => CancelReason::NoLiquidity,
        };
        events.push(Event::Canceled { order, quantity: taker.order.open, reason });
    }

    /// The first reason that holds against a new order, in the order of rule U7.
    #[inline]
    fn judge_new(&self, new: &NewOrder, now: TimeNs) -> Option<RejectReason> {
        if let Some(reason) = rules::judge_new(new, now, self.bounds) {
            return Some(reason);
        }
        if self.ids.is_live(new.order, &self.orders) {
            return Some(RejectReason::DuplicateOrder);
        }
        let NewOrder { order_type, time_in_force, post_only, .. } = *new;
        if !rules::takes_arrival(self.phase, order_type, time_in_force, post_only) {
            return Some(RejectReason::Phase);
        }
        if post_only && self.would_take(new) {
            return Some(RejectReason::PostOnlyWouldTake);
        }
        let lacks_minimum = new.min_quantity().is_some_and(|min| self.lacks_minimum(new, min));
        lacks_minimum.then_some(RejectReason::MinQuantity)
    }

    /// Whether a post-only order would trade on arrival (rule A2).
    fn would_take(&self, new: &NewOrder) -> bool {
        let trades_on_arrival = !new.order_type.has_trigger() && self.phase != Phase::Auction;
        trades_on_arrival
            && new.price.is_some_and(|price| {
                let opposite = &self.sides[at(new.side.opposite())];
                opposite.is_crossed_by(opposite.rank(price))
            })
    }

    /// Whether an order is rejected because its minimum cannot trade (rule O5). One that is
    /// immediate or waits for its trigger is taken and cancelled in time.
    #[cold]
    fn lacks_minimum(&self, new: &NewOrder, min: Quantity) -> bool {
        if new.time_in_force.is_immediate() || new.order_type.has_trigger() {
            return false;
        }
        let limit = self.limit_of(new.side, new.price);
        let taker = Incoming::of(new, self.arrivals);
        self.phase == Phase::Auction || !self.can_trade(&taker, limit, min)
    }

    #[inline]
    pub(crate) fn next_arrival(&mut self) -> Arrival {
        self.arrivals.0 += 1;
        self.arrivals
    }

    /// The worst rank of the other side that an order trades with.
    #[inline]
    pub(crate) fn limit_of(&self, side: Side, price: Option<Price>) -> Rank {
        let opposite = &self.sides[at(side.opposite())];
        price.map_or(Rank::WORST, |price| opposite.rank(price))
    }

    /// Carries out a `replace` command.
    pub(crate) fn replace(&mut self, command: &Replace, events: &mut EventBuffer) {
        match self.try_replace(command, events) {
            Ok(()) => {}
            Err(reason) => events.push(Event::Rejected {
                command: CommandKind::Replace,
                order: command.order,
                reason,
            }),
        }
    }

    /// Rules C2 to C7, in the order of rule U7.
    fn try_replace(
        &mut self,
        command: &Replace,
        events: &mut EventBuffer,
    ) -> Result<(), RejectReason> {
        let slot = self.find(command.order).ok_or(RejectReason::UnknownOrder)?;
        // Copied, so that nothing has changed when the command is refused half-way.
        let Incoming { order, details } = self.orders.get(slot);
        if order.traits.is_unusual()
            || command.display_quantity.is_some()
            || command.trigger_price.is_some()
        {
            return self.amend(slot, command, events);
        }
        if command.price.is_some_and(|price| self.bounds.exclude(price)) {
            return Err(RejectReason::InvalidPrice);
        }
        let new_id = command.new_order.filter(|id| *id != order.id);
        if new_id.is_some_and(|id| self.ids.is_live(id, &self.orders)) {
            return Err(RejectReason::DuplicateOrder);
        }
        if !rules::takes_replacements(self.phase) {
            return Err(RejectReason::Phase);
        }
        let Some(replaced) = self.replacement_of(&order, details.executed, command) else {
            self.cancel_live(slot, CancelReason::ReplacedBelowExecuted, events);
            return Ok(());
        };
        let limit = self.limit_of(order.side, Some(replaced.price));
        if !replaced.keeps_place {
            let is_post_only = order.traits.is_post_only();
            // A triggered order is an ordinary limit order (rule T5).
            let order_type = OrderType::Limit;
            if !rules::takes_arrival(self.phase, order_type, order.time_in_force, is_post_only) {
                return Err(RejectReason::Phase);
            }
            let is_crossing = self.sides[at(order.side.opposite())].is_crossed_by(limit);
            if is_post_only && is_crossing && self.phase != Phase::Auction {
                return Err(RejectReason::PostOnlyWouldTake);
            }
        }
        events.push(Event::Replaced {
            order: order.id,
            new_order: new_id,
            price: Some(replaced.price),
            open: replaced.open,
        });
        let id = new_id.unwrap_or(order.id);
        if replaced.keeps_place {
            self.orders[slot].open = replaced.open;
            if new_id.is_some() {
                self.ids.remove(order.id, slot);
                self.orders[slot].id = id;
                self.ids.insert(id, slot, &self.orders);
            }
            return Ok(());
        }
        self.ids.remove(order.id, slot);
        self.take(slot);
        let arrival = self.next_arrival();
        let mut taker = Incoming {
            order: Order { id, open: replaced.open, ..order },
            details: Details { arrival, ..details },
        };
        if self.phase != Phase::Auction {
            self.sweep(&mut taker, limit, events);
        }
        if taker.order.is_live() {
            self.rest(self.sides[at(order.side)].rank(replaced.price), &taker);
        }
        Ok(())
    }

    /// What a replacement makes of an order, or nothing when it ends it (rule C2).
    fn replacement_of(
        &self,
        order: &Order,
        executed: Quantity,
        command: &Replace,
    ) -> Option<Replaced> {
        let open = match command.quantity {
            Some(total) => Quantity(total.0.checked_sub(executed.0)?),
            None => order.open,
        };
        if open.is_zero() {
            return None;
        }
        let current = self.price_of(order);
        let price = command.price.unwrap_or(current);
        Some(Replaced { price, open, keeps_place: price == current && open <= order.open })
    }
}
