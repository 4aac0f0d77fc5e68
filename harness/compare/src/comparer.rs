//! Two runs compared command by command, in constant memory.

use std::ops::Range;

use shadowbook_capture::{Batch, Note};
use shadowbook_model::{Action, Command, Event, Instrument, InstrumentId, Matching, Seq, Snapshot};

use crate::answers::{Answers, StateDigests, Stretch};
use crate::comparison::Comparison;
use crate::divergence::{Divergence, DivergenceKind, EventList};
use crate::events::{Compared, compare_lists, name_difference};
use crate::expected::{Covered, Expected};
use crate::known::KnownOrders;
use crate::progress::Progress;
use crate::recorded::fills;
use crate::recording::{Doubt, Recording, is_accepted};
use crate::taint::Difference;
use crate::trades::TradeMaps;

/// At most this many live orders are remembered as disputed, as many as seeds, and of as many it
/// is known what their commands said.
const REMEMBERED_ORDERS: usize = 1 << 20;

/// How a candidate failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateFailure {
    /// As which kind of divergence that counts.
    pub kind: DivergenceKind,
    /// What it looks like, for the signature.
    pub shape: String,
    /// In words.
    pub detail: String,
}

/// What is made of an instrument after a root on it that was not expected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AfterRoot {
    /// Whatever differs on it later is derived.
    #[default]
    Stop,
    /// What touches an order or an account of a divergence is derived; what is independent of
    /// them is a root of its own. Where a root is one of state only digests are known, so that
    /// everything is derived until the books are equal again.
    Continue,
}

/// Compares what two engines answer, and the reference with the recording.
///
/// Driven in the order of the stream: [`Self::commands`] for each stretch of commands,
/// [`Self::checkpoint`] where the state was digested.
#[derive(Debug)]
pub struct Comparer {
    instruments: Vec<Progress>,
    matching: Vec<Matching>,
    trades: TradeMaps,
    recording: Recording,
    /// `None` where nobody asks what an order is.
    known: Option<KnownOrders>,
    expected: Option<Box<dyn Expected>>,
    /// Commands with an expected divergence that nobody took yet.
    expected_at: Vec<(Seq, usize)>,
    list_limit: usize,
    last_seq: Option<Seq>,
    has_candidate: bool,
    /// What is recorded is of this reference.
    knows_recording: bool,
    result: Comparison,
}

/// Where and in what a divergence shows.
#[derive(Clone, Copy, Debug)]
struct Found<'a> {
    instrument: InstrumentId,
    seq: Seq,
    /// `None` for a difference of state.
    command: Option<&'a Command>,
    /// What the reference answered, and the candidate.
    answers: [&'a [Event]; 2],
}

impl<'a> Found<'a> {
    const fn at(command: &'a Command, reference: &'a [Event], candidate: &'a [Event]) -> Self {
        let Command { instrument, seq, .. } = *command;
        Self { instrument, seq, command: Some(command), answers: [reference, candidate] }
    }
}

impl Comparer {
    /// Nothing compared yet on these instruments; lists up to `list_limit` roots.
    #[must_use]
    pub fn new(instruments: &[Instrument], list_limit: usize, after_root: AfterRoot) -> Self {
        let count = instruments.len();
        let (progress, known) = match after_root {
            AfterRoot::Stop => (Progress::default(), None),
            AfterRoot::Continue => {
                (Progress::tainted(), Some(KnownOrders::with_limit(REMEMBERED_ORDERS)))
            }
        };
        Self {
            instruments: vec![progress; count],
            matching: instruments.iter().map(|instrument| instrument.matching).collect(),
            trades: TradeMaps::new(count),
            recording: Recording::new(count, REMEMBERED_ORDERS),
            known,
            expected: None,
            expected_at: Vec::new(),
            list_limit,
            last_seq: None,
            has_candidate: true,
            knows_recording: true,
            result: Comparison::default(),
        }
    }

    /// The same where some divergences are expected: they are counted by the entry that covers
    /// them, and nothing is derived from them. Only what shows at a command can be; what differs
    /// at a checkpoint has to be located before anybody can say what it is.
    #[must_use]
    pub fn expecting(mut self, expected: Box<dyn Expected>) -> Self {
        self.result.covered = vec![Covered::default(); expected.entries()];
        if expected.asks_for_order_types() && self.known.is_none() {
            self.known = Some(KnownOrders::with_limit(REMEMBERED_ORDERS));
        }
        self.expected = Some(expected);
        self
    }

