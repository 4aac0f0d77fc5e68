//! Which cells of the market model a stream exercised: order type × time in force × phase × outcome.
//!
//! ```
//! use shadowbook_compare::{Coverage, Outcome};
//! use shadowbook_model::{OrderType, Phase, TimeInForce};
//!
//! let mut coverage = Coverage::new();
//! coverage.count(OrderType::Limit, TimeInForce::Gtc, Phase::Continuous, Outcome::Accepted);
//! assert_eq!(coverage.touched().count(), 1);
//! assert!(coverage.untouched().count() > 100, "cells that a right engine can reach");
//! assert_eq!(coverage.impossible().count(), 0);
//! ```

mod impossible;

use std::fmt;

use shadowbook_model::{CancelReason, OrderType, Phase, RejectReason, TimeInForce};

pub use impossible::{Impossible, ListError, impossible, impossible_list};

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It was taken.
    Accepted,
    /// It was refused.
    Rejected(RejectReason),
    /// It was replaced.
    Replaced,
    /// Its replacement was refused.
    ReplaceRejected(RejectReason),
    /// It traded as the order that was there first.
    FillAsMaker,
    /// It traded as the order that came.
    FillAsTaker,
    /// Self-trade prevention took quantity from it.
    Reduced,
    /// It, or what was left of it, was cancelled.
    Canceled(CancelReason),
    /// It became an ordinary order.
    Triggered,
}

const REJECTIONS: usize = RejectReason::ALL.len();
const CANCELLATIONS: usize = CancelReason::ALL.len();

impl Outcome {
    /// How many there are.
    pub const COUNT: usize = 6 + 2 * REJECTIONS + CANCELLATIONS;

    /// Every outcome, in a fixed order.
    pub fn all() -> impl Iterator<Item = Self> {
        let rejected = RejectReason::ALL.iter().copied().map(Self::Rejected);
        let refused = RejectReason::ALL.iter().copied().map(Self::ReplaceRejected);
        let canceled = CancelReason::ALL.iter().copied().map(Self::Canceled);
        std::iter::once(Self::Accepted)
            .chain(rejected)
            .chain([Self::Replaced])
            .chain(refused)
            .chain([Self::FillAsMaker, Self::FillAsTaker, Self::Reduced])
            .chain(canceled)
            .chain([Self::Triggered])
    }

    /// Its position in [`Self::all`].
    #[inline]
    const fn index(self) -> usize {
        match self {
            Self::Accepted => 0,
            Self::Rejected(reason) => 1 + reason.code() as usize,
            Self::Replaced => 1 + REJECTIONS,
            Self::ReplaceRejected(reason) => 2 + REJECTIONS + reason.code() as usize,
            Self::FillAsMaker => 2 + 2 * REJECTIONS,
            Self::FillAsTaker => 3 + 2 * REJECTIONS,
            Self::Reduced => 4 + 2 * REJECTIONS,
            Self::Canceled(reason) => 5 + 2 * REJECTIONS + reason.code() as usize,
            Self::Triggered => 5 + 2 * REJECTIONS + CANCELLATIONS,
        }
    }
}

impl fmt::Display for Outcome {
    /// The name in reports and in the list of impossible cells, for example `rejected.phase`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Rejected(reason) => write!(f, "rejected.{reason}"),
            Self::Replaced => f.write_str("replaced"),
            Self::ReplaceRejected(reason) => write!(f, "replace-rejected.{reason}"),
            Self::FillAsMaker => f.write_str("maker"),
            Self::FillAsTaker => f.write_str("taker"),
            Self::Reduced => f.write_str("reduced"),
            Self::Canceled(reason) => write!(f, "canceled.{reason}"),
            Self::Triggered => f.write_str("triggered"),
        }
    }
}

/// One cell: an outcome of an order of a kind in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cell {
    /// The type that the order was entered with, also after it was triggered.
    pub order_type: OrderType,
    /// Its time in force.
    pub time_in_force: TimeInForce,
    /// The phase of the instrument at the moment of the event; after a `phase` event the new one.
    pub phase: Phase,
    /// What became of it.
    pub outcome: Outcome,
}

const PHASES: usize = Phase::ALL.len();
const TIMES: usize = TimeInForce::ALL.len();
const CELLS: usize = OrderType::ALL.len() * TIMES * PHASES * Outcome::COUNT;

