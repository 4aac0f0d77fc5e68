//! One line of a message file.

use shadowbook_capture::InputError;
use shadowbook_model::Side;

use super::field::{Cursor, End};
use super::tick::Tick;

/// A line of a message file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) time_ns: u64,
    pub(super) kind: Kind,
    pub(super) order: u64,
    pub(super) size: u64,
    /// In ticks where the message is about a visible order, else as it stands in the file.
    pub(super) price: i64,
    /// The side of the resting order.
    pub(super) side: Side,
}

/// The type of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Add,
    Reduce,
    Delete,
    Execute,
    Hidden,
    Cross,
    Halt,
}

impl Kind {
    /// In the order of LOBSTER's numbers, which begin with 1.
    pub(super) const NAMES: [&'static str; 7] = [
        "1 submission",
        "2 partial cancellation",
        "3 deletion",
        "4 visible execution",
        "5 hidden execution",
        "6 cross trade",
        "7 trading halt",
    ];

    const ALL: [Self; 7] = [
        Self::Add,
        Self::Reduce,
        Self::Delete,
        Self::Execute,
        Self::Hidden,
        Self::Cross,
        Self::Halt,
    ];

    const fn concerns_an_order(self) -> bool {
        matches!(self, Self::Add | Self::Reduce | Self::Delete | Self::Execute)
    }
}

const NANOSECOND_DIGITS: usize = 9;
const MAX_DIGITS: usize = 18;
/// No recording is longer; keeps every sum within 64 bits.
const MAX_SECONDS: u64 = 1_000_000_000;

/// Reads one line and goes behind it.
pub(super) fn read(cursor: &mut Cursor<'_>, tick: Tick) -> Result<Message, Box<InputError>> {
    let time_ns = time(cursor)?;
    let from = cursor.here();
    let number = cursor.integer("type", "a type from 1 to 7", End::Field)?;
    let kind = usize::try_from(number - 1).ok().and_then(|index| Kind::ALL.get(index).copied());
    let kind = kind.ok_or_else(|| cursor.refuse(from, "type", "a type from 1 to 7"))?;

    let order = unsigned(cursor, "order id", "an order id below 2^63", 0)?;
    let least = u64::from(kind.concerns_an_order());
    let size = unsigned(cursor, "size", "a whole number of shares", least)?;

    let from = cursor.here();
    let raw = cursor.integer("price", "dollars times 10000", End::Field)?;
    let is_right = match kind {
        Kind::Halt => (-1..=1).contains(&raw),
        _ => raw > 0 || !kind.concerns_an_order(),
    };
    if !is_right {
        let expected = match kind {
            Kind::Halt => "-1 (halt), 0 (quoting resumes) or 1 (trading resumes)",
            _ => "dollars times 10000, above zero",
        };
        return Err(cursor.refuse(from, "price", expected));
    }
    let price = if kind.concerns_an_order() {
        tick.price(raw).ok_or_else(|| tick.refuse(cursor, from, "price"))?.0
    } else {
        raw
    };
    let from = cursor.here();
    let direction = cursor.integer("direction", "1 (buy) or -1 (sell)", End::Line)?;
    let side = match direction {
        1 => Side::Buy,
        -1 => Side::Sell,
        _ => return Err(cursor.refuse(from, "direction", "1 (buy) or -1 (sell)")),
    };
    Ok(Message { time_ns, kind, order, size, price, side })
}

/// Seconds after midnight with up to nine decimals, exactly.
fn time(cursor: &mut Cursor<'_>) -> Result<u64, Box<InputError>> {
    let from = cursor.here();
    let (seconds, digits) = cursor.digits();
    let is_right = digits > 0 && seconds < MAX_SECONDS;
    let mut nanoseconds = Some(0);
    if cursor.peek() == b'.' {
        cursor.skip();
        let (fraction, digits) = cursor.digits();
        nanoseconds = whole_nanoseconds(fraction, digits);
    }
    match nanoseconds {
        Some(nanoseconds) if is_right && cursor.ends(End::Field) => {
            Ok(seconds * 1_000_000_000 + nanoseconds)
        }
        _ => Err(cursor.refuse(from, "time", "seconds after midnight with up to nine decimals")),
    }
}

/// The decimals of a second as nanoseconds.
///
/// LOBSTER printed a few times from binary floating point, with further decimals that come from
/// there (`43002.632812672004`). They are dropped when they are within a hundredth of a nanosecond
/// of a whole one; anything else is finer than this format is.
fn whole_nanoseconds(fraction: u64, digits: usize) -> Option<u64> {
    let power = |digits: usize| 10_u64.pow(u32::try_from(digits).unwrap_or(0));
    match digits {
        1..=NANOSECOND_DIGITS => Some(fraction * power(NANOSECOND_DIGITS - digits)),
        ..=MAX_DIGITS if digits > 0 => {
            let unit = power(digits - NANOSECOND_DIGITS);
            let (whole, rest) = (fraction / unit, fraction % unit);
            match (rest < unit.div_ceil(100), unit - rest <= unit / 100) {
                (true, _) => Some(whole),
                (_, true) => Some(whole + 1),
                _ => None,
            }
        }
        _ => None,
    }
}