    /// The books hold these orders from before the recording.
    pub fn begin_with(&mut self, snapshots: &[Snapshot]) {
        for snapshot in snapshots {
            self.recording.begin_with(snapshot);
            if let Some(known) = &mut self.known {
                known.begin_with(snapshot);
            }
        }
    }

    /// What was found so far.
    #[must_use]
    pub const fn result(&self) -> &Comparison {
        &self.result
    }

    /// The listed roots that were found since this was asked last.
    pub fn take_roots(&mut self) -> Vec<Divergence> {
        std::mem::take(&mut self.result.divergences)
    }

    /// The listed roots that were expected and found since this was asked last, each with the entry
    /// that covers it.
    pub fn take_covered(&mut self) -> Vec<(usize, Divergence)> {
        let covered = self.result.covered.iter_mut().enumerate();
        let of_entry = |(entry, covered): (usize, &mut Covered)| {
            std::mem::take(&mut covered.listed).into_iter().map(move |root| (entry, root))
        };
        covered.flat_map(of_entry).collect()
    }

    /// A root that was counted already was expected: a look at the books told what it is.
    pub fn cover(&mut self, entry: usize) {
        self.result.cover(entry, false);
    }

    /// A root that was expected follows from another one, which is counted in its place: before its
    /// command the books had parted.
    pub fn uncover(&mut self, entry: usize, is_disputed: bool) {
        self.result.uncover(entry, is_disputed);
    }

    /// The books of an instrument differ, and that was expected: what differs from here on is
    /// derived.
    pub fn parted(&mut self, instrument: InstrumentId) {
        if let Some(progress) = self.instruments.get_mut(instrument.index()) {
            progress.root(Doubt::None, None);
        }
    }

    /// The books of an instrument are the same in both engines again, because they were found so or
    /// because the candidate's was set from the reference's: what differs from here on follows
    /// from nothing before.
    pub fn resynced(&mut self, instrument: InstrumentId) {
        if let Some(progress) = self.instruments.get_mut(instrument.index()) {
            progress.begin_anew();
            progress.equal_after = self.result.commands;
            self.trades.forget(instrument);
        }
    }

    /// The reference is no longer the one of which there is a recording: what is recorded of later
    /// commands says nothing. What is in dispute stays so.
    pub const fn forget_recording(&mut self) {
        self.knows_recording = false;
    }

    /// The candidate was begun anew after it had failed.
    pub const fn revived(&mut self) {
        self.has_candidate = true;
    }

