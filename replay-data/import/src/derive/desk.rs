//! Where one message about one instrument is worked on.

use shadowbook_model::{Phase, Quantity};

use super::Tally;
use super::book::{Book, IdRange, Order, Slot};
use super::output::{At, Output, RESERVED, Reason};
use super::run::Run;
use super::window::Coverage;
use crate::feed::{Change, Place};

/// Why part of a message became no command.
const NOBODY_HAD: &str = "a part of a cancel that no order had";

/// What is known of one instrument.
#[derive(Debug)]
pub(super) struct State {
    pub(super) book: Book,
    pub(super) run: Run,
    pub(super) phase: Phase,
    /// The newest of the feed's ids so far.
    pub(super) newest_id: u64,
    /// What the window shows of each side, by the side's code.
    pub(super) coverage: [Coverage; 2],
}

impl Default for State {
    fn default() -> Self {
        Self {
            book: Book::default(),
            run: Run::default(),
            phase: Phase::Continuous,
            newest_id: 0,
            coverage: [Coverage::Nothing; 2],
        }
    }
}

/// One instrument with everything that working on it needs.
pub(super) struct Desk<'a> {
    pub(super) state: &'a mut State,
    pub(super) output: &'a mut Output,
    pub(super) tally: &'a mut Tally,
    pub(super) at: At<'a>,
    /// The number of the message that is worked on.
    pub(super) message: u64,
    pub(super) id_priority: bool,
}

