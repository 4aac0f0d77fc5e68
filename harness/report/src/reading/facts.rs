//! What a flow says for certain of the orders in it, and what was answered.

use std::collections::BTreeMap;

use shadowbook_capture::Flow;
use shadowbook_compare::is_same_event;
use shadowbook_model::{
    Action, Command, Event, Fill, Instrument, Matching, NewOrder, OrderId, OrderState, OrderType,
    Price, PriceOffset, Quantity, Replace, SelfTrade, Side, TimeInForce, TimeNs, TriggerState,
    Visibility,
};
use shadowbook_triage::Shown;

/// What is known of an order before the diverging command.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) side: Side,
    pub(super) price: Option<Price>,
    pub(super) account: shadowbook_model::AccountId,
    pub(super) order_type: OrderType,
    pub(super) time_in_force: TimeInForce,
    pub(super) expire_time: Option<TimeNs>,
    pub(super) post_only: bool,
    pub(super) self_trade: SelfTrade,
    /// What shows at most; 0 is hidden.
    pub(super) display: Option<Quantity>,
    pub(super) minimum: Option<Quantity>,
    pub(super) trigger: Option<Price>,
    /// How far a trailing trigger stays behind.
    pub(super) trail: Option<PriceOffset>,
    /// Its total.
    pub(super) entered: Option<Quantity>,
    /// Its place among what enters the book: held orders first, then by command.
    pub(super) entry: (bool, u64),
    /// The replacements that name it, with their places: price, quantity, display and age may be
    /// others by now.
    replaced: Vec<(usize, Replace)>,
}

impl Known {
    fn entered(new: &NewOrder, position: usize) -> Self {
        Self {
            side: new.side,
            price: new.price,
            account: new.account,
            order_type: new.order_type,
            time_in_force: new.time_in_force,
            expire_time: new.expire_time(),
            post_only: new.post_only,
            self_trade: new.self_trade,
            display: new.display_quantity(),
            minimum: new.min_quantity(),
            trigger: new.trigger_price(),
            trail: new.trail_offset(),
            entered: Some(new.quantity),
            entry: (true, position as u64),
            replaced: Vec::new(),
        }
    }

    fn held(order: &OrderState) -> Self {
        let display = match order.visibility {
            Visibility::Full => None,
            Visibility::Iceberg { display, .. } => Some(display),
            Visibility::Hidden => Some(Quantity::ZERO),
        };
        let (trigger, trail) = match order.trigger {
            Some(TriggerState::Fixed(price)) => (Some(price), None),
            Some(TriggerState::Trailing { offset, .. }) => (None, Some(offset)),
            None => (None, None),
        };
        Self {
            side: order.side,
            price: order.price,
            account: order.account,
            order_type: order.order_type,
            time_in_force: order.time_in_force,
            expire_time: order.expire_time,
            post_only: order.post_only,
            self_trade: order.self_trade,
            display,
            minimum: order.min_quantity,
            trigger,
            trail,
            entered: order.open.0.checked_add(order.executed.0).map(Quantity),
            entry: (false, order.arrival.0),
            replaced: Vec::new(),
        }
    }

    /// Rises with age; `None` where a trigger may have renewed it.
    pub(super) fn arrival(&self) -> Option<(bool, u64)> {
        (!self.order_type.has_trigger()).then_some(self.entry)
    }

    /// Whether it never shows.
    pub(super) fn is_hidden(&self) -> bool {
        self.display == Some(Quantity::ZERO)
    }

    /// Whether it shows a slice at a time.
    pub(super) fn is_iceberg(&self) -> bool {
        self.display.is_some_and(|display| !display.is_zero())
    }
}

/// Everything that a sentence may be made of.
pub(super) struct Facts<'a> {
    pub(super) flow: &'a Flow,
    pub(super) shown: &'a Shown,
    pub(super) instrument: &'a Instrument,
    /// The command at which the engines part.
    pub(super) command: Option<&'a Command>,
    /// What the reference answers, and the candidate.
    pub(super) ours: &'a [Event],
    pub(super) theirs: &'a [Event],
    /// How many events both begin with.
    pub(super) same: usize,
    /// `None` for an id that the flow enters twice: which of the orders it is nobody knows.
    orders: BTreeMap<OrderId, Option<Known>>,
}

impl<'a> Facts<'a> {
    /// `None` when the flow does not have the instrument.
    pub(super) fn of(flow: &'a Flow, shown: &'a Shown) -> Option<Self> {
        let divergence = &shown.divergence;
        let id = divergence.instrument;
        let instrument = flow.instruments.get(id.index())?;
        let ours = divergence.reference.events.as_slice();
        let theirs = divergence.candidate.events.as_slice();
        let same = ours.iter().zip(theirs).take_while(|(a, b)| is_same_event(a, b)).count();
        let mut orders = BTreeMap::new();
        let held = flow.snapshots.iter().filter(|snapshot| snapshot.instrument == id);
        for order in held.flat_map(|snapshot| &snapshot.orders) {
            orders.insert(order.order, Some(Known::held(order)));
        }
        let before = flow.commands.iter().take(shown.position.unwrap_or(0)).enumerate();
        for (position, command) in before.filter(|(_, command)| command.instrument == id) {
            note(&mut orders, position, command);
        }
        let command = divergence.command.as_ref();
        Some(Self { flow, shown, instrument, command, ours, theirs, same, orders })
    }

    /// An order as the flow has it, before the command or by it; `None` where a replacement may
    /// have changed it.
    pub(super) fn order(&self, order: OrderId) -> Option<Known> {
        self.known(order).filter(|known| known.replaced.is_empty())
    }

