//! What the generator believes of one instrument: which ids are live, its phase, its last trade.
//!
//! Beliefs come from guesses when a command is made, and are set right by the engine's events
//! where somebody shows them. Commands only aim by them: a wrong belief makes a command that is
//! rejected, which is a case like any other.

use shadowbook_model::{
    Action, Event, Fill, MassCancel, NewOrder, OrderId, Phase, Price, Quantity, RejectReason,
    Replace, Side, TimeInForce,
};

use super::venue::Venue;
use crate::random::Random;

/// How many ids are in use on an instrument: as many as a word has bits.
pub(super) const PLACES: usize = 64;

/// An order that is believed to be live.
#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    pub(super) order: NewOrder,
    pub(super) open: u64,
    pub(super) executed: u64,
}

/// See the module. A set of orders is a word with a bit for each place.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    pub(super) venue: &'static Venue,
    orders: Vec<Live>,
    live: u64,
    /// Those that wait for their trigger.
    waiting: u64,
    sells: u64,
    /// Those that nobody has confirmed.
    guessed: u64,
    pub(super) phase: Phase,
    pub(super) last_trade: Option<i64>,
}

impl Desk {
    pub(super) fn new(venue: &'static Venue) -> Self {
        let order = NewOrder::limit(OrderId(0), Side::Buy, Price(0), Quantity(0));
        let nothing = Live { order, open: 0, executed: 0 };
        Self {
            venue,
            orders: vec![nothing; PLACES],
            live: 0,
            waiting: 0,
            sells: 0,
            guessed: 0,
            phase: venue.phase,
            last_trade: None,
        }
    }

    pub(super) const fn live_orders(&self) -> u32 {
        self.live.count_ones()
    }

    /// Any live order.
    pub(super) fn any_live(&self, random: &mut Random) -> Option<&Live> {
        self.any(self.live, random)
    }

    /// Any order that is in the book on a side.
    pub(super) fn any_resting(&self, side: Side, random: &mut Random) -> Option<&Live> {
        self.any(self.resting(side), random)
    }

    /// The live order of this id.
    pub(super) fn get(&self, order: OrderId) -> Option<&Live> {
        let place = self.venue.place(order)?;
        (self.live & (1 << place) != 0).then(|| &self.orders[place])
    }

    fn any(&self, set: u64, random: &mut Random) -> Option<&Live> {
        pick(set, random).map(|place| &self.orders[place])
    }

    fn resting(&self, side: Side) -> u64 {
        let of_side = if side == Side::Sell { self.sells } else { !self.sells };
        self.live & !self.waiting & of_side
    }

    pub(super) fn is_waiting(&self, order: OrderId) -> bool {
        self.venue.place(order).is_some_and(|place| self.waiting & (1 << place) != 0)
    }

    /// An id that is not live, or any when all are.
    pub(super) fn free_id(&self, random: &mut Random) -> OrderId {
        self.venue.id(pick(!self.live, random).unwrap_or_else(|| random.index(PLACES)))
    }

    pub(super) fn any_id(&self, random: &mut Random) -> OrderId {
        self.venue.id(random.index(PLACES))
    }

    /// What an order of `side` could trade at `limit`, as far as it is known.
    pub(super) fn available(&self, side: Side, limit: Option<Price>) -> u64 {
        let mut set = self.resting(side.opposite());
        let mut sum = 0_u64;
        while set != 0 {
            let live = &self.orders[set.trailing_zeros() as usize];
            set &= set - 1;
            let crosses = match (limit, live.order.price) {
                (Some(limit), Some(price)) if side == Side::Buy => price <= limit,
                (Some(limit), Some(price)) => price >= limit,
                _ => true,
            };
            if crosses {
                sum = sum.saturating_add(live.open);
            }
        }
        sum
    }

    /// Believes that a command did what it usually does.
    pub(super) fn guess(&mut self, action: &Action) {
        match action {
            Action::New(new) => self.guess_new(new),
            Action::Replace(replace) => self.guess_replace(replace),
            Action::Cancel(order) => self.forget(*order),
            Action::MassCancel(mass_cancel) => self.guess_mass_cancel(mass_cancel),
            Action::Phase(phase) => self.phase = *phase,
            Action::Time => {}
        }
    }

    fn guess_new(&mut self, new: &NewOrder) {
        let rests = new.order_type.has_trigger() || !new.time_in_force.is_immediate();
        let Some(place) = self.venue.place(new.order) else { return };
        if rests && self.live & (1 << place) == 0 {
            self.enter(place, new);
            self.guessed |= 1 << place;
        }
    }

    fn enter(&mut self, place: usize, new: &NewOrder) {
        let bit = 1 << place;
        self.orders[place] = Live { order: *new, open: new.quantity.0, executed: 0 };
        self.live |= bit;
        set(&mut self.waiting, bit, new.order_type.has_trigger());
        set(&mut self.sells, bit, new.side == Side::Sell);
    }

