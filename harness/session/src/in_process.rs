//! An engine of this process.

use std::ops::Range;

use shadowbook_capture::Batch;
use shadowbook_model::{
    CannotRestore, Capabilities, Digest, DigestVisitor, Engine, Instrument, InstrumentId, Seq,
    Snapshot, combine,
};

use crate::guard::guard;
use crate::{Activity, Outcomes, Scope, Session, SessionError};

/// A session with an engine in this process. A panic of the engine ends the session, not the
/// process; it cannot be kept from hanging or from taking all memory.
#[derive(Debug)]
pub struct InProcess<E> {
    engine: E,
    state: KnownState,
    last_seq: Seq,
    failed: Option<SessionError>,
}

impl<E: Engine + Send> InProcess<E> {
    /// A session with an engine that was made for so many instruments and has seen no command.
    #[must_use]
    pub fn new(engine: E, instruments: usize) -> Self {
        Self { engine, state: KnownState::new(instruments), last_seq: Seq(0), failed: None }
    }

    /// Does something with the engine; a panic in it is remembered as the end of the session.
    fn guard<T>(
        &mut self,
        activity: Activity,
        act: impl FnOnce(&mut E, &mut KnownState, &mut Seq) -> T,
    ) -> Result<T, SessionError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let Self { engine, state, last_seq, .. } = self;
        guard(|| act(engine, state, last_seq)).map_err(|message| {
            let error = SessionError::Crashed { seq: self.last_seq, activity, message };
            self.failed = Some(error.clone());
            error
        })
    }
}

impl<E: Engine + Send> Session for InProcess<E> {
    fn capabilities(&self) -> Capabilities {
        self.engine.capabilities()
    }

    fn shows_state(&self) -> bool {
        true
    }

    fn apply(
        &mut self,
        batch: &Batch,
        commands: Range<usize>,
        outcomes: &mut Outcomes,
    ) -> Result<(), SessionError> {
        self.guard(Activity::Applying, |engine, state, last_seq| {
            let first = commands.start;
            let passed = batch.external().partition_point(|position| (*position as usize) < first);
            let mut external = batch.external()[passed..].iter().map(|position| *position as usize);
            let mut next_external = external.next();
            for (offset, command) in batch.commands()[commands].iter().enumerate() {
                if next_external == Some(first + offset) {
                    next_external = external.next();
                } else {
                    *last_seq = command.seq;
                    state.touch(command.instrument);
                    engine.apply(command, outcomes.buffer());
                }
                outcomes.end_command();
            }
        })
    }

    fn checkpoint(&mut self, scope: Scope, outcomes: &mut Outcomes) -> Result<(), SessionError> {
        self.guard(Activity::ShowingState, |engine, state, _| {
            let instruments = state.refresh(engine, scope);
            outcomes.push_checkpoint(combine(state.digests.iter().copied()), instruments);
        })
    }

    fn digest(&mut self, instrument: InstrumentId) -> Result<Digest, SessionError> {
        self.guard(Activity::ShowingState, |engine, _, _| engine.digest(instrument))
    }

    fn snapshot(&mut self, instrument: InstrumentId) -> Result<Snapshot, SessionError> {
        self.guard(Activity::ShowingState, |engine, _, _| engine.snapshot(instrument))
    }

    fn restore(
        &mut self,
        instruments: &[Instrument],
        snapshots: &[Snapshot],
    ) -> Result<(), SessionError> {
        let sound = snapshots.iter().filter_map(|snapshot| {
            let instrument = instruments.get(snapshot.instrument.index())?;
            Some(snapshot.check(instrument).map_err(SessionError::Unsound))
        });
        let sound = sound.collect::<Result<Vec<_>, _>>()?;
        self.guard(Activity::Restoring, |engine, state, _| {
            for (done, snapshot) in sound.into_iter().enumerate() {
                let restored = engine.restore(snapshot);
                assert!(done == 0 || restored.is_ok(), "it took on one state and not the next");
                restored?;
                state.touch(snapshot.instrument);
            }
            Ok(())
        })?
        .map_err(|CannotRestore| SessionError::CannotRestore)
    }
}

/// The digests of the last checkpoint, and which of them may be out of date.
#[derive(Debug)]
struct KnownState {
    digests: Vec<Digest>,
    is_touched: Vec<bool>,
    touched: Vec<InstrumentId>,
    is_first: bool,
}

impl KnownState {
    fn new(instruments: usize) -> Self {
        Self {
            digests: vec![Digest(0); instruments],
            is_touched: vec![false; instruments],
            touched: Vec::new(),
            is_first: true,
        }
    }

    #[inline]
    fn touch(&mut self, instrument: InstrumentId) {
        // An instrument outside the table is the engine's to refuse.
        if let Some(is_touched) = self.is_touched.get_mut(instrument.index())
            && !*is_touched
        {
            *is_touched = true;
            self.touched.push(instrument);
        }
    }

    /// Brings the digests up to date and returns those that were read afresh.
    fn refresh(&mut self, engine: &impl Engine, scope: Scope) -> Vec<(InstrumentId, Digest)> {
        let mut touched = std::mem::take(&mut self.touched);
        for instrument in &touched {
            self.is_touched[instrument.index()] = false;
        }
        let is_thorough = self.is_first || scope == Scope::All;
        if is_thorough {
            touched.clear();
            touched.extend((0..).map(InstrumentId).take(self.digests.len()));
        }
        self.is_first = false;
        touched.sort_unstable();
        let read: Vec<(InstrumentId, Digest)> =
            touched.iter().map(|id| (*id, engine.digest(*id))).collect();
        if is_thorough {
            read.iter().for_each(|(id, digest)| check_digest(engine, *id, *digest));
        }
        for (instrument, digest) in &read {
            self.digests[instrument.index()] = *digest;
        }
        touched.clear();
        self.touched = touched;
        read
    }
}

/// An engine may compute its digest in a way of its own, for speed. It must still be that of the
/// book that it shows, or a book could be wrong behind a digest that is right.
fn check_digest(engine: &impl Engine, instrument: InstrumentId, digest: Digest) {
    let mut shown = DigestVisitor::new();
    engine.visit(instrument, &mut shown);
    assert!(
        shown.finish() == digest,
        "the digest of instrument {instrument} is not that of the book that the engine shows"
    );
}
