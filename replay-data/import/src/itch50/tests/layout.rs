//! The layout of every message against bytes that were put together by hand from the tables of
//! the specification, so that decoder and encoder cannot be wrong in the same way.

use super::super::{Decoder, Framing, MessageType, encode};

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits = hex.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[track_caller]
fn check(line: &str) -> MessageType {
    let (hex, expected) = line.split_once(' ').unwrap();
    let bytes = bytes_of(hex);
    let mut unread = &bytes[..];
    let message = Decoder::new(Framing::Bare).decode(&mut unread).unwrap().unwrap();
    assert_eq!(unread, b"", "{hex}");
    let (locate, tracking) = (message.header.stock_locate.0, message.header.tracking_number);
    assert_eq!((locate, tracking, message.header.time.ns()), (0x0102, 0x0304, 34_200_000_000_123));
    assert_eq!(format!("{:?}", message.body), expected);
    let mut encoded = Vec::new();
    encode(&message, Framing::Bare, &mut encoded);
    assert_eq!(encoded, bytes, "{expected}");
    message.body.message_type()
}

/// Each line: the bytes, then what they say. The order is that of [`MessageType::ALL`].
#[test]
fn every_type_has_the_layout_of_the_specification() {
    let lines: Vec<_> = include_str!("layout.txt").lines().collect();
    let types: Vec<_> = lines.iter().map(|line| check(line)).collect();
    assert_eq!(types, MessageType::ALL);
}
