//! From the first divergences of a run to the bugs behind them all.

mod look;
mod rebuild;
mod scene;
mod track;

use shadowbook_compare::{Comparison, Divergence};
use shadowbook_triage::{Allowlist, Budget, Bug, GiveUp, Sorter, Sorting};

use crate::begin::begin_again;
use crate::explain::Open;
use crate::rerun::MakePair;
use crate::{BrokenOff, DiffOptions, DiffResult, Finding, Resync};

use look::{Look, Seen};

/// What [`investigate`] needs of whoever calls it.
pub struct Means<'a, 'm> {
    /// Makes fresh sessions, for reruns.
    pub make: &'a mut MakePair<'m>,
    /// Says why there may be no more reruns, once time is up. A safety net: the budget is counted.
    pub is_over: &'a mut dyn FnMut() -> Option<String>,
    /// How much minimising one flow may take.
    pub budget: Budget,
}

/// What a second look took.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effort {
    /// How often whole books were compared to find where they part.
    pub looks: u64,
    /// How many reruns of flows there were.
    pub reruns: u64,
    /// What kept it from being done wholly, in words.
    pub notes: Vec<String>,
}

/// Looks closely at a stream on which [`crate::diff`] found something: where exactly each root is,
/// and which bugs they come down to, each with the smallest flow that shows it.
///
/// The stream is run once more, both engines in lockstep, and under [`crate::Resync::Restore`] the
/// candidate's book is set from the reference's after each root, so that the next one is a root of
/// its own. A run in which nothing diverged is given back as it is.
///
/// # Errors
/// As of [`crate::diff`]; the error holds what was found.
pub fn investigate(
    open: Open<'_>,
    means: Means<'_, '_>,
    options: &DiffOptions,
    mut result: DiffResult,
) -> Result<DiffResult, Box<BrokenOff>> {
    // What is expected may come from what nobody expects: the books tell.
    if !accuses(&result, &options.allow) && result.comparison.expected() == 0 {
        return Ok(result);
    }
    // Whether what is expected changes more than that is seen only where every book is set right.
    let resync = if options.allow.is_empty() { options.resync } else { Resync::Restore };
    let options = &DiffOptions { resync, ..options.clone() };
    let from = result.findings.iter().map(|finding| finding.divergence.equal_after).min();
    let Some(from) = from else { return Ok(result) };
    let looked = begin_again(open, result.restored.as_ref()).and_then(|setup| {
        let sorter = Sorter::new(means.budget);
        Look::new(setup, &result.instruments, options, means, sorter).run(from)
    });
    let Seen { findings, comparison, resyncs, renewals, looks, sorter } = match looked {
        Ok(seen) => seen,
        Err(error) => return Err(Box::new(BrokenOff { error, result })),
    };
    let is_explained =
        comparison.roots > 0 || resyncs > 0 || comparison.expected() > result.comparison.expected();
    // Engines that were begun anew are near what production had, and no more: what they doubt says
    // nothing.
    let accuses = |comparison: &Comparison| comparison.roots > comparison.disputed;
    let is_doubted = renewals > 0 && !accuses(&comparison) && accuses(&result.comparison);
    let Sorting { bugs, places, reruns, broken_off } = sorter.finish();
    if is_doubted || !is_explained && result.comparison.roots > 0 {
        // Nothing is taken back that was seen once.
        let notes = vec!["a closer look did not show again what the first one found".to_owned()];
        result.effort = Some(Effort { looks, reruns: 0, notes });
        return Ok(result);
    }
    let has_lapsed = (0..).zip(&comparison.covered).any(|(entry, covered)| {
        covered.count > 0 && !options.allow.standing(entry, covered.count).holds()
    });
    // What an entry that holds covers is no bug.
    let (bugs, numbers) = keep_bugs(bugs, |bug| has_lapsed || bug.roots > bug.allowed);
    let bug_of = |finding: &Finding| numbers.get(*places.get(finding.bug?)?).copied().flatten();
    if options.resync == Resync::Restore {
        let ended = take_ends(&mut result.findings);
        result.findings = findings;
        result.findings.iter_mut().for_each(|finding| finding.bug = bug_of(finding));
        result.comparison.roots = comparison.roots;
        result.comparison.disputed = comparison.disputed;
        result.comparison.derived = comparison.derived;
        result.comparison.covered = comparison.covered;
        result.resyncs = resyncs;
        result.bugs = bugs;
        keep_ends(&mut result, ended);
    } else {
        // What follows from a root is what the first run says: it saw every checkpoint.
        for finding in &mut result.findings {
            let place = |it: &Finding| (it.divergence.seq, it.divergence.instrument);
            let same = findings.iter().find(|other| place(other) == place(finding));
            finding.bug = same.and_then(bug_of);
        }
        result.bugs = bugs;
    }
    result.findings.sort_by_key(|finding| (finding.divergence.seq, finding.divergence.instrument));
    let told = |(bug, why): &(usize, String)| match numbers.get(*bug).copied().flatten() {
        Some(number) => format!("bug {}: {why}", number + 1),
        None => why.clone(),
    };
    let notes = broken_off.iter().map(told).collect();
    result.effort = Some(Effort { looks, reruns, notes });
    Ok(result)
}

