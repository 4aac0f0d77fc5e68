//! The first bytes of two real days: framing, stock directory, and a cut message.

use shadowbook_import::itch50::{Decoder, Framing, MessageType, Options};
use shadowbook_import::report::ImportReport;

use crate::support::{read_all, reader, recording};

/// How many messages of which type there are, and how the file ends.
fn counts(bytes: &[u8]) -> (Vec<(char, usize)>, Option<String>) {
    let mut decoder = Decoder::new(Framing::detect(bytes).unwrap());
    let mut counts = vec![0; MessageType::ALL.len()];
    let mut unread = bytes;
    while let Some(message) = decoder.decode(&mut unread).unwrap() {
        counts[message.body.message_type().index()] += 1;
    }
    let letters = MessageType::ALL.iter().map(|known| char::from(known.letter()));
    let counts = letters.zip(counts).filter(|(_, count)| *count > 0).collect();
    (counts, decoder.finish(unread).err().map(|error| error.to_string()))
}

#[test]
fn a_real_beginning_of_a_day_is_decoded() {
    let Some(bytes) = recording("itch50-day-start-slices/itch50_day_start_1000msgs.itch") else {
        return;
    };
    assert_eq!(counts(&bytes), (vec![('S', 1), ('R', 993), ('H', 3), ('Y', 3)], None));
    let mut reader = reader(&bytes, &Options::default()).unwrap();
    assert_eq!(reader.instruments(), []);
    assert_eq!(read_all(&mut reader), (vec![], None));
    let mut report = ImportReport::default();
    reader.add_to(&mut report);
    assert_eq!(report.total_messages(), 1000);
    assert_eq!(
        report.without_command.into_iter().collect::<Vec<_>>(),
        [("stock without orders", 999), ("system event", 1)]
    );
}

#[test]
fn a_real_file_that_is_cut_gives_all_before_the_cut() {
    let path = "itch50-day-start-slices/itch50_day_start_4096bytes_truncated.itch";
    let Some(bytes) = recording(path) else { return };
    let cut = "offset 4081: the last message is cut: read 15 bytes of it, expected 41";
    let expected = vec![('S', 1), ('R', 98), ('H', 1), ('Y', 1)];
    assert_eq!(counts(&bytes), (expected, Some(cut.to_owned())));
    let options = Options { symbols: vec!["AA".to_owned()], ..Options::default() };
    let mut reader = reader(&bytes, &options).unwrap();
    assert_eq!(reader.instruments()[0].symbol, "AA");
    let (messages, error) = read_all(&mut reader);
    assert_eq!((messages.len(), error), (1, Some(cut.to_owned())));
}
