//! One run as every report shows it.

use std::time::Duration;

use shadowbook_compare::{Coverage, EventList};
use shadowbook_model::Instrument;
use shadowbook_replay::{BookPair, DiffResult, Finding};
use shadowbook_triage::{Allowlist, Bug};

use crate::allowed::Allowed;
use crate::audit::{AuditEntry, OffEntry};
use crate::bugs::{BugEntry, ExamplePaths};
use crate::coverage::CoverageEntry;
use crate::decide::{DecisionOptions, Facts, Stopped, decide};
use crate::describe::{book_difference, command_json, events_json};
use crate::verdict::{
    CaptureEntry, DivergenceEntry, DivergencesEntry, EngineEntry, Minimized, OriginEntry,
    RecordedEntry, RunEntry, StateChecked, StateEntry, TornEntry, Verdict,
};

/// At most this many differences of a book are told in words.
const DIFFERENCES_LIMIT: usize = 10;

/// What a run was about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunInfo {
    /// The capture as it was named.
    pub capture: String,
    /// The digest of its logical content; empty when it could not be read.
    pub digest: String,
    /// Where it ends early, if it does.
    pub torn: Option<TornEntry>,
    /// The reference as it was named.
    pub reference: String,
    /// The candidate as it was named.
    pub candidate: String,
    /// How long the run took.
    pub elapsed: Duration,
    /// The rules that the auditor did not look at.
    pub audit_off: Vec<OffEntry>,
    /// Which divergences are expected.
    pub allow: Allowlist,
}

/// A verdict with the findings behind it.
#[derive(Debug)]
pub struct Report {
    /// The verdict.
    pub verdict: Verdict,
    /// The instruments that findings name by position.
    pub instruments: Vec<Instrument>,
    /// The findings, in the order of the verdict's list; allowed ones left out.
    pub findings: Vec<Finding>,
    /// What they come down to, in the order of the verdict's list.
    pub bugs: Vec<Bug>,
    /// What the reference was seen to do, if it was audited.
    pub coverage: Option<Coverage>,
}

impl Report {
    /// Decides what a run comes to and puts it in order.
    #[must_use]
    pub fn new(
        info: RunInfo,
        run: Result<DiffResult, Box<Stopped>>,
        options: &DecisionOptions,
    ) -> Self {
        let facts = run.as_ref().map_or_else(|stopped| Facts::from(&**stopped), Facts::from);
        let mut result = run.unwrap_or_else(|stopped| stopped.found);
        let allowed = Allowed { allow: &info.allow, result: &result };
        let facts = allowed.facts(facts);
        let decision = decide(&facts, options);
        let comparison = &result.comparison;
        let torn = info.torn.iter().map(|torn| torn.describe(&info.capture));
        let warnings = torn.chain(decision.warnings).collect();
        let list = result.findings.iter().filter(|finding| allowed.counts(finding));
        let list = list.map(|found| entry(found, &result.instruments));
        let verdict = Verdict {
            schema: "shadowbook/verdict/1",
            verdict: decision.verdict,
            exit_code: decision.exit_code,
            capture: CaptureEntry {
                path: info.capture,
                digest: info.digest,
                commands: comparison.commands,
                instruments: result.instruments.len() as u64,
                torn: info.torn,
            },
            reference: EngineEntry { engine: info.reference },
            candidate: EngineEntry { engine: info.candidate },
            recorded: recorded(&result),
            divergences: DivergencesEntry {
                roots: facts.roots,
                derived: comparison.derived,
                resyncs: result.resyncs,
                list: list.collect(),
                disputed: facts.disputed,
                unchecked_trades: comparison.unchecked_trades,
            },
            state: state(&result),
            audit: result
                .audit
                .as_ref()
                .map(|audit| AuditEntry::of(audit, &info.audit_off, &result.instruments, allowed)),
            coverage: result
                .audit
                .as_ref()
                .map(|audit| CoverageEntry::of(&audit.reference.coverage)),
            allowed: allowed.entry(),
            restored: result.restored.as_ref().map(Into::into),
            latency: None,
            run: RunEntry {
                seconds: info.elapsed.as_secs_f64(),
                commands_per_second: rate(comparison.commands, info.elapsed),
                notes: Vec::new(),
            },
            reasons: decision.reasons,
            warnings,
            bugs: bug_entries(allowed),
        };
        let counts: Vec<bool> =
            result.findings.iter().map(|finding| allowed.counts(finding)).collect();
        let mut counts = counts.into_iter();
        result.findings.retain(|_| counts.next() == Some(true));
        let coverage = result.audit.map(|audit| audit.reference.coverage);
        Self {
            verdict,
            instruments: result.instruments,
            findings: result.findings,
            bugs: result.bugs,
            coverage,
        }
    }