fn unsigned(
    cursor: &mut Cursor<'_>,
    field: &'static str,
    expected: &'static str,
    least: u64,
) -> Result<u64, Box<InputError>> {
    let from = cursor.here();
    let value = cursor.integer(field, expected, End::Field)?;
    u64::try_from(value)
        .ok()
        .filter(|value| *value >= least)
        .ok_or_else(|| cursor.refuse(from, field, expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Result<Message, &str>) {
        let text = format!("{line}\n");
        let mut cursor = Cursor::new(text.as_bytes(), 7, "m.csv");
        let found = read(&mut cursor, Tick::FINEST).map_err(|error| error.to_string());
        match (found, expected) {
            (Ok(found), Ok(expected)) => {
                assert_eq!(found, expected, "{line}");
                assert_eq!(cursor.consumed(), text.len(), "{line}");
            }
            (found, expected) => assert_eq!(found, expected.map_err(str::to_owned), "{line}"),
        }
    }

    #[test]
    fn reads_every_field_exactly() {
        let message = Message {
            time_ns: 34_200_260_640_000,
            kind: Kind::Execute,
            order: 16_113_584,
            size: 18,
            price: 5_853_200,
            side: Side::Sell,
        };
        check("34200.26064,4,16113584,18,5853200,-1", Ok(message));
        check("34200.260640000,4,16113584,18,5853200,-1\r", Ok(message));
        let halt = Message {
            time_ns: 36_023_000_000_000,
            kind: Kind::Halt,
            order: 0,
            size: 0,
            price: -1,
            side: Side::Sell,
        };
        check("36023,7,0,0,-1,-1", Ok(halt));
    }

    #[test]
    fn drops_only_what_floating_point_left_behind() {
        for (digits, expected) in [
            ("632812672004", Some(632_812_672)),
            ("632812671996", Some(632_812_672)),
            ("9999999999", None),
            ("999999999999", Some(1_000_000_000)),
            ("6328126720", Some(632_812_672)),
            ("63281267201", None),
            ("6328126725", None),
            ("6", Some(600_000_000)),
            ("", None),
            ("0000000000000000000", None),
        ] {
            let fraction = digits.parse().unwrap_or(0);
            assert_eq!(whole_nanoseconds(fraction, digits.len()), expected, "{digits}");
        }
    }

    #[test]
    fn says_which_field_is_wrong_and_what_was_expected() {
        const TIME: &str = "seconds after midnight with up to nine decimals";
        let wrong = |field: &str, found: &str, expected: &str, end: &str| {
            format!(
                "line 7, field `{field}`: read `{found}`, expected {expected} ({end}, in m.csv)"
            )
        };
        let more = "followed by a further field";
        let last = "at the end of the line";
        for (line, expected) in [
            ("", wrong("time", "", TIME, last)),
            ("1.,1,2,3,4,1", wrong("time", "1.", TIME, more)),
            ("1.1234567891,1,2,3,4,1", wrong("time", "1.1234567891", TIME, more)),
            ("1e3,1,2,3,4,1", wrong("time", "1e3", TIME, more)),
            ("1,8,2,3,4,1", wrong("type", "8", "a type from 1 to 7", more)),
            ("1,0,2,3,4,1", wrong("type", "0", "a type from 1 to 7", more)),
            ("1,1,-2,3,4,1", wrong("order id", "-2", "an order id below 2^63", more)),
            (
                "1,1,9223372036854775808,3,4,1",
                wrong("order id", "9223372036854775808", "an order id below 2^63", more),
            ),
            ("1,1,2,0,4,1", wrong("size", "0", "a whole number of shares", more)),
            ("1,1,2,x,4,1", wrong("size", "x", "a whole number of shares", more)),
            ("1,1,2,3,0,1", wrong("price", "0", "dollars times 10000, above zero", more)),
            ("1,1,2,3,4", wrong("price", "4", "dollars times 10000", last)),
            ("1,1,2,3,4,2", wrong("direction", "2", "1 (buy) or -1 (sell)", last)),
            ("1,1,2,3,4,1,5", wrong("direction", "1", "1 (buy) or -1 (sell)", more)),
            (
                "1,7,0,0,2,-1",
                wrong("price", "2", "-1 (halt), 0 (quoting resumes) or 1 (trading resumes)", more),
            ),
        ] {
            check(line, Err(&expected));
        }
    }
}
