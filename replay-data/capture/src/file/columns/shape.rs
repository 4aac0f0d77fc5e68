//! What is common to many commands of a block: all their attributes that are not numbers.
//!
//! A block has a table of at most 256 shapes; each command is one byte that names its shape, and
//! then the numbers that the shape says it has. A shape is eight bytes, bits from the lowest:
//!
//! | byte | holds |
//! |---|---|
//! | 0 | command kind |
//! | 1 | side (1 bit), order type (3), time in force (3), post-only (1) |
//! | 2 | self-trade mode (3 bits), seed (1), has a price (1), has an account (1), mass-cancel side (2: none, buy, sell) |
//! | 3 | which optional numbers it has: expire time, display, minimum, trigger, trail of a new order; new id, price, quantity, trigger, display of a replacement |
//! | 4 | phase |
//! | 5 | synthetic (1 bit), recorded outcome (2: none, fills, events, unchecked) |
//! | 6, 7 | zero |

use shadowbook_model::{
    AccountId, Action, CommandKind, MassCancel, NewOrder, OrderId, OrderType, Phase, Price,
    Quantity, Replace, SelfTrade, Side, TimeInForce,
};

use crate::batch::{Entry, Recorded};

/// How many shapes a block may have: a byte names one.
pub(super) const MAX_SHAPES: usize = 256;

/// A shape as a block holds it.
pub(super) type WireShape = [u8; 8];

/// The optional numbers of a new order.
pub(super) const EXPIRE_TIME: u8 = 1;
pub(super) const DISPLAY: u8 = 2;
pub(super) const MIN: u8 = 4;
pub(super) const TRIGGER: u8 = 8;
pub(super) const TRAIL: u8 = 16;

/// What kind of outcome was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    None,
    Fills,
    Events,
    Unchecked,
}

/// A shape, ready to be filled with numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    /// The action with zeros for its numbers; what is optional and there is `Some`.
    pub(super) action: Action,
    /// The optional numbers of a new order.
    pub(super) conditions: u8,
    /// Whether a new order has an owner.
    pub(super) has_account: bool,
    /// Whether the importer added the command.
    pub(super) synthetic: bool,
    /// What was recorded.
    pub(super) outcome: Outcome,
}

/// The shape of a command with what stands beside it.
pub(super) fn wire_shape(entry: &Entry<'_>) -> WireShape {
    let mut wire = [entry.command.kind().code(), 0, 0, 0, 0, 0, 0, 0];
    match &entry.command.action {
        Action::New(new) => {
            wire[1] = new.side.code()
                | (new.order_type.code() << 1)
                | (new.time_in_force.code() << 4)
                | (u8::from(new.post_only) << 7);
            wire[2] = new.self_trade.code()
                | (u8::from(new.seed) << 3)
                | (u8::from(new.price.is_some()) << 4)
                | (u8::from(!new.account.is_anonymous()) << 5);
            wire[3] = conditions(new);
        }
        Action::Replace(replace) => {
            wire[3] = u8::from(replace.new_order.is_some())
                | (u8::from(replace.price.is_some()) << 1)
                | (u8::from(replace.quantity.is_some()) << 2)
                | (u8::from(replace.trigger_price.is_some()) << 3)
                | (u8::from(replace.display_quantity.is_some()) << 4);
        }
        Action::MassCancel(mass_cancel) => {
            wire[2] = mass_cancel.side.map_or(0, |side| (side.code() + 1) << 6);
        }
        Action::Phase(phase) => wire[4] = phase.code(),
        Action::Cancel(_) | Action::Time => {}
    }
    let outcome = match entry.recorded {
        None => Outcome::None,
        Some(Recorded::Fills(_)) => Outcome::Fills,
        Some(Recorded::Events(_)) => Outcome::Events,
        Some(Recorded::Unchecked) => Outcome::Unchecked,
    };
    wire[5] = u8::from(entry.synthetic) | (outcome.code() << 1);
    wire
}

