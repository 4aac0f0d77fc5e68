//! Both engines over the whole market model, aimed by what the reference answers, and set to each
//! other's snapshots on the way.

use shadowbook_compare::{AuditOptions, Auditor, Coverage, TradeMaps, compare_books, is_same_list};
use shadowbook_fuzz::wishes;
use shadowbook_ladder::LadderEngine;
use shadowbook_model::{Command, Engine, EventBuffer, Instrument, InstrumentId, Snapshot, TradeId};
use shadowbook_reference::ReferenceEngine;
use shadowbook_workload::Fuzzer;

use super::{Disagreement, fills};

/// When books are compared, and when engines are set to each other's snapshots.
#[derive(Clone, Copy)]
pub(crate) struct Rhythm {
    pub(crate) checkpoint_every: usize,
    pub(crate) exchange_every: Option<usize>,
}

/// Another engine that runs beside the reference and must answer the same.
struct Follower {
    name: &'static str,
    engine: Box<dyn Engine>,
    trades: TradeMaps,
}

impl Follower {
    fn new(name: &'static str, engine: impl Engine + 'static, instruments: usize) -> Self {
        Self { name, engine: Box::new(engine), trades: TradeMaps::new(instruments) }
    }
}

/// The reference and those that follow it: the ladder, and after an exchange a ladder that was set
/// to the reference's snapshots and a reference that was set to the ladder's.
pub(crate) struct Field<'a> {
    instruments: &'a [Instrument],
    rhythm: Rhythm,
    reference: ReferenceEngine,
    followers: Vec<Follower>,
    answer: EventBuffer,
    other: EventBuffer,
    position: usize,
}

impl<'a> Field<'a> {
    pub(crate) fn new(instruments: &'a [Instrument], rhythm: Rhythm) -> Self {
        let ladder = Follower::new("ladder", LadderEngine::new(instruments), instruments.len());
        Self {
            instruments,
            rhythm,
            reference: ReferenceEngine::new(instruments),
            followers: vec![ladder],
            answer: EventBuffer::new(),
            other: EventBuffer::new(),
            position: 0,
        }
    }

    /// Carries out one command everywhere.
    pub(crate) fn apply(&mut self, command: &Command) -> Result<&EventBuffer, Disagreement> {
        self.position += 1;
        let (position, instrument) = (self.position, command.instrument);
        self.answer.clear();
        self.reference.apply(command, &mut self.answer);
        for Follower { name, engine, trades } in &mut self.followers {
            self.other.clear();
            engine.apply(command, &mut self.other);
            if !is_same_list(self.answer.as_slice(), self.other.as_slice()) {
                let (ours, theirs) = (listed(&self.answer), listed(&self.other));
                let what = format!("reference:{ours}\n{name}:{theirs}");
                return Err(Disagreement { position, instrument, what });
            }
            for (ours, theirs) in fills(&self.answer).zip(fills(&self.other)) {
                if let Err(broken) = trades.observe(instrument, ours.trade, theirs.trade) {
                    let what = format!("{name}: {broken}");
                    return Err(Disagreement { position, instrument, what });
                }
            }
        }
        if self.position.is_multiple_of(self.rhythm.checkpoint_every) {
            self.compare_books()?;
        }
        if self.rhythm.exchange_every.is_some_and(|every| self.position.is_multiple_of(every)) {
            self.exchange()?;
        }
        Ok(&self.answer)
    }

    fn ids(&self) -> impl Iterator<Item = InstrumentId> + use<> {
        (0..).map(InstrumentId).take(self.instruments.len())
    }

    pub(crate) fn compare_books(&self) -> Result<(), Disagreement> {
        let position = self.position;
        for instrument in self.ids() {
            let digest = self.reference.digest(instrument);
            for Follower { name, engine, .. } in &self.followers {
                let (ours, theirs) =
                    (self.reference.snapshot(instrument), engine.snapshot(instrument));
                if digest != engine.digest(instrument) || !is_same_state(&ours, &theirs) {
                    let books = compare_books(&ours, &theirs);
                    let states = (ours.state, theirs.state);
                    let what = format!("{name}: {books:#?}\n{states:#?}");
                    return Err(Disagreement { position, instrument, what });
                }
            }
        }
        Ok(())
    }

