//! Capture files put together by hand, from what the format says and not by the code that is
//! tested, so that single numbers can be wrong.

use xxhash_rust::xxh3::xxh3_64;

/// How many columns a block has.
pub(crate) const COLUMNS: usize = 20;
/// The columns that the tests write to.
pub(crate) const SEQ: usize = 0;
pub(crate) const TIME: usize = 1;
pub(crate) const INSTRUMENT: usize = 2;
pub(crate) const KNOWN_ORDER: usize = 4;
pub(crate) const UNKNOWN_ORDER: usize = 5;
pub(crate) const COUNT: usize = 10;
pub(crate) const FILL_ORDER: usize = 11;
pub(crate) const FILL_PRICE: usize = 12;
pub(crate) const FILL_QUANTITY: usize = 13;
pub(crate) const EVENT: usize = 14;
pub(crate) const EVENT_ORDER: usize = 15;
pub(crate) const EVENT_PRICE: usize = 16;
pub(crate) const EVENT_QUANTITY: usize = 17;
pub(crate) const EVENT_OPEN: usize = 18;
pub(crate) const TRADE: usize = 19;

/// The shapes that the tests use: a cancel, and letting time pass.
pub(crate) const CANCEL: [u8; 8] = [2, 0, 0, 0, 0, 0, 0, 0];
pub(crate) const PASS: [u8; 8] = [5, 0, 0, 0, 0, 0, 0, 0];
/// What byte 5 of a shape says of a recorded outcome.
pub(crate) const FILLS: u8 = 2;
pub(crate) const EVENTS: u8 = 4;

/// Bytes of one instrument, `AAA` with tick and lot 1, and no origin.
pub(crate) const HEADER: &[u8] = b"\x01\x03AAA\x01\x00\x01\x00\x00\x00\x00\x00\x04\x00";

/// A file's beginning with these bytes for its header, of which it says that they are `size`.
pub(crate) fn beginning(version: u32, header: &[u8], size: u32) -> Vec<u8> {
    let numbers = [version.to_le_bytes(), size.to_le_bytes()].concat();
    let checksum = xxh3_64(&[&numbers[..], header].concat());
    [b"\x89SBK\r\n\x1a\n", &numbers[..], &checksum.to_le_bytes(), header].concat()
}

/// A good beginning.
pub(crate) fn good_beginning() -> Vec<u8> {
    beginning(1, HEADER, u32::try_from(HEADER.len()).expect("it is short"))
}

/// The inside of a block.
#[derive(Clone)]
pub(crate) struct Columns {
    pub(crate) shapes: Vec<[u8; 8]>,
    /// The shape of each command.
    pub(crate) commands: Vec<u8>,
    pub(crate) tokens: [Vec<u8>; COLUMNS],
    /// Without the eight zeros behind them.
    pub(crate) bits: Vec<u8>,
}

impl Columns {
    /// So many commands of one shape with seq 1, 2, 3 … at time 0.
    pub(crate) fn of(shape: [u8; 8], commands: usize) -> Self {
        let mut tokens = [const { Vec::new() }; COLUMNS];
        tokens[SEQ] = vec![0; commands];
        tokens[SEQ][0] = 1;
        tokens[TIME] = vec![0; commands];
        Self { shapes: vec![shape], commands: vec![0; commands], tokens, bits: Vec::new() }
    }

    /// The same with this column.
    pub(crate) fn with(mut self, column: usize, tokens: Vec<u8>) -> Self {
        self.tokens[column] = tokens;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = |bytes: usize| u32::try_from(bytes).expect("it is a test").to_le_bytes();
        let mut bytes = length(self.shapes.len() * 8).to_vec();
        self.tokens.iter().for_each(|column| bytes.extend(length(column.len())));
        bytes.extend(length(self.bits.len() + 8));
        bytes.extend(self.shapes.as_flattened());
        bytes.extend(&self.commands);
        self.tokens.iter().for_each(|column| bytes.extend(column));
        bytes.extend(&self.bits);
        bytes.extend([0; 8]);
        bytes
    }

    /// A block that holds this, uncompressed, with seq 1 up to one for each command, at time 0.
    pub(crate) fn block(&self) -> Block {
        let payload = self.bytes();
        let size = u32::try_from(payload.len()).expect("it is a test");
        let commands = u32::try_from(self.commands.len()).expect("it is a test");
        let last_seq = u64::from(commands);
        let span = [1, last_seq, 0, 0];
        Block { commands, raw_size: size, stored_size: size, number: 0, span, payload }
    }
}

/// A block of a file.
#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) commands: u32,
    pub(crate) raw_size: u32,
    pub(crate) stored_size: u32,
    pub(crate) number: u64,
    /// First and last seq, first and last time.
    pub(crate) span: [u64; 4],
    pub(crate) payload: Vec<u8>,
}

impl Block {
    /// The same, compressed.
    pub(crate) fn compressed(mut self) -> Self {
        self.payload = zstd::bulk::compress(&self.payload, 1).expect("memory");
        self.stored_size = u32::try_from(self.payload.len()).expect("it is a test");
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = b"SBKB".to_vec();
        for number in [self.commands, self.raw_size, self.stored_size] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(self.number.to_le_bytes());
        self.span.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
        bytes.extend(xxh3_64(&self.payload).to_le_bytes());
        bytes.extend(xxh3_64(&bytes).to_le_bytes());
        bytes.extend(&self.payload);
        bytes
    }

    /// A file that has this block and nothing behind it.
    pub(crate) fn file(&self) -> Vec<u8> {
        [good_beginning(), self.bytes()].concat()
    }

    /// The same with two instruments.
    pub(crate) fn file_of_two(&self) -> Vec<u8> {
        let instrument = &HEADER[1..HEADER.len() - 1];
        let other = [b"\x03BBB", &instrument[4..]].concat();
        let header = [&[2], instrument, &other, &[0]].concat();
        let size = u32::try_from(header.len()).expect("it is short");
        [beginning(1, &header, size), self.bytes()].concat()
    }
}

/// An index with these bytes of entries, of which it says that they are `entries` many.
/// `reserved` is to be zero.
pub(crate) fn index(entries: u64, bytes: &[u8], reserved: u32) -> Vec<u8> {
    let mut index = [*b"SBKI", reserved.to_le_bytes()].concat();
    index.extend(entries.to_le_bytes());
    index.extend(xxh3_64(bytes).to_le_bytes());
    index.extend(xxh3_64(&index).to_le_bytes());
    index.extend(bytes);
    index
}

/// The entry of one block.
pub(crate) fn index_entry(offset: usize, block: &Block) -> Vec<u8> {
    let [first_seq, last_seq, first_time, last_time] = block.span;
    let numbers = [offset as u64, 0, first_seq, last_seq, first_time, last_time];
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Footer and trailer behind `file`, whose index is at `index_offset`. `reserved` is to be zero.
pub(crate) fn end(
    file: &[u8],
    index_offset: usize,
    footer: &[u8],
    (footer_size, reserved): (u32, u32),
) -> Vec<u8> {
    let mut trailer = (index_offset as u64).to_le_bytes().to_vec();
    trailer.extend((file.len() as u64).to_le_bytes());
    trailer.extend(footer_size.to_le_bytes());
    trailer.extend(reserved.to_le_bytes());
    trailer.extend(xxh3_64(footer).to_le_bytes());
    trailer.extend(xxh3_64(&trailer).to_le_bytes());
    trailer.extend(b"SBK-END\n");
    [footer, &trailer].concat()
}
