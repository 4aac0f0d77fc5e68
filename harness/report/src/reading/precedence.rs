//! Which of two orders of one side goes first.

use std::cmp::Ordering;

use shadowbook_model::{Matching, OrderId, Price};

use super::facts::{Facts, Known};
use super::why::is_better;

/// Where an order stands, as far as the flow tells for certain.
struct Standing {
    known: Known,
    price: Option<Price>,
    /// Rises with age; `None` where a trigger may have renewed it.
    arrival: Option<(bool, u64)>,
    moved: Moved,
}

/// What a replacement did to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moved {
    /// There was none.
    Not,
    /// It goes to the back with this.
    Back(&'static str),
    /// It keeps its place with this.
    Kept(&'static str),
}

/// `None` where more than one replacement, or one of display, may have moved it.
fn standing(facts: &Facts<'_>, order: OrderId) -> Option<Standing> {
    if let Some(known) = facts.order(order) {
        let (price, arrival) = (known.price, known.arrival());
        return Some(Standing { known, price, arrival, moved: Moved::Not });
    }
    let (known, position, replace) = facts.replaced_once(order)?;
    if replace.display_quantity.is_some() || replace.trigger_price.is_some() {
        return None;
    }
    let price = replace.price.or(known.price);
    let resized = replace.quantity.zip(known.entered).map(|(to, from)| to.cmp(&from));
    let at = Some((true, position as u64));
    let (arrival, moved) = if price != known.price {
        (at, Moved::Back("another price"))
    } else if resized == Some(Ordering::Greater) {
        (at, Moved::Back("a larger quantity"))
    } else if replace.quantity.is_some() && (resized.is_none() || facts.may_be_decremented()) {
        return None;
    } else {
        let to = if resized == Some(Ordering::Less) { "a smaller quantity" } else { "no more" };
        (known.arrival(), Moved::Kept(to))
    };
    let is_certain = !known.order_type.has_trigger();
    is_certain.then_some(Standing { known, price, arrival, moved })
}

/// Why `first` trades before `second`, both on one side of the book.
pub(super) fn goes_first(facts: &Facts<'_>, first: OrderId, second: OrderId) -> Option<String> {
    let (ours, theirs) = (standing(facts, first)?, standing(facts, second)?);
    let side = ours.known.side;
    if side != theirs.known.side {
        return None;
    }
    let (price, other) = match (ours.price, theirs.price) {
        (Some(price), Some(other)) => (price, other),
        (None, Some(_)) => return Some(format!("order {first} is a market order")),
        (None, None) => return older(first, second, &ours, &theirs),
        (Some(_), None) => return None,
    };
    if is_better(side.opposite(), price, other) {
        let (price, other) = (facts.price(price), facts.price(other));
        return Some(format!("order {first} has the better price, {price} against {other}"));
    }
    if price != other {
        return None;
    }
    match (ours.known.is_hidden(), theirs.known.is_hidden()) {
        (false, true) => {
            return Some(format!("same price, and order {second} is hidden, order {first} is not"));
        }
        (true, false) => return None,
        _ => {}
    }
    if facts.instrument.matching == Matching::ProRata && !facts.is_auction() {
        return None;
    }
    let older = older(first, second, &ours, &theirs).map(|older| format!("same price, {older}"));
    older.or_else(|| {
        // Younger, and yet in front: the other one has shown a new slice since.
        let is_younger = ours.arrival? > theirs.arrival?;
        let iceberg = theirs.known.is_iceberg() && is_younger;
        iceberg.then(|| {
            format!(
                "same price, and the next slice of iceberg {second} stands behind order {first}"
            )
        })
    })
}

fn older(first: OrderId, second: OrderId, ours: &Standing, theirs: &Standing) -> Option<String> {
    if ours.arrival? >= theirs.arrival? {
        return None;
    }
    Some(match (ours.moved, theirs.moved) {
        (_, Moved::Back(to)) => {
            format!("and order {second} went to the back when it was replaced to {to}")
        }
        (Moved::Kept(to), _) => {
            format!("and order {first} kept its place when it was replaced to {to}")
        }
        _ => format!("{first} is older"),
    })
}
