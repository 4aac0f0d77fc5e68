//! A snapshot as commands: as near as commands can come, and what they lose.

use std::collections::HashMap;
use std::fmt;

use shadowbook_capture::entered_as;
use shadowbook_model::{
    Action, Arrival, Command, Instrument, OrderState, Phase, Price, Quantity, Seq, Side, Snapshot,
    TimeInForce, TimeNs, TradeId, TriggerState, Visibility,
};

/// The commands that build a book like that of a snapshot, and what they lose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Commands {
    /// To be sent before the stream. All of them have seq 0 and time 0: they stand before it.
    pub commands: Vec<Command>,
    /// What is not as in the snapshots, in order of declaration; nothing twice.
    pub lost: Vec<Loss>,
}

/// What a snapshot holds and commands cannot bring about, with how often it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// The last trade of so many instruments: triggers and auctions that look at it wait for
    /// another one.
    LastTrades(u64),
    /// The trade numbers of so many instruments begin at 1 again.
    TradeNumbers(u64),
    /// The arrivals of so many orders have other numbers (rule U8).
    ArrivalNumbers(u64),
    /// So many orders arrive later among the others than they did: what goes by arrival, such as a
    /// mass-cancel, meets them in another order.
    ArrivalOrder(u64),
    /// What so many orders have executed: a replacement's total counts from zero again (rule C2).
    ExecutedQuantities(u64),
    /// The slices in progress of so many icebergs are fresh ones.
    Slices(u64),
    /// So many icebergs would show more than is open of them: their display quantity is what is
    /// open (rule O6), also should a replacement raise that.
    DisplayQuantities(u64),
    /// The minimum of so many untriggered orders is above what is open of them: it is what is open
    /// (rule O6), so that they trade when triggered.
    Minimums(u64),
    /// So many orders whose trigger is behind them are plain limit orders.
    TriggeredTypes(u64),
    /// So many trailing triggers begin to follow anew (rule T4).
    TrailingTriggers(u64),
    /// So many orders that can no longer be entered at all.
    Orders(u64),
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, one, many) = match self {
            Self::LastTrades(count) => (count, "last trade price", "last trade prices"),
            Self::TradeNumbers(count) => (count, "trade counter", "trade counters"),
            Self::ArrivalNumbers(count) => (count, "arrival number", "arrival numbers"),
            Self::ArrivalOrder(count) => {
                (count, "place in the order of arrival", "places in the order of arrival")
            }
            Self::ExecutedQuantities(count) => (count, "executed quantity", "executed quantities"),
            Self::Slices(count) => (count, "slice in progress", "slices in progress"),
            Self::DisplayQuantities(count) => {
                let one = "display quantity above what is open";
                (count, one, "display quantities above what is open")
            }
            Self::Minimums(count) => {
                (count, "minimum above what is open", "minimums above what is open")
            }
            Self::TriggeredTypes(count) => {
                (count, "type of a triggered order", "types of triggered orders")
            }
            Self::TrailingTriggers(count) => {
                (count, "state of a trailing trigger", "states of trailing triggers")
            }
            Self::Orders(count) => (count, "order", "orders"),
        };
        write!(f, "{count} {}", if *count == 1 { one } else { many })
    }
}

/// The commands that build books like those of these snapshots in an engine that has seen nothing
/// yet, and what they lose of these very snapshots.
///
/// Orders are entered where none of them can trade, in order of arrival as far as that leaves
/// every queue as it is; then the phase is set. The snapshots must be sound.
#[must_use]
pub fn commands_for(instruments: &[Instrument], snapshots: &[Snapshot]) -> Commands {
    let mut plan = Plan::default();
    for snapshot in snapshots {
        if let Some(instrument) = instruments.get(snapshot.instrument.index()) {
            plan.enter(snapshot, instrument);
        }
    }
    Commands { commands: plan.commands, lost: plan.losses.list() }
}

#[derive(Default)]
struct Plan {
    commands: Vec<Command>,
    losses: Losses,
}

impl Plan {
    fn enter(&mut self, snapshot: &Snapshot, instrument: &Instrument) {
        let Snapshot { state, orders, .. } = snapshot;
        self.losses.last_trades += u64::from(state.last_trade.is_some());
        self.losses.trade_numbers += u64::from(state.next_trade != TradeId(1));
        let mut phase = instrument.phase;
        let entered: Vec<&OrderState> = in_order_of_entry(orders)
            .into_iter()
            .filter(|order| can_enter(order, state.phase))
            .collect();
        self.losses.orders += (orders.len() - entered.len()) as u64;
        if !entered.is_empty() {
            self.phase(snapshot, &mut phase, phase_of_entry(orders));
        }
        let mut last = Arrival(0);
        for (order, arrival) in entered.into_iter().zip(1..) {
            self.push(snapshot, entered_as(order));
            self.losses.order(order, Arrival(arrival), last);
            last = last.max(order.arrival);
        }
        self.phase(snapshot, &mut phase, state.phase);
    }

