//! A flow as a row of numbers: equal exactly for equal flows, and in an order in which the simpler
//! comes first.

use std::collections::BTreeSet;

use shadowbook_capture::Flow;
use shadowbook_model::{
    Action, Command, Instrument, Matching, NewOrder, OrderState, Phase, Price, Replace, Side,
    TriggerState, Visibility,
};

/// What one command weighs: three attributes, or an iceberg less than two plain orders.
const COMMAND: u64 = 6;
/// What a snapshot weighs: an example runs from an empty book wherever it can.
const SNAPSHOT: u64 = 60;

/// What makes a flow simple, the weightiest first; the smaller is the simpler.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cost {
    /// Commands, and attributes that are not the plainest.
    weight: u64,
    /// Different prices, then lots, then how far prices and times are from the smallest.
    values: [u128; 4],
    row: Vec<u64>,
}

impl Cost {
    pub(crate) fn of(flow: &Flow) -> Self {
        let mut tally = Tally::default();
        flow.instruments.iter().for_each(|instrument| tally.instrument(instrument));
        for snapshot in &flow.snapshots {
            tally.weight += SNAPSHOT;
            tally.weight += 2 * u64::from(snapshot.state.last_trade.is_some());
            tally.weight += 2 * u64::from(snapshot.state.phase != Phase::Continuous);
            tally.prices.extend(snapshot.state.last_trade);
            tally.lots += u128::from(snapshot.state.next_trade.0);
            tally.lots += u128::from(snapshot.state.arrivals.0);
            snapshot.orders.iter().for_each(|order| tally.state(order));
        }
        flow.commands.iter().for_each(|command| tally.command(command));
        tally.weight += 2 * tally.prices.iter().filter(|price| price.0 < 1).count() as u64;
        tally.weight += 2 * repeated_ids(flow);
        tally.prices.sort_unstable();
        let spread = tally.prices.iter().map(|price| u128::from(distance(*price))).sum();
        tally.prices.dedup();
        Self {
            weight: tally.weight,
            values: [tally.prices.len() as u128, tally.lots, spread, tally.times],
            row: row(flow),
        }
    }
}

/// How many orders are entered under an id that was there before.
fn repeated_ids(flow: &Flow) -> u64 {
    let mut seen = BTreeSet::new();
    let ids = flow.commands.iter().filter_map(|command| match &command.action {
        Action::New(new) => Some((command.instrument, new.order)),
        _ => None,
    });
    ids.map(|id| u64::from(!seen.insert(id))).sum()
}

/// How far a price is from 1: prices above zero read best.
const fn distance(Price(price): Price) -> u64 {
    if price > 0 {
        price.abs_diff(1).saturating_mul(2)
    } else {
        price.abs_diff(1).saturating_mul(2).saturating_add(1)
    }
}

#[derive(Default)]
struct Tally {
    weight: u64,
    prices: Vec<Price>,
    lots: u128,
    times: u128,
}

impl Tally {
    fn instrument(&mut self, instrument: &Instrument) {
        let Instrument { matching, price_min, price_max, reference_price, phase, .. } = instrument;
        let is_there = [
            *matching != Matching::PriceTime,
            price_min.is_some(),
            price_max.is_some(),
            reference_price.is_some(),
        ];
        self.weight += 10 + 2 * count(is_there);
        // A phase command reads better than a table.
        self.weight += 14 * u64::from(*phase != Phase::Continuous);
        self.prices.extend([price_min, price_max, reference_price].into_iter().flatten());
    }

    fn command(&mut self, command: &Command) {
        self.times += u128::from(command.time.0);
        self.weight += COMMAND;
        match &command.action {
            // Nothing is simpler than time that passes.
            Action::Time => {}
            Action::New(new) => self.new_order(new),
            Action::Replace(replace) => self.replace(replace),
            Action::Cancel(_) => self.weight += 4,
            Action::MassCancel(mass_cancel) => {
                self.weight += 5 + u64::from(mass_cancel.side.is_some());
                self.weight += u64::from(mass_cancel.account.0 > 0);
            }
            Action::Phase(phase) => self.weight += 6 + u64::from(*phase != Phase::Continuous),
        }
    }

    fn new_order(&mut self, new: &NewOrder) {
        let is_there = [
            !new.account.is_anonymous(),
            new.post_only,
            new.seed,
            new.display_quantity().is_some(),
            new.min_quantity().is_some(),
            new.expire_time().is_some(),
            new.trigger_price().is_some(),
            new.trail_offset().is_some(),
        ];
        self.weight += 1 + 2 * count(is_there) + 5 * u64::from(new.quantity.is_zero());
        // Two plain orders read better than one that shows a part of itself.
        self.weight += 8 * u64::from(new.display_quantity().is_some_and(|it| !it.is_zero()));
        self.weight += u64::from(new.order_type.code()) + u64::from(new.self_trade.code());
        let is_usual = new.order_type.is_market_type() && new.time_in_force.code() == 3;
        self.weight += if is_usual { 0 } else { u64::from(new.time_in_force.code()) };
        self.prices.extend(new.price.into_iter().chain(new.trigger_price()));
        let more = [new.display_quantity(), new.min_quantity()];
        self.lots += u128::from(new.quantity.0);
        self.lots += more.iter().flatten().map(|lots| u128::from(lots.0)).sum::<u128>();
        self.lots += new.trail_offset().map_or(0, |trail| u128::from(trail.0.unsigned_abs()));
        self.times += new.expire_time().map_or(0, |time| u128::from(time.0));
    }

