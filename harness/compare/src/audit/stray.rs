//! Events that nothing asked for: named, then believed as far as the shadow knows their orders.

use shadowbook_model::{Event, Fill};

use super::admission::{looks, trades};
use super::judge::Judge;
use super::order::Whereabouts;
use super::rule::AuditRule;
use crate::coverage::Outcome;

impl Judge<'_> {
    /// Takes the next event, which has no place where it stands.
    #[cold]
    pub(super) fn stray(&mut self) {
        let Some(event) = self.peek() else { return };
        self.at += 1;
        self.is_quiet = self.has_breached;
        let phase = self.shadow.phase;
        let order = named(&event);
        if let Some(order) = order
            && self.shadow.find(order).is_none()
            && !matches!(event, Event::Rejected { .. } | Event::Accepted { .. })
        {
            self.not_live(order);
        } else if matches!(event, Event::Fill(_)) && !trades(phase) {
            self.breach(AuditRule::PhaseTrading, order, || format!("a fill while {phase}"));
        } else if matches!(event, Event::Triggered { .. }) && !looks(phase) {
            self.breach(AuditRule::PhaseTrading, order, || {
                format!("an order was triggered while {phase}")
            });
        } else {
            self.breach(AuditRule::StrayReport, order, || {
                "an event that the command cannot have caused, or one told again".to_owned()
            });
        }
        self.believe(&event);
    }

    /// Follows an event without asking whether it is right.
    pub(super) fn believe(&mut self, event: &Event) {
        match *event {
            Event::Fill(fill) => self.believe_fill(&fill),
            Event::Canceled { order, reason, .. } => {
                if let Some(slot) = self.shadow.find(order) {
                    self.count(slot, Outcome::Canceled(reason));
                    self.shadow.remove(slot);
                }
            }
            Event::Reduced { order, open, .. } => {
                if let Some(slot) = self.shadow.find(order) {
                    self.count(slot, Outcome::Reduced);
                    self.shadow.set_open(slot, open);
                    if open.is_zero() {
                        self.shadow.remove(slot);
                    }
                }
            }
            Event::Phase { phase } => self.shadow.enter_phase(phase),
            // Only a command brings an order in, and nothing is known of what these did.
            Event::Accepted { .. }
            | Event::Rejected { .. }
            | Event::Replaced { .. }
            | Event::Triggered { .. }
            | Event::Auction { .. } => {}
        }
    }

    pub(super) fn believe_fill(&mut self, fill: &Fill) {
        self.number(fill);
        if self.shadow.find(fill.maker).is_some() || self.shadow.find(fill.taker).is_some() {
            self.shadow.set_last_trade(fill.price);
        }
        let sides = [
            (fill.maker, fill.maker_open, Outcome::FillAsMaker),
            (fill.taker, fill.taker_open, Outcome::FillAsTaker),
        ];
        for (order, open, outcome) in sides {
            let Some(slot) = self.shadow.find(order) else { continue };
            self.count(slot, outcome);
            if self.shadow.order(slot).whereabouts == Whereabouts::Incoming {
                self.shadow.take(slot, fill.quantity, open);
            } else {
                self.shadow.trade(slot, fill.quantity, open);
            }
        }
    }

    /// Trade numbers are used once.
    #[inline]
    pub(super) fn number(&mut self, fill: &Fill) {
        if !self.shadow.numbers.observe(fill.trade.0) {
            let number = fill.trade;
            self.breach(AuditRule::TradeNumber, Some(fill.taker), || {
                format!("trade number {number} was used before")
            });
        }
    }
}

/// The order that an event is about.
const fn named(event: &Event) -> Option<shadowbook_model::OrderId> {
    match event {
        Event::Fill(fill) => Some(fill.maker),
        Event::Accepted { order }
        | Event::Rejected { order, .. }
        | Event::Replaced { order, .. }
        | Event::Reduced { order, .. }
        | Event::Canceled { order, .. }
        | Event::Triggered { order } => Some(*order),
        Event::Auction { .. } | Event::Phase { .. } => None,
    }
}
