//! Whether a snapshot can be the state of an engine that follows the rules.

use std::collections::HashSet;
use std::ops::Deref;

use thiserror::Error;

use crate::instrument::{Instrument, Phase};
use crate::order::{OrderType, Side, TimeInForce};
use crate::state::{InstrumentState, OrderState, Snapshot, TriggerState, Visibility};
use crate::units::{Arrival, InstrumentId, OrderId, Price, Quantity};

/// A snapshot that [`Snapshot::check`] found consistent: the only kind that an engine is set to.
#[derive(Clone, Copy, Debug)]
pub struct SoundSnapshot<'a>(&'a Snapshot);

impl Deref for SoundSnapshot<'_> {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        self.0
    }
}

/// Why a snapshot cannot be the state of any engine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// Something is wrong with one order.
    #[error("order {order} of instrument {instrument}: {problem}")]
    Order {
        /// The instrument.
        instrument: InstrumentId,
        /// The order.
        order: OrderId,
        /// What is wrong.
        problem: OrderProblem,
    },
    /// A bid stands at or above an ask where nothing may (rule M6).
    #[error("the book of instrument {instrument} is crossed in phase {phase}: {bid} against {ask}")]
    Crossed {
        /// The instrument.
        instrument: InstrumentId,
        /// Its phase.
        phase: Phase,
        /// The best bid.
        bid: Price,
        /// The best ask.
        ask: Price,
    },
    /// Trades are numbered from 1, and neither trades nor arrivals may run out of numbers.
    #[error("the trades or arrivals of instrument {0} are not numbered from 1 to below 2^63")]
    Numbers(InstrumentId),
}

/// What is wrong with one order of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum OrderProblem {
    /// Rule U2.
    #[error("another live order has the same id")]
    DuplicateId,
    /// Two orders cannot arrive at once.
    #[error("another live order has the same arrival")]
    DuplicateArrival,
    /// Arrivals are counted from 1 up to that of the instrument.
    #[error("its arrival is 0 or later than the last of the instrument")]
    Arrival,
    /// A live order has something to trade.
    #[error("nothing of it is open")]
    NothingOpen,
    /// Rule U6.
    #[error("open and executed quantity do not fit 64 bits together")]
    Total,
    /// Rule O1: limit types have a price, market types none.
    #[error("a limit type without a price, or a market type with one")]
    Price,
    /// Rule U6.
    #[error("a price outside the bounds of the instrument")]
    Bounds,
    /// Rules O4, O6.
    #[error("its slice is above what is open or displayed, or there where nothing shows")]
    Slice,
    /// Rule O6.
    #[error("a market type that has a display quantity or is post-only")]
    MarketType,
    /// A trigger that its type does not have, or none where it waits.
    #[error("its trigger is not one that its type has")]
    Trigger,
    /// What waits for its trigger has never met another order.
    #[error("it waits for its trigger, and yet it has executed quantity")]
    ExecutedUntriggered,
    /// Rules T1, T2: in `continuous` and `limit-only` nothing that is elected is left waiting.
    #[error("it waits for its trigger, which the last trade elects")]
    Elected,
    /// Rules T2, T4: in `continuous` and `limit-only` a trailing trigger has seen the last trade.
    #[error("its trailing trigger has no price, though there is a last trade to follow")]
    FollowsNothing,
    /// Rules T2, T4: in `continuous` and `limit-only` it is never further off than its offset.
    #[error("its trailing trigger is further from the last trade than its offset")]
    FallsBehind,
    /// Rule O2: what is immediate does not rest; `gtd` and an expiry time belong together.
    #[error("its time in force does not let it stay, or disagrees with its expiry time")]
    TimeInForce,
    /// Rules O5, O6.
    #[error("a minimum quantity of zero, of a post-only order, or of one that rests")]
    MinQuantity,
    /// Market orders wait for an uncross in an auction, or when it was halted.
    #[error("a market order rests outside an auction")]
    MarketRests,
    /// It does not stand where the canonical order of a snapshot puts it.
    #[error("it stands in the wrong place")]
    Place,
}

/// No count of trades or arrivals gets here by counting.
const NUMBERS_END: u64 = 1 << 63;

