//! Two sessions in lockstep until they differ.

use std::sync::Arc;

use shadowbook_capture::Flow;
use shadowbook_compare::{
    AfterRoot, AuditOptions, Auditor, Breach, Comparer, Coverage, Divergence, Stretch,
};
use shadowbook_model::{InstrumentId, Snapshot};
use shadowbook_replay::{answers, describe, digests};
use shadowbook_session::{Outcomes, Scope, Session, SessionError};
use shadowbook_workload::Fuzzer;

use crate::episode::{CHUNK, Episode, EpisodeError, MakeSession, episode_seed};

use crate::restore::{is_restored, snapshots};
use crate::wishes::wishes;

/// How [`fuzz`] goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FuzzOptions {
    /// From which the seed of every episode is made.
    pub seed: u64,
    /// How many commands are made, all episodes together.
    pub commands: u64,
    /// How many commands an episode has: then both engines begin anew.
    pub episode: u64,
    /// After how many commands of an episode the states are compared.
    pub checkpoint_every: u64,
    /// After how many commands of an episode each engine is set to the state that the other shows.
    pub restore_every: u64,
}

impl Default for FuzzOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            commands: u64::MAX,
            episode: 20_000,
            checkpoint_every: 256,
            restore_every: 2_048,
        }
    }
}

/// What [`fuzz`] found.
#[derive(Clone, Debug)]
pub struct FuzzResult {
    /// How many commands both engines were given.
    pub commands: u64,
    /// How many episodes they were in.
    pub episodes: u64,
    /// How often an engine was set to a state that the other showed.
    pub restored: u64,
    /// What the reference was seen to do, all episodes together.
    pub coverage: Coverage,
    /// The first thing that is wrong, if anything is.
    pub found: Option<Box<Found>>,
}

/// The first thing that is wrong, and what leads there.
#[derive(Clone, Debug)]
pub struct Found {
    /// The commands since the engines were last set to a state, or began, up to the chunk in which
    /// it shows.
    pub kept: Arc<Flow>,
    /// The books of the instrument on which the engines differ, reference first, where both show
    /// theirs.
    pub books: Option<Box<(Snapshot, Snapshot)>>,
    /// Where the engines differ first.
    pub divergence: Option<Divergence>,
    /// Where the reference breaks a rule, whatever the candidate does.
    pub breaches: Vec<Breach>,
}

