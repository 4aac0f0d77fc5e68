//! What stands before the first block: prelude, header, and the snapshot that a file begins with.

use std::io::{Read, Write};

use shadowbook_model::{OrderState, Snapshot};
use xxhash_rust::xxh3::xxh3_64;
use zerocopy::IntoBytes;
use zerocopy::little_endian::{U32, U64};

use super::Header;
use super::block::read_record;
use super::format::{
    FILE_MAGIC, MAX_HEADER, MAX_ORDERS, MAX_ORDERS_SIZE, ORDERS_MAGIC, OrdersHeader, Prelude,
    SNAPSHOT_MAGIC, SNAPSHOT_VERSION, VERSION, VERSION_WITH_SNAPSHOT,
};
use super::wire::{
    StateEntry, decode_front, decode_header, decode_orders, encode_front, encode_header,
    encode_order,
};
use crate::error::{InputError, Position, ReadError, WriteError};
use crate::snapshots::check_snapshots;

/// A block of orders ends at so many: a few hundred kilobytes, written and checked at once.
const BLOCK_ORDERS: usize = 4096;
const _: () = assert!(BLOCK_ORDERS <= MAX_ORDERS);
const PRELUDE: u64 = size_of::<Prelude>() as u64;
const ORDERS_HEADER: u64 = size_of::<OrdersHeader>() as u64;

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Commands, and perhaps a snapshot before them.
    Capture,
    /// A snapshot alone.
    Snapshot,
}

impl Kind {
    const fn magic(self) -> [u8; 8] {
        match self {
            Self::Capture => FILE_MAGIC,
            Self::Snapshot => SNAPSHOT_MAGIC,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Snapshot => "snapshot",
        }
    }

    /// The version that says whether there are states, if this kind has one that does.
    const fn version(self, has_states: bool) -> u32 {
        match (self, has_states) {
            (Self::Capture, false) => VERSION,
            (Self::Capture, true) => VERSION_WITH_SNAPSHOT,
            (Self::Snapshot, _) => SNAPSHOT_VERSION,
        }
    }

    const fn has_states(self, version: u32) -> Option<bool> {
        match (self, version) {
            (Self::Capture, VERSION) => Some(false),
            (Self::Capture, VERSION_WITH_SNAPSHOT) | (Self::Snapshot, SNAPSHOT_VERSION) => {
                Some(true)
            }
            _ => None,
        }
    }

    const fn versions(self) -> &'static str {
        match self {
            Self::Capture => "version 1 or 2, the only ones that this program reads",
            Self::Snapshot => "version 1, the only one that this program reads",
        }
    }
}

/// What stands before the first block of a file.
pub(crate) struct Front {
    pub(crate) header: Header,
    pub(crate) snapshots: Vec<Snapshot>,
    /// Where it ends.
    pub(crate) end: u64,
}

/// Reads what stands before the first block, and sees to it that its snapshots are sound.
pub(crate) fn read_front(
    input: &mut impl Read,
    file_size: u64,
    kind: Kind,
) -> Result<Front, ReadError> {
    let (prelude, bytes) = read_header(input, file_size, kind)?;
    let end = PRELUDE + bytes.len() as u64;
    let malformed = |problem: String| at(PRELUDE, format!("malformed header: {problem}"));
    if kind.has_states(prelude.version.get()) == Some(false) {
        let header = decode_header(&bytes).map_err(malformed)?;
        return Ok(Front { header, snapshots: Vec::new(), end });
    }
    let (header, states) = decode_front(&bytes).map_err(malformed)?;
    if states.is_empty() {
        return Err(malformed("it has the version of one with states, and none".to_owned()).into());
    }
    let mut orders = Orders { input, file_size, offset: end, number: 0, payload: Vec::new() };
    let mut snapshots = Vec::new();
    let mut begins = Vec::new();
    for entry in &states {
        begins.push(orders.offset);
        snapshots.push(orders.read_all(entry)?);
    }
    let end = orders.offset;
    check_snapshots(&header.instruments, &snapshots)
        .map_err(|(index, problem)| at(begins.get(index).copied().unwrap_or(end), problem))?;
    Ok(Front { header, snapshots, end })
}

fn at(offset: u64, problem: impl Into<String>) -> InputError {
    InputError::new(Position::Offset(offset), problem)
}

/// The prelude and the bytes of the header, whose checksum holds.
fn read_header(
    input: &mut impl Read,
    file_size: u64,
    kind: Kind,
) -> Result<(Prelude, Vec<u8>), ReadError> {
    let name = kind.name();
    if file_size < PRELUDE {
        let problem = format!("the file ends before its header does: no {name} file");
        return Err(at(file_size, problem).into());
    }
    let prelude: Prelude = read_record(input)?;
    if prelude.magic != kind.magic() {
        return Err(at(0, format!("no {name} file: it does not begin as one")).into());
    }
    if kind.has_states(prelude.version.get()).is_none() {
        let found = prelude.version;
        return Err(InputError::expected(Position::Offset(8), found, kind.versions()).into());
    }
    let size = prelude.header_size.get();
    if size > MAX_HEADER {
        let expected = format!("a header of at most {MAX_HEADER} bytes");
        return Err(InputError::expected(Position::Offset(12), size, expected).into());
    }
    if file_size < PRELUDE + u64::from(size) {
        return Err(at(file_size, "the file ends before its header does").into());
    }
    let mut bytes = vec![0; size as usize];
    input.read_exact(&mut bytes)?;
    if prelude.checksum != prelude.expected_checksum(&bytes) {
        return Err(at(16, "checksum mismatch in the header").into());
    }
    Ok((prelude, bytes))
}

