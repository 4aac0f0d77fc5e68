//! What production recorded, audited.
//!
//! A recording that holds every event is a stream like any other. One that holds fills only says
//! nothing of the rest, so the rest is taken to be what the rules say: what is judged is then
//! whether the makers were live and due, at their prices, for the quantities that they had, and
//! whether the aggressor traded all that it had to. Where the fills alone do not tell what happened
//! (self-trade prevention, triggers, an uncross), nothing is judged, and the commands are counted.

use rustc_hash::FxHashMap;
use shadowbook_capture::{Recorded, RecordedFill};
use shadowbook_model::{
    AccountId, Action, CancelReason, Command, CommandKind, Event, Fill, NewOrder, OrderId,
    Quantity, RejectReason, Replace, SelfTrade, Side, TimeInForce, TradeId,
};

use super::Auditor;
use super::admission::{self, Admission, Change};
use super::clearing::clearing;
use super::order::{Order, Whereabouts};
use super::rule::{AuditRule, RuleSet};
use super::shadow::Shadow;
use super::slab::Slot;
use crate::answers::Stretch;

/// What a recording of fills leads to, when the rest is what the rules say.
struct Completion {
    events: Vec<Event>,
    /// Whether that is more than a guess.
    is_known: bool,

    /// What the book holds afterwards is not known.
    is_lost: bool,
}

impl Auditor {
    /// Judges what production recorded of a stretch of commands.
    ///
    /// # Panics
    /// When the stretch is not one of its batch.
    pub fn recorded(&mut self, stretch: &Stretch<'_>) {
        self.ledger.begin_batch();
        let Stretch { batch, range } = stretch;
        for entry in batch.iter().take(range.end).skip(range.start) {
            match entry.recorded {
                Some(recorded) if recorded.is_external() => self.external += 1,
                Some(Recorded::Events(events)) => self.judge(entry.command, events),
                // What an importer puts right is not what production did.
                _ if entry.synthetic => self.correction(entry.command),
                Some(Recorded::Fills(fills)) => self.fills(entry.command, Some(fills)),
                Some(Recorded::Unchecked) => self.lose(entry.command),
                None => self.fills(entry.command, None),
            }
        }
    }

    /// Follows a command that no exchange was sent, without judging or counting it.
    fn correction(&mut self, command: &Command) {
        let coverage = std::mem::take(&mut self.coverage);
        let unjudged = self.unjudged;
        self.fills(command, None);
        self.unjudged = unjudged + 1;
        self.coverage = coverage;
    }

    /// Something traded, and nobody knows what.
    fn lose(&mut self, command: &Command) {
        if let Some(lost) = self.lost.get_mut(command.instrument.index()) {
            *lost = true;
        }
        self.fills(command, None);
    }

    fn fills(&mut self, command: &Command, fills: Option<&[RecordedFill]>) {
        let index = command.instrument.index();
        let (Some(shadow), Some(lost)) = (self.shadows.get_mut(index), self.lost.get_mut(index))
        else {
            self.commands += 1;
            self.unjudged += 1;
            return;
        };
        let completion = complete(shadow, command, fills);
        *lost |= completion.is_lost;
        let is_judged = completion.is_known && !*lost;
        self.unjudged += u64::from(!is_judged);
        // Fills do not tell whether an order was triggered.
        let trigger = RuleSet::NONE.with(AuditRule::MissedTrigger);
        self.ledger.muted = if is_judged { trigger } else { RuleSet::ALL };
        self.judge(command, &completion.events);
        self.ledger.muted = RuleSet::NONE;
        let Some(shadow) = self.shadows.get_mut(index) else { return };
        // What was not judged and leaves a crossed book traded, unseen.
        let is_crossed = !admission::may_cross(shadow.phase) && shadow.is_crossed();
        let is_elected = std::mem::take(&mut self.ledger.has_missed_trigger);
        if is_elected || (!is_judged && is_crossed) {
            self.lost[index] = true;
        }
    }
}

