//! What cancels many orders at once, and phases with their uncross.

use shadowbook_model::{CancelReason, Event, Fill, MassCancel, Phase, Price, Side, TimeInForce};

use super::admission::may_cross;
use super::clearing::clearing;
use super::judge::Judge;
use super::order::Whereabouts;
use super::rule::AuditRule;
use super::slab::Slot;
use crate::coverage::Outcome;

impl Judge<'_> {
    pub(super) fn mass_cancel(&mut self, mass_cancel: &MassCancel) {
        let MassCancel { account, side } = *mass_cancel;
        let expected = self.shadow.by_arrival(|order| {
            order.account == account && side.is_none_or(|side| order.side == side)
        });
        self.cancels(&expected, CancelReason::MassCancel, AuditRule::MassCancel);
    }

    /// Exactly these orders must be cancelled, in this order.
    fn cancels(&mut self, expected: &[Slot], reason: CancelReason, rule: AuditRule) {
        let mut due = expected.iter().copied();
        while let Some(Event::Canceled { order, quantity, reason: given }) = self.peek()
            && given == reason
        {
            self.at += 1;
            let Some(slot) = self.shadow.find(order) else {
                self.not_live(order);
                continue;
            };
            let is_seen = self.shadow.order(slot).whereabouts != Whereabouts::Unknown;
            if is_seen && due.next() != Some(slot) {
                self.breach(rule, Some(order), || {
                    format!("order {order} is canceled out of order, or is not meant at all")
                });
            }
            self.end(slot, quantity, reason);
        }
        for slot in expected {
            if self.shadow.order(*slot).whereabouts != Whereabouts::Gone {
                let id = self.shadow.order(*slot).id;
                self.breach(rule, Some(id), || format!("order {id} is not canceled as {reason}"));
                self.shadow.lose_sight(*slot);
            }
        }
    }

    pub(super) fn phase(&mut self, phase: Phase) {
        match self.peek() {
            Some(Event::Phase { phase: given }) => {
                self.at += 1;
                if given != phase {
                    self.breach(AuditRule::Answer, None, || {
                        format!("the phase is said to be {given} where {phase} was asked for")
                    });
                }
            }
            _ => self.breach(AuditRule::Answer, None, || {
                "the phase command was not answered".to_owned()
            }),
        }
        self.shadow.enter_phase(phase);
        if may_cross(phase) {
            return;
        }
        self.uncross();
        self.end_market_orders();
        if phase == Phase::Closed {
            self.is_quiet = false;
            let is_day = |order: &super::order::Order| order.time_in_force == TimeInForce::Day;
            let expected = self.shadow.by_arrival(is_day);
            self.cancels(&expected, CancelReason::EndOfDay, AuditRule::EndOfDay);
        }
        self.is_quiet = false;
    }

    fn uncross(&mut self) {
        let expected = clearing(self.shadow);
        let Some(Event::Auction { price, quantity }) = self.peek() else {
            if let Some((price, volume)) = expected {
                self.breach(AuditRule::AuctionVolume, None, || {
                    format!("no auction where {volume} can trade at {price}")
                });
            }
            return;
        };
        self.at += 1;
        match expected {
            None => self.breach(AuditRule::AuctionVolume, None, || {
                "an auction where nothing can trade".to_owned()
            }),
            Some((right, _)) if right != price => {
                self.breach(AuditRule::AuctionPrice, None, || {
                    format!("an auction at {price} where {right} is the price")
                })
            }
            Some((_, right)) if right != quantity.0 => {
                self.breach(AuditRule::AuctionVolume, None, || {
                    format!("an auction of {quantity} where {right} can trade")
                });
            }
            Some(_) => {}
        }
        let mut traded = 0_u128;
        while let Some(Event::Fill(fill)) = self.peek() {
            self.at += 1;
            traded += u128::from(fill.quantity.0);
            self.number(&fill);
            self.auction_fill(&fill, price);
        }
        if traded != quantity.0 {
            self.breach(AuditRule::AuctionVolume, None, || {
                format!("{traded} traded where {quantity} was announced")
            });
        }
    }

    /// The order of a side that is next in an uncross at a price.
    fn front(&self, side: Side, price: Price) -> Option<Slot> {
        self.shadow.side(side).markets.front.or_else(|| {
            let level = self.shadow.best(side)?;
            let front = level.displayed.front.or(level.hidden.front)?;
            self.shadow.order(front).takes(price).then_some(front)
        })
    }

    fn auction_fill(&mut self, fill: &Fill, price: Price) {
        let (maker, taker) = (self.shadow.find(fill.maker), self.shadow.find(fill.taker));
        for (slot, id) in [(maker, fill.maker), (taker, fill.taker)] {
            if slot.is_none() {
                self.not_live(id);
            }
        }
        if fill.price != price {
            let at = fill.price;
            self.breach(AuditRule::AuctionPrice, Some(fill.maker), || {
                format!("a fill at {at} in an auction at {price}")
            });
        }
        if let (Some(maker), Some(taker)) = (maker, taker) {
            self.judge_auction_fill(fill, (maker, taker), price);
        }
        self.shadow.set_last_trade(fill.price);
        let sides = [
            (maker, fill.maker_open, Outcome::FillAsMaker),
            (taker.filter(|_| taker != maker), fill.taker_open, Outcome::FillAsTaker),
        ];
        for (slot, open, outcome) in sides {
            let Some(slot) = slot else { continue };
            self.count(slot, outcome);
            self.shadow.trade_in_auction(slot, fill.quantity, open);
        }
    }

    fn judge_auction_fill(&mut self, fill: &Fill, (maker, taker): (Slot, Slot), price: Price) {
        let fronts = (self.front(Side::Buy, price), self.front(Side::Sell, price));
        let (first, second) = (self.shadow.order(maker), self.shadow.order(taker));
        let pair = if first.side == Side::Buy { (maker, taker) } else { (taker, maker) };
        let (quantity, left) = (fill.quantity, (first.open, second.open));
        let id = Some(fill.maker);
        if fronts != (Some(pair.0), Some(pair.1)) {
            self.breach(AuditRule::AuctionFill, id, || {
                "the fronts of both queues do not trade with one another".to_owned()
            });
        } else if first.arrival > second.arrival {
            self.breach(AuditRule::AuctionFill, id, || {
                "the maker arrived later than the taker".to_owned()
            });
        } else if quantity != left.0.min(left.1) {
            let due = left.0.min(left.1);
            self.breach(AuditRule::AuctionFill, id, || {
                format!("a fill of {quantity} where {due} is due")
            });
        } else if (fill.maker_open.0, fill.taker_open.0)
            != (left.0.0 - quantity.0, left.1.0 - quantity.0)
        {
            let (maker_open, taker_open) = (fill.maker_open, fill.taker_open);
            self.breach(AuditRule::OpenQuantity, id, || {
                format!("a fill of {quantity} leaves {maker_open} and {taker_open}")
            });
        }
    }

    /// Market orders that are left are cancelled, both sides together by arrival (rules P4, A12).
    fn end_market_orders(&mut self) {
        while let Some(Event::Canceled { order, quantity, reason: CancelReason::NoLiquidity }) =
            self.peek()
            && let Some(slot) = self.shadow.find(order)
        {
            self.at += 1;
            let fronts = [Side::Buy, Side::Sell].map(|side| self.shadow.side(side).markets.front);
            let next = fronts.into_iter().flatten();
            let next = next.min_by_key(|front| self.shadow.order(*front).arrival);
            if next != Some(slot) && self.shadow.order(slot).whereabouts != Whereabouts::Unknown {
                self.breach(AuditRule::AuctionMarketOrder, Some(order), || {
                    format!("order {order} is no market order that is next to be canceled")
                });
            }
            self.end(slot, quantity, CancelReason::NoLiquidity);
        }
        for side in [Side::Buy, Side::Sell] {
            while let Some(slot) = self.shadow.side(side).markets.front {
                let id = self.shadow.order(slot).id;
                self.breach(AuditRule::AuctionMarketOrder, Some(id), || {
                    format!("market order {id} is left after the uncross")
                });
                self.shadow.lose_sight(slot);
            }
        }
    }
}
