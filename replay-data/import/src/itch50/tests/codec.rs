//! Messages there and back, and what is refused.

use proptest::prelude::*;

use super::super::{Decoder, Framing, Header, Message, MessageType, Timestamp, encode, fuzz};
use super::Random;

const FRAMINGS: [Framing; 2] = [Framing::LengthPrefixed, Framing::Bare];

/// One message of each type and then so many of any, at rising times.
fn messages(seed: u64, more: usize) -> Vec<Message> {
    let mut random = Random(seed);
    let mut types = MessageType::ALL.to_vec();
    types.extend((0..more).map(|_| random.choose(MessageType::ALL)));
    let mut messages: Vec<_> = types
        .into_iter()
        .map(|message_type| Message::arbitrary(message_type, &mut random))
        .collect();
    messages.sort_by_key(|message| message.header.time);
    messages
}

fn file(messages: &[Message], framing: Framing) -> Vec<u8> {
    let mut file = Vec::new();
    messages.iter().for_each(|message| encode(message, framing, &mut file));
    file
}

/// Decodes bytes that are shown in pieces of these sizes.
fn decode_in_pieces(
    file: &[u8],
    framing: Framing,
    mut piece: impl FnMut() -> usize,
) -> (Vec<Message>, Result<(), String>) {
    let mut decoder = Decoder::new(framing);
    let (mut messages, mut start, mut end) = (Vec::new(), 0, 0);
    loop {
        let mut unread = &file[start..end];
        let shown = unread.len();
        match decoder.decode(&mut unread) {
            Ok(Some(message)) => {
                start += shown - unread.len();
                assert_eq!(decoder.offset(), start as u64);
                messages.push(message);
            }
            Ok(None) if end < file.len() => {
                start += shown - unread.len();
                end = file.len().min(end + piece().max(1));
            }
            Ok(None) => {
                let rest = decoder.finish(unread).map_err(|error| error.to_string());
                return (messages, rest);
            }
            Err(error) => return (messages, Err(error.to_string())),
        }
    }
}

fn decode(file: &[u8], framing: Framing) -> (Vec<Message>, Result<(), String>) {
    decode_in_pieces(file, framing, || usize::MAX / 2)
}

