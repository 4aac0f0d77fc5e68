//! The state digest: one number that two engines agree on exactly when their books are the same.
//!
//! # Canonical encoding, version 1
//! XXH3-128 with seed 0 over unsigned 64-bit little-endian words; signed values as two's
//! complement. First the instrument: `1` (the version), phase code, 1 if anything has traded
//! else 0, last trade price or 0. Then each live order in the canonical order of
//! [`StateVisitor`]:
//!
//! | word | holds |
//! |---|---|
//! | attributes | from bit 0, in bytes: side, order type, time in force, self-trade mode (codes); post-only (0, 1); visibility (0 full, 1 iceberg, 2 hidden); presence (bit 0 price, 1 expiry, 2 minimum); trigger (0 none, 1 fixed, 2 trailing without a price, 3 trailing) |
//! | order, account, arrival, open, executed | always |
//! | price · expire time · minimum | each where present |
//! | display, slice | icebergs |
//! | trigger price | fixed |
//! | offset, trigger price or 0 | trailing |
//!
//! Last the number of orders. Trade numbers are an engine's own and stay out; so does the arrival
//! counter, which the orders' own arrivals already pin down where it matters.

use std::fmt;

use xxhash_rust::xxh3::Xxh3;
use zerocopy::IntoBytes;

use crate::state::{
    InstrumentState, OrderState, PlainOrder, StateVisitor, TriggerState, Visibility,
};
use crate::units::Price;

const ENCODING_VERSION: u64 = 1;

/// A 128-bit digest of state; written as 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digest(pub u128);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The digest of a whole engine from those of its instruments, in the order of the table.
#[must_use]
pub fn combine(instruments: impl IntoIterator<Item = Digest>) -> Digest {
    let mut hasher = Xxh3::new();
    for digest in instruments {
        hasher.update(&digest.0.to_le_bytes());
    }
    Digest(hasher.digest128())
}

/// How many words are collected before they are hashed at once.
const CHUNK_WORDS: usize = 512;
/// No order takes more words than this, nor does the head of an instrument.
const MAX_ORDER_WORDS: usize = 13;

/// A visitor that digests what it is shown.
pub struct DigestVisitor {
    hasher: Xxh3,
    /// Words in little-endian byte order.
    words: [u64; CHUNK_WORDS + MAX_ORDER_WORDS],
    used: usize,
    orders: u64,
}

impl Default for DigestVisitor {
    fn default() -> Self {
        Self::new()
    }
}

impl DigestVisitor {
    /// A digest of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { hasher: Xxh3::new(), words: [0; CHUNK_WORDS + MAX_ORDER_WORDS], used: 0, orders: 0 }
    }

    /// The digest of everything shown.
    #[must_use]
    pub fn finish(mut self) -> Digest {
        let orders = self.orders;
        self.write(|words| words.push(orders));
        self.hasher.update(self.words[..self.used].as_bytes());
        Digest(self.hasher.digest128())
    }

    /// Appends what `fill` writes. There is room for one order whenever this is called.
    #[inline]
    fn write(&mut self, fill: impl FnOnce(&mut Words<'_>)) {
        let room = self.words[self.used..].first_chunk_mut().expect("a full chunk was flushed");
        let mut words = Words { room, used: 0 };
        fill(&mut words);
        self.used += words.used;
        if self.used >= CHUNK_WORDS {
            self.hasher.update(self.words[..self.used].as_bytes());
            self.used = 0;
        }
    }
}

/// Room for the words of one order.
struct Words<'a> {
    room: &'a mut [u64; MAX_ORDER_WORDS],
    used: usize,
}

impl Words<'_> {
    #[inline]
    fn push(&mut self, word: u64) {
        self.room[self.used] = word.to_le();
        self.used += 1;
    }

    #[inline]
    fn push_price(&mut self, price: Price) {
        self.push(price.0.cast_unsigned());
    }
}

