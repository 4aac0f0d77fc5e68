//! Two answers that are not the same.

use shadowbook_compare::{DivergenceKind, is_same_event};
use shadowbook_model::{Action, CancelReason, Event, Fill, OrderId, Phase, Volume};

use super::facts::{Facts, fills_of};
use super::precedence::goes_first;
use super::why;
use super::words::{reject_clause, rejected};

/// More rules than these say nothing.
const RULES: usize = 3;

/// What the candidate does, and why it should not.
struct Sentence {
    what: String,
    why: Option<String>,
    /// It is about a report and no more: the rules of trading do not say why.
    is_told_only: bool,
}

impl Sentence {
    const fn new(what: String, why: Option<String>) -> Self {
        Self { what, why, is_told_only: false }
    }

    const fn told(what: String, why: Option<String>) -> Self {
        Self { what, why, is_told_only: true }
    }
}

/// The sentence for two answers.
pub(super) fn answer(facts: &Facts<'_>) -> String {
    let (ours, theirs) = facts.parted();
    let Sentence { what, why, is_told_only } = match (facts.shown.divergence.kind, ours, theirs) {
        (DivergenceKind::MissingEvent, Some(ours), _) | (_, Some(ours), None) => {
            missing(facts, ours)
        }
        (DivergenceKind::ExtraEvent, _, Some(theirs)) | (_, None, Some(theirs)) => {
            extra(facts, theirs)
        }
        (_, Some(ours), Some(theirs)) => pair(facts, ours, theirs),
        // Alike in what was kept of both.
        (_, None, None) => {
            Sentence::new(format!("answers otherwise when {}", facts.happens()), None)
        }
    };
    if is_told_only && why.is_none() {
        return format!("the candidate {what}");
    }
    because(facts, &what, why)
}

/// A sentence with its reason; without one with the rule that the auditor saw broken.
pub(super) fn because(facts: &Facts<'_>, what: &str, why: Option<String>) -> String {
    match (why, facts.shown.rule) {
        (Some(why), _) => format!("the candidate {what}: {why}"),
        (None, Some(rule)) => {
            let ids = match rule.model_rules() {
                few if few.len() <= RULES => format!(" ({})", few.join(", ")),
                _ => String::new(),
            };
            let sentence = rule.sentence().trim_end_matches('.');
            let first = sentence.chars().next().map(char::to_lowercase);
            let sentence: String =
                first.into_iter().flatten().chain(sentence.chars().skip(1)).collect();
            format!("the candidate {what}: {sentence}{ids}")
        }
        (None, None) => format!("the candidate {what}"),
    }
}

/// An event as a thing that is reported.
fn report(facts: &Facts<'_>, event: &Event) -> String {
    match event {
        Event::Accepted { order } => format!("that order {order} is accepted"),
        Event::Rejected { command, order, reason } => {
            format!("that {} is rejected as {reason}", rejected(*command, *order))
        }
        Event::Replaced { order, .. } => format!("that order {order} is replaced"),
        Event::Fill(fill) => format!("the fill of {}", facts.filled(fill)),
        Event::Reduced { order, .. } => format!("that order {order} is reduced"),
        Event::Canceled { order, reason, .. } => format!("the cancel of order {order} ({reason})"),
        Event::Triggered { order } => format!("that order {order} is triggered"),
        Event::Auction { .. } => format!("{} that it holds", facts.act(event).1),
        Event::Phase { phase } => format!("phase {phase}"),
    }
}

/// The candidate leaves an event out.
fn missing(facts: &Facts<'_>, ours: &Event) -> Sentence {
    if facts.shown.differences.is_empty() {
        let what = format!("does not report {}", report(facts, ours));
        // The books are as after a trade: why there is one is not the question.
        let why = why(facts, ours).filter(|_| !matches!(ours, Event::Fill(_)));
        return Sentence::told(what, why);
    }
    match ours {
        Event::Canceled { order, reason, .. } => not_canceled(facts, ours, *order, *reason),
        Event::Fill(fill) => shared(facts, fill)
            .unwrap_or_else(|| Sentence::new(facts.does_not(ours), why::trades(facts, fill))),
        Event::Triggered { order } => {
            Sentence::new(facts.does_not(ours), why::election(facts, *order))
        }
        _ => Sentence::new(facts.does_not(ours), None),
    }
}

