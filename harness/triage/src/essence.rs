//! What is special about an example.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use shadowbook_capture::Flow;
use shadowbook_compare::{
    AuditRule, BookDifference, Divergence, DivergenceKind, EventList, is_same_event, is_same_list,
};
use shadowbook_model::{
    Action, CancelReason, Command, Event, Matching, OrderId, OrderState, OrderType, Phase,
    RejectReason, SelfTrade, Side, TimeInForce, Visibility,
};

use crate::class::words;
use crate::rerun::{Minimized, Shown};

/// What is special about an example: the decision that went wrong, or else how the books differ,
/// and the attributes without which it does not show.
///
/// Examples of one bug that no step leads into another have this in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Essence {
    decision: Option<&'static str>,
    words: BTreeSet<String>,
    attributes: BTreeSet<&'static str>,
}

impl Essence {
    /// The essence of an example, best a canonical one.
    #[must_use]
    pub fn of(minimized: &Minimized) -> Self {
        let Minimized { flow, shown, .. } = minimized;
        let mut attributes = BTreeSet::new();
        attributes.extend(flow.instruments.iter().map(|instrument| instrument.matching.name()));
        flow.commands.iter().for_each(|command| of_command(command, &mut attributes));
        let states = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
        states.for_each(|order| of_state(order, &mut attributes));
        let mut words = words(shown);
        words.extend(shown.differences.iter().filter_map(direction).map(str::to_owned));
        let mut decision = match shown.rule {
            Some(AuditRule::AuctionPrice) if trades_right(shown) => Some(ANNOUNCED),
            Some(AuditRule::PricePriority | AuditRule::TimePriority)
                if prefers_older(flow, shown) =>
            {
                Some(OLDER)
            }
            Some(rule) => Some(decision(rule, &attributes)),
            None if words.contains(FOLLOWED) => Some(TRIGGER),
            None if is_of_attributes(&words) => Some(ATTRIBUTES),
            None => None,
        };
        if lots(flow) >= MANY_LOTS && flow.commands.len() <= FEW && minimized.is_minimal {
            (decision, attributes) = (Some(SUMS), BTreeSet::new());
        }
        if decision == Some(TRIGGER) && triggers(flow) > 1 {
            // What they do to each other is the same for all kinds.
            attributes.retain(|name| !TRIGGER_KINDS.contains(name));
            attributes.insert(SEVERAL);
        }
        match decision {
            Some(LIQUIDITY) => attributes.retain(|name| ![FOK, MINIMUM].contains(name)),
            Some(OLDER) => attributes.retain(|name| *name != "display"),
            Some(ATTRIBUTES) => attributes.retain(|name| !["gtd", "display"].contains(name)),
            _ => {}
        }
        let words = match decision {
            // One that lets too much trade is another bug than one that lets too little.
            Some(LIQUIDITY) => strictness(shown).map(str::to_owned).into_iter().collect(),
            Some(decision) if decision != AuditRule::Admission.name() => BTreeSet::new(),
            _ => words,
        };
        Self { decision, words, attributes }
    }
}

impl Essence {
    /// Whether the same went wrong, whatever it took.
    fn is_same_but_for_attributes(&self, other: &Self) -> bool {
        (self.decision, &self.words) == (other.decision, &other.words)
    }

    /// Whether the same may have gone wrong, whatever it took; of triggers, only if the other took
    /// nothing special, or something of what this one took.
    pub(crate) fn is_akin_to(&self, other: &Self) -> bool {
        let mut special = other.attributes.iter().filter(|name| **name != PLAIN);
        self.is_same_but_for_attributes(other)
            && (self.decision != Some(TRIGGER)
                || other.specials() == 0
                || special.any(|name| self.attributes.contains(name)))
    }

