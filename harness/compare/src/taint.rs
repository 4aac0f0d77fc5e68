//! What on an instrument may differ because of a root before it.
//!
//! An order is tainted when it is part of a divergence and lives on in either engine. A later
//! divergence that *touches* what is tainted is derived, and taints the other orders that it
//! names; one that does not is a root of its own. Two mistakes are possible. A root that is none
//! costs whoever reads the report; a divergence that is wrongly called derived hides a bug. So
//! touching is no more than what the rules of matching allow to follow:
//!
//! - **the order itself**: it is named by the command or by an event of either engine;
//! - **its account**: the command is for all its orders, or an order of it is named. Self-trade
//!   prevention ends an incoming order without naming the one that it would have met, and counts
//!   liquidity up to it (rules ST, S3);
//! - **post-only** (rule O3): an order was refused, in one engine, for a price at which a tainted
//!   order stands on the other side or could;
//! - **the last trade**: after fills that end at another price an order that is triggered in only
//!   one engine follows from that (rules T1, T2), until both trade at one price again; of a
//!   trailing order (T4) also later, because it remembers the prices that were looked at;
//! - **an uncross** (rule P3) takes the whole book into account, and the last trade.
//!
//! **Queue neighbours** need no more than that where price and time decide (rule M1): whoever
//! trades at a level comes to its orders one by one. Where the two engines give different fills to
//! an order that stands behind a tainted one, one of them went through the tainted one first, and
//! its fill names it; where both went past it in the same way, what they do with the next order
//! does not depend on it. An order that stands *behind* a tainted one is therefore independent of
//! it until an event names both, and then it is tainted too. On a pro-rata level (rule M7) that is
//! not so: every displayed quantity is part of the sum that all shares are made of. There, a fill
//! at the price of a tainted order touches it.
//!
//! Where a divergence names no order, or the phase differs, and where only digests say that two
//! books differ, nobody knows what is independent: the whole instrument is tainted. Books that are
//! found equal end all of it.

use std::collections::BTreeMap;

use shadowbook_model::{
    AccountId, Action, CancelReason, Command, Event, Fill, Matching, NewOrder, OrderId, Price,
    RejectReason, Replace, Side,
};

use crate::events::{is_same_list, orders_of};
use crate::known::{KnownOrders, OrderFacts};
use crate::recorded::fills;

/// So many tainted orders are kept apart on an instrument; more of them taint all of it.
const ORDERS_LIMIT: usize = 1 << 16;

/// What is tainted on one instrument.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taint {
    is_whole: bool,
    /// The last trade prices differ.
    last_trade: bool,
    /// They did, while trailing orders may have followed them.
    trails: bool,
    orders: BTreeMap<OrderId, Tainted>,
    /// How many tainted orders an account has; anonymous ones have none in common.
    accounts: BTreeMap<AccountId, usize>,
}

/// A tainted order.
#[derive(Clone, Copy, Debug)]
struct Tainted {
    /// `None` where it came before what is remembered.
    facts: Option<OrderFacts>,
    /// Whether the reference and the candidate have it.
    lives: [bool; 2],
}

/// Two answers that differ.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Difference<'a> {
    pub(crate) command: &'a Command,
    /// What the reference answered, and the candidate.
    pub(crate) answers: [&'a [Event]; 2],
    pub(crate) known: &'a KnownOrders,
    pub(crate) matching: Matching,
}

impl Difference<'_> {
    fn events(&self) -> impl Iterator<Item = &Event> {
        self.answers.into_iter().flatten()
    }

    /// The orders that are named, some of them more than once.
    fn orders(&self) -> impl Iterator<Item = OrderId> {
        let command = [self.command.order(), self.command.aggressor()];
        command.into_iter().chain(self.events().flat_map(orders_of)).flatten()
    }

    fn facts(&self, order: OrderId) -> Option<OrderFacts> {
        let entered = match &self.command.action {
            Action::New(new) if new.order == order => Some(OrderFacts::from(new)),
            _ => None,
        };
        entered.or_else(|| self.known.get(self.command.instrument, order).copied())
    }

    /// Whether an engine refused an order because it would take, and the order's side and limit
    /// as far as they are known.
    fn refused_to_take(&self) -> Option<(Option<Side>, Option<Price>)> {
        let refused = self.events().find_map(|event| match event {
            Event::Rejected { order, reason: RejectReason::PostOnlyWouldTake, .. }
            | Event::Canceled { order, reason: CancelReason::PostOnlyWouldTake, .. } => {
                Some(*order)
            }
            _ => None,
        })?;
        let facts = self.facts(refused);
        let limit = match &self.command.action {
            Action::Replace(Replace { order, price: Some(price), .. }) if *order == refused => {
                Some(*price)
            }
            _ => facts.and_then(|facts| facts.price),
        };
        Some((facts.map(|facts| facts.side), limit))
    }

    fn has(&self, is_meant: impl Fn(&Event) -> bool) -> bool {
        self.events().any(is_meant)
    }

    fn last_prices(&self) -> [Option<Price>; 2] {
        self.answers.map(|events| fills(events).last().map(|fill| fill.price))
    }

    fn phases_differ(&self) -> bool {
        let [ours, theirs] = self
            .answers
            .map(|events| events.iter().filter(|event| matches!(event, Event::Phase { .. })));
        !ours.eq(theirs)
    }
}

