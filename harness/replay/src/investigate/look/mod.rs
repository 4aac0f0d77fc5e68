//! The close look: both engines in lockstep, set right after each root, so that the next one is a
//! root of its own.

mod both;
mod resync;
mod root;

use std::collections::BTreeSet;
use std::ops::Range;

use shadowbook_capture::{Batch, Flow};
use shadowbook_compare::{
    BookDifference, Comparer, Comparison, Covered, Divergence, DivergenceKind, StateDigests,
    Stretch,
};
use shadowbook_model::{Command, Instrument, InstrumentId, Phase};
use shadowbook_session::{Outcomes, SessionError};
use shadowbook_triage::{AllowJudge, Root, Shown, Sorter};

use super::rebuild::{is_fresh, whole_flows};
use super::scene::books;
use super::track::{Near, Track};
use super::{Means, rerun_within};
use crate::bridge::{answers, describe};
use crate::rerun::{origin, rerun};
use crate::{Books, DiffError, DiffOptions, Finding, Origin, Resync, Setup};
use both::apply_both;
use resync::is_same_book;
use root::{circumstances, focus, locate, phase_after};

/// Both engines get at most this many commands before their answers are compared.
const STEP: usize = 256;

/// So many commands from the beginning of the stream are remembered, those of all instruments: for
/// a candidate that counts across instruments.
const PREFIX: usize = 1 << 14;
/// Books are looked at closely after so many roots. After more of them looks come further apart
/// each time that they reach another [`LOOKED_AT`]th of the commands, so that they stay under a
/// hundredth of them however many roots there are.
const CLOSE_LOOKS: u64 = 64;
const LOOKED_AT: u64 = 512;
/// How often that doubles the way to the next look at most.
const MOST_DOUBLED: u64 = 7;
/// At most this many findings show the books around them.
const SCENES: usize = 20;

/// What a close look came to.
pub(super) struct Seen {
    pub(super) findings: Vec<Finding>,
    pub(super) comparison: Comparison,
    pub(super) resyncs: u64,
    /// How often both engines were begun anew.
    pub(super) renewals: u64,
    /// How often whole books were compared.
    pub(super) looks: u64,
    pub(super) sorter: Sorter,
}

/// Two engines that are looked at closely.
pub(super) struct Look<'a, 'e, 'm> {
    setup: Setup<'static>,
    instruments: &'a [Instrument],
    options: &'a DiffOptions,
    means: Means<'e, 'm>,
    comparer: Comparer,
    sorter: Sorter,
    tracks: Vec<Track>,
    prefix: Vec<Command>,
    ours: Outcomes,
    theirs: Outcomes,
    step: usize,
    longest_step: usize,
    judge: AllowJudge,
    shows_state: bool,
    findings: Vec<Finding>,
    resyncs: u64,
    looks: u64,
    /// How many commands both engines have got.
    done: u64,
    /// How often both engines were begun anew.
    renewals: u64,
    /// How many roots of state are disputed: known only when they are located.
    disputed_states: u64,
}

/// Whether a close look goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    On,
    Over,
}

impl<'a, 'e, 'm> Look<'a, 'e, 'm> {
    pub(super) fn new(
        setup: Setup<'static>,
        instruments: &'a [Instrument],
        options: &'a DiffOptions,
        means: Means<'e, 'm>,
        sorter: Sorter,
    ) -> Self {
        let mut comparer = Comparer::new(instruments, usize::MAX, options.resync.after_root());
        if !options.allow.is_empty() {
            comparer = comparer.expecting(Box::new(options.allow.on(instruments)));
        }
        comparer.begin_with(setup.source.snapshots());
        let shows_state = setup.reference.shows_state() && setup.candidate.shows_state();
        // What differs later in a step than a root is derived, and nothing may follow from an
        // expected divergence before somebody looked at the books. What shows no state cannot be
        // set right anyway, and is far away: it gets more at a time.
        let longest_step = if shows_state || !options.allow.is_empty() { 1 } else { STEP };
        Self {
            shows_state,
            tracks: instruments.iter().map(|instrument| Track::new(instrument.phase)).collect(),
            prefix: Vec::new(),
            ours: Outcomes::new(),
            theirs: Outcomes::new(),
            step: longest_step,
            longest_step,
            judge: options.allow.on(instruments),
            findings: Vec::new(),
            resyncs: 0,
            looks: 0,
            done: 0,
            renewals: 0,
            disputed_states: 0,
            setup,
            instruments,
            options,
            means,
            comparer,
            sorter,
        }
    }

