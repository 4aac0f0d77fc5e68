//! A stream of several small blocks, made by hand.

use shadowbook_capture::RecordedFill;
use shadowbook_model::{
    Command, Event, Fill, Increment, Instrument, InstrumentId, NewOrder, OrderId, OrderType, Price,
    Quantity, SelfTrade, Seq, Side, TimeInForce, TimeNs, TradeId,
};

use crate::stream::{Line, Outcome, Stream};

/// The nth value, over and over.
fn nth<T: Copy>(all: &[T], index: usize) -> T {
    all[index % all.len()]
}

/// New orders of so many different shapes that a block holds only 256 of them.
pub(crate) fn stream(commands: usize) -> Stream {
    let instruments = vec![
        Instrument::new("AAA", Increment::ONE, Increment::ONE),
        Instrument::new("BBB", Increment::ONE, Increment::ONE),
    ];
    let lines = (0..commands).map(line).collect();
    Stream { instruments, lines }
}

fn line(index: usize) -> Line {
    let number = index as u64;
    let (order, price) = (OrderId(number + 1), Price(1000 - (number % 7).cast_signed()));
    let quantity = Quantity(100 + number % 3);
    let limit = NewOrder::limit(order, nth(Side::ALL, index), price, quantity);
    let new = NewOrder {
        order_type: nth(OrderType::ALL, index / 2),
        time_in_force: nth(TimeInForce::ALL, index / 16),
        self_trade: nth(SelfTrade::ALL, index / 80),
        ..limit
    };
    let on = InstrumentId(u32::from(index.is_multiple_of(5)));
    let command = Command::new(Seq(10 + 3 * number), TimeNs(1_000 + 17 * number), on, new);
    let maker = OrderId(number);
    let outcome = match index % 11 {
        3 => Outcome::Fills(vec![RecordedFill { maker, price, quantity }]),
        5 => Outcome::Events(vec![
            Event::Accepted { order },
            Event::Fill(Fill {
                trade: TradeId(number),
                maker,
                taker: order,
                price,
                quantity,
                maker_open: Quantity(number),
                taker_open: Quantity::ZERO,
            }),
        ]),
        7 => Outcome::Unchecked,
        _ => Outcome::None,
    };
    Line { command, synthetic: index % 13 == 1, outcome }
}

/// Where a block of a file ends, and how many commands there are up to there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockEnd {
    pub(crate) offset: usize,
    pub(crate) commands: usize,
}

/// Where the blocks of a complete file begin, and where each ends: read from the bytes as the
/// format is documented, not by the code that is tested.
pub(crate) fn block_ends(file: &[u8]) -> (usize, Vec<BlockEnd>) {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().expect("4 bytes"));
    let begin = 24 + word(12) as usize;
    let (mut offset, mut commands, mut ends) = (begin, 0, Vec::new());
    while &file[offset..offset + 4] == b"SBKB" {
        commands += word(offset + 4) as usize;
        offset += 72 + word(offset + 12) as usize;
        ends.push(BlockEnd { offset, commands });
    }
    (begin, ends)
}

/// The blocks of a complete file as they are before compression, without index and footer.
pub(crate) fn uncompressed(file: &[u8]) -> Vec<u8> {
    let (begin, ends) = block_ends(file);
    let mut plain = file[..begin].to_vec();
    let starts = std::iter::once(begin).chain(ends.iter().map(|end| end.offset));
    for (start, end) in starts.zip(&ends) {
        let (header, payload) = file[start..end.offset].split_at(72);
        let raw_size = u32::from_le_bytes(header[8..12].try_into().expect("4 bytes"));
        let raw = if raw_size as usize == payload.len() {
            payload.to_vec()
        } else {
            zstd::bulk::decompress(payload, raw_size as usize).expect("it was just compressed")
        };
        // The checksums are those of before: whoever reads this has to put them right.
        plain.extend(&header[..12]);
        plain.extend(raw_size.to_le_bytes());
        plain.extend(&header[16..]);
        plain.extend(raw);
    }
    plain
}
