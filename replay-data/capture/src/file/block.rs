//! Reads one block: header, payload, columns.

use std::io::{self, Read};

use xxhash_rust::xxh3::xxh3_64;
use zerocopy::{FromBytes, IntoBytes};
use zstd::bulk::Decompressor;

use super::columns::Decoder;
use super::format::{BLOCK_MAGIC, BlockHeader, IndexEntry, MAX_COMMANDS, MAX_RATIO, MAX_RAW};
use crate::batch::Batch;
use crate::error::{InputError, Position, ReadError};
use crate::summary::Place;

/// The size of a block's header.
pub(super) const BLOCK_HEADER: u64 = size_of::<BlockHeader>() as u64;

/// Where a block is expected.
#[derive(Clone, Copy)]
pub(super) struct Expected {
    pub(super) number: u64,
    pub(super) offset: u64,
    /// Where the blocks end.
    pub(super) end: u64,
    /// The last command before it, where that is known.
    pub(super) after: Option<Place>,
}

impl Expected {
    /// A problem with this block.
    pub(super) fn problem(&self, problem: impl Into<String>) -> InputError {
        let position = Position::Block { number: self.number, offset: self.offset };
        InputError::new(position, problem)
    }
}

/// Reads a record of fixed width from where `input` stands.
pub(super) fn read_record<T: FromBytes + IntoBytes>(input: &mut impl Read) -> io::Result<T> {
    let mut record = T::new_zeroed();
    input.read_exact(record.as_mut_bytes())?;
    Ok(record)
}

/// Holds a block's header against what it has to be.
///
/// # Errors
/// In words, the first thing that is wrong.
pub(super) fn check_header(header: &BlockHeader, expected: &Expected) -> Result<(), String> {
    if header.magic != BLOCK_MAGIC {
        return Err("no block begins here".to_owned());
    }
    if header.checksum != header.expected_checksum() {
        return Err("checksum mismatch in the block header".to_owned());
    }
    if header.number != expected.number {
        return Err(format!("read block number {}, expected {}", header.number, expected.number));
    }
    let (raw, stored) = (u64::from(header.raw_size), u64::from(header.stored_size));
    let commands = header.commands.get() as usize;
    let sizes_fit = (1..=MAX_COMMANDS).contains(&commands)
        && raw <= MAX_RAW as u64
        && stored <= raw
        && raw <= stored * MAX_RATIO as u64;
    if !sizes_fit {
        return Err(format!("{commands} commands in {raw} bytes from {stored} are not possible"));
    }
    if expected.end - expected.offset < BLOCK_HEADER + stored {
        return Err("it is cut off".to_owned());
    }
    let follows = expected.after.is_none_or(|after| {
        after.seq.0 < header.first_seq.get() && after.time.0 <= header.first_time.get()
    });
    if !follows || header.first_seq > header.last_seq || header.first_time > header.last_time {
        return Err("its seq or time does not follow on the block before".to_owned());
    }
    Ok(())
}

/// The index entry of the block with this header.
pub(super) fn index_entry(header: &BlockHeader, offset: u64, commands_before: u64) -> IndexEntry {
    IndexEntry {
        offset: offset.into(),
        commands_before: commands_before.into(),
        first_seq: header.first_seq,
        last_seq: header.last_seq,
        first_time: header.first_time,
        last_time: header.last_time,
    }
}

/// Reads blocks; its memory is reused from block to block.
pub(super) struct BlockReader {
    decoder: Decoder,
    decompressor: Decompressor<'static>,
    stored: Vec<u8>,
    raw: Vec<u8>,
}

impl BlockReader {
    /// A reader for streams on so many instruments.
    pub(super) fn new(instruments: usize) -> io::Result<Self> {
        Ok(Self {
            decoder: Decoder::new(instruments),
            decompressor: Decompressor::new()?,
            stored: Vec::new(),
            raw: Vec::new(),
        })
    }

    /// Reads the block at which `input` stands into `batch`, in place of what that held.
    ///
    /// # Errors
    /// When it cannot be read or is damaged; `batch` is then empty.
    pub(super) fn read(
        &mut self,
        input: &mut impl Read,
        expected: &Expected,
        batch: &mut Batch,
    ) -> Result<BlockHeader, ReadError> {
        batch.clear();
        if expected.end - expected.offset < BLOCK_HEADER {
            return Err(expected.problem("its header is cut off").into());
        }
        let header: BlockHeader = read_record(input)?;
        check_header(&header, expected).map_err(|problem| expected.problem(problem))?;
        self.read_payload(input, &header)?;
        let decoded = self.decode(&header, batch);
        if let Err(problem) = decoded {
            batch.clear();
            return Err(expected.problem(problem).into());
        }
        Ok(header)
    }

    /// Reads the payload of a checked header and says whether its checksum holds.
    pub(super) fn check_payload(
        &mut self,
        input: &mut impl Read,
        header: &BlockHeader,
    ) -> io::Result<bool> {
        self.read_payload(input, header)?;
        Ok(header.payload_checksum == xxh3_64(&self.stored))
    }

    fn read_payload(&mut self, input: &mut impl Read, header: &BlockHeader) -> io::Result<()> {
        // The header was checked: the file really has so many bytes.
        self.stored.resize(header.stored_size.get() as usize, 0);
        input.read_exact(&mut self.stored)
    }

    fn decode(&mut self, header: &BlockHeader, batch: &mut Batch) -> Result<(), String> {
        if header.payload_checksum != xxh3_64(&self.stored) {
            return Err("checksum mismatch".to_owned());
        }
        let raw = if header.raw_size == header.stored_size {
            &self.stored
        } else {
            let size = header.raw_size.get() as usize;
            self.raw.clear();
            self.raw.reserve(size);
            let filled = self.decompressor.decompress_to_buffer(&self.stored, &mut self.raw);
            let filled = filled.map_err(|error| format!("it cannot be decompressed: {error}"))?;
            if filled != size {
                return Err(format!("decompressed to {filled} bytes, expected {size}"));
            }
            &self.raw
        };
        self.decoder.decode(raw, header.commands.get() as usize, batch)?;
        let (Some(first), Some(last)) = (batch.commands().first(), batch.commands().last()) else {
            return Err("it holds no command".to_owned());
        };
        let is_as_announced = header.first_seq == first.seq.0
            && header.last_seq == last.seq.0
            && header.first_time == first.time.0
            && header.last_time == last.time.0;
        if is_as_announced {
            Ok(())
        } else {
            Err("its commands are not those that its header announces".to_owned())
        }
    }
}
