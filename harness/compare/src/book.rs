//! Two books of one instrument compared: every order, every field, every queue.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use shadowbook_model::{Arrival, OrderId, OrderState, Phase, Price, Side, Snapshot, Visibility};

/// One way in which two books differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BookDifference {
    /// The phase.
    Phase {
        /// In the reference.
        reference: Phase,
        /// In the candidate.
        candidate: Phase,
    },
    /// The last trade price.
    LastTrade {
        /// In the reference.
        reference: Option<Price>,
        /// In the candidate.
        candidate: Option<Price>,
    },
    /// An order that only the reference has.
    Missing(OrderState),
    /// An order that only the candidate has.
    Extra(OrderState),
    /// An order that both have, with other attributes.
    Changed {
        /// In the reference.
        reference: OrderState,
        /// In the candidate.
        candidate: OrderState,
        /// The fields that differ, by name, in order of declaration.
        fields: Vec<&'static str>,
    },
    /// The orders of one queue stand in another order.
    QueueOrder {
        /// Which queue.
        place: Place,
        /// The stretch that differs, in the reference.
        reference: Vec<OrderId>,
        /// The same stretch in the candidate.
        candidate: Vec<OrderId>,
    },
    /// The orders of the book arrived in another order. It decides mass-cancels, triggers and the
    /// makers of an uncross.
    ArrivalOrder {
        /// The stretch that differs, in the reference, oldest first.
        reference: Vec<OrderId>,
        /// The same stretch in the candidate.
        candidate: Vec<OrderId>,
    },
    /// Only the counting of arrivals differs, from this order on. Told when nothing else does.
    ArrivalCount {
        /// The first order whose count differs.
        order: OrderId,
        /// In the reference.
        reference: Arrival,
        /// In the candidate.
        candidate: Arrival,
    },
    /// The queues themselves are shown in another order. Told when nothing else differs.
    LevelOrder,
}

impl BookDifference {
    /// The orders that it names; none where it is about the book as a whole.
    #[must_use]
    pub fn orders(&self) -> Vec<OrderId> {
        match self {
            Self::Phase { .. } | Self::LastTrade { .. } | Self::LevelOrder => Vec::new(),
            Self::Missing(order) | Self::Extra(order) => vec![order.order],
            Self::Changed { reference, .. } => vec![reference.order],
            Self::QueueOrder { reference, .. } | Self::ArrivalOrder { reference, .. } => {
                reference.clone()
            }
            Self::ArrivalCount { order, .. } => vec![*order],
        }
    }
}

/// One queue of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Bids or asks.
    pub side: Side,
    /// Which part of the side.
    pub queue: Queue,
    /// The price of a level; `None` where there are no levels.
    pub price: Option<Price>,
}

/// A part of one side of a book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Queue {
    /// Market orders that wait for an uncross.
    Market,
    /// The displayed orders of a level.
    Displayed,
    /// The hidden orders of a level.
    Hidden,
    /// Orders that wait for their trigger, both sides together under [`Side::Buy`].
    Untriggered,
}

impl Place {
    /// Where an order stands.
    #[must_use]
    pub const fn of(order: &OrderState) -> Self {
        if order.trigger.is_some() {
            return Self { side: Side::Buy, queue: Queue::Untriggered, price: None };
        }
        let queue = match (order.price, order.visibility) {
            (None, _) => Queue::Market,
            (Some(_), Visibility::Hidden) => Queue::Hidden,
            (Some(_), _) => Queue::Displayed,
        };
        Self { side: order.side, queue, price: order.price }
    }
}

/// All differences between two books of one instrument; none exactly when their digests are equal.
///
/// Orders that are missing, extra or changed come in the order of the reference's book, then of
/// the candidate's.
#[must_use]
pub fn compare_books(reference: &Snapshot, candidate: &Snapshot) -> Vec<BookDifference> {
    let mut found = Vec::new();
    let (ours, theirs) = (&reference.state, &candidate.state);
    if ours.phase != theirs.phase {
        found.push(BookDifference::Phase { reference: ours.phase, candidate: theirs.phase });
    }
    if ours.last_trade != theirs.last_trade {
        let (reference, candidate) = (ours.last_trade, theirs.last_trade);
        found.push(BookDifference::LastTrade { reference, candidate });
    }
    let pairs = pair_orders(reference, candidate, &mut found);
    queue_orders(&pairs, &mut found);
    arrival_order(&pairs, &mut found);
    if found.is_empty() {
        let counts = pairs.iter().find(|pair| pair.ours.arrival != pair.theirs.arrival);
        found.extend(counts.map(|pair| BookDifference::ArrivalCount {
            order: pair.ours.order,
            reference: pair.ours.arrival,
            candidate: pair.theirs.arrival,
        }));
    }
    let is_moved = pairs.iter().enumerate().any(|(position, pair)| pair.position != position);
    if found.is_empty() && is_moved {
        found.push(BookDifference::LevelOrder);
    }
    found
}