    /// The commands since the last call whose divergences were expected, each with the entry that
    /// covers it.
    pub fn take_expected(&mut self) -> Vec<(Seq, usize)> {
        std::mem::take(&mut self.expected_at)
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Comparison {
        let unchecked = self.trades.unchecked() + self.recording.unchecked_trades();
        self.result.unchecked_trades = unchecked;
        self.result.forgotten_disputes = self.recording.forgotten_disputes();
        self.result
    }

    /// Compares the answers to a stretch of commands. The candidate's are not looked at once it
    /// has failed.
    ///
    /// # Panics
    /// When the stretch is not one of its batch.
    pub fn commands(
        &mut self,
        stretch: &Stretch<'_>,
        reference: Answers<'_>,
        candidate: Answers<'_>,
    ) {
        let Stretch { batch, range } = stretch;
        let first_note = batch.notes().partition_point(|note| note.command() < range.start);
        let notes = &batch.notes()[first_note..];
        let is_watched = batch.has_seeds()
            || !self.recording.is_empty()
            || self.known.is_some()
            || notes.first().is_some_and(|note| note.command() < range.end);
        if self.has_candidate && !is_watched {
            self.plain_commands(batch, range.clone(), reference, candidate);
        } else {
            self.watched_commands(batch, range.clone(), notes, (reference, candidate));
        }
    }

    /// The common case: nothing is recorded, no order is remembered. Commands are looked at only
    /// where something trades or differs; they were written on another core and are dear to read.
    fn plain_commands(
        &mut self,
        batch: &Batch,
        range: Range<usize>,
        reference: Answers<'_>,
        candidate: Answers<'_>,
    ) {
        let commands = &batch.commands()[range.clone()];
        let before = self.result.commands;
        let (mut ours, mut theirs) = (reference.from(range.start), candidate.from(range.start));
        for (offset, command) in commands.iter().enumerate() {
            let (answer, other) = (ours.next_list(), theirs.next_list());
            let compared = compare_lists(answer, other);
            if compared == Compared::Same {
                continue;
            }
            self.result.commands = before + offset as u64 + 1;
            self.last_seq = Some(command.seq);
            self.events(command, answer, other, compared);
        }
        self.result.commands = before + commands.len() as u64;
        self.last_seq = commands.last().map(|last| last.seq).or(self.last_seq);
    }

    /// Where there are recorded outcomes, or orders that something is remembered about.
    fn watched_commands(
        &mut self,
        batch: &Batch,
        range: Range<usize>,
        notes: &[Note],
        (reference, candidate): (Answers<'_>, Answers<'_>),
    ) {
        let mut notes = notes.iter().peekable();
        let first = range.start;
        let (mut ours, mut theirs) = (reference.from(first), candidate.from(first));
        for (offset, command) in batch.commands()[range].iter().enumerate() {
            let (answer, other) = (ours.next_list(), theirs.next_list());
            self.result.commands += 1;
            self.last_seq = Some(command.seq);
            self.forget_namesake(command, answer, other);
            let note = notes.next_if(|note| note.command() == first + offset);
            if let Some(note) = note.filter(|_| self.knows_recording) {
                let tally = &mut self.result.recorded;
                self.recording.note(tally, (batch, note), command, answer);
            }
            if self.has_candidate {
                let compared = compare_lists(answer, other);
                self.events(command, answer, other, compared);
            }
            self.follow(command, answer, other);
        }
    }

    /// A new order is not the one that had its id before.
    #[inline]
    fn forget_namesake(&mut self, command: &Command, reference: &[Event], candidate: &[Event]) {
        self.recording.forget_namesake(command, reference);
        if let Some(progress) = self.instruments.get_mut(command.instrument.index())
            && let (Some(taint), Action::New(new)) = (&mut progress.taint, &command.action)
            && is_accepted(reference)
            && is_accepted(candidate)
        {
            taint.forget(new.order);
        }
    }

    /// Keeps what is remembered of orders up to date with what became of them.
    #[inline]
    fn follow(&mut self, command: &Command, reference: &[Event], candidate: &[Event]) {
        let Some(progress) = self.instruments.get_mut(command.instrument.index()) else { return };
        self.recording.follow(command, reference, progress.keeps_disputes());
        if let Some(known) = &mut self.known {
            known.follow(command, reference);
        }
        if let Some(taint) = &mut progress.taint {
            taint.follow([reference, candidate]);
        }
    }

    /// Compares the states of both engines after the commands so far.
    ///
    /// Without a candidate, because it failed before, only the reference's digest is kept.
    pub fn checkpoint(&mut self, reference: StateDigests<'_>, candidate: Option<StateDigests<'_>>) {
        self.result.final_digest = Some(reference.whole);
        let Some(candidate) = candidate.filter(|_| self.has_candidate) else { return };
        self.result.checkpoints += 1;
        self.result.mismatches += u64::from(reference.whole != candidate.whole);
        for (ours, theirs) in reference.instruments.iter().zip(candidate.instruments) {
            let Some(progress) = self.instruments.get_mut(ours.0.index()) else { continue };
            if ours == theirs {
                progress.equal_at(self.result.commands);
                continue;
            }
            let known = if progress.has_root() {
                // It is derived, and nobody will ask.
                Vec::new()
            } else {
                self.recording.disputed_of(ours.0)
            };
            let (seq, doubt) = (self.last_seq.unwrap_or_default(), Doubt::of_state(&known));
            let found = Found { instrument: ours.0, seq, command: None, answers: [&[], &[]] };
            self.diverged(found, doubt, |divergence| {
                divergence.kind = DivergenceKind::State;
                "digest".clone_into(&mut divergence.shape);
                divergence.disputed_orders = known;
            });
        }
    }

    /// Notes that the candidate failed and answers no more: at this command, or when it was to
    /// show its state after the last one.
    pub fn candidate_failed(
        &mut self,
        command: &Command,
        reference: &[Event],
        failure: CandidateFailure,
    ) {
        if !self.has_candidate {
            return;
        }
        // Whatever happened before, a candidate that dies is news of its own.
        if let Some(progress) = self.instruments.get_mut(command.instrument.index()) {
            progress.begin_anew();
        }
        let is_behind = u64::from(self.last_seq.is_none_or(|last| command.seq > last));
        self.diverged(Found::at(command, reference, &[]), Doubt::None, |divergence| {
            divergence.shown_after += is_behind;
            divergence.kind = failure.kind;
            divergence.shape = failure.shape;
            divergence.detail = Some(failure.detail);
        });
        self.has_candidate = false;
    }

    #[inline]
    fn events(
        &mut self,
        command: &Command,
        reference: &[Event],
        candidate: &[Event],
        compared: Compared,
    ) {
        match compared {
            Compared::Same => {}
            Compared::SameWithFills => self.trades(command, reference, candidate),
            Compared::Different => self.different_events(command, reference, candidate),
        }
    }

    #[cold]
    fn different_events(&mut self, command: &Command, reference: &[Event], candidate: &[Event]) {
        let doubt = self.recording.doubt(command, reference, candidate);
        self.diverged(Found::at(command, reference, candidate), doubt, |divergence| {
            (divergence.kind, divergence.shape) = name_difference(reference, candidate);
        });
    }

    fn trades(&mut self, command: &Command, reference: &[Event], candidate: &[Event]) {
        let instrument = command.instrument;
        let Some(progress) = self.instruments.get_mut(instrument.index()) else { return };
        progress.traded_alike(reference);
        if progress.ignores_numbers() {
            return;
        }
        for (ours, theirs) in fills(reference).zip(fills(candidate)) {
            let Err(found) = self.trades.observe(instrument, ours.trade, theirs.trade) else {
                continue;
            };
            let doubt = self.recording.doubt(command, reference, candidate);
            self.diverged(Found::at(command, reference, candidate), doubt, |divergence| {
                divergence.kind = DivergenceKind::TradeMapping;
                found.name().clone_into(&mut divergence.shape);
                divergence.detail = Some(found.to_string());
            });
            return;
        }
    }

    /// Counts a divergence as derived, as expected, or as a root that `describe` completes.
    #[cold]
    fn diverged(&mut self, found: Found<'_>, doubt: Doubt, describe: impl FnOnce(&mut Divergence)) {
        let Found { instrument, seq, command, answers } = found;
        let Some(progress) = self.instruments.get_mut(instrument.index()) else { return };
        let matching = self.matching.get(instrument.index()).copied();
        let difference = match (command, &self.known) {
            (Some(command), Some(known)) => {
                let matching = matching.unwrap_or(Matching::PriceTime);
                Some(Difference { command, answers, known, matching })
            }
            _ => None,
        };
        if progress.derives(doubt, command.is_none(), difference.as_ref()) {
            self.result.derived += 1;
            return;
        }
        let [reference, candidate] = answers.map(EventList::from);
        let mut divergence = Divergence {
            seq,
            instrument,
            kind: DivergenceKind::Events,
            shape: String::new(),
            command: command.copied(),
            reference,
            candidate,
            detail: None,
            is_disputed: doubt == Doubt::Known,
            disputed_orders: Vec::new(),
            equal_after: progress.equal_after,
            shown_after: self.result.commands,
        };
        describe(&mut divergence);
        if let (Some(expected), Some(command)) = (&self.expected, command) {
            let known = self.known.as_ref().zip(command.order());
            let facts = known.and_then(|(known, order)| known.get(instrument, order));
            let order_type = facts.map(|facts| facts.order_type);
            if let Some(entry) = expected.covers(&divergence, order_type)
                && let Some(covered) = self.result.covered.get_mut(entry)
            {
                covered.add(divergence);
                self.expected_at.push((seq, entry));
                return;
            }
        }
        if divergence.kind == DivergenceKind::TradeMapping {
            progress.root_of_numbers(doubt);
        } else {
            progress.root(doubt, difference.as_ref());
        }
        self.result.roots += 1;
        self.result.disputed += u64::from(divergence.is_disputed);
        if self.result.divergences.len() < self.list_limit {
            self.result.divergences.push(divergence);
        }
    }
}

#[cfg(test)]
#[path = "comparer_tests.rs"]
mod tests;
