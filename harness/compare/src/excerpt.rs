//! The part of two books that a person wants to see: around the touch, and where they differ.

use std::collections::BTreeSet;

use shadowbook_model::{OrderId, OrderState, Phase, Price, Quantity, Side, Snapshot, Volume};

use crate::book::{BookDifference, Place, Queue};

/// At most this many orders of a level are kept.
const ORDERS_LIMIT: usize = 50;

/// A part of a book: some levels of each side, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookExcerpt {
    /// The phase.
    pub phase: Phase,
    /// The last trade price.
    pub last_trade: Option<Price>,
    /// How many live orders the whole book has, untriggered ones included.
    pub orders: usize,
    /// Bids, best first.
    pub bids: Vec<LevelExcerpt>,
    /// Asks, best first.
    pub asks: Vec<LevelExcerpt>,
    /// How many orders wait for their trigger.
    pub untriggered: usize,
}

/// One level, its orders in queue order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelExcerpt {
    /// How many levels of this book are better; 0 is the best.
    pub depth: usize,
    /// The price; `None` for market orders that wait for an uncross.
    pub price: Option<Price>,
    /// The open quantity of the whole level, hidden orders included.
    pub open: Volume,
    /// The first orders of its queue and what is open of each: displayed ones, then hidden ones.
    pub queue: Vec<(OrderId, Quantity)>,
    /// How many orders follow those.
    pub omitted: usize,
}

/// The same levels of two books: the best `levels` of each side, and as many more of those that
/// differ. A level that only one book has stands only there.
#[must_use]
pub fn excerpts(
    reference: &Snapshot,
    candidate: &Snapshot,
    differences: &[BookDifference],
    levels: usize,
) -> (BookExcerpt, BookExcerpt) {
    let [ours, theirs] = excerpts_of([reference, candidate], differences, levels);
    (ours, theirs)
}

/// The same of any number of books, so that they can be laid side by side.
#[must_use]
pub fn excerpts_of<const N: usize>(
    books: [&Snapshot; N],
    differences: &[BookDifference],
    levels: usize,
) -> [BookExcerpt; N] {
    let all = books.map(|book| (book, all_levels(book)));
    let mut wanted = BTreeSet::new();
    for side in [Side::Buy, Side::Sell] {
        // `None`, the market orders, trades before every price.
        let mut keys: Vec<(i64, Option<Price>)> = all
            .iter()
            .flat_map(|(_, levels)| levels)
            .filter(|(of, _)| *of == side)
            .map(|(_, level)| (rank(side, level.price), level.price))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        wanted.extend(keys.into_iter().take(levels).map(|(_, price)| (side, price)));
        let places = differences.iter().flat_map(places_of);
        let differing = places.filter(|place| place.side == side);
        let prices = differing.map(|place| (side, place.price)).filter(|key| !wanted.contains(key));
        let more: BTreeSet<(Side, Option<Price>)> = prices.collect();
        wanted.extend(more.into_iter().take(levels));
    }
    all.map(|(book, levels)| cut(book, levels, &wanted))
}

/// Sorts the prices of a side from the best on; market orders come first.
fn rank(side: Side, price: Option<Price>) -> i64 {
    match (price, side) {
        (None, _) => i64::MIN,
        (Some(Price(price)), Side::Buy) => !price,
        (Some(Price(price)), Side::Sell) => price,
    }
}

fn cut(
    book: &Snapshot,
    levels: Vec<(Side, LevelExcerpt)>,
    wanted: &BTreeSet<(Side, Option<Price>)>,
) -> BookExcerpt {
    let (mut bids, mut asks) = (Vec::new(), Vec::new());
    for (side, level) in levels {
        if wanted.contains(&(side, level.price)) {
            match side {
                Side::Buy => bids.push(level),
                Side::Sell => asks.push(level),
            }
        }
    }
    BookExcerpt {
        phase: book.state.phase,
        last_trade: book.state.last_trade,
        orders: book.orders.len(),
        bids,
        asks,
        untriggered: book.orders.iter().filter(|order| order.trigger.is_some()).count(),
    }
}

/// Every level of a book as the book shows it, with its depth.
fn all_levels(book: &Snapshot) -> Vec<(Side, LevelExcerpt)> {
    let mut levels: Vec<(Side, LevelExcerpt)> = Vec::new();
    for order in book.orders.iter().filter(|order| order.trigger.is_none()) {
        match levels.last_mut() {
            Some((side, level)) if *side == order.side && level.price == order.price => {
                level.open += order.open;
                if level.queue.len() < ORDERS_LIMIT {
                    level.queue.push((order.order, order.open));
                } else {
                    level.omitted += 1;
                }
            }
            last => {
                let depth = match last {
                    Some((side, level)) if *side == order.side => level.depth + 1,
                    _ => 0,
                };
                levels.push((order.side, LevelExcerpt::of(order, depth)));
            }
        }
    }
    levels
}

impl LevelExcerpt {
    fn of(order: &OrderState, depth: usize) -> Self {
        Self {
            depth,
            price: order.price,
            open: Volume::from(order.open),
            queue: vec![(order.order, order.open)],
            omitted: 0,
        }
    }
}

/// Where in the book a difference shows, as far as it shows at levels.
fn places_of(difference: &BookDifference) -> impl Iterator<Item = Place> {
    let places = match difference {
        BookDifference::Missing(order) | BookDifference::Extra(order) => {
            [Some(Place::of(order)), None]
        }
        BookDifference::Changed { reference, candidate, .. } => {
            [Some(Place::of(reference)), Some(Place::of(candidate))]
        }
        BookDifference::QueueOrder { place, .. } => [Some(*place), None],
        _ => [None, None],
    };
    places.into_iter().flatten().filter(|place| place.queue != Queue::Untriggered)
}
