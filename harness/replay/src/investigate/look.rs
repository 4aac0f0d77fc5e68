//! The close look: both engines in lockstep, set right after each root, so that the next one is a
//! root of its own.

use std::ops::Range;

use shadowbook_capture::Batch;
use shadowbook_compare::{
    BookDifference, Comparer, Divergence, DivergenceKind, StateDigests, Stretch,
};
use shadowbook_model::{Digest, Instrument, InstrumentId};
use shadowbook_session::{Outcomes, SessionError};

use super::sort::Sorter;
use super::track::Track;
use crate::bridge::{answers, describe};
use crate::rerun::{MakePair, rerun};
use crate::{DiffError, DiffOptions, Finding, Resync, Setup};

/// Both engines get at most this many commands before their answers are compared.
const STEP: usize = 256;

/// What a close look came to.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) findings: Vec<Finding>,
    pub(super) roots: u64,
    pub(super) disputed: u64,
    pub(super) derived: u64,
    pub(super) resyncs: u64,
    /// How often whole books were compared.
    pub(super) looks: u64,
    /// Why it ended before the stream, if it did.
    pub(super) ended: Option<String>,
}

/// Two engines that are looked at closely.
pub(super) struct Look<'a, 'm> {
    pub(super) setup: Setup<'static>,
    pub(super) instruments: &'a [Instrument],
    pub(super) options: &'a DiffOptions,
    pub(super) make: &'a mut MakePair<'m>,
    pub(super) comparer: Comparer,
    pub(super) sorter: Sorter,
    tracks: Vec<Track>,
    ours: Outcomes,
    theirs: Outcomes,
    step: usize,
    shows_state: bool,
    seen: Seen,
}

/// Whether a close look goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    On,
    Over,
}

impl<'a, 'm> Look<'a, 'm> {
    pub(super) fn new(
        setup: Setup<'static>,
        instruments: &'a [Instrument],
        options: &'a DiffOptions,
        make: &'a mut MakePair<'m>,
        sorter: Sorter,
    ) -> Self {
        let mut comparer = Comparer::new(instruments.len(), usize::MAX);
        comparer.begin_with(setup.source.snapshots());
        Self {
            shows_state: setup.reference.shows_state() && setup.candidate.shows_state(),
            tracks: vec![Track::default(); instruments.len()],
            ours: Outcomes::new(),
            theirs: Outcomes::new(),
            step: STEP,
            seen: Seen::default(),
            setup,
            instruments,
            options,
            make,
            comparer,
            sorter,
        }
    }

