//! Writes a capture file.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use shadowbook_model::Snapshot;
use xxhash_rust::xxh3::xxh3_64;
use zerocopy::IntoBytes;
use zerocopy::little_endian::{U32, U64};
use zstd::bulk::Compressor;

use super::Header;
use super::columns::{Encoder, MAX_BLOCK_OUTCOMES, MAX_OUTCOMES};
use super::format::{
    BLOCK_MAGIC, BlockHeader, END_MAGIC, INDEX_MAGIC, IndexEntry, IndexHeader, MAX_RATIO, Trailer,
    checksum,
};
use super::front::{Kind, write_front};
use super::wire::encode_summary;
use crate::batch::{Batch, Entry, Recorded, events_problem};
use crate::error::WriteError;
use crate::summary::{Place, Summary, Tally};

/// A block ends at so many commands: decoded, they stay within a common second-level cache.
const BLOCK_COMMANDS: usize = 8192;
/// A block ends at so many recorded fills and events.
const BLOCK_OUTCOMES: usize = 32_768;
const _: () = assert!(BLOCK_OUTCOMES + MAX_OUTCOMES <= MAX_BLOCK_OUTCOMES);
/// Higher levels of zstd gain little on columns that are mostly entropy, and cost speed.
const LEVEL: i32 = 1;

/// Writes a capture file, front to back. What is not [finished](Self::finish) is torn: readable up
/// to its last whole block.
pub struct Writer<W: Write> {
    output: W,
    instruments: usize,
    written: u64,
    encoder: Encoder,
    compressor: Compressor<'static>,
    /// Memory for a block, before and after compression.
    raw: Vec<u8>,
    record: Vec<u8>,
    block_first: Option<Place>,
    tally: Tally,
    index: Vec<IndexEntry>,
    commands_before: u64,
    /// A block could not be written, or only in part.
    has_failed: bool,
}

impl<W: Write> Writer<W> {
    /// Begins a capture whose books are empty before its first command.
    ///
    /// Every block is one write to `output`, so that it needs no buffer.
    ///
    /// # Errors
    /// When the header is too large or cannot be written.
    pub fn new(output: W, header: &Header) -> Result<Self, WriteError> {
        Self::with_snapshots(output, header, &[])
    }

    /// Begins a capture whose books hold these snapshots before its first command; what has none
    /// is empty.
    ///
    /// # Errors
    /// As [`Self::new`], and when a snapshot is not sound, or they do not stand in the order of the
    /// instruments.
    pub fn with_snapshots(
        mut output: W,
        header: &Header,
        snapshots: &[Snapshot],
    ) -> Result<Self, WriteError> {
        let written = write_front(&mut output, Kind::Capture, header, snapshots)?;
        Ok(Self {
            output,
            instruments: header.instruments.len(),
            written,
            encoder: Encoder::new(header.instruments.len()),
            compressor: Compressor::new(LEVEL)?,
            raw: Vec::new(),
            record: Vec::new(),
            block_first: None,
            tally: Tally::new(&header.instruments, snapshots),
            index: Vec::new(),
            commands_before: 0,
            has_failed: false,
        })
    }

    /// Appends the commands of a batch with what stands beside them.
    ///
    /// # Errors
    /// When it cannot be written, `seq` does not rise, the time falls, a command names an
    /// instrument that the header does not have, or has more than 2^20 recorded fills or events.
    /// The commands before that one are written. After a failed write nothing is written any more:
    /// the file would look whole without the block that is lost.
    pub fn append(&mut self, batch: &Batch) -> Result<(), WriteError> {
        self.check_sound()?;
        for entry in batch.iter() {
            self.check(&entry)
                .map_err(|problem| WriteError::Refused { seq: entry.command.seq, problem })?;
            if self.encoder.is_out_of_shapes() {
                self.end_block()?;
            }
            let place = Place { seq: entry.command.seq, time: entry.command.time };
            self.block_first.get_or_insert(place);
            self.tally.push(&entry);
            self.encoder.push(&entry);
            let is_full = self.encoder.commands() >= BLOCK_COMMANDS
                || self.encoder.outcomes() >= BLOCK_OUTCOMES;
            if is_full {
                self.end_block()?;
            }
        }
        Ok(())
    }

    /// Writes what is left, the index and the footer.
    ///
    /// # Errors
    /// When it cannot be written, or an earlier write failed.
    pub fn finish(mut self) -> Result<Summary, WriteError> {
        self.check_sound()?;
        self.end_block()?;
        let index_offset = self.written;
        self.write_index()?;
        let summary = self.tally.finish();
        let footer = encode_summary(&summary).map_err(io::Error::other)?;
        let mut trailer = Trailer {
            index_offset: U64::new(index_offset),
            footer_offset: U64::new(self.written),
            footer_size: U32::new(u32::try_from(footer.len()).map_err(io::Error::other)?),
            reserved: U32::ZERO,
            footer_checksum: checksum(&footer),
            checksum: U64::ZERO,
            magic: END_MAGIC,
        };
        trailer.checksum = trailer.expected_checksum();
        self.output.write_all(&[&footer, trailer.as_bytes()].concat())?;
        self.output.flush()?;
        Ok(summary)
    }

