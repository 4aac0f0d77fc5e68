//! A flow through two fresh engines: the first command at which they part.

use shadowbook_capture::{Batch, Flow};
use shadowbook_compare::{
    AuditOptions, AuditRule, Auditor, BookDifference, CandidateFailure, Divergence, DivergenceKind,
    EventList, Stretch, TradeMaps, compare_books, is_same_list, name_book_difference,
    name_difference,
};
use shadowbook_model::{Command, Event, Instrument, InstrumentId, Phase, Seq};
use shadowbook_session::{Outcomes, Scope, Session, SessionError, restore_natively};
use shadowbook_triage::{GiveUp, Shown};

use crate::DiffError;
use crate::bridge::{answers, describe};

/// How often the books are looked at between two points, until there is a look at every command.
const LOOKS: usize = 16;
/// Of so few commands each is looked at: what parts and heals again is seen as well.
const EACH: usize = 256;
/// A flow that has more events is not looked at: an iceberg that shows one lot can make as many as
/// it has lots.
const EVENTS: usize = 1 << 16;
/// At most this many names of differences make up the shape of a divergence of state.
const NAMES_LIMIT: usize = 4;

/// Two sessions that have seen nothing yet.
pub struct SessionPair {
    /// The engine in production.
    pub reference: Box<dyn Session>,
    /// The engine that is to replace it.
    pub candidate: Box<dyn Session>,
}

/// Makes two sessions for a table of instruments, as often as they are asked for.
pub type MakePair<'a> = dyn FnMut(&[Instrument]) -> Result<SessionPair, DiffError> + 'a;

/// Runs a flow through two fresh engines and says what differs first; `None` when nothing does.
///
/// What differs in events comes first, as in a run over a whole capture. Only where every event is
/// the same, the books are compared at the end; then the command at which they parted is looked
/// for, closer and closer: in more than a few hundred commands books that part and come together
/// between two looks are not seen to.
///
/// # Errors
/// When a session cannot be begun. A flow that the reference dies of shows nothing.
pub fn rerun(flow: &Flow, make: &mut MakePair<'_>) -> Result<Option<Shown>, GiveUp> {
    let batch = batch_of(flow);
    let whole = Window { after: 0, to: batch.len(), gap: batch.len(), is_last: false };
    narrow(flow, &batch, whole, make)
}

/// The position of the last command before `until` at which the books part; `None` when they are
/// the same then, or a session cannot show them.
///
/// # Errors
/// As of [`rerun`].
pub(crate) fn origin(
    flow: &Flow,
    until: usize,
    make: &mut MakePair<'_>,
) -> Result<Option<usize>, GiveUp> {
    let flow = Flow { commands: flow.commands[..until].to_vec(), ..flow.clone() };
    let batch = batch_of(&flow);
    let window = Window { after: 0, to: until, gap: gap(until), is_last: true };
    let shown = narrow(&flow, &batch, window, make)?;
    let is_state = |shown: &Shown| shown.divergence.kind == DivergenceKind::State;
    Ok(shown.filter(is_state).and_then(|shown| shown.position))
}

/// How far apart looks at the books of so many commands are.
const fn gap(commands: usize) -> usize {
    if commands <= EACH { 1 } else { commands / LOOKS + 1 }
}

fn narrow(
    flow: &Flow,
    batch: &Batch,
    mut window: Window,
    make: &mut MakePair<'_>,
) -> Result<Option<Shown>, GiveUp> {
    loop {
        let pair = make(&flow.instruments).map_err(|error| GiveUp(error.to_string()))?;
        let Ok(parted) = Pass::new(flow, batch, pair).run(window) else { return Ok(None) };
        match parted {
            Parted::Nowhere => return Ok(None),
            Parted::At(shown) => return Ok(Some(*shown)),
            Parted::Within { after, to } => {
                window = Window { after, to, gap: gap(to - after), ..window };
            }
        }
    }
}

fn batch_of(flow: &Flow) -> Batch {
    let mut batch = Batch::new();
    flow.commands.iter().for_each(|command| batch.push(*command));
    batch
}

