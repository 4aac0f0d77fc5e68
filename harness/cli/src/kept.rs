//! A short stream in memory with what is recorded of it.

use std::sync::Arc;

use shadowbook_capture::{Batch, Flow, ReadError, Recorded, Source};
use shadowbook_model::{Command, Event, Instrument, InstrumentId, Snapshot};
use shadowbook_replay::{RunOptions, run};
use shadowbook_scenario::{Expected, Scenario, StepKind};

use crate::engines::EngineName;
use crate::exit::Failure;

/// How many commands a batch has.
const BATCH: usize = 4_096;

/// A short stream, with what was recorded of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// The instruments.
    pub(crate) instruments: Vec<Instrument>,
    /// The states in which it begins.
    pub(crate) snapshots: Vec<Snapshot>,
    /// The commands, with what stands beside them.
    pub(crate) batch: Batch,
}

impl Kept {
    /// Reads a whole stream.
    pub(crate) fn read(source: &mut dyn Source) -> Result<Self, ReadError> {
        let mut kept = Self {
            instruments: source.instruments().to_vec(),
            snapshots: source.snapshots().to_vec(),
            batch: Batch::new(),
        };
        let mut batch = Batch::new();
        while source.read(&mut batch)? {
            batch.iter().for_each(|entry| kept.batch.push_entry(&entry));
        }
        Ok(kept)
    }

    /// The commands of a scenario; what it expects of them is what is recorded.
    pub(crate) fn of_scenario(scenario: &Scenario) -> Self {
        let mut batch = Batch::new();
        for step in &scenario.steps {
            let StepKind::Command { command, expected } = &step.kind.value else { continue };
            batch.push(*command);
            if let Expected::Events(events) = expected {
                batch.record_events(events.iter().map(|noted| noted.value));
            }
        }
        Self { instruments: scenario.instruments(), snapshots: Vec::new(), batch }
    }

    /// The stream, to be read once.
    pub(crate) const fn stream(self: Arc<Self>) -> KeptStream {
        KeptStream { kept: self, next: 0 }
    }

    /// The same as a scenario; `None` where none can say it: it begins with books, or holds what
    /// was refused outside matching and is sent to no engine.
    pub(crate) fn scenario(&self) -> Option<Scenario> {
        if !self.snapshots.is_empty() || !self.batch.external().is_empty() {
            return None;
        }
        let commands = self.batch.iter().map(|entry| {
            let events = match entry.recorded {
                Some(Recorded::Events(events)) => Some(events.to_vec()),
                _ => None,
            };
            (*entry.command, events)
        });
        let commands: Vec<(Command, Option<Vec<Event>>)> = commands.collect();
        Some(Scenario::from_commands("", self.instruments.iter().cloned(), commands))
    }
}

/// What an engine makes of a flow.
#[derive(Debug)]
pub(crate) struct Answers {
    /// Its events, command by command.
    pub(crate) events: Vec<Vec<Event>>,
    /// Its book in the end; `None` where it cannot show it.
    pub(crate) book: Option<Snapshot>,
}

/// What an engine answers to a flow, and the book of this instrument after it.
pub(crate) fn answers(
    engine: EngineName,
    flow: &Flow,
    of: InstrumentId,
) -> Result<Answers, Failure> {
    let failed = |error: anyhow::Error| Failure::harness(error).context(engine);
    let mut session = engine.session(&flow.instruments).map_err(|error| failed(error.into()))?;
    let options = RunOptions { checkpoint_every: None, ..RunOptions::default() };
    let mut events = Vec::with_capacity(flow.commands.len());
    let mut source = Arc::new(flow.clone()).stream();
    run(&mut source, session.as_mut(), &options, &mut |_, outcomes| {
        events.extend((0..outcomes.len()).map(|index| outcomes.events_of(index).to_vec()));
    })
    .map_err(|error| failed(error.into()))?;
    let book = session.shows_state().then(|| session.snapshot(of)).transpose();
    Ok(Answers { events, book: book.map_err(|error| failed(error.into()))? })
}

/// A [`Kept`] as it is read.
pub(crate) struct KeptStream {
    kept: Arc<Kept>,
    next: usize,
}

impl Source for KeptStream {
    fn instruments(&self) -> &[Instrument] {
        &self.kept.instruments
    }

    fn snapshots(&self) -> &[Snapshot] {
        &self.kept.snapshots
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        batch.clear();
        let left = self.kept.batch.iter().skip(self.next);
        left.take(BATCH).for_each(|entry| batch.push_entry(&entry));
        self.next += batch.len();
        Ok(!batch.is_empty())
    }
}
