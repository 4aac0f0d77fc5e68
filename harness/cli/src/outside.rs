//! Engines behind a pipe: how long the way there and back takes, one command after the other.
//!
//! What is measured is a round trip as the harness sees it: the command is written as text, goes
//! through two pipes and some threads, and its whole answer is read. An engine of this project needs
//! a small part of that. So the same is measured in the same run of an *echo*, which is the same host
//! without an engine: what a round trip costs by itself.

mod times;

use std::fmt;
use std::ops::Range;
use std::thread;
use std::time::Instant;

use shadowbook_capture::{Batch, Flow};
use shadowbook_report::Outside;
use shadowbook_session::{Limits, Outcomes, Session, SessionError, restore};
use thiserror::Error;

use crate::engines::EngineName;
use crate::outside::times::Times;

/// What a difference between an engine and the echo is not, to be said wherever it is shown.
pub(crate) const CAVEAT: &str = "what an engine takes beyond the echo is not its service time alone: \
    its answers have events, which are written, sent and read as well, and the echo's have none";

/// How much is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rounds {
    /// At most so many commands.
    pub(crate) commands: usize,
    /// So many go to one engine before the same go to the next.
    pub(crate) chunk: usize,
    /// So many fresh processes of each engine, each over the same commands; at least one.
    pub(crate) instances: u32,
    /// Whether everything is kept on one core. Otherwise it is decided for each process anew
    /// whether a round trip takes one core or two, which makes more of a difference than any
    /// engine.
    pub(crate) pin: bool,
    /// Decides in which order the engines are started and get each chunk.
    pub(crate) seed: u64,
}

impl Default for Rounds {
    fn default() -> Self {
        Self { commands: 2_000, chunk: 50, instances: 5, pin: true, seed: 1 }
    }
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The engine in production.
    Reference,
    /// The engine that is to replace it.
    Candidate,
    /// The way to an engine and back, without one.
    Echo,
}

/// An engine failed, and no round trips can be told.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the {role} {engine}, in a process of its own: {error}")]
pub(crate) struct Broken {
    /// Who it is.
    pub(crate) role: Role,
    /// Its name.
    pub(crate) engine: String,
    /// What happened.
    pub(crate) error: SessionError,
}

/// Measures the round trips of both engines, each in a child process, and of the echo, over the
/// commands of a flow, of which so many at the beginning are carried out and not timed.
///
/// There is never more than one command on its way. The three take turns, chunk by chunk, in an
/// order that the seed draws. Engines are brought to the snapshots of the flow by commands.
///
/// # Errors
/// When one of them cannot be started, dies, hangs or answers what is no answer.
pub(crate) fn measure(
    flow: &Flow,
    warm_up: usize,
    [reference, candidate]: [EngineName; 2],
    rounds: Rounds,
) -> Result<Outside, Broken> {
    let start = |role: Role| {
        let name = match role {
            Role::Reference => reference,
            Role::Candidate => candidate,
            Role::Echo => EngineName::Echo,
        };
        let session = name.child(&flow.instruments, Limits::default());
        (name.to_string(), session.map(|session| Box::new(session) as Box<dyn Session>))
    };
    // What is started by a thread that is kept on a core stays there too, and nothing else does.
    thread::scope(|scope| {
        let measuring = scope.spawn(|| {
            let pinned_to = rounds.pin.then(pin).flatten();
            Ok(Outside { pinned_to, ..measure_with(flow, warm_up, &start, rounds)? })
        });
        measuring.join().expect("a session does not panic")
    })
}

/// Keeps this thread, and whatever it starts from now on, on the core that it is on.
#[cfg(target_os = "linux")]
fn pin() -> Option<usize> {
    use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};

    let core = sched_getcpu();
    let mut only = CpuSet::new();
    only.set(core);
    sched_setaffinity(None, &only).ok().map(|()| core)
}

#[cfg(not(target_os = "linux"))]
const fn pin() -> Option<usize> {
    None
}

/// So many commands at the least are not timed: a child that starts is not what is measured.
const LEAST_WARM_UP: usize = 50;

/// Starts a session in a role, and says what the engine is called.
type Start<'a> = dyn Fn(Role) -> (String, Result<Box<dyn Session>, SessionError>) + 'a;

