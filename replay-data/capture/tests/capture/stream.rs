//! A whole stream as one value that tests can build, compare and change.

use std::io::Cursor;

use shadowbook_capture::file::{self, Header, Writer};
use shadowbook_capture::{Batch, ReadError, Recorded, RecordedFill, Source, Summary, jsonl};
use shadowbook_model::{Command, Event, Instrument};

/// What was recorded of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    None,
    Fills(Vec<RecordedFill>),
    Events(Vec<Event>),
    Unchecked,
}

/// A command with what stands beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) command: Command,
    pub(crate) synthetic: bool,
    pub(crate) outcome: Outcome,
}

/// A stream in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) lines: Vec<Line>,
}

impl Line {
    pub(crate) fn put_into(&self, batch: &mut Batch) {
        batch.push(self.command);
        if self.synthetic {
            batch.mark_synthetic();
        }
        self.record_in(batch);
    }

    /// Records the outcome for the last command of a batch.
    pub(crate) fn record_in(&self, batch: &mut Batch) {
        match &self.outcome {
            Outcome::None => {}
            Outcome::Fills(fills) => batch.record_fills(fills.iter().copied()),
            Outcome::Events(events) => batch.record_events(events.iter().copied()),
            Outcome::Unchecked => batch.record_unchecked(),
        }
    }
}

impl Stream {
    pub(crate) fn batches(&self, commands: usize) -> Vec<Batch> {
        let batch = |lines: &[Line]| {
            let mut batch = Batch::new();
            lines.iter().for_each(|line| line.put_into(&mut batch));
            batch
        };
        self.lines.chunks(commands).map(batch).collect()
    }

    /// The stream as a capture file, given to the writer in batches of so many commands.
    pub(crate) fn to_file(&self, commands: usize) -> (Vec<u8>, Summary) {
        let header = Header { instruments: self.instruments.clone(), origin: "a test".to_owned() };
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file, &header).expect("memory can be written");
        for batch in self.batches(commands) {
            writer.append(&batch).expect("the stream is in order");
        }
        let summary = writer.finish().expect("memory can be written");
        (file, summary)
    }

    /// The stream as JSON lines.
    pub(crate) fn to_text(&self, commands: usize) -> String {
        let mut writer = jsonl::Writer::new(Vec::new(), &self.instruments).expect("memory");
        for batch in self.batches(commands) {
            writer.append(&batch).expect("the instruments are there");
        }
        String::from_utf8(writer.finish().expect("memory")).expect("JSON lines are UTF-8")
    }

    /// The stream in a capture file.
    pub(crate) fn of_file(file: &[u8]) -> Result<Self, ReadError> {
        Self::of_source(&mut file::Reader::new(Cursor::new(file))?)
    }

    /// The stream in JSON lines.
    pub(crate) fn of_text(text: &str) -> Result<Self, ReadError> {
        Self::of_source(&mut jsonl::Reader::new(text.as_bytes())?)
    }

    pub(crate) fn of_source(source: &mut dyn Source) -> Result<Self, ReadError> {
        let (lines, error) = drain(source);
        match error {
            None => Ok(Self { instruments: source.instruments().to_vec(), lines }),
            Some(error) => Err(error),
        }
    }
}

/// What a batch holds. Sees to it that the batch's own list of external commands agrees.
pub(crate) fn lines(batch: &Batch) -> Vec<Line> {
    let line = |entry: shadowbook_capture::Entry<'_>| Line {
        command: *entry.command,
        synthetic: entry.synthetic,
        outcome: match entry.recorded {
            None => Outcome::None,
            Some(Recorded::Fills(fills)) => Outcome::Fills(fills.to_vec()),
            Some(Recorded::Events(events)) => Outcome::Events(events.to_vec()),
            Some(Recorded::Unchecked) => Outcome::Unchecked,
        },
    };
    let lines: Vec<Line> = batch.iter().map(line).collect();
    let external: Vec<u32> =
        (0..).zip(&lines).filter(|(_, line)| is_external(line)).map(|(index, _)| index).collect();
    assert_eq!(batch.external(), external);
    lines
}

fn is_external(line: &Line) -> bool {
    use shadowbook_model::RejectReason::External;
    let is_external = |event: &Event| matches!(event, Event::Rejected { reason: External, .. });
    matches!(&line.outcome, Outcome::Events(events) if events.iter().any(is_external))
}

/// Everything that a source gives before its end or its first error, and that error.
pub(crate) fn drain(source: &mut dyn Source) -> (Vec<Line>, Option<ReadError>) {
    let (mut all, mut batch) = (Vec::new(), Batch::new());
    loop {
        match source.read(&mut batch) {
            Ok(true) => all.extend(lines(&batch)),
            Ok(false) => return (all, None),
            Err(error) => return (all, Some(error)),
        }
    }
}