/// Those of the bugs that count, and for each of all its place among them.
fn keep_bugs(all: Vec<Bug>, counts: impl Fn(&Bug) -> bool) -> (Vec<Bug>, Vec<Option<usize>>) {
    let mut kept = Vec::new();
    let mut numbers = Vec::new();
    for bug in all {
        numbers.push(counts(&bug).then_some(kept.len()));
        if counts(&bug) {
            kept.push(bug);
        }
    }
    (kept, numbers)
}

/// The findings at which the candidate came to its end.
fn take_ends(findings: &mut Vec<Finding>) -> Vec<Finding> {
    let (ends, _) = std::mem::take(findings)
        .into_iter()
        .partition(|finding| finding.divergence.kind.ends_the_candidate());
    ends
}

/// A candidate that died once has died, also where a book that was set right kept it from dying
/// again: then it died of the book, and of the bug that had made it wrong.
fn keep_ends(result: &mut DiffResult, ended: Vec<Finding>) {
    let is_end = |finding: &Finding| finding.divergence.kind.ends_the_candidate();
    if result.findings.iter().any(is_end) {
        return;
    }
    result.comparison.roots += ended.len() as u64;
    for mut end in ended {
        let Divergence { seq, instrument, .. } = end.divergence;
        let before = result.findings.iter().filter(|finding| {
            finding.divergence.instrument == instrument && finding.divergence.seq < seq
        });
        end.bug = before.max_by_key(|finding| finding.divergence.seq).and_then(|it| it.bug);
        if let Some(bug) = end.bug.and_then(|bug| result.bugs.get_mut(bug)) {
            bug.roots += 1;
            bug.signatures.push(end.divergence.signature());
            bug.say(format!(
                "the candidate came to its end at seq {seq}, and does not where its book was set \
                 right before"
            ));
        }
        result.findings.push(end);
    }
}

/// Whether there is a root that the allowlist does not cover, or not any more.
fn accuses(result: &DiffResult, allow: &Allowlist) -> bool {
    let covered = &result.comparison.covered;
    result.findings.iter().any(|finding| {
        finding.allowed.is_none_or(|entry| !allow.standing(entry, covered[entry].count).holds())
    })
}

/// Runs a flow again, unless time is up.
fn rerun_within(
    flow: &shadowbook_capture::Flow,
    means: &mut Means<'_, '_>,
) -> Result<Option<shadowbook_triage::Shown>, GiveUp> {
    if let Some(why) = (means.is_over)() {
        return Err(GiveUp(why));
    }
    crate::rerun::rerun(flow, means.make)
}