    /// Goes through the whole stream, and looks closely from after so many commands on.
    pub(super) fn run(mut self, from: u64) -> Result<Seen, DiffError> {
        let mut batch = Batch::new();
        if from == 0 {
            self.begin_at_the_beginning();
        }
        while self.setup.source.read(&mut batch)? {
            self.ours.clear();
            self.theirs.clear();
            let room = PREFIX - self.prefix.len();
            let sent = (0..batch.len()).filter(|position| is_sent(&batch, *position));
            self.prefix.extend(sent.map(|position| batch.commands()[position]).take(room));
            let mut next = 0;
            while next < batch.len() {
                let left = batch.len() - next;
                let until_close = usize::try_from(from.saturating_sub(self.done)).unwrap_or(left);
                let is_close = until_close == 0;
                let count = if is_close { self.step.min(left) } else { until_close.min(left) };
                if self.step(&batch, next..next + count, is_close)? == Next::Over {
                    // Whoever failed shows no book.
                    return Ok(self.finish());
                }
                next += count;
                self.done += count as u64;
            }
        }
        self.last_looks()?;
        Ok(self.finish())
    }

    fn finish(self) -> Seen {
        let mut comparison = self.comparer.finish();
        comparison.disputed += self.disputed_states;
        Seen {
            findings: self.findings,
            comparison,
            resyncs: self.resyncs,
            renewals: self.renewals,
            looks: self.looks,
            sorter: self.sorter,
        }
    }