impl Taint {
    /// Whether everything is.
    pub(crate) const fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Nobody knows what differs.
    pub(crate) fn spread_to_all(&mut self) {
        *self = Self { is_whole: true, ..Self::default() };
    }

    /// Whether a difference may follow from what is tainted.
    pub(crate) fn touches(&self, difference: &Difference<'_>) -> bool {
        self.is_whole
            || difference.orders().any(|order| self.is_tainted(order, difference))
            || self.covers_account_of(difference.command)
            || self.triggers(difference)
            || self.uncrosses(difference)
            || self.stands_against(difference)
            || self.shares_a_level(difference)
    }

    fn is_tainted(&self, order: OrderId, difference: &Difference<'_>) -> bool {
        let is_of_account = |facts: OrderFacts| self.accounts.contains_key(&facts.account);
        self.orders.contains_key(&order)
            || (!self.accounts.is_empty() && difference.facts(order).is_some_and(is_of_account))
    }

    fn covers_account_of(&self, command: &Command) -> bool {
        matches!(&command.action, Action::MassCancel(mass_cancel)
            if self.accounts.contains_key(&mass_cancel.account))
    }

    fn triggers(&self, difference: &Difference<'_>) -> bool {
        (self.last_trade || self.trails)
            && difference.has(|event| match event {
                Event::Triggered { order } => {
                    let facts = difference.facts(*order);
                    self.last_trade || facts.is_none_or(|facts| facts.order_type.is_trailing())
                }
                _ => false,
            })
    }

    fn uncrosses(&self, difference: &Difference<'_>) -> bool {
        (self.last_trade || !self.orders.is_empty())
            && difference.has(|event| matches!(event, Event::Auction { .. }))
    }

    fn stands_against(&self, difference: &Difference<'_>) -> bool {
        let Some((side, limit)) = difference.refused_to_take() else { return false };
        self.facts().any(|facts| {
            let Some(facts) = facts else { return true };
            let is_reached = match (facts.side, facts.price, limit) {
                (_, None, _) | (_, _, None) => true,
                (Side::Sell, Some(price), Some(limit)) => price <= limit,
                (Side::Buy, Some(price), Some(limit)) => limit <= price,
            };
            side.is_none_or(|side| side != facts.side) && is_reached
        })
    }

    fn shares_a_level(&self, difference: &Difference<'_>) -> bool {
        let is_at = |fill: &Fill| {
            let price = |facts: OrderFacts| facts.price.is_none_or(|price| price == fill.price);
            self.facts().any(|facts| facts.is_none_or(price))
        };
        difference.matching == Matching::ProRata
            && difference.has(|event| matches!(event, Event::Fill(fill) if is_at(fill)))
    }

    fn facts(&self) -> impl Iterator<Item = Option<OrderFacts>> {
        self.orders.values().map(|tainted| tainted.facts)
    }

    /// Taints what a difference is about. Where both engines answer the same but for trade
    /// numbers that is nothing.
    pub(crate) fn spread(&mut self, difference: &Difference<'_>) {
        let [reference, candidate] = difference.answers;
        if is_same_list(reference, candidate) {
            return;
        }
        let mut lives: BTreeMap<OrderId, [bool; 2]> = BTreeMap::new();
        for order in difference.orders() {
            lives.entry(order).or_insert_with(|| self.lived_before(order, difference));
        }
        if lives.is_empty() || difference.phases_differ() {
            self.spread_to_all();
        }
        if self.is_whole {
            return;
        }
        for (engine, events) in difference.answers.into_iter().enumerate() {
            for event in events {
                each_life(event, &mut |order, is_live| {
                    if let Some(lives) = lives.get_mut(&order) {
                        lives[engine] = is_live;
                    }
                });
            }
        }
        for (order, lives) in lives {
            let facts = difference.facts(order);
            self.set(order, Tainted { facts, lives });
        }
        match difference.last_prices() {
            [None, None] => {}
            [ours, theirs] => self.traded_last_at(ours, theirs),
        }
        if self.orders.len() > ORDERS_LIMIT {
            self.spread_to_all();
        }
    }