fn measure_with(
    flow: &Flow,
    warm_up: usize,
    start: &Start<'_>,
    rounds: Rounds,
) -> Result<Outside, Broken> {
    let from = warm_up.max(LEAST_WARM_UP).min(flow.commands.len());
    let to = flow.commands.len().min(from.saturating_add(rounds.commands));
    let mut batch = Batch::new();
    flow.commands[..to].iter().for_each(|command| batch.push(*command));
    let mut notes = vec![CAVEAT.to_owned()];
    let mut times = [Times::new(), Times::new(), Times::new()];
    let instances = rounds.instances.max(1);
    let mut names = [const { String::new() }; 3];
    for instance in 0..instances {
        let mut arms = [None, None, None];
        let seed = rounds.seed.wrapping_add(u64::from(instance) << 32);
        for index in turn(seed, u64::MAX) {
            let mut arm = Arm::start(Role::ALL[index], start)?;
            let lost = arm.begin(flow, &batch, from)?;
            notes.extend(lost.filter(|lost| !notes.contains(lost)));
            names[index].clone_from(&arm.engine);
            arms[index] = Some(arm);
        }
        let mut arms = arms.map(|arm| arm.expect("every turn has all three"));
        for (chunk, start) in (0..).zip((from..to).step_by(rounds.chunk.max(1))) {
            let end = to.min(start + rounds.chunk.max(1));
            for index in turn(seed, chunk) {
                arms[index].round_trips(&batch, start..end)?;
            }
        }
        for (times, arm) in times.iter_mut().zip(arms) {
            times.take(arm.nanos);
        }
    }
    let [reference, candidate, echo] = &times;
    let (reference_beyond_echo, candidate_beyond_echo) =
        (reference.less(echo), candidate.less(echo));
    let candidate_beyond_reference = candidate.less(reference);
    let mut told = times.into_iter().zip(names).map(|(times, name)| times.told(name));
    let mut next = || told.next().expect("there are three");
    Ok(Outside {
        commands: (to - from) as u64,
        instances,
        pinned_to: None,
        reference: next(),
        candidate: next(),
        echo: next(),
        reference_beyond_echo,
        candidate_beyond_echo,
        candidate_beyond_reference,
        notes,
    })
}

/// In which order the three get a chunk.
fn turn(seed: u64, chunk: u64) -> [usize; 3] {
    const ORDERS: [[usize; 3]; 6] =
        [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    // The finisher of SplitMix64: every bit of the seed and of the number reaches every other.
    let mut mixed = seed ^ chunk.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let drawn = (u128::from(mixed) * ORDERS.len() as u128) >> 64;
    ORDERS[usize::try_from(drawn).expect("it is less than six")]
}

/// One of the three, while it is measured.
struct Arm {
    role: Role,
    engine: String,
    session: Box<dyn Session>,
    outcomes: Outcomes,
    nanos: Vec<u64>,
}

impl Arm {
    fn start(role: Role, start: &Start<'_>) -> Result<Self, Broken> {
        let (engine, session) = start(role);
        match session {
            Ok(session) => {
                Ok(Self { role, engine, session, outcomes: Outcomes::new(), nanos: Vec::new() })
            }
            Err(error) => Err(Broken { role, engine, error }),
        }
    }

    fn broken(&self, error: SessionError) -> Broken {
        Broken { role: self.role, engine: self.engine.clone(), error }
    }

    /// Brings the engine to where timing begins, and tells what was lost on the way.
    fn begin(
        &mut self,
        flow: &Flow,
        batch: &Batch,
        until: usize,
    ) -> Result<Option<String>, Broken> {
        let mut lost = Vec::new();
        if !flow.snapshots.is_empty() {
            let restored = restore(self.session.as_mut(), &flow.instruments, &flow.snapshots);
            lost = restored.map_err(|error| self.broken(error))?.lost;
        }
        let done = self.session.apply(batch, 0..until, &mut self.outcomes);
        done.map_err(|error| self.broken(error))?;
        let lost: Vec<String> = lost.iter().map(ToString::to_string).collect();
        Ok((!lost.is_empty()).then(|| {
            let lost = lost.join(", ");
            format!("engines were brought to their books by commands, which lost: {lost}")
        }))
    }

    /// Sends these commands one by one, each when the answer to the one before is complete.
    fn round_trips(&mut self, batch: &Batch, commands: Range<usize>) -> Result<(), Broken> {
        for position in commands {
            self.outcomes.clear();
            let sent = Instant::now();
            let answered = self.session.apply(batch, position..position + 1, &mut self.outcomes);
            let elapsed = sent.elapsed();
            answered.map_err(|error| self.broken(error))?;
            self.nanos.push(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX));
        }
        Ok(())
    }
}

impl Role {
    /// All of them, in the order in which they stand in every array.
    const ALL: [Self; 3] = [Self::Reference, Self::Candidate, Self::Echo];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reference => "reference",
            Self::Candidate => "candidate",
            Self::Echo => "echo",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use shadowbook_model::{
        Action, Capabilities, Command, Engine, EventBuffer, Increment, Instrument, InstrumentId,
        NewOrder, OrderId, Price, Quantity, Seq, Side, StateVisitor, TimeNs,
    };
    use shadowbook_session::InProcess;

    use super::*;
    use crate::canary::Canary;

