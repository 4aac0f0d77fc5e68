//! Takes commands apart into columns.

use std::collections::HashMap;

use shadowbook_model::{InstrumentId, OrderId};

use super::codec::{self, COLUMNS, COUNT, Coder, Column};
use super::context::Context;
use super::event;
use super::shape::{MAX_SHAPES, Shape, WireShape, wire_shape};
use super::token::BitWriter;
use crate::batch::{Entry, Recorded};

/// Collects the commands of one block.
pub(in crate::file) struct Encoder {
    instruments: usize,
    context: Context,
    columns: Columns,
    shapes: Vec<WireShape>,
    shape_codes: HashMap<WireShape, u8>,
    decoded_shapes: Vec<Shape>,
    commands: Vec<u8>,
    outcomes: usize,
}

/// The numbers so far, and where each order was first named.
#[derive(Default)]
struct Columns {
    tokens: [Vec<u8>; COLUMNS],
    bits: BitWriter,
    positions: HashMap<(InstrumentId, OrderId), usize>,
}

impl Encoder {
    /// An encoder for streams on so many instruments.
    pub(in crate::file) fn new(instruments: usize) -> Self {
        let mut encoder = Self {
            instruments,
            context: Context::default(),
            columns: Columns::default(),
            shapes: Vec::new(),
            shape_codes: HashMap::new(),
            decoded_shapes: Vec::new(),
            commands: Vec::new(),
            outcomes: 0,
        };
        encoder.context.reset(instruments);
        encoder
    }

    /// How many commands the block holds so far.
    pub(in crate::file) fn commands(&self) -> usize {
        self.commands.len()
    }

    /// How many recorded fills and events the block holds so far.
    pub(in crate::file) const fn outcomes(&self) -> usize {
        self.outcomes
    }

    /// Whether the next command might not fit the table of shapes any more.
    pub(in crate::file) fn is_out_of_shapes(&self) -> bool {
        self.shapes.len() >= MAX_SHAPES
    }

    /// Appends a command. The caller has seen to `seq`, time and instrument being in order.
    pub(in crate::file) fn push(&mut self, entry: &Entry<'_>) {
        let code = self.shape_code(wire_shape(entry));
        self.commands.push(code);
        let Self { context, columns, decoded_shapes, .. } = self;
        let mut command = *entry.command;
        codec::command(columns, context, &decoded_shapes[usize::from(code)], &mut command);
        match entry.recorded {
            None | Some(Recorded::Unchecked) => {}
            Some(Recorded::Fills(fills)) => {
                columns.number(COUNT, fills.len() as u64);
                self.outcomes += fills.len();
                for fill in fills {
                    codec::fill(columns, context, command.instrument, *fill);
                }
            }
            Some(Recorded::Events(events)) => {
                columns.number(COUNT, events.len() as u64);
                self.outcomes += events.len();
                for event in events {
                    event::event(columns, context, &command, event);
                }
            }
        }
    }

    fn shape_code(&mut self, wire: WireShape) -> u8 {
        if let Some(code) = self.shape_codes.get(&wire) {
            return *code;
        }
        let code = u8::try_from(self.shapes.len()).expect("the caller ends a block in time");
        self.shapes.push(wire);
        self.shape_codes.insert(wire, code);
        self.decoded_shapes.push(Shape::from_wire(wire).expect("a command's shape is a shape"));
        code
    }

    /// Puts the block into `raw`, in place of what stood there, and begins the next.
    pub(in crate::file) fn finish(&mut self, raw: &mut Vec<u8>) {
        raw.clear();
        let mut length = |bytes: usize| {
            let bytes = u32::try_from(bytes).expect("a block is limited to far below 2^32 bytes");
            raw.extend(bytes.to_le_bytes());
        };
        length(self.shapes.len() * size_of::<WireShape>());
        for column in &self.columns.tokens {
            length(column.len());
        }
        length(self.columns.bits.len());
        raw.extend(self.shapes.as_flattened());
        raw.append(&mut self.commands);
        for column in &mut self.columns.tokens {
            raw.append(column);
        }
        self.columns.bits.drain_into(raw);
        self.columns.positions.clear();
        self.context.reset(self.instruments);
        self.shapes.clear();
        self.shape_codes.clear();
        self.decoded_shapes.clear();
        self.outcomes = 0;
    }
}

impl Coder for Columns {
    #[inline]
    fn number(&mut self, column: Column, number: u64) -> u64 {
        self.bits.put(&mut self.tokens[column], number);
        number
    }

    fn find(&self, context: &Context, instrument: InstrumentId, order: OrderId) -> u64 {
        let position = self.positions.get(&(instrument, order));
        position.map_or(0, |position| (context.known.len() - position) as u64)
    }

    fn learned(&mut self, context: &Context) {
        if let Some(known) = context.known.last() {
            self.positions.insert((known.instrument, known.order), context.known.len() - 1);
        }
    }

    fn refuse(&mut self) {
        unreachable!("what is written is a stream in order");
    }
}
