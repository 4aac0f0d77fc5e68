//! An engine that is right and takes longer than it need.
//!
//! What is slow is chosen by the command alone, never by a counter or a clock: it is the same in
//! each repetition, as it is with a slow engine, and noise can be told from it.

use std::hint::black_box;

use shadowbook_model::{
    CannotRestore, Capabilities, Command, CommandKind, Digest, Engine, EventBuffer, InstrumentId,
    InstrumentState, OrderState, Seq, SoundSnapshot, StateVisitor,
};

use crate::defect::Defect;

/// A dose below one step for each command is given to whole stretches of so many commands, so
/// that a processor foresees it: a branch that is guessed wrongly would cost more than the step.
const STRETCH: u64 = 64;
/// What [`Slowness::Uniform`] counts steps for.
const PER: u32 = 1_024;
/// A cancel of `slow-cancel` takes so many steps more.
const CANCEL_STEPS: u32 = 24;
/// About a hundred nanoseconds.
const RARE_STEPS: u32 = 84;
/// One command in so many: 0.4 %.
const RARE: u32 = 250;
/// About a quarter of what the reference takes for a command, with what the wrapper costs.
const UNIFORM_STEPS_PER_1024: u32 = 12 * PER;
/// One command in so many takes much longer, …
const STALL: u32 = 300;
/// … about half a millisecond.
const STALL_STEPS: u32 = 400_000;

/// What takes longer, and by how much.
///
/// The unit is a *step*, the least piece of work that a compiler cannot take out: a nanosecond or
/// so, and how much exactly is to be measured on the machine, beside the same engine with no steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slowness {
    /// Every command, by so many steps for each 1,024 commands.
    Uniform {
        /// Zero is an engine that is not slow, with all that lies around one that is: what a slow
        /// one is to be held against.
        steps_per_1024: u32,
    },
    /// Commands of one kind.
    Kind {
        /// Which.
        kind: CommandKind,
        /// By so many steps each.
        steps: u32,
    },
    /// A few commands of all kinds; with many steps they are stalls.
    Rare {
        /// About one in so many.
        one_in: u32,
        /// By so many steps each.
        steps: u32,
    },
    /// New orders, the more the deeper the book is: they walk over all of it.
    Depth,
}

impl Slowness {
    /// How many steps a command takes that do not depend on the book.
    fn steps(self, command: &Command) -> u32 {
        match self {
            Self::Uniform { steps_per_1024 } => {
                let stretch = command.seq.0 / STRETCH;
                let left = u64::from(steps_per_1024 % PER);
                let has_one_more = stretch.wrapping_mul(left) % u64::from(PER) < left;
                steps_per_1024 / PER + u32::from(has_one_more)
            }
            Self::Kind { kind, steps } if command.kind() == kind => steps,
            Self::Rare { one_in, steps } if is_one_in(one_in, command.seq) => steps,
            Self::Kind { .. } | Self::Rare { .. } | Self::Depth => 0,
        }
    }

    /// Whether a command is one of those that take longer.
    #[must_use]
    pub fn is_affected(self, command: &Command) -> bool {
        match self {
            Self::Depth => command.kind() == CommandKind::New,
            _ => self.steps(command) > 0,
        }
    }
}

/// Whether a command is one in so many; of none it is no command, and those that restore a book
/// (`seq` 0) belong to no stream.
fn is_one_in(one_in: u32, seq: Seq) -> bool {
    // An odd factor of 2^64 over the golden ratio spreads neighbours over the whole range.
    let spread = seq.0.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    seq.0 > 0 && u64::MAX.checked_div(u64::from(one_in)).is_some_and(|share| spread <= share)
}

impl Defect {
    /// How an engine with it is slow, where it is one of time alone.
    #[must_use]
    pub const fn slowness(self) -> Option<Slowness> {
        match self {
            Self::SlowUniform => Some(Slowness::Uniform { steps_per_1024: UNIFORM_STEPS_PER_1024 }),
            Self::SlowCancel => {
                Some(Slowness::Kind { kind: CommandKind::Cancel, steps: CANCEL_STEPS })
            }
            Self::SlowRare => Some(Slowness::Rare { one_in: RARE, steps: RARE_STEPS }),
            Self::SlowInsert => Some(Slowness::Depth),
            Self::RareStall => Some(Slowness::Rare { one_in: STALL, steps: STALL_STEPS }),
            _ => None,
        }
    }
}

