//! What an engine is asked to do.
//!
//! A command holds what a client may *say*, including what the rules then reject (rule O6): a
//! market order with a price, a `gtd` order without a time. It is a plain value without heap
//! memory, so that millions of them can lie in a row.

use std::fmt;

use crate::instrument::Phase;
use crate::named::named_enum;
use crate::order::{OrderType, SelfTrade, Side, TimeInForce};
use crate::units::{AccountId, InstrumentId, OrderId, Price, PriceOffset, Quantity, Seq, TimeNs};

/// One line of the input stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Command {
    /// The place in the stream.
    pub seq: Seq,
    /// The time at which it happens; the only clock an engine knows.
    pub time: TimeNs,
    /// The only instrument it touches (rule U5).
    pub instrument: InstrumentId,
    /// What is to be done.
    pub action: Action,
}

/// What a command asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Enter an order.
    New(NewOrder),
    /// Change a live order (rules C2–C7).
    Replace(Replace),
    /// Cancel a live order (rule C1).
    Cancel(OrderId),
    /// Cancel all live orders of an account (rule C5).
    MassCancel(MassCancel),
    /// Change the phase (rule P2).
    Phase(Phase),
    /// Let time pass (rule P1).
    Time,
}

named_enum! {
    /// The kind of a command, by the name it has in text.
    pub enum CommandKind: "command type" {
        /// [`Action::New`].
        New = "new",
        /// [`Action::Replace`].
        Replace = "replace",
        /// [`Action::Cancel`].
        Cancel = "cancel",
        /// [`Action::MassCancel`].
        MassCancel = "mass-cancel",
        /// [`Action::Phase`].
        Phase = "phase",
        /// [`Action::Time`].
        Time = "time",
    }
}

/// An order to be entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Its id.
    pub order: OrderId,
    /// Its owner.
    pub account: AccountId,
    /// The limit; market types have none.
    pub price: Option<Price>,
    /// The whole quantity.
    pub quantity: Quantity,
    /// Bid or ask.
    pub side: Side,
    /// What kind of order it is.
    pub order_type: OrderType,
    /// How long it stays.
    pub time_in_force: TimeInForce,
    /// Reject it rather than let it trade on arrival (rule O3).
    pub post_only: bool,
    /// What it does when it meets its own account.
    pub self_trade: SelfTrade,
    /// It rested before the recording began. Means nothing to an engine (rule U4).
    pub seed: bool,
    /// What few orders have; read and set by the methods of this type.
    pub conditions: Conditions,
}

/// The attributes that few orders have, stored densely: a bit each says whether it is there.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Conditions {
    present: u8,
    expire_time: TimeNs,
    display: Quantity,
    min: Quantity,
    trigger: Price,
    trail: PriceOffset,
}

impl Conditions {
    const EXPIRE_TIME: u8 = 1;
    const DISPLAY: u8 = 2;
    const MIN: u8 = 4;
    const TRIGGER: u8 = 8;
    const TRAIL: u8 = 16;

    const fn has(&self, bit: u8) -> bool {
        self.present & bit != 0
    }

    fn set<T>(present: &mut u8, field: &mut T, bit: u8, value: Option<T>)
    where
        T: Default,
    {
        *present = if value.is_some() { *present | bit } else { *present & !bit };
        // An absent field is always zero, so that equal orders are equal bytes.
        *field = value.unwrap_or_default();
    }
}

impl NewOrder {
    /// A `gtc` limit order of an anonymous account.
    #[must_use]
    pub const fn limit(order: OrderId, side: Side, price: Price, quantity: Quantity) -> Self {
        Self {
            price: Some(price),
            order_type: OrderType::Limit,
            time_in_force: TimeInForce::Gtc,
            ..Self::market(order, side, quantity)
        }
    }

