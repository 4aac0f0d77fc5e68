//! A known defect next to an engine without one: which check sees it, and after how many commands.

use std::sync::Arc;

use shadowbook_capture::{Flow, RecordedFill};
use shadowbook_compare::{AfterRoot, AuditOptions, Auditor, Comparer, Match, Stretch, match_fills};
use shadowbook_replay::answers;
use shadowbook_session::{Outcomes, Scope, Session, SessionError};
use shadowbook_workload::{Fuzzer, recorded_fills};

use crate::episode::{CHUNK, Episode, EpisodeError, MakeSession, episode_seed};

use crate::restore::{is_restored, snapshots};

/// How [`hunt`] goes about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HuntOptions {
    /// From which the seed of every episode is made.
    pub seed: u64,
    /// After how many commands the hunt is given up.
    pub commands: u64,
    /// How many commands an episode has.
    pub episode: u64,
    /// After how many commands of an episode the engine is set to the state that the other shows.
    pub restore_every: u64,
}

impl Default for HuntOptions {
    fn default() -> Self {
        Self { seed: 1, commands: 200_000, episode: 20_000, restore_every: 2_048 }
    }
}

/// After how many commands each check saw the defect first; `None`: not at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caught {
    /// The events of a command differ.
    pub events: Option<u64>,
    /// The books differ.
    pub state: Option<u64>,
    /// The auditor, which knows no other engine.
    pub audit: Option<u64>,
    /// The fills differ from those that an engine without the defect had recorded.
    pub recorded: Option<u64>,
    /// The engine died, stopped answering or answered nonsense.
    pub ended: Option<u64>,
    /// How many commands the defect was hunted with.
    pub commands: u64,
}

impl Caught {
    /// All checks, in a fixed order.
    #[must_use]
    pub const fn checks(&self) -> [Option<u64>; 5] {
        [self.events, self.state, self.audit, self.recorded, self.ended]
    }

    /// The first check that saw it, in commands.
    #[must_use]
    pub fn first(&self) -> Option<u64> {
        self.checks().into_iter().flatten().min()
    }

    /// What a comparison of two engines saw first.
    #[must_use]
    pub fn first_by_comparing(&self) -> Option<u64> {
        [self.events, self.state, self.ended].into_iter().flatten().min()
    }

    /// How many checks saw it.
    #[must_use]
    pub fn count(&self) -> usize {
        self.checks().into_iter().flatten().count()
    }

    fn is_complete(&self) -> bool {
        self.ended.is_some()
            || [self.events, self.state, self.audit, self.recorded].iter().all(Option::is_some)
    }
}

/// What a hunt came to.
#[derive(Clone, Debug, Default)]
pub struct Hunted {
    /// Which checks saw the defect, and when.
    pub caught: Caught,
    /// The commands in which the comparison of two engines saw it first, if it did.
    pub evidence: Option<Arc<Flow>>,
}

/// Drives an engine with a defect next to one without until every check has seen it or the budget
/// is used up. The checks do not know of one another.
///
/// # Errors
/// When the engine without the defect fails or a session cannot be begun.
pub fn hunt(
    right: &MakeSession<'_>,
    wrong: &MakeSession<'_>,
    options: &HuntOptions,
) -> Result<Hunted, EpisodeError> {
    let mut caught = Caught::default();
    let mut evidence = None;
    let mut episodes = 0;
    while caught.commands < options.commands && !caught.is_complete() {
        let fuzzer = Fuzzer::new(episode_seed(options.seed, episodes));
        let mut trail = Trail::new(Episode::new(fuzzer, right)?, wrong)?;
        let until = options.commands.min(caught.commands + options.episode);
        trail.follow(until, options.restore_every, wrong, &mut caught)?;
        evidence = evidence.or(trail.evidence);
        episodes += 1;
    }
    Ok(Hunted { caught, evidence })
}

/// One episode of a hunt.
struct Trail {
    episode: Episode,
    wrong: Box<dyn Session>,
    theirs: Outcomes,
    comparer: Comparer,
    auditor: Auditor,
    kept: Flow,
    evidence: Option<Arc<Flow>>,
}

impl Trail {
    fn new(episode: Episode, wrong: &MakeSession<'_>) -> Result<Self, EpisodeError> {
        Ok(Self {
            wrong: wrong(&episode.instruments)?,
            theirs: Outcomes::new(),
            comparer: Comparer::new(&episode.instruments, 1, AfterRoot::Stop),
            auditor: Auditor::new(&episode.instruments, AuditOptions::default()),
            kept: Flow { instruments: episode.instruments.clone(), ..Flow::default() },
            evidence: None,
            episode,
        })
    }

