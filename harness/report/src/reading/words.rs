//! Events and commands as parts of a sentence.

use shadowbook_model::{Action, CommandKind, Event, Fill, OrderId, Price, Quantity, RejectReason};

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

    /// The command as a moment: `when order 2 is cancelled`.
    pub(super) fn when(&self) -> String {
        format!("when {}", self.happens())
    }

    /// The command as something that happens: `order 2 is cancelled`.
    pub(super) fn happens(&self) -> String {
        let Some(command) = self.command else {
            return "it is set to the snapshot".to_owned();
        };
        match &command.action {
            Action::New(new) => {
                let what = describe::command(command, self.instrument);
                let what = what.split(", order ").next().unwrap_or_default().to_owned();
                format!("order {} ({what}) comes in", new.order)
            }
            Action::Replace(replace) => format!("order {} is replaced", replace.order),
            Action::Cancel(order) => format!("order {order} is cancelled"),
            Action::MassCancel(mass) => format!("account {} is mass-cancelled", mass.account),
            Action::Phase(phase) => format!("phase {phase} begins"),
            Action::Time => format!("time passes to {}", command.time),
        }
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
        RejectReason::Phase => format!("phase {} does not take it", facts.shown.phase),
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