/// The name of a difference in signatures: of a changed order its fields.
#[must_use]
pub fn name_book_difference(difference: &BookDifference) -> String {
    match difference {
        BookDifference::Phase { .. } => "phase".to_owned(),
        BookDifference::LastTrade { .. } => "last-trade".to_owned(),
        BookDifference::Missing(_) => "missing-order".to_owned(),
        BookDifference::Extra(_) => "extra-order".to_owned(),
        BookDifference::Changed { fields, .. } => format!("order.{}", fields.join("+")),
        BookDifference::QueueOrder { .. } => "queue-order".to_owned(),
        BookDifference::ArrivalOrder { .. } => "arrival-order".to_owned(),
        BookDifference::ArrivalCount { .. } => "arrival-count".to_owned(),
        BookDifference::LevelOrder => "level-order".to_owned(),
    }
}

/// An order that both books have.
struct Pair<'a> {
    ours: &'a OrderState,
    theirs: &'a OrderState,
    /// The place in the candidate's book, counted over the orders that both have.
    position: usize,
}

/// Pairs the orders of two books by id, in the reference's order; tells what has no partner or
/// differs from it.
fn pair_orders<'a>(
    reference: &'a Snapshot,
    candidate: &'a Snapshot,
    found: &mut Vec<BookDifference>,
) -> Vec<Pair<'a>> {
    // An engine that keeps two orders under one id shows them both: they pair in their order.
    let mut by_id: FxHashMap<OrderId, Vec<usize>> = FxHashMap::default();
    for (index, order) in candidate.orders.iter().enumerate().rev() {
        by_id.entry(order.order).or_default().push(index);
    }
    let mut is_paired = vec![false; candidate.orders.len()];
    let mut pairs = Vec::with_capacity(reference.orders.len());
    for ours in &reference.orders {
        let Some(index) = by_id.get_mut(&ours.order).and_then(Vec::pop) else {
            found.push(BookDifference::Missing(*ours));
            continue;
        };
        let theirs = &candidate.orders[index];
        is_paired[index] = true;
        pairs.push(Pair { ours, theirs, position: index });
        let fields = differing_fields(ours, theirs);
        if !fields.is_empty() {
            let (reference, candidate) = (*ours, *theirs);
            found.push(BookDifference::Changed { reference, candidate, fields });
        }
    }
    let mut rank = vec![0; candidate.orders.len()];
    let mut paired = 0;
    for (index, order) in candidate.orders.iter().enumerate() {
        rank[index] = paired;
        if is_paired[index] {
            paired += 1;
        } else {
            found.push(BookDifference::Extra(*order));
        }
    }
    for pair in &mut pairs {
        pair.position = rank[pair.position];
    }
    pairs
}

/// The fields in which two states of one order differ. Arrivals are compared by rank elsewhere.
fn differing_fields(a: &OrderState, b: &OrderState) -> Vec<&'static str> {
    let fields = [
        ("account", a.account != b.account),
        ("price", a.price != b.price),
        ("open", a.open != b.open),
        ("executed", a.executed != b.executed),
        ("visibility", a.visibility != b.visibility),
        ("expire_time", a.expire_time != b.expire_time),
        ("min_quantity", a.min_quantity != b.min_quantity),
        ("trigger", a.trigger != b.trigger),
        ("side", a.side != b.side),
        ("order_type", a.order_type != b.order_type),
        ("time_in_force", a.time_in_force != b.time_in_force),
        ("post_only", a.post_only != b.post_only),
        ("self_trade", a.self_trade != b.self_trade),
    ];
    fields.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

/// Compares the order in which each queue holds the orders that both have in it.
fn queue_orders(pairs: &[Pair<'_>], found: &mut Vec<BookDifference>) {
    let mut queues: BTreeMap<Place, Vec<&Pair<'_>>> = BTreeMap::new();
    for pair in pairs {
        let place = Place::of(pair.ours);
        if place == Place::of(pair.theirs) {
            queues.entry(place).or_default().push(pair);
        }
    }
    for (place, ours) in queues {
        let mut theirs = ours.clone();
        theirs.sort_by_key(|pair| pair.position);
        if let Some((reference, candidate)) = stretch(&ours, &theirs) {
            found.push(BookDifference::QueueOrder { place, reference, candidate });
        }
    }
}

fn arrival_order(pairs: &[Pair<'_>], found: &mut Vec<BookDifference>) {
    let mut ours: Vec<&Pair<'_>> = pairs.iter().collect();
    let mut theirs = ours.clone();
    ours.sort_by_key(|pair| pair.ours.arrival);
    theirs.sort_by_key(|pair| pair.theirs.arrival);
    if let Some((reference, candidate)) = stretch(&ours, &theirs) {
        found.push(BookDifference::ArrivalOrder { reference, candidate });
    }
}

/// What is left of two orderings of the same orders without what they begin and end with alike.
fn stretch(ours: &[&Pair<'_>], theirs: &[&Pair<'_>]) -> Option<(Vec<OrderId>, Vec<OrderId>)> {
    let is_same = |(a, b): &(&&Pair<'_>, &&Pair<'_>)| std::ptr::eq(**a, **b);
    let start = ours.iter().zip(theirs).take_while(is_same).count();
    if start == ours.len() {
        return None;
    }
    let tail = ours.iter().rev().zip(theirs.iter().rev()).take_while(is_same).count();
    let ids = |pairs: &[&Pair<'_>]| {
        pairs[start..pairs.len() - tail].iter().map(|pair| pair.ours.order).collect()
    };
    Some((ids(ours), ids(theirs)))
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