/// Which commands are looked at, and how closely.
#[derive(Clone, Copy, Debug)]
struct Window {
    /// After so many commands the books are equal.
    after: usize,
    /// After so many nothing needs to be looked at any more.
    to: usize,
    /// They are looked at after every so many commands.
    gap: usize,
    /// Where they part and come together again, the last parting is wanted, and not the first.
    is_last: bool,
}

/// Where two engines part.
enum Parted {
    Nowhere,
    /// After so many commands they are equal, and after so many they are not.
    Within {
        after: usize,
        to: usize,
    },
    At(Box<Shown>),
}

impl Parted {
    fn at(shown: Shown) -> Self {
        Self::At(Box::new(shown))
    }
}

/// The reference fails on a flow, or answers without end: production never had such a flow.
struct TooMuch;

impl From<SessionError> for TooMuch {
    fn from(_: SessionError) -> Self {
        Self
    }
}

/// One run of a flow.
struct Pass<'a> {
    flow: &'a Flow,
    batch: &'a Batch,
    pair: SessionPair,
    ours: Outcomes,
    theirs: Outcomes,
    trades: TradeMaps,
    /// The candidate died of being looked at.
    failure: Option<SessionError>,
}

impl<'a> Pass<'a> {
    fn new(flow: &'a Flow, batch: &'a Batch, pair: SessionPair) -> Self {
        Self {
            trades: TradeMaps::new(flow.instruments.len()),
            flow,
            batch,
            pair,
            ours: Outcomes::bounded(EVENTS),
            theirs: Outcomes::bounded(EVENTS),
            failure: None,
        }
    }

    fn run(mut self, window: Window) -> Result<Parted, TooMuch> {
        if !self.flow.snapshots.is_empty()
            && let Some(parted) = self.begin()?
        {
            return Ok(parted);
        }
        let shows_state = self.pair.reference.shows_state() && self.pair.candidate.shows_state();
        let mut done = 0;
        let mut parted: Option<(usize, usize)> = None;
        while done < window.to {
            let next = match () {
                () if !shows_state => window.to,
                () if done < window.after => window.after,
                () => window.to.min(done + window.gap),
            };
            let failure = self.apply(done, next)?;
            let answered = self.theirs.len().min(next);
            let differing = (done..answered).find(|position| !self.agrees_at(*position));
            if let Some(position) = differing {
                return Ok(Parted::at(self.differs(position, next)));
            }
            if let Some(failure) = failure {
                return Ok(Parted::at(self.failed(answered, describe(&failure))));
            }
            if shows_state && next > window.after {
                let is_same = self.is_same_state()?;
                parted = if is_same { None } else { parted.or(Some((done, next))) };
                if !is_same && (!window.is_last || self.failure.is_some() || next == window.to) {
                    let (after, to) = parted.unwrap_or((done, next));
                    return Ok(self.state_parted(after, to));
                }
            }
            done = next;
        }
        Ok(Parted::Nowhere)
    }

    /// Sets both engines to what the flow begins with.
    fn begin(&mut self) -> Result<Option<Parted>, TooMuch> {
        let Flow { instruments, snapshots, .. } = self.flow;
        restore_natively(&mut *self.pair.reference, instruments, snapshots)?;
        match restore_natively(&mut *self.pair.candidate, instruments, snapshots) {
            Ok(()) => Ok(None),
            Err(SessionError::RestoredOtherwise(instrument)) => {
                let shown = self.shown(instrument, None, DivergenceKind::State, String::new());
                Ok(Some(Parted::at(shown)))
            }
            // An engine that cannot be set to a state cannot be wrong about it.
            Err(SessionError::CannotRestore | SessionError::Unsound(_)) => {
                Ok(Some(Parted::Nowhere))
            }
            Err(error) => {
                let CandidateFailure { kind, shape, detail } = describe(&error);
                let first = snapshots.first().map_or(InstrumentId(0), |first| first.instrument);
                let mut shown = self.shown(first, None, kind, shape);
                shown.divergence.detail = Some(detail);
                Ok(Some(Parted::at(shown)))
            }
        }
    }

