//! What stands in the fields of a message, and how each is read and written.

use std::fmt;

use shadowbook_model::{OrderId, Quantity, Side, TimeNs};

#[cfg(test)]
use super::tests::Random;

/// A field whose bytes mean nothing: where in its message it stands, and what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) at: usize,
    pub(super) length: usize,
    pub(super) expected: &'static str,
}

/// Walks through the bytes of one message, whose length was checked before.
///
/// Fields that mean nothing are taken like others and only noted: one branch per message instead
/// of one per field, and no result that has to be unwrapped and copied on the way of every order.
pub(super) struct Cursor<'a> {
    message: &'a [u8],
    at: usize,
    is_good: bool,
}

impl<'a> Cursor<'a> {
    /// A cursor at this byte of a message.
    #[inline(always)]
    pub(super) const fn new(message: &'a [u8], at: usize) -> Self {
        Self { message, at, is_good: true }
    }

    /// Whether all fields so far mean something.
    #[inline(always)]
    pub(super) const fn is_good(&self) -> bool {
        self.is_good
    }

    /// Takes a field as [`Field::take`] does, and says what is wrong with it.
    pub(super) fn explain<F: Field>(&mut self) -> Result<(), Malformed> {
        let at = self.at;
        let _ = F::take(self);
        let malformed = Malformed { at, length: F::LENGTH, expected: F::EXPECTED };
        if self.is_good { Ok(()) } else { Err(malformed) }
    }

    #[inline(always)]
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let bytes = self.message[self.at..self.at + N].try_into();
        self.at += N;
        bytes.expect("a slice of N bytes is an array of N bytes")
    }

    #[inline(always)]
    fn check(&mut self, is_good: bool) {
        self.is_good &= is_good;
    }
}

/// One field: a fixed number of bytes, numbers big-endian.
pub(super) trait Field: Copy {
    /// How many bytes it takes.
    const LENGTH: usize;
    /// What is expected where it stands.
    const EXPECTED: &'static str;

    /// Takes it from the front of what is left of a message. Where it means nothing, that is noted
    /// and any value given.
    fn take(cursor: &mut Cursor<'_>) -> Self;

    /// Appends it.
    fn put(self, out: &mut Vec<u8>);

    /// Any value that it may have.
    #[cfg(test)]
    fn arbitrary(random: &mut Random) -> Self;
}

/// Implements [`Field`] for a newtype over (or a plain) unsigned integer.
macro_rules! number_field {
    ($($type:ident: $inner:ident $(($wrap:tt))?,)+) => { $(
        impl Field for $type {
            const LENGTH: usize = size_of::<$inner>();
            const EXPECTED: &'static str = "a number";

            #[inline(always)]
            fn take(cursor: &mut Cursor<'_>) -> Self {
                let number = $inner::from_be_bytes(cursor.take());
                number_field!(@wrap $type number $($wrap)?)
            }

            #[inline]
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&number_field!(@unwrap self $($wrap)?).to_be_bytes());
            }

            #[cfg(test)]
            fn arbitrary(random: &mut Random) -> Self {
                number_field!(@wrap $type ($inner::from_be_bytes(random.bytes())) $($wrap)?)
            }
        }
    )+ };
    (@wrap $type:ident $number:tt) => { $number };
    (@wrap $type:ident $number:tt $wrap:tt) => { $type($number) };
    (@unwrap $value:ident) => { $value };
    (@unwrap $value:ident $wrap:tt) => { $value.$wrap };
}

number_field! {
    u16: u16,
    u32: u32,
    u64: u64,
    StockLocate: u16 (0),
    Shares: u32 (0),
    Price4: u32 (0),
    Price8: u64 (0),
    MatchNumber: u64 (0),
    OrderId: u64 (0),
    Quantity: u64 (0),
}

/// The number that stands for a stock on this day; 0 where a message is about no single stock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StockLocate(pub u16);

/// A number of shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shares(pub u32);

/// A price in units of 0.0001.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price4(pub u32);

/// A level of an index in units of 0.00000001.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price8(pub u64);

/// The number of a match or of a cross, by which a later message can break it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatchNumber(pub u64);

impl From<Shares> for Quantity {
    fn from(shares: Shares) -> Self {
        Self(u64::from(shares.0))
    }
}

/// A time of the day of the recording: nanoseconds since midnight, below 24 hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The first nanosecond of the day.
    pub const MIDNIGHT: Self = Self(0);
    /// The number of nanoseconds of a day.
    const DAY_NS: u64 = 86_400 * 1_000_000_000;

    /// So many nanoseconds since midnight; `None` from 24 hours on.
    #[must_use]
    pub const fn from_ns(ns: u64) -> Option<Self> {
        if ns < Self::DAY_NS { Some(Self(ns)) } else { None }
    }

    /// The nanoseconds since midnight.
    #[must_use]
    pub const fn ns(self) -> u64 {
        self.0
    }
}

impl From<Timestamp> for TimeNs {
    fn from(time: Timestamp) -> Self {
        Self(time.0)
    }
}

impl Field for Timestamp {
    const LENGTH: usize = 6;
    const EXPECTED: &'static str = "a time below 24 hours in nanoseconds since midnight";