    /// An `ioc` market order of an anonymous account.
    #[must_use]
    pub const fn market(order: OrderId, side: Side, quantity: Quantity) -> Self {
        Self {
            order,
            account: AccountId::ANONYMOUS,
            price: None,
            quantity,
            side,
            order_type: OrderType::Market,
            time_in_force: TimeInForce::Ioc,
            post_only: false,
            self_trade: SelfTrade::None,
            seed: false,
            conditions: Conditions {
                present: 0,
                expire_time: TimeNs(0),
                display: Quantity(0),
                min: Quantity(0),
                trigger: Price(0),
                trail: PriceOffset(0),
            },
        }
    }

    /// When a `gtd` order ends.
    #[must_use]
    pub fn expire_time(&self) -> Option<TimeNs> {
        self.conditions.has(Conditions::EXPIRE_TIME).then_some(self.conditions.expire_time)
    }

    /// How much of an iceberg shows at a time; 0 is fully hidden (rule O4).
    #[must_use]
    pub fn display_quantity(&self) -> Option<Quantity> {
        self.conditions.has(Conditions::DISPLAY).then_some(self.conditions.display)
    }

    /// How much must trade on arrival (rule O5).
    #[must_use]
    pub fn min_quantity(&self) -> Option<Quantity> {
        self.conditions.has(Conditions::MIN).then_some(self.conditions.min)
    }

    /// The last trade price that triggers it (rule T1).
    #[must_use]
    pub fn trigger_price(&self) -> Option<Price> {
        self.conditions.has(Conditions::TRIGGER).then_some(self.conditions.trigger)
    }

    /// How far a trailing trigger stays behind (rule T4).
    #[must_use]
    pub fn trail_offset(&self) -> Option<PriceOffset> {
        self.conditions.has(Conditions::TRAIL).then_some(self.conditions.trail)
    }

    /// Whether it has none of the rare attributes: no expiry, display, minimum, trigger or trail.
    #[must_use]
    pub const fn is_unconditional(&self) -> bool {
        self.conditions.present == 0
    }

    /// Sets [`Self::expire_time`].
    #[must_use]
    pub fn with_expire_time(mut self, value: impl Into<Option<TimeNs>>) -> Self {
        let Conditions { present, expire_time, .. } = &mut self.conditions;
        Conditions::set(present, expire_time, Conditions::EXPIRE_TIME, value.into());
        self
    }

    /// Sets [`Self::display_quantity`].
    #[must_use]
    pub fn with_display_quantity(mut self, value: impl Into<Option<Quantity>>) -> Self {
        let Conditions { present, display, .. } = &mut self.conditions;
        Conditions::set(present, display, Conditions::DISPLAY, value.into());
        self
    }

    /// Sets [`Self::min_quantity`].
    #[must_use]
    pub fn with_min_quantity(mut self, value: impl Into<Option<Quantity>>) -> Self {
        let Conditions { present, min, .. } = &mut self.conditions;
        Conditions::set(present, min, Conditions::MIN, value.into());
        self
    }

    /// Sets [`Self::trigger_price`].
    #[must_use]
    pub fn with_trigger_price(mut self, value: impl Into<Option<Price>>) -> Self {
        let Conditions { present, trigger, .. } = &mut self.conditions;
        Conditions::set(present, trigger, Conditions::TRIGGER, value.into());
        self
    }

    /// Sets [`Self::trail_offset`].
    #[must_use]
    pub fn with_trail_offset(mut self, value: impl Into<Option<PriceOffset>>) -> Self {
        let Conditions { present, trail, .. } = &mut self.conditions;
        Conditions::set(present, trail, Conditions::TRAIL, value.into());
        self
    }
}

impl fmt::Debug for Conditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        let fields: [(u8, &str, &dyn fmt::Debug); 5] = [
            (Self::EXPIRE_TIME, "expire_time", &self.expire_time),
            (Self::DISPLAY, "display_quantity", &self.display),
            (Self::MIN, "min_quantity", &self.min),
            (Self::TRIGGER, "trigger_price", &self.trigger),
            (Self::TRAIL, "trail_offset", &self.trail),
        ];
        for (_, name, value) in fields.iter().filter(|(bit, ..)| self.has(*bit)) {
            map.entry(name, value);
        }
        map.finish()
    }
}