#[track_caller]
fn check_refused(file: &[u8], framing: Framing, good: usize, expected: &str) {
    let (messages, result) = decode(file, framing);
    assert_eq!(messages.len(), good);
    assert_eq!(result, Err(expected.to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_type_comes_back_as_it_was(seed: u64, pieces in prop::collection::vec(1..200_usize, 1..20)) {
        let messages = messages(seed, 40);
        for framing in FRAMINGS {
            let file = file(&messages, framing);
            prop_assert_eq!(Framing::detect(&file), Ok(framing));
            let mut sizes = pieces.iter().copied().cycle();
            let decoded = decode_in_pieces(&file, framing, || sizes.next().unwrap());
            prop_assert_eq!(decoded, (messages.clone(), Ok(())));
        }
    }

    #[test]
    fn a_cut_file_gives_all_before_the_cut_and_says_where(seed: u64, cut: prop::sample::Index) {
        let messages = messages(seed, 10);
        for framing in FRAMINGS {
            let whole = file(&messages, framing);
            let length = cut.index(whole.len());
            let (decoded, result) = decode(&whole[..length], framing);
            prop_assert_eq!(&decoded[..], &messages[..decoded.len()]);
            let start = file(&decoded, framing).len();
            if start == length {
                prop_assert_eq!(result, Ok(()));
            } else {
                let message = result.unwrap_err();
                let left = length - start;
                let read = format!("offset {start}: the last message is cut: read {left} bytes");
                prop_assert!(message.starts_with(&read), "{}", message);
            }
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>) {
        fuzz(&bytes);
    }

    #[test]
    fn no_change_to_a_good_file_makes_it_panic(seed: u64) {
        let mut random = Random(seed);
        for framing in FRAMINGS {
            let mut file = file(&messages(seed, 20), framing);
            for _ in 0..=random.index(4) {
                let at = random.index(file.len());
                match random.index(4) {
                    0 => file[at] = random.bytes::<1>()[0],
                    // Never the last byte: the next change needs a place.
                    1 if file.len() > 1 => drop(file.remove(at)),
                    1 => file[at] = 0,
                    2 => file.insert(at, random.choose(b"\0BSHTADXUEC\xff")),
                    _ => file.truncate(at.max(1)),
                }
            }
            fuzz(&file);
        }
    }
}

/// `D` of order 1 at nanosecond `time`, length-prefixed: 21 bytes.
fn delete(time: u64) -> Vec<u8> {
    let header = Header { time: Timestamp::from_ns(time).unwrap(), ..Header::default() };
    let body = super::super::OrderDelete { order: shadowbook_model::OrderId(1) }.into();
    file(&[Message { header, body }], Framing::LengthPrefixed)
}

#[test]
fn refuses_what_is_no_message() {
    let good = delete(5);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut second = delete(6);
        change(&mut second);
        [good.clone(), second].concat()
    };
    let framing = Framing::LengthPrefixed;
    let all = "S R H Y L V W K J h A F E C X D U P Q B I N O";
    let unknown = format!("offset 23: read `z`, expected an ITCH 5.0 message type ({all})");
    check_refused(&with(&|file| file[2] = b'z'), framing, 1, &unknown);
    let length = "offset 21: read `length 20`, expected 19 for a message of type D";
    check_refused(&with(&|file| file[1] = 20), framing, 1, length);
    let time =
        "offset 28: read `time 4 ns`, expected 5 ns or later, the time of the message before";
    check_refused(&with(&|file| file[12] = 4), framing, 1, time);
    let day = "offset 28: read `0xff0000000006`, expected a time below 24 hours \
               in nanoseconds since midnight";
    check_refused(&with(&|file| file[7] = 0xff), framing, 1, day);
    let cut = "offset 21: the last message is cut: read 20 bytes of it, expected 21";
    check_refused(&with(&|file| file.truncate(20)), framing, 1, cut);
    let cut = "offset 21: the last message is cut: read 2 bytes of it, expected at least 3";
    check_refused(&with(&|file| file.truncate(2)), framing, 1, cut);
}

#[test]
fn an_error_takes_nothing_and_stays() {
    let mut file = delete(5);
    let mut second = delete(6);
    second.splice(2..3, *b"A");
    file.extend(second);
    let add = b"\0\x24A\0\0\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\x09?\0\0\0\x64AMZN    \0\0\0\x01";
    for second in [&file[21..], add] {
        let file = [&file[..21], second].concat();
        let mut decoder = Decoder::new(Framing::LengthPrefixed);
        let mut unread = &file[..];
        assert!(decoder.decode(&mut unread).unwrap().is_some());
        let error = decoder.decode(&mut unread).unwrap_err();
        assert_eq!((unread, decoder.offset()), (second, 21));
        assert_eq!(decoder.decode(&mut unread), Err(error));
    }
}

#[test]
fn refuses_fields_that_mean_nothing() {
    let framing = Framing::Bare;
    let mut file =
        b"A\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x09B\0\0\0\x64AMZN    \0\0\0\x01".to_vec();
    assert_eq!(decode(&file, framing).1, Ok(()));
    file[19] = b'b';
    check_refused(&file, framing, 0, "offset 19: read `b`, expected side B or S");
    file[19] = b'S';
    file[25] = 0xc4;
    let symbol = "offset 24: read `0x41c45a4e20202020`, expected printable ASCII";
    check_refused(&file, framing, 0, symbol);
}

#[test]
fn a_length_of_zero_ends_a_session_and_nothing_may_follow() {
    let framing = Framing::LengthPrefixed;
    let mut file = [delete(5), vec![0, 0]].concat();
    assert_eq!(decode(&file, framing).1, Ok(()));
    file.push(0);
    let more = "offset 21: read `length 0`, expected a message, because bytes follow (a length of \
                0 ends a session)";
    check_refused(&file, framing, 1, more);
}

#[test]
fn tells_the_framing_or_what_it_found_instead() {
    assert_eq!(Framing::detect(&delete(1)), Ok(Framing::LengthPrefixed));
    assert_eq!(Framing::detect(&delete(1)[2..]), Ok(Framing::Bare));
    let refused = |first: &[u8]| Framing::detect(first).unwrap_err().to_string();
    let expected = "expected an ITCH 5.0 message, or its length in two bytes before it";
    assert_eq!(refused(b""), format!("offset 0: read `nothing`, {expected}"));
    let text = b"Date,Time,Price,Size,Symbol,Side";
    assert_eq!(refused(text), format!("offset 0: read `Date`, {expected}"));
    assert_eq!(refused(b"\x1f\x8b\x08"), format!("offset 0: read `0x1f8b08`, {expected}"));
    assert_eq!(refused(&[0, 20, b'D']), format!("offset 0: read `0x001444`, {expected}"));
    let soup = refused(&[0, 20, b'S', b'D', 0, 0]);
    assert!(soup.contains("SoupBinTCP"), "{soup}");
}
