//! Two sessions over one stream, compared as they go.

use std::num::NonZeroU64;
use std::ops::Range;
use std::sync::Arc;
use std::thread::Scope;

use crossbeam::channel::{Receiver, Sender, bounded};
use shadowbook_capture::Batch;
use shadowbook_compare::{Comparer, Comparison, DivergenceKind, Stretch};
use shadowbook_model::Command;
use shadowbook_session::{Outcomes, Session};
use shadowbook_triage::AllowJudge;

use crate::audit::{AuditResult, Bench, GiveBack, Job};
use crate::begin::{Begun, begin, begin_again};
use crate::bridge::{answers, describe, digests};
use crate::explain::explain;
use crate::pipeline::{Answer, answer, read};
use crate::{BrokenOff, DiffError, DiffOptions, DiffResult, Finding, Progress, Setup};

/// Replays one stream through two engines side by side and says where they diverge.
///
/// `open` makes the stream and the sessions, each time from the beginning: once for the run, and
/// again for a second look when something diverged. `progress` is called after each batch of the
/// first run. Where the stream begins with snapshots, every look begins with sessions that hold
/// them, see [`crate::Beginning`].
///
/// # Errors
/// When the stream cannot be read or the reference fails, whichever comes first in the stream;
/// the error holds what was found before. A candidate that fails is a divergence; the rest of the
/// stream then goes to the reference alone.
pub fn diff(
    open: &mut dyn FnMut() -> Result<Setup<'static>, DiffError>,
    options: &DiffOptions,
    progress: &mut dyn FnMut(Progress),
) -> Result<DiffResult, Box<BrokenOff>> {
    let Begun { mut setup, beginning: restored, built } = begin(open)?;
    let instruments = setup.source.instruments().to_vec();
    let is_state_checked = setup.reference.shows_state() && setup.candidate.shows_state();
    let checkpoint_every = is_state_checked.then_some(options.checkpoint_every);
    let mut comparer = Comparer::new(&instruments, options.list_limit, options.resync.after_root());
    if !options.allow.is_empty() {
        comparer = comparer.expecting(Box::new(options.allow.on(&instruments)));
    }
    comparer.begin_with(setup.source.snapshots());
    let depth = options.queue_depth.max(1);
    let entries = options.allow.entries.len();
    let mut bench = options.audit.map(|audit| Bench::new(&instruments, audit, entries));
    match (&mut bench, built) {
        (None, _) => {}
        (Some(bench), None) => bench.begin_with(&instruments, setup.source.snapshots()),
        (Some(bench), Some(built)) => bench.build(built),
    }
    let FirstRun { mut comparison, audit, error } =
        first_run(&mut setup, checkpoint_every, depth, comparer, bench, progress);
    drop(setup);
    let mut findings = take_findings(&mut comparison);
    let explained = if options.explain && is_state_checked && !findings.is_empty() {
        let mut open = || begin_again(open, restored.as_ref());
        explain(&mut open, &mut findings, options.levels)
    } else {
        Ok(())
    };
    comparison.disputed = count_disputed(&findings, comparison.disputed);
    if options.explain {
        cover_states(&options.allow.on(&instruments), &mut findings, &mut comparison);
    }
    findings.sort_by_key(|finding| (finding.divergence.seq, finding.divergence.instrument));
    let result = DiffResult {
        instruments,
        comparison,
        findings,
        is_state_checked,
        restored,
        audit,
        resyncs: 0,
        bugs: Vec::new(),
        effort: None,
    };
    match error.or(explained.err()) {
        None => Ok(result),
        Some(error) => Err(Box::new(BrokenOff { error, result })),
    }
}

/// The listed roots, and those of each entry of the allowlist.
fn take_findings(comparison: &mut Comparison) -> Vec<Finding> {
    let finding =
        |divergence, allowed| Finding { divergence, books: None, origin: None, bug: None, allowed };
    let roots = std::mem::take(&mut comparison.divergences);
    let mut findings: Vec<Finding> = roots.into_iter().map(|root| finding(root, None)).collect();
    for (entry, covered) in comparison.covered.iter_mut().enumerate() {
        let listed = std::mem::take(&mut covered.listed);
        findings.extend(listed.into_iter().map(|root| finding(root, Some(entry))));
    }
    findings
}

