//! What equal examples have in common.

use std::collections::BTreeSet;
use std::fmt;

use shadowbook_model::{Action, Command, Phase, Price, SelfTrade, TimeInForce, TimeNs};

use crate::class::words;
use crate::encode::row;
use crate::fields::{by_rank, each_price, each_time};
use crate::renumber::{accounts_by_appearance, ids_by_appearance, seqs_by_place};
use crate::rerun::Minimized;

/// Equal for flows that are the same after renaming: ids by first appearance, prices and times by
/// rank, whatever the instruments are called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Vec<u64>);

impl Key {
    /// The key of an example, best a canonical one.
    #[must_use]
    pub fn of(minimized: &Minimized) -> Self {
        let flow = seqs_by_place(&minimized.flow);
        let flow = accounts_by_appearance(&ids_by_appearance(&flow));
        let flow = by_rank(&flow, each_time, TimeNs);
        Self(row(&by_rank(&flow, each_price, |rank| {
            Price(i64::try_from(rank).unwrap_or(i64::MAX))
        })))
    }
}

/// What is special about an example: the rule it breaks, or else how the books differ, and the
/// attributes without which it does not show.
///
/// Examples of one bug that no step leads into another have this in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Essence {
    rule: Option<&'static str>,
    words: BTreeSet<String>,
    attributes: BTreeSet<String>,
}

impl Essence {
    /// The essence of a canonical example; `None` where there is nothing special about it, so that
    /// it says nothing.
    #[must_use]
    pub fn of(minimized: &Minimized) -> Self {
        let Minimized { flow, shown, .. } = minimized;
        let mut attributes = BTreeSet::new();
        for instrument in &flow.instruments {
            attributes.insert(instrument.matching.name().to_owned());
        }
        flow.commands.iter().for_each(|command| special(command, &mut attributes));
        let words = if shown.rule.is_some() { BTreeSet::new() } else { words(shown) };
        Self { rule: shown.rule.map(|rule| rule.name()), words, attributes }
    }
}

/// What a command has that most do not have.
fn special(command: &Command, attributes: &mut BTreeSet<String>) {
    let mut add = |has: bool, name: &str| {
        if has {
            attributes.insert(name.to_owned());
        }
    };
    match &command.action {
        Action::New(new) => {
            let order_type = new.order_type;
            add(order_type.has_trigger(), "trigger");
            add(order_type.is_trailing(), "trailing");
            add(new.time_in_force == TimeInForce::Fok, "fok");
            add(new.time_in_force == TimeInForce::Day, "day");
            add(new.time_in_force == TimeInForce::Gtd, "gtd");
            add(new.post_only, "post-only");
            add(new.display_quantity().is_some(), "display");
            add(new.min_quantity().is_some(), "minimum");
            add(new.self_trade != SelfTrade::None, "self-trade");
            add(!new.account.is_anonymous(), "account");
        }
        Action::Phase(phase) => add(*phase == Phase::Auction, "auction"),
        Action::Replace(_) | Action::Cancel(_) | Action::MassCancel(_) => {
            add(true, command.kind().name());
        }
        Action::Time => {}
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|number| write!(f, "{number:x}."))
    }
}
