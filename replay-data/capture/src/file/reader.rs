//! Reads a capture file.

use std::io::{Read, Seek, SeekFrom};

use shadowbook_model::{Command, Instrument, Seq, Snapshot, TimeNs};

use super::Header;
use super::block::{BLOCK_HEADER, BlockReader, Expected};
use super::format::IndexEntry;
use super::layout::{End, Layout, TornTail, last_place};
use crate::batch::Batch;
use crate::error::{InputError, Position, ReadError};
use crate::source::Source;
use crate::summary::Summary;

/// Reads a capture file block by block. Its memory does not depend on the file's length, but for
/// the snapshot that it begins with, and for 48 bytes a block once it is sought in, or when it has
/// no footer.
pub struct Reader<R: Read + Seek> {
    input: R,
    layout: Layout,
    blocks: BlockReader,
    next: Expected,
    /// How many commands are in the blocks before the next one.
    commands_before: u64,
    /// Read in full when it is first needed.
    index: Option<Vec<IndexEntry>>,
    /// What a seek goes to inside of the next block.
    target: Option<Target>,
}

#[derive(Clone, Copy)]
enum Target {
    Seq(Seq),
    Time(TimeNs),
}

impl Target {
    fn is_reached_by(self, command: &Command) -> bool {
        match self {
            Self::Seq(seq) => command.seq >= seq,
            Self::Time(time) => command.time >= time,
        }
    }
}

impl<R: Read + Seek> Reader<R> {
    /// Reads the header and, where there is one, the footer, and sees to it that the index is
    /// whole. Without a footer it looks for the blocks one by one.
    ///
    /// # Errors
    /// When it is no capture file, or one of a version that this program does not read, or its
    /// header, snapshot or index is damaged.
    pub fn new(mut input: R) -> Result<Self, ReadError> {
        let layout = Layout::read(&mut input)?;
        layout.read_index(&mut input, &mut |_| {})?;
        input.seek(SeekFrom::Start(layout.blocks_begin))?;
        let blocks = BlockReader::new(layout.header.instruments.len())?;
        let (offset, end) = (layout.blocks_begin, layout.blocks_end);
        let next = Expected { number: 0, offset, end, after: None };
        Ok(Self { input, layout, blocks, next, commands_before: 0, index: None, target: None })
    }

    /// What stands at the beginning.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.layout.header
    }

    /// What the footer says; `None` when there is none (see [`Self::torn_tail`]).
    #[must_use]
    pub fn summary(&self) -> Option<&Summary> {
        match &self.layout.end {
            End::Complete { summary, .. } => Some(summary),
            End::Torn { .. } => None,
        }
    }

    /// Where and why the file ends early; `None` when it is complete.
    #[must_use]
    pub const fn torn_tail(&self) -> Option<&TornTail> {
        match &self.layout.end {
            End::Complete { .. } => None,
            End::Torn { tail, .. } => Some(tail),
        }
    }

    /// Goes to the first command whose `seq` is at least this; the next read begins there.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn seek_seq(&mut self, seq: Seq) -> Result<(), ReadError> {
        self.seek(Target::Seq(seq), |block| block.last_seq.get() < seq.0)
    }

    /// Goes to the first command whose time is at least this; the next read begins there.
    ///
    /// # Errors
    /// As [`Self::seek_seq`].
    pub fn seek_time(&mut self, time: TimeNs) -> Result<(), ReadError> {
        self.seek(Target::Time(time), |block| block.last_time.get() < time.0)
    }

    fn seek(
        &mut self,
        target: Target,
        ends_before: impl Fn(&IndexEntry) -> bool,
    ) -> Result<(), ReadError> {
        if self.index.is_none() {
            self.index = Some(self.layout.index(&mut self.input)?);
        }
        let index = self.index.as_deref().unwrap_or_default();
        let block = index.partition_point(ends_before);
        let (offset, commands_before) = match index.get(block) {
            Some(entry) => (entry.offset.get(), entry.commands_before.get()),
            None => (self.layout.blocks_end, self.commands()),
        };
        if offset < self.layout.blocks_begin || offset > self.layout.blocks_end {
            let position = Position::Offset(self.layout.blocks_end);
            return Err(InputError::new(position, "the index names blocks elsewhere").into());
        }
        self.next.number = block as u64;
        self.next.offset = offset;
        self.next.after = None;
        self.commands_before = commands_before;
        self.target = Some(target);
        self.input.seek(SeekFrom::Start(offset))?;
        Ok(())
    }

    /// How many commands the footer counts; without one, as many as were read.
    fn commands(&self) -> u64 {
        self.summary().map_or(self.commands_before, |summary| summary.commands)
    }

    /// Sees to it that no block is missing that the footer knows of.
    fn check_complete(&self) -> Result<(), ReadError> {
        let Some(Summary { commands, blocks, .. }) = self.summary() else { return Ok(()) };
        let (read_commands, read_blocks) = (self.commands_before, self.next.number);
        if (read_commands, read_blocks) == (*commands, *blocks) {
            return Ok(());
        }
        let problem = format!(
            "the blocks end here with {read_commands} commands in {read_blocks} blocks, but the \
             footer counts {commands} in {blocks}"
        );
        Err(self.next.problem(problem).into())
    }
}

impl<R: Read + Seek> Source for Reader<R> {
    fn instruments(&self) -> &[Instrument] {
        &self.layout.header.instruments
    }

    fn snapshots(&self) -> &[Snapshot] {
        &self.layout.snapshots
    }

    fn read(&mut self, batch: &mut Batch) -> Result<bool, ReadError> {
        loop {
            if self.next.offset == self.next.end {
                batch.clear();
                self.check_complete()?;
                return Ok(false);
            }
            let header = self.blocks.read(&mut self.input, &self.next, batch)?;
            self.next.number += 1;
            self.next.offset += BLOCK_HEADER + u64::from(header.stored_size);
            self.next.after = Some(last_place(&header));
            self.commands_before =
                self.commands_before.saturating_add(header.commands.get().into());
            if let Some(target) = self.target.take() {
                let commands = batch.commands();
                let before = commands.partition_point(|command| !target.is_reached_by(command));
                batch.drop_front(before);
            }
            if !batch.is_empty() {
                return Ok(true);
            }
        }
    }
}