/// Of a state that differs only the second look tells what it is, so that it could not be judged
/// as it was found.
fn cover_states(judge: &AllowJudge, findings: &mut [Finding], comparison: &mut Comparison) {
    for finding in findings {
        let Finding { divergence, .. } = &*finding;
        if finding.allowed.is_some() || divergence.kind != DivergenceKind::State {
            continue;
        }
        let Some(entry) = judge.judge(divergence, None) else { continue };
        comparison.cover(entry, divergence.is_disputed);
        finding.allowed = Some(entry);
    }
}

/// The disputed roots. Of a state that differs, only the second look tells which orders do; roots
/// that are not listed stay as the first run counted them.
fn count_disputed(findings: &[Finding], before: u64) -> u64 {
    let found_later = findings.iter().filter(|finding| {
        finding.divergence.is_disputed && finding.divergence.kind == DivergenceKind::State
    });
    before + found_later.count() as u64
}

fn first_run(
    setup: &mut Setup<'_>,
    checkpoint_every: Option<NonZeroU64>,
    depth: usize,
    comparer: Comparer,
    bench: Option<Bench>,
    progress: &mut dyn FnMut(Progress),
) -> FirstRun {
    let Setup { source, reference, candidate } = setup;
    std::thread::scope(|scope| {
        let (to_compare, batches) = bounded(depth);
        let (give_back, spare) = bounded(2 * depth + 2);
        let (to_reference, for_reference) = bounded(depth);
        let (to_candidate, for_candidate) = bounded(depth);
        let engines = [to_reference, to_candidate];
        scope.spawn(move || read(&mut **source, &engines, &to_compare, &spare));
        let lane = |session, batches| Lane::spawn(scope, session, checkpoint_every, depth, batches);
        let reference = lane(&mut **reference, for_reference);
        let candidate = lane(&mut **candidate, for_candidate);
        let audit = bench.map(|bench| {
            let (to_audit, jobs) = bounded(depth);
            let spare = GiveBack {
                batches: give_back.clone(),
                reference: reference.give_back.clone(),
                candidate: candidate.give_back.clone(),
            };
            (to_audit, scope.spawn(move || bench.run(&jobs, &spare)))
        });
        let (to_audit, auditing) = audit.unzip();
        let candidate = Some(candidate);
        let mut sides = Sides { comparer, reference, candidate, to_audit, give_back, last: None };
        // When this ends early, the receivers go with it and all threads end.
        let batches = batches;
        let mut error = None;
        for batch in &batches {
            if let Err(failure) =
                batch.map_err(DiffError::from).and_then(|batch| sides.batch(batch))
            {
                error = Some(failure);
                break;
            }
            let found = sides.comparer.result();
            progress(Progress { commands: found.commands, roots: found.roots });
        }
        if error.is_none() {
            error = sides.end().err();
        }
        let Sides { comparer, to_audit, .. } = sides;
        drop(to_audit);
        let audit = auditing.map(|thread| thread.join().expect("the auditor does not panic"));
        FirstRun { comparison: comparer.finish(), audit, error }
    })
}

/// What the first look at a whole stream came to.
struct FirstRun {
    comparison: Comparison,
    audit: Option<AuditResult>,
    error: Option<DiffError>,
}

/// The thread of one session, seen from the one that compares.
struct Lane {
    answers: Receiver<Answer>,
    give_back: Sender<Outcomes>,
}

impl Lane {
    fn spawn<'scope>(
        scope: &'scope Scope<'scope, '_>,
        session: &'scope mut dyn Session,
        checkpoint_every: Option<NonZeroU64>,
        depth: usize,
        batches: Receiver<Arc<Batch>>,
    ) -> Self {
        let (to_compare, answers) = bounded(depth);
        let (give_back, spare) = bounded(2 * depth + 2);
        scope.spawn(move || answer(session, checkpoint_every, &batches, &to_compare, &spare));
        Self { answers, give_back }
    }

    fn next(&self) -> Answer {
        self.answers.recv().expect("a session's thread answers until it has failed")
    }
}

/// Both sessions and the one that compares.
struct Sides {
    comparer: Comparer,
    reference: Lane,
    /// `None` once it has failed.
    candidate: Option<Lane>,
    to_audit: Option<Sender<Job>>,
    give_back: Sender<Arc<Batch>>,
    last: Option<Command>,
}