fn attributes(order: &OrderState) -> u64 {
    let visibility = match order.visibility {
        Visibility::Full => 0,
        Visibility::Iceberg { .. } => 1,
        Visibility::Hidden => 2,
    };
    let presence = u8::from(order.price.is_some())
        | (u8::from(order.expire_time.is_some()) << 1)
        | (u8::from(order.min_quantity.is_some()) << 2);
    let trigger = match order.trigger {
        None => 0,
        Some(TriggerState::Fixed(_)) => 1,
        Some(TriggerState::Trailing { price: None, .. }) => 2,
        Some(TriggerState::Trailing { price: Some(_), .. }) => 3,
    };
    u64::from_le_bytes([
        order.side.code(),
        order.order_type.code(),
        order.time_in_force.code(),
        order.self_trade.code(),
        u8::from(order.post_only),
        visibility,
        presence,
        trigger,
    ])
}

impl StateVisitor for DigestVisitor {
    fn instrument(&mut self, state: &InstrumentState) {
        self.write(|words| {
            words.push(ENCODING_VERSION);
            words.push(u64::from(state.phase.code()));
            words.push(u64::from(state.last_trade.is_some()));
            words.push_price(state.last_trade.unwrap_or_default());
        });
    }

    #[inline]
    fn plain(&mut self, order: &PlainOrder) {
        self.orders += 1;
        self.write(|words| {
            words.push(plain_attributes(order));
            words.push(order.order.0);
            words.push(order.account.0);
            words.push(order.arrival.0);
            words.push(order.open.0);
            words.push(order.executed.0);
            words.push_price(order.price);
            if let Some(time) = order.expire_time {
                words.push(time.0);
            }
        });
    }

    #[inline]
    fn order(&mut self, order: &OrderState) {
        self.orders += 1;
        self.write(|words| {
            words.push(attributes(order));
            words.push(order.order.0);
            words.push(order.account.0);
            words.push(order.arrival.0);
            words.push(order.open.0);
            words.push(order.executed.0);
            if let Some(price) = order.price {
                words.push_price(price);
            }
            if let Some(time) = order.expire_time {
                words.push(time.0);
            }
            if let Some(quantity) = order.min_quantity {
                words.push(quantity.0);
            }
            if let Visibility::Iceberg { display, slice } = order.visibility {
                words.push(display.0);
                words.push(slice.0);
            }
            match order.trigger {
                None => {}
                Some(TriggerState::Fixed(price)) => words.push_price(price),
                Some(TriggerState::Trailing { offset, price }) => {
                    words.push(offset.0.cast_unsigned());
                    words.push_price(price.unwrap_or_default());
                }
            }
        });
    }
}

