//! Which divergences may be faces of one bug.

use std::collections::BTreeSet;

use shadowbook_compare::{AuditRule, DivergenceKind, name_book_difference};

use crate::rerun::Shown;

/// What divergences of one bug have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Class {
    kind: DivergenceKind,
    rule: Option<AuditRule>,
    words: BTreeSet<String>,
}

impl Class {
    pub(crate) fn of(shown: &Shown) -> Self {
        Self { kind: shown.divergence.kind, rule: shown.rule, words: words(shown) }
    }

    /// Whether books differ, and no event.
    pub(crate) fn is_of_state(&self) -> bool {
        self.kind == DivergenceKind::State
    }

    /// Whether it is about where an auction trades, and how much.
    pub(crate) const fn is_of_uncross(&self) -> bool {
        matches!(self.rule, Some(AuditRule::AuctionPrice | AuditRule::AuctionVolume))
    }

    /// Whether a divergence of the other class may come from the same bug.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        // Taken or rejected: everything may be, for any reason.
        let says_much = self.rule.is_some_and(|rule| rule != AuditRule::Admission);
        let has_same_rule = says_much && self.rule == other.rule;
        let is_same_kind = self.is_of_state() == other.is_of_state()
            && self.kind.ends_the_candidate() == other.kind.ends_the_candidate();
        has_same_rule || is_same_kind && !self.words.is_disjoint(&other.words)
    }
}

/// How the books differ, or what differs in events.
pub(crate) fn words(shown: &Shown) -> BTreeSet<String> {
    let divergence = &shown.divergence;
    if divergence.kind == DivergenceKind::State {
        shown.differences.iter().map(name_book_difference).collect()
    } else {
        let shape = divergence.shape.as_str();
        // What is not there is something else than what is too much.
        let (missing, extra) = match divergence.kind {
            DivergenceKind::MissingEvent => (Some(shape), None),
            DivergenceKind::ExtraEvent => (None, Some(shape)),
            _ => match shape.split_once('>') {
                Some((missing, extra)) => (Some(missing), Some(extra)),
                None => return BTreeSet::from([shape.to_owned()]),
            },
        };
        let missing = missing.map(|event| format!("-{event}"));
        missing.into_iter().chain(extra.map(|event| format!("+{event}"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_compare::{Divergence, EventList};
    use shadowbook_model::{InstrumentId, Phase, Seq};

    use super::*;

    fn class(kind: DivergenceKind, shape: &str, rule: Option<AuditRule>) -> Class {
        let divergence = Divergence {
            seq: Seq(1),
            instrument: InstrumentId(0),
            kind,
            shape: shape.to_owned(),
            command: None,
            reference: EventList::default(),
            candidate: EventList::default(),
            detail: None,
            is_disputed: false,
            disputed_orders: Vec::new(),
            equal_after: 0,
            shown_after: 1,
        };
        let differences = Vec::new();
        Class::of(&Shown { position: None, divergence, differences, rule, phase: Phase::Closed })
    }

    #[test]
    fn what_is_missing_is_not_like_what_is_too_much() {
        use DivergenceKind::{Events, ExtraEvent, MissingEvent};
        let accepts = class(Events, "rejected.phase>accepted", Some(AuditRule::Admission));
        let rejects = class(Events, "accepted>rejected.phase", Some(AuditRule::Admission));
        assert!(!accepts.is_like(&rejects), "a rule about everything does not make them alike");
        let lost = class(MissingEvent, "fill", None);
        assert!(lost.is_like(&class(Events, "fill>canceled.ioc", None)));
        assert!(!lost.is_like(&class(ExtraEvent, "fill", None)));
        assert!(!lost.is_like(&class(Events, "canceled.ioc>fill", None)));
    }

    #[test]
    fn one_broken_rule_makes_alike_what_looks_different() {
        use DivergenceKind::{Events, MissingEvent};
        let rule = Some(AuditRule::StopsShort);
        let one = class(MissingEvent, "fill", rule);
        assert!(one.is_like(&class(Events, "canceled.ioc>canceled.fok", rule)));
        assert!(!one.is_like(&class(Events, "canceled.ioc>canceled.fok", None)));
    }
}
