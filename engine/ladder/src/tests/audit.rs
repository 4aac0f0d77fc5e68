//! Looks at every structure of a book and whether they agree.

use shadowbook_model::Side;

use crate::book::{Book, at};

impl Book {
    /// Panics when two structures disagree or an invariant of the model is broken.
    pub(crate) fn audit(&self) {
        let mut orders = 0;
        for side in [Side::Buy, Side::Sell] {
            let ladder = &self.sides[at(side)];
            let mut levels = 0;
            let mut better = None;
            let mut slot = ladder.best().map(|(slot, _)| slot);
            while let Some(at) = slot {
                let level = ladder.level(at);
                assert!(better.is_none_or(|better| better < level.rank), "levels are in order");
                let (mut previous, mut next) = (None, level.front);
                assert!(next.is_some(), "a level has orders");
                while let Some(at_order) = next {
                    let order = &self.orders[at_order];
                    assert_eq!((order.side, order.level), (side, at));
                    assert_eq!(order.previous, previous);
                    assert!(order.is_live());
                    let found = self.find(order.id).expect("a resting order is found by its id");
                    assert_eq!(found, at_order);
                    (previous, next) = (next, order.next);
                    orders += 1;
                }
                levels += 1;
                (better, slot) = (Some(level.rank), level.worse);
            }
            assert_eq!(ladder.level_count(), levels);
        }
        assert_eq!(self.orders.len(), orders);
        assert_eq!(self.ids.len(), orders);
        let [bids, asks] = &self.sides;
        if let (Some((_, bid)), Some((_, ask))) = (bids.best(), asks.best()) {
            assert!(bids.price(bid.rank) < asks.price(ask.rank), "the book is crossed");
        }
    }
}
