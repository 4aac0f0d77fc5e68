//! Answers that are the same, and books that are not.

use std::cmp::Ordering;

use shadowbook_compare::{BookDifference, Place, Queue};
use shadowbook_model::{
    Action, Arrival, Event, OrderId, OrderState, Phase, Price, Side, TriggerState, Visibility,
};

use super::events::because;
use super::facts::Facts;
use super::why::extra;
use super::words::list;
use crate::describe;

/// The sentence for a difference of state.
pub(super) fn state(facts: &Facts<'_>) -> String {
    let differences = &facts.shown.differences;
    // A queue says more than the arrivals that come with it.
    let Some(first) = differences.iter().min_by_key(|difference| weight(difference)) else {
        return format!("the candidate holds another book after {}", facts.happens());
    };
    let (what, why) = match first {
        BookDifference::QueueOrder { place, reference, candidate } => {
            queue(facts, *place, reference, candidate)
        }
        BookDifference::ArrivalOrder { reference, candidate } => {
            arrival(facts, reference, candidate)
        }
        BookDifference::ArrivalCount { order, reference, candidate } => {
            counted(facts, *order, *reference, *candidate)
        }
        BookDifference::Missing(order) => {
            renamed(facts, order).map_or_else(|| lost(facts, order), |what| (what, None))
        }
        BookDifference::Extra(order) => kept(facts, order),
        BookDifference::Changed { reference, candidate, fields } => {
            changed(facts, reference, candidate, fields)
        }
        BookDifference::Phase { reference, candidate } => {
            (format!("is in phase {candidate}, the reference in phase {reference}"), None)
        }
        BookDifference::LastTrade { reference, candidate } => {
            let text = |price: Option<Price>| {
                price.map_or_else(
                    || "no last trade".to_owned(),
                    |at| format!("a last trade at {}", facts.price(at)),
                )
            };
            let (candidate, reference) = (text(*candidate), text(*reference));
            (format!("has {candidate}, the reference {reference}"), None)
        }
        BookDifference::LevelOrder => ("shows its levels in another order".to_owned(), None),
    };
    let sentence = because(facts, &what, why);
    format!("after {}, {sentence}", facts.happens())
}

/// What is told first.
const fn weight(difference: &BookDifference) -> u8 {
    match difference {
        BookDifference::Phase { .. } => 0,
        BookDifference::Missing(_) | BookDifference::Extra(_) => 1,
        BookDifference::Changed { .. } => 2,
        BookDifference::QueueOrder { .. } => 3,
        BookDifference::LastTrade { .. } => 4,
        BookDifference::ArrivalOrder { .. } => 5,
        BookDifference::ArrivalCount { .. } | BookDifference::LevelOrder => 6,
    }
}

/// An order that the candidate lost.
fn lost(facts: &Facts<'_>, order: &OrderState) -> (String, Option<String>) {
    let id = order.order;
    let is_told = facts.theirs.iter().any(|event| ends(event, id));
    let what = if is_told { "has lost order" } else { "has silently lost order" };
    (format!("{what} {id}, which the reference still holds ({})", holding(facts, order)), None)
}

/// An order that a replacement gave another id in one engine only.
fn renamed(facts: &Facts<'_>, order: &OrderState) -> Option<String> {
    let Action::Replace(replace) = facts.command?.action else { return None };
    let is_new_id = replace.new_order == Some(order.order);
    (is_new_id && extra(facts, replace.order).is_some()).then(|| {
        format!(
            "goes on with it as order {}, the reference with its new id {}",
            replace.order, order.order
        )
    })
}

/// An order that keeps or loses its place by the count alone.
fn counted(
    facts: &Facts<'_>,
    order: OrderId,
    reference: Arrival,
    candidate: Arrival,
) -> (String, Option<String>) {
    if !is_replaced(facts, order) {
        let what =
            format!("counts order {order} as arrival {candidate}, the reference as {reference}");
        return (what, None);
    }
    if candidate < reference {
        let what = "lets it keep its place, the reference counts it as a new arrival".to_owned();
        (what, goes_back(facts))
    } else {
        ("counts it as a new arrival, the reference keeps its place".to_owned(), keeps_place(facts))
    }
}

/// Whether the command replaces this order.
fn is_replaced(facts: &Facts<'_>, order: OrderId) -> bool {
    facts.command.is_some_and(|command| {
        let is_it = command.order() == Some(order) || command.aggressor() == Some(order);
        is_it && matches!(command.action, Action::Replace(_))
    })
}