    /// Gives both engines these commands; the candidate's failure, if it fails.
    fn apply(&mut self, from: usize, to: usize) -> Result<Option<SessionError>, TooMuch> {
        let SessionPair { reference, candidate } = &mut self.pair;
        reference.apply(self.batch, from..to, &mut self.ours)?;
        Ok(candidate.apply(self.batch, from..to, &mut self.theirs).err())
    }

    fn agrees_at(&mut self, position: usize) -> bool {
        let (ours, theirs) = (self.ours.events_of(position), self.theirs.events_of(position));
        is_same_list(ours, theirs) && self.map_trades(position).is_none()
    }

    /// Notes the trade numbers of a command whose events are the same; what breaks the mapping.
    fn map_trades(&mut self, position: usize) -> Option<(&'static str, String)> {
        let instrument = self.batch.commands()[position].instrument;
        let pairs = self.ours.events_of(position).iter().zip(self.theirs.events_of(position));
        for pair in pairs {
            let (Event::Fill(ours), Event::Fill(theirs)) = pair else { continue };
            if let Err(found) = self.trades.observe(instrument, ours.trade, theirs.trade) {
                return Some((found.name(), found.to_string()));
            }
        }
        None
    }

    /// Holds the books against each other. A candidate that dies of being looked at shows none.
    fn is_same_state(&mut self) -> Result<bool, TooMuch> {
        let SessionPair { reference, candidate } = &mut self.pair;
        reference.checkpoint(Scope::Touched, &mut self.ours)?;
        self.failure = candidate.checkpoint(Scope::Touched, &mut self.theirs).err();
        let last = |outcomes: &Outcomes| outcomes.checkpoints().last().map(|last| last.digest);
        Ok(self.failure.is_none() && last(&self.ours) == last(&self.theirs))
    }

    /// The books are equal after so many commands, and after so many they are not.
    fn state_parted(&mut self, after: usize, to: usize) -> Parted {
        if to - after > 1 {
            return Parted::Within { after, to };
        }
        let position = to - 1;
        if let Some(failure) = self.failure.take() {
            return Parted::at(self.failed(position, describe(&failure)));
        }
        let instrument = self.parted_instrument(self.batch.commands()[position].instrument);
        Parted::at(self.shown(instrument, Some(position), DivergenceKind::State, String::new()))
    }

    /// What is shown at a command whose events differ, after so many commands in all.
    fn differs(&mut self, position: usize, done: usize) -> Shown {
        let (ours, theirs) = (self.ours.events_of(position), self.theirs.events_of(position));
        let difference = (!is_same_list(ours, theirs)).then(|| name_difference(ours, theirs));
        let (kind, shape, detail) = match difference {
            Some((kind, shape)) => (kind, shape, None),
            None => {
                let (shape, detail) = self.map_trades(position).unwrap_or_default();
                (DivergenceKind::TradeMapping, shape.to_owned(), Some(detail))
            }
        };
        let instrument = self.batch.commands()[position].instrument;
        let mut shown = self.shown(instrument, Some(position), kind, shape);
        shown.divergence.detail = detail;
        if position + 1 != done {
            shown.differences.clear();
        }
        shown
    }

    /// What is shown at a command at which the candidate fails.
    fn failed(&mut self, position: usize, failure: CandidateFailure) -> Shown {
        let CandidateFailure { kind, shape, detail } = failure;
        let instrument = self.batch.commands()[position].instrument;
        let mut shown = self.shown(instrument, Some(position), kind, shape);
        shown.divergence.detail = Some(detail);
        shown
    }

    /// The instrument whose books differ: that of the command, but for an engine whose instruments
    /// touch one another.
    fn parted_instrument(&self, named: InstrumentId) -> InstrumentId {
        let last = |outcomes: &Outcomes| outcomes.checkpoints().last().cloned();
        let (Some(ours), Some(theirs)) = (last(&self.ours), last(&self.theirs)) else {
            return named;
        };
        let pairs = ours.instruments.iter().zip(&theirs.instruments);
        let differing: Vec<_> = pairs.filter(|(a, b)| a != b).map(|(a, _)| a.0).collect();
        if differing.contains(&named) { named } else { *differing.first().unwrap_or(&named) }
    }

