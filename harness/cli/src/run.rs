//! What every command that runs engines needs: a session, the check before the run, and the run
//! of two engines side by side.

use std::num::NonZeroU64;
use std::time::Instant;

use shadowbook_capture::{Source, Summary};
use shadowbook_model::Instrument;
use shadowbook_replay::{DiffError, DiffOptions, Setup, check_capabilities, diff};
use shadowbook_report::{DecisionOptions, Report, RunInfo};
use shadowbook_session::{InProcess, Session};

use crate::engines::EngineName;
use crate::exit::{Exit, Failure};
use crate::input::Input;
use crate::output::Output;

/// Two engines to be run over one capture.
pub(crate) struct Pair<'a> {
    /// The capture.
    pub(crate) input: &'a Input,
    /// The engine in production.
    pub(crate) reference: EngineName,
    /// The engine that is to replace it.
    pub(crate) candidate: EngineName,
    /// After how many commands the states are compared.
    pub(crate) checkpoint_every: NonZeroU64,
    /// What the user accepts.
    pub(crate) decision: DecisionOptions,
}

impl Pair<'_> {
    /// Runs both engines side by side and says what it comes to.
    pub(crate) fn run(&self, output: &Output) -> Result<Report, Failure> {
        let summary = self.input.survey(output)?;
        let capture = self.input.open()?;
        let instruments = capture.instruments().to_vec();
        check(self.reference, &instruments, &summary)?;
        check(self.candidate, &instruments, &summary)?;
        let started = Instant::now();
        let progress = output.progress(Some(summary.commands));
        let mut opened = Some(capture);
        let mut open = || -> Result<Setup<'_>, DiffError> {
            // The second look, when something diverged, begins anew.
            let capture = match opened.take() {
                Some(capture) => capture,
                None => shadowbook_capture::open(&self.input.capture)?,
            };
            Ok(Setup {
                source: Box::new(capture),
                reference: session(self.reference, &instruments),
                candidate: session(self.candidate, &instruments),
            })
        };
        let options =
            DiffOptions { checkpoint_every: self.checkpoint_every, ..DiffOptions::default() };
        let run = diff(&mut open, &options, &mut |seen| progress.set_position(seen.commands));
        progress.finish_and_clear();
        let info = RunInfo {
            capture: self.input.capture.display().to_string(),
            digest: summary.digest.to_string(),
            reference: self.reference.to_string(),
            candidate: self.candidate.to_string(),
            elapsed: started.elapsed(),
        };
        Ok(Report::new(info, run, &self.decision))
    }
}

/// A session with a fresh engine.
pub(crate) fn session(engine: EngineName, instruments: &[Instrument]) -> Box<dyn Session> {
    Box::new(InProcess::new(engine.create(instruments), instruments.len()))
}

/// Refuses, before the run, a capture that asks for what the engine does not offer.
pub(crate) fn check(
    engine: EngineName,
    instruments: &[Instrument],
    summary: &Summary,
) -> Result<(), Failure> {
    check_capabilities(&engine.to_string(), &engine.capabilities(), instruments, &summary.features)
        .map_err(|error| Failure { exit: Exit::Usage, error: error.into() })
}