    fn phase(&mut self, snapshot: &Snapshot, now: &mut Phase, to: Phase) {
        if *now != to {
            self.push(snapshot, to);
            *now = to;
        }
    }

    fn push(&mut self, snapshot: &Snapshot, action: impl Into<Action>) {
        self.commands.push(Command::new(Seq(0), TimeNs(0), snapshot.instrument, action));
    }
}

/// What would expire at time 0, and what `closed` ends (rule P4), would not be there.
fn can_enter(order: &OrderState, phase: Phase) -> bool {
    let is_ended = phase == Phase::Closed && order.time_in_force == TimeInForce::Day;
    !is_ended && order.expire_time != Some(TimeNs(0))
}

/// Where orders can be entered and none of them trades: what is not crossed needs no auction, which
/// not every engine offers.
fn phase_of_entry(orders: &[OrderState]) -> Phase {
    let resting = || orders.iter().filter(|order| order.trigger.is_none());
    let best = |side: Side| {
        let prices = resting().filter(|order| order.side == side).filter_map(|order| order.price);
        prices.reduce(|best, price| match side {
            Side::Buy => best.max(price),
            Side::Sell => best.min(price),
        })
    };
    let has_market = resting().any(|order| order.price.is_none());
    let is_crossed =
        matches!((best(Side::Buy), best(Side::Sell)), (Some(bid), Some(ask)) if bid >= ask);
    if has_market || is_crossed { Phase::Auction } else { Phase::Continuous }
}

/// By arrival, but for those that stand behind a later arrival in their queue: an iceberg's next
/// slice does (rule O4). They come right behind that one.
fn in_order_of_entry(orders: &[OrderState]) -> Vec<&OrderState> {
    let mut latest: HashMap<(Side, Price), Arrival> = HashMap::new();
    let mut keyed: Vec<(Arrival, &OrderState)> = Vec::with_capacity(orders.len());
    for order in orders {
        let is_displayed = order.trigger.is_none() && order.visibility != Visibility::Hidden;
        let key = match order.price.filter(|_| is_displayed) {
            None => order.arrival,
            Some(price) => {
                let latest = latest.entry((order.side, price)).or_default();
                *latest = order.arrival.max(*latest);
                *latest
            }
        };
        keyed.push((key, order));
    }
    // Stable: what has the same key stays in the order of its queue.
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, order)| order).collect()
}

#[derive(Default)]
struct Losses {
    last_trades: u64,
    trade_numbers: u64,
    arrival_numbers: u64,
    arrival_order: u64,
    executed: u64,
    slices: u64,
    displays: u64,
    minimums: u64,
    triggered_types: u64,
    trailing: u64,
    orders: u64,
}

impl Losses {
    /// Counts what is lost of an order that arrives at `arrival` now, behind one that arrived last.
    fn order(&mut self, order: &OrderState, arrival: Arrival, last: Arrival) {
        let is_fresh = match order.visibility {
            Visibility::Iceberg { display, slice } if order.trigger.is_none() => {
                slice == display.min(order.open)
            }
            _ => true,
        };
        let is_above_open = |quantity: Option<Quantity>| quantity.is_some_and(|it| it > order.open);
        let display = match order.visibility {
            Visibility::Iceberg { display, .. } => Some(display),
            Visibility::Full | Visibility::Hidden => None,
        };
        let was_triggered = order.order_type.has_trigger() && order.trigger.is_none();
        let trails = matches!(order.trigger, Some(TriggerState::Trailing { price: Some(_), .. }));
        self.arrival_numbers += u64::from(order.arrival != arrival);
        self.arrival_order += u64::from(order.arrival < last);
        self.executed += u64::from(!order.executed.is_zero());
        self.slices += u64::from(!is_fresh);
        self.displays += u64::from(is_above_open(display));
        self.minimums += u64::from(is_above_open(order.min_quantity));
        self.triggered_types += u64::from(was_triggered);
        self.trailing += u64::from(trails);
    }

    fn list(&self) -> Vec<Loss> {
        let all = [
            (self.last_trades, Loss::LastTrades(self.last_trades)),
            (self.trade_numbers, Loss::TradeNumbers(self.trade_numbers)),
            (self.arrival_numbers, Loss::ArrivalNumbers(self.arrival_numbers)),
            (self.arrival_order, Loss::ArrivalOrder(self.arrival_order)),
            (self.executed, Loss::ExecutedQuantities(self.executed)),
            (self.slices, Loss::Slices(self.slices)),
            (self.displays, Loss::DisplayQuantities(self.displays)),
            (self.minimums, Loss::Minimums(self.minimums)),
            (self.triggered_types, Loss::TriggeredTypes(self.triggered_types)),
            (self.trailing, Loss::TrailingTriggers(self.trailing)),
            (self.orders, Loss::Orders(self.orders)),
        ];
        all.into_iter().filter(|(count, _)| *count > 0).map(|(_, loss)| loss).collect()
    }
}

#[cfg(test)]
#[path = "commands_tests.rs"]
mod tests;