    /// What is shown at this command, after which both sessions stand; `None` before the first.
    fn shown(
        &mut self,
        instrument: InstrumentId,
        position: Option<usize>,
        kind: DivergenceKind,
        shape: String,
    ) -> Shown {
        let differences = self.differences(instrument);
        let shape = if kind == DivergenceKind::State { state_shape(&differences) } else { shape };
        let command = position.map(|position| self.batch.commands()[position]);
        let list = |outcomes: &Outcomes| {
            position.map_or_else(EventList::default, |at| EventList::from(outcomes.events_of(at)))
        };
        let after = position.map_or(0, |position| position as u64 + 1);
        let divergence = Divergence {
            seq: command.map_or(Seq(0), |command| command.seq),
            instrument,
            kind,
            shape,
            command,
            reference: list(&self.ours),
            candidate: list(&self.theirs),
            detail: None,
            is_disputed: false,
            disputed_orders: Vec::new(),
            equal_after: after.saturating_sub(1),
            shown_after: after,
        };
        let rule = position.and_then(|position| self.broken_rule(position));
        let phase = self.phase_before(instrument, position.unwrap_or(0));
        Shown { position, divergence, differences, rule, phase }
    }

    fn differences(&mut self, instrument: InstrumentId) -> Vec<BookDifference> {
        let SessionPair { reference, candidate } = &mut self.pair;
        if !reference.shows_state() || !candidate.shows_state() {
            return Vec::new();
        }
        match (reference.snapshot(instrument), candidate.snapshot(instrument)) {
            (Ok(ours), Ok(theirs)) => compare_books(&ours, &theirs),
            _ => Vec::new(),
        }
    }

    /// The first rule that the candidate breaks at this command and the reference does not.
    fn broken_rule(&self, position: usize) -> Option<AuditRule> {
        let mut ours = Auditor::new(&self.flow.instruments, AuditOptions::default());
        for snapshot in &self.flow.snapshots {
            let instrument = self.flow.instruments.get(snapshot.instrument.index())?;
            ours.restore(snapshot.check(instrument).ok()?);
        }
        let stretch = |range| Stretch { batch: self.batch, range };
        ours.commands(&stretch(0..position), answers(&self.ours));
        ours.take_breaches();
        let mut theirs = ours.clone();
        theirs.forget_trade_numbers();
        ours.command(&self.batch.commands()[position], self.ours.events_of(position));
        theirs.command(&self.batch.commands()[position], self.theirs.events_of(position));
        let (known, found) = (ours.take_breaches(), theirs.take_breaches());
        let own = |rule: &AuditRule| known.iter().all(|breach| breach.rule != *rule);
        found.into_iter().map(|breach| breach.rule).find(own)
    }

    /// The phase of an instrument before the command at this position, as the reference tells it.
    fn phase_before(&self, instrument: InstrumentId, position: usize) -> Phase {
        let is_here = |command: &Command| command.instrument == instrument;
        let told = (0..position).rev().filter(|at| is_here(&self.batch.commands()[*at])).find_map(
            |position| {
                self.ours.events_of(position).iter().rev().find_map(|event| match event {
                    Event::Phase { phase } => Some(*phase),
                    _ => None,
                })
            },
        );
        let snapshots = self.flow.snapshots.iter();
        let begun = snapshots.clone().find(|snapshot| snapshot.instrument == instrument);
        let declared = self.flow.instruments.get(instrument.index());
        told.or_else(|| begun.map(|snapshot| snapshot.state.phase))
            .or_else(|| declared.map(|declared| declared.phase))
            .unwrap_or(Phase::Continuous)
    }
}

/// The shape of a divergence of state: the names of the first differences of the books.
pub(crate) fn state_shape(differences: &[BookDifference]) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in differences.iter().map(name_book_difference) {
        if names.len() < NAMES_LIMIT && !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { "digest".to_owned() } else { names.join("+") }
}
