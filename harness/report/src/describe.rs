//! Commands, events and differences in words, with prices and quantities as decimals.

use serde_json::value::RawValue;
use shadowbook_capture::jsonl::{write_command, write_event};
use shadowbook_compare::{BookDifference, EventList, Place, Queue};
use shadowbook_model::{
    Action, Command, Event, Instrument, NewOrder, OrderId, OrderState, Price, Quantity, Replace,
    Seq, Side, TriggerState, Visibility,
};

/// At most this many ids of a stretch of a queue are named.
const IDS_LIMIT: usize = 8;

pub(crate) fn price(price: Price, instrument: &Instrument) -> String {
    instrument.tick.format_signed(price.0)
}

pub(crate) fn quantity(quantity: Quantity, instrument: &Instrument) -> String {
    instrument.lot.format_unsigned(quantity.0)
}

/// A command as one would say it: `buy 0.5 @ 43000.1, order 101`.
pub(crate) fn command(command: &Command, instrument: &Instrument) -> String {
    match &command.action {
        Action::New(new) => new_order(new, instrument),
        Action::Replace(replace) => replacement(replace, instrument),
        Action::Cancel(order) => format!("cancel order {order}"),
        Action::MassCancel(mass) => {
            let side = mass.side.map_or_else(String::new, |side| format!(", {side} side only"));
            format!("mass-cancel account {}{side}", mass.account)
        }
        Action::Phase(phase) => format!("phase {phase}"),
        Action::Time => format!("time {}", command.time),
    }
}

fn new_order(new: &NewOrder, instrument: &Instrument) -> String {
    let mut text = format!("{} {}", new.side, quantity(new.quantity, instrument));
    if let Some(limit) = new.price {
        text += &format!(" @ {}", price(limit, instrument));
    }
    text += &format!(", {} {}, order {}", new.order_type, new.time_in_force, new.order);
    if !new.account.is_anonymous() {
        text += &format!(", account {}", new.account);
    }
    if let Some(trigger) = new.trigger_price() {
        text += &format!(", trigger {}", price(trigger, instrument));
    }
    if let Some(offset) = new.trail_offset() {
        text += &format!(", trail {}", instrument.tick.format_signed(offset.0));
    }
    if let Some(display) = new.display_quantity() {
        text += &format!(", display {}", quantity(display, instrument));
    }
    if let Some(minimum) = new.min_quantity() {
        text += &format!(", minimum {}", quantity(minimum, instrument));
    }
    if let Some(time) = new.expire_time() {
        text += &format!(", expires {time}");
    }
    if new.post_only {
        text += ", post-only";
    }
    if new.self_trade != shadowbook_model::SelfTrade::None {
        text += &format!(", self-trade {}", new.self_trade);
    }
    text
}

fn replacement(replace: &Replace, instrument: &Instrument) -> String {
    let mut text = format!("replace order {}", replace.order);
    if let Some(order) = replace.new_order {
        text += &format!(" by {order}");
    }
    if let Some(total) = replace.quantity {
        text += &format!(", total {}", quantity(total, instrument));
    }
    if let Some(limit) = replace.price {
        text += &format!(", price {}", price(limit, instrument));
    }
    if let Some(trigger) = replace.trigger_price {
        text += &format!(", trigger {}", price(trigger, instrument));
    }
    if let Some(display) = replace.display_quantity {
        text += &format!(", display {}", quantity(display, instrument));
    }
    text
}

/// An event as one would say it.
pub(crate) fn event(event: &Event, instrument: &Instrument) -> String {
    let in_lots = |lots: &Quantity| quantity(*lots, instrument);
    match event {
        Event::Accepted { order } => format!("accepted   order {order}"),
        Event::Rejected { command, order, reason } => {
            format!("rejected   {command} of order {order}: {reason}")
        }
        Event::Replaced { order, new_order, price: limit, open } => {
            let id = new_order.map_or_else(String::new, |id| format!(" is now {id}"));
            let limit =
                limit.map_or_else(String::new, |limit| format!(" @ {}", price(limit, instrument)));
            format!("replaced   order {order}{id}: open {}{limit}", in_lots(open))
        }
        Event::Fill(fill) => format!(
            "fill       {} @ {}, maker {} (open {}), taker {} (open {}), trade {}",
            in_lots(&fill.quantity),
            price(fill.price, instrument),
            fill.maker,
            in_lots(&fill.maker_open),
            fill.taker,
            in_lots(&fill.taker_open),
            fill.trade,
        ),
        Event::Reduced { order, quantity: lost, open } => {
            format!("reduced    order {order} by {} to {}", in_lots(lost), in_lots(open))
        }
        Event::Canceled { order, quantity: lost, reason } => {
            format!("canceled   order {order} ({}): {reason}", in_lots(lost))
        }
        Event::Triggered { order } => format!("triggered  order {order}"),
        Event::Auction { price: at, quantity: volume } => format!(
            "auction    {} @ {}",
            instrument.lot.format_unsigned(volume.0),
            price(*at, instrument)
        ),
        Event::Phase { phase } => format!("phase      {phase}"),
    }
}

