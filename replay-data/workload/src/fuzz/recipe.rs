//! A short list of commands that brings about one situation.
//!
//! Every recipe first clears the instrument and makes a trade at its base price, so that what
//! follows does not depend on what was before. The order that it is about buys up to, or sells
//! down to, four ticks from there; a trigger waits three ticks away.

use std::collections::VecDeque;

use shadowbook_model::{
    AccountId, Action, CancelReason, MassCancel, NewOrder, OrderId, OrderType, Phase, Price,
    PriceOffset, Quantity, RejectReason, Replace, SelfTrade, Side, TimeInForce, TimeNs,
};

use super::desk::{Desk, PLACES};
use super::malformed::{malform_for, price_out_of_bounds};
use super::venue::{HELPER, SUBJECT, SUBJECT_QUANTITY};
use super::wish::{Outcome, Wish};
use crate::random::Random;

/// How far the limit of the subject, and its trigger, lie from the base price.
const LIMIT_AWAY: i64 = 4;
const TRIGGER_AWAY: i64 = 3;
/// How long a `gtd` order lives that is to expire, and one that is not.
const SHORT_LIFE_NS: u64 = 400;
const LONG_LIFE_NS: u64 = 1_000_000;

/// One command of a recipe.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// As it stands.
    Do(Action),
    /// An order that ends so many nanoseconds after it is entered.
    EnterFor(NewOrder, u64),
    /// `time` commands until what was entered last with a life has ended.
    Elapse,
}

/// The recipe for a wish on this instrument; `None` where the rules forbid it, or where the
/// instrument is not made for it.
pub(super) fn recipe(
    wish: &Wish,
    desk: &Desk,
    accounts: u64,
    now: TimeNs,
    steps: &mut VecDeque<Step>,
    random: &mut Random,
) -> Option<()> {
    steps.clear();
    let side = if random.flip() { Side::Buy } else { Side::Sell };
    let first_place = random.index(PLACES);
    let mut script = Script { wish: *wish, desk, side, first_place, now, steps, random };
    script.begin(accounts);
    let made = script.write();
    if made.is_none() {
        steps.clear();
    }
    made
}

struct Script<'a> {
    wish: Wish,
    desk: &'a Desk,
    side: Side,
    first_place: usize,
    now: TimeNs,
    steps: &'a mut VecDeque<Step>,
    random: &'a mut Random,
}

