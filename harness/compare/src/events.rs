//! Two event lists of one command compared, and their difference named.

use shadowbook_model::{Event, Fill, OrderId};

use crate::DivergenceKind;

/// Lists longer than this are not searched for a mere change of order.
const ORDER_SEARCH_LIMIT: usize = 512;

/// Whether two events are the same but for the trade number.
#[inline]
#[must_use]
pub fn is_same_event(reference: &Event, candidate: &Event) -> bool {
    match (reference, candidate) {
        (Event::Fill(a), Event::Fill(b)) => is_same_fill(a, b),
        (a, b) => a == b,
    }
}

#[inline]
fn is_same_fill(a: &Fill, b: &Fill) -> bool {
    a.maker == b.maker
        && a.taker == b.taker
        && a.price == b.price
        && a.quantity == b.quantity
        && a.maker_open == b.maker_open
        && a.taker_open == b.taker_open
}

/// The orders that an event names.
#[must_use]
pub fn orders_of(event: &Event) -> [Option<OrderId>; 2] {
    match event {
        Event::Fill(fill) => [Some(fill.maker), Some(fill.taker)],
        Event::Accepted { order }
        | Event::Rejected { order, .. }
        | Event::Reduced { order, .. }
        | Event::Canceled { order, .. }
        | Event::Triggered { order } => [Some(*order), None],
        Event::Replaced { order, new_order, .. } => [Some(*order), *new_order],
        Event::Auction { .. } | Event::Phase { .. } => [None, None],
    }
}

/// Whether two lists are the same but for trade numbers.
#[inline]
#[must_use]
pub fn is_same_list(reference: &[Event], candidate: &[Event]) -> bool {
    reference.len() == candidate.len()
        && reference.iter().zip(candidate).all(|(a, b)| is_same_event(a, b))
}

/// What comparing two lists comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compared {
    /// The same, and nothing traded.
    Same,
    /// The same but for trade numbers, which are still to be held against each other.
    SameWithFills,
    /// Not the same.
    Different,
}

/// [`is_same_list`] that also tells whether there are fills.
#[inline]
pub(crate) fn compare_lists(reference: &[Event], candidate: &[Event]) -> Compared {
    if reference.len() != candidate.len() {
        return Compared::Different;
    }
    let mut compared = Compared::Same;
    for (ours, theirs) in reference.iter().zip(candidate) {
        match (ours, theirs) {
            (Event::Fill(a), Event::Fill(b)) if is_same_fill(a, b) => {
                compared = Compared::SameWithFills;
            }
            (Event::Fill(_), _) => return Compared::Different,
            (a, b) if a == b => {}
            _ => return Compared::Different,
        }
    }
    compared
}

/// The kind of difference between two lists that are not the same, and its shape for a signature.
///
/// The shape names what comes first in the lists: the event that is missing or too many, the
/// fields in which an event differs, or `this>that` where another event stands.
#[must_use]
pub fn name_difference(reference: &[Event], candidate: &[Event]) -> (DivergenceKind, String) {
    let same = reference.iter().zip(candidate).take_while(|(a, b)| is_same_event(a, b)).count();
    let (a, b) = (&reference[same..], &candidate[same..]);
    if let Some(missing) = first_left_out(a, b) {
        return (DivergenceKind::MissingEvent, label(missing));
    }
    if let Some(extra) = first_left_out(b, a) {
        return (DivergenceKind::ExtraEvent, label(extra));
    }
    let (Some(first), Some(second)) = (a.first(), b.first()) else {
        return (DivergenceKind::Events, String::new());
    };
    if is_permutation(a, b) {
        return (DivergenceKind::EventOrder, label(first));
    }
    (DivergenceKind::Events, name_pair(first, second))
}

/// The first event of `all` that `some` leaves out, if `some` is a shorter list of events of
/// `all` in the same order.
fn first_left_out<'a>(all: &'a [Event], some: &[Event]) -> Option<&'a Event> {
    if some.len() >= all.len() {
        return None;
    }
    let mut rest = some.iter().peekable();
    let mut left_out = None;
    for event in all {
        if rest.peek().is_some_and(|next| is_same_event(event, next)) {
            rest.next();
        } else {
            left_out = left_out.or(Some(event));
        }
    }
    if rest.next().is_none() { left_out } else { None }
}

