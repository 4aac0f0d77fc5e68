//! The one description of a block's numbers, for both directions.
//!
//! Writing and reading walk the same code with another [`Coder`]: [`Coder::number`] writes the
//! number it is given, or ignores it and returns the one it reads. So the two cannot disagree
//! about which number stands where.

use shadowbook_model::{
    AccountId, Action, Command, InstrumentId, NewOrder, OrderId, Price, PriceOffset, Quantity,
    Replace, Seq, TimeNs,
};

use super::context::{Context, Known, id_group};
use super::shape::{DISPLAY, EXPIRE_TIME, MIN, Shape, TRAIL, TRIGGER};
use super::token::{unzigzag, zigzag};
use crate::batch::RecordedFill;

/// The columns, by position.
pub(super) type Column = usize;
pub(super) const SEQ: Column = 0;
pub(super) const TIME: Column = 1;
pub(super) const INSTRUMENT: Column = 2;
pub(super) const NEW_ID: Column = 3;
pub(super) const KNOWN_ORDER: Column = 4;
pub(super) const UNKNOWN_ORDER: Column = 5;
pub(super) const PRICE: Column = 6;
pub(super) const QUANTITY: Column = 7;
pub(super) const ACCOUNT: Column = 8;
pub(super) const RARE: Column = 9;
pub(super) const COUNT: Column = 10;
pub(super) const FILL_ORDER: Column = 11;
pub(super) const FILL_PRICE: Column = 12;
pub(super) const FILL_QUANTITY: Column = 13;
pub(super) const EVENT: Column = 14;
pub(super) const EVENT_ORDER: Column = 15;
pub(super) const EVENT_PRICE: Column = 16;
pub(super) const EVENT_QUANTITY: Column = 17;
pub(super) const EVENT_OPEN: Column = 18;
pub(super) const TRADE: Column = 19;
pub(super) const COLUMNS: usize = 20;

/// One direction of the codec.
pub(super) trait Coder {
    /// Writes `number`, or reads one and returns it.
    fn number(&mut self, column: Column, number: u64) -> u64;

    /// When writing, where among the known orders this one is; not asked when reading.
    fn find(&self, context: &Context, instrument: InstrumentId, order: OrderId) -> u64;

    /// The context has come to know one more order.
    fn learned(&mut self, context: &Context);

    /// Notes that what was read makes no sense.
    fn refuse(&mut self);

    /// A number near to `base`; differences wrap, so that every number has one.
    #[inline(always)]
    fn near(&mut self, column: Column, base: u64, number: u64) -> u64 {
        let difference = number.wrapping_sub(base).cast_signed();
        base.wrapping_add_signed(unzigzag(self.number(column, zigzag(difference))))
    }

    /// A price near to `base`.
    #[inline(always)]
    fn price(&mut self, column: Column, base: Price, price: Price) -> Price {
        let near = self.near(column, base.0.cast_unsigned(), price.0.cast_unsigned());
        Price(near.cast_signed())
    }

    /// A quantity.
    #[inline(always)]
    fn quantity(&mut self, column: Column, quantity: Quantity) -> Quantity {
        Quantity(self.number(column, quantity.0))
    }
}

/// A command, but for what its shape says; `command` comes with the shape's action when reading.
#[inline(always)]
pub(super) fn command(
    coder: &mut impl Coder,
    context: &mut Context,
    shape: &Shape,
    command: &mut Command,
) {
    sequence(coder, context, command);
    let Command { time, instrument: on, action, .. } = command;
    match action {
        Action::New(new) => {
            instrument(coder, context, on);
            new_order(coder, context, shape, (*time, *on), new);
        }
        Action::Replace(replace) => replacement(coder, context, on, replace),
        Action::Cancel(order) => {
            let _ = known_order(coder, context, KNOWN_ORDER, (on, order));
        }
        Action::MassCancel(mass_cancel) => {
            instrument(coder, context, on);
            mass_cancel.account = AccountId(coder.number(ACCOUNT, mass_cancel.account.0));
        }
        Action::Phase(_) | Action::Time => instrument(coder, context, on),
    }
    context.instrument = *on;
}

#[inline(always)]
fn sequence(coder: &mut impl Coder, context: &mut Context, command: &mut Command) {
    // The first command of a block counts from zero, each later one from the least it may be.
    let least = match context.last_seq {
        None => 0,
        Some(last) => {
            let Some(least) = last.checked_add(1) else { return coder.refuse() };
            least
        }
    };
    let Some(seq) = least.checked_add(coder.number(SEQ, command.seq.0.wrapping_sub(least))) else {
        return coder.refuse();
    };
    let time = coder.number(TIME, command.time.0.wrapping_sub(context.time));
    let Some(time) = context.time.checked_add(time) else { return coder.refuse() };
    context.last_seq = Some(seq);
    context.time = time;
    command.seq = Seq(seq);
    command.time = TimeNs(time);
}

#[inline(always)]
fn instrument(coder: &mut impl Coder, context: &Context, on: &mut InstrumentId) {
    if context.instruments() == 1 {
        *on = InstrumentId(0);
        return;
    }
    let near = coder.near(INSTRUMENT, u64::from(context.instrument.0), u64::from(on.0));
    *on = match u32::try_from(near) {
        Ok(id) if (id as usize) < context.instruments() => InstrumentId(id),
        _ => {
            coder.refuse();
            InstrumentId(0)
        }
    };
}

