//! A short stream that is held in memory.

use std::sync::Arc;

use shadowbook_model::{Command, Instrument, Snapshot};

use crate::batch::Batch;
use crate::error::ReadError;
use crate::source::Source;

/// How many commands a batch has.
const BATCH: usize = 4_096;

/// Order flow that is held in memory: commands, and the states in which they begin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// The instruments.
    pub instruments: Vec<Instrument>,
    /// The states in which the commands begin, each sound, in the order of the instruments; an
    /// instrument without one is empty.
    pub snapshots: Vec<Snapshot>,
    /// The commands.
    pub commands: Vec<Command>,
}

impl Flow {
    /// The flow as a stream that is read once.
    #[must_use]
    pub const fn stream(self: Arc<Self>) -> FlowStream {
        FlowStream { flow: self, next: 0 }
    }

    /// Begins anew in these states, without commands.
    pub fn begin_with(&mut self, snapshots: Vec<Snapshot>) {
        self.snapshots = snapshots;
        self.commands.clear();
    }
}

/// A [`Flow`] as it is read.
#[derive(Clone, Debug)]
pub struct FlowStream {
    flow: Arc<Flow>,
    next: usize,
}

impl Source for FlowStream {
    fn instruments(&self) -> &[Instrument] {
        &self.flow.instruments
    }

    fn snapshots(&self) -> &[Snapshot] {
        &self.flow.snapshots
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        let left = &self.flow.commands[self.next..];
        left.iter().take(BATCH).for_each(|command| batch.push(*command));
        self.next += batch.len();
        Ok(!batch.is_empty())
    }
}