    fn guess_replace(&mut self, replace: &Replace) {
        let Some(place) = self.venue.place(replace.order) else { return };
        if self.live & (1 << place) == 0 {
            return;
        }
        let live = &mut self.orders[place];
        // What an event would not tell.
        if replace.display_quantity.is_some() {
            live.order = live.order.with_display_quantity(replace.display_quantity);
        }
        if replace.trigger_price.is_some() && live.order.trigger_price().is_some() {
            live.order = live.order.with_trigger_price(replace.trigger_price);
        }
    }

    fn guess_mass_cancel(&mut self, mass_cancel: &MassCancel) {
        let mut set = self.live;
        while set != 0 {
            let place = set.trailing_zeros() as usize;
            set &= set - 1;
            let order = &self.orders[place].order;
            let is_of_side = mass_cancel.side.is_none_or(|side| side == order.side);
            if is_of_side && order.account == mass_cancel.account {
                self.live &= !(1 << place);
            }
        }
    }

    fn forget(&mut self, order: OrderId) {
        if let Some(place) = self.venue.place(order) {
            self.live &= !(1 << place);
        }
    }

    /// Learns what an engine made of a command.
    pub(super) fn observe(&mut self, action: &Action, events: &[Event]) {
        for event in events {
            match event {
                Event::Accepted { order } => self.accepted(*order, action),
                Event::Rejected { order, reason, .. } => self.rejected(*order, *reason, action),
                Event::Replaced { order, new_order, price, open } => {
                    self.replaced(*order, *new_order, *price, *open);
                }
                Event::Fill(fill) => self.filled(fill),
                Event::Reduced { order, open, .. } => self.left(*order, open.0),
                Event::Canceled { order, .. } => self.forget(*order),
                Event::Triggered { order } => {
                    if let Some(place) = self.venue.place(*order) {
                        self.waiting &= !(1 << place);
                    }
                }
                Event::Phase { phase } => self.phase = *phase,
                Event::Auction { .. } => {}
            }
        }
    }

    fn accepted(&mut self, order: OrderId, action: &Action) {
        if let (Some(place), Action::New(new)) = (self.venue.place(order), action) {
            self.enter(place, new);
            self.guessed &= !(1 << place);
        }
    }

    fn rejected(&mut self, order: OrderId, reason: RejectReason, action: &Action) {
        let Some(place) = self.venue.place(order) else { return };
        let bit = 1 << place;
        let was_only_guessed = matches!(action, Action::New(_)) && self.guessed & bit != 0;
        if reason == RejectReason::UnknownOrder || was_only_guessed {
            self.live &= !bit;
            self.guessed &= !bit;
        }
    }

    fn replaced(
        &mut self,
        order: OrderId,
        new_order: Option<OrderId>,
        price: Option<Price>,
        open: Quantity,
    ) {
        let Some(from) = self.venue.place(order) else { return };
        let is_waiting = self.waiting & (1 << from) != 0;
        let mut live = self.orders[from];
        live.order.price = price;
        live.open = open.0;
        live.order.order = new_order.unwrap_or(order);
        self.live &= !(1 << from);
        let Some(to) = self.venue.place(live.order.order) else { return };
        self.enter(to, &live.order);
        set(&mut self.waiting, 1 << to, is_waiting);
        self.guessed &= !(1 << to);
        self.orders[to] = live;
    }

    fn filled(&mut self, fill: &Fill) {
        self.last_trade = Some(fill.price.0);
        for (order, open) in [(fill.maker, fill.maker_open), (fill.taker, fill.taker_open)] {
            if let Some(place) = self.venue.place(order) {
                let executed = &mut self.orders[place].executed;
                *executed = executed.saturating_add(fill.quantity.0);
            }
            self.left(order, open.0);
        }
    }

    fn left(&mut self, order: OrderId, open: u64) {
        if let Some(place) = self.venue.place(order) {
            self.orders[place].open = open;
            if open == 0 {
                self.live &= !(1 << place);
            }
        }
    }

    /// When a `gtd` order ends that is live, for others to end with it.
    pub(super) fn any_expiry(&self, random: &mut Random) -> Option<u64> {
        let live = self.any_live(random)?;
        let time = live.order.expire_time()?;
        (live.order.time_in_force == TimeInForce::Gtd).then_some(time.0)
    }
}

const fn set(word: &mut u64, bit: u64, value: bool) {
    *word = if value { *word | bit } else { *word & !bit };
}

/// The place of any bit that is set.
fn pick(set: u64, random: &mut Random) -> Option<usize> {
    if set == 0 {
        return None;
    }
    let turn = u32::try_from(random.below(64)).expect("it is below 64");
    Some(((set.rotate_right(turn).trailing_zeros() + turn) & 63) as usize)
}
