//! How messages follow one another in a file.

use shadowbook_capture::{InputError, Position};

use super::message::{Message, MessageType};

/// How messages follow one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Two bytes of length, big-endian, before each message: NASDAQ's own files. A length of zero
    /// ends the session.
    LengthPrefixed,
    /// Nothing between messages: the type says how long each is.
    Bare,
}

/// What was found at the front of some bytes.
pub(super) enum Frame {
    /// A whole message of this type, after so many bytes of framing.
    Message(MessageType, usize),
    /// Fewer bytes than the message has; so many are needed in all.
    Partial(usize),
    /// The mark that ends a session, of so many bytes.
    End(usize),
}

impl Framing {
    /// From how many first bytes on [`Self::detect`] is sure; fewer are enough when the file has
    /// no more.
    pub const DETECTABLE_FROM: usize = 64;

    /// Tells the framing by the first bytes of a file.
    ///
    /// A length begins with a zero byte, because no message is longer than 255 bytes, and no type
    /// is a zero byte: one byte decides, and the rest of what there is must fit.
    ///
    /// # Errors
    /// When there is nothing, or when it begins by neither a message nor its length.
    pub fn detect(first: &[u8]) -> Result<Self, InputError> {
        let expected = |found: String| {
            InputError::expected(
                Position::Offset(0),
                found,
                "an ITCH 5.0 message, or its length in two bytes before it",
            )
        };
        let shown = shown(&first[..first.len().min(4)]);
        let framing = match first {
            [0, length, letter, ..] => {
                let is_length_of_type = MessageType::from_letter(*letter)
                    .is_some_and(|message_type| message_type.length() == usize::from(*length));
                is_length_of_type.then_some(Self::LengthPrefixed)
            }
            [0, ..] => Some(Self::LengthPrefixed),
            [letter, ..] => {
                let message_type = MessageType::from_letter(*letter);
                let is_whole = |message_type| is_bare_message(message_type, first);
                message_type.is_some_and(is_whole).then_some(Self::Bare)
            }
            [] => return Err(expected("nothing".to_owned())),
        };
        framing.ok_or_else(|| expected(hint(first, shown)))
    }

    /// How many bytes stand before each message.
    #[must_use]
    pub const fn prefix_length(self) -> usize {
        match self {
            Self::LengthPrefixed => 2,
            Self::Bare => 0,
        }
    }

    /// Looks at the front of `bytes`, which stand at `offset` of their file.
    #[inline(always)]
    pub(super) fn frame(self, bytes: &[u8], offset: u64) -> Result<Frame, InputError> {
        let prefix = self.prefix_length();
        let (letter, announced) = match (self, bytes) {
            (Self::LengthPrefixed, [0, 0, ..]) => return Ok(Frame::End(prefix)),
            (Self::LengthPrefixed, [high, low, letter, ..]) => {
                (*letter, Some(u16::from_be_bytes([*high, *low])))
            }
            (Self::Bare, [letter, ..]) => (*letter, None),
            _ => return Ok(Frame::Partial(prefix + 1)),
        };
        let Some(message_type) = MessageType::from_letter(letter) else {
            return Err(unknown_type(letter, position(offset, prefix)));
        };
        let length = message_type.length();
        if announced.is_some_and(|announced| usize::from(announced) != length) {
            return Err(wrong_length(announced.unwrap_or(0), message_type, offset));
        }
        if bytes.len() < prefix + length {
            return Ok(Frame::Partial(prefix + length));
        }
        Ok(Frame::Message(message_type, prefix))
    }
}

/// Whether these first bytes can be a message of this type with another one behind it. Many a text
/// begins with a letter that is a type.
fn is_bare_message(message_type: MessageType, first: &[u8]) -> bool {
    let is_next_known = |next: &u8| MessageType::from_letter(*next).is_some();
    let is_readable =
        first.len() < message_type.length() || Message::explain(message_type, first).is_ok();
    is_readable && first.get(message_type.length()).is_none_or(is_next_known)
}

/// Bytes as an error shows them: text where it can be read, else as a number.
pub(super) fn shown(bytes: &[u8]) -> String {
    if bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return bytes.iter().copied().map(char::from).collect();
    }
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("0x{digits}")
}

/// The place of a byte of the message that stands at `offset`.
pub(super) fn position(offset: u64, at: usize) -> Position {
    Position::Offset(offset + u64::try_from(at).expect("a message is short"))
}

#[cold]
fn unknown_type(letter: u8, position: Position) -> InputError {
    let known: Vec<_> =
        MessageType::ALL.iter().map(|known| char::from(known.letter()).to_string()).collect();
    let expected = format!("an ITCH 5.0 message type ({})", known.join(" "));
    InputError::expected(position, shown(&[letter]), expected)
}

#[cold]
fn wrong_length(announced: u16, message_type: MessageType, offset: u64) -> InputError {
    let (letter, length) = (char::from(message_type.letter()), message_type.length());
    let expected = format!("{length} for a message of type {letter}");
    InputError::expected(Position::Offset(offset), format!("length {announced}"), expected)
}

/// Says of what is not ITCH what it looks like, where that is known.
fn hint(first: &[u8], shown: String) -> String {
    match first {
        // A SoupBinTCP packet: its length, its type `S`, then the message.
        [0, length, b'S', letter, ..]
            if MessageType::from_letter(*letter)
                .is_some_and(|inner| inner.length() + 1 == usize::from(*length)) =>
        {
            format!("{shown} (SoupBinTCP packets? take the messages out of them first)")
        }
        _ => shown,
    }
}