/// An order that the candidate kept.
fn kept(facts: &Facts<'_>, order: &OrderState) -> (String, Option<String>) {
    let id = order.order;
    let reported = facts.theirs.iter().rev().find_map(|event| match event {
        Event::Canceled { order, reason, .. } if *order == id => {
            Some(format!("it reports its cancel ({reason})"))
        }
        Event::Triggered { order } if *order == id => Some("it reports it as triggered".to_owned()),
        event if ends(event, id) => Some("it reports it as filled".to_owned()),
        _ => None,
    });
    let waits = if order.trigger.is_some() { ", waiting for its trigger" } else { "" };
    let holding = holding(facts, order);
    let what = match reported {
        Some(reported) => format!("still holds order {id} ({holding}{waits}), although {reported}"),
        None => format!("holds order {id} ({holding}{waits}), the reference does not"),
    };
    (what, None)
}

/// Whether an order is gone with an event.
fn ends(event: &Event, id: OrderId) -> bool {
    match event {
        Event::Canceled { order, .. } => *order == id,
        Event::Fill(fill) => {
            (fill.maker == id && fill.maker_open.is_zero())
                || (fill.taker == id && fill.taker_open.is_zero())
        }
        _ => false,
    }
}

fn holding(facts: &Facts<'_>, order: &OrderState) -> String {
    let at = order.price.map_or_else(String::new, |price| format!(" at {}", facts.price(price)));
    format!("{} {}{at}", order.side, facts.lots(order.open))
}