fn conditions(new: &NewOrder) -> u8 {
    if new.is_unconditional() {
        return 0;
    }
    let bit = |is_there: bool, bit: u8| if is_there { bit } else { 0 };
    bit(new.expire_time().is_some(), EXPIRE_TIME)
        | bit(new.display_quantity().is_some(), DISPLAY)
        | bit(new.min_quantity().is_some(), MIN)
        | bit(new.trigger_price().is_some(), TRIGGER)
        | bit(new.trail_offset().is_some(), TRAIL)
}

impl Outcome {
    const fn code(self) -> u8 {
        match self {
            Self::None => 0,
            Self::Fills => 1,
            Self::Events => 2,
            Self::Unchecked => 3,
        }
    }

    const fn from_code(code: u8) -> Self {
        match code & 3 {
            0 => Self::None,
            1 => Self::Fills,
            2 => Self::Events,
            _ => Self::Unchecked,
        }
    }
}

/// The bits that may be set in the shape of a command of this kind. Others mean nothing to this
/// version; to read over them could be to misread a command.
const fn known_bits(kind: CommandKind) -> WireShape {
    const OUTCOME: u8 = 7;
    match kind {
        CommandKind::New => [0xff, 0xff, 0x3f, 0x1f, 0, OUTCOME, 0, 0],
        CommandKind::Replace => [0xff, 0, 0, 0x1f, 0, OUTCOME, 0, 0],
        CommandKind::MassCancel => [0xff, 0, 0xc0, 0, 0, OUTCOME, 0, 0],
        CommandKind::Phase => [0xff, 0, 0, 0, 0xff, OUTCOME, 0, 0],
        CommandKind::Cancel | CommandKind::Time => [0xff, 0, 0, 0, 0, OUTCOME, 0, 0],
    }
}

impl Shape {
    /// The shape that these bytes describe; `None` when they describe none.
    pub(super) fn from_wire(wire: WireShape) -> Option<Self> {
        let kind = CommandKind::from_code(wire[0])?;
        if std::iter::zip(wire, known_bits(kind)).any(|(byte, known)| byte & !known != 0) {
            return None;
        }
        let action = match kind {
            CommandKind::New => new_order(wire)?.into(),
            CommandKind::Replace => replacement(wire[3]).into(),
            CommandKind::Cancel => Action::Cancel(OrderId(0)),
            CommandKind::MassCancel => {
                let side = match wire[2] >> 6 {
                    0 => None,
                    code => Some(Side::from_code(code - 1)?),
                };
                MassCancel { account: AccountId::ANONYMOUS, side }.into()
            }
            CommandKind::Phase => Phase::from_code(wire[4])?.into(),
            CommandKind::Time => Action::Time,
        };
        Some(Self {
            action,
            conditions: wire[3],
            has_account: wire[2] & 32 != 0,
            synthetic: wire[5] & 1 != 0,
            outcome: Outcome::from_code(wire[5] >> 1),
        })
    }
}

fn new_order(wire: WireShape) -> Option<NewOrder> {
    Some(NewOrder {
        price: (wire[2] & 16 != 0).then_some(Price(0)),
        order_type: OrderType::from_code((wire[1] >> 1) & 7)?,
        time_in_force: TimeInForce::from_code((wire[1] >> 4) & 7)?,
        post_only: wire[1] & 128 != 0,
        self_trade: SelfTrade::from_code(wire[2] & 7)?,
        seed: wire[2] & 8 != 0,
        ..NewOrder::market(OrderId(0), Side::from_code(wire[1] & 1)?, Quantity::ZERO)
    })
}

fn replacement(present: u8) -> Replace {
    Replace {
        order: OrderId(0),
        new_order: (present & 1 != 0).then_some(OrderId(0)),
        price: (present & 2 != 0).then_some(Price(0)),
        quantity: (present & 4 != 0).then_some(Quantity::ZERO),
        trigger_price: (present & 8 != 0).then_some(Price(0)),
        display_quantity: (present & 16 != 0).then_some(Quantity::ZERO),
    }
}