    #[cfg(test)]
    pub(crate) fn from_parts(
        decision: &'static str,
        words: &[&str],
        attributes: &[&'static str],
    ) -> Self {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        let plain = [PLAIN].into_iter();
        Self {
            decision: Some(decision),
            words,
            attributes: plain.chain(attributes.iter().copied()).collect(),
        }
    }

    /// Whether it is about the triggering of orders.
    pub(crate) fn is_of_triggers(&self) -> bool {
        self.decision == Some(TRIGGER)
    }

    /// How much is special about it.
    pub(crate) fn specials(&self) -> usize {
        self.attributes.iter().filter(|name| **name != PLAIN).count()
    }

    /// Whether the same went wrong, and it took all that is special about the other, and more.
    pub(crate) fn has_special_of(&self, other: &Self) -> bool {
        // Who counts wrongly what could trade counts too much and too little, as the book is.
        let is_count = self.decision == Some(LIQUIDITY) && other.decision == self.decision;
        (is_count || self.is_same_but_for_attributes(other)) && self.holds_special_of(other)
    }

    /// Whether the other is about something that the candidate does here, too, and it took all that
    /// is special about the other.
    pub(crate) fn follows(&self, other: &Self, done: &str) -> bool {
        other.words.contains(done) && self.holds_special_of(other)
    }

    fn holds_special_of(&self, other: &Self) -> bool {
        let mut special = other.attributes.iter().filter(|name| **name != PLAIN);
        other.specials() > 0 && special.all(|name| self.attributes.contains(name))
    }
}

/// In which ways orders are counted wrongly as arrivals where nothing else tells. Of queues the ids
/// would have to be in the order of age, which they are in the simplest form only.
pub(crate) fn arrivals(shown: &Shown) -> BTreeSet<&'static str> {
    let is_count = |difference: &&BookDifference| {
        shown.divergence.kind == DivergenceKind::State
            && matches!(difference, BookDifference::ArrivalCount { .. })
    };
    shown.differences.iter().filter(is_count).filter_map(direction).collect()
}

/// Which way the place of an order is wrong.
fn direction(difference: &BookDifference) -> Option<&'static str> {
    let goes_back = match difference {
        BookDifference::ArrivalCount { reference, candidate, .. } => candidate > reference,
        BookDifference::QueueOrder { reference, candidate, .. } => {
            candidate.first()? > reference.first()?
        }
        _ => return None,
    };
    Some(if goes_back { "back" } else { "ahead" })
}

/// Whether the candidate lets an order get further than the reference, or less far, where it is
/// asked how much could trade.
fn strictness(shown: &Shown) -> Option<&'static str> {
    let Divergence { reference, candidate, .. } = &shown.divergence;
    let pairs = reference.events.iter().zip(&candidate.events);
    let same = pairs.take_while(|(ours, theirs)| is_same_event(ours, theirs)).count();
    let at = |list: &EventList| passed(list.events.get(same));
    match at(candidate).cmp(&at(reference)) {
        Ordering::Greater => Some("over"),
        Ordering::Less => Some("under"),
        Ordering::Equal => None,
    }
}

/// How many of the two questions about how much could trade an order passed that came to this.
const fn passed(event: Option<&Event>) -> u8 {
    match event {
        Some(Event::Canceled { reason: CancelReason::Fok, .. }) => 0,
        Some(
            Event::Canceled { reason: CancelReason::MinQuantity, .. }
            | Event::Rejected { reason: RejectReason::MinQuantity, .. },
        ) => 1,
        _ => 2,
    }
}

/// Whether the candidate only says something else: it trades as it should, and its book is right.
pub(crate) fn is_only_said(shown: &Shown) -> bool {
    let has_ended = shown.divergence.kind.ends_the_candidate();
    !has_ended && shown.differences.is_empty() && trades_right(shown)
}

/// Whether the candidate trades as it should.
fn trades_right(shown: &Shown) -> bool {
    let fills = |list: &EventList| -> Vec<Event> {
        list.events.iter().filter(|event| matches!(event, Event::Fill(_))).copied().collect()
    };
    let Divergence { reference, candidate, .. } = &shown.divergence;
    is_same_list(&fills(reference), &fills(candidate))
}