    fn follow(
        &mut self,
        until: u64,
        restore_every: u64,
        wrong: &MakeSession<'_>,
        caught: &mut Caught,
    ) -> Result<(), EpisodeError> {
        let mut done = 0;
        while caught.commands < until && !caught.is_complete() {
            self.episode.advance(CHUNK)?;
            let before = done;
            let was_seen = caught.first_by_comparing().is_some();
            done += CHUNK as u64;
            self.kept.commands.extend_from_slice(self.episode.batch.commands());
            self.theirs.clear();
            let failure = self.wrong.apply(&self.episode.batch, 0..CHUNK, &mut self.theirs).err();
            self.look_at_events(caught);
            caught.commands += CHUNK as u64;
            let is_alive = failure.is_none() && self.look_at_state(caught)?;
            if !is_alive {
                caught.ended.get_or_insert(caught.commands);
            }
            if !was_seen && caught.first_by_comparing().is_some() {
                self.evidence = Some(Arc::new(self.kept.clone()));
            }
            if !is_alive {
                return Ok(());
            }
            if before / restore_every != done / restore_every && !self.restore(wrong, caught)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Holds the answers to the last chunk against what the engine without the defect answered,
    /// and lets the auditor judge them alone.
    fn look_at_events(&mut self, caught: &mut Caught) {
        let Self { episode, theirs, comparer, auditor, .. } = self;
        let (batch, before) = (&episode.batch, caught.commands);
        let answered = theirs.len().min(batch.len());
        let compared_before = comparer.result().commands;
        let stretch = Stretch { batch, range: 0..answered };
        comparer.commands(&stretch, answers(&episode.ours), answers(theirs));
        if let (None, Some(root)) = (caught.events, comparer.result().divergences.first()) {
            caught.events = Some(before + root.shown_after - compared_before);
        }
        let judged = (before + 1..).zip(episode.answered()).take(answered);
        for (position, (count, (command, ours))) in judged.enumerate() {
            let answer = theirs.events_of(position);
            if caught.audit.is_none() {
                auditor.command(command, answer);
                caught.audit = (!auditor.take_breaches().is_empty()).then_some(count);
            }
            if caught.recorded.is_none() {
                let recorded: Vec<RecordedFill> = recorded_fills(command, ours).collect();
                let is_same = match_fills(command, answer, &recorded) == Match::Exact;
                caught.recorded = (!is_same).then_some(count);
            }
        }
    }

    /// Holds the state after the last chunk against that of the engine without the defect; `false`
    /// when the engine died of being looked at.
    fn look_at_state(&mut self, caught: &mut Caught) -> Result<bool, EpisodeError> {
        if caught.state.is_some() || !self.wrong.shows_state() {
            return Ok(true);
        }
        let mut shown = [Outcomes::new(), Outcomes::new()];
        let reference = &mut self.episode.reference;
        reference.checkpoint(Scope::Touched, &mut shown[0]).map_err(EpisodeError::Reference)?;
        if self.wrong.checkpoint(Scope::Touched, &mut shown[1]).is_err() {
            return Ok(false);
        }
        let [ours, theirs] = shown.map(|shown| shown.checkpoints().last().map(|last| last.digest));
        if ours != theirs {
            caught.state = Some(caught.commands);
        }
        Ok(true)
    }

    /// Goes on with a fresh engine that was set to the state that this one shows; `false` when the
    /// engine died of it.
    fn restore(
        &mut self,
        wrong: &MakeSession<'_>,
        caught: &mut Caught,
    ) -> Result<bool, EpisodeError> {
        if !self.wrong.shows_state() {
            return Ok(true);
        }
        let instruments = &self.episode.instruments;
        let mut fresh = wrong(instruments)?;
        let is_set = snapshots(self.wrong.as_mut(), instruments)
            .and_then(|shown| is_restored(fresh.as_mut(), instruments, &shown));
        let right = snapshots(self.episode.reference.as_mut(), &self.episode.instruments);
        self.kept.begin_with(right.map_err(EpisodeError::Reference)?);
        match is_set {
            Ok(true) => self.wrong = fresh,
            // A state that no engine can be in is no use to a fresh one: this one goes on.
            Ok(false) | Err(SessionError::Unsound(_)) => {}
            Err(_) => {
                caught.ended.get_or_insert(caught.commands);
                return Ok(false);
            }
        }
        Ok(true)
    }
}
