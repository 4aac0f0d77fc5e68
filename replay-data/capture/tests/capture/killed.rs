//! A writer that is killed leaves a file that is read up to its last whole block.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command as Process, Stdio};

use shadowbook_capture::Batch;
use shadowbook_capture::file::{self, Header, Reader};
use shadowbook_model::{
    Command, Increment, Instrument, InstrumentId, NewOrder, OrderId, Price, Quantity, Seq, Side,
    TimeNs,
};

use crate::stream::drain;

/// Tells a run of this test binary that it is the writer, and where to write.
const WRITE_TO: &str = "SHADOWBOOK_TEST_WRITE_TO";
const TEST: &str = "killed::a_killed_writer_leaves_every_block_that_it_finished";
/// What the writer says after each batch.
const WRITTEN: &str = "written";
/// So many commands are in a batch; the writer fills its blocks with more.
const BATCH: u64 = 10_000;
/// A block ends at so many commands.
const BLOCK: u64 = 8192;

fn command(index: u64) -> Command {
    let side = if index.is_multiple_of(3) { Side::Buy } else { Side::Sell };
    let price = Price((index.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 54).cast_signed());
    let order = NewOrder::limit(OrderId(index), side, price, Quantity(index % 977));
    Command::new(Seq(index), TimeNs(index * 31), InstrumentId(0), order)
}

/// Writes without end; whoever reads what it says ends it.
fn write_until_killed(path: &Path) {
    let instruments = vec![Instrument::new("AAA", Increment::ONE, Increment::ONE)];
    let header = Header { instruments, origin: "a writer to be killed".to_owned() };
    let mut writer = file::create(path, &header).expect("the folder is there");
    let mut batch = Batch::new();
    let mut index = 0;
    loop {
        batch.clear();
        (index..index + BATCH).for_each(|index| batch.push(command(index)));
        index += BATCH;
        writer.append(&batch).expect("there is room");
        // When the test is gone there is nobody to read this, and the writer ends with it.
        let mut output = std::io::stdout();
        writeln!(output, "{WRITTEN}").expect("the test reads it");
    }
}

#[test]
fn a_killed_writer_leaves_every_block_that_it_finished() {
    if let Some(path) = std::env::var_os(WRITE_TO) {
        write_until_killed(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("killed.sbk");
    let mut writer = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--test-threads=1"])
        .env(WRITE_TO, &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(writer.stdout.take().unwrap()).lines();
    // The harness of the child says a few words of its own first.
    let batches = said.map(Result::unwrap).filter(|line| line.contains(WRITTEN)).take(5).count();
    assert_eq!(batches, 5, "the writer ended by itself");
    writer.kill().unwrap();
    let status = writer.wait().unwrap();
    assert!(!status.success(), "it was killed");

    let mut reader = Reader::new(File::open(&path).unwrap()).unwrap();
    let tail = reader.torn_tail().expect("it did not come to its end").clone();
    let (lines, error) = drain(&mut reader);
    assert!(error.is_none(), "{error:?}");
    let commands = lines.len() as u64;
    let told = 5 * BATCH / BLOCK * BLOCK;
    assert!(commands >= told && commands.is_multiple_of(BLOCK), "{commands} of {told}");
    let is_as_written = |(index, line): (u64, &crate::stream::Line)| line.command == command(index);
    assert!((0..).zip(&lines).all(is_as_written));
    let report = file::verify(File::open(&path).unwrap()).unwrap();
    assert_eq!(report.summary.commands, commands);
    assert_eq!(report.torn_tail, Some(tail));
}
