//! Files whose numbers claim much: an error or a torn tail, at hardly any memory.

use std::io::Cursor;

use shadowbook_capture::file::{Header, Reader, Writer, verify};
use shadowbook_capture::{Batch, Source, jsonl};
use shadowbook_model::{Increment, Instrument, Seq};

use crate::count::peak;
use crate::raw::{
    Block, Columns, HEADER, PASS, beginning, end, good_beginning, index, index_entry,
};

/// No small file costs more.
const SMALL: usize = 1 << 20;

/// The first error of reading a file to its end, or else the reason why it is torn.
fn problem(file: &[u8]) -> Option<String> {
    let mut reader = match Reader::new(Cursor::new(file)) {
        Ok(reader) => reader,
        Err(error) => return Some(error.to_string()),
    };
    let mut batch = Batch::new();
    loop {
        match reader.read(&mut batch) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => return Some(error.to_string()),
        }
    }
    let seek = reader.seek_seq(Seq(u64::MAX)).err().map(|error| error.to_string());
    seek.or_else(|| reader.torn_tail().map(|tail| tail.reason.clone()))
}

/// Reads and verifies a file that is wrong.
fn check(file: &[u8], expected: &str) {
    let (found, bytes) = peak(|| {
        let verified = verify(Cursor::new(file));
        assert!(verified.is_err() || verified.is_ok_and(|report| report.torn_tail.is_some()));
        problem(file)
    });
    assert_eq!(found.as_deref(), Some(expected));
    assert!(bytes < SMALL, "{bytes} bytes");
}

#[test]
fn the_file_that_is_changed_below_is_good() {
    let file = Complete::good().bytes();
    assert_eq!(problem(&file), None);
    assert_eq!(verify(Cursor::new(&file[..])).expect("it is whole").summary.commands, 3);
}

#[test]
fn a_beginning_that_is_none_is_an_error() {
    let size = u32::try_from(HEADER.len()).expect("it is short");
    for text in ["", "{\"type\":", "\u{89}SBK\r\n\u{1a}\n"] {
        let expected =
            format!("offset {}: the file ends before its header does: no capture file", text.len());
        check(text.as_bytes(), &expected);
    }
    check(&[b' '; 100], "offset 0: no capture file: it does not begin as one");
    for version in [0, 3, u32::MAX] {
        let expected = format!(
            "offset 8: read `{version}`, expected version 1 or 2, the only ones that this program reads"
        );
        check(&beginning(version, HEADER, size), &expected);
    }
    check(
        &beginning(1, HEADER, u32::MAX),
        "offset 12: read `4294967295`, expected a header of at most 16777216 bytes",
    );
    check(&beginning(1, HEADER, 16 << 20), "offset 39: the file ends before its header does");
    check(&beginning(1, HEADER, size - 1), "offset 16: checksum mismatch in the header");
}

#[test]
fn a_header_that_claims_much_is_an_error() {
    // Lengths as bincode writes them, for 64 bits: of the list, of a name, of the origin.
    let claims: [u64; 4] = [1 << 20, 1 << 32, 1 << 63, u64::MAX];
    for claim in claims {
        let claim = [&[253][..], &claim.to_le_bytes()].concat();
        for header in [
            claim.clone(),
            [&[1], &claim[..], b"AAA"].concat(),
            [&HEADER[..HEADER.len() - 1], &claim].concat(),
        ] {
            let size = u32::try_from(header.len()).expect("it is short");
            let file = beginning(1, &header, size);
            let (found, bytes) = peak(|| problem(&file).expect("it is wrong"));
            assert!(found.starts_with("offset 24: malformed header: "), "{found}");
            // No header is longer than 16 MiB, decoded or not.
            assert!(bytes < (16 << 20) + SMALL, "{bytes} bytes");
        }
    }
}

/// JSON lines name instruments: what could not be said there must not be in a file.
#[test]
fn instruments_have_names_of_their_own() {
    let instrument = |name: &str| Instrument::new(name, Increment::ONE, Increment::ONE);
    for (names, expected) in [
        (vec!["A", ""], "instrument 1 has no name"),
        (vec!["A", "B", "A"], "instrument 2 has the name of another one: `A`"),
    ] {
        let instruments = names.into_iter().map(instrument).collect();
        let header = Header { instruments, origin: String::new() };
        let error = Writer::new(Vec::new(), &header).err().expect("nobody could name it");
        assert_eq!(error.to_string(), format!("cannot write the header: {expected}"));
    }
    let twice = [&[2], &HEADER[1..HEADER.len() - 1], &HEADER[1..]].concat();
    let size = u32::try_from(twice.len()).expect("it is short");
    check(
        &beginning(1, &twice, size),
        "offset 24: malformed header: instrument 1 has the name of another one: `AAA`",
    );
}

