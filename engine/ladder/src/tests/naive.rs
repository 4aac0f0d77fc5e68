//! The rules once more, as plainly as they can be said: one list of orders that is searched and
//! sorted for every question. It is what random streams are held against.

use shadowbook_model::{
    Arrival, InstrumentState, MassCancel, Matching, OrderState, OrderType, Phase, TriggerState,
    Visibility, Volume,
};

use super::*;
use crate::rules::{self, PriceBounds};

/// A live order, and its place among the displayed orders of its level.
#[derive(Clone, Copy, Debug)]
struct Entry {
    state: OrderState,
    queued: u64,
}

/// What comes in to trade.
type Taker = OrderState;

#[derive(Clone)]
pub(super) struct Naive {
    instrument: Instrument,
    pub(super) state: InstrumentState,
    orders: Vec<Entry>,
    queued: u64,
    events: Vec<Event>,
}

const fn rank_of(side: Side, price: Option<Price>) -> i128 {
    match (side, price) {
        (_, None) => i128::MIN,
        (Side::Buy, Some(price)) => -(price.0 as i128),
        (Side::Sell, Some(price)) => price.0 as i128,
    }
}

impl Entry {
    const fn rank(&self) -> i128 {
        rank_of(self.state.side, self.state.price)
    }

    fn is_hidden(&self) -> bool {
        self.state.visibility == Visibility::Hidden
    }

    /// What decides when it trades: price, then displayed before hidden, then the queue.
    fn turn(&self) -> (i128, bool, u64) {
        let place = if self.is_hidden() { self.state.arrival.0 } else { self.queued };
        (self.rank(), self.is_hidden(), place)
    }
}

fn fresh(visibility: Visibility, open: Quantity) -> Visibility {
    match visibility {
        Visibility::Iceberg { display, .. } => {
            Visibility::Iceberg { display, slice: display.min(open) }
        }
        other => other,
    }
}

fn with_display(display: Quantity) -> Visibility {
    if display.is_zero() {
        Visibility::Hidden
    } else {
        Visibility::Iceberg { display, slice: Quantity::ZERO }
    }
}

impl Naive {
    pub(super) fn new(instrument: &Instrument) -> Self {
        let state = InstrumentState {
            phase: instrument.phase,
            last_trade: None,
            next_trade: TradeId(1),
            arrivals: Arrival(0),
        };
        let instrument = instrument.clone();
        Self { instrument, state, orders: Vec::new(), queued: 0, events: Vec::new() }
    }

    /// The live orders in canonical order.
    pub(super) fn orders(&self) -> Vec<OrderState> {
        let mut orders = self.orders.clone();
        orders.sort_by_key(|entry| {
            if entry.state.trigger.is_some() {
                return (true, Side::Buy, (0, false, entry.state.arrival.0));
            }
            (false, entry.state.side, entry.turn())
        });
        orders.iter().map(|entry| entry.state).collect()
    }

    pub(super) fn apply(&mut self, command: &Command) -> Vec<Event> {
        self.events.clear();
        let mut due: Vec<OrderState> =
            self.all(|order| order.expire_time.is_some_and(|time| time <= command.time));
        due.sort_by_key(|order| (order.expire_time, order.arrival));
        self.cancel_all(&due, CancelReason::Expired);
        match command.action {
            Action::New(new) => self.enter(&new, command.time),
            Action::Replace(replace) => {
                if let Err(reason) = self.replace(&replace) {
                    let (command, order) = (CommandKind::Replace, replace.order);
                    self.events.push(Event::Rejected { command, order, reason });
                }
            }
            Action::Cancel(order) => {
                if let Some(found) = self.find(order) {
                    self.cancel_all(&[found], CancelReason::Requested);
                } else {
                    let (command, reason) = (CommandKind::Cancel, RejectReason::UnknownOrder);
                    self.events.push(Event::Rejected { command, order, reason });
                }
            }
            Action::MassCancel(MassCancel { account, side }) => {
                let doomed = self.all(|order| {
                    order.account == account && side.is_none_or(|side| side == order.side)
                });
                self.cancel_all(&doomed, CancelReason::MassCancel);
            }
            Action::Phase(phase) => self.change_phase(phase),
            Action::Time => {}
        }
        self.look();
        self.events.clone()
    }

