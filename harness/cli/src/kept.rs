//! A short stream in memory with what is recorded of it, as lines and as a scenario.

use std::sync::Arc;

use shadowbook_capture::{Batch, Flow, ReadError, Recorded, Source, WriteError, jsonl};
use shadowbook_model::{Event, Instrument, Snapshot};
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

    /// A flow with what this engine answers to it.
    pub(crate) fn answered_by(engine: EngineName, flow: &Flow) -> Result<Self, Failure> {
        let failed = |error: anyhow::Error| Failure::harness(error).context(engine);
        let mut session = engine.session(&flow.instruments).map_err(|it| failed(it.into()))?;
        let options = RunOptions { checkpoint_every: None, ..RunOptions::default() };
        let mut answered = Batch::new();
        let mut source = Arc::new(flow.clone()).stream();
        run(&mut source, session.as_mut(), &options, &mut |batch, outcomes| {
            for (index, command) in batch.commands().iter().enumerate() {
                answered.push(*command);
                answered.record_events(outcomes.events_of(index).iter().copied());
            }
        })
        .map_err(|error| failed(error.into()))?;
        let Flow { instruments, snapshots, .. } = flow.clone();
        Ok(Self { instruments, snapshots, batch: answered })
    }

    /// The stream, to be read once.
    pub(crate) const fn stream(self: Arc<Self>) -> KeptStream {
        KeptStream { kept: self, next: 0 }
    }

    /// The stream as JSON lines, below a heading of comments.
    pub(crate) fn lines(&self, heading: &[String]) -> Result<String, WriteError> {
        let mut text = String::new();
        heading.iter().for_each(|line| text += &format!("# {line}\n"));
        let mut writer = jsonl::Writer::new(text.into_bytes(), &self.instruments)?;
        writer.begin_with(&self.snapshots)?;
        writer.append(&self.batch)?;
        let bytes = writer.finish()?;
        Ok(String::from_utf8(bytes).expect("all that is written is text"))
    }

    /// The stream as a scenario, below a heading of comments; `None` where it begins with books,
    /// which no scenario can say.
    pub(crate) fn scenario(&self, heading: &[String]) -> Option<String> {
        if !self.snapshots.is_empty() {
            return None;
        }
        let commands = self.batch.iter().map(|entry| {
            let events = match entry.recorded {
                Some(Recorded::Events(events)) => Some(events.to_vec()),
                _ => None,
            };
            (*entry.command, events)
        });
        let commands: Vec<(_, Option<Vec<Event>>)> = commands.collect();
        let table = self.instruments.iter().cloned();
        Some(Scenario::from_commands(&heading.join("\n"), table, commands).to_string())
    }
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
