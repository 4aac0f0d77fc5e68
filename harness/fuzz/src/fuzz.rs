//! Two sessions in lockstep until they differ.

use shadowbook_capture::{Batch, ReadError, Source};
use shadowbook_compare::{AuditOptions, Auditor, Breach, Comparer, Coverage, Divergence, Stretch};
use shadowbook_model::{Command, Instrument};
use shadowbook_replay::{answers, describe, digests};
use shadowbook_session::{Outcomes, Scope, Session, SessionError};
use shadowbook_workload::Fuzzer;

use crate::episode::{CHUNK, Episode, EpisodeError, MakeSession};
use crate::restore::{is_restored, snapshots};
use crate::wishes::wishes;

/// How [`fuzz`] goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FuzzOptions {
    /// The first episode's seed; each later one has one more.
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

/// The first thing that is wrong, and the episode that leads there.
#[derive(Clone, Debug)]
pub struct Found {
    /// The instruments of the episode.
    pub instruments: Vec<Instrument>,
    /// All its commands, up to the chunk in which it shows.
    pub commands: Vec<Command>,
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
        let mut fuzzer = Fuzzer::new(options.seed.wrapping_add(result.episodes));
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
    history: Vec<Command>,
    commands: u64,
    restored: u64,
}

impl Duel {
    fn new(episode: Episode, candidate: &MakeSession<'_>) -> Result<Self, EpisodeError> {
        Ok(Self {
            candidate: candidate(&episode.instruments)?,
            theirs: Outcomes::new(),
            comparer: Comparer::new(episode.instruments.len(), 1),
            auditor: Auditor::new(&episode.instruments, AuditOptions::default()),
            breaches: Vec::new(),
            history: Vec::new(),
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
                return Ok(Some(Box::new(self.found())));
            }
            if passes(options.restore_every) {
                self.restore(reference, candidate)?;
                self.checkpoint()?;
            }
        }
        Ok(self.is_over().then(|| Box::new(self.found())))
    }

    fn is_over(&self) -> bool {
        self.comparer.result().roots > 0 || !self.breaches.is_empty()
    }

    fn found(&mut self) -> Found {
        Found {
            instruments: self.episode.instruments.clone(),
            commands: std::mem::take(&mut self.history),
            divergence: self.comparer.result().divergences.first().cloned(),
            breaches: std::mem::take(&mut self.breaches),
        }
    }

    fn chunk(&mut self, commands: usize) -> Result<(), EpisodeError> {
        self.episode.advance(commands)?;
        self.commands += commands as u64;
        let Episode { batch, ours, .. } = &self.episode;
        self.history.extend_from_slice(batch.commands());
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
        let theirs = snapshots(self.candidate.as_mut(), instruments);
        let mut fresh = candidate(instruments)?;
        let failure = match theirs {
            Err(error) => Some(error),
            Ok(theirs) => {
                let mut other = reference(instruments)?;
                let is_set = is_restored(other.as_mut(), instruments, &theirs);
                if is_set.map_err(EpisodeError::Reference)? {
                    self.episode.reference = other;
                    self.restored += 1;
                }
                match is_restored(fresh.as_mut(), instruments, &ours) {
                    Ok(true) => {
                        self.candidate = fresh;
                        self.restored += 1;
                        None
                    }
                    Ok(false) => None,
                    Err(error) => Some(error),
                }
            }
        };
        self.note(failure);
        Ok(())
    }

    /// Notes that the candidate failed over its state, if it did.
    fn note(&mut self, failure: Option<SessionError>) {
        if let (Some(failure), Some(last)) = (failure, self.history.last()) {
            self.comparer.candidate_failed(last, &[], describe(&failure));
        }
    }
}

impl Found {
    /// The commands as a stream.
    #[must_use]
    pub fn stream(&self) -> impl Source + '_ {
        FoundStream { found: self, next: 0 }
    }
}

struct FoundStream<'a> {
    found: &'a Found,
    next: usize,
}

impl Source for FoundStream<'_> {
    fn instruments(&self) -> &[Instrument] {
        &self.found.instruments
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        const BATCH: usize = 4_096;
        batch.clear();
        let rest = self.found.commands[self.next..].iter().take(BATCH);
        rest.for_each(|command| batch.push(*command));
        self.next += batch.len();
        Ok(!batch.is_empty())
    }
}
