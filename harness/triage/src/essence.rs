//! What is special about an example.

use std::collections::BTreeSet;

use shadowbook_compare::AuditRule;
use shadowbook_model::{
    Action, Command, OrderState, OrderType, Phase, SelfTrade, TimeInForce, Visibility,
};

use crate::class::words;
use crate::rerun::Minimized;

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
        let words = words(shown);
        let decision = match shown.rule {
            Some(rule) => Some(decision(rule, &attributes)),
            None => words.contains(FOLLOWED).then_some(TRIGGER),
        };
        if decision == Some(LIQUIDITY) {
            attributes.remove(FOK);
            attributes.remove(MINIMUM);
        }
        let words = if decision.is_some() { BTreeSet::new() } else { words };
        Self { decision, words, attributes }
    }
}

impl Essence {
    /// Whether the same went wrong, whatever it took.
    pub(crate) fn is_same_but_for_attributes(&self, other: &Self) -> bool {
        (self.decision, &self.words) == (other.decision, &other.words)
    }
}

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
    match rule {
        AuditRule::Trigger | AuditRule::MissedTrigger | AuditRule::TriggerOrder => TRIGGER,
        AuditRule::FillOrKill | AuditRule::MinimumQuantity => LIQUIDITY,
        AuditRule::Admission if counts => LIQUIDITY,
        AuditRule::AuctionPrice | AuditRule::AuctionVolume => AUCTION,
        _ => rule.name(),
    }
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
        OrderType::Stop | OrderType::StopLimit => Some("stop"),
        OrderType::TakeProfit | OrderType::TakeProfitLimit => Some("take-profit"),
        OrderType::TrailingStop | OrderType::TrailingStopLimit => Some("trailing-stop"),
    }
}