fn complete(shadow: &mut Shadow, command: &Command, fills: Option<&[RecordedFill]>) -> Completion {
    let mut events: Vec<Event> = shadow
        .expired(command.time)
        .map(|slot| canceled(shadow.order(slot), CancelReason::Expired))
        .collect();
    let expired: Vec<OrderId> = events
        .iter()
        .filter_map(|event| match event {
            Event::Canceled { order, .. } => Some(*order),
            _ => None,
        })
        .collect();
    let recorded = fills.unwrap_or(&[]);
    let mut is_lost = false;
    let is_known = match &command.action {
        Action::New(new) => {
            // The rules judge a new order after the expiries.
            is_lost = !expired.is_empty();
            !is_lost && complete_new(shadow, command, new, recorded, &mut events)
        }
        Action::Replace(replace) => {
            is_lost = !expired.is_empty();
            !is_lost && complete_replace(shadow, replace, recorded, &mut events)
        }
        Action::Cancel(order) => {
            let live = shadow.find(*order).filter(|_| !expired.contains(order));
            events.push(match live {
                Some(slot) => canceled(shadow.order(slot), CancelReason::Requested),
                None => rejected(CommandKind::Cancel, *order, RejectReason::UnknownOrder),
            });
            recorded.is_empty()
        }
        Action::MassCancel(mass) => {
            let is_meant = |order: &Order| {
                order.account == mass.account
                    && mass.side.is_none_or(|side| side == order.side)
                    && !expired.contains(&order.id)
            };
            cancel_all(shadow, &shadow.by_arrival(is_meant), CancelReason::MassCancel, &mut events);
            recorded.is_empty()
        }
        Action::Phase(phase) => {
            events.push(Event::Phase { phase: *phase });
            let has_market = [Side::Buy, Side::Sell]
                .into_iter()
                .any(|side| shadow.side(side).markets.front.is_some());
            is_lost = !admission::may_cross(*phase) && (has_market || clearing(shadow).is_some());
            if *phase == shadowbook_model::Phase::Closed {
                let is_day = |order: &Order| order.time_in_force == TimeInForce::Day;
                let day = shadow.by_arrival(is_day);
                cancel_all(shadow, &day, CancelReason::EndOfDay, &mut events);
            }
            recorded.is_empty() && !is_lost
        }
        Action::Time => recorded.is_empty(),
    };
    let taker = command.aggressor();
    // Where nobody knows what became of an order, nobody knows what it met.
    is_lost |= !is_known;
    let is_known = is_known && !(taker.is_some() && fills.is_none());
    Completion { events, is_known, is_lost }
}

fn canceled(order: &Order, reason: CancelReason) -> Event {
    Event::Canceled { order: order.id, quantity: order.open, reason }
}

const fn rejected(command: CommandKind, order: OrderId, reason: RejectReason) -> Event {
    Event::Rejected { command, order, reason }
}

fn cancel_all(shadow: &Shadow, slots: &[Slot], reason: CancelReason, events: &mut Vec<Event>) {
    events.extend(slots.iter().map(|slot| canceled(shadow.order(*slot), reason)));
}