    fn check_sound(&self) -> io::Result<()> {
        if self.has_failed {
            let problem = "an earlier write failed: the capture ends with its last whole block";
            return Err(io::Error::other(problem));
        }
        Ok(())
    }

    fn check(&self, entry: &Entry<'_>) -> Result<(), String> {
        let command = entry.command;
        if let Some(last) = self.tally.last() {
            if command.seq <= last.seq {
                return Err(format!("it follows seq {}, but seq must rise", last.seq));
            }
            if command.time < last.time {
                let (now, last) = (command.time, last.time);
                return Err(format!("time {now} follows time {last}, but time must not fall"));
            }
        }
        if command.instrument.index() >= self.instruments {
            let (id, count) = (command.instrument, self.instruments);
            return Err(format!("instrument {id} of a table of {count}"));
        }
        if let Some(Recorded::Events(events)) = entry.recorded
            && let Some(problem) = events_problem(events)
        {
            return Err(problem.to_owned());
        }
        let outcomes = match entry.recorded {
            Some(Recorded::Fills(fills)) => fills.len(),
            Some(Recorded::Events(events)) => events.len(),
            None | Some(Recorded::Unchecked) => 0,
        };
        if outcomes > MAX_OUTCOMES {
            return Err(format!("{outcomes} recorded outcomes, at most {MAX_OUTCOMES} fit"));
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<(), WriteError> {
        let (Some(first), Some(last)) = (self.block_first.take(), self.tally.last()) else {
            return Ok(());
        };
        let commands = self.encoder.commands();
        self.encoder.finish(&mut self.raw);
        let entry = IndexEntry {
            offset: U64::new(self.written),
            commands_before: U64::new(self.commands_before),
            first_seq: U64::new(first.seq.0),
            last_seq: U64::new(last.seq.0),
            first_time: U64::new(first.time.0),
            last_time: U64::new(last.time.0),
        };
        self.has_failed = true;
        self.build_record(commands, &entry)?;
        self.output.write_all(&self.record)?;
        self.has_failed = false;
        self.written += self.record.len() as u64;
        self.commands_before += commands as u64;
        self.index.push(entry);
        self.tally.block();
        Ok(())
    }

    /// Puts header and payload of the block in `raw` into `record`.
    fn build_record(&mut self, commands: usize, entry: &IndexEntry) -> Result<(), WriteError> {
        let compressed = self.compressor.compress(&self.raw)?;
        let is_worth_it =
            compressed.len() < self.raw.len() && self.raw.len() / MAX_RATIO < compressed.len();
        let payload = if is_worth_it { &compressed } else { &self.raw };
        let size = |bytes: usize| u32::try_from(bytes).map(U32::new).map_err(io::Error::other);
        let mut header = BlockHeader {
            magic: BLOCK_MAGIC,
            commands: size(commands)?,
            raw_size: size(self.raw.len())?,
            stored_size: size(payload.len())?,
            number: U64::new(self.index.len() as u64),
            first_seq: entry.first_seq,
            last_seq: entry.last_seq,
            first_time: entry.first_time,
            last_time: entry.last_time,
            payload_checksum: U64::new(xxh3_64(payload)),
            checksum: U64::ZERO,
        };
        header.checksum = header.expected_checksum();
        self.record.clear();
        self.record.extend(header.as_bytes());
        self.record.extend(payload);
        Ok(())
    }

    fn write_index(&mut self) -> Result<(), WriteError> {
        let entries = self.index.as_slice().as_bytes();
        let mut header = IndexHeader {
            magic: INDEX_MAGIC,
            reserved: U32::ZERO,
            entries: U64::new(self.index.len() as u64),
            payload_checksum: checksum(entries),
            checksum: U64::ZERO,
        };
        header.checksum = header.expected_checksum();
        self.output.write_all(header.as_bytes())?;
        self.output.write_all(entries)?;
        self.written += (header.as_bytes().len() + entries.len()) as u64;
        Ok(())
    }
}

/// Begins a capture at `path`, in place of what stood there.
///
/// Each finished block goes to the operating system at once, so that a killed process leaves a
/// file whose blocks can all be read.
///
/// # Errors
/// When the file cannot be made or the header cannot be written.
pub fn create(path: impl AsRef<Path>, header: &Header) -> Result<Writer<File>, WriteError> {
    Writer::new(File::create(path)?, header)
}
