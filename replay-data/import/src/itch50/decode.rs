//! Bytes to messages, without I/O.

use shadowbook_capture::{InputError, Position};

use super::field::{Field, Malformed, Timestamp};
use super::framing::{Frame, Framing, position, shown};
use super::message::{HEADER_LENGTH, Header, Message, MessageType};

/// Takes messages from the front of bytes that somebody else reads.
///
/// It keeps no bytes: what [`Self::decode`] leaves is to be shown again with more behind it.
///
/// ```
/// use shadowbook_import::itch50::{Decoder, Framing};
///
/// let file = [0, 12, b'S', 0, 0, 0, 0, 10, 0x11, 0xea, 0x0e, 0x8c, 0x43, b'O'];
/// let mut decoder = Decoder::new(Framing::detect(&file)?);
/// let mut unread = &file[..];
/// let message = decoder.decode(&mut unread)?.expect("a whole message");
/// assert_eq!(message.header.time.ns(), 11_072_057_543_747);
/// assert_eq!(decoder.decode(&mut unread)?, None);
/// decoder.finish(unread)?;
/// # Ok::<(), shadowbook_capture::InputError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Decoder {
    framing: Framing,
    offset: u64,
    latest: Timestamp,
    end_mark: Option<u64>,
}

impl Decoder {
    /// A decoder at the first byte of a file.
    #[must_use]
    pub const fn new(framing: Framing) -> Self {
        Self { framing, offset: 0, latest: Timestamp::MIDNIGHT, end_mark: None }
    }

    /// How it was told that messages follow one another.
    #[must_use]
    pub const fn framing(&self) -> Framing {
        self.framing
    }

    /// The place in the file of the first byte that was not yet decoded.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes the next message from the front of `input`; `None` asks for more bytes behind it.
    ///
    /// # Errors
    /// When the bytes are not the message that they should be: an unknown type, a length that is
    /// not that of the type, a field that means nothing, a time before that of an earlier message,
    /// anything after the mark that ends a session. The offending bytes stay in `input`, and
    /// decoding on gives the same error again.
    #[inline]
    pub fn decode(&mut self, input: &mut &[u8]) -> Result<Option<Message>, InputError> {
        if self.end_mark.is_some() {
            return self.after_end(input);
        }
        let (message_type, prefix) = match self.framing.frame(input, self.offset)? {
            Frame::Message(message_type, prefix) => (message_type, prefix),
            Frame::Partial(_) => return Ok(None),
            Frame::End(length) => {
                self.end_mark = Some(self.offset);
                self.advance(input, length);
                return self.after_end(input);
            }
        };
        let start = *input;
        let bytes = &start[prefix..];
        let header = bytes.first_chunk().and_then(Header::read);
        let Some(header) = header.filter(|header| header.time >= self.latest) else {
            return Err(self.refused(message_type, bytes, prefix));
        };
        let offset = self.offset;
        let latest = std::mem::replace(&mut self.latest, header.time);
        self.advance(input, prefix + message_type.length());
        Message::read(message_type, header, bytes, || {
            // Nothing of the message was taken.
            *input = start;
            (self.offset, self.latest) = (offset, latest);
            self.refused(message_type, bytes, prefix)
        })
    }

    /// Says that no bytes come after `rest`, which [`Self::decode`] has left.
    ///
    /// # Errors
    /// When `rest` is the beginning of a message.
    pub fn finish(&self, rest: &[u8]) -> Result<(), InputError> {
        if rest.is_empty() {
            return Ok(());
        }
        let needed = match self.framing.frame(rest, self.offset)? {
            Frame::Partial(needed) => needed,
            Frame::Message(..) | Frame::End(_) => return Ok(()),
        };
        // Without its type the length of a message is not known.
        let more = if needed > self.framing.prefix_length() + 1 { "" } else { " at least" };
        Err(InputError::new(
            Position::Offset(self.offset),
            format!(
                "the last message is cut: read {} bytes of it, expected{more} {needed}",
                rest.len(),
            ),
        ))
    }

    #[inline]
    fn advance(&mut self, input: &mut &[u8], length: usize) {
        *input = &input[length..];
        self.offset += u64::try_from(length).expect("a message is short");
    }

    #[cold]
    fn after_end(&self, input: &[u8]) -> Result<Option<Message>, InputError> {
        match (self.end_mark, input) {
            (Some(mark), [_, ..]) => Err(InputError::expected(
                Position::Offset(mark),
                "length 0",
                "a message, because bytes follow (a length of 0 ends a session)",
            )),
            _ => Ok(None),
        }
    }

    /// Why a whole message of this type is no good.
    #[cold]
    fn refused(&self, message_type: MessageType, message: &[u8], prefix: usize) -> InputError {
        if let Err(Malformed { at, length, expected }) = Message::explain(message_type, message) {
            let found = shown(&message[at..at + length]);
            return InputError::expected(position(self.offset, prefix + at), found, expected);
        }
        let time = message.first_chunk().and_then(Header::read).unwrap_or_default().time;
        InputError::expected(
            position(self.offset, prefix + HEADER_LENGTH - Timestamp::LENGTH),
            format!("time {} ns", time.ns()),
            format!("{} ns or later, the time of the message before", self.latest.ns()),
        )
    }
}
