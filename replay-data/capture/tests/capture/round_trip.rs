//! What goes in comes out: any stream, through the file, through JSON lines, and through both.

use std::io::Cursor;

use proptest::prelude::*;
use shadowbook_capture::file::{self, Reader};
use shadowbook_capture::{Batch, Summary, jsonl, scan};
use shadowbook_model::{
    Action, Command, CommandKind, Event, InstrumentId, OrderId, RejectReason, Seq, TimeNs,
};

use crate::any;
use crate::stream::{Line, Outcome, Stream, drain, lines};

/// Sends a stream through every way there is, in batches of so many commands.
fn check(stream: &Stream, commands: usize) {
    let (file, written) = stream.to_file(commands);
    assert_eq!(&Stream::of_file(&file).expect("it was just written"), stream);

    let text = stream.to_text(commands);
    let of_text = Stream::of_text(&text).expect("it was just written");
    assert_eq!(&of_text, stream, "{text}");
    let (through_text, _) = of_text.to_file(commands.saturating_add(1));
    assert_eq!(through_text, file, "batches leave no trace in a file");
    let of_file = Stream::of_file(&file).expect("it was just read");
    assert_eq!(of_file.to_text(1), text, "text to file to text");

    check_summary(stream, &file, &text, &written);
}

/// Everything that counts a stream counts the same.
fn check_summary(stream: &Stream, file: &[u8], text: &str, written: &Summary) {
    let report = file::verify(Cursor::new(file)).expect("it was just written");
    assert_eq!(report.torn_tail, None);
    assert_eq!(report.bytes, file.len() as u64);
    assert_eq!(report.header.instruments, stream.instruments);
    assert_eq!(&report.summary, written);

    let mut reader = Reader::new(Cursor::new(file)).expect("it was just written");
    assert_eq!(reader.summary(), Some(written));
    let scanned = scan(&mut reader).expect("it was just read");
    assert_eq!(Summary { blocks: written.blocks, ..scanned }, *written);
    let mut lines = jsonl::Reader::new(text.as_bytes()).expect("it was just read");
    let scanned = scan(&mut lines).expect("it was just read");
    assert_eq!(Summary { blocks: written.blocks, ..scanned }, *written);
    assert_eq!(written.commands, stream.lines.len() as u64);
}

/// What a sought reader gives is what is left of the stream from there.
fn check_seek(
    reader: &mut Reader<Cursor<&[u8]>>,
    lines: &[Line],
    is_before: impl Fn(&Line) -> bool,
) {
    let (rest, error) = drain(reader);
    assert!(error.is_none(), "{error:?}");
    let from = lines.partition_point(is_before);
    assert_eq!(rest, lines[from..]);
}

#[test]
fn the_last_word_on_an_outcome_counts() {
    let external = Outcome::Events(vec![Event::Rejected {
        command: CommandKind::Cancel,
        order: OrderId(1),
        reason: RejectReason::External,
    }]);
    let outcomes = [external, Outcome::Fills(Vec::new()), Outcome::Unchecked];
    for (first, second) in
        outcomes.iter().flat_map(|one| outcomes.iter().map(move |two| (one, two)))
    {
        let cancel = Action::Cancel(OrderId(1));
        let command = Command::new(Seq(1), TimeNs(1), InstrumentId(0), cancel);
        let mut line = Line { command, synthetic: true, outcome: first.clone() };
        let mut batch = Batch::new();
        line.put_into(&mut batch);
        line.outcome = second.clone();
        line.record_in(&mut batch);
        assert_eq!(lines(&batch), [line]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_stream_comes_back(stream in any::stream(60), commands in 1_usize..80) {
        check(&stream, commands);
    }

    #[test]
    fn a_seek_leads_to_the_first_command_that_is_not_before_it(
        stream in any::stream(20),
        seq in any::<u64>(),
        time in any::<u64>(),
    ) {
        let (file, _) = stream.to_file(20);
        let lines = &stream.lines;
        let mut reader = Reader::new(Cursor::new(&file[..])).expect("it was just written");
        let seqs = lines.iter().map(|line| line.command.seq.0);
        for seq in seqs.flat_map(|seq| [seq, seq.saturating_add(1)]).chain([0, seq, u64::MAX]) {
            reader.seek_seq(Seq(seq)).expect("the index is there");
            check_seek(&mut reader, lines, |line| line.command.seq.0 < seq);
        }
        let times = lines.iter().map(|line| line.command.time.0);
        for time in times.flat_map(|time| [time, time.saturating_add(1)]).chain([0, time]) {
            reader.seek_time(TimeNs(time)).expect("the index is there");
            check_seek(&mut reader, lines, |line| line.command.time.0 < time);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_long_stream_comes_back(stream in any::stream(1500), commands in 1_usize..1500) {
        check(&stream, commands);
        // Commands of any shape fill the table of shapes before they fill a block.
        let (file, summary) = stream.to_file(commands);
        prop_assert!(stream.lines.len() < 600 || summary.blocks > 1);
        let mut reader = Reader::new(Cursor::new(&file[..])).expect("it was just written");
        for line in stream.lines.iter().step_by(97) {
            let seq = line.command.seq;
            reader.seek_seq(seq).expect("the index is there");
            check_seek(&mut reader, &stream.lines, |line| line.command.seq < seq);
        }
    }
}
