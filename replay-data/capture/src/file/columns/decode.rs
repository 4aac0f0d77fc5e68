//! Puts commands together from columns.

use shadowbook_model::{
    Action, Command, Event, InstrumentId, OrderId, Price, Quantity, Seq, TimeNs,
};

use super::codec::{self, COLUMNS, COUNT, Coder, Column, EVENT, FILL_ORDER};
use super::context::Context;
use super::shape::{MAX_SHAPES, Outcome, Shape, WireShape};
use super::token::{BitReader, Tokens};
use super::{LENGTHS, MAX_BLOCK_OUTCOMES, MAX_OUTCOMES, event};
use crate::batch::{Batch, RecordedFill, events_problem};

/// Decodes blocks; its memory is reused from block to block.
#[derive(Default)]
pub(in crate::file) struct Decoder {
    instruments: usize,
    context: Context,
    shapes: Vec<Shape>,
    fills: Vec<RecordedFill>,
    events: Vec<Event>,
}

impl Decoder {
    /// A decoder for streams on so many instruments.
    pub(in crate::file) fn new(instruments: usize) -> Self {
        Self { instruments, ..Self::default() }
    }

    /// Appends the commands of a block to `batch`.
    ///
    /// # Errors
    /// In words, what does not fit together. The batch then holds a part of the block.
    pub(in crate::file) fn decode(
        &mut self,
        raw: &[u8],
        commands: usize,
        batch: &mut Batch,
    ) -> Result<(), &'static str> {
        if self.instruments == 0 {
            return Err("the header has no instrument that commands could name");
        }
        let mut sections = Sections::split(raw, commands).ok_or("the columns do not fill it")?;
        self.context.reset(self.instruments);
        self.shapes.clear();
        for wire in sections.shapes {
            self.shapes.push(Shape::from_wire(*wire).ok_or("a shape has an unknown attribute")?);
        }
        batch.reserve(commands);
        for code in sections.commands {
            let shape = self.shapes.get(usize::from(*code)).ok_or("a command without a shape")?;
            let mut command = blank(shape.action);
            codec::command(&mut sections.columns, &mut self.context, shape, &mut command);
            batch.push(command);
            if shape.synthetic {
                batch.mark_synthetic();
            }
            match shape.outcome {
                Outcome::None => {}
                Outcome::Fills => self.record_fills(&mut sections.columns, &command, batch)?,
                Outcome::Events => self.record_events(&mut sections.columns, &command, batch)?,
                Outcome::Unchecked => batch.record_unchecked(),
            }
        }
        sections.columns.check_end()
    }

    fn record_fills(
        &mut self,
        columns: &mut Columns<'_>,
        command: &Command,
        batch: &mut Batch,
    ) -> Result<(), &'static str> {
        let count = columns.count(FILL_ORDER)?;
        let blank = RecordedFill { maker: OrderId(0), price: Price(0), quantity: Quantity(0) };
        self.fills.clear();
        for _ in 0..count {
            self.fills.push(codec::fill(columns, &mut self.context, command.instrument, blank));
        }
        batch.record_fills(self.fills.drain(..));
        Ok(())
    }

    fn record_events(
        &mut self,
        columns: &mut Columns<'_>,
        command: &Command,
        batch: &mut Batch,
    ) -> Result<(), &'static str> {
        let count = columns.count(EVENT)?;
        let blank = Event::Accepted { order: OrderId(0) };
        self.events.clear();
        for _ in 0..count {
            self.events.push(event::event(columns, &mut self.context, command, &blank));
        }
        if let Some(problem) = events_problem(&self.events) {
            return Err(problem);
        }
        batch.record_events(self.events.drain(..));
        Ok(())
    }
}

#[inline]
const fn blank(action: Action) -> Command {
    Command { seq: Seq(0), time: TimeNs(0), instrument: InstrumentId(0), action }
}

/// The parts of an uncompressed block.
struct Sections<'a> {
    shapes: &'a [WireShape],
    commands: &'a [u8],
    columns: Columns<'a>,
}

impl<'a> Sections<'a> {
    /// Splits a block; `None` when the lengths do not fill it exactly.
    fn split(raw: &'a [u8], commands: usize) -> Option<Self> {
        let (lengths, mut rest) = raw.split_at_checked(LENGTHS * size_of::<u32>())?;
        let mut lengths = lengths.as_chunks().0.iter().map(|length| u32::from_le_bytes(*length));
        let mut take = |bytes: usize| {
            let (part, others) = rest.split_at_checked(bytes)?;
            rest = others;
            Some(part)
        };
        let (shapes, odd) = take(lengths.next()? as usize)?.as_chunks();
        if !odd.is_empty() || shapes.len() > MAX_SHAPES {
            return None;
        }
        let commands = take(commands)?;
        let mut tokens = [Tokens::default(); COLUMNS];
        for column in &mut tokens {
            *column = Tokens::new(take(lengths.next()? as usize)?);
        }
        let bits = BitReader::new(take(lengths.next()? as usize)?);
        let outcomes_left = MAX_BLOCK_OUTCOMES;
        let columns = Columns { tokens, bits, outcomes_left, refused: false };
        rest.is_empty().then_some(Self { shapes, commands, columns })
    }
}

/// The numbers of a block, front to back.
struct Columns<'a> {
    tokens: [Tokens<'a>; COLUMNS],
    bits: BitReader<'a>,
    /// How many fills and events the block may still have.
    outcomes_left: usize,
    refused: bool,
}

impl Columns<'_> {
    /// How many outcomes follow, each of which begins with a number of `column`.
    fn count(&mut self, column: Column) -> Result<usize, &'static str> {
        let count = self.number(COUNT, 0);
        let left = self.tokens[column].left().unwrap_or(0);
        let most = left.min(MAX_OUTCOMES).min(self.outcomes_left);
        let count = usize::try_from(count).ok().filter(|count| *count <= most);
        let count = count.ok_or("more outcomes than it has room for")?;
        self.outcomes_left -= count;
        Ok(count)
    }

    fn check_end(&self) -> Result<(), &'static str> {
        if self.refused {
            return Err("a number is out of its range");
        }
        let used_up = self.tokens.iter().all(|column| column.left() == Some(0));
        if !used_up || !self.bits.is_used_up() {
            return Err("the columns hold more or less than its commands have");
        }
        if !self.bits.is_rest_zero() {
            return Err("there is something behind its bits");
        }
        Ok(())
    }
}

impl Coder for Columns<'_> {
    #[inline(always)]
    fn number(&mut self, column: Column, _number: u64) -> u64 {
        self.tokens[column].next(&mut self.bits)
    }

    #[inline(always)]
    fn find(&self, _context: &Context, _instrument: InstrumentId, _order: OrderId) -> u64 {
        0
    }

    #[inline(always)]
    fn learned(&mut self, _context: &Context) {}

    #[cold]
    fn refuse(&mut self) {
        self.refused = true;
    }
}