/// Appends what comes of a new order; `false` when its fills do not tell.
fn complete_new(
    shadow: &mut Shadow,
    command: &Command,
    new: &NewOrder,
    fills: &[RecordedFill],
    events: &mut Vec<Event>,
) -> bool {
    let admission = admission::of_new(shadow, new, command.time);
    if let Admission::Reject(reason) = admission
        && fills.is_empty()
    {
        events.push(rejected(CommandKind::New, new.order, reason));
        return true;
    }
    events.push(Event::Accepted { order: new.order });
    if new.order_type.has_trigger() || !admission::trades(shadow.phase) {
        return fills.is_empty();
    }
    let order = Order::entered(new, shadow.arrivals);
    let is_known = admission == Admission::Accept && lose_own(shadow, &order);
    let left = append_fills(shadow, new.order, new.quantity, fills, events);
    if left.is_zero() {
        return is_known;
    }
    let is_too_little = new.min_quantity().is_some_and(|min| !shadow.can_trade(&order, min));
    let is_immediate = new.time_in_force.is_immediate();
    let reason = match new.time_in_force {
        TimeInForce::Fok => Some(CancelReason::Fok),
        _ if is_too_little && is_immediate => Some(CancelReason::MinQuantity),
        _ if new.order_type.is_market_type() => Some(CancelReason::NoLiquidity),
        TimeInForce::Ioc => Some(CancelReason::Ioc),
        TimeInForce::Gtc | TimeInForce::Day | TimeInForce::Gtd => None,
    };
    if let Some(reason) = reason {
        events.push(Event::Canceled { order: new.order, quantity: left, reason });
    }
    is_known
}

fn complete_replace(
    shadow: &mut Shadow,
    replace: &Replace,
    fills: &[RecordedFill],
    events: &mut Vec<Event>,
) -> bool {
    let id = replace.order;
    let Some(slot) = shadow.find(id) else {
        events.push(rejected(CommandKind::Replace, id, RejectReason::UnknownOrder));
        return fills.is_empty();
    };
    let change = admission::of_replace(shadow, slot, replace);
    let order = shadow.order(slot);
    let is_seen = order.whereabouts != Whereabouts::Unknown;
    match change {
        Change::Reject(reason) => events.push(rejected(CommandKind::Replace, id, reason)),
        Change::End => events.push(canceled(order, CancelReason::ReplacedBelowExecuted)),
        Change::Take { open, keeps_place } => {
            let price = replace.price.unwrap_or(order.price);
            let told = (!order.order_type.is_market_type()).then_some(price);
            let new_order = replace.new_order.filter(|new| *new != id);
            events.push(Event::Replaced { order: id, new_order, price: told, open });
            if !keeps_place && admission::trades(shadow.phase) {
                let mut arriving = order.clone();
                (arriving.open, arriving.price) = (open, price);
                let is_known = is_seen && lose_own(shadow, &arriving);
                append_fills(shadow, new_order.unwrap_or(id), open, fills, events);
                return is_known;
            }
        }
    }
    is_seen && fills.is_empty()
}

/// Appends the recorded fills; what is left of the taker afterwards.
fn append_fills(
    shadow: &Shadow,
    taker: OrderId,
    quantity: Quantity,
    fills: &[RecordedFill],
    events: &mut Vec<Event>,
) -> Quantity {
    let mut left = quantity;
    let mut makers: FxHashMap<OrderId, Quantity> = FxHashMap::default();
    let mut number = shadow.numbers.next();
    for fill in fills {
        let open = makers.entry(fill.maker).or_insert_with(|| {
            shadow.find(fill.maker).map_or(Quantity::ZERO, |slot| shadow.order(slot).open)
        });
        open.0 = open.0.saturating_sub(fill.quantity.0);
        left.0 = left.0.saturating_sub(fill.quantity.0);
        events.push(Event::Fill(Fill {
            trade: TradeId(number),
            maker: fill.maker,
            taker,
            price: fill.price,
            quantity: fill.quantity,
            maker_open: *open,
            taker_open: left,
        }));
        number = number.saturating_add(1);
    }
    left
}

/// Whether nothing that self-trade prevention may do to this order's own orders is hidden: fills do
/// not tell of it. The orders that it may have ended are lost sight of.
fn lose_own(shadow: &mut Shadow, order: &Order) -> bool {
    if order.self_trade == SelfTrade::None || order.account == AccountId::ANONYMOUS {
        return true;
    }
    let own = shadow.by_arrival(|resting| {
        resting.rests()
            && resting.side != order.side
            && resting.account == order.account
            && order.takes(resting.price)
    });
    own.iter().for_each(|slot| shadow.lose_sight(*slot));
    own.is_empty()
}