/// An order goes on that the reference cancels.
fn not_canceled(facts: &Facts<'_>, ours: &Event, order: OrderId, reason: CancelReason) -> Sentence {
    let is_incoming = facts.command.and_then(|command| command.aggressor()) == Some(order);
    let what = match why::extra(facts, order) {
        Some(_) if is_incoming => {
            format!("lets order {order} rest, the reference cancels it ({reason})")
        }
        Some(kept) => {
            let waits = if kept.trigger.is_some() { "waiting " } else { "" };
            format!("keeps {waits}order {order}, the reference cancels it ({reason})")
        }
        None => facts.does_not(ours),
    };
    Sentence::new(what, why::canceled(facts, order, reason))
}

/// The candidate has an event too many.
fn extra(facts: &Facts<'_>, theirs: &Event) -> Sentence {
    let is_again = facts.theirs[..facts.same].iter().any(|event| is_same_event(event, theirs));
    if facts.shown.differences.is_empty() {
        let times = if is_again { " twice" } else { ", which the reference does not" };
        let what = format!("reports {}{times}", report(facts, theirs));
        return Sentence::told(what, why_not(facts, theirs).filter(|_| !is_again));
    }
    let again = if is_again { " again" } else { "" };
    let what = format!("{}{again}, the reference does not", facts.does(theirs));
    Sentence::new(what, why_not(facts, theirs))
}

/// Why what the candidate does is not to be done.
fn why_not(facts: &Facts<'_>, theirs: &Event) -> Option<String> {
    match theirs {
        Event::Fill(fill) => why::does_not_trade(facts, fill),
        Event::Canceled { order, reason, .. } => why::not_canceled(facts, *order, *reason),
        Event::Triggered { order } => why::election(facts, *order),
        Event::Auction { .. } => match facts.command?.action {
            Action::Phase(Phase::Halted) => Some("a halt does not uncross".to_owned()),
            _ => None,
        },
        _ => None,
    }
}

/// Why what the reference does is to be done.
fn why(facts: &Facts<'_>, ours: &Event) -> Option<String> {
    match ours {
        Event::Fill(fill) => why::trades(facts, fill),
        Event::Canceled { order, reason, .. } => why::canceled(facts, *order, *reason),
        Event::Triggered { order } => why::election(facts, *order),
        Event::Rejected { order, reason, .. } => Some(reject_clause(facts, *order, *reason)),
        Event::Auction { price, .. } => why::uncross(facts, *price),
        _ => None,
    }
}

/// Another event stands in place of one.
fn pair(facts: &Facts<'_>, ours: &Event, theirs: &Event) -> Sentence {
    match (ours, theirs) {
        (Event::Fill(ours), Event::Fill(theirs)) => fills(facts, ours, theirs),
        (_, Event::Rejected { .. }) | (Event::Rejected { .. }, _) => rejection(facts, ours, theirs),
        (Event::Canceled { .. }, Event::Canceled { .. }) => cancels(facts, ours, theirs),
        (Event::Replaced { .. }, Event::Replaced { .. }) => replaced(facts, ours, theirs),
        (Event::Triggered { order: ours }, Event::Triggered { order: theirs }) => {
            let first = facts.order(*ours).zip(facts.order(*theirs));
            let first = first.filter(|(ours, theirs)| ours.entry < theirs.entry);
            let what = format!("triggers order {theirs} before order {ours}");
            Sentence::new(what, first.map(|_| format!("{ours} arrived first")))
        }
        (Event::Auction { price, quantity }, Event::Auction { price: other, quantity: volume }) => {
            let what = if price == other {
                let lots = |volume: &Volume| facts.instrument.lot.format_unsigned(volume.0);
                let (theirs, ours) = (lots(volume), lots(quantity));
                format!("trades {theirs} in the auction, the reference {ours}")
            } else {
                let (other, price) = (facts.price(*other), facts.price(*price));
                format!("holds the auction at {other}, the reference at {price}")
            };
            Sentence::new(what, why::auction(facts, *price, *other))
        }
        (Event::Fill(fill), Event::Canceled { order, reason, .. }) => {
            canceled_not_filled(facts, fill, *order, *reason)
        }
        (Event::Fill(fill), Event::Reduced { .. }) => {
            let what =
                format!("{}, the reference fills {}", facts.does(theirs), facts.filled(fill));
            Sentence::new(what, why::self_trade(facts, fill.maker, fill.taker))
        }
        (Event::Canceled { order, reason, .. }, Event::Fill(fill)) => {
            let what = format!("{}, the reference {}", facts.does(theirs), facts.does(ours));
            Sentence::new(what, why::canceled_first(facts, *order, *reason, fill))
        }
        (Event::Canceled { order, reason: reason @ CancelReason::Expired, .. }, _)
            if !facts.shown.differences.is_empty() =>
        {
            not_canceled(facts, ours, *order, *reason)
        }
        (
            Event::Reduced { .. } | Event::Canceled { reason: CancelReason::SelfTrade, .. },
            Event::Reduced { .. },
        ) => {
            let what = format!("{}, the reference {}", facts.does(theirs), facts.does(ours));
            let why = "a decrement takes the smaller open quantity at once".to_owned();
            Sentence::new(what, Some(why))
        }
        _ => {
            let what = format!("{}, the reference {}", facts.does(theirs), facts.does(ours));
            let why = match theirs {
                Event::Fill(_) => why_not(facts, theirs).or_else(|| why(facts, ours)),
                _ => why(facts, ours).or_else(|| why_not(facts, theirs)),
            };
            Sentence::new(what, why)
        }
    }
}

