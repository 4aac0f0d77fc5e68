//! The auditor: one stream of commands and events judged with no second engine.
//!
//! It keeps a shadow of the live orders, made of commands and of what the events say, and holds
//! every event against the rules of docs/MARKET_MODEL.md. It does not match: it only asks whether
//! what is said to have happened next is what had to happen next.
//!
//! ```
//! use shadowbook_compare::{AuditOptions, AuditRule, Auditor};
//! use shadowbook_model::{
//!     Command, Event, Increment, Instrument, InstrumentId, NewOrder, OrderId, Price, Quantity, Seq,
//!     Side, TimeNs,
//! };
//!
//! let one = "1".parse::<Increment>()?;
//! let instruments = [Instrument::new("XBTUSD", one, one)];
//! let mut auditor = Auditor::new(&instruments, AuditOptions::default());
//! let bid = NewOrder::limit(OrderId(1), Side::Buy, Price(9), Quantity(0));
//! let command = Command::new(Seq(1), TimeNs(1), InstrumentId(0), bid);
//! auditor.command(&command, &[Event::Accepted { order: OrderId(1) }]);
//! let audit = auditor.finish();
//! assert_eq!(audit.breaches[0].rule, AuditRule::Admission);
//! assert_eq!(audit.breaches[0].detail, "accepted where invalid-quantity holds");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod admission;
mod breach;
mod clearing;
mod judge;
mod liquidity;
mod numbers;
mod order;
mod phase;
mod recorded;
mod replace;
mod rule;
mod shadow;
mod slab;
mod stray;
mod sweep;
mod trigger;
mod waiting;

use shadowbook_model::{Command, Event, Instrument, SoundSnapshot};

use crate::answers::{Answers, Stretch};
use crate::coverage::Coverage;
use breach::Ledger;
use judge::Judge;
use shadow::Shadow;
use sweep::Plan;

pub use breach::{Breach, shared};
pub use rule::{AuditRule, RuleSet, UnknownRule};

/// How to audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditOptions {
    /// Rules that are not looked at: house rules of the engine that is audited.
    pub off: RuleSet,
    /// How many breaches of each rule are listed; further ones are counted.
    pub list_limit: usize,
}

impl Default for AuditOptions {
    /// Every rule, 20 breaches of each.
    fn default() -> Self {
        Self { off: RuleSet::NONE, list_limit: 20 }
    }
}

/// Judges one stream of commands and events.
#[derive(Clone, Debug)]
pub struct Auditor {
    shadows: Vec<Shadow>,
    /// Instruments whose book is no longer known from recorded fills.
    lost: Vec<bool>,
    coverage: Coverage,
    ledger: Ledger,
    plan: Plan,
    commands: u64,
    unjudged: u64,
    external: u64,
}

/// Everything that auditing found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audit {
    /// How many commands were looked at, external ones not among them.
    pub commands: u64,
    /// How many of them could not be judged, because what came of them is not known.
    pub unjudged: u64,
    /// How many commands production refused outside matching.
    pub external: u64,
    /// How often each rule was breached, every rule in the order of declaration.
    pub counts: Vec<(AuditRule, u64)>,
    /// The first breaches of each rule, in the order of the stream.
    pub breaches: Vec<Breach>,
    /// Which cells of the model the stream reached.
    pub coverage: Coverage,
    /// Trades with numbers so far back that nobody knows whether they were used before.
    pub unchecked_trades: u64,
}

impl Audit {
    /// How many breaches there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }
}

impl Auditor {
    /// Nothing judged yet, on these instruments.
    #[must_use]
    pub fn new(instruments: &[Instrument], options: AuditOptions) -> Self {
        Self {
            shadows: instruments.iter().map(Shadow::new).collect(),
            lost: vec![false; instruments.len()],
            coverage: Coverage::new(),
            ledger: Ledger::new(options.off, options.list_limit),
            plan: Plan::default(),
            commands: 0,
            unjudged: 0,
            external: 0,
        }
    }

    /// Begins an instrument, whatever was known of it, from a snapshot.
    pub fn restore(&mut self, snapshot: SoundSnapshot<'_>) {
        let index = snapshot.instrument.index();
        if let (Some(shadow), Some(lost)) = (self.shadows.get_mut(index), self.lost.get_mut(index))
        {
            shadow.restore(snapshot);
            *lost = false;
        }
    }

    /// Says that the commands so far only built the books with which the stream begins: they are
    /// not counted, and no part of the coverage. Breaches in them stay.
    pub fn begin_here(&mut self) {
        self.coverage = Coverage::new();
        (self.commands, self.unjudged, self.external) = (0, 0, 0);
    }

    /// Judges the answers to a stretch of commands. Those that production refused outside matching
    /// were sent to no engine and are left out.
    ///
    /// # Panics
    /// When the stretch is not one of its batch.
    pub fn commands(&mut self, stretch: &Stretch<'_>, answers: Answers<'_>) {
        self.ledger.begin_batch();
        let Stretch { batch, range } = stretch;
        let external = batch.external();
        let mut external = external
            .iter()
            .map(|position| *position as usize)
            .skip_while(|position| *position < range.start)
            .peekable();
        let mut lists = answers.from(range.start);
        for (offset, command) in batch.commands()[range.clone()].iter().enumerate() {
            let events = lists.next_list();
            if external.next_if_eq(&(range.start + offset)).is_some() {
                self.external += 1;
                continue;
            }
            self.judge(command, events);
        }
    }

    /// Judges the answer to one command.
    pub fn command(&mut self, command: &Command, events: &[Event]) {
        self.ledger.begin_batch();
        self.judge(command, events);
    }

    /// The breaches of the last [`Self::commands`] or [`Self::command`], in the order of the
    /// stream. Of very many the last ones are left out.
    pub fn take_breaches(&mut self) -> Vec<Breach> {
        self.ledger.take_batch()
    }

    /// What the stream was seen to do so far.
    #[must_use]
    pub const fn coverage(&self) -> &Coverage {
        &self.coverage
    }

    /// How many breaches [`Self::take_breaches`] gives at most.
    pub const BATCH_LIMIT: usize = breach::BATCH_LIMIT;

    /// Goes on with the answers of another engine, which numbers its trades in its own way.
    pub fn forget_trade_numbers(&mut self) {
        self.shadows.iter_mut().for_each(|shadow| shadow.numbers = Default::default());
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> Audit {
        let counts = AuditRule::ALL.iter().copied().zip(self.ledger.counts).collect();
        let unchecked_trades = self.shadows.iter().map(|shadow| shadow.numbers.unchecked).sum();
        Audit {
            commands: self.commands,
            unjudged: self.unjudged,
            external: self.external,
            counts,
            breaches: self.ledger.listed,
            coverage: self.coverage,
            unchecked_trades,
        }
    }

    #[inline]
    fn judge(&mut self, command: &Command, events: &[Event]) {
        self.commands += 1;
        let Some(shadow) = self.shadows.get_mut(command.instrument.index()) else {
            self.unjudged += 1;
            return;
        };
        let judge = Judge {
            shadow,
            coverage: &mut self.coverage,
            ledger: &mut self.ledger,
            plan: &mut self.plan,
            command,
            events,
            at: 0,
            is_quiet: false,
            has_breached: false,
        };
        judge.run();
    }
}

#[cfg(test)]
mod tests;
