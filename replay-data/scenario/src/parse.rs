//! Text to scenario.

use std::collections::BTreeMap;

use shadowbook_capture::{InputError, Position};
use shadowbook_model::{Command, Instrument, InstrumentId, Matching, Phase, Price, Seq, TimeNs};

use crate::numbering::Numbering;
use crate::parse_command::action;
use crate::parse_expected::{book_line, event};
use crate::scenario::{Expected, Gap, Noted, Scenario, Step, StepKind};
use crate::words::Words;

/// Reads a scenario.
///
/// # Errors
/// At the first line that is not understood: which line and field, what was read and what was
/// expected.
pub fn parse(text: &str) -> Result<Scenario, InputError> {
    let mut parser = Parser::default();
    for (line, text) in (1..).zip(text.lines()) {
        let words = Words::split(line, text)?;
        parser.line(words)?;
    }
    parser.scenario.tail = parser.above;
    Ok(parser.scenario)
}

/// Reads a scenario from bytes that should be UTF-8.
///
/// # Errors
/// As [`parse`], and at the first line that is not UTF-8.
pub fn parse_bytes(bytes: &[u8]) -> Result<Scenario, InputError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = (1..).zip(valid.split(|byte| *byte == b'\n')).last().map_or(1, |(line, _)| line);
        InputError::new(Position::Line(line), "read bytes that are no text, expected UTF-8")
    })?;
    parse(text)
}

#[derive(Default)]
struct Parser {
    scenario: Scenario,
    symbols: BTreeMap<String, InstrumentId>,
    numbering: Numbering,
    above: Vec<Gap>,
    /// `anything` or `empty` was read: the step takes no more lines.
    is_closed: bool,
}

impl Parser {
    fn line(&mut self, mut words: Words<'_>) -> Result<(), InputError> {
        if words.peek().is_none() {
            self.above.push(words.comment().map_or(Gap::Blank, Gap::Comment));
            return Ok(());
        }
        if words.is_indented() {
            return self.expectation(words);
        }
        if words.skip("instrument") {
            return self.instrument(words);
        }
        self.step(words)
    }

    /// Takes the comments that belong to the line being read.
    fn noted<T>(&mut self, value: T, behind: Option<String>) -> Noted<T> {
        Noted { above: std::mem::take(&mut self.above), value, behind }
    }

    fn instrument(&mut self, mut words: Words<'_>) -> Result<(), InputError> {
        if !self.scenario.steps.is_empty() {
            return Err(words.unexpected("instrument", "all instruments before the first command"));
        }
        let behind = words.comment();
        let position = Position::Line(words.line());
        let instrument = instrument(&mut words)?;
        words.end()?;
        let id = u32::try_from(self.scenario.instruments.len())
            .map(InstrumentId)
            .map_err(|_| InputError::new(position, "too many instruments"))?;
        if self.symbols.insert(instrument.symbol.clone(), id).is_some() {
            let expected = "a symbol that is not declared yet";
            return Err(InputError::expected(position, &instrument.symbol, expected));
        }
        let noted = self.noted(instrument, behind);
        self.scenario.instruments.push(noted);
        Ok(())
    }

    fn step(&mut self, mut words: Words<'_>) -> Result<(), InputError> {
        let line = words.line();
        let behind = words.comment();
        let seq = if words.skip("seq") { Some(Seq(words.number("seq")?)) } else { None };
        let at = if words.skip("at") { Some(TimeNs(words.number("at")?)) } else { None };
        let instrument = self.named_instrument(&mut words)?;
        let kind = if seq.is_none() && at.is_none() && words.skip("book") {
            StepKind::Book { instrument, expected: Vec::new() }
        } else {
            let command = self.command(&mut words, seq, at, instrument)?;
            StepKind::Command { command, expected: Expected::Events(Vec::new()) }
        };
        words.end()?;
        self.is_closed = false;
        let kind = self.noted(kind, behind);
        self.scenario.steps.push(Step { line: Some(line), kind });
        Ok(())
    }