impl Sides {
    fn batch(&mut self, batch: Arc<Batch>) -> Result<(), DiffError> {
        let ours = self.reference.next();
        let had_candidate = self.candidate.is_some();
        let theirs = self.candidate.as_ref().map_or_else(Answer::default, Lane::next);
        let before = self.differences();
        if let Some(failure) = ours.failure {
            // What it answered before it died is compared all the same.
            let answered = ours.outcomes.len();
            self.compare(&batch, answered, &ours.outcomes, &theirs);
            let is_same = false;
            let theirs = had_candidate.then_some(theirs.outcomes);
            let expected = self.comparer.take_expected();
            self.pass_on(Job { batch, ours: ours.outcomes, theirs, is_same, expected });
            return Err(DiffError::Reference(failure));
        }
        self.compare(&batch, batch.len(), &ours.outcomes, &theirs);
        self.last = batch.commands().last().copied().or(self.last);
        let is_same = had_candidate && theirs.failure.is_none() && before == self.differences();
        if theirs.failure.is_some() {
            self.candidate = None;
        }
        let theirs = had_candidate.then_some(theirs.outcomes);
        let expected = self.comparer.take_expected();
        self.pass_on(Job { batch, ours: ours.outcomes, theirs, is_same, expected });
        Ok(())
    }

    /// How often the two were found to differ, in whatever way.
    fn differences(&self) -> u64 {
        let found = self.comparer.result();
        found.roots + found.derived + found.expected()
    }

    /// Gives what was compared to the auditor, or its memory back where there is none.
    fn pass_on(&self, job: Job) {
        if let Some(to_audit) = &self.to_audit {
            to_audit.send(job).expect("the auditor listens until nobody speaks");
            return;
        }
        // A full queue needs no more.
        let _ = self.give_back.try_send(job.batch);
        let _ = self.reference.give_back.try_send(job.ours);
        if let (Some(lane), Some(theirs)) = (&self.candidate, job.theirs) {
            let _ = lane.give_back.try_send(theirs);
        }
    }

    /// Compares the final states.
    fn end(&mut self) -> Result<(), DiffError> {
        let ours = self.reference.next();
        if let Some(failure) = ours.failure {
            return Err(DiffError::Reference(failure));
        }
        let theirs = self.candidate.as_ref().map_or_else(Answer::default, Lane::next);
        match (theirs.failure, &self.last) {
            (None, _) => {}
            (Some(failure), Some(last)) => {
                self.comparer.candidate_failed(last, &[], describe(&failure));
            }
            (Some(failure), None) => return Err(DiffError::Candidate(failure)),
        }
        if let Some(checkpoint) = ours.outcomes.checkpoints().last() {
            let last = theirs.outcomes.checkpoints().last();
            self.comparer.checkpoint(digests(checkpoint), last.map(digests));
        }
        Ok(())
    }

    /// Compares the first `until` commands of a batch and the checkpoints between them in the
    /// order of the stream, with the candidate's failure in its place.
    fn compare(&mut self, batch: &Batch, until: usize, ours: &Outcomes, theirs: &Answer) {
        let mut done = 0;
        for (index, checkpoint) in ours.checkpoints().iter().enumerate() {
            self.commands(batch, done..checkpoint.after, ours, theirs);
            done = checkpoint.after;
            let other = theirs.outcomes.checkpoints().get(index);
            if let (None, Some(failure), Some(last)) = (
                other,
                &theirs.failure,
                done.checked_sub(1).and_then(|at| batch.commands().get(at)),
            ) && !failure.is_at_a_command()
            {
                self.comparer.candidate_failed(last, ours.events_of(done - 1), describe(failure));
            }
            self.comparer.checkpoint(digests(checkpoint), other.map(digests));
        }
        self.commands(batch, done..until, ours, theirs);
    }

    fn commands(&mut self, batch: &Batch, range: Range<usize>, ours: &Outcomes, theirs: &Answer) {
        let stretch = |range| Stretch { batch, range };
        let reference = answers(ours);
        let candidate = answers(&theirs.outcomes);
        let failed_at = theirs.outcomes.len();
        match &theirs.failure {
            Some(failure) if failure.is_at_a_command() && range.contains(&failed_at) => {
                self.comparer.commands(&stretch(range.start..failed_at), reference, candidate);
                let command = &batch.commands()[failed_at];
                let events = reference.of(failed_at);
                self.comparer.candidate_failed(command, events, describe(failure));
                self.comparer.commands(&stretch(failed_at..range.end), reference, candidate);
            }
            _ => self.comparer.commands(&stretch(range), reference, candidate),
        }
    }
}