#[test]
fn a_block_without_an_instrument_is_an_error() {
    let file = [beginning(1, &[0, 0], 2), Columns::of(PASS, 1).block().bytes()].concat();
    check(&file, "block 0 at offset 26: the header has no instrument that commands could name");
}

#[test]
fn a_block_header_that_claims_much_is_no_block() {
    let good = Columns::of(PASS, 3).block();
    let size = good.raw_size;
    for (commands, raw_size, stored_size) in [
        (3, u32::MAX, u32::MAX),
        (3, (96 << 20) + 1, 96 << 20),
        (3, 257 * 1000, 1000),
        (3, size - 1, size),
        (3, 0, 0),
        (0, size, size),
        ((1 << 16) + 1, size, size),
        (u32::MAX, size, size),
    ] {
        let block = Block { commands, raw_size, stored_size, ..good.clone() };
        let expected = if raw_size == 0 {
            // A block of nothing: its columns are missing.
            "block 0 at offset 39: checksum mismatch".to_owned()
        } else {
            format!("{commands} commands in {raw_size} bytes from {stored_size} are not possible")
        };
        let found = problem(&block.file()).expect("it is wrong");
        assert!(found == expected || raw_size == 0, "{found}");
        let (_, bytes) = peak(|| verify(Cursor::new(block.file())));
        assert!(bytes < SMALL, "{bytes} bytes");
    }
    check(
        &Block { stored_size: 96 << 20, raw_size: 96 << 20, ..good.clone() }.file(),
        "it is cut off",
    );
    check(&Block { number: 1, ..good.clone() }.file(), "read block number 1, expected 0");
    for span in [[3, 1, 0, 0], [1, 3, 1, 0]] {
        let expected = "its seq or time does not follow on the block before";
        check(&Block { span, ..good.clone() }.file(), expected);
    }
}

#[test]
fn a_block_that_unpacks_to_more_than_it_announces_is_an_error() {
    let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 1).expect("memory");
    assert!(bomb.len() < 8 << 10, "{}", bomb.len());
    let stored_size = u32::try_from(bomb.len()).expect("it is short");
    for ratio in [2, 256] {
        let raw_size = stored_size * ratio;
        let good = Columns::of(PASS, 3).block();
        let file = Block { raw_size, stored_size, payload: bomb.clone(), ..good }.file();
        let (found, bytes) = peak(|| problem(&file).expect("it is a bomb"));
        let expected = "block 0 at offset 39: it cannot be decompressed: ";
        assert!(found.starts_with(expected), "{found}");
        assert!(bytes < 4 << 20, "{bytes} bytes");
    }
    // Less than announced, and nothing that zstd knows.
    let good = Columns::of(PASS, 300).block();
    let less = Block { raw_size: good.raw_size + 1, ..good.clone().compressed() };
    let expected = format!(
        "block 0 at offset 39: decompressed to {} bytes, expected {}",
        good.raw_size,
        good.raw_size + 1
    );
    check(&less.file(), &expected);
    let noise = Block { raw_size: good.raw_size + 1, ..good };
    assert!(problem(&noise.file()).expect("no frame").contains("it cannot be decompressed"));
}

/// The parts of a complete file of one block with three commands.
struct Complete {
    block: Block,
    entries: u64,
    entry: Vec<u8>,
    footer: Vec<u8>,
    footer_size: u32,
    index_shift: isize,
    /// The unused bytes of index and trailer.
    reserved: [u32; 2],
}

impl Complete {
    fn good() -> Self {
        let block = Columns::of(PASS, 3).block();
        let digest = {
            let file = block.file();
            verify(Cursor::new(&file[..])).expect("the block is good").summary.digest
        };
        // Commands, blocks, first and last place, four kinds of outcomes, synthetic ones, one
        // feature (letting time pass) with its first use, and the digest.
        let mut footer = vec![3, 1, 1, 1, 0, 1, 3, 0, 0, 0, 0, 0, 0, 1, 23, 1, 254];
        footer.extend(digest.0.to_le_bytes());
        let entry = index_entry(good_beginning().len(), &block);
        let footer_size = u32::try_from(footer.len()).expect("it is short");
        Self { block, entries: 1, entry, footer, footer_size, index_shift: 0, reserved: [0; 2] }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut file = self.block.file();
        let index_offset = file.len().checked_add_signed(self.index_shift).expect("it is a test");
        let [of_index, of_trailer] = self.reserved;
        file.extend(index(self.entries, &self.entry, of_index));
        let end = end(&file, index_offset, &self.footer, (self.footer_size, of_trailer));
        file.extend(end);
        file
    }
}

