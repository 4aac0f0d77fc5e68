//! What every command that runs engines needs: a session, the check before the run, and the run
//! of two engines side by side.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use shadowbook_capture::{Source, Summary};
use shadowbook_model::Instrument;
use shadowbook_replay::{
    BrokenOff, DiffError, DiffOptions, DiffResult, Resync, RunError, SessionPair, Setup,
    check_capabilities, diff,
};
use shadowbook_report::{self as report, DecisionOptions, Report, RunInfo, Stopped, Verdict};
use shadowbook_session::Limits as SessionLimits;
use shadowbook_triage::Allowlist;

use crate::auditing::OffRules;
use crate::begin::Begin;
use crate::closely::CloserLook;
use crate::engines::EngineName;
use crate::exit::{Exit, Failure};
use crate::input::Input;
use crate::limits::{Clock, Limits};
use crate::output::{Output, complain};

/// Two engines to be run over one capture.
pub(crate) struct Pair<'a> {
    /// The capture.
    pub(crate) input: &'a Input,
    /// The engine in production.
    pub(crate) reference: EngineName,
    /// The engine that is to replace it.
    pub(crate) candidate: EngineName,
    /// The snapshot that it begins with, if that is in a file of its own.
    pub(crate) begin: &'a Begin,
    /// After how many commands the states are compared.
    pub(crate) checkpoint_every: NonZeroU64,
    /// What the user accepts.
    pub(crate) decision: DecisionOptions,
    /// The audit rules that are not looked at; `None`: nothing is audited.
    pub(crate) audit: Option<OffRules>,
    /// What is done after a root.
    pub(crate) resync: Resync,
    /// Which divergences are expected.
    pub(crate) allow: Allowlist,
    /// How much may be done to find the smallest flow of each bug.
    pub(crate) limits: Limits,
}

impl Pair<'_> {
    /// Runs both engines side by side and says what it comes to, whatever happens.
    pub(crate) fn run(&self, output: &Output) -> Report {
        let mut info = self.info();
        let mut clock = self.limits.clock();
        let run = self.try_run(&mut info, &mut clock, output);
        let effort = run.as_ref().ok().and_then(|result| result.effort.as_ref());
        let mut notes = effort.map_or_else(Vec::new, |effort| effort.notes.clone());
        if let Some(note) = clock.note() {
            // Once is enough: each bug that it kept from being made small has it as its own.
            notes.retain(|other| !other.ends_with(&note));
            notes.push(note);
        }
        notes.dedup();
        let mut report = Report::new(info, run, &self.decision);
        if let Some(restored) = &mut report.verdict.restored {
            restored.snapshot = self.begin.path().map(|path| path.display().to_string());
        }
        notes.into_iter().for_each(|note| report.note(note));
        report
    }

    /// The verdict when it could not even be begun.
    pub(crate) fn failed(&self, failure: Failure) -> Report {
        Report::new(self.info(), Err(report::Failure::from(failure).into()), &self.decision)
    }

    fn info(&self) -> RunInfo {
        RunInfo {
            capture: self.input.capture.display().to_string(),
            digest: String::new(),
            torn: None,
            reference: self.reference.to_string(),
            candidate: self.candidate.to_string(),
            elapsed: Duration::ZERO,
            audit_off: self.audit.as_ref().map(OffRules::entries).unwrap_or_default(),
            allow: self.allow.clone(),
        }
    }

    fn try_run(
        &self,
        info: &mut RunInfo,
        clock: &mut Clock,
        output: &Output,
    ) -> Result<DiffResult, Box<Stopped>> {
        let mut survey = self.input.survey(output)?;
        info.digest = survey.summary.digest.to_string();
        info.torn.clone_from(&survey.torn);
        let capture = self.input.open()?;
        let instruments = capture.instruments().to_vec();
        let given = self.begin.read(&capture, &mut survey)?;
        for engine in [self.reference, self.candidate] {
            check(engine, &instruments, &survey.summary, self.input)?;
        }
        let started = Instant::now();
        let progress = output.progress(Some(survey.summary.commands));
        let options = DiffOptions {
            checkpoint_every: self.checkpoint_every,
            audit: self.audit.as_ref().map(OffRules::options),
            // Under the others the findings of the first run stand, and have to be located.
            explain: self.resync != Resync::Restore,
            resync: self.resync,
            allow: self.allow.clone(),
            ..DiffOptions::default()
        };
        let look = CloserLook {
            reference: self.reference,
            candidate: self.candidate,
            limits: SessionLimits::default(),
            budget: self.limits.budget([self.reference, self.candidate]),
            options: &options,
        };
        let mut opened = Some(capture);
        let mut open = |limits: SessionLimits| -> Result<Setup<'static>, DiffError> {
            // The second look, when something diverged, begins anew.
            let capture = match opened.take() {
                Some(capture) => capture,
                None => shadowbook_capture::open(&self.input.capture)?,
            };
            let SessionPair { reference, candidate } = look.sessions(&instruments, limits)?;
            Ok(Setup { source: given.before(capture), reference, candidate })
        };
        let run = diff(&mut || open(look.limits), &options, &mut |seen| {
            progress.set_position(seen.commands);
        });
        let run = run.and_then(|found| look.investigate(&mut open, &mut || clock.ask(), found));
        progress.finish_and_clear();
        info.elapsed = started.elapsed();
        // A file that changed explains whatever else went wrong.
        survey.confirm_file()?;
        let result = run.map_err(|broken| {
            let BrokenOff { error, result: found } = *broken;
            let failure = match error {
                DiffError::Input(error) => Failure::input(&info.capture, error).into(),
                error => error.into(),
            };
            Box::new(Stopped { failure, found })
        })?;
        survey.confirm(result.comparison.commands)?;
        Ok(result)
    }
}

impl From<Failure> for Box<Stopped> {
    /// A run that never began.
    fn from(failure: Failure) -> Self {
        report::Failure::from(failure).into()
    }
}

/// How a run with this verdict ends. Whatever kept it from having one is told as an error.
pub(crate) fn conclude(verdict: &Verdict) -> Exit {
    let exit = Exit::of(verdict.exit_code);
    if exit.is_failure() {
        verdict.reasons.iter().for_each(|reason| complain(reason));
    }
    exit
}

/// Whether there is anything to be shown beside the error, if there was one: what was found before
/// an input turned out to be damaged may be the weightier news.
pub(crate) fn has_findings(verdict: &Verdict) -> bool {
    verdict.capture.commands > 0 || !Exit::of(verdict.exit_code).is_failure()
}

/// Why a run of one engine has no result.
pub(crate) fn failure(error: RunError, engine: EngineName, input: &Input) -> Failure {
    match error {
        RunError::Input(error) => Failure::input(input.capture.display(), error),
        RunError::Session(error) => Failure::harness(error).context(engine),
    }
}

/// Refuses, before the run, a capture that asks for what the engine does not offer.
pub(crate) fn check(
    engine: EngineName,
    instruments: &[Instrument],
    summary: &Summary,
    input: &Input,
) -> Result<(), Failure> {
    check_capabilities(
        &engine.to_string(),
        &engine.capabilities(),
        instruments,
        summary.snapshot.features,
        &summary.features,
    )
    .map_err(|error| Failure::usage(error).context(input.capture.display()))
}