/// Reads blocks of orders.
struct Orders<'a, R> {
    input: &'a mut R,
    file_size: u64,
    offset: u64,
    number: u64,
    /// Memory for a block.
    payload: Vec<u8>,
}

impl<R: Read> Orders<'_, R> {
    /// The snapshot that an entry of the header announces. However many orders that claims,
    /// memory is taken for those only that are in the file.
    fn read_all(&mut self, entry: &StateEntry) -> Result<Snapshot, ReadError> {
        let mut orders = Vec::new();
        while (orders.len() as u64) < entry.orders {
            let left = entry.orders - orders.len() as u64;
            self.read_block(entry, left, &mut orders)?;
        }
        Ok(Snapshot { instrument: entry.instrument, state: entry.state, orders })
    }

    fn read_block(
        &mut self,
        entry: &StateEntry,
        left: u64,
        orders: &mut Vec<OrderState>,
    ) -> Result<(), ReadError> {
        let (offset, number) = (self.offset, self.number);
        let problem =
            |problem: &str| ReadError::from(at(offset, format!("order block {number}: {problem}")));
        let room = self.file_size - offset;
        if room < ORDERS_HEADER {
            return Err(problem("the file ends before its snapshot does"));
        }
        let header: OrdersHeader = read_record(self.input)?;
        if header.magic != ORDERS_MAGIC {
            return Err(problem("no block of orders begins here"));
        }
        if header.checksum != header.expected_checksum() {
            return Err(problem("checksum mismatch in its header"));
        }
        let (count, size) = (header.orders.get() as usize, header.size.get() as usize);
        let is_expected = header.number == number
            && header.instrument == entry.instrument.0
            && (1..=MAX_ORDERS).contains(&count)
            && count as u64 <= left
            && size <= MAX_ORDERS_SIZE;
        if !is_expected {
            return Err(problem("it is not the one that the header announces"));
        }
        if room - ORDERS_HEADER < size as u64 {
            return Err(problem("the file ends before its snapshot does"));
        }
        self.payload.resize(size, 0);
        self.input.read_exact(&mut self.payload)?;
        if header.payload_checksum != xxh3_64(&self.payload) {
            return Err(problem("checksum mismatch"));
        }
        decode_orders(&self.payload, count, orders).map_err(|error| problem(&error))?;
        self.offset += ORDERS_HEADER + size as u64;
        self.number += 1;
        Ok(())
    }
}

/// Writes what stands before the first block, and says how many bytes it has.
pub(crate) fn write_front(
    output: &mut impl Write,
    kind: Kind,
    header: &Header,
    snapshots: &[Snapshot],
) -> Result<u64, WriteError> {
    check_snapshots(&header.instruments, snapshots)
        .map_err(|(_, problem)| WriteError::Snapshot(problem))?;
    if snapshots.is_empty() && kind == Kind::Snapshot {
        return Err(WriteError::Snapshot("there is none".to_owned()));
    }
    let bytes = header_bytes(header, snapshots).map_err(WriteError::Header)?;
    let size = u32::try_from(bytes.len()).ok().filter(|size| *size <= MAX_HEADER);
    let size = size.ok_or_else(|| {
        WriteError::Header(format!("{} bytes, at most {MAX_HEADER} are possible", bytes.len()))
    })?;
    let prelude = Prelude::of(kind.magic(), kind.version(!snapshots.is_empty()), &bytes, size);
    output.write_all(&[prelude.as_bytes(), &bytes].concat())?;
    let mut written = PRELUDE + u64::from(size);
    let mut number = 0;
    for snapshot in snapshots {
        for orders in snapshot.orders.chunks(BLOCK_ORDERS) {
            let record = orders_record(snapshot, orders, number)?;
            output.write_all(&record)?;
            written += record.len() as u64;
            number += 1;
        }
    }
    Ok(written)
}

/// Reading has its own limit on memory; what it would refuse must not be written.
fn header_bytes(header: &Header, snapshots: &[Snapshot]) -> Result<Vec<u8>, String> {
    if snapshots.is_empty() {
        let bytes = encode_header(header)?;
        return decode_header(&bytes).map(|_| bytes);
    }
    let entry = |snapshot: &Snapshot| StateEntry {
        instrument: snapshot.instrument,
        state: snapshot.state,
        orders: snapshot.orders.len() as u64,
    };
    let states: Vec<StateEntry> = snapshots.iter().map(entry).collect();
    let bytes = encode_front(header, &states)?;
    decode_front(&bytes).map(|_| bytes)
}

/// A block of orders, its header included.
fn orders_record(
    snapshot: &Snapshot,
    orders: &[OrderState],
    number: u64,
) -> Result<Vec<u8>, WriteError> {
    let mut payload = Vec::new();
    for order in orders {
        encode_order(order, &mut payload).map_err(WriteError::Snapshot)?;
    }
    let size = |bytes: usize| u32::try_from(bytes).map(U32::new).map_err(std::io::Error::other);
    let mut header = OrdersHeader {
        magic: ORDERS_MAGIC,
        orders: size(orders.len())?,
        size: size(payload.len())?,
        instrument: U32::new(snapshot.instrument.0),
        number: U64::new(number),
        payload_checksum: U64::new(xxh3_64(&payload)),
        checksum: U64::ZERO,
    };
    header.checksum = header.expected_checksum();
    Ok([header.as_bytes(), &payload].concat())
}
