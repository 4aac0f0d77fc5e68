//! Two runs compared command by command, in constant memory.

use std::ops::Range;

use shadowbook_capture::{Batch, Note, Recorded};
use shadowbook_model::{
    Action, Command, Digest, Event, Fill, InstrumentId, OrderId, Seq, Snapshot,
};

use crate::divergence::{Divergence, DivergenceKind, EventList};
use crate::events::{Compared, compare_lists, name_difference};
use crate::orders::OrderSet;
use crate::recorded::{Match, RecordedTally, fills, match_events, match_fills};
use crate::trades::TradeMaps;

/// At most this many live orders are remembered as disputed, and as many as seeds.
const REMEMBERED_ORDERS: usize = 1 << 20;

/// What one engine answered to the commands of a batch, from the batch's first command on.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// The events of all commands in a row.
    pub events: &'a [Event],
    /// For each command, where its events end.
    pub ends: &'a [usize],
}

impl<'a> Answers<'a> {
    /// The events of the command at this position of the batch; none if it was not answered.
    #[must_use]
    pub fn of(&self, position: usize) -> &'a [Event] {
        self.from(position).next_list()
    }

    /// The lists of the commands from this position on.
    pub(crate) fn from(&self, position: usize) -> Lists<'a> {
        let before = position.checked_sub(1).and_then(|before| self.ends.get(before));
        let ends = self.ends.get(position..).unwrap_or(&[]);
        Lists { events: self.events, start: before.copied().unwrap_or(0), ends: ends.iter() }
    }
}

/// Event lists, one command after the other.
pub(crate) struct Lists<'a> {
    events: &'a [Event],
    start: usize,
    ends: std::slice::Iter<'a, usize>,
}

impl<'a> Lists<'a> {
    /// The list of the next command; empty if it was not answered.
    #[inline]
    pub(crate) fn next_list(&mut self) -> &'a [Event] {
        let Some(end) = self.ends.next() else { return &[] };
        let start = std::mem::replace(&mut self.start, *end);
        self.events.get(start..*end).unwrap_or(&[])
    }
}

/// Some commands of a batch.
#[derive(Clone, Debug)]
pub struct Stretch<'a> {
    /// The batch.
    pub batch: &'a Batch,
    /// The positions of the commands in it.
    pub range: Range<usize>,
}

/// The state of one engine at a checkpoint.
#[derive(Clone, Copy, Debug)]
pub struct StateDigests<'a> {
    /// The digest of the whole engine.
    pub whole: Digest,
    /// The instruments whose state was read for it, in the order of the table.
    pub instruments: &'a [(InstrumentId, Digest)],
}

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

/// Compares what two engines answer, and the reference with the recording.
///
/// Driven in the order of the stream: [`Self::commands`] for each stretch of commands,
/// [`Self::checkpoint`] where the state was digested.
#[derive(Debug)]
pub struct Comparer {
    instruments: Vec<Progress>,
    trades: TradeMaps,
    recorded_trades: TradeMaps,
    seeds: OrderSet,
    disputed: OrderSet,
    list_limit: usize,
    last_seq: Option<Seq>,
    has_candidate: bool,
    result: Comparison,
}

/// What is known of one instrument.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// The root that what follows is derived from.
    root: Option<Root>,
    equal_after: u64,
}

/// What kind of root an instrument has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    /// The candidate is wrong; nothing after it says more.
    Undisputed,
    /// Nobody knows who is right about some orders. What differs in others is a root of its own,
    /// and it ends where both states are found equal again, so that it does not hide what the
    /// candidate gets wrong later.
    Disputed,
}