impl Snapshot {
    /// Makes sure that this can be the state of an engine that follows the rules.
    ///
    /// # Errors
    /// The first thing that cannot be.
    pub fn check(&self, instrument: &Instrument) -> Result<SoundSnapshot<'_>, SnapshotError> {
        let InstrumentState { next_trade, arrivals, .. } = self.state;
        if next_trade.0 == 0 || next_trade.0.max(arrivals.0) >= NUMBERS_END {
            return Err(SnapshotError::Numbers(self.instrument));
        }
        let mut ids = HashSet::with_capacity(self.orders.len());
        let mut arrivals = HashSet::with_capacity(self.orders.len());
        let mut places = Places::default();
        for order in &self.orders {
            let problem = if ids.insert(order.order) {
                self.problem_of(order, instrument)
                    .or_else(|| {
                        (!arrivals.insert(order.arrival)).then_some(OrderProblem::DuplicateArrival)
                    })
                    .or_else(|| (!places.admit(order)).then_some(OrderProblem::Place))
            } else {
                Some(OrderProblem::DuplicateId)
            };
            if let Some(problem) = problem {
                let (instrument, order) = (self.instrument, order.order);
                return Err(SnapshotError::Order { instrument, order, problem });
            }
        }
        match (self.best(Side::Buy), self.best(Side::Sell)) {
            (Some(bid), Some(ask)) if bid >= ask && !self.may_be_crossed() => {
                let (instrument, phase) = (self.instrument, self.state.phase);
                Err(SnapshotError::Crossed { instrument, phase, bid, ask })
            }
            _ => Ok(SoundSnapshot(self)),
        }
    }

    /// Whether orders may wait for an uncross: every other phase began with one (rule P3).
    const fn may_be_crossed(&self) -> bool {
        matches!(self.state.phase, Phase::Auction | Phase::Halted)
    }

    /// The best limit that rests on a side.
    fn best(&self, side: Side) -> Option<Price> {
        let mut resting =
            self.orders.iter().filter(|order| order.side == side && order.trigger.is_none());
        resting.find_map(|order| order.price)
    }

    fn problem_of(&self, order: &OrderState, instrument: &Instrument) -> Option<OrderProblem> {
        let is_market_type = order.order_type.is_market_type();
        let total = order.open.0.checked_add(order.executed.0);
        let has_executed_untriggered = order.trigger.is_some() && !order.executed.is_zero();
        let is_foreign_arrival = order.arrival == Arrival(0) || order.arrival > self.state.arrivals;
        let has_market_type_extras =
            is_market_type && (order.visibility != Visibility::Full || order.post_only);
        let checks = [
            (order.open.is_zero(), OrderProblem::NothingOpen),
            (total.is_none(), OrderProblem::Total),
            (is_foreign_arrival, OrderProblem::Arrival),
            (order.price.is_some() == is_market_type, OrderProblem::Price),
            (is_out_of_bounds(order, instrument), OrderProblem::Bounds),
            (has_market_type_extras, OrderProblem::MarketType),
            (has_wrong_trigger(order), OrderProblem::Trigger),
            (has_executed_untriggered, OrderProblem::ExecutedUntriggered),
            (has_wrong_slice(order), OrderProblem::Slice),
            (has_wrong_time_in_force(order), OrderProblem::TimeInForce),
            (has_wrong_minimum(order), OrderProblem::MinQuantity),
            (is_resting_market(order) && !self.may_be_crossed(), OrderProblem::MarketRests),
        ];
        let found = checks.into_iter().find_map(|(is_wrong, problem)| is_wrong.then_some(problem));
        found.or_else(|| self.problem_of_wait(order))
    }

    /// What cannot be of an order that waits where its trigger was looked at after the last trade.
    fn problem_of_wait(&self, order: &OrderState) -> Option<OrderProblem> {
        if !matches!(self.state.phase, Phase::Continuous | Phase::LimitOnly) {
            return None;
        }
        let last = self.state.last_trade?;
        let trigger = match order.trigger? {
            TriggerState::Fixed(trigger) => trigger,
            TriggerState::Trailing { price: None, .. } => {
                return Some(OrderProblem::FollowsNothing);
            }
            TriggerState::Trailing { offset, price: Some(trigger) } => {
                let falls_behind = match order.side {
                    Side::Buy => trigger.0 > last.0.saturating_add(offset.0),
                    Side::Sell => trigger.0 < last.0.saturating_sub(offset.0),
                };
                if falls_behind {
                    return Some(OrderProblem::FallsBehind);
                }
                trigger
            }
        };
        is_elected(order, trigger, last).then_some(OrderProblem::Elected)
    }
}

