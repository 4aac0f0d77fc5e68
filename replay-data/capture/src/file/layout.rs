//! Finds the parts of a capture file.

use std::io::{self, Read, Seek, SeekFrom};

use shadowbook_model::{Seq, Snapshot, TimeNs};
use xxhash_rust::xxh3::Xxh3;
use zerocopy::IntoBytes;

use super::Header;
use super::block::{BLOCK_HEADER, BlockReader, Expected, check_header, index_entry, read_record};
use super::format::{
    BlockHeader, END_MAGIC, INDEX_MAGIC, IndexEntry, IndexHeader, MAX_HEADER, Trailer, checksum,
};
use super::front::{Front, Kind, read_front};
use super::wire::decode_summary;
use crate::error::{InputError, Position, ReadError};
use crate::summary::{Place, SnapshotCounts, Summary};

const TRAILER: u64 = size_of::<Trailer>() as u64;
/// Index entries that are read at a time.
const INDEX_CHUNK: usize = 128;

/// What is left of a capture whose writer did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The first byte that could not be used.
    pub offset: u64,
    /// How many bytes from there to the end.
    pub bytes: u64,
    /// Why they could not be used.
    pub reason: String,
}

/// Where the parts of a capture are.
pub(super) struct Layout {
    pub(super) header: Header,
    /// What the books hold before the first command.
    pub(super) snapshots: Vec<Snapshot>,
    /// Where the first block begins.
    pub(super) blocks_begin: u64,
    /// Where the last block ends.
    pub(super) blocks_end: u64,
    pub(super) file_size: u64,
    pub(super) end: End,
}

/// How a capture ends.
pub(super) enum End {
    /// With index and footer.
    Complete { footer_offset: u64, summary: Box<Summary> },
    /// Early. The blocks that are there were found one by one.
    Torn { tail: TornTail, index: Vec<IndexEntry> },
}

impl Layout {
    /// Reads header and snapshot and finds out how the file ends.
    pub(super) fn read(input: &mut (impl Read + Seek)) -> Result<Self, ReadError> {
        let file_size = input.seek(SeekFrom::End(0))?;
        input.seek(SeekFrom::Start(0))?;
        let Front { header, snapshots, end: blocks_begin } =
            read_front(input, file_size, Kind::Capture)?;
        let (blocks_end, end) = match read_end(input, blocks_begin, file_size)? {
            Some((trailer, summary)) => {
                let footer_offset = trailer.footer_offset.get();
                let snapshot = SnapshotCounts::of(&snapshots);
                let summary = Box::new(Summary { snapshot, ..summary });
                (trailer.index_offset.get(), End::Complete { footer_offset, summary })
            }
            None => {
                let (tail, index) = scan_blocks(input, blocks_begin, file_size)?;
                (tail.offset, End::Torn { tail, index })
            }
        };
        Ok(Self { header, snapshots, blocks_begin, blocks_end, file_size, end })
    }

    /// Where each block is: from the index, or as it was found.
    pub(super) fn index(
        &self,
        input: &mut (impl Read + Seek),
    ) -> Result<Vec<IndexEntry>, ReadError> {
        if let End::Torn { index, .. } = &self.end {
            return Ok(index.clone());
        }
        let mut index = Vec::new();
        self.read_index(input, &mut |entries| index.extend_from_slice(entries))?;
        Ok(index)
    }

    /// Reads the index, if there is one, and gives its entries to `sink`, some at a time. What it
    /// was given is worth nothing when this fails.
    ///
    /// # Errors
    /// When the index is damaged.
    pub(super) fn read_index(
        &self,
        input: &mut (impl Read + Seek),
        sink: &mut dyn FnMut(&[IndexEntry]),
    ) -> Result<(), ReadError> {
        let End::Complete { footer_offset, summary } = &self.end else { return Ok(()) };
        let problem = |problem: &str| {
            ReadError::from(InputError::new(Position::Offset(self.blocks_end), problem))
        };
        let room = footer_offset - self.blocks_end;
        let Some(entries_size) = room.checked_sub(size_of::<IndexHeader>() as u64) else {
            return Err(problem("the index is cut off"));
        };
        input.seek(SeekFrom::Start(self.blocks_end))?;
        let header: IndexHeader = read_record(input)?;
        if header.magic != INDEX_MAGIC || header.checksum != header.expected_checksum() {
            return Err(problem("checksum mismatch in the index header"));
        }
        if header.reserved != 0 {
            return Err(problem("the index header has unknown fields"));
        }
        let entries = header.entries.get();
        if entries != summary.blocks
            || Some(entries_size) != entries.checked_mul(size_of::<IndexEntry>() as u64)
        {
            return Err(problem("the index has not the size that the footer says"));
        }
        if hash_entries(input, entries, sink)? != header.payload_checksum.get() {
            return Err(problem("checksum mismatch in the index"));
        }
        Ok(())
    }
}