/// A change to a live order. What is `None` stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replace {
    /// The order to change.
    pub order: OrderId,
    /// The id it has afterwards (rule C4).
    pub new_order: Option<OrderId>,
    /// The new limit.
    pub price: Option<Price>,
    /// The new *total* quantity: what was already executed counts (rule C2).
    pub quantity: Option<Quantity>,
    /// The new trigger of an order that waits for one (rule C6).
    pub trigger_price: Option<Price>,
    /// The new display quantity (rule C6).
    pub display_quantity: Option<Quantity>,
}

impl Replace {
    /// A replacement of `order` that changes nothing yet.
    #[must_use]
    pub const fn of(order: OrderId) -> Self {
        Self {
            order,
            new_order: None,
            price: None,
            quantity: None,
            trigger_price: None,
            display_quantity: None,
        }
    }
}

/// Which orders a mass-cancel is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MassCancel {
    /// Whose orders; [`AccountId::ANONYMOUS`] is all anonymous ones.
    pub account: AccountId,
    /// Only this side, or both.
    pub side: Option<Side>,
}

impl Command {
    /// A command from its parts.
    #[must_use]
    pub fn new(
        seq: Seq,
        time: TimeNs,
        instrument: InstrumentId,
        action: impl Into<Action>,
    ) -> Self {
        Self { seq, time, instrument, action: action.into() }
    }

    /// The kind of command.
    #[must_use]
    pub const fn kind(&self) -> CommandKind {
        match self.action {
            Action::New(_) => CommandKind::New,
            Action::Replace(_) => CommandKind::Replace,
            Action::Cancel(_) => CommandKind::Cancel,
            Action::MassCancel(_) => CommandKind::MassCancel,
            Action::Phase(_) => CommandKind::Phase,
            Action::Time => CommandKind::Time,
        }
    }

    /// The order that the command names, if it names one.
    #[must_use]
    pub const fn order(&self) -> Option<OrderId> {
        match self.action {
            Action::New(NewOrder { order, .. })
            | Action::Replace(Replace { order, .. })
            | Action::Cancel(order) => Some(order),
            Action::MassCancel(_) | Action::Phase(_) | Action::Time => None,
        }
    }
}

impl Command {
    /// The order that it brings in to trade, under the id that it has then; `None` for commands
    /// that bring in none.
    #[must_use]
    pub fn aggressor(&self) -> Option<OrderId> {
        match self.action {
            Action::New(new) => Some(new.order),
            Action::Replace(replace) => Some(replace.new_order.unwrap_or(replace.order)),
            Action::Cancel(_) | Action::MassCancel(_) | Action::Phase(_) | Action::Time => None,
        }
    }
}

impl From<NewOrder> for Action {
    fn from(order: NewOrder) -> Self {
        Self::New(order)
    }
}

impl From<Replace> for Action {
    fn from(replace: Replace) -> Self {
        Self::Replace(replace)
    }
}

impl From<MassCancel> for Action {
    fn from(mass_cancel: MassCancel) -> Self {
        Self::MassCancel(mass_cancel)
    }
}

impl From<Phase> for Action {
    fn from(phase: Phase) -> Self {
        Self::Phase(phase)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_stays_within_two_cache_lines() {
        assert!(size_of::<Command>() <= 128, "{}", size_of::<Command>());
    }

    #[test]
    fn a_rare_attribute_can_be_set_and_taken_back() {
        let plain = NewOrder::limit(OrderId(1), Side::Buy, Price(5), Quantity(9));
        let iceberg = plain.with_display_quantity(Quantity(0)).with_expire_time(TimeNs(7));
        assert_eq!(iceberg.display_quantity(), Some(Quantity(0)));
        assert_eq!(iceberg.expire_time(), Some(TimeNs(7)));
        assert_eq!(iceberg.trigger_price(), None);
        assert!(!iceberg.is_unconditional());
        assert_eq!(iceberg.with_display_quantity(None).with_expire_time(None), plain);
    }
}