    /// Which engines had an order before a command, as far as can be told: one that a command
    /// brings in was not there, unless somebody knows of it.
    fn lived_before(&self, order: OrderId, difference: &Difference<'_>) -> [bool; 2] {
        let is_brought_in = match &difference.command.action {
            Action::New(NewOrder { order: new, .. }) => *new == order,
            Action::Replace(Replace { order: old, new_order: Some(new), .. }) => {
                *new == order && old != new
            }
            _ => false,
        };
        let is_known = difference.known.get(difference.command.instrument, order).is_some();
        self.orders.get(&order).map_or([is_known || !is_brought_in; 2], |tainted| tainted.lives)
    }

    /// Fills of both engines ended at these prices.
    pub(crate) fn traded_last_at(&mut self, reference: Option<Price>, candidate: Option<Price>) {
        self.last_trade = reference != candidate;
        self.trails |= self.last_trade;
    }

    /// Keeps up with what both engines did to tainted orders: renames them, and forgets those that
    /// both have ended.
    pub(crate) fn follow(&mut self, answers: [&[Event]; 2]) {
        for (engine, events) in answers.into_iter().enumerate() {
            for event in events {
                if self.orders.is_empty() {
                    return;
                }
                self.rename(engine, event);
                each_life(event, &mut |order, is_live| {
                    if let Some(tainted) = self.orders.get(&order).copied() {
                        let mut lives = tainted.lives;
                        lives[engine] = is_live;
                        self.set(order, Tainted { lives, ..tainted });
                    }
                });
            }
        }
    }

    fn rename(&mut self, engine: usize, event: &Event) {
        let Event::Replaced { order, new_order, price, .. } = event else { return };
        let Some(old) = self.orders.get(order).copied() else { return };
        let facts = old.facts.map(|facts| OrderFacts { price: *price, ..facts });
        let name = new_order.unwrap_or(*order);
        let lives = self.orders.get(&name).map_or([false; 2], |known| known.lives);
        let mut lives = if name == *order { old.lives } else { lives };
        lives[engine] = true;
        self.set(name, Tainted { facts, lives });
    }

    /// An order that both engines took is not the one that had its id before.
    pub(crate) fn forget(&mut self, order: OrderId) {
        let Some(gone) = self.orders.remove(&order) else { return };
        if let Some(facts) = gone.facts
            && let Some(count) = self.accounts.get_mut(&facts.account)
        {
            *count -= 1;
            if *count == 0 {
                self.accounts.remove(&facts.account);
            }
        }
    }

    /// Taints an order, or not any more where neither engine has it.
    fn set(&mut self, order: OrderId, tainted: Tainted) {
        let known = self.orders.get(&order).and_then(|known| known.facts);
        self.forget(order);
        if tainted.lives == [false; 2] {
            return;
        }
        let facts = tainted.facts.or(known);
        if let Some(facts) = facts.filter(|facts| !facts.account.is_anonymous()) {
            *self.accounts.entry(facts.account).or_default() += 1;
        }
        self.orders.insert(order, Tainted { facts, ..tainted });
    }
}

/// Tells which orders live and which do not after an event.
fn each_life(event: &Event, tell: &mut dyn FnMut(OrderId, bool)) {
    match *event {
        Event::Accepted { order } => tell(order, true),
        Event::Fill(Fill { maker, taker, maker_open, taker_open, .. }) => {
            tell(maker, !maker_open.is_zero());
            tell(taker, !taker_open.is_zero());
        }
        Event::Canceled { order, .. }
        | Event::Rejected { order, reason: RejectReason::UnknownOrder, .. } => tell(order, false),
        Event::Replaced { order, new_order: Some(new_order), .. } => {
            tell(order, false);
            tell(new_order, true);
        }
        Event::Replaced { order, new_order: None, .. }
        | Event::Reduced { order, .. }
        | Event::Triggered { order } => tell(order, true),
        Event::Rejected { .. } | Event::Auction { .. } | Event::Phase { .. } => {}
    }
}

#[cfg(test)]
#[path = "taint_tests.rs"]
mod tests;