impl Script<'_> {
    fn write(&mut self) -> Option<()> {
        match self.wish.outcome {
            Outcome::Accepted => self.accepted(),
            Outcome::Rejected(reason) => self.rejected(reason),
            Outcome::Replaced => {
                if !self.is_replaceable() {
                    return None;
                }
                self.live(self.subject())?;
                let quantity = Some(Quantity(SUBJECT_QUANTITY.0 - 1));
                self.replace(Replace { quantity, ..Replace::of(self.id(0)) });
                Some(())
            }
            Outcome::ReplaceRejected(reason) => self.replace_rejected(reason),
            Outcome::Maker => self.maker(),
            Outcome::Taker => self.taker(),
            Outcome::Reduced => self.reduced(),
            Outcome::Canceled(reason) => self.canceled(reason),
            Outcome::Triggered if self.has_trigger() => self.arrive(self.subject(), None),
            Outcome::Triggered => None,
        }
    }

    fn begin(&mut self, accounts: u64) {
        for account in 0..accounts {
            self.act(MassCancel { account: AccountId(account), side: None });
        }
        self.act(Phase::Continuous);
        self.print(self.desk.venue.base);
    }

    // What orders are.

    fn id(&self, which: usize) -> OrderId {
        self.desk.venue.id((self.first_place + which) % PLACES)
    }

    fn has_trigger(&self) -> bool {
        self.wish.order_type.has_trigger()
    }

    fn is_market_type(&self) -> bool {
        self.wish.order_type.is_market_type()
    }

    fn is_immediate(&self) -> bool {
        self.wish.time_in_force.is_immediate()
    }

    /// Whether an order of this type and time ever rests in continuous trading.
    fn rests(&self) -> bool {
        !self.is_market_type() && !self.is_immediate()
    }

    /// Whether the phase of the wish takes such an order, post-only where it must be (rule P2).
    fn is_taken(&self) -> bool {
        match self.wish.phase {
            _ if self.is_market_that_stays() => false,
            Phase::Closed | Phase::Halted | Phase::CancelOnly => false,
            Phase::Auction => match self.wish.order_type {
                OrderType::Limit => !self.is_immediate(),
                OrderType::Market => self.wish.time_in_force == TimeInForce::Ioc,
                _ => true,
            },
            Phase::Continuous => true,
            Phase::PostOnly => self.rests(),
            Phase::LimitOnly => !self.is_market_type(),
        }
    }

    /// Whether replacements are taken at all (rule C7).
    fn is_replaceable(&self) -> bool {
        !matches!(self.wish.phase, Phase::Closed | Phase::Halted | Phase::CancelOnly)
    }

    /// So many ticks from the base price, upwards for a buyer.
    fn away(&self, ticks: i64) -> Price {
        let base = self.desk.venue.base;
        Price(if self.side == Side::Buy { base + ticks } else { base - ticks })
    }

    /// The last trade at which the subject is triggered.
    fn trigger(&self) -> Price {
        let takes_profit =
            matches!(self.wish.order_type, OrderType::TakeProfit | OrderType::TakeProfitLimit);
        self.away(if takes_profit { -TRIGGER_AWAY } else { TRIGGER_AWAY })
    }

    /// The order that the recipe is about; it is well formed but for a `market` that would stay.
    fn subject(&self) -> NewOrder {
        let order_type = self.wish.order_type;
        let order = NewOrder {
            account: SUBJECT,
            price: (!order_type.is_market_type()).then(|| self.away(LIMIT_AWAY)),
            order_type,
            time_in_force: self.wish.time_in_force,
            ..NewOrder::market(self.id(0), self.side, SUBJECT_QUANTITY)
        };
        if order_type.is_trailing() {
            return order.with_trail_offset(PriceOffset(TRIGGER_AWAY));
        }
        order.with_trigger_price(self.has_trigger().then(|| self.trigger()))
    }

    /// An opposite order at the subject's limit.
    fn opposite(&self, quantity: u64) -> NewOrder {
        let side = self.side.opposite();
        let limit = NewOrder::limit(self.id(1), side, self.away(LIMIT_AWAY), Quantity(quantity));
        NewOrder { account: HELPER, ..limit }
    }

    // What commands are.

    fn act(&mut self, action: impl Into<Action>) {
        self.steps.push_back(Step::Do(action.into()));
    }

    fn replace(&mut self, replace: Replace) {
        self.act(replace);
    }

    fn enter(&mut self, order: NewOrder) {
        if order.time_in_force != TimeInForce::Gtd {
            return self.act(order);
        }
        let expires = self.wish.outcome == Outcome::Canceled(CancelReason::Expired);
        let life = if expires { SHORT_LIFE_NS } else { LONG_LIFE_NS };
        self.steps.push_back(Step::EnterFor(order, life));
    }

    fn go(&mut self, phase: Phase) {
        if phase != Phase::Continuous || self.random.in_a_thousand(100) {
            self.act(phase);
        }
    }

    /// A trade at a price between two orders that are gone then.
    fn print(&mut self, price: i64) {
        for (which, side) in [(2, Side::Sell), (3, Side::Buy)] {
            let limit = NewOrder::limit(self.id(which), side, Price(price), Quantity(1));
            self.act(NewOrder { account: HELPER, ..limit });
        }
    }

    // What several recipes begin with.

    /// Lets the subject come to the book in the phase of the wish, on entry or by its trigger,
    /// where `counterpart` already waits.
    fn arrive(&mut self, subject: NewOrder, counterpart: Option<NewOrder>) -> Option<()> {
        let phase = self.wish.phase;
        if !matches!(phase, Phase::Continuous | Phase::LimitOnly) || self.is_market_that_stays() {
            return None;
        }
        if let Some(counterpart) = counterpart {
            self.enter(counterpart);
        }
        if self.has_trigger() {
            self.enter(subject);
            self.go(phase);
            self.print(self.trigger().0);
        } else if self.is_market_type() && phase == Phase::LimitOnly {
            return None;
        } else {
            self.go(phase);
            self.enter(subject);
        }
        Some(())
    }

    fn is_market_that_stays(&self) -> bool {
        self.wish.order_type == OrderType::Market && !self.is_immediate()
    }

    /// Lets the subject rest in the book in continuous trading.
    fn rest(&mut self, subject: NewOrder) -> Option<()> {
        if !self.rests() {
            return None;
        }
        self.enter(subject);
        if self.has_trigger() {
            self.print(self.trigger().0);
        }
        Some(())
    }

    /// Has the subject live in the phase of the wish, resting or waiting.
    fn live(&mut self, subject: NewOrder) -> Option<()> {
        let phase = self.wish.phase;
        let is_gone = phase == Phase::Closed && self.wish.time_in_force == TimeInForce::Day;
        if is_gone && self.wish.outcome != Outcome::Canceled(CancelReason::EndOfDay) {
            return None;
        }
        if self.wish.order_type == OrderType::Market {
            let collects = matches!(phase, Phase::Auction | Phase::Halted);
            if !collects || self.wish.time_in_force != TimeInForce::Ioc {
                return None;
            }
            self.go(Phase::Auction);
            self.enter(subject);
            if phase == Phase::Halted {
                self.go(phase);
            }
            return Some(());
        }
        if self.has_trigger() && (!self.rests() || self.random.flip()) {
            self.enter(subject);
        } else {
            self.rest(subject)?;
        }
        self.go(phase);
        Some(())
    }

    /// The phase that uncrosses an auction so that something happens in the phase of the wish.
    fn uncrossing_phase(&self) -> Option<Phase> {
        match self.wish.phase {
            Phase::Halted => None,
            Phase::Auction => Some(Phase::Continuous),
            phase => Some(phase),
        }
    }

    // The recipes.

    fn accepted(&mut self) -> Option<()> {
        if !self.is_taken() {
            return None;
        }
        let mut subject = self.subject();
        if self.wish.phase == Phase::PostOnly {
            subject.post_only = true;
        }
        self.go(self.wish.phase);
        self.enter(subject);
        Some(())
    }

    fn rejected(&mut self, reason: RejectReason) -> Option<()> {
        let mut subject = self.subject();
        if self.is_market_that_stays() && reason != RejectReason::InvalidOrder {
            return None;
        }
        match reason {
            RejectReason::DuplicateOrder => {
                let helper = NewOrder { order: subject.order, ..self.opposite(1) };
                self.enter(helper);
            }
            RejectReason::PostOnlyWouldTake => {
                let is_auction = self.wish.phase == Phase::Auction;
                if self.has_trigger() || !self.rests() || !self.is_taken() || is_auction {
                    return None;
                }
                subject.post_only = true;
                self.enter(self.opposite(1));
            }
            RejectReason::MinQuantity => {
                let is_post_only = self.wish.phase == Phase::PostOnly;
                if self.has_trigger() || !self.rests() || !self.is_taken() || is_post_only {
                    return None;
                }
                subject = subject.with_min_quantity(Quantity(2));
            }
            RejectReason::Phase if self.is_taken() && self.wish.phase != Phase::PostOnly => {
                return None;
            }
            RejectReason::Phase => {}
            _ => {
                let time = self.now.0.saturating_add(LONG_LIFE_NS);
                let is_gtd = self.wish.time_in_force == TimeInForce::Gtd;
                let whole = subject.with_expire_time(is_gtd.then_some(TimeNs(time)));
                let venue = self.desk.venue;
                let subject = malform_for(whole, reason, venue, self.now, self.random)?;
                self.go(self.wish.phase);
                self.act(subject);
                return Some(());
            }
        }
        self.go(self.wish.phase);
        self.enter(subject);
        Some(())
    }

    fn replace_rejected(&mut self, reason: RejectReason) -> Option<()> {
        let mut subject = self.subject();
        let mut replace = Replace::of(subject.order);
        match reason {
            RejectReason::InvalidOrder if self.is_market_type() => {
                replace.price = Some(self.away(0));
            }
            RejectReason::InvalidOrder if self.has_trigger() && self.random.flip() => {
                replace.display_quantity = Some(Quantity(SUBJECT_QUANTITY.0 + 1));
            }
            RejectReason::InvalidOrder => replace.trigger_price = Some(self.away(0)),
            RejectReason::InvalidPrice => {
                let price = price_out_of_bounds(self.desk.venue, self.random);
                if self.is_market_type() && subject.trigger_price().is_none() {
                    return None;
                }
                let moves_trigger = self.is_market_type();
                let field =
                    if moves_trigger { &mut replace.trigger_price } else { &mut replace.price };
                *field = Some(price?);
            }
            RejectReason::DuplicateOrder => {
                let away = self.away(LIMIT_AWAY + 1);
                self.enter(NewOrder { price: Some(away), ..self.opposite(1) });
                replace.new_order = Some(self.id(1));
            }
            RejectReason::Phase => {
                let is_taken = self.is_taken() && self.wish.phase != Phase::PostOnly;
                if is_taken || self.wish.phase == Phase::Auction {
                    return None;
                }
                replace.quantity = Some(Quantity(SUBJECT_QUANTITY.0 + 1));
            }
            RejectReason::PostOnlyWouldTake => {
                if !self.is_replaceable() || self.wish.phase == Phase::Auction {
                    return None;
                }
                subject.post_only = true;
                subject.price = subject.price.map(|_| self.away(0));
                self.rest(subject)?;
                self.enter(self.opposite(1));
                self.go(self.wish.phase);
                replace.price = Some(self.away(LIMIT_AWAY));
                self.replace(replace);
                return Some(());
            }
            _ => return None,
        }
        self.live(subject)?;
        self.replace(replace);
        Some(())
    }

    fn maker(&mut self) -> Option<()> {
        let is_market = self.wish.order_type == OrderType::Market;
        let trades = matches!(self.wish.phase, Phase::Continuous | Phase::LimitOnly);
        if trades && !is_market {
            self.rest(self.subject())?;
            self.go(self.wish.phase);
            self.enter(self.opposite(2));
            return Some(());
        }
        if is_market && self.wish.time_in_force == TimeInForce::Ioc {
            self.go(Phase::Auction);
            self.enter(self.subject());
        } else {
            self.rest(self.subject())?;
            self.go(Phase::Auction);
        }
        let phase = self.uncrossing_phase()?;
        self.enter(self.opposite(2));
        self.act(phase);
        Some(())
    }

    fn taker(&mut self) -> Option<()> {
        let trades = matches!(self.wish.phase, Phase::Continuous | Phase::LimitOnly);
        let collects =
            self.rests() || (self.wish.order_type == OrderType::Market && self.is_immediate());
        if trades && !(collects && self.random.flip()) {
            let quantity = self.random.between(4, 6).unsigned_abs();
            return self.arrive(self.subject(), Some(self.opposite(quantity)));
        }
        let phase = self.uncrossing_phase()?;
        if self.has_trigger() {
            // It arrives last by a replacement that loses its place.
            self.rest(self.subject())?;
            self.go(Phase::Auction);
            self.enter(self.opposite(2));
            let quantity = Some(Quantity(SUBJECT_QUANTITY.0 + 1));
            self.replace(Replace { quantity, ..Replace::of(self.id(0)) });
        } else if collects {
            self.go(Phase::Auction);
            self.enter(self.opposite(2));
            self.enter(self.subject());
        } else {
            return None;
        }
        self.act(phase);
        Some(())
    }

    /// Of an own order of one lot.
    fn reduced(&mut self) -> Option<()> {
        let own =
            NewOrder { account: SUBJECT, self_trade: SelfTrade::Decrement, ..self.opposite(1) };
        let subject = NewOrder { self_trade: SelfTrade::Decrement, ..self.subject() };
        self.meet(subject, own)
    }

    /// Lets the subject meet an own order, either of them being the one that comes in.
    fn meet(&mut self, subject: NewOrder, own: NewOrder) -> Option<()> {
        if self.wish.time_in_force == TimeInForce::Fok {
            return None;
        }
        if !self.rests() || self.random.flip() {
            return self.arrive(subject, Some(own));
        }
        if !matches!(self.wish.phase, Phase::Continuous | Phase::LimitOnly) {
            return None;
        }
        self.rest(subject)?;
        self.go(self.wish.phase);
        self.enter(own);
        Some(())
    }

    fn canceled(&mut self, reason: CancelReason) -> Option<()> {
        let time = self.wish.time_in_force;
        let subject = self.subject();
        let is_fok = time == TimeInForce::Fok;
        match reason {
            CancelReason::Requested => {
                self.live(subject)?;
                self.act(Action::Cancel(subject.order));
            }
            CancelReason::MassCancel => {
                self.live(subject)?;
                let side = self.random.flip().then_some(self.side);
                self.act(MassCancel { account: SUBJECT, side });
            }
            CancelReason::Expired if time == TimeInForce::Gtd => {
                self.live(subject)?;
                self.steps.push_back(Step::Elapse);
            }
            CancelReason::EndOfDay if time == TimeInForce::Day => {
                if self.wish.phase != Phase::Closed {
                    return None;
                }
                self.live(subject)?;
            }
            CancelReason::Ioc if time == TimeInForce::Ioc && !self.is_market_type() => {
                self.arrive(subject, None)?;
            }
            CancelReason::Fok if is_fok => self.arrive(subject, None)?,
            CancelReason::NoLiquidity if self.is_market_type() && !is_fok => {
                self.without_liquidity(subject)?;
            }
            CancelReason::SelfTrade => {
                let self_trade = SelfTrade::CancelBoth;
                let own = NewOrder { account: SUBJECT, self_trade, ..self.opposite(4) };
                self.meet(NewOrder { self_trade, ..subject }, own)?;
            }
            CancelReason::ReplacedBelowExecuted if self.is_replaceable() => {
                self.replaced_below_executed(subject)?
            }
            CancelReason::PostOnlyWouldTake if self.has_trigger() && self.rests() => {
                let subject = NewOrder { post_only: true, ..subject };
                self.arrive(subject, Some(self.opposite(1)))?;
            }
            CancelReason::MinQuantity if is_fok => self.wholly_below_minimum(subject)?,
            CancelReason::MinQuantity => {
                self.below_minimum(subject.with_min_quantity(Quantity(2)))?;
            }
            _ => return None,
        }
        Some(())
    }

    fn without_liquidity(&mut self, subject: NewOrder) -> Option<()> {
        let is_market = subject.order_type == OrderType::Market;
        let trades = matches!(self.wish.phase, Phase::Continuous);
        if !is_market || (trades && self.random.flip()) {
            return self.arrive(subject, None);
        }
        if !self.is_immediate() {
            return None;
        }
        self.go(Phase::Auction);
        self.enter(subject);
        let phase = self.uncrossing_phase()?;
        self.act(phase);
        Some(())
    }

    fn replaced_below_executed(&mut self, subject: NewOrder) -> Option<()> {
        let mut total = Quantity(0);
        if self.rests() && self.random.flip() {
            self.rest(subject)?;
            self.enter(self.opposite(2));
            total = Quantity(1 + self.random.below(2));
            self.go(self.wish.phase);
        } else {
            self.live(subject)?;
        }
        self.replace(Replace { quantity: Some(total), ..Replace::of(subject.order) });
        Some(())
    }

    fn below_minimum(&mut self, subject: NewOrder) -> Option<()> {
        if self.wish.phase == Phase::Auction && self.wish.order_type == OrderType::Market {
            self.go(Phase::Auction);
            self.enter(subject);
            return Some(());
        }
        if !self.has_trigger() && !self.is_immediate() {
            return None;
        }
        let one = self.random.flip().then(|| self.opposite(1));
        self.arrive(subject, one)
    }

    /// A `fok` order that can trade wholly, but was replaced to less than its minimum while it
    /// waited.
    fn wholly_below_minimum(&mut self, subject: NewOrder) -> Option<()> {
        let trades = matches!(self.wish.phase, Phase::Continuous | Phase::LimitOnly);
        if !self.has_trigger() || !trades {
            return None;
        }
        self.enter(self.opposite(2));
        self.enter(subject.with_min_quantity(SUBJECT_QUANTITY));
        self.replace(Replace { quantity: Some(Quantity(2)), ..Replace::of(subject.order) });
        self.go(self.wish.phase);
        self.print(self.trigger().0);
        Some(())
    }
}