    /// An order that was replaced once before the command, and by what.
    pub(super) fn replaced_once(&self, order: OrderId) -> Option<(Known, usize, Replace)> {
        let known = self.known(order)?;
        match *known.replaced.as_slice() {
            [(position, replace)] => Some((known, position, replace)),
            _ => None,
        }
    }

    /// The last trade with which the flow begins, where nothing comes before the command.
    pub(super) fn last_trade_held(&self) -> Option<Option<Price>> {
        let id = self.shown.divergence.instrument;
        let before = self.flow.commands.iter().take(self.shown.position?);
        if before.into_iter().any(|command| command.instrument == id) {
            return None;
        }
        let held = self.flow.snapshots.iter().find(|snapshot| snapshot.instrument == id);
        Some(held.and_then(|snapshot| snapshot.state.last_trade))
    }

    /// The same for what no replacement changes: side, type, owner, time.
    pub(super) fn lasting(&self, order: OrderId) -> Option<Known> {
        self.known(order)
    }

    fn known(&self, order: OrderId) -> Option<Known> {
        let position = self.shown.position.unwrap_or(0);
        let replaced = |replace: &Replace| {
            let mut known = self.orders.get(&replace.order)?.clone()?;
            known.replaced.push((position, *replace));
            Some(known)
        };
        match self.command.map(|command| &command.action) {
            Some(Action::New(new)) if new.order == order => {
                let is_new = !self.orders.contains_key(&order);
                is_new.then(|| Known::entered(new, position))
            }
            Some(Action::Replace(replace))
                if replace.new_order == Some(order) || replace.order == order =>
            {
                replaced(replace)
            }
            _ => self.orders.get(&order)?.clone(),
        }
    }

    /// Whether a decrement may have lowered the total of an order.
    pub(super) fn may_be_decremented(&self) -> bool {
        let commands = self.flow.commands.iter();
        let mut modes = commands.filter_map(|command| match &command.action {
            Action::New(new) => Some(new.self_trade),
            _ => None,
        });
        let held = self.flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
        modes.any(|mode| mode == SelfTrade::Decrement)
            || held.into_iter().any(|order| order.self_trade == SelfTrade::Decrement)
    }

    /// An order as it was before the command, also when that replaces it.
    pub(super) fn before(&self, order: OrderId) -> Option<&Known> {
        self.orders.get(&order)?.as_ref().filter(|known| known.replaced.is_empty())
    }

    /// The first event in which the reference differs, and that of the candidate.
    pub(super) fn parted(&self) -> (Option<&'a Event>, Option<&'a Event>) {
        (self.ours.get(self.same), self.theirs.get(self.same))
    }

    /// The limit of an order in this command.
    pub(super) fn limit(&self, order: OrderId) -> Option<Price> {
        let replaced = self.ours.iter().rev().find_map(|event| match event {
            Event::Replaced { order: old, new_order, price, .. }
                if new_order.unwrap_or(*old) == order =>
            {
                Some(*price)
            }
            _ => None,
        });
        replaced.unwrap_or_else(|| self.order(order)?.price)
    }

    /// Its side.
    pub(super) fn side(&self, order: OrderId) -> Option<Side> {
        Some(self.lasting(order)?.side)
    }

    /// The time of the command.
    pub(super) fn now(&self) -> Option<TimeNs> {
        Some(self.command?.time)
    }

    /// Whether an answer is an uncross.
    pub(super) fn is_auction(&self) -> bool {
        let mut all = self.ours.iter().chain(self.theirs);
        all.any(|event| matches!(event, Event::Auction { .. }))
    }

    /// Whether both engines let an order take at this price before they part.
    pub(super) fn both_trade(&self, taker: OrderId, price: Price) -> bool {
        fills_of(&self.ours[..self.same]).any(|fill| fill.taker == taker && fill.price == price)
    }

    /// Whether the maker of a fill shares its level with others that the flow has, by pro-rata.
    pub(super) fn shares_level(&self, fill: &Fill) -> bool {
        let Some(side) = self.side(fill.taker) else { return false };
        let others = self.orders.iter().filter(|(order, _)| **order != fill.maker);
        self.instrument.matching == Matching::ProRata
            && others.filter_map(|(_, known)| known.as_ref()).any(|known| {
                known.side != side && known.price == Some(fill.price) && known.replaced.is_empty()
            })
    }

    /// The fills of the reference.
    pub(super) fn our_fills(&self) -> impl Iterator<Item = &'a Fill> {
        fills_of(self.ours)
    }

    /// The fills of the candidate.
    pub(super) fn their_fills(&self) -> impl Iterator<Item = &'a Fill> {
        fills_of(self.theirs)
    }
}

/// The fills of an answer.
pub(super) fn fills_of(events: &[Event]) -> impl Iterator<Item = &Fill> {
    events.iter().filter_map(|event| match event {
        Event::Fill(fill) => Some(fill),
        _ => None,
    })
}

/// Notes what a command says of orders, whether or not it was taken.
fn note(orders: &mut BTreeMap<OrderId, Option<Known>>, position: usize, command: &Command) {
    match &command.action {
        Action::New(new) => {
            let known = (!orders.contains_key(&new.order)).then(|| Known::entered(new, position));
            orders.insert(new.order, known);
        }
        Action::Replace(replace) => {
            let Some(known) = orders.get_mut(&replace.order) else { return };
            if let Some(known) = known {
                known.replaced.push((position, *replace));
            }
            let known = known.clone();
            if let Some(id) = replace.new_order.filter(|id| *id != replace.order) {
                let known = known.filter(|_| !orders.contains_key(&id));
                orders.insert(id, known);
            }
        }
        Action::Cancel(_) | Action::MassCancel(_) | Action::Phase(_) | Action::Time => {}
    }
}
