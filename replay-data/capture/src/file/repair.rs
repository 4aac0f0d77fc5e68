//! Puts the checksums of a changed file right again, for fuzzing: behind a checksum that does not
//! hold no fuzzer sees what the reader makes of the bytes.

use xxhash_rust::xxh3::xxh3_64;
use zerocopy::FromBytes;
use zerocopy::little_endian::U64;

use super::format::{
    BLOCK_MAGIC, BlockHeader, INDEX_MAGIC, IndexEntry, IndexHeader, ORDERS_MAGIC, OrdersHeader,
    Prelude, Trailer, checksum,
};

/// Makes every checksum hold that has its place in these bytes; changes nothing else.
pub(crate) fn repair(file: &mut [u8]) {
    let _ = repair_front(file);
    let _ = repair_end(file);
}

/// The header, the snapshot, the blocks and the index, up to the first of them that is not there.
fn repair_front(file: &mut [u8]) -> Option<()> {
    let (prelude, rest) = Prelude::mut_from_prefix(file).ok()?;
    let (header, mut rest) = rest.split_at_mut_checked(prelude.header_size.get() as usize)?;
    prelude.checksum = prelude.expected_checksum(header);
    while rest.starts_with(&ORDERS_MAGIC) {
        let (header, behind) = OrdersHeader::mut_from_prefix(rest).ok()?;
        let (payload, behind) = behind.split_at_mut_checked(header.size.get() as usize)?;
        header.payload_checksum = U64::new(xxh3_64(payload));
        header.checksum = header.expected_checksum();
        rest = behind;
    }
    while rest.starts_with(&BLOCK_MAGIC) {
        let (header, behind) = BlockHeader::mut_from_prefix(rest).ok()?;
        let (payload, behind) = behind.split_at_mut_checked(header.stored_size.get() as usize)?;
        header.payload_checksum = U64::new(xxh3_64(payload));
        header.checksum = header.expected_checksum();
        rest = behind;
    }
    if rest.starts_with(&INDEX_MAGIC) {
        let (header, behind) = IndexHeader::mut_from_prefix(rest).ok()?;
        let entries = usize::try_from(header.entries.get()).ok()?;
        let size = entries.checked_mul(size_of::<IndexEntry>())?;
        header.payload_checksum = checksum(behind.get(..size)?);
        header.checksum = header.expected_checksum();
    }
    Some(())
}

/// The footer and the trailer.
fn repair_end(file: &mut [u8]) -> Option<()> {
    let (before, trailer) = Trailer::mut_from_suffix(file).ok()?;
    let from = usize::try_from(trailer.footer_offset.get()).ok()?;
    let size = trailer.footer_size.get() as usize;
    if let Some(footer) = before.get(from..).and_then(|rest| rest.get(..size)) {
        trailer.footer_checksum = checksum(footer);
    }
    trailer.checksum = trailer.expected_checksum();
    Some(())
}