fn is_permutation(a: &[Event], b: &[Event]) -> bool {
    if a.len() != b.len() || a.len() > ORDER_SEARCH_LIMIT {
        return false;
    }
    let mut rest: Vec<&Event> = b.iter().collect();
    a.iter().all(|event| {
        let found = rest.iter().position(|other| is_same_event(event, other));
        found.map(|index| rest.swap_remove(index)).is_some()
    })
}

/// The name of an event with what tells it apart from others of its type.
fn label(event: &Event) -> String {
    match event {
        Event::Rejected { reason, .. } => format!("rejected.{reason}"),
        Event::Canceled { reason, .. } => format!("canceled.{reason}"),
        Event::Phase { phase } => format!("phase.{phase}"),
        _ => event_name(event).to_owned(),
    }
}

/// The name of each type of event, as the JSON lines have it.
pub const EVENT_NAMES: [&str; 9] = [
    "accepted",
    "rejected",
    "replaced",
    "fill",
    "reduced",
    "canceled",
    "triggered",
    "auction",
    "phase",
];

/// The name of an event's type, one of [`EVENT_NAMES`].
#[must_use]
pub const fn event_name(event: &Event) -> &'static str {
    match event {
        Event::Accepted { .. } => "accepted",
        Event::Rejected { .. } => "rejected",
        Event::Replaced { .. } => "replaced",
        Event::Fill(_) => "fill",
        Event::Reduced { .. } => "reduced",
        Event::Canceled { .. } => "canceled",
        Event::Triggered { .. } => "triggered",
        Event::Auction { .. } => "auction",
        Event::Phase { .. } => "phase",
    }
}

fn name_pair(reference: &Event, candidate: &Event) -> String {
    let fields = differing_fields(reference, candidate);
    if fields.is_empty() {
        format!("{}>{}", label(reference), label(candidate))
    } else {
        format!("{}.{}", event_name(reference), fields.join("+"))
    }
}