    /// Says where the files of a bug's example are; `bug` is its place in [`Self::bugs`].
    pub fn set_example_path(&mut self, bug: usize, paths: ExamplePaths) {
        let entry = self.verdict.bugs.get_mut(bug);
        let Some(example) = entry.and_then(|entry| entry.example.as_mut()) else { return };
        let minimized = Minimized { commands: example.commands, path: paths.jsonl.clone() };
        for root in &mut self.verdict.divergences.list {
            if root.bug == Some(bug + 1) {
                root.minimized = Some(minimized.clone());
            }
        }
        (example.path, example.scenario_path) = (Some(paths.jsonl), paths.scenario);
    }

    /// Notes what time kept the run from doing, such as minimising a bug to the end.
    pub fn note(&mut self, note: impl Into<String>) {
        self.verdict.run.notes.push(note.into());
    }
}

/// The bugs by number; what an entry covers that does not hold counts again.
fn bug_entries(allowed: Allowed<'_>) -> Vec<BugEntry> {
    let result = allowed.result;
    let entry = |(place, bug)| BugEntry {
        allowed: allowed.of_bug(place, bug),
        ..BugEntry::of(place + 1, bug, &result.instruments)
    };
    result.bugs.iter().enumerate().map(entry).collect()
}

fn rate(commands: u64, elapsed: Duration) -> u64 {
    let per_second = u128::from(commands) * 1_000_000_000 / elapsed.as_nanos().max(1);
    u64::try_from(per_second).unwrap_or(u64::MAX)
}

fn state(result: &DiffResult) -> StateEntry {
    let comparison = &result.comparison;
    let is_checked = result.is_state_checked;
    StateEntry {
        checked: if is_checked { StateChecked::Full } else { StateChecked::EventsOnly },
        checkpoints: comparison.checkpoints,
        mismatches: comparison.mismatches,
        final_digest: comparison.final_digest.map(|digest| digest.to_string()),
    }
}

fn recorded(result: &DiffResult) -> RecordedEntry {
    let tally = &result.comparison.recorded;
    RecordedEntry {
        exact: tally.exact,
        price_quantity: tally.price_quantity,
        different: tally.different,
        unchecked: tally.unchecked,
        via_seed: tally.via_seed,
        corrections: tally.corrections,
        external: tally.external,
    }
}

fn entry(finding: &Finding, instruments: &[Instrument]) -> DivergenceEntry {
    let divergence = &finding.divergence;
    let instrument = instruments.get(divergence.instrument.index());
    let events = |list: &EventList| {
        instrument.map_or_else(Vec::new, |instrument| events_json(list, divergence.seq, instrument))
    };
    let after = finding.books.as_ref().and_then(|books| books.after.as_ref());
    DivergenceEntry {
        seq: divergence.seq.0,
        instrument: instrument.map_or_else(String::new, |instrument| instrument.symbol.clone()),
        kind: divergence.kind.name(),
        signature: divergence.signature(),
        command: divergence.command.as_ref().map(|command| command_json(command, instruments)),
        reference: events(&divergence.reference),
        candidate: events(&divergence.candidate),
        minimized: None,
        disputed: divergence.is_disputed,
        detail: divergence.detail.clone(),
        origin: finding.origin.as_ref().map(|origin| OriginEntry {
            seq: origin.command.seq.0,
            command: command_json(&origin.command, instruments),
            book_differences: differences(origin.books.after.as_ref(), instrument),
        }),
        book_differences: differences(after, instrument),
        bug: finding.bug.map(|bug| bug + 1),
    }
}

fn differences(books: Option<&BookPair>, instrument: Option<&Instrument>) -> Vec<String> {
    let (Some(books), Some(instrument)) = (books, instrument) else { return Vec::new() };
    let first = books.differences.iter().take(DIFFERENCES_LIMIT);
    first.map(|difference| book_difference(difference, instrument)).collect()
}