/// Whether orders are the same but for what they were entered with.
fn is_of_attributes(words: &BTreeSet<String>) -> bool {
    let mut all = words.iter().peekable();
    all.peek().is_some()
        && all.all(|word| {
            let fields = word.strip_prefix("order.").unwrap_or_default();
            fields.split('+').all(|field| ENTERED.contains(&field))
        })
}

/// The most lots that are entered on one side, or stand there.
fn lots(flow: &Flow) -> u64 {
    let of = |side: Side| {
        let entered = flow.commands.iter().filter_map(|command| match &command.action {
            Action::New(new) if new.side == side && new.display_quantity().is_none() => {
                Some(new.quantity.0)
            }
            _ => None,
        });
        let states = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
        let standing = states.filter(|order| order.side == side).map(|order| order.open.0);
        entered.chain(standing).fold(0, u64::saturating_add)
    };
    of(Side::Buy).max(of(Side::Sell))
}

/// How many orders wait for a trigger, or did.
fn triggers(flow: &Flow) -> usize {
    let entered = flow.commands.iter().filter(|command| match &command.action {
        Action::New(new) => new.order_type.has_trigger(),
        _ => false,
    });
    let states = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
    entered.count() + states.filter(|order| order.trigger.is_some()).count()
}

/// Whether the candidate lets an older order trade where another one is better.
fn prefers_older(flow: &Flow, shown: &Shown) -> bool {
    let Divergence { reference, candidate, .. } = &shown.divergence;
    let pairs = reference.events.iter().zip(&candidate.events);
    let mut makers = pairs.filter_map(|(ours, theirs)| match (ours, theirs) {
        (Event::Fill(ours), Event::Fill(theirs)) => Some((ours.maker, theirs.maker)),
        _ => None,
    });
    let states = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
    let mut states: Vec<&OrderState> = states.collect();
    states.sort_by_key(|order| order.arrival);
    let entered = flow.commands.iter().filter_map(Command::order);
    let by_age: Vec<OrderId> = states.into_iter().map(|order| order.order).chain(entered).collect();
    let age = |order: OrderId| by_age.iter().position(|older| *older == order);
    makers
        .find(|(ours, theirs)| ours != theirs)
        .is_some_and(|(ours, theirs)| age(theirs) < age(ours))
}

/// Examples of more commands than this have not come down to what matters.
pub(crate) const FEW: usize = 8;
/// What is in no need of a word.
const PLAIN: &str = Matching::PriceTime.name();
/// Where so many lots have to be in a flow that cannot be made smaller, their sum is what matters.
const MANY_LOTS: u64 = 60;
/// Fields of an order that say how it was entered.
const ENTERED: [&str; 5] =
    ["expire_time", "visibility", "time_in_force", "post_only", "self_trade"];
/// Sums of quantities.
const SUMS: &str = "sums";
const STOP: &str = "stop";
const TAKE_PROFIT: &str = "take-profit";
const TRAILING: &str = "trailing-stop";
const TRIGGER_KINDS: [&str; 3] = [STOP, TAKE_PROFIT, TRAILING];
/// Several orders that wait for a trigger.
const SEVERAL: &str = "several-triggers";
/// What an order has that was entered.
const ATTRIBUTES: &str = "attributes";
/// The older of two orders, where it is not its turn.
const OLDER: &str = "older";
/// What an auction says of itself.
const ANNOUNCED: &str = "announced";

/// How the books differ when a trigger follows the last trade otherwise.
const FOLLOWED: &str = "order.trigger";
const FOK: &str = "fok";
const MINIMUM: &str = "minimum";
/// Whether an order is triggered.
const TRIGGER: &str = "trigger";
/// How much could trade.
const LIQUIDITY: &str = "liquidity";
/// Where an auction trades, and whether it does.
const AUCTION: &str = "auction";

