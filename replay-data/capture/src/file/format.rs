//! The fixed parts of a capture file, versions 1 and 2.
//!
//! ```text
//! prelude · header · order block … order block · block … block · index · footer · trailer
//! ```
//! A file that begins with a snapshot has version 2 and order blocks; any other has version 1 and
//! none. A snapshot file (`.sbs`) is what stands before the first block, under a magic of its own.
//! Everything is little-endian. Every byte is under a checksum (XXH3-64 with seed 0). The records
//! here have a fixed width; header and footer are variable and are in [`super::wire`], the inside
//! of a block is in [`super::columns`]. A writer only ever appends, and each block stands alone,
//! so that what is there of an unfinished file can be read.

use xxhash_rust::xxh3::xxh3_64;
use zerocopy::little_endian::{U32, U64};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

/// The first bytes of every capture. As in PNG, transfers that treat it as text break it visibly.
pub(crate) const FILE_MAGIC: [u8; 8] = *b"\x89SBK\r\n\x1a\n";
/// The first bytes of every snapshot file.
pub(crate) const SNAPSHOT_MAGIC: [u8; 8] = *b"\x89SBS\r\n\x1a\n";
/// The version of a capture that begins with empty books.
pub(super) const VERSION: u32 = 1;
/// The version of a capture that begins with a snapshot.
pub(super) const VERSION_WITH_SNAPSHOT: u32 = 2;
/// The version of a snapshot file.
pub(super) const SNAPSHOT_VERSION: u32 = 1;
/// Before every block of orders of a snapshot.
pub(super) const ORDERS_MAGIC: [u8; 4] = *b"SBKO";
/// Before every block.
pub(super) const BLOCK_MAGIC: [u8; 4] = *b"SBKB";
/// Before the index.
pub(super) const INDEX_MAGIC: [u8; 4] = *b"SBKI";
/// The last bytes of every complete capture.
pub(super) const END_MAGIC: [u8; 8] = *b"SBK-END\n";

/// No header or footer is longer.
pub(super) const MAX_HEADER: u32 = 16 << 20;
/// No block holds more commands.
pub(super) const MAX_COMMANDS: usize = 1 << 16;
/// No block of orders holds more.
pub(super) const MAX_ORDERS: usize = 1 << 16;
/// No block of orders is longer.
pub(super) const MAX_ORDERS_SIZE: usize = 16 << 20;
/// No block is longer before compression.
pub(super) const MAX_RAW: usize = 96 << 20;
/// No block is compressed more than this many times; one that could be is kept uncompressed, so
/// that a few hostile bytes cannot ask for much memory.
pub(super) const MAX_RATIO: usize = 256;

/// At the beginning of the file.
#[derive(Clone, Copy, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct Prelude {
    pub(super) magic: [u8; 8],
    pub(super) version: U32,
    pub(super) header_size: U32,
    /// Of the version, the size and the header.
    pub(super) checksum: U64,
}

/// Before the orders of a block of a snapshot. They are not compressed, so that few bytes cannot
/// ask for much memory.
#[derive(Clone, Copy, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct OrdersHeader {
    pub(super) magic: [u8; 4],
    pub(super) orders: U32,
    pub(super) size: U32,
    /// Whose orders: a position in the table.
    pub(super) instrument: U32,
    pub(super) number: U64,
    /// Of the orders that follow.
    pub(super) payload_checksum: U64,
    /// Of this header up to here.
    pub(super) checksum: U64,
}

/// Before the compressed commands of a block.
#[derive(Clone, Copy, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct BlockHeader {
    pub(super) magic: [u8; 4],
    pub(super) commands: U32,
    pub(super) raw_size: U32,
    /// As large as `raw_size` when it is kept uncompressed.
    pub(super) stored_size: U32,
    pub(super) number: U64,
    pub(super) first_seq: U64,
    pub(super) last_seq: U64,
    pub(super) first_time: U64,
    pub(super) last_time: U64,
    /// Of the stored bytes that follow.
    pub(super) payload_checksum: U64,
    /// Of this header up to here.
    pub(super) checksum: U64,
}

/// Before the entries of the index.
#[derive(Clone, Copy, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct IndexHeader {
    pub(super) magic: [u8; 4],
    pub(super) reserved: U32,
    pub(super) entries: U64,
    /// Of the entries that follow.
    pub(super) payload_checksum: U64,
    /// Of this header up to here.
    pub(super) checksum: U64,
}

/// Where a block is and what it spans.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
)]
#[repr(C)]
pub(super) struct IndexEntry {
    pub(super) offset: U64,
    /// How many commands are in the blocks before it.
    pub(super) commands_before: U64,
    pub(super) first_seq: U64,
    pub(super) last_seq: U64,
    pub(super) first_time: U64,
    pub(super) last_time: U64,
}

