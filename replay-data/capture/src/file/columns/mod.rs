//! The inside of a block: commands taken apart into columns, and put together again.
//!
//! Uncompressed, a block is: the lengths in bytes of what follows (32-bit little-endian: the shape
//! table, each column, the bits); the shape table; one shape byte for each command; the tokens of
//! each column; the bits. What the numbers are and in which order is [`codec`].

mod codec;
mod context;
mod decode;
mod encode;
mod event;
mod shape;
mod token;

pub(super) use decode::Decoder;
pub(super) use encode::Encoder;

/// So many fills or events a command may have at most.
pub(super) const MAX_OUTCOMES: usize = 1 << 20;
/// So many fills and events a block may have at most: a writer ends a block at 2^15 of them, and
/// the last command may bring [`MAX_OUTCOMES`] more. Few bytes can stand for many outcomes, so that
/// this is what bounds the memory of a reader.
pub(super) const MAX_BLOCK_OUTCOMES: usize = MAX_OUTCOMES + (1 << 15);
/// The lengths at the beginning of a block: the shape table, the columns, the bits.
const LENGTHS: usize = codec::COLUMNS + 2;