/// The decision that a rule looks at; several look at one of them, each at one face of it.
fn decision(rule: AuditRule, attributes: &BTreeSet<&'static str>) -> &'static str {
    let counts = attributes.contains(FOK) || attributes.contains(MINIMUM);
    let has_trigger = TRIGGER_KINDS.iter().any(|kind| attributes.contains(kind));
    match rule {
        AuditRule::Trigger | AuditRule::MissedTrigger | AuditRule::TriggerOrder => TRIGGER,
        AuditRule::PhaseTrading if has_trigger => TRIGGER,
        AuditRule::FillOrKill | AuditRule::MinimumQuantity => LIQUIDITY,
        AuditRule::Admission if counts => LIQUIDITY,
        AuditRule::AuctionPrice | AuditRule::AuctionVolume => AUCTION,
        _ => rule.name(),
    }
}

/// Everything in a flow that may be handled wrongly by itself.
pub(crate) fn features(flow: &Flow) -> BTreeSet<&'static str> {
    let mut features: BTreeSet<&str> =
        flow.instruments.iter().map(|instrument| instrument.matching.name()).collect();
    for command in &flow.commands {
        of_command(command, &mut features);
        match &command.action {
            Action::New(new) => {
                features.insert(new.time_in_force.name());
                features.insert(new.order_type.name());
                if trigger_kind(new.order_type) == Some(TRAILING) {
                    // It is a stop whose trigger moves.
                    let limited = new.order_type == OrderType::TrailingStopLimit;
                    let stop = if limited { OrderType::StopLimit } else { OrderType::Stop };
                    features.extend([STOP, stop.name()]);
                }
                features.insert(new.self_trade.name());
            }
            Action::Phase(phase) => {
                features.insert(phase.name());
            }
            _ => {}
        }
    }
    let states = flow.snapshots.iter().flat_map(|snapshot| &snapshot.orders);
    states.for_each(|order| of_state(order, &mut features));
    let plain = [
        OrderType::Limit.name(),
        TimeInForce::Gtc.name(),
        SelfTrade::None.name(),
        Phase::Continuous.name(),
    ];
    features.retain(|name| !plain.contains(name));
    features
}

/// What a command has that most do not have.
fn of_command(command: &Command, attributes: &mut BTreeSet<&'static str>) {
    let mut add = |has: bool, name: &'static str| {
        if has {
            attributes.insert(name);
        }
    };
    match &command.action {
        Action::New(new) => {
            let kind = trigger_kind(new.order_type);
            add(kind.is_some(), kind.unwrap_or_default());
            add(new.time_in_force == TimeInForce::Fok, FOK);
            add(new.time_in_force == TimeInForce::Day, "day");
            add(new.time_in_force == TimeInForce::Gtd, "gtd");
            add(new.post_only, "post-only");
            add(new.display_quantity().is_some(), "display");
            add(new.min_quantity().is_some(), MINIMUM);
            add(new.self_trade != SelfTrade::None, "self-trade");
            add(!new.account.is_anonymous(), "account");
        }
        Action::Phase(phase) => add(*phase == Phase::Auction, AUCTION),
        Action::Replace(_) | Action::Cancel(_) | Action::MassCancel(_) => {
            add(true, command.kind().name());
        }
        Action::Time => {}
    }
}

fn of_state(order: &OrderState, attributes: &mut BTreeSet<&'static str>) {
    attributes.extend(order.trigger.and(trigger_kind(order.order_type)));
    attributes.extend((order.visibility != Visibility::Full).then_some("display"));
    attributes.extend(order.post_only.then_some("post-only"));
    attributes.extend((order.time_in_force == TimeInForce::Gtd).then_some("gtd"));
    attributes.extend((order.time_in_force == TimeInForce::Day).then_some("day"));
    attributes.extend((!order.account.is_anonymous()).then_some("account"));
}

const fn trigger_kind(order_type: OrderType) -> Option<&'static str> {
    match order_type {
        OrderType::Limit | OrderType::Market => None,
        OrderType::Stop | OrderType::StopLimit => Some(STOP),
        OrderType::TakeProfit | OrderType::TakeProfitLimit => Some(TAKE_PROFIT),
        OrderType::TrailingStop | OrderType::TrailingStopLimit => Some(TRAILING),
    }
}
