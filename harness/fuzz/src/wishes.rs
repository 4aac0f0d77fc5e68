//! What has not been exercised yet, as the generator understands it.

use shadowbook_compare::{Cell, Coverage, Outcome};
use shadowbook_workload::{Outcome as WishOutcome, Wish};

/// Everything that the rules allow and that was not seen.
#[must_use]
pub fn wishes(coverage: &Coverage) -> Vec<Wish> {
    coverage.untouched().map(wish).collect()
}

const fn wish(cell: Cell) -> Wish {
    let Cell { order_type, time_in_force, phase, outcome } = cell;
    let outcome = match outcome {
        Outcome::Accepted => WishOutcome::Accepted,
        Outcome::Rejected(reason) => WishOutcome::Rejected(reason),
        Outcome::Replaced => WishOutcome::Replaced,
        Outcome::ReplaceRejected(reason) => WishOutcome::ReplaceRejected(reason),
        Outcome::FillAsMaker => WishOutcome::Maker,
        Outcome::FillAsTaker => WishOutcome::Taker,
        Outcome::Reduced => WishOutcome::Reduced,
        Outcome::Canceled(reason) => WishOutcome::Canceled(reason),
        Outcome::Triggered => WishOutcome::Triggered,
    };
    Wish { order_type, time_in_force, phase, outcome }
}