/// Reads so many index entries, all of which are in the file, and gives their checksum.
fn hash_entries(
    input: &mut impl Read,
    entries: u64,
    sink: &mut dyn FnMut(&[IndexEntry]),
) -> io::Result<u64> {
    let zero = 0.into();
    let blank = IndexEntry {
        offset: zero,
        commands_before: zero,
        first_seq: zero,
        last_seq: zero,
        first_time: zero,
        last_time: zero,
    };
    let mut chunk = [blank; INDEX_CHUNK];
    let mut hasher = Xxh3::new();
    let mut left = entries;
    while left > 0 {
        let count = usize::try_from(left).map_or(INDEX_CHUNK, |left| left.min(INDEX_CHUNK));
        let chunk = &mut chunk[..count];
        input.read_exact(chunk.as_mut_bytes())?;
        hasher.update(chunk.as_bytes());
        sink(chunk);
        left -= count as u64;
    }
    Ok(hasher.digest())
}

/// Reads trailer and footer; `None` when they are not there or damaged.
fn read_end(
    input: &mut (impl Read + Seek),
    blocks_begin: u64,
    file_size: u64,
) -> io::Result<Option<(Trailer, Summary)>> {
    let Some(trailer_offset) = file_size.checked_sub(TRAILER).filter(|at| *at >= blocks_begin)
    else {
        return Ok(None);
    };
    input.seek(SeekFrom::Start(trailer_offset))?;
    let trailer: Trailer = read_record(input)?;
    let is_whole = trailer.magic == END_MAGIC && trailer.checksum == trailer.expected_checksum();
    let (footer_offset, size) = (trailer.footer_offset.get(), trailer.footer_size.get());
    let fits = trailer.reserved == 0
        && blocks_begin <= trailer.index_offset.get()
        && trailer.index_offset.get() <= footer_offset
        && footer_offset.checked_add(u64::from(size)) == Some(trailer_offset)
        && size <= MAX_HEADER;
    if !is_whole || !fits {
        return Ok(None);
    }
    input.seek(SeekFrom::Start(footer_offset))?;
    let mut bytes = vec![0; size as usize];
    input.read_exact(&mut bytes)?;
    if trailer.footer_checksum != checksum(&bytes) {
        return Ok(None);
    }
    Ok(decode_summary(&bytes).ok().map(|summary| (trailer, summary)))
}

/// Finds the blocks of a file without a footer, one by one.
fn scan_blocks(
    input: &mut (impl Read + Seek),
    blocks_begin: u64,
    file_size: u64,
) -> io::Result<(TornTail, Vec<IndexEntry>)> {
    let mut index = Vec::new();
    let mut expected = Expected { number: 0, offset: blocks_begin, end: file_size, after: None };
    let mut commands = 0_u64;
    let mut last = None;
    let mut reason = loop {
        match next_block(input, &expected)? {
            Ok(header) => {
                index.push(index_entry(&header, expected.offset, commands));
                last = Some((header, expected.offset));
                commands = commands.saturating_add(u64::from(header.commands));
                expected.number += 1;
                expected.offset += BLOCK_HEADER + u64::from(header.stored_size);
                expected.after = Some(last_place(&header));
            }
            Err(reason) => break reason,
        }
    };
    // Only the last block can be damaged by a writer that was stopped; damage to others is told
    // when they are read.
    if let Some((header, offset)) = last {
        input.seek(SeekFrom::Start(offset + BLOCK_HEADER))?;
        if !BlockReader::new(0)?.check_payload(input, &header)? {
            index.pop();
            expected.offset = offset;
            "checksum mismatch in the last block".clone_into(&mut reason);
        }
    }
    let offset = expected.offset;
    Ok((TornTail { offset, bytes: file_size - offset, reason }, index))
}

/// The header of the block that is expected, or why there is none.
fn next_block(
    input: &mut (impl Read + Seek),
    expected: &Expected,
) -> io::Result<Result<BlockHeader, String>> {
    let left = expected.end - expected.offset;
    if left == 0 {
        return Ok(Err("the file ends without index and footer".to_owned()));
    }
    input.seek(SeekFrom::Start(expected.offset))?;
    if left < BLOCK_HEADER {
        return Ok(Err("the file ends within the header of a block or the index".to_owned()));
    }
    let header: BlockHeader = read_record(input)?;
    if header.magic == INDEX_MAGIC {
        return Ok(Err("index or footer are incomplete or damaged".to_owned()));
    }
    Ok(check_header(&header, expected).map(|()| header))
}

/// The last command of a block.
pub(super) fn last_place(header: &BlockHeader) -> Place {
    Place { seq: Seq(header.last_seq.get()), time: TimeNs(header.last_time.get()) }
}
