//! What the auditor made of both engines, as reports show it.

use serde::Serialize;
use serde_json::value::RawValue;
use shadowbook_compare::{AuditRule, Breach};
use shadowbook_model::Instrument;
use shadowbook_replay::AuditResult;

use crate::allowed::Allowed;
use crate::describe::{command_json, events_json};

/// At most this many breaches of each kind stand in a verdict.
const LISTED: usize = 20;

/// A rule that is not looked at, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OffEntry {
    /// The rule.
    pub rule: String,
    /// Why, as whoever switched it off says.
    pub reason: String,
}

/// The auditor's part of a verdict.
#[derive(Clone, Debug, Serialize)]
pub struct AuditEntry {
    /// How many commands it judged.
    pub commands: u64,
    /// How many rules it looked at.
    pub rules: u64,
    /// Those that it did not look at.
    pub off: Vec<OffEntry>,
    /// Breaches of the candidate alone.
    pub candidate: u64,
    /// Others of the candidate alone, at commands whose divergence is allowed.
    pub allowed: u64,
    /// Breaches that both engines show at the same command: a rule of the house.
    pub shared: u64,
    /// Breaches of the reference alone.
    pub reference: u64,
    /// The first of the candidate's, then the first that are shared.
    pub list: Vec<BreachEntry>,
}

/// One breach. Command and events have their JSON-lines shape.
#[derive(Clone, Debug, Serialize)]
pub struct BreachEntry {
    /// `candidate`, `shared`, or the name of the stream that was audited alone.
    pub whose: &'static str,
    /// The rule.
    pub rule: &'static str,
    /// The rules of the market model behind it.
    pub model_rules: &'static [&'static str],
    /// The command.
    pub seq: u64,
    /// The instrument's symbol.
    pub instrument: String,
    /// The order that it is about, if it is about one.
    pub order: Option<u64>,
    /// What is wrong.
    pub detail: String,
    /// The command.
    pub command: Box<RawValue>,
    /// What was answered to it, at most the first thousand events.
    pub events: Vec<Box<RawValue>>,
}

impl AuditEntry {
    /// The entry for a run.
    pub(crate) fn of(
        audit: &AuditResult,
        off: &[OffEntry],
        instruments: &[Instrument],
        allowed: Allowed<'_>,
    ) -> Self {
        let (lapsed, others) = allowed.breaches();
        let mut own: Vec<&Breach> = audit.own.iter().chain(others).collect();
        own.sort_by_key(|breach| breach.seq);
        let own = own.into_iter().map(|breach| ("candidate", breach)).take(LISTED);
        let shared = audit.shared.iter().map(|breach| ("shared", breach)).take(LISTED);
        let entry = |(whose, breach)| BreachEntry::of(whose, breach, instruments);
        Self {
            commands: audit.reference.commands,
            rules: (AuditRule::ALL.len() - off.len().min(AuditRule::ALL.len())) as u64,
            off: off.to_vec(),
            candidate: audit.own_count + lapsed,
            allowed: allowed.allowed_breaches(),
            shared: audit.shared_count,
            reference: audit.reference_count,
            list: own.chain(shared).map(entry).collect(),
        }
    }
}

impl BreachEntry {
    /// The entry for one breach.
    #[must_use]
    pub fn of(whose: &'static str, breach: &Breach, instruments: &[Instrument]) -> Self {
        let instrument = instruments.get(breach.instrument.index());
        Self {
            whose,
            rule: breach.rule.name(),
            model_rules: breach.rule.model_rules(),
            seq: breach.seq.0,
            instrument: instrument.map_or_else(String::new, |found| found.symbol.clone()),
            order: breach.order.map(|order| order.0),
            detail: breach.detail.clone(),
            command: command_json(&breach.command, instruments),
            events: instrument
                .map_or_else(Vec::new, |found| events_json(&breach.events, breach.seq, found)),
        }
    }

    /// The same in a line for people.
    #[must_use]
    pub fn line(&self) -> String {
        let Self { rule, seq, instrument, model_rules, .. } = self;
        // Details are kept of the first breaches of a rule, whoever's they are.
        let detail = match self.detail.as_str() {
            "" => "like many before it",
            detail => detail,
        };
        format!("seq {seq}  {instrument}  {rule} ({}): {detail}", model_rules.join(", "))
    }
}
