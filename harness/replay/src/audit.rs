//! The auditor beside a comparison: both engines judged by the rules, on a thread of its own.

use std::sync::Arc;

use crossbeam::channel::{Receiver, Sender};
use shadowbook_capture::Batch;
use shadowbook_compare::{Audit, AuditOptions, Auditor, Breach, Stretch, shared};
use shadowbook_model::{Instrument, Seq, Snapshot};
use shadowbook_session::Outcomes;

use crate::begin::Built;
use crate::bridge::answers;

/// At most this many breaches of each kind are listed.
const LIST_LIMIT: usize = 100;

/// What the auditor makes of two engines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditResult {
    /// Of the reference, with what it was seen to do.
    pub reference: Audit,
    /// Of the candidate; `None` where it answered what the reference answered throughout, so that
    /// the same is true of it.
    pub candidate: Option<Audit>,
    /// Breaches of the candidate alone, the first of them; those at commands whose divergence is
    /// expected are left out.
    pub own: Vec<Breach>,
    /// How many there are.
    pub own_count: u64,
    /// Breaches of the candidate alone at commands whose divergence an entry of the allowlist
    /// covers, for each entry.
    pub covered: Vec<Breaches>,
    /// Breaches that the reference shows at the same command too: a rule of the house. The first
    /// of them.
    pub shared: Vec<Breach>,
    /// How many there are.
    pub shared_count: u64,
    /// How many breaches the reference has alone.
    pub reference_count: u64,
}

/// A batch that was compared.
pub(crate) struct Job {
    pub(crate) batch: Arc<Batch>,
    pub(crate) ours: Outcomes,
    /// `None` once the candidate answers no more.
    pub(crate) theirs: Option<Outcomes>,
    /// Whether every list of events is the same.
    pub(crate) is_same: bool,
    /// The commands whose divergence is expected, in order, each with the entry that covers it.
    pub(crate) expected: Vec<(Seq, usize)>,
}

impl Job {
    /// The entry that covers the divergence at the command of this breach.
    fn entry_of(&self, breach: &Breach) -> Option<usize> {
        let found = self.expected.binary_search_by_key(&breach.seq, |(seq, _)| *seq).ok()?;
        Some(self.expected[found].1)
    }
}

/// Where the memory of a job goes when it is done; a full queue needs no more.
pub(crate) struct GiveBack {
    pub(crate) batches: Sender<Arc<Batch>>,
    pub(crate) reference: Sender<Outcomes>,
    pub(crate) candidate: Sender<Outcomes>,
}

/// Judges both engines, the second of them only from where their answers part.
pub(crate) struct Bench {
    reference: Auditor,
    candidate: Option<Auditor>,
    own: Breaches,
    covered: Vec<Breaches>,
    shared: Breaches,
    reference_count: u64,
}

/// Breaches counted, the first of them listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breaches {
    /// How many there are.
    pub count: u64,
    /// The first of them.
    pub listed: Vec<Breach>,
}

impl Breaches {
    fn add(&mut self, breach: Breach) {
        self.count += 1;
        if self.listed.len() < LIST_LIMIT {
            self.listed.push(breach);
        }
    }
}

impl Bench {
    /// Of an allowlist with so many entries.
    pub(crate) fn new(instruments: &[Instrument], options: AuditOptions, entries: usize) -> Self {
        Self {
            reference: Auditor::new(instruments, options),
            candidate: None,
            own: Breaches::default(),
            covered: vec![Breaches::default(); entries],
            shared: Breaches::default(),
            reference_count: 0,
        }
    }

    /// Begins with the states that both engines were set to.
    pub(crate) fn begin_with(&mut self, instruments: &[Instrument], snapshots: &[Snapshot]) {
        for snapshot in snapshots {
            let instrument = instruments.get(snapshot.instrument.index());
            // No engine is set to any other.
            if let Some(Ok(sound)) = instrument.map(|instrument| snapshot.check(instrument)) {
                self.reference.restore(sound);
            }
        }
    }

    /// Begins with what both engines were brought to by commands, as their answers tell it: not
    /// every engine shows its state, and commands lose some of it.
    pub(crate) fn build(&mut self, built: Built) {
        let Built { batch, reference, candidate } = built;
        let is_same = reference == candidate;
        let theirs = Some(candidate);
        let expected = Vec::new();
        self.judge(&Job { batch: Arc::new(batch), ours: reference, theirs, is_same, expected });
        self.reference.begin_here();
        if let Some(candidate) = &mut self.candidate {
            candidate.begin_here();
        }
    }

    /// Judges every job until there are no more.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>, give_back: &GiveBack) -> AuditResult {
        for job in jobs {
            self.judge(&job);
            let Job { batch, ours, theirs, .. } = job;
            let _ = give_back.batches.try_send(batch);
            let _ = give_back.reference.try_send(ours);
            if let Some(theirs) = theirs {
                let _ = give_back.candidate.try_send(theirs);
            }
        }
        self.finish()
    }

    fn judge(&mut self, job: &Job) {
        if !job.is_same && self.candidate.is_none() {
            let mut candidate = self.reference.clone();
            candidate.forget_trade_numbers();
            self.candidate = Some(candidate);
        }
        let breaches = judge(&mut self.reference, &job.batch, &job.ours);
        let Some(candidate) = &mut self.candidate else {
            breaches.into_iter().for_each(|breach| self.shared.add(breach));
            return;
        };
        let Some(theirs) = &job.theirs else {
            self.reference_count += breaches.len() as u64;
            return;
        };
        let mut theirs = judge(candidate, &job.batch, theirs);
        let mut breaches = breaches;
        keep_comparable(&mut breaches, &mut theirs);
        let is_shared = shared(&breaches, &theirs);
        self.reference_count += is_shared.iter().filter(|shared| !**shared).count() as u64;
        for (is_shared, breach) in shared(&theirs, &breaches).into_iter().zip(theirs) {
            let tally = match job.entry_of(&breach) {
                _ if is_shared => &mut self.shared,
                Some(entry) => &mut self.covered[entry],
                None => &mut self.own,
            };
            tally.add(breach);
        }
    }

    fn finish(self) -> AuditResult {
        AuditResult {
            reference: self.reference.finish(),
            candidate: self.candidate.map(Auditor::finish),
            own: self.own.listed,
            own_count: self.own.count,
            covered: self.covered,
            shared: self.shared.listed,
            shared_count: self.shared.count,
            reference_count: self.reference_count,
        }
    }
}

/// Lists that were cut off are held together only as far as both go: what is shared must not look
/// like one engine's own because the other's list ended before.
fn keep_comparable(ours: &mut Vec<Breach>, theirs: &mut Vec<Breach>) {
    let is_cut = |list: &Vec<Breach>| list.len() >= Auditor::BATCH_LIMIT;
    let ends = [&*ours, &*theirs].into_iter().filter(|list| is_cut(list));
    let Some(end) = ends.filter_map(|list| list.last()).map(|last| last.seq).min() else { return };
    ours.retain(|breach| breach.seq < end);
    theirs.retain(|breach| breach.seq < end);
}

fn judge(auditor: &mut Auditor, batch: &Batch, outcomes: &Outcomes) -> Vec<Breach> {
    let range = 0..outcomes.len().min(batch.len());
    auditor.commands(&Stretch { batch, range }, answers(outcomes));
    auditor.take_breaches()
}