/// An engine that takes longer for some commands and does the same.
///
/// ```
/// use shadowbook_faulty::{Slowed, Slowness};
/// use shadowbook_model::{Engine, Increment, Instrument, InstrumentId};
/// use shadowbook_reference::ReferenceEngine;
///
/// let table = [Instrument::new("XBTUSD", Increment::ONE, Increment::ONE)];
/// let right = ReferenceEngine::new(&table);
/// let slow = Slowed::new(ReferenceEngine::new(&table), Slowness::Rare { one_in: 250, steps: 84 });
/// assert_eq!(slow.digest(InstrumentId(0)), right.digest(InstrumentId(0)));
/// ```
#[derive(Clone, Debug)]
pub struct Slowed<E> {
    engine: E,
    slowness: Slowness,
}

impl<E: Engine> Slowed<E> {
    /// The engine, made slow.
    pub const fn new(engine: E, slowness: Slowness) -> Self {
        Self { engine, slowness }
    }
}

impl<E: Engine> Engine for Slowed<E> {
    fn capabilities(&self) -> Capabilities {
        self.engine.capabilities()
    }

    fn apply(&mut self, command: &Command, events: &mut EventBuffer) {
        work(self.slowness.steps(command));
        if self.slowness == Slowness::Depth && command.kind() == CommandKind::New {
            self.engine.visit(command.instrument, &mut Walk);
        }
        self.engine.apply(command, events);
    }

    fn visit(&self, instrument: InstrumentId, visitor: &mut dyn StateVisitor) {
        self.engine.visit(instrument, visitor);
    }

    fn digest(&self, instrument: InstrumentId) -> Digest {
        self.engine.digest(instrument)
    }

    fn restore(&mut self, snapshot: SoundSnapshot<'_>) -> Result<(), CannotRestore> {
        self.engine.restore(snapshot)
    }
}

/// Does so many steps, each of which waits for the one before.
#[inline]
fn work(steps: u32) {
    let mut state = 0;
    for step in 0..steps {
        state = black_box(state ^ step);
    }
}

/// Walks over a book for nothing.
struct Walk;

impl StateVisitor for Walk {
    fn instrument(&mut self, _: &InstrumentState) {}

    fn order(&mut self, order: &OrderState) {
        black_box(order.open);
    }
}

#[cfg(test)]
mod tests {
    use shadowbook_model::{Action, NewOrder, OrderId, Price, Quantity, Side, TimeNs};

    use super::*;

    fn command(seq: u64, action: impl Into<Action>) -> Command {
        Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), action)
    }

    fn total(slowness: Slowness, seqs: impl Iterator<Item = u64>) -> u64 {
        seqs.map(|seq| u64::from(slowness.steps(&command(seq, Action::Time)))).sum()
    }

    #[test]
    fn a_uniform_dose_is_what_it_says_over_any_long_stretch() {
        for steps_per_1024 in [0, 1, 7, 300, 1_024, 1_500, 20_480] {
            let slowness = Slowness::Uniform { steps_per_1024 };
            for start in [0, 65_536, 12_345 * 64] {
                let found = total(slowness, start..start + 65_536);
                assert_eq!(found, 64 * u64::from(steps_per_1024), "{steps_per_1024} from {start}");
            }
        }
    }

    #[test]
    fn a_uniform_dose_changes_at_the_ends_of_stretches_only() {
        let steps = |seq| total(Slowness::Uniform { steps_per_1024: 300 }, seq..seq + 1);
        let changes: Vec<u64> = (1..4_096).filter(|seq| steps(*seq) != steps(seq - 1)).collect();
        assert!(!changes.is_empty());
        assert!(changes.iter().all(|seq| seq.is_multiple_of(64)), "{changes:?}");
    }

    #[test]
    fn few_are_as_few_as_it_says_and_none_restores() {
        let count = |one_in| {
            let slowness = Slowness::Rare { one_in, steps: 84 };
            (1..=100_000).filter(|seq| slowness.is_affected(&command(*seq, Action::Time))).count()
        };
        assert_eq!(count(0), 0);
        assert_eq!(count(1), 100_000);
        assert!((390..=410).contains(&count(250)), "{}", count(250));
        let all = Slowness::Rare { one_in: 1, steps: 84 };
        assert!(!all.is_affected(&command(0, Action::Time)));
    }

    #[test]
    fn one_kind_is_one_kind() {
        let slowness = Slowness::Kind { kind: CommandKind::Cancel, steps: 3 };
        let new = NewOrder::limit(OrderId(1), Side::Buy, Price(1), Quantity(1));
        assert!(slowness.is_affected(&command(1, Action::Cancel(OrderId(1)))));
        assert!(!slowness.is_affected(&command(1, new)));
        assert!(Slowness::Depth.is_affected(&command(1, new)));
        assert!(!Slowness::Depth.is_affected(&command(1, Action::Time)));
    }
}
