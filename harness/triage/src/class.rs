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

    /// Whether a divergence of the other class may come from the same bug.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let is_state = |class: &Self| class.kind == DivergenceKind::State;
        let has_same_rule = self.rule.is_some() && self.rule == other.rule;
        let is_same_kind = is_state(self) == is_state(other)
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
        divergence.shape.split('>').map(str::to_owned).collect()
    }
}