/// Rule T1.
fn is_elected(order: &OrderState, trigger: Price, last: Price) -> bool {
    let takes_profit =
        matches!(order.order_type, OrderType::TakeProfit | OrderType::TakeProfitLimit);
    match (order.side, takes_profit) {
        (Side::Buy, false) | (Side::Sell, true) => last >= trigger,
        (Side::Buy, true) | (Side::Sell, false) => last <= trigger,
    }
}

const fn is_resting_market(order: &OrderState) -> bool {
    order.price.is_none() && order.trigger.is_none()
}

fn is_out_of_bounds(order: &OrderState, instrument: &Instrument) -> bool {
    let is_outside = |price: Price| {
        instrument.price_min.is_some_and(|lowest| price < lowest)
            || instrument.price_max.is_some_and(|highest| price > highest)
    };
    let trigger = match order.trigger {
        Some(TriggerState::Fixed(price)) => Some(price),
        // Where a trailing trigger goes is not the client's choice.
        Some(TriggerState::Trailing { .. }) | None => None,
    };
    order.price.into_iter().chain(trigger).any(is_outside)
}

/// A type with a trigger that has none any more was triggered; then a market type is gone.
fn has_wrong_trigger(order: &OrderState) -> bool {
    let order_type = order.order_type;
    match order.trigger {
        None => order_type.has_trigger() && order_type.is_market_type(),
        Some(TriggerState::Fixed(_)) => !order_type.has_trigger() || order_type.is_trailing(),
        Some(TriggerState::Trailing { offset, .. }) => !order_type.is_trailing() || offset.0 <= 0,
    }
}

fn has_wrong_slice(order: &OrderState) -> bool {
    let Visibility::Iceberg { display, slice } = order.visibility else { return false };
    let is_shown = order.trigger.is_none();
    display.is_zero() || slice.is_zero() == is_shown || slice > display || slice > order.open
}

fn has_wrong_time_in_force(order: &OrderState) -> bool {
    let is_immediate = order.time_in_force.is_immediate();
    let stays = if order.trigger.is_some() {
        true
    } else if order.order_type == OrderType::Market {
        order.time_in_force == TimeInForce::Ioc
    } else {
        !is_immediate
    };
    let is_gtd = order.time_in_force == TimeInForce::Gtd;
    !stays || order.expire_time.is_some() != is_gtd || (order.post_only && is_immediate)
}

fn has_wrong_minimum(order: &OrderState) -> bool {
    order.min_quantity.is_some_and(|minimum| {
        minimum == Quantity::ZERO || order.post_only || order.trigger.is_none()
    })
}

/// How far a snapshot has come in its canonical order.
#[derive(Default)]
struct Places {
    last: Option<Place>,
    last_full: Option<Arrival>,
}

/// Where an order stands; places that come later are greater.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    is_untriggered: bool,
    is_ask: bool,
    /// Market orders first, then the better price; wide, so that a bid's price can be turned.
    rank: Option<i128>,
    is_hidden: bool,
    /// Where arrival decides: everywhere but in the displayed queue.
    arrival: Option<Arrival>,
}

impl Places {
    /// Whether an order may follow those before it.
    fn admit(&mut self, order: &OrderState) -> bool {
        let is_untriggered = order.trigger.is_some();
        let is_hidden = order.visibility == Visibility::Hidden;
        let is_displayed = !is_untriggered && order.price.is_some() && !is_hidden;
        let rank = order.price.map(|price| match order.side {
            Side::Buy => -i128::from(price.0),
            Side::Sell => i128::from(price.0),
        });
        let place = Place {
            is_untriggered,
            is_ask: !is_untriggered && order.side == Side::Sell,
            rank: rank.filter(|_| !is_untriggered),
            is_hidden: is_hidden && !is_untriggered,
            arrival: (!is_displayed).then_some(order.arrival),
        };
        let is_same_queue = self.last == Some(place);
        let is_behind = self.last.is_none_or(|last| last <= place);
        self.last = Some(place);
        if !is_same_queue {
            self.last_full = None;
        }
        // Only a refreshed slice stands behind a later arrival (rule U8).
        let is_full = is_displayed && order.visibility == Visibility::Full;
        let is_in_time = !is_full || self.last_full.is_none_or(|last| last < order.arrival);
        if is_full {
            self.last_full = Some(order.arrival);
        }
        is_behind && is_in_time
    }
}

#[cfg(test)]
#[path = "soundness_tests.rs"]
mod tests;