/// The fields in which two events of one type differ; none when they are of different types, or
/// differ in what [`label`] shows.
fn differing_fields(reference: &Event, candidate: &Event) -> Vec<&'static str> {
    let fields: Vec<(&'static str, bool)> = match (reference, candidate) {
        (Event::Fill(a), Event::Fill(b)) => vec![
            ("maker", a.maker != b.maker),
            ("taker", a.taker != b.taker),
            ("price", a.price != b.price),
            ("quantity", a.quantity != b.quantity),
            ("maker_open", a.maker_open != b.maker_open),
            ("taker_open", a.taker_open != b.taker_open),
        ],
        (
            Event::Replaced { order: a, new_order: b, price: c, open: d },
            Event::Replaced { order: w, new_order: x, price: y, open: z },
        ) => vec![("order", a != w), ("new_order", b != x), ("price", c != y), ("open", d != z)],
        (
            Event::Reduced { order: a, quantity: b, open: c },
            Event::Reduced { order: x, quantity: y, open: z },
        ) => vec![("order", a != x), ("quantity", b != y), ("open", c != z)],
        (
            Event::Canceled { order: a, quantity: b, reason: c },
            Event::Canceled { order: x, quantity: y, reason: z },
        ) if c == z => vec![("order", a != x), ("quantity", b != y)],
        (
            Event::Rejected { command: a, order: b, reason: c },
            Event::Rejected { command: x, order: y, reason: z },
        ) if c == z => vec![("command", a != x), ("order", b != y)],
        (Event::Auction { price: a, quantity: b }, Event::Auction { price: x, quantity: y }) => {
            vec![("price", a != x), ("quantity", b != y)]
        }
        (Event::Accepted { order: a }, Event::Accepted { order: x })
        | (Event::Triggered { order: a }, Event::Triggered { order: x }) => {
            vec![("order", a != x)]
        }
        _ => Vec::new(),
    };
    fields.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{CancelReason, CommandKind, Price, Quantity, RejectReason, TradeId};

    use super::*;

    const ACCEPTED: Event = Event::Accepted { order: OrderId(9) };
    const REJECTED: Event = Event::Rejected {
        command: CommandKind::New,
        order: OrderId(9),
        reason: RejectReason::DuplicateOrder,
    };

    fn fill(trade: u64, maker: u64, price: i64) -> Event {
        Event::Fill(Fill {
            trade: TradeId(trade),
            maker: OrderId(maker),
            taker: OrderId(9),
            price: Price(price),
            quantity: Quantity(1),
            maker_open: Quantity(0),
            taker_open: Quantity(5),
        })
    }

    fn canceled(quantity: u64, reason: CancelReason) -> Event {
        Event::Canceled { order: OrderId(9), quantity: Quantity(quantity), reason }
    }

    #[test]
    fn each_field_of_a_fill_counts_but_its_number() {
        let right = Fill {
            trade: TradeId(1),
            maker: OrderId(2),
            taker: OrderId(3),
            price: Price(4),
            quantity: Quantity(5),
            maker_open: Quantity(6),
            taker_open: Quantity(7),
        };
        let check = |change: fn(&mut Fill), expected: &str| {
            let mut other = right;
            change(&mut other);
            let (right, other) = ([Event::Fill(right)], [Event::Fill(other)]);
            assert!(!is_same_list(&right, &other), "{expected}");
            assert_eq!(compare_lists(&right, &other), Compared::Different, "{expected}");
            assert_eq!(name_difference(&right, &other).1, expected);
        };
        check(|fill| fill.maker.0 += 1, "fill.maker");
        check(|fill| fill.taker.0 += 1, "fill.taker");
        check(|fill| fill.price.0 += 1, "fill.price");
        check(|fill| fill.quantity.0 += 1, "fill.quantity");
        check(|fill| fill.maker_open.0 += 1, "fill.maker_open");
        check(|fill| fill.taker_open.0 += 1, "fill.taker_open");
        let renumbered = [Event::Fill(Fill { trade: TradeId(9), ..right })];
        let compared = compare_lists(&[Event::Fill(right)], &renumbered);
        assert_eq!(compared, Compared::SameWithFills);
        assert_eq!(compare_lists(&[ACCEPTED], &[ACCEPTED]), Compared::Same);
        assert_eq!(compare_lists(&[ACCEPTED], &[REJECTED]), Compared::Different);
        assert_eq!(compare_lists(&[ACCEPTED], &[]), Compared::Different);
    }

    #[test]
    fn trade_numbers_do_not_count_and_everything_else_does() {
        assert!(is_same_list(&[ACCEPTED, fill(1, 2, 3)], &[ACCEPTED, fill(7, 2, 3)]));
        assert!(!is_same_list(&[fill(1, 2, 3)], &[fill(1, 4, 3)]));
        assert!(!is_same_list(&[ACCEPTED], &[ACCEPTED, ACCEPTED]));
    }

    #[test]
    fn a_difference_is_named_after_its_first_place() {
        let ioc = canceled(2, CancelReason::Ioc);
        let check = |reference: &[Event], candidate: &[Event], expected: &str| {
            let (kind, shape) = name_difference(reference, candidate);
            assert_eq!(format!("{kind}/{shape}"), expected);
        };
        let (first, second) = (fill(1, 2, 3), fill(2, 4, 5));
        check(&[ACCEPTED, first, second], &[ACCEPTED, second], "missing-event/fill");
        check(&[ACCEPTED, ioc], &[ACCEPTED], "missing-event/canceled.ioc");
        check(&[ACCEPTED, first], &[ACCEPTED, first, fill(2, 2, 3)], "extra-event/fill");
        check(&[], &[ACCEPTED], "extra-event/accepted");
        check(&[first, second], &[second, first], "event-order/fill");
        check(&[ACCEPTED, first], &[ACCEPTED, fill(1, 2, 9)], "events/fill.price");
        check(&[first, second], &[fill(1, 8, 9), ioc], "events/fill.maker+price");
        check(&[REJECTED], &[ACCEPTED], "events/rejected.duplicate-order>accepted");
        check(&[ioc], &[canceled(3, CancelReason::Ioc)], "events/canceled.quantity");
        check(&[ioc], &[canceled(2, CancelReason::Fok)], "events/canceled.ioc>canceled.fok");
    }
}