    /// Nothing has happened yet: every instrument begins with nothing or with its snapshot.
    fn begin_at_the_beginning(&mut self) {
        for track in &mut self.tracks {
            track.begin(None);
        }
        for snapshot in self.setup.source.snapshots() {
            let index = snapshot.instrument.index();
            let instrument = self.instruments.get(index);
            let is_fresh = instrument.is_some_and(|instrument| is_fresh(instrument, snapshot));
            if let (false, Some(track)) = (is_fresh, self.tracks.get_mut(index)) {
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
        let outcomes = [&mut self.ours, &mut self.theirs];
        let [ours, theirs] = apply_both(&mut self.setup, batch, &range, outcomes);
        match ours {
            Ok(()) => {}
            // One that was begun anew holds what production never held.
            Err(_) if self.renewals > 0 => return Ok(Next::Over),
            Err(error) => return Err(DiffError::Reference(error)),
        }
        let failure = theirs.err();
        let answered = self.theirs.len().clamp(range.start, range.end);
        let (ours, theirs) = (answers(&self.ours), answers(&self.theirs));
        self.comparer.commands(&Stretch { batch, range: range.start..answered }, ours, theirs);
        if let (Some(failure), Some(command)) = (&failure, batch.commands().get(answered)) {
            self.comparer.candidate_failed(command, ours.of(answered), describe(failure));
        }
        let roots = self.comparer.take_roots();
        self.step = if roots.is_empty() { (self.step * 2).min(self.longest_step) } else { 1 };
        let differing: BTreeSet<InstrumentId> = roots.iter().map(|root| root.instrument).collect();
        for root in roots {
            let phase = self.phase_before(batch, range.start, &root);
            self.root(root, phase, None);
        }
        let mut expected = BTreeSet::new();
        for (entry, root) in self.comparer.take_covered() {
            let phase = self.phase_before(batch, range.start, &root);
            expected.insert(root.instrument);
            match self.parted_before(&root) {
                None => self.root(root, phase, Some(entry)),
                // What an entry expects must not hide what nobody saw before it.
                Some(parted) => {
                    self.comparer.uncover(entry, root.is_disputed);
                    self.root(parted, phase, None);
                }
            }
        }
        self.follow_phases(batch, range.clone());
        if failure.is_some() {
            // What was not answered has no events.
            (self.theirs.len()..range.end).for_each(|_| self.theirs.end_command());
            // Every hang costs as much as the first.
            let hung = failure.is_some_and(|it| matches!(it, SessionError::TimedOut { .. }));
            let is_renewed = !hung && self.options.resync == Resync::Restore && self.renew()?;
            return Ok(if is_renewed { Next::On } else { Next::Over });
        }
        let renewals = self.renewals;
        for instrument in differing {
            // To begin anew sets every instrument right.
            if self.renewals == renewals {
                self.parted(instrument)?;
            }
        }
        for instrument in expected {
            self.after_expected(instrument)?;
        }
        for command in &batch.commands()[range.clone()] {
            let track = self.tracks.get(command.instrument.index());
            if track.is_some_and(|track| track.waits == Some(0)) {
                self.set_right(command.instrument)?;
            }
        }
        if is_close {
            self.looks(batch, range)?;
        }
        Ok(Next::On)
    }

    /// Remembers the commands to come, and in which state of its instrument each begins.
    fn follow(&mut self, batch: &Batch, range: Range<usize>) -> Result<(), DiffError> {
        for position in range.filter(|position| is_sent(batch, *position)) {
            let command = &batch.commands()[position];
            let Some(track) = self.tracks.get_mut(command.instrument.index()) else { continue };
            if track.is_new() {
                let shows = self.setup.reference.shows_state();
                let reference = &mut self.setup.reference;
                let snapshot = shows.then(|| reference.snapshot(command.instrument)).transpose();
                track.begin(snapshot.map_err(DiffError::Reference)?);
            }
            let goes_on = track.waits.is_some() || self.options.resync == Resync::Continue;
            if !track.is_parted || goes_on {
                track.push(command);
            }
        }
        Ok(())
    }

    /// Looks at the books of the instruments of a step where that is due.
    fn looks(&mut self, batch: &Batch, range: Range<usize>) -> Result<(), DiffError> {
        for command in &batch.commands()[range] {
            let track = self.tracks.get(command.instrument.index());
            if track.is_some_and(|track| !track.is_parted && track.since >= track.gap) {
                self.look(command.instrument)?;
            }
        }
        Ok(())
    }

    /// How many commands of an instrument come between a root and the first look at its books.
    fn close(&self) -> usize {
        let share = self.looks.saturating_sub(CLOSE_LOOKS).saturating_mul(LOOKED_AT);
        let doubled = share.checked_div(self.done).unwrap_or_default().min(MOST_DOUBLED);
        Track::CLOSE << doubled
    }

    /// Looks at all books once more at the end.
    fn last_looks(&mut self) -> Result<(), DiffError> {
        for instrument in (0..).map(InstrumentId).take(self.tracks.len()) {
            let track = &self.tracks[instrument.index()];
            if !track.is_parted && track.since > 0 {
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
        let snapshot = reference.snapshot(instrument).map_err(DiffError::Reference)?;
        let shown = if self.shows_state { candidate.snapshot(instrument).ok() } else { None };
        self.looks += u64::from(shown.is_some());
        if shown.as_ref().is_none_or(|shown| is_same_book(shown, &snapshot)) {
            let every = self.options.checkpoint_every.get();
            let most = usize::try_from(every).unwrap_or(usize::MAX).min(Track::FURTHEST);
            // Arrivals that nobody holds any more are no part of a digest, and decide later ones.
            let arrivals = shown.map(|shown| shown.state.arrivals);
            let is_equal = arrivals.is_none_or(|arrivals| arrivals == snapshot.state.arrivals);
            self.tracks[instrument.index()].equal(snapshot, is_equal, most);
            return Ok(());
        }
        let ours = reference.digest(instrument).map_err(DiffError::Reference)?;
        let Ok(theirs) = candidate.digest(instrument) else { return Ok(()) };
        self.comparer.checkpoint(
            StateDigests { whole: ours, instruments: &[(instrument, ours)] },
            Some(StateDigests { whole: theirs, instruments: &[(instrument, theirs)] }),
        );
        for root in self.comparer.take_roots() {
            let phase = self.tracks[instrument.index()].phase;
            self.root(root, phase, None);
        }
        self.step = 1;
        self.parted(instrument)
    }

    /// The phase of an instrument before the command of a root in the step that begins at `start`.
    fn phase_before(&self, batch: &Batch, start: usize, root: &Divergence) -> Phase {
        let mut phase = self.tracks[root.instrument.index()].phase;
        let commands = batch.commands()[start..].iter().zip(start..);
        for (command, position) in commands.take_while(|(command, _)| command.seq < root.seq) {
            if command.instrument == root.instrument {
                phase = phase_after(self.ours.events_of(position)).unwrap_or(phase);
            }
        }
        phase
    }

    fn follow_phases(&mut self, batch: &Batch, range: Range<usize>) {
        for position in range {
            let instrument = batch.commands()[position].instrument;
            if let (Some(phase), Some(track)) = (
                phase_after(self.ours.events_of(position)),
                self.tracks.get_mut(instrument.index()),
            ) {
                track.phase = phase;
            }
        }
    }

    /// Looks into a root, and says which bug it is, unless it is allowed.
    fn root(&mut self, mut root: Divergence, phase: Phase, entry: Option<usize>) {
        let index = root.instrument.index();
        let (Some(track), Some(instrument)) = (self.tracks.get(index), self.instruments.get(index))
        else {
            return;
        };
        let listed = self.findings.iter().filter(|finding| finding.allowed.is_none()).count();
        let is_shown = listed < SCENES.min(self.options.list_limit) && self.accuses(entry);
        let mut differences = Vec::new();
        let (mut books, mut origin) = (None, None);
        let nears = if is_shown || root.kind == DivergenceKind::State {
            track.nears(instrument, track.until(root.seq))
        } else {
            Vec::new()
        };
        let shown = nears.iter().find_map(|near| Some((near, self.show(near, &root)?)));
        if let Some((near, shown)) = shown
            && let Some(position) = shown.position
        {
            if let (DivergenceKind::State, Some(seq)) = (root.kind, near.seq(position)) {
                locate(&mut root, &shown, seq);
            }
            if is_shown {
                (books, origin) = self.scenes(near, position, root.instrument);
            }
            differences = shown.differences;
        }
        let allowed = entry.or_else(|| self.expects_state(&root));
        let is_doubted = root.kind == DivergenceKind::State && root.is_disputed;
        self.disputed_states += u64::from(is_doubted && allowed.is_none());
        // What is allowed now may be too much in the end.
        let bug = Some(self.sort(&root, phase, &differences, allowed.is_some()));
        let is_listed = match allowed {
            None => listed < self.options.list_limit || root.kind.ends_the_candidate(),
            Some(entry) => self.count_of(entry) <= Covered::LISTED as u64,
        };
        if is_listed {
            self.findings.push(Finding { divergence: root, books, origin, bug, allowed });
        }
    }

    /// The entry of the allowlist that covers a root of state, of which nothing could be said
    /// before it was located.
    fn expects_state(&mut self, root: &Divergence) -> Option<usize> {
        if root.kind != DivergenceKind::State {
            return None;
        }
        let entry = self.judge.judge(root, None)?;
        self.comparer.cover(entry);
        Some(entry)
    }

    /// How many roots an entry of the allowlist covers so far.
    fn count_of(&self, entry: usize) -> u64 {
        self.comparer.result().covered.get(entry).map_or(0, |covered| covered.count)
    }

    /// Whether a root counts although this entry of the allowlist covers it.
    fn accuses(&self, entry: Option<usize>) -> bool {
        let holds = |entry| self.options.allow.standing(entry, self.count_of(entry)).holds();
        entry.is_none_or(|entry| !holds(entry))
    }

    /// The difference of state that a root of events follows from, if the books had parted before
    /// its command.
    fn parted_before(&mut self, root: &Divergence) -> Option<Divergence> {
        let index = root.instrument.index();
        let (track, instrument) = (self.tracks.get(index)?, self.instruments.get(index)?);
        for near in track.nears(instrument, track.until(root.seq)) {
            let last = near.flow.commands.len().checked_sub(1)?;
            let parted = origin(&near.flow, last, self.means.make).ok().flatten();
            let Some((position, seq)) = parted.and_then(|at| Some((at, near.seq(at)?))) else {
                continue;
            };
            let commands = near.flow.commands[..=position].to_vec();
            let flow = Flow { commands, ..near.flow };
            let shown = rerun(&flow, self.means.make).ok().flatten();
            if let Some(shown) = shown.filter(|it| it.divergence.kind == DivergenceKind::State) {
                let (equal_after, shown_after) = (root.equal_after, root.shown_after);
                let mut parted = Divergence { equal_after, shown_after, ..root.clone() };
                (parted.kind, parted.is_disputed) = (DivergenceKind::State, false);
                locate(&mut parted, &shown, seq);
                return Some(parted);
            }
        }
        None
    }

    /// What the flow from near by shows, if it shows the root.
    fn show(&mut self, near: &Near, root: &Divergence) -> Option<Shown> {
        let shown = rerun(&near.flow, self.means.make).ok().flatten()?;
        let is_it = match root.kind {
            DivergenceKind::State => shown.divergence.kind == DivergenceKind::State,
            _ => shown.divergence.signature() == root.signature(),
        };
        is_it.then_some(shown)
    }

    /// The books around a root, and around the command at which they parted if that was before.
    fn scenes(
        &mut self,
        near: &Near,
        position: usize,
        instrument: InstrumentId,
    ) -> (Option<Books>, Option<Origin>) {
        let levels = self.options.levels;
        let books = books(&near.flow, position, levels, self.means.make).ok().flatten();
        let parted = origin(&near.flow, position, self.means.make).ok().flatten();
        let parted = parted.and_then(|parted| Some((parted, near.seq(parted)?)));
        let Some((parted, seq)) = parted else { return (books, None) };
        let command = Command { instrument, seq, ..near.flow.commands[parted] };
        let around = self::books(&near.flow, parted, levels, self.means.make).ok().flatten();
        (books, around.map(|books| Origin { command, books }))
    }

    /// Says which bug a root is.
    fn sort(
        &mut self,
        root: &Divergence,
        phase: Phase,
        differences: &[BookDifference],
        is_allowed: bool,
    ) -> usize {
        let index = root.instrument.index();
        let Self { tracks, prefix, setup, instruments, means, sorter, .. } = self;
        // Of most roots it is known already which bug they are: flows are made when asked for.
        let focus = focus(root, differences);
        let (track, instrument) = (&tracks[index], &instruments[index]);
        let until = track.until(root.seq);
        // What came after a root that was not set right was not followed.
        let is_followed = !track.is_parted || self.options.resync == Resync::Continue;
        let focused = std::iter::once_with(|| track.focused(instrument, until, &focus));
        let flows = std::iter::once_with(|| track.flows(instrument, until));
        let whole = std::iter::once_with(|| {
            let until = prefix.partition_point(|command| command.seq <= root.seq);
            let is_whole = prefix[..until].last().is_some_and(|last| last.seq == root.seq);
            is_whole.then(|| whole_flows(instruments, setup.source.snapshots(), &prefix[..until]))
        });
        let own = focused.flatten().chain(flows.flatten()).filter(move |_| is_followed);
        let flows = own.chain(whole.flatten().flatten());
        let mut rerun = |flow: &Flow| rerun_within(flow, means);
        let root = Root {
            divergence: root,
            circumstances: circumstances(root, phase),
            matching: instrument.matching,
            focus: &focus,
            is_allowed,
        };
        sorter.root(&root, flows, &mut rerun)
    }
}

/// Whether the command at this position of a batch goes to engines.
fn is_sent(batch: &Batch, position: usize) -> bool {
    let external = batch.external();
    external.is_empty()
        || u32::try_from(position).is_ok_and(|position| external.binary_search(&position).is_err())
}