/// What [`attributes`] makes of a plain order.
#[inline]
fn plain_attributes(order: &PlainOrder) -> u64 {
    u64::from_le_bytes([
        order.side.code(),
        order.order_type.code(),
        order.time_in_force.code(),
        order.self_trade.code(),
        u8::from(order.post_only),
        0,
        1 | (u8::from(order.expire_time.is_some()) << 1),
        0,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AccountId, Arrival, OrderId, OrderType, Phase, PriceOffset, Quantity, SelfTrade, Side,
        TimeInForce, TimeNs, TradeId,
    };

    fn digest(state: &InstrumentState, orders: &[OrderState]) -> Digest {
        let mut visitor = DigestVisitor::new();
        visitor.instrument(state);
        orders.iter().for_each(|order| visitor.order(order));
        visitor.finish()
    }

    const STATE: InstrumentState = InstrumentState {
        phase: Phase::Continuous,
        last_trade: Some(Price(-3)),
        next_trade: TradeId(4),
        arrivals: Arrival(9),
    };

    const ORDER: OrderState = OrderState {
        order: OrderId(1),
        account: AccountId(2),
        arrival: Arrival(3),
        price: Some(Price(-4)),
        open: Quantity(5),
        executed: Quantity(6),
        visibility: Visibility::Full,
        expire_time: None,
        min_quantity: None,
        trigger: None,
        side: Side::Buy,
        order_type: OrderType::Limit,
        time_in_force: TimeInForce::Gtc,
        post_only: false,
        self_trade: SelfTrade::None,
    };

    #[test]
    fn the_encoding_is_the_documented_one() {
        let words: [u64; 12] = [
            1,
            u64::from(Phase::Continuous.code()),
            1,
            (-3_i64).cast_unsigned(),
            1 << 48,
            1,
            2,
            3,
            5,
            6,
            (-4_i64).cast_unsigned(),
            1,
        ];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let expected = Digest(xxhash_rust::xxh3::xxh3_128(&bytes));
        assert_eq!(digest(&STATE, &[ORDER]), expected);
        assert_eq!(expected.to_string(), "c12d1906ec014fa793e3bf497f2ef850");
    }

    #[test]
    fn every_field_that_can_change_the_future_changes_the_digest() {
        let trailing = TriggerState::Trailing { offset: PriceOffset(9), price: None };
        let changes: [fn(&mut OrderState); 16] = [
            |order| order.order = OrderId(9),
            |order| order.account = AccountId(9),
            |order| order.arrival = Arrival(9),
            |order| order.price = Some(Price(9)),
            |order| order.price = None,
            |order| order.open = Quantity(9),
            |order| order.executed = Quantity(9),
            |order| order.visibility = Visibility::Hidden,
            |order| order.expire_time = Some(TimeNs(9)),
            |order| order.min_quantity = Some(Quantity(9)),
            |order| order.trigger = Some(TriggerState::Fixed(Price(9))),
            |order| order.side = Side::Sell,
            |order| order.order_type = OrderType::StopLimit,
            |order| order.time_in_force = TimeInForce::Day,
            |order| order.post_only = true,
            |order| order.self_trade = SelfTrade::Decrement,
        ];
        let mut variants = vec![OrderState { trigger: Some(trailing), ..ORDER }];
        for change in changes {
            let mut variant = ORDER;
            change(&mut variant);
            variants.push(variant);
        }
        let mut seen = vec![digest(&STATE, &[ORDER])];
        for variant in variants {
            let digest = digest(&STATE, &[variant]);
            assert!(!seen.contains(&digest), "{variant:?}");
            seen.push(digest);
        }
    }

    #[test]
    fn a_plain_order_is_digested_like_any_other() {
        for (expire_time, post_only) in [(None, true), (Some(TimeNs(7)), false)] {
            let order = OrderState { expire_time, post_only, ..ORDER };
            let plain = PlainOrder {
                order: order.order,
                account: order.account,
                arrival: order.arrival,
                price: Price(-4),
                open: order.open,
                executed: order.executed,
                expire_time,
                side: order.side,
                order_type: order.order_type,
                time_in_force: order.time_in_force,
                post_only,
                self_trade: order.self_trade,
            };
            assert_eq!(OrderState::from(&plain), order);
            let mut visitor = DigestVisitor::new();
            visitor.instrument(&STATE);
            visitor.plain(&plain);
            assert_eq!(visitor.finish(), digest(&STATE, &[order]));
        }
    }

    #[test]
    fn queue_order_changes_the_digest_and_trade_numbers_do_not() {
        let later = OrderState { order: OrderId(2), ..ORDER };
        assert_ne!(digest(&STATE, &[ORDER, later]), digest(&STATE, &[later, ORDER]));
        let renumbered = InstrumentState { next_trade: TradeId(400), ..STATE };
        assert_eq!(digest(&STATE, &[ORDER]), digest(&renumbered, &[ORDER]));
    }

    #[test]
    fn long_books_are_digested_in_chunks_without_a_seam() {
        let orders: Vec<OrderState> =
            (0..1_000).map(|id| OrderState { order: OrderId(id), ..ORDER }).collect();
        let mut changed = orders.clone();
        changed[700].open = Quantity(1);
        assert_eq!(digest(&STATE, &orders), digest(&STATE, &orders.clone()));
        assert_ne!(digest(&STATE, &orders), digest(&STATE, &changed));
    }
}