    /// Some orders by arrival.
    fn all(&self, is_meant: impl Fn(&OrderState) -> bool) -> Vec<OrderState> {
        let mut found: Vec<OrderState> =
            self.orders.iter().map(|entry| entry.state).filter(|order| is_meant(order)).collect();
        found.sort_by_key(|order| order.arrival);
        found
    }

    fn find(&self, id: OrderId) -> Option<OrderState> {
        self.all(|order| order.order == id).first().copied()
    }

    fn forget(&mut self, id: OrderId) {
        self.orders.retain(|entry| entry.state.order != id);
    }

    fn cancel_all(&mut self, orders: &[OrderState], reason: CancelReason) {
        for order in orders {
            self.forget(order.order);
            self.tell_canceled(order, reason);
        }
    }

    fn tell_canceled(&mut self, order: &OrderState, reason: CancelReason) {
        self.events.push(Event::Canceled { order: order.order, quantity: order.open, reason });
    }

    fn arrive(&mut self) -> Arrival {
        self.state.arrivals.0 += 1;
        self.state.arrivals
    }

    fn keep(&mut self, mut state: OrderState) {
        if state.trigger.is_none() {
            state.visibility = fresh(state.visibility, state.open);
            state.min_quantity = None;
        }
        self.queued += 1;
        self.orders.push(Entry { state, queued: self.queued });
    }

    fn takes(&self, order_type: OrderType, time_in_force: TimeInForce, post_only: bool) -> bool {
        match self.state.phase {
            Phase::Continuous => true,
            Phase::Closed | Phase::Halted | Phase::CancelOnly => false,
            Phase::PostOnly => post_only,
            Phase::LimitOnly => !order_type.is_market_type(),
            Phase::Auction => {
                order_type.has_trigger()
                    || time_in_force == TimeInForce::Ioc && order_type == OrderType::Market
                    || !time_in_force.is_immediate()
            }
        }
    }

    fn would_take(&self, order: &OrderState) -> bool {
        order.trigger.is_none()
            && self.state.phase != Phase::Auction
            && order.post_only
            && self.next_maker(order).is_some()
    }

    fn enter(&mut self, new: &NewOrder, now: TimeNs) {
        let trailing =
            new.trail_offset().map(|offset| TriggerState::Trailing { offset, price: None });
        let order = OrderState {
            order: new.order,
            account: new.account,
            arrival: Arrival(self.state.arrivals.0 + 1),
            price: new.price,
            open: new.quantity,
            executed: Quantity::ZERO,
            visibility: new.display_quantity().map_or(Visibility::Full, with_display),
            expire_time: new.expire_time(),
            min_quantity: new.min_quantity(),
            trigger: new.trigger_price().map(TriggerState::Fixed).or(trailing),
            side: new.side,
            order_type: new.order_type,
            time_in_force: new.time_in_force,
            post_only: new.post_only,
            self_trade: new.self_trade,
        };
        if let Some(reason) = self.judge(new, &order, now) {
            let command = CommandKind::New;
            self.events.push(Event::Rejected { command, order: new.order, reason });
            return;
        }
        self.events.push(Event::Accepted { order: new.order });
        self.arrive();
        if order.trigger.is_some() {
            self.keep(order);
        } else if self.state.phase == Phase::Auction {
            if order.min_quantity.is_some() {
                self.tell_canceled(&order, CancelReason::MinQuantity);
            } else {
                self.keep(order);
            }
        } else {
            self.act(order);
        }
    }

    fn judge(&self, new: &NewOrder, order: &OrderState, now: TimeNs) -> Option<RejectReason> {
        let contradiction = rules::judge_new(new, now, PriceBounds::of(&self.instrument));
        let is_auction = self.state.phase == Phase::Auction;
        let lacks_minimum = |min: Quantity| {
            order.trigger.is_none()
                && !order.time_in_force.is_immediate()
                && (is_auction || self.could_trade(order) < u128::from(min.0))
        };
        if contradiction.is_some() {
            contradiction
        } else if self.find(new.order).is_some() {
            Some(RejectReason::DuplicateOrder)
        } else if !self.takes(new.order_type, new.time_in_force, new.post_only) {
            Some(RejectReason::Phase)
        } else if self.would_take(order) {
            Some(RejectReason::PostOnlyWouldTake)
        } else {
            order.min_quantity.is_some_and(lacks_minimum).then_some(RejectReason::MinQuantity)
        }
    }

