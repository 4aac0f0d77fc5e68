//! An engine's answers to a scenario, and how they differ from what was expected.

use std::collections::BTreeMap;
use std::fmt;

use shadowbook_model::{
    Command, Engine, Event, EventBuffer, Fill, Instrument, InstrumentId, TradeId,
};

use crate::book::{BookLine, book_of};
use crate::numbering::Numbering;
use crate::scenario::{Expected, Noted, Scenario, StepKind};
use crate::write::{book_line, event_line_after};

/// What an engine answered to every step of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    observed: Vec<Observed>,
    mismatches: Vec<Mismatch>,
}

/// What an engine answered to one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observed {
    /// The events of a command, with the engine's own trade numbers.
    Events(Vec<Event>),
    /// The lines of a book.
    Book(Vec<BookLine>),
}

/// A step whose answer is not the expected one. Displayed, it is a diff: `-` expected, `+` was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The position of the step.
    pub step: usize,
    /// The line of the text it was read from, from 1.
    pub line: Option<u64>,
    /// The step in words.
    pub text: String,
    /// The lines that were expected.
    pub expected: Vec<String>,
    /// The lines that came.
    pub actual: Vec<String>,
}

impl Outcome {
    /// The answers, one for each step.
    #[must_use]
    pub fn observed(&self) -> &[Observed] {
        &self.observed
    }

    /// The steps that were answered otherwise than expected, in order.
    #[must_use]
    pub fn mismatches(&self) -> &[Mismatch] {
        &self.mismatches
    }

    /// Whether everything was as expected.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.mismatches.is_empty()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.mismatches.iter().try_for_each(|mismatch| mismatch.fmt(f))
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        writeln!(f, "{}", self.text)?;
        let pairs = || self.expected.iter().zip(&self.actual);
        let shorter = self.expected.len().min(self.actual.len());
        let head = pairs().take_while(|(expected, actual)| expected == actual).count();
        let backwards = self.expected.iter().rev().zip(self.actual.iter().rev());
        let tail = backwards.take(shorter - head).take_while(|(a, b)| a == b).count();
        let (expected_end, actual_end) = (self.expected.len() - tail, self.actual.len() - tail);
        write_lines(f, ' ', &self.expected[..head])?;
        write_lines(f, '-', &self.expected[head..expected_end])?;
        write_lines(f, '+', &self.actual[head..actual_end])?;
        write_lines(f, ' ', &self.expected[expected_end..])
    }
}

fn write_lines(f: &mut fmt::Formatter<'_>, mark: char, lines: &[String]) -> fmt::Result {
    lines.iter().try_for_each(|line| writeln!(f, "  {mark} {line}"))
}

/// Runs a scenario on an engine that was made from the same instruments.
///
/// Trade numbers are an engine's own: they match when they map one to one onto the expected ones.
/// Hold [`Scenario::check`] against the engine's capabilities before.
#[must_use]
pub fn run(scenario: &Scenario, engine: &mut dyn Engine) -> Outcome {
    let mut run = Run {
        scenario,
        engine,
        trades: Trades::default(),
        numbering: Numbering::default(),
        observed: Vec::with_capacity(scenario.steps.len()),
        mismatches: Vec::new(),
    };
    for (index, step) in scenario.steps.iter().enumerate() {
        let before = run.numbering.clock;
        let lines = match &step.kind.value {
            StepKind::Command { command, expected } => run.command(command, expected),
            StepKind::Book { instrument, expected } => run.book(*instrument, expected),
        };
        if let Some((expected, actual)) = lines {
            let text = scenario.step_line(&step.kind.value, before);
            let mismatch = Mismatch { step: index, line: step.line, text, expected, actual };
            run.mismatches.push(mismatch);
        }
    }
    Outcome { observed: run.observed, mismatches: run.mismatches }
}

struct Run<'a> {
    scenario: &'a Scenario,
    engine: &'a mut dyn Engine,
    trades: Trades,
    numbering: Numbering,
    observed: Vec<Observed>,
    mismatches: Vec<Mismatch>,
}

/// Expected and actual lines of a step that does not match.
type Differing = Option<(Vec<String>, Vec<String>)>;

impl Run<'_> {
    fn command(&mut self, command: &Command, expected: &Expected) -> Differing {
        let mut buffer = EventBuffer::new();
        self.engine.apply(command, &mut buffer);
        self.numbering.clock.command(command.seq, command.time);
        let mut actual = buffer.as_slice().to_vec();
        self.observed.push(Observed::Events(actual.clone()));
        let Expected::Events(expected) = expected else {
            return None;
        };
        let id = command.instrument;
        for (expected, actual) in expected.iter().zip(&mut actual) {
            if let (Event::Fill(expected), Event::Fill(actual)) = (&expected.value, actual) {
                self.trades.translate(id, expected, actual);
            }
        }
        let is_match = expected.iter().map(|noted| &noted.value).eq(&actual);
        let before = self.numbering.next_trade(id);
        for noted in expected {
            if let Event::Fill(fill) = &noted.value {
                self.numbering.fill(id, fill.trade);
            }
        }
        if is_match {
            return None;
        }
        let instrument = self.instrument(id);
        let expected = expected.iter().map(|noted| &noted.value);
        Some((event_lines(expected, instrument, before), event_lines(&actual, instrument, before)))
    }

    fn book(&mut self, id: InstrumentId, expected: &[Noted<BookLine>]) -> Differing {
        let actual = book_of(self.engine, id);
        let is_match = expected.iter().map(|noted| &noted.value).eq(&actual);
        let instrument = self.instrument(id);
        let differing = if is_match {
            None
        } else {
            let expected = expected.iter().map(|noted| &noted.value);
            Some((book_lines(expected, instrument), book_lines(&actual, instrument)))
        };
        self.observed.push(Observed::Book(actual));
        differing
    }

    fn instrument(&self, id: InstrumentId) -> &Instrument {
        &self.scenario.instruments[id.index()].value
    }
}

fn event_lines<'a>(
    events: impl IntoIterator<Item = &'a Event>,
    instrument: &Instrument,
    mut next_trade: TradeId,
) -> Vec<String> {
    let mut lines = Vec::new();
    for event in events {
        lines.push(event_line_after(event, instrument, next_trade));
        if let Event::Fill(fill) = event {
            next_trade = TradeId(fill.trade.0.saturating_add(1));
        }
    }
    lines
}

fn book_lines<'a>(
    lines: impl IntoIterator<Item = &'a BookLine> + Clone,
    instrument: &Instrument,
) -> Vec<String> {
    let texts: Vec<_> = lines.into_iter().map(|line| book_line(line, instrument)).collect();
    if texts.is_empty() { vec!["empty".to_owned()] } else { texts }
}

/// The one-to-one mapping between expected and actual trade numbers.
#[derive(Default)]
struct Trades {
    expected: BTreeMap<(InstrumentId, TradeId), TradeId>,
    actual: BTreeMap<(InstrumentId, TradeId), TradeId>,
}

impl Trades {
    /// Gives an actual fill the expected number where the mapping allows it; where it does not,
    /// the engine's own number is left and makes the two differ.
    fn translate(&mut self, id: InstrumentId, expected: &Fill, actual: &mut Fill) {
        let same = Fill { trade: expected.trade, ..*actual };
        if same != *expected {
            return;
        }
        let to_actual = *self.expected.entry((id, expected.trade)).or_insert(actual.trade);
        let to_expected = *self.actual.entry((id, actual.trade)).or_insert(expected.trade);
        if to_actual == actual.trade && to_expected == expected.trade {
            *actual = same;
        }
    }
}