    fn replace(&mut self, replace: &Replace) {
        let Replace { new_order, price, quantity, trigger_price, display_quantity, .. } = replace;
        let is_there = [
            new_order.is_some(),
            price.is_some(),
            quantity.is_some(),
            trigger_price.is_some(),
            display_quantity.is_some(),
        ];
        self.weight += 4 + 2 * count(is_there);
        self.prices.extend([price, trigger_price].into_iter().flatten());
        let lots = [quantity, display_quantity].into_iter().flatten();
        self.lots += lots.map(|lots| u128::from(lots.0)).sum::<u128>();
    }

    fn state(&mut self, order: &OrderState) {
        let is_there = [
            !order.account.is_anonymous(),
            order.visibility != Visibility::Full,
            order.post_only,
            order.expire_time.is_some(),
            order.min_quantity.is_some(),
            order.trigger.is_some(),
            !order.executed.is_zero(),
        ];
        self.weight += 2 * COMMAND + 2 * count(is_there) + u64::from(order.order_type.code());
        self.weight += u64::from(order.self_trade.code());
        self.weight += u64::from(order.time_in_force.code());
        self.prices.extend(order.price);
        if let Visibility::Iceberg { display, slice } = order.visibility {
            self.lots += u128::from(display.0) + u128::from(slice.0);
        }
        self.lots += u128::from(order.open.0) + u128::from(order.executed.0);
    }
}

fn count<const N: usize>(is_there: [bool; N]) -> u64 {
    is_there.into_iter().map(u64::from).sum()
}

/// The flow as a row of numbers, without symbols and units of instruments.
pub(crate) fn row(flow: &Flow) -> Vec<u64> {
    let mut row = Row(Vec::with_capacity(16 * (flow.commands.len() + 1)));
    flow.instruments.iter().for_each(|instrument| row.instrument(instrument));
    for snapshot in &flow.snapshots {
        let state = &snapshot.state;
        row.push(u64::from(snapshot.instrument.0));
        row.push(u64::from(state.phase.code()));
        row.price(state.last_trade);
        row.0.extend([state.next_trade.0, state.arrivals.0, snapshot.orders.len() as u64]);
        snapshot.orders.iter().for_each(|order| row.state(order));
    }
    flow.commands.iter().for_each(|command| row.command(command));
    row.0
}

struct Row(Vec<u64>);

impl Row {
    fn push(&mut self, value: impl Into<u64>) {
        self.0.push(value.into());
    }

    fn optional(&mut self, value: Option<u64>) {
        self.0.extend([u64::from(value.is_some()), value.unwrap_or(0)]);
    }

    fn price(&mut self, price: Option<Price>) {
        self.optional(price.map(distance));
    }

    fn instrument(&mut self, instrument: &Instrument) {
        self.push(instrument.matching.code());
        self.push(instrument.phase.code());
        self.price(instrument.price_min);
        self.price(instrument.price_max);
        self.price(instrument.reference_price);
    }

    fn command(&mut self, command: &Command) {
        self.push(command.kind().code());
        match &command.action {
            Action::New(new) => self.new_order(new),
            Action::Replace(replace) => {
                self.push(replace.order.0);
                self.optional(replace.new_order.map(|id| id.0));
                self.price(replace.price);
                self.optional(replace.quantity.map(|lots| lots.0));
                self.price(replace.trigger_price);
                self.optional(replace.display_quantity.map(|lots| lots.0));
            }
            Action::Cancel(order) => self.push(order.0),
            Action::MassCancel(mass_cancel) => {
                self.push(mass_cancel.account.0);
                self.optional(mass_cancel.side.map(|side| u64::from(side.code())));
            }
            Action::Phase(phase) => self.push(phase.code()),
            Action::Time => {}
        }
        self.0.extend([u64::from(command.instrument.0), command.seq.0, command.time.0]);
    }

    fn new_order(&mut self, new: &NewOrder) {
        self.push(new.order_type.code());
        self.push(new.time_in_force.code());
        // What rests first is a sell, as in most examples of books.
        self.push(u64::from(new.side == Side::Buy));
        self.price(new.price);
        self.0.extend([new.quantity.0, new.account.0, u64::from(new.self_trade.code())]);
        self.0.extend([u64::from(new.post_only), u64::from(new.seed)]);
        self.optional(new.display_quantity().map(|lots| lots.0));
        self.optional(new.min_quantity().map(|lots| lots.0));
        self.optional(new.expire_time().map(|time| time.0));
        self.price(new.trigger_price());
        self.optional(new.trail_offset().map(|trail| distance(Price(trail.0))));
        self.push(new.order.0);
    }

    fn state(&mut self, order: &OrderState) {
        self.0.extend([order.order.0, order.account.0, order.arrival.0]);
        self.0.extend([order.open.0, order.executed.0, u64::from(order.side.code())]);
        self.price(order.price);
        let (kind, display, slice) = match order.visibility {
            Visibility::Full => (0, 0, 0),
            Visibility::Iceberg { display, slice } => (1, display.0, slice.0),
            Visibility::Hidden => (2, 0, 0),
        };
        self.0.extend([kind, display, slice]);
        self.optional(order.expire_time.map(|time| time.0));
        self.optional(order.min_quantity.map(|lots| lots.0));
        match order.trigger {
            None => self.push(0_u64),
            Some(TriggerState::Fixed(price)) => self.0.extend([1, distance(price)]),
            Some(TriggerState::Trailing { offset, price }) => {
                self.0.extend([2, distance(Price(offset.0))]);
                self.price(price);
            }
        }
        self.push(order.order_type.code());
        self.push(order.time_in_force.code());
        self.push(u64::from(order.post_only));
        self.push(order.self_trade.code());
    }
}