    /// Trades an order that arrives, and keeps or cancels what is left.
    fn act(&mut self, order: OrderState) {
        let possible = self.could_trade(&order);
        if order.time_in_force == TimeInForce::Fok && possible < u128::from(order.open.0) {
            return self.tell_canceled(&order, CancelReason::Fok);
        }
        if order.min_quantity.is_some_and(|min| possible < u128::from(min.0)) {
            return self.tell_canceled(&order, CancelReason::MinQuantity);
        }
        let left = self.sweep(order);
        if left.open.is_zero() {
        } else if left.price.is_none() {
            self.tell_canceled(&left, CancelReason::NoLiquidity);
        } else if left.time_in_force.is_immediate() {
            self.tell_canceled(&left, CancelReason::Ioc);
        } else {
            self.keep(left);
        }
    }

    /// What an order would trade before it meets an own one that ends it: found by trying.
    fn could_trade(&self, order: &OrderState) -> u128 {
        let mut trial = self.clone();
        trial.events.clear();
        let self_trade = match order.self_trade {
            SelfTrade::CancelBoth | SelfTrade::Decrement => SelfTrade::CancelNewest,
            mode => mode,
        };
        trial.sweep(OrderState { self_trade, ..*order });
        let fills = trial.events.iter().map(|event| match event {
            Event::Fill(fill) => u128::from(fill.quantity.0),
            _ => 0,
        });
        fills.sum()
    }

    /// The entries that an order could trade with, in turn.
    fn makers(&self, taker: &Taker) -> Vec<Entry> {
        let side = taker.side.opposite();
        let limit = match taker.price {
            None => i128::MAX,
            price => rank_of(side, price),
        };
        let mut found: Vec<Entry> = self
            .orders
            .iter()
            .filter(|entry| entry.state.side == side && entry.state.trigger.is_none())
            .filter(|entry| entry.rank() <= limit)
            .copied()
            .collect();
        found.sort_by_key(Entry::turn);
        found
    }

    fn next_maker(&self, taker: &Taker) -> Option<Entry> {
        self.makers(taker).first().copied()
    }

    fn sweep(&mut self, mut taker: Taker) -> Taker {
        while let Some(first) = self.next_maker(&taker).filter(|_| !taker.open.is_zero()) {
            let mut level = self.makers(&taker);
            level.retain(|entry| entry.rank() == first.rank());
            let displayed: Vec<Entry> =
                level.iter().filter(|entry| !entry.is_hidden()).copied().collect();
            let is_own = |entry: &&Entry| {
                taker.self_trade != SelfTrade::None
                    && taker.account != AccountId(0)
                    && entry.state.account == taker.account
            };
            let is_pro_rata = self.instrument.matching == Matching::ProRata;
            let own = if is_pro_rata {
                displayed.iter().find(is_own).or(Some(&first).filter(is_own)).copied()
            } else {
                Some(&first).filter(is_own).copied()
            };
            if let Some(own) = own {
                self.prevent(&mut taker, &own);
            } else if is_pro_rata && !first.is_hidden() {
                for (maker, quantity) in shares(&displayed, taker.open.0) {
                    self.fill(&mut taker, maker, quantity);
                }
            } else {
                let shown =
                    if first.is_hidden() { first.state.open } else { first.state.displayed() };
                let quantity = shown.0.min(taker.open.0);
                self.fill(&mut taker, first.state.order, quantity);
            }
        }
        taker
    }

    fn prevent(&mut self, taker: &mut Taker, own: &Entry) {
        let reason = CancelReason::SelfTrade;
        let resting = own.state;
        match taker.self_trade {
            SelfTrade::None => unreachable!(),
            SelfTrade::CancelOldest => return self.cancel_all(&[resting], reason),
            SelfTrade::CancelBoth => self.cancel_all(&[resting], reason),
            SelfTrade::CancelNewest => {}
            SelfTrade::Decrement => {
                let quantity = resting.open.min(taker.open);
                if quantity == resting.open {
                    self.cancel_all(&[resting], reason);
                } else {
                    let open = Quantity(resting.open.0 - quantity.0);
                    let entry = self.entry(resting.order);
                    entry.state.open = open;
                    if let Visibility::Iceberg { slice, .. } = &mut entry.state.visibility {
                        *slice = (*slice).min(open);
                    }
                    self.events.push(Event::Reduced { order: resting.order, quantity, open });
                }
                if quantity < taker.open {
                    taker.open.0 -= quantity.0;
                    let (order, open) = (taker.order, taker.open);
                    self.events.push(Event::Reduced { order, quantity, open });
                    return;
                }
            }
        }
        self.tell_canceled(taker, reason);
        taker.open = Quantity::ZERO;
    }

