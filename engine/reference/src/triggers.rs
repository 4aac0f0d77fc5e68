//! Which orders that wait are triggered, and when (T1–T5).

use shadowbook_model::{CancelReason, Event, EventBuffer, Side, TriggerState};

use crate::market::Market;
use crate::matching::cancel_incoming;
use crate::order::{Incoming, Waiting};
use crate::policy::{LookedAt, Policy, Prices};

impl<P: Policy> Market<P> {
    /// Rules T2, T3: after each command, one elected order after the other acts, and the prices
    /// are looked at afresh after each.
    pub(crate) fn trigger_what_is_elected(&mut self, events: &mut EventBuffer) {
        if self.untriggered.is_empty() || !self.policy.looks_at_triggers(self.phase) {
            return;
        }
        let mut prices = self.prices_to_look_at();
        let mut ghosts = Vec::new();
        while self.untriggered.is_worth_a_look(prices) {
            let Some(waiting) = self.elect(prices) else {
                self.untriggered.has_nothing_at(prices);
                break;
            };
            if !self.policy.leaves_when_triggered() {
                ghosts.push(waiting);
            }
            self.trigger(waiting.incoming, events);
            if self.policy.looks_afresh() {
                prices = self.prices_to_look_at();
            }
        }
        for ghost in ghosts {
            if !self.is_live(ghost.incoming.order.id) {
                self.untriggered.add(ghost);
            }
        }
    }

    fn prices_to_look_at(&self) -> LookedAt {
        let prices = Prices {
            last_trade: self.last_trade,
            bid: self.book.best(Side::Buy),
            ask: self.book.best(Side::Sell),
        };
        LookedAt {
            buy: self.policy.looked_at(prices, Side::Buy),
            sell: self.policy.looked_at(prices, Side::Sell),
        }
    }

    /// One look: trailing triggers move, then all are compared (rule A4). Takes out the elected
    /// order that arrived first (rule T3).
    fn elect(&mut self, prices: LookedAt) -> Option<Waiting> {
        let mut elected = None;
        for Waiting { incoming, trigger } in self.untriggered.iter_mut() {
            let order = &incoming.order;
            let price = match order.side {
                Side::Buy => prices.buy,
                Side::Sell => prices.sell,
            };
            let Some(price) = price else { continue };
            let at = match trigger {
                TriggerState::Fixed(at) => *at,
                TriggerState::Trailing { offset, price: at } => {
                    *at.insert(self.policy.trail(order.side, *at, price, *offset))
                }
            };
            let is_elected = self.policy.is_elected(order.order_type, order.side, at, price);
            // All triggers move before the first elected order acts.
            if elected.is_none() && is_elected {
                elected = Some(order.id);
            }
        }
        self.untriggered.take(elected?)
    }

    /// Rule T5: the order comes in as an ordinary one that arrives now.
    fn trigger(&mut self, mut incoming: Incoming, events: &mut EventBuffer) {
        incoming.order.arrival = self.arrive();
        let order = &incoming.order;
        events.push(Event::Triggered { order: order.id });
        // Rule O3.
        if order.post_only
            && self.would_trade(order.side, incoming.limit)
            && self.policy.triggered_post_only_is_canceled()
        {
            let reason = CancelReason::PostOnlyWouldTake;
            cancel_incoming(&mut incoming.order, reason, events);
            return;
        }
        self.take(incoming, events);
    }
}
