//! What the tests of both passes share.

use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use shadowbook_model::{
    Action, Capabilities, Command, Engine, EventBuffer, Features, InstrumentId, OrderId, Seq,
    StateVisitor, TimeNs,
};

use crate::arm::Arm;
use crate::samples::Effort;

/// What was done, in order: which engine was made, or got which command.
pub(crate) type Log = Arc<Mutex<Vec<(&'static str, Option<Seq>)>>>;

/// An engine that writes down what it gets.
pub(crate) struct Writes {
    name: &'static str,
    log: Log,
}

impl Writes {
    pub(crate) fn boxed(name: &'static str, log: &Log) -> Box<dyn Engine + Send> {
        log.lock().unwrap().push((name, None));
        Box::new(Self { name, log: Arc::clone(log) })
    }
}

impl Engine for Writes {
    fn capabilities(&self) -> Capabilities {
        Capabilities { features: Features::ALL }
    }

    fn apply(&mut self, command: &Command, _: &mut EventBuffer) {
        self.log.lock().unwrap().push((self.name, Some(command.seq)));
    }

    fn visit(&self, _: InstrumentId, _: &mut dyn StateVisitor) {}
}

/// Makes engines that are quick in the first of two rounds and wait at every command in the second:
/// whatever the machine does, the second takes longer than this for each.
#[derive(Default)]
pub(crate) struct Waits {
    made: AtomicUsize,
}

pub(crate) const WAIT_NANOS: u64 = 20_000;

impl Waits {
    pub(crate) fn after_the_first_of_two_rounds() -> Self {
        Self::default()
    }

    pub(crate) fn boxed(&self) -> Box<dyn Engine + Send> {
        let arms = Arm::ALL.len();
        let is_first = self.made.fetch_add(1, Ordering::Relaxed) % (2 * arms) < arms;
        Box::new(Waiting { nanos: if is_first { 0 } else { WAIT_NANOS } })
    }

    /// Each one waits longer than the one before, up to eight times.
    pub(crate) fn boxed_differently(&self) -> Box<dyn Engine + Send> {
        let made = self.made.fetch_add(1, Ordering::Relaxed) as u64;
        Box::new(Waiting { nanos: (1 + made % 8) * WAIT_NANOS })
    }
}

struct Waiting {
    nanos: u64,
}

impl Engine for Waiting {
    fn capabilities(&self) -> Capabilities {
        Capabilities { features: Features::ALL }
    }

    fn apply(&mut self, _: &Command, _: &mut EventBuffer) {
        let (start, wait) = (Instant::now(), Duration::from_nanos(self.nanos));
        while start.elapsed() < wait {
            hint::spin_loop();
        }
    }

    fn visit(&self, _: InstrumentId, _: &mut dyn StateVisitor) {}
}

/// So many commands, every third of which is a cancel.
pub(crate) fn commands(count: u64) -> Vec<Command> {
    let action = |seq: u64| match seq % 3 {
        0 => Action::Cancel(OrderId(seq)),
        _ => Action::Time,
    };
    (1..=count)
        .map(|seq| Command::new(Seq(seq), TimeNs(seq), InstrumentId(0), action(seq)))
        .collect()
}

pub(crate) const EFFORT: Effort = Effort { chunk: 4, instances: 3, rounds: 2, seed: 9 };
