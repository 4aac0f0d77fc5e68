//! Command lines.

use shadowbook_capture::InputError;
use shadowbook_model::{
    AccountId, Action, Instrument, MassCancel, NewOrder, OrderType, Price, Replace, Side,
    TimeInForce, TimeNs,
};

use crate::words::Words;

/// Reads what a command asks for, and for `time NS` the time it moves to.
///
/// `time` brings its own time, so it is only understood where none was given before.
pub(crate) fn action(
    words: &mut Words<'_>,
    instrument: &Instrument,
    may_pass_time: bool,
) -> Result<(Action, Option<TimeNs>), InputError> {
    let kind = words.word(COMMANDS)?;
    let action = match kind.as_ref() {
        "new" => new_order(words, instrument)?.into(),
        "replace" => replace(words, instrument)?.into(),
        "cancel" => Action::Cancel(words.order()?),
        "mass-cancel" => mass_cancel(words)?.into(),
        "phase" => Action::Phase(words.name("phase")?),
        "time" if may_pass_time => {
            return Ok((Action::Time, Some(TimeNs(words.number("time")?))));
        }
        other => return Err(words.unexpected(other, COMMANDS)),
    };
    Ok((action, None))
}

const COMMANDS: &str = "one of: new, replace, cancel, mass-cancel, phase, time NS (without `at`), \
                        book (without `seq` and `at`)";

/// `ID SIDE [TYPE] QUANTITY [@ PRICE] [ATTRIBUTE…]`.
fn new_order(words: &mut Words<'_>, instrument: &Instrument) -> Result<NewOrder, InputError> {
    let order = words.order()?;
    let side = words.name("side")?;
    let order_type = words.name_if_next().unwrap_or(OrderType::Limit);
    let quantity = words.quantity(instrument, "quantity")?;
    let price = if words.skip("@") { Some(words.price(instrument, "price")?) } else { None };
    let time_in_force = default_time_in_force(order_type);
    let mut new = NewOrder {
        order_type,
        price,
        time_in_force,
        ..NewOrder::limit(order, side, Price(0), quantity)
    };
    let mut seen = Vec::new();
    while let Some(word) = words.peek().map(str::to_owned) {
        let kind = if word.parse::<TimeInForce>().is_ok() { "a time in force" } else { &word };
        if seen.iter().any(|attribute| attribute == kind) {
            return Err(words.unexpected(&word, "each attribute once"));
        }
        seen.push(kind.to_owned());
        new = with_attribute(new, words, instrument)?;
    }
    Ok(new)
}

/// Rule O2.
pub(crate) const fn default_time_in_force(order_type: OrderType) -> TimeInForce {
    match order_type {
        OrderType::Market => TimeInForce::Ioc,
        _ => TimeInForce::Gtc,
    }
}

fn with_attribute(
    new: NewOrder,
    words: &mut Words<'_>,
    instrument: &Instrument,
) -> Result<NewOrder, InputError> {
    if let Some(time_in_force) = words.name_if_next() {
        return Ok(NewOrder { time_in_force, ..new });
    }
    let attribute = words.word(ATTRIBUTES)?;
    Ok(match attribute.as_ref() {
        "account" => NewOrder { account: AccountId(words.number("account")?), ..new },
        "self-trade" => NewOrder { self_trade: words.name("self-trade")?, ..new },
        "post-only" => NewOrder { post_only: true, ..new },
        "expires" => new.with_expire_time(TimeNs(words.number("expires")?)),
        "display" => new.with_display_quantity(words.quantity(instrument, "display")?),
        "min" => new.with_min_quantity(words.quantity(instrument, "min")?),
        "trigger" => new.with_trigger_price(words.price(instrument, "trigger")?),
        "trail" => new.with_trail_offset(words.offset(instrument)?),
        "seed" => NewOrder { seed: true, ..new },
        other => return Err(words.unexpected(other, ATTRIBUTES)),
    })
}

const ATTRIBUTES: &str = "a time in force or one of: account, self-trade, post-only, \
                          expires, display, min, trigger, trail, seed";

/// `ID [to QUANTITY] [@ PRICE] [as ID] [trigger PRICE] [display QUANTITY]`.
fn replace(words: &mut Words<'_>, instrument: &Instrument) -> Result<Replace, InputError> {
    let mut replace = Replace::of(words.order()?);
    if words.skip("to") {
        replace.quantity = Some(words.quantity(instrument, "quantity")?);
    }
    if words.skip("@") {
        replace.price = Some(words.price(instrument, "price")?);
    }
    if words.skip("as") {
        replace.new_order = Some(words.order()?);
    }
    if words.skip("trigger") {
        replace.trigger_price = Some(words.price(instrument, "trigger")?);
    }
    if words.skip("display") {
        replace.display_quantity = Some(words.quantity(instrument, "display")?);
    }
    Ok(replace)
}

/// `account ID [SIDE]`.
fn mass_cancel(words: &mut Words<'_>) -> Result<MassCancel, InputError> {
    words.keyword("account")?;
    let account = AccountId(words.number("account")?);
    let side = if words.peek().is_some() { Some(words.name::<Side>("side")?) } else { None };
    Ok(MassCancel { account, side })
}
