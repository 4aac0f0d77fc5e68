//! Messages to bytes: for whoever makes test data.

use super::framing::Framing;
use super::message::Message;

/// Appends a message as a file with this framing holds it.
///
/// Times that fall are written as they are: the decoder refuses them.
///
/// ```
/// use shadowbook_import::itch50::{Code, Framing, Header, Message, SystemEvent, encode};
///
/// let event = Code::new(b'O').expect("a letter");
/// let message = Message { header: Header::default(), body: SystemEvent { event }.into() };
/// let mut file = Vec::new();
/// encode(&message, Framing::LengthPrefixed, &mut file);
/// assert_eq!(file, b"\0\x0cS\0\0\0\0\0\0\0\0\0\0O");
/// ```
pub fn encode(message: &Message, framing: Framing, out: &mut Vec<u8>) {
    if framing == Framing::LengthPrefixed {
        let length = message.body.message_type().length();
        let length = u16::try_from(length).expect("no message is longer than 50 bytes");
        out.extend_from_slice(&length.to_be_bytes());
    }
    message.write(out);
}
