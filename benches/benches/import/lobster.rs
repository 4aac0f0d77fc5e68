//! Happenings of one stock as LOBSTER tells them, through a window of five levels.

use std::collections::BTreeMap;
use std::io::Write;

use shadowbook_model::{OrderId, Price, Quantity, Side};

use crate::market::{Change, Happening, Resting};

const LEVELS: usize = 5;

/// The two files of a recording.
#[derive(Default)]
pub(crate) struct Recording {
    pub(crate) rows: u64,
    pub(crate) messages: Vec<u8>,
    pub(crate) order_book: Vec<u8>,
    /// What is open at each price in ticks; that of a bid as its negative, so that the best of a
    /// side is the first.
    sides: [BTreeMap<i64, u64>; 2],
}

/// What happens in view; what happens out of view leaves no message.
pub(crate) fn write(happenings: &[Happening]) -> Recording {
    let mut recording = Recording::default();
    for happening in happenings {
        let Happening { order, resting, change, .. } = *happening;
        match change {
            Change::Add => recording.say(happening, 1, order, resting, resting.open),
            Change::Reduce(lost) => recording.say(happening, 2, order, resting, lost),
            Change::Delete => recording.say(happening, 3, order, resting, resting.open),
            Change::Execute(quantity) => recording.say(happening, 4, order, resting, quantity),
            Change::Replace { new_order, price, open } => {
                recording.say(happening, 3, order, resting, resting.open);
                let resting = Resting { price, open, ..resting };
                recording.say(happening, 1, new_order, resting, open);
            }
        }
    }
    recording
}

/// LOBSTER counts in ten-thousandths of a dollar; our ticks are cents.
const fn scaled(price: i64) -> i64 {
    price.unsigned_abs().cast_signed() * 100
}

impl Recording {
    fn say(
        &mut self,
        happening: &Happening,
        kind: u8,
        order: OrderId,
        resting: Resting,
        quantity: Quantity,
    ) {
        let Resting { side, price, .. } = resting;
        let was_in_view = self.is_in_view(side, price);
        self.change(side, price, quantity.0, kind == 1);
        if !was_in_view && !self.is_in_view(side, price) {
            return;
        }
        self.rows += 1;
        let (seconds, nanoseconds) =
            (happening.time.0 / 1_000_000_000, happening.time.0 % 1_000_000_000);
        let direction = if side == Side::Buy { 1 } else { -1 };
        let price = scaled(price.0);
        writeln!(
            self.messages,
            "{seconds}.{nanoseconds:09},{kind},{order},{quantity},{price},{direction}"
        )
        .expect("memory can be written");
        self.write_row();
    }

    fn key(side: Side, price: Price) -> i64 {
        if side == Side::Buy { -price.0 } else { price.0 }
    }

    fn is_in_view(&self, side: Side, price: Price) -> bool {
        let key = Self::key(side, price);
        self.sides[usize::from(side.code())].keys().take(LEVELS).any(|level| *level == key)
    }

    fn change(&mut self, side: Side, price: Price, quantity: u64, is_more: bool) {
        let levels = &mut self.sides[usize::from(side.code())];
        let open = levels.entry(Self::key(side, price)).or_default();
        *open = if is_more { *open + quantity } else { *open - quantity };
        if *open == 0 {
            levels.remove(&Self::key(side, price));
        }
    }

    fn write_row(&mut self) {
        let side = |side: Side| self.sides[usize::from(side.code())].iter();
        let (mut asks, mut bids) = (side(Side::Sell), side(Side::Buy));
        for level in 0..LEVELS {
            for (half, nothing) in [(&mut asks, 9_999_999_999), (&mut bids, -9_999_999_999)] {
                let next = half.next().map(|(price, open)| (scaled(*price), *open));
                let (price, size) = next.unwrap_or((nothing, 0));
                let more = if level > 0 || nothing < 0 { "," } else { "" };
                write!(self.order_book, "{more}{price},{size}").expect("memory can be written");
            }
        }
        self.order_book.push(b'\n');
    }
}