    /// `on SYMBOL`; may be left out where there is only one instrument.
    fn named_instrument(&self, words: &mut Words<'_>) -> Result<InstrumentId, InputError> {
        if words.skip("on") {
            let symbol = words.word("a declared instrument")?;
            let id = self.symbols.get(symbol.as_ref()).copied();
            return id.ok_or_else(|| words.unexpected(&symbol, "a declared instrument"));
        }
        match self.scenario.instruments.len() {
            1 => Ok(InstrumentId(0)),
            0 => Err(words.unexpected(
                words.peek().unwrap_or_default(),
                "`instrument SYMBOL tick SIZE lot SIZE` before the first command",
            )),
            _ => Err(words.unexpected(
                words.peek().unwrap_or_default(),
                "`on SYMBOL`, as there are several instruments",
            )),
        }
    }

    fn command(
        &mut self,
        words: &mut Words<'_>,
        seq: Option<Seq>,
        at: Option<TimeNs>,
        instrument: InstrumentId,
    ) -> Result<Command, InputError> {
        let declared = &self.scenario.instruments[instrument.index()].value;
        let (action, passed) = action(words, declared, at.is_none())?;
        let problem = |problem| InputError::new(Position::Line(words.line()), problem);
        let seq = seq
            .or_else(|| self.numbering.clock.next_seq())
            .ok_or_else(|| problem("the last seq was the highest there is".to_owned()))?;
        if let Some(last) = self.numbering.clock.last_seq().filter(|last| seq <= *last) {
            return Err(problem(format!("read seq {seq}, expected one above {last} (rule U4)")));
        }
        let now = self.numbering.clock.time();
        let time = at.or(passed).unwrap_or(now);
        if time < now {
            return Err(problem(format!("read time {time}, expected {now} or later (rule U4)")));
        }
        self.numbering.clock.command(seq, time);
        Ok(Command { seq, time, instrument, action })
    }

    fn expectation(&mut self, mut words: Words<'_>) -> Result<(), InputError> {
        let first = words.peek().unwrap_or_default();
        let Some(step) = self.scenario.steps.last_mut() else {
            return Err(words.unexpected(first, "a command before the events expected of it"));
        };
        if self.is_closed {
            return Err(words.unexpected(first, "a line that is not indented: a step"));
        }
        let behind = words.comment();
        let above = std::mem::take(&mut self.above);
        match &mut step.kind.value {
            StepKind::Command { expected, .. }
                if *expected == Expected::Events(Vec::new()) && words.skip("anything") =>
            {
                *expected = Expected::Anything(Noted { above, value: (), behind });
                self.is_closed = true;
            }
            StepKind::Command { command, expected } => {
                let id = command.instrument;
                let declared = &self.scenario.instruments[id.index()].value;
                let value = event(&mut words, declared, self.numbering.next_trade(id))?;
                if let shadowbook_model::Event::Fill(fill) = &value {
                    self.numbering.fill(id, fill.trade);
                }
                if let Expected::Events(events) = expected {
                    events.push(Noted { above, value, behind });
                }
            }
            StepKind::Book { expected, .. } if expected.is_empty() && words.skip("empty") => {
                // An empty book has no line that could keep them: they go to the next one.
                self.above = above;
                self.above.extend(behind.map(Gap::Comment));
                self.is_closed = true;
            }
            StepKind::Book { instrument, expected } => {
                let declared = &self.scenario.instruments[instrument.index()].value;
                let value = book_line(&mut words, declared)?;
                expected.push(Noted { above, value, behind });
            }
        }
        words.end()
    }
}

/// `SYMBOL tick SIZE lot SIZE` and what deviates from the ordinary.
fn instrument(words: &mut Words<'_>) -> Result<Instrument, InputError> {
    let symbol = words.word("a symbol")?.into_owned();
    words.keyword("tick")?;
    let tick = words.increment("tick")?;
    words.keyword("lot")?;
    let lot = words.increment("lot")?;
    let mut instrument = Instrument::new(symbol, tick, lot);
    if words.skip("matching") {
        instrument.matching = words.name::<Matching>("matching")?;
    }
    for (word, field) in BOUNDS {
        if words.skip(word) {
            *field(&mut instrument) = Some(words.price(&instrument, word)?);
        }
    }
    if words.skip("phase") {
        instrument.phase = words.name::<Phase>("phase")?;
    }
    Ok(instrument)
}

type Bound = fn(&mut Instrument) -> &mut Option<Price>;

const BOUNDS: [(&str, Bound); 3] = [
    ("price-min", |instrument| &mut instrument.price_min),
    ("price-max", |instrument| &mut instrument.price_max),
    ("reference", |instrument| &mut instrument.reference_price),
];
