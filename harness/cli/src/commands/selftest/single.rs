//! One defect at a time, planted somewhere in a long flow.

use std::sync::Arc;

use serde::Serialize;
use shadowbook_capture::Flow;
use shadowbook_compare::DivergenceKind;
use shadowbook_faulty::{Defect, Defects};
use shadowbook_model::Command;
use shadowbook_replay::{DiffResult, Finding};
use shadowbook_triage::Bug;

use super::ground::{Difference, Draw, Place, place, plant};
use super::trial::{Trial, shows, try_candidate};
use crate::engines::EngineName;

/// How often a defect that must run in a process gets another place when it shows nothing.
const PLACES: usize = 4;

/// What was reported of one planted defect.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Single {
    pub(super) defect: &'static str,
    /// The engine, as a command line names it.
    pub(super) candidate: String,
    /// The first command that the wrong engine got.
    pub(super) planted_at: u64,
    /// At how many places before it showed nothing.
    pub(super) redrawn: u64,
    pub(super) roots: u64,
    pub(super) derived: u64,
    /// Roots that no bug explains.
    pub(super) stray: usize,
    pub(super) bugs: usize,
    /// Of the largest example.
    pub(super) commands: Option<usize>,
    /// Whether every example is 1-minimal, begins with empty books and shows the same on its own.
    pub(super) is_minimal: bool,
    pub(super) is_alone: bool,
    /// Whether no event differed where the engines parted; `null` where nobody could look.
    pub(super) is_silent: Option<bool>,
    /// Whether the command at which the engines parted was named.
    pub(super) is_located: Option<bool>,
    /// How often whole books were compared in the second look.
    pub(super) looks: Option<u64>,
    /// Why it broke off, if it did.
    pub(super) broke_off: Option<String>,
    pub(super) run: Run,
}

/// What differs from run to run.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Run {
    pub(super) triage_ms: u128,
}

/// The examples of what was reported.
#[derive(Clone, Copy, Debug)]
pub(super) struct Examples {
    pub(super) largest: Option<usize>,
    pub(super) are_minimal: bool,
    pub(super) are_alone: bool,
}

impl Examples {
    /// Looks at the example of each bug, which runs once more on its own.
    pub(super) fn of(bugs: &[Bug], candidate: EngineName) -> Self {
        let examples: Vec<_> = bugs.iter().filter_map(|bug| bug.example.as_ref()).collect();
        let are_there = !bugs.is_empty() && examples.len() == bugs.len();
        Self {
            largest: examples.iter().map(|example| example.flow.commands.len()).max(),
            are_minimal: are_there && examples.iter().all(|example| example.is_minimal),
            are_alone: are_there
                && examples.iter().all(|example| {
                    example.flow.snapshots.is_empty() && shows(&example.flow, candidate)
                }),
        }
    }
}

/// Roots that no bug explains.
pub(super) fn stray(result: &DiffResult) -> usize {
    result.findings.iter().filter(|finding| finding.bug.is_none()).count()
}

impl Single {
    /// Plants a defect that runs in this process; `None` when it shows nothing wherever it is.
    pub(super) fn functional(flow: &Arc<Flow>, defect: Defect, draw: &mut Draw) -> Option<Self> {
        let Place { planted, position, truth, redrawn } = plant(flow, defect.into(), draw)?;
        let trial = try_candidate(flow, EngineName::Faulty(planted));
        let is_located = is_named(flow, &truth, &trial.result);
        Some(Self {
            is_silent: Some(truth.is_silent),
            is_located: Some(is_located),
            redrawn,
            ..Self::of(defect, EngineName::Faulty(planted), flow.commands.get(position), &trial)
        })
    }

    /// Plants a defect of which an engine dies, in a child process.
    pub(super) fn process(flow: &Arc<Flow>, defect: Defect, draw: &mut Draw) -> Option<Self> {
        (0..).zip(0..PLACES).find_map(|(redrawn, _)| {
            let (planted, position) = place(flow, Defects::from(defect), draw)?;
            let candidate = EngineName::Faulty(planted);
            let trial = try_candidate(flow, candidate);
            (trial.result.comparison.roots > 0).then(|| Self {
                redrawn,
                ..Self::of(defect, candidate, flow.commands.get(position), &trial)
            })
        })
    }

    fn of(defect: Defect, candidate: EngineName, first: Option<&Command>, trial: &Trial) -> Self {
        let Trial { result, broke_off, triage } = trial;
        let examples = Examples::of(&result.bugs, candidate);
        Self {
            defect: defect.name(),
            candidate: candidate.to_string(),
            planted_at: first.map_or(0, |command| command.seq.0),
            redrawn: 0,
            roots: result.comparison.roots,
            derived: result.comparison.derived,
            stray: stray(result),
            bugs: result.bugs.len(),
            commands: examples.largest,
            is_minimal: examples.are_minimal,
            is_alone: examples.are_alone,
            is_silent: None,
            is_located: None,
            looks: result.effort.as_ref().map(|effort| effort.looks),
            broke_off: broke_off.clone(),
            run: Run { triage_ms: triage.as_millis() },
        }
    }
}

/// Whether the first command that the findings name as the one at which the engines parted is one
/// at which they did.
fn is_named(flow: &Flow, truth: &Difference, result: &DiffResult) -> bool {
    let named = |finding: &Finding| {
        finding.origin.as_ref().map_or(finding.divergence.seq, |origin| origin.command.seq)
    };
    let Some(first) = result.findings.iter().min_by_key(|finding| named(finding)) else {
        return false;
    };
    let is_at = |at: &usize| flow.commands.get(*at).is_some_and(|it| it.seq == named(first));
    // What healed is nothing that anything later comes from.
    let is_state = first.divergence.kind == DivergenceKind::State;
    is_at(&truth.position)
        || truth.others.iter().any(is_at)
        || is_state && truth.healed.iter().any(is_at)
}
