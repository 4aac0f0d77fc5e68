//! What the auditor found.

use std::collections::BTreeSet;

use shadowbook_model::{Command, InstrumentId, OrderId, Seq};

use super::rule::{AuditRule, RuleSet};
use crate::divergence::EventList;

/// At most this many breaches of one batch are told one by one.
pub(super) const BATCH_LIMIT: usize = 4_096;

/// A rule that the events of one command do not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Which rule.
    pub rule: AuditRule,
    /// At which command.
    pub seq: Seq,
    /// On which instrument.
    pub instrument: InstrumentId,
    /// The order that it is about, if it is about one.
    pub order: Option<OrderId>,
    /// What is wrong, as a lower-case fragment. Empty for a breach that is only counted.
    pub detail: String,
    /// The command.
    pub command: Command,
    /// What was answered to it. Empty for a breach that is only counted.
    pub events: EventList,
}

impl Breach {
    /// What two breaches that tell of the same have in common.
    fn key(&self) -> (Seq, InstrumentId, AuditRule) {
        (self.seq, self.instrument, self.rule)
    }
}

/// For each breach of a candidate, whether the reference has one of the same rule at the same
/// command and instrument: a house rule of production rather than a fault of the candidate.
#[must_use]
pub fn shared(candidate: &[Breach], reference: &[Breach]) -> Vec<bool> {
    let known: BTreeSet<_> = reference.iter().map(Breach::key).collect();
    candidate.iter().map(|breach| known.contains(&breach.key())).collect()
}

/// Breaches counted, the first of each rule listed.
#[derive(Clone, Debug)]
pub(super) struct Ledger {
    pub(super) counts: Vec<u64>,
    pub(super) listed: Vec<Breach>,
    batch: Vec<Breach>,
    off: RuleSet,
    list_limit: u64,
    /// The events of this command are a guess: nothing is told of them.
    pub(super) muted: RuleSet,
    /// An order was found elected that no event triggered, whether or not that is a breach.
    pub(super) has_missed_trigger: bool,
}

impl Ledger {
    pub(super) fn new(off: RuleSet, list_limit: usize) -> Self {
        Self {
            counts: vec![0; AuditRule::ALL.len()],
            listed: Vec::new(),
            batch: Vec::new(),
            off,
            list_limit: list_limit as u64,
            muted: RuleSet::NONE,
            has_missed_trigger: false,
        }
    }

    pub(super) const fn is_off(&self, rule: AuditRule) -> bool {
        self.muted.contains(rule) || self.off.contains(rule)
    }

    /// Whether one more breach of this rule would be listed, and so needs its details.
    pub(super) fn wants_details(&self, rule: AuditRule) -> bool {
        self.counts[rule as usize] < self.list_limit
    }

    pub(super) fn push(&mut self, breach: Breach) {
        let is_listed = self.wants_details(breach.rule);
        self.counts[breach.rule as usize] += 1;
        if is_listed {
            self.listed.push(breach.clone());
        }
        if self.batch.len() < BATCH_LIMIT {
            self.batch.push(breach);
        }
    }

    pub(super) fn begin_batch(&mut self) {
        self.batch.clear();
    }

    pub(super) fn take_batch(&mut self) -> Vec<Breach> {
        std::mem::take(&mut self.batch)
    }
}