    /// Goes through the whole stream, and looks closely from after so many commands on.
    pub(super) fn run(mut self, from: u64) -> Result<(Seen, Sorter), DiffError> {
        let mut batch = Batch::new();
        let mut done = 0;
        if from == 0 {
            self.begin_at_the_beginning();
        }
        'stream: while self.setup.source.read(&mut batch)? {
            self.ours.clear();
            self.theirs.clear();
            let mut next = 0;
            while next < batch.len() {
                let left = batch.len() - next;
                let until_close = usize::try_from(from.saturating_sub(done)).unwrap_or(left);
                let is_close = until_close == 0;
                let count = if is_close { self.step.min(left) } else { until_close.min(left) };
                if self.step(&batch, next..next + count, is_close)? == Next::Over {
                    break 'stream;
                }
                next += count;
                done += count as u64;
            }
        }
        self.last_looks()?;
        let found = self.comparer.finish();
        let Seen { findings, resyncs, looks, ended, .. } = self.seen;
        let (roots, disputed, derived) = (found.roots, found.disputed, found.derived);
        let seen = Seen { findings, roots, disputed, derived, resyncs, looks, ended };
        Ok((seen, self.sorter))
    }

    /// Nothing has happened yet: every instrument begins with nothing or with its snapshot.
    fn begin_at_the_beginning(&mut self) {
        for track in &mut self.tracks {
            track.begin(None);
        }
        for snapshot in self.setup.source.snapshots() {
            if let Some(track) = self.tracks.get_mut(snapshot.instrument.index()) {
                track.begin(Some(snapshot.clone()));
            }
        }
    }

    fn step(
        &mut self,
        batch: &Batch,
        range: Range<usize>,
        is_close: bool,
    ) -> Result<Next, DiffError> {
        if is_close {
            self.follow(batch, range.clone())?;
        }
        let Setup { reference, candidate, .. } = &mut self.setup;
        reference.apply(batch, range.clone(), &mut self.ours).map_err(DiffError::Reference)?;
        let failure = candidate.apply(batch, range.clone(), &mut self.theirs).err();
        let answered = self.theirs.len().clamp(range.start, range.end);
        let (ours, theirs) = (answers(&self.ours), answers(&self.theirs));
        self.comparer.commands(&Stretch { batch, range: range.start..answered }, ours, theirs);
        if let (Some(failure), Some(command)) = (&failure, batch.commands().get(answered)) {
            self.comparer.candidate_failed(command, ours.of(answered), describe(failure));
        }
        let roots = self.comparer.take_roots();
        self.step = if roots.is_empty() { (self.step * 2).min(STEP) } else { 1 };
        let mut differing: Vec<InstrumentId> = roots.iter().map(|root| root.instrument).collect();
        for root in roots {
            self.root(root)?;
        }
        if failure.is_some() {
            return Ok(Next::Over);
        }
        differing.sort_unstable();
        differing.dedup();
        for instrument in differing {
            self.set_right(instrument)?;
        }
        if is_close {
            self.looks(batch, range)?;
        }
        Ok(if self.seen.ended.is_some() { Next::Over } else { Next::On })
    }

    /// Remembers the commands to come, and in which state of its instrument each begins.
    fn follow(&mut self, batch: &Batch, range: Range<usize>) -> Result<(), DiffError> {
        for command in &batch.commands()[range] {
            let Some(track) = self.tracks.get_mut(command.instrument.index()) else { continue };
            if track.is_new() {
                let shows = self.setup.reference.shows_state();
                let reference = &mut self.setup.reference;
                let snapshot = shows.then(|| reference.snapshot(command.instrument)).transpose();
                track.begin(snapshot.map_err(DiffError::Reference)?);
            }
            if !track.is_stopped {
                track.push(command);
            }
        }
        Ok(())
    }

    /// Looks at the books of the instruments of a step where that is due.
    fn looks(&mut self, batch: &Batch, range: Range<usize>) -> Result<(), DiffError> {
        for command in &batch.commands()[range] {
            let track = self.tracks.get(command.instrument.index());
            if track.is_some_and(|track| !track.is_stopped && track.since >= track.gap) {
                self.look(command.instrument)?;
            }
        }
        Ok(())
    }

    /// Looks at all books once more at the end.
    fn last_looks(&mut self) -> Result<(), DiffError> {
        for instrument in (0..).map(InstrumentId).take(self.tracks.len()) {
            let track = &self.tracks[instrument.index()];
            if self.seen.ended.is_none() && !track.is_stopped && track.since > 0 {
                self.look(instrument)?;
            }
        }
        Ok(())
    }

    /// Holds both books of an instrument against each other.
    fn look(&mut self, instrument: InstrumentId) -> Result<(), DiffError> {
        let Setup { reference, candidate, .. } = &mut self.setup;
        if !reference.shows_state() {
            return Ok(());
        }
        let ours = reference.digest(instrument).map_err(DiffError::Reference)?;
        let theirs = if self.shows_state { candidate.digest(instrument).ok() } else { None };
        self.seen.looks += u64::from(theirs.is_some());
        let Some(theirs) = theirs.filter(|theirs| *theirs != ours) else {
            let most = usize::try_from(self.options.checkpoint_every.get()).unwrap_or(usize::MAX);
            let snapshot = reference.snapshot(instrument).map_err(DiffError::Reference)?;
            self.tracks[instrument.index()].equal(snapshot, most);
            return Ok(());
        };
        self.comparer.checkpoint(
            StateDigests { whole: ours, instruments: &[(instrument, ours)] },
            Some(StateDigests { whole: theirs, instruments: &[(instrument, theirs)] }),
        );
        for root in self.comparer.take_roots() {
            self.root(root)?;
        }
        self.step = 1;
        self.set_right(instrument)
    }

    /// Looks into a root, and says which bug it is.
    fn root(&mut self, mut root: Divergence) -> Result<(), DiffError> {
        self.seen.roots += 1;
        let index = root.instrument.index();
        let (Some(track), Some(instrument)) = (self.tracks.get(index), self.instruments.get(index))
        else {
            return Ok(());
        };
        let until = track.until(root.seq);
        let near = track.last_flow(instrument, until);
        let mut differences = Vec::new();
        if let (DivergenceKind::State, Some(near)) = (root.kind, &near) {
            let shown = rerun(&near.flow, self.make).ok().flatten();
            if let Some(shown) = shown.filter(|it| it.divergence.kind == DivergenceKind::State)
                && let Some(seq) = shown.position.and_then(|position| near.seqs.get(position))
            {
                root.seq = *seq;
                root.shape = shown.divergence.shape;
                root.command = shown.divergence.command;
                root.reference = shown.divergence.reference;
                root.candidate = shown.divergence.candidate;
                differences = shown.differences;
            }
        }
        self.sort(&root, &differences, until)?;
        if self.seen.findings.len() < self.options.list_limit {
            self.seen.findings.push(Finding {
                divergence: root,
                books: None,
                origin: None,
                bug: None,
            });
        }
        Ok(())
    }

    /// Says which bug a root is.
    fn sort(
        &mut self,
        root: &Divergence,
        differences: &[BookDifference],
        until: usize,
    ) -> Result<(), DiffError> {
        let _ = (root, differences, until);
        Ok(())
    }

    /// Sets the candidate's book of an instrument from the reference's where they differ.
    fn set_right(&mut self, instrument: InstrumentId) -> Result<(), DiffError> {
        let Setup { reference, candidate, .. } = &mut self.setup;
        let track = &mut self.tracks[instrument.index()];
        if !self.shows_state || self.options.resync != Resync::Restore {
            track.is_stopped = true;
            return Ok(());
        }
        let digest = reference.digest(instrument).map_err(DiffError::Reference)?;
        let ours = reference.snapshot(instrument).map_err(DiffError::Reference)?;
        let is_same = |shown: Result<Digest, SessionError>| shown.is_ok_and(|it| it == digest);
        if !is_same(candidate.digest(instrument)) {
            let restored = candidate.restore(self.instruments, std::slice::from_ref(&ours));
            if restored.is_err() || !is_same(candidate.digest(instrument)) {
                track.is_stopped = true;
                return Ok(());
            }
            self.seen.resyncs += 1;
        }
        track.begin(Some(ours));
        self.comparer.resynced(instrument);
        Ok(())
    }
}