    fn flow(commands: u64) -> Flow {
        let bid = |seq| NewOrder::limit(OrderId(seq), Side::Buy, Price(5), Quantity(9));
        let command =
            |seq| Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), Action::New(bid(seq)));
        Flow {
            instruments: vec![Instrument::new("X", Increment::ONE, Increment::ONE)],
            snapshots: Vec::new(),
            commands: (1..=commands).map(command).collect(),
        }
    }

    const ROUNDS: Rounds = Rounds { commands: 120, chunk: 50, instances: 3, pin: false, seed: 7 };

    /// Measures engines of this process, and tells who was started.
    fn measured(candidate: EngineName) -> (Result<Outside, Broken>, Vec<Role>) {
        let flow = flow(300);
        let started = RefCell::new(Vec::new());
        let start = |role: Role| {
            started.borrow_mut().push(role);
            let name = match role {
                Role::Reference => EngineName::Reference,
                Role::Candidate => candidate,
                Role::Echo => EngineName::Echo,
            };
            (name.to_string(), name.session(&flow.instruments))
        };
        let measured = measure_with(&flow, 100, &start, ROUNDS);
        (measured, started.into_inner())
    }

    #[test]
    fn each_of_the_three_is_sent_every_command_once_in_every_process() {
        let (measured, started) = measured(EngineName::Ladder);
        let outside = measured.expect("both are right");
        assert_eq!((outside.commands, outside.instances), (120, 3));
        for (trips, name) in [
            (&outside.reference, "reference"),
            (&outside.candidate, "ladder"),
            (&outside.echo, "echo"),
        ] {
            assert_eq!((trips.count, trips.engine.as_str()), (360, name));
        }
        assert_eq!(outside.notes, [CAVEAT]);
        for role in Role::ALL {
            assert_eq!(started.iter().filter(|it| **it == role).count(), 3, "{role}");
        }
    }

    #[test]
    fn an_engine_that_dies_is_named_with_the_command() {
        let (measured, _) = measured(EngineName::Canary(Canary::Panic));
        let broken = measured.expect_err("it panics");
        assert_eq!(
            broken.to_string(),
            "the candidate canary:panic, in a process of its own: \
             the engine crashed at seq 2: out of slots"
        );
    }

    /// An engine that dies at a command in the midst of what is timed.
    struct DiesAt(Seq);

    impl Engine for DiesAt {
        fn capabilities(&self) -> Capabilities {
            EngineName::Echo.capabilities()
        }

        fn apply(&mut self, command: &Command, _: &mut EventBuffer) {
            assert!(command.seq != self.0, "out of slots");
        }

        fn visit(&self, _: InstrumentId, _: &mut dyn StateVisitor) {}
    }

    #[test]
    fn an_engine_that_dies_in_a_round_trip_has_no_times_and_is_named_with_its_command() {
        let flow = flow(300);
        for dying in Role::ALL {
            let start = |role: Role| {
                let seq = Seq(if role == dying { 177 } else { 1_000 });
                let session = InProcess::new(Box::new(DiesAt(seq)), 1);
                (format!("dies at {seq}"), Ok(Box::new(session) as Box<dyn Session>))
            };
            let broken = measure_with(&flow, 100, &start, ROUNDS).expect_err("it dies");
            assert_eq!((broken.role, broken.engine.as_str()), (dying, "dies at 177"));
            assert_eq!(broken.error.seq(), Some(Seq(177)), "{broken}");
        }
    }

    #[test]
    fn a_flow_that_is_shorter_than_what_is_not_timed_has_no_times() {
        let flow = flow(30);
        let start = |_| {
            let session = InProcess::new(EngineName::Echo.create(&[]), 1);
            ("echo".to_owned(), Ok(Box::new(session) as Box<dyn Session>))
        };
        let outside = measure_with(&flow, 0, &start, ROUNDS).expect("nothing can go wrong");
        assert_eq!((outside.commands, outside.echo.p50_ns), (0, 0));
    }

    #[test]
    fn what_the_way_to_the_first_books_lost_is_told_once() {
        let mut flow = flow(300);
        let mut engine = EngineName::Reference.create(&flow.instruments);
        let ask = NewOrder::limit(OrderId(2), Side::Sell, Price(5), Quantity(4));
        let ask = Command::new(Seq(2), TimeNs(2), InstrumentId(0), Action::New(ask));
        for command in [flow.commands[0], ask] {
            engine.apply(&command, &mut EventBuffer::new());
        }
        flow.snapshots = vec![engine.snapshot(InstrumentId(0))];
        flow.commands.drain(..2);
        let start = |_| ("echo".to_owned(), EngineName::Echo.session(&flow.instruments));
        let outside = measure_with(&flow, 0, &start, ROUNDS).expect("the echo does anything");
        let [_, lost] = &outside.notes[..] else { panic!("{:?}", outside.notes) };
        assert!(lost.contains("by commands, which lost: 1 last trade price"), "{lost}");
    }

    #[test]
    fn the_seed_draws_every_order_about_as_often() {
        let mut drawn = std::collections::BTreeMap::<[usize; 3], u32>::new();
        (0..600).for_each(|chunk| *drawn.entry(turn(3, chunk)).or_default() += 1);
        assert_eq!(drawn.len(), 6);
        assert!(drawn.values().all(|count| (60..=140).contains(count)), "{drawn:?}");
        assert!((0..20).any(|chunk| turn(3, chunk) != turn(4, chunk)));
    }
}