/// Everything that comparing found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// How many commands the stream had.
    pub commands: u64,
    /// The roots, in the order in which they were found, up to the limit.
    pub divergences: Vec<Divergence>,
    /// How many roots there are.
    pub roots: u64,
    /// How many of them are disputed.
    pub disputed: u64,
    /// How many commands and checkpoints differ because of a root before them.
    pub derived: u64,
    /// The reference against the recording.
    pub recorded: RecordedTally,
    /// How many checkpoints were compared.
    pub checkpoints: u64,
    /// At how many of them the two states differed.
    pub mismatches: u64,
    /// The reference's state at the last checkpoint.
    pub final_digest: Option<Digest>,
    /// Trades whose numbers could not be checked, see [`TradeMaps`].
    pub unchecked_trades: u64,
    /// Orders about which reference and recording disagree, beyond those that are remembered:
    /// divergences on them are not known to be disputed.
    pub forgotten_disputes: u64,
}

impl Comparer {
    /// Nothing compared yet, on so many instruments; lists up to `list_limit` roots.
    #[must_use]
    pub fn new(instruments: usize, list_limit: usize) -> Self {
        Self {
            instruments: vec![Progress::default(); instruments],
            trades: TradeMaps::new(instruments),
            recorded_trades: TradeMaps::new(instruments),
            seeds: OrderSet::with_limit(REMEMBERED_ORDERS),
            disputed: OrderSet::with_limit(REMEMBERED_ORDERS),
            list_limit,
            last_seq: None,
            has_candidate: true,
            result: Comparison::default(),
        }
    }

