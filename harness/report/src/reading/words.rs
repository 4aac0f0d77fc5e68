//! Events and commands as parts of a sentence.

use std::cmp::Ordering;

use shadowbook_model::{
    Action, CommandKind, Event, Fill, OrderId, Price, Quantity, RejectReason, Replace,
};
use shadowbook_scenario::command_line;

use super::facts::Facts;
use crate::describe;

impl Facts<'_> {
    pub(super) fn price(&self, price: Price) -> String {
        describe::price(price, self.instrument)
    }

    pub(super) fn lots(&self, quantity: Quantity) -> String {
        describe::quantity(quantity, self.instrument)
    }

    /// What an event does: the bare verb and what follows it.
    pub(super) fn act(&self, event: &Event) -> (&'static str, String) {
        match event {
            Event::Accepted { order } => ("accept", format!("order {order}")),
            Event::Rejected { command, order, reason } => {
                ("reject", format!("{} as {reason}", rejected(*command, *order)))
            }
            Event::Replaced { order, new_order, .. } => {
                let id = new_order.map_or_else(String::new, |id| format!(" by order {id}"));
                ("replace", format!("order {order}{id}"))
            }
            Event::Fill(fill) => ("fill", self.filled(fill)),
            Event::Reduced { order, quantity, .. } => {
                ("reduce", format!("order {order} by {}", self.lots(*quantity)))
            }
            Event::Canceled { order, reason, .. } => {
                ("cancel", format!("order {order} ({reason})"))
            }
            Event::Triggered { order } => ("trigger", format!("order {order}")),
            Event::Auction { price, quantity } => {
                let volume = self.instrument.lot.format_unsigned(quantity.0);
                ("hold", format!("an auction of {volume} at {}", self.price(*price)))
            }
            Event::Phase { phase } => ("begin", format!("phase {phase}")),
        }
    }

    /// A fill without its verb; the incoming order stands second.
    pub(super) fn filled(&self, fill: &Fill) -> String {
        format!("order {} with order {} at {}", fill.maker, fill.taker, self.price(fill.price))
    }

    /// `fills order 1 with order 2 at 100`.
    pub(super) fn does(&self, event: &Event) -> String {
        let (verb, what) = self.act(event);
        format!("{verb}s {what}")
    }

    /// `does not fill order 1 with order 2 at 100`.
    pub(super) fn does_not(&self, event: &Event) -> String {
        let (verb, what) = self.act(event);
        format!("does not {verb} {what}")
    }

    /// The command as something that happens: `order 2 is cancelled`.
    pub(super) fn happens(&self) -> String {
        let Some(command) = self.command else {
            return "the snapshot is set".to_owned();
        };
        match &command.action {
            Action::New(new) => {
                let line = command_line(command, self.instrument);
                let what = line.strip_prefix(&format!("new {} ", new.order)).unwrap_or(&line);
                format!("order {} ({what}) comes in", new.order)
            }
            Action::Replace(replace) => {
                format!("order {} is replaced{}", replace.order, self.to_what(replace))
            }
            Action::Cancel(order) => format!("order {order} is cancelled"),
            Action::MassCancel(mass) => format!("account {} is mass-cancelled", mass.account),
            Action::Phase(phase) => format!("phase {phase} begins"),
            Action::Time => format!("time passes to {}", command.time),
        }
    }

    /// What a replacement changes, as far as that is known.
    fn to_what(&self, replace: &Replace) -> String {
        let mut to = Vec::new();
        if let Some(change) = self.resized(replace) {
            to.push(match change {
                Ordering::Greater => "a larger quantity",
                Ordering::Less => "a smaller quantity",
                Ordering::Equal => "the same quantity",
            });
        } else if replace.quantity.is_some() {
            to.push("another quantity");
        }
        let known = self.before(replace.order);
        if replace.price.is_some() {
            let is_same = known.is_some_and(|known| known.price == replace.price);
            to.push(if is_same { "the same price" } else { "another price" });
        }
        if replace.trigger_price.is_some() {
            to.push("another trigger");
        }
        if replace.display_quantity.is_some() {
            to.push("another display quantity");
        }
        if replace.new_order.is_some_and(|id| id != replace.order) {
            to.push("another id");
        }
        let words: Vec<String> = to.into_iter().map(str::to_owned).collect();
        if words.is_empty() { String::new() } else { format!(" to {}", list(&words)) }
    }

    /// How the total of a replacement compares with the one before, where that is certain.
    pub(super) fn resized(&self, replace: &Replace) -> Option<Ordering> {
        let entered = self.before(replace.order).filter(|_| !self.may_be_decremented())?.entered?;
        Some(replace.quantity?.cmp(&entered))
    }
}

/// What was rejected.
pub(super) fn rejected(command: CommandKind, order: OrderId) -> String {
    match command {
        CommandKind::Replace => format!("the replacement of order {order}"),
        CommandKind::Cancel => format!("the cancel of order {order}"),
        CommandKind::New | CommandKind::MassCancel | CommandKind::Phase | CommandKind::Time => {
            format!("order {order}")
        }
    }
}

/// Why a command is rejected, as a clause.
pub(super) fn reject_clause(facts: &Facts<'_>, order: OrderId, reason: RejectReason) -> String {
    let known = facts.lasting(order);
    match reason {
        RejectReason::InvalidOrder => "its attributes contradict each other".to_owned(),
        RejectReason::InvalidQuantity => "a quantity of zero".to_owned(),
        RejectReason::InvalidPrice => "a price outside the bounds of the instrument".to_owned(),
        RejectReason::DuplicateOrder => "an order with that id is live".to_owned(),
        RejectReason::Phase => match facts.command.map(|command| &command.action) {
            Some(Action::New(new)) => format!(
                "phase {} does not take a {} {} order{}",
                facts.shown.phase,
                new.order_type,
                new.time_in_force,
                if new.post_only { " that is post-only" } else { "" }
            ),
            _ => format!("phase {} does not take it", facts.shown.phase),
        },
        RejectReason::PostOnlyWouldTake => "it is post-only and would trade".to_owned(),
        RejectReason::MinQuantity => {
            let minimum = known.and_then(|known| known.minimum);
            let minimum = minimum.map_or_else(String::new, |lots| format!(" {}", facts.lots(lots)));
            format!("it cannot trade its minimum{minimum}")
        }
        RejectReason::UnknownOrder => format!("no order {order} is live"),
        RejectReason::External => "production refused it".to_owned(),
    }
}

/// Ids as a list of words: `1`, `1 and 2`, `1, 2 and 3`.
pub(super) fn list(orders: &[String]) -> String {
    match orders {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