    #[inline(always)]
    fn take(cursor: &mut Cursor<'_>) -> Self {
        let [a, b, c, d, e, f] = cursor.take();
        let ns = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
        cursor.check(ns < Self::DAY_NS);
        Self(ns)
    }

    #[inline]
    fn put(self, out: &mut Vec<u8>) {
        let [_, _, time @ ..] = self.0.to_be_bytes();
        out.extend_from_slice(&time);
    }

    #[cfg(test)]
    fn arbitrary(random: &mut Random) -> Self {
        Self(random.below(Self::DAY_NS))
    }
}

/// Printable ASCII, left-justified and filled up with spaces.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const N: usize>([u8; N]);

/// The symbol of a stock.
pub type Symbol = Text<8>;
/// The four letters of a market participant.
pub type Mpid = Text<4>;

impl<const N: usize> Text<N> {
    /// This text; `None` when it is longer than `N` or not printable ASCII.
    ///
    /// ```
    /// use shadowbook_import::itch50::Symbol;
    ///
    /// assert_eq!(Symbol::new("AMZN").map(|symbol| symbol.to_string()), Some("AMZN".to_owned()));
    /// assert_eq!(Symbol::new("Ärzte"), None);
    /// ```
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let mut bytes = [b' '; N];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        is_printable(bytes).then_some(Self(bytes))
    }

    /// The text without the spaces that fill it up.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.0.trim_ascii_end();
        std::str::from_utf8(text).expect("printable ASCII is UTF-8")
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> Field for Text<N> {
    const LENGTH: usize = N;
    const EXPECTED: &'static str = "printable ASCII";

    #[inline(always)]
    fn take(cursor: &mut Cursor<'_>) -> Self {
        let bytes = cursor.take();
        cursor.check(is_printable(bytes));
        Self(bytes)
    }

    #[inline]
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }

    #[cfg(test)]
    fn arbitrary(random: &mut Random) -> Self {
        Self(std::array::from_fn(|_| random.printable()))
    }
}

/// Whether every byte is between space and tilde. Without a branch per byte: this is on the way
/// of every order.
#[inline(always)]
fn is_printable<const N: usize>(bytes: [u8; N]) -> bool {
    bytes.iter().fold(true, |all, byte| all & byte.wrapping_sub(b' ').le(&(b'~' - b' ')))
}

/// A one-letter code that the specification may add letters to, and that no command depends on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(u8);

impl Code {
    /// Nothing: a space.
    pub const BLANK: Self = Self(b' ');

    /// This letter; `None` when it is not printable ASCII.
    #[must_use]
    pub fn new(letter: u8) -> Option<Self> {
        is_printable([letter]).then_some(Self(letter))
    }

    /// The letter.
    #[must_use]
    pub const fn letter(self) -> u8 {
        self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&char::from(self.0), f)
    }
}

impl Field for Code {
    const LENGTH: usize = 1;
    const EXPECTED: &'static str = "a printable ASCII letter";

    #[inline(always)]
    fn take(cursor: &mut Cursor<'_>) -> Self {
        let [letter] = cursor.take();
        cursor.check(is_printable([letter]));
        Self(letter)
    }

    #[inline]
    fn put(self, out: &mut Vec<u8>) {
        out.push(self.0);
    }

    #[cfg(test)]
    fn arbitrary(random: &mut Random) -> Self {
        Self(random.printable())
    }
}

/// Implements [`Field`] for values that each have one letter.
macro_rules! letter_field {
    ($type:ty, $expected:literal, $default:expr, $($value:pat => $result:expr, $letter:literal;)+) => {
        impl Field for $type {
            const LENGTH: usize = 1;
            const EXPECTED: &'static str = $expected;

            #[inline(always)]
            fn take(cursor: &mut Cursor<'_>) -> Self {
                let [letter] = cursor.take();
                cursor.check(matches!(letter, $( $letter )|+));
                match letter { $( $letter => $result, )+ _ => $default }
            }

            #[inline]
            fn put(self, out: &mut Vec<u8>) {
                out.push(match self { $( $value => $letter, )+ });
            }

            #[cfg(test)]
            fn arbitrary(random: &mut Random) -> Self {
                random.choose(&[$( $result ),+])
            }
        }
    };
}

/// Whether and how a stock can be traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TradingState {
    /// Halted on all markets.
    Halted,
    /// Paused on all markets.
    Paused,
    /// Orders are taken and nothing trades, until a cross.
    QuotationOnly,
    /// Trading.
    Trading,
}

/// Whether one market has stopped a stock for an operational reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OperationalState {
    /// Stopped.
    Halted,
    /// The stop is over.
    Resumed,
}

letter_field! { Side, "side B or S", Self::Sell,
    Self::Buy => Self::Buy, b'B';
    Self::Sell => Self::Sell, b'S';
}

letter_field! { bool, "Y or N", false,
    true => true, b'Y';
    false => false, b'N';
}

letter_field! { TradingState, "trading state H, P, Q or T", Self::Halted,
    Self::Halted => Self::Halted, b'H';
    Self::Paused => Self::Paused, b'P';
    Self::QuotationOnly => Self::QuotationOnly, b'Q';
    Self::Trading => Self::Trading, b'T';
}

letter_field! { OperationalState, "operational halt action H or T", Self::Halted,
    Self::Halted => Self::Halted, b'H';
    Self::Resumed => Self::Resumed, b'T';
}