impl Desk<'_> {
    /// Carries out a change that is no visible execution.
    pub(super) fn apply(&mut self, change: Change) {
        match change {
            Change::Add { order, place, quantity } => self.add(order.0, place, quantity),
            Change::ReduceBy { order, quantity, place } => {
                self.reduce(order.0, Some(quantity), place, false);
            }
            Change::Delete { order, quantity, place } => {
                self.reduce(order.0, quantity, place, true);
            }
            Change::Replace { order, new_order, price, quantity } => {
                self.replace(order.0, new_order.0, price, quantity);
            }
            Change::Execute { maker, quantity, place }
            | Change::ExecuteAtPrice { maker, quantity, place, .. } => {
                self.tally.without("an execution that is not printed: part of a cross");
                self.forget(maker.0, place, quantity.0, Reason::Cross);
            }
            Change::HiddenTrade => self.tally.without("a hidden execution"),
            Change::CrossTrade => self.tally.without("a print of a cross"),
            Change::Phase(phase) => self.change_phase(phase),
            Change::Other(reason) => self.tally.without(reason),
        }
    }

    fn add(&mut self, id: u64, place: Place, quantity: Quantity) {
        if quantity.is_zero() {
            return self.tally.without("an order without a quantity");
        }
        if id >= RESERVED {
            return self.tally.without("an id that is kept for the importer's own orders");
        }
        self.admit(id, place);
        let order = self.plain(id, quantity.0, 0);
        self.output.enter(&mut self.at, place, &order);
        self.settle(place, order);
    }

    fn replace(&mut self, id: u64, new_id: u64, price: shadowbook_model::Price, open: Quantity) {
        let Some(slot) = self.state.book.find(id) else {
            return self.tally.without("a replacement of an order that was never added");
        };
        if open.is_zero() || new_id >= RESERVED {
            return self.cancel(slot);
        }
        let old = self.state.book.order(slot);
        let from = self.state.book.place(slot);
        let to = Place { side: from.side, price };
        if new_id == id {
            self.admit_price(to);
        } else {
            self.admit(new_id, to);
        }
        // What made room may have been this very order.
        let Some(slot) = self.state.book.find(id) else {
            return self.add(new_id, to, open);
        };
        if to == from && open.0 <= old.open {
            // Such a replacement would keep its place (rule C3); the feed's goes to the back.
            self.cancel(slot);
            return self.add(new_id, to, open);
        }
        self.state.book.remove(slot);
        let order = self.plain(new_id, open.0, old.executed);
        let replace = shadowbook_model::Replace {
            new_order: (new_id != id).then_some(shadowbook_model::OrderId(new_id)),
            price: Some(price),
            quantity: Some(Quantity(old.executed.saturating_add(open.0))),
            ..shadowbook_model::Replace::of(shadowbook_model::OrderId(id))
        };
        self.output.action(&mut self.at, replace);
        self.settle(to, order);
    }

    const fn plain(&self, id: u64, open: u64, executed: u64) -> Order {
        Order { id, open, executed, entered: self.message, seed: None }
    }

    /// Makes sure that an order with this id can rest at this place.
    fn admit(&mut self, id: u64, place: Place) {
        if let Some(slot) = self.state.book.find(id) {
            self.cancel(slot);
            self.output.correction(&mut self.at, Reason::Returned);
        }
        self.admit_price(place);
    }

    fn admit_price(&mut self, place: Place) {
        self.admit_change();
        if self.state.phase != Phase::Auction {
            while self.state.book.crosses(place) {
                self.clear_best(place.side.opposite(), Reason::Crossed);
            }
        }
    }

    /// Makes sure that the phase takes orders and replacements.
    fn admit_change(&mut self) {
        if matches!(self.state.phase, Phase::Closed | Phase::Halted | Phase::CancelOnly) {
            // The feed takes one where the rules would not (C7, P2): it collects for an auction.
            self.state.phase = Phase::Auction;
            self.output.phase(&mut self.at, Phase::Auction);
            self.output.correction(&mut self.at, Reason::Admitted);
        }
    }

    /// Puts an order that was just entered into the book, and in front of newer ids.
    fn settle(&mut self, place: Place, order: Order) {
        self.state.newest_id = self.state.newest_id.max(order.id);
        let slot = self.state.book.push(place, order);
        if !self.id_priority {
            return;
        }
        let mut newer = Vec::new();
        let mut in_front = self.state.book.previous(slot);
        while let Some(slot) = in_front {
            let other = self.state.book.order(slot);
            if other.seed.is_some() || other.id < order.id {
                break;
            }
            newer.push(slot);
            in_front = self.state.book.previous(slot);
        }
        for slot in newer.into_iter().rev() {
            self.send_to_back(slot, Reason::IdPriority);
        }
    }

    fn send_to_back(&mut self, slot: Slot, reason: Reason) {
        let place = self.state.book.place(slot);
        let order = self.state.book.order(slot);
        self.cancel(slot);
        self.output.correction(&mut self.at, reason);
        self.enter_again(place, order, reason);
    }

    pub(super) fn enter_again(&mut self, place: Place, order: Order, reason: Reason) {
        let order = Order { executed: 0, ..order };
        self.output.enter(&mut self.at, place, &order);
        self.output.correction(&mut self.at, reason);
        self.state.book.push(place, order);
    }

    pub(super) fn cancel(&mut self, slot: Slot) {
        let order = self.state.book.remove(slot);
        self.output.shrink(&mut self.at, &order, 0);
    }

    /// Takes quantity from an order without a trade.
    pub(super) fn lessen(&mut self, slot: Slot, quantity: u64) {
        let order = self.state.book.order(slot);
        if quantity < order.open {
            self.admit_change();
        }
        self.output.shrink(&mut self.at, &order, order.open - quantity);
        self.state.book.take(slot, quantity, false);
    }

    /// A partial cancel, or with `whole` a deletion.
    fn reduce(&mut self, id: u64, by: Option<Quantity>, place: Option<Place>, whole: bool) {
        let Some(slot) = self.state.book.find(id) else {
            return match (place, by) {
                (Some(place), Some(by)) => self.reduce_unknown(id, by.0, place),
                _ => self.tally.without("a cancel of an order that was never added"),
            };
        };
        let open = self.state.book.order(slot).open;
        let by = by.map_or(open, |by| by.0);
        if by == 0 {
            return self.tally.without("a cancel of no quantity");
        }
        let place = self.state.book.place(slot);
        self.state.book.confirm(slot, self.message);
        self.lessen(slot, if whole { open } else { by.min(open) });
        if by > open {
            // What the order had more than the book knew was held by others that are gone.
            if self.absorb(id, by - open, place, true) > 0 {
                self.tally.without(NOBODY_HAD);
            }
        } else if whole && by < open {
            self.seed(place, open - by, IdRange { after: 0, until: self.state.newest_id });
            self.output.correction(&mut self.at, Reason::Quantity);
        }
    }

    fn reduce_unknown(&mut self, id: u64, by: u64, place: Place) {
        let left = self.absorb(id, by, place, false);
        if left == by {
            self.tally
                .without("a cancel of an order that was never added, at a level without a seed");
        } else if left > 0 {
            self.tally.without(NOBODY_HAD);
        }
    }

    /// Takes what an unknown order had from those that may stand for it; gives what could not be
    /// taken. The first command is the message's own unless `corrects`, all others are corrections.
    fn absorb(&mut self, id: u64, quantity: u64, place: Place, corrects: bool) -> u64 {
        let mut corrects = corrects;
        let mut left = quantity;
        for slot in self.stand_ins(id, quantity, place) {
            if left == 0 {
                break;
            }
            let part = self.state.book.order(slot).open.min(left);
            self.lessen(slot, part);
            if corrects {
                self.output.correction(&mut self.at, Reason::Quantity);
            }
            corrects = true;
            left -= part;
        }
        left
    }

    /// The orders of a level that may stand for one that is not known, the likeliest first.
    fn stand_ins(&self, id: u64, quantity: u64, place: Place) -> Vec<Slot> {
        let book = &self.state.book;
        let unconfirmed_until = book.doubtful_until(place);
        let mut ranked: Vec<_> = (0_i64..)
            .zip(book.queue(place))
            .filter_map(|(position, slot)| {
                let order = book.order(slot);
                let likelihood = likelihood(&order, id, quantity, unconfirmed_until)?;
                // Of seeds the oldest, of orders of the feed the newest.
                let tie = if order.seed.is_some() { position } else { -position };
                Some(((likelihood, tie), slot))
            })
            .collect();
        ranked.sort_unstable_by_key(|(rank, _)| *rank);
        ranked.into_iter().map(|(_, slot)| slot).collect()
    }

    /// Enters a seed at the back of a level.
    pub(super) fn seed(&mut self, place: Place, open: u64, range: IdRange) {
        self.admit_price(place);
        let id = self.output.seed_id();
        let order = Order { id, open, executed: 0, entered: self.message, seed: Some(range) };
        self.output.enter(&mut self.at, place, &order);
        self.state.book.push(place, order);
    }

    /// Takes from a maker what it traded where no aggressor can say so.
    pub(super) fn forget(
        &mut self,
        maker: u64,
        place: Option<Place>,
        quantity: u64,
        reason: Reason,
    ) {
        let book = &self.state.book;
        let slot =
            book.find(maker).or_else(|| self.stand_ins(maker, quantity, place?).first().copied());
        if let Some(slot) = slot {
            let part = self.state.book.order(slot).open.min(quantity);
            if part > 0 {
                self.lessen(slot, part);
                self.output.correction(&mut self.at, reason);
            }
        }
    }

    /// Cancels the whole best level of a side.
    pub(super) fn clear_best(&mut self, side: shadowbook_model::Side, reason: Reason) {
        let book = &self.state.book;
        let Some(level) = book.best(side) else { return };
        let orders: Vec<_> = book.queue_of(level).collect();
        for slot in orders {
            self.cancel(slot);
            self.output.correction(&mut self.at, reason);
        }
    }

    fn change_phase(&mut self, phase: Phase) {
        if !matches!(phase, Phase::Auction | Phase::Halted) {
            // It would uncross (rule P3); what the feed's auction did, its own messages say.
            while self.state.book.is_crossed() {
                self.clear_best(shadowbook_model::Side::Buy, Reason::Crossed);
            }
        }
        self.state.phase = phase;
        self.output.phase(&mut self.at, phase);
    }
}

/// How likely an order stands for one of this id and quantity; less is likelier.
fn likelihood(order: &Order, id: u64, quantity: u64, unconfirmed_until: u64) -> Option<u8> {
    match order.seed {
        Some(range) => Some(match (range.contains(id), order.open >= quantity) {
            (true, true) => 0,
            (false, true) => 1,
            (true, false) => 4,
            (false, false) => 5,
        }),
        None if order.entered > unconfirmed_until => None,
        None => Some(match order.open.cmp(&quantity) {
            std::cmp::Ordering::Equal => 2,
            std::cmp::Ordering::Greater => 3,
            std::cmp::Ordering::Less => 6,
        }),
    }
}