    /// Sets a new engine of each kind to the other kind's snapshots; they follow from now on.
    fn exchange(&mut self) -> Result<(), Disagreement> {
        let mut ladder = LadderEngine::new(self.instruments);
        let mut reference = ReferenceEngine::new(self.instruments);
        for instrument in self.ids() {
            let of_reference = self.reference.snapshot(instrument);
            let of_ladder = self.followers[0].engine.snapshot(instrument);
            for (snapshot, engine) in [
                (&of_reference, &mut ladder as &mut dyn Engine),
                (&of_ladder, &mut reference as &mut dyn Engine),
            ] {
                let position = self.position;
                let is_set = match snapshot.check(&self.instruments[instrument.index()]) {
                    Ok(sound) => engine.restore(sound).map_err(|error| error.to_string()),
                    Err(error) => Err(error.to_string()),
                };
                if let Err(what) = is_set {
                    let what = format!("{what}\n{snapshot:#?}");
                    return Err(Disagreement { position, instrument, what });
                }
            }
        }
        let count = self.instruments.len();
        self.followers.truncate(1);
        self.followers.push(Follower::new("ladder set to the reference", ladder, count));
        self.followers.push(Follower::new("reference set to the ladder", reference, count));
        self.compare_books()
    }
}

/// One event a line.
fn listed(events: &EventBuffer) -> String {
    events.as_slice().iter().map(|event| format!("\n  {event:?}")).collect()
}

/// Whether two snapshots say the same but for the numbers of trades, which are an engine's own.
fn is_same_state(ours: &Snapshot, theirs: &Snapshot) -> bool {
    let mut theirs = theirs.clone();
    let TradeId(number) = ours.state.next_trade;
    theirs.state.next_trade = TradeId(number);
    *ours == theirs
}

/// Replays commands as they stand.
pub(crate) fn replay(
    instruments: &[Instrument],
    commands: &[Command],
    rhythm: Rhythm,
) -> Option<Disagreement> {
    let mut field = Field::new(instruments, rhythm);
    for command in commands {
        if let Err(found) = field.apply(command) {
            return Some(found);
        }
    }
    field.compare_books().err()
}

/// Runs a stream that is aimed, and says what the reference was seen to do; panics with a small
/// stream where the engines disagree, and where the reference breaks a rule.
pub(crate) fn check(seed: u64, count: usize, exchange_every: usize) -> Coverage {
    let mut fuzzer = Fuzzer::new(seed);
    let instruments = fuzzer.instruments().to_vec();
    let exchange_every = Some(exchange_every);
    let mut field = Field::new(&instruments, Rhythm { checkpoint_every: 500, exchange_every });
    let mut auditor = Auditor::new(&instruments, AuditOptions::default());
    let mut commands = Vec::with_capacity(count);
    for at in 0..count {
        if at.is_multiple_of(10_000) {
            fuzzer.wish(&wishes(auditor.coverage()));
        }
        let command = fuzzer.next();
        commands.push(command);
        match field.apply(&command) {
            Ok(events) => {
                auditor.command(&command, events.as_slice());
                fuzzer.observe(&command, events.as_slice());
            }
            Err(found) => fail(seed, &instruments, &commands, &found),
        }
    }
    let audit = auditor.finish();
    assert_eq!(audit.total(), 0, "seed {seed}: {:#?}", audit.breaches.first());
    audit.coverage
}

fn fail(seed: u64, instruments: &[Instrument], commands: &[Command], found: &Disagreement) -> ! {
    let run = |commands: &[Command], exchange_every| {
        replay(instruments, commands, Rhythm { checkpoint_every: 1, exchange_every })
    };
    let alone = super::cut_down(commands, found.instrument, &|commands, _| run(commands, None));
    // What only restored engines do needs an exchange to be seen, the more the surer.
    let every = run(&alone, None).is_none().then_some(1);
    let small = super::cut_down(&alone, found.instrument, &|commands, _| run(commands, every));
    let what = run(&small, every).map_or_else(|| found.what.clone(), |small| small.what);
    panic!(
        "whole model, seed {seed}, at {}: the engines disagree (exchange every {every:?})\n{}{what}",
        found.position,
        super::lines(&small, instruments),
    );
}