/// At the end of the file, after the footer.
#[derive(Clone, Copy, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned)]
#[repr(C)]
pub(super) struct Trailer {
    pub(super) index_offset: U64,
    pub(super) footer_offset: U64,
    pub(super) footer_size: U32,
    pub(super) reserved: U32,
    /// Of the footer.
    pub(super) footer_checksum: U64,
    /// Of this trailer up to here.
    pub(super) checksum: U64,
    pub(super) magic: [u8; 8],
}

/// The checksum that everything in a capture is under.
pub(super) fn checksum(bytes: &[u8]) -> U64 {
    U64::new(xxh3_64(bytes))
}

/// The checksum of a record up to where its own checksum stands.
fn checksum_before<T: IntoBytes + Immutable>(record: &T, own_offset: usize) -> U64 {
    checksum(&record.as_bytes()[..own_offset])
}

impl Prelude {
    /// The prelude of this header.
    pub(super) fn of(magic: [u8; 8], version: u32, header: &[u8], header_size: u32) -> Self {
        let mut prelude = Self {
            magic,
            version: U32::new(version),
            header_size: U32::new(header_size),
            checksum: U64::ZERO,
        };
        prelude.checksum = prelude.expected_checksum(header);
        prelude
    }

    /// The checksum that it should have with this header.
    pub(super) fn expected_checksum(&self, header: &[u8]) -> U64 {
        let mut hasher = xxhash_rust::xxh3::Xxh3::new();
        hasher.update(self.version.as_bytes());
        hasher.update(self.header_size.as_bytes());
        hasher.update(header);
        U64::new(hasher.digest())
    }
}

impl OrdersHeader {
    /// The checksum that it should have.
    pub(super) fn expected_checksum(&self) -> U64 {
        checksum_before(self, std::mem::offset_of!(Self, checksum))
    }
}

impl BlockHeader {
    /// The checksum that it should have.
    pub(super) fn expected_checksum(&self) -> U64 {
        checksum_before(self, std::mem::offset_of!(Self, checksum))
    }
}

impl IndexHeader {
    /// The checksum that it should have.
    pub(super) fn expected_checksum(&self) -> U64 {
        checksum_before(self, std::mem::offset_of!(Self, checksum))
    }
}

impl Trailer {
    /// The checksum that it should have.
    pub(super) fn expected_checksum(&self) -> U64 {
        checksum_before(self, std::mem::offset_of!(Self, checksum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_records_have_the_width_of_version_1() {
        assert_eq!(size_of::<Prelude>(), 24);
        assert_eq!(size_of::<OrdersHeader>(), 40);
        assert_eq!(size_of::<BlockHeader>(), 72);
        assert_eq!(size_of::<IndexHeader>(), 32);
        assert_eq!(size_of::<IndexEntry>(), 48);
        assert_eq!(size_of::<Trailer>(), 48);
    }

    /// Fails where a field of a record begins elsewhere.
    macro_rules! check_offsets {
        ($record:ident: $($field:ident $offset:literal),+) => {
            $(assert_eq!(
                std::mem::offset_of!($record, $field),
                $offset,
                concat!(stringify!($record), "::", stringify!($field))
            );)+
        };
    }

    #[test]
    fn fields_stand_where_version_1_has_them() {
        check_offsets!(Prelude: magic 0, version 8, header_size 12, checksum 16);
        check_offsets!(OrdersHeader: magic 0, orders 4, size 8, instrument 12, number 16);
        check_offsets!(OrdersHeader: payload_checksum 24, checksum 32);
        check_offsets!(BlockHeader: magic 0, commands 4, raw_size 8, stored_size 12, number 16);
        check_offsets!(BlockHeader: first_seq 24, last_seq 32, first_time 40, last_time 48);
        check_offsets!(BlockHeader: payload_checksum 56, checksum 64);
        check_offsets!(IndexHeader: magic 0, reserved 4, entries 8, payload_checksum 16);
        check_offsets!(IndexHeader: checksum 24);
        check_offsets!(IndexEntry: offset 0, commands_before 8, first_seq 16, last_seq 24);
        check_offsets!(IndexEntry: first_time 32, last_time 40);
        check_offsets!(Trailer: index_offset 0, footer_offset 8, footer_size 16, reserved 20);
        check_offsets!(Trailer: footer_checksum 24, checksum 32, magic 40);
    }

    #[test]
    fn numbers_are_little_endian() {
        let header = BlockHeader {
            magic: BLOCK_MAGIC,
            commands: U32::new(0x0403_0201),
            raw_size: U32::ZERO,
            stored_size: U32::ZERO,
            number: U64::new(0x0807_0605_0403_0201),
            first_seq: U64::ZERO,
            last_seq: U64::ZERO,
            first_time: U64::ZERO,
            last_time: U64::ZERO,
            payload_checksum: U64::ZERO,
            checksum: U64::ZERO,
        };
        let bytes = header.as_bytes();
        assert_eq!(bytes[..8], *b"SBKB\x01\x02\x03\x04");
        assert_eq!(bytes[16..24], [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
