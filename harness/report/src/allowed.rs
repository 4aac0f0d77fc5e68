//! What the allowlist comes to in a run.

use serde::Serialize;
use shadowbook_compare::{Breach, Covered};
use shadowbook_replay::{DiffResult, Finding};
use shadowbook_triage::{AllowEntry, Allowlist, Bug, Standing};

use crate::bugs::number_of_bugs;
use crate::decide::{Facts, first_breach, first_root};

/// The allowlist's part of a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AllowedEntry {
    /// How many divergences accuse nobody because an entry that holds covers them.
    pub total: u64,
    /// Every entry, in the order of the configuration.
    pub entries: Vec<AllowEntryReport>,
}

/// One entry of the allowlist and what it covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllowEntryReport {
    /// Who answers for it.
    pub owner: String,
    /// Where it is tracked.
    pub ticket: String,
    /// Why the divergences are expected.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: String,
    /// How many divergences it may cover.
    pub at_most: u64,
    /// How many it covers.
    pub count: u64,
    /// The first of them.
    pub first_seq: Option<u64>,
    /// `used`, `unused`, `expired` or `exceeded`: what the last two cover counts as divergences.
    pub state: &'static str,
}

/// An allowlist beside what a run came to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowed<'a> {
    pub(crate) allow: &'a Allowlist,
    pub(crate) result: &'a DiffResult,
}

impl<'a> Allowed<'a> {
    fn covered(&self, index: usize) -> (u64, u64) {
        let covered = self.result.comparison.covered.get(index);
        covered.map_or((0, 0), |Covered { count, disputed, .. }| (*count, *disputed))
    }

    fn entries(&self) -> impl Iterator<Item = (usize, &'a AllowEntry, u64, Standing)> {
        let Self { allow, .. } = *self;
        allow.entries.iter().enumerate().map(move |(index, entry)| {
            let (count, _) = self.covered(index);
            (index, entry, count, allow.standing(index, count))
        })
    }

    /// The positions of the entries that do not hold.
    fn lapsed(&self) -> Vec<usize> {
        let lapsed = self.entries().filter(|(.., standing)| !standing.holds());
        lapsed.map(|(index, ..)| index).collect()
    }

    /// Whether a finding counts as a divergence.
    pub(crate) fn counts(&self, finding: &Finding) -> bool {
        finding.allowed.is_none_or(|entry| self.lapsed().contains(&entry))
    }

    /// How many roots of a bug accuse nobody. Where some entries hold and others do not, those of
    /// the latter are known as far as they are listed.
    pub(crate) fn of_bug(&self, place: usize, bug: &Bug) -> u64 {
        let lapsed = self.lapsed();
        let is_of_lapsed = |finding: &&Finding| {
            finding.bug == Some(place)
                && finding.allowed.is_some_and(|entry| lapsed.contains(&entry))
        };
        let is_any_held = self.entries().any(|(.., count, standing)| standing.holds() && count > 0);
        if !lapsed.is_empty() && !is_any_held {
            return 0;
        }
        let counted = self.result.findings.iter().filter(is_of_lapsed).count();
        bug.allowed.saturating_sub(counted as u64)
    }

    /// The breaches at commands whose divergence counts although an entry covers it, how many
    /// there are and the first of them.
    pub(crate) fn breaches(&self) -> (u64, Vec<&'a Breach>) {
        let Some(audit) = &self.result.audit else { return (0, Vec::new()) };
        let lapsed: Vec<_> =
            self.lapsed().into_iter().filter_map(|entry| audit.covered.get(entry)).collect();
        let count = lapsed.iter().map(|breaches| breaches.count).sum();
        (count, lapsed.iter().flat_map(|breaches| &breaches.listed).collect())
    }

    /// How many breaches are at commands whose divergence is allowed.
    pub(crate) fn allowed_breaches(&self) -> u64 {
        let audit = self.result.audit.iter().flat_map(|audit| &audit.covered);
        audit.map(|breaches| breaches.count).sum::<u64>() - self.breaches().0
    }

    /// The facts of a run with the allowlist taken into account: what an entry covers that does
    /// not hold is counted again.
    pub(crate) fn facts(&self, facts: Facts) -> Facts {
        let mut facts = facts;
        for (index, entry, count, standing) in self.entries() {
            let name = format!("entry {} of the allowlist ({entry})", index + 1);
            let expires = entry.expires;
            match (standing, count) {
                (Standing::Used, _) => facts.allowed += count,
                (Standing::Unused, _) => facts.unused_allow.push(format!("{name} covers nothing")),
                (Standing::Expired, 0) => facts
                    .unused_allow
                    .push(format!("{name} expired on {expires}, and covers nothing")),
                (Standing::Expired, _) => facts.lapsed_allow.push(format!(
                    "{name} expired on {expires}: what it covers counts, {count} in all"
                )),
                (Standing::Exceeded, _) => facts.lapsed_allow.push(format!(
                    "{name} covers {count}, at most {} are allowed: all of them count",
                    entry.at_most
                )),
            }
            if !standing.holds() {
                facts.roots += count;
                facts.bugs = number_of_bugs(&self.result.bugs, |_| true);
                facts.disputed += self.covered(index).1;
            }
        }
        let (breaches, listed) = self.breaches();
        facts.breaches += breaches;
        facts.first_root = first_root(self.result, |finding| self.counts(finding));
        facts.first_breach = first_breach(self.result, listed);
        facts
    }

    /// As a verdict shows it.
    pub(crate) fn entry(&self) -> AllowedEntry {
        let first = |entry| {
            let of_entry = |finding: &&Finding| finding.allowed == Some(entry);
            self.result.findings.iter().find(of_entry).map(|finding| finding.divergence.seq.0)
        };
        let report = |(index, entry, count, standing): (usize, &AllowEntry, u64, Standing)| {
            AllowEntryReport {
                owner: entry.owner.clone(),
                ticket: entry.ticket.clone(),
                reason: entry.reason.clone(),
                expires: entry.expires.to_string(),
                at_most: entry.at_most.get(),
                count,
                first_seq: first(index),
                state: standing.name(),
            }
        };
        let used = self.entries().filter(|(.., standing)| standing.holds());
        AllowedEntry {
            total: used.map(|(_, _, count, _)| count).sum(),
            entries: self.entries().map(report).collect(),
        }
    }
}

impl AllowedEntry {
    /// The same in a line for people; nothing where there is no entry.
    #[must_use]
    pub fn line(&self) -> Option<String> {
        if self.entries.is_empty() {
            return None;
        }
        let used: Vec<String> = self
            .entries
            .iter()
            .filter(|entry| entry.count > 0)
            .map(|entry| {
                let AllowEntryReport { owner, ticket, expires, at_most, count, state, .. } = entry;
                let state = if *state == "used" { String::new() } else { format!(", {state}") };
                format!("{count} of {at_most} by {ticket} ({owner}, until {expires}{state})")
            })
            .collect();
        let used = if used.is_empty() { String::new() } else { format!(": {}", used.join("; ")) };
        Some(format!("{}{used}", self.total))
    }
}