    fn entry(&mut self, id: OrderId) -> &mut Entry {
        self.orders.iter_mut().find(|entry| entry.state.order == id).unwrap()
    }

    fn fill(&mut self, taker: &mut Taker, maker: OrderId, quantity: u64) {
        self.queued += 1;
        let queued = self.queued;
        let entry = self.entry(maker);
        entry.state.open.0 -= quantity;
        entry.state.executed.0 += quantity;
        let open = entry.state.open;
        if let Visibility::Iceberg { display, slice } = &mut entry.state.visibility {
            slice.0 -= quantity;
            if slice.is_zero() {
                *slice = (*display).min(open);
                entry.queued = queued;
            }
        }
        let price = entry.state.price.unwrap();
        taker.open.0 -= quantity;
        taker.executed.0 += quantity;
        if open.is_zero() {
            self.forget(maker);
        }
        self.trade(price, Quantity(quantity), (maker, open), (taker.order, taker.open));
    }

    fn trade(
        &mut self,
        price: Price,
        quantity: Quantity,
        (maker, maker_open): (OrderId, Quantity),
        (taker, taker_open): (OrderId, Quantity),
    ) {
        let trade = self.state.next_trade;
        self.state.next_trade.0 += 1;
        self.state.last_trade = Some(price);
        let fill = Fill { trade, maker, taker, price, quantity, maker_open, taker_open };
        self.events.push(Event::Fill(fill));
    }

    fn change_phase(&mut self, phase: Phase) {
        self.state.phase = phase;
        self.events.push(Event::Phase { phase });
        if matches!(phase, Phase::Auction | Phase::Halted) {
            return;
        }
        self.uncross();
        let market = self.all(|order| order.trigger.is_none() && order.price.is_none());
        self.cancel_all(&market, CancelReason::NoLiquidity);
        if phase == Phase::Closed {
            let day = self.all(|order| order.time_in_force == TimeInForce::Day);
            self.cancel_all(&day, CancelReason::EndOfDay);
        }
    }

    /// What would trade at a price, and what would be left of the buyers less of the sellers.
    fn weigh(&self, price: i128) -> (i128, i128) {
        let volume = |side: Side| -> i128 {
            let limit = if side == Side::Buy { -price } else { price };
            let takes_part = self.orders.iter().filter(|entry| {
                entry.state.side == side && entry.state.trigger.is_none() && entry.rank() <= limit
            });
            takes_part.map(|entry| i128::from(entry.state.open.0)).sum()
        };
        let (bought, sold) = (volume(Side::Buy), volume(Side::Sell));
        (bought.min(sold), bought - sold)
    }

    fn auction_price(&self) -> Option<Price> {
        let reference = self.state.last_trade.or(self.instrument.reference_price);
        let reference = reference.map(|price| i128::from(price.0));
        let limits: Vec<i128> = self
            .orders
            .iter()
            .filter(|entry| entry.state.trigger.is_none())
            .filter_map(|entry| entry.state.price.map(|price| i128::from(price.0)))
            .collect();
        let (lowest, highest) = match (limits.iter().min(), limits.iter().max()) {
            (Some(lowest), Some(highest)) => (*lowest, *highest),
            _ => (reference?, reference?),
        };
        // Between two limits all ticks are alike but for their distance to the reference.
        let mut ticks: Vec<i128> = limits
            .iter()
            .flat_map(|limit| [limit - 1, *limit, limit + 1])
            .chain(reference)
            .filter(|tick| (lowest..=highest).contains(tick))
            .collect();
        let most = ticks.iter().map(|tick| self.weigh(*tick).0).max()?;
        ticks.retain(|tick| self.weigh(*tick).0 == most);
        let least = ticks.iter().map(|tick| self.weigh(*tick).1.abs()).min()?;
        ticks.retain(|tick| self.weigh(*tick).1.abs() == least);
        let price = if ticks.iter().all(|tick| self.weigh(*tick).1 > 0) {
            ticks.iter().max()
        } else if ticks.iter().all(|tick| self.weigh(*tick).1 < 0) {
            ticks.iter().min()
        } else {
            let distance = |tick: &i128| reference.map_or(0, |reference| (tick - reference).abs());
            ticks.iter().min_by_key(|tick| (distance(tick), -**tick))
        };
        price.filter(|_| most > 0).map(|price| Price(i64::try_from(*price).unwrap()))
    }

