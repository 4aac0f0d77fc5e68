//! What the next messages will touch, brought into the cache before they are worked on.
//!
//! The books of a day are far larger than a cache, and each message waits for memory four or five
//! times in a row: for its instrument, the index, the order, its neighbours and its level. The
//! messages that follow wait for other places, and a processor fetches many places at once if it
//! only knows them. So some messages are read ahead, and in each step one more place is looked at
//! for all of them.

use super::book::{Book, Touched};
use super::desk::State;
use crate::feed::{Change, FeedMessage};

/// So many messages are looked at together; more hardly fetch faster.
pub(crate) const AHEAD: usize = 64;

/// So many orders, of some 70 bytes each with their index, fill the second level of a cache.
const MANY_ORDERS: usize = 32_768;

/// Whether there is something to wait for: looking ahead has its own cost.
pub(super) fn is_larger_than_a_cache(states: &[State]) -> bool {
    states.iter().map(|state| state.book.capacity()).sum::<usize>() > MANY_ORDERS
}

/// Looks at what these messages will touch, and changes nothing.
pub(super) fn look(states: &[State], messages: &[FeedMessage]) {
    let mut touched = [Touched::NOTHING; AHEAD];
    let mut books: [Option<&Book>; AHEAD] = [None; AHEAD];
    for ((message, touched), book) in messages.iter().zip(&mut touched).zip(&mut books) {
        *book = states.get(message.instrument.index()).map(|state| &state.book);
        if let Some(book) = *book {
            *touched = match message.change {
                Change::Add { place, .. } => book.look_at_place(place),
                Change::ReduceBy { order, .. }
                | Change::Delete { order, .. }
                | Change::Replace { order, .. }
                | Change::Execute { maker: order, .. }
                | Change::ExecuteAtPrice { maker: order, .. } => book.look_at_id(order.0),
                _ => Touched::NOTHING,
            };
        }
    }
    let mut seen = 0;
    for _ in 0..Touched::STEPS {
        for (touched, book) in touched.iter_mut().zip(&books) {
            if let Some(book) = book {
                seen ^= book.look_on(touched);
            }
        }
    }
    // Without this the compiler sees that nothing comes of it.
    std::hint::black_box(seen);
}