#[inline(always)]
fn new_order(
    coder: &mut impl Coder,
    context: &mut Context,
    shape: &Shape,
    (now, on): (TimeNs, InstrumentId),
    new: &mut NewOrder,
) {
    let last_id = &mut context.new_ids[id_group(new)];
    new.order = OrderId(coder.near(NEW_ID, *last_id, new.order.0));
    *last_id = new.order.0;
    let mut price = Price(0);
    if let Some(last) = context.prices.get_mut(on.index()) {
        let last = &mut last[usize::from(new.side.code())];
        if let Some(limit) = &mut new.price {
            *limit = coder.price(PRICE, *last, *limit);
            *last = *limit;
        }
        price = *last;
    }
    new.quantity = coder.quantity(QUANTITY, new.quantity);
    if shape.has_account {
        new.account = AccountId(coder.number(ACCOUNT, new.account.0));
    }
    if shape.conditions != 0 {
        conditions(coder, shape.conditions, (now, price), new);
    }
    context.known.push(Known { order: new.order, instrument: on, price });
    coder.learned(context);
}

#[inline(never)]
fn conditions(
    coder: &mut impl Coder,
    present: u8,
    (now, price): (TimeNs, Price),
    new: &mut NewOrder,
) {
    let mut order = *new;
    if present & EXPIRE_TIME != 0 {
        let time = order.expire_time().unwrap_or_default();
        order = order.with_expire_time(TimeNs(coder.near(RARE, now.0, time.0)));
    }
    if present & DISPLAY != 0 {
        let display = order.display_quantity().unwrap_or_default();
        order = order.with_display_quantity(coder.quantity(RARE, display));
    }
    if present & MIN != 0 {
        let min = order.min_quantity().unwrap_or_default();
        order = order.with_min_quantity(coder.quantity(RARE, min));
    }
    if present & TRIGGER != 0 {
        let trigger = order.trigger_price().unwrap_or_default();
        order = order.with_trigger_price(coder.price(RARE, price, trigger));
    }
    if present & TRAIL != 0 {
        let trail = order.trail_offset().unwrap_or_default();
        let trail = coder.price(RARE, Price(0), Price(trail.0));
        order = order.with_trail_offset(PriceOffset(trail.0));
    }
    *new = order;
}

#[inline(always)]
fn replacement(
    coder: &mut impl Coder,
    context: &mut Context,
    on: &mut InstrumentId,
    replace: &mut Replace,
) {
    let (distance, last) = known_order(coder, context, KNOWN_ORDER, (on, &mut replace.order));
    let mut price = last;
    if let Some(limit) = &mut replace.price {
        *limit = coder.price(PRICE, last, *limit);
        price = *limit;
    }
    if let Some(quantity) = &mut replace.quantity {
        *quantity = coder.quantity(QUANTITY, *quantity);
    }
    if let Some(trigger) = &mut replace.trigger_price {
        *trigger = coder.price(RARE, price, *trigger);
    }
    if let Some(display) = &mut replace.display_quantity {
        *display = coder.quantity(RARE, *display);
    }
    if let Some(known) = context.known_at(distance) {
        known.price = price;
    }
    if let Some(new_order) = &mut replace.new_order {
        let last_id = &mut context.new_ids[0];
        *new_order = OrderId(coder.near(NEW_ID, *last_id, new_order.0));
        *last_id = new_order.0;
        context.known.push(Known { order: *new_order, instrument: *on, price });
        coder.learned(context);
    }
}

/// An order that was named before: how many mentions of other orders ago it was first named in
/// this block, or 0 and its instrument and id. Gives that distance, now, and the order's price.
#[inline(always)]
pub(super) fn known_order(
    coder: &mut impl Coder,
    context: &mut Context,
    column: Column,
    (on, order): (&mut InstrumentId, &mut OrderId),
) -> (u64, Price) {
    let distance = coder.number(column, coder.find(context, *on, *order));
    if distance != 0 {
        if let Some(known) = context.known_at(distance) {
            *on = known.instrument;
            *order = known.order;
            return (distance, known.price);
        }
        coder.refuse();
    }
    unknown_order(coder, context, (on, order))
}

#[inline(never)]
fn unknown_order(
    coder: &mut impl Coder,
    context: &mut Context,
    (on, order): (&mut InstrumentId, &mut OrderId),
) -> (u64, Price) {
    instrument(coder, context, on);
    *order = OrderId(coder.near(UNKNOWN_ORDER, context.unknown_id, order.0));
    context.unknown_id = order.0;
    let price = context.prices.get(on.index()).map_or(Price(0), |last| last[0]);
    context.known.push(Known { order: *order, instrument: *on, price });
    coder.learned(context);
    (1, price)
}

/// One recorded fill of a command on this instrument.
pub(super) fn fill(
    coder: &mut impl Coder,
    context: &mut Context,
    on: InstrumentId,
    fill: RecordedFill,
) -> RecordedFill {
    let RecordedFill { mut maker, price, quantity } = fill;
    let mut maker_on = on;
    let (distance, last) = known_order(coder, context, FILL_ORDER, (&mut maker_on, &mut maker));
    if maker_on != on {
        coder.refuse();
    }
    let price = coder.price(FILL_PRICE, last, price);
    if let Some(known) = context.known_at(distance) {
        known.price = price;
    }
    RecordedFill { maker, price, quantity: coder.quantity(FILL_QUANTITY, quantity) }
}