#[test]
fn an_index_that_claims_much_is_an_error() {
    for entries in [0, 2, 1 << 40, u64::MAX / 48 + 1, u64::MAX] {
        let file = Complete { entries, ..Complete::good() }.bytes();
        check(&file, "offset 224: the index has not the size that the footer says");
    }
    for size in [0, 47, 49, 96] {
        let entry = Complete::good().entry.into_iter().cycle().take(size).collect();
        let file = Complete { entry, ..Complete::good() }.bytes();
        check(&file, "offset 224: the index has not the size that the footer says");
    }
    let mut wrong = Complete::good();
    wrong.entry[0] += 1;
    let file = wrong.bytes();
    // Reading front to back needs no index; a seek to where no block begins must fail.
    assert!(verify(Cursor::new(&file[..])).is_err());
    let mut reader = Reader::new(Cursor::new(&file[..])).expect("the footer is good");
    reader.seek_seq(Seq(2)).expect("the entry is inside of the file");
    assert!(reader.read(&mut Batch::new()).is_err());
}

#[test]
fn a_footer_that_does_not_fit_is_no_footer() {
    let torn = "index or footer are incomplete or damaged";
    for footer_size in [0, 1, 16 << 20, u32::MAX] {
        check(&Complete { footer_size, ..Complete::good() }.bytes(), torn);
    }
    for index_shift in [-200, 81, 1 << 40] {
        check(&Complete { index_shift, ..Complete::good() }.bytes(), torn);
    }
    for (index_shift, offset) in [(-150, 74), (-1, 223), (1, 225)] {
        let expected = format!("offset {offset}: checksum mismatch in the index header");
        check(&Complete { index_shift, ..Complete::good() }.bytes(), &expected);
    }
    let file = Complete { index_shift: 80, ..Complete::good() }.bytes();
    check(&file, "offset 304: the index is cut off");
    // A list of features that claims much.
    let mut footer = Complete::good().footer;
    footer[13] = 253;
    let footer_size = u32::try_from(footer.len()).expect("it is short");
    check(&Complete { footer, footer_size, ..Complete::good() }.bytes(), torn);
}

#[test]
fn what_is_to_be_zero_is_zero() {
    let file = Complete { reserved: [1, 0], ..Complete::good() }.bytes();
    check(&file, "offset 224: the index header has unknown fields");
    let file = Complete { reserved: [0, 1], ..Complete::good() }.bytes();
    check(&file, "index or footer are incomplete or damaged");
}

#[test]
fn a_footer_that_counts_otherwise_is_an_error() {
    let mut wrong = Complete::good();
    wrong.footer[0] = 4;
    check(
        &wrong.bytes(),
        "block 1 at offset 224: the blocks end here with 3 commands in 1 blocks, but the footer \
         counts 4 in 1",
    );
    let mut wrong = Complete::good();
    wrong.footer[1] = 2;
    check(&wrong.bytes(), "offset 224: the index has not the size that the footer says");
    for place in 2..Complete::good().footer.len() {
        let mut wrong = Complete::good();
        wrong.footer[place] ^= 1;
        let file = wrong.bytes();
        let verified = verify(Cursor::new(&file[..]));
        assert!(verified.is_err() || verified.is_ok_and(|report| report.torn_tail.is_some()));
    }
}

#[test]
fn a_line_that_never_ends_is_an_error() {
    let mut endless = std::io::BufReader::new(std::io::repeat(b' '));
    let (error, bytes) = peak(|| jsonl::Reader::new(&mut endless).err().expect("it never ends"));
    assert_eq!(error.to_string(), "line 1: longer than 67108864 bytes");
    assert!(bytes < 300 << 20, "{bytes} bytes");
    let deep = "[".repeat(1 << 20);
    let line = format!(r#"{{"type":"recorded","seq":1,"fills":{deep}"#);
    let (error, bytes) = peak(|| jsonl::Reader::new(line.as_bytes()).err().expect("no list"));
    assert!(error.to_string().contains("expected a list that ends with ]"), "{error}");
    assert!(bytes < 8 << 20, "{bytes} bytes");
}