    fn uncross(&mut self) {
        let Some(price) = self.auction_price() else { return };
        let (volume, _) = self.weigh(i128::from(price.0));
        let quantity = Volume(volume.unsigned_abs());
        self.events.push(Event::Auction { price, quantity });
        let mut left = quantity.0;
        while left > 0 {
            let next = |side: Side| {
                let resting = self
                    .orders
                    .iter()
                    .filter(|entry| entry.state.side == side && entry.state.trigger.is_none());
                resting.min_by_key(|entry| entry.turn()).unwrap().state
            };
            let mut pair = [next(Side::Buy), next(Side::Sell)];
            pair.sort_by_key(|order| order.arrival);
            let traded = u128::from(pair[0].open.min(pair[1].open).0).min(left);
            left -= traded;
            let traded = u64::try_from(traded).unwrap();
            let [maker, taker] = pair.map(|order| {
                let entry = self.entry(order.order);
                entry.state.open.0 -= traded;
                entry.state.executed.0 += traded;
                entry.state.visibility = fresh(entry.state.visibility, entry.state.open);
                let open = entry.state.open;
                if open.is_zero() {
                    self.forget(order.order);
                }
                (order.order, open)
            });
            self.trade(price, Quantity(traded), maker, taker);
        }
    }

    fn look(&mut self) {
        if !matches!(self.state.phase, Phase::Continuous | Phase::LimitOnly) {
            return;
        }
        while let Some(last) = self.state.last_trade {
            for entry in &mut self.orders {
                follow(&mut entry.state, last);
            }
            let elected = self.all(|order| is_reached(order, last));
            let Some(mut order) = elected.first().copied() else { return };
            self.forget(order.order);
            self.events.push(Event::Triggered { order: order.order });
            order.arrival = self.arrive();
            order.trigger = None;
            if self.would_take(&order) {
                self.tell_canceled(&order, CancelReason::PostOnlyWouldTake);
            } else {
                self.act(order);
            }
        }
    }

    fn replace(&mut self, command: &Replace) -> Result<(), RejectReason> {
        let old = self.find(command.order).ok_or(RejectReason::UnknownOrder)?;
        let is_waiting = old.trigger.is_some();
        let total = command.quantity.map_or(old.open.0 + old.executed.0, |total| total.0);
        let open = total.saturating_sub(old.executed.0);
        let is_market_type = old.order_type.is_market_type();
        let is_invalid = (is_market_type
            && (command.price.is_some() || command.display_quantity.is_some()))
            || (command.trigger_price.is_some()
                && !matches!(old.trigger, Some(TriggerState::Fixed(_))))
            || (open > 0 && command.display_quantity.is_some_and(|shown| shown.0 > total));
        if is_invalid {
            return Err(RejectReason::InvalidOrder);
        }
        let bounds = PriceBounds::of(&self.instrument);
        if command.price.into_iter().chain(command.trigger_price).any(|at| bounds.exclude(at)) {
            return Err(RejectReason::InvalidPrice);
        }
        let new_order = command.new_order.filter(|id| *id != old.order);
        if new_order.is_some_and(|id| self.find(id).is_some()) {
            return Err(RejectReason::DuplicateOrder);
        }
        if matches!(self.state.phase, Phase::Closed | Phase::Halted | Phase::CancelOnly) {
            return Err(RejectReason::Phase);
        }
        if open == 0 {
            self.cancel_all(&[old], CancelReason::ReplacedBelowExecuted);
            return Ok(());
        }
        let mut new = OrderState {
            order: new_order.unwrap_or(old.order),
            open: Quantity(open),
            price: command.price.or(old.price),
            trigger: command.trigger_price.map(TriggerState::Fixed).or(old.trigger),
            ..old
        };
        if let Some(display) = command.display_quantity {
            new.visibility = with_display(display);
            if let Visibility::Iceberg { slice, .. } = &mut new.visibility {
                *slice = old.displayed();
            }
        }
        let is_hidden = |order: &OrderState| order.visibility == Visibility::Hidden;
        let keeps_place = new.price == old.price
            && new.trigger == old.trigger
            && open <= old.open.0
            && is_hidden(&new) == is_hidden(&old);
        self.take_over(&old, new, keeps_place, is_waiting)?;
        Ok(())
    }

