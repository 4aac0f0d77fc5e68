//! Reads every byte of a capture file and holds every checksum against it.

use std::io::{Read, Seek, SeekFrom};

use super::Header;
use super::block::{BLOCK_HEADER, BlockReader, Expected, index_entry};
use super::layout::{End, Layout, TornTail, last_place};
use crate::batch::Batch;
use crate::error::{InputError, Position, ReadError};
use crate::summary::{Summary, Tally};

/// What a capture file holds, after all of it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyReport {
    /// What stands at the beginning.
    pub header: Header,
    /// What is in it, counted from the blocks (not taken from the footer).
    pub summary: Summary,
    /// How long the file is.
    pub bytes: u64,
    /// Where and why the file ends early; `None` when it is complete.
    pub torn_tail: Option<TornTail>,
}

/// Reads everything and checks everything: the header, the snapshot, each block, the index, the footer, and
/// that index and footer agree with the blocks.
///
/// # Errors
/// The first thing that is not as it should be, with its place. A file that merely ends early is
/// no error: see [`VerifyReport::torn_tail`].
pub fn verify<R: Read + Seek>(mut input: R) -> Result<VerifyReport, ReadError> {
    let layout = Layout::read(&mut input)?;
    let index = layout.index(&mut input)?;
    input.seek(SeekFrom::Start(layout.blocks_begin))?;
    let mut blocks = BlockReader::new(layout.header.instruments.len())?;
    let mut tally = Tally::new(&layout.header.instruments, &layout.snapshots);
    let mut batch = Batch::new();
    let mut commands = 0;
    let mut next =
        Expected { number: 0, offset: layout.blocks_begin, end: layout.blocks_end, after: None };
    let mut indexed = index.iter();
    while next.offset != next.end {
        let header = blocks.read(&mut input, &next, &mut batch)?;
        if indexed.next() != Some(&index_entry(&header, next.offset, commands)) {
            return Err(next.problem("the index says something else of it").into());
        }
        batch.iter().for_each(|entry| tally.push(&entry));
        tally.block();
        commands += u64::from(header.commands);
        next.number += 1;
        next.offset += BLOCK_HEADER + u64::from(header.stored_size);
        next.after = Some(last_place(&header));
    }
    let summary = tally.finish();
    let torn_tail = match layout.end {
        End::Torn { tail, .. } => Some(tail),
        End::Complete { footer_offset, summary: footer } => {
            if indexed.next().is_some() || *footer != summary {
                let problem = "the footer does not say what the blocks hold";
                return Err(InputError::new(Position::Offset(footer_offset), problem).into());
            }
            None
        }
    };
    Ok(VerifyReport { header: layout.header, summary, bytes: layout.file_size, torn_tail })
}