/// Drives two engines through episodes until they differ, the budget is used up or `go_on` says
/// no; it is asked after every episode, with the commands so far.
///
/// The same options give the same commands, whatever the candidate does.
///
/// # Errors
/// When the reference fails or a session cannot be begun.
pub fn fuzz(
    reference: &MakeSession<'_>,
    candidate: &MakeSession<'_>,
    options: &FuzzOptions,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<FuzzResult, EpisodeError> {
    let mut result = FuzzResult {
        commands: 0,
        episodes: 0,
        restored: 0,
        coverage: Coverage::new(),
        found: None,
    };
    while result.commands < options.commands && result.found.is_none() {
        let mut fuzzer = Fuzzer::new(episode_seed(options.seed, result.episodes));
        fuzzer.wish(&wishes(&result.coverage));
        let mut duel = Duel::new(Episode::new(fuzzer, reference)?, candidate)?;
        let budget = options.episode.min(options.commands - result.commands);
        result.found = duel.fight(budget, options, reference, candidate)?;
        result.commands += duel.commands;
        result.restored += duel.restored;
        result.episodes += 1;
        result.coverage.merge(&duel.auditor.finish().coverage);
        if !go_on(result.commands) {
            break;
        }
    }
    Ok(result)
}

/// One episode of two engines.
struct Duel {
    episode: Episode,
    candidate: Box<dyn Session>,
    theirs: Outcomes,
    comparer: Comparer,
    auditor: Auditor,
    breaches: Vec<Breach>,
    kept: Flow,
    commands: u64,
    restored: u64,
}

impl Duel {
    fn new(episode: Episode, candidate: &MakeSession<'_>) -> Result<Self, EpisodeError> {
        Ok(Self {
            candidate: candidate(&episode.instruments)?,
            theirs: Outcomes::new(),
            comparer: Comparer::new(&episode.instruments, 1, AfterRoot::Stop),
            auditor: Auditor::new(&episode.instruments, AuditOptions::default()),
            breaches: Vec::new(),
            kept: Flow { instruments: episode.instruments.clone(), ..Flow::default() },
            commands: 0,
            restored: 0,
            episode,
        })
    }

    /// Goes on until something is found or so many commands were made.
    fn fight(
        &mut self,
        commands: u64,
        options: &FuzzOptions,
        reference: &MakeSession<'_>,
        candidate: &MakeSession<'_>,
    ) -> Result<Option<Box<Found>>, EpisodeError> {
        while self.commands < commands {
            let left = usize::try_from(commands - self.commands).unwrap_or(CHUNK);
            let before = self.commands;
            self.chunk(left.min(CHUNK))?;
            let now = self.commands;
            let passes = |every: u64| before / every != now / every;
            if passes(options.checkpoint_every) || now == commands {
                self.checkpoint()?;
            }
            if self.is_over() {
                return Ok(Some(Box::new(self.found()?)));
            }
            if passes(options.restore_every) {
                self.restore(reference, candidate)?;
                self.checkpoint()?;
            }
        }
        if self.is_over() { Ok(Some(Box::new(self.found()?))) } else { Ok(None) }
    }

    fn is_over(&self) -> bool {
        self.comparer.result().roots > 0 || !self.breaches.is_empty()
    }

    fn found(&mut self) -> Result<Found, EpisodeError> {
        let divergence = self.comparer.result().divergences.first().cloned();
        Ok(Found {
            kept: Arc::new(std::mem::take(&mut self.kept)),
            books: match &divergence {
                Some(divergence) => self.books(divergence.instrument)?,
                None => None,
            },
            divergence,
            breaches: std::mem::take(&mut self.breaches),
        })
    }

    /// Both books of an instrument, where both engines still show theirs.
    fn books(
        &mut self,
        instrument: InstrumentId,
    ) -> Result<Option<Box<(Snapshot, Snapshot)>>, EpisodeError> {
        let reference = &mut self.episode.reference;
        if !reference.shows_state() {
            return Ok(None);
        }
        let ours = reference.snapshot(instrument).map_err(EpisodeError::Reference)?;
        let theirs = self.candidate.snapshot(instrument).ok();
        Ok(theirs.map(|theirs| Box::new((ours, theirs))))
    }

    fn chunk(&mut self, commands: usize) -> Result<(), EpisodeError> {
        self.episode.advance(commands)?;
        self.commands += commands as u64;
        let Episode { batch, ours, .. } = &self.episode;
        self.kept.commands.extend_from_slice(batch.commands());
        self.theirs.clear();
        let failure = self.candidate.apply(batch, 0..commands, &mut self.theirs).err();
        let answered = self.theirs.len().min(commands);
        let (ours, theirs) = (answers(ours), answers(&self.theirs));
        self.comparer.commands(&Stretch { batch, range: 0..answered }, ours, theirs);
        if let (Some(failure), Some(command)) = (failure, batch.commands().get(answered)) {
            self.comparer.candidate_failed(command, ours.of(answered), describe(&failure));
        }
        self.auditor.commands(&Stretch { batch, range: 0..commands }, ours);
        self.breaches = self.auditor.take_breaches();
        Ok(())
    }

    /// Compares the states, where both engines show theirs.
    fn checkpoint(&mut self) -> Result<(), EpisodeError> {
        if self.is_over() || !self.candidate.shows_state() || !self.episode.reference.shows_state()
        {
            return Ok(());
        }
        let (mut ours, mut theirs) = (Outcomes::new(), Outcomes::new());
        let reference = &mut self.episode.reference;
        reference.checkpoint(Scope::Touched, &mut ours).map_err(EpisodeError::Reference)?;
        let failure = self.candidate.checkpoint(Scope::Touched, &mut theirs).err();
        self.note(failure);
        if let Some(checkpoint) = ours.checkpoints().last() {
            self.comparer.checkpoint(digests(checkpoint), theirs.checkpoints().last().map(digests));
        }
        Ok(())
    }

    /// Goes on with fresh engines, each of which was set to the state that the other kind shows.
    fn restore(
        &mut self,
        reference: &MakeSession<'_>,
        candidate: &MakeSession<'_>,
    ) -> Result<(), EpisodeError> {
        let instruments = &self.episode.instruments;
        if !self.candidate.shows_state() || !self.episode.reference.shows_state() {
            return Ok(());
        }
        let ours = snapshots(self.episode.reference.as_mut(), instruments)
            .map_err(EpisodeError::Reference)?;
        let failure = self.exchange(&ours, reference, candidate)?.err();
        self.note(failure);
        self.kept.begin_with(ours);
        Ok(())
    }

    /// The exchange itself; the inner error is one of the candidate.
    fn exchange(
        &mut self,
        ours: &[Snapshot],
        reference: &MakeSession<'_>,
        candidate: &MakeSession<'_>,
    ) -> Result<Result<(), SessionError>, EpisodeError> {
        let instruments = &self.episode.instruments;
        let theirs = match snapshots(self.candidate.as_mut(), instruments) {
            Ok(theirs) => theirs,
            Err(error) => return Ok(Err(error)),
        };
        let mut fresh = reference(instruments)?;
        match is_restored(fresh.as_mut(), instruments, &theirs) {
            Ok(true) => {
                self.episode.reference = fresh;
                self.restored += 1;
            }
            Ok(false) => {}
            // What the candidate shows is its own fault.
            Err(error @ SessionError::Unsound(_)) => return Ok(Err(error)),
            Err(error) => return Err(EpisodeError::Reference(error)),
        }
        let mut fresh = candidate(instruments)?;
        match is_restored(fresh.as_mut(), instruments, ours) {
            Ok(true) => {
                self.candidate = fresh;
                self.restored += 1;
            }
            Ok(false) => {}
            Err(error) => return Ok(Err(error)),
        }
        Ok(Ok(()))
    }

    /// Notes that the candidate failed over its state, if it did.
    fn note(&mut self, failure: Option<SessionError>) {
        if let (Some(failure), Some(last)) = (failure, self.episode.batch.commands().last()) {
            self.comparer.candidate_failed(last, &[], describe(&failure));
        }
    }
}