    /// The second half of a replacement: what depends on the place.
    fn take_over(
        &mut self,
        old: &OrderState,
        mut new: OrderState,
        keeps_place: bool,
        is_waiting: bool,
    ) -> Result<(), RejectReason> {
        if !keeps_place {
            let is_ordinary_limit = !is_waiting && !new.order_type.is_market_type();
            let order_type = if is_ordinary_limit { OrderType::Limit } else { new.order_type };
            if !self.takes(order_type, new.time_in_force, new.post_only) {
                return Err(RejectReason::Phase);
            }
            if self.would_take(&new) {
                return Err(RejectReason::PostOnlyWouldTake);
            }
        }
        self.events.push(Event::Replaced {
            order: old.order,
            new_order: Some(new.order).filter(|id| *id != old.order),
            price: new.price,
            open: new.open,
        });
        if keeps_place {
            if let Visibility::Iceberg { display, slice } = &mut new.visibility {
                *slice = if is_waiting { Quantity::ZERO } else { *slice };
                *slice = (*slice).min(*display).min(new.open);
            }
            self.entry(old.order).state = new;
            return Ok(());
        }
        self.forget(old.order);
        new.arrival = self.arrive();
        if let Visibility::Iceberg { slice, .. } = &mut new.visibility {
            *slice = Quantity::ZERO;
        }
        if !is_waiting && self.state.phase != Phase::Auction {
            new = self.sweep(new);
        }
        if !new.open.is_zero() {
            self.keep(new);
        }
        Ok(())
    }
}

/// What each displayed order of a pro-rata level trades, in queue order.
fn shares(displayed: &[Entry], quantity: u64) -> Vec<(OrderId, u64)> {
    let shown = |entry: &Entry| u128::from(entry.state.displayed().0);
    let total: u128 = displayed.iter().map(shown).sum();
    let wanted = u128::from(quantity).min(total);
    let mut gets: Vec<u128> = displayed.iter().map(|entry| wanted * shown(entry) / total).collect();
    let mut left = wanted - gets.iter().sum::<u128>();
    let mut by_age: Vec<usize> = (0..displayed.len()).collect();
    by_age.sort_by_key(|index| displayed[*index].state.arrival);
    for index in by_age {
        let more = left.min(shown(&displayed[index]) - gets[index]);
        gets[index] += more;
        left -= more;
    }
    let ids = displayed.iter().map(|entry| entry.state.order);
    let gets = gets.iter().map(|gets| u64::try_from(*gets).unwrap());
    ids.zip(gets).filter(|(_, gets)| *gets > 0).collect()
}

fn follow(order: &mut OrderState, last: Price) {
    if let Some(TriggerState::Trailing { offset, price }) = &mut order.trigger {
        let (next, best) = match order.side {
            Side::Sell => {
                let next = last.0.saturating_sub(offset.0);
                (next, price.map_or(next, |price| price.0.max(next)))
            }
            Side::Buy => {
                let next = last.0.saturating_add(offset.0);
                (next, price.map_or(next, |price| price.0.min(next)))
            }
        };
        *price = Some(Price(if price.is_none() { next } else { best }));
    }
}

fn is_reached(order: &OrderState, last: Price) -> bool {
    let trigger = match order.trigger {
        Some(TriggerState::Fixed(price) | TriggerState::Trailing { price: Some(price), .. }) => {
            price
        }
        _ => return false,
    };
    let is_take_profit =
        matches!(order.order_type, OrderType::TakeProfit | OrderType::TakeProfitLimit);
    if (order.side == Side::Buy) == is_take_profit { last <= trigger } else { last >= trigger }
}