/// One engine refuses what the other takes, or both do for another reason.
fn rejection(facts: &Facts<'_>, ours: &Event, theirs: &Event) -> Sentence {
    match (ours, theirs) {
        (Event::Rejected { command, order, reason }, Event::Rejected { reason: other, .. }) => {
            let what = rejected(*command, *order);
            let what = format!("rejects {what} as {other}, the reference as {reason}");
            Sentence::new(what, Some(reject_clause(facts, *order, *reason)))
        }
        (Event::Rejected { order, reason, .. }, _) => {
            let what = format!("{}, the reference rejects that as {reason}", facts.does(theirs));
            Sentence::new(what, Some(reject_clause(facts, *order, *reason)))
        }
        (_, Event::Rejected { command, order, reason }) => {
            let what = rejected(*command, *order);
            let what = format!("rejects {what} as {reason}, the reference takes it");
            Sentence::new(what, why::accepted(facts, *order, *reason))
        }
        _ => Sentence::new(facts.does(theirs), None),
    }
}

/// Two cancels that are not the same.
fn cancels(facts: &Facts<'_>, ours: &Event, theirs: &Event) -> Sentence {
    let (
        Event::Canceled { order, quantity, reason },
        Event::Canceled { order: other, quantity: lots, reason: instead },
    ) = (ours, theirs)
    else {
        return Sentence::new(facts.does(theirs), None);
    };
    let what = if order != other {
        format!("{}, the reference cancels order {order} ({reason})", facts.does(theirs))
    } else if reason != instead {
        format!("cancels order {order} as {instead}, the reference as {reason}")
    } else {
        let (lots, quantity) = (facts.lots(*lots), facts.lots(*quantity));
        format!("cancels {lots} of order {order} ({reason}), the reference {quantity}")
    };
    Sentence::new(what, why::canceled(facts, *order, *reason))
}

/// An order is cancelled in place of a fill.
fn canceled_not_filled(
    facts: &Facts<'_>,
    fill: &Fill,
    order: OrderId,
    reason: CancelReason,
) -> Sentence {
    let is_begun = fills_of(&facts.theirs[..facts.same]).any(|fill| fill.taker == order);
    let what = if is_begun { "what is left of order" } else { "order" };
    let why = why::not_canceled(facts, order, reason).or_else(|| why::trades(facts, fill));
    let fills = if fill.taker == order {
        format!("fills it with order {}", fill.maker)
    } else {
        format!("fills {}", facts.filled(fill))
    };
    let what = format!("cancels {what} {order} ({reason}), the reference {fills}");
    Sentence::new(what, why)
}

/// How a pro-rata level is shared, where that is what differs.
fn shared(facts: &Facts<'_>, fill: &Fill) -> Option<Sentence> {
    why::shared(facts, fill.price).map(|(what, why)| Sentence::new(what, Some(why)))
}

