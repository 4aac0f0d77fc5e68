//! What the tests of both passes share.

use std::sync::{Arc, Mutex};

use shadowbook_model::{
    Action, Capabilities, Command, Engine, EventBuffer, Features, InstrumentId, OrderId, Seq,
    StateVisitor, TimeNs,
};

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
