//! After a root: the candidate set right, so that the next root is one of its own.

use shadowbook_capture::Batch;
use shadowbook_compare::is_same_list;
use shadowbook_model::{Features, InstrumentId, Snapshot};
use shadowbook_session::{Outcomes, Scope, Session, commands_for};

use super::Look;
use crate::investigate::rebuild::is_fresh;
use crate::rerun::SessionPair;
use crate::{DiffError, Resync, Setup};

/// How often both engines are begun anew where the candidate cannot be set to a state.
const RENEWALS: u64 = 64;
/// A reference that was begun anew may answer so many events to a batch: icebergs that showed much
/// may show little now, and trade without end.
const RENEWED_EVENTS: usize = 1 << 18;
/// Books with more orders, all instruments together, are not built by commands.
const RENEWED_ORDERS: usize = 1 << 17;

impl Look<'_, '_, '_> {
    /// There was a root on an instrument.
    pub(super) fn parted(&mut self, instrument: InstrumentId) -> Result<(), DiffError> {
        let track = &mut self.tracks[instrument.index()];
        if self.options.resync != Resync::Restore || track.patience() == 0 {
            return self.set_right(instrument);
        }
        track.wait();
        Ok(())
    }

    /// Sees to the books of an instrument after an expected divergence: it is compared on in any
    /// case, and where they are the same nothing has to be done.
    pub(super) fn after_expected(&mut self, instrument: InstrumentId) -> Result<(), DiffError> {
        if !self.shows_state || self.tracks[instrument.index()].is_parted {
            return Ok(());
        }
        self.set_right(instrument)?;
        if self.tracks[instrument.index()].is_parted {
            self.comparer.parted(instrument);
        }
        Ok(())
    }

    /// Sets the candidate's book of an instrument from the reference's where they differ.
    pub(super) fn set_right(&mut self, instrument: InstrumentId) -> Result<(), DiffError> {
        let close = self.close();
        let Setup { reference, candidate, .. } = &mut self.setup;
        let track = &mut self.tracks[instrument.index()];
        if self.options.resync != Resync::Restore {
            (track.is_parted, track.waits) = (true, None);
            return Ok(());
        }
        if !self.shows_state {
            return self.renew_or_part(instrument);
        }
        let ours = reference.snapshot(instrument).map_err(DiffError::Reference)?;
        let is_same = |candidate: &mut dyn Session| {
            candidate.snapshot(instrument).is_ok_and(|shown| {
                is_same_book(&shown, &ours) && shown.state.arrivals == ours.state.arrivals
            })
        };
        if !is_same(&mut **candidate) {
            let restored = candidate.restore(self.instruments, std::slice::from_ref(&ours));
            if restored.is_err() || !is_same(&mut **candidate) {
                return self.renew_or_part(instrument);
            }
            self.resyncs += 1;
        }
        track.begin(Some(ours));
        track.gap = track.gap.max(close);
        self.comparer.resynced(instrument);
        Ok(())
    }

    /// Where the candidate cannot be set to a state, both engines are begun anew near it; where
    /// that cannot be done, the instrument is compared no more.
    fn renew_or_part(&mut self, instrument: InstrumentId) -> Result<(), DiffError> {
        if !self.renew()? {
            let track = &mut self.tracks[instrument.index()];
            (track.is_parted, track.waits) = (true, None);
        }
        Ok(())
    }

    /// Begins both engines anew, with the commands that bring an engine near the reference's books:
    /// what commands lose is lost in both, so that they stay comparable. `false` where that cannot
    /// be done, or was done too often: then they are as before.
    pub(super) fn renew(&mut self) -> Result<bool, DiffError> {
        if self.renewals >= RENEWALS || !self.setup.reference.shows_state() {
            return Ok(false);
        }
        self.renewals += 1;
        let snapshots = self.books()?;
        let orders: usize = snapshots.iter().map(|snapshot| snapshot.orders.len()).sum();
        if orders > RENEWED_ORDERS {
            return Ok(false);
        }
        let commands = commands_for(self.instruments, &snapshots).commands;
        let mut batch = Batch::new();
        commands.iter().for_each(|command| batch.push(*command));
        let SessionPair { mut reference, mut candidate } = (self.means.make)(self.instruments)?;
        let asked = commands.iter().map(Features::of_command).fold(Features::NONE, Features::union);
        let (mut ours, mut theirs) = (Outcomes::new(), Outcomes::new());
        let all = 0..batch.len();
        if candidate.capabilities().check(asked).is_err()
            || reference.apply(&batch, all.clone(), &mut ours).is_err()
            || candidate.apply(&batch, all.clone(), &mut theirs).is_err()
            || all.into_iter().any(|at| !is_same_list(ours.events_of(at), theirs.events_of(at)))
            || self.shows_state && !is_same_state(&mut *reference, &mut *candidate)
        {
            return Ok(false);
        }
        (self.setup.reference, self.setup.candidate) = (reference, candidate);
        self.resyncs += 1;
        // What it answers from here on is near what production had, and no more.
        self.comparer.forget_recording();
        self.ours.bound(self.ours.events().len() + RENEWED_EVENTS);
        self.begin_anew()?;
        Ok(true)
    }

    /// What the reference holds of every instrument that anything happened on.
    fn books(&mut self) -> Result<Vec<Snapshot>, DiffError> {
        let reference = &mut self.setup.reference;
        let all = (0..).map(InstrumentId).take(self.instruments.len());
        let books = all.map(|instrument| reference.snapshot(instrument));
        let books = books.collect::<Result<Vec<_>, _>>().map_err(DiffError::Reference)?;
        let is_used = |book: &Snapshot| {
            let instrument = self.instruments.get(book.instrument.index());
            instrument.is_some_and(|instrument| !is_fresh(instrument, book))
        };
        Ok(books.into_iter().filter(is_used).collect())
    }

    /// Every instrument begins where both engines stand now.
    fn begin_anew(&mut self) -> Result<(), DiffError> {
        self.comparer.revived();
        for index in 0..self.tracks.len() {
            let Ok(id) = u32::try_from(index) else { break };
            let instrument = InstrumentId(id);
            let book = self.setup.reference.snapshot(instrument).map_err(DiffError::Reference)?;
            self.tracks[index].begin(Some(book));
            self.comparer.resynced(instrument);
        }
        Ok(())
    }
}

fn is_same_state(reference: &mut dyn Session, candidate: &mut dyn Session) -> bool {
    let (mut ours, mut theirs) = (Outcomes::new(), Outcomes::new());
    let are_shown = reference.checkpoint(Scope::All, &mut ours).is_ok()
        && candidate.checkpoint(Scope::All, &mut theirs).is_ok();
    let last = |outcomes: &Outcomes| outcomes.checkpoints().last().map(|last| last.digest);
    are_shown && last(&ours) == last(&theirs)
}

/// Whether two books have the same digest: each engine numbers its trades as it likes.
pub(super) fn is_same_book(left: &Snapshot, right: &Snapshot) -> bool {
    let ((ours, theirs), same_orders) = ((&left.state, &right.state), left.orders == right.orders);
    ours.phase == theirs.phase && ours.last_trade == theirs.last_trade && same_orders
}
