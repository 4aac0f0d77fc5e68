//! What orders that wait want of the last trade price, summed up so that many are asked at once.

use shadowbook_model::{OrderType, Price, PriceOffset, Side, TriggerState};

/// Where the last trade price has to go for a trigger to be reached (rule T1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Down to the trigger or below.
    Falls,
    /// Up to the trigger or above.
    Rises,
}

impl Direction {
    pub(crate) const fn of(side: Side, order_type: OrderType) -> Self {
        let is_take_profit =
            matches!(order_type, OrderType::TakeProfit | OrderType::TakeProfitLimit);
        match (side, is_take_profit) {
            (Side::Sell, false) | (Side::Buy, true) => Self::Falls,
            (Side::Buy, false) | (Side::Sell, true) => Self::Rises,
        }
    }

    /// A price seen so that every trigger is reached by falling. All bits are turned rather than
    /// the sign, because that has no number it cannot turn; it is its own inverse.
    const fn turn(self, price: i64) -> i64 {
        match self {
            Self::Falls => price,
            Self::Rises => !price,
        }
    }
}

/// Some triggers of one direction, turned.
#[derive(Clone, Copy, Debug, Default)]
struct Triggers {
    /// The one that is reached first.
    highest: Option<i64>,
    /// The least offset of the trailing ones.
    least_offset: Option<i64>,
    /// The best price that all of these have seen and that those below were not told of.
    untold: Option<i64>,
}

impl Triggers {
    fn of(direction: Direction, trigger: TriggerState) -> Self {
        let turned = |price: Price| direction.turn(price.0);
        let (highest, least_offset) = match trigger {
            TriggerState::Fixed(price) => (Some(turned(price)), None),
            TriggerState::Trailing { offset, price } => (price.map(turned), Some(offset.0)),
        };
        Self { highest, least_offset, untold: None }
    }

    /// Lets the trailing triggers follow a price. The greatest of all triggers is known without
    /// a look at each: it stays, or is now that of the least offset.
    fn follow(&mut self, last: i64) {
        if let Some(offset) = self.least_offset {
            // A trigger is held at the end of all prices (rule T4).
            self.highest = self.highest.max(Some(last.saturating_sub(offset)));
            self.untold = self.untold.max(Some(last));
        }
    }

    fn is_reached(&self, last: i64) -> bool {
        self.highest.is_some_and(|highest| last <= highest)
    }

    fn join(self, other: Self) -> Self {
        let least_offset = match (self.least_offset, other.least_offset) {
            (Some(one), Some(another)) => Some(one.min(another)),
            (one, another) => one.or(another),
        };
        Self { highest: self.highest.max(other.highest), least_offset, untold: None }
    }
}

/// The triggers of some orders, both directions.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trend {
    falls: Triggers,
    rises: Triggers,
}

impl Trend {
    /// The trigger of one order.
    pub(crate) fn of(direction: Direction, trigger: TriggerState) -> Self {
        let triggers = Triggers::of(direction, trigger);
        match direction {
            Direction::Falls => Self { falls: triggers, rises: Triggers::default() },
            Direction::Rises => Self { falls: Triggers::default(), rises: triggers },
        }
    }

    /// The trigger of one order, which this is of.
    pub(crate) fn trigger(&self, direction: Direction) -> TriggerState {
        let triggers = match direction {
            Direction::Falls => &self.falls,
            Direction::Rises => &self.rises,
        };
        let price = triggers.highest.map(|price| Price(direction.turn(price)));
        match triggers.least_offset {
            Some(offset) => TriggerState::Trailing { offset: PriceOffset(offset), price },
            None => TriggerState::Fixed(price.expect("a fixed trigger has a price")),
        }
    }

    /// Lets the trailing triggers follow the last trade price.
    pub(crate) fn follow(&mut self, last: Price) {
        self.falls.follow(Direction::Falls.turn(last.0));
        self.rises.follow(Direction::Rises.turn(last.0));
    }

    /// Whether one of these triggers is reached.
    pub(crate) fn is_reached(&self, last: Price) -> bool {
        self.falls.is_reached(Direction::Falls.turn(last.0))
            || self.rises.is_reached(Direction::Rises.turn(last.0))
    }

    /// All triggers of two sums that were told everything.
    pub(crate) fn join(self, other: Self) -> Self {
        Self { falls: self.falls.join(other.falls), rises: self.rises.join(other.rises) }
    }

    /// Hears what the sum above knows and this one was not told of.
    pub(crate) fn hear(&mut self, above: &Self) {
        if let Some(last) = above.falls.untold {
            self.falls.follow(last);
        }
        if let Some(last) = above.rises.untold {
            self.rises.follow(last);
        }
    }

    /// Forgets what everybody below was told of.
    pub(crate) const fn told(&mut self) {
        self.falls.untold = None;
        self.rises.untold = None;
    }
}