/// A replacement that leads to something else.
fn replaced(facts: &Facts<'_>, ours: &Event, theirs: &Event) -> Sentence {
    let (
        Event::Replaced { order, new_order, price, open },
        Event::Replaced { new_order: other_id, price: other_price, open: other_open, .. },
    ) = (ours, theirs)
    else {
        return Sentence::new(facts.does(theirs), None);
    };
    if new_order != other_id {
        let id = |id: &Option<_>| id.unwrap_or(*order);
        let what = format!(
            "calls order {order} {} after its replacement, the reference {}",
            id(other_id),
            id(new_order)
        );
        return Sentence::new(what, None);
    }
    if open != other_open {
        let (other, open_text) = (facts.lots(*other_open), facts.lots(*open));
        let what = format!(
            "leaves {other} of order {order} open after its replacement, the reference {open_text}"
        );
        let is_more = other_open > open;
        let why = is_more.then(|| "what was already executed counts towards the total".to_owned());
        return Sentence::new(what, why);
    }
    let text =
        |price: &Option<_>| price.map_or_else(|| "no price".to_owned(), |at| facts.price(at));
    let what = format!(
        "has order {order} at {} after its replacement, the reference at {}",
        text(other_price),
        text(price)
    );
    Sentence::new(what, None)
}

/// Two fills that are not the same.
fn fills(facts: &Facts<'_>, ours: &Fill, theirs: &Fill) -> Sentence {
    let (maker, taker) = (ours.maker, ours.taker);
    match (maker == theirs.maker, taker == theirs.taker) {
        (true, true) => same_orders(facts, ours, theirs),
        (false, true) => {
            let why = goes_first(facts, maker, theirs.maker);
            let is_level = ours.price == theirs.price && why.is_none();
            if let Some(sentence) = is_level.then(|| shared(facts, ours)).flatten() {
                return sentence;
            }
            Sentence::new(format!("fills order {} before order {maker}", theirs.maker), why)
        }
        (true, false) => {
            let why = goes_first(facts, taker, theirs.taker);
            Sentence::new(format!("fills order {} before order {taker}", theirs.taker), why)
        }
        (false, false) if (maker, taker) == (theirs.taker, theirs.maker) => {
            let what = format!("takes order {taker} for the maker and order {maker} for the taker");
            Sentence::new(what, Some("the earlier arrival is the maker".to_owned()))
        }
        (false, false) => {
            let what = format!(
                "fills {}, the reference fills {}",
                facts.filled(theirs),
                facts.filled(ours)
            );
            let why = why::does_not_trade(facts, theirs);
            Sentence::new(what, why.or_else(|| why::trades(facts, ours)))
        }
    }
}

fn same_orders(facts: &Facts<'_>, ours: &Fill, theirs: &Fill) -> Sentence {
    let (maker, taker) = (ours.maker, ours.taker);
    let known = facts.order(maker);
    if ours.price != theirs.price {
        let (price, other) = (facts.price(ours.price), facts.price(theirs.price));
        let what =
            format!("fills order {maker} with order {taker} at {other}, the reference at {price}");
        let is_makers = known.and_then(|known| known.price) == Some(ours.price);
        let was_moved = facts
            .replaced_once(maker)
            .is_some_and(|(_, _, replace)| replace.price == Some(ours.price));
        let since = if was_moved { " since it was replaced" } else { "" };
        let why = if facts.is_auction() {
            Some("every fill of an uncross is at its one price".to_owned())
        } else {
            (is_makers || was_moved).then(|| {
                format!("a fill is at the maker's price, and order {maker} is at {price}{since}")
            })
        };
        return Sentence::new(what, why);
    }
    if ours.quantity != theirs.quantity {
        let (lots, other) = (facts.lots(ours.quantity), facts.lots(theirs.quantity));
        let what =
            format!("fills {other} of order {maker} with order {taker}, the reference {lots}");
        let slice = known.filter(|known| known.is_iceberg() && theirs.quantity > ours.quantity);
        let slice = slice
            .and_then(|known| known.display)
            .map(|display| format!("order {maker} shows {} at a time", facts.lots(display)));
        return shared(facts, ours).unwrap_or_else(|| Sentence::new(what, slice));
    }
    let (order, open, other) = if ours.maker_open == theirs.maker_open {
        (taker, ours.taker_open, theirs.taker_open)
    } else {
        (maker, ours.maker_open, theirs.maker_open)
    };
    let what = format!(
        "leaves {} of order {order} open after it is filled by {}, the reference {}",
        facts.lots(other),
        facts.lots(ours.quantity),
        facts.lots(open)
    );
    Sentence::new(what, None)
}