/// An order of which something is another.
fn changed(
    facts: &Facts<'_>,
    reference: &OrderState,
    candidate: &OrderState,
    fields: &[&'static str],
) -> (String, Option<String>) {
    let id = reference.order;
    match fields {
        ["visibility"] => (shows(facts, reference, candidate), slice(facts, reference, candidate)),
        ["trigger"] => trigger(facts, reference, candidate),
        ["open", ..] => {
            let (theirs, ours) = (facts.lots(candidate.open), facts.lots(reference.open));
            let what = format!("has {theirs} of order {id} open, the reference {ours}");
            (what, executed(facts, reference))
        }
        _ => {
            let values = |order: &OrderState| {
                let field = |name: &&'static str| describe::field(order, name, facts.instrument);
                list(&fields.iter().map(field).collect::<Vec<_>>())
            };
            let what = format!(
                "has order {id} with {}, the reference with {}",
                values(candidate),
                values(reference)
            );
            let collects = facts.shown.phase == Phase::Auction
                && facts.command.and_then(|command| command.aggressor()) == Some(id);
            let why = "an order that collects in an auction keeps its attributes";
            (what, collects.then(|| why.to_owned()))
        }
    }
}

/// What of an order traded, where that leads to what is open.
fn executed(facts: &Facts<'_>, order: &OrderState) -> Option<String> {
    let entered = facts.order(order.order).filter(|_| !facts.may_be_decremented())?.entered?;
    let is_sum = order.open.0.checked_add(order.executed.0) == Some(entered.0);
    is_sum.then(|| {
        format!("of its {} it has traded {}", facts.lots(entered), facts.lots(order.executed))
    })
}

fn shows(facts: &Facts<'_>, reference: &OrderState, candidate: &OrderState) -> String {
    let id = reference.order;
    let text = |order: &OrderState| match order.visibility {
        Visibility::Hidden => "nothing".to_owned(),
        Visibility::Full => "all".to_owned(),
        Visibility::Iceberg { slice, .. } => facts.lots(slice),
    };
    let (theirs, ours) = (text(candidate), text(reference));
    if theirs == ours {
        let value = |order| describe::field(order, "visibility", facts.instrument);
        return format!(
            "has order {id} with {}, the reference with {}",
            value(candidate),
            value(reference)
        );
    }
    format!("shows {theirs} of order {id}, the reference {ours}")
}

/// Why a slice is no larger.
fn slice(facts: &Facts<'_>, reference: &OrderState, candidate: &OrderState) -> Option<String> {
    let (Visibility::Iceberg { display, slice: ours }, Visibility::Iceberg { slice: theirs, .. }) =
        (reference.visibility, candidate.visibility)
    else {
        let display = facts.before(reference.order)?.display?;
        let lots = facts.lots(display);
        return (candidate.visibility == Visibility::Full)
            .then(|| format!("its display quantity is {lots}"));
    };
    if theirs > display {
        return Some(format!("a slice is at most its display quantity {}", facts.lots(display)));
    }
    if theirs <= ours {
        return None;
    }
    let is_replace = matches!(facts.command?.action, Action::Replace(_));
    let is_reduced = facts
        .ours
        .iter()
        .any(|event| matches!(event, Event::Reduced { order, .. } if *order == reference.order));
    if is_replace && !is_reduced {
        Some("a slice that keeps its place never grows".to_owned())
    } else {
        is_reduced.then(|| "a slice that is reduced is not refreshed".to_owned())
    }
}

/// A trigger that is elsewhere.
fn trigger(
    facts: &Facts<'_>,
    reference: &OrderState,
    candidate: &OrderState,
) -> (String, Option<String>) {
    let id = reference.order;
    let at = |order: &OrderState| match order.trigger {
        Some(TriggerState::Fixed(price)) => Some(price),
        Some(TriggerState::Trailing { price, .. }) => price,
        None => None,
    };
    let (ours, theirs) = (at(reference), at(candidate));
    let text = |price| describe::optional_price(price, facts.instrument);
    let what = format!(
        "has the trigger of order {id} at {}, the reference at {}",
        text(theirs),
        text(ours)
    );
    let is_trailing = matches!(reference.trigger, Some(TriggerState::Trailing { .. }));
    let why = ours.zip(theirs).filter(|_| is_trailing).and_then(|(ours, theirs)| {
        let (is_behind, way) = match reference.side {
            Side::Sell => (theirs < ours, "rises"),
            Side::Buy => (theirs > ours, "falls"),
        };
        let side = reference.side;
        is_behind.then(|| {
            let last = facts.our_fills().last().map(|fill| facts.price(fill.price));
            let last = last.map_or_else(String::new, |last| format!(", now {last},"));
            format!("a trailing {side} trigger follows the last trade{last} and only {way}")
        })
    });
    let is_looked_at = matches!(facts.shown.phase, Phase::Continuous | Phase::LimitOnly);
    let is_phase = facts.command.is_some_and(|command| matches!(command.action, Action::Phase(_)));
    let still = (!is_looked_at && !is_phase)
        .then(|| format!("triggers stand still in phase {}", facts.shown.phase));
    let nothing = (is_trailing && is_looked_at && !is_phase && ours.is_none())
        .then(|| "it follows the last trade, and nothing has traded".to_owned());
    (what, still.or(nothing).or(why))
}

/// A queue in another order.
fn queue(
    facts: &Facts<'_>,
    place: Place,
    reference: &[OrderId],
    candidate: &[OrderId],
) -> (String, Option<String>) {
    let (Some(ours), Some(theirs)) = (reference.first(), candidate.first()) else {
        return ("holds a queue in another order".to_owned(), None);
    };
    let order = if place.queue == Queue::Untriggered { "waiting order" } else { "order" };
    if is_replaced(facts, *theirs) {
        let what = format!("keeps it before {order} {ours}, the reference moves it behind");
        return (what, goes_back(facts));
    }
    if is_replaced(facts, *ours) {
        let what = format!("moves it behind {order} {theirs}, the reference keeps its place");
        return (what, keeps_place(facts));
    }
    let what =
        format!("has {order} {theirs} before {order} {ours}, the reference {ours} before {theirs}");
    (what, partly_filled(facts, *ours, *theirs))
}

/// Why a replacement loses its place.
fn goes_back(facts: &Facts<'_>) -> Option<String> {
    let Action::Replace(replace) = facts.command?.action else { return None };
    if facts.resized(&replace) == Some(Ordering::Greater) {
        return Some("a larger quantity goes to the back".to_owned());
    }
    let known = facts.before(replace.order)?;
    let has_moved = replace.price.is_some() && replace.price != known.price;
    has_moved.then(|| "another price goes to the back".to_owned())
}

/// Why a replacement keeps its place.
fn keeps_place(facts: &Facts<'_>) -> Option<String> {
    let Action::Replace(replace) = facts.command?.action else { return None };
    let has_shrunk = facts.resized(&replace) == Some(Ordering::Less);
    has_shrunk.then(|| "a smaller quantity keeps its place".to_owned())
}

/// What a partial fill does to a place.
fn partly_filled(facts: &Facts<'_>, ours: OrderId, theirs: OrderId) -> Option<String> {
    let is_filled = |order: OrderId| {
        facts.our_fills().any(|fill| fill.maker == order && !fill.maker_open.is_zero())
    };
    let is_iceberg = |order: OrderId| Some(facts.order(order)?.is_iceberg());
    if is_filled(theirs) && is_iceberg(theirs) == Some(true) {
        return Some(format!("the next slice of iceberg {theirs} goes to the back"));
    }
    if is_filled(ours) && is_iceberg(ours) == Some(false) {
        return Some(format!("a partial fill leaves order {ours} where it is"));
    }
    let Some(command) = facts.command else {
        return Some("a queue is restored as the snapshot has it".to_owned());
    };
    match command.action {
        Action::Cancel(order) => Some(format!("the cancel of order {order} moves nobody else")),
        _ => None,
    }
}

/// Arrivals in another order.
fn arrival(
    facts: &Facts<'_>,
    reference: &[OrderId],
    candidate: &[OrderId],
) -> (String, Option<String>) {
    let (Some(ours), Some(theirs)) = (reference.first(), candidate.first()) else {
        return ("holds its orders in another order of arrival".to_owned(), None);
    };
    if is_replaced(facts, *theirs) {
        let what = format!("counts it as older than order {ours}, the reference as a new arrival");
        return (what, goes_back(facts));
    }
    if is_replaced(facts, *ours) {
        let what =
            format!("counts it as a new arrival, the reference as older than order {theirs}");
        return (what, keeps_place(facts));
    }
    (
        format!("counts order {theirs} as older than order {ours}, the reference {ours} as older"),
        None,
    )
}