/// A difference between two books in words.
#[must_use]
pub fn book_difference(difference: &BookDifference, instrument: &Instrument) -> String {
    match difference {
        BookDifference::Phase { reference, candidate } => {
            format!("phase: reference {reference}, candidate {candidate}")
        }
        BookDifference::LastTrade { reference, candidate } => {
            let text = |last: &Option<Price>| optional_price(*last, instrument);
            format!("last trade: reference {}, candidate {}", text(reference), text(candidate))
        }
        BookDifference::Missing(order) => {
            format!("only in the reference: {}", resting(order, instrument))
        }
        BookDifference::Extra(order) => {
            format!("only in the candidate: {}", resting(order, instrument))
        }
        BookDifference::Changed { reference, candidate, fields } => {
            let text = |order: &OrderState| {
                let values = fields.iter().map(|name| field(order, name, instrument));
                values.collect::<Vec<_>>().join(", ")
            };
            format!(
                "order {}: reference {}; candidate {}",
                reference.order,
                text(reference),
                text(candidate)
            )
        }
        BookDifference::QueueOrder { place, reference, candidate } => format!(
            "queue at {}: reference {}; candidate {}",
            place_name(place, instrument),
            ids(reference),
            ids(candidate)
        ),
        BookDifference::ArrivalOrder { reference, candidate } => {
            format!("order of arrival: reference {}; candidate {}", ids(reference), ids(candidate))
        }
        BookDifference::ArrivalCount { order, reference, candidate } => format!(
            "only the counting of arrivals, from order {order} on: reference {reference}, \
             candidate {candidate}"
        ),
        BookDifference::LevelOrder => "the same queues in another order".to_owned(),
    }
}

pub(crate) fn resting(order: &OrderState, instrument: &Instrument) -> String {
    let waits = if order.trigger.is_some() { ", untriggered" } else { "" };
    let at = order.price.map_or_else(
        || " at market".to_owned(),
        |limit| format!(" @ {}", price(limit, instrument)),
    );
    let open = quantity(order.open, instrument);
    format!("order {}, {} {open}{at}{waits}", order.order, order.side)
}

/// An order that a flow begins with: also how much of it was executed, which counts towards the
/// total of a replacement, and how it hides.
pub(crate) fn held(order: &OrderState, instrument: &Instrument) -> String {
    let mut text = resting(order, instrument);
    if !order.executed.is_zero() {
        text += &format!(", {} executed", quantity(order.executed, instrument));
    }
    if order.visibility != Visibility::Full {
        text += &format!(", {}", visibility(order, instrument));
    }
    text
}

fn visibility(order: &OrderState, instrument: &Instrument) -> String {
    let lots = |value: Quantity| quantity(value, instrument);
    match order.visibility {
        Visibility::Full => "full".to_owned(),
        Visibility::Iceberg { display, slice } => {
            format!("{} of {} displayed", lots(slice), lots(display))
        }
        Visibility::Hidden => "hidden".to_owned(),
    }
}

pub(crate) fn field(order: &OrderState, name: &str, instrument: &Instrument) -> String {
    let lots = |value: Quantity| quantity(value, instrument);
    let value = match name {
        "account" => order.account.to_string(),
        "price" => optional_price(order.price, instrument),
        "open" => lots(order.open),
        "executed" => lots(order.executed),
        "visibility" => visibility(order, instrument),
        "expire_time" => order.expire_time.map_or_else(none, |time| time.to_string()),
        "min_quantity" => order.min_quantity.map_or_else(none, lots),
        "trigger" => match order.trigger {
            None => none(),
            Some(TriggerState::Fixed(at)) => price(at, instrument),
            Some(TriggerState::Trailing { price: at, .. }) => optional_price(at, instrument),
        },
        "side" => order.side.to_string(),
        "order_type" => order.order_type.to_string(),
        "time_in_force" => order.time_in_force.to_string(),
        "post_only" => order.post_only.to_string(),
        "self_trade" => order.self_trade.to_string(),
        _ => none(),
    };
    format!("{} {value}", name.replace('_', " "))
}

fn place_name(place: &Place, instrument: &Instrument) -> String {
    let side = side_name(place.side);
    match (place.queue, place.price) {
        (Queue::Untriggered, _) => "untriggered orders".to_owned(),
        (Queue::Market, _) => format!("{side} market orders"),
        (Queue::Displayed, at) => format!("{side} {}", optional_price(at, instrument)),
        (Queue::Hidden, at) => format!("{side} {} (hidden)", optional_price(at, instrument)),
    }
}

pub(crate) const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Buy => "bid",
        Side::Sell => "ask",
    }
}

pub(crate) fn optional_price(value: Option<Price>, instrument: &Instrument) -> String {
    value.map_or_else(none, |value| price(value, instrument))
}

fn none() -> String {
    "none".to_owned()
}

fn ids(orders: &[OrderId]) -> String {
    let mut text: Vec<String> = orders.iter().take(IDS_LIMIT).map(OrderId::to_string).collect();
    if orders.len() > IDS_LIMIT {
        text.push("…".to_owned());
    }
    text.join(" ")
}

/// A command in its JSON-lines shape.
pub(crate) fn command_json(command: &Command, instruments: &[Instrument]) -> Box<RawValue> {
    let mut line = String::new();
    write_command(&mut line, command, false, instruments);
    raw(line)
}

/// Events in their JSON-lines shape.
pub(crate) fn events_json(
    list: &EventList,
    seq: Seq,
    instrument: &Instrument,
) -> Vec<Box<RawValue>> {
    let json = |event| {
        let mut line = String::new();
        write_event(&mut line, event, seq, instrument);
        raw(line)
    };
    list.events.iter().map(json).collect()
}

pub(crate) fn raw(line: String) -> Box<RawValue> {
    RawValue::from_string(line).expect("a JSON line is JSON")
}