impl Cell {
    /// Every cell, in the order of [`Coverage`].
    pub fn all() -> impl Iterator<Item = Self> {
        OrderType::ALL.iter().flat_map(|order_type| {
            TimeInForce::ALL.iter().flat_map(move |time_in_force| {
                Phase::ALL.iter().flat_map(move |phase| {
                    let (order_type, time_in_force, phase) = (*order_type, *time_in_force, *phase);
                    let cell = move |outcome| Self { order_type, time_in_force, phase, outcome };
                    Outcome::all().map(cell)
                })
            })
        })
    }

    #[inline]
    const fn index(self) -> usize {
        let kind = self.order_type.code() as usize * TIMES + self.time_in_force.code() as usize;
        (kind * PHASES + self.phase.code() as usize) * Outcome::COUNT + self.outcome.index()
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { order_type, time_in_force, phase, outcome } = self;
        write!(f, "{order_type} {time_in_force} {phase} {outcome}")
    }
}

/// How often each cell was reached.
#[derive(Clone, PartialEq, Eq)]
pub struct Coverage {
    counts: Vec<u64>,
}

impl Default for Coverage {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let touched = self.touched().map(|(cell, count)| (cell.to_string(), count));
        f.debug_map().entries(touched).finish()
    }
}

impl Coverage {
    /// No cell reached.
    #[must_use]
    pub fn new() -> Self {
        Self { counts: vec![0; CELLS] }
    }

    /// Notes that a cell was reached.
    #[inline]
    pub fn count(
        &mut self,
        order_type: OrderType,
        time_in_force: TimeInForce,
        phase: Phase,
        outcome: Outcome,
    ) {
        self.counts[Cell { order_type, time_in_force, phase, outcome }.index()] += 1;
    }

    /// How often a cell was reached.
    #[must_use]
    pub fn of(&self, cell: Cell) -> u64 {
        self.counts[cell.index()]
    }

    /// Adds what another stream reached.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
    }

    /// Every cell with its count, in a fixed order.
    pub fn cells(&self) -> impl Iterator<Item = (Cell, u64)> {
        Cell::all().zip(self.counts.iter().copied())
    }

    /// The cells that were reached.
    pub fn touched(&self) -> impl Iterator<Item = (Cell, u64)> {
        self.cells().filter(|(_, count)| *count > 0)
    }

    /// The cells that a right engine can reach and that were not reached.
    pub fn untouched(&self) -> impl Iterator<Item = Cell> {
        self.cells()
            .filter(|(cell, count)| *count == 0 && impossible(*cell).is_none())
            .map(|(cell, _)| cell)
    }

    /// The cells that were reached though no right engine can: findings.
    pub fn impossible(&self) -> impl Iterator<Item = (Cell, u64, &'static Impossible)> {
        self.touched().filter_map(|(cell, count)| Some((cell, count, impossible(cell)?)))
    }

    /// One row for each order type and time in force, for a matrix: in each phase how many of the
    /// possible cells were reached.
    pub fn rows(&self) -> impl Iterator<Item = PhaseRow> {
        OrderType::ALL.iter().flat_map(move |order_type| {
            TimeInForce::ALL.iter().map(move |time_in_force| self.row(*order_type, *time_in_force))
        })
    }

    fn row(&self, order_type: OrderType, time_in_force: TimeInForce) -> PhaseRow {
        let phases = Phase::ALL.iter().map(|phase| {
            let cells = Outcome::all()
                .map(|outcome| Cell { order_type, time_in_force, phase: *phase, outcome })
                .filter(|cell| impossible(*cell).is_none());
            let (mut reached, mut possible) = (0, 0);
            for cell in cells {
                possible += 1;
                reached += usize::from(self.of(cell) > 0);
            }
            (*phase, reached, possible)
        });
        PhaseRow { order_type, time_in_force, phases: phases.collect() }
    }
}

/// One row of a coverage matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseRow {
    /// The order type of the row.
    pub order_type: OrderType,
    /// The time in force of the row.
    pub time_in_force: TimeInForce,
    /// For each phase how many outcomes were reached, and how many are possible.
    pub phases: Vec<(Phase, usize, usize)>,
}

#[cfg(test)]
mod tests;