    /// The books hold these orders from before the recording.
    pub fn begin_with(&mut self, snapshots: &[Snapshot]) {
        for snapshot in snapshots {
            for order in &snapshot.orders {
                self.seeds.insert(snapshot.instrument, order.order);
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

    /// The books of an instrument are the same in both engines again, because they were found so or
    /// because the candidate's was set from the reference's: what differs from here on follows
    /// from nothing before.
    pub fn resynced(&mut self, instrument: InstrumentId) {
        if let Some(progress) = self.instruments.get_mut(instrument.index()) {
            *progress = Progress { root: None, equal_after: self.result.commands };
            self.trades.forget(instrument);
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Comparison {
        self.result.unchecked_trades = self.trades.unchecked() + self.recorded_trades.unchecked();
        self.result.forgotten_disputes = self.disputed.ignored();
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
            || !self.seeds.is_empty()
            || !self.disputed.is_empty()
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
            self.forget_namesake(command, answer);
            if let Some(note) = notes.next_if(|note| note.command() == first + offset) {
                self.note(batch, note, command, answer);
            }
            if self.has_candidate {
                let compared = compare_lists(answer, other);
                self.events(command, answer, other, compared);
            }
            self.follow(command, answer);
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
                if progress.root == Some(Root::Disputed) {
                    progress.root = None;
                }
                if progress.root.is_none() {
                    progress.equal_after = self.result.commands;
                }
                continue;
            }
            let known = match progress.root {
                None => self.disputed.of(ours.0, EventList::LIMIT),
                // It is derived, and nobody will ask.
                Some(_) => Vec::new(),
            };
            let (seq, doubt) = (self.last_seq.unwrap_or_default(), Doubt::of_state(&known));
            self.diverged((ours.0, seq, None), doubt, |divergence| {
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
            progress.root = None;
        }
        let is_behind = u64::from(self.last_seq.is_none_or(|last| command.seq > last));
        self.diverged(place_of(command), Doubt::None, |divergence| {
            divergence.shown_after += is_behind;
            divergence.kind = failure.kind;
            divergence.shape = failure.shape;
            divergence.detail = Some(failure.detail);
            divergence.reference = EventList::from(reference);
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
        let doubt = self.doubt(command, reference, candidate);
        self.diverged(place_of(command), doubt, |divergence| {
            (divergence.kind, divergence.shape) = name_difference(reference, candidate);
            divergence.reference = EventList::from(reference);
            divergence.candidate = EventList::from(candidate);
        });
    }

    /// Whether the reference and the recording disagree about an order that is spoken of. Then
    /// they may disagree about all others that are, from here on.
    fn doubt(&mut self, command: &Command, reference: &[Event], candidate: &[Event]) -> Doubt {
        let (disputed, instrument) = (&mut self.disputed, command.instrument);
        if disputed.is_empty() {
            return Doubt::None;
        }
        let answered = reference.iter().chain(candidate).flat_map(orders_of).flatten();
        let mut named = command.order().into_iter().chain(answered);
        if !named.clone().any(|id| disputed.contains(instrument, id)) {
            return Doubt::None;
        }
        named.by_ref().for_each(|id| disputed.insert(instrument, id));
        Doubt::Known
    }

    fn trades(&mut self, command: &Command, reference: &[Event], candidate: &[Event]) {
        let instrument = command.instrument;
        if self.has_diverged(instrument) {
            return;
        }
        for (ours, theirs) in fills(reference).zip(fills(candidate)) {
            let Err(found) = self.trades.observe(instrument, ours.trade, theirs.trade) else {
                continue;
            };
            let doubt = self.doubt(command, reference, candidate);
            self.diverged(place_of(command), doubt, |divergence| {
                divergence.kind = DivergenceKind::TradeMapping;
                found.name().clone_into(&mut divergence.shape);
                divergence.detail = Some(found.to_string());
                divergence.reference = EventList::from(reference);
                divergence.candidate = EventList::from(candidate);
            });
            return;
        }
    }

    fn has_diverged(&self, instrument: InstrumentId) -> bool {
        self.instruments.get(instrument.index()).is_some_and(|known| known.root.is_some())
    }

    /// Counts a divergence as derived, or as a root that `describe` completes.
    #[cold]
    fn diverged(
        &mut self,
        (instrument, seq, command): (InstrumentId, Seq, Option<&Command>),
        doubt: Doubt,
        describe: impl FnOnce(&mut Divergence),
    ) {
        let Some(progress) = self.instruments.get_mut(instrument.index()) else { return };
        let is_derived = match progress.root {
            None => false,
            Some(Root::Undisputed) => true,
            Some(Root::Disputed) => doubt != Doubt::None || command.is_none(),
        };
        if is_derived {
            self.result.derived += 1;
            return;
        }
        let mut divergence = Divergence {
            seq,
            instrument,
            kind: DivergenceKind::Events,
            shape: String::new(),
            command: command.copied(),
            reference: EventList::default(),
            candidate: EventList::default(),
            detail: None,
            is_disputed: doubt == Doubt::Known,
            disputed_orders: Vec::new(),
            equal_after: progress.equal_after,
            shown_after: self.result.commands,
        };
        describe(&mut divergence);
        let is_wrong = doubt == Doubt::None;
        progress.root = Some(if is_wrong { Root::Undisputed } else { Root::Disputed });
        self.result.roots += 1;
        self.result.disputed += u64::from(divergence.is_disputed);
        if self.result.divergences.len() < self.list_limit {
            self.result.divergences.push(divergence);
        }
    }

    /// Counts what stands beside a command, and remembers the orders about which the reference
    /// and the recording disagree.
    fn note(&mut self, batch: &Batch, note: &Note, command: &Command, reference: &[Event]) {
        let tally = &mut self.result.recorded;
        tally.corrections += u64::from(note.is_synthetic());
        let Some(recorded) = batch.recorded(note) else { return };
        if recorded.is_external() {
            tally.external += 1;
            return;
        }
        let found = match recorded {
            Recorded::Unchecked => None,
            Recorded::Fills(fills) => Some(match_fills(command, reference, fills)),
            Recorded::Events(events) => {
                Some(match_with_numbers(&mut self.recorded_trades, command, reference, events))
            }
        };
        match found {
            None => tally.unchecked += 1,
            Some(Match::Exact) => tally.exact += 1,
            Some(Match::PriceQuantity) => tally.price_quantity += 1,
            Some(Match::Different) => tally.different += 1,
        }
        tally.via_seed += u64::from(touches_seed(&self.seeds, command, reference, recorded));
        if matches!(found, Some(Match::PriceQuantity | Match::Different)) {
            for order in involved(command, reference, recorded) {
                self.disputed.insert(command.instrument, order);
            }
        }
    }

    /// A new order is not the one that had its id before, of which the reference may not have
    /// said that it ended: a recorded maker that it never knew, for one.
    #[inline]
    fn forget_namesake(&mut self, command: &Command, reference: &[Event]) {
        if let Action::New(new) = &command.action
            && (!self.disputed.is_empty() || !self.seeds.is_empty())
            && is_accepted(reference)
        {
            self.disputed.remove(command.instrument, new.order);
            self.seeds.remove(command.instrument, new.order);
        }
    }

    /// Keeps the sets of live orders up to date with what the reference did.
    #[inline]
    fn follow(&mut self, command: &Command, reference: &[Event]) {
        if let Action::New(new) = &command.action
            && new.seed
            && is_accepted(reference)
        {
            self.seeds.insert(command.instrument, new.order);
        }
        if !self.seeds.is_empty() {
            self.seeds.follow(command.instrument, reference, false);
        }
        if !self.disputed.is_empty() {
            // The candidate may still have an order that the reference ended.
            let progress = self.instruments.get(command.instrument.index());
            let is_open = progress.is_some_and(|known| known.root == Some(Root::Disputed));
            self.disputed.follow(command.instrument, reference, is_open);
        }
    }
}

/// Whether the reference and the recording disagree about what diverges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// They do not.
    None,
    /// They may: of a state only a look at the books tells which orders differ.
    Possible,
    /// They do.
    Known,
}

impl Doubt {
    /// That of a state while these orders are disputed.
    const fn of_state(disputed: &[OrderId]) -> Self {
        if disputed.is_empty() { Self::None } else { Self::Possible }
    }
}

/// Where a divergence at a command shows.
const fn place_of(command: &Command) -> (InstrumentId, Seq, Option<&Command>) {
    (command.instrument, command.seq, Some(command))
}

fn is_accepted(reference: &[Event]) -> bool {
    reference.iter().any(|event| matches!(event, Event::Accepted { .. }))
}

/// As [`match_events`], and the trade numbers of recording and reference must map one-to-one.
fn match_with_numbers(
    maps: &mut TradeMaps,
    command: &Command,
    reference: &[Event],
    recorded: &[Event],
) -> Match {
    let found = match_events(reference, recorded);
    if found != Match::Exact {
        return found;
    }
    let mut pairs = fills(reference).zip(fills(recorded));
    let observe =
        |(ours, theirs): (&Fill, &Fill)| maps.observe(command.instrument, ours.trade, theirs.trade);
    if pairs.try_for_each(observe).is_ok() { Match::Exact } else { Match::Different }
}

/// The orders that the command, the reference's answer and the recording speak of.
fn involved<'a>(
    command: &Command,
    reference: &'a [Event],
    recorded: Recorded<'a>,
) -> impl Iterator<Item = OrderId> + 'a {
    let (makers, events) = match recorded {
        Recorded::Fills(fills) => (fills, &[][..]),
        Recorded::Events(events) => (&[][..], events),
        Recorded::Unchecked => (&[][..], &[][..]),
    };
    let answered = reference.iter().chain(events).flat_map(orders_of).flatten();
    command.order().into_iter().chain(makers.iter().map(|fill| fill.maker)).chain(answered)
}

fn touches_seed(
    seeds: &OrderSet,
    command: &Command,
    reference: &[Event],
    recorded: Recorded<'_>,
) -> bool {
    let is_seed = matches!(&command.action, Action::New(new) if new.seed);
    is_seed
        || (!seeds.is_empty()
            && involved(command, reference, recorded)
                .any(|order| seeds.contains(command.instrument, order)))
}

/// The orders that an event names.
#[must_use]
pub fn orders_of(event: &Event) -> [Option<OrderId>; 2] {
    match event {
        Event::Fill(fill) => [Some(fill.maker), Some(fill.taker)],
        Event::Accepted { order }
        | Event::Rejected { order, .. }
        | Event::Reduced { order, .. }
        | Event::Canceled { order, .. }
        | Event::Triggered { order } => [Some(*order), None],
        Event::Replaced { order, new_order, .. } => [Some(*order), *new_order],
        Event::Auction { .. } | Event::Phase { .. } => [None, None],
    }
}

#[cfg(test)]
#[path = "comparer_tests.rs"]
mod tests;
